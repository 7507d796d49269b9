"""Who goes short: by sector, then by demand, the dearest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resilience.report import names
from resilience.report.frames import column
from resilience.report.horizon import span
from resilience.report.numbers import money, share
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.results.solution import Solution

FEW = 12
"""Rows of a long table that are shown unless all are asked for."""


def shortfall(solution: Solution, everything: bool = False) -> list[Part]:
    """Return who goes short, sectors first."""
    frame, unit = solution.shortfall, solution.unit
    short, lost = f"shortfall_{unit.mass}", f"cost_{unit.money}"
    missing = frame[frame[short] > 0].sort_values(lost, ascending=False, kind="stable")
    if not len(missing):
        return [heading("Nobody goes short: every demand is met in full")]
    missing = over_periods(solution, frame) if len(solution.period_names) > 1 else missing
    shown = missing if everything else missing.head(FEW)
    rest = missing.iloc[len(shown) :]
    parts: list[Part] = [
        heading(
            f"Who goes short: {missing['demand'].nunique()} of {frame['demand'].nunique()} demands, "
            f"at a loss of {money(float(missing[lost].sum()), solution.currency)}"
        ),
        by_sector(solution, frame),
        paragraph(""),
        by_demand(solution, shown),
    ]
    if len(rest):
        total = money(float(rest[lost].sum()), solution.currency)
        parts.append(paragraph(f"and {len(rest)} more, {total} together (--all shows them)"))
    return [*parts, *note(names.counted(solution.formulation.spec, shown["commodity"]))]


def over_periods(solution: Solution, frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a demand that is ever short, added up over all periods, the dearest first.

    What is wanted is what is wanted in all periods; column ``period`` says in which it is short.
    """
    unit, every = solution.unit, solution.period_names.tolist()
    wanted, short, lost = f"wanted_{unit.mass}", f"shortfall_{unit.mass}", f"cost_{unit.money}"
    groups = frame.groupby(["demand", "country", "commodity"], sort=False)
    whole = groups[[wanted, short, lost]].sum().reset_index()
    missing = frame[frame[short] > 0]
    when = {key: span(found.tolist(), every) for key, found in missing.groupby("demand")["period"]}
    whole = whole[whole["demand"].isin(list(when))]
    return whole.assign(
        period=[when[key] for key in whole["demand"]], short_share=whole[short] / whole[wanted]
    ).sort_values(lost, ascending=False, kind="stable")


def note(text: str) -> list[Part]:
    """Return a note under a table, if there is anything to note."""
    return [paragraph(text)] if text else []


def by_sector(solution: Solution, frame: pd.DataFrame) -> Part:
    """Return the shortfall added up by sector, tonnes of different basis apart."""
    unit, spec = solution.unit, solution.formulation.spec
    wanted, short, lost = f"wanted_{unit.mass}", f"shortfall_{unit.mass}", f"cost_{unit.money}"
    of = [names.basis(spec, key) for key in frame["commodity"]]
    groups = frame.assign(of=of).groupby(["sector", "of"], as_index=False)[[wanted, short, lost]].sum()
    groups = groups.sort_values([lost, wanted], ascending=False, kind="stable")
    return table(
        [
            Column("sector", [word or "(none)" for word in groups["sector"]]),
            column(wanted, groups[wanted], unit),
            column(short, groups[short], unit, f"short, {unit.mass}"),
            numbers("", (groups[short] / groups[wanted].where(groups[wanted] > 0)).tolist(), share),
            column(lost, groups[lost], unit, f"loss, {solution.currency}"),
            Column("counted in", groups["of"].tolist()),
        ]
    )


def by_demand(solution: Solution, frame: pd.DataFrame) -> Part:
    """Return one row a demand: who, what, how much is wanted and short, and what that costs."""
    unit, spec = solution.unit, solution.formulation.spec
    periods = [Column("short in", frame["period"].tolist())] if len(solution.period_names) > 1 else []
    wanted, short, lost = f"wanted_{unit.mass}", f"shortfall_{unit.mass}", f"cost_{unit.money}"
    return table(
        [
            Column("demand", frame["demand"].tolist()),
            Column("country", [names.country(spec, code) for code in frame["country"]]),
            Column("wants", [names.commodity(spec, key) for key in frame["commodity"]]),
            *periods,
            column(wanted, frame[wanted], unit),
            column(short, frame[short], unit, f"short, {unit.mass}"),
            numbers("", frame["short_share"].tolist(), share),
            column(lost, frame[lost], unit, f"loss, {solution.currency}"),
        ]
    )

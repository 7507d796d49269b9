"""What is really inside a delivery: in which countries each stage of it was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resilience.report import names
from resilience.report.numbers import share
from resilience.report.shortage import note
from resilience.report.tables import Column, Part, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.results.solution import Solution

FEW_DEMANDS = 6
"""Demands that are shown unless all are asked for."""
FEW_COUNTRIES = 5
"""Countries that are named of one stage, unless all are asked for."""


def origins(solution: Solution, frame: pd.DataFrame, everything: bool = False) -> list[Part]:
    """Return what `resilience origins` prints: for each demand and stage the countries, largest first."""
    unit, spec = solution.unit, solution.formulation.spec
    tonnes = f"delivered_{unit.mass}"
    if not len(frame):
        return [paragraph("nothing is delivered")]
    whole = frame.groupby(["demand", "stage", "country"], as_index=False, sort=False)[[tonnes]].sum()
    largest = _most_from_abroad(solution, whole, tonnes)
    shown = largest if everything else largest[:FEW_DEMANDS]
    demands: list[str] = []
    stages: list[str] = []
    amounts: list[float] = []
    countries: list[str] = []
    for demand in shown:
        for stage, part in whole[whole["demand"] == demand].groupby("stage", sort=False):
            if (part["country"] == "").all():
                continue  # a stage that this good does not go through
            demands.append(demand)
            stages.append(str(stage))
            amounts.append(float(part[tonnes].sum()))
            countries.append(_countries(solution, part, tonnes, everything))
    rest = len(largest) - len(shown)
    goods = [spec.demands[key].commodity for key in shown]
    span = "all periods together" if len(solution.period_names) > 1 else ""
    return [
        table(
            [
                Column("demand", demands),
                Column("stage", stages),
                numbers(f"received, {unit.mass}", amounts),
                Column("done in", countries),
            ]
        ),
        *note(f"and {rest} more demands (--all shows them, --demand one)" if rest else ""),
        *note("; ".join(filter(None, [names.counted(spec, goods).removesuffix("."), span])) + "."),
        paragraph(
            "Material counts by its tonnes and mixes in proportion where it meets. Goods that are only "
            "relabelled or passed on keep their origin."
        ),
    ]


def _most_from_abroad(solution: Solution, whole: pd.DataFrame, tonnes: str) -> list[str]:
    """Return the demands, those first that receive most whose last stage was done in another country."""
    demands = solution.formulation.spec.demands
    done = whole[whole["country"] != ""]
    last = done[done["stage"] == done.groupby("demand")["stage"].transform("last")]
    own = [demands[key].country for key in last["demand"]]
    abroad = last[tonnes].where(last["country"] != own, 0.0).groupby(last["demand"], sort=False).sum()
    return [str(key) for key in abroad.sort_values(ascending=False, kind="stable").index]


def _countries(solution: Solution, part: pd.DataFrame, tonnes: str, everything: bool) -> str:
    """Return the countries of one stage with their shares."""
    ordered = part.sort_values(tonnes, ascending=False, kind="stable")
    total = float(ordered[tonnes].sum())
    told = [
        f"{names.country(solution.formulation.spec, code) if code else 'nowhere'} {share(amount / total)}"
        for code, amount in zip(ordered["country"], ordered[tonnes], strict=True)
    ]
    if everything or len(told) <= FEW_COUNTRIES + 1:
        return ", ".join(told)
    rest = float(ordered[tonnes].iloc[FEW_COUNTRIES:].sum()) / total
    return ", ".join([*told[:FEW_COUNTRIES], f"{len(told) - FEW_COUNTRIES} others {share(rest)}"])

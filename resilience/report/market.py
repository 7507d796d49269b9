"""On how few countries each stage and commodity depends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resilience.report import names
from resilience.report.frames import column
from resilience.report.numbers import number, share
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.results.solution import Solution

TITLES = {
    "capacity": "What could be made",
    "production": "What is made",
    "supply": "What reaches the bloc",
}
"""What the measures are called."""


def concentration(solution: Solution, frame: pd.DataFrame) -> list[Part]:
    """Return what `resilience concentration` prints: a sentence a stage, then one table a measure."""
    unit, spec = solution.unit, solution.formulation.spec
    parts: list[Part] = [
        heading(f"{spec.name or 'Network'}, {names.scenario(spec, solution.scenario)}"),
        *[paragraph(sentence) for sentence in sentences(solution, frame)],
    ]
    for measure, part in frame.groupby("measure", sort=False):
        periods = [Column("period", part["period"].tolist())] if len(solution.period_names) > 1 else []
        parts += [
            heading(TITLES.get(str(measure), str(measure))),
            table(
                [
                    Column("stage", part["stage"].tolist()),
                    Column(
                        "commodity",
                        [names.commodity(spec, key) if key else "(all)" for key in part["commodity"]],
                    ),
                    *periods,
                    column(f"total_{unit.mass}", part[f"total_{unit.mass}"], unit),
                    numbers("HHI", part["hhi"].tolist()),
                    Column(
                        "largest",
                        [
                            names.country(spec, code) if isinstance(code, str) and code else ""
                            for code in part["largest_country"]
                        ],
                    ),
                    numbers("has", part["largest_share"].tolist(), share),
                    numbers("three have", part["three_country_share"].tolist(), share),
                    numbers("countries", part["countries"].tolist()),
                    *_exposure(part),
                    Column("counted in", [names.basis(spec, key) for key in part["commodity"]]),
                ]
            ),
        ]
    return [
        *parts,
        paragraph(
            "HHI: near 0 many small countries, 10,000 one alone. Without it: what the other countries "
            "supply, as a share of what they need in this plan; below 100 % they need the largest. "
            "Imported: share of what the bloc uses, net of its exports."
            + (
                " Supply risk: as the European Union counts it; 1 and more is critical."
                if _risky(frame)
                else ""
            )
        ),
    ]


def sentences(solution: Solution, frame: pd.DataFrame) -> list[str]:
    """Return one sentence a stage: who leads, what is left without them, and what a bloc imports.

    Of several periods, the last is told.
    """
    spec, last = solution.formulation.spec, frame["period"].iloc[-1:].tolist()
    whole = frame[(frame["commodity"] == "") & frame["period"].isin(last) & (frame["largest_country"] != "")]
    rows = {(row["stage"], row["measure"]): row for row in whole.to_dict("records")}
    when = f" in {last[0]}" if len(solution.period_names) > 1 else ""
    told = []
    for stage in spec.stages:
        made, reaches = rows.get((stage, "production")), rows.get((stage, "supply"))
        if made is not None:
            leader = names.country(spec, made["largest_country"])
            left = made["n_minus_1_coverage"]
            rest = f"; without it the others have {share(left)} of what they need" if left == left else ""
            bloc = ""
            if reaches is not None:
                from_ = names.country(spec, reaches["largest_country"])
                most = f"most of its supply is from {from_} ({share(reaches['largest_share'])})"
                imports = reaches["import_reliance"]
                net = f"imports {share(imports)} of what it uses" if imports else "makes what it uses itself"
                bloc = f"; the bloc {net}, {most}" if imports == imports else f"; {most}"
            told.append(
                f"{stage.capitalize()}: {leader} does {share(made['largest_share'])}{when}{rest}{bloc}."
            )
    return told


def _exposure(part: pd.DataFrame) -> list[Column]:
    """Return the columns on exposure that say anything."""
    columns = []
    for name, title, shown in (
        ("n_minus_1_coverage", "without it", share),
        ("import_reliance", "imported", share),
        ("supply_risk", "supply risk", number),
    ):
        if part[name].notna().any():
            columns.append(numbers(title, part[name].tolist(), shown))
    return columns


def _risky(frame: pd.DataFrame) -> bool:
    return bool(frame["supply_risk"].notna().any())

"""On how few countries each stage and commodity depends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resilience.report import names
from resilience.report.frames import column
from resilience.report.numbers import share
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
    """Return what `resilience concentration` prints: one table a measure."""
    unit, spec = solution.unit, solution.formulation.spec
    parts: list[Part] = []
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
                    Column("counted in", [names.basis(spec, key) for key in part["commodity"]]),
                ]
            ),
        ]
    return [*parts, paragraph("HHI: near 0 many small countries, 10,000 one alone.")]

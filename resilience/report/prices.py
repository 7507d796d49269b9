"""What a tonne costs where it is wanted, and what that price is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resilience.report.frames import column
from resilience.report.numbers import number
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.results.solution import Solution

FEW = 25
"""Rows that are shown unless all are asked for."""


def prices(solution: Solution, frame: pd.DataFrame, everything: bool = False) -> list[Part]:
    """Return prices, with what one more tonne costs and one less saves where that was asked."""
    unit = solution.unit
    shown = frame if everything else frame.head(FEW)
    parts: list[Part] = [table([column(str(name), shown[name], unit) for name in shown.columns])]
    if len(shown) < len(frame):
        parts.append(paragraph(f"and {len(frame) - len(shown)} more (--all shows them)"))
    return parts


def build_up(solution: Solution, frame: pd.DataFrame, everything: bool = False) -> list[Part]:
    """Return what a demand's price is made of: by its largest route, or by each."""
    unit = solution.unit
    price, amount, tonnes = f"price_{unit.price}", f"amount_{unit.price}", f"delivered_{unit.mass}"
    if not len(frame):
        return [paragraph("Nothing is delivered, so no route makes up the price.")]
    parts: list[Part] = []
    for number_, ((period, route), rows) in enumerate(frame.groupby(["period", "route"], sort=False)):
        if number_ and not everything:
            continue
        money = f"{solution.currency}/{unit.mass}"
        when = f", {period}" if len(solution.period_names) > 1 else ""
        total, carried = float(rows[price].iloc[0]), float(rows[tonnes].iloc[0])
        parts += [
            heading(f"Route {route}{when}, {number(carried)} {unit.mass}: {number(total)} {money}"),
            table(
                [
                    numbers(money, rows[amount].tolist()),
                    Column("for", rows["part"].tolist()),
                    Column("of", rows["name"].tolist()),
                    Column("at", rows["id"].tolist()),
                ]
            ),
        ]
    parts.append(paragraph("The parts of each route add up to the price." + _more(frame, everything)))
    return parts


def _more(frame: pd.DataFrame, everything: bool) -> str:
    return (
        ""
        if everything
        else f" Shown is the largest of {frame['route'].max()} routes; --all shows every one."
    )

"""What a tonne costs where it is wanted, and what that price is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resilience.report.frames import column
from resilience.report.horizon import span
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


def build_up(
    solution: Solution, frame: pd.DataFrame, unserved: dict[str, float], everything: bool = False
) -> list[Part]:
    """Return what a demand's price is made of: by the largest route when it is dearest, or by each.

    ``unserved`` is what one tonne would be worth in the periods in which nothing is delivered.
    """
    unit, periods = solution.unit, solution.period_names.tolist()
    tonnes = f"delivered_{unit.mass}"
    parts: list[Part] = []
    if not len(frame):
        parts.append(paragraph("Nothing is delivered, so no route makes up the price."))
    else:
        shown = frame if everything else _largest_when_dearest(frame, f"price_{unit.price}", tonnes)
        for (period, route), rows in shown.groupby(["period", "route"], sort=False):
            when = f", {period}" if len(periods) > 1 else ""
            parts += _route(solution, rows, f"Route {route}{when}")
        parts.append(paragraph("The parts of each route add up to the price." + _more(frame, shown)))
    for worth in dict.fromkeys(unserved.values()):
        when = span([period for period, each in unserved.items() if each == worth], periods)
        here = f"In {when} nothing is delivered: a" if len(periods) > 1 else "A"
        money = f"{number(worth)} {solution.currency}/{unit.mass}"
        parts.append(paragraph(f"{here} {unit.mass} delivered would save what going short costs, {money}."))
    return parts


def _largest_when_dearest(frame: pd.DataFrame, price: str, tonnes: str) -> pd.DataFrame:
    """Return the rows of one route: the largest in the period of the highest price."""
    best = frame.sort_values([price, tonnes], ascending=False, kind="stable").iloc[0]
    found: pd.DataFrame = frame[(frame["period"] == best["period"]) & (frame["route"] == best["route"])]
    return found


def _route(solution: Solution, rows: pd.DataFrame, name: str) -> list[Part]:
    unit = solution.unit
    money, first = f"{solution.currency}/{unit.mass}", rows.iloc[0]
    total, carried = float(first[f"price_{unit.price}"]), float(first[f"delivered_{unit.mass}"])
    return [
        heading(f"{name}, {number(carried)} {unit.mass}: {number(total)} {money}"),
        table(
            [
                numbers(money, rows[f"amount_{unit.price}"].tolist()),
                Column("for", rows["part"].tolist()),
                Column("of", rows["name"].tolist()),
                Column("at", rows["id"].tolist()),
            ]
        ),
    ]


def _more(frame: pd.DataFrame, shown: pd.DataFrame) -> str:
    """Say which of several routes and periods is shown."""
    if len(shown) == len(frame):
        return ""
    period = shown["period"].iloc[0]
    routes, periods = frame["route"][frame["period"] == period].nunique(), frame["period"].nunique()
    which = f"the largest of {routes} routes" if routes > 1 else "the one route"
    when = f" in {period}, when the price is highest" if periods > 1 else ""
    return f" Shown is {which}{when}; --all shows every one."

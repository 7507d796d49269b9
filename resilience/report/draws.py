"""A Monte Carlo shown: what the cost may be, and which numbers matter most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from resilience.report.numbers import money, number
from resilience.report.tables import Column, Part, heading, paragraph, table

if TYPE_CHECKING:
    from resilience.analyses.monte_carlo import MonteCarlo


def text(found: MonteCarlo, scenario: str, everything: bool = False) -> list[Part]:
    """Return quantiles of cost and shortfall, and how strongly each number moves them."""
    coin, mass = found.currency, found.mass
    cost, short = f"cost_{coin.lower()}", f"shortfall_{mass}"
    lost = len(found.rows) - found.n_solved
    told = f"{len(found.rows):,} draws of {len(found.paths)} numbers, {scenario}."
    if lost:
        told += f" {lost:,} of them have no plan or make no sense, and are not counted below."
    parts: list[Part] = [paragraph(told)]
    if not found.n_solved:
        return parts
    names = found.outcomes if everything else [cost, short]
    shown = found.quantiles()
    shown = shown[shown["outcome"].isin(names)]
    is_money = [name.endswith(f"_{coin.lower()}") for name in shown["outcome"]]

    def cells(column: str) -> list[str]:
        pairs = zip(shown[column].tolist(), is_money, strict=True)
        return [
            "" if math.isnan(value) else money(value) if coins else number(value) for value, coins in pairs
        ]

    parts += [
        heading("What it may come to"),
        table(
            [
                Column("outcome", [_named(name, coin, mass) for name in shown["outcome"]]),
                Column("share below", [f"{100 * level:g} %" for level in shown["level"]], right=True),
                Column("value", cells("value"), right=True),
                Column("at least", cells("low"), right=True),
                Column("at most", cells("high"), right=True),
            ]
        ),
        paragraph("\nAt least and at most: an interval that holds the true value in 95 of 100 such runs."),
        heading("What moves it"),
    ]
    strength = found.sensitivity
    strength = strength.reindex(strength[cost].abs().sort_values(ascending=False, kind="stable").index)
    columns = [Column("number", strength["path"].tolist())]
    columns += [
        Column(_named(name, coin, mass), [_share(v) for v in strength[name]], right=True) for name in names
    ]
    parts += [
        table(columns),
        paragraph("\nRank correlation: 1 rises with it always, -1 falls always, 0 neither."),
    ]
    return parts


def _named(column: str, coin: str, mass: str) -> str:
    for ending, unit in ((f"_{coin.lower()}", coin), (f"_{mass}", mass)):
        if column.endswith(ending):
            return f"{column.removesuffix(ending).replace('_', ' ')}, {unit}"
    return column


def _share(value: float) -> str:
    return "" if math.isnan(value) else f"{value:+.2f}"


def data(found: MonteCarlo) -> dict[str, Any]:
    """Return quantiles, sensitivity and rows, for JSON."""
    return {"quantiles": found.quantiles(), "sensitivity": found.sensitivity, "rows": found.rows}

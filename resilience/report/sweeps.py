"""A sweep shown: how many scenarios came to what, and the worst of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resilience.report.numbers import money, number
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.fields import Units

WORST = 10
"""So many of the worst scenarios are shown."""


def summary(frame: pd.DataFrame, base: str, units: Units, everything: bool = False) -> list[Part]:
    """Return how many scenarios there are, and the worst of them, the dearest first.

    Parameters
    ----------
    frame : DataFrame
        As `resilience.sweep` returns it.
    base : str
        Name of what they are compared with.
    units : Units
        Of the network.
    everything : bool
        Whether every row is shown.
    """
    coin, mass = units.currency, units.mass
    counts = frame["status"].value_counts()
    parts: list[Part] = [
        paragraph(
            f"{len(frame):,} scenarios: " + ", ".join(f"{count:,} {word}" for word, count in counts.items())
        )
    ]
    solved = frame[frame["status"] == "optimal"]
    change, cost, short = (f"{name}_{coin.lower()}" for name in ("change", "cost", "shortfall_cost"))
    rank = change if change in solved else cost
    if len(solved):
        chosen = solved.sort_values(rank, ascending=False, kind="stable").head(
            len(solved) if everything else WORST
        )
        title = "Every scenario with a plan" if everything else f"The worst {min(WORST, len(solved))}"
        columns = [
            Column("scenario", chosen["scenario"].tolist()),
            Column(f"cost, {coin}", [money(value) for value in chosen[cost]], right=True),
        ]
        if change in chosen:
            columns.append(
                Column(
                    f"dearer than {base} by, {coin}", [money(value) for value in chosen[change]], right=True
                )
            )
        columns.append(numbers(f"short, {mass}", chosen[f"shortfall_{mass}"].tolist()))
        columns.append(Column(f"worth, {coin}", [money(value) for value in chosen[short]], right=True))
        parts += [heading(f"{title}, the dearest first"), table(columns)]
        first = chosen.iloc[0]
        told = f"The worst: {first['scenario']}. The plan costs {money(first[cost], coin)}"
        if change in chosen:
            told += f", {money(first[change], coin)} more than {base}"
        tonnes = number(float(first[f"shortfall_{mass}"]))
        parts.append(paragraph(f"\n{told}; {tonnes} {mass} of what is wanted are not delivered."))
    return [*parts, *_without(frame)]


def _without(frame: pd.DataFrame) -> list[Part]:
    """Return the scenarios without a plan, and why."""
    lost = frame[frame["status"] != "optimal"]
    if lost.empty:
        return []
    shown = lost.head(WORST)
    columns = [Column(name, shown[name].tolist()) for name in ("scenario", "status", "problem")]
    more = f" (the first {WORST} of {len(lost):,})" if len(lost) > WORST else ""
    return [heading(f"Without a plan{more}"), table(columns)]

"""What a plan does over time: what it stocks and when that runs out, and what it builds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resilience.report import names
from resilience.report.frames import column
from resilience.report.numbers import money, number, share
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.results.solution import Solution

FEW = 12
"""Rows of a long table that are shown unless all are asked for."""

SELLERS = 3
"""Countries that a stockpile bought from which are named before it says how many others there are."""

EMPTY = 1e-9
"""What is no stock any more, as a part of the most that was held."""


def span(periods: Sequence[str], every: Sequence[str]) -> str:
    """Return the first and last of some periods, and how many they are where some between are missing.

    Examples
    --------
    >>> years = ["2025", "2026", "2027", "2028"]
    >>> span(["2026"], years), span(["2027", "2026"], years), span(["2025", "2028"], years)
    ('2026', '2026 to 2027', '2025 to 2028, 2 of 4')
    """
    found = sorted({list(every).index(period) for period in periods})
    if len(found) < 2:
        return "".join(every[place] for place in found)
    whole = found[-1] - found[0] + 1
    gaps = f", {len(found)} of {whole}" if len(found) < whole else ""
    return f"{every[found[0]]} to {every[found[-1]]}{gaps}"


@dataclass(frozen=True)
class Pile:
    """What one stockpile did: the most it held and when, what went in and out, and what became of it."""

    stockpile: str
    country: str
    commodity: str
    most: float
    when: str
    fill: float
    release: float
    end: str


def stock(solution: Solution, everything: bool = False) -> list[Part]:
    """Return what each stockpile held at most, put in and gave out, and when it ran out."""
    if not len(solution.stocks):
        return []
    unit, spec = solution.unit, solution.formulation.spec
    found = piles(solution)
    shown = found if everything else found[:FEW]
    parts: list[Part] = [
        heading("Stock"),
        table(
            [
                Column("stockpile", [pile.stockpile for pile in shown]),
                Column("country", [names.country(spec, pile.country) for pile in shown]),
                Column("holds", [names.commodity(spec, pile.commodity) for pile in shown]),
                numbers(f"most held, {unit.mass}", [pile.most for pile in shown]),
                Column("at the end of", [pile.when for pile in shown]),
                numbers(f"put in, {unit.mass}", [pile.fill for pile in shown]),
                numbers(f"taken out, {unit.mass}", [pile.release for pile in shown]),
                Column("in the end", [pile.end for pile in shown]),
            ]
        ),
    ]
    if len(shown) < len(found):
        parts.append(paragraph(f"and {len(found) - len(shown)} more (--all shows them)"))
    counted = names.counted(spec, [pile.commodity for pile in shown])
    return [*parts, *([paragraph(counted)] if counted else []), *paid(solution, everything)]


def paid(solution: Solution, everything: bool = False) -> list[Part]:
    """Return what stockpiles bought, from whom and at what cost, and who bears it."""
    unit, spec, currency = solution.unit, solution.formulation.spec, solution.currency
    bought, cost, holding, worth = (
        f"bought_{unit.mass}",
        *(f"{name}_{unit.money}" for name in ("paid", "holding", "worth")),
    )
    amounts = [bought, cost, holding, worth]
    accounts = solution.stock_accounts
    accounts = accounts[(accounts[amounts] != 0).any(axis=1)]
    if not len(accounts):
        return []
    frame = accounts.groupby("stockpile", sort=False)[amounts].sum()
    shown = frame if everything else frame.head(FEW)
    parts: list[Part] = [
        heading("Who pays for the stock"),
        table(
            [
                Column("stockpile", shown.index.tolist()),
                numbers(f"bought, {unit.mass}", shown[bought].tolist()),
                Column("from", [sellers(solution, str(key)) for key in shown.index]),
                numbers(f"paid, {currency}", shown[cost].tolist(), money),
                numbers(f"to hold it, {currency}", shown[holding].tolist(), money),
                numbers(f"gives back, {currency}", shown[worth].tolist(), money),
            ]
        ),
    ]
    if len(shown) < len(frame):
        parts.append(paragraph(f"and {len(frame) - len(shown)} more (--all shows them)"))
    by_bearer = accounts.groupby("bearer", sort=False)[amounts[1:]].sum()
    spent = (by_bearer[cost] + by_bearer[holding]).sort_values(ascending=False, kind="stable")
    is_pool = any(spec.stockpiles[str(key)].shares for key in frame.index)
    whose = "the country of each stockpile, and of a pool its members by their shares" if is_pool else ""
    told = [
        f"{names.countries(spec, [str(who)])} {money(float(amount), currency)}"
        for who, amount in spent.items()
    ]
    return [
        *parts,
        paragraph(
            f"It is borne by {whose or 'the country of each stockpile'}: {', '.join(told)}. Paid is what was "
            "put in at the price where it arrives, with freight, duties and, where goods are scarce, what "
            "others would have given for them, so that it may be far above the usual price; gives back is "
            "what was taken out at the price when it was, and what the rest is valued at. All of it is money "
            "of the start of the horizon; stock that was there at the start was paid for before."
        ),
    ]


def sellers(solution: Solution, stockpile: str) -> str:
    """Return the countries that a stockpile bought from, most first, with their shares of the tonnes."""
    frame, mass = solution.stock_purchases, f"bought_{solution.unit.mass}"
    found = frame[frame["stockpile"] == stockpile]
    total = float(found[mass].sum())
    if total <= 0:
        return ""
    by_country = found.groupby("from_country", sort=False)[mass].sum()
    by_country = by_country.sort_values(ascending=False, kind="stable")
    told = [
        f"{names.country(solution.formulation.spec, str(who)) or 'no country'} {share(float(part) / total)}"
        for who, part in by_country.head(SELLERS).items()
    ]
    rest = by_country.iloc[SELLERS:]
    return ", ".join(told + ([f"{len(rest)} others {share(float(rest.sum()) / total)}"] if len(rest) else []))


def piles(solution: Solution) -> list[Pile]:
    """Return what each stockpile did, in the order of the file."""
    unit, every = solution.unit, solution.period_names.tolist()
    keys = ["stockpile", "country", "commodity"]
    columns = [f"{name}_{unit.mass}" for name in ("opening", "fill", "release", "closing")]
    frame = solution.stocks.groupby([*keys, "period"], sort=False, as_index=False)[columns].sum()
    found = []
    for _, rows in frame.groupby(keys, sort=False):
        name, country, commodity = rows[keys].iloc[0].tolist()
        opening, fill, release, closing = (rows[column].tolist() for column in columns)
        most, place, out = fate(opening, fill, release, closing)
        when = "" if place is None else "(the start)" if place < 0 else every[place]
        end = _end(most, "" if out is None else f"runs out {every[out]}", closing[-1], unit.mass)
        found.append(Pile(name, country, commodity, most, when, sum(fill), sum(release), end))
    return found


def fate(
    opening: Sequence[float], fill: Sequence[float], release: Sequence[float], closing: Sequence[float]
) -> tuple[float, int | None, int | None]:
    """Return the most a stock held, at the end of which period, and the period in which it ran out.

    The place of the most is -1 where that is what was there at the start, and None where nothing ever
    was. A stock has run out when it is first empty after having been drawn on.

    Examples
    --------
    >>> fate([0, 8, 8], [8, 0, 0], [0, 0, 8], [8, 8, 0])
    (8, 0, 2)
    >>> fate([5, 2], [0, 0], [3, 0], [2, 2]), fate([0.0], [0.0], [0.0], [0.0])
    ((5, -1, None), (0.0, None, None))
    """
    held = [opening[0], *closing]
    most = max(held)
    if most <= 0 and not any(fill):
        return most, None, None
    out, drawn = None, False
    for place, (given, rest) in enumerate(zip(release, closing, strict=True)):
        drawn = drawn or given > EMPTY * most
        if drawn and rest <= EMPTY * most:
            out = place
            break
    return most, held.index(most) - 1, out


def _end(most: float, runs_out: str, left: float, mass: str) -> str:
    """Return what became of a stock: when it ran out, what is left, or both where it was filled again."""
    if not runs_out and most <= 0:
        return "never filled"
    remains = f"{number(left)} {mass} left" if left > EMPTY * most else ""
    return ", ".join(filter(None, [runs_out, remains])) or "nothing left"


def built(solution: Solution, everything: bool = False) -> list[Part]:
    """Return which projects are built, when, how much, and what is charged with subsidies taken off."""
    frame, unit, spec = solution.projects, solution.unit, solution.formulation.spec
    if not len(frame):
        return []
    capacity, charged = f"capacity_{unit.mass}_per_yr", f"charged_{unit.money}"
    whole = frame.sort_values(charged, ascending=False, kind="stable")
    shown = whole if everything else whole.head(FEW)
    parts: list[Part] = [
        heading(
            f"What is built: {frame['project'].nunique()} of {len(spec.projects)} projects, "
            f"{money(float(frame[charged].sum()), solution.currency)} charged for them after subsidies"
        ),
        table(
            [
                Column("project", shown["project"].tolist()),
                Column("added to", (shown["facility"] + shown["hub"] + shown["limit"]).tolist()),
                Column("country", [names.country(spec, code) for code in shown["country"]]),
                Column("decided in", shown["period"].tolist()),
                column("share", shown["share"], unit, "share of it"),
                column(capacity, shown[capacity], unit, f"capacity, {unit.mass}/yr"),
                column(charged, shown[charged], unit, f"after subsidies, {solution.currency}"),
            ]
        ),
    ]
    rest: pd.DataFrame = whole.iloc[len(shown) :]
    if len(rest):
        total = money(float(rest[charged].sum()), solution.currency)
        parts.append(paragraph(f"and {len(rest)} more, {total} together (--all shows them)"))
    return parts

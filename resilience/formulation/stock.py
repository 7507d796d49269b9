"""Stockpiles: what is put in, kept from period to period, and taken out.

    open      the stock at the start, a column that is fixed
    fill      put into stock: takes from the balance of the site, or from its intake
    hold      stock at the end of a period: costs the holding cost
    release   take out of stock: gives to the balance of the site

At a site of its own a stockpile has an intake: a balance where all that is brought arrives, apart from
the one that lanes leave from. What is brought can then only be put in, and what leaves was taken out.
At a site that others share there is one balance, and goods may pass by the stock.

Row `stock`, one per stockpile and period:

    hold_t = (1 - decay) * hold_{t-1} + fill_t - release_t,    hold_{-1} = open

Minus its dual is what one more tonne in stock would be worth. Holding cost is per year on the average of
opening and closing stock, so half of it stands on each end of a period.

Row `share`, one per pooled stockpile and member, over the whole horizon:

    sum of what leaves for the member - share * sum of fill <= share * open

and one with a right-hand side of 0 for all who are no members. A pool has a site of its own, so that what
was taken out cannot be put in again to be counted twice.

Source: Wagner & Whitin (1958), Dynamic version of the economic lot size model, Management Science 5,
89-96 (the balance of stock over periods; charged here on average instead of closing stock).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from resilience.formulation.columns import ColumnBlock, Entries, RowBlock, join, over_periods
from resilience.formulation.faults import FaultList
from resilience.formulation.horizon import Calendar
from resilience.formulation.places import Places
from resilience.grammar.sections import Spec
from resilience.program.labels import Block, Coded, Field, Labels

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def stock_columns(
    spec: Spec, places: Places, calendar: Calendar, commodity: Mapping[str, int]
) -> list[ColumnBlock]:
    """Return the columns of all stockpiles; none where there are no stockpiles.

    Parameters
    ----------
    spec, places, calendar : Spec, Places, Calendar
        The network, its sites, its periods.
    commodity : mapping
        Number of each commodity.

    Returns
    -------
    list of ColumnBlock
        open (one a stockpile), then fill, hold and release (one a stockpile and period).
    """
    piles = list(spec.stockpiles.values())
    if not piles:
        return []
    holding = calendar.spread([pile.holding_cost for pile in piles]) * calendar.years / 2
    capacity = calendar.spread([pile.capacity for pile in piles], np.inf)
    initial = np.array([pile.initial for pile in piles], dtype=float)
    open_block = _block("open", spec, places, 1)
    return [
        ColumnBlock(open_block, initial, initial, {"holding": holding[:, 0]}, join([])),
        ColumnBlock(
            _with_price(_block("fill", spec, places, calendar.size), spec, calendar),
            np.zeros(capacity.size),
            calendar.per_period([pile.max_fill for pile in piles], np.inf).ravel(),
            {},
            _at_site(spec, places, calendar, commodity, -1.0, intake=True),
        ),
        _hold_columns(spec, places, calendar, holding, capacity),
        ColumnBlock(
            _block("release", spec, places, calendar.size),
            np.zeros(capacity.size),
            calendar.per_period([pile.max_release for pile in piles], np.inf).ravel(),
            {},
            _at_site(spec, places, calendar, commodity, 1.0),
        ),
    ]


def _hold_columns(
    spec: Spec, places: Places, calendar: Calendar, holding: FloatArray, capacity: FloatArray
) -> ColumnBlock:
    """Columns of closing stock; the last one is fixed, valued or free."""
    piles = list(spec.stockpiles.values())
    cost = holding.copy()
    cost[:, :-1] += holding[:, 1:]  # closing stock of one period is opening stock of the next
    lower, upper, value = np.zeros_like(capacity), capacity.copy(), np.zeros_like(capacity)
    for row, pile in enumerate(piles):
        if pile.final is not None:
            lower[row, -1] = upper[row, -1] = pile.final
        value[row, -1] = -(pile.final_value or 0.0)
    return ColumnBlock(
        _block("hold", spec, places, calendar.size),
        lower.ravel(),
        upper.ravel(),
        {"holding": cost.ravel(), "stock value": value.ravel()},
        join([]),
    )


def stock_rows(spec: Spec, places: Places, calendar: Calendar) -> list[RowBlock]:
    """Return the rows that carry stock from period to period; none where there are no stockpiles."""
    piles = list(spec.stockpiles.values())
    if not piles:
        return []
    n_periods, size = calendar.size, len(piles) * calendar.size
    kept = 1.0 - calendar.spread([pile.decay for pile in piles])
    kept = (kept**calendar.years).ravel()
    row = np.arange(size)
    first, later = row[row % n_periods == 0], row[row % n_periods > 0]
    ones = np.ones(size)
    parts: list[tuple[str, IntArray, IntArray, FloatArray]] = [
        ("hold", row, row, ones),
        ("hold", later, later - 1, -kept[later]),
        ("open", first, np.arange(len(piles)), -kept[first]),
        ("fill", row, row, -ones),
        ("release", row, row, ones),
    ]
    return [RowBlock(_block("stock", spec, places, n_periods), np.zeros(size), np.zeros(size), parts)]


def share_rows(
    spec: Spec,
    places: Places,
    columns: Labels,
    faults: FaultList,
) -> list[RowBlock]:
    """Return the rows that hold each member of a pooled stockpile to its share; none without any pool.

    Parameters
    ----------
    columns : Labels
        Of all columns; lanes from the site of the stockpile are looked up in them.
    faults : FaultList
        Takes pools that share a site, members that overlap, and lanes that lead to no country.
    """
    pools = {key: pile for key, pile in spec.stockpiles.items() if pile.shares}
    if not pools:
        return []
    ids: list[str] = []
    countries: list[str] = []
    upper: list[float] = []
    parts: list[tuple[str, IntArray, IntArray, FloatArray]] = []
    ((first_ship, _),), ((first_fill, _),) = columns.parts("ship"), columns.parts("fill")
    for key, pile in pools.items():
        members = {name: places.countries([name]) for name in pile.shares}
        known = [country for group in members.values() for country in group]
        site, good = places.site_of[key], pile.commodity
        ships = columns.where(kind="ship", from_=site, commodity=good)
        filled = columns.where(kind="fill", id=key) - first_fill
        taker = columns.texts("to_country", ships)
        path: tuple[str | int, ...] = ("stockpiles", key, "shares")
        if sum(member.site == site for member in places.members_) > 1:
            faults.add(path, "a pooled stockpile needs a site of its own: others stand at the same site")
        if len(set(known)) < len(known):
            faults.add(path, "a country has two shares, its own or through blocs")
        if bool((taker == "").any()):
            place = columns.texts("to_", ships[taker == ""])[0]
            faults.add(path, f"a lane leads to '{place}', which has no country to count it for")
        for name, group in {**members, "": ()}.items():
            share, row = pile.shares.get(name, 0.0), len(ids)
            mine = ships[np.isin(taker.astype(str), group) if name else ~np.isin(taker.astype(str), known)]
            parts.append(("ship", np.full(len(mine), row), mine - first_ship, np.ones(len(mine))))
            parts.append(("fill", np.full(len(filled), row), filled, np.full(len(filled), -share)))
            ids.append(key)
            countries.append(name)
            upper.append(share * pile.initial)
    block = Block(
        "share",
        len(ids),
        {
            "id": Coded.of(ids),
            "country": Coded.of(countries),
            "period": np.zeros(len(ids), dtype=np.int64),
        },
    )
    return [RowBlock(block, np.full(len(ids), -np.inf), np.array(upper, dtype=float), parts)]


def _block(kind: str, spec: Spec, places: Places, n_periods: int) -> Block:
    country = {member.id: member.country for member in places.members_}
    fields: dict[str, Field] = over_periods(
        {
            "id": list(spec.stockpiles),
            "site": [places.site_of[key] for key in spec.stockpiles],
            "country": [country[key] for key in spec.stockpiles],
            "commodity": [pile.commodity for pile in spec.stockpiles.values()],
        },
        n_periods,
    )
    return Block(kind, len(spec.stockpiles) * n_periods, fields)


def _with_price(block: Block, spec: Spec, calendar: Calendar) -> Block:
    """Return labels with the reference price of what is kept."""
    prices = [spec.commodities[pile.commodity].price for pile in spec.stockpiles.values()]
    fields = {**block.fields, "reference_price": calendar.spread(prices, np.nan).ravel()}
    return Block(block.kind, block.size, fields)


def _at_site(
    spec: Spec,
    places: Places,
    calendar: Calendar,
    commodity: Mapping[str, int],
    amount: float,
    intake: bool = False,
) -> Entries:
    """Return one entry per stockpile and period at the balance of its site, or of its intake if any."""
    site = np.array([places.index[places.site_of[key]] for key in spec.stockpiles], dtype=np.int64)
    good = np.array([commodity[pile.commodity] for pile in spec.stockpiles.values()], dtype=np.int64)
    if intake:
        site = places.arrival_site(site, good, tuple(commodity))
    size = len(site) * calendar.size
    return Entries(
        np.arange(size),
        np.repeat(site, calendar.size),
        np.repeat(good, calendar.size),
        np.tile(np.arange(calendar.size), len(site)),
        np.full(size, amount),
    )

"""Limit rows: what several activities share, and what a demand asks for.

demand    deliveries + shortfall = quantity              dual = what one more tonne wanted costs
capacity  minimum <= all tiers of a facility <= capacity, of a supply, of an outlet
minimum   minimum <= all tiers of a facility that projects may enlarge
hub       all that arrives <= capacity
limit     at_least <= weighted sum of levels <= at_most   dual = -rent
          (of projects, the capacity decided on in the period)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Curve, Schedule
from resilience.formulation.columns import RowBlock, over_periods
from resilience.formulation.faults import FaultList
from resilience.formulation.horizon import Calendar
from resilience.formulation.places import Places
from resilience.formulation.projects import built_capacity, growing
from resilience.grammar.sections import Limit, Spec, Term
from resilience.policies import Situation
from resilience.policies.selectors import LaneSelector, Selector
from resilience.program.labels import Block, Coded, Field, Labels

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

COLUMN_OF: Mapping[str, str] = {
    "facility": "produce",
    "supply": "buy",
    "demand": "serve",
    "lane": "ship",
    "hub": "ship",
    "project": "build",
}
"""Which columns a term of a limit counts."""


def demand_rows(spec: Spec, places: Places, calendar: Calendar, columns: Labels) -> RowBlock:
    """Rows that make deliveries and shortfall add up to what is wanted."""
    demands = {key: demand for key, demand in spec.demands.items() if demand.price is None}
    quantity = calendar.per_period([demand.quantity for demand in demands.values()]).ravel()
    countries = {member.id: member.country for member in places.members_}
    fields = {
        "id": list(demands),
        "country": [countries[key] for key in demands],
        "commodity": [demand.commodity for demand in demands.values()],
    }
    block = Block("demand", len(quantity), over_periods(fields, calendar.size))
    parts = [_by_entry(columns, kind, list(demands), calendar.size) for kind in ("serve", "short")]
    return RowBlock(block, quantity, quantity.copy(), parts)


def _by_entry(
    columns: Labels, kind: str, keys: Sequence[str], n_periods: int
) -> tuple[str, IntArray, IntArray, FloatArray]:
    """Return entries that put every column of the given entries into the row of its entry and period."""
    ((_, block),) = columns.parts(kind)
    ids = block.fields["id"]
    assert isinstance(ids, Coded)
    row_of = {key: number for number, key in enumerate(keys)}
    table = np.array([row_of.get(name, -1) for name in ids.names] or [-1], dtype=np.int64)
    entry = table[ids.codes] if len(ids.codes) else np.empty(0, dtype=np.int64)
    column = np.flatnonzero(entry >= 0)
    row = entry[column] * n_periods + block.numbers("period")[column]
    return kind, row, column, np.ones(len(column))


def capacity_rows(spec: Spec, places: Places, calendar: Calendar, columns: Labels) -> RowBlock:
    """Rows that hold the tiers of one entry, and what projects add to it, under its own capacity."""
    growers = growing(spec, "facility")
    sections: tuple[tuple[str, Mapping[str, object], str, str, str], ...] = (
        ("produce", spec.facilities, "cost", "capacity", "minimum"),
        ("buy", spec.supplies, "price", "quantity", ""),
        ("serve", spec.demands, "price", "quantity", ""),
    )
    keys: list[str] = []
    kinds: list[str] = []
    upper: list[float | Schedule | None] = []
    lower: list[float | Schedule | None] = []
    for kind, section, curve, most, least in sections:
        for key, entry in section.items():
            low = getattr(entry, least) if least else 0.0
            tiered = isinstance(getattr(entry, curve), tuple | Curve)
            if (tiered and (getattr(entry, most) is not None or low != 0.0)) or key in growers:
                keys.append(key)
                kinds.append(kind)
                upper.append(getattr(entry, most))
                lower.append(-np.inf if key in growers else low)  # what is built need not run
    member = {item.id: item for item in places.members_}
    fields = {
        "id": keys,
        "of": kinds,
        "country": [member[key].country for key in keys],
        "stage": [member[key].stage for key in keys],
    }
    block = Block("capacity", len(keys) * calendar.size, over_periods(fields, calendar.size))
    parts = [_by_entry(columns, kind, keys, calendar.size) for kind, *_ in sections]
    row_of = {key: number * calendar.size for number, key in enumerate(keys)}
    parts += built_capacity(spec, calendar, "facility", row_of)
    return RowBlock(
        block,
        calendar.per_period(lower, 0.0).ravel(),
        calendar.per_period(upper, np.inf).ravel(),
        parts,
    )


def minimum_rows(spec: Spec, places: Places, calendar: Calendar, columns: Labels) -> list[RowBlock]:
    """Rows for the least throughput of facilities that have tiers and may grow; none without any.

    Where throughput is one column its own bound does; where nothing can be built, the capacity's row.
    """
    growers = growing(spec, "facility")
    found = {
        key: facility
        for key, facility in spec.facilities.items()
        if key in growers and isinstance(facility.cost, tuple | Curve) and facility.minimum != 0.0
    }
    if not found:
        return []
    member = {item.id: item for item in places.members_}
    fields = {
        "id": list(found),
        "country": [member[key].country for key in found],
        "stage": [member[key].stage for key in found],
    }
    lower = calendar.per_period([facility.minimum for facility in found.values()]).ravel()
    block = Block("minimum", len(lower), over_periods(fields, calendar.size))
    parts = [_by_entry(columns, "produce", list(found), calendar.size)]
    return [RowBlock(block, lower, np.full(len(lower), np.inf), parts)]


def hub_rows(
    spec: Spec,
    places: Places,
    calendar: Calendar,
    columns: Labels,
    arrives: tuple[IntArray, IntArray, FloatArray],
) -> RowBlock:
    """Rows that hold what arrives at a hub under its capacity; free where it has none, for an outage.

    Parameters
    ----------
    arrives : (column, period, tonnes)
        Of every ship column that lands within the horizon.
    """
    hubs = spec.hubs
    countries = {member.id: member.country for member in places.members_}
    fields = {"id": list(hubs), "country": [countries[key] for key in hubs]}
    block = Block("hub", len(hubs) * calendar.size, over_periods(fields, calendar.size))
    column, period, tonnes = arrives
    ((_, ship),) = columns.parts("ship")
    parts = built_capacity(
        spec, calendar, "hub", {key: number * calendar.size for number, key in enumerate(hubs)}
    )
    for number, (key, hub) in enumerate(hubs.items()):
        into = np.flatnonzero(_into_hub(ship, places.site_of[key], hub.passes)[column])
        parts.append(("ship", number * calendar.size + period[into], column[into], tonnes[into]))
        for start, landing in columns.parts("transit"):
            early = columns.where(kind="transit", site=places.site_of[key], commodity=hub.passes) - start
            row = number * calendar.size + landing.numbers("period")[early]
            parts.append(("transit", row, early, np.ones(len(early))))
    upper = calendar.per_period([hub.capacity for hub in hubs.values()], np.inf).ravel()
    return RowBlock(block, np.full(len(upper), -np.inf), upper, parts)


def _into_hub(ship: Block, site: str, passes: Sequence[str]) -> NDArray[np.bool_]:
    end, good = ship.fields["to_"], ship.fields["commodity"]
    assert isinstance(end, Coded)
    assert isinstance(good, Coded)
    return np.asarray(end.is_any([site]) & good.is_any(passes))


def limit_rows(
    spec: Spec,
    places: Places,
    calendar: Calendar,
    columns: Labels,
    arrives: tuple[IntArray, IntArray, FloatArray],
    faults: FaultList,
) -> RowBlock:
    """Rows of the `limits:` section: one per period, or one for the whole horizon.

    Parameters
    ----------
    arrives : (column, period, tonnes)
        Of every ship column that lands within the horizon: what a term over hubs counts.
    """
    country: list[str] = []
    ids: list[str] = []
    period: list[IntArray] = []
    bounds: list[FloatArray] = []
    parts: list[tuple[str, IntArray, IntArray, FloatArray]] = []
    size = 0
    row_of: dict[str, int] = {}
    for key, limit in spec.limits.items():
        if limit.count is not None:
            continue  # counts uses, see fixed.py
        n_rows, row_of[key] = 1 if limit.over_horizon else calendar.size, size
        for number, term in enumerate(limit.over):
            kind, column = _columns_of(term, places, calendar, columns)
            if not len(column):
                at = ("limits", key, "over", number) if len(limit.over) > 1 else ("limits", key, "over")
                faults.add(at, f"matches no {term.over[0]}")
            ((start, block),) = columns.parts(kind)
            inside = column - start
            when, tonnes = block.numbers("period")[inside], np.ones(len(inside))
            if term.over[0] == "hub":
                landed = np.isin(arrives[0], inside)
                inside, when, tonnes = arrives[0][landed], arrives[1][landed], arrives[2][landed]
            if term.over[0] == "project":  # a rate that is decided on, not a flow: scaled as the bound is
                size_of = np.array([spec.projects[key].capacity for key in columns.texts("id", column)])
                tonnes = size_of * (1.0 if limit.over_horizon else calendar.years)
            row = size + (np.zeros(len(inside), dtype=np.int64) if limit.over_horizon else when)
            parts.append((kind, row, inside, term.weight * tonnes))
        ids += [key] * n_rows
        country += [""] * n_rows
        period.append(np.arange(n_rows))
        bounds.append(_bounds(limit, calendar))
        size += n_rows
    in_total = [key for key in row_of if spec.limits[key].over_horizon]
    parts += built_capacity(spec, calendar, "limit", row_of, in_total)
    low, high = np.concatenate(bounds, axis=1) if bounds else np.empty((2, 0))
    fields: dict[str, Field] = {
        "id": Coded.of(ids),
        "period": np.concatenate(period) if period else np.empty(0, dtype=np.int64),
    }
    return RowBlock(Block("limit", size, fields), low, high, parts)


def _columns_of(term: Term, places: Places, calendar: Calendar, columns: Labels) -> tuple[str, IntArray]:
    """Return the kind and positions of the columns that a term counts."""
    name, selector = term.over
    kind = COLUMN_OF[name]
    if isinstance(selector, LaneSelector):
        return kind, Situation("", calendar.starts, calendar.years, places=places).lanes(columns, selector)
    if not isinstance(selector, Selector):
        return kind, columns.where(kind=kind, id=selector)
    if name == "hub":
        hubs = [member for member in places.choose(selector) if member.kind == "hub"]
        found = [columns.where(kind=kind, to_=[hub.site], commodity=hub.makes) for hub in hubs]
        return kind, np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
    chosen = [member.id for member in places.choose(selector) if member.kind == name]
    return kind, columns.where(kind=kind, id=chosen) if chosen else np.empty(0, dtype=np.int64)


def _bounds(limit: Limit, calendar: Calendar) -> FloatArray:
    """Return lower and upper bounds, shape (2, n_rows)."""
    low = limit.at_least if limit.equals is None else limit.equals
    high = limit.at_most if limit.equals is None else limit.equals
    if limit.over_horizon:
        low, high = (value.numbers[0] if isinstance(value, Schedule) else value for value in (low, high))
        return np.array([[-np.inf if low is None else low], [np.inf if high is None else high]])
    return np.concatenate([calendar.per_period([low], -np.inf), calendar.per_period([high], np.inf)])

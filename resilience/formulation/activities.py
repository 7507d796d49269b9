"""Activities: one function per kind, each returning the columns that stand for it.

    produce   run a facility: takes its inputs, gives its outputs times the yield
    buy       buy from a supply at a price
    ship      move along a lane: takes at the start, gives (1 - loss) at the end after the lead time
    serve     deliver to a demand or an outlet
    short     leave a demand without: costs the shortfall cost, or is closed where it must be met
    dispose   get rid of a surplus

Levels are tonnes per period. Within a block, columns are ordered by entry, then tier, then period.

Source: Koopmans (1951), Activity Analysis of Production and Allocation, chapter III.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Curve, Schedule, Tier
from resilience.formulation.columns import ColumnBlock, Entries, join, over_periods
from resilience.formulation.curves import Grids, Laid, lay_out
from resilience.formulation.horizon import Calendar
from resilience.formulation.lanes import Lanes
from resilience.formulation.places import Places, Recipe
from resilience.formulation.projects import growing
from resilience.grammar.sections import Spec
from resilience.program.labels import Block, Coded, Field

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Prices = float | Schedule | tuple[Tier, ...] | Curve | None


@dataclass(frozen=True, eq=False)
class Steps:
    """Curves of several entries laid out as steps.

    Parameters
    ----------
    entry, tier : ndarray of int64
        Whose step it is, and which.
    width : ndarray, shape (n_steps, n_periods)
        Most per period; infinite where the step has no end.
    price : ndarray, shape (n_steps, n_periods)
        Per tonne.
    """

    entry: IntArray
    tier: IntArray
    width: FloatArray
    price: FloatArray


def steps_of(curves: Sequence[Prices], calendar: Calendar, laid: Sequence[Laid | None] = ()) -> Steps:
    """Lay out constant costs, tiers and curves as steps; a constant is one endless step.

    Parameters
    ----------
    laid : sequence of Laid or None
        For every curve among the costs, its steps.
    """
    plain = [0.0 if curve is None or isinstance(curve, Curve) else curve for curve in curves]
    tiers = [curve if isinstance(curve, tuple) else (Tier(None, curve),) for curve in plain]
    flat = [tier for steps in tiers for tier in steps]
    counts = [len(steps) for steps in tiers]
    width = calendar.per_period([tier.capacity for tier in flat], np.inf).reshape(-1, calendar.size)
    price = calendar.spread([tier.cost for tier in flat]).reshape(-1, calendar.size)
    if any(item is not None for item in laid):
        pieces = [[width[row : row + 1], price[row : row + 1]] for row in range(len(flat))]
        starts = np.concatenate([[0], np.cumsum(counts)])
        for number, item in enumerate(laid):
            if item is not None:
                pieces[starts[number]] = [item.width, item.price]
                counts[number] = len(item.width)
        width, price = (np.concatenate([piece[part] for piece in pieces]) for part in (0, 1))
    return Steps(
        np.repeat(np.arange(len(tiers)), counts),
        np.array([number for count in counts for number in range(count)], dtype=np.int64),
        width,
        price,
    )


def _laid(
    section: Mapping[str, Any], name: str, kind: str, calendar: Calendar, grids: Grids
) -> list[Laid | None]:
    """Return the steps of the curves among a section's costs."""
    return [
        lay_out(getattr(entry, name), grids[kind, key], calendar.years) if (kind, key) in grids else None
        for key, entry in section.items()
    ]


def _tier_names(tier: IntArray) -> Coded:
    return Coded(tier, tuple(str(number) for number in range(int(tier.max(initial=-1)) + 1)))


def _labels(
    kind: str, n_periods: int, entry: IntArray, tier: IntArray, fields: Mapping[str, Sequence[str]]
) -> Block:
    """Return labels of a block whose entries have steps."""
    coded: dict[str, Any] = {name: Coded.of(list(values)).take(entry) for name, values in fields.items()}
    labels = over_periods({**coded, "tier": _tier_names(tier)}, n_periods)
    return Block(kind, len(entry) * n_periods, labels)


def _at(column: IntArray, n_periods: int) -> tuple[IntArray, IntArray]:
    """Return (column, period) of every period of the given steps, step-major."""
    if n_periods == 1:
        return column, np.zeros(len(column), dtype=np.int64)
    return np.repeat(column, n_periods) * n_periods + np.tile(np.arange(n_periods), len(column)), np.tile(
        np.arange(n_periods), len(column)
    )


def produce_columns(
    spec: Spec, places: Places, calendar: Calendar, commodity: Mapping[str, int], grids: Grids
) -> ColumnBlock:
    """Columns that run facilities; a facility with tiers of cost has one per tier."""
    keys, facilities = list(spec.facilities), list(spec.facilities.values())
    laid = _laid(spec.facilities, "cost", "produce", calendar, grids)
    steps = steps_of([facility.cost for facility in facilities], calendar, laid)
    capacity = calendar.per_period([facility.capacity for facility in facilities], np.inf)
    growers = growing(spec, "facility")
    capacity[[key in growers for key in keys]] = np.inf  # a row holds them, with what is built
    minimum = calendar.per_period([facility.minimum for facility in facilities])
    alone = np.bincount(steps.entry, minlength=len(keys))[steps.entry] == 1
    upper = np.where(alone[:, None], np.minimum(steps.width, capacity[steps.entry]), steps.width)
    lower = np.where(alone[:, None], minimum[steps.entry], 0.0)
    sites = [places.site_of[key] for key in keys]
    member = {item.id: item for item in places.members_}
    fields = {
        "id": keys,
        "site": sites,
        "country": [member[key].country for key in keys],
        "stage": [member[key].stage for key in keys],
        "process": [facility.process or "" for facility in facilities],
    }
    site = np.array([places.index[name] for name in sites], dtype=np.int64)
    recipes = [places.recipes[key] for key in keys]
    return ColumnBlock(
        _labels("produce", calendar.size, steps.entry, steps.tier, fields),
        lower.ravel(),
        upper.ravel(),
        {"production": steps.price.ravel()},
        _recipe_entries(places, calendar, commodity, recipes, site, steps.entry),
    )


def _recipe_entries(
    places: Places,
    calendar: Calendar,
    commodity: Mapping[str, int],
    recipes: Sequence[Recipe],
    sites: IntArray,
    owner: IntArray,
) -> Entries:
    """Return what facilities' columns take and give, in every period.

    Parameters
    ----------
    recipes, sites : sequence and ndarray of int64
        Of each facility.
    owner : ndarray of int64
        Facility of each step, ascending.
    """
    passes = [recipe.passes for recipe in recipes]
    parts = [
        (number, commodity[name], amount * sign, passes[number] and sign < 0)
        for number, recipe in enumerate(recipes)
        for sign, part in ((-1.0, recipe.inputs), (1.0, recipe.outputs))
        for name, amount in part.items()
    ]
    entry, good, amount, is_passed = (
        np.array([part[field] for part in parts], dtype=kind)
        for field, kind in enumerate((np.int64, np.int64, np.float64, bool))
    )
    gain = calendar.spread([recipe.yields[-1] for recipe in recipes]).reshape(-1, calendar.size)
    gain *= calendar.spread([recipe.yields[0] if len(recipe.yields) > 1 else 1.0 for recipe in recipes])
    where = sites[entry]
    where[is_passed] = places.arrival_site(where[is_passed], good[is_passed], tuple(commodity))
    first = np.searchsorted(owner, np.arange(len(recipes))) * calendar.size
    sizes = np.bincount(owner, minlength=len(recipes))[entry] * calendar.size
    which = np.repeat(np.arange(len(parts)), sizes)
    inside = np.arange(len(which)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    period = inside % calendar.size
    factor = np.where(amount[which] > 0, gain[entry[which], period], 1.0)
    return Entries(first[entry[which]] + inside, where[which], good[which], period, factor * amount[which])


def buy_columns(
    spec: Spec, places: Places, calendar: Calendar, commodity: Mapping[str, int], grids: Grids
) -> ColumnBlock:
    """Columns that buy from supplies; rising prices have one per tier."""
    supplies = list(spec.supplies.values())
    laid = _laid(spec.supplies, "price", "buy", calendar, grids)
    steps = steps_of([supply.price for supply in supplies], calendar, laid)
    quantity = calendar.per_period([supply.quantity for supply in supplies], np.inf)
    block = _point_labels("buy", spec.supplies, places, calendar, steps)
    return ColumnBlock(
        block,
        np.zeros(block.size),
        np.minimum(steps.width, quantity[steps.entry]).ravel(),
        {"purchase": steps.price.ravel()},
        _point_entries(spec.supplies, places, calendar, commodity, steps, 1.0),
    )


def serve_columns(
    spec: Spec, places: Places, calendar: Calendar, commodity: Mapping[str, int], grids: Grids
) -> ColumnBlock:
    """Columns that deliver to demands; an outlet's are as many as its prices, and earn them."""
    demands = list(spec.demands.values())
    laid = _laid(spec.demands, "price", "serve", calendar, grids)
    steps = steps_of([demand.price for demand in demands], calendar, laid)
    quantity = calendar.per_period([demand.quantity for demand in demands], np.inf)
    block = _point_labels("serve", spec.demands, places, calendar, steps)
    return ColumnBlock(
        block,
        np.zeros(block.size),
        np.minimum(steps.width, quantity[steps.entry]).ravel(),
        {"revenue": -steps.price.ravel()},
        _point_entries(spec.demands, places, calendar, commodity, steps, -1.0),
    )


def short_columns(spec: Spec, places: Places, calendar: Calendar) -> ColumnBlock:
    """Columns that leave demands short; closed where the demand must be met."""
    demands = {key: demand for key, demand in spec.demands.items() if demand.price is None}
    steps = steps_of([demand.shortfall_cost for demand in demands.values()], calendar)
    quantity = calendar.per_period([demand.quantity for demand in demands.values()]).reshape(
        -1, calendar.size
    )
    may_fall_short = np.array([demand.shortfall_cost is not None for demand in demands.values()], dtype=bool)
    upper = np.where(
        may_fall_short[steps.entry][:, None], np.minimum(steps.width, quantity[steps.entry]), 0.0
    )
    block = _point_labels("short", demands, places, calendar, steps)
    return ColumnBlock(
        block, np.zeros(block.size), upper.ravel(), {"shortfall": steps.price.ravel()}, join([])
    )


def _point_labels(
    kind: str, section: Mapping[str, Any], places: Places, calendar: Calendar, steps: Steps
) -> Block:
    """Return labels of columns that act at one site on one commodity."""
    member = {item.id: item for item in places.members_}
    fields = {
        "id": list(section),
        "site": [places.site_of[key] for key in section],
        "country": [member[key].country for key in section],
        "sector": [member[key].sector for key in section],
        "commodity": [entry.commodity for entry in section.values()],
    }
    return _labels(kind, calendar.size, steps.entry, steps.tier, fields)


def _point_entries(
    section: Mapping[str, Any],
    places: Places,
    calendar: Calendar,
    commodity: Mapping[str, int],
    steps: Steps,
    amount: float,
) -> Entries:
    site = np.array([places.index[places.site_of[key]] for key in section], dtype=np.int64)
    good = np.array([commodity[entry.commodity] for entry in section.values()], dtype=np.int64)
    column, period = _at(np.arange(len(steps.entry)), calendar.size)
    owner = np.repeat(steps.entry, calendar.size)
    return Entries(column, site[owner], good[owner], period, np.full(len(column), amount))


def ship_columns(
    spec: Spec, places: Places, calendar: Calendar, lanes: Lanes, commodities: Sequence[str], stage: Coded
) -> ColumnBlock:
    """Columns that move one tonne along each lane in each period.

    Parameters
    ----------
    spec, places, calendar : Spec, Places, Calendar
        The network, its sites, its periods.
    lanes : Lanes
        ``capacity`` and ``cost`` have shape (n_lanes, n_periods), in t and currency/t.
    commodities : sequence of str
        In the order of their numbers.
    stage : Coded
        Stage at which each lane's goods were made.

    Returns
    -------
    ColumnBlock
        n_lanes * n_periods columns, lane-major. What would land after the horizon pays and delivers
        nothing.
    """
    n_lanes, n_periods = len(lanes.ids), calendar.size
    country = Coded.of(list(places.country))
    price = calendar.spread([spec.commodities[name].price for name in commodities], np.nan)
    handling = _hub_cost(spec, places, calendar, lanes, commodities)
    fields: dict[str, Field] = dict(
        over_periods(
            {
                "id": Coded(np.arange(n_lanes), lanes.ids),
                "rule": Coded(lanes.rule, lanes.rule_keys),
                "from_": Coded(lanes.start, places.names),
                "to_": Coded(lanes.end, places.names),
                "from_country": country.take(lanes.start),
                "to_country": country.take(lanes.end),
                "commodity": Coded(lanes.commodity, tuple(commodities)),
                "stage": stage,
            },
            n_periods,
        )
    )
    fields["reference_price"] = price[lanes.commodity].ravel()
    fields["km"] = np.repeat(lanes.km, n_periods) if n_periods > 1 else lanes.km
    free = [places.index[places.site_of[key]] for key, hub in spec.hubs.items() if not hub.customs]
    fields["from_free_zone"] = np.repeat(np.isin(lanes.start, free).astype(np.int64), n_periods)
    fields["to_free_zone"] = np.repeat(np.isin(lanes.end, free).astype(np.int64), n_periods)
    column, period = _at(np.arange(n_lanes), n_periods)
    lane: Any = np.repeat(np.arange(n_lanes), n_periods) if n_periods > 1 else slice(None)
    arrival = period + lanes.lead[lane]
    lands: Any = arrival < n_periods
    if lands.all():
        lands = slice(None)  # a view where nothing is left out
    end = places.arrival_site(lanes.end, lanes.commodity, commodities)
    takes = Entries(column, lanes.start[lane], lanes.commodity[lane], period, np.full(len(column), -1.0))
    gives = Entries(
        column[lands],
        end[lane][lands],
        lanes.commodity[lane][lands],
        arrival[lands],
        (1.0 - lanes.loss.ravel())[lands],
    )
    return ColumnBlock(
        Block("ship", n_lanes * n_periods, fields),
        lanes.minimum.ravel(),
        lanes.capacity.ravel(),
        {"freight": lanes.cost.ravel(), "handling": handling.ravel()},
        join([takes, gives]),
    )


def _hub_cost(
    spec: Spec, places: Places, calendar: Calendar, lanes: Lanes, commodities: Sequence[str]
) -> FloatArray:
    """Return what hubs charge for what arrives, at the rate of that period, per tonne that leaves."""
    cost = np.zeros((len(lanes.ids), calendar.size))
    lands = np.minimum(np.arange(calendar.size) + lanes.lead[:, None], calendar.size - 1)
    for key, hub in spec.hubs.items():
        passed = np.isin(lanes.commodity, [commodities.index(name) for name in hub.passes])
        arrives = passed & (lanes.end == places.index[places.site_of[key]])
        cost[arrives] += calendar.spread([hub.cost])[0][lands[arrives]] * (1.0 - lanes.loss[arrives])
    return cost


def dispose_columns(
    spec: Spec, calendar: Calendar, balances: Block, given: IntArray, commodities: Sequence[str]
) -> ColumnBlock:
    """Columns that get rid of a surplus, at every balance where something is given.

    Parameters
    ----------
    balances : Block
        Labels of all balance rows.
    given : ndarray of int64
        Those where something is given.
    """
    cost = calendar.spread([spec.commodities[name].disposal_cost for name in commodities])
    fields: dict[str, Field] = {
        name: values.take(given) if isinstance(values, Coded) else values[given]
        for name, values in balances.fields.items()
    }
    good, period = balances.numbers("commodity")[given], balances.numbers("period")[given]
    size = len(given)
    return ColumnBlock(
        Block("dispose", size, fields),
        np.zeros(size),
        np.full(size, np.inf),
        {"disposal": cost[good, period]},
        Entries(np.arange(size), balances.numbers("site")[given], good, period, np.full(size, -1.0)),
    )

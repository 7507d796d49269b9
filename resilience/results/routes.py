"""Routes: by which mines, plants and lanes a demand was supplied, and what each tonne cost on its way.

What a demand received is traced back with proportional mixing at every balance (see `chains.py`), and
the traced flow is split into routes from a primary source to the demand: always back along the
largest giver that has something left, as much as the narrowest arc carries. Every split uses up at
least one arc, so there are at most as many routes as positive flows.

Tonnes   hop by hop, yields and losses applied; those delivered add up to what the demand received.
         How much each activity gives towards a demand follows from the mixing alone; which giver's
         tonnes go on along which of several lanes is chosen, the largest together
Cost     of every activity on the way, in full: a separation plant's whole cost per tonne of the oxide
         that is wanted, no credit for co-products
Not this other inputs than the leading one (dysprosium in a magnet, reagents): their own chains are
         not part of a route; `prices` holds what they cost at the margin
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.errors import InputError
from resilience.grammar.names import suggest
from resilience.results.chains import Chains, activity_levels

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ALIKE = 1e-9
"""Relative difference below which two givers are equally large, and the first by id is taken."""
USED_UP = 1e-12
"""Share of a flow below which what is left of it is rounding."""
AT_ONCE = 1 << 20
"""Requirements (balances x sinks) that are solved for together."""


@dataclass(frozen=True)
class Route:
    """One way from a source to a sink.

    Parameters
    ----------
    sink : int
        Column of the sink.
    row : int
        Balance that the sink takes from.
    arcs : tuple of int
        Arcs in order of travel, the source first.
    delivered : float
        Tonnes that reach the sink.
    """

    sink: int
    row: int
    arcs: tuple[int, ...]
    delivered: float


def routes_of(solution: Solution, demand: str | None = None) -> pd.DataFrame:
    """Return the routes of one demand or of all; see `Solution.routes`."""
    routes, hops = _traced(solution, demand)
    return _route_table(solution, routes, hops, _hop_table(solution, routes, hops))


def route_hops_of(solution: Solution, demand: str | None = None) -> pd.DataFrame:
    """Return the hops of the routes of one demand or of all; see `Solution.route_hops`."""
    return _hop_table(solution, *_traced(solution, demand)).drop(columns="origin")


def _traced(solution: Solution, demand: str | None) -> tuple[list[Route], Hops]:
    """Return routes and their hops; an unknown demand is an `InputError`."""
    known = solution.formulation.spec.demands
    if demand is not None and demand not in known:
        raise InputError(f"unknown demand '{demand}'{suggest(demand, known)}")
    arcs = solution.chains
    routes = trace(solution, arcs, solution.program.columns.where(kind="serve", id=demand))
    return routes, _hops_of(solution, arcs, routes)


def trace(solution: Solution, arcs: Chains, sinks: IntArray) -> list[Route]:
    """Split what the sinks receive into routes.

    Parameters
    ----------
    solution : Solution
        Solved.
    arcs : Chains
        Its arcs.
    sinks : ndarray of int64
        Columns that take from one balance each: deliveries, or disposals.

    Returns
    -------
    list of Route
        By sink, then largest first.
    """
    program, (level, _) = solution.program, activity_levels(solution)
    served = []
    for sink in sinks[level[sinks] > 0].tolist():
        entries = slice(program.starts[sink], program.starts[sink + 1])
        taken = np.flatnonzero((program.indices[entries] < arcs.n_balances) & (program.values[entries] < 0))
        row = int(program.indices[entries][taken[0]])
        if arcs.total[row] > 0:
            served.append((sink, row, -float(program.values[entries][taken[0]]) * float(level[sink])))
    found: list[Route] = []
    at_once = max(1, AT_ONCE // max(1, arcs.n_balances))
    for part in (served[start : start + at_once] for start in range(0, len(served), at_once)):
        wanted = np.zeros((arcs.n_balances, len(part)), order="F")
        rows, amounts = [row for _, row, _ in part], [amount for *_, amount in part]
        wanted[rows, np.arange(len(part))] = amounts
        needed = arcs.required(wanted)
        for place, (sink, row, amount) in enumerate(part):
            flow = _without_circulation(arcs, needed[arcs.to, place] * arcs.share)
            found += _split(arcs, flow, sink, row, amount)
    return found


def _split(arcs: Chains, flow: FloatArray, sink: int, row: int, wanted: float) -> list[Route]:
    """Split the flow that one sink draws into routes, largest first."""
    used = np.flatnonzero(flow > 0)
    used = used[np.lexsort((arcs.column[used], arcs.to[used]))]
    left = dict(zip(used.tolist(), flow[used].tolist(), strict=True))
    floor = {arc: USED_UP * amount for arc, amount in left.items()}
    ways: dict[int, list[Way]] = {}
    fields = (used, arcs.need[used], arcs.start[used], arcs.to[used])
    for way in zip(*(each.tolist() for each in fields), strict=True):
        ways.setdefault(way[-1], []).append(way)
    rest, routes = wanted, []
    while rest > USED_UP * wanted:
        walk, carried, at = _walk_back(ways, left, row)
        if at >= 0 and not walk:
            break
        if at >= 0:  # nothing is left upstream of the last arc: what it carries is rounding
            ways[walk[-1][0][-1]].remove(walk[-1][0])
            continue
        amount = min(rest, carried)
        for way, factor in walk:
            before, arc = left[way[0]], way[0]
            left[arc] = before - amount * factor
            if before / factor <= amount or left[arc] < floor[arc]:
                ways[way[-1]].remove(way)
        rest -= amount
        routes.append((tuple(way[0] for way, _ in reversed(walk)), amount))
    scale = wanted / sum(amount for _, amount in routes) if routes else 1.0
    routes.sort(key=lambda route: (-route[1], route[0]))
    return [Route(sink, row, walk, amount * scale) for walk, amount in routes]


Way = tuple[int, float, int, int]
"""An arc, what it needs per tonne given, and the balances where it starts and which it gives to."""


def _walk_back(
    ways: Mapping[int, Sequence[Way]], left: Mapping[int, float], row: int
) -> tuple[list[tuple[Way, float]], float, int]:
    """Walk back from a balance along the largest givers, the first of those that are alike.

    Parameters
    ----------
    ways : mapping
        For each balance the arcs into it that have something left, by column.
    left : mapping
        How much that is.
    row : int
        Where to begin.

    Returns
    -------
    walk : list of (Way, float)
        The last hop first, each with the tonnes that it gives per tonne delivered.
    carried : float
        Most that can be delivered along it.
    at : int
        Balance where nothing more was found; -1 if the walk ends at a source.
    """
    walk: list[tuple[Way, float]] = []
    factor, carried, at = 1.0, float("inf"), row
    while at >= 0:
        candidates = ways.get(at)
        if not candidates:
            break
        way = candidates[0]
        if len(candidates) > 1:
            alike = max([left[each[0]] for each in candidates]) * (1 - ALIKE)
            way = next(each for each in candidates if left[each[0]] >= alike)
        walk.append((way, factor))
        carried = min(carried, left[way[0]] / factor)
        factor *= way[1]
        at = way[2]
    return walk, carried, at


def _without_circulation(arcs: Chains, flow: FloatArray) -> FloatArray:
    """Take out what only goes round in circles, so that no walk comes by a balance twice.

    Where a circle gives back more than it takes, the excess is recycled material.
    """
    inside = np.flatnonzero(arcs.returns >= 0)
    if not (flow[inside] > 0).any():
        return flow
    flow = flow.copy()
    while True:
        graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(
            [(int(arcs.start[arc]), int(arcs.to[arc]), int(arc)) for arc in inside[flow[inside] > 0]]
        )
        try:
            circle = [arc for *_, arc in nx.find_cycle(graph)]
        except nx.NetworkXNoCycle:
            return flow
        first = min(range(len(circle)), key=lambda place: arcs.to[circle[place]])
        back = [*circle[first::-1], *circle[:first:-1]]
        factors = np.cumprod([1.0, *arcs.need[back]])
        limits = flow[back] / factors[:-1]
        amount = float(limits.min())
        flow[back] = np.where(limits <= amount, 0.0, flow[back] - amount * factors[:-1])
        flow[arcs.returns[back[0]]] += max(0.0, 1.0 - factors[-1]) * amount


@dataclass(frozen=True, eq=False)
class Hops:
    """Every hop of every route, in order of travel.

    Parameters
    ----------
    route : ndarray of int64
        Position of its route in the list.
    column, row : ndarray of int64
        The activity, and the balance that it gives to (the last one: takes from).
    takes, gives, cost : ndarray
        Tonnes of the leading input, tonnes given, and money.
    recycled : ndarray of bool
        Whether the chain ends here with material that came back.
    """

    route: IntArray
    column: IntArray
    row: IntArray
    takes: FloatArray
    gives: FloatArray
    cost: FloatArray
    recycled: NDArray[np.bool_]


def _hops_of(solution: Solution, arcs: Chains, routes: Sequence[Route]) -> Hops:
    """Return the hops of the routes: what each activity had to take for what was delivered."""
    level, spending = activity_levels(solution)
    length = np.array([len(route.arcs) + 1 for route in routes], dtype=np.int64)
    number = np.repeat(np.arange(len(routes)), length)
    sink, last = np.array([route.sink for route in routes], dtype=np.int64), np.cumsum(length) - 1
    is_last = np.zeros(len(number), dtype=bool)
    is_last[last] = True
    arc = np.array([arc for route in routes for arc in route.arcs], dtype=np.int64)
    column, row = np.empty(len(number), dtype=np.int64), np.empty(len(number), dtype=np.int64)
    column[~is_last], row[~is_last] = arcs.column[arc], arcs.to[arc]
    column[is_last], row[is_last] = sink, [route.row for route in routes]
    need, price, recycled = np.ones(len(number)), np.empty(len(number)), np.zeros(len(number), dtype=bool)
    need[~is_last], price[~is_last], recycled[~is_last] = arcs.need[arc], arcs.cost[arc], arcs.recycled[arc]
    price[is_last] = spending[sink] / level[sink]
    gives = np.empty(len(number))
    gives[last] = [route.delivered for route in routes]
    for back in range(1, int(length.max(initial=0))):
        hop = last[length > back] - back
        gives[hop] = gives[hop + 1] * need[hop + 1]
    return Hops(number, column, row, gives * need, gives, gives * price, recycled)


def _hop_table(solution: Solution, routes: Sequence[Route], hops: Hops) -> pd.DataFrame:
    """Return the hops with what they are called; ``origin`` is the country where a hop begins."""
    program, unit, labels = solution.program, solution.unit, solution.program.columns
    column = hops.column
    sink = np.array([route.sink for route in routes], dtype=np.int64)[hops.route]
    rank = numbered(solution, routes)[hops.route]
    kind = np.asarray(labels.kinds()[column], dtype=object)
    ships, site = kind == "ship", labels.texts("site", column)
    country = labels.texts("country", column)
    names = solution.period_names
    return pd.DataFrame(
        {
            "demand": labels.texts("id", sink),
            "period": names[labels.texts("period", sink).astype(np.int64)],
            "route": rank,
            "hop": np.arange(len(column)) - np.searchsorted(hops.route, hops.route) + 1,
            "kind": kind,
            "id": labels.texts("id", column),
            "from": np.where(ships, labels.texts("from_", column), site),
            "to": np.where(ships, labels.texts("to_", column), site),
            "country": np.where(ships, labels.texts("to_country", column), country),
            "stage": labels.texts("stage", column),
            "commodity": program.rows.texts("commodity", hops.row),
            "when": names[labels.texts("period", column).astype(np.int64)],
            f"takes_{unit.mass}": hops.takes,
            f"gives_{unit.mass}": hops.gives,
            f"cost_{unit.money}": hops.cost,
            "recycled": hops.recycled,
            "origin": np.where(ships, labels.texts("from_country", column), country),
        }
    )


def numbered(solution: Solution, routes: Sequence[Route]) -> IntArray:
    """Return the number of each route within its demand and period, from 1, over all origin layers."""
    labels = solution.program.columns
    sinks = np.array([route.sink for route in routes], dtype=np.int64)
    keys = pd.DataFrame({"id": labels.texts("id", sinks), "period": labels.texts("period", sinks)})
    return np.asarray(keys.groupby(["id", "period"]).cumcount() + 1, dtype=np.int64)


def _route_table(
    solution: Solution, routes: Sequence[Route], hops: Hops, table: pd.DataFrame
) -> pd.DataFrame:
    """Return one row per route."""
    unit = solution.unit
    delivered = pd.Series([route.delivered for route in routes], dtype=float)
    sinks = pd.Series([route.sink for route in routes], dtype=np.int64)
    bounds = np.searchsorted(hops.route, np.arange(len(routes) + 1))
    first = table.iloc[bounds[:-1]].reset_index(drop=True)
    columns = ("kind", "id", "from", "to", "origin", "country", "commodity")
    texts = {name: table[name].tolist() for name in columns}
    told = [
        _told({name: values[start:end] for name, values in texts.items()})
        for start, end in pairwise(bounds.tolist())
    ]
    recycled = np.bincount(hops.route, hops.recycled, len(routes)) > 0
    return pd.DataFrame(
        {
            "demand": first["demand"],
            "period": first["period"],
            "route": first["route"],
            f"delivered_{unit.mass}": delivered,
            "share": delivered / delivered.groupby(sinks).transform("sum"),
            "source": np.where(first["kind"] == "ship", first["from"], first["id"]),
            "source_country": first["origin"],
            "countries": np.array([countries for countries, _ in told], dtype=object),
            "path": np.array([path for _, path in told], dtype=object),
            f"cost_{unit.price}": np.bincount(hops.route, hops.cost, len(routes)) / delivered,
            "recycled": recycled,
        }
    )


def _told(hops: Mapping[str, list[str]]) -> tuple[str, str]:
    """Return the countries that a route crosses, and its path, as texts."""
    countries = [name for name in (hops["origin"][0], *hops["country"]) if name]
    crossed = [name for name, before in zip(countries, ["", *countries], strict=False) if name != before]
    stops = [f"{hops['from'][0]} ({hops['commodity'][0]})"] if hops["kind"][0] == "ship" else []
    onward = [*hops["kind"][1:], ""]
    for kind, then, name, end, good in zip(
        hops["kind"], onward, hops["id"], hops["to"], hops["commodity"], strict=True
    ):
        if kind != "ship":
            stops.append(f"{name} ({good})" if then else name)
        elif then == "ship":
            stops.append(end)
    return " > ".join(crossed), " > ".join(stops)

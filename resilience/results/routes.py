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
    return route_tables(solution, demand)[0]


def route_hops_of(solution: Solution, demand: str | None = None) -> pd.DataFrame:
    """Return the hops of the routes of one demand or of all; see `Solution.route_hops`."""
    return route_tables(solution, demand)[1]


def route_tables(solution: Solution, demand: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return routes and their hops.

    Parameters
    ----------
    solution : Solution
        Solved.
    demand : str, optional
        A demand or outlet; all of them if left out.

    Raises
    ------
    InputError
        If there is no such demand.
    """
    known = solution.formulation.spec.demands
    if demand is not None and demand not in known:
        raise InputError(f"unknown demand '{demand}'{suggest(demand, known)}")
    arcs = solution.chains
    routes = trace(solution, arcs, solution.program.columns.where(kind="serve", id=demand))
    hops = _hops_of(solution, arcs, routes)
    table = _hop_table(solution, routes, hops)
    return _route_table(solution, routes, hops, table), table.drop(columns="origin")


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
    givers = _by_balance(arcs)
    found: list[Route] = []
    for sink in sinks[level[sinks] > 0]:
        entries = slice(program.starts[sink], program.starts[sink + 1])
        taken = np.flatnonzero((program.indices[entries] < arcs.n_balances) & (program.values[entries] < 0))
        row = int(program.indices[entries][taken[0]])
        if row in givers:
            wanted = np.zeros(arcs.n_balances)
            wanted[row] = -program.values[entries][taken[0]] * level[sink]
            found += _split(arcs, givers, int(sink), row, wanted)
    return found


def _by_balance(arcs: Chains) -> dict[int, list[int]]:
    """Return the arcs into each balance, in the order of their columns."""
    order = np.lexsort((arcs.column, arcs.to))
    bounds = np.flatnonzero(np.diff(arcs.to[order])) + 1
    return {int(arcs.to[part[0]]): part.tolist() for part in np.split(order, bounds) if len(part)}


def _split(
    arcs: Chains, givers: dict[int, list[int]], sink: int, row: int, wanted: FloatArray
) -> list[Route]:
    """Split the flow that one sink draws into routes, largest first."""
    left = _without_circulation(arcs, arcs.required(wanted)[arcs.to] * arcs.share)
    floor = USED_UP * left
    rest = total = float(wanted[row])
    routes = []
    while rest > USED_UP * total:
        walk, factors, at = _walk_back(arcs, givers, left, row)
        if at >= 0 and not walk:
            break
        if at >= 0:  # nothing is left upstream of the last arc: what it carries is rounding
            left[walk[-1]] = 0.0
            continue
        limits = left[walk] / factors
        amount = min(rest, float(limits.min()))
        left[walk] = np.where(limits <= amount, 0.0, left[walk] - amount * factors)
        left[left < floor] = 0.0
        rest -= amount
        routes.append((tuple(reversed(walk)), amount))
    scale = total / sum(amount for _, amount in routes) if routes else 1.0
    routes.sort(key=lambda route: (-route[1], route[0]))
    return [Route(sink, row, walk, amount * scale) for walk, amount in routes]


def _walk_back(
    arcs: Chains, givers: dict[int, list[int]], left: FloatArray, row: int
) -> tuple[list[int], FloatArray, int]:
    """Walk back from a balance along the largest givers.

    Returns
    -------
    walk : list of int
        Arcs, the last hop first.
    factors : ndarray
        Tonnes that each arc gives per tonne delivered.
    at : int
        Balance where nothing more was found; -1 if the walk ends at a source.
    """
    walk: list[int] = []
    factors, factor, at = [], 1.0, row
    while at >= 0:
        arc = _largest(givers.get(at, []), left)
        if arc < 0:
            break
        walk.append(arc)
        factors.append(factor)
        factor *= float(arcs.need[arc])
        at = int(arcs.start[arc])
    return walk, np.array(factors), at


def _largest(candidates: list[int], left: FloatArray) -> int:
    """Return the arc with the most left, the first of those that are alike; -1 if there is none."""
    most = max((left[arc] for arc in candidates), default=0.0)
    return next((arc for arc in candidates if left[arc] > 0 and left[arc] >= most * (1 - ALIKE)), -1)


def _without_circulation(arcs: Chains, flow: FloatArray) -> FloatArray:
    """Take out what only goes round in circles, so that no walk comes by a balance twice.

    Where a circle gives back more than it takes, the excess is recycled material.
    """
    flow = flow.copy()
    inside = np.flatnonzero(arcs.returns >= 0)
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
    first = last - length + 1
    for start, end, route in zip(first.tolist(), last.tolist(), routes, strict=True):
        downstream = np.cumprod(need[end:start:-1])[::-1]
        gives[start:end], gives[end] = route.delivered * downstream, route.delivered
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

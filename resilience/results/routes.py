"""Routes: by which mines, plants and lanes a demand was supplied, and what each tonne cost on its way.

What a demand received is traced back with proportional mixing at every balance (see `chains.py`), and
the traced flow is split into routes from a primary source to the demand: always back along the
largest giver that has something left, as much as the narrowest arc carries. Every split uses up at
least one arc, so there are at most as many routes as positive flows.

Tonnes   hop by hop, yields and losses applied; those delivered add up to what the demand received
Cost     of every activity on the way, in full: a separation plant's whole cost per tonne of the oxide
         that is wanted, no credit for co-products
Not this other inputs than the leading one (dysprosium in a magnet, reagents): their own chains are
         not part of a route; `prices` holds what they cost at the margin
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.errors import InputError
from resilience.grammar.names import suggest
from resilience.results.chains import Chains, activity_levels, chains_of

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
    arcs = chains_of(solution)
    routes = trace(solution, arcs, solution.program.columns.where(kind="serve", id=demand))
    hops = _hop_table(solution, arcs, routes)
    return _route_table(solution, routes, hops), hops.drop(columns=["number", "origin"])


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
        graph = nx.MultiDiGraph(
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


def _hop_table(solution: Solution, arcs: Chains, routes: Sequence[Route]) -> pd.DataFrame:
    """Return one row per hop; ``number`` is the position of its route in the list."""
    program, unit = solution.program, solution.unit
    parts: list[tuple[int, int, int, int, float, float, float]] = []
    level, spending = activity_levels(solution)
    for number, route in enumerate(routes):
        tonnes, hops = route.delivered, []
        paid = spending[route.sink] / level[route.sink]
        hops.append((number, route.sink, route.row, False, tonnes, tonnes, paid * tonnes))
        for arc in reversed(route.arcs):
            needed = tonnes * arcs.need[arc]
            row = int(arcs.to[arc])
            hops.append(
                (
                    number,
                    int(arcs.column[arc]),
                    row,
                    bool(arcs.recycled[arc]),
                    needed,
                    tonnes,
                    tonnes * arcs.cost[arc],
                )
            )
            tonnes = needed
        parts += reversed(hops)
    names = ("number", "column", "row", "recycled", "takes", "gives", "cost")
    table = pd.DataFrame(parts, columns=list(names))
    column, row = table["column"].to_numpy(dtype=np.int64), table["row"].to_numpy(dtype=np.int64)
    sink = np.array([route.sink for route in routes], dtype=np.int64)[
        table["number"].to_numpy(dtype=np.int64)
    ]
    labels = program.columns
    kind = np.asarray(labels.kinds()[column], dtype=object)
    ships = kind == "ship"
    site = labels.texts("site", column)
    return pd.DataFrame(
        {
            "number": table["number"],
            "demand": labels.texts("id", sink),
            "period": solution.period_names[labels.texts("period", sink).astype(int)],
            "route": _numbered(routes)[table["number"].to_numpy(dtype=np.int64)],
            "hop": table.groupby("number").cumcount() + 1,
            "kind": kind,
            "id": labels.texts("id", column),
            "from": np.where(ships, labels.texts("from_", column), site),
            "to": np.where(ships, labels.texts("to_", column), site),
            "country": np.where(ships, labels.texts("to_country", column), labels.texts("country", column)),
            "stage": labels.texts("stage", column),
            "commodity": program.rows.texts("commodity", row),
            "when": solution.period_names[labels.texts("period", column).astype(int)],
            f"takes_{unit.mass}": table["takes"].astype(float),
            f"gives_{unit.mass}": table["gives"].astype(float),
            f"cost_{unit.money}": table["cost"].astype(float),
            "recycled": table["recycled"].astype(bool),
            "origin": np.where(ships, labels.texts("from_country", column), labels.texts("country", column)),
        }
    )


def _numbered(routes: Sequence[Route]) -> IntArray:
    """Return the number of each route within its sink, from 1."""
    sinks = pd.Series([route.sink for route in routes], dtype=np.int64)
    return np.asarray(sinks.groupby(sinks).cumcount() + 1, dtype=np.int64)


def _route_table(solution: Solution, routes: Sequence[Route], hops: pd.DataFrame) -> pd.DataFrame:
    """Return one row per route."""
    unit = solution.unit
    delivered = pd.Series([route.delivered for route in routes], dtype=float)
    sinks = pd.Series([route.sink for route in routes], dtype=np.int64)
    by_route = hops.groupby("number", sort=True)
    first = by_route.first()
    told = [_told(group) for _, group in by_route]
    return pd.DataFrame(
        {
            "demand": first["demand"],
            "period": first["period"],
            "route": first["route"],
            f"delivered_{unit.mass}": delivered,
            "share": delivered / delivered.groupby(sinks).transform("sum"),
            "source": np.where(first["kind"] == "ship", first["from"], first["id"]),
            "source_country": first["origin"],
            "countries": [countries for countries, _ in told],
            "path": [path for _, path in told],
            f"cost_{unit.price}": by_route[f"cost_{unit.money}"].sum() / delivered,
            "recycled": by_route["recycled"].any(),
        }
    ).reset_index(drop=True)


def _told(hops: pd.DataFrame) -> tuple[str, str]:
    """Return the countries that a route crosses, and its path, as texts."""
    countries = [hops["origin"].iloc[0], *hops["country"]]
    crossed = [
        name
        for place, name in enumerate(countries)
        if name and name not in countries[max(0, place - 1) : place]
    ]
    stops: list[str] = []
    kinds = [*hops["kind"], ""]
    for place, (kind, name, start, end, good) in enumerate(
        zip(hops["kind"], hops["id"], hops["from"], hops["to"], hops["commodity"], strict=True)
    ):
        if kind == "ship":
            if place == 0:
                stops.append(f"{start} ({good})")
            if kinds[place + 1] == "ship":
                stops.append(end)
        else:
            stops.append(name if place == len(hops) - 1 else f"{name} ({good})")
    return " > ".join(crossed), " > ".join(stops)

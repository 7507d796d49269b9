"""Lanes: explicit ones and those that rules make, as arrays.

A rule makes a lane for every pair of a place that makes its commodity and a place that takes it.
An explicit lane replaces a rule's lane for its pair and commodity; lanes of two rules for one pair
are both kept, as two modes of transport.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resilience.fields import FreightRate
from resilience.formulation.distances import Distances, direct_km
from resilience.formulation.faults import FaultList, PathParts
from resilience.formulation.horizon import Calendar
from resilience.formulation.places import Places
from resilience.formulation.size import check_size
from resilience.grammar.sections import Lane, Spec

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Lanes:
    """All lanes, sorted by start, end and commodity.

    Parameters
    ----------
    ids : tuple of str
        Unique.
    rule : ndarray of int64
        Which entry of `lanes:` made each.
    start, end, commodity : ndarray of int64
        Numbers of sites and of the commodity.
    capacity, minimum, cost, loss : ndarray, shape (n_lanes, n_periods)
        Per period; t, t, currency/t, share.
    lead : ndarray of int64
        Periods under way.
    km : ndarray
        Length; NaN where no distance was asked for.
    distance : ndarray
        Length in km by which plans of the same cost are told apart: ``km``, else the great circle
        between both ends, else, where a location is unknown, 0.
    """

    ids: tuple[str, ...]
    rule: IntArray
    start: IntArray
    end: IntArray
    commodity: IntArray
    capacity: FloatArray
    minimum: FloatArray
    cost: FloatArray
    loss: FloatArray
    lead: IntArray
    km: FloatArray
    distance: FloatArray
    rule_keys: tuple[str, ...]


def gather_lanes(
    spec: Spec, places: Places, calendar: Calendar, commodities: Sequence[str], faults: FaultList
) -> Lanes:
    """Return every lane of a network.

    Parameters
    ----------
    spec : Spec
        The network.
    places : Places
        Its sites.
    calendar : Calendar
        Its periods.
    commodities : sequence of str
        In the order of their numbers.
    faults : FaultList
        Takes rules that match nothing, and distances that cannot be found.

    Returns
    -------
    Lanes
    """
    keys, entries = list(spec.lanes), list(spec.lanes.values())
    numbers = {name: number for number, name in enumerate(commodities)}
    paths: list[PathParts] = [("lanes", key) for key in keys]
    pairs: list[tuple[IntArray, IntArray, IntArray]] = []
    so_far = 0
    for entry, path in zip(entries, paths, strict=True):
        pairs.append(_pairs_of(entry, places, numbers, path, faults, so_far, calendar.size))
        so_far += len(pairs[-1][0])
    rule = np.repeat(np.arange(len(entries)), [len(pair[0]) for pair in pairs])
    start, end, commodity = (
        np.concatenate([pair[part] for pair in pairs]) if pairs else np.empty(0, dtype=np.int64)
        for part in range(3)
    )
    explicit = np.array([entry.is_explicit for entry in entries], dtype=bool)[rule]
    keep = ~_replaced(start, end, commodity, explicit, len(places.names), len(commodities))
    rule, start, end, commodity = (part[keep] for part in (rule, start, end, commodity))
    named = np.array([str(key) if isinstance(key, str) else "" for key in keys], dtype=object)
    order = _order(start, end, commodity, rule, entries, named)
    rule, start, end, commodity = (part[order] for part in (rule, start, end, commodity))
    cost, km = _freight(spec, entries, paths, rule, start, end, places, calendar, faults)
    capacity = calendar.per_period([entry.capacity for entry in entries], np.inf).reshape(-1, calendar.size)[
        rule
    ]
    minimum = calendar.per_period([entry.minimum for entry in entries]).reshape(-1, calendar.size)[rule]
    loss = calendar.spread([entry.loss for entry in entries]).reshape(-1, calendar.size)[rule]
    lead = np.array(
        [entry.lead_time.periods(calendar.years) if entry.lead_time else 0 for entry in entries],
        dtype=np.int64,
    )[rule]
    ids = _ids(places, commodities, rule, start, end, commodity, entries, named)
    return Lanes(
        ids,
        rule,
        start,
        end,
        commodity,
        capacity,
        minimum,
        cost,
        loss,
        lead,
        km,
        np.where(np.isnan(km), np.nan_to_num(direct_km(places, start, end)), km),
        tuple(str(key) for key in keys),
    )


def _pairs_of(
    lane: Lane,
    places: Places,
    numbers: Mapping[str, int],
    path: PathParts,
    faults: FaultList,
    so_far: int,
    n_periods: int,
) -> tuple[IntArray, IntArray, IntArray]:
    """Return starts, ends and commodities of the lanes that one entry makes, if they still fit."""
    found: list[tuple[IntArray, IntArray, IntArray]] = []
    if not lane.is_explicit:
        _check_ends(lane, places, path, faults)
    for name in lane.commodity:
        if lane.is_explicit:
            starts = [places.site_of[(lane.from_.id or ("",))[0]]]
            ends = [places.site_of[(lane.to.id or ("",))[0]]]
        else:
            starts = sorted(
                {member.site for member in places.choose(lane.from_, makes=name)}
                | _sites_named(lane.from_.id, places)
            )
            ends = sorted(
                {member.site for member in places.choose(lane.to, takes=name)}
                | _sites_named(lane.to.id, places)
            )
        for key, ends_found, verb in (("from", starts, "makes"), ("to", ends, "takes")):
            if not ends_found:
                faults.add((*path, key), f"matches nothing that {verb} '{name}'")
        one = np.array([places.index[site] for site in starts], dtype=np.int64)
        other = np.array([places.index[site] for site in ends], dtype=np.int64)
        so_far += len(one) * len(other)
        if not check_size(so_far, n_periods, path, faults):
            continue
        start, end = np.repeat(one, len(other)), np.tile(other, len(one))
        apart = start != end
        if lane.is_explicit and not apart.any():
            faults.add(
                (*path, "to"), "starts and ends at the same site, whose balances are shared without a lane"
            )
        found.append((start[apart], end[apart], np.full(int(apart.sum()), numbers[name], dtype=np.int64)))
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))  # type: ignore[return-value]


def _check_ends(lane: Lane, places: Places, path: PathParts, faults: FaultList) -> None:
    """Report each id of a list at an end of a rule where nothing is made or taken at all."""
    for key, end, verb in (("from", lane.from_, "makes"), ("to", lane.to, "takes")):
        if end.id is None or len(end.id) == 1:
            continue  # one id that matches nothing is found as a rule that matches nothing
        plain = _sites_named(end.id, places)
        able = {
            name
            for member in places.members_
            if (member.makes if key == "from" else member.takes)
            for name in (member.id, member.site)
        }
        for number, name in enumerate(end.id):
            if name not in able and name not in plain:
                faults.add((*path, key, "id", number), f"nothing at '{name}' {verb} anything")


def _sites_named(ids: Sequence[str] | None, places: Places) -> set[str]:
    """Return those of the ids that are plain sites, where lanes may join."""
    members = {member.id for member in places.members_}
    return {name for name in ids or () if name in places.index and name not in members}


def _replaced(
    start: IntArray,
    end: IntArray,
    commodity: IntArray,
    explicit: NDArray[np.bool_],
    n_sites: int,
    n_commodities: int,
) -> NDArray[np.bool_]:
    """Return where a rule's lane gives way to an explicit one."""
    key = (start * n_sites + end) * max(1, n_commodities) + commodity
    return np.isin(key, key[explicit]) & ~explicit


def _order(
    start: IntArray,
    end: IntArray,
    commodity: IntArray,
    rule: IntArray,
    entries: Sequence[Lane],
    named: NDArray[np.object_],
) -> IntArray:
    """Return an order that does not depend on the order of the file.

    Lanes of the same pair and commodity are told apart by what they are, not by where they stand.
    """
    order = np.lexsort((rule, commodity, end, start))
    alike = np.flatnonzero(_follows_its_like(start[order], end[order], commodity[order]))
    if not len(alike):
        return order
    rank = np.zeros(len(entries), dtype=np.int64)
    rivals = np.unique(rule[order[np.union1d(alike, alike - 1)]])
    content = [f"{named[number]}|{entries[number].model_dump(exclude_none=True)!r}" for number in rivals]
    rank[rivals[sorted(range(len(rivals)), key=content.__getitem__)]] = np.arange(len(rivals))
    return np.lexsort((rank[rule], commodity, end, start))


def _follows_its_like(start: IntArray, end: IntArray, commodity: IntArray) -> NDArray[np.bool_]:
    """Return where a sorted lane has the pair and commodity of the one before it."""
    same = np.zeros(len(start), dtype=bool)
    same[1:] = (np.diff(start) == 0) & (np.diff(end) == 0) & (np.diff(commodity) == 0)
    return same


def _ids(
    places: Places,
    commodities: Sequence[str],
    rule: IntArray,
    start: IntArray,
    end: IntArray,
    commodity: IntArray,
    entries: Sequence[Lane],
    named: NDArray[np.object_],
) -> tuple[str, ...]:
    """Return ``start>end:commodity``, or the id that an explicit lane was given."""
    site, good = np.array(places.names, dtype=object), np.array([*commodities, ""], dtype=object)
    ids = site[start] + ">" + site[end] + ":" + good[commodity]
    own = np.array(
        [
            bool(name) and entry.is_explicit and len(entry.commodity) == 1
            for name, entry in zip(named, entries, strict=True)
        ],
        dtype=bool,
    )
    mine = own[rule]
    ids[mine] = named[rule[mine]]
    number = 1
    for position in np.flatnonzero(_follows_its_like(start, end, commodity) & ~mine):
        number = number + 1 if ids[position - 1] != f"{ids[position]}" else 2
        ids[position] = f"{ids[position]}#{number}"
    return tuple(ids)


def _freight(
    spec: Spec,
    entries: Sequence[Lane],
    paths: Sequence[PathParts],
    rule: IntArray,
    start: IntArray,
    end: IntArray,
    places: Places,
    calendar: Calendar,
    faults: FaultList,
) -> tuple[FloatArray, FloatArray]:
    """Return cost per tonne, shape (n_lanes, n_periods), and length in km."""
    rates = [
        entry.cost if isinstance(entry.cost, FreightRate) else FreightRate(fixed=entry.cost)
        for entry in entries
    ]
    fixed = calendar.spread([rate.fixed for rate in rates]).reshape(-1, calendar.size)
    per_km = calendar.spread([rate.per_tonne_km for rate in rates]).reshape(-1, calendar.size)
    inland = calendar.spread(
        [
            rate.per_tonne_km if rate.per_tonne_km_inland is None else rate.per_tonne_km_inland
            for rate in rates
        ]
    ).reshape(-1, calendar.size)
    main, legs, asked = np.zeros(len(rule)), np.zeros(len(rule)), np.zeros(len(rule), dtype=bool)
    given = np.array(
        [rate.distance if isinstance(rate.distance, float) else np.nan for rate in rates], dtype=float
    )[rule]
    mode = np.array([_mode_of(entry) for entry in entries], dtype=object)[rule]
    for name in sorted(set(mode) - {""}):
        mine = mode == name
        asked |= mine
        if name == "km":
            main[mine] = given[mine]
            continue
        distances = Distances.of(spec, places)
        main[mine], legs[mine], missing = distances.between(start[mine], end[mine], name)
        if missing:
            for number in np.unique(rule[mine]):
                one = rule == number
                for message in distances.between(start[one], end[one], name)[2]:
                    faults.add((*paths[number], "cost", "distance"), message)
    cost = fixed[rule] + per_km[rule] * main[:, None] + inland[rule] * legs[:, None]
    return cost, np.where(asked, main + legs, np.nan)


def _mode_of(lane: Lane) -> str:
    """Return how a lane's distance is found, or nothing if its cost does not depend on it."""
    if not isinstance(lane.cost, FreightRate):
        return ""
    return lane.cost.distance if isinstance(lane.cost.distance, str) else "km"

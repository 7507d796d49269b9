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
from resilience.formulation.horizon import Calendar, Value
from resilience.formulation.lane_names import entry_ids, lane_names, rule_keys
from resilience.formulation.places import Places
from resilience.formulation.size import check_size
from resilience.grammar.lane_columns import MODES
from resilience.grammar.lane_entries import LaneEntries
from resilience.grammar.sections import Lane, Spec

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SAME_SITE = "starts and ends at the same site, whose balances are shared without a lane"


@dataclass(frozen=True, eq=False)
class Lanes:
    """All lanes, sorted by start, end and commodity.

    Parameters
    ----------
    ids : sequence of str
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
    rule_keys : sequence of str
        Keys of the entries of `lanes:`.
    """

    ids: Sequence[str]
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
    rule_keys: Sequence[str]


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
    entries = LaneEntries.of(spec.lanes)
    rule, start, end, commodity = _pairs(entries, places, commodities, faults, calendar.size)
    explicit = entries.plain.copy()
    explicit[entries.odd_positions] = [lane.is_explicit for lane in entries.odd_lanes]
    replaced = _replaced(start, end, commodity, explicit[rule], len(places.names), len(commodities))
    rule, start, end, commodity = (part[~replaced] for part in (rule, start, end, commodity))
    named = entry_ids(entries)
    order = _order(start, end, commodity, rule, entries, named)
    rule, start, end, commodity = (part[order] for part in (rule, start, end, commodity))
    cost, km = _freight(spec, entries, rule, start, end, places, calendar, faults)
    whole = PerLane(entries, rule, calendar)
    ends = start, end, commodity
    ids = lane_names(places, commodities, ends, rule, entries, named, _follows_its_like(*ends))
    return Lanes(
        ids,
        rule,
        start,
        end,
        commodity,
        whole.spread("capacity", np.inf) * calendar.years,
        whole.spread("minimum") * calendar.years,
        cost,
        whole.spread("loss"),
        _lead_times(entries, calendar)[rule],
        km,
        np.where(np.isnan(km), np.nan_to_num(direct_km(places, start, end)), km),
        rule_keys(entries),
    )


@dataclass(frozen=True, eq=False)
class PerLane:
    """Fields of entries as quantities of every lane, per period.

    Parameters
    ----------
    entries : LaneEntries
        The entries.
    rule : ndarray of int64
        Which entry made each lane.
    calendar : Calendar
        The periods.
    """

    entries: LaneEntries
    rule: IntArray
    calendar: Calendar

    def spread(self, name: str, missing: float = 0.0) -> FloatArray:
        """Return a field, shape (n_lanes, n_periods)."""
        odd = [getattr(lane, name) for lane in self.entries.odd_lanes]
        return self.table(self.entries.columns.numbers_of(name), odd, missing)

    def table(self, plain: FloatArray, odd: Sequence[Value], missing: float = 0.0) -> FloatArray:
        """Return numbers of the plain entries, and values of those that are not, for every lane."""
        found = np.empty((len(self.rule), self.calendar.size))
        found[:] = plain[self.rule][:, None]
        if odd:
            rows = self.entries.odd_positions
            slot = np.full(len(self.entries), -1)
            slot[rows] = np.arange(len(rows))
            of_lane = slot[self.rule]
            is_odd = of_lane >= 0
            found[is_odd] = self.calendar.spread(odd, missing)[of_lane[is_odd]]
        return found


def _lead_times(entries: LaneEntries, calendar: Calendar) -> IntArray:
    """Return periods under way along the lanes of each entry."""
    found = entries.columns.numbers_of("lead_time").astype(np.int64)
    found[entries.odd_positions] = [
        lane.lead_time.periods(calendar.years) if lane.lead_time else 0 for lane in entries.odd_lanes
    ]
    return found


def _pairs(
    entries: LaneEntries, places: Places, commodities: Sequence[str], faults: FaultList, n_periods: int
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return entry, start, end and commodity of every lane that entries make."""
    numbers = {name: number for number, name in enumerate(commodities)}
    columns, plain = entries.columns, np.flatnonzero(entries.plain)
    at = {name: places.index[site] for name, site in places.site_of.items()}
    site = np.array([at.get(name, -1) for name in columns.places] + [-1], dtype=np.int64)
    good = np.array([numbers.get(name, -1) for name in columns.goods] + [-1], dtype=np.int64)
    start, end = site[columns.from_[plain]], site[columns.to[plain]]
    for position in plain[start == end].tolist():
        faults.add(("lanes", entries.keys_[position], "to"), SAME_SITE)
    if len(plain) and not check_size(len(plain), n_periods, ("lanes", entries.keys_[plain[-1]]), faults):
        plain = plain[:0]
        start, end = start[:0], end[:0]
    rules, pairs = [plain], [(start, end, good[columns.commodity[plain]])]
    so_far = len(plain)
    for position, lane in zip(entries.odd_positions.tolist(), entries.odd_lanes, strict=True):
        path = ("lanes", entries.keys_[position])
        pairs.append(_pairs_of(lane, places, numbers, path, faults, so_far, n_periods))
        rules.append(np.full(len(pairs[-1][0]), position, dtype=np.int64))
        so_far += len(pairs[-1][0])
    start, end, commodity = (np.concatenate([pair[part] for pair in pairs]) for part in range(3))
    rule, apart = np.concatenate(rules), start != end
    return rule[apart], start[apart], end[apart], commodity[apart]


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
            faults.add((*path, "to"), SAME_SITE)
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
        able = places.able[key]
        for number, name in enumerate(end.id):
            if name not in able and name not in plain:
                faults.add((*path, key, "id", number), f"nothing at '{name}' {verb} anything")


def _sites_named(ids: Sequence[str] | None, places: Places) -> frozenset[str]:
    """Return those of the ids that are plain sites, where lanes may join."""
    return places.plain_sites.intersection(ids or ())


def _replaced(
    start: IntArray,
    end: IntArray,
    commodity: IntArray,
    explicit: NDArray[np.bool_],
    n_sites: int,
    n_commodities: int,
) -> NDArray[np.bool_]:
    """Return where a rule's lane gives way to an explicit one."""
    if explicit.all() or not explicit.any():
        return np.zeros(len(start), dtype=bool)
    key = (start * n_sites + end) * max(1, n_commodities) + commodity
    return np.isin(key, key[explicit]) & ~explicit


def _order(
    start: IntArray,
    end: IntArray,
    commodity: IntArray,
    rule: IntArray,
    entries: LaneEntries,
    named: NDArray[np.object_] | None,
) -> IntArray:
    """Return an order that does not depend on the order of the file.

    Lanes of the same pair and commodity are told apart by what they are, not by where they stand.
    """
    n_goods, n_sites = commodity.max(initial=0) + 1, end.max(initial=0) + 1
    key = (start * n_sites + end) * n_goods + commodity
    order = np.argsort(key, kind="stable")  # quick where a file is in stretches of the same order
    alike = 1 + np.flatnonzero(np.diff(key[order]) == 0)
    if not len(alike):
        return order
    rank = np.zeros(len(entries), dtype=np.int64)
    rivals = np.unique(rule[order[np.union1d(alike, alike - 1)]])
    content = [
        f"{'' if named is None else named[number]}|{entries.lane(number).model_dump(exclude_none=True)!r}"
        for number in rivals.tolist()
    ]
    rank[rivals[sorted(range(len(rivals)), key=content.__getitem__)]] = np.arange(len(rivals))
    return np.lexsort((rank[rule], commodity, end, start))


def _follows_its_like(start: IntArray, end: IntArray, commodity: IntArray) -> NDArray[np.bool_]:
    """Return where a sorted lane has the pair and commodity of the one before it."""
    same = np.zeros(len(start), dtype=bool)
    same[1:] = (np.diff(start) == 0) & (np.diff(end) == 0) & (np.diff(commodity) == 0)
    return same


def _freight(
    spec: Spec,
    entries: LaneEntries,
    rule: IntArray,
    start: IntArray,
    end: IntArray,
    places: Places,
    calendar: Calendar,
    faults: FaultList,
) -> tuple[FloatArray, FloatArray]:
    """Return cost per tonne, shape (n_lanes, n_periods), and length in km."""
    rates = [
        lane.cost if isinstance(lane.cost, FreightRate) else FreightRate(fixed=lane.cost)
        for lane in entries.odd_lanes
    ]
    columns, whole = entries.columns, PerLane(entries, rule, calendar)
    fixed = whole.table(columns.fixed, [rate.fixed for rate in rates])
    way, given = columns.mode.astype(np.int64), columns.km.copy()
    way[entries.odd_positions] = [MODES.index(_mode_of(lane)) for lane in entries.odd_lanes]
    given[entries.odd_positions] = [
        rate.distance if isinstance(rate.distance, float) else np.nan for rate in rates
    ]
    mode = way[rule]
    if not mode.any():
        return fixed, np.full(len(rule), np.nan)
    per_km = whole.table(columns.per_km, [rate.per_tonne_km for rate in rates])
    inland = whole.table(
        columns.inland,
        [
            rate.per_tonne_km if rate.per_tonne_km_inland is None else rate.per_tonne_km_inland
            for rate in rates
        ],
    )
    main, legs = np.zeros(len(rule)), np.zeros(len(rule))
    for code in (1, 2, 3):
        mine, name = mode == code, MODES[code]
        if name == "km":
            main[mine] = given[rule[mine]]
            continue
        if not mine.any():
            continue
        distances = Distances.of(spec, places)
        main[mine], legs[mine], missing = distances.between(start[mine], end[mine], name)
        if missing:
            for number in np.unique(rule[mine]).tolist():
                one = rule == number
                for message in distances.between(start[one], end[one], name)[2]:
                    faults.add(("lanes", entries.keys_[number], "cost", "distance"), message)
    cost = fixed + per_km * main[:, None] + inland * legs[:, None]
    return cost, np.where(mode > 0, main + legs, np.nan)


def _mode_of(lane: Lane) -> str:
    """Return how a lane's distance is found, or nothing if its cost does not depend on it."""
    if not isinstance(lane.cost, FreightRate):
        return ""
    return lane.cost.distance if isinstance(lane.cost.distance, str) else "km"

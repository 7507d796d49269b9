"""Fixed charges: what is paid, or must at least be moved, as soon as something is used at all.

    use       a whole column between 0 and 1, one per lane, facility or limit and period that has a
              fixed cost, a least amount when used, is counted, or may alone serve a demand

    most      sum of levels <= most * use        `most` is the capacity, or what bounds upstream allow
    least     sum of levels >= minimum_when_used * use
    count     sum of uses <= count
    source    tonnes that arrive = quantity * use,  shortfall = quantity * use,  sum of uses = 1

A network with any of them is a mixed-integer program.

Source: Dantzig & Hirsch (1954), The fixed charge problem (RAND P-648), for the formulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Schedule
from resilience.formulation.faults import FaultList, PathParts
from resilience.formulation.horizon import Calendar
from resilience.formulation.lanes import Lanes
from resilience.formulation.matrix import compress
from resilience.formulation.most import most_used, without_waste
from resilience.formulation.places import Places
from resilience.grammar.lane_entries import LaneEntries
from resilience.grammar.sections import Spec
from resilience.policies import Situation
from resilience.policies.selectors import LaneSelector, Selector
from resilience.program import LinearProgram
from resilience.program.bounds import propagate_bounds
from resilience.program.labels import Block, Coded, Labels

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Value = float | Schedule


@dataclass(frozen=True, eq=False)
class Used:
    """Something that is used or not, in one period.

    Parameters
    ----------
    kind, id : str
        ``lane``, ``facility`` or ``limit``, and which.
    period : int
        When.
    columns : ndarray of int64
        Whose levels add up to its use.
    cost, least : float
        Per period of use; least amount per period when used.
    demand : str
        The demand that it may alone serve.
    most : float
        Most that a limit's own row allows, with all that may be built.
    """

    kind: str
    id: str
    period: int
    columns: IntArray
    cost: float
    least: float
    demand: str = ""
    most: float = np.inf


@dataclass
class Draft:
    """Rows and columns to be added, collected one by one."""

    used: list[Used] = field(default_factory=list)
    rows: list[tuple[str, str, int, float, float]] = field(default_factory=list)
    entries: list[tuple[int, int, float]] = field(default_factory=list)

    def row(self, kind: str, key: str, period: int, low: float, high: float) -> int:
        """Add a row and return its number."""
        self.rows.append((kind, key, period, low, high))
        return len(self.rows) - 1


def add_fixed_charges(
    program: LinearProgram, spec: Spec, places: Places, calendar: Calendar, lanes: Lanes, faults: FaultList
) -> LinearProgram:
    """Return the program with a whole column for everything that is used or not.

    Parameters
    ----------
    program : LinearProgram
        Without origin layers and without policies.
    faults : FaultList
        Takes what has no bound on how much of it could be used, and demands that cannot have one source.

    Returns
    -------
    LinearProgram
        The same one where nothing asks for it.
    """
    counted = _counted(spec, places, calendar, program.columns)
    used = [
        *_lanes(program.columns, spec, calendar, lanes, counted["lane"]),
        *_facilities(program.columns, spec, calendar, counted["facility"]),
        *_limits(program, spec, calendar, counted["limit"]),
    ]
    single = {key: demand for key, demand in spec.demands.items() if demand.single_source}
    if not used and not single:
        return program
    draft = Draft(used=list(used))
    _, upper = propagate_bounds(program)
    useful = without_waste(program, spec, calendar, [(item.columns, item.least) for item in used])
    for number, item in enumerate(used):
        most = min(float(upper[item.columns].sum()), item.most)
        if not np.isfinite(most):
            most = most_used(useful, item.columns)
        if not np.isfinite(most):
            faults.add(
                _path(spec, lanes, item), "needs a capacity: nothing bounds how much of it could be used"
            )
            continue
        _link(draft, program.n_columns + number, item, most)
    _add_counts(draft, program, spec, calendar, counted)
    for key in single:
        _add_single_source(draft, program, spec, places, calendar, lanes, key, faults)
    return program if faults.found else _extended(program, draft)


def _link(draft: Draft, use: int, item: Used, most: float) -> None:
    """Add the rows that tie levels to whether something is used."""
    row = draft.row("most", item.id, item.period, -np.inf, 0.0)
    draft.entries += [(row, int(column), 1.0) for column in item.columns] + [(row, use, -most)]
    if item.least > 0:
        row = draft.row("least", item.id, item.period, 0.0, np.inf)
        draft.entries += [(row, int(column), 1.0) for column in item.columns] + [(row, use, -item.least)]


def _charged(entry: Any) -> bool:
    return bool(entry.fixed_cost != 0.0 or entry.minimum_when_used != 0.0)


def _at(value: Value, calendar: Calendar, period: int) -> float:
    return value.at(calendar.starts[period]) if isinstance(value, Schedule) else value


def _lanes(labels: Labels, spec: Spec, calendar: Calendar, lanes: Lanes, counted: set[str]) -> list[Used]:
    entries = LaneEntries.of(spec.lanes)
    pays = (entries.columns.numbers_of("fixed_cost") != 0) | (
        entries.columns.numbers_of("minimum_when_used") != 0
    )
    pays[entries.odd_positions] = [_charged(entry) for entry in entries.odd_lanes]
    charged = pays[lanes.rule]
    if counted:
        charged |= Coded(np.arange(len(lanes.ids)), lanes.ids).is_any(counted)
    chosen = np.flatnonzero(charged)
    first = labels.where(kind="ship")
    found = []
    for lane in chosen.tolist():
        entry = entries.lane(int(lanes.rule[lane]))
        for period in range(calendar.size):
            column = first[lane * calendar.size + period : lane * calendar.size + period + 1]
            cost, least = (
                _at(entry.fixed_cost, calendar, period),
                _at(entry.minimum_when_used, calendar, period),
            )
            found.append(Used("lane", lanes.ids[lane], period, column, cost, least * calendar.years))
    return found


def _facilities(labels: Labels, spec: Spec, calendar: Calendar, counted: set[str]) -> list[Used]:
    found = []
    for key, entry in spec.facilities.items():
        if _charged(entry) or key in counted:
            for period in range(calendar.size):
                cost = _at(entry.fixed_cost, calendar, period)
                least = _at(entry.minimum_when_used, calendar, period) * calendar.years
                columns = labels.where(kind="produce", id=key, period=period)
                found.append(Used("facility", key, period, columns, cost, least))
    return found


def _limits(program: LinearProgram, spec: Spec, calendar: Calendar, counted: set[str]) -> list[Used]:
    wanted = [key for key, entry in spec.limits.items() if _charged(entry) or key in counted]
    if not wanted:
        return []
    rows = program.rows.where(kind="limit", id=wanted)
    matrix = program.matrix.tocsr()[rows]
    built = np.zeros(program.n_columns, dtype=bool)
    built[program.columns.where(kind="build")] = True
    names, periods = program.rows.texts("id", rows), program.rows.texts("period", rows).astype(np.int64)
    found = []
    for number, (row, key, period) in enumerate(zip(rows, names, periods, strict=True)):
        inside = slice(matrix.indptr[number], matrix.indptr[number + 1])
        columns, weights = matrix.indices[inside].astype(np.int64), matrix.data[inside]
        entry, mine = spec.limits[key], ~built[columns]
        least = _at(entry.minimum_when_used, calendar, period) * calendar.years
        plain = bool((weights[mine] == 1).all())
        most = float(program.row_upper[row] - weights[~mine].sum()) if plain else np.inf
        cost = _at(entry.fixed_cost, calendar, period)
        found.append(Used("limit", str(key), int(period), columns[mine], cost, least, most=most))
    return found


def _counted(spec: Spec, places: Places, calendar: Calendar, labels: Labels) -> dict[str, Any]:
    """Return which lanes, facilities and limits are counted, and by which limits."""
    situation = Situation("", calendar.starts, calendar.years, places=places)
    found: dict[str, Any] = {"lane": set(), "facility": set(), "limit": set(), "by": {}}
    for key, limit in spec.limits.items():
        if limit.count is None:
            continue
        members: list[tuple[str, str]] = []
        for term in limit.over:
            kind, selector = term.over
            if isinstance(selector, LaneSelector):
                ids = sorted(set(labels.texts("id", situation.lanes(labels, selector))))
            elif isinstance(selector, Selector):
                ids = [member.id for member in places.choose(selector) if member.kind == kind]
            else:
                ids = list(selector)
            members += [(kind, name) for name in ids]
        for kind, name in members:
            found[kind].add(name)
        found["by"][key] = members
    return found


def _add_counts(
    draft: Draft, program: LinearProgram, spec: Spec, calendar: Calendar, counted: Mapping[str, Any]
) -> None:
    """Add a row per count and period."""
    for key, members in counted["by"].items():
        count = spec.limits[key].count
        rows = [
            draft.row("count", key, period, -np.inf, _at(0.0 if count is None else count, calendar, period))
            for period in range(calendar.size)
        ]
        wanted = set(members)
        for number, item in enumerate(draft.used):
            if (item.kind, item.id) in wanted:
                draft.entries.append((rows[item.period], program.n_columns + number, 1.0))


def _add_single_source(
    draft: Draft,
    program: LinearProgram,
    spec: Spec,
    places: Places,
    calendar: Calendar,
    lanes: Lanes,
    key: str,
    faults: FaultList,
) -> None:
    """Add rows that let one lane serve a demand whole, or nothing."""
    demand, site = spec.demands[key], places.site_of[key]
    if demand.quantity is None or demand.price is not None:
        faults.add(("demands", key, "single_source"), "an outlet cannot have a single source")
        return
    if sum(member.site == site for member in places.members_) > 1:
        faults.add(
            ("demands", key, "single_source"), "needs a site of its own: others stand at the same site"
        )
        return
    labels = program.columns
    ships = labels.where(kind="ship", to_=site, commodity=demand.commodity)
    first = int(labels.where(kind="ship")[0]) if len(ships) else 0
    for period in range(calendar.size):
        quantity = _at(demand.quantity, calendar, period) * calendar.years
        choose = draft.row("source", key, period, 1.0, 1.0)
        for column in ships:
            lane, leaves = divmod(int(column) - first, calendar.size)
            if leaves + lanes.lead[lane] == period:
                arrives = float(1.0 - lanes.loss[lane, leaves])
                name = f"{key} by {lanes.ids[lane]}"
                source = Used("source", name, period, np.array([column]), 0.0, 0.0, key)
                _tie(draft, program, choose, source, arrives, quantity)
        short = labels.where(kind="short", id=key, period=period)
        source = Used("source", f"{key} short", period, short, 0.0, 0.0, key)
        _tie(draft, program, choose, source, 1.0, quantity)


def _tie(
    draft: Draft, program: LinearProgram, choose: int, source: Used, factor: float, quantity: float
) -> None:
    """Add a whole column that, if chosen, stands for the whole quantity along the given columns."""
    use = program.n_columns + len(draft.used)
    draft.used.append(source)
    row = draft.row("whole", source.id, source.period, 0.0, 0.0)
    draft.entries += [(row, int(column), factor) for column in source.columns] + [(row, use, -quantity)]
    draft.entries.append((choose, use, 1.0))


def _path(spec: Spec, lanes: Lanes, item: Used) -> PathParts:
    if item.kind != "lane":
        return ({"facility": "facilities", "limit": "limits"}[item.kind], item.id)
    return ("lanes", list(spec.lanes)[lanes.rule[lanes.ids.index(item.id)]])


def _extended(program: LinearProgram, draft: Draft) -> LinearProgram:
    """Return the program with the drafted rows and columns."""
    used, rows = draft.used, draft.rows
    column_block = Block(
        "use",
        len(used),
        {
            "what": Coded.of([item.kind for item in used]),
            "id": Coded.of([item.id for item in used]),
            "demand": Coded.of([item.demand for item in used]),
            "period": np.array([item.period for item in used], dtype=np.int64),
        },
    )
    row_block = Block(
        "use",
        len(rows),
        {
            "what": Coded.of([row[0] for row in rows]),
            "id": Coded.of([row[1] for row in rows]),
            "period": np.array([row[2] for row in rows], dtype=np.int64),
        },
    )
    row, column, value = (np.array(part) for part in zip(*draft.entries, strict=True))
    starts, indices, values = compress(
        [
            (program.indices.astype(np.int64), program.entry_columns, program.values),
            (row.astype(np.int64) + program.n_rows, column.astype(np.int64), value.astype(float)),
        ],
        program.n_columns + len(used),
    )
    zeros, ones = np.zeros(len(used)), np.ones(len(used))
    costs = {name: np.concatenate([part, zeros]) for name, part in program.costs.items()}
    costs["fixed"] = np.concatenate([np.zeros(program.n_columns), [item.cost for item in used]])
    before = np.zeros(program.n_columns, dtype=bool) if program.integral is None else program.integral
    return replace(
        program,
        starts=starts,
        indices=indices,
        values=values,
        costs=costs,
        col_lower=np.concatenate([program.col_lower, zeros]),
        col_upper=np.concatenate([program.col_upper, ones]),
        row_lower=np.concatenate([program.row_lower, [row[3] for row in rows]]),
        row_upper=np.concatenate([program.row_upper, [row[4] for row in rows]]),
        columns=replace(program.columns, blocks=(*program.columns.blocks, column_block)),
        rows=replace(program.rows, blocks=(*program.rows.blocks, row_block)),
        integral=np.concatenate([before, np.ones(len(used), dtype=bool)]),
    )

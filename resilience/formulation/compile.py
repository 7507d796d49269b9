"""Sections to program: every activity, every balance, every limit, and the rows that policies need.

Rows and columns are built in sorted order, so the same network gives the same arrays whatever the
order of its file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Fault
from resilience.formulation.activities import (
    buy_columns,
    dispose_columns,
    produce_columns,
    serve_columns,
    ship_columns,
    short_columns,
)
from resilience.formulation.columns import ColumnBlock, RowBlock
from resilience.formulation.curves import Grids, first_grids
from resilience.formulation.faults import FaultList, PathParts
from resilience.formulation.fixed import add_fixed_charges
from resilience.formulation.horizon import Calendar
from resilience.formulation.lane_ends import check_lane_ends
from resilience.formulation.lanes import Lanes, gather_lanes
from resilience.formulation.layers import gather_rules, split_by_origin
from resilience.formulation.limits import capacity_rows, demand_rows, hub_rows, limit_rows, minimum_rows
from resilience.formulation.matrix import compress, extend, numbered
from resilience.formulation.named import check_named
from resilience.formulation.places import Places, gather_places
from resilience.formulation.projects import (
    build_columns,
    check_limits,
    check_projects,
    discount,
    is_whole,
    project_rows,
)
from resilience.formulation.size import check_entries
from resilience.formulation.stock import share_rows, stock_columns, stock_rows
from resilience.formulation.transit import transit_columns
from resilience.grammar.sections import Spec
from resilience.policies import Additions, Policy, Situation
from resilience.program import LinearProgram
from resilience.program.labels import Block, Coded, Labels

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Formulation:
    """A network as a linear program.

    Parameters
    ----------
    spec : Spec
        The network.
    places : Places
        Its sites.
    calendar : Calendar
        Its periods.
    lanes : Lanes
        Its lanes, in the order of the ship columns.
    program : LinearProgram
        The base: no policy in force, the rows that policies need dormant.
    grids : Grids
        Steps of the price curves; empty where there are none.
    """

    spec: Spec
    places: Places
    calendar: Calendar
    lanes: Lanes
    program: LinearProgram
    grids: Grids = field(default_factory=dict)

    def discount_factors(self, labels: Labels) -> FloatArray:
        """Return what money of each row's or column's period is worth at the start of the horizon."""
        if self.spec.discount_rate == 0.0:
            return np.ones(len(labels))
        period = np.concatenate([block.numbers("period") for block in labels.blocks])
        return np.asarray(self.discount_of_periods[period])

    @property
    def discount_of_periods(self) -> FloatArray:
        """What money of each period is worth at the start of the horizon."""
        return np.array([discount(self.spec, self.calendar, t) for t in range(self.calendar.size)])

    def situation(
        self, policy: str, levels: FloatArray | None = None, in_force: Mapping[str, Policy] | None = None
    ) -> Situation:
        """Return what a policy may know."""
        calendar = self.calendar
        return Situation(
            policy, calendar.starts, calendar.years, levels, self.places, self.program, in_force or {}
        )


class FormulationFaults(Exception):
    """Faults found while formulating, with the paths of the entries at fault."""

    def __init__(self, found: Sequence[tuple[PathParts, str]]) -> None:
        super().__init__("; ".join(message for _, message in found))
        self.found = tuple(found)


def formulate(spec: Spec, grids: Grids | None = None) -> Formulation:
    """Turn a network into a linear program.

    Parameters
    ----------
    spec : Spec
        Interpreted and checked.
    grids : Grids, optional
        Steps of the price curves, where earlier solves have found where they matter.

    Returns
    -------
    Formulation

    Raises
    ------
    FormulationFaults
        If rules match nothing, lanes lead nowhere, distances are missing, or a policy cannot apply.
    """
    faults = FaultList()
    places, calendar = gather_places(spec), Calendar(spec.horizon.starts(), spec.horizon.years)
    commodities = tuple(spec.commodities)
    check_entries(spec, calendar.size, faults)
    lanes = gather_lanes(spec, places, calendar, commodities, faults)
    check_projects(spec, places, faults)
    check_limits(spec, faults)
    check_named(spec, places, lanes, faults)
    grids = first_grids(spec, calendar, faults) if grids is None else grids
    if faults.found:
        raise FormulationFaults(faults.found)
    number = {name: code for code, name in enumerate(commodities)}
    stage = _stage_of(spec, places, lanes, commodities)
    blocks = [
        produce_columns(spec, places, calendar, number, grids),
        buy_columns(spec, places, calendar, number, grids),
        ship_columns(spec, places, calendar, lanes, commodities, stage),
        serve_columns(spec, places, calendar, number, grids),
        short_columns(spec, places, calendar),
        *stock_columns(spec, places, calendar, number),
        *build_columns(spec, places, calendar),
        *transit_columns(spec, places, calendar, lanes, commodities, stage, faults),
    ]
    prices = calendar.spread([spec.commodities[name].price for name in commodities], np.nan)
    balances, given, rows_of = _balances(blocks, places, commodities, calendar, prices)
    check_lane_ends(blocks, lanes, places, spec, faults)
    blocks.append(dispose_columns(spec, calendar, balances, given, commodities))
    rows_of.append(given)
    labels = Labels(tuple(part.block for part in blocks), spec.blocs)
    arrives = _arrivals(blocks[2])
    rows = [
        demand_rows(spec, places, calendar, labels),
        capacity_rows(spec, places, calendar, labels),
        *minimum_rows(spec, places, calendar, labels),
        hub_rows(spec, places, calendar, labels, arrives),
        *stock_rows(spec, places, calendar),
        *share_rows(spec, places, labels, faults),
        *project_rows(spec, places, calendar),
        limit_rows(spec, places, calendar, labels, arrives, faults),
    ]
    if faults.found:
        raise FormulationFaults(faults.found)
    rules = gather_rules(spec, places, calendar, faults)
    program = _assemble(blocks, balances, rows_of, rows, labels, spec)
    program = add_fixed_charges(program, spec, places, calendar, lanes, faults)
    if faults.found:
        raise FormulationFaults(faults.found)
    program = split_by_origin(program, rules)
    formulation = Formulation(spec, places, calendar, lanes, program, grids)
    return replace(formulation, program=_with_policy_rows(formulation, faults))


def _stage_of(spec: Spec, places: Places, lanes: Lanes, commodities: Sequence[str]) -> Coded:
    """Return the stage of each lane's goods.

    It is the stage of the facility at the lane's start that makes them; where none does (a hub, a
    supply), the last stage that makes them anywhere; none where nobody makes them.
    """
    number = {name: code for code, name in enumerate(spec.stages)}
    here = np.full((len(places.names), len(commodities)), -1, dtype=np.int64)
    for member in places.members_:
        if member.kind == "facility" and member.stage:
            site = places.index[member.site]
            for name in member.makes:
                code = commodities.index(name)
                here[site, code] = max(here[site, code], number[member.stage])
    anywhere = here.max(axis=0, initial=-1)
    stage = here[lanes.start, lanes.commodity]
    return Coded(np.where(stage >= 0, stage, anywhere[lanes.commodity] if len(anywhere) else -1), spec.stages)


def _balances(
    blocks: Sequence[ColumnBlock],
    places: Places,
    commodities: Sequence[str],
    calendar: Calendar,
    prices: FloatArray,
) -> tuple[Block, IntArray, list[IntArray]]:
    """Return a number for every balance that is taken from or given to.

    Parameters
    ----------
    prices : ndarray, shape (n_commodities, n_periods)
        Reference prices; NaN where there is none.

    Returns
    -------
    block : Block
        Labels of the rows, sorted by site, commodity, period.
    given : ndarray
        Rows where something is given.
    rows : list of ndarray
        Row of each entry of each block.
    """
    n_goods, n_periods = max(1, len(commodities)), calendar.size
    keys = [
        (part.entries.site * n_goods + part.entries.commodity) * n_periods + part.entries.period
        for part in blocks
    ]
    names, countries = places.balance_sites
    known, rows = numbered(keys, len(names) * n_goods * n_periods)
    site, good, period = known // (n_goods * n_periods), known // n_periods % n_goods, known % n_periods
    country = Coded.of(list(countries))
    block = Block(
        "balance",
        len(known),
        {
            "site": Coded(site, names),
            "country": country.take(site),
            "commodity": Coded(good, tuple(commodities)),
            "period": period,
            "reference_price": prices[good, period],
        },
    )
    is_given = np.zeros(len(known), dtype=bool)
    for part, row in zip(blocks, rows, strict=True):
        is_given[row[part.entries.amount > 0]] = True
    return block, np.flatnonzero(is_given), rows


def _arrivals(ship: ColumnBlock) -> tuple[IntArray, IntArray, FloatArray]:
    """Return column, period of landing and tonnes of everything that lands."""
    lands = ship.entries.amount > 0
    return ship.entries.column[lands], ship.entries.period[lands], ship.entries.amount[lands]


def _assemble(
    blocks: Sequence[ColumnBlock],
    balances: Block,
    rows_of: Sequence[IntArray],
    rows: Sequence[RowBlock],
    labels: Labels,
    spec: Spec,
) -> LinearProgram:
    """Put all entries into one matrix in compressed columns."""
    start = dict(zip((part.block.kind for part in blocks), labels.starts, strict=True))
    row_labels = Labels((balances, *(part.block for part in rows)), spec.blocs)
    triplets = [
        (row, part.entries.column + start[part.block.kind], part.entries.amount)
        for part, row in zip(blocks, rows_of, strict=True)
    ]
    for part, first in zip(rows, row_labels.starts[1:], strict=True):
        triplets += [(row + first, column + start[kind], value) for kind, row, column, value in part.parts]
    starts, indices, values = compress(triplets, len(labels))
    zeros = np.zeros(balances.size)
    components = dict.fromkeys(name for part in blocks for name in part.costs)
    whole = is_whole(spec, labels)
    return LinearProgram(
        starts,
        indices,
        values,
        {
            name: np.concatenate([part.costs.get(name, np.zeros(part.block.size)) for part in blocks])
            for name in components
        },
        np.concatenate([part.lower for part in blocks]),
        np.concatenate([part.upper for part in blocks]),
        np.concatenate([zeros, *(part.lower for part in rows)]),
        np.concatenate([zeros, *(part.upper for part in rows)]),
        labels,
        row_labels,
        whole if whole.any() else None,
    )


def _with_policy_rows(formulation: Formulation, faults: FaultList) -> LinearProgram:
    """Return the program with the dormant rows that its policies need."""
    program = formulation.program
    added: list[tuple[str, Additions]] = []
    for key, policy in formulation.spec.policies.items():
        try:
            found = policy.structure(program, formulation.situation(key))
        except Fault as fault:
            faults.add(("policies", key, *fault.path), str(fault))
            continue
        if found is not None and (found.n_rows or found.n_columns):
            added.append((key, found))
    if faults.found:
        raise FormulationFaults(faults.found)
    return extend(program, added) if added else program


def apply_policies(
    formulation: Formulation,
    policies: Mapping[str, Policy],
    levels: Mapping[str, FloatArray] | None = None,
) -> tuple[LinearProgram, dict[str, Any]]:
    """Return the program with policies in force, and which columns and rows each of them touched.

    Parameters
    ----------
    formulation : Formulation
        The network.
    policies : mapping
        By id. What they do does not depend on their order.
    levels : mapping, optional
        For each policy that is relative to a baseline, the levels of the columns there.

    Raises
    ------
    FormulationFaults
        If a policy matches nothing or contradicts the network.
    """
    program = formulation.program
    touched: dict[str, Any] = {}
    faults = FaultList()
    for key, policy in sorted(policies.items(), key=lambda item: (item[1].order, item[0])):
        try:
            delta = policy.delta(program, formulation.situation(key, (levels or {}).get(key), policies))
        except Fault as fault:
            faults.add(("policies", key, *fault.path), str(fault))
            continue
        touched[key] = delta
        program = delta.apply(program)
    if faults.found:
        raise FormulationFaults(faults.found)
    return _discounted(program, formulation), touched


def _discounted(program: LinearProgram, formulation: Formulation) -> LinearProgram:
    """Return the program with the costs of each period in money of the start of the horizon."""
    if formulation.spec.discount_rate == 0.0:
        return program
    factor = formulation.discount_factors(program.columns)
    return replace(program, costs={name: part * factor for name, part in program.costs.items()})

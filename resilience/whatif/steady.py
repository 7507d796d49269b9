"""A scenario in one period, as rates: no lead times, no projects, the policies in force at its start.

So "how long" can be asked of it: flows go on at their rates, and stocks are drawn once.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.errors import FormulationError, InputError
from resilience.formulation import FormulationFaults, formulate
from resilience.grammar import Spec
from resilience.grammar.lane_entries import LaneEntries
from resilience.network import Case
from resilience.program import Delta, LinearProgram
from resilience.results.solution import Solution

BoolArray = NDArray[np.bool_]

ONCE = ("open", "hold", "transit")
"""Kinds of column whose levels are tonnes that are there once, and no rates."""


def period_of(case: Case, at: str | datetime.date) -> int:
    """Return the period in which a day lies.

    Raises
    ------
    InputError
        If it is no date, or lies outside the horizon.

    Examples
    --------
    See `resilience.time_to_survive`.
    """
    text, calendar = str(at), case.formulation.calendar
    try:
        day = datetime.date.fromisoformat(text + {4: "-01-01", 7: "-01"}.get(len(text), ""))
    except ValueError:
        raise InputError(f"at: '{at}' is no date; wanted 2027, 2027-03 or 2027-03-15") from None
    if not calendar.starts[0] <= day < calendar.end:
        raise InputError(f"at: {day} is not in the horizon, {calendar.starts[0]} to {calendar.end}")
    return sum(start <= day for start in calendar.starts) - 1


def as_of(spec: Spec, plan: Solution, period: int) -> Spec:
    """Return a network as a plan has it when a period begins: stocks, and the capacity built by then.

    Goods that are under way then are left out.
    """
    opening = plan.stocks.set_index(["stockpile", "period"])[f"opening_{plan.unit.mass}"]
    name = plan.period_names[period]
    stocks = {
        key: pile.model_copy(update={"initial": max(0.0, float(opening[key, name]))})
        for key, pile in spec.stockpiles.items()
    }
    sections: dict[str, dict[str, Any]] = {
        "facility": dict(spec.facilities),
        "hub": dict(spec.hubs),
        "limit": dict(spec.limits),
    }
    calendar, labels = plan.formulation.calendar, plan.program.columns
    build = labels.where(kind="build")
    decided = labels.texts("period", build).astype(np.int64)
    for column, key, when in zip(build, labels.texts("id", build), decided, strict=True):
        project = spec.projects[key]
        lead = 0 if project.lead_time is None else project.lead_time.periods(calendar.years)
        age = (period - when - lead) * calendar.years  # in one step, as the plan has it: 12/12 is a year
        if age < 0 or plan.levels[column] <= 0:
            continue
        ramp = project.ramp[int(age)] if int(age) < len(project.ramp) else 1.0
        kind, owner = project.adds_to
        what = "at_most" if kind == "limit" else "capacity"
        entry = sections[kind][owner]
        now = calendar.spread([getattr(entry, what)], np.inf)[0, period]
        more = float(now + ramp * plan.levels[column] * project.capacity)
        sections[kind][owner] = entry.model_copy(update={what: more})
    return replace(
        spec,
        stockpiles=stocks,
        facilities=sections["facility"],
        hubs=sections["hub"],
        limits=sections["limit"],
        lanes=LaneEntries.of(spec.lanes).with_nothing_under_way(),
    )


def steady(case: Case, plan: Solution | None = None, period: int = 0) -> Case:
    """Return a case as rates in one period of its horizon.

    Parameters
    ----------
    case : Case
    plan : Solution, optional
        Whose stocks and buildings there are when the period begins; left out, those of the file.
    period : int
        The first if left out.

    Raises
    ------
    FormulationError
        If the network cannot be laid out in one period.
    """
    spec = case.formulation.spec
    first = spec.horizon.starts()[period]
    if plan is not None:
        spec = as_of(spec, plan, period)
    since, until = datetime.date.min, datetime.date.max
    in_force = {
        key: policy
        for key, policy in case.policies.items()
        if (policy.since or since) <= first < (policy.until or until)
    }
    made = replace(
        spec,
        stockpiles={key: pile.model_copy(update={"final": None}) for key, pile in spec.stockpiles.items()},
        horizon=spec.horizon.model_copy(update={"periods": 1, "start": first}),
        lanes=LaneEntries.of(spec.lanes).without_lead_times(),
        policies=in_force,
    )
    try:
        formulation = formulate(made)
    except FormulationFaults as faults:
        raise FormulationError(
            [case.document.problem(path, message) for path, message in faults.found]
        ) from None
    return Case(case.name, formulation, in_force, case.document)


@dataclass(frozen=True, eq=False)
class Once:
    """What of a steady program is there once: columns and rows."""

    columns: BoolArray
    rows: BoolArray

    @classmethod
    def of(cls, program: LinearProgram) -> Once:
        """Find it by kind."""
        return cls(np.isin(program.columns.kinds(), ONCE), program.rows.kinds() == "share")


def without_stocks(program: LinearProgram) -> Delta:
    """Return the change that takes away what is there once, so that only rates are left."""
    there = program.columns.where(kind=("open", "transit"))
    return Delta.of(col_lower=(there, 0.0), col_upper=(there, 0.0))


def as_built(program: LinearProgram) -> LinearProgram:
    """Return a steady program in which nothing is built, and nothing must be made or left in stock."""
    made, shared = program.columns.where(kind="produce"), program.rows.where(kind=("capacity", "produce"))
    build, hold = program.columns.where(kind="build"), program.columns.where(kind="hold")
    kept = np.flatnonzero(
        np.isin(program.entry_columns, program.columns.where(kind="open"))
        & np.isin(program.indices, program.rows.where(kind="stock"))
    )
    return Delta.of(
        col_upper=(
            np.concatenate([build, hold]),
            np.concatenate([np.zeros(len(build)), np.full(len(hold), np.inf)]),
        ),
        col_lower=(np.concatenate([build, hold, made]), 0.0),
        row_lower=(shared, np.minimum(program.row_lower[shared], 0.0)),
        values=(kept, np.sign(program.values[kept])),
    ).apply(program)

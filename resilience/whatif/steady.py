"""A scenario in one period, as rates: no lead times, no projects, the policies in force at its start.

So "how long" can be asked of it: flows go on at their rates, and stocks are drawn once.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from resilience.errors import FormulationError
from resilience.formulation import FormulationFaults, formulate
from resilience.grammar.lane_entries import LaneEntries
from resilience.network import Case
from resilience.program import Delta, LinearProgram

BoolArray = NDArray[np.bool_]

ONCE = ("open", "hold", "transit")
"""Kinds of column whose levels are tonnes that are there once, and no rates."""


def steady(case: Case) -> Case:
    """Return a case as rates in one period, the first of its horizon.

    Parameters
    ----------
    case : Case

    Raises
    ------
    FormulationError
        If the network cannot be laid out in one period.
    """
    spec = case.formulation.spec
    first = spec.horizon.starts()[0]
    since, until = datetime.date.min, datetime.date.max
    in_force = {
        key: policy
        for key, policy in case.policies.items()
        if (policy.since or since) <= first < (policy.until or until)
    }
    made = replace(
        spec,
        horizon=spec.horizon.model_copy(update={"periods": 1}),
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

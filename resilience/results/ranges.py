"""How far the figures of a plan are determined: what else could be for the same cost, or a little more.

Range     the least and the most that chosen activities can carry in any plan that costs at most
          (1 + slack) times the least cost. Where levels must be whole, they are fixed at this plan's
Unique    a figure is unique if it is the same in all plans of least cost: least = most at slack 0
Source    DeCarolis (2011), Using modeling to generate alternatives (MGA) to expand our thinking on energy
          futures, Energy Economics 33, 145-152
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from resilience.errors import InputError, SolverError
from resilience.grammar.names import suggest
from resilience.results.selection import COLUMN_OF, What, weights_of
from resilience.solvers.near_optimal import NearOptimal
from resilience.solvers.optimal_face import FaceError, OptimalFace

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]

SAME = 1e-7
"""Least and most within this share of each other are one number."""


@dataclass(frozen=True)
class FlowRange:
    """What chosen activities carry in plans of nearly least cost, all periods together unless chosen.

    Parameters
    ----------
    least, now, most : float
        In `unit`: the least, in the plan shown, the most; `most` may be infinite.
    slack : float
        Share of the least cost that such a plan may cost more.
    unit : str
        Of mass.
    """

    least: float
    now: float
    most: float
    slack: float
    unit: str

    @property
    def is_unique(self) -> bool:
        """Whether it is the same in all these plans."""
        return self.most - self.least <= SAME * max(1.0, abs(self.now))


def flow_range_of(solution: Solution, what: What, slack: float = 0.0) -> FlowRange:
    """Return how little and how much chosen activities can carry; see `Solution.flow_range`."""
    weights = weights_of(solution, what)
    (least, most), now = _extremes(_plans(solution, slack), weights), float(weights @ solution.levels)
    return FlowRange(min(least, now), now, max(most, now), slack, solution.unit.mass)


def range_table(solution: Solution, asked: Mapping[str, What], slack: float = 0.0) -> pd.DataFrame:
    """Return the ranges of several things, one row each under its name."""
    mass = solution.unit.mass
    found = {name: flow_range_of(solution, what, slack) for name, what in asked.items()}
    return pd.DataFrame(
        {
            "what": list(found),
            f"least_{mass}": [each.least for each in found.values()],
            f"now_{mass}": [each.now for each in found.values()],
            f"most_{mass}": [each.most for each in found.values()],
            "unique": [each.is_unique for each in found.values()],
        }
    )


def flow_ranges_of(solution: Solution, kind: str, slack: float = 0.0) -> pd.DataFrame:
    """Return the range of everything of one kind, by period; see `Solution.flow_ranges`."""
    kinds = [name for name in COLUMN_OF if name != "exports"]
    if kind not in kinds:
        raise InputError(f"unknown kind '{kind}'{suggest(kind, kinds)}; there are {', '.join(kinds)}")
    labels, mass = solution.program.columns, solution.unit.mass
    columns = labels.where(kind=COLUMN_OF[kind])
    frame = pd.DataFrame({kind: labels.texts("id", columns), "period": labels.texts("period", columns)})
    frame, sums = _summed(solution, frame, columns)
    plans = _plans(solution, slack)
    asked = _varying(solution, sums) if slack == 0.0 else np.ones(len(frame), dtype=bool)
    now = sums @ solution.levels
    least, most = now.copy(), now.copy()
    for row in np.flatnonzero(asked):
        low, high = _extremes(plans, sums[[row]].toarray().ravel())
        least[row], most[row] = min(low, now[row]), max(high, now[row])
    frame["period"] = solution.period_names[frame["period"].to_numpy(dtype=np.int64)]
    return frame.assign(**{f"least_{mass}": least, f"now_{mass}": now, f"most_{mass}": most})


def unique_of(solution: Solution, table: str) -> pd.Series[bool]:
    """Return which rows of ``flows`` or ``production`` are the same in every plan; see `Solution.unique`."""
    known = {"flows": ("lane", "ship"), "production": ("facility", "produce")}
    if table not in known:
        raise InputError(f"unknown table '{table}'{suggest(table, known)}; there are {', '.join(known)}")
    (name, kind), labels = known[table], solution.program.columns
    columns = labels.where(kind=kind)
    if table == "flows":
        columns = columns[_is_used(solution, kind)]
    when = solution.period_names[labels.texts("period", columns).astype(np.int64)]
    frame, sums = _summed(
        solution, pd.DataFrame({name: labels.texts("id", columns), "period": when}), columns
    )
    shown = getattr(solution, table)
    try:
        varying = _face(solution).varying(sums)
    except FaceError:  # then of none is it known that it is unique
        varying = np.ones(len(frame), dtype=bool)
    varies = pd.Series(varying, index=pd.MultiIndex.from_frame(frame))
    found = ~varies.reindex(pd.MultiIndex.from_frame(shown[[name, "period"]])).to_numpy(dtype=bool)
    return pd.Series(found, index=shown.index, name="unique", dtype=bool)


def _is_used(solution: Solution, kind: str) -> NDArray[np.bool_]:
    """Return which columns of a kind are of something that any of its columns carries in the period."""
    ((start, block),) = solution.program.columns.parts(kind)
    key = block.numbers("id") * len(solution.period_names) + block.numbers("period")
    is_used = np.zeros(int(key.max(initial=-1)) + 1, dtype=bool)
    is_used[key[solution.levels[start : start + block.size] > 0]] = True
    return np.asarray(is_used[key], dtype=bool)


def _summed(
    solution: Solution, keys: pd.DataFrame, columns: NDArray[np.int64]
) -> tuple[pd.DataFrame, csr_array]:
    """Return one row for all columns of the same keys, and the matrix that adds them up."""
    number = keys.groupby(list(keys.columns), sort=False).ngroup().to_numpy()
    frame = keys.drop_duplicates().reset_index(drop=True)
    shape = (len(frame), solution.program.n_columns)
    return frame, csr_array((np.ones(len(columns)), (number, columns)), shape=shape)


def _varying(solution: Solution, sums: csr_array) -> NDArray[np.bool_]:
    try:
        return _face(solution).varying(sums)
    except FaceError as error:
        raise SolverError(f"the plans of the same cost could not be searched: {error}") from None


def _face(solution: Solution) -> OptimalFace:
    return OptimalFace(solution.program.fixed_at(solution.levels), solution.outcome)


def _plans(solution: Solution, slack: float) -> OptimalFace | NearOptimal:
    if not (0.0 <= slack < np.inf):
        raise InputError(f"a slack of {slack:g}: wanted a share of the cost from 0 up, such as 0.01")
    if slack == 0.0:
        return _face(solution)
    most = solution.cost + slack * abs(solution.cost)
    return NearOptimal(solution.program.fixed_at(solution.levels), solution.outcome, most)


def _extremes(plans: OptimalFace | NearOptimal, weights: FloatArray) -> tuple[float, float]:
    """Return the least and the most of a weighted sum of levels."""
    try:
        return plans.least(weights), -plans.least(-weights)
    except FaceError as error:
        raise SolverError(f"the plans of the same cost could not be searched: {error}") from None

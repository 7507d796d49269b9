"""All optimal duals of a solved program: how far a sum of them can go while the plan stays least-cost.

Where a plan is degenerate its duals are not unique. Those that prove it are a face of the dual
program, and along it lie the one-sided derivatives of the least cost: with withdrawals q from rows,

    d cost (b + t q) / dt  at t = 0 from above  =  highest  q'y  over the face
                           from below           =  lowest   q'y

infinite where no step can be made in that direction.

Settled   Let B be an optimal basis, g a random vector that is 0 except at basic variables that stand
          at a bound, and B' r = g. All duals of the face agree on every q with q'r = 0, for the
          equations of the basic variables between their bounds fix it; that they agree by chance has
          probability 0. One factorisation tells for all q
The rest  A linear program each over rows that are not settled, in its primal form: the cheapest step d
          with A d = q from the plan, along activities that are free to go that way. Started from one
          basis, which fits all q, so that the order in which they are asked changes nothing
Source    Gal (1986), Shadow prices and sensitivity analysis in linear programming under degeneracy,
          OR Spektrum 8, 59-71; Rockafellar (1970), Convex Analysis, section 23 (directional derivatives)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, eye_array, hstack
from scipy.sparse.linalg import splu

from resilience.errors import SolverError
from resilience.program import LinearProgram
from resilience.solvers.engine import new_highs, solve_until_settled

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

AT_BOUND = 1e-7
"""A level this close to a bound, relative to it or in tonnes, stands at it: what is less is rounding."""
AGREE = 1e-9
"""Numbers of the random test that are no larger than this are rounding of zero."""

BASIC = int(highspy.HighsBasisStatus.kBasic)

Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


class DualFace:
    """The optimal duals of one solved linear program.

    Parameters
    ----------
    program : LinearProgram
        Without whole levels: `LinearProgram.fixed_at`.
    x, y : ndarray
        Any least-cost levels and any optimal duals; they need not be of the same basis.
    basis : HighsBasis
        An optimal basis.

    Examples
    --------
    Demand is exactly what the near mine can give. One more tonne must come from the far mine at 25;
    one less saves the near mine's 10.

    >>> from resilience.program.samples import two_sources
    >>> from resilience.program import Delta
    >>> from resilience.solvers.highs import HighsSession
    >>> program = Delta.of(row_lower=([0], 5.0), row_upper=([0], 5.0)).apply(two_sources())
    >>> plan = HighsSession(program).solve()
    >>> face = DualFace(program, plan.x, plan.y, plan.basis)
    >>> lowest, highest = face.ends(csc_array([[1.0]]))
    >>> lowest.tolist(), highest.tolist()
    ([10.0], [25.0])
    """

    def __init__(self, program: LinearProgram, x: FloatArray, y: FloatArray, basis: Any) -> None:
        self._program, self._y, self._basis = program, y, basis
        activity = program.times(x)
        self._columns = _free_ways(x, program.col_lower, program.col_upper)
        self._rows = _free_ways(activity, program.row_lower, program.row_upper)

    def are_settled(self, directions: csc_array[Any]) -> BoolArray:
        """Say of which directions all optimal duals make the same sum.

        Parameters
        ----------
        directions : csc_array, shape (n_rows, n_directions)

        Returns
        -------
        ndarray of bool
            False where they may differ; `ends` tells whether they do.
        """
        size = np.asarray(abs(directions).sum(axis=0)).ravel()
        return np.asarray(np.abs(directions.T @ self._spread) <= AGREE * np.maximum(size, 1.0))

    def ends(
        self, directions: csc_array[Any], progress: Progress | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Return the lowest and the highest sum of the optimal duals in each direction.

        Parameters
        ----------
        directions : csc_array, shape (n_rows, n_directions)
            Weights of the rows.
        progress : callable, optional
            Told how many of how many directions are done.

        Returns
        -------
        lowest, highest : ndarray, shape (n_directions,)
            Infinite where the program has no plan a step further that way.
        """
        lowest = np.asarray(directions.T @ self._y, dtype=float)
        highest = lowest.copy()
        open_ = np.flatnonzero(~self.are_settled(directions))
        for done, number in enumerate(open_.tolist()):
            span = slice(directions.indptr[number], directions.indptr[number + 1])
            rows, weights = directions.indices[span], directions.data[span]
            lowest[number] = -self._steepest(rows, -weights)
            highest[number] = self._steepest(rows, weights)
            if progress is not None:
                progress(done + 1, len(open_))
        return lowest, highest

    @cached_property
    def _spread(self) -> FloatArray:
        """A random difference of two vectors of duals that agree on the equations of the plan."""
        program = self._program
        statuses = [int(status) for status in (*self._basis.col_status, *self._basis.row_status)]
        basic = np.flatnonzero(np.array(statuses) == BASIC)
        both = hstack([program.matrix, -eye_array(program.n_rows)], format="csc")
        lower, upper = (np.concatenate([self._columns[side], self._rows[side]])[basic] for side in (0, 1))
        at_bound = np.isfinite(lower) | np.isfinite(upper)
        random = np.random.default_rng(0).uniform(1.0, 2.0, len(basic))
        factors: Any = splu(both[:, basic].tocsc())
        return np.asarray(factors.solve(random * at_bound, trans="T"), dtype=float)

    @cached_property
    def _open_rows(self) -> NDArray[np.int64]:
        """Rows whose own duals are not settled."""
        return np.flatnonzero(np.abs(self._spread) > AGREE)

    @cached_property
    def _steps(self) -> tuple[Any, Any]:
        """Steps from the plan that move open rows alone, in HiGHS, and its basis for standing still."""
        program, rows = self._program, self._open_rows
        part = program.matrix.tocsr()[rows].tocsc()
        columns = np.flatnonzero(np.diff(part.indptr))
        part = part[:, columns]
        ours = self._y[rows]
        reduced = (program.cost - program.transposed_times(self._y))[columns]
        lower, upper = (side[columns] for side in self._columns)
        cost = np.maximum(reduced, 0.0) * (lower == 0) + np.minimum(reduced, 0.0) * (upper == 0)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(columns), len(rows)
        model.col_cost_ = cost + part.T @ ours  # with which our duals prove a standstill exactly
        model.col_lower_, model.col_upper_ = lower, upper
        model.row_lower_, model.row_upper_ = (side[rows] for side in self._rows)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = part.indptr, part.indices
        model.a_matrix_.value_ = part.data
        highs = new_highs()
        highs.passModel(model)
        highs.setOptionValue("presolve", "off")
        solve_until_settled(highs)
        return highs, highs.getBasis()

    def _steepest(self, rows: NDArray[Any], weights: FloatArray) -> float:
        """Return the rise of cost for the first part of a step; infinite where there is none."""
        highs, basis = self._steps
        place = np.searchsorted(self._open_rows, rows)
        place[place == len(self._open_rows)] = 0
        is_open = self._open_rows[place] == rows
        moved = place[is_open].astype(np.int32)
        lower, upper = (side[rows[is_open]] for side in self._rows)
        highs.clearSolver()
        highs.setBasis(basis)
        highs.changeRowsBounds(len(moved), moved, lower + weights[is_open], upper + weights[is_open])
        solve_until_settled(highs)
        status, value = highs.getModelStatus(), highs.getInfo().objective_function_value
        highs.changeRowsBounds(len(moved), moved, lower, upper)
        if status == highspy.HighsModelStatus.kInfeasible:
            return np.inf
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(f"HiGHS could not follow a step from the plan: {status.name}")
        return float(value + self._y[rows[~is_open]] @ weights[~is_open])


def _free_ways(level: FloatArray, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the bounds of a small step: 0 towards a bound that is reached, none otherwise."""
    at_lower = level <= lower + AT_BOUND * np.maximum(1.0, np.where(np.isfinite(lower), np.abs(lower), 0.0))
    at_upper = level >= upper - AT_BOUND * np.maximum(1.0, np.where(np.isfinite(upper), np.abs(upper), 0.0))
    return np.where(at_lower, 0.0, -np.inf), np.where(at_upper, 0.0, np.inf)

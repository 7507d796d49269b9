"""The optimal face: all plans that cost the least, and how to choose among them.

Face      every x that meets rows and bounds and is complementary to the duals y of one optimum: a column
          whose reduced cost c - A'y is not 0 stands at its bound, a row whose dual is not 0 at its own.
          That is the set of all optima, whichever optimal y it is made from; so each is proved by this y
Rounding  a reduced cost within `ROUNDING` of the terms that it is a difference of is 0
Search    a smaller program of the columns with reduced cost 0 alone, in HiGHS, from the optimal basis. A
          second objective is minimised by the primal simplex, the face is narrowed by its reduced costs,
          and so on until one plan is left
Settled   `OptimalFace.settle` takes columns one by one, each as low as those before it allow. One that
          stands at its lower bound, cannot move, or is seen from the basis to be as low as it can be,
          needs no solve
Source    Mangasarian (1979), Uniqueness of solution in linear programming, Linear Algebra and its
          Applications 25, 151-162; Isermann (1982), Linear lexicographic optimization, OR Spektrum 4, 223-228
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from resilience.errors import SolveInterrupted
from resilience.program import LinearProgram, Outcome
from resilience.solvers.engine import STATUSES, solve_until_settled
from resilience.solvers.face_parts import (
    ROUNDING,
    TOUCHES,
    FaceError,
    UnboundedFace,
    load_arrays,
    part_of_basis,
    settled_by_cost,
    significant,
    sizes,
    statuses,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

STILL = 1e-12
"""A column that moves less than this share of the one that moves most, when all free ones do, stays."""

LEAST_WEIGHT = 1e-6
"""Weight of the last column in the objective that brings the search near its end in one solve."""

AT_ONCE = 32
"""So many columns are settled from one look at the basis."""

NEXT = 24
"""So many columns are weighed against each other where one is found that may be lower."""


__all__ = ["FaceError", "OptimalFace", "UnboundedFace"]


class OptimalFace:
    """All optimal levels of one linear program, to be narrowed by further objectives.

    Parameters
    ----------
    program : LinearProgram
        Without columns that must be whole.
    outcome : Outcome
        An optimum of it; its basis, where it has one, saves a solve.
    time_limit : float, optional
        Most seconds for everything that is asked.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> from resilience.solvers import HighsSession
    >>> OptimalFace(two_sources(), HighsSession(two_sources()).solve()).is_point
    True
    """

    def __init__(self, program: LinearProgram, outcome: Outcome, time_limit: float | None = None) -> None:
        self._deadline = np.inf if time_limit is None else time.perf_counter() + time_limit
        self._n_columns = program.n_columns
        size = sizes(program.cost, program.matrix, outcome.y)
        self.x: FloatArray = outcome.x.copy()
        """Levels of the plan that was found last; shape (n_columns,)."""
        kept = ~settled_by_cost(program, self.x, outcome.y, size)
        self.columns: IntArray = np.flatnonzero(kept)
        """Columns that may differ between the plans of the face, as far as it has been looked at."""
        self._matrix = program.matrix[:, self.columns]
        self._rows: IntArray = np.unique(self._matrix.indices).astype(np.int64)
        self._matrix = self._matrix.tocsr()[self._rows].tocsc()
        elsewhere = program.times(np.where(kept, 0.0, self.x))[self._rows]
        self._lower, self._upper = program.col_lower[self.columns], program.col_upper[self.columns]
        y = significant(program, outcome.y, size, kept)[self._rows]
        low, high = program.row_lower[self._rows], program.row_upper[self._rows]
        self._row_lower = np.where((y < 0) & np.isfinite(high), high, low) - elsewhere
        self._row_upper = np.where((y > 0) & np.isfinite(low), low, high) - elsewhere
        self._basic, self._basic_rows = np.zeros(len(self.columns), bool), np.zeros(len(self._rows), bool)
        self._start: Any = None
        if outcome.basis is not None:
            self._start, self._basic, self._basic_rows = part_of_basis(
                outcome.basis, self.columns, self._rows
            )
        self._highs: Any = None

    @property
    def is_point(self) -> bool:
        """Whether nothing is left to choose: nothing off the basis both costs nothing and has room.

        False also where this is not known, as where the outcome came without a basis.
        """
        return self._start is not None and not (self._free().any() or self._free_rows().any())

    def _free(self) -> BoolArray:
        return ~self._basic & (self._lower < self._upper)

    def _free_rows(self) -> BoolArray:
        return ~self._basic_rows & (self._row_lower < self._row_upper)

    def minimise(self, objective: FloatArray) -> float:
        """Go to a plan on the face that minimises an objective, and narrow the face to all that do.

        Parameters
        ----------
        objective : ndarray, shape (n_columns,)
            Of the whole program.

        Returns
        -------
        float
            The least value.

        Raises
        ------
        FaceError
            If HiGHS finds no optimum.
        """
        cost = objective[self.columns]
        duals = self._go(cost)
        reduced = np.where(self._basic, 0.0, cost - np.asarray(self._matrix.T @ duals))
        reduced[np.abs(reduced) <= ROUNDING * sizes(cost, self._matrix, duals)] = 0.0
        worth = np.where(self._basic_rows, 0.0, duals)
        worth[np.abs(worth) <= ROUNDING * np.abs(duals).max(initial=0.0)] = 0.0
        self._hold(reduced, worth)
        return float(objective @ self.x)

    def least(self, objective: FloatArray) -> float:
        """Return the least value of an objective over the face, which stays as it is.

        Returns
        -------
        float
            Minus infinity where there is none.

        Raises
        ------
        FaceError
            If HiGHS does not come to an end.
        """
        moved = self.x.copy()
        try:
            self._go(objective[self.columns])
        except UnboundedFace:
            return -np.inf
        value = float(objective @ self.x)
        self.x = moved
        return value

    def varying(self, groups: Any) -> BoolArray:
        """Return which sums of columns differ between plans of the face.

        Of all sums still undecided, one random mixture is made as small and as large as it can be near the
        plan at hand. What differs between these two plans varies; where nothing does, the mixture is the
        same everywhere, and so, with probability one, is each sum in it.

        Parameters
        ----------
        groups : sparse array, shape (n_groups, n_columns)
            Weights of the columns in each sum.

        Returns
        -------
        ndarray of bool, shape (n_groups,)
        """
        varies = np.zeros(groups.shape[0], dtype=bool)
        if self.is_point:
            return varies
        self._go(np.zeros(len(self.columns)))
        self._keep(self._movable())
        sums = groups[:, self.columns].tocsr()
        x = self.x[self.columns].copy()
        reach = 1.0 + np.abs(x)
        self._lower, self._upper = np.maximum(self._lower, x - reach), np.minimum(self._upper, x + reach)
        random = np.random.default_rng(0)
        while True:
            mixture = np.where(varies, 0.0, random.uniform(1.0, 2.0, len(varies)))
            cost = np.asarray(sums.T @ mixture)
            if not cost.any():
                return varies
            self._go(cost)
            low = self.x[self.columns].copy()
            self._go(-cost)
            difference = np.abs(sums @ (self.x[self.columns] - low))
            found = ~varies & (difference > TOUCHES * np.maximum(1.0, abs(sums) @ np.abs(low)))
            if not found.any():
                return varies
            varies |= found

    def settle(self, order: Callable[[IntArray], IntArray]) -> None:
        """Narrow the face to one plan: columns in turn, each as low as those before it allow.

        Parameters
        ----------
        order : function
            Given columns of the whole program, returns them in the order in which they are settled; those
            that it leaves out may stay open.

        Raises
        ------
        FaceError
            If HiGHS finds no optimum.
        """
        if self.is_point:
            return
        if self._highs is None:
            self._go(np.zeros(len(self.columns)))
        self._keep(self._movable())
        queue = order(self.columns)
        if not len(queue):
            return
        self._lower_first(queue)
        is_near = True
        while len(queue) and not self.is_point:
            count, is_stuck = self._settle_some(queue)
            queue = queue[count:]
            if not is_stuck:
                continue
            if count or is_near:
                self._lower_first(queue[:NEXT])
            else:
                self.minimise(np.bincount(queue[:1], minlength=self._n_columns).astype(float))
                queue = queue[1:]
            is_near = False
            movable = self._movable()
            if 2 * movable.sum() <= len(movable):
                self._keep(movable)
                queue = queue[np.isin(queue, self.columns)]
                self._go(np.zeros(len(self.columns)))

    def _lower_first(self, queue: IntArray) -> None:
        """Go to a plan where the first of these columns are low, the first most of all."""
        weight = np.zeros(self._n_columns)
        weight[queue] = np.geomspace(1.0, LEAST_WEIGHT, len(queue))
        self._go(weight[self.columns])

    def _settle_some(self, columns: IntArray) -> tuple[int, bool]:
        """Hold the first of these columns that are as low as they can be.

        A basic column is as low as it can be where nothing that is off the basis and has room lowers it.
        What raises it is then held where it is.

        Returns
        -------
        count, is_stuck
            How many they are, and whether the next one may be lowered.
        """
        positions = np.searchsorted(self.columns, columns)
        low = self._lower[positions]
        is_low = self.x[columns] <= low + ROUNDING * np.maximum(1.0, np.abs(low))
        asked = np.flatnonzero(~is_low & (low < self._upper[positions]))[: AT_ONCE + 1]
        count = len(columns) if len(asked) <= AT_ONCE else int(asked[AT_ONCE])
        asked = asked[:AT_ONCE]
        off_basis = np.flatnonzero(~self._basic[positions[asked]])
        is_stuck = len(off_basis) > 0
        if is_stuck:
            asked, count = asked[: off_basis[0]], int(asked[off_basis[0]])
        free, rows = np.flatnonzero(self._free()), np.flatnonzero(self._free_rows())
        held_from = np.full(len(self.columns) + len(rows), len(columns))
        """When in turn each column is held at its lower bound."""
        held_from[positions[is_low]] = np.flatnonzero(is_low)
        held_from = held_from[np.concatenate([free, np.arange(len(self.columns), len(held_from))])]
        x = self.x[self.columns[free]]
        may_fall = np.concatenate([x > self._lower[free], ~self._rows_low[rows]])
        may_rise = np.concatenate([x < self._upper[free], ~self._rows_high[rows]])
        held = np.zeros(len(may_fall))
        for number, rates in zip(asked.tolist(), self._rates(positions[asked], free, rows), strict=True):
            rate = np.where((held == 0.0) & (held_from > number), rates, 0.0)
            if bool(((rate > 0) & may_fall | (rate < 0) & may_rise).any()):
                count, is_stuck = number, True
                break
            held += rate
        reduced, duals = np.zeros(len(self.columns)), np.zeros(len(self._rows))
        reduced[free], duals[rows] = held[: len(free)], held[len(free) :]
        self._hold(reduced, duals)
        done = positions[:count][is_low[:count]]
        self._upper[done] = self._lower[done]
        return count, is_stuck

    def _rates(self, basic: IntArray, free: IntArray, rows: IntArray) -> FloatArray:
        """Return how fast basic columns rise with what is off the basis; shape (n_basic, n_free + n_rows)."""
        unit, duals = np.zeros(len(self._rows)), np.zeros((len(basic), len(self._rows)))
        for number, position in enumerate(basic.tolist()):
            unit[self._row_of[position]] = 1.0
            duals[number] = self._highs.getBasisTransposeSolve(unit)[1]
            unit[self._row_of[position]] = 0.0
        rates = np.hstack([-(self._matrix[:, free].T @ duals.T).T, duals[:, rows]])
        rates[np.abs(rates) <= STILL * np.abs(rates).max(axis=1, initial=0.0, keepdims=True)] = 0.0
        return rates

    def _go(self, cost: FloatArray) -> FloatArray:
        """Minimise a cost of the face's columns, take the plan and the basis over, return the duals."""
        highs = self._ready(cost)
        solve_until_settled(highs)
        word = highs.getModelStatus().name
        status = STATUSES.get(word, "failed")
        if status == "interrupted":
            raise SolveInterrupted("interrupted", word)
        if status == "unbounded":
            raise UnboundedFace(word)
        found, order = highs.getBasicVariables()
        if status != "optimal" or found != highspy.HighsStatus.kOk:
            raise FaceError(word)
        self._order = np.asarray(order)
        self._row_of = dict(zip(self._order.tolist(), range(len(self._order)), strict=True))
        self._basic[:], self._basic_rows[:] = False, False
        self._basic[self._order[self._order >= 0]] = True
        self._basic_rows[-1 - self._order[self._order < 0]] = True
        self._start = True
        solution = highs.getSolution()
        self.x[self.columns] = np.array(solution.col_value)
        activity = np.array(solution.row_value)
        size = ROUNDING * np.maximum(1.0, np.abs(activity))
        self._rows_low = activity <= self._row_lower + size
        self._rows_high = activity >= self._row_upper - size
        return np.array(solution.row_dual)

    def _ready(self, cost: FloatArray) -> Any:
        """Return HiGHS with the face as it is now, and a cost of its columns."""
        n, m = len(self.columns), len(self._rows)
        if self._highs is None:
            self._highs = load_arrays(
                self._matrix, self._lower, self._upper, self._row_lower, self._row_upper
            )
            if self._start is not None:
                self._highs.setBasis(self._start)
        else:
            every, each = np.arange(n, dtype=np.int32), np.arange(m, dtype=np.int32)
            self._highs.changeColsBounds(n, every, self._lower, self._upper)
            self._highs.changeRowsBounds(m, each, self._row_lower, self._row_upper)
        self._highs.changeColsCost(n, np.arange(n, dtype=np.int32), cost)
        left = max(0.0, self._deadline - time.perf_counter())
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + left)
        return self._highs

    def _hold(self, reduced: FloatArray, duals: FloatArray) -> None:
        """Fix columns and rows where they stand: at the lower bound where the number is positive."""
        up, down = (reduced > 0) & np.isfinite(self._lower), (reduced < 0) & np.isfinite(self._upper)
        self._upper[up], self._lower[down] = self._lower[up], self._upper[down]
        up, down = (duals > 0) & np.isfinite(self._row_lower), (duals < 0) & np.isfinite(self._row_upper)
        self._row_upper[up], self._row_lower[down] = self._row_lower[up], self._row_upper[down]

    def _movable(self) -> BoolArray:
        """Return which columns move when all that is off the basis and has room does, each at its own rate.

        The rates are drawn at random, so that no column stays still by chance. A column that stays still
        is the same in all plans of the face; one that moves may still be stopped by a bound.
        """
        random = np.random.default_rng(0)
        free, rows = self._free(), self._free_rows()
        pushed = np.asarray(self._matrix @ np.where(free, random.uniform(1.0, 2.0, len(free)), 0.0))
        pushed[rows] += random.uniform(1.0, 2.0, int(rows.sum()))
        if len(self._rows) and pushed.any():
            moved = np.abs(np.asarray(self._highs.getBasisSolve(pushed)[1]))
            moving = self._order[moved > STILL * moved.max()]
            free[moving[moving >= 0]] = True
        return free

    def _keep(self, movable: BoolArray) -> None:
        """Leave all other columns where they are, out of the program; a basis of the rest is near enough."""
        activity = np.asarray(self._matrix @ np.where(movable, 0.0, self.x[self.columns]))
        is_high = (self.x[self.columns] == self._upper)[movable]
        matrix = self._matrix[:, np.flatnonzero(movable)]
        rows = np.unique(matrix.indices)
        self._matrix = matrix.tocsr()[rows].tocsc()
        self.columns, self._rows = self.columns[movable], self._rows[rows]
        self._lower, self._upper = self._lower[movable], self._upper[movable]
        self._row_lower = (self._row_lower - activity)[rows]
        self._row_upper = (self._row_upper - activity)[rows]
        self._basic, self._basic_rows = self._basic[movable], self._basic_rows[rows]
        self._start = highspy.HighsBasis()
        self._start.col_status = statuses(self._basic, is_high)
        self._start.row_status = statuses(self._basic_rows, ~self._rows_low[rows])
        self._start.alien, self._start.valid = True, True
        self._highs = None

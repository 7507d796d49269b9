"""The proof that comes with every answer, computed from the arrays and not by the solver.

For levels x and duals y of   min c x,  row_lower <= A x <= row_upper,  col_lower <= x <= col_upper:

    primal   largest violation of a row or bound, relative to the largest term added up there
    dual     largest reduced cost d = c - A'y (or row dual) of a sign that the level does not allow
    gap      |c x - dual objective| / max(1, |c x|)

All three must be at most `TOLERANCE`. On top stands the *safe bound*: a number that no plan can cost
less than, whatever rounding did. It is the dual objective with every d known only within its own
rounding error and charged at its worst, at the column's finite bound.

Source: Neumaier & Shcherbina (2004), Safe bounds in linear and mixed-integer linear programming,
Mathematical Programming 99, 283-296.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resilience.program.bounds import propagate_bounds
from resilience.program.linear_program import LinearProgram

FloatArray = NDArray[np.float64]

TOLERANCE = 1e-7
"""Largest relative violation and gap that a solution may have."""

UNIT = float(np.finfo(float).eps) / 2


@dataclass(frozen=True)
class Certificate:
    """The proof of one answer.

    Parameters
    ----------
    primal, dual, gap : float
        Relative; see the module.
    cost : float
        c x, in the currency of the program.
    safe_bound : float
        No plan costs less; minus infinity where a free loop leaves a column without a bound.
    """

    primal: float
    dual: float
    gap: float
    cost: float
    safe_bound: float

    @property
    def holds(self) -> bool:
        """Whether all three measures are within `TOLERANCE`; a NaN fails."""
        return all(measure <= TOLERANCE for measure in (self.primal, self.dual, self.gap))

    @property
    def width(self) -> float:
        """Return (cost - safe bound) / max(1, abs(cost)): how far from optimal the plan can be at most."""
        return (self.cost - self.safe_bound) / max(1.0, abs(self.cost))

    def __str__(self) -> str:
        return (
            f"cost {self.cost:.10g} proved >= {self.safe_bound:.10g} (relative width {self.width:.1e}); "
            f"violations: primal {self.primal:.1e}, dual {self.dual:.1e}, gap {self.gap:.1e}"
        )


def certify(program: LinearProgram, x: FloatArray, y: FloatArray) -> Certificate:
    """Measure how far levels and duals are from proving each other optimal.

    Parameters
    ----------
    program : LinearProgram
        The program that was solved, scenario included.
    x : ndarray, shape (n_columns,)
        Levels.
    y : ndarray, shape (n_rows,)
        Duals: rise of cost per unit of right-hand side.

    Returns
    -------
    Certificate
        Also when it does not hold; ask `Certificate.holds`.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> certify(two_sources(), np.array([5.0, 3.0]), np.array([25.0]))
    Certificate(primal=0.0, dual=0.0, gap=0.0, cost=125.0, safe_bound=12...)
    >>> certify(two_sources(), np.array([5.0, 3.1]), np.array([25.0])).holds
    False
    """
    activity = program.times(x)
    reduced = program.cost - program.transposed_times(y)
    cost = float(program.cost @ x)
    dual_objective = _support(y, program.row_lower, program.row_upper) + _support(
        reduced, program.col_lower, program.col_upper
    )
    gap = abs(cost - dual_objective) / max(1.0, abs(cost))
    return Certificate(
        primal=_primal_violation(program, x, activity),
        dual=_dual_violation(program, x, y, activity, reduced),
        gap=gap if math.isfinite(gap) else math.inf,
        cost=cost,
        safe_bound=safe_bound(program, y),
    )


def _support(multiplier: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    """Return the sum of multiplier * bound, each at the bound that its sign points to.

    A multiplier that points to a missing bound adds nothing here: it is a dual violation, and is
    counted as one.
    """
    bound = np.where(multiplier > 0, lower, upper)
    return float(
        np.sum(np.where(np.isfinite(bound), multiplier * np.where(np.isfinite(bound), bound, 0.0), 0.0))
    )


def _primal_violation(program: LinearProgram, x: FloatArray, activity: FloatArray) -> float:
    terms = np.abs(program.values * x[program.entry_columns])
    row_scale = np.ones(program.n_rows)
    np.maximum.at(row_scale, program.indices, terms)
    rows = np.maximum(program.row_lower - activity, activity - program.row_upper) / row_scale
    columns = np.maximum(program.col_lower - x, x - program.col_upper) / np.maximum(1.0, np.abs(x))
    return _largest(rows, columns)


def _dual_violation(
    program: LinearProgram, x: FloatArray, y: FloatArray, activity: FloatArray, reduced: FloatArray
) -> float:
    terms = np.abs(program.values * y[program.indices])
    scale = np.maximum(1.0, np.abs(program.cost))
    np.maximum.at(scale, program.entry_columns, terms)
    columns = _wrong_sign(reduced, x, program.col_lower, program.col_upper) / scale
    rows = _wrong_sign(y, activity, program.row_lower, program.row_upper) / np.maximum(
        1.0, np.abs(y).max(initial=1.0)
    )
    return _largest(columns, rows)


def _wrong_sign(
    multiplier: FloatArray, level: FloatArray, lower: FloatArray, upper: FloatArray
) -> FloatArray:
    """Return how far a multiplier is on the side where its level touches no bound."""
    near = TOLERANCE * np.maximum(1.0, np.abs(level))
    at_lower, at_upper = level <= lower + near, level >= upper - near
    too_high = np.where(at_lower, 0.0, np.maximum(multiplier, 0.0))
    too_low = np.where(at_upper, 0.0, np.maximum(-multiplier, 0.0))
    return np.maximum(too_high, too_low)


def _largest(*violations: FloatArray) -> float:
    worst = max((float(np.max(values, initial=0.0)) for values in violations), default=0.0)
    return math.inf if any(bool(np.isnan(values).any()) for values in violations) else worst


def safe_bound(program: LinearProgram, y: FloatArray) -> float:
    """Return a number that no feasible plan can cost less than, rounding included.

    Parameters
    ----------
    program : LinearProgram
        The program.
    y : ndarray, shape (n_rows,)
        Any duals: the bound is valid for all, and tight for optimal ones.

    Returns
    -------
    float
        Minus infinity if a column that the duals would turn without end has no finite bound.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> bound = safe_bound(two_sources(), np.array([25.0]))
    >>> bound <= 125.0, 125.0 - bound < 1e-9
    (True, True)
    """
    y = np.where(np.isfinite(y), y, 0.0)
    y = np.where((y > 0) & np.isneginf(program.row_lower) | (y < 0) & np.isposinf(program.row_upper), 0.0, y)
    low, high = _reduced_cost_range(program, y)
    lower, upper = program.col_lower, program.col_upper
    endless = (low < 0) & np.isposinf(upper) | (high > 0) & np.isneginf(lower)
    if endless.any():
        lower, upper = propagate_bounds(program)
        endless = (low < 0) & np.isposinf(upper) | (high > 0) & np.isneginf(lower)
    if endless.any():
        y = _shrink(program, y, low, endless)
        low, high = _reduced_cost_range(program, y)
        if bool(((low < 0) & np.isposinf(upper) | (high > 0) & np.isneginf(lower)).any()):
            return -math.inf
    row_bound = np.where(y > 0, program.row_lower, program.row_upper)
    row_terms = y * np.where(np.isfinite(row_bound), row_bound, 0.0)
    terms = np.concatenate([row_terms, _least_product(low, high, lower, upper)])
    slack = math.fsum(np.abs(terms)) * 2 * UNIT
    return math.nextafter(math.nextafter(math.fsum(terms), -math.inf) - slack, -math.inf)


def _reduced_cost_range(program: LinearProgram, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return bounds between which the exact reduced costs lie."""
    products = program.values * y[program.indices]
    columns = program.entry_columns
    size = np.bincount(columns, np.abs(products), program.n_columns) + sum(
        (np.abs(component) for component in program.costs.values()), np.zeros(program.n_columns)
    )
    middle = program.cost - np.bincount(columns, products, program.n_columns)
    count = np.diff(program.starts) + len(program.costs) + 2
    error = count * UNIT / (1 - count * UNIT) * size * (1 + 4 * UNIT)
    return middle - error, middle + error


def _shrink(program: LinearProgram, y: FloatArray, low: FloatArray, endless: NDArray[np.bool_]) -> FloatArray:
    """Pull the duals towards zero by as little as makes the endless columns pay for themselves.

    With y' = (1 - e) y the reduced cost is (1 - e) d + e c, so a d just below zero is lifted where c > 0.
    """
    cost = program.cost[endless]
    if not bool((cost > 0).all()):
        return y
    share = float(np.max(-2.0 * low[endless] / cost, initial=0.0))
    return y * (1.0 - min(1.0, share))


def _least_product(low: FloatArray, high: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Return the least of d x over low <= d <= high and lower <= x <= upper.

    For a fixed x the worst d is an end of its range, and the product is linear in x between 0 and each
    bound, so the four corners decide.
    """
    corners = []
    for multiplier in (low, high):
        for bound in (lower, upper):
            finite = np.where(np.isfinite(bound), bound, 0.0)
            ignored = np.isinf(bound)  # the multiplier points away from it, or the column was caught before
            corners.append(np.where(ignored, np.inf, multiplier * finite))
    least = np.minimum.reduce(corners)
    return np.where(np.isposinf(least), 0.0, least)

"""The proof that comes with every answer, computed from the arrays and not by the solver.

For levels x and duals y of   min c x,  row_lower <= A x <= row_upper,  col_lower <= x <= col_upper:

    primal   largest violation of a row or bound, relative to the largest term added up there
    dual     largest reduced cost d = c - A'y (or row dual) of a sign that the level does not allow
    gap      |c x - dual objective| / max(1, |c x|), reduced costs within their rounding error taken as 0

All three must be at most `TOLERANCE`. On top stands the *safe bound*: a number that no plan can cost
less than, whatever rounding did. It is the dual objective with every d known only within its own
rounding error and charged at its worst, at the column's finite bound.

Source: Neumaier & Shcherbina (2004), Safe bounds in linear and mixed-integer linear programming,
Mathematical Programming 99, 283-296.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from resilience.program.bounds import implied_bounds
from resilience.program.linear_program import UNIT, LinearProgram

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Ends = tuple[FloatArray, FloatArray]
"""Numbers between which others lie for certain."""

TOLERANCE = 1e-7
"""Largest relative violation and gap that a solution may have."""

TURNS = 1e3
"""How often a loop that costs nothing to turn is taken to turn over all that the finite bounds allow.

No plan gains by turning such a loop, so some least-cost plan stays far below; the safe bound is one for
all plans that do.
"""

MOST_SHRUNK = 1e-9
"""Share by which duals are pulled towards zero before bounds are looked for; more would cost digits."""

LEAST = 1e-200
"""Duals nearer to 0 are taken as 0, so that no product is lost below the smallest number."""


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
    integer_bound : float, optional
        Where levels must be whole: the solver's bound over all choices of them. All else is then proved
        of the plan with these levels fixed, and the bound is the solver's word.
    """

    primal: float
    dual: float
    gap: float
    cost: float
    safe_bound: float
    integer_bound: float | None = None

    @property
    def integer_gap(self) -> float:
        """Return (cost - integer bound) over max(1, abs(cost)); 0 where no level must be whole."""
        if self.integer_bound is None:
            return 0.0
        return max(0.0, self.cost - self.integer_bound) / max(1.0, abs(self.cost))

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
    with np.errstate(invalid="ignore", over="ignore"):  # what is not a number fails below, without a warning
        activity = program.times(x)
        reduced, low, high = _reduced_costs(program, y)
        cost = float(np.sum(program.cost * x))  # a product of vectors would wake all threads of the BLAS
        paid = np.flatnonzero((program.col_lower != 0) | ~(reduced >= 0))  # all others are at 0
        certain = np.where((low[paid] <= 0) & (high[paid] >= 0), 0.0, reduced[paid])
        dual_objective = _support(y, program.row_lower, program.row_upper) + _support(
            certain, program.col_lower[paid], program.col_upper[paid]
        )
        gap = abs(cost - dual_objective) / max(1.0, abs(cost))
        rows = _of_rows(program, x, y, activity)
        columns = _of_columns(program, x, y, reduced)
        return Certificate(
            primal=max(rows[0], columns[0]),
            dual=max(rows[1], columns[1]),
            gap=gap if math.isfinite(gap) else math.inf,
            cost=cost,
            safe_bound=_safe_bound(program, y, (low, high)),
        )


def _of_rows(
    program: LinearProgram, x: FloatArray, y: FloatArray, activity: FloatArray
) -> tuple[float, float]:
    """Return the largest violation of a row, relative to its largest term, and of the sign of its dual."""
    odd = _odd(activity, y, program.row_lower, program.row_upper)
    size = np.maximum(1.0, _largest_terms(program.by_row, x, odd))
    bounds = program.row_lower[odd], program.row_upper[odd]
    wrong = _wrong_sign(y[odd], activity[odd], *bounds, size)
    return _largest(_outside(activity[odd], *bounds) / size), _largest(wrong / max(1.0, _largest(np.abs(y))))


def _of_columns(
    program: LinearProgram, x: FloatArray, y: FloatArray, reduced: FloatArray
) -> tuple[float, float]:
    """Return the largest violation of a bound, relative to the level, and of the sign of a reduced cost."""
    odd = _odd(x, reduced, program.col_lower, program.col_upper)
    size = np.maximum(1.0, np.abs(x[odd]))
    bounds = program.col_lower[odd], program.col_upper[odd]
    wrong = _wrong_sign(reduced[odd], x[odd], *bounds, size)
    terms = np.maximum(np.maximum(1.0, np.abs(program.cost[odd])), _largest_terms(program.transposed, y, odd))
    return _largest(_outside(x[odd], *bounds) / size), _largest(wrong / terms)


def _odd(level: FloatArray, multiplier: FloatArray, lower: FloatArray, upper: FloatArray) -> IntArray:
    """Return where a level is outside its bounds, or its multiplier is of a sign that it does not allow."""
    above, below = ~(level <= lower), ~(level >= upper)
    inside = (level >= lower) & (level <= upper)
    return np.flatnonzero(~inside | above & ~(multiplier <= 0) | below & ~(multiplier >= 0))


def _outside(level: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Return how far levels are outside their bounds; negative inside."""
    return np.maximum(lower - level, level - upper)


def _largest_terms(matrix: csr_array[Any], numbers: FloatArray, rows: IntArray) -> FloatArray:
    """Return the largest size of a product that is added up in some rows of a matrix; 0 without any."""
    first = matrix.indptr[rows]
    sizes = matrix.indptr[rows + 1] - first
    ends = np.cumsum(sizes)
    largest, filled = np.zeros(len(rows)), sizes > 0
    if filled.any():
        entries = np.arange(ends[-1]) + np.repeat(first - (ends - sizes), sizes)
        terms = np.abs(matrix.data[entries] * numbers[matrix.indices[entries]])
        largest[filled] = np.maximum.reduceat(terms, (ends - sizes)[filled])
    return largest


def _support(multiplier: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    """Return the sum of multiplier * bound, each at the bound that its sign points to.

    A multiplier that points to a missing bound adds nothing here: it is a dual violation, and is
    counted as one.
    """
    bound = np.where(multiplier > 0, lower, upper)
    return float(np.sum(multiplier * np.where(np.isfinite(bound), bound, 0.0)))


def _wrong_sign(
    multiplier: FloatArray, level: FloatArray, lower: FloatArray, upper: FloatArray, size: FloatArray
) -> FloatArray:
    """Return how far a multiplier is on the side where its level touches no bound."""
    near = TOLERANCE * size
    too_high = np.where(level <= lower + near, 0.0, np.maximum(multiplier, 0.0))
    too_low = np.where(level >= upper - near, 0.0, np.maximum(-multiplier, 0.0))
    return np.maximum(too_high, too_low)


def _largest(numbers: FloatArray) -> float:
    """Return the largest of some numbers, at least 0; infinite if one of them is none."""
    worst = float(np.max(numbers, initial=0.0))
    return math.inf if math.isnan(worst) else worst


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
        Minus infinity if the duals would turn a column without end. A column of a loop that costs
        nothing to turn, and whose reduced cost is 0 but for rounding, is taken to turn `TURNS` times.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> bound = safe_bound(two_sources(), np.array([25.0]))
    >>> bound <= 125.0, 125.0 - bound < 1e-9
    (True, True)
    """
    return _safe_bound(program, y)


def _safe_bound(program: LinearProgram, y: FloatArray, ends: Ends | None = None) -> float:
    """Return the safe bound, given the range of the reduced costs where it is known."""
    given = y
    y = np.where(np.isfinite(y) & (np.abs(y) > LEAST), y, 0.0)
    pointless = (y > 0) & (program.row_lower == -np.inf) | (y < 0) & (program.row_upper == np.inf)
    y = np.where(pointless, 0.0, y)
    with np.errstate(over="ignore", invalid="ignore"):  # duals so large that nothing follows from them
        lower, upper = program.col_lower, program.col_upper
        if ends is None or not np.array_equal(y, given):
            ends = _reduced_costs(program, y)[1:]
        y, ends, is_left = _shrunk(program, y, ends, lower, upper, MOST_SHRUNK)
        if is_left:  # a column that costs nothing: its bound must follow from the rows
            lower, upper = implied_bounds(program)
            y, ends, is_left = _shrunk(program, y, ends, lower, upper, 1.0)
        low, high = ends
        if is_left:
            rising, falling = _endless(low, high, lower, upper)
            if max(_worst(low, rising, program), _worst(-high, falling, program)) > TOLERANCE:
                return -math.inf
            turns = TURNS * _all_bounds(program, lower, upper)
            lower, upper = np.where(falling, -turns, lower), np.where(rising, turns, upper)
        row_bound = np.where(y > 0, program.row_lower, program.row_upper)
        row_terms = y * np.where(np.isfinite(row_bound), row_bound, 0.0)
        turned = np.flatnonzero((lower != 0) | ~(low >= 0) & (upper != 0))  # nothing comes of the others
        terms = np.concatenate(
            [row_terms, _least_product(low[turned], high[turned], lower[turned], upper[turned])]
        )
    if not np.isfinite(terms).all():
        return -math.inf
    numbers = terms[terms != 0].tolist()
    if not numbers:
        return 0.0
    slack = math.fsum(map(abs, numbers)) * 2 * UNIT
    return math.nextafter(math.nextafter(math.fsum(numbers), -math.inf) - slack, -math.inf)


def _shrunk(
    program: LinearProgram, y: FloatArray, ends: Ends, lower: FloatArray, upper: FloatArray, most: float
) -> tuple[FloatArray, Ends, bool]:
    """Return duals pulled towards zero, by a share of at most ``most``, until no column turns without end.

    Returns
    -------
    y, ends
        Duals, and bounds of the reduced costs that go with them.
    is_left : bool
        Whether a column would still be turned without end; the duals are then as they were.
    """
    low, high = ends
    rising, falling = _endless(low, high, lower, upper)
    if not (rising.any() or falling.any()):
        return y, ends, False
    share = max(_share(low, program.cost, rising), _share(-high, -program.cost, falling))
    if not 0 < share <= most:  # a share of 0 would leave all as it is
        return y, ends, True
    other = y * (1.0 - share)
    _, new_low, new_high = _reduced_costs(program, other)
    if any(endless.any() for endless in _endless(new_low, new_high, lower, upper)):
        return y, ends, True
    return other, (new_low, new_high), False


def _worst(low: FloatArray, endless: NDArray[np.bool_], program: LinearProgram) -> float:
    """Return the largest reduced cost of the wrong sign, relative to the largest cost."""
    return float(np.max(-low[endless], initial=0.0)) / max(1.0, float(np.abs(program.cost).max(initial=0.0)))


def _all_bounds(program: LinearProgram, lower: FloatArray, upper: FloatArray) -> float:
    """Return everything that the finite bounds allow, added up."""
    parts = (program.row_lower, program.row_upper, lower, upper)
    return 1.0 + float(sum(np.abs(part[np.isfinite(part)]).sum() for part in parts))


def _endless(
    low: FloatArray, high: FloatArray, lower: FloatArray, upper: FloatArray
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which columns would rise, and which fall, without end: no bound, and it perhaps pays."""
    return (low < 0) & (upper == np.inf), (high > 0) & (lower == -np.inf)


def _reduced_costs(program: LinearProgram, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the reduced costs, and bounds between which the exact ones lie."""
    middle = program.cost - program.transposed_times(y)
    size = program.transposed_sizes @ np.abs(y) + program.cost_sizes
    error = np.where(size > 0, program.roundings * size + np.finfo(float).tiny, 0.0)
    return middle, middle - error, middle + error


def _share(low: FloatArray, cost: FloatArray, endless: NDArray[np.bool_]) -> float:
    """Return by which share the duals must shrink to make the endless columns pay for themselves.

    With y' = (1 - e) y the reduced cost is (1 - e) d + e c, so a d just below zero is lifted where c > 0.
    """
    if not endless.any() or bool((cost[endless] <= 0).any()):
        return 0.0
    return min(1.0, float(np.max(-2.0 * low[endless] / cost[endless])))


def _least_product(low: FloatArray, high: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Return the least of d x over low <= d <= high and lower <= x <= upper.

    For a fixed x the worst d is an end of its range, and the product is linear in x between 0 and each
    bound, so the four corners decide.
    """
    least = np.full(len(low), np.inf)
    for bound in (lower, upper):
        counts = np.isfinite(
            bound
        )  # else the multiplier points away from it, or the column was caught before
        finite = np.where(counts, bound, 0.0)
        at_bound = np.minimum(low * finite, high * finite)
        least = np.minimum(least, np.where(counts, at_bound, np.inf))
    return np.where(least == np.inf, 0.0, least)

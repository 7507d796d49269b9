"""Finite bounds that follow from the rows: what can be made or wanted bounds what can flow.

A row  lower <= sum a_j x_j <= upper  bounds each of its columns once the others are bounded:
a_j x_j <= upper - least of the rest. Passing over all rows until nothing changes carries the
capacities of mines down to every lane, and demands up to every mine. Columns in a loop that costs
nothing to turn may stay without a bound.

Source: Andersen & Andersen (1995), Presolving in linear programming, section 3 (dominated bounds).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resilience.program.linear_program import LinearProgram

FloatArray = NDArray[np.float64]
SLACK = 1e-10
"""Relative widening of each derived bound, so that rounding never cuts off a feasible point."""


def propagate_bounds(program: LinearProgram, passes: int = 60) -> tuple[FloatArray, FloatArray]:
    """Return column bounds implied by the rows, at least as tight as the given ones.

    Parameters
    ----------
    program : LinearProgram
        Read only.
    passes : int
        Most sweeps over all rows; a chain of that many stages is covered.

    Returns
    -------
    lower, upper : ndarray, shape (n_columns,)

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> [bound.round(6).tolist() for bound in propagate_bounds(two_sources())]
    [[0.0, 3.0], [5.0, 8.0]]
    """
    lower, upper = program.col_lower.copy(), program.col_upper.copy()
    present = program.values != 0  # an entry that is switched off bounds nothing
    row, column = program.indices[present].astype(np.int64), program.entry_columns[present]
    value = program.values[present]
    rising = value > 0
    for _ in range(passes):
        least = value * np.where(rising, lower[column], upper[column])
        most = value * np.where(rising, upper[column], lower[column])
        rest_least = _sum_of_others(least, row, program.n_rows, -np.inf)
        rest_most = _sum_of_others(most, row, program.n_rows, np.inf)
        high = (program.row_upper[row] - rest_least) / value
        low = (program.row_lower[row] - rest_most) / value
        new_upper, new_lower = np.where(rising, high, low), np.where(rising, low, high)
        rounding = SLACK * _row_scale(least, most, row, program.n_rows) / np.abs(value)
        new_upper = new_upper + SLACK * np.abs(new_upper) + rounding
        new_lower = new_lower - SLACK * np.abs(new_lower) - rounding
        tighter_upper, tighter_lower = upper.copy(), lower.copy()
        np.minimum.at(tighter_upper, column, np.where(np.isnan(new_upper), np.inf, new_upper))
        np.maximum.at(tighter_lower, column, np.where(np.isnan(new_lower), -np.inf, new_lower))
        settled = np.array_equal(np.isfinite(tighter_upper), np.isfinite(upper)) and np.array_equal(
            np.isfinite(tighter_lower), np.isfinite(lower)
        )
        lower, upper = tighter_lower, tighter_upper
        if settled:
            break
    return lower, upper


def implied_bounds(program: LinearProgram) -> tuple[FloatArray, FloatArray]:
    """Return column bounds that hold in every plan: those of `propagate_bounds`, or nearly, found once.

    A scenario that only takes possibilities away, or changes costs alone, has those of the program that
    it was made from, cut by its own.

    Returns
    -------
    lower, upper : ndarray, shape (n_columns,)

    Examples
    --------
    >>> from resilience.program.delta import Delta
    >>> from resilience.program.samples import two_sources
    >>> program = two_sources()
    >>> implied_bounds(Delta.of(col_upper=([1], 4.0)).apply(program))[1].round(6).tolist()
    [5.0, 4.0]
    """
    memory = program.memory
    if memory.bounds is None:
        if memory.wider is None:
            memory.bounds = propagate_bounds(program)
        else:
            lower, upper = implied_bounds(memory.wider)
            memory.bounds = np.maximum(lower, program.col_lower), np.minimum(upper, program.col_upper)
    return memory.bounds


def _sum_of_others(terms: FloatArray, row: NDArray[np.int64], n_rows: int, infinity: float) -> FloatArray:
    """Sum each row without the term itself; infinite if any other term is."""
    infinite = np.isinf(terms)
    finite = np.where(infinite, 0.0, terms)
    total = np.bincount(row, finite, n_rows)
    count = np.bincount(row, infinite, n_rows)
    others = total[row] - finite
    return np.where(count[row] - infinite > 0, infinity, others)


def _row_scale(least: FloatArray, most: FloatArray, row: NDArray[np.int64], n_rows: int) -> FloatArray:
    """Return the size of the numbers added up in each row: what rounding is relative to."""
    sizes = np.maximum(
        np.where(np.isinf(least), 0.0, np.abs(least)), np.where(np.isinf(most), 0.0, np.abs(most))
    )
    return np.asarray(np.bincount(row, sizes, n_rows)[row])

"""Sifting: solve with the few cheapest lanes of each place, price out the rest, add what would pay, again.

Start     every column that is no lane, and of each row's lanes a few of the cheapest in and out, leaving
          aside those that nothing can come to or that are closed; shortfall, where there is any, keeps this
          feasible
Price     y are the duals of the part; a lane left out is worth adding where c - A'y < 0
Add       of the lanes worth adding, the best few by that number at each row; the primal simplex goes on
          from where it was, since what it had stays feasible
End       no lane left out is worth adding: then y proves that the part's optimum is the whole's, and a
          basis of the part, with the others at their lower bound, is one of the whole
Not done  bounds that follow from the rows, put on the lanes before: on 17,000 lanes the dual simplex took
          175 ms with them in place of 440, but the interior point a quarter more, and sifting 46, not 43
Not this  an approximation: where the part has no optimum, or there are too many rounds, the whole is solved

Source: HiGHS, issues 1465 (columns added are nonbasic, and the basis stays) and 1785 (the primal simplex
may fail after many rounds, so any failure leads to the whole).
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from resilience.program import LinearProgram, Outcome
from resilience.solvers.engine import PRIMAL, run
from resilience.solvers.part import Part, entries_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

CHEAPEST = 4
"""Lanes that each row starts with on either side at least, and most that a round adds at it."""

MOST_KEPT = 0.5
"""Where more than this share of the columns would be kept from the start, sifting does not pay."""

MOST_ROUNDS = 60
"""Rounds before the whole is solved from where sifting has come to; a handful is usual."""

SMALLEST, FEWEST_A_ROW = 2_000, 8
"""Fewer columns, or fewer columns for each row, are solved as fast whole, or faster."""

INTERIOR = 500
"""From this many columns a period on, the part is solved first by the interior point with crossover."""


def sift(
    program: LinearProgram, sifted: BoolArray, time_limit: float | None = None, periods: int = 1
) -> Outcome | None:
    """Solve a linear program that has very many columns of one kind, few of which are used.

    Parameters
    ----------
    program : LinearProgram
        Without columns that must be whole.
    sifted : ndarray of bool, shape (n_columns,)
        Columns that may be left out at first: those of them with a lower bound of 0 are.
    time_limit : float, optional
        Most seconds for all of it.
    periods : int
        Periods that the columns are spread over.

    Returns
    -------
    Outcome or None
        An optimum of the whole program with its basis; or that it was cut short. None where sifting
        does not pay or leads nowhere: the whole program is to be solved then.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> sift(two_sources(), np.array([True, True])) is None
    True
    """
    if program.n_columns < max(SMALLEST, FEWEST_A_ROW * program.n_rows):
        return None
    sifted = sifted & (program.col_lower == 0)
    few = per_row(program)
    kept = ~sifted | cheapest(program, np.flatnonzero(sifted & reachable(program)), program.cost, few)
    if np.count_nonzero(kept) > MOST_KEPT * program.n_columns:
        return None
    started = time.perf_counter()
    part = Part(program, kept)
    highs = part.highs
    highs.setOptionValue("solver", "ipm" if len(part.columns) >= INTERIOR * periods else "choose")
    seconds, iterations = 0.0, 0
    for _ in range(MOST_ROUNDS):
        left = None if time_limit is None else max(0.0, time_limit - (time.perf_counter() - started))
        found = run(highs, left)
        seconds, iterations = seconds + found.seconds, iterations + found.iterations
        if found.status in ("time limit", "interrupted"):
            return replace(found, seconds=seconds)
        if found.status != "optimal" or found.basis is None:
            return None
        pays, reduced = part.paying(program, found.y)
        if not len(pays):
            return part.of_whole(found, seconds, iterations)
        part.add(program, pays if len(pays) <= few else np.flatnonzero(cheapest(program, pays, reduced, few)))
        highs.setOptionValue("solver", "simplex")
        highs.setOptionValue("simplex_strategy", PRIMAL)
    return None


def per_row(program: LinearProgram) -> int:
    """Return how many lanes to keep at each row: the square root of all that it has, found best by trying.

    Of 2,000 to 400,000 lanes in one period, from 10 to 130 a row, 4, 5, 8 and 14 were the fastest.
    """
    return max(CHEAPEST, round(math.sqrt(program.n_columns / max(1, program.n_rows))))


def cheapest(program: LinearProgram, columns: IntArray, price: FloatArray, most: int) -> BoolArray:
    """Return which of some columns are among the few of least price in a row, on either side.

    Parameters
    ----------
    columns : ndarray of int64
        Positions.
    price : ndarray, shape (n_columns,)
    most : int
        How many.

    Returns
    -------
    ndarray of bool, shape (n_columns,)
    """
    from scipy.sparse import csc_array

    ordered = columns[np.argsort(price[columns], kind="stable")]
    entries, starts = entries_of(program, ordered)
    side = program.indices[entries].astype(np.int64) * 2 + (program.values[entries] > 0)
    shape = (2 * program.n_rows, len(ordered))
    by_side = csc_array((np.ones(len(entries), dtype=np.int8), side, starts), shape=shape).tocsr()
    rank = np.arange(len(entries)) - np.repeat(by_side.indptr[:-1], np.diff(by_side.indptr))
    chosen = np.zeros(program.n_columns, dtype=bool)
    first = rank < most  # columns of a row stand in the order of price
    chosen[ordered[by_side.indices[first]]] = True
    return chosen


def reachable(program: LinearProgram) -> BoolArray:
    """Return which columns could carry something, as far as closed columns and balances tell.

    A column that is closed (both bounds 0) gives nothing. Where a row that must be at most 0 is given to
    by nothing but closed columns, or one that must be at least 0 taken from by nothing else, what stands
    on its other side is closed too: nothing can come to it, or nobody takes it.
    """
    values, rows, columns = program.values, program.indices, program.entry_columns
    one_way = program.col_lower >= 0
    open_ = one_way & (program.col_upper > 0)
    for sign, bound in ((1.0, program.row_lower), (-1.0, -program.row_upper)):
        gives, takes = values * sign > 0, values * sign < 0
        needs = bound >= 0  # what takes from the row must be given to it
        while True:
            live = gives & (open_ | ~one_way)[columns] | takes & ~one_way[columns]
            dry = needs & (np.bincount(rows[live], minlength=program.n_rows) == 0)
            closed = columns[takes & dry[rows] & open_[columns]]
            if not len(closed):
                break
            open_[closed] = False
    return np.asarray(open_ | ~one_way)

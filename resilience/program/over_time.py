"""How long a program can be kept up: rates times a time that is a column of its own.

A program of one period says what can be done per period. Kept up for T periods, every flow is T times as
large, and so is every limit; what is there once, such as a stock, is not:

    maximise T    subject to    A x = b T,   l T <= x <= u T    for what is done per period
                                l <= x <= u                     for what is there once

Source: Simchi-Levi, Schmidt, Wei et al. (2015), Identifying risks and mitigating disruptions in the
automotive supply chain, Interfaces 45(5), 375-390 (time to survive as a linear program).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.program.labels import Block, Labels
from resilience.program.linear_program import LinearProgram

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def kept_up(
    program: LinearProgram, once_columns: BoolArray, once_rows: BoolArray, longest: float
) -> LinearProgram:
    """Return the program whose last column is how long another can be kept up, as its cost of -1 a period.

    Parameters
    ----------
    program : LinearProgram
        Of one period; without whole levels.
    once_columns : ndarray of bool, shape (n_columns,)
        Columns whose bounds hold in all, not per period.
    once_rows : ndarray of bool, shape (n_rows,)
        Rows whose bounds hold in all.
    longest : float
        Most periods to look at.

    Returns
    -------
    LinearProgram
        Columns as before and one more; rows as before, a row for the lower bound of those that have two
        bounds, and one for each bound of a column that grows with time.

    Examples
    --------
    8 t wanted per period, of which 5 t come from CD, and 9 t of AU in all: 3 periods.

    >>> from dataclasses import replace
    >>> from resilience.program.samples import two_sources
    >>> program = replace(two_sources(), col_upper=np.array([5.0, 9.0]))
    >>> found = kept_up(program, np.array([False, True]), np.array([False]), 100.0)
    >>> from scipy.optimize import linprog
    >>> linprog(
    ...     found.cost,
    ...     A_eq=found.matrix.toarray()[:1],
    ...     b_eq=[0],
    ...     A_ub=found.matrix.toarray()[1:],
    ...     b_ub=found.row_upper[1:],
    ...     bounds=list(zip(found.col_lower, found.col_upper)),
    ... ).x.round(6).tolist()
    [15.0, 9.0, 3.0]
    """
    from scipy.sparse import csc_array, eye_array, hstack, vstack

    n_columns = program.n_columns
    both = (
        np.isfinite(program.row_lower)
        & np.isfinite(program.row_upper)
        & (program.row_lower != program.row_upper)
    )
    has_upper = np.isfinite(program.row_upper)
    bound = np.where(has_upper, program.row_upper, program.row_lower)
    grows = ~once_rows & np.isfinite(bound)
    rate = np.where(grows, bound, 0.0)
    high = np.where(has_upper, np.where(grows, 0.0, program.row_upper), np.inf)
    has_lower = np.isfinite(program.row_lower) & ~both
    low = np.where(has_lower, np.where(grows, 0.0, program.row_lower), -np.inf)
    matrix, unit = program.matrix, eye_array(n_columns, format="csr")
    parts: list[Any] = [hstack([matrix, csc_array(-rate[:, None])])]
    lower_again = np.flatnonzero(both)
    again = np.where(once_rows, 0.0, program.row_lower)[lower_again]
    parts.append(hstack([matrix[lower_again], csc_array(-again[:, None])]))
    ceilings = np.flatnonzero(~once_columns & np.isfinite(program.col_upper) & (program.col_upper != 0))
    parts.append(hstack([unit[ceilings], csc_array(-program.col_upper[ceilings][:, None])]))
    floors = np.flatnonzero(~once_columns & np.isfinite(program.col_lower) & (program.col_lower != 0))
    parts.append(hstack([-unit[floors], csc_array(program.col_lower[floors][:, None])]))
    whole = vstack(parts, format="csc")
    n_more = len(ceilings) + len(floors)
    once_low = np.where(once_rows, program.row_lower, 0.0)[lower_again]
    col_lower = np.where(once_columns | (program.col_lower == 0), program.col_lower, -np.inf)
    col_lower[~once_columns & (program.col_lower > 0)] = 0.0
    col_upper = np.where(once_columns | (program.col_upper == 0), program.col_upper, np.inf)
    return LinearProgram(
        whole.indptr.astype(np.int32),
        whole.indices.astype(np.int32),
        whole.data.astype(float),
        {"time": np.concatenate([np.zeros(n_columns), [-1.0]])},
        np.concatenate([col_lower, [0.0]]),
        np.concatenate([col_upper, [longest]]),
        np.concatenate([low, once_low, np.full(n_more, -np.inf)]),
        np.concatenate([high, np.full(len(lower_again), np.inf), np.zeros(n_more)]),
        Labels((*program.columns.blocks, Block("time", 1, {})), program.columns.groups),
        Labels(
            (*program.rows.blocks, Block("again", whole.shape[0] - program.n_rows, {})), program.rows.groups
        ),
    )


def scaled(
    program: LinearProgram, once_columns: BoolArray, once_rows: BoolArray, periods: float
) -> LinearProgram:
    """Return a program of one period as one of several, with what is there once as it is.

    Parameters
    ----------
    program : LinearProgram
    once_columns, once_rows : ndarray of bool
        Columns and rows whose bounds hold in all, not per period.
    periods : float
        How many; a fraction too.
    """
    columns, rows = np.where(once_columns, 1.0, periods), np.where(once_rows, 1.0, periods)

    def times(bounds: FloatArray, factor: FloatArray) -> FloatArray:
        return np.multiply(bounds, factor, where=np.isfinite(bounds), out=bounds.copy())

    return replace(
        program,
        col_lower=times(program.col_lower, columns),
        col_upper=times(program.col_upper, columns),
        row_lower=times(program.row_lower, rows),
        row_upper=times(program.row_upper, rows),
    )

"""Rays: directions in which levels may grow without end, and whether any of them earns.

A direction d keeps every finite bound: A d >= 0 where a row has a lower end, <= 0 where it has an
upper one, and d is not negative where a level has a lower bound. A program that has a plan is
unbounded exactly if some such d has c d < 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resilience.program.labels import Block, Labels
from resilience.program.linear_program import LinearProgram

FloatArray = NDArray[np.float64]


def ray_program(program: LinearProgram, among: NDArray[np.bool_] | None = None) -> LinearProgram:
    """Return the program of directions, whose levels add up to at most one.

    Parameters
    ----------
    program : LinearProgram
        Whole levels count as any others.
    among : ndarray of bool, optional
        Columns that may move, whatever their upper bounds; all that have no upper bound if left out.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> ray_program(two_sources()).col_upper.tolist()
    [0.0, 0.0]
    """
    from scipy.sparse import csc_array, vstack

    moves = np.isposinf(program.col_upper) if among is None else among
    falls = np.isneginf(program.col_lower) & (among is None)
    together = csc_array(np.ones((1, program.n_columns)))
    matrix = csc_array(vstack([program.matrix, together]))
    matrix.sort_indices()
    low = np.where(np.isfinite(program.row_lower), 0.0, -np.inf)
    high = np.where(np.isfinite(program.row_upper), 0.0, np.inf)
    return LinearProgram(
        matrix.indptr.astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data.astype(float),
        program.costs,
        np.where(falls, -1.0, 0.0),
        np.where(moves, 1.0, 0.0),
        np.concatenate([low, [-np.inf]]),
        np.concatenate([high, [1.0]]),
        program.columns,
        Labels((*program.rows.blocks, Block("together", 1, {})), program.rows.groups),
    )

"""A program with more columns or rows at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from resilience.program.labels import Block, Labels
from resilience.program.linear_program import LinearProgram

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def with_columns(
    program: LinearProgram,
    block: Block,
    costs: Mapping[str, FloatArray],
    lower: FloatArray,
    upper: FloatArray,
    whole: bool = False,
) -> LinearProgram:
    """Return a program with columns at its end that stand in no row yet."""
    size, zeros = block.size, np.zeros(block.size)
    old = np.zeros(program.n_columns, dtype=bool) if program.integral is None else program.integral
    integral = np.concatenate([old, np.full(size, whole)])
    return replace(
        program,
        starts=np.concatenate([program.starts, np.full(size, program.starts[-1], dtype=np.int32)]),
        costs={
            name: np.concatenate(
                [program.costs.get(name, np.zeros(program.n_columns)), costs.get(name, zeros)]
            )
            for name in dict.fromkeys([*program.costs, *costs])
        },
        col_lower=np.concatenate([program.col_lower, lower]),
        col_upper=np.concatenate([program.col_upper, upper]),
        columns=Labels((*program.columns.blocks, block), program.columns.groups),
        integral=integral if integral.any() else None,
    )


def with_rows(
    program: LinearProgram,
    block: Block,
    entries: tuple[IntArray, IntArray, FloatArray],
    lower: FloatArray,
    upper: FloatArray,
) -> LinearProgram:
    """Return a program with rows at its end.

    Parameters
    ----------
    block : Block
        What they are.
    entries : (row, column, value)
        Rows count from 0.
    lower, upper : ndarray, shape (block.size,)
        Their bounds.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> few = (np.array([0]), np.array([1]), np.array([2.0]))
    >>> with_rows(two_sources(), Block("cap", 1, {}), few, np.array([0.0]), np.array([4.0])).times(
    ...     np.array([6.0, 2.0])
    ... ).tolist()
    [8.0, 4.0]
    """
    row, column, value = entries
    now = (program.indices.astype(np.int64), program.entry_columns, program.values)
    starts, indices, values = compressed(
        [now, (row + program.n_rows, column, value)], program.n_rows + block.size, program.n_columns
    )
    return replace(
        program,
        starts=starts,
        indices=indices,
        values=values,
        row_lower=np.concatenate([program.row_lower, lower]),
        row_upper=np.concatenate([program.row_upper, upper]),
        rows=Labels((*program.rows.blocks, block), program.rows.groups),
    )


def compressed(
    triplets: Sequence[tuple[IntArray, IntArray, FloatArray]], n_rows: int, n_columns: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], FloatArray]:
    """Return (starts, indices, values) of compressed columns."""
    from scipy.sparse import coo_array

    row, column, value = (np.concatenate(part) for part in zip(*triplets, strict=True))
    matrix = coo_array((value, (row, column)), shape=(n_rows, n_columns)).tocsc()
    matrix.sort_indices()
    return matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data.astype(float)

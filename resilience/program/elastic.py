"""How far must numbers move until a program has a plan? Bounds that give way at a price.

A change of bounds, taken s times, is a column of its own. For each bound b that changes to b + d:

    sum a_j x_j - d s  <= b   (or >= b),     0 <= s <= most

and the least weighted sum of the s is what is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from resilience.program.delta import ARRAYS, Delta
from resilience.program.labels import Block, Labels
from resilience.program.linear_program import LinearProgram

FloatArray = NDArray[np.float64]
BOUNDS = tuple(name for name in ARRAYS if name != "values")


def is_elastic(program: LinearProgram, change: Delta) -> bool:
    """Say whether a change moves nothing but finite bounds, so that it can be taken many times over."""
    if len(change.values):
        return False
    parts = [(getattr(program, name), getattr(change, name)) for name in BOUNDS]
    return any(len(part) for _, part in parts) and all(
        np.isfinite(array[part.positions]).all() and np.isfinite(part.numbers).all() for array, part in parts
    )


def elastic(
    program: LinearProgram, changes: Sequence[Delta], weights: Sequence[float], most: Sequence[float]
) -> LinearProgram:
    """Return the program whose last columns say how many times each change is taken.

    Parameters
    ----------
    program : LinearProgram
        Its costs are left out.
    changes : sequence of Delta
        Each `is_elastic`.
    weights, most : sequence of float
        Cost of taking each change once, and how many times it may be taken.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> program = Delta.of(col_upper=([0, 1], [5.0, 1.0])).apply(two_sources())
    >>> more = Delta.of(col_upper=([0], 6.0))
    >>> elastic(program, [more], [1.0], [np.inf]).row_upper.tolist()
    [8.0, 5.0]
    """
    from scipy.sparse import coo_array, csc_array, hstack, vstack

    n_rows, n_columns = program.n_rows, program.n_columns
    bounds = {name: getattr(program, name).copy() for name in BOUNDS}
    row_of: dict[tuple[str, int], int] = {}
    entries: list[tuple[int, int, float]] = []
    for number, change in enumerate(changes):
        for name in BOUNDS:
            part, old = getattr(change, name), getattr(program, name)
            for position, value in zip(part.positions.tolist(), part.numbers.tolist(), strict=True):
                row = row_of.setdefault((name, position), len(row_of))
                entries.append((row, number, old[position] - value))
    for name, position in row_of:
        bounds[name][position] = -np.inf if name.endswith("lower") else np.inf
    side = np.array([float(getattr(program, name)[position]) for name, position in row_of])
    is_lower = np.array([name.endswith("lower") for name, _ in row_of], dtype=bool)
    unit = coo_array(
        (
            np.ones(len(row_of)),
            (np.arange(len(row_of)), [position if name[:3] == "col" else 0 for name, position in row_of]),
        ),
        shape=(len(row_of), n_columns),
    ).tocsr()
    copies = csc_array(program.matrix).tocsr()[
        [position if name[:3] == "row" else 0 for name, position in row_of]
    ]
    is_row = np.array([name[:3] == "row" for name, _ in row_of], dtype=float)
    added = copies.multiply(is_row[:, None]) + unit.multiply(1.0 - is_row[:, None])
    at, which, size = (np.array(part) for part in zip(*entries, strict=True))
    taken = coo_array((size, (at + n_rows, which)), shape=(n_rows + len(row_of), len(changes)))
    matrix = csc_array(hstack([vstack([program.matrix, added]), taken]))
    matrix.eliminate_zeros()
    matrix.sort_indices()
    zeros = np.zeros(len(changes))
    integral = program.integral
    return LinearProgram(
        matrix.indptr.astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data.astype(float),
        {"change": np.concatenate([np.zeros(n_columns), np.asarray(weights, dtype=float)])},
        np.concatenate([bounds["col_lower"], zeros]),
        np.concatenate([bounds["col_upper"], np.asarray(most, dtype=float)]),
        np.concatenate([bounds["row_lower"], np.where(is_lower, side, -np.inf)]),
        np.concatenate([bounds["row_upper"], np.where(is_lower, np.inf, side)]),
        replace(program.columns, blocks=(*program.columns.blocks, Block("change", len(changes), {}))),
        Labels((*program.rows.blocks, Block("elastic", len(row_of), {})), program.rows.groups),
        None if integral is None else np.concatenate([integral, zeros > 0]),
    )

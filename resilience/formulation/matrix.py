"""Entries to compressed columns, and a program with dormant rows and columns added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from resilience.policies import Additions
from resilience.program import LinearProgram
from resilience.program.labels import Block, Coded, Field, Labels

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


SPARSE = 8
"""Up to so many times as many places as keys, a table of all places is quicker than sorting the keys."""


def numbered(keys: Sequence[IntArray], size: int) -> tuple[IntArray, list[IntArray]]:
    """Return the distinct ones of several arrays of keys, ascending, and the number of each key.

    Parameters
    ----------
    keys : sequence of ndarray
        All from 0 to below ``size``.

    Examples
    --------
    >>> known, (one, other) = numbered([np.array([7, 2]), np.array([2, 9, 9])], 10)
    >>> known.tolist(), one.tolist(), other.tolist()
    ([2, 7, 9], [1, 0], [0, 2, 2])
    """
    total = sum(map(len, keys))
    if size > SPARSE * total:
        known, number = np.unique(np.concatenate(keys), return_inverse=True)
        return known, list(np.split(number, np.cumsum([len(part) for part in keys])[:-1]))
    is_there = np.zeros(size, dtype=bool)
    for part in keys:
        is_there[part] = True
    known = np.flatnonzero(is_there)
    number_of = np.cumsum(is_there) - 1
    return known, [number_of[part] for part in keys]


def compress(
    triplets: Sequence[tuple[IntArray, IntArray, FloatArray]], n_columns: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], FloatArray]:
    """Return (starts, indices, values) of compressed columns; entries of one place add up.

    Examples
    --------
    >>> one = (np.array([1, 0, 1]), np.array([0, 1, 0]), np.array([2.0, 3.0, 4.0]))
    >>> [part.tolist() for part in compress([one], 2)]
    [[0, 1, 2], [1, 0], [6.0, 3.0]]
    """
    from scipy.sparse import coo_array

    row, column = (np.concatenate([part[axis] for part in triplets]).astype(np.int32) for axis in (0, 1))
    value = np.concatenate([part[2] for part in triplets])
    n_rows = int(row.max(initial=-1)) + 1
    matrix = coo_array((value, (row, column)), shape=(n_rows, n_columns)).tocsc()  # adds up and sorts
    return matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data


def extend(program: LinearProgram, added: Sequence[tuple[str, Additions]]) -> LinearProgram:
    """Return a program with the dormant rows and columns of policies: free rows, columns fixed at zero."""
    rows, columns = list(program.rows.blocks), list(program.columns.blocks)
    triplets = [(program.indices.astype(np.int64), program.entry_columns, program.values)]
    first_row, first_column = program.n_rows, program.n_columns
    for key, part in added:
        for shift_row, shift_column, entries in (
            (first_row, 0, part.entries),
            (first_row, first_column, part.own),
            (0, first_column, part.in_balances),
        ):
            if entries is not None:
                triplets.append((entries[0] + shift_row, entries[1] + shift_column, entries[2]))
        if part.n_rows:
            rows.append(_policy_block(key, part.rows, part.n_rows))
        if part.n_columns:
            columns.append(_policy_block(key, part.columns, part.n_columns))
        first_row, first_column = first_row + part.n_rows, first_column + part.n_columns
    starts, indices, values = compress(triplets, first_column)
    free, closed = np.full(first_row - program.n_rows, np.inf), np.zeros(first_column - program.n_columns)
    return replace(
        program,
        starts=starts,
        indices=indices,
        values=values,
        costs={name: np.concatenate([component, closed]) for name, component in program.costs.items()},
        col_lower=np.concatenate([program.col_lower, closed]),
        col_upper=np.concatenate([program.col_upper, closed]),
        row_lower=np.concatenate([program.row_lower, -free]),
        row_upper=np.concatenate([program.row_upper, free]),
        rows=_labels(rows, program.rows),
        columns=_labels(columns, program.columns),
        integral=None if program.integral is None else np.concatenate([program.integral, closed > 0]),
    )


def _labels(blocks: Sequence[Block], before: Labels) -> Labels:
    """Return labels of blocks: the same as before where none came, with all that was once found in them."""
    return before if len(blocks) == len(before.blocks) else Labels(tuple(blocks), before.groups)


def _policy_block(policy: str, labels: Mapping[str, Sequence[object]], size: int) -> Block:
    fields: dict[str, Field] = {"policy": Coded.of([policy] * size)}
    for name, values in labels.items():
        numeric = name in ("period", "reference_price")
        fields[name] = np.array(values) if numeric else Coded.of([str(value) for value in values])
    return Block("policy", size, fields)

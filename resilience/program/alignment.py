"""Where programs differ: the same rows and columns found in each by their names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resilience.program.labels import Labels
from resilience.program.linear_program import LinearProgram

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def aligned(labels: Sequence[Labels]) -> tuple[list[IntArray], int]:
    """Return a number for every entry, the same for entries of the same name, and how many there are."""
    if all(_same(each, labels[0]) for each in labels[1:]):
        return [np.arange(len(labels[0]))] * len(labels), len(labels[0])
    number: dict[str, int] = {}
    found = []
    for each in labels:
        names = each.names()
        found.append(np.fromiter((number.setdefault(name, len(number)) for name in names), np.int64))
    return found, len(number)


def _same(one: Labels, other: Labels) -> bool:
    if [(block.kind, block.size) for block in one.blocks] != [
        (block.kind, block.size) for block in other.blocks
    ]:
        return False
    return one.names() == other.names()


def differing(programs: Sequence[LinearProgram]) -> tuple[BoolArray, BoolArray]:
    """Return which columns and which rows of the first program are not the same in all the others.

    A column differs with its bounds, its cost or its entries, a row with its bounds. What others have
    and the first has not is found in the rows and columns that it touches.
    """
    columns, n_columns = aligned([program.columns for program in programs])
    rows, n_rows = aligned([program.rows for program in programs])

    def spread(values: FloatArray, place: IntArray, size: int) -> FloatArray:
        whole = np.full(size, np.nan)
        whole[place] = values
        return whole

    from scipy.sparse import csc_array

    column_differs, row_differs = np.zeros(n_columns, dtype=bool), np.zeros(n_rows, dtype=bool)
    kept = []
    for program, at, line in zip(programs, columns, rows, strict=True):
        matrix = csc_array(
            (program.values, (line[program.indices], at[program.entry_columns])), shape=(n_rows, n_columns)
        )
        by_column = np.array(
            [spread(getattr(program, name), at, n_columns) for name in ("col_lower", "col_upper", "cost")]
        )
        by_row = np.array(
            [spread(getattr(program, name), line, n_rows) for name in ("row_lower", "row_upper")]
        )
        kept.append((matrix, by_column, by_row))
    for matrix, by_column, by_row in kept[1:]:
        column_differs |= (_unlike(by_column, kept[0][1])).any(axis=0)
        row_differs |= (_unlike(by_row, kept[0][2])).any(axis=0)
        entries = (matrix - kept[0][0]).tocoo()
        changed = entries.data != 0
        column_differs[entries.coords[1][changed]] = True
    return column_differs[columns[0]], row_differs[rows[0]]


def _unlike(one: FloatArray, other: FloatArray) -> BoolArray:
    return np.asarray((one != other) & ~(np.isnan(one) & np.isnan(other)))

"""A part of a program's columns in HiGHS, to which others are added where they pay.

The rows are all there. What is left out stands at its lower bound, 0; where y are the duals of the part, it
is worth adding where c - A'y < 0. Once nothing is, an optimum of the part is one of the whole, with its
duals, and its basis is one of the whole with all others at their lower bound.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.program import LinearProgram, Outcome
from resilience.solvers.basis import PartBasis
from resilience.solvers.engine import load_arrays

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

PAYS = 1e-9
"""A reduced cost below minus this share of the cost, or below minus this, is worth adding; as in HiGHS."""


class Part:
    """Some columns of a program in HiGHS.

    Parameters
    ----------
    program : LinearProgram
    kept : ndarray of bool, shape (n_columns,)
        The columns to begin with.
    """

    def __init__(self, program: LinearProgram, kept: BoolArray) -> None:
        self.kept = kept.copy()
        self.columns: IntArray = np.flatnonzero(kept)
        """What each column of the part is in the whole."""
        entries, starts = entries_of(program, self.columns)
        self.highs: Any = load_arrays(
            starts,
            program.indices[entries],
            program.values[entries],
            program.cost[self.columns],
            (program.col_lower[self.columns], program.col_upper[self.columns]),
            (program.row_lower, program.row_upper),
        )

    def paying(self, program: LinearProgram, y: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return the columns left out that are worth adding, and the reduced costs of all columns."""
        reduced = program.cost - program.transposed_times(y)
        pays = (reduced < -PAYS * np.maximum(1.0, np.abs(program.cost))) & (program.col_upper > 0)
        return np.flatnonzero(pays & ~self.kept), reduced

    def add(self, program: LinearProgram, columns: IntArray) -> None:
        """Add columns, nonbasic, as they are in a program."""
        entries, starts = entries_of(program, columns)
        self.highs.addCols(
            len(columns),
            program.cost[columns],
            program.col_lower[columns],
            program.col_upper[columns],
            len(entries),
            starts[:-1].astype(np.int32),
            program.indices[entries],
            program.values[entries],
        )
        self.kept[columns] = True
        self.columns = np.concatenate([self.columns, columns])

    def drop_from(self, size: int) -> None:
        """Take out again the columns that were added after there were so many."""
        more = len(self.columns) - size
        if more:
            self.highs.deleteCols(more, np.arange(size, size + more, dtype=np.int32))
            self.kept[self.columns[size:]] = False
            self.columns = self.columns[:size]

    def of_whole(self, found: Outcome, seconds: float, iterations: int) -> Outcome:
        """Return an optimum of the part as one of the whole, and what finding it took in all."""
        x = np.zeros(len(self.kept))
        x[self.columns] = found.x
        basis = None if found.basis is None else PartBasis(found.basis, self.columns, len(x))
        return replace(found, x=x, basis=basis, seconds=seconds, iterations=iterations)


def entries_of(program: LinearProgram, columns: IntArray) -> tuple[IntArray, IntArray]:
    """Return the entries of some columns, and where each column begins in them."""
    sizes = np.diff(program.starts)[columns]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    shift = program.starts[columns] - starts[:-1]
    return np.arange(starts[-1]) + np.repeat(shift, sizes), starts

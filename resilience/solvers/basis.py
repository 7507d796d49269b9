"""A basis as plain numbers: HiGHS keeps its own in memory that no other process can see."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from resilience.program import Outcome

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LOWER, BASIC = 0, 1
"""HiGHS's numbers for what stands at its lower bound, and for what is basic."""


@dataclass(frozen=True, eq=False)
class Basis:
    """A basis as plain numbers, which another process can start from.

    Parameters
    ----------
    columns, rows : ndarray of int8
        HiGHS's status of each.
    """

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]

    @classmethod
    def of(cls, outcome: Outcome) -> Basis | None:
        """Return the basis of an outcome; None where it has none."""
        if outcome.basis is None:
            return None
        if isinstance(outcome.basis, PartBasis):
            return outcome.basis.numbers
        return cls(*map(_numbers, (outcome.basis.col_status, outcome.basis.row_status)))

    def grown(self, n_columns: int, n_rows: int) -> Basis:
        """Return the basis of a program with more columns, at their lower bound, and rows, of no effect."""
        more_columns = np.full(n_columns - len(self.columns), LOWER, dtype=np.int8)
        more_rows = np.full(n_rows - len(self.rows), BASIC, dtype=np.int8)
        return Basis(np.concatenate([self.columns, more_columns]), np.concatenate([self.rows, more_rows]))

    def start(self, x: FloatArray, y: FloatArray) -> Outcome:
        """Return the outcome of a solve that ended in this basis."""
        return Outcome("optimal", x, y, basis=self.of_highs())

    def of_highs(self) -> Any:
        """Return the basis as HiGHS takes it."""
        basis = highspy.HighsBasis()
        kinds = [highspy.HighsBasisStatus(number) for number in range(5)]
        basis.col_status = [kinds[number] for number in self.columns.tolist()]
        basis.row_status = [kinds[number] for number in self.rows.tolist()]
        basis.valid, basis.alien = True, False
        return basis


@dataclass(frozen=True, eq=False)
class PartBasis:
    """The basis of some columns as one of the whole, written out once somebody asks for it.

    Parameters
    ----------
    part : HighsBasis
        Of these columns, and all rows.
    columns : ndarray of int64
        What they are in the whole; all others stand at their lower bound.
    n_columns : int
        Of the whole.
    """

    part: Any
    columns: IntArray
    n_columns: int

    @cached_property
    def numbers(self) -> Basis:
        """The basis of the whole as plain numbers."""
        columns = np.full(self.n_columns, LOWER, dtype=np.int8)
        columns[self.columns] = _numbers(self.part.col_status)
        return Basis(columns, _numbers(self.part.row_status))

    @cached_property
    def whole(self) -> Any:
        """The basis of the whole as HiGHS takes it."""
        return self.numbers.of_highs()

    @property
    def col_status(self) -> Any:
        """The status of every column of the whole."""
        return self.whole.col_status

    @property
    def row_status(self) -> Any:
        """The status of every row."""
        return self.part.row_status


def _numbers(statuses: Any) -> NDArray[np.int8]:
    return np.array([status.value for status in statuses], dtype=np.int8)

"""A basis as plain numbers: HiGHS keeps its own in memory that no other process can see."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from resilience.program import Outcome

FloatArray = NDArray[np.float64]


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
        columns, rows = outcome.basis.col_status, outcome.basis.row_status
        return cls(*(np.array([int(status) for status in part], dtype=np.int8) for part in (columns, rows)))

    def grown(self, n_columns: int, n_rows: int) -> Basis:
        """Return the basis of a program with more columns, at their lower bound, and rows, of no effect."""
        lower, basic = highspy.HighsBasisStatus.kLower, highspy.HighsBasisStatus.kBasic
        more_columns = np.full(n_columns - len(self.columns), int(lower), dtype=np.int8)
        more_rows = np.full(n_rows - len(self.rows), int(basic), dtype=np.int8)
        return Basis(np.concatenate([self.columns, more_columns]), np.concatenate([self.rows, more_rows]))

    def start(self, x: FloatArray, y: FloatArray) -> Outcome:
        """Return the outcome of a solve that ended in this basis."""
        basis = highspy.HighsBasis()
        kinds = [highspy.HighsBasisStatus(number) for number in range(5)]
        basis.col_status = [kinds[number] for number in self.columns.tolist()]
        basis.row_status = [kinds[number] for number in self.rows.tolist()]
        basis.valid, basis.alien = True, False
        return Outcome("optimal", x, y, basis=basis)

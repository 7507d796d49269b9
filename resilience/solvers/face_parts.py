"""Parts of an optimal face: what stands at a bound in every optimum, a basis of some columns and rows, HiGHS.

Rounding  a reduced cost within `ROUNDING` of the terms that it is a difference of is 0
"""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from resilience.program import LinearProgram
from resilience.solvers.engine import PRIMAL, new_highs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

ROUNDING = 1e-9
"""A reduced cost below this share of the terms that it is a difference of is 0."""

DUST = 1e-13
"""A dual of this share of the largest may be what rounding left of 0."""

NONE = 1e-9
"""Matrix entries of this size and less are none to HiGHS."""

TOUCHES = 1e-7
"""A level within this share of its bound stands there."""


class FaceError(Exception):
    """The face could not be searched to the end; what was known before still stands."""


class UnboundedFace(FaceError):
    """An objective falls without end on the face."""


def sizes(cost: FloatArray, matrix: Any, y: FloatArray) -> FloatArray:
    """Return how large the terms of each reduced cost are, those of duals that may be dust included.

    Parameters
    ----------
    cost : ndarray, shape (n_columns,)
    matrix : sparse array, shape (n_rows, n_columns)
    y : ndarray, shape (n_rows,)

    Returns
    -------
    ndarray, shape (n_columns,)
        ``ROUNDING`` of it is what a reduced cost must exceed.

    Examples
    --------
    >>> from scipy.sparse import csc_array
    >>> two_rows = csc_array([[1.0, 0.0], [0.0, 1.0]])
    >>> ROUNDING * sizes(np.zeros(2), two_rows, np.array([200.0, 3e-14]))[1] > 3e-14
    np.True_
    """
    least = DUST / ROUNDING * np.abs(y).max(initial=0.0)
    terms: FloatArray = abs(matrix).T @ np.maximum(np.abs(y), least)
    return np.abs(cost) + terms


def settled_by_cost(program: LinearProgram, x: FloatArray, y: FloatArray, size: FloatArray) -> BoolArray:
    """Return which columns stand at a bound in every optimum, and put their levels exactly there."""
    reduced = program.cost - program.transposed_times(y)
    reduced[np.abs(reduced) <= ROUNDING * size] = 0.0
    near = TOUCHES * np.maximum(1.0, np.abs(x))
    low = (reduced > 0) & (x <= program.col_lower + near)
    high = (reduced < 0) & (x >= program.col_upper - near)
    x[low], x[high] = program.col_lower[low], program.col_upper[high]
    return np.asarray(low | high)


def significant(program: LinearProgram, y: FloatArray, size: FloatArray, kept: BoolArray) -> FloatArray:
    """Return duals with those at the level of rounding set to 0.

    A dual follows from a column that uses its row, so it is known within the rounding of the least of
    these columns' terms.
    """
    entries = np.flatnonzero(kept[program.entry_columns] & (np.abs(program.values) > NONE))
    terms = np.full(program.n_rows, np.inf)
    shares = size[program.entry_columns[entries]] / np.abs(program.values[entries])
    np.minimum.at(terms, program.indices[entries], shares)
    return np.where(np.abs(y) > ROUNDING * np.where(np.isfinite(terms), terms, 0.0), y, 0.0)


def part_of_basis(basis: Any, columns: IntArray, rows: IntArray) -> tuple[Any, BoolArray, BoolArray]:
    """Return what a basis says of some columns and rows, and which of them are basic."""
    part = highspy.HighsBasis()
    col_status, row_status = basis.col_status, basis.row_status
    part.col_status = [col_status[position] for position in columns.tolist()]
    part.row_status = [row_status[position] for position in rows.tolist()]
    part.valid = True
    basic = highspy.HighsBasisStatus.kBasic
    return (
        part,
        np.array([status == basic for status in part.col_status], dtype=bool),
        np.array([status == basic for status in part.row_status], dtype=bool),
    )


def statuses(basic: BoolArray, high: BoolArray) -> list[Any]:
    """Return the statuses of a basis: basic, at the lower bound, or at the upper where it is said to be."""
    status = highspy.HighsBasisStatus
    number = np.where(basic, 0, np.where(high, 2, 1))
    return [(status.kBasic, status.kLower, status.kUpper)[each] for each in number.tolist()]


def load_arrays(
    matrix: Any, lower: FloatArray, upper: FloatArray, row_lower: FloatArray, row_upper: FloatArray
) -> Any:
    """Pass a matrix and bounds to a new HiGHS that goes on by the primal simplex."""
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = np.zeros(len(lower))
    model.col_lower_, model.col_upper_ = lower, upper
    model.row_lower_, model.row_upper_ = row_lower, row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    highs = new_highs()
    highs.passModel(model)
    highs.setOptionValue("simplex_strategy", PRIMAL)
    highs.setOptionValue("presolve", "off")
    return highs

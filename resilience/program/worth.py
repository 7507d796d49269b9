"""What one unit is worth at most, whatever else is closed: bounds on prices that no attack can exceed.

Closing a column can cost no more per unit than cutting all that the unit would have become: a tonne
that no longer arrives lets what uses it run lower, down to demands that fall short. So

    loss of one unit at row i          V_i = max over uses j of  S_j / |a_ij|, or what falling short costs
    loss by running column j lower     S_j = -c_j + sum of a_ij V_i over what j gives
                                             + sum of |a_ij| D_i over what j would have taken
    absorbing a surplus at row i       D_i = the cheapest disposal there without limit, or running
                                             what brings it lower, whatever that is

What must be made, by a column with a positive lower bound, is absorbed by disposal alone. The bounds are
proved where no column that takes anything has such a bound, and no shared row limits a part by a share of
the whole, as then running a column lower is always possible; `Worth.proved` says so.

Source: Israeli & Wood (2002), Shortest-path network interdiction, Networks 40(2), 97-111 (penalties
that are as good as closing).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resilience.program.linear_program import LinearProgram

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ENDLESS = 1e150
"""Stands for infinity while losses are added up, since inf - inf is no number."""

SETTLED = 1e-9
"""Relative change of the bounds at which passing over the columns ends."""


@dataclass(frozen=True, eq=False)
class Worth:
    """Bounds on what units are worth.

    Parameters
    ----------
    rows : ndarray, shape (n_rows,)
        Most that one unit lost at a row costs, >= 0.
    columns : ndarray, shape (n_columns,)
        Most that running a column one unit lower costs, >= 0; infinite where a demand that must be
        met would no longer be.
    proved : bool
        Whether the argument covers every column and row.
    """

    rows: FloatArray
    columns: FloatArray
    proved: bool

    def of_ceiling(self, program: LinearProgram, row: int) -> float:
        """Return the most that lowering a row's ceiling by one unit costs."""
        entries = np.flatnonzero((program.indices == row) & (program.values > 0))
        columns = program.entry_columns[entries]
        return float(np.max(self.columns[columns] / program.values[entries], initial=0.0))


def most_worth(program: LinearProgram, closable: IntArray | None = None, passes: int = 400) -> Worth:
    """Return bounds on what units are worth in a program, whatever of it is closed.

    Parameters
    ----------
    program : LinearProgram
        Its closed columns count as closed.
    closable : ndarray of int, optional
        Columns that may be closed, which so cannot be counted on to make up for others.
    passes : int
        Most passes over all columns; a chain of that many stages is covered.

    Returns
    -------
    Worth

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> most_worth(two_sources(), np.array([0])).columns.tolist()  # AU has all 8 t, at 25 in place of 10
    [15.0, 0.0]
    >>> most_worth(two_sources(), np.array([0, 1])).columns.tolist()  # the 8 t must be had
    [inf, inf]
    """
    row, column, value = program.indices.astype(np.int64), program.entry_columns, program.values
    gives = (value > 0) & np.isfinite(program.row_lower)[row]
    takes = (value < 0) & np.isfinite(program.row_upper)[row]
    used, must = program.col_upper[column] > 0, program.col_lower > 0
    disposal, start = _disposal(program), _shortage(program, closable)
    worth, surplus, settled = start.copy(), np.zeros(program.n_rows), False
    for _ in range(passes):
        loss = np.where(gives, value * worth[row], 0.0) - np.where(takes, value * surplus[row], 0.0)
        total = np.bincount(column, loss, program.n_columns) - program.cost
        rest = (total[column] - loss) / np.abs(value)
        found, absorbed = start.copy(), np.zeros(program.n_rows)
        np.maximum.at(found, row[takes & used], rest[takes & used])
        np.maximum.at(absorbed, row[gives & used], np.where(must[column], ENDLESS, rest)[gives & used])
        found, absorbed = np.maximum(found, worth), np.maximum(np.minimum(absorbed, disposal), surplus)
        settled = _is_near(found, worth) and _is_near(absorbed, surplus)
        worth, surplus = found, absorbed
        if settled:
            break
    shares = takes & used & (program.row_lower != program.row_upper)[row]
    proved = settled and not np.any(must[column[takes]]) and not np.any(shares)
    rows, columns = (
        np.where(part > ENDLESS / 1e50, np.inf, part) for part in (worth, np.maximum(total, 0.0))
    )
    return Worth(rows, columns, proved)


def _is_near(after: FloatArray, before: FloatArray) -> bool:
    """Say whether a pass changed nothing to speak of."""
    return bool(np.all((after == before) | (after <= before * (1 + SETTLED))))


def _disposal(program: LinearProgram) -> FloatArray:
    """Return what absorbing a surplus costs at each row by itself; infinite where that is not possible."""
    lone = np.diff(program.starts) == 1
    first = program.starts[:-1][lone]
    rows, values = program.indices[first], program.values[first]
    absorbs = (values < 0) & np.isinf(program.col_upper[lone])
    best = np.full(program.n_rows, np.inf)
    np.minimum.at(best, rows[absorbs], (program.cost[lone] / -values)[absorbs])
    return np.asarray(np.maximum(best, 0.0))


def _shortage(program: LinearProgram, closable: IntArray | None) -> FloatArray:
    """Return the dearest way to make up for a unit lost that is open to a row by itself, as falling short is.

    Endless where a row needs more than that; 0 where it needs nothing.
    """
    lone = np.diff(program.starts) == 1
    if closable is not None:
        lone[closable] = False
    first = program.starts[:-1][lone]
    rows, values = program.indices[first], program.values[first]
    covers = values > 0
    most = np.zeros(program.n_rows)
    np.add.at(most, rows[covers], (values * program.col_upper[lone])[covers])
    dearest = np.zeros(program.n_rows)
    np.maximum.at(dearest, rows[covers], (program.cost[lone] / values)[covers])
    needed = np.where(np.isfinite(program.row_lower), program.row_lower, 0.0)
    return np.where(needed <= 0, 0.0, np.where(most >= needed * (1 - 1e-12), dearest, ENDLESS))

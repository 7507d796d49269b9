"""Columns that are decided before it is known what comes: when each is, what it takes of a budget."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resilience.errors import InputError
from resilience.program import Delta, Labels, LinearProgram

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def spending_on(labels: Labels, columns: IntArray, is_limited: bool) -> FloatArray:
    """Return the money that a unit of each column takes of a budget; shape (n_columns,).

    Parameters
    ----------
    labels : Labels
    columns : ndarray of int64, shape (n_columns,)
        Capital of what is built and stock put in, at its reference price; others take none.
    is_limited : bool
        Whether there is a budget; without one a stock of no known price counts as nothing.

    Raises
    ------
    InputError
        If a price is wanted and there is none.
    """
    money = np.zeros(len(columns))
    build, fill = (np.flatnonzero(np.isin(columns, labels.where(kind=kind))) for kind in ("build", "fill"))
    money[build] = labels.texts("capital", columns[build]).astype(float)
    prices = labels.texts("reference_price", columns[fill]).astype(float)
    if is_limited and bool(np.isnan(prices).any()):
        name = labels.texts("commodity", columns[fill][np.isnan(prices)])[0]
        raise InputError(f"a budget for stocks needs a reference `price` of '{name}' in `commodities:`")
    money[fill] = np.nan_to_num(prices)
    return money


def periods_of(labels: Labels) -> IntArray:
    """Return the period of every entry; -1 where it has none."""
    parts = [
        block.numbers("period") if "period" in block.fields else np.full(block.size, -1)
        for block in labels.blocks
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def first_touched(program: LinearProgram, deltas: Sequence[Delta]) -> int:
    """Return the first period in which a change touches anything; 0 where nothing has a period."""
    columns, rows = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for delta in deltas:
        columns += [delta.col_lower.positions, delta.col_upper.positions]
        columns += [program.entry_columns[delta.values.positions]]
        columns += [change.positions for change in delta.costs.values()]
        rows += [delta.row_lower.positions, delta.row_upper.positions]
    when = np.concatenate(
        [
            periods_of(program.columns)[np.concatenate(columns)],
            periods_of(program.rows)[np.concatenate(rows)],
        ]
    )
    when = when[when >= 0]
    return int(when.min()) if len(when) else 0

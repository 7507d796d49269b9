"""Blocks of columns and of rows under construction, and their assembly into one program.

Every kind of activity is one function in `activities.py` that returns a `ColumnBlock`. What it takes
from and gives to is said by place, commodity and period; rows are numbered only at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from resilience.program.labels import Block, Coded, Field

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Entries:
    """What columns take from (negative) and give to (positive) balances.

    Parameters
    ----------
    column : ndarray of int64
        Within the block.
    site, commodity, period : ndarray of int64
        The balance.
    amount : ndarray
        Tonnes per unit of the column.
    """

    column: IntArray
    site: IntArray
    commodity: IntArray
    period: IntArray
    amount: FloatArray


@dataclass(frozen=True, eq=False)
class ColumnBlock:
    """Columns of one kind.

    Parameters
    ----------
    block : Block
        Labels.
    lower, upper : ndarray
        Bounds.
    costs : mapping from component to ndarray
        Cost per unit.
    entries : Entries
        What they take and give.
    """

    block: Block
    lower: FloatArray
    upper: FloatArray
    costs: Mapping[str, FloatArray]
    entries: Entries


@dataclass(frozen=True, eq=False)
class RowBlock:
    """Limit rows of one kind: entries by kind of column and position within its block.

    Parameters
    ----------
    block : Block
        Labels.
    lower, upper : ndarray
        Bounds.
    parts : sequence of (column kind, row, column within the kind, coefficient)
    """

    block: Block
    lower: FloatArray
    upper: FloatArray
    parts: Sequence[tuple[str, IntArray, IntArray, FloatArray]] = field(default_factory=tuple)


def over_periods(fields: Mapping[str, Sequence[str] | Coded], n_periods: int) -> dict[str, Field]:
    """Return label fields repeated for every period, period innermost, and the period itself."""
    repeated: dict[str, Field] = {}
    size = 0
    for name, values in fields.items():
        coded = values if isinstance(values, Coded) else Coded.of(list(values))
        size = len(coded.codes)
        repeated[name] = coded if n_periods == 1 else Coded(np.repeat(coded.codes, n_periods), coded.names)
    repeated["period"] = np.tile(np.arange(n_periods), size)
    return repeated


def join(parts: Sequence[Entries]) -> Entries:
    """Return entries of several parts as one."""
    if not parts:
        empty = np.empty(0, dtype=np.int64)
        return Entries(empty, empty, empty, empty, np.empty(0))
    return Entries(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("column", "site", "commodity", "period", "amount")
        )
    )

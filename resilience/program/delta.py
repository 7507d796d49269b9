"""A change to a program: new numbers at positions, and nothing else.

A scenario is a delta on one compiled program. It never adds a row, a column or an entry of the
matrix, so a solver that holds the program can take it, be re-solved from where it was, and be put
back exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from resilience.program.linear_program import LinearProgram

FloatArray = NDArray[np.float64]
ARRAYS = ("col_lower", "col_upper", "row_lower", "row_upper", "values")


@dataclass(frozen=True, eq=False)
class Change:
    """New numbers for one array.

    Parameters
    ----------
    positions : ndarray of int64
        Ascending, each once.
    numbers : ndarray of float64
        What stands there afterwards.
    """

    positions: NDArray[np.int64]
    numbers: FloatArray

    @classmethod
    def of(cls, positions: ArrayLike, numbers: ArrayLike) -> Change:
        """Make a change; a single number stands for all positions.

        Raises
        ------
        ValueError
            If a position is negative or named twice, or counts differ.
        """
        where = np.atleast_1d(np.asarray(positions, dtype=np.int64))
        values = np.broadcast_to(np.asarray(numbers, dtype=float), where.shape)
        if np.any(where[1:] < where[:-1]):
            order = np.argsort(where, kind="stable")
            where, values = where[order], values[order]
        if len(where) and where[0] < 0:
            raise ValueError("a position is negative")
        if np.any(np.diff(where) == 0):
            raise ValueError("a position is changed twice in one delta")
        return cls(where, values)

    @classmethod
    def between(cls, before: FloatArray, after: FloatArray) -> Change:
        """Return what turns one array into another."""
        if before is after:
            return cls(np.empty(0, dtype=np.int64), np.empty(0))
        positions = np.flatnonzero(
            before.view(np.int64) != after.view(np.int64)
        )  # bit for bit: 0.0 is not -0.0
        return cls(positions, after[positions])

    def apply(self, array: FloatArray) -> FloatArray:
        """Return the array with the change made; the array itself if nothing changes."""
        if not len(self.positions):
            return array
        changed = array.copy()
        changed[self.positions] = self.numbers
        return changed

    def __len__(self) -> int:
        return len(self.positions)


NOTHING = Change(np.empty(0, dtype=np.int64), np.empty(0))


@dataclass(frozen=True, eq=False)
class Delta:
    """New numbers for bounds, matrix entries and cost components of a program.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> program = two_sources()
    >>> dearer = Delta.of(costs={"tariff": (program.columns.where(id="CD"), 9.0)})
    >>> dearer.apply(program).cost.tolist()
    [19.0, 25.0]
    >>> Delta.between(dearer.apply(program), program).costs["tariff"].numbers.tolist()
    [0.0]
    """

    col_lower: Change = NOTHING
    col_upper: Change = NOTHING
    row_lower: Change = NOTHING
    row_upper: Change = NOTHING
    values: Change = NOTHING
    costs: Mapping[str, Change] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        costs: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
        **changes: tuple[ArrayLike, ArrayLike],
    ) -> Delta:
        """Make a delta from ``name=(positions, numbers)`` and ``costs={component: (positions, numbers)}``."""
        unknown = set(changes) - set(ARRAYS)
        if unknown:
            raise ValueError(f"a program has no array {sorted(unknown)}")
        arrays: dict[str, Any] = {name: Change.of(*change) for name, change in changes.items()}
        return cls(**arrays, costs={name: Change.of(*change) for name, change in (costs or {}).items()})

    @classmethod
    def between(cls, before: LinearProgram, after: LinearProgram) -> Delta:
        """Return what turns one program into another of the same structure.

        Raises
        ------
        ValueError
            If rows, columns or the places of matrix entries differ.
        """
        same = before.indices is after.indices and before.starts is after.starts
        if not same and not (
            np.array_equal(before.starts, after.starts) and np.array_equal(before.indices, after.indices)
        ):
            raise ValueError("the programs differ in structure")
        zeros = np.zeros(before.n_columns)
        costs = {}
        for name in dict.fromkeys([*before.costs, *after.costs]):
            change = Change.between(before.costs.get(name, zeros), after.costs.get(name, zeros))
            if len(change):
                costs[name] = change
        arrays: dict[str, Any] = {
            name: Change.between(getattr(before, name), getattr(after, name)) for name in ARRAYS
        }
        return cls(**arrays, costs=costs)

    def apply(self, program: LinearProgram) -> LinearProgram:
        """Return the changed program; untouched arrays are shared with the old one."""
        costs = dict(program.costs)
        for name, change in self.costs.items():
            costs[name] = change.apply(costs.get(name, np.zeros(program.n_columns)))
        arrays = {name: getattr(self, name).apply(getattr(program, name)) for name in ARRAYS}
        changed = program.changed(costs, **arrays)
        if self.only_narrows(program):
            changed.memory.wider = program.memory.wider or program
        return changed

    def only_narrows(self, program: LinearProgram) -> bool:
        """Say whether every plan that is left is one of the program as it was; costs may change.

        Examples
        --------
        >>> from resilience.program.samples import two_sources
        >>> Delta.of(col_upper=([0], 1.0)).only_narrows(two_sources())
        True
        >>> Delta.of(col_upper=([0], 6.0)).only_narrows(two_sources())
        False
        """
        signs = {"col_lower": 1.0, "col_upper": -1.0, "row_lower": 1.0, "row_upper": -1.0}
        if len(self.values):
            return False
        for name, sign in signs.items():
            change: Change = getattr(self, name)
            if not len(change):
                continue
            if not np.all(sign * change.numbers >= sign * getattr(program, name)[change.positions]):
                return False
        return True

    def is_empty(self) -> bool:
        """Say whether nothing changes."""
        return not any(len(getattr(self, name)) for name in ARRAYS) and not any(map(len, self.costs.values()))

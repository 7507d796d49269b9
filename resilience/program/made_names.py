"""Names of which there are many and few are ever read: each is made when somebody asks for it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray


class MadeNames(Sequence[str]):
    """A sequence of names that are not held but made."""

    @abstractmethod
    def at(self, positions: NDArray[Any]) -> NDArray[np.object_]:
        """Return the names at positions, none of which is negative."""

    def all(self) -> NDArray[np.object_]:
        """Return every name."""
        return self.at(np.arange(len(self)))

    @overload
    def __getitem__(self, position: int) -> str: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[str, ...]: ...
    def __getitem__(self, position: int | slice) -> str | tuple[str, ...]:
        """Return one name, or those of a stretch."""
        if isinstance(position, slice):
            return tuple(self.at(np.arange(*position.indices(len(self)))))
        if not -len(self) <= position < len(self):
            raise IndexError(position)
        return str(self.at(np.array([position % len(self)]))[0])

    def __iter__(self) -> Iterator[str]:
        return iter(self.all().tolist())

    def index(self, value: object, start: int = 0, stop: int | None = None) -> int:
        """Return where a name stands first; raises a `ValueError` if nowhere."""
        names = tuple(self)
        return names.index(value, start, len(names) if stop is None else stop)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, eq=False, repr=False)
class NumberNames(MadeNames):
    """The numbers from 0 on, as texts.

    Parameters
    ----------
    size : int
        How many.

    Examples
    --------
    >>> names = NumberNames(12)
    >>> names[10], names[:2], len(names)
    ('10', ('0', '1'), 12)
    """

    size: int

    def __len__(self) -> int:
        return self.size

    def at(self, positions: NDArray[Any]) -> NDArray[np.object_]:
        """Return the numbers at positions."""
        found = np.empty(len(positions), dtype=object)
        found[:] = list(map(str, positions.tolist()))
        return found

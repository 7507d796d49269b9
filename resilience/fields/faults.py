"""A value that cannot be read, before anybody knows where it stands."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

MOST_SHOWN = 60
"""Longest piece of a file that a message repeats."""


class Fault(ValueError):
    """A value that cannot be read; ``path`` leads from the field to the part at fault.

    Parameters
    ----------
    message : str
    path : tuple
    at_key : bool
        Whether the key at the end of the path is wrong, rather than its value.
    """

    def __init__(self, message: str, path: tuple[str | int, ...] = (), at_key: bool = False) -> None:
        super().__init__(message)
        self.path = path
        self.at_key = at_key

    def under(self, *path: str | int) -> Fault:
        """Return the same fault, seen from further out."""
        return Fault(str(self), (*path, *self.path), self.at_key)


class Faults(ValueError):
    """Several faults in one field."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


class Collected:
    """Collects the faults of a block, so that one hides no other.

    Examples
    --------
    >>> faults = Collected()
    >>> for number, word in enumerate(["1", "x"]):
    ...     with faults.at(number):
    ...         if not word.isdigit():
    ...             raise Fault("no digit")
    >>> [fault.path for fault in faults.found]
    [(1,)]
    """

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self._path: tuple[str | int, ...] = ()

    def at(self, *path: str | int) -> Collected:
        """Return a context in which faults are caught, and put under a path."""
        self._path = path
        return self

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if isinstance(error, Fault):
            self.found.append(error.under(*self._path))
        elif isinstance(error, Faults):
            self.found.extend(fault.under(*self._path) for fault in error.faults)
        return isinstance(error, Fault | Faults)

    def close(self) -> None:
        """Raise what was found, if anything."""
        if self.found:
            raise Faults(self.found)


def shown(value: Any) -> str:
    """Return a value as a message repeats it: short, and what it is rather than how Python writes it.

    Examples
    --------
    >>> shown({}), shown([1]), shown("NO"), shown(None), shown("x" * 100)[-6:]
    ('a mapping', 'a list', "'NO'", 'nothing', "xx...'")
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str | int | float | datetime.date):
        return f"'{shorten(value)}'"
    return f"a Python {type(value).__name__}"


def shorten(value: Any) -> str:
    """Return a text cut to what a message can hold."""
    if isinstance(value, int) and abs(value) >= 10**MOST_SHOWN:
        return "a very long number"
    text = str(value)
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."

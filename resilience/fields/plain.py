"""Python data to what a file could hold: dict, list, str, number, bool, date, nothing.

NumPy and pandas values, tuples, sets and mappings of other classes become plain; a value missing in
the sense of pandas (``NA``, ``NaT``) becomes nothing. What no file could hold is a fault where it stands.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from resilience.fields.faults import Fault, shown

PLAIN = (str, int, float, bool, type(None), datetime.date)
MOST_DEPTH = 40
MOST_VALUES = 5_000_000
Path_ = tuple[str | int, ...]


def plain(
    value: Any,
    keep: tuple[type, ...] = (),
    report: Callable[[Path_, str], None] | None = None,
) -> Any:
    """Return a value with everything in it plain.

    Parameters
    ----------
    value : any
        As a user of the Python interface gave it.
    keep : tuple of type
        Classes whose objects are left as they are.
    report : callable, optional
        Takes (path, message) of each fault, whose value becomes nothing; left out, the first is raised.

    Examples
    --------
    >>> import numpy as np
    >>> plain({2025: np.float64(3), "lanes": ({"from": {"b", "a"}},)})
    {'2025': 3.0, 'lanes': [{'from': ['a', 'b']}]}
    """
    return _Walk(keep, report).take(value, ())


class _Walk:
    def __init__(self, keep: tuple[type, ...], report: Callable[[Path_, str], None] | None) -> None:
        self.keep, self.report = keep, report
        self.seen = 0

    def take(self, value: Any, path: Path_) -> Any:
        self.seen += 1
        if self.seen > MOST_VALUES:
            if self.seen == MOST_VALUES + 1:
                self.fault(path[:1], f"more than {MOST_VALUES:,} values")
            return None
        if type(value) in PLAIN or (self.keep and isinstance(value, self.keep)):
            return value
        if len(path) > MOST_DEPTH:
            self.fault(path[:6], f"nested more than {MOST_DEPTH} deep")
            return None
        if isinstance(value, Mapping):
            return self.mapping(value, path)
        if isinstance(value, list | tuple):
            return [self.take(item, (*path, number)) for number, item in enumerate(value)]
        if isinstance(value, set | frozenset | range):
            items = sorted(value, key=str) if not isinstance(value, range) else value
            return [self.take(item, (*path, number)) for number, item in enumerate(items)]
        return self.other(value, path)

    def mapping(self, value: Mapping[Any, Any], path: Path_) -> dict[str, Any]:
        whole: dict[str, Any] = {}
        for key, item in value.items():
            name = self.key(key, path)
            if name is None:
                continue
            if name in whole:
                self.fault((*path, name), "stands twice")
                continue
            whole[name] = self.take(item, (*path, name))
        return whole

    def key(self, key: Any, path: Path_) -> str | None:
        found = key if type(key) is str else self.scalar(key)
        if isinstance(found, datetime.datetime):
            found = found.date()
        if isinstance(found, str | int | datetime.date) and not isinstance(found, bool):
            return str(found)
        if isinstance(found, float) and found.is_integer() and abs(found) < 1e15:
            return str(int(found))
        self.fault(path, f"{shown(found)} cannot be a key; write a text")
        return None

    def other(self, value: Any, path: Path_) -> Any:
        found = self.scalar(value)
        if type(found) in PLAIN:
            return found
        if hasattr(found, "tolist") and hasattr(found, "__len__"):  # numpy array, pandas Series or Index
            return self.take(list(found.tolist()), path)
        return self.fault(
            path, f"{shown(found)} has no place in a network; give a text, number, list or mapping"
        )

    def scalar(self, value: Any) -> Any:
        """Return NumPy's and pandas' scalars as Python's."""
        if type(value).__name__ in ("NAType", "NaTType"):
            return None
        for kind in (bool, int, float, str):
            if isinstance(value, kind):
                return kind(value)
        if isinstance(value, datetime.datetime):
            return value.date()
        if type(value).__module__.partition(".")[0] == "numpy" and getattr(value, "ndim", 1) == 0:
            found = value.item()
            if isinstance(found, datetime.datetime):
                return found.date()
            return found if type(found) in PLAIN else value
        if hasattr(value, "__float__") and type(value).__module__ in ("decimal", "_decimal", "fractions"):
            return float(value)
        return value

    def fault(self, path: Path_, message: str) -> None:
        if self.report is None:
            raise Fault(message, path)
        self.report(path, message)

"""Plain data, and the file, line and column of every key and value in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from resilience.errors import Problem

Path_ = tuple[str | int, ...]
MOST_DEPTH = 40
ENTRY = 2
"""Steps from the top of a file to an entry: section, entry."""
MARKS = re.compile(r'[",]')
MOST_PROBLEMS = 1000
"""So many faults are kept; nobody reads more, and a hostile file has millions."""


@dataclass(frozen=True)
class Place:
    """Where a key or value stands.

    Parameters
    ----------
    file : str
        As the user named it.
    line, column : int
        From 1.
    text : str
        The line.
    width : int
        Characters that belong to it.
    name : str
        What a table without lines calls it: ``B7``, or ``row 7, column 'cost'``.
    """

    file: str
    line: int
    column: int
    text: str = ""
    width: int = 1
    name: str = ""

    @classmethod
    def quickly(cls, file: str, line: int, column: int, text: str, width: int) -> Place:
        """Return a place as `Place` does, in a third of the time: a file has one for every word."""
        place = object.__new__(cls)
        parts = {"file": file, "line": line, "column": column, "text": text, "width": width, "name": ""}
        object.__setattr__(place, "__dict__", parts)
        return place

    def problem(self, path: str, message: str) -> Problem:
        """Return a fault at this place."""
        return Problem(self.file, self.line, self.column, path, message, self.text, self.width, self.name)

    def within(self, path: Path_) -> Place:
        """Return where a part stands that has no place of its own: here."""
        return self


NOWHERE = Place("", 0, 0)
"""Place of what was made in Python."""


@dataclass(frozen=True)
class Row(Place):
    """A row of a table; its cells are found when somebody asks for one.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    """

    header: Sequence[str] = ()

    def within(self, path: Path_) -> Place:
        """Return the cell of a field."""
        name = ".".join(map(str, path))
        for number, column in enumerate(self.header):
            if column == name or name.startswith(f"{column}.") or column.startswith(f"{name}."):
                return self.cell(number)
        return self

    def cell(self, number: int) -> Place:
        """Return the cell of a column, counted from 0."""
        starts = _cell_starts(self.text)
        if number >= len(starts):
            return self
        start = starts[number]
        end = starts[number + 1] - 1 if number + 1 < len(starts) else len(self.text)
        return Place(self.file, self.line, start + 1, self.text, max(1, end - start))


@dataclass(frozen=True)
class SheetRow(Row):
    """A row of an Excel sheet, whose cells are called as Excel calls them."""

    def cell(self, number: int) -> Place:
        """Return the cell of a column, counted from 0."""
        return Place(self.file, self.line, number + 1, "", 0, f"{column_letters(number)}{self.line}")


@dataclass(frozen=True)
class RecordRow(Row):
    """A row of a Parquet table or a DataFrame, whose cells are called by their column."""

    def cell(self, number: int) -> Place:
        """Return the cell of a column, counted from 0."""
        named = f"{self.name}, column '{self.header[number]}'" if number < len(self.header) else self.name
        return Place(self.file, self.line, number + 1, "", 0, named)


def column_letters(number: int) -> str:
    """Return what Excel calls a column, counted from 0.

    Examples
    --------
    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    letters, left = "", number + 1
    while left:
        left, rest = divmod(left - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _cell_starts(line: str) -> list[int]:
    """Return where each cell of a line of CSV begins.

    Examples
    --------
    >>> _cell_starts('a,"b,c",d')
    [0, 2, 8]
    """
    starts, quoted = [0], False
    for match in MARKS.finditer(line):
        if match.group() == '"':
            quoted = not quoted
        elif not quoted:
            starts.append(match.end())
    return starts


class Table(Protocol):
    """A table that knows the places of its own rows."""

    def place(self, key: Any, at_key: bool) -> Place | None:
        """Return where an entry stands, or None if not in the table."""
        ...


def is_list(value: Any) -> bool:
    """Say whether a value is a list, or a table that stands for one."""
    return isinstance(value, Sequence) and not isinstance(value, str)


@dataclass
class Document:
    """Plain data (dict, list, str, None) and where each part stands.

    Parameters
    ----------
    data : any
        The root value; None where the file could not be read at all.
    values, keys : dict
        Place of each value and of each mapping key, by path from the root.
    aliases : dict
        Where the data at a path was written, if elsewhere: by an alias, or by a scenario.
    problems : list of Problem
        Faults found so far; reading goes on after each that allows it.
    file : str
        Name of the file, or ``""``.
    partial : list
        (path, entry) of entries with faults, holding only the names that could be read.
    tables : dict
        By section, the table that knows the places of its own rows.
    """

    data: Any
    values: dict[Path_, Place] = field(default_factory=dict)
    keys: dict[Path_, Place] = field(default_factory=dict)
    aliases: dict[Path_, Path_] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    file: str = ""
    partial: list[tuple[Path_, Any]] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)

    def place(self, path: Path_, at_key: bool = False) -> Place:
        """Return where a path stands: itself, or its nearest parent that has a place."""
        path = self._follow(path)
        for size in range(len(path), -1, -1):
            part = path[:size]
            found = self.keys.get(part) if at_key else None
            found = found or self.values.get(part) or self.keys.get(part)
            if found is None and size == ENTRY and part[0] in self.tables:
                found = self.tables[str(part[0])].place(part[1], at_key)
            if found is not None:
                return found.within(path[size:])
        return Place(self.file, 0, 0)

    def _follow(self, path: Path_) -> Path_:
        """Return the path at which the data of a path was written."""
        for _ in range(MOST_DEPTH):
            for size in range(len(path), 0, -1):
                if path[:size] in self.aliases:
                    path = self.aliases[path[:size]] + path[size:]
                    break
            else:
                return path
        return path

    def problem(self, path: Path_, message: str, at_key: bool = False) -> Problem:
        """Return a fault at a path."""
        path = self._as_written(path)
        return self.place(path, at_key).problem(dotted(path), message)

    def _as_written(self, path: Path_) -> Path_:
        """Return a path without the steps that reading added: one name is read as a list of one."""
        if self.data is None:
            return path
        found: list[str | int] = []
        node = self.data
        for number, part in enumerate(path):
            if isinstance(node, Mapping):
                if part == "since" and part not in node and "from" in node:
                    part = "from"
                if part in node:
                    node = node[part]
                elif isinstance(part, int):
                    continue
                else:
                    return (*found, *path[number:])
            elif is_list(node):
                if isinstance(part, int) and part < len(node):
                    node = node[part]
                elif not isinstance(part, int):
                    continue
            elif isinstance(node, str | int | float | None):
                break
            else:
                return (*found, *path[number:])
            found.append(part)
        return tuple(found)

    def report(self, path: Path_, message: str, at_key: bool = False) -> None:
        """Add a fault at a path."""
        if not self.is_full:
            self.problems.append(self.problem(path, message, at_key))

    @property
    def is_full(self) -> bool:
        """Whether no more faults are kept, so that looking for them is in vain."""
        return len(self.problems) >= MOST_PROBLEMS

    def add(self, place: Place, path: str, message: str) -> None:
        """Add a fault at a place."""
        if not self.is_full:
            self.problems.append(place.problem(path, message))


def dotted(path: Path_) -> str:
    """Return a path in words.

    Examples
    --------
    >>> dotted(("facilities", "kuantan", "capacity"))
    'facilities.kuantan.capacity'
    """
    return ".".join(map(str, path))

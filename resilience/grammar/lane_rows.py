"""A table of lanes as it was read: arrays for the plain rows, the fields of any row when somebody asks.

It stands in a document in place of a list of entries, or of a mapping where the table has ids. A row that
is not plain is made an entry when the table is read, by the same steps as a row of any other section,
so that its faults and their places are the same.
"""

from __future__ import annotations

import copy
import hashlib
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np

from resilience.grammar.columns import BoolArray, IdColumn, IntArray
from resilience.grammar.csv_source import Batch
from resilience.grammar.document import Document, Place
from resilience.grammar.entry_rows import are_apart
from resilience.grammar.lane_columns import LaneColumns, column_for, columns_of
from resilience.grammar.tables import ColumnSource, Reading, is_own

LANES = "lanes"


class LaneRows:
    """Rows of a table of lanes.

    Parameters
    ----------
    reading : Reading
        The table.
    source : ColumnSource
        Its file.
    numbers : ndarray of int64
        What the table calls each row; -1 for an entry that does not come from it.
    columns : LaneColumns
        The rows as arrays.
    entries : dict
        By position, the entries that are not plain, or not from the table.
    tidy : callable, optional
        Makes the cells of a row plain data.
    """

    def __init__(
        self,
        reading: Reading,
        source: ColumnSource,
        numbers: IntArray,
        columns: LaneColumns,
        entries: dict[int, Any],
        tidy: Callable[[Any], Any] | None = None,
    ) -> None:
        self.reading, self.source = reading, source
        self.numbers, self.columns = numbers, columns
        self.entries, self.tidy = entries, tidy

    def __repr__(self) -> str:
        """Return what stands for the content: the same for the same lanes."""
        there = {**self.entries, **dict.fromkeys(np.flatnonzero(~self.columns.plain).tolist())}
        whole = pickle.dumps((vars(self.columns), [(number, self.entry(number)) for number in sorted(there)]))
        return f"<{len(self.numbers)} lanes {hashlib.sha256(whole).hexdigest()}>"

    def entry(self, position: int) -> Any:
        """Return the fields of an entry."""
        if position in self.entries:
            return self.entries[position]
        number = int(self.numbers[position])
        source = self.source
        found = self.reading.entry_of(source.row(number), source.cells(number), self.key(position))
        return found if self.tidy is None else self.tidy(found)

    def key(self, position: int) -> str | int:
        """Return the key of an entry."""
        return position

    def position(self, key: Any) -> int | None:
        """Return the position of an entry, or None if there is none."""
        return key if isinstance(key, int) and 0 <= key < len(self.numbers) else None

    def place(self, key: Any, at_key: bool) -> Place | None:
        """Return where an entry stands, or None if not in the table."""
        position = self.position(key)
        if position is None or self.numbers[position] < 0:
            return None
        row = self.source.row(int(self.numbers[position]))
        named = at_key and row.name and isinstance(key, str)
        return row.cell(self.reading.header.index("id")) if named else row

    def changed(self) -> Self:
        """Return a copy whose entries may be replaced."""
        other = copy.copy(self)
        other.entries = dict(self.entries)
        return other

    def current(self) -> LaneColumns:
        """Return the columns, in which what was replaced is not plain."""
        if not self.columns.plain[list(self.entries)].any():
            return self.columns
        order = np.arange(len(self.numbers))
        order[list(self.entries)] = -1
        return self.columns.take(order)


class LaneList(LaneRows, Sequence[Any]):
    """Rows without ids, as a list of entries."""

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, number: Any) -> Any:
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        return self.entry(number % len(self))

    def __setitem__(self, number: int, entry: Any) -> None:
        self.entries[number] = entry

    def spliced(self, before: Sequence[Any], after: Sequence[Any]) -> LaneList:
        """Return a list with entries before and after those of the table."""
        first, size = len(before), len(self)
        order = np.concatenate([np.full(first, -1), np.arange(size), np.full(len(after), -1)], dtype=np.int64)
        numbers = np.where(order >= 0, self.numbers[order] if size else -1, -1)
        entries = {first + number: entry for number, entry in self.entries.items()}
        entries |= dict(enumerate(before)) | {first + size + n: entry for n, entry in enumerate(after)}
        return LaneList(self.reading, self.source, numbers, self.columns.take(order), entries, self.tidy)


class LaneMap(LaneRows, Mapping[str, Any]):
    """Rows with ids, as a mapping."""

    ids: list[str]

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __getitem__(self, key: str) -> Any:
        position = self.position(key)
        if position is None:
            raise KeyError(key)
        return self.entry(position)

    def __setitem__(self, key: str, entry: Any) -> None:
        position = self.position(key)
        if position is None:  # a new one
            position = len(self.ids)
            self.ids = [*self.ids, key]
            self.__dict__.pop("_positions", None)
            self.numbers = np.append(self.numbers, -1)
            order = np.append(np.arange(position), -1)
            self.columns = self.columns.take(order)
        self.entries[position] = entry

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {key: number for number, key in enumerate(self.ids)}

    def key(self, position: int) -> str | int:
        """Return the key of an entry."""
        return self.ids[position]

    def position(self, key: Any) -> int | None:
        """Return the position of an entry, or None if there is none."""
        return self._positions.get(key)


def read_lane_rows(
    document: Document, source: ColumnSource, tidy: Callable[..., Any] | None = None
) -> LaneList | LaneMap | list[Any]:
    """Read a table of lanes.

    Parameters
    ----------
    document : Document
        Takes the faults, and the table itself, which knows the places of its rows.
    source : Source
        A table that can be read by column, and again by row.
    tidy : callable, optional
        Makes the cells of a row plain data; with (entry, document, path) it reports what cannot be.
    """
    reading = Reading(document, LANES, source, keyed=False)
    if not reading.header_is_right():
        return []
    keys = [name or f" {number}" for number, name in enumerate(reading.header)]  # several may have no name
    columns = {key: column_for(key) for key in keys}
    kinds = [columns[key].kind for key in keys]
    read = [name for name in reading.header if not is_own(name)]
    found = [_taken(batch, keys, columns) for batch in source.batches(kinds)]
    numbers = np.concatenate([np.empty(0, np.int64), *(batch.numbers for batch in found)])
    over = np.concatenate([np.empty(0, dtype=bool), *(batch.over for batch in found)])
    whole = columns_of(columns, len(numbers))
    ids = column.ids if isinstance(column := columns.get("id"), IdColumn) else None
    keep, key = ~over, ids if ids is not None else (np.cumsum(~over) - 1)
    first: dict[str, int] = {}
    if ids is not None:
        keep &= np.array([bool(key) for key in ids], dtype=bool)
        keep &= ~_repeats(ids, keep, first)
    entries: dict[int, Any] = {}
    fine = keep if tidy is None and source.is_clean and are_apart(read) else whole.plain & keep
    for row in np.flatnonzero(~fine).tolist():
        if document.is_full:
            break
        _read_odd(reading, source, row, key[row], keep, first, numbers, entries)
    for fault in (batch.fault for batch in found if batch.fault is not None):
        reading.fault(fault.row or source.row(1), str(fault))
    kept = np.flatnonzero(keep)
    position = np.cumsum(keep) - 1
    entries = {int(position[row]): entry for row, entry in entries.items()}
    parts = (reading, source, numbers[kept], whole if keep.all() else whole.take(kept), entries, tidy)
    rows: LaneList | LaneMap
    if ids is None:
        rows = LaneList(*parts)
    else:
        rows = LaneMap(*parts)
        rows.ids = ids if keep.all() else [ids[row] for row in kept]
    document.tables[LANES] = rows
    if tidy is not None:
        for number, entry in entries.items():
            name = ids[kept[number]] if ids is not None else number
            entries[number] = tidy(entry, document, (LANES, name))
    reading.document = Document(None)  # rows that are read again have had their faults reported
    return rows


def _taken(batch: Batch, keys: Sequence[str], columns: Mapping[str, Any]) -> Batch:
    """Let the columns take a batch, and return the rest of it."""
    for key, cells in zip(keys, batch.columns, strict=True):
        columns[key].add(cells)
    return Batch([], batch.numbers, batch.over, batch.fault)


def _repeats(ids: Sequence[str], keep: BoolArray, first: dict[str, int]) -> BoolArray:
    """Return where an id stands that has stood before; ``first`` takes the row of each that is repeated."""
    twice = np.zeros(len(ids), dtype=bool)
    if len(set(ids)) == len(ids):
        return twice
    for row in np.flatnonzero(keep).tolist():
        twice[row] = first.setdefault(ids[row], row) != row
    return twice


def _read_odd(
    reading: Reading,
    source: ColumnSource,
    at: int,
    key: Any,
    keep: BoolArray,
    first: Mapping[str, int],
    numbers: IntArray,
    entries: dict[int, Any],
) -> None:
    """Read one row by itself, and report what is wrong with it."""
    row, cells = source.row(int(numbers[at])), source.cells(int(numbers[at]))
    if keep[at]:
        entries[at] = reading.entry_of(row, cells, key if isinstance(key, str) else int(key))
        return
    if reading.is_over(row, cells):
        return
    column = reading.header.index("id")
    if not key:
        reading.fault(row, "a row without id", cell=column)
        return
    before = source.row(int(numbers[first[key]]))
    where = f"in {before.cell(column).name}" if before.name else f"on line {before.line}"
    reading.fault(row, f"stands twice; the first is {where}", key, column)

"""A Parquet file as a table's rows.

A null is a field left out; a NaN is a fault, since Parquet can say null. Texts are read as
dictionaries, so that a text repeated a million times is held once, and a small file cannot swell.
"""

from __future__ import annotations

import bisect
import importlib
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from resilience.fields import shorten
from resilience.grammar.cells import OPENS
from resilience.grammar.columns import BoolArray, Cells, Coded, OtherColumn, Ready
from resilience.grammar.csv_source import Batch, Unreadable
from resilience.grammar.document import RecordRow
from resilience.grammar.reading import FOREIGN
from resilience.grammar.tables import MOST_COLUMNS

MOST_UNPACKED = 2 * 2**30
MOST_ROWS = 20_000_000
MOST_CELLS = 100_000_000
LONGEST_TEXT = 100_000
BATCH, LARGE_BATCH = 16_384, 131_072
"""Rows that are taken at a time, as Python values and as arrays: each batch brings its words anew."""


class ParquetSource:
    """A Parquet table.

    Raises
    ------
    Unreadable
        If it is no Parquet file, or too large unpacked.
    """

    def __init__(self, content: bytes, shown: str) -> None:
        self.shown = shown
        self.file = _open(content)
        self._kept: list[Any] = []
        self._firsts: list[int] = []
        self.is_clean = True
        schema = self.file.schema_arrow
        self.header = tuple(str(name).strip() for name in schema.names)
        if len(self.header) > MOST_COLUMNS:
            raise Unreadable(f"has more than {MOST_COLUMNS} columns")

    def __getstate__(self) -> dict[str, Any]:
        """Leave the open file behind when going to another process: what was read is kept."""
        return {**self.__dict__, "file": None}

    def row(self, number: int) -> RecordRow:
        """Return the place of a row, counted from 1."""
        return RecordRow(self.shown, number, 1, "", 0, f"row {number}", header=self.header)

    def batches(self, kinds: Sequence[str] = ()) -> Iterator[Batch]:
        """Yield the rows that are not empty, by column; they are kept as they are in the file."""
        del kinds  # the file knows
        number = 0
        self._kept, self._firsts = [], []
        try:
            for batch in self.file.iter_batches(LARGE_BATCH):
                self._kept.append(batch)
                self._firsts.append(number + 1)
                columns = [_cells(column) for column in batch.columns]
                self.is_clean &= all(map(_are_clean, columns))
                filled = np.zeros(batch.num_rows, dtype=bool)
                for column in columns:
                    filled |= _filled(column)
                if not filled.all():
                    columns = [_chosen(column, filled) for column in columns]
                numbers = number + 1 + np.flatnonzero(filled)
                number += batch.num_rows
                yield Batch(columns, numbers, np.zeros(len(numbers), dtype=bool))
        except Unreadable as fault:
            yield self._end(fault)
        except Exception as error:  # whatever the library makes of a broken file
            told = f"{type(error).__name__} {shorten(error)}".strip()
            yield self._end(Unreadable(f"not Parquet: {told}", self.row(number + 1)))

    def _end(self, fault: Unreadable) -> Batch:
        return Batch([[] for _ in self.header], np.empty(0, np.int64), np.empty(0, dtype=bool), fault)

    def cells(self, number: int) -> Sequence[Any]:
        """Return the cells of a row, once all batches have been read."""
        batch = bisect.bisect_right(self._firsts, number) - 1
        return [column[number - self._firsts[batch]].as_py() for column in self._kept[batch].columns]

    def rows(self) -> Iterator[tuple[RecordRow, Sequence[Any]]]:
        """Yield every row that is not empty."""
        number = 0
        try:
            for batch in self.file.iter_batches(BATCH):
                columns = [_values(column) for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    number += 1
                    if any(cell is not None and cell != "" for cell in cells):
                        yield self.row(number), cells
        except Unreadable:
            raise
        except Exception as error:  # whatever the library makes of a broken file
            told = f"{type(error).__name__} {shorten(error)}".strip()
            raise Unreadable(f"not Parquet: {told}", self.row(number + 1)) from None


def _cells(column: Any) -> Cells:
    """Return a column's values: numbers and texts as arrays, anything else as Python's."""
    pa: Any = importlib.import_module("pyarrow")
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        missing = np.asarray(column.is_null())
        whole = column.fill_null(0) if column.null_count else column
        return Ready(np.asarray(whole), missing)
    if pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type):
        words = _words(column)
        return Coded(np.asarray(column.indices.fill_null(len(words))).astype(np.int64), words)
    return _values(column)


def _are_clean(cells: Cells) -> bool:
    """Say whether no text of a column can be at fault for the signs in it, nor be YAML."""
    if isinstance(cells, Coded):
        texts = [word for word in cells.words if word is not None]
        return not any(text.lstrip().startswith(OPENS) for text in texts) and not FOREIGN.search(
            "".join(texts)
        )
    return isinstance(cells, Ready)


def _filled(cells: Cells) -> BoolArray:
    """Return where a cell is not empty."""
    column = OtherColumn()
    column.add(cells)
    return column.odd()


def _chosen(cells: Cells, chosen: BoolArray) -> Cells:
    """Return some of the cells."""
    if isinstance(cells, Ready):
        return Ready(cells.values[chosen], cells.missing[chosen])
    if isinstance(cells, Coded):
        return Coded(cells.codes[chosen], cells.words)
    return list(itertools.compress(cells, chosen))


def _words(column: Any) -> list[Any]:
    words: list[Any] = column.dictionary.to_pylist()
    if any(isinstance(word, str | bytes) and len(word) > LONGEST_TEXT for word in words):
        raise Unreadable(f"a text is longer than {LONGEST_TEXT:,} characters")
    return words


def _values(column: Any) -> list[Any]:
    """Return a column's values as Python's, texts shared."""
    pa: Any = importlib.import_module("pyarrow")
    if pa.types.is_dictionary(column.type):
        words = _words(column)
        return [None if code is None else words[code] for code in column.indices.to_pylist()]
    return list(column.to_pylist())


def _open(content: bytes) -> Any:
    """Return an open Parquet file whose size is within the limits."""
    try:
        pa: Any = importlib.import_module("pyarrow")
        pq: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise Unreadable("needs a library: pip install resilience[tables]") from None
    try:
        limits = {"thrift_string_size_limit": 2**26, "thrift_container_size_limit": 2**20}
        plain = pq.ParquetFile(pa.BufferReader(content), **limits)
        told, schema = plain.metadata, plain.schema_arrow
        texts = [
            field.name
            for field in schema
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
        unpacked = sum(told.row_group(number).total_byte_size for number in range(told.num_row_groups))
        rows = told.num_rows
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts, **limits)
    except Exception as error:  # whatever the library makes of a broken file
        kind = f"{type(error).__name__} {shorten(error)}".strip()
        raise Unreadable(f"is not a Parquet file: {kind}") from None
    if unpacked > MOST_UNPACKED or rows > MOST_ROWS or rows * len(schema.names) > MOST_CELLS:
        limit = f"{MOST_UNPACKED // 2**30} GiB, {MOST_ROWS:,} rows or {MOST_CELLS:,} cells"
        raise Unreadable(f"is larger than {limit}")
    return file

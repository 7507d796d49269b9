"""A CSV file as a table's rows, one by one or in batches of columns, and any row again by its line."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.grammar.columns import Cells, length
from resilience.grammar.csv_columns import plain_columns
from resilience.grammar.document import Row

IntArray = NDArray[np.int64]
BREAK = re.compile(r"\r\n|[\n\r]")
BATCH = 4096


class Unreadable(Exception):
    """The rest of a table cannot be read; where, and why."""

    def __init__(self, message: str, row: Row | None = None) -> None:
        super().__init__(message)
        self.row = row


@dataclass(frozen=True, eq=False)
class Batch:
    """Some rows of a table, by column.

    Parameters
    ----------
    columns : list
        Cells of each column of the header.
    numbers : ndarray of int64
        What the table calls each row.
    over : ndarray of bool
        Rows with more cells than there are columns.
    fault : Unreadable, optional
        Why nothing can be read after these.
    """

    columns: list[Cells]
    numbers: IntArray
    over: NDArray[np.bool_]
    fault: Unreadable | None = None


class CsvSource:
    """A table of comma-separated values."""

    is_guarded = True
    """Whether an apostrophe may stand before a text that is no formula."""

    def __init__(self, text: str, shown: str, is_clean: bool = False) -> None:
        self.shown, self.content, self.is_clean = shown, text.encode("utf-8"), is_clean
        reader = self._reader(self.content)
        self.header: tuple[str, ...] = ()
        try:
            self.header = tuple(cell.strip() for cell in next(reader, []))
        except csv.Error as error:
            raise self._broken(error, reader.line_num) from None

    def _reader(self, content: bytes) -> Any:
        return csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""), strict=True)

    @cached_property
    def _starts(self) -> IntArray:
        """Where each line begins in the content, and where the last one ends."""
        signs = np.frombuffer(self.content, dtype=np.uint8)
        ends = (signs == 10) | (signs == 13)
        ends[:-1] &= ~((signs[:-1] == 13) & (signs[1:] == 10))
        return np.concatenate([[0], np.flatnonzero(ends) + 1, [len(signs) + 1]])

    def _line(self, number: int) -> str:
        if number == 1:
            end = re.search(rb"[\r\n]", self.content)
            return self.content[: end.start() if end else None].decode("utf-8")
        if not 0 < number < len(self._starts):
            return ""
        start, end = self._starts[number - 1 : number + 1]
        return self.content[start:end].decode("utf-8").rstrip("\r\n")

    def row(self, number: int) -> Row:
        """Return the place of a line."""
        text = self._line(number)
        return Row(self.shown, max(1, number), 1, text, max(1, len(text)), header=self.header)

    def rows(self) -> Iterator[tuple[Row, Sequence[Any]]]:
        """Yield every row that is not empty."""
        reader = self._reader(self.content)
        try:
            next(reader, None)
            before = reader.line_num
            for cells in reader:
                line, before = before + 1, reader.line_num
                if any(cell.strip() for cell in cells):
                    yield self.row(line), cells
        except csv.Error as error:
            raise self._broken(error, reader.line_num) from None

    def batches(self, kinds: Sequence[str] = ()) -> Iterator[Batch]:
        """Yield the rows that are not empty, by column.

        Parameters
        ----------
        kinds : sequence of str
            What stands in each column (see `plain_columns`), where it is known.
        """
        columns = plain_columns(self.content, kinds) if kinds and self.is_clean else None
        if columns is not None:
            size = length(columns[0])
            yield Batch(columns, 2 + np.arange(size), np.zeros(size, dtype=bool))
            return
        reader = self._reader(self.content)
        next(reader, None)
        fault: Unreadable | None = None
        while fault is None:
            rows: list[list[str]] = []
            before = reader.line_num
            try:
                rows.extend(itertools.islice(reader, BATCH))
            except csv.Error as error:  # the rows before it have been read
                fault = self._broken(error, reader.line_num)
            if not rows and fault is None:
                return
            numbers = before + 1 + np.arange(len(rows))
            if fault is not None or reader.line_num - before != len(rows):
                breaks = [sum(len(BREAK.findall(cell)) for cell in cells) for cells in rows]
                numbers += np.concatenate([[0], np.cumsum(breaks)])[: len(rows)].astype(np.int64)
            yield self._batch(rows, numbers, fault)

    def _batch(self, rows: list[list[str]], numbers: IntArray, fault: Unreadable | None) -> Batch:
        width = len(self.header)
        columns: list[tuple[str, ...]] = list(itertools.zip_longest(*rows, fillvalue=""))
        if not any(all(map(str.strip, column)) for column in columns):  # some row may be empty
            filled = [any(map(str.strip, cells)) for cells in rows]
            rows, numbers = list(itertools.compress(rows, filled)), numbers[filled]
            columns = list(itertools.zip_longest(*rows, fillvalue=""))
        over = np.zeros(len(rows), dtype=bool)
        if len(columns) > width:
            over = np.fromiter(map(len, rows), np.int64, len(rows)) > width
        columns += [("",) * len(rows)] * (width - len(columns))
        return Batch([*columns[:width]], numbers, over, fault)

    def cells(self, number: int) -> Sequence[Any]:
        """Return the cells of the row that begins on a line."""
        return next(csv.reader(self._lines_from(number), strict=True), [])

    def _lines_from(self, number: int) -> Iterator[str]:
        """Yield a line and those after it, line breaks included."""
        for start, end in itertools.pairwise(self._starts[number - 1 :]):
            yield self.content[start:end].decode("utf-8")

    def _broken(self, error: csv.Error, line: int) -> Unreadable:
        row = self.row(line)
        hint = "; double the quotes within a quoted cell" if '"' in row.text else ""
        return Unreadable(f"not CSV: {error}{hint}", row)

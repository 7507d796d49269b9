"""A sheet of an Excel workbook as a table's rows.

Formulas are never evaluated: what was computed when the file was saved is read, and a formula without
a result is a fault. The file is untrusted: a workbook is opened only if its parts, unpacked, stay
within a limit.
"""

from __future__ import annotations

import importlib
import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from resilience.fields import shorten
from resilience.grammar.csv_source import Unreadable
from resilience.grammar.document import SheetRow
from resilience.grammar.names import suggest
from resilience.grammar.tables import MOST_COLUMNS, names_of

MOST_UNPACKED = 256 * 2**20
MOST_PARTS = 1000
MOST_ROWS = 1_048_576
"""As many as Excel itself can hold."""
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["\']([A-Z0-9:]+)["\']')
FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
DOCTYPE = re.compile(rb"<!DOCTYPE")
SPELT = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Book:
    """A workbook.

    Parameters
    ----------
    content : bytes
        The file.
    shown : str
        How messages call it.

    Raises
    ------
    Unreadable
        If it is no workbook, or is too large unpacked.
    """

    def __init__(self, content: bytes, shown: str) -> None:
        _check_size(content)
        self.shown, self.content = shown, content
        self.values = _open(content, data_only=True)
        self.names: list[str] = [sheet.title for sheet in self.values.worksheets]

    @cached_property
    def formulas(self) -> Any:
        """The same workbook, with formulas in place of what they gave."""
        return _open(self.content, data_only=False)

    def part(self, sheet: str) -> bytes | None:
        """Return the XML of a sheet, or None if it cannot be found."""
        try:
            with zipfile.ZipFile(io.BytesIO(self.content)) as packed:
                return packed.read(self.values[sheet]._worksheet_path)
        except Exception:  # a broken archive breaks in many ways, and reading it says how
            return None

    def source(self, sheet: str) -> ExcelSource:
        """Return a sheet as a table."""
        return ExcelSource(self, sheet)


class ExcelSource:
    """One sheet of a workbook; what is hidden in it counts all the same.

    The first row that is not empty is the header.

    Raises
    ------
    Unreadable
        If cells are merged, or nothing can be read.
    """

    def __init__(self, book: Book, sheet: str) -> None:
        self.sheet = sheet
        self.shown = f"{book.shown}#{sheet}" if "#" not in book.shown else book.shown
        self.header: tuple[str, ...] = ()
        self.first = 1
        part = book.part(sheet)
        if part is not None and (b"\0" in part or DOCTYPE.search(part)):
            raise Unreadable("not a sheet: not the XML that spreadsheets write", self.row(1))
        merged = MERGED.search(part) if part is not None else None
        if merged is not None:
            cells = merged.group(1).decode("ascii", "replace")
            told = f"cells {shorten(cells)} are merged, and all but the first count as empty; unmerge them"
            raise Unreadable(told, self.row(1))
        books = [book.values]
        if part is None or FORMULA.search(part):
            books.append(book.formulas)
        self._rows = self._read([each[sheet] for each in books])
        for row, cells in self._rows:
            if _filled(cells):
                self.header, self.first = names_of(cells), row.line
                break

    def row(self, number: int) -> SheetRow:
        """Return the place of a row, counted from 1."""
        return SheetRow(self.shown, number, 1, "", 0, f"row {number}", header=self.header)

    def rows(self) -> Iterator[tuple[SheetRow, Sequence[Any]]]:
        """Yield every row below the header that is not empty."""
        for row, cells in self._rows:
            if any(cell is not None and str(cell).strip() for cell in cells):
                yield row, cells[: max(len(self.header), _filled(cells))]

    def _read(self, sheets: Sequence[Any]) -> Iterator[tuple[SheetRow, list[Any]]]:
        number = 0
        try:
            for sheet in sheets:
                sheet.reset_dimensions()
            for number, rows in enumerate(zip(*(sheet.iter_rows() for sheet in sheets), strict=True), 1):
                if number > MOST_ROWS:
                    raise Unreadable(f"more than {MOST_ROWS:,} rows", self.row(number))
                if len(rows[0]) > MOST_COLUMNS:
                    raise Unreadable(f"more than {MOST_COLUMNS} columns", self.row(number))
                if len(rows) > 1:
                    self._check_formulas(number, *rows)
                yield self.row(number), [_meant(cell.value) for cell in rows[0]]
        except Unreadable:
            raise
        except Exception as error:  # whatever the library makes of a broken file
            raise Unreadable(f"not a sheet: {_said(error)}", self.row(number + 1)) from None

    def _check_formulas(self, number: int, values: Sequence[Any], formulas: Sequence[Any]) -> None:
        """Raise if a formula has no result; an empty text is one."""
        for column, (value, formula) in enumerate(zip(values, formulas, strict=False)):
            if formula.data_type == "f" and value.value is None and value.data_type != "str":
                place = self.row(number)
                named = place.cell(column).name
                told = f"the formula in {named} has no result; open the file in Excel and save it"
                raise Unreadable(told, place)


def _meant(value: Any) -> Any:
    """Return a cell with the signs that XML cannot hold, which Excel spells out."""
    if isinstance(value, str) and "_x" in value:
        return SPELT.sub(lambda match: chr(int(match.group(1), 16)), value)
    return value


def _filled(cells: Sequence[Any]) -> int:
    """Return how many cells there are up to the last that holds something."""
    return max((number + 1 for number, cell in enumerate(cells) if cell not in (None, "")), default=0)


def _said(error: Exception) -> str:
    return f"{type(error).__name__} {shorten(error)}".strip()


def _check_size(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except Exception as error:  # a broken archive breaks in many ways
        raise Unreadable(f"is not an Excel workbook: {_said(error)}") from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        limit = f"{MOST_UNPACKED // 2**20} MiB in {MOST_PARTS} parts"
        raise Unreadable(f"is larger than {limit} when unpacked; use Parquet for large tables")
    _check_shared(content)


def _check_shared(content: bytes) -> None:
    """Raise if the parts beside the sheets declare entities, as no spreadsheet does."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in ("xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"):
                if name in packed.namelist() and DOCTYPE.search(packed.read(name)):
                    raise Unreadable(f"is not an Excel workbook: {name} declares entities")
    except Unreadable:
        raise
    except Exception as error:  # a broken archive breaks in many ways
        raise Unreadable(f"is not an Excel workbook: {_said(error)}") from None


def _open(content: bytes, data_only: bool) -> Any:
    try:
        openpyxl: Any = importlib.import_module("openpyxl")
    except ImportError:
        raise Unreadable("needs a library: pip install resilience[tables]") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that are not read
            return openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=data_only, keep_links=False
            )
    except Exception as error:  # whatever the library makes of a broken file
        raise Unreadable(f"is not an Excel workbook: {_said(error)}") from None


def choose(sheets: Sequence[str], section: str, asked: str) -> str:
    """Return the sheet of a section: the one asked for, or called as it, or the only one.

    Raises
    ------
    Unreadable
        If there is none, or it is not clear which.
    """
    if asked:
        if asked in sheets:
            return asked
        known = suggest(asked, sheets) or f"; there is {shorten(', '.join(sheets))}"
        raise Unreadable(f"has no sheet '{shorten(asked)}'{known}")
    if section in sheets:
        return section
    if len(sheets) == 1:
        return sheets[0]
    first = shorten(sheets[0]) if sheets else "sheet"
    raise Unreadable(f"has {len(sheets)} sheets and none called '{section}'; say which, as file.xlsx#{first}")

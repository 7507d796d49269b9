"""A sheet of an Excel workbook as a table's rows.

Formulas are never evaluated: what was computed when the file was saved is read, and a formula without
a result is a fault. The file is untrusted: a workbook is opened only if its parts, unpacked, stay
within a limit.
"""

from __future__ import annotations

import importlib
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
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


class ExcelSource:
    """One sheet of a workbook.

    Parameters
    ----------
    content : bytes
        The file.
    shown : str
        How messages call it.
    section : str
        Names the sheet where none is asked for.
    sheet : str
        The sheet asked for, or ``""``.

    Raises
    ------
    Unreadable
        If it is no workbook, is too large unpacked, or has no such sheet.
    """

    def __init__(self, content: bytes, shown: str, section: str, sheet: str) -> None:
        _check_size(content)
        self._values = _open(content, data_only=True)
        self._formulas = _open(content, data_only=False)
        self._sheet = _choose(self._values.sheetnames, section, sheet)
        self.shown = f"{shown}#{self._sheet}" if "#" not in shown else shown
        self.header: tuple[str, ...] = ()
        self._rows = self._read()
        first = next(self._rows, None)
        self.header = names_of(first[1]) if first is not None else ()

    def row(self, number: int) -> SheetRow:
        """Return the place of a row, counted from 1."""
        return SheetRow(self.shown, number, 1, "", 0, f"row {number}", header=self.header)

    def rows(self) -> Iterator[tuple[SheetRow, Sequence[Any]]]:
        """Yield every row below the header that is not empty."""
        for row, cells in self._rows:
            if any(cell is not None and str(cell).strip() for cell in cells):
                yield row, cells[: max(len(self.header), _filled(cells))]

    def _read(self) -> Iterator[tuple[SheetRow, list[Any]]]:
        number = 0
        try:
            sheets = [book[self._sheet] for book in (self._values, self._formulas)]
            for sheet in sheets:
                sheet.reset_dimensions()
            pairs = zip(*(sheet.iter_rows() for sheet in sheets), strict=True)
            for number, (values, formulas) in enumerate(pairs, 1):
                if number > MOST_ROWS:
                    raise Unreadable(f"more than {MOST_ROWS:,} rows", self.row(number))
                if len(values) > MOST_COLUMNS:
                    raise Unreadable(f"more than {MOST_COLUMNS} columns", self.row(number))
                for column, (value, formula) in enumerate(zip(values, formulas, strict=False)):
                    if formula.data_type == "f" and value.value is None:
                        place = self.row(number)
                        named = place.cell(column).name
                        told = f"the formula in {named} has no result; open the file in Excel and save it"
                        raise Unreadable(told, place)
                yield self.row(number), [cell.value for cell in values]
        except Unreadable:
            raise
        except Exception as error:  # whatever the library makes of a broken file
            raise Unreadable(f"not a sheet: {_said(error)}", self.row(number + 1)) from None


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


def _choose(sheets: Sequence[str], section: str, asked: str) -> str:
    """Return the sheet to read."""
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

"""Tables into an Excel workbook: text is text, whatever it looks like, and every digit is kept.

A text is written as one, so that ``=1+1``, ``1E5``, ``NO`` and ``2025-04`` stay what they are; cells of text
are formatted as such, so that they stay so when they are typed again. A number whose last digit the
library would round away is written as a text, which reads as the same number.
"""

from __future__ import annotations

import importlib
import io
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from resilience.errors import OutputError
from resilience.grammar.cells import Scalar
from resilience.grammar.sheets import Sheet

MOST_ROWS = 1_048_575
"""Below the header, in one sheet."""
LONGEST = 32_767
"""Most characters in a cell."""
WIDEST, NARROWEST, LOOKED_AT = 50, 9, 200
"""Width of columns in characters, and how many rows are looked at for it."""
SPELT = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f]")
"""Signs that XML cannot hold, and texts that look like one spelt out."""


def write_workbook(sheets: Sequence[Sheet], path: Path) -> None:
    """Write tables as the sheets of a workbook.

    Raises
    ------
    OutputError
        If a table is larger than a sheet, a text longer than a cell, or the library is missing.
    """
    for sheet in sheets:
        check_size(sheet)
    book = openpyxl().Workbook(write_only=True)
    for sheet in sheets:
        _write_sheet(book, sheet)
    content = io.BytesIO()  # a full disk is told when it is ours that is full, not within the library
    book.save(content)
    path.write_bytes(content.getvalue())


def check_size(sheet: Sheet) -> None:
    """Raise an `OutputError` if a table does not fit into a sheet."""
    if sheet.size > MOST_ROWS:
        told = f"'{sheet.name}' has {sheet.size:,} rows, and a sheet of Excel holds {MOST_ROWS:,}"
        raise OutputError(f"{told}; write Parquet")
    for name, cells in sheet.columns.items():
        for number, cell in enumerate(cells):
            if isinstance(cell, str) and len(cell) > LONGEST:
                told = f"'{name}' of row {number + 2} of '{sheet.name}' has {len(cell):,} characters"
                raise OutputError(f"{told}, and a cell of Excel holds {LONGEST:,}; write CSV or Parquet")


def openpyxl() -> Any:
    """Return the library that reads and writes workbooks.

    Raises
    ------
    OutputError
        If it is not installed.
    """
    try:
        return importlib.import_module("openpyxl")
    except ImportError:
        raise OutputError("a workbook needs the package openpyxl: pip install resilience[tables]") from None


def _write_sheet(book: Any, sheet: Sheet) -> None:
    page = book.create_sheet(sheet.name)
    page.freeze_panes = "B2"
    for number, (name, cells) in enumerate(sheet.columns.items(), 1):
        letters = importlib.import_module("openpyxl.utils").get_column_letter(number)
        page.column_dimensions[letters].width = _width(name, cells)
    make = _Maker(page)
    page.append([make.header(name) for name in sheet.columns])
    for row in rows_of(sheet):
        page.append([make.cell(cell) for cell in row])


def rows_of(sheet: Sheet) -> Iterator[tuple[Scalar, ...]]:
    """Yield the rows of a table, nothing for a NaN."""
    columns = [cells.tolist() if hasattr(cells, "tolist") else cells for cells in sheet.columns.values()]
    return zip(*columns, strict=True)


def _width(name: str, cells: Any) -> int:
    longest = max((len(str(cell)) for cell in cells[:LOOKED_AT] if cell is not None), default=0)
    return min(WIDEST, max(NARROWEST, len(name) + 2, longest + 2))


class _Maker:
    """Makes the cells of one sheet."""

    def __init__(self, page: Any) -> None:
        styles = importlib.import_module("openpyxl.styles")
        self.page, self.make = page, importlib.import_module("openpyxl.cell").WriteOnlyCell
        self.bold = styles.Font(bold=True)

    def header(self, name: str) -> Any:
        cell = self.text(name)
        cell.font = self.bold
        return cell

    def cell(self, value: Scalar) -> Any:
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return None
        if isinstance(value, bool) or (isinstance(value, int | float) and float(f"{value:.16g}") == value):
            return value
        return self.text(value if isinstance(value, str) else repr(value))

    def text(self, value: str) -> Any:
        """Return a cell that is a text whatever it looks like."""
        cell = self.make(self.page)
        cell._value = SPELT.sub(lambda match: f"_x{ord(match.group()):04X}_", value)
        cell.data_type, cell.number_format = "s", "@"
        return cell

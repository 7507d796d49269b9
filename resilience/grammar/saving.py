"""A network saved as a workbook or a folder of tables, whole or not at all.

A folder is replaced as a whole, so that no table of an earlier network is left in it; one that holds
anything else is left alone unless that is asked for.
"""

from __future__ import annotations

import csv
import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from resilience.errors import OutputError
from resilience.fields import Units
from resilience.fields.readers import LARGEST
from resilience.grammar.books import BOOK, SUFFIXES, TABLES
from resilience.grammar.cells import guarded, text_of
from resilience.grammar.disk import replace_folder, writable, write_file
from resilience.grammar.reading import FOREIGN
from resilience.grammar.sheets import Sheet, explained, sheets_of
from resilience.grammar.workbook import openpyxl, write_workbook

KINDS = ("xlsx", "csv", "parquet")


def save(data: Mapping[str, Any], units: Units, path: Path, kind: str, force: bool = False) -> None:
    """Save a network's data as tables.

    Parameters
    ----------
    data : mapping
        Of its document.
    units : Units
        Of bare numbers.
    path : Path
        A workbook, or the folder of the tables.
    kind : str
        One of `KINDS`.
    force : bool
        Write into a folder that holds other files too; these are left as they are.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    if kind == "xlsx":
        target = writable(path)
        if target.suffix.lower() != BOOK:
            raise OutputError(f"{path}: a workbook's name ends in {BOOK}")
        openpyxl()
        sheets = [*_readable(sheets_of(data, True)), explained(units)]
        write_file(path, lambda draft: write_workbook(sheets, draft))
        return
    check_folder(path, force)
    write = csv_writer if kind == "csv" else parquet_writer()
    tables = {f"{sheet.name}.{kind}": write(sheet) for sheet in _readable(sheets_of(data, kind != "csv"))}
    replace_folder(path, tables, [name for name in _there(path) if is_table(path / name)])


def _readable(sheets: Sequence[Sheet]) -> Sequence[Sheet]:
    """Return tables, or raise an `OutputError` for a sign that could not be read back from them."""
    for sheet in sheets:
        for name, cells in sheet.columns.items():
            texts = [cell for cell in cells if isinstance(cell, str)] if isinstance(cells, list) else []
            found = FOREIGN.search("".join(texts))
            if found is not None:
                told = f"'{name}' of '{sheet.name}' has character U+{ord(found.group()):04X}"
                raise OutputError(f"{told}, which cannot stand in a table")
    return sheets


def check_folder(path: Path, force: bool = False) -> None:
    """Raise an `OutputError` unless a folder may be replaced: not there, empty, or a network's tables."""
    there = _there(path)
    if "network.yaml" in there:
        raise OutputError(
            f"{path}: has a network.yaml, which would be read in place of tables; name another folder"
        )
    others = [name for name in there if not is_table(path / name)]
    if others and not force:
        told = f"{path}: holds {others[0]}, which is no table of a network"
        raise OutputError(f"{told}; name another folder, or use --force to write beside it")


def is_table(path: Path) -> bool:
    """Say whether a path is that of a table of a network: not a folder, as other tools write Parquet.

    Examples
    --------
    >>> is_table(Path("lanes.csv")), is_table(Path("notes.csv"))
    (True, False)
    """
    return path.stem in TABLES and path.suffix in SUFFIXES and not path.is_dir()


def _there(path: Path) -> list[str]:
    return sorted(item.name for item in path.iterdir()) if path.is_dir() else []


def csv_writer(sheet: Sheet) -> Callable[[Path], None]:
    """Return what writes a table as CSV."""

    def write(path: Path) -> None:
        columns = [csv_cells(cells) for cells in sheet.columns.values()]
        with path.open("w", encoding="utf-8", newline="") as file:
            has_return = any("\r" in cell for cells in columns for cell in cells)  # not quoted for it alone
            writer = csv.writer(
                file, lineterminator="\n", quoting=csv.QUOTE_ALL if has_return else csv.QUOTE_MINIMAL
            )
            writer.writerow(sheet.columns)
            writer.writerows(zip(*columns, strict=True))

    return write


def csv_cells(cells: Any) -> list[str]:
    """Return cells as the texts of a CSV file.

    Examples
    --------
    >>> csv_cells(["=a", None, 7.0, True]), csv_cells(np.array([0.1, np.nan]))
    (["'=a", '', '7', 'true'], ['0.1', ''])
    """
    if isinstance(cells, np.ndarray):
        return ["" if number != number else text_of(number) for number in cells.tolist()]
    return [
        "" if cell is None else guarded(cell) if isinstance(cell, str) else text_of(cell) for cell in cells
    ]


def parquet_writer() -> Callable[[Sheet], Callable[[Path], None]]:
    """Return what makes, of a table, what writes it as Parquet.

    Raises
    ------
    OutputError
        If the library is missing.
    """
    try:
        pa: Any = importlib.import_module("pyarrow")
        pq: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise OutputError("Parquet needs the package pyarrow: pip install resilience[tables]") from None

    def make(sheet: Sheet) -> Callable[[Path], None]:
        arrays = [_array(pa, cells) for cells in sheet.columns.values()]
        table = pa.Table.from_arrays(arrays, names=list(sheet.columns))
        return lambda path: pq.write_table(table, path)

    return make


def _array(pa: Any, cells: Any) -> Any:
    """Return cells as a column of one type: numbers or truth values where all are, else texts."""
    if isinstance(cells, np.ndarray):
        return pa.array(cells, mask=np.isnan(cells))
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:
        return pa.array(cells, pa.bool_())
    if kinds == {int} and all(cell is None or abs(cell) < LARGEST for cell in cells):
        return pa.array(cells, pa.int64())  # a year that is a text stays 2025 and is not 2025.0
    if kinds and kinds <= {int, float}:
        return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64())
    return pa.array([None if cell is None else text_of(cell) for cell in cells], pa.string())

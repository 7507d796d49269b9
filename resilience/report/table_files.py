"""Result tables as files: a workbook with one sheet each, a folder with one CSV or Parquet file each.

Nothing is rounded; what is not limited, or not defined, is an empty cell. A text that looks like a formula
is a text in a workbook.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from resilience.errors import OutputError
from resilience.grammar.disk import write_file, write_folder
from resilience.grammar.sheets import Sheet
from resilience.grammar.workbook import openpyxl, write_workbook
from resilience.report.output import to_csv, with_columns

if TYPE_CHECKING:
    import pandas as pd


def write_tables(tables: Mapping[str, pd.DataFrame], kind: str, path: Path) -> None:
    """Write tables as a workbook, or as a folder of CSV or Parquet files; all of them or none.

    Raises
    ------
    OutputError
        If they cannot be written, or a library is missing.
    """
    if kind == "xlsx":
        openpyxl()
        sheets = [sheet_of(name, frame) for name, frame in tables.items()]
        write_file(path, lambda draft: write_workbook(sheets, draft))
        return
    write_folder(
        path, {f"{name}.{kind}": _writer(with_columns(frame), kind) for name, frame in tables.items()}
    )


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write one table as a Parquet file."""
    write_file(path, _writer(with_columns(frame), "parquet"))


def sheet_of(name: str, frame: pd.DataFrame) -> Sheet:
    """Return a table as one of plain cells.

    Examples
    --------
    >>> import pandas as pd
    >>> sheet = sheet_of("flows", pd.DataFrame({"lane": ["a>b"], "capacity_t": [float("inf")]}))
    >>> sheet.columns
    {'lane': ['a>b'], 'capacity_t': array([nan])}
    """
    whole = with_columns(frame)
    return Sheet(name, {str(key): _cells(whole.iloc[:, number]) for number, key in enumerate(whole.columns)})


def _cells(column: pd.Series[Any]) -> Sequence[Any] | np.ndarray[Any, np.dtype[np.float64]]:
    """Return a column as numbers, or as scalars."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        values = column.to_numpy(dtype=np.float64, copy=True)
        values[np.isinf(values)] = np.nan
        return values
    empty = column.isna().tolist()
    return [None if none else _cell(value) for value, none in zip(column.tolist(), empty, strict=True)]


def _cell(value: Any) -> Any:
    return value if isinstance(value, str | bool | int | float) else str(value)


def _writer(frame: pd.DataFrame, kind: str) -> Callable[[Path], Any]:
    """Return what writes one table; its text is made at once, so that faults come before files."""
    if kind == "csv":
        text = to_csv(frame)
        return lambda path: path.write_text(text, encoding="utf-8", newline="\n")
    try:
        importlib.import_module("pyarrow")
    except ImportError:
        raise OutputError("parquet needs the package pyarrow: pip install resilience[tables]") from None
    return lambda path: frame.to_parquet(path, index=False)

"""Tables of results on a page: heads with units in words, numbers rounded for reading and exact for CSV."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resilience.report.frames import column, head
from resilience.report.output import with_columns

if TYPE_CHECKING:
    import pandas as pd

    from resilience.results.solution import Units

MOST = 1_000
"""Rows of a table that stand on the page."""

PREFIXES = ("before", "after", "change")
"""What the columns of a comparison begin with."""


@dataclass(frozen=True)
class Cell:
    """One cell: what is read, and the exact value."""

    text: str
    value: str


@dataclass(frozen=True)
class Head:
    """One column's head: its title, its name in CSV, and whether it holds numbers."""

    title: str
    name: str
    number: bool


@dataclass(frozen=True)
class PageTable:
    """A table on a page.

    Parameters
    ----------
    key : str
        Its name, unique on the page; of the CSV file too.
    title : str
        What it holds.
    heads : tuple of Head
        Columns.
    rows : tuple
        Cells.
    left_out : int
        Rows that are not on the page because there are too many.
    """

    key: str
    title: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0


def page_table(key: str, title: str, frame: pd.DataFrame | pd.Series[Any], unit: Units) -> PageTable:
    """Return a table of results as a table on a page; columns without any content are left out."""
    whole = with_columns(frame)
    shown = whole.head(MOST)
    heads, cells = [], []
    for name in map(str, shown.columns):
        series = shown[name]
        number = series.dtype.kind in "iuf"
        values = series.tolist()
        exact = [_exact(value) for value in values]
        if len(shown) and not any(exact):
            continue
        made = column(name, series, unit)
        heads.append(Head(head(name, unit), name, number))
        cells.append([Cell(made.shown(cell), value) for cell, value in zip(made.cells, exact, strict=True)])
    rows = tuple(zip(*cells, strict=True)) if cells else ()
    return PageTable(key, title, tuple(heads), rows, len(whole) - len(shown))


def _exact(value: Any) -> str:
    """Return a value as CSV has it: all digits; nothing where there is no limit or no value.

    Examples
    --------
    >>> _exact(0.1), _exact(float("inf")), _exact(-0.0), _exact(3.0), _exact("a"), _exact(None)
    ('0.1', '', '0', '3', 'a', '')
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return str(value)

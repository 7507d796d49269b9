"""Any table of results for people: heads with units in words, numbers rounded, shares as percentages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resilience.report.numbers import money, number, share
from resilience.report.output import with_columns
from resilience.report.tables import Column, numbers, table

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from resilience.results.solution import Units

SHARES = ("share", "utilisation")
"""Endings of the names of columns that hold shares of one."""


def head(name: str, unit: Units) -> str:
    """Return the title of a column from its name.

    Examples
    --------
    >>> from resilience.results.solution import Units
    >>> unit = Units("t", "usd", "usd_per_t")
    >>> head("rent_usd_per_t", unit), head("short_share", unit), head("wanted_t", unit)
    ('rent, USD/t', 'short share', 'wanted, t')
    """
    price = f"{unit.money.upper()}/{unit.mass}"
    for ending, word in ((unit.price, price), (unit.money, unit.money.upper()), (unit.mass, unit.mass)):
        if name.endswith(f"_{ending}"):
            return f"{name.removesuffix(f'_{ending}').replace('_', ' ')}, {word}"
    return name.replace("_", " ")


def frame_table(frame: pd.DataFrame | pd.Series[Any], unit: Units) -> Table:
    """Return a table of results as a table for people."""
    whole = with_columns(frame)
    return table([column(str(name), whole[name], unit) for name in whole.columns])


def column(name: str, cells: pd.Series[Any], unit: Units, title: str | None = None) -> Column:
    """Return one column of a table of results, shown by what its name says it holds."""
    shown = title if title is not None else head(name, unit)
    if cells.dtype.kind not in "if":
        return Column(shown, ["" if cell is None or cell != cell else cell for cell in cells.tolist()])
    if name.endswith(SHARES):
        return numbers(shown, cells.tolist(), share)
    return numbers(shown, cells.tolist(), money if name.endswith(f"_{unit.money}") else number)

"""Rows of a table as entries, column by column, where nothing is wrong with any of them.

Where something is, nothing is returned, and the table is read row by row, which finds every fault and
says where it is. The places of rows are worked out when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from resilience.grammar.cells import MOST_NESTED, OPENS
from resilience.grammar.columns import are_texts, cells_of
from resilience.grammar.document import Place
from resilience.grammar.reading import FOREIGN

if TYPE_CHECKING:
    from resilience.grammar.tables import ColumnSource

Entries = dict[str, dict[str, Any]]


@dataclass(frozen=True, eq=False)
class RowPlaces:
    """Where the entries of a table stand.

    Parameters
    ----------
    source : ColumnSource
        The table.
    numbers : mapping
        What it calls the row of each entry.
    """

    source: ColumnSource
    numbers: Mapping[str, int]

    def place(self, key: Any, at_key: bool) -> Place | None:
        """Return where an entry stands, or None if not in the table."""
        number = self.numbers.get(key)
        if number is None:
            return None
        row = self.source.row(number)
        return row.cell(self.source.header.index("id")) if at_key and row.name else row


def entries_of(
    source: ColumnSource, names: Collection[str], is_guarded: bool, id_text: Callable[[Any], str]
) -> tuple[Entries, RowPlaces] | None:
    """Return the entries by id and their places, or None if any row is not right, or not simple.

    Parameters
    ----------
    source : ColumnSource
        With a column ``id``; no column's name contradicts another's.
    names : collection of str
        Columns that are read.
    is_guarded : bool
        Whether an apostrophe may stand before a text.
    id_text : callable
        Returns the text of an id.
    """
    batches = list(source.batches())
    if any(batch.fault is not None or batch.over.any() for batch in batches):
        return None
    columns: dict[str, list[Any]] = {}
    for name, *parts in zip(source.header, *(batch.columns for batch in batches), strict=True):
        cells = _tidy(list(chain.from_iterable(map(cells_of, parts))), is_guarded)
        if cells is None:
            return None
        columns[name] = cells
    ids = list(map(id_text, columns.pop("id")))
    if not all(ids) or len(set(ids)) != len(ids):
        return None
    entries: Entries = {key: {} for key in ids}
    for name, cells in columns.items():
        if name in names:
            _fill(list(entries.values()), name.split("."), cells)
    numbers = np.concatenate([np.empty(0, np.int64), *(batch.numbers for batch in batches)]).tolist()
    return entries, RowPlaces(source, dict(zip(ids, numbers, strict=True)))


def are_apart(names: Sequence[str]) -> bool:
    """Say whether no column can be at fault for its name, beside another: cells may then be read later.

    Examples
    --------
    >>> are_apart(["from", "cost.fixed"]), are_apart(["cost", "cost.fixed"]), are_apart(["from", ""])
    (True, False, False)
    """
    parts = [name.split(".") for name in names]
    groups = {".".join(steps[:size]) for steps in parts for size in range(1, len(steps))}
    return "" not in names and groups.isdisjoint(names) and max(map(len, parts)) <= MOST_NESTED


def _tidy(cells: list[Any], is_guarded: bool) -> list[Any] | None:
    """Return a column's cells without white space around texts; None if a text is not simply what it says."""
    texts = cells if are_texts(cells) else [cell for cell in cells if isinstance(cell, str)]
    whole = "".join(texts)
    if FOREIGN.search(whole) or any(sign in whole for sign in OPENS) or (is_guarded and "'" in whole):
        return None
    return [cell.strip() if isinstance(cell, str) else cell for cell in cells]


def _fill(entries: Sequence[dict[str, Any]], steps: Sequence[str], cells: Sequence[Any]) -> None:
    """Put the cells of a column into the entries, but for the empty ones."""
    *groups, last = steps
    for entry, cell in zip(entries, cells, strict=True):
        if cell is None or cell == "":
            continue
        inner = entry
        for step in groups:
            inner = inner.setdefault(step, {})
        inner[last] = cell

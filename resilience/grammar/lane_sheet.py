"""A table of lanes on its way out: column by column, as it was read, and never lane by lane.

Rows that hold lists or mappings (as a DataFrame's may), and lanes that stood in the file beside the table,
are spread like the entries of any other section.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.grammar.cells import Columns, Scalar, as_plain, text_of, unguarded
from resilience.grammar.columns import Cells, Coded, Ready, cells_of, numbers_of
from resilience.grammar.lane_columns import PLAIN_NUMBERS
from resilience.grammar.lane_rows import LANES, LaneMap, LaneRows
from resilience.grammar.tables import is_own

Column = NDArray[np.float64] | NDArray[np.object_]
SIMPLE = (str, int, float, bool, type(None))


def lane_columns(rows: LaneRows, is_typed: bool) -> dict[str, Sequence[Scalar] | NDArray[np.float64]]:
    """Return a table of lanes by column; numbers as an array, with NaN where none is given."""
    kept = rows.numbers >= 0
    columns, numbers = _read(rows)
    order = np.searchsorted(numbers, rows.numbers[kept])
    whole: dict[str, Column] = {}
    for name, cells in columns.items():
        whole[name] = _placed(cells[order], kept)
    nested = _nested(whole, len(kept)) | ~kept
    if isinstance(rows, LaneMap):
        whole["id"] = np.array(rows.ids, dtype=object)
    return _with_others(rows, whole, nested, is_typed)


def _read(rows: LaneRows) -> tuple[dict[str, Column], NDArray[np.int64]]:
    """Return the columns of the table that hold anything, and what the table calls each row."""
    source = rows.source
    names = [name if not is_own(name) else "" for name in source.header]
    is_guarded = bool(getattr(source, "is_guarded", False))
    parts: dict[str, list[Column]] = {name: [] for name in names if name}
    known: dict[str, str] = {}
    numbers = [np.empty(0, np.int64)]
    for batch in source.batches():
        numbers.append(batch.numbers)
        for name, cells in zip(names, batch.columns, strict=True):
            if name:
                parts[name].append(_part(name, cells, is_guarded, known))
    return {name: _joined(part) for name, part in parts.items()}, np.concatenate(numbers)


def _part(name: str, cells: Cells, is_guarded: bool, known: dict[str, str]) -> Column:
    """Return the cells of a batch: numbers where all are, else Python values, each text held once."""
    if isinstance(cells, Ready) and cells.values.dtype.kind in "iuf":
        values = cells.values.astype(np.float64)
        values[cells.missing] = np.nan
        return values
    if name in PLAIN_NUMBERS and not isinstance(cells, Coded):
        values, odd = numbers_of(cells_of(cells))
        if not odd.any():
            return values
    found = np.empty(len(cells.codes) if isinstance(cells, Coded) else len(cells_of(cells)), dtype=object)
    if isinstance(cells, Coded):
        words = np.empty(len(cells.words) + 1, dtype=object)
        words[:-1] = [_clean(word, is_guarded) for word in cells.words]
        words[-1] = None
        found[:] = words[cells.codes]
        return found
    found[:] = [known.setdefault(text, text) if type(text) is str else text for text in cells_of(cells)]
    if is_guarded or any(type(cell) is str and cell != cell.strip() for cell in known):
        found[:] = [_clean(cell, is_guarded) for cell in found]
    return found


def _clean(cell: Any, is_guarded: bool) -> Any:
    """Return a text without white space around it or what guards it; nothing for an empty one."""
    if type(cell) is not str:
        return cell
    text = cell.strip()
    return (unguarded(text) if is_guarded else text) or None


def _joined(parts: Sequence[Column]) -> Column:
    """Return the batches of a column as one."""
    if all(part.dtype.kind == "f" for part in parts):
        return np.concatenate([np.empty(0), *parts])
    return np.concatenate([part if part.dtype.kind == "O" else _boxed(part) for part in parts])


def _boxed(numbers: NDArray[Any]) -> NDArray[np.object_]:
    """Return numbers as Python's, nothing for NaN."""
    found = numbers.astype(object)
    found[np.isnan(numbers)] = None
    return found


def _placed(cells: Column, kept: NDArray[np.bool_]) -> Column:
    """Return a column with empty cells for the lanes that are not from the table."""
    if kept.all():
        return cells
    found: Column = np.full(len(kept), np.nan)
    if cells.dtype.kind != "f":
        found = _boxed(found)
    found[kept] = cells
    return found


def _nested(columns: Mapping[str, Column], size: int) -> NDArray[np.bool_]:
    """Return the rows in which some cell is no scalar."""
    found = np.zeros(size, dtype=bool)
    for cells in columns.values():
        if cells.dtype.kind == "O" and not set(map(type, cells)) <= set(SIMPLE):
            found |= np.fromiter((type(cell) not in SIMPLE for cell in cells), bool, size)
    return found


def _with_others(
    rows: LaneRows, whole: dict[str, Column], others: NDArray[np.bool_], is_typed: bool
) -> dict[str, Any]:
    """Return the columns, with the rows that are spread one by one put in."""
    positions = np.flatnonzero(others).tolist()
    spread = Columns(LANES, is_typed)
    cells = [spread.cells(as_plain(rows.entry(position))) for position in positions]
    for name in dict.fromkeys(name for row in cells for name in row):
        column = whole.get(name, np.full(len(others), None, dtype=object))
        whole[name] = _boxed(column) if column.dtype.kind == "f" else column.copy()
    for name, column in whole.items():
        if name != "id" and positions:
            values = [row.get(name) for row in cells]
            is_number = column.dtype.kind == "f"
            column[positions] = [np.nan if is_number and value is None else value for value in values]
    return {
        name: column if column.dtype.kind == "f" else _listed(column, is_typed)
        for name, column in whole.items()
    }


def _listed(column: Column, is_typed: bool) -> list[Scalar]:
    """Return cells as scalars."""
    return [cell if cell is None or is_typed or type(cell) is str else text_of(cell) for cell in column]

"""Networks made in Python: a section may be a pandas DataFrame with the columns of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from resilience.errors import InputError, Problem


def plain_section(key: str, value: Any) -> Any:
    """Return a section given as a DataFrame as plain entries."""
    if not hasattr(value, "to_dict") or not hasattr(value, "columns"):
        return value
    frame = value.reset_index() if value.index.name == "id" else value
    rows = [
        {name: cell for name, cell in row.items() if not _is_missing(cell)}
        for row in frame.to_dict("records")
    ]
    nested = [_nest(row) for row in rows]
    if key in ("lanes", "sea_distances"):
        return [{name: cell for name, cell in row.items() if name != "id"} for row in nested]
    if any("id" not in row for row in nested):
        raise InputError([Problem(path=key, message="a table of entries needs a column `id`")])
    return {str(row.pop("id")): row for row in nested}


def _is_missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and np.isnan(cell)) or cell == ""


def _nest(row: Mapping[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for name, cell in row.items():
        *parents, last = str(name).split(".")
        inner = whole
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = cell.item() if hasattr(cell, "item") else cell
    return whole

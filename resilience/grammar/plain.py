"""Networks made in Python: plain data from dicts, NumPy values and pandas DataFrames.

A section may be a DataFrame with the columns of a table: ``id``, fields, and nested fields with dots.
A cell that is missing (None, NaN, NA, NaT or empty) is a field left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resilience.fields import Fault, Section, plain, shown
from resilience.fields.values import Duration, FreightRate, Schedule, Tier
from resilience.grammar.document import Document, Path_
from resilience.grammar.sections import LISTED
from resilience.grammar.tables import nest

KEPT = (Section, Schedule, Tier, FreightRate, Duration)
"""Classes that stand in a network made in Python as they are."""


def read_python(data: Any) -> Document:
    """Return Python data as a document without places.

    Examples
    --------
    >>> import pandas as pd
    >>> read_python({"supplies": pd.DataFrame({"id": ["a"], "price": [0.5], "port": [None]})}).data
    {'supplies': {'a': {'price': 0.5}}}
    """
    document = Document(None)
    if not isinstance(data, Mapping):
        document.report((), f"wanted a mapping of sections, not {shown(data)}")
        return document
    sections = {key: _section(document, key, value) for key, value in data.items()}
    document.data = plain(sections, KEPT, document.report)
    return document


def plain_value(document: Document, path: Path_, value: Any) -> Any:
    """Return one value made plain; its faults are reported at a path."""
    return plain(value, KEPT, lambda inner, message: document.report((*path, *inner), message))


def _section(document: Document, key: Any, value: Any) -> Any:
    """Return a section given as a DataFrame as entries, and any other as it is."""
    if not hasattr(value, "to_dict") or not hasattr(value, "columns"):
        return value
    frame = value.reset_index() if value.index.name == "id" and "id" not in value.columns else value
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        document.report((str(key),), "a column stands twice")
        return None
    rows: list[dict[str, Any]] = []
    for number, cells in enumerate(frame.itertuples(index=False, name=None)):
        entry: dict[str, Any] = {}
        for name, cell in zip(names, cells, strict=True):
            if not _is_missing(cell):
                try:
                    nest(entry, name, cell)
                except Fault as fault:
                    document.report((str(key), number, *fault.path), str(fault))
        rows.append(entry)
    if key in LISTED and "id" not in names:
        return rows
    return _by_id(document, str(key), rows)


def _by_id(document: Document, section: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for number, row in enumerate(rows):
        key = str(row.pop("id", "")).strip()
        if not key:
            document.report((section, number), "a row without id; a table of entries needs a column `id`")
        elif key in entries:
            document.report((section, key), "stands twice")
        else:
            entries[key] = row
    return entries


def _is_missing(cell: Any) -> bool:
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return bool(cell == "" if isinstance(cell, str) else isinstance(cell, float) and cell != cell)

"""Sections that name a table, read: the whole section, or items of a list of entries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resilience.fields import shorten
from resilience.grammar.document import Document, Path_, Place
from resilience.grammar.lane_rows import LaneList
from resilience.grammar.sections import KEYED, LISTED
from resilience.grammar.tables import read_table, resolve_beside

BY_ID = ("policies", *KEYED)
"""Sections whose entries must have ids, and which may be tables."""
SHEET = re.compile(r"\.xlsx#", re.IGNORECASE)
"""Where the name of a sheet begins in the path of a table."""


def load_tables(document: Document, folder: Path | None) -> None:
    """Replace every section that names a table by the table's entries.

    Parameters
    ----------
    document : Document
        Changed in place; the places of rows and all faults are added to it.
    folder : Path or None
        Where tables stand; None for a network made in Python, which has none.
    """
    if not isinstance(document.data, dict):
        return
    for section in (*BY_ID, *LISTED):
        value = document.data.get(section)
        if isinstance(value, str):
            document.data[section] = _table(document, section, value, folder)
        elif section in LISTED and isinstance(value, list) and any(isinstance(item, str) for item in value):
            document.data[section] = _spliced(document, section, value, folder)


def _table(document: Document, section: str, name: str, folder: Path | None) -> Any:
    keyed = section in BY_ID
    name, _, sheet = name.partition("#") if SHEET.search(name) else (name, "", "")
    found = (
        resolve_beside(folder, name)
        if folder is not None
        else f"no folder to look for a table '{shorten(name)}' in; load the network from a file"
    )
    if isinstance(found, str):
        document.report((section,), found)
        return {} if keyed else []
    return read_table(document, section, found, str(Path(document.file).parent / name), keyed, sheet)


def _spliced(document: Document, section: str, items: list[Any], folder: Path | None) -> Any:
    """Return a list in which items that name a table are replaced by its rows."""
    whole: list[Any] = []
    moved: dict[Path_, Path_] = {}
    rows: dict[Path_, Place] = {}
    large: tuple[int, LaneList] | None = None
    shift = 0
    for number, item in enumerate(items):
        if not isinstance(item, str):
            moved[(section, number)] = (section, len(whole) + shift)
            whole.append(item)
            continue
        part = Document(None, file=document.file, values={(section,): document.place((section, number))})
        found = _table(part, section, item, folder)
        if isinstance(found, Mapping):
            part.report((section,), "a table within a list has no ids; drop its column `id`")
            found = []
        document.problems.extend(part.problems)
        if isinstance(found, LaneList) and large is None:
            large, shift = (len(whole), found), len(found)
            continue
        first = len(whole) + shift
        rows |= {
            (section, path[1] + first): place
            for path, place in part.values.items()
            if len(path) > 1 and isinstance(path[1], int)
        }
        if isinstance(found, LaneList):
            rows |= {
                (section, n + first): place for n in range(len(found)) if (place := found.place(n, False))
            }
        whole.extend(found)
    _renumber(document, moved)
    document.values |= rows
    if large is None:
        return whole
    at, table = large
    document.tables[section] = table.spliced(whole[:at], whole[at:])
    return document.tables[section]


def _renumber(document: Document, moved: Mapping[Path_, Path_]) -> None:
    """Let the places of list items follow the items."""

    def follow(path: Path_) -> Path_:
        return (*moved.get(path[:2], path[:2]), *path[2:])

    document.values = {follow(path): place for path, place in document.values.items()}
    document.keys = {follow(path): place for path, place in document.keys.items()}
    document.aliases = {follow(path): follow(origin) for path, origin in document.aliases.items()}

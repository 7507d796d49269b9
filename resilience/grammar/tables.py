"""Sections that stand in a table beside the network file.

The header names the fields; ``id`` is the entry's name, a dot leads into a nested field
(``source.capacity``), an empty cell is a field left out, and ``;`` parts the items of a list of names.
A path must be relative and may not lead out of the network's folder, not even through a link.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from resilience.grammar.reading import MOST_BYTES, Document, Path_, Place

MOST_COLUMNS = 1000


def resolve_beside(folder: Path, name: str) -> Path | str:
    """Return the path of a table, or in words why it may not be read.

    Examples
    --------
    >>> resolve_beside(Path("."), "../secret.csv")
    "'../secret.csv' leads out of the network's folder"
    """
    relative = Path(name)
    if relative.is_absolute() or "\\" in name or ":" in name or "\0" in name:
        return f"'{name}' is not a relative path; tables stand beside the network file"
    if ".." in relative.parts:
        return f"'{name}' leads out of the network's folder"
    path = folder / relative
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            return f"'{name}' leads out of the network's folder"
        if not path.is_file():
            near = sorted(item.name for item in folder.glob("*.csv"))
            return f"there is no table '{name}' beside the network file" + (
                f"; there is {', '.join(near[:8])}" if near else ""
            )
        if path.stat().st_size > MOST_BYTES:
            return f"'{name}' is larger than {MOST_BYTES // 2**20} MiB"
    except (OSError, ValueError, RuntimeError) as error:
        return f"'{name}' cannot be read: {error}"
    return path


def read_table(document: Document, section: str, path: Path, shown: str, keyed: bool) -> Any:
    """Read a CSV table as the entries of a section.

    Parameters
    ----------
    document : Document
        Takes the places of all cells, and the faults.
    section : str
        Where the entries belong.
    path, shown : Path and str
        The file, and how messages call it.
    keyed : bool
        Whether entries have ids (a mapping) or not (a list).

    Returns
    -------
    dict or list
        As if the entries stood in the YAML.
    """
    entries: dict[str, Any] | list[Any] = {} if keyed else []
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        document.report((section,), f"table '{shown}' cannot be read: {error}")
        return entries
    lines = text.splitlines()
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _header_is_right(document, section, shown, header, lines, keyed):
            return entries
        before = reader.line_num
        for cells in reader:
            line, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                _add_row(
                    document, section, Place(shown, line, 1, _line(lines, line), 0), header, cells, entries
                )
    except csv.Error as error:
        place = Place(shown, reader.line_num, 1, _line(lines, reader.line_num), 0)
        document.problems.append(place.problem(section, f"not CSV: {error}"))
    return entries


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _header_is_right(
    document: Document, section: str, shown: str, header: list[str], lines: list[str], keyed: bool
) -> bool:
    place = Place(shown, 1, 1, _line(lines, 1), 0)
    fault = ""
    if not header:
        fault = "an empty table; the first line names the fields"
    elif len(header) > MOST_COLUMNS:
        fault = f"more than {MOST_COLUMNS} columns"
    elif keyed and "id" not in header:
        fault = "no column `id`"
    else:
        twice = {name for name in header if name and header.count(name) > 1}
        if twice:
            fault = f"column '{min(twice)}' stands twice"
    if fault:
        document.problems.append(place.problem(section, fault))
    return not fault


def _add_row(
    document: Document, section: str, place: Place, header: list[str], cells: list[str], entries: Any
) -> None:
    if len(cells) > len(header):
        document.problems.append(
            place.problem(section, f"{len(cells)} cells under {len(header)} column names")
        )
        return
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name and cell.strip()}
    if isinstance(entries, dict):
        key: str | int = row.pop("id", "")
        if not key:
            document.problems.append(place.problem(section, "a row without id"))
            return
        if key in entries:
            first = document.keys[(section, key)].line
            document.problems.append(
                place.problem(f"{section}.{key}", f"stands twice; the first is on line {first}")
            )
            return
    else:
        key = len(entries)
    entry: dict[str, Any] = {}
    base: Path_ = (section, key)
    document.keys[base] = document.values[base] = place
    for name, cell in row.items():
        column = Place(place.file, place.line, header.index(name) + 1, place.text, 0)
        _set_nested(document, base, entry, name, cell, column)
    if isinstance(entries, dict):
        entries[str(key)] = entry
    else:
        entries.append(entry)


def _set_nested(
    document: Document, base: Path_, entry: dict[str, Any], name: str, cell: str, place: Place
) -> None:
    *parents, last = name.split(".")
    inner, path = entry, base
    for parent in parents:
        path = (*path, parent)
        document.keys.setdefault(path, place)
        document.values.setdefault(path, place)
        inner = inner.setdefault(parent, {})
        if not isinstance(inner, dict):
            document.problems.append(
                place.problem(".".join(map(str, path)), "is both a value and a group of fields")
            )
            return
    inner[last] = cell
    document.keys[(*path, last)] = document.values[(*path, last)] = place

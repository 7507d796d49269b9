"""Sections that stand in a table beside the network file.

The header names the fields; ``id`` is the entry's name, a dot leads into a nested field
(``source.capacity``), an empty cell is a field left out, and ``;`` parts the items of a list of names.
A path must be relative and may not lead out of the network's folder, not even through a link.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resilience.errors import Problem
from resilience.fields import Fault, shorten
from resilience.grammar.document import Document, Row
from resilience.grammar.names import suggest
from resilience.grammar.reading import FOREIGN, decode, read_bytes, reason

MOST_COLUMNS = 1000
MOST_NESTED = 4


def resolve_beside(folder: Path, name: str) -> Path | str:
    """Return the path of a table, or in words why it may not be read.

    Examples
    --------
    >>> resolve_beside(Path("."), "../secret.csv")
    "'../secret.csv' leads out of the network's folder"
    """
    relative, said = Path(name), f"'{shorten(name)}'"
    if relative.is_absolute() or "\\" in name or ":" in name or "\0" in name:
        return f"{said} is not a relative path; tables stand beside the network file"
    if ".." in relative.parts:
        return f"{said} leads out of the network's folder"
    path = folder / relative
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            return f"{said} leads out of the network's folder"
        if path.is_file():
            return path
        if path.exists():
            return f"{said} is not a file"
        near = sorted(item.name for item in folder.glob("*.csv"))
    except (OSError, ValueError, RuntimeError) as error:
        return f"{said} cannot be read: {reason(error)}"
    known = f"; there is {', '.join(near[:8])}" if near else ""
    return f"there is no table {said} beside the network file{suggest(name, near) or known}"


def read_table(document: Document, section: str, path: Path, shown: str, keyed: bool) -> Any:
    """Read a CSV table as the entries of a section.

    Parameters
    ----------
    document : Document
        Takes the places of all rows, and the faults.
    section : str
        Where the entries belong.
    path, shown : Path and str
        The file, and how messages call it.
    keyed : bool
        Whether entries must have ids; without, they have them if there is a column ``id``.

    Returns
    -------
    dict or list
        As if the entries stood in the YAML: a dict if they have ids.
    """
    try:
        text = decode(read_bytes(path), shown)
    except (OSError, ValueError) as error:
        document.report((section,), f"table '{shown}' cannot be read: {reason(error)}")
        return {} if keyed else []
    if isinstance(text, Problem):
        document.problems.append(text)
        return {} if keyed else []
    return _Table(document, section, shown, text, keyed).read()


class _Table:
    """One table that is being read."""

    def __init__(self, document: Document, section: str, shown: str, text: str, keyed: bool) -> None:
        self.document, self.section, self.shown, self.keyed = document, section, shown, keyed
        self.text, self.lines = text, re.split(r"\r\n|[\n\r]", text)
        self.header: tuple[str, ...] = ()
        self.entries: dict[str, Any] | list[Any] = {} if keyed else []

    def read(self) -> dict[str, Any] | list[Any]:
        reader = csv.reader(io.StringIO(self.text, newline=""), strict=True)
        try:
            self.header = tuple(cell.strip() for cell in next(reader, []))
            if not self.header_is_right():
                return self.entries
            if "id" in self.header:
                self.entries = {}
            before = reader.line_num
            for cells in reader:
                line, before = before + 1, reader.line_num
                if any(cell.strip() for cell in cells):
                    self.add(self.row(line), cells)
        except csv.Error as error:
            self.fault(self.row(reader.line_num), f"not CSV: {error}{self.hint(reader.line_num)}")
        return self.entries

    def row(self, number: int) -> Row:
        text = self.lines[number - 1] if 0 < number <= len(self.lines) else ""
        return Row(self.shown, max(1, number), 1, text, max(1, len(text)), self.header)

    def hint(self, number: int) -> str:
        return "; double the quotes within a quoted cell" if '"' in self.row(number).text else ""

    def fault(self, row: Row, message: str, key: str = "", cell: int | None = None) -> None:
        place = row if cell is None else row.cell(cell)
        path = f"{self.section}.{key}" if key else self.section
        self.document.add(place, path, message)

    def header_is_right(self) -> bool:
        first = self.row(1)
        twice = [number for number, name in enumerate(self.header) if name and name in self.header[:number]]
        if not any(self.header):
            self.fault(first, "an empty table; the first line names the fields")
        elif len(self.header) > MOST_COLUMNS:
            self.fault(first, f"more than {MOST_COLUMNS} columns")
        elif self.keyed and "id" not in self.header:
            semicolons = "; the cells are parted by commas" if ";" in first.text else ""
            self.fault(first, f"no column `id`{semicolons}")
        elif twice:
            self.fault(first, f"column '{shorten(self.header[twice[0]])}' stands twice", cell=twice[0])
        else:
            return True
        return False

    def add(self, row: Row, cells: Sequence[str]) -> None:
        """Add one row to the entries, and its place to the document."""
        if len(cells) > len(self.header):
            self.fault(
                row, f"{len(cells)} cells under {len(self.header)} column names", cell=len(self.header)
            )
            return
        key = self.key_of(row, cells)
        if key is None:
            return
        base = (self.section, key)
        self.document.keys[base] = self.document.values[base] = row
        entry: dict[str, Any] = {}
        for number, (name, cell) in enumerate(zip(self.header, cells, strict=False)):
            text = cell.strip()
            if not text or (name == "id" and isinstance(key, str)):
                continue
            foreign = FOREIGN.search(text)
            if foreign is not None:
                self.fault(
                    row, f"character U+{ord(foreign.group()):04X} cannot stand in a table", str(key), number
                )
            elif not name:
                self.fault(row, f"'{shorten(text)}' stands in a column without a name", str(key), number)
            else:
                try:
                    nest(entry, name, text)
                except Fault as fault:
                    self.fault(row, str(fault), str(key), number)
        if isinstance(self.entries, dict):
            self.entries[str(key)] = entry
        else:
            self.entries.append(entry)

    def key_of(self, row: Row, cells: Sequence[str]) -> str | int | None:
        """Return the id of a row, or its number; None if it has none, or another's."""
        if isinstance(self.entries, list):
            return len(self.entries)
        column = self.header.index("id")
        key = cells[column].strip() if column < len(cells) else ""
        if not key:
            self.fault(row, "a row without id", cell=column)
            return None
        if key in self.entries:
            first = self.document.keys[(self.section, key)].line
            self.fault(row, f"stands twice; the first is on line {first}", key, column)
            return None
        return key


def nest(entry: dict[str, Any], name: str, value: Any) -> None:
    """Put a value into an entry, under a name whose dots lead into nested fields.

    Raises
    ------
    Fault
        If the name is both a value and a group of fields.

    Examples
    --------
    >>> entry = {}
    >>> nest(entry, "cost.fixed", "60")
    >>> entry
    {'cost': {'fixed': '60'}}
    """
    parts = name.split(".")
    if len(parts) > MOST_NESTED:
        raise Fault(f"column '{shorten(name)}' leads too deep", (name,))
    inner = entry
    for part in parts[:-1]:
        inner = inner.setdefault(part, {})
        if not isinstance(inner, dict):
            raise Fault(f"'{shorten(part)}' is both a value and a group of fields", (part,))
    if isinstance(inner.get(parts[-1]), Mapping):
        raise Fault(f"'{shorten(name)}' is both a value and a group of fields", (name,))
    inner[parts[-1]] = value

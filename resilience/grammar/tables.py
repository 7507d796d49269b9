"""Sections that stand in a table beside the network file: CSV, Parquet or Excel.

The header names the fields; ``id`` is the entry's name, a dot leads into a nested field
(``source.capacity``, ``capacity.2027``), an empty cell is a field left out, ``;`` parts the items of
a list of names, and a cell that begins with ``{`` or ``[`` is YAML; see `resilience.grammar.cells`. A
column whose name begins with ``_`` or ``#`` is the user's own, and is passed over. A path must be
relative and may not lead out of the network's folder, not even through a link; ``file.xlsx#sheet`` names
a sheet, else it is the one called as the section, or the only one.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from resilience.errors import Problem
from resilience.fields import Fault, shorten
from resilience.grammar.cells import (
    MOST_NESTED,
    OPENS,
    instrument_of,
    is_flow,
    kinds_of,
    read_flow,
    unguarded,
)
from resilience.grammar.csv_source import Batch, CsvSource, Unreadable
from resilience.grammar.document import Document, Row
from resilience.grammar.entry_rows import are_apart, entries_of
from resilience.grammar.names import suggest
from resilience.grammar.reading import FOREIGN, decode, is_clean, read_bytes, reason

MOST_COLUMNS = 1000
SUFFIXES = (".csv", ".parquet", ".xlsx")
OTHER_SUFFIXES = {
    ".xls": "save it as .xlsx",
    ".xlsm": "save it as .xlsx, without macros",
    ".xlsb": "save it as .xlsx",
    ".ods": "save it as .xlsx or .csv",
    ".json": "write it as .csv, .parquet or .xlsx",
    ".feather": "write it as .parquet",
}
"""Formats that are often tried, and what to do instead."""


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
        near = sorted(item.name for item in folder.iterdir() if item.suffix.lower() in SUFFIXES)
    except (OSError, ValueError, RuntimeError) as error:
        return f"{said} cannot be read: {reason(error)}"
    known = f"; there is {', '.join(near[:8])}" if near else ""
    return f"there is no table {said} beside the network file{suggest(name, near) or known}"


class Source(Protocol):
    """A table that is being read: its column names, and its rows with their places."""

    header: tuple[str, ...]

    def row(self, number: int) -> Row:
        """Return the place of a row, as the table counts them."""
        ...

    def rows(self) -> Iterator[tuple[Row, Sequence[Any]]]:
        """Yield every row that is not empty; raises `Unreadable` where the rest cannot be read."""
        ...


class ColumnSource(Source, Protocol):
    """A table that can be read by column, and again by row."""

    is_clean: bool
    """Whether no cell can be at fault for the signs in it, nor be YAML; known when all has been read."""

    def batches(self, kinds: Sequence[str] = ()) -> Iterator[Batch]:
        """Yield the rows that are not empty, by column; ``kinds`` says what is meant to stand in each."""
        ...

    def cells(self, number: int) -> Sequence[Any]:
        """Return the cells of a row, once all batches have been read."""
        ...


def read_table(document: Document, section: str, path: Path, shown: str, keyed: bool, sheet: str = "") -> Any:
    """Read a table as the entries of a section.

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
    sheet : str
        Sheet of an Excel file; left out, the one called as the section, or the only one.

    Returns
    -------
    dict or list
        As if the entries stood in the YAML: a dict if they have ids.
    """
    empty: Any = {} if keyed else []
    try:
        source = open_table(path, shown, section, sheet)
    except Unreadable as fault:
        if fault.row is not None:
            document.add(fault.row, section, str(fault))
        else:
            document.report((section,), f"table '{shorten(shown)}' {fault}")
        return empty
    if isinstance(source, Problem):
        document.problems.append(source)
        return empty
    if section == "lanes" and hasattr(source, "batches"):
        from resilience.grammar.lane_rows import read_lane_rows

        return read_lane_rows(document, cast(ColumnSource, source))
    return Reading(document, section, source, keyed).read()


def open_table(path: Path, shown: str, section: str, sheet: str = "") -> Source | Problem:
    """Return a table's rows, by the suffix of its file."""
    suffix = path.suffix.lower()
    if suffix in OTHER_SUFFIXES:
        raise Unreadable(f"is of a kind that is not read; {OTHER_SUFFIXES[suffix]}")
    if sheet and suffix != ".xlsx":
        raise Unreadable(f"has no sheets; drop '#{shorten(sheet)}'")
    try:
        content = read_bytes(path)
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be read: {reason(error)}") from None
    if suffix == ".parquet":
        from resilience.grammar.parquet import ParquetSource

        return ParquetSource(content, shown)
    if suffix == ".xlsx":
        from resilience.grammar.excel import Book, choose

        book = Book(content, shown)
        return book.source(choose(book.names, section, sheet))
    if content[:4] in (b"PK\x03\x04", b"PAR1"):
        real = ".xlsx" if content[:2] == b"PK" else ".parquet"
        raise Unreadable(f"is no text; if it is a {real} file, let its name end so")
    text = decode(content, shown)
    if isinstance(text, Problem):
        return text
    return CsvSource(text, shown, not any(sign in text for sign in OPENS) and is_clean(content, text))


class Reading:
    """Rows on their way to entries."""

    def __init__(self, document: Document, section: str, source: Source, keyed: bool) -> None:
        self.document, self.section, self.source, self.keyed = document, section, source, keyed
        self.header = source.header
        self.entries: dict[str, Any] | list[Any] = {} if keyed else []
        self.is_guarded = getattr(source, "is_guarded", False)

    def read(self) -> dict[str, Any] | list[Any]:
        """Return the entries; faults go to the document."""
        if not self.header_is_right():
            return self.entries
        if "id" in self.header:
            self.entries = {}
            if self.read_at_once():
                return self.entries
        try:
            for row, cells in self.source.rows():
                self.add(row, cells)
        except Unreadable as fault:
            self.fault(fault.row or self.source.row(1), str(fault))
        return self.entries

    def read_at_once(self) -> bool:
        """Read the entries by column, and say whether that could be done: if nothing is wrong with any."""
        read = [name for name in self.header if not is_own(name)]
        if self.document.is_full or not hasattr(self.source, "batches") or not are_apart(read):
            return False
        found = entries_of(cast(ColumnSource, self.source), read, self.is_guarded, id_text)
        if found is not None:
            self.entries, self.document.tables[self.section] = found
        return found is not None

    def fault(self, row: Row, message: str, key: str = "", cell: int | None = None) -> None:
        """Report a fault of a row, or of one of its cells."""
        place = row if cell is None else row.cell(cell)
        path = f"{self.section}.{key}" if key else self.section
        self.document.add(place, path, message)

    def header_is_right(self) -> bool:
        """Say whether the columns have names that can be used, and report it if not."""
        first = self.source.row(1)
        names = [name if not is_own(name) else "" for name in self.header]
        twice = [number for number, name in enumerate(names) if name and name in names[:number]]
        if not any(self.header):
            self.fault(first, "an empty table; the first line names the fields")
        elif len(self.header) > MOST_COLUMNS:
            self.fault(first, f"more than {MOST_COLUMNS} columns")
        elif len(self.header) == 1 and any(sign in self.header[0] for sign in ";\t"):
            self.fault(
                first, "the cells are not parted by commas; save it as CSV with commas and decimal points"
            )
        elif self.keyed and "id" not in self.header:
            self.fault(first, "no column `id`")
        elif twice:
            self.fault(first, f"column '{shorten(self.header[twice[0]])}' stands twice", cell=twice[0])
        else:
            return True
        return False

    def add(self, row: Row, cells: Sequence[Any]) -> None:
        """Add one row to the entries, and its place to the document."""
        if self.document.is_full:
            return
        if self.is_over(row, cells):
            return
        key = self.key_of(row, cells)
        if key is None:
            return
        base = (self.section, key)
        self.document.keys[base] = self.document.values[base] = row
        if row.name and isinstance(key, str):
            self.document.keys[base] = row.cell(self.header.index("id"))
        entry = self.entry_of(row, cells, key)
        if isinstance(self.entries, dict):
            self.entries[str(key)] = entry
        else:
            self.entries.append(entry)

    def is_over(self, row: Row, cells: Sequence[Any]) -> bool:
        """Say whether a row has more cells than there are columns, and report it."""
        if len(cells) <= len(self.header):
            return False
        over = f"{len(cells)} cells under {len(self.header)} column names"
        self.fault(row, over, cell=len(self.header))
        return True

    def entry_of(self, row: Row, cells: Sequence[Any], key: str | int) -> dict[str, Any]:
        """Return the fields of one row; faults of its cells go to the document."""
        entry: dict[str, Any] = {}
        instrument = ""
        if self.section == "policies":
            instrument = instrument_of(dict(zip(self.header, cells, strict=False)))
        for number, (name, cell) in enumerate(zip(self.header, cells, strict=False)):
            value = cell.strip() if isinstance(cell, str) else cell
            if value is None or value == "" or (name == "id" and isinstance(key, str)) or is_own(name):
                continue
            fault = self.fault_of(value, name)
            if fault is None:
                try:
                    nest(entry, name, self.meant(value, name, instrument))
                except Fault as found:
                    fault = str(found)
            if fault is not None:
                self.fault(row, fault, str(key), number)
        return entry

    def meant(self, value: Any, name: str, instrument: str) -> Any:
        """Return what a cell holds: YAML read, and a text without what guards it."""
        if not isinstance(value, str):
            return value
        if value.startswith(OPENS):
            kind = kinds_of(self.section, instrument).get(name.partition(".")[0], "")
            return read_flow(value) if is_flow(value, kind) else value
        return unguarded(value) if self.is_guarded else value

    def fault_of(self, value: Any, name: str) -> str | None:
        """Say why a cell's value cannot stand where it does, whatever its field is."""
        if isinstance(value, str):
            foreign = FOREIGN.search(value)
            if foreign is not None:
                return f"character U+{ord(foreign.group()):04X} cannot stand in a table"
        if not name:
            return f"'{shorten(value)}' stands in a column without a name"
        return None

    def key_of(self, row: Row, cells: Sequence[Any]) -> str | int | None:
        """Return the id of a row, or its number; None if it has none, or another's."""
        if isinstance(self.entries, list):
            return len(self.entries)
        column = self.header.index("id")
        if column < len(cells) and isinstance(cells[column], bool | datetime.date):
            kind = "a truth value" if isinstance(cells[column], bool) else "a date"
            told = f"{kind} stands where an id should; make the column text, and type the id again"
            self.fault(row, told, cell=column)
            return None
        key = id_text(cells[column]) if column < len(cells) else ""
        if not key:
            self.fault(row, "a row without id", cell=column)
            return None
        if key in self.entries:
            first = self.document.keys[(self.section, key)]
            where = f"in {first.name}" if first.name else f"on line {first.line}"
            self.fault(row, f"stands twice; the first is {where}", key, column)
            return None
        return key


def is_own(name: str) -> bool:
    """Say whether a column, sheet or file is the user's own, or Excel's beside an open one, by its name.

    Examples
    --------
    >>> is_own("_notes"), is_own("# to do"), is_own("~$lanes.csv"), is_own("cost")
    (True, True, True, False)
    """
    return name.startswith(("_", "#", "~$"))


def id_text(value: Any) -> str:
    """Return a cell as the text of an id: a whole number without its point.

    Examples
    --------
    >>> id_text(" mine "), id_text(7.0), id_text(None)
    ('mine', '7', '')
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, datetime.datetime):
        value = value.date()
    return str(value).strip()


def names_of(cells: Iterable[Any]) -> tuple[str, ...]:
    """Return column names, without the empty ones at the end of a sheet.

    Examples
    --------
    >>> names_of(["id", " cost ", None, 2025.0, None])
    ('id', 'cost', '', '2025')
    """
    names = [id_text(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


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

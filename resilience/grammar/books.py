"""A whole network as tables: an Excel workbook, or a folder of CSV or Parquet files.

    a table called as a section     its entries: `resilience.grammar.tables`
    network                         what is not a list of entries, as `field` and `value`: name,
                                    horizon.start, units.mass, stages (``mining; processing``),
                                    blocs.allies (``AUS; USA``)
    settings                        the values that scenarios set: `scenario`, `path`, `value`, one a row;
                                    the value is YAML, as after ``--set``

A sheet or file whose name begins with ``_`` or ``#`` is the user's own, and so is an empty sheet of any
name. Any other is a fault. In a folder that has a ``network.yaml``, that file is the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from resilience.errors import Problem
from resilience.fields import Fault, Section, shorten
from resilience.grammar.cells import OPENS, read_flow, unguarded
from resilience.grammar.csv_source import Unreadable
from resilience.grammar.document import Document, Path_, Place, Row
from resilience.grammar.lane_rows import read_lane_rows
from resilience.grammar.loading import BY_ID
from resilience.grammar.names import suggest
from resilience.grammar.reading import FOREIGN, read_bytes, reason
from resilience.grammar.sections import LISTED, OTHERS, Horizon, UnitsSection
from resilience.grammar.tables import (
    OTHER_SUFFIXES,
    ColumnSource,
    Reading,
    Source,
    is_own,
    open_table,
    resolve_beside,
)

NETWORK, SETTINGS = "network", "settings"
FIELDS = ("field", "value")
SET_FIELDS = ("scenario", "path", "value")
ENTRIES = (*BY_ID, *LISTED)
"""Sections that stand in a table of their own."""
TABLES = (NETWORK, *ENTRIES, SETTINGS)
"""Every table that a network may consist of."""
WORDS = ("name", "description")
GROUPS: Mapping[str, type[Section]] = {"units": UnitsSection, "horizon": Horizon}
SUFFIXES = (".csv", ".parquet")
BOOK = ".xlsx"


def is_book(path: Path) -> bool:
    """Say whether a path is that of a workbook, or of a folder of tables rather than one with a YAML file.

    Examples
    --------
    >>> is_book(Path("book.xlsx")), is_book(Path("network.yaml"))
    (True, False)
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        return not (path / "network.yaml").exists()
    return suffix == BOOK or suffix in SUFFIXES or suffix in OTHER_SUFFIXES


def read_book(path: Path) -> Document:
    """Read a workbook or a folder of tables as one document, its tables already loaded.

    Parameters
    ----------
    path : Path
        The workbook, or the folder.

    Returns
    -------
    Document
        With faults in ``problems``, each with its sheet and cell, or its file, line and column.
    """
    document = Document({}, file=str(path))
    document.values[()] = Place(str(path), 1, 1)
    suffix = path.suffix.lower()
    try:
        if path.is_dir():
            _read_tables(document, _in_folder(document, path), "table")
        elif suffix == BOOK:
            _read_tables(document, _in_workbook(path), "sheet")
        else:
            alone = "one table is no network; name the folder that it is in"
            raise Unreadable(OTHER_SUFFIXES.get(suffix, alone))
    except Unreadable as fault:
        document.data = None
        document.report((), str(fault))
    return document


def _in_workbook(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the name of each sheet that is not the user's own, and what opens it."""
    from resilience.grammar.excel import Book

    try:
        content = read_bytes(path)
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be read: {reason(error)}") from None
    book = Book(content, str(path))
    for name in book.names:
        if not is_own(name):
            yield name, lambda name=name: book.source(name)


def _in_folder(document: Document, folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield the name of each table in a folder that is not the user's own, and what opens it."""
    try:
        files = sorted(file.name for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise Unreadable(f"cannot be read: {reason(error)}") from None
    seen: dict[str, str] = {}
    for file in files:
        name = Path(file).stem
        if file.startswith(".") or is_own(file):
            continue
        if name in seen:
            there = Place(str(folder / file), 1, 1)
            document.add(there, name, f"stands twice; there is '{seen[name]}' beside it")
            continue
        seen[name] = file
        yield name, lambda file=file, name=name: _opened(folder, file, name)


def _opened(folder: Path, file: str, name: str) -> Source | Problem:
    found = resolve_beside(folder, file)
    if isinstance(found, str):
        raise Unreadable(found)
    return open_table(found, str(folder / file), name)


def _read_tables(document: Document, tables: Iterator[tuple[str, Any]], word: str) -> None:
    """Read every table into the document, the values that scenarios set last."""
    settings: Source | None = None
    found = False
    for name, open_it in tables:
        try:
            source = open_it()
            if isinstance(source, Problem):
                document.problems.append(source)
            elif name == SETTINGS:
                settings = source
            elif name == NETWORK:
                found = True
                _read_network(document, source)
            elif name in ENTRIES:
                found = True
                document.values[(name,)] = source.row(1)
                document.data[name] = _read_section(document, name, source)
            elif any(source.header):
                document.add(source.row(1), name, _unknown(name, word))
        except Unreadable as fault:
            found = True
            place = fault.row or Place(document.file, 1, 1)
            document.add(place, name, str(fault))
    if settings is not None:
        _read_settings(document, settings)
    if not found and not document.problems:
        other = "" if word == "sheet" else "no network.yaml and "
        raise Unreadable(f"no network here: {other}no {word} facilities, demands, lanes, ...")


def _unknown(name: str, word: str) -> str:
    """Say that a table is of no section, and what may have been meant."""
    if name in OTHERS:
        return f"'{name}' has no {word} of its own; write its fields into the {word} `{NETWORK}`"
    own = f"; a {word} of your own begins with _ or #"
    return f"unknown {word} '{shorten(name)}'{suggest(name, TABLES) or own}"


def _read_section(document: Document, section: str, source: Source) -> Any:
    """Read the entries of a section."""
    if section == "lanes" and hasattr(source, "batches"):
        return read_lane_rows(document, cast(ColumnSource, source))
    return Reading(document, section, source, section in BY_ID).read()


def _plain_rows(document: Document, name: str, source: Source, wanted: Sequence[str]) -> Iterator[_PlainRow]:
    """Yield the rows of a table whose columns are fixed."""
    reading = Reading(document, name, source, keyed=False)
    if not reading.header_is_right():
        return
    for number, column in enumerate(source.header):
        if column and column not in wanted and not is_own(column):
            told = f"unknown column '{shorten(column)}'{suggest(column, wanted)}"
            document.add(source.row(1).cell(number), name, told)
    missing = [column for column in wanted if column not in source.header]
    if missing:
        document.add(source.row(1), name, f"no column `{missing[0]}`")
        return
    try:
        for row, cells in source.rows():
            if document.is_full:
                return
            if reading.is_over(row, cells):
                continue
            yield _PlainRow(document, name, source, row, cells)
    except Unreadable as fault:
        reading.fault(fault.row or source.row(1), str(fault))


class _PlainRow:
    """A row of a table whose columns are fixed."""

    def __init__(self, document: Document, name: str, source: Source, row: Row, cells: Sequence[Any]) -> None:
        self.document, self.name, self.row = document, name, row
        self.at = {column: number for number, column in enumerate(source.header)}
        self.cells = cells
        self.is_guarded = getattr(source, "is_guarded", False)

    def place(self, column: str) -> Place:
        """Return the place of a cell."""
        return self.row.cell(self.at[column])

    def value(self, column: str) -> Any:
        """Return a cell; what cannot stand in a table is reported, and is nothing."""
        number = self.at[column]
        cell = self.cells[number] if number < len(self.cells) else None
        if not isinstance(cell, str):
            return cell
        foreign = FOREIGN.search(cell)
        if foreign is not None:
            self.fault(column, f"character U+{ord(foreign.group()):04X} cannot stand in a table")
            return None
        text = cell.strip()
        return (unguarded(text) if self.is_guarded else text) or None

    def text(self, column: str) -> str:
        """Return a cell as a text; nothing is an empty one."""
        value = self.value(column)
        return "" if value is None else str(value)

    def fault(self, column: str, message: str, path: str = "") -> None:
        """Report a fault of a cell."""
        self.document.add(self.place(column), path or self.name, message)


def _read_network(document: Document, source: Source) -> None:
    """Read what is not a list of entries."""
    document.values[()] = source.row(1).cell(0)
    field, value = FIELDS
    for row in _plain_rows(document, NETWORK, source, FIELDS):
        key = row.text(field)
        path: Path_ = tuple(key.split("."))
        told = _fault_of_field(document, key, path)
        if told is not None:
            row.fault(field, told)
            continue
        given = _value(row, key)
        if given is None and path[0] != "blocs":
            continue
        for size in range(1, len(path) + 1):
            document.keys.setdefault(path[:size], row.place(field))
            document.values.setdefault(path[:size], row.place(value if size == len(path) else field))
        inner: dict[str, Any] = document.data
        for part in path[:-1]:
            inner = inner.setdefault(str(part), {})
        inner[str(path[-1])] = given


def _fault_of_field(document: Document, key: str, path: Path_) -> str | None:
    """Say what is wrong with the name of a field of the network, if anything is."""
    if not key:
        return "a row without a field"
    if path in document.keys:
        return f"'{shorten(key)}' stands twice; the first is {_where(document.keys[path])}"
    known = [*WORDS, "discount_rate", "stages"]
    known += [f"{group}.{name}" for group, kind in GROUPS.items() for name in kind.model_fields]
    if key in known or (len(path) == 2 and path[0] == "blocs" and path[1]):
        return None
    if key in TABLES or path[0] in ENTRIES:
        return f"the entries of `{path[0]}` stand in a table of their own"
    hint = suggest(key, known) or f"; there are blocs.NAME and {', '.join(known)}"
    return f"unknown field '{shorten(key)}'{hint}"


def _value(row: _PlainRow, key: str) -> Any:
    """Return the value of a field of the network: a list where one is wanted."""
    value = row.value(FIELDS[1])
    if not isinstance(value, str) or key in WORDS:
        is_listed = key == "stages" or key.startswith("blocs.")
        return [value] if is_listed and isinstance(value, int) and not isinstance(value, bool) else value
    if value.startswith(OPENS):
        try:
            return read_flow(value)
        except Fault as fault:
            row.fault(FIELDS[1], str(fault), f"{NETWORK}.{key}")
            return None
    if key == "stages" or key.startswith("blocs."):
        return [name.strip() for name in value.split(";") if name.strip()]
    return value


def _where(place: Place) -> str:
    return f"in {place.name}" if place.name else f"on line {place.line}"


def _read_settings(document: Document, source: Source) -> None:
    """Read the values that scenarios set into the scenarios."""
    scenario, path, _ = SET_FIELDS
    scenarios = document.data.get("scenarios")
    for row in _plain_rows(document, SETTINGS, source, SET_FIELDS):
        name, key = row.text(scenario), row.text(path)
        entry = scenarios.get(name) if isinstance(scenarios, dict) else None
        if not name or not key:
            row.fault(path if name else scenario, f"a row without {path if name else scenario}")
        elif not isinstance(entry, dict):
            known = suggest(name, scenarios) if isinstance(scenarios, dict) else ""
            row.fault(scenario, f"unknown scenario '{shorten(name)}'{known}")
        else:
            _put(document, row, entry.setdefault("set", {}), ("scenarios", name, "set", key))


def _put(document: Document, row: _PlainRow, values: Any, path: Path_) -> None:
    """Put one value that a scenario sets where it belongs."""
    _, at, value = SET_FIELDS
    key = str(path[-1])
    told = f"{SETTINGS}.{path[1]}"
    if not isinstance(values, dict):
        row.fault(at, "the scenario has a `set` that is no mapping", told)
        return
    if key in values:
        first = document.keys.get(path)
        where = f"; the first is {_where(first)}" if first is not None else ""
        row.fault(at, f"'{shorten(key)}' stands twice{where}", told)
        return
    given = row.value(value)
    if given is None:
        row.fault(value, "no value; ~ takes a value back to what it is if left out", told)
        return
    try:
        values[key] = read_flow(given) if isinstance(given, str) else given
    except Fault as fault:
        row.fault(value, str(fault), told)
        return
    document.keys[path], document.values[path] = row.place(at), row.place(value)

"""YAML text to plain data, with the file, line and column of every key and value.

Scalars stay text: the field that a value stands in decides what it is, so ``NO``, ``010``, ``1e6``
and ``12:30`` mean what the field says and never what YAML 1.1 guesses. Only an empty value or ``~``
or ``null``, unquoted, is nothing.

The text is untrusted. Parsing is event by event, without recursion; tags and second documents are
faults; nesting is limited, and so is the size of what aliases expand to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from resilience.errors import Problem

Path_ = tuple[str | int, ...]
MOST_DEPTH = 40
MOST_VALUES = 5_000_000
"""Values that a file may expand to when every alias is written out."""
MOST_BYTES = 512 * 1024 * 1024
NOTHING = ("", "~", "null", "Null", "NULL")

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Place:
    """Where a key or value stands.

    Parameters
    ----------
    file : str
        As the user named it.
    line, column : int
        From 1.
    text : str
        The line.
    width : int
        Characters that belong to it; 0 where the column counts table fields instead.
    """

    file: str
    line: int
    column: int
    text: str = ""
    width: int = 1

    def problem(self, path: str, message: str) -> Problem:
        """Return a fault at this place."""
        return Problem(self.file, self.line, self.column, path, message, self.text, self.width)


@dataclass
class Document:
    """Plain data (dict, list, str, None) and where each part stands.

    Parameters
    ----------
    data : any
        The root value.
    values, keys : dict
        Place of each value and of each mapping key, by path from the root.
    problems : list of Problem
        Faults found so far; reading goes on after each that allows it.
    file : str
        Name of the file, or ``""``.
    """

    data: Any
    values: dict[Path_, Place] = field(default_factory=dict)
    keys: dict[Path_, Place] = field(default_factory=dict)
    aliases: dict[Path_, Path_] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    file: str = ""

    def place(self, path: Path_, at_key: bool = False) -> Place:
        """Return where a path stands: itself, or its nearest parent that has a place."""
        path = self._follow(path)
        for size in range(len(path), -1, -1):
            part = path[:size]
            if at_key and part in self.keys:
                return self.keys[part]
            if part in self.values:
                return self.values[part]
            if part in self.keys:
                return self.keys[part]
        return Place(self.file, 0, 0)

    def _follow(self, path: Path_) -> Path_:
        for _ in range(MOST_DEPTH):
            for size in range(len(path), 0, -1):
                if path[:size] in self.aliases:
                    path = self.aliases[path[:size]] + path[size:]
                    break
            else:
                return path
        return path

    def problem(self, path: Path_, message: str, at_key: bool = False) -> Problem:
        """Return a fault at a path."""
        return self.place(path, at_key).problem(dotted(path), message)

    def report(self, path: Path_, message: str, at_key: bool = False) -> None:
        """Add a fault at a path."""
        self.problems.append(self.problem(path, message, at_key))


def dotted(path: Path_) -> str:
    """Return a path in words.

    Examples
    --------
    >>> dotted(("facilities", "kuantan", "capacity"))
    'facilities.kuantan.capacity'
    """
    return ".".join(map(str, path))


def read_file(path: Path, shown: str | None = None) -> Document:
    """Read one YAML file; faults are in `Document.problems`."""
    name = shown or str(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            return _hopeless(name, f"larger than {MOST_BYTES // 2**20} MiB; put large sections in tables")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _hopeless(name, f"not UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}")
    except (OSError, ValueError) as error:
        return _hopeless(name, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    return read_text(text, name)


def _hopeless(name: str, message: str) -> Document:
    return Document({}, problems=[Problem(file=name, message=message)], file=name)


def read_text(text: str, file: str = "<text>") -> Document:
    """Read YAML text.

    Parameters
    ----------
    text : str
        The YAML.
    file : str
        Name for error messages.

    Returns
    -------
    Document
        With faults in ``problems``; as much data as could be read.

    Examples
    --------
    >>> document = read_text("country: NO\\ncapacity: 1e6\\ncountry: SE\\n", "x.yaml")
    >>> document.data
    {'country': 'NO', 'capacity': '1e6'}
    >>> print(document.problems[0])
    x.yaml:3:1: country: stands twice; the first is on line 1
        country: SE
        ^^^^^^^
    """
    return _Builder(text, file).build()


@dataclass
class _Frame:
    """A mapping or list that is being read."""

    value: Any
    path: Path_
    anchor: str | None
    key: str | None = None
    wants_key: bool = True
    skip: bool = False
    size: int = 1


class _Builder:
    """Builds a `Document` from parser events."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.lines = text.splitlines()
        self.document = Document(None, file=file)
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, Path_, int]] = {}
        self.open_anchors: set[str] = set()
        self.expanded = 0

    def build(self) -> Document:
        documents = 0
        try:
            for event in self._events():
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self._fault_at(event, (), "a second document; one file is one network")
                        break
                elif not self._take(event):
                    break
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            message = f"not YAML: {error.problem or error.context}"
            hint = _hint(self.lines[mark.line] if mark and mark.line < len(self.lines) else "")
            place = self._place(mark.line, mark.column, 1) if mark else Place(self.file, 0, 0)
            self.document.problems.append(place.problem("", message + hint))
        except yaml.YAMLError as error:
            self.document.problems.append(
                Problem(file=self.file, message=f"not YAML: {str(error).splitlines()[0]}")
            )
        return self.document

    def _events(self) -> Iterator[Any]:
        try:
            yield from yaml.parse(self.text, Loader=Loader)
        except (ValueError, RecursionError, MemoryError) as error:
            raise yaml.YAMLError(str(error) or type(error).__name__) from None

    def _take(self, event: Any) -> bool:
        """Take one event; False ends the reading."""
        if isinstance(event, yaml.ScalarEvent):
            if event.tag is not None and event.tag != "!":
                self._fault_at(
                    event, self._next_path(), f"tag '{event.tag}' is not allowed; write the plain value"
                )
            plain = event.style in (None, "")
            value = None if plain and event.value in NOTHING and event.implicit[0] else event.value
            self._scalar(event, value)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            return self._open(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        return True

    def _next_path(self) -> Path_:
        if not self.stack:
            return ()
        top = self.stack[-1]
        if isinstance(top.value, list):
            return (*top.path, len(top.value))
        return (*top.path, top.key if top.key is not None else "")

    def _scalar(self, event: Any, value: str | None) -> None:
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, dict) and top.wants_key:
            self._key(event, top, event.value)
            return
        path = self._next_path()
        if event.anchor:
            self.anchors[event.anchor] = (value, path, 1)
        self._put(path, value, self._place_of(event), 1)

    def _key(self, event: Any, top: _Frame, key: str) -> None:
        path = (*top.path, key)
        top.key, top.wants_key, top.skip = key, False, False
        if key in top.value:
            first = self.document.keys[path].line
            self.document.problems.append(
                self._place_of(event).problem(dotted(path), f"stands twice; the first is on line {first}")
            )
            top.skip = True
            top.key = f"{key} (second)"
            return
        self.document.keys[path] = self._place_of(event)

    def _put(self, path: Path_, value: Any, place: Place, size: int) -> None:
        self.expanded += size
        if not self.stack:
            self.document.data = value
            self.document.values[()] = place
            return
        top = self.stack[-1]
        top.size += size
        if isinstance(top.value, list):
            top.value.append(value)
        else:
            if not top.skip:
                top.value[top.key] = value
            top.wants_key = True
            if top.skip:
                return
        self.document.values[path] = place

    def _open(self, event: Any, value: Any) -> bool:
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].wants_key:
            self._fault_at(event, self.stack[-1].path, "a mapping or list cannot be a key")
            return False
        if len(self.stack) >= MOST_DEPTH:
            self._fault_at(event, self._next_path()[:6], f"nested more than {MOST_DEPTH} deep")
            return False
        path = self._next_path()
        tag = event.tag
        if tag is not None and tag != "!":
            self._fault_at(event, path, f"tag '{tag}' is not allowed; write the plain value")
        if event.anchor:
            self.open_anchors.add(event.anchor)
        self.document.values[path] = self._place(event.start_mark.line, event.start_mark.column, 1)
        self.stack.append(_Frame(value, path, event.anchor))
        return True

    def _close(self) -> None:
        frame = self.stack.pop()
        if frame.anchor:
            self.open_anchors.discard(frame.anchor)
            self.anchors[frame.anchor] = (frame.value, frame.path, frame.size)
        place = self.document.values.get(frame.path, Place(self.file, 0, 0))
        self.expanded -= frame.size
        self._put(frame.path, frame.value, place, frame.size)

    def _alias(self, event: Any) -> bool:
        path = self._next_path()
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].wants_key:
            self._fault_at(event, path, "an alias cannot be a key")
            return False
        if event.anchor in self.open_anchors:
            self._fault_at(event, path, f"alias '*{event.anchor}' contains itself")
            return False
        if event.anchor not in self.anchors:
            self._fault_at(event, path, f"alias '*{event.anchor}' has no anchor '&{event.anchor}' before it")
            return False
        value, origin, size = self.anchors[event.anchor]
        if self.expanded + size > MOST_VALUES:
            self._fault_at(event, path, f"aliases expand to more than {MOST_VALUES:,} values")
            return False
        self._put(path, value, self._place_of(event), size)
        if isinstance(value, dict | list) and not (self.stack and self.stack[-1].skip):
            self.document.aliases[path] = origin
        return True

    def _place_of(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        width = (
            end.column - start.column
            if end.line == start.line
            else len(self._line(start.line)) - start.column
        )
        return self._place(start.line, start.column, max(1, width))

    def _place(self, line: int, column: int, width: int) -> Place:
        return Place(self.file, line + 1, column + 1, self._line(line), width)

    def _line(self, line: int) -> str:
        return self.lines[line] if line < len(self.lines) else ""

    def _fault_at(self, event: Any, path: Path_, message: str) -> None:
        self.document.problems.append(self._place_of(event).problem(dotted(path), message))


def _hint(line: str) -> str:
    """Guess what breaks a line that is not YAML."""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "; indent with spaces, not tabs"
    if line.count(": ") > 1 and "{" not in line:
        return "; a text with a colon in it needs quotes"
    if line.count("{") != line.count("}"):
        return "; a brace is not closed"
    return ""

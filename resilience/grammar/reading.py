"""YAML text to plain data, with the file, line and column of every key and value.

Scalars stay text: the field that a value stands in decides what it is, so ``NO``, ``010``, ``1e6``
and ``12:30`` mean what the field says and never what YAML 1.1 guesses. Only an empty value or ``~``
or ``null``, unquoted, is nothing.

The text is untrusted. Parsing is event by event, without recursion; tags and second documents are
faults; nesting is limited, and so is the size of what aliases expand to.
"""

from __future__ import annotations

import itertools
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from resilience.errors import Problem
from resilience.grammar.document import MOST_DEPTH, Document, Path_, Place, dotted

MOST_WRITTEN = 2_000_000
FREE_ALIASED = 100_000
MOST_ALIASED = 10
"""Aliases may repeat so many values, and as many times what is written out."""
MOST_BYTES = 512 * 1024 * 1024
MOST_MARKED = 20
"""Characters that cannot stand in YAML are listed up to here."""
NOTHING = ("", "~", "null", "Null", "NULL")
FOREIGN = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
COMMON = bytes([9, 10, 13, *range(0x20, 0x7F)])
"""What most files consist of, as bytes: none of it is foreign."""
ODD_BREAKS = dict.fromkeys(map(ord, "\x85\u2028\u2029"), " ")
"""Line breaks that YAML knows and editors do not; they would shift every line number."""

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_file(path: Path, shown: str | None = None) -> Document:
    """Read one YAML file; faults are in `Document.problems`."""
    name = shown or str(path)
    try:
        content = read_bytes(path)
    except (OSError, ValueError) as error:
        return _hopeless(Problem(file=name, message=f"cannot be read: {reason(error)}"))
    text = decode(content, name)
    return _hopeless(text) if isinstance(text, Problem) else read_text(text, name)


def read_bytes(path: Path) -> bytes:
    """Return the content of a regular file.

    Raises
    ------
    OSError, ValueError
        If it is something else (a pipe would wait for ever), too large, or cannot be read.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ValueError("not a regular file")
    with os.fdopen(handle, "rb") as file:
        content = file.read(MOST_BYTES + 1)  # the file may grow while it is read
    if len(content) > MOST_BYTES:
        raise ValueError(f"larger than {MOST_BYTES // 2**20} MiB; put large sections in tables")
    return content


def is_clean(content: bytes, text: str) -> bool:
    """Say whether a file, as bytes and as text, holds no character that no table may contain."""
    return not content.translate(None, COMMON) or FOREIGN.search(text) is None


def reason(error: Exception) -> str:
    """Return why a file cannot be read, in words."""
    return str(getattr(error, "strerror", None) or error)


def decode(content: bytes, name: str) -> str | Problem:
    """Return UTF-8 text, or the fault with the place of the first byte that is none."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before, byte = content[: error.start], f"byte {error.start} is 0x{content[error.start]:02x}"
    start = before.rfind(b"\n") + 1
    line = content[start:].partition(b"\n")[0].decode("utf-8", "replace").rstrip("\r")
    column = len(before[start:].decode("utf-8", "replace")) + 1
    message = f"not UTF-8 text: {byte}"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        message += "; it looks like UTF-16, save it as UTF-8"
    return Problem(name, before.count(b"\n") + 1, column, "", message, line)


def _hopeless(problem: Problem) -> Document:
    return Document(None, problems=[problem], file=problem.file)


def read_text(text: str, file: str = "<text>") -> Document:
    r"""Read YAML text.

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
    >>> document = read_text("country: NO\ncapacity: 1e6\ncountry: SE\n", "x.yaml")
    >>> document.data
    {'country': 'NO', 'capacity': '1e6'}
    >>> print(document.problems[0])
    x.yaml:3:1: country: stands twice; the first is on line 1
        country: SE
        ^^^^^^^
    """
    clean = text.lstrip("\ufeff").translate(ODD_BREAKS)
    lines = re.split(r"\r\n|[\n\r]", clean)
    signs = _foreign_signs(lines, file) if FOREIGN.search(clean) else iter(())
    foreign = list(itertools.islice(signs, MOST_MARKED))
    return Document(None, problems=foreign, file=file) if foreign else _Builder(clean, lines, file).build()


def _foreign_signs(lines: Sequence[str], file: str) -> Iterator[Problem]:
    """Yield the characters that no YAML may contain; the parser would stop at the first without a place."""
    for number, line in enumerate(lines):
        for match in FOREIGN.finditer(line):
            message = f"character U+{ord(match.group()):04X} cannot stand in a text file"
            yield Problem(file, number + 1, match.start() + 1, "", message, line)


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

    def __init__(self, text: str, lines: Sequence[str], file: str) -> None:
        self.text, self.lines, self.file = text, lines, file
        self.document = Document(None, file=file)
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, Path_, int]] = {}
        self.open_anchors: set[str] = set()
        self.written = 0
        self.aliased = 0

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
            place = self._place(mark.line, mark.column, 1) if mark else Place(self.file, 1, 1)
            message = f"not YAML: {error.problem or error.context}{_hint(place.text)}"
            self.document.add(place, "", message)
        except yaml.YAMLError as error:
            message = f"not YAML: {str(error).splitlines()[0]}"
            self.document.problems.append(Problem(self.file, 1, 1, "", message))
        self.document.values.setdefault((), Place(self.file, 1, 1, self._line(0)))
        return self.document

    def _events(self) -> Iterator[Any]:
        try:
            yield from yaml.parse(self.text, Loader=Loader)
        except (ValueError, RecursionError, MemoryError) as error:
            raise yaml.YAMLError(str(error) or type(error).__name__) from None

    def _take(self, event: Any) -> bool:
        """Take one event; False ends the reading."""
        self.written += 1
        if self.written > MOST_WRITTEN:
            message = f"more than {MOST_WRITTEN:,} values; put large sections in tables"
            self._fault_at(event, self._next_path()[:1], message)
            return False
        kind = type(event)
        if kind is yaml.ScalarEvent:
            if event.tag is not None and event.tag != "!":
                message = f"tag '{event.tag}' is not allowed; write the plain value"
                self._fault_at(event, self._next_path(), message)
            self._scalar(event)
        elif kind is yaml.MappingStartEvent:
            return self._open(event, {})
        elif kind is yaml.SequenceStartEvent:
            return self._open(event, [])
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._close()
        elif kind is yaml.AliasEvent:
            return self._alias(event)
        return True

    def _next_path(self) -> Path_:
        if not self.stack:
            return ()
        top = self.stack[-1]
        if isinstance(top.value, list):
            return (*top.path, len(top.value))
        return (*top.path, top.key if top.key is not None else "")

    def _scalar(self, event: Any) -> None:
        top = self.stack[-1] if self.stack else None
        if top is not None and type(top.value) is dict and top.wants_key:
            self._key(event, top, event.value)
            return
        is_nothing = event.value in NOTHING and not event.style and event.implicit[0]
        value = None if is_nothing else event.value
        path = self._next_path()
        if event.anchor:
            self.anchors[event.anchor] = (value, path, 1)
        self._put(path, value, self._place_of(event), 1)

    def _key(self, event: Any, top: _Frame, key: str) -> None:
        path = (*top.path, key)
        top.key, top.wants_key, top.skip = key, False, False
        if key == "<<" and event.style in (None, ""):
            message = "merging with `<<` is not part of the grammar; write the fields out"
            self.document.add(self._place_of(event), dotted(path), message)
            top.skip, top.key = True, "<< (merged)"
            return
        if key in top.value:
            first = self.document.keys[path].line
            message = f"stands twice; the first is on line {first}"
            self.document.add(self._place_of(event), dotted(path), message)
            top.skip = True
            top.key = f"{key} (second)"
            return
        self.document.keys[path] = self._place_of(event)

    def _put(self, path: Path_, value: Any, place: Place, size: int) -> None:
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
        self.aliased += size
        if self.aliased > FREE_ALIASED + MOST_ALIASED * self.written:
            self._fault_at(event, path, f"aliases repeat {self.aliased:,} values; write large lists once")
            return False
        self._put(path, value, self._place_of(event), size)
        if isinstance(value, dict | list) and not (self.stack and self.stack[-1].skip):
            self.document.aliases[path] = origin
        return True

    def _place_of(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        line, column = start.line, start.column
        text = self.lines[line] if line < len(self.lines) else ""
        width = (end.column if end.line == line else len(text)) - column
        return Place.quickly(self.file, line + 1, column + 1, text, width if width > 0 else 1)

    def _place(self, line: int, column: int, width: int) -> Place:
        return Place.quickly(self.file, line + 1, column + 1, self._line(line), width)

    def _line(self, line: int) -> str:
        return self.lines[line] if line < len(self.lines) else ""

    def _fault_at(self, event: Any, path: Path_, message: str) -> None:
        self.document.add(self._place_of(event), dotted(path), message)


def _hint(line: str) -> str:
    """Guess what breaks a line that is not YAML."""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "; indent with spaces, not tabs"
    if line.count("{") != line.count("}") or line.count("[") != line.count("]"):
        return "; a bracket is not closed"
    if line.count(": ") > 1 and "{" not in line:
        return "; a text with a colon in it needs quotes"
    if re.search(r":\s+[@`%&*!|>]", line):
        return "; a text that begins with a sign needs quotes"
    return ""

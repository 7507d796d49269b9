"""Columns of a large table as arrays: words numbered, plain numbers as numbers, all else marked as odd.

A batch of cells comes in one of three forms: Python values (`list`), NumPy numbers with what is missing
(`Ready`), or numbered texts (`Coded`). A cell is *odd* when reading it takes more than its characters: a
number with a unit, a list, white space alone. What is odd is never judged here; its whole row is read
by itself, as a row of any other section.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.fields.readers import NUMBER

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
CodeArray = NDArray[np.int32]

PLAIN = re.compile(r"[0-9.eE+-]*")
"""What numbers are made of; what is made of nothing else and reads as a number is one."""
EMPTY, ODD = -1, -2
"""Codes of a cell that is left out, and of one that is odd."""


@dataclass(frozen=True, eq=False)
class Ready:
    """Numbers of a batch, as NumPy holds them, and where none is given."""

    values: NDArray[Any]
    missing: BoolArray


@dataclass(frozen=True, eq=False)
class Coded:
    """Texts of a batch by their number among the words; -1 where none is given."""

    codes: NDArray[Any]
    words: Sequence[Any]

    def cells(self) -> list[Any]:
        """Return the texts, nothing where none is given."""
        table = np.array([*self.words, None], dtype=object)
        return list(table[self.codes])


Cells = Sequence[Any] | Ready | Coded


def length(batch: Cells) -> int:
    """Return how many cells a batch has."""
    return len(
        batch.values if isinstance(batch, Ready) else batch.codes if isinstance(batch, Coded) else batch
    )


def cells_of(batch: Cells) -> Sequence[Any]:
    """Return a batch as Python values."""
    if isinstance(batch, Ready):
        found = batch.values.astype(object)
        found[batch.missing] = None
        return list(found)
    return batch.cells() if isinstance(batch, Coded) else batch


def are_texts(cells: Sequence[Any]) -> bool:
    """Say whether every cell is a text."""
    return set(map(type, cells)) <= {str}


class Numbered(dict[Any, int]):
    """Codes of words as they are met; white space around them does not matter."""

    def __init__(self) -> None:
        super().__init__({"": EMPTY, None: EMPTY})
        self.words: dict[str, int] = {}

    def __missing__(self, cell: str) -> int:
        word = cell.strip()
        self[cell] = code = self.words.setdefault(word, len(self.words)) if word else ODD
        return code


class WordColumn:
    """A column of names, of which there are few."""

    kind = "word"

    def __init__(self) -> None:
        self.known = Numbered()
        self.parts: list[CodeArray] = []

    def add(self, batch: Cells) -> None:
        """Take the next batch."""
        if isinstance(batch, Coded):
            table = np.array([*map(self._code, batch.words), EMPTY], dtype=np.int32)
            self.parts.append(table[batch.codes])
            return
        cells = cells_of(batch)
        code = self.known.__getitem__ if set(map(type, cells)) <= {str, type(None)} else self._code
        self.parts.append(np.fromiter(map(code, cells), np.int32, len(cells)))

    def _code(self, cell: Any) -> int:
        """Return the code of a cell of any kind: a whole number is the text of it."""
        if isinstance(cell, int) and not isinstance(cell, bool):
            cell = str(cell)
        return self.known[cell] if cell is None or type(cell) is str else ODD

    @property
    def names(self) -> tuple[str, ...]:
        """The words, by their codes."""
        return tuple(self.known.words)

    def codes(self) -> CodeArray:
        """Return the code of every cell."""
        return np.concatenate(self.parts) if self.parts else np.empty(0, np.int32)


class NumberColumn:
    """A column of numbers; a percentage is one where the field is a share."""

    kind = "number"

    def __init__(self, is_share: bool = False) -> None:
        self.is_share = is_share
        self.values_: list[FloatArray] = []
        self.odd_: list[BoolArray] = []

    def add(self, batch: Cells) -> None:
        """Take the next batch."""
        if isinstance(batch, Ready) and batch.values.dtype.kind in "iuf":
            values = batch.values.astype(np.float64)
            values[batch.missing] = np.nan
            odd = np.isnan(values) & ~batch.missing
        else:
            values, odd = numbers_of(cells_of(batch), self.is_share)
        self.values_.append(values)
        self.odd_.append(odd | np.isinf(values))

    def values(self) -> FloatArray:
        """Return every number; NaN where there is none, or it is odd."""
        return np.concatenate(self.values_) if self.values_ else np.empty(0)

    def odd(self) -> BoolArray:
        """Return where a cell is odd."""
        return np.concatenate(self.odd_) if self.odd_ else np.empty(0, dtype=bool)


def numbers_of(cells: Sequence[Any], is_share: bool = False) -> tuple[FloatArray, BoolArray]:
    """Return the numbers in cells, NaN where there is none, and where a cell is odd.

    Examples
    --------
    >>> values, odd = numbers_of(["1_000", "", "5 kt", "2e3", None])
    >>> values.tolist(), odd.tolist()
    ([1000.0, nan, nan, 2000.0, nan], [False, False, True, False, False])
    """
    size = len(cells)
    if are_texts(cells) and PLAIN.fullmatch("".join(cells)):
        found = np.array(cells, dtype=object)
        found[found == ""] = "nan"
        try:
            return np.fromiter(map(float, found), np.float64, size), np.zeros(size, dtype=bool)
        except ValueError:
            pass  # one is no number after all
    known: dict[Any, float | None] = {}
    values, odd = np.full(size, np.nan), np.zeros(size, dtype=bool)
    for number, cell in enumerate(cells):
        key = (type(cell), cell) if isinstance(cell, str | int | float | None) else None
        if key is None:
            odd[number] = True
            continue
        if key not in known:
            known[key] = _number(cell, is_share)
        found_one = known[key]
        if found_one is None:
            odd[number] = True
        else:
            values[number] = found_one
    return values, odd


def _number(cell: Any, is_share: bool) -> float | None:
    """Return the number in one cell, NaN if it is empty, or None if it is odd."""
    if cell is None or (isinstance(cell, str) and cell == ""):
        return np.nan
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return float(cell) if abs(cell) < 1e300 else None  # a NaN is not below it either
    text = cell.strip()
    match = NUMBER.match(text)
    rest = text[match.end() :].strip() if match is not None else text
    if match is None or rest not in (("", "%") if is_share else ("",)):
        return None
    number = float(match.group().replace("_", ""))
    return number / 100 if rest else number


class TextColumn:
    """A column of free texts, of which only those that a table cannot hold matter."""

    kind = "text"

    def __init__(self, foreign: re.Pattern[str]) -> None:
        self.foreign = foreign
        self.parts: list[BoolArray] = []

    def add(self, batch: Cells) -> None:
        """Take the next batch."""
        if isinstance(batch, Coded):
            table = np.array([*map(self._is_odd, batch.words), False], dtype=bool)
            self.parts.append(table[batch.codes])
            return
        cells = cells_of(batch)
        if are_texts(cells) and not self.foreign.search("".join(cells)):
            self.parts.append(np.zeros(len(cells), dtype=bool))
        else:
            self.parts.append(np.fromiter(map(self._is_odd, cells), bool, len(cells)))

    def _is_odd(self, cell: Any) -> bool:
        return cell is not None and (type(cell) is not str or self.foreign.search(cell) is not None)

    def odd(self) -> BoolArray:
        """Return where a cell is odd."""
        return np.concatenate(self.parts) if self.parts else np.empty(0, dtype=bool)


class OtherColumn:
    """A column whose cells are all odd, but for the empty ones."""

    kind = "text"

    def __init__(self) -> None:
        self.parts: list[BoolArray] = []

    def add(self, batch: Cells) -> None:
        """Take the next batch."""
        if isinstance(batch, Ready):
            self.parts.append(~batch.missing)
            return
        found = np.array([*batch.words, None] if isinstance(batch, Coded) else [*batch, None], dtype=object)
        filled = np.array([cell is not None and not (type(cell) is str and cell == "") for cell in found])
        self.parts.append(filled[batch.codes] if isinstance(batch, Coded) else filled[:-1])

    def odd(self) -> BoolArray:
        """Return where a cell is odd."""
        return np.concatenate(self.parts) if self.parts else np.empty(0, dtype=bool)


class IdColumn:
    """The column of ids, all of which are kept."""

    kind = "text"

    def __init__(self, text_of: Callable[[Any], str]) -> None:
        self.ids: list[str] = []
        self.text_of = text_of

    def add(self, batch: Cells) -> None:
        """Take the next batch."""
        cells = cells_of(batch)
        self.ids.extend(map(str.strip if are_texts(cells) else self.text_of, cells))

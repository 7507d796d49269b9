"""The columns of a table of lanes as arrays, and which of its rows are plain.

A *plain* row names one place at each end and one commodity, and its other cells are empty, plain numbers
within their bounds, or texts: nothing about it can be at fault but a name that nobody declares. Every
other row is read by itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Fault
from resilience.fields.readers import LARGEST, LEAD, read_names
from resilience.grammar.columns import (
    EMPTY,
    BoolArray,
    Cells,
    CodeArray,
    FloatArray,
    IdColumn,
    IntArray,
    NumberColumn,
    OtherColumn,
    Ready,
    TextColumn,
    WordColumn,
    numbers_of,
)
from resilience.grammar.entries import GRADES
from resilience.grammar.reading import FOREIGN
from resilience.grammar.sections import Lane
from resilience.grammar.tables import id_text, is_own

RATE = ("cost.fixed", "cost.per_tonne_km", "cost.per_tonne_km_inland")
PLAIN_NUMBERS = ("cost", "capacity", "minimum", "fixed_cost", "minimum_when_used", "loss", "lead_time", *RATE)
WORDS = ("from", "to", "commodity", "source", "confidence")
TEXTS = ("name", "note")
MODES = ("", "km", "great_circle", "sea")
"""How a lane's distance is found: not at all, a number, by two ways of measuring."""
NO_BOUND = {"capacity": np.inf}


@dataclass(frozen=True, eq=False)
class LaneColumns:
    """Lanes as arrays; what stands in a row that is not plain means nothing.

    Parameters
    ----------
    plain : ndarray of bool
        Rows that are whole here.
    from_, to, commodity, source : ndarray of int32
        Numbers of names; -1 for no source.
    places, goods, sources : tuple of str
        The names.
    numbers : mapping from field to ndarray
        Per unit of the field; what is left out has its default, ``capacity`` is then infinite.
    fixed, per_km, inland, km : ndarray
        Freight: currency/t, currency/(t km) on the main leg and inland, km (NaN where not given).
    mode : ndarray of int8
        Which of `MODES`.
    """

    plain: BoolArray
    from_: CodeArray
    to: CodeArray
    commodity: CodeArray
    source: CodeArray
    places: tuple[str, ...]
    goods: tuple[str, ...]
    sources: tuple[str, ...]
    numbers: Mapping[str, FloatArray]
    fixed: FloatArray
    per_km: FloatArray
    inland: FloatArray
    km: FloatArray
    mode: NDArray[np.int8]

    def take(self, order: IntArray) -> LaneColumns:
        """Return the lanes at positions; -1 is a row that is not plain."""
        parts: dict[str, Any] = {}
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            parts[item.name] = _taken(value, order) if isinstance(value, np.ndarray) else value
        parts["plain"] &= order >= 0
        parts["numbers"] = {name: _taken(value, order) for name, value in self.numbers.items()}
        return LaneColumns(**parts)

    def numbers_of(self, name: str) -> FloatArray:
        """Return a field of every lane."""
        found = self.numbers.get(name)
        return np.full(len(self.plain), NO_BOUND.get(name, 0.0)) if found is None else found

    @classmethod
    def odd(cls, size: int) -> LaneColumns:
        """Return columns of rows none of which is plain."""
        none, codes = np.zeros(size), np.full(size, EMPTY, np.int32)
        whole = np.zeros(size, np.int8)
        return cls(
            np.zeros(size, bool), codes, codes, codes, codes, (), (), (), {}, none, none, none, none, whole
        )


def _taken(values: NDArray[Any], order: IntArray) -> NDArray[Any]:
    return values[order] if len(values) else np.zeros(len(order), dtype=values.dtype)


class DistanceColumn:
    """The column of distances: a number of km, or how they are measured."""

    kind = "word"

    def __init__(self) -> None:
        self.words = WordColumn()
        self.parts: list[tuple[FloatArray, NDArray[np.int8], BoolArray]] = []

    def add(self, batch: Cells) -> None:
        """Take the next batch."""
        if isinstance(batch, Ready):
            column = NumberColumn()
            column.add(batch)
            values, odd = column.values(), column.odd()
            self.parts.append((values, (~np.isnan(values)).astype(np.int8), odd))
            return
        self.words.add(batch)
        names = self.words.names
        km, strange = numbers_of([*names, "", ""])
        mode = np.array([MODES.index(name) if name in MODES[2:] else 1 for name in names] + [0, 0], np.int8)
        strange &= mode == 1
        mode[strange | (np.isnan(km) & (mode == 1))] = 0
        strange[-2] = True  # an odd cell; the last is an empty one
        codes = self.words.parts[-1]
        self.parts.append((km[codes], mode[codes], strange[codes]))

    def close(self, size: int) -> tuple[FloatArray, NDArray[np.int8], BoolArray]:
        """Return km, mode and where a cell is odd."""
        if not self.parts:
            return np.full(size, np.nan), np.zeros(size, np.int8), np.zeros(size, dtype=bool)
        km, mode, odd = (np.concatenate([part[number] for part in self.parts]) for number in range(3))
        return km, mode, odd | ~((km >= 0) & (km <= LARGEST) | np.isnan(km))


class OwnColumn:
    """A column of the user's own, which nobody reads."""

    kind = "text"

    def add(self, batch: Cells) -> None:
        """Pass over the next batch."""


Column = WordColumn | NumberColumn | TextColumn | OtherColumn | IdColumn | DistanceColumn | OwnColumn


def column_for(name: str) -> Column:
    """Return what collects the cells under a name."""
    if name == "id":
        return IdColumn(id_text)
    if name == "cost.distance":
        return DistanceColumn()
    if is_own(name):
        return OwnColumn()
    if name in WORDS:
        return WordColumn()
    if name in TEXTS:
        return TextColumn(FOREIGN)
    return NumberColumn(name == "loss") if name in PLAIN_NUMBERS else OtherColumn()


def columns_of(columns: Mapping[str, Column], size: int) -> LaneColumns:
    """Return collected columns as lanes.

    Parameters
    ----------
    columns : mapping
        By the names in the table's header, all batches added.
    size : int
        Number of rows.
    """
    plain = np.ones(size, dtype=bool)
    codes = {name: _codes(columns.get(name), size, plain, name) for name in WORDS}
    numbers = {
        name: _numbers(column, plain, name)
        for name in PLAIN_NUMBERS
        if isinstance(column := columns.get(name), NumberColumn)
    }
    for column in columns.values():
        if isinstance(column, TextColumn | OtherColumn):
            plain &= ~column.odd()
    distances = columns.get("cost.distance")
    km, mode, odd = (distances if isinstance(distances, DistanceColumn) else DistanceColumn()).close(size)
    plain &= ~odd
    fixed, per_km, inland, mode = _freight(numbers, km, mode, plain)
    for name in ("from", "to", "commodity"):
        plain &= codes[name][0] >= 0
    places, start, end = _one_numbering(codes["from"], codes["to"])
    plain &= start != end
    found = {
        name: np.where(np.isnan(values), NO_BOUND.get(name, 0.0), values)
        for name, values in numbers.items()
        if not name.startswith("cost")
    }
    if "minimum" in found and "capacity" in found:
        plain &= found["minimum"] <= found["capacity"]
    return LaneColumns(
        plain,
        start,
        end,
        codes["commodity"][0],
        codes["source"][0],
        places,
        codes["commodity"][1],
        codes["source"][1],
        found,
        fixed,
        per_km,
        inland,
        km,
        mode,
    )


def _codes(
    column: Column | None, size: int, plain: BoolArray, name: str
) -> tuple[CodeArray, tuple[str, ...]]:
    """Return a column's codes and words, and mark the rows whose words are not plain."""
    if not isinstance(column, WordColumn):
        return np.full(size, EMPTY, np.int32), ()
    codes, words = column.codes(), column.names
    fit = np.array([_is_plain(word, name) for word in words] + [False, True], dtype=bool)  # odd, empty
    plain &= fit[codes]
    return codes, words


def _is_plain(word: str, name: str) -> bool:
    """Say whether a word can be taken for what it says."""
    if FOREIGN.search(word):
        return False
    if name == "confidence":
        return word in GRADES
    if name == "source":
        try:
            return bool(read_names(word)) and not word.startswith(("{", "[", "'"))
        except Fault:
            return False
    return ";" not in word and not word.startswith(("{", "[", "'"))


def _numbers(column: NumberColumn, plain: BoolArray, name: str) -> FloatArray:
    """Return a column's numbers, and mark the rows where they are odd or out of bounds."""
    values = column.values()
    bounds: Mapping[str, float] = {"ge": 0.0}
    if name == "lead_time":
        bounds = LEAD
    elif not name.startswith("cost"):
        extra = Lane.model_fields[name].json_schema_extra
        assert isinstance(extra, dict)
        assert isinstance(extra["bounds"], dict)
        bounds = {key: float(str(value)) for key, value in extra["bounds"].items()}
    fits = (values >= bounds.get("ge", -LARGEST)) & (values <= bounds.get("le", LARGEST))
    fits &= values < bounds.get("lt", np.inf)
    if name == "lead_time":
        fits &= np.floor(values) == values
    plain &= ~column.odd() & (fits | np.isnan(values))
    return values


def _freight(
    numbers: Mapping[str, FloatArray], km: FloatArray, mode: NDArray[np.int8], plain: BoolArray
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int8]]:
    """Return the parts of the freight rates, and mark the rows that have them twice or by halves."""
    none = np.full(len(plain), np.nan)
    cost, (fixed, per_km, inland) = numbers.get("cost", none), (numbers.get(name, none) for name in RATE)
    needs = ~np.isnan(per_km) | ~np.isnan(inland)
    is_rate = needs | ~np.isnan(fixed) | (mode > 0)
    plain &= ~(is_rate & ~np.isnan(cost)) & ~(needs & (mode == 0))
    found = np.where(is_rate & (mode == 0), np.int8(MODES.index("great_circle")), mode)
    rate = np.nan_to_num(per_km)
    return (
        np.nan_to_num(np.where(is_rate, fixed, cost)),
        rate,
        np.where(np.isnan(inland), rate, inland),
        found,
    )


def _one_numbering(
    start: tuple[CodeArray, Sequence[str]], end: tuple[CodeArray, Sequence[str]]
) -> tuple[tuple[str, ...], CodeArray, CodeArray]:
    """Return both ends numbered by the same names; what is below 0 stays so."""
    index = {name: number for number, name in enumerate(dict.fromkeys((*start[1], *end[1])))}

    def numbered(codes: CodeArray, words: Sequence[str]) -> CodeArray:
        table = np.array([*(index[word] for word in words), -2, -1], dtype=np.int32)
        return table[codes]

    return tuple(index), numbered(*start), numbered(*end)

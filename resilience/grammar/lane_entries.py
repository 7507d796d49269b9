"""The lanes of a network: entries by key, those of a large table held as arrays.

To all who look at one lane this is a mapping to `Lane`; an entry of a plain row is made when it is asked
for. Those who look at all lanes at once take the arrays, and the few entries that are not plain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from resilience.fields import IDENTIFIER, Fault, Units
from resilience.fields.readers import read_names
from resilience.grammar.columns import BoolArray, FloatArray, IntArray
from resilience.grammar.document import Document
from resilience.grammar.entries import read_entry
from resilience.grammar.lane_columns import LaneColumns
from resilience.grammar.lane_rows import LaneList, LaneMap, LaneRows
from resilience.grammar.sections import Lane

Key = str | int
IDS = re.compile(rf"(?:{IDENTIFIER.pattern}\n)*")
LONGEST_ID = 200
BARE = "assumed:"
"""How a source begins that is given in place of one that is declared."""


@dataclass(frozen=True, eq=False)
class LaneEntries(Mapping[Any, Lane]):
    """Lanes by key, in the order of their keys.

    Parameters
    ----------
    keys_ : sequence
        Ids, or numbers in the file.
    columns : LaneColumns
        All lanes as arrays.
    odd : mapping from position to Lane
        Those that are not plain.
    rows : LaneRows, optional
        Where plain ones come from.
    positions : ndarray of int64
        Of each lane among the rows.
    units : Units
        Of bare numbers.
    is_steady : bool
        Whether all lead times are left out.
    """

    keys_: Sequence[Key]
    columns: LaneColumns
    odd: Mapping[int, Lane]
    rows: LaneRows | None
    positions: IntArray
    units: Units
    is_steady: bool = False

    @classmethod
    def of(cls, lanes: Mapping[Any, Lane]) -> LaneEntries:
        """Return lanes of which none is plain."""
        if isinstance(lanes, LaneEntries):
            return lanes
        size = len(lanes)
        none = np.full(size, -1, dtype=np.int64)
        return cls(tuple(lanes), LaneColumns.odd(size), dict(enumerate(lanes.values())), None, none, Units())

    def __len__(self) -> int:
        return len(self.keys_)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.keys_)

    def __getitem__(self, key: Key) -> Lane:
        position = self._position(key)
        if position is None:
            raise KeyError(key)
        return self.lane(position)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self) == dict(other)

    __hash__ = None  # type: ignore[assignment]

    def _position(self, key: Key) -> int | None:
        if isinstance(self.keys_, range):
            return key if isinstance(key, int) and key in self.keys_ else None
        return self._positions.get(key)

    @cached_property
    def _positions(self) -> Mapping[Key, int]:
        return {key: number for number, key in enumerate(self.keys_)}

    def lane(self, position: int) -> Lane:
        """Return one lane by its position."""
        if position in self.odd:
            return self.odd[position]
        assert self.rows is not None
        entry = self.rows.entry(int(self.positions[position]))
        lane = Lane.model_validate(entry, context=self.units)
        return lane.model_copy(update={"lead_time": None}) if self.is_steady else lane

    @property
    def plain(self) -> BoolArray:
        """Which lanes are held as arrays."""
        return self.columns.plain

    @cached_property
    def odd_positions(self) -> IntArray:
        """Positions of the lanes that are not plain, ascending."""
        return np.flatnonzero(~self.plain)

    @property
    def odd_lanes(self) -> list[Lane]:
        """The lanes that are not plain."""
        return [self.odd[position] for position in self.odd_positions.tolist()]

    def each(self, name: str, of: Callable[[Lane], float]) -> FloatArray:
        """Return a number of every lane: a field where it is plain, else what a function says."""
        values = self.columns.numbers_of(name).copy()
        values[self.odd_positions] = [of(lane) for lane in self.odd_lanes]
        return values

    def without_lead_times(self) -> LaneEntries:
        """Return the same lanes, along which everything arrives at once."""
        numbers = {name: values for name, values in self.columns.numbers.items() if name != "lead_time"}
        odd = {number: lane.model_copy(update={"lead_time": None}) for number, lane in self.odd.items()}
        return replace(self, columns=replace(self.columns, numbers=numbers), odd=odd, is_steady=True)

    def with_nothing_under_way(self) -> LaneEntries:
        """Return the same lanes, with no goods on their way when the horizon begins."""
        odd = {number: lane.model_copy(update={"in_transit": None}) for number, lane in self.odd.items()}
        return replace(self, odd=odd)

    def replaced(self, key: Key, lane: Lane | None) -> LaneEntries:
        """Return lanes in which one is another, or is new, or is left out."""
        position = self._position(key)
        order = np.arange(len(self))
        odd, keys = dict(self.odd), list(self.keys_) if position is None or lane is None else self.keys_
        if position is None:
            position = len(keys)
            keys = [*keys, key]
            order = np.append(order, -1)
        order[position] = -1
        odd.pop(position, None)
        if lane is not None:
            odd[position] = lane
        positions = np.append(self.positions, -1)[: len(order)]
        found = replace(self, keys_=keys, columns=self.columns.take(order), odd=odd, positions=positions)
        chosen = np.arange(len(order))
        return (found if lane is not None else found._chosen(np.delete(chosen, position))).ordered()

    def ordered(self) -> LaneEntries:
        """Return the lanes in the order of their keys."""
        if isinstance(self.keys_, range) or all(isinstance(key, int) for key in self.keys_):
            return self
        order = sorted(range(len(self)), key=[str(key) for key in self.keys_].__getitem__)
        return self._chosen(np.array(order, dtype=np.int64))

    def _chosen(self, order: IntArray) -> LaneEntries:
        """Return the lanes at positions."""
        if np.array_equal(order, np.arange(len(self))):
            return self
        odd = {new: self.odd[old] for new, old in enumerate(order.tolist()) if old in self.odd}
        keys = [self.keys_[number] for number in order.tolist()]
        columns, positions = self.columns.take(order), self.positions[order]
        found = replace(self, keys_=keys, columns=columns, odd=odd, positions=positions)
        return found

    def suspects(
        self, places: Collection[str], commodities: Collection[str], sources: Collection[str]
    ) -> list[Key]:
        """Return keys of lanes that may name something that nobody declares."""
        columns = self.columns

        def unknown(names: Sequence[str], known: Collection[str]) -> BoolArray:
            return np.array([*(name not in known for name in names), False], dtype=bool)

        bad_place, bad_good = unknown(columns.places, places), unknown(columns.goods, commodities)
        bad_source = unknown([_undeclared(word, sources) for word in columns.sources], {""})
        found = ~self.plain | bad_source[columns.source]
        for codes, bad in (
            (columns.from_, bad_place),
            (columns.to, bad_place),
            (columns.commodity, bad_good),
        ):
            found |= bad[np.maximum(codes, -1)]
        return [self.keys_[position] for position in np.flatnonzero(found).tolist()]


def _are_ids(keys: Sequence[str]) -> bool:
    """Say whether all keys are well formed, all at once."""
    whole = "\n".join([*keys, ""])
    longest = max(map(len, keys), default=0)
    return longest <= LONGEST_ID and whole.count("\n") == len(keys) and IDS.fullmatch(whole) is not None


def _undeclared(word: str, sources: Collection[str]) -> str:
    """Return the first source in a cell that nobody declares and that is not assumed, or nothing."""
    try:
        names = [name for name in read_names(word) if not name.lower().startswith(BARE)]
    except Fault:  # a row with such a cell has been judged by itself
        return ""
    return next((name for name in names if name not in sources), "")


def read_lanes(
    document: Document, rows: LaneList | LaneMap, units: Units, is_id: Callable[[str], bool]
) -> LaneEntries:
    """Read the lanes of a table; an entry with faults is left out, and they go to the document.

    Parameters
    ----------
    is_id : callable
        Says whether an id is well formed, and reports it if not.
    """
    columns = rows.current()
    keep = np.ones(len(rows.numbers), dtype=bool)
    if isinstance(rows, LaneMap) and not _are_ids(rows.ids):
        keep = np.fromiter(map(is_id, rows.ids), bool, len(rows.ids))
    odd: dict[int, Lane] = {}
    for position in np.flatnonzero(~columns.plain & keep).tolist():
        if document.is_full:
            keep[position:] &= columns.plain[position:]
            break
        key = rows.key(position)
        lane = read_entry(document, ("lanes", key), rows.entry(position), Lane, units)
        if lane is None:
            keep[position] = False
        else:
            odd[position] = lane
    keys: Sequence[Key] = rows.ids if isinstance(rows, LaneMap) else range(len(rows))
    every = np.arange(len(keep))
    found = LaneEntries(keys, columns, odd, rows, every, units)
    return (found if keep.all() else found._chosen(np.flatnonzero(keep))).ordered()

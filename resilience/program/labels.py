"""What is column 4711? Labels of rows and columns, and selection by meaning.

Rows and columns come in blocks of one kind each (all ``ship`` columns, then all ``serve`` columns, ...).
Within a block every label field is an integer array, either coded against a tuple of names or, for
periods and the like, the number itself. So a selection is a handful of array comparisons, and no
integer offset needs to be known outside this package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.program.entry_names import block_names, told_apart
from resilience.program.made_names import MadeNames

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Coded:
    """A label field whose values are names: ``names[codes[i]]``, and a code of -1 for "none".

    Examples
    --------
    >>> country = Coded.of(["CHN", "USA", "CHN", ""])
    >>> country.names, country.codes.tolist()
    (('CHN', 'USA'), [0, 1, 0, -1])
    >>> country.texts().tolist()
    ['CHN', 'USA', 'CHN', '']
    """

    codes: IntArray
    names: Sequence[str]

    @classmethod
    def of(cls, values: Sequence[str]) -> Coded:
        """Code a sequence of names; ``""`` means none."""
        index: dict[str, int] = {}
        codes = np.fromiter(
            (index.setdefault(value, len(index)) if value else -1 for value in values), np.int64, len(values)
        )
        return cls(codes, tuple(index))

    def take(self, positions: NDArray[Any]) -> Coded:
        """Return the field for chosen entries, in their order."""
        return Coded(self.codes[positions], self.names)

    def texts(self) -> NDArray[np.object_]:
        """Return the names, one per entry."""
        return self.texts_of(self.codes)

    def texts_of(self, codes: IntArray) -> NDArray[np.object_]:
        """Return the names of some codes; where names are made, no more than these."""
        names = self.names
        if not isinstance(names, MadeNames) or "table" in self.__dict__ or 2 * len(codes) > len(names):
            return np.asarray(self.table[codes], dtype=object)
        found = np.full(len(codes), "", dtype=object)
        named = codes >= 0
        found[named] = names.at(codes[named])
        return found

    @cached_property
    def table(self) -> NDArray[np.object_]:
        """Every name at its code, and ``""`` at the last place, which a code of -1 finds."""
        table = np.empty(len(self.names) + 1, dtype=object)
        table[:-1] = self.names.all() if isinstance(self.names, MadeNames) else self.names
        table[-1] = ""
        return table

    def __getstate__(self) -> dict[str, Any]:
        """Leave what can be made again behind when going to another process."""
        return {name: value for name, value in self.__dict__.items() if name not in ("table", "index")}

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Code of each name."""
        return {name: code for code, name in enumerate(self.names)}

    def is_any(self, wanted: Iterable[str]) -> NDArray[np.bool_]:
        """Return where the name is one of the wanted ones (``""`` asks for none)."""
        codes = [self.index.get(name, ABSENT) if name else -1 for name in wanted]
        if len(codes) == 1:
            return np.asarray(self.codes == codes[0])
        is_wanted = np.zeros(len(self.names) + 1, dtype=bool)  # at the last place, what has none
        is_wanted[[code for code in codes if code != ABSENT]] = True
        return is_wanted[self.codes]


Field = Coded | NDArray[Any]

ABSENT = -2
"""Code of a name that no entry has."""

MOST_FOUND = 200
"""So many selections are remembered."""


@dataclass(frozen=True)
class Block:
    """Rows or columns of one kind that stand next to each other.

    Parameters
    ----------
    kind : str
        What they are, such as ``"ship"``.
    size : int
        How many.
    fields : mapping
        Label fields, each of length ``size``.
    """

    kind: str
    size: int
    fields: Mapping[str, Field]

    def texts(self, name: str, positions: NDArray[Any] | None = None) -> NDArray[np.object_]:
        """Return one field as texts, of all or at positions; ``""`` where the block has no such field."""
        values, chosen = self.fields.get(name), slice(None) if positions is None else positions
        if values is None:
            return np.full(self.size if positions is None else len(positions), "", dtype=object)
        return (
            values.texts_of(values.codes[chosen])
            if isinstance(values, Coded)
            else values[chosen].astype(object)
        )

    def numbers(self, name: str) -> IntArray:
        """Return an integer field, such as the period."""
        values = self.fields[name]
        return values.codes if isinstance(values, Coded) else values


@dataclass(frozen=True)
class Labels:
    """Labels of all rows, or of all columns, of a program.

    Parameters
    ----------
    blocks : tuple of Block
        In the order in which they stand in the program.
    groups : mapping
        Names that stand for several, as a bloc for its members; `where` expands them.

    Examples
    --------
    >>> ship = Block("ship", 3, {"country": Coded.of(["CHN", "USA", "JPN"]), "period": np.array([0, 0, 1])})
    >>> make = Block("produce", 2, {"country": Coded.of(["CHN", "AUS"])})
    >>> labels = Labels((make, ship), {"allies": ("USA", "JPN")})
    >>> labels.where(kind="ship", country="allies").tolist()
    [3, 4]
    >>> labels.where(country="CHN").tolist()
    [0, 2]
    >>> labels.where(kind="ship", period=1).tolist()
    [4]
    """

    blocks: tuple[Block, ...]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(block.size for block in self.blocks)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Position of the first entry of each block."""
        return tuple(int(start) for start in np.cumsum([0, *(block.size for block in self.blocks)])[:-1])

    def parts(self, kind: str | Iterable[str] | None = None) -> Iterator[tuple[int, Block]]:
        """Yield (first position, block) of every block of the given kinds."""
        kinds = None if kind is None else {kind} if isinstance(kind, str) else set(kind)
        for start, block in zip(self.starts, self.blocks, strict=True):
            if kinds is None or block.kind in kinds:
                yield start, block

    def expand(self, wanted: str | Iterable[str]) -> tuple[str, ...]:
        """Return names with every group replaced by its members."""
        names = (wanted,) if isinstance(wanted, str) else tuple(wanted)
        return tuple(dict.fromkeys(member for name in names for member in self.groups.get(name, (name,))))

    def where(self, kind: str | Iterable[str] | None = None, **conditions: Any) -> IntArray:
        """Return the positions whose labels meet all conditions, in ascending order.

        Parameters
        ----------
        kind : str or iterable of str, optional
            Kinds of row or column.
        **conditions : str, int, iterable of either, or None
            Wanted values per field: several are joined by OR, fields by AND. None sets no
            condition. A block that lacks the field has no match.

        Returns
        -------
        ndarray of int64
        """
        asked = {name: _listed(wanted) for name, wanted in conditions.items() if wanted is not None}
        kinds = kind if kind is None or isinstance(kind, str) else frozenset(kind)
        key = (kinds, repr(asked))
        known = self._found.get(key)
        if known is None:
            found = [
                np.flatnonzero(self._matches(block, asked)) + start for start, block in self.parts(kinds)
            ]
            known = np.concatenate(found) if found else np.empty(0, dtype=np.int64)
            self._remember(key, known)
        return known

    def selection(self, key: Any, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return an array that follows from the labels alone, worked out once.

        Parameters
        ----------
        key : hashable
            Of everything else that it follows from.
        make : callable
            Works it out; what it raises is raised every time.
        """
        known = self._found.get(key)
        if known is None:
            known = make()
            self._remember(key, known)
        return known

    def _remember(self, key: Any, found: NDArray[Any]) -> None:
        found.flags.writeable = False
        if len(self._found) >= MOST_FOUND:
            self._found.pop(next(iter(self._found)))
        self._found[key] = found

    @cached_property
    def _found(self) -> dict[Any, NDArray[Any]]:
        """What was asked for lately: policies ask the same in scenario after scenario."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave what was found behind when going to another process."""
        return {name: value for name, value in self.__dict__.items() if name not in ("_found", "_names")}

    def _matches(self, block: Block, asked: Mapping[str, Any]) -> NDArray[np.bool_]:
        mask = np.ones(block.size, dtype=bool)
        for name, wanted in asked.items():
            values = block.fields.get(name)
            if values is None:
                return np.zeros(block.size, dtype=bool)
            if isinstance(values, Coded):
                mask &= values.is_any(self.expand(wanted))
            else:
                mask &= np.isin(values, wanted)
        return mask

    def texts(self, name: str, positions: NDArray[Any] | None = None) -> NDArray[np.object_]:
        """Return one field as texts for all entries, or for those at the positions."""
        if positions is None:
            parts = [block.texts(name) for block in self.blocks]
            return np.concatenate(parts) if parts else np.empty(0, dtype=object)
        out = np.full(len(positions), "", dtype=object)
        for mask, inside, block in self._owners(np.asarray(positions)):
            values = block.fields.get(name)
            if isinstance(values, Coded):
                out[mask] = values.texts_of(values.codes[inside])
            elif values is not None:
                out[mask] = values[inside]
        return out

    def numbers(self, name: str, positions: NDArray[Any]) -> NDArray[Any]:
        """Return one field as numbers for entries whose blocks all have it as such."""
        parts = list(self._owners(np.asarray(positions)))
        if len(parts) == 1:
            ((_, inside, block),) = parts
            return np.asarray(block.numbers(name)[inside])
        out = np.zeros(len(positions))
        for mask, inside, block in parts:
            out[mask] = block.numbers(name)[inside]
        return out

    def _owners(self, positions: NDArray[Any]) -> Iterator[tuple[Any, NDArray[Any], Block]]:
        """Yield which of some positions lie in each block, where in it, and the block."""
        if not len(positions):
            return
        first, last = np.searchsorted(self.starts, (positions.min(), positions.max()), side="right") - 1
        if first == last:
            yield slice(None), positions - self.starts[first], self.blocks[first]
            return
        owners = np.searchsorted(self.starts, positions, side="right") - 1
        for number in np.unique(owners):
            mask = owners == number
            yield mask, positions[mask] - self.starts[number], self.blocks[number]

    def kinds(self) -> NDArray[np.object_]:
        """Return the kind of every entry."""
        return np.repeat(
            np.array([block.kind for block in self.blocks], dtype=object),
            [block.size for block in self.blocks],
        )

    def describe(self, position: int) -> dict[str, str]:
        """Return every label of one entry, its kind included.

        Examples
        --------
        >>> Labels((Block("buy", 1, {"id": Coded.of(["coke"]), "period": np.array([2])}),)).describe(0)
        {'kind': 'buy', 'id': 'coke', 'period': '2'}
        """
        number = int(np.searchsorted(self.starts, position, side="right")) - 1
        while self.blocks[number].size == 0:
            number -= 1
        block, inside = self.blocks[number], np.array([position - self.starts[number]])
        labels = {"kind": block.kind}
        for name, values in block.fields.items():
            value = (
                values.texts_of(values.codes[inside])[0] if isinstance(values, Coded) else values[inside][0]
            )
            if str(value):
                labels[name] = str(value)
        return labels

    def names(self) -> list[str]:
        """Return one readable name per entry: unique, and safe in LP and MPS files.

        A name is the kind with the labels that tell entries apart, as ``ship(mine~plant,ore,0)``.
        Names keep to ASCII letters, digits and ``_ . ~ ( ) ,``: ``>`` becomes ``~``, accents are
        dropped, anything else becomes ``_``. Where that makes two alike, the later ones end in
        ``~2``, ``~3``; names longer than 100 characters, the most that PuLP writes, are cut.
        The name of one entry is ``names()[where(...)[0]]``.

        Examples
        --------
        >>> Labels((Block("buy", 2, {"id": Coded.of(["coke", "ore"]), "period": np.array([0, 0])}),)).names()
        ['buy(coke,0)', 'buy(ore,0)']
        >>> Labels((Block("ship", 2, {"id": Coded.of(["mine>plant", "a-b"])}), Block("all", 1, {}))).names()
        ['ship(mine~plant)', 'ship(a_b)', 'all']
        """
        return list(self._names)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """The names, made once: levels of one program are found in another by them."""
        return tuple(told_apart([name for block in self.blocks for name in block_names(block)]))


def _listed(wanted: Any) -> Any:
    """Return one wanted value as it is, several as a list: an iterator is spent once, a set has no order."""
    return wanted if isinstance(wanted, str) or not isinstance(wanted, Iterable) else list(wanted)

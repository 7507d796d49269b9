"""Which positions of a program a number of the file stands at, so that a new value needs no new program.

A capacity of 9,000 stands in the program as 9,000 times the length of a period, at a few positions and
nowhere else. Where that holds, a new value is written there and the program is what laying the network
out again would give, bit for bit. That it holds is not assumed but tried out once: the network is laid
out again with every such number changed, each by a factor of its own, so that the factor by which a
position changed says whose it is; and then with other factors, with large ones and with zeros, each of
which must be foretold exactly. A number of which this is not true is left to `formulate`.

Only fields are tried whose value goes into bounds and costs as it is (no curve, no tiers, no dates).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.formulation import Formulation, FormulationFaults, formulate
from resilience.grammar import Spec
from resilience.grammar.lane_entries import LaneEntries
from resilience.program import LinearProgram
from resilience.program.delta import ARRAYS
from resilience.program.labels import Labels

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
PathParts = tuple[Any, ...]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "facilities": ("capacity", "cost"),
    "supplies": ("price", "quantity"),
    "demands": ("quantity", "shortfall_cost"),
    "hubs": ("capacity", "cost"),
    "lanes": ("capacity", "cost"),
    "limits": ("at_most", "at_least"),
}
"""Fields that are tried."""

PROBES = ((0.5, 2.0), (1.1, 1.9), (0.01, 0.02), (1e3, 1.1e3), (0.0, 0.0))
"""Factors of each trial, spread over all numbers between two; the first one finds the positions."""

NEAR = 1e-9
"""Relative difference of two factors that are the same."""


@dataclass(frozen=True, eq=False)
class Stands:
    """Where one number stands: array, positions, and what it is multiplied by there."""

    array: str
    positions: IntArray
    factors: FloatArray


def arrays_of(program: LinearProgram) -> dict[str, FloatArray]:
    """Return every array of numbers, components of cost included, by name."""
    return {
        **{name: getattr(program, name) for name in ARRAYS},
        **{f"costs.{name}": component for name, component in program.costs.items()},
    }


def with_arrays(program: LinearProgram, arrays: Mapping[str, FloatArray]) -> LinearProgram:
    """Return a program with other arrays, named as in `arrays_of`."""
    plain: dict[str, Any] = {name: array for name, array in arrays.items() if name in ARRAYS}
    costs = {key.removeprefix("costs."): array for key, array in arrays.items() if key.startswith("costs.")}
    return replace(program, costs={**program.costs, **costs}, **plain)


def number_at(spec: Spec, path: PathParts) -> float | None:
    """Return the plain number at a path whose field may be tried; None if there is none."""
    if len(path) != 3 or path[2] not in FIELDS.get(path[0], ()):
        return None
    section = getattr(spec, path[0])
    entry = section.get(path[1]) if isinstance(section, Mapping) else None
    value = getattr(entry, path[2], None)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) else None


class PlainNumbers:
    """Numbers of one network whose positions in its program are known.

    Parameters
    ----------
    formulation : Formulation
        The network as it is.
    paths : iterable of path
        Numbers that are going to be changed.
    """

    def __init__(self, formulation: Formulation, paths: Iterable[PathParts]) -> None:
        self.formulation = formulation
        self.stands: dict[PathParts, tuple[Stands, ...]] = {}
        self.allows_zero = True
        found = {path: number_at(formulation.spec, path) for path in dict.fromkeys(paths)}
        values = {path: value for path, value in found.items() if value is not None}
        if not formulation.grids and not formulation.program.is_mixed:
            self._learn_all(values)

    def _learn_all(self, values: Mapping[PathParts, float]) -> None:
        """Try numbers together, and by halves where one of them spoils it."""
        if values and not self._learn(values) and len(values) > 1:
            items = list(values.items())
            for part in (items[: len(items) // 2], items[len(items) // 2 :]):
                self._learn_all(dict(part))

    def program(self, spec: Spec, paths: Sequence[PathParts]) -> LinearProgram | None:
        """Return the program of a network that differs at some paths; None if these are not known."""
        numbers: dict[PathParts, float] = {}
        for path in paths:
            value = number_at(spec, path)
            if (
                path not in self.stands
                or value is None
                or not (value > 0 or (value == 0 and self.allows_zero))
            ):
                return None
            numbers[path] = value
        return self._written(numbers)

    def _written(self, numbers: Mapping[PathParts, float]) -> LinearProgram:
        arrays = arrays_of(self.formulation.program)
        fresh: dict[str, FloatArray] = {}
        for path, value in numbers.items():
            for part in self.stands[path]:
                array = fresh.setdefault(part.array, arrays[part.array].copy())
                array[part.positions] = value * part.factors
        return with_arrays(self.formulation.program, fresh)

    def _learn(self, values: Mapping[PathParts, float]) -> bool:
        """Find where numbers stand, and say whether every trial was foretold."""
        before, from_ = self.stands, {path: value or 1.0 for path, value in values.items()}
        start = self.formulation.program if from_ == values else self._laid_out(from_)
        for number, (low, high) in enumerate(PROBES if start is not None else ()):
            share = (np.arange(len(from_)) + 0.5) / len(from_)
            factors = low + (high - low) * share
            asked = {
                path: value * factor for (path, value), factor in zip(from_.items(), factors, strict=True)
            }
            tried = self._laid_out(asked)
            if number == 0 and tried is not None:
                assert start is not None
                self.stands = {**before, **(self._places(start, tried, from_, factors) or {})}
            if not set(values) <= set(self.stands):
                break
            if tried is None or not _alike(tried, self._written(asked)):
                if high > 0:
                    break
                self.allows_zero = False
        else:
            if _alike(self.formulation.program, self._written(values)):
                return True
        self.stands = before
        return False

    def _laid_out(self, numbers: Mapping[PathParts, float]) -> LinearProgram | None:
        """Return the program with other numbers, laid out anew; None if it is of another structure."""
        spec = self.formulation.spec
        for (section, key, name), value in numbers.items():
            entries = getattr(spec, section)
            entry = entries[key].model_copy(update={name: value})
            is_table = isinstance(entries, LaneEntries)
            whole: dict[str, Any] = {
                section: entries.replaced(key, entry) if is_table else {**entries, key: entry}
            }
            spec = replace(spec, **whole)
        try:
            program = formulate(spec).program
        except FormulationFaults:
            return None
        return program if _same_structure(program, self.formulation.program) else None

    def _places(
        self,
        start: LinearProgram,
        tried: LinearProgram,
        values: Mapping[PathParts, float],
        factors: FloatArray,
    ) -> dict[PathParts, tuple[Stands, ...]] | None:
        """Return whose each position is that changed; None if one is nobody's."""
        paths, numbers = list(values), np.array(list(values.values()))
        years = self.formulation.calendar.years
        old, new = arrays_of(start), arrays_of(tried)
        found: dict[PathParts, list[Stands]] = {path: [] for path in paths}
        for name, before in old.items():
            changed = np.flatnonzero(before != new[name])
            if not len(changed):
                continue
            was, now = before[changed], new[name][changed]
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = now / was
            owner = np.clip(np.searchsorted(factors, ratio * (1 - NEAR)), 0, len(factors) - 1)
            if not (np.abs(ratio - factors[owner]) <= NEAR * factors[owner]).all():
                return None
            value = numbers[owner]
            scale = np.full(len(changed), np.nan)
            for candidate in (1.0, years, -1.0, -years):
                fits = (value * candidate == was) & ((value * factors[owner]) * candidate == now)
                scale = np.where(np.isnan(scale) & fits, candidate, scale)
            if np.isnan(scale).any():
                return None
            for number in np.unique(owner).tolist():
                mine = owner == number
                found[paths[number]].append(Stands(name, changed[mine], scale[mine]))
        return {path: tuple(parts) for path, parts in found.items()}


def _same_structure(one: LinearProgram, other: LinearProgram) -> bool:
    """Say whether two programs differ in numbers alone."""
    return (
        np.array_equal(one.starts, other.starts)
        and np.array_equal(one.indices, other.indices)
        and list(one.costs) == list(other.costs)
        and _same_labels(one.columns, other.columns)
        and _same_labels(one.rows, other.rows)
        and (one.integral is None) == (other.integral is None)
    )


def _same_labels(one: Labels, other: Labels) -> bool:
    if [(block.kind, block.size, list(block.fields)) for block in one.blocks] != [
        (block.kind, block.size, list(block.fields)) for block in other.blocks
    ]:
        return False
    return all(
        np.array_equal(block.texts(name).astype(str), twin.texts(name).astype(str))
        for block, twin in zip(one.blocks, other.blocks, strict=True)
        for name in block.fields
    )


def _alike(one: LinearProgram, other: LinearProgram) -> bool:
    """Say whether two programs of one structure hold the same numbers, every one of them."""
    left, right = arrays_of(one), arrays_of(other)
    return all(np.array_equal(left[name], right[name]) for name in left)

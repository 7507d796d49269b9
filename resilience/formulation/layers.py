"""Origin layers: every tonne upstream of an origin rule knows which bars it is tainted by.

The transformation takes a program and splits it, where a rule can see:

* a balance of a traced commodity becomes one row per layer, and so does a stock;
* an activity that takes a traced commodity becomes one column per layer, which gives to the same
  layer, or, for a facility that is barred itself, to the layer with its bar added;
* a facility that only passes on what it takes (relabels it) adds nothing and cleans nothing;
* a mine, a supply, stock at the start or material under way stays one column, and gives to the layer
  of its own bars;
* `downgrade` moves material to a layer with one bar more, at no cost and never back, so that a
  conversion of mixed inputs can run in the layer of its worst one;
* a bound that several columns now share becomes a row with the labels of the old column.

Traced are the commodities from which a ruled demand's commodity can be made. A network without rules
is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from resilience.formulation.faults import FaultList
from resilience.formulation.horizon import Calendar
from resilience.formulation.matrix import compress
from resilience.formulation.places import Places
from resilience.grammar.sections import Spec
from resilience.policies import Situation
from resilience.policies.bars import Bar, layer_name, layers_with
from resilience.program import LinearProgram
from resilience.program.labels import Block, Coded, Labels

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_BARS = 5
"""More bars than this would mean more than 32 layers."""
CARRIED = ("ship", "serve", "dispose", "fill", "hold", "release", "policy")
"""Kinds of column that take in one layer and give to the same."""
SPLIT_ROWS = ("balance", "stock")


@dataclass(frozen=True)
class Rules:
    """Every bar that a network may ask for.

    Parameters
    ----------
    bars : tuple of Bar
        Sorted; the bit of a bar is its position.
    traced : frozenset of str
        Commodities whose balances are split.
    demands : mapping
        Bar and de minimis share of each demand that has a rule of its own.
    passing : tuple of str
        Facilities that make nothing new, and so add no bar of their own.
    """

    bars: tuple[Bar, ...]
    traced: frozenset[str]
    demands: Mapping[str, tuple[Bar, float]]
    passing: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name of each layer; a layer's number has a bit per bar."""
        sets = range(1 << len(self.bars))
        return tuple(
            layer_name([bar for bit, bar in enumerate(self.bars) if mask >> bit & 1]) for mask in sets
        )


def gather_rules(spec: Spec, places: Places, calendar: Calendar, faults: FaultList) -> Rules:
    """Collect the bars of demands and policies, and the commodities that they can see."""
    bars: set[Bar] = set()
    roots: set[str] = set()
    demands: dict[str, tuple[Bar, float]] = {}
    situation = Situation("", calendar.starts, calendar.years, places=places)
    for key, demand in spec.demands.items():
        if demand.origin is not None:
            bar = situation.bar(demand.origin.exclude, demand.origin.stages)
            demands[key] = bar, demand.origin.de_minimis
            bars.add(bar)
            roots.add(demand.commodity)
    for policy in spec.policies.values():
        for bar, seen_by in policy.bars(situation):
            bars.add(bar)
            roots |= (
                {spec.demands[key].commodity for key in seen_by if key in spec.demands}
                if seen_by is not None
                else set(spec.commodities)
            )
    if len(bars) > MOST_BARS:
        faults.add((), f"{len(bars)} different origin rules; more than {MOST_BARS} are not supported")
    return Rules(tuple(sorted(bars)), frozenset(_upstream(roots, places)), demands, places.passing)


def _upstream(roots: set[str], places: Places) -> set[str]:
    """Return the commodities from which any of the roots can be made, the roots included."""
    found, ahead = set(roots), set(roots)
    while ahead:
        makers = [recipe for recipe in places.recipes.values() if ahead & set(recipe.outputs)]
        ahead = {name for recipe in makers for name in recipe.inputs} - found
        found |= ahead
    return found


def split_by_origin(program: LinearProgram, rules: Rules) -> LinearProgram:
    """Return a program in which origin can be seen; the same program where there are no bars."""
    return _Split(program, rules).build() if rules.bars else program


class _Split:
    """The transformation, its parts as arrays over the old rows and columns."""

    def __init__(self, program: LinearProgram, rules: Rules) -> None:
        self.program, self.rules = program, rules
        self.n_layers = len(rules.names)
        kinds, goods = program.rows.kinds(), program.rows.texts("commodity")
        traced = list(rules.traced)
        self.row_is_split = np.isin(kinds.astype(str), SPLIT_ROWS) & np.isin(goods.astype(str), traced)
        self.taint = self._taint()
        self.is_carried = self._is_carried()
        self.row_copies = np.where(self.row_is_split, self.n_layers, 1)
        self.column_copies = np.where(self.is_carried, self.n_layers, 1)
        self.row_start = np.concatenate([[0], np.cumsum(self.row_copies)])
        self.column_start = np.concatenate([[0], np.cumsum(self.column_copies)])

    def build(self) -> LinearProgram:
        program = self.program
        columns = self._split_labels(program.columns, self.column_copies, self.is_carried)
        rows = self._split_labels(program.rows, self.row_copies, self.row_is_split)
        triplets = [self._entries()]
        old = np.repeat(np.arange(program.n_columns), self.column_copies)
        copied = self.is_carried[old]
        bounds = {
            "col_lower": np.where(copied, np.minimum(program.col_lower[old], 0.0), program.col_lower[old]),
            "col_upper": program.col_upper[old],
            "row_lower": np.repeat(program.row_lower, self.row_copies),
            "row_upper": np.repeat(program.row_upper, self.row_copies),
        }
        costs = {name: component[old] for name, component in program.costs.items()}
        downgrade = self._downgrades(int(self.column_start[-1]))
        if downgrade is not None:
            block, entries = downgrade
            columns = replace(columns, blocks=(*columns.blocks, block))
            triplets.append(entries)
            zeros, free = np.zeros(block.size), np.full(block.size, np.inf)
            bounds["col_lower"] = np.concatenate([bounds["col_lower"], zeros])
            bounds["col_upper"] = np.concatenate([bounds["col_upper"], free])
            costs = {name: np.concatenate([component, zeros]) for name, component in costs.items()}
        first = int(self.row_start[-1])
        for block, entries_of, low, high in (*self._shared_bounds(), *self._own_rules(columns)):
            rows = replace(rows, blocks=(*rows.blocks, block))
            triplets.append((entries_of[0] + first, entries_of[1], entries_of[2]))
            bounds["row_lower"] = np.concatenate([bounds["row_lower"], low])
            bounds["row_upper"] = np.concatenate([bounds["row_upper"], high])
            first += block.size
        starts, indices, values = compress(triplets, len(columns))
        return LinearProgram(
            starts,
            indices,
            values,
            costs,
            columns=columns,
            rows=rows,
            integral=self._whole(len(columns)),
            **bounds,
        )

    def _whole(self, n_columns: int) -> NDArray[np.bool_] | None:
        """Return which columns must be whole; none of those is ever split."""
        if self.program.integral is None:
            return None
        whole = np.repeat(self.program.integral, self.column_copies)
        return np.concatenate([whole, np.zeros(n_columns - len(whole), dtype=bool)])

    def _taint(self) -> IntArray:
        """Return the bars, as bits, that each facility's or supply's own making adds."""
        labels = self.program.columns
        taint = np.zeros(self.program.n_columns, dtype=np.int64)
        for bit, bar in enumerate(self.rules.bars):
            kinds = ("produce", "transit") if bar.stages else ("produce", "buy", "open", "transit")
            taint[labels.where(kind=kinds, country=bar.countries, stage=bar.stages or None)] |= 1 << bit
        if self.rules.passing:
            taint[labels.where(kind="produce", id=self.rules.passing)] = 0
        return taint

    def _is_carried(self) -> NDArray[np.bool_]:
        """Return which columns have one copy per layer."""
        program = self.program
        touches = np.zeros(program.n_columns, dtype=bool)
        takes = np.zeros(program.n_columns, dtype=bool)
        inside = self.row_is_split[program.indices]
        touches[program.entry_columns[inside]] = True
        takes[program.entry_columns[inside & (program.values < 0)]] = True
        kinds = program.columns.kinds().astype(str)
        return np.asarray((np.isin(kinds, CARRIED) & touches) | ((kinds == "produce") & takes))

    def _split_labels(self, labels: Labels, copies: IntArray, is_split: NDArray[np.bool_]) -> Labels:
        blocks = []
        for start, block in labels.parts():
            span = slice(start, start + block.size)
            old = np.repeat(np.arange(block.size), copies[span])
            fields = {
                name: values.take(old) if isinstance(values, Coded) else values[old]
                for name, values in block.fields.items()
            }
            if is_split[span].any():
                layer = np.arange(len(old)) - np.repeat(np.cumsum(copies[span]) - copies[span], copies[span])
                fields["layer"] = Coded(np.where(is_split[span][old], layer, -1), self.rules.names)
            blocks.append(Block(block.kind, len(old), fields))
        return Labels(tuple(blocks), labels.groups)

    def _entries(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the entries of all copies."""
        program = self.program
        column, row = program.entry_columns, program.indices.astype(np.int64)
        times = self.column_copies[column]
        old = np.repeat(np.arange(len(row)), times)
        layer = np.arange(len(old)) - np.repeat(np.cumsum(times) - times, times)
        new_column = self.column_start[column[old]] + layer
        gives = (program.values[old] > 0) | ~self.is_carried[column[old]]
        target = np.where(gives, layer | self.taint[column[old]], layer)
        new_row = self.row_start[row[old]] + np.where(self.row_is_split[row[old]], target, 0)
        return new_row, new_column, program.values[old]

    def _downgrades(self, first: int) -> tuple[Block, tuple[IntArray, IntArray, FloatArray]] | None:
        """Return columns that move material to a layer with one bar more, where conversions mix inputs."""
        program = self.program
        inside = self.row_is_split[program.indices] & (program.values < 0)
        makes = np.isin(program.entry_columns, program.columns.where(kind="produce"))
        taken = program.entry_columns[inside & makes]
        mixes = np.bincount(taken, minlength=program.n_columns) > 1
        rows = np.unique(program.indices[inside & makes & mixes[program.entry_columns]]).astype(np.int64)
        steps = [
            (mask, mask | 1 << bit)
            for mask in range(self.n_layers)
            for bit in range(len(self.rules.bars))
            if not mask >> bit & 1
        ]
        if not len(rows):
            return None
        low, high = (np.tile(np.array(part), len(rows)) for part in zip(*steps, strict=True))
        row = np.repeat(rows, len(steps))
        column = first + np.arange(len(row))
        fields = {
            name: Coded.of([str(text) for text in program.rows.texts(name, row)])
            for name in ("site", "country", "commodity")
        }
        block = Block(
            "downgrade",
            len(row),
            {
                **fields,
                "period": program.rows.texts("period", row).astype(np.int64),
                "from_layer": Coded(low, self.rules.names),
                "to_layer": Coded(high, self.rules.names),
            },
        )
        ones = np.ones(len(row))
        entries = (
            np.concatenate([self.row_start[row] + low, self.row_start[row] + high]),
            np.concatenate([column, column]),
            np.concatenate([-ones, ones]),
        )
        return block, entries

    def _shared_bounds(
        self,
    ) -> list[tuple[Block, tuple[IntArray, IntArray, FloatArray], FloatArray, FloatArray]]:
        """Return rows that hold the copies of one old column under its bounds."""
        program, found = self.program, []
        for start, block in program.columns.parts():
            span = slice(start, start + block.size)
            bounded = np.isfinite(program.col_upper[span]) | (program.col_lower[span] != 0)
            wanted = np.flatnonzero(self.is_carried[span] & (bounded | (block.kind == "hold")))
            if not len(wanted):
                continue
            fields = {
                name: values.take(wanted) if isinstance(values, Coded) else values[wanted]
                for name, values in block.fields.items()
            }
            row = np.repeat(np.arange(len(wanted)), self.n_layers)
            column = np.repeat(self.column_start[start + wanted], self.n_layers) + np.tile(
                np.arange(self.n_layers), len(wanted)
            )
            found.append(
                (
                    Block(block.kind, len(wanted), fields),
                    (row, column, np.ones(len(row))),
                    program.col_lower[start + wanted],
                    program.col_upper[start + wanted],
                )
            )
        return found

    def _own_rules(
        self, columns: Labels
    ) -> list[tuple[Block, tuple[IntArray, IntArray, FloatArray], FloatArray, FloatArray]]:
        """Return the rows of demands that have an origin rule of their own."""
        if not self.rules.demands:
            return []
        serve = columns.where(kind="serve", id=list(self.rules.demands))
        ids, period = columns.texts("id", serve), columns.texts("period", serve).astype(np.int64)
        layer = columns.texts("layer", serve)
        keys: Sequence[tuple[str, int]] = sorted(set(zip(ids, period, strict=True)))
        number = {key: row for row, key in enumerate(keys)}
        row = np.array([number[key] for key in zip(ids, period, strict=True)], dtype=np.int64)
        tainted = {
            key: set(layers_with(bar, self.rules.names)) for key, (bar, _) in self.rules.demands.items()
        }
        share = np.array([self.rules.demands[key][1] for key in ids])
        weight = np.array([name in tainted[key] for key, name in zip(ids, layer, strict=True)]) - share
        block = Block(
            "origin",
            len(keys),
            {"id": Coded.of([key for key, _ in keys]), "period": np.array([when for _, when in keys])},
        )
        return [(block, (row, serve, weight), np.full(len(keys), -np.inf), np.zeros(len(keys)))]

"""Lanes that lead nowhere: what is found where all activities are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resilience.formulation.columns import ColumnBlock, Entries
from resilience.formulation.faults import FaultList
from resilience.formulation.lanes import Lanes
from resilience.formulation.matrix import numbered
from resilience.formulation.places import Places
from resilience.grammar.lane_entries import LaneEntries
from resilience.grammar.sections import Spec
from resilience.program.labels import Coded

IntArray = NDArray[np.int64]


def check_lane_ends(
    blocks: Sequence[ColumnBlock], lanes: Lanes, places: Places, spec: Spec, faults: FaultList
) -> None:
    """Report explicit lanes that start where nothing gives their commodity, or end where nothing takes it."""
    n_goods, keys = len(spec.commodities), LaneEntries.of(spec.lanes).keys_
    others: list[Entries] = [part.entries for part in blocks if part.block.kind != "ship"]
    pairs = [part.site * n_goods + part.commodity for part in others]
    arrive = places.arrival_site(lanes.end, lanes.commodity, tuple(spec.commodities))
    known, (hubs, starts, ends, arrives, *held) = numbered(
        [
            _hub_pairs(blocks, spec, n_goods),
            lanes.start * n_goods + lanes.commodity,
            lanes.end * n_goods + lanes.commodity,
            arrive * n_goods + lanes.commodity,
            *pairs,
        ],
        len(places.balance_sites[0]) * n_goods,
    )
    is_given, is_taken = np.zeros(len(known), dtype=bool), np.zeros(len(known), dtype=bool)
    is_given[hubs] = is_taken[hubs] = is_given[ends] = is_taken[starts] = True
    for part, pair in zip(others, held, strict=True):
        is_given[pair[part.amount > 0]] = True
        is_taken[pair[part.amount < 0]] = True
    sourceless, sinkless = ~is_given[starts], ~is_taken[arrives]
    for bad, key, text in (
        (sourceless, "from", "nothing makes or brings"),
        (sinkless, "to", "nothing takes or passes on"),
    ):
        for position in np.flatnonzero(bad):
            name = lanes.ids[int(position)]
            good = list(spec.commodities)[lanes.commodity[position]]
            faults.add(("lanes", keys[lanes.rule[position]], key), f"{text} '{good}' there (lane {name})")


def _hub_pairs(blocks: Sequence[ColumnBlock], spec: Spec, n_goods: int) -> IntArray:
    ship = blocks[2].block.fields["to_"]
    assert isinstance(ship, Coded)
    index = {name: number for number, name in enumerate(ship.names)}
    goods = {name: number for number, name in enumerate(spec.commodities)}
    found = [
        index[hub.site or key] * n_goods + goods[name]
        for key, hub in spec.hubs.items()
        for name in hub.passes
        if (hub.site or key) in index
    ]
    return np.array(found, dtype=np.int64)

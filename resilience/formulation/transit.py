"""Material that is under way when the horizon begins: it left earlier, and lands in a period given.

    transit   what lands, a column that is fixed: gives to the balance at the end of its lane

It was paid for before the horizon, but for what a hub charges for arrivals; it counts against the
capacity of a hub in the period in which it lands. By origin it is the sender's, made at the stage of
the lane's goods.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Schedule
from resilience.formulation.columns import ColumnBlock, Entries
from resilience.formulation.faults import FaultList
from resilience.formulation.horizon import Calendar
from resilience.formulation.lanes import Lanes
from resilience.formulation.places import Places
from resilience.grammar.lane_entries import LaneEntries
from resilience.grammar.sections import Spec
from resilience.program.labels import Block, Coded

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def transit_columns(
    spec: Spec,
    places: Places,
    calendar: Calendar,
    lanes: Lanes,
    commodities: Sequence[str],
    stage: Coded,
    faults: FaultList,
) -> list[ColumnBlock]:
    """Return one column per lane and period in which something lands; none where nothing does.

    Parameters
    ----------
    stage : Coded
        Stage at which each lane's goods were made.
    faults : FaultList
        Takes what would land outside the horizon.
    """
    entries = LaneEntries.of(spec.lanes)
    under_way = [entry.in_transit is not None for entry in entries.odd_lanes]
    lane, period, amount = [], [], []
    for number in np.flatnonzero(np.isin(lanes.rule, entries.odd_positions[under_way])):
        rule = int(lanes.rule[number])
        key, found = entries.keys_[rule], entries.lane(rule).in_transit
        landing = found if isinstance(found, Schedule) else Schedule((calendar.starts[0],), (found or 0.0,))
        for date, tonnes in zip(landing.dates, landing.numbers, strict=True):
            when = bisect.bisect_right(calendar.starts, date) - 1
            if when < 0 or date >= calendar.end:
                faults.add(
                    ("lanes", key, "in_transit"),
                    f"{date} is not within the horizon, {calendar.starts[0]} to before {calendar.end}",
                )
                continue
            lane.append(int(number))
            period.append(when)
            amount.append(tonnes)
    if not lane:
        return []
    which, when_lands, tonnes_landed = np.array(lane), np.array(period), np.array(amount, dtype=float)
    end, good = lanes.end[which], lanes.commodity[which]
    country = Coded.of(list(places.country))
    block = Block(
        "transit",
        len(which),
        {
            "id": Coded(which, lanes.ids),
            "rule": Coded(lanes.rule[which], lanes.rule_keys),
            "site": Coded(end, places.names),
            "from_": Coded(lanes.start[which], places.names),
            "to_": Coded(end, places.names),
            "country": country.take(lanes.start[which]),
            "to_country": country.take(end),
            "commodity": Coded(good, tuple(commodities)),
            "stage": stage.take(which),
            "period": when_lands,
        },
    )
    handling = np.zeros(len(which))
    for key, hub in spec.hubs.items():
        here = (end == places.index[places.site_of[key]]) & np.isin(
            good, [commodities.index(name) for name in hub.passes]
        )
        handling[here] += calendar.spread([hub.cost])[0, when_lands[here]]
    return [
        ColumnBlock(
            block,
            tonnes_landed,
            tonnes_landed,
            {"handling": handling},
            Entries(
                np.arange(len(which)),
                places.arrival_site(end, good, commodities),
                good,
                when_lands,
                np.ones(len(which)),
            ),
        )
    ]

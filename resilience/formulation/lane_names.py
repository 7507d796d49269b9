"""What lanes are called: ``start>end:commodity``, or the id that an explicit lane was given.

There may be a million of them, of which a plan uses some hundreds: a name is made when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.formulation.places import Places
from resilience.grammar.lane_entries import LaneEntries
from resilience.program.made_names import MadeNames, NumberNames

IntArray = NDArray[np.int64]
Texts = NDArray[np.object_]


@dataclass(frozen=True, eq=False, repr=False)
class LaneNames(MadeNames):
    """Names of lanes, unique.

    Parameters
    ----------
    sites, goods : ndarray of str
        Names of sites and of commodities.
    start, end, commodity, rule : ndarray of int64, shape (n_lanes,)
        Of each lane; the last is the entry that made it.
    own : ndarray of str, optional
        By entry, the id that its only lane has; ``""`` where it has none.
    numbered : mapping
        By position, the names of those that would be called as the lane before them.
    """

    sites: Texts
    goods: Texts
    start: IntArray
    end: IntArray
    commodity: IntArray
    rule: IntArray
    own: Texts | None
    numbered: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.start)

    def at(self, positions: NDArray[Any]) -> Texts:
        """Return the names at positions."""
        found = self._plain(positions)
        for place in np.flatnonzero(np.isin(positions, list(self.numbered))) if self.numbered else ():
            found[place] = self.numbered[int(positions[place])]
        return found

    def _plain(self, positions: NDArray[Any]) -> Texts:
        """Return the names as they are without a number."""
        goods = (":" + self.goods)[self.commodity[positions]]
        found: Texts = (self.sites + ">")[self.start[positions]] + self.sites[self.end[positions]] + goods
        if self.own is not None:
            own = self.own[self.rule[positions]]
            mine = own != ""
            found[mine] = own[mine]
        return found


def entry_ids(entries: LaneEntries) -> Texts | None:
    """Return ids of the entries, ``""`` where one has none; None if none has one."""
    if isinstance(entries.keys_, range):
        return None
    named = np.array([key if isinstance(key, str) else "" for key in entries.keys_], dtype=object)
    return named if any(named) else None


def rule_keys(entries: LaneEntries) -> Sequence[str]:
    """Return the key of every entry as a text."""
    keys = entries.keys_
    return NumberNames(len(keys)) if isinstance(keys, range) else tuple(map(str, keys))


def lane_names(
    places: Places,
    commodities: Sequence[str],
    ends: tuple[IntArray, IntArray, IntArray],
    rule: IntArray,
    entries: LaneEntries,
    ids: Texts | None,
    follows: NDArray[np.bool_],
) -> LaneNames:
    """Return the names of all lanes.

    Parameters
    ----------
    ends : (start, end, commodity)
        Of each lane.
    ids : ndarray of str, optional
        Of the entries.
    follows : ndarray of bool
        Where a lane has the ends and commodity of the one before it.
    """
    own = None
    if ids is not None:
        own = ids.copy()
        shared = [not lane.is_explicit or len(lane.commodity) != 1 for lane in entries.odd_lanes]
        own[entries.odd_positions[np.array(shared, dtype=bool)]] = ""
    site, good = np.array(places.names, dtype=object), np.array([*commodities, ""], dtype=object)
    numbered: dict[int, str] = {}
    names = LaneNames(site, good, *ends, rule, own, numbered)
    number = 1
    for position in np.flatnonzero(follows).tolist():
        if own is not None and own[rule[position]]:
            continue
        name = names[position]
        number = number + 1 if names[position - 1] != name else 2
        numbered[position] = f"{name}#{number}"
    return names

"""Ids that limits and policies name: each must be something that the field can mean.

A selector chooses what matches; a name that matches nothing would be ignored where another one of the
same list matches. So every id of a list is looked up by itself: ids of lanes among the lanes that there
are, ids of places among the kinds that the field speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from resilience.fields import Section
from resilience.formulation.faults import FaultList, PathParts
from resilience.formulation.lanes import Lanes
from resilience.formulation.places import Places
from resilience.grammar.names import suggest
from resilience.grammar.sections import Spec
from resilience.policies.selectors import LaneSelector, Selector


def check_named(spec: Spec, places: Places, lanes: Lanes, faults: FaultList) -> None:
    """Report every id in a limit or a policy that names no lane, or a place of a kind not meant there.

    Parameters
    ----------
    lanes : Lanes
        All lanes of the network.
    faults : FaultList
        Takes one fault per id.
    """
    found = [
        item
        for section, entries in (("limits", spec.limits), ("policies", spec.policies))
        for key, entry in entries.items()
        for item in _selectors(entry, (section, key))
    ]
    of_lanes = [(path, selector) for path, selector, _ in found if isinstance(selector, LaneSelector)]
    _check_lanes([(path, selector.id) for path, selector in of_lanes if selector.id], lanes, faults)
    kinds = _kinds(places)
    ends = {
        end: {places.names[site] for site in np.flatnonzero(np.bincount(sites))}
        for end, sites in (("from", lanes.start), ("to", lanes.end))
    }
    for path, selector, wanted in found:
        if isinstance(selector, LaneSelector) or selector.id is None:
            continue
        of_lane, side = path[-2] == "lane", str(path[-1])
        for number, name in enumerate(selector.id):
            at = (*path, "id", number)
            if of_lane and len(selector.id) > 1 and places.site_of[name] not in ends[side]:
                faults.add(at, f"no lane {'starts' if side == 'from' else 'ends'} at '{name}'")
            elif wanted and not kinds[name] & set(wanted):
                faults.add(at, _not_meant(name, wanted, kinds))


def _check_lanes(named: list[tuple[PathParts, tuple[str, ...]]], lanes: Lanes, faults: FaultList) -> None:
    """Report ids that are neither a lane's nor a rule's."""
    if not named:
        return
    known = {*lanes.ids, *(lanes.rule_keys[rule] for rule in np.unique(lanes.rule))}
    for path, ids in named:
        for number, name in enumerate(ids):
            if name not in known:
                faults.add((*path, "id", number), f"unknown lane '{name}'{suggest(name, known)}")


def _kinds(places: Places) -> Mapping[str, set[str]]:
    """Return what each id stands for: an entry of its kind, or whatever stands at a site."""
    found: dict[str, set[str]] = {name: set() for name in places.names}
    for member in places.members_:
        found.setdefault(member.id, set()).add(member.kind)
        found[member.site].add(member.kind)
    return found


def _not_meant(name: str, wanted: tuple[str, ...], kinds: Mapping[str, set[str]]) -> str:
    """Say what an id is, and what may stand there."""
    others = [key for key, found in kinds.items() if found & set(wanted)]
    is_a = f"is a {' and a '.join(sorted(kinds[name]))}" if kinds[name] else "is a site where none stands"
    told = f"'{name}' {is_a}; wanted a {' or '.join(', '.join(wanted).rsplit(', ', 1))}"
    return f"{told}{suggest(name, others)}"


def _selectors(
    entry: Section, path: PathParts
) -> Iterator[tuple[PathParts, Selector | LaneSelector, tuple[str, ...]]]:
    """Yield every selector within an entry, with its path and the kinds of places that it may name."""
    for name, spec in type(entry).model_fields.items():
        value, where = getattr(entry, name), (*path, spec.alias or name)
        if isinstance(value, Selector | LaneSelector):
            extra = spec.json_schema_extra
            wanted = extra.get("places", ()) if isinstance(extra, dict) else ()
            yield where, value, tuple(map(str, wanted)) if isinstance(wanted, list | tuple) else ()
        if isinstance(value, Section):
            yield from _selectors(value, where)
        elif isinstance(value, tuple) and value and isinstance(value[0], Section):
            for number, inner in enumerate(value):
                yield from _selectors(inner, (*where, number))

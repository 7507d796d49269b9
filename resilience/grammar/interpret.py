"""Plain data to a `Spec`: every value interpreted, every name looked up, all faults collected.

The stages run on what the earlier ones left over, so that one wrong value hides no other: tables are
read, each entry is read by its class, then names are looked up among everything declared, entries
with faults included.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from resilience.fields import IDENTIFIER, Fault, Section, Units, shorten, shown
from resilience.fields.readers import check_bounds, read_name, read_number
from resilience.grammar.document import Document, Path_, is_list
from resilience.grammar.entries import read_entry
from resilience.grammar.lane_entries import LONGEST_ID, LaneEntries, read_lanes
from resilience.grammar.lane_rows import LaneList, LaneMap
from resilience.grammar.loading import BY_ID
from resilience.grammar.merge import flatten, merged
from resilience.grammar.names import suggest
from resilience.grammar.references import check_references
from resilience.grammar.sections import KEYED, LISTED, SECTIONS, Horizon, Spec, UnitsSection
from resilience.policies import POLICIES, Policy


def interpret(document: Document, base: Spec | None = None, changed: Iterable[Path_] = ()) -> Spec | None:
    """Read plain data as a network.

    Parameters
    ----------
    document : Document
        Tables already loaded. Faults are added to its ``problems``.
    base : Spec, optional
        What the document was before some paths were changed; only the entries at these are read again.
    changed : iterable of path
        The paths.

    Returns
    -------
    Spec or None
        None if there is any fault.
    """
    data = document.data
    if not isinstance(data, Mapping):
        if not document.problems:
            told = (
                f"wanted a mapping of sections, not {shown(data)}"
                if data is not None
                else "the file is empty"
            )
            document.report((), told)
        return None
    for key in data:
        if key not in SECTIONS:
            told = f"unknown section '{shorten(key)}'{suggest(key, SECTIONS)}"
            document.report((key,), told, at_key=True)
    changed = list(changed)
    entries = _entries_at(document, changed) if base is not None else None
    parts = _parts_after(document, base, entries) if base and entries is not None else _parts(document)
    if base is None or entries is None or not all(_is_number(document, base, path) for path in changed):
        check_references(document, parts, entries)
    if document.problems:
        if base is None:
            _check_settings(document, parts["scenarios"])
        return None
    parts["sea_distances"] = tuple(parts["sea_distances"].values())
    return Spec(**{key: _ordered(value) for key, value in parts.items()})


def _ordered(value: Any) -> Any:
    """Return a section in the order of its keys."""
    if isinstance(value, LaneEntries):
        return value.ordered()
    return dict(sorted(value.items())) if isinstance(value, Mapping) else value


ALONE = ("name", "description", "discount_rate", "horizon")
"""Sections that are one value each, which no entry refers to and none is read by."""


def _entries_at(document: Document, paths: Iterable[Path_]) -> set[tuple[str, str | int]] | None:
    """Return (section, key) of the entries at paths; None if more than these entries may be affected."""
    found: set[tuple[str, str | int]] = set()
    for section, *rest in paths:
        if section in ALONE:
            continue
        is_lane = section == "lanes" and is_list(document.data.get("lanes"))
        key = int(rest[0]) if rest and is_lane else rest[0] if rest else ""
        is_whole_demand = section == "demands" and (len(rest) < 2 or rest[1] == "sector")
        if not rest or is_whole_demand or section not in (*BY_ID, "lanes"):
            return None
        found.add((str(section), key))
    return found


def _is_number(document: Document, base: Spec, path: Path_) -> bool:
    """Say whether a number stands at a path, in a field of an entry that refers to nothing by name."""
    if len(path) != 3:
        return False
    section, key, name = path
    entries = getattr(base, str(section), None)
    entry = entries.get(key) if isinstance(entries, Mapping) else None
    declared = type(entry).model_fields.get(str(name)) if isinstance(entry, Section) else None
    extra = declared.json_schema_extra if declared is not None else None
    if not isinstance(extra, dict) or extra["ref"] or extra["kind"] == "any":
        return False
    value = document.data[section][key]
    value = value.get(name) if isinstance(value, Mapping) else None
    try:
        return isinstance(value, str | int | float) and float(str(value).rstrip("% ")) is not None
    except ValueError:
        return False


def _parts_after(document: Document, base: Spec, entries: Iterable[tuple[str, str | int]]) -> dict[str, Any]:
    """Return every section as it was, but for some entries, which are read again."""
    parts: dict[str, Any] = {item.name: getattr(base, item.name) for item in dataclasses.fields(Spec)}
    parts["sea_distances"] = dict(enumerate(base.sea_distances))
    parts |= _alone(document, base.units)
    for section, key in entries:
        kinds = {**KEYED, **LISTED}
        value = document.data[section][key]
        if isinstance(key, str) and not _is_id(document, section, key):
            continue
        if section == "policies":
            read = _policy(document, str(key), value, base.units)
        else:
            read = _entry(document, section, key, value, kinds[section], base.units)
        if isinstance(parts[section], LaneEntries):
            parts[section] = parts[section].replaced(key, read)
            continue
        others = {name: entry for name, entry in parts[section].items() if name != key}
        parts[section] = others if read is None else {**others, key: read}
    return parts


def _check_settings(document: Document, scenarios: Mapping[str, Any]) -> None:
    """Report what scenarios set at paths that lead nowhere, along with the other faults of a file."""
    for key, scenario in scenarios.items():
        settings = flatten(scenario.set, ("scenarios", key, "set"))
        document.problems.extend(merged(document, list(settings)).problems)


def _parts(document: Document) -> dict[str, Any]:
    """Return every section interpreted, without the entries that have faults."""
    found = _single(document, "units", UnitsSection, Units())
    units = Units(found.mass, found.currency)
    parts: dict[str, Any] = {
        **_alone(document, units),
        "units": units,
        "stages": _stages(document),
        "blocs": _blocs(document),
        "policies": _policies(document, units),
    }
    for section, kind in KEYED.items():
        parts[section] = _keyed(document, section, kind, units)
    for section, kind in LISTED.items():
        parts[section] = _listed(document, section, kind, units)
    return parts


def _alone(document: Document, units: Units) -> dict[str, Any]:
    """Return the sections that are one value each."""
    return {
        "name": _text(document, "name"),
        "description": _text(document, "description"),
        "discount_rate": _discount_rate(document),
        "horizon": _single(document, "horizon", Horizon, units),
    }


def _single(document: Document, section: str, kind: type[Section], units: Units) -> Any:
    """Return a section that is one entry; its defaults if it is left out or has faults."""
    value = document.data.get(section)
    return (read_entry(document, (section,), value, kind, units) if value is not None else None) or kind()


def _text(document: Document, key: str) -> str:
    value = document.data.get(key)
    if value is None:
        return ""
    if isinstance(value, Mapping | list | bool):
        document.report((key,), f"wanted a text, not {shown(value)}")
        return ""
    return str(value).strip()


def _names(document: Document, path: Path_, value: Any, what: str) -> tuple[str, ...]:
    """Return a list of names; each that is none is reported and left out."""
    if not isinstance(value, list | tuple) or not value:
        given = "an empty one" if value == [] else shown(value)
        document.report(path, f"wanted a list of {what}, not {given}")
        return ()
    names: list[str] = []
    for number, item in enumerate(value):
        try:
            names.append(read_name(item))
        except Fault as fault:
            document.report((*path, number), str(fault))
    return tuple(names)


def _discount_rate(document: Document) -> float:
    value = document.data.get("discount_rate")
    try:
        rate = 0.0 if value is None else read_number(value, "share", Units())
        check_bounds(rate, {"ge": 0.0, "lt": 1.0})
    except Fault as fault:
        document.report(("discount_rate",), str(fault))
        return 0.0
    return rate


def _stages(document: Document) -> tuple[str, ...]:
    value = document.data.get("stages")
    if value in (None, []):
        return ()
    stages = _names(document, ("stages",), value, "names, from the mine on")
    for number, item in enumerate(stages):
        if item in stages[:number]:
            document.report(("stages", number), f"'{shorten(item)}' stands twice")
    return stages


def _blocs(document: Document) -> dict[str, tuple[str, ...]]:
    return {
        key: _names(document, ("blocs", key), value, "countries")
        for key, value in _entries(document, "blocs").items()
    }


def _entries(document: Document, section: str) -> dict[str, Any]:
    """Return a section's entries by id, whose ids are well formed."""
    value = document.data.get(section)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        table = ", or the path of a table" if section in (*BY_ID, *LISTED) else ""
        document.report((section,), f"wanted a mapping from id to entry{table}, not {shown(value)}")
        return {}
    return {key: item for key, item in value.items() if _is_id(document, section, key)}


def _is_id(document: Document, section: str, key: str) -> bool:
    """Say whether a key is well formed, and report it if not."""
    if len(key) <= LONGEST_ID and IDENTIFIER.fullmatch(key) is not None:
        return True
    message = f"'{shorten(key)}' is not an id; letters, digits, _ and - only"
    document.report((section, key), message, at_key=True)
    return False


def _keyed(document: Document, section: str, kind: type[Section], units: Units) -> dict[str, Any]:
    found = {}
    for key, item in _entries(document, section).items():
        entry = _entry(document, section, key, item, kind, units)
        if entry is not None:
            found[key] = entry
    return found


def _entry(
    document: Document, section: str, key: str | int, value: Any, kind: type[Section], units: Units
) -> Any:
    """Return one entry; an empty one in a section by id has its defaults."""
    given = {} if value is None and section in BY_ID else value
    return read_entry(document, (section, key), given, kind, units)


def _listed(document: Document, section: str, kind: type[Section], units: Units) -> Mapping[Any, Any]:
    """Return the entries of a section that may be a list, by their number or id."""
    value = document.data.get(section)
    if isinstance(value, LaneList | LaneMap):
        return read_lanes(document, value, units, lambda key: _is_id(document, section, key))
    if isinstance(value, list):
        items: Any = enumerate(value)
    elif isinstance(value, Mapping) or value is None:
        items = _entries(document, section).items()
    else:
        document.report((section,), f"wanted a list of entries, or the path of a table, not {shown(value)}")
        return {}
    found: dict[Any, Any] = {}
    for key, item in items:
        entry = _entry(document, section, key, item, kind, units)
        if entry is not None:
            found[key] = entry
    return found


def _policies(document: Document, units: Units) -> dict[str, Any]:
    found = {}
    for key, item in _entries(document, "policies").items():
        entry = _policy(document, key, item, units)
        if entry is not None:
            found[key] = entry
    return found


def _policy(document: Document, key: str, item: Any, units: Units) -> Any:
    path: Path_ = ("policies", key)
    kind = type(item) if isinstance(item, Policy) else _instrument(document, path, item)
    return read_entry(document, path, item, kind, units) if kind is not None else None


def _instrument(document: Document, path: Path_, item: Any) -> type[Section] | None:
    """Return the class of a policy; None, and a fault, if it does not say which."""
    there_are = f"there are {', '.join(sorted(POLICIES))}"
    if not isinstance(item, Mapping):
        document.report(path, f"wanted the fields of a policy, `type:` first, not {shown(item)}")
        return None
    name = item.get("type")
    if name is None:
        document.report(path, f"needs `type`; {there_are}", at_key=True)
        return None
    if not isinstance(name, str) or name.strip() not in POLICIES:
        hint = suggest(str(name), POLICIES)
        document.report((*path, "type"), f"unknown policy type {shown(name)}{hint} ({there_are})")
        return None
    return POLICIES[name.strip()]

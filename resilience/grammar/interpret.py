"""Plain data to a `Spec`: every value interpreted, every name looked up, all faults collected.

The stages run on what the earlier ones left over, so that one wrong value hides no other: tables are
read, each entry is read by its class, then names are looked up among everything declared, entries
with faults included.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from resilience.fields import IDENTIFIER, Fault, Section, Units, check_bounds, read_number
from resilience.grammar.names import suggest
from resilience.grammar.reading import Document, Path_
from resilience.grammar.references import check_references
from resilience.grammar.sections import KEYED, LISTED, SECTIONS, Horizon, Spec, UnitsSection
from resilience.grammar.tables import read_table, resolve_beside
from resilience.policies import POLICIES

DEFAULTS: Mapping[str, Any] = {"units": UnitsSection(), "horizon": Horizon()}


def load_tables(document: Document, folder: Path | None) -> None:
    """Replace every section that names a table by the table's entries.

    Parameters
    ----------
    document : Document
        Changed in place; the places of cells and all faults are added to it.
    folder : Path or None
        Where tables stand; None for a network made in Python, which has none.
    """
    if not isinstance(document.data, dict):
        return
    for section in (*KEYED, *LISTED):
        value = document.data.get(section)
        if isinstance(value, str):
            document.data[section] = _table(document, section, value, folder, section in KEYED, (section,))
        elif section in LISTED and isinstance(value, list) and any(isinstance(item, str) for item in value):
            document.data[section] = _with_tables(document, section, value, folder)


def _table(document: Document, section: str, name: str, folder: Path | None, keyed: bool, at: Path_) -> Any:
    found = resolve_beside(folder, name) if folder is not None else "a network made in Python has no tables"
    if isinstance(found, str):
        document.report(at, found)
        return {} if keyed else []
    shown = str(Path(document.file).parent / name)
    return read_table(document, section, found, shown, keyed)


def _with_tables(document: Document, section: str, items: list[Any], folder: Path | None) -> list[Any]:
    """Return a list in which items that name a table are replaced by its rows."""
    whole: list[Any] = []
    moved: list[tuple[Path_, Path_]] = []
    for number, item in enumerate(items):
        if isinstance(item, str):
            part = Document([], file=document.file, values={(section,): document.place((section, number))})
            rows = _table(part, section, item, folder, False, (section,))
            document.problems.extend(part.problems)
            for places, found in ((document.values, part.values), (document.keys, part.keys)):
                for path, place in found.items():
                    if len(path) > 1:
                        places[(section, int(path[1]) + len(whole) + 1_000_000, *path[2:])] = place
            moved.extend(
                ((section, row + len(whole) + 1_000_000), (section, row + len(whole)))
                for row in range(len(rows))
            )
            whole.extend(rows)
        else:
            moved.append(((section, number), (section, len(whole))))
            whole.append(item)
    _move_places(document, section, moved)
    return whole


def _move_places(document: Document, section: str, moved: list[tuple[Path_, Path_]]) -> None:
    """Renumber the places of list items."""
    target = dict(moved)
    for name in ("values", "keys", "aliases"):
        places = getattr(document, name)
        inside = {path: place for path, place in places.items() if len(path) > 1 and path[0] == section}
        for path in inside:
            del places[path]
        for path, place in inside.items():
            if path[:2] in target:
                places[(*target[path[:2]], *path[2:])] = place


def interpret(document: Document) -> Spec | None:
    """Read plain data as a network.

    Parameters
    ----------
    document : Document
        Tables already loaded. Faults are added to its ``problems``.

    Returns
    -------
    Spec or None
        None if there is any fault.
    """
    data = document.data
    if not isinstance(data, Mapping):
        document.report((), "wanted a mapping of sections" if data is not None else "the file is empty")
        return None
    for key in data:
        if key not in SECTIONS:
            document.report((key,), f"unknown section '{key}'{suggest(key, SECTIONS)}", at_key=True)
    units_section = (
        _read_entry(document, ("units",), data.get("units"), UnitsSection, Units()) or DEFAULTS["units"]
    )
    units = Units(units_section.mass, units_section.currency)
    parts: dict[str, Any] = {
        "name": _text(document, "name"),
        "description": _text(document, "description"),
        "units": units,
        "discount_rate": _discount_rate(document),
        "horizon": _read_entry(document, ("horizon",), data.get("horizon"), Horizon, units)
        or DEFAULTS["horizon"],
        "stages": _stages(document),
        "blocs": _blocs(document),
        "policies": _policies(document, units),
    }
    for section, kind in KEYED.items():
        parts[section] = _keyed(document, section, kind, units)
    for section, kind in LISTED.items():
        parts[section] = _listed(document, section, kind, units)
    check_references(document, parts)
    if document.problems:
        return None
    parts["sea_distances"] = tuple(parts["sea_distances"].values())
    ordered = {
        key: dict(sorted(value.items())) if isinstance(value, Mapping) and key != "horizon" else value
        for key, value in parts.items()
    }
    return Spec(**ordered)


def _text(document: Document, key: str) -> str:
    value = document.data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        document.report((key,), "wanted a text")
        return ""
    return value.strip()


def _discount_rate(document: Document) -> float:
    value = document.data.get("discount_rate")
    try:
        rate = 0.0 if value is None else read_number(value, "share")
        check_bounds(rate, {"ge": 0.0, "lt": 1.0})
    except Fault as fault:
        document.report(("discount_rate",), str(fault))
        return 0.0
    return rate


def _stages(document: Document) -> tuple[str, ...]:
    value = document.data.get("stages")
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        document.report(("stages",), "wanted a list of names, from the mine on")
        return ()
    for number, item in enumerate(value):
        if item in value[:number]:
            document.report(("stages", number), f"'{item}' stands twice")
    return tuple(value)


def _blocs(document: Document) -> dict[str, tuple[str, ...]]:
    blocs: dict[str, tuple[str, ...]] = {}
    for key, value in _entries(document, "blocs").items():
        if (
            not isinstance(value, list | tuple)
            or not all(isinstance(item, str) for item in value)
            or not value
        ):
            document.report(("blocs", key), "wanted a list of countries")
            continue
        blocs[key] = tuple(value)
    return blocs


def _entries(document: Document, section: str) -> dict[str, Any]:
    """Return a section's entries by id, whose ids are well formed."""
    value = document.data.get(section)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        document.report((section,), "wanted a mapping from id to entry, or the path of a CSV table")
        return {}
    found = {}
    for key, item in value.items():
        if IDENTIFIER.fullmatch(str(key)) is None:
            document.report(
                (section, key), f"'{key}' is not an id; letters, digits, _ and - only", at_key=True
            )
        else:
            found[str(key)] = item
    return found


def _keyed(document: Document, section: str, kind: type[Section], units: Units) -> dict[str, Any]:
    found = {}
    for key, item in _entries(document, section).items():
        entry = _read_entry(document, (section, key), {} if item is None else item, kind, units)
        if entry is not None:
            found[key] = entry
    return found


def _listed(document: Document, section: str, kind: type[Section], units: Units) -> dict[Any, Any]:
    value = document.data.get(section)
    if value is None:
        return {}
    if not isinstance(value, list | tuple | Mapping):
        document.report((section,), "wanted a list of entries, or the path of a CSV table")
        return {}
    items = _entries(document, section).items() if isinstance(value, Mapping) else enumerate(value)
    found: dict[Any, Any] = {}
    for key, item in items:
        entry = _read_entry(document, (section, key), item, kind, units)
        if entry is not None:
            found[key] = entry
    return found


def _policies(document: Document, units: Units) -> dict[str, Any]:
    found = {}
    for key, item in _entries(document, "policies").items():
        path: Path_ = ("policies", key)
        if isinstance(item, Section):
            found[key] = item
            continue
        if not isinstance(item, Mapping):
            document.report(path, "wanted the fields of a policy, `type:` first")
            continue
        name = item.get("type")
        if name not in POLICIES:
            told = f"unknown policy type '{name}'{suggest(str(name), POLICIES)}" if name else "has no `type:`"
            document.report(
                (*path, "type") if name else path, f"{told}; there are {', '.join(sorted(POLICIES))}"
            )
            continue
        entry = _read_entry(document, path, item, POLICIES[str(name)], units)
        if entry is not None:
            found[key] = entry
    return found


def _read_entry(document: Document, path: Path_, value: Any, kind: type[Section], units: Units) -> Any:
    """Read one entry by its class; None if it has faults."""
    if value is None:
        return None
    if isinstance(value, Section):
        return value
    if not isinstance(value, Mapping):
        document.report(path, f"wanted the fields of an entry, not '{value}'")
        return None
    try:
        return kind.model_validate(dict(value), context=units)
    except ValidationError as error:
        _report(document, path, kind, error)
    except Fault as fault:
        document.report((*path, *fault.path), str(fault))
    return None


def _report(document: Document, path: Path_, kind: type[Section], error: ValidationError) -> None:
    """Turn pydantic's findings into faults with their places."""
    for item in error.errors(include_url=False):
        where = (*path, *item["loc"])
        if item["type"] == "faults":
            for fault in item["ctx"]["faults"]:
                document.report((*where, *fault.path), str(fault), fault.at_key)
        elif item["type"] == "extra_forbidden":
            known = _keys_at(kind, item["loc"][:-1])
            name = str(item["loc"][-1])
            document.report(where, f"unknown field '{name}'{suggest(name, known)}", at_key=True)
        elif item["type"] == "missing":
            document.report(where[:-1], f"needs `{item['loc'][-1]}`")
        elif item["type"] == "literal_error":
            document.report(
                where,
                f"'{item['input']}' is not one of {item['ctx']['expected']}{suggest(str(item['input']), item['ctx']['expected'].replace(' or ', ', ').replace(chr(39), '').split(', '))}",
            )
        elif item["type"] == "value_error":
            document.report(where, str(item["ctx"]["error"]))
        else:
            document.report(where, item["msg"][0].lower() + item["msg"][1:])


def _keys_at(kind: type[Section], loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that are allowed where an unknown one stands."""
    from resilience.grammar.references import section_at

    inner = section_at(kind, loc)
    return [spec.alias or name for name, spec in inner.model_fields.items()]

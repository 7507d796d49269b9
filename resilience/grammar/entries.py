"""One entry of a section, read by its class; what is wrong in it, in words and with places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from resilience.fields import Fault, Section, Units, shorten, shown
from resilience.fields.readers import read_value
from resilience.grammar.document import Document, Path_
from resilience.grammar.names import suggest
from resilience.grammar.sections import Origin, Term
from resilience.policies.selectors import LaneSelector, Selector

NESTED: Mapping[str, type[Section]] = {
    "from": Selector,
    "to": Selector,
    "lane": LaneSelector,
    "over": Term,
    "facility": Selector,
    "supply": Selector,
    "demand": Selector,
    "hub": Selector,
    "origin": Origin,
    "stockpile": Selector,
    "producer": Selector,
    "buyer": Selector,
    "of": Selector,
}
"""Class of the section under each key that holds one."""

WANTED = {
    "model_type": "wanted a mapping of fields",
    "tuple_type": "wanted a list",
    "string_type": "wanted a text",
}
"""What pydantic's own findings mean, in the words of a network file."""

GRADES = ("A", "B", "C")


def read_entry(document: Document, path: Path_, value: Any, kind: type[Section], units: Units) -> Any:
    """Return an entry read by its class, or None if it has faults, which are reported."""
    if document.is_full:
        return None
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        document.report(path, f"wanted the fields of an entry, not {shown(value)}")
        return None
    before = len(document.problems)
    try:
        entry = kind.model_validate(dict(value), context=units)
    except ValidationError as error:
        _report(document, path, kind, error)
        document.partial.append((path, _names_only(value, kind, units)))
        return None
    except Fault as fault:
        document.report((*path, *fault.path), str(fault), fault.at_key)
        return None
    _check_annotations(document, path, entry)
    return entry if len(document.problems) == before else None


def _names_only(value: Mapping[str, Any], kind: type[Section], units: Units) -> Section:
    """Return an entry with those of its names that can be read, so that they are looked up all the same."""
    found: dict[str, Any] = {}
    for name, spec in kind.model_fields.items():
        extra, key = spec.json_schema_extra, spec.alias or name
        if not isinstance(extra, dict) or key not in value:
            continue
        try:
            if key in NESTED and extra["kind"] == "any":
                items = value[key] if key == "over" and isinstance(value[key], list) else [value[key]]
                read = tuple(NESTED[key].model_validate(item, context=units) for item in items)
                found[name] = read if key == "over" else read[0]
            elif extra["ref"]:
                found[name] = read_value(value[key], str(extra["kind"]), str(extra["unit"]), units, {})
        except ValueError:  # a fault, and reported as one
            continue
    return kind.model_construct(**found)


def _report(document: Document, path: Path_, kind: type[Section], error: ValidationError) -> None:
    """Turn pydantic's findings into faults with their places."""
    items = error.errors(include_url=False)
    slips = {item["loc"]: _slip(document, path, kind, item["loc"]) for item in items if _is_unknown(item)}
    for item in items:
        loc, where, given = item["loc"], (*path, *item["loc"]), item.get("input")
        if item["type"] == "faults":
            for fault in item["ctx"]["faults"]:
                document.report((*where, *fault.path), str(fault), fault.at_key)
        elif item["type"] == "missing":
            if loc not in slips.values():  # misspelt, and reported as that
                document.report(where[:-1], f"needs `{loc[-1]}`", at_key=True)
        elif item["type"] == "literal_error":
            known = item["ctx"]["expected"].replace("'", "")
            hint = suggest(str(given), known.replace(" or ", ", ").split(", "))
            document.report(where, f"{shown(given)} is not one of {known}{hint}")
        elif item["type"] == "value_error":
            document.report(where, str(item["ctx"]["error"]))
        elif item["type"] in WANTED:
            document.report(where, f"{WANTED[item['type']]}, not {shown(given)}")
        elif not _is_unknown(item):
            document.report(where, item["msg"][0].lower() + item["msg"][1:])


def _is_unknown(item: Mapping[str, Any]) -> bool:
    return bool(item["type"] == "extra_forbidden")


def _slip(document: Document, path: Path_, kind: type[Section], loc: Path_) -> Path_:
    """Report an unknown field, and return the field that was probably meant."""
    name, known = str(loc[-1]), keys_of(_section_at(kind, loc[:-1]))
    hint = suggest(name, known)
    if name.isdecimal():
        hint = "; write a number without commas, as 1500 or 1_500"
    document.report((*path, *loc), f"unknown field '{shorten(name)}'{hint}", at_key=True)
    return (*loc[:-1], next((field for field in known if f"'{field}'" in hint), ""))


def _section_at(kind: type[Section], loc: tuple[str | int, ...]) -> type[Section]:
    """Return the class of the section that a location within an entry leads to."""
    for key in loc:
        kind = NESTED.get(str(key), kind)
    return kind


def keys_of(kind: type[Section]) -> list[str]:
    """Return the keys that a class's fields have in a file."""
    return [spec.alias or name for name, spec in kind.model_fields.items()]


def _check_annotations(document: Document, path: Path_, entry: Section) -> None:
    """Report a source or grade for a field that does not exist, and a grade that is none."""
    known = keys_of(type(entry))
    for name in ("source", "confidence"):
        annotations = getattr(entry, name, None)
        if not isinstance(annotations, Mapping):
            continue
        for key, texts in annotations.items():
            where = (*path, name, key) if key else (*path, name)
            if key and key not in known:
                message = f"'{shorten(key)}' is not a field here{suggest(key, known)}"
                document.report(where, message, at_key=True)
            elif name == "confidence" and (len(texts) != 1 or texts[0] not in GRADES):
                document.report(where, f"'{shorten('; '.join(texts))}' is not a grade: A, B or C")

"""One entry of a section, read by its class; what is wrong in it, in words and with places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from resilience.fields import Fault, Section, Units, shorten, shown
from resilience.fields.findings import findings, keys_of
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
        for fault in findings(kind, error):
            document.report((*path, *fault.path), str(fault), fault.at_key)
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

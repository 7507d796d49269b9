"""What pydantic finds wrong with an entry, in the words of a network file, and where in the entry."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from resilience.fields.faults import Fault, shorten, shown
from resilience.fields.suggest import suggest

Path_ = tuple[str | int, ...]

WANTED = {
    "model_type": "wanted a mapping of fields",
    "tuple_type": "wanted a list",
    "string_type": "wanted a text",
}
"""What pydantic's own findings mean."""


def findings(kind: type[BaseModel], error: ValidationError, in_python: bool = False) -> Iterator[Fault]:
    """Yield what is wrong, with its path from the entry on.

    Parameters
    ----------
    kind : type
        Class of the entry.
    error : ValidationError
        What pydantic says.
    in_python : bool
        Whether the entry's own fields go by their names in Python (``from_``), not by those in a file.
    """
    items = error.errors(include_url=False)
    slips = {item["loc"]: _slip(kind, item["loc"], in_python) for item in items if _is_unknown(item)}
    yield from (fault for fault, _ in slips.values())
    meant = {loc for _, loc in slips.values()}
    for item in items:
        loc, given = item["loc"], item.get("input")
        if item["type"] == "faults":
            for fault in item["ctx"]["faults"]:
                yield fault.under(*loc)
        elif item["type"] == "missing":
            name = _name(kind, loc, in_python)
            if (*loc[:-1], name) not in meant:  # misspelt, and told as that
                yield Fault(f"needs `{name}`", loc[:-1], at_key=True)
        elif item["type"] == "literal_error":
            known = item["ctx"]["expected"].replace("'", "")
            hint = suggest(str(given), known.replace(" or ", ", ").split(", "))
            yield Fault(f"{shown(given)} is not one of {known}{hint}", loc)
        elif item["type"] == "value_error":
            yield Fault(str(item["ctx"]["error"]), loc)
        elif item["type"] in WANTED:
            yield Fault(f"{WANTED[item['type']]}, not {shown(given)}", loc)
        elif not _is_unknown(item):
            yield Fault(item["msg"][0].lower() + item["msg"][1:], loc)


def _is_unknown(item: Mapping[str, Any]) -> bool:
    return bool(item["type"] == "extra_forbidden")


def _slip(kind: type[BaseModel], loc: Path_, in_python: bool) -> tuple[Fault, Path_]:
    """Return the fault of an unknown field, and the path of the field that was probably meant."""
    name = str(loc[-1])
    inner = section_at(kind, loc[:-1])
    known = list(inner.model_fields) if in_python and len(loc) == 1 else keys_of(inner)
    hint = suggest(name, known)
    if name.isdecimal():
        hint = "; write a number without commas, as 1500 or 1_500"
    meant = next((field for field in known if f"'{field}'" in hint), "")
    return Fault(f"unknown field '{shorten(name)}'{hint}", loc, at_key=True), (*loc[:-1], meant)


def _name(kind: type[BaseModel], loc: Path_, in_python: bool) -> str:
    """Return what the field at a location is called where the entry was written."""
    if in_python and len(loc) == 1:
        by_key = {spec.alias or name: name for name, spec in kind.model_fields.items()}
        return by_key.get(str(loc[-1]), str(loc[-1]))
    return str(loc[-1])


def section_at(kind: type[BaseModel], loc: Path_) -> type[BaseModel]:
    """Return the class of the section that a location within an entry leads to."""
    for key in loc:
        for name, spec in kind.model_fields.items():
            if key in (name, spec.alias):
                kind = next(_classes_in(spec.annotation), kind)
                break
    return kind


def _classes_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the classes of sections that an annotation speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _classes_in(part)


@functools.cache
def keys_of(kind: type[BaseModel]) -> list[str]:
    """Return the keys that a class's fields have in a file."""
    return [spec.alias or name for name, spec in kind.model_fields.items()]

"""JSON Schema of a network file, for editors: made from the classes that read it.

It says what a field may look like, not what only the whole network can know (whether a name is
declared, whether a process is given twice). Values are those that a YAML 1.2 reader makes: ``25%``
and ``12 kt/yr`` are texts there, and a bare ``2024`` is a number even where a name is meant.

Source: JSON Schema, draft 2020-12.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic.fields import FieldInfo

from resilience.fields import IDENTIFIER, Section, Units, explanations
from resilience.fields.readers import LINE, THROUGH
from resilience.grammar.sections import KEYED, LISTED, Horizon, Limit, Origin, Term, UnitsSection
from resilience.policies import POLICIES, Policy
from resilience.policies.selectors import LaneSelector, Selector

Schema = dict[str, Any]

SCHEMA_FILE = "network.schema.json"
"""Where the schema stands that the first line of a network's file names."""
MODELINE = "# yaml-language-server: $schema="
"""How an editor is told which schema a file has: Visual Studio Code, Neovim, Emacs, JetBrains."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = f"^{IDENTIFIER.pattern}$"
NUMBER_TEXT = r"^\s*[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d+)?\s*([%A-Za-zµ$€£¥].*)?$"
NUMBER_TOLD = {
    "patternErrorMessage": "wanted a number, with its unit or alone: 12000, 25%, 12 kt/yr, 62 USD/kg"
}
"""Said by editors in place of the pattern; not part of JSON Schema, which passes over it."""
DATE = r"^\d{4}(-\d{1,2}(-\d{1,2})?)?$"
TABLE = {
    "type": "string",
    "pattern": r"\.(csv|parquet|xlsx(#.+)?)$",
    "description": "Path of a table beside this file: CSV, Parquet or Excel (file.xlsx#sheet).",
}

NAME: Schema = {"type": ["string", "integer"]}
TEXT: Schema = {"type": ["string", "number"]}
NAMES: Schema = {**NAME, "type": ["string", "integer", "array"], "items": NAME, "minItems": 1}
DATE_OR_YEAR: Schema = {"type": ["string", "integer"], "pattern": DATE}
BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}

CLASSES: tuple[type[Section], ...] = (
    UnitsSection, Horizon, Selector, LaneSelector, Term, Origin,
    *KEYED.values(), *LISTED.values(), *POLICIES.values(),
)  # fmt: skip
"""Every class whose fields stand in a file."""


def with_schema(text: str, path: str = SCHEMA_FILE) -> str:
    r"""Return the text of a network's file whose first line tells editors where its schema stands.

    Examples
    --------
    >>> with_schema("name: Ore\n")
    '# yaml-language-server: $schema=network.schema.json\nname: Ore\n'
    >>> with_schema(with_schema("name: Ore\n"), "../x.json")
    '# yaml-language-server: $schema=../x.json\nname: Ore\n'
    """
    first, _, rest = text.partition("\n")
    return f"{MODELINE}{path}\n{rest if first.startswith(MODELINE) else text}"


def json_schema() -> Schema:
    """Return the JSON Schema of a network file.

    Examples
    --------
    >>> schema = json_schema()
    >>> schema["properties"]["facilities"]["additionalProperties"]
    {'$ref': '#/$defs/Facility'}
    >>> schema["$defs"]["Facility"]["properties"]["yield"]["description"]
    "Multiplies all outputs, on top of the process's own yield."
    """
    properties: Schema = {
        "name": {"type": "string", "description": "Title of the network."},
        "description": {"type": "string", "description": "What it is about."},
        "units": {"$ref": "#/$defs/UnitsSection"},
        "discount_rate": {**_number({"minimum": 0, "exclusiveMaximum": 1}), "description": "Per year."},
        "horizon": {"$ref": "#/$defs/Horizon"},
        "stages": {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "uniqueItems": True,
            "description": "Names of the stages, from the mine on.",
        },
        "blocs": _by_id(
            {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
            "Countries under one name.",
        ),
        "policies": _by_id({"$ref": "#/$defs/Policy"}, "Instruments that scenarios put in force."),
    }
    for section, kind in KEYED.items():
        entries = _by_id({"$ref": f"#/$defs/{kind.__name__}"}, _first_line(kind))
        entries["type"].append("string")
        properties[section] = {**entries, "pattern": TABLE["pattern"]}
    for section, kind in LISTED.items():
        properties[section] = _listed({"$ref": f"#/$defs/{kind.__name__}"}, _first_line(kind))
    return {
        "$schema": DIALECT,
        "title": "Supply network",
        "type": "object",
        "properties": properties,
        "anyOf": [{"required": [section]} for section in ("facilities", "supplies", "demands")],
        "additionalProperties": False,
        "$defs": {kind.__name__: _entry(kind) for kind in CLASSES} | {"Policy": _policy()},
    }


def _by_id(entry: Schema, description: str) -> Schema:
    return {
        "type": ["object", "null"],
        "description": description,
        "propertyNames": {"pattern": ID},
        "additionalProperties": entry,
    }


def _listed(entry: Schema, description: str) -> Schema:
    return {
        **_by_id(entry, description),
        "type": ["array", "object", "string", "null"],
        "pattern": TABLE["pattern"],
        "items": {"if": {"type": "string"}, "then": TABLE, "else": entry},
    }


def _policy() -> Schema:
    """Return the schema of any policy: which fields it has follows from its ``type``."""
    return {
        "type": "object",
        "properties": {
            "type": {
                "enum": sorted(POLICIES),
                "enumDescriptions": [_first_line(kind) for _, kind in sorted(POLICIES.items())],
                "description": "Which instrument this is.",
            }
        },
        "required": ["type"],
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/{kind.__name__}"},
            }
            for name, kind in sorted(POLICIES.items())
        ],
    }


def _entry(kind: type[Section]) -> Schema:
    """Return the schema of one class of entry."""
    properties, required = {}, []
    for name, spec in kind.model_fields.items():
        key = spec.alias or name
        properties[key] = _field(kind, name, spec)
        if spec.is_required():
            required.append(key)
    if issubclass(kind, Policy):
        properties["type"] = {"const": kind.instrument, "description": "Which instrument this is."}
        if kind.from_is_date:
            properties["from"] = properties["since"]
    types = ["object"] if required else ["object", "null"]
    if kind in (Selector, LaneSelector):
        types = ["object", *NAMES["type"]]
    schema: Schema = {"type": types, "description": _first_line(kind), "properties": properties}
    if kind in (Selector, LaneSelector):
        schema |= {"items": NAME, "minItems": 1, "minProperties": 1 if kind is Selector else 0}
    return schema | ({"required": required} if required else {}) | {"additionalProperties": False}


def _field(kind: type[Section], name: str, spec: FieldInfo) -> Schema:
    """Return the schema of one field, with its explanation, unit, bounds and default."""
    extra: Mapping[str, Any] = spec.json_schema_extra if isinstance(spec.json_schema_extra, dict) else {}
    what = str(extra.get("kind", ""))
    schema: Schema
    if not what:
        words = _literals(spec.annotation)
        schema = {"enum": words if spec.is_required() else [*words, None]}
    elif what == "any":
        schema = _nested(kind, name)
    else:
        limits = {BOUNDS[key]: bound for key, bound in extra["bounds"].items()}
        schema = _value(what, limits)
    if not spec.is_required() and "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        schema = {**schema, "type": [*types, "null"]}
    unit = str(extra.get("unit", ""))
    shown = f" Bare numbers in {Units().show(unit)}." if unit not in ("", "share") else ""
    schema["description"] = f"{explanations(kind).get(name, '')}{shown}"
    if isinstance(spec.default, str | float | int) and spec.default != "":
        schema["default"] = spec.default
    return schema


def _literals(annotation: Any) -> list[str]:
    """Return the words of a Literal, alone or in a union."""
    found: list[str] = []
    for part in get_args(annotation):
        found += [part] if isinstance(part, str) else _literals(part)
    return found


def _nested(kind: type[Section], name: str) -> Schema:
    """Return the schema of a field that holds a section, or anything."""
    if kind is Limit and name == "over":
        term = {"$ref": "#/$defs/Term"}
        return {"if": {"type": "array"}, "then": {"items": term, "minItems": 1}, "else": term}
    wanted = str(kind.model_fields[name].annotation)
    for section in (LaneSelector, Selector, Origin):
        if section.__name__ in wanted:
            reference = {"$ref": f"#/$defs/{section.__name__}"}
            return reference if kind.model_fields[name].is_required() else _or_nothing(reference)
    return {"type": "object"}


def _or_nothing(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _number(limits: Schema) -> Schema:
    return {"type": ["number", "string"], "pattern": NUMBER_TEXT, **NUMBER_TOLD, **limits}


def _with_fields(base: Schema, fields: Mapping[str, Schema], dated: Schema) -> Schema:
    """Return a schema that also takes a mapping: from dates to numbers, or of the fields given."""
    schema = {**base, "type": [*base["type"], "object"], "minProperties": 1}
    return schema | {
        **({"properties": dict(fields)} if fields else {}),
        "patternProperties": {DATE: dated},
        "additionalProperties": False,
    }


def _value(kind: str, limits: Schema) -> Schema:
    """Return the schema of a value by the kind of its field."""
    number = _number(limits)
    quantity = _with_fields(number, {}, number)
    if kind in ("tiers", "prices"):
        width = _number({"minimum": 0})
        tier = {
            "type": "object",
            "properties": {"capacity": _with_fields(width, {}, width), "cost": quantity},
            "required": ["cost"],
            "additionalProperties": False,
        }
        parts = {**dict.fromkeys((*LINE, *THROUGH), _number({})), "form": {"enum": ["line", "constant"]}}
        curve = _with_fields(number, parts, number)
        return {**curve, "type": [*curve["type"], "array"], "items": tier, "minItems": 1}
    if kind == "freight":
        rate = _number({"minimum": 0})
        parts = {
            key: _with_fields(rate, {}, rate) for key in ("fixed", "per_tonne_km", "per_tonne_km_inland")
        }
        distance = {"anyOf": [{"enum": ["great_circle", "sea"]}, rate]}
        return _with_fields(rate, {**parts, "distance": distance}, rate)
    simple: Mapping[str, Schema] = {
        "quantity": quantity,
        "number": number,
        "whole": {"type": ["integer", "string"], "pattern": NUMBER_TEXT, **limits},
        "duration": _number({"minimum": 0}),
        "amounts": {"type": "object", "additionalProperties": number},
        "date": DATE_OR_YEAR,
        "flag": {"type": "boolean"},
        "shares": {"type": ["array", "string"], "items": number},
        "text": TEXT,
        "name": NAME,
        "names": NAMES,
        "parties": {**NAMES, "type": [*NAMES["type"], "object"], "additionalProperties": number},
        "names_or_none": {**NAMES, "minItems": 0},
        "location": {
            "type": ["array", "string"],
            "prefixItems": [
                _number({"minimum": -90, "maximum": 90}),
                _number({"minimum": -180, "maximum": 180}),
            ],
            "minItems": 2,
            "maxItems": 2,
        },
        "by_field": {**NAMES, "type": [*NAMES["type"], "object"], "additionalProperties": NAMES},
    }
    return dict(simple[kind])


def _first_line(kind: type[Section]) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]

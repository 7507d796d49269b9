"""How a value stands in the cells of a table, and how it is read from them again.

    a scalar                            its own cell
    a list of names, shares, degrees    one cell, parted by ``;``
    a mapping                           a column for each leaf: ``inputs.ndpr_oxide``, ``from.country``
    anything deeper or irregular        one cell of compact YAML, which begins with ``{`` or ``[``

A cell of a field that holds plain words (a name, a text, a date, true or false) is never YAML. In CSV a
text that a spreadsheet would take for a formula has an apostrophe before it, which is dropped on reading.
"""

from __future__ import annotations

import datetime
import functools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from resilience.fields import NUMBER, Curve, Duration, Fault, FreightRate, Schedule, Section, Tier
from resilience.fields.readers import LARGEST, read_names
from resilience.grammar.reading import NOTHING, ODD_BREAKS, read_text
from resilience.grammar.sections import KEYED, LISTED, Horizon, UnitsSection
from resilience.policies import POLICIES, Policy

Scalar = str | int | float | bool | None
Path_ = tuple[str | int, ...]

MOST_NESTED = 4
"""Most steps that the name of a column may lead down."""
PLAIN_KINDS = ("", "text", "name", "date", "flag")
"""Kinds of fields whose text is never YAML."""
NUMERIC_KINDS = (
    *("quantity", "number", "whole", "duration", "amounts"),
    *("tiers", "prices", "freight", "parties"),
)
SCALARS = (str, int, float, bool, type(None))
NUMERIC_PARTS = ("weight", "de_minimis")
"""Parts of nested sections that are numbers."""
NAME_KINDS = ("names", "names_or_none", "any", "by_field", "parties")
"""Kinds of fields whose lists are of names."""
OPENS = ("{", "[")
"""How a cell begins that is YAML."""
SAFE = re.compile(r"(?:[A-Za-z0-9_]|[+-]?\.?[0-9])(?:[A-Za-z0-9_ .%/+>-]*[A-Za-z0-9_.%/+])?")
"""Texts that YAML takes for themselves, unquoted."""
RISKY = re.compile(r"'*[=+@-]")
"""How a text begins that a spreadsheet may take for a formula."""


@functools.cache
def kinds_of(section: str, instrument: str = "") -> Mapping[str, str]:
    """Return the kind of each field of a section's entries, by its key in a file.

    Examples
    --------
    >>> kinds_of("facilities")["inputs"], kinds_of("policies", "outage")["facility"]
    ('amounts', 'any')
    """
    known: Mapping[str, type[Section]] = {**KEYED, **LISTED, "horizon": Horizon, "units": UnitsSection}
    kind = POLICIES.get(instrument, Policy) if section == "policies" else known.get(section)
    found = {}
    for name, spec in kind.model_fields.items() if kind is not None else ():
        extra = spec.json_schema_extra
        found[spec.alias or name] = str(extra["kind"]) if isinstance(extra, dict) else ""
    return found


def instrument_of(entry: Any) -> str:
    """Return the type of a policy, nothing for what is none."""
    value = entry.get("type") if isinstance(entry, Mapping) else None
    return value.strip() if isinstance(value, str) else ""


def kind_at(path: Sequence[str], data: Mapping[str, Any]) -> str:
    """Return the kind of the field at a path from the top of a file; nothing if it is not known."""
    if len(path) == 2 and path[0] in ("horizon", "units"):
        return kinds_of(path[0]).get(path[1], "")
    if len(path) < 3:
        return ""
    section = data.get(path[0])
    entry = section.get(path[1]) if isinstance(section, Mapping) else None
    return kinds_of(path[0], instrument_of(entry)).get(path[2], "")


def typed(value: Scalar, kind: str, part: str = "") -> Scalar:
    """Return a text as the number or truth value that its field takes it for, anything else as it is.

    Examples
    --------
    >>> typed("45_000", "quantity"), typed("12 kt/yr", "quantity"), typed("true", "flag"), typed("7", "name")
    (45000, '12 kt/yr', True, '7')
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if kind == "flag":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind in NUMERIC_KINDS or (kind == "any" and part in NUMERIC_PARTS):
        return number_of(text)
    return text


def number_of(text: str) -> Scalar:
    """Return a plain number that a text is, else the text."""
    if NUMBER.fullmatch(text) is None:
        return text
    number = float(text.replace("_", ""))
    if not abs(number) <= LARGEST:
        return text
    return int(number) if number.is_integer() else number


def flow(value: Any) -> str:
    """Return plain data as compact YAML on one line, which reads back as what it was.

    Examples
    --------
    >>> flow([{"capacity": "30_000", "cost": 5.5}, {"cost": "62 USD/kg"}])
    '[{capacity: 30_000, cost: 5.5}, {cost: 62 USD/kg}]'
    >>> flow({"source": "assumed: half", "note": None, "": "null"})
    '{source: "assumed: half", note: ~, "": "null"}'
    """
    if value is None:
        return "~"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(str(key))}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    text = text_of(value)
    if SAFE.fullmatch(text) and text not in NOTHING:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted.translate({sign: f"\\u{sign:04x}" for sign in ODD_BREAKS})


def text_of(value: Any) -> str:
    """Return a scalar as the text that a file would hold."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) <= LARGEST else repr(value)
    return str(value)


def read_flow(text: str) -> Any:
    """Return a cell of YAML as plain data.

    Raises
    ------
    Fault
        If it is none.
    """
    document = read_text(text, "")
    if document.problems:
        raise Fault(document.problems[0].message)
    return document.data


def is_flow(value: Any, kind: str) -> bool:
    """Say whether a cell of a field is YAML."""
    return isinstance(value, str) and value.startswith(OPENS) and kind not in PLAIN_KINDS


def guarded(text: str) -> str:
    """Return a text of CSV with an apostrophe before it where a spreadsheet may take it for a formula.

    Examples
    --------
    >>> guarded("=1+1"), guarded("-5"), unguarded(guarded("=1+1")), unguarded("'tis")
    ("'=1+1", '-5', '=1+1', "'tis")
    """
    return f"'{text}" if RISKY.match(text) and NUMBER.fullmatch(text) is None else text


def unguarded(text: str) -> str:
    """Return a text of CSV as it is meant."""
    return text[1:] if text.startswith("'") and RISKY.match(text) else text


def as_plain(value: Any) -> Any:
    """Return data made in Python, objects of our classes included, as what a file could hold."""
    if type(value) in SCALARS:
        return value
    if isinstance(value, Section):
        return _entry_as_plain(value)
    if isinstance(value, Schedule):
        return {str(day): number for day, number in zip(value.dates, value.numbers, strict=True)}
    if isinstance(value, Tier):
        width = {} if value.capacity is None else {"capacity": as_plain(value.capacity)}
        return {**width, "cost": as_plain(value.cost)}
    if isinstance(value, Curve):
        if value.is_line:
            return {"intercept": value.intercept, "slope": value.slope}
        keys = ("reference_price", "reference_quantity", "elasticity")
        return {**{key: getattr(value, key) for key in keys}, "form": "constant"}
    if isinstance(value, FreightRate):
        return {key: as_plain(part) for key, part in vars(value).items() if part is not None}
    if isinstance(value, Duration):
        return value.number if value.unit == "period" else f"{value.number!r} {value.unit}"
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        value = value.date()
    return str(value) if isinstance(value, datetime.date) else value


def _entry_as_plain(entry: Section) -> dict[str, Any]:
    """Return the fields that were given of an entry made in Python."""
    found: dict[str, Any] = {"type": entry.instrument} if isinstance(entry, Policy) else {}
    for name, spec in type(entry).model_fields.items():
        if name in entry.model_fields_set and name not in found:
            value = as_plain(getattr(entry, name))
            is_whole = isinstance(value, dict) and set(value) == {""}
            found[spec.alias or name] = value[""] if is_whole else value
    return found


class Columns:
    """The columns of a table as they are met, entry by entry.

    Parameters
    ----------
    section : str
    is_typed : bool
        Whether numbers and truth values shall be such, rather than texts.
    whole : collection of str
        Fields whose mappings stand in one cell.
    """

    def __init__(self, section: str, is_typed: bool, whole: frozenset[str] = frozenset()) -> None:
        self.section, self.is_typed, self.whole = section, is_typed, whole
        self.leaves: dict[str, list[str]] = {}
        self.known: set[tuple[str, ...]] = set()

    def cells(self, entry: Mapping[str, Any]) -> dict[str, Scalar]:
        """Return the cells of an entry by their column, without those that are empty."""
        kinds = kinds_of(self.section, instrument_of(entry))
        found: dict[str, Scalar] = {}
        for name, value in entry.items():
            if not is_left_out(value):
                found |= self._field(name, value, kinds.get(name, "any"))
        return found

    def _field(self, name: str, value: Any, kind: str) -> dict[str, Scalar]:
        cell = self._cell(value, kind, name)
        if cell is not None:
            self.leaves.setdefault(name, [])
            return {name: cell}
        spread = self._spread(name, value, kind) if name not in self.whole else None
        if spread is not None and self._fits(name, list(spread)):
            return spread
        self.leaves.setdefault(name, [])
        return {name: flow(value)}

    def _cell(self, value: Any, kind: str, part: str) -> Scalar:
        """Return a value that stands in a cell as it is, or None."""
        if isinstance(value, Mapping):
            return None
        if isinstance(value, list | tuple):
            return joined(value, kind)
        if is_flow(text := text_of(value).strip(), kind):
            return None if kind not in NAME_KINDS else flow([text])
        return typed(value, kind, part) if self.is_typed else text

    def _spread(self, name: str, value: Any, kind: str) -> dict[str, Scalar] | None:
        """Return the leaves of a mapping by their columns, or None if they cannot be spread."""
        if not isinstance(value, Mapping) or not value or name.count(".") >= MOST_NESTED - 1:
            return None
        found: dict[str, Scalar] = {}
        for key, item in value.items():
            column = f"{name}.{key}"
            if not key or "." in key or key != key.strip() or is_left_out(item):
                return None
            cell = self._cell(item, kind, key)
            inner = {column: cell} if cell is not None else self._spread(column, item, kind)
            if inner is None or is_flow(cell, kind):
                return None
            found |= inner
        return found

    def _fits(self, name: str, leaves: Sequence[str]) -> bool:
        """Take the leaves of a field into its columns, if these are in the same order; say if they are."""
        key = (name, *leaves)
        if key in self.known:
            return True
        known = self.leaves.setdefault(name, [])
        places = {leaf: number for number, leaf in enumerate(known)}
        old = [places[leaf] for leaf in leaves if leaf in places]
        if old != sorted(old):
            return False
        at = 0
        for leaf in leaves:
            if leaf in places:
                at = known.index(leaf, at) + 1
            else:
                known.insert(at, leaf)
                at += 1
        self.known.add(key)
        return True


def is_left_out(value: Any) -> bool:
    """Say whether a value is as good as none."""
    return value is None or (isinstance(value, str) and not value.strip())


def joined(items: Sequence[Any], kind: str) -> str | None:
    """Return a list in one cell, if it can be parted again; else None.

    Examples
    --------
    >>> joined(["AUS", "USA"], "names"), joined([-28, "122.5"], "location"), joined(["a;b"], "names")
    ('AUS; USA', '-28; 122.5', None)
    """
    if not items or any(is_left_out(item) or isinstance(item, Mapping | list | tuple) for item in items):
        return None
    texts = [text_of(item).strip() for item in items]
    cell = "; ".join(texts)
    if kind in PLAIN_KINDS or cell.startswith(OPENS):
        return None
    try:
        if kind in NAME_KINDS:
            return cell if list(read_names(cell)) == texts else None
    except ValueError:
        return None
    are_numbers = all(NUMBER.fullmatch(text.rstrip("% ")) for text in texts)
    return cell if kind in ("location", "shares") and are_numbers else None

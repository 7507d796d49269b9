"""A network as tables, which `resilience.grammar.books` reads back: the same values, cell by cell.

What is lost is what a network does not mean: comments of the YAML, the order of fields within an entry,
which values were written once and repeated by an alias, and how a number was spelt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Section, Units, explanations, shorten
from resilience.grammar.books import ENTRIES, FIELDS, GROUPS, NETWORK, SET_FIELDS, SETTINGS, WORDS
from resilience.grammar.cells import (
    OPENS,
    Columns,
    Scalar,
    as_plain,
    flow,
    is_left_out,
    kind_at,
    kinds_of,
    text_of,
    typed,
)
from resilience.grammar.document import is_list
from resilience.grammar.lane_rows import LANES, LaneRows
from resilience.grammar.lane_sheet import lane_columns
from resilience.grammar.sections import KEYED, LISTED
from resilience.grammar.tables import MOST_COLUMNS
from resilience.policies import POLICIES

EXPLAINED = "_fields"
"""Sheet of a workbook that says what every field means; it is not read."""
EMPTY_HEADERS = {"lanes": ("from", "to", "commodity"), "sea_distances": ("from", "to", "distance")}
"""What stands in a table of a list that has no entries."""


LAST = ("note", "source", "confidence")
"""Columns that stand at the end."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table.

    Parameters
    ----------
    name : str
    columns : dict
        Cells by the name of their column: a list of scalars, nothing for an empty cell, or numbers with NaN
        for an empty one.
    """

    name: str
    columns: Mapping[str, Sequence[Scalar] | NDArray[np.float64]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of rows below the header."""
        return max(map(len, self.columns.values()), default=0)


def sheets_of(data: Mapping[str, Any], is_typed: bool) -> list[Sheet]:
    """Return a network's data as tables.

    Parameters
    ----------
    data : mapping
        Of its document.
    is_typed : bool
        Whether numbers and truth values shall be such, rather than the texts that a file holds.

    Examples
    --------
    >>> data = {"commodities": {"ore": {"price": "10"}}, "stages": ["mining"]}
    >>> [(sheet.name, dict(sheet.columns)) for sheet in sheets_of(data, True)]
    [('network', {'field': ['stages'], 'value': ['mining']}),
     ('commodities', {'id': ['ore'], 'price': [10]})]
    """
    found = [_network(data, is_typed)]
    for section in ENTRIES:
        value = data.get(section)
        if value is not None:
            found.append(_section(section, value, is_typed))
    settings = _settings(data, is_typed)
    return [*found, settings] if settings.size else found


def _network(data: Mapping[str, Any], is_typed: bool) -> Sheet:
    """Return what is not a list of entries, one field a row."""
    rows: list[tuple[str, Scalar]] = []
    for key in (*WORDS, *GROUPS, "discount_rate", "stages", "blocs"):
        value = as_plain(data.get(key))
        if isinstance(value, Mapping):
            rows += [(f"{key}.{name}", _field(key, name, item, is_typed)) for name, item in value.items()]
        else:
            kind = "number" if key == "discount_rate" else "names" if key == "stages" else "text"
            rows.append((key, _field_of_kind(value, kind, is_typed)))
    kept = [row for row in rows if not is_left_out(row[1])]
    return _by_row(NETWORK, FIELDS, kept)


def _by_row(name: str, header: Sequence[str], rows: Sequence[tuple[Scalar, ...]]) -> Sheet:
    """Return a table given by its rows."""
    return Sheet(name, {key: [row[number] for row in rows] for number, key in enumerate(header)})


def _field(group: str, name: str, value: Any, is_typed: bool) -> Scalar:
    kind = "names" if group == "blocs" else kinds_of(group).get(name, "")
    return _field_of_kind(value, kind, is_typed)


def _field_of_kind(value: Any, kind: str, is_typed: bool) -> Scalar:
    if is_left_out(value):
        return None
    if isinstance(value, list | tuple):
        cell = _names(value) if kind == "names" else None
        return cell if cell is not None else flow(value)
    return typed(value, kind) if is_typed else text_of(value).strip()


def _names(items: Sequence[Any]) -> str | None:
    """Return names in one cell, if they can be parted again at every ``;``."""
    texts = [text_of(item).strip() for item in items if not is_left_out(item)]
    is_fine = len(texts) == len(items) > 0 and not any(";" in text for text in texts)
    return "; ".join(texts) if is_fine and not texts[0].startswith(OPENS) else None


def _section(section: str, value: Any, is_typed: bool) -> Sheet:
    """Return the entries of a section."""
    if isinstance(value, LaneRows):
        return Sheet(LANES, lane_columns(value, is_typed))
    has_ids = not is_list(value)
    ids = list(value) if has_ids else None
    entries = [_tidy(section, as_plain(entry)) for entry in (value.values() if has_ids else value)]
    columns, rows = spread(section, entries, is_typed)
    if not entries and ids is None:
        columns = list(EMPTY_HEADERS[section])
    whole: dict[str, Sequence[Scalar]] = {"id": ids} if ids is not None else {}
    return Sheet(section, whole | {name: [row.get(name) for row in rows] for name in columns})


def _tidy(section: str, entry: Any) -> Mapping[str, Any]:
    """Return an entry without what stands in a table of its own."""
    found: Mapping[str, Any] = entry or {}
    if section == "scenarios" and isinstance(found.get("set"), Mapping):
        return {name: item for name, item in found.items() if name != "set"}
    return found


def spread(
    section: str, entries: Sequence[Mapping[str, Any]], is_typed: bool
) -> tuple[list[str], list[dict[str, Scalar]]]:
    """Return the columns that entries need, in order, and the cells of each entry."""
    whole: frozenset[str] = frozenset()
    while True:
        columns = Columns(section, is_typed, whole)
        rows = [columns.cells(entry) for entry in entries]
        order = [name for name in (*kinds_of(section), *columns.leaves) if name not in LAST]
        names = [name for name in dict.fromkeys([*order, *LAST]) if name in columns.leaves]
        used = {column for row in rows for column in row}
        found = [column for name in names for column in (name, *columns.leaves[name]) if column in used]
        if len(found) < MOST_COLUMNS:
            return found, rows
        whole |= {max(columns.leaves, key=lambda name: len(columns.leaves[name]))}


def _settings(data: Mapping[str, Any], is_typed: bool) -> Sheet:
    """Return the values that scenarios set, one a row."""
    rows: list[tuple[Scalar, ...]] = []
    for name, entry in (data.get("scenarios") or {}).items():
        values = as_plain(entry or {}).get("set")
        for path, value in values.items() if isinstance(values, Mapping) else ():
            kind = kind_at(str(path).split("."), data)
            number = typed(value, kind) if is_typed and isinstance(value, str) else value
            is_number = is_typed and isinstance(number, bool | int | float)
            rows.append((name, str(path), number if is_number else flow(value)))
    return _by_row(SETTINGS, SET_FIELDS, rows)


def explained(units: Units) -> Sheet:
    """Return what every field of every table means, for the reader of a workbook."""
    kinds: list[tuple[str, type[Section]]] = [(f"{NETWORK}: {name}.", kind) for name, kind in GROUPS.items()]
    kinds += [*KEYED.items(), *LISTED.items()]
    kinds += [(f"policies: {name}", kind) for name, kind in sorted(POLICIES.items())]
    rows: list[tuple[Scalar, ...]] = []
    for title, kind in kinds:
        told = explanations(kind)
        for name, spec in kind.model_fields.items():
            extra = spec.json_schema_extra if isinstance(spec.json_schema_extra, dict) else {}
            unit = str(extra.get("unit", ""))
            default = "required" if spec.is_required() else shorten(spec.default)
            plain = default if isinstance(spec.default, str | int | float) or spec.is_required() else ""
            means = " ".join(told.get(name, "").split())
            shown = "" if unit in ("", "share") else units.show(unit)
            rows.append((title, spec.alias or name, shown, plain, means))
    header = ("sheet", "field", "unit of a bare number", "if left out", "meaning")
    return _by_row(EXPLAINED, header, rows)

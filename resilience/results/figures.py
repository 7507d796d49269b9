"""Figures: single numbers of a file that stand behind bounds, and how each may be changed.

A figure is what a reader can change in one place: a capacity, a quantity, a policy's cut. One figure may
stand behind many rows, one a period, and a policy's behind rows of many countries.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from resilience.fields import Schedule, Section, Units
from resilience.fields.readers import read_date
from resilience.grammar import Document, Spec
from resilience.policies import Policy

Path_ = tuple[str | int, ...]

BOTH_WAYS = ("quantity", "equals", "initial", "final", "in_transit")
"""Fields that are lower and upper bound at once, of demands, limits, stockpiles and lanes."""


@dataclass(frozen=True)
class Figure:
    """One number of a file.

    Parameters
    ----------
    path : tuple
        Where it stands in the data.
    value : float
        What it is, in the network's units.
    unit : str
        ``t/yr``, ``t``, ``share``, ...; ``""`` for a count.
    ways : tuple of float
        Towards which values it may be moved, the likelier first; infinite where nothing ends it.
    """

    path: Path_
    value: float
    unit: str
    ways: tuple[float, ...]

    def shown(self, value: float) -> str:
        """Return a value of this figure without its unit, a share in percent.

        Examples
        --------
        >>> Figure(("policies", "ban", "cut"), 1.0, "share", (0.0,)).shown(0.85)
        '85%'
        """
        return f"{100 * value:.10g}%" if self.unit == "share" else f"{value:,.10g}"


def figures_of_entry(
    spec: Spec, document: Document, path: Path_, rises: bool, start: datetime.date
) -> tuple[Figure, ...]:
    """Return the figure at a path of a section's entry, if there is one.

    Parameters
    ----------
    path : tuple
        Section, key, field, and what stands within the field.
    rises : bool
        Whether a larger value leaves more room.
    start : date
        Of the period that is meant, for a field that changes at dates.
    """
    section, key, name, *_ = path
    entry = getattr(spec, str(section))[key]
    value: Any = entry
    for step in path[2:]:
        value = _part(value, step)
    unit, bounds = _declared(type(entry), str(name), spec.units) if len(path) == 3 else _within(path, spec)
    low, high = float(bounds.get("ge", -np.inf)), float(bounds.get("le", np.inf))
    ways = (high, low) if rises else (low, high)
    both = name in BOTH_WAYS and (name != "quantity" or section == "demands")
    return _figure(document, path, value, unit, ways if both else ways[:1], start)


def figures_of_policy(
    spec: Spec, document: Document, key: str, policy: Policy, starts: Sequence[datetime.date], period: int
) -> tuple[Figure, ...]:
    """Return the figures by which a policy can be loosened."""
    found: list[Figure] = []
    for name, value in policy.asks().items():
        unit, _ = _declared(type(policy), name, spec.units)
        path = ("policies", key, name)
        found += _figure(document, path, value, unit, (policy.loose[name],), starts[period])
    return tuple(found)


def _figure(
    document: Document, path: Path_, value: Any, unit: str, ways: tuple[float, ...], start: datetime.date
) -> tuple[Figure, ...]:
    """Return a number as a figure; one in force from a date on, with the date in its path."""
    if isinstance(value, Schedule):
        node: Any = document.data
        for step in path:
            node = _part(node, step)
        if not isinstance(node, Mapping):
            return ()
        keys = {read_date(key): key for key in node}
        before = [date for date in value.dates if date <= start]
        date = max(before) if before else min(value.dates)
        return _figure(document, (*path, keys[date]), value.at(start), unit, ways, start)
    if not isinstance(value, float | int) or not np.isfinite(value):
        return ()
    open_ways = tuple(way for way in ways if way != value)
    return (Figure(path, float(value), unit, open_ways),) if open_ways else ()


def _part(value: Any, step: str | int) -> Any:
    """Return a part of an entry: a field, an item, or None where there is none."""
    if isinstance(value, Section):
        return getattr(value, str(step), None)
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, tuple | list):
        return value[int(step)] if str(step).isdecimal() and int(step) < len(value) else None
    return getattr(value, str(step), None)


def _declared(kind: type[Section], name: str, units: Units) -> tuple[str, Mapping[str, float]]:
    """Return unit and bounds of a field, as its class declares them."""
    extra: Any = kind.model_fields[name].json_schema_extra or {}
    return units.show(str(extra.get("unit", ""))), extra.get("bounds", {})


def _within(path: Path_, spec: Spec) -> tuple[str, Mapping[str, float]]:
    """Return unit and bounds of what stands within a field: a tier's width, a share."""
    if path[-1] in ("cost", "fixed"):
        return spec.units.show("currency/mass"), {}
    if path[2] == "shares" or path[-1] == "de_minimis":
        return "share", {"ge": 0.0, "le": 1.0}
    mass = spec.units.show("mass")
    return mass if path[2] == "in_transit" else f"{mass}/yr", {"ge": 0.0}

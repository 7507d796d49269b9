"""What earns without end: the activities that turn money out of nothing, and what would stop them.

The direction in which cost falls is found as a small set of activities that keep every balance, see
`program/rays.py`; each is named with its line and what it costs or earns per tonne.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from resilience.errors import UnboundedError
from resilience.formulation import Formulation
from resilience.grammar import Document
from resilience.program import LinearProgram
from resilience.program.rays import ray_program
from resilience.results.conflicts import SECTION_OF
from resilience.results.figures import Figure, Path_, figures_of_entry
from resilience.results.mending import Fix, Remake, Workshop, outward
from resilience.solvers import HighsSession

FloatArray = NDArray[np.float64]
MOST_SHOWN = 12
MOST_ROUNDS = 8
"""A cost is raised at most so often, once for each ray that it is part of."""

PRICE_OF: Mapping[str, tuple[str, str]] = {
    "produce": ("facilities", "cost"),
    "buy": ("supplies", "price"),
    "ship": ("lanes", "cost"),
    "serve": ("demands", "price"),
    "dispose": ("commodities", "disposal_cost"),
    "hold": ("stockpiles", "final_value"),
}
"""Section and field of what an activity costs, or earns."""

EARNS = ("serve", "hold")
"""Kinds of which the field is what they earn, so that less of it is what helps."""


@dataclass(frozen=True)
class Activity:
    """One part of what can go on without end.

    Parameters
    ----------
    what : str
        Kind and id.
    where : str
        File and line.
    amount : float
        Tonnes, where the activity that earns most has one.
    cost : float
        Per tonne; below zero it earns.
    """

    what: str
    where: str
    amount: float
    cost: float


def explain_unbounded(
    formulation: Formulation, program: LinearProgram, document: Document, remake: Remake | None = None
) -> UnboundedError:
    """Return the error that says what could earn money without end, and what would stop it.

    Parameters
    ----------
    formulation, program, document : Formulation, LinearProgram, Document
        As of `explain_infeasible`.
    remake : callable, optional
        Returns the program with values set; left out, no changes are looked for.
    """
    direction = earning_ray(program)
    if direction is None:
        return UnboundedError("cost can fall without limit; check costs and prices below zero")
    parts, gain = activities_of(program, formulation, document, direction)
    units = formulation.spec.units
    names = ", ".join(part.what for part in parts if part.cost != 0)
    lines = [
        f"cost can fall without limit: {names} can grow without end",
        f"together they earn {gain:,.6g} {units.currency} a round:",
    ]
    for part in parts[:MOST_SHOWN]:
        word = "earns" if part.cost < 0 else "costs"
        place = f"  ({part.where})" if part.where else ""
        price = f"{abs(part.cost):,.6g} {units.currency}/{units.mass}"
        lines.append(f"  {part.what}: {part.amount:,.6g} {units.mass}, {word} {price}{place}")
    fixes: list[Fix] = []
    if remake is not None:
        shop = Workshop(program, remake, lambda path: _where(document, path))
        fixes = _dearer(shop, formulation, document, direction)
    limits = _limits_of(program, formulation, direction)
    if limits:
        lines.append(f"a limit on any one of them ends it: {', '.join(limits[:MOST_SHOWN])}")
    if fixes:
        lines.append("so does this change of a price, each alone:")
        lines += [f"  {fix}" for fix in fixes[:MOST_SHOWN]]
    return UnboundedError("\n".join(lines), parts, fixes)


def earning_ray(program: LinearProgram, among: NDArray[np.bool_] | None = None) -> FloatArray | None:
    """Return levels that may grow together without end and earn most for their sum; None if none earns."""
    outcome = HighsSession(ray_program(program, among)).solve()
    if outcome.status != "optimal":
        return None
    direction = np.where(np.abs(outcome.x) > 1e-9, outcome.x, 0.0)
    earned, moved = -float(program.cost @ direction), float(np.abs(program.cost) @ direction)
    return direction if earned > 1e-9 * max(1.0, moved) else None


def activities_of(
    program: LinearProgram, formulation: Formulation, document: Document, direction: FloatArray
) -> tuple[list[Activity], float]:
    """Return the activities of a ray, and what a round of them earns: one tonne of what earns most."""
    earned = program.cost * direction
    scaled = direction / abs(direction[int(np.argmin(earned))])
    parts = []
    for position in np.flatnonzero(scaled):
        label = program.columns.describe(int(position))
        path = _path_of(label, formulation)
        parts.append(
            Activity(
                f"{label['kind']} {label.get('id') or label.get('site', '')}",
                _where(document, path) if path else "",
                float(scaled[position]),
                float(program.cost[position]),
            )
        )
    return parts, -float(program.cost @ scaled)


def _path_of(label: Mapping[str, str], formulation: Formulation) -> Path_ | None:
    """Return where the cost of an activity stands."""
    if label["kind"] not in PRICE_OF:
        return None
    section, name = PRICE_OF[label["kind"]]
    key: str | int = label["commodity"] if section == "commodities" else label.get("rule") or label["id"]
    if section == "lanes" and str(key).isdigit():
        key = int(key)
    value = getattr(getattr(formulation.spec, section)[key], name)
    if isinstance(value, tuple):
        return (section, key, name, int(label["tier"]), "cost")
    return (section, key, name, "fixed") if hasattr(value, "per_tonne_km") else (section, key, name)


def _limits_of(program: LinearProgram, formulation: Formulation, direction: FloatArray) -> list[str]:
    """Return the fields that would limit the activities of a ray."""
    found = []
    for position in np.flatnonzero(direction):
        label = program.columns.describe(int(position))
        if label["kind"] in ("produce", "buy", "ship", "serve", "hold"):
            section, most, _ = SECTION_OF[label["kind"]]
            key = label.get("rule") or label["id"]
            found.append(f"{section}.{key}.{most}")
    return list(dict.fromkeys(found))


def _dearer(shop: Workshop, formulation: Formulation, document: Document, direction: FloatArray) -> list[Fix]:
    """Return the smallest change of each cost or price in a ray after which nothing earns without end."""
    figures: dict[Path_, Figure] = {}
    for position in np.flatnonzero(direction):
        label = shop.program.columns.describe(int(position))
        path, rises = _path_of(label, formulation), label["kind"] not in EARNS
        if path is not None:
            start = formulation.calendar.starts[int(label["period"])]
            for figure in figures_of_entry(formulation.spec, document, path, rises, start):
                unit = formulation.spec.units.show("currency/mass")
                figures.setdefault(figure.path, replace(figure, unit=unit))
    fixes = []
    for figure in figures.values():
        after = _break_even(shop, figure, direction)
        if after is not None:
            fixes.append(shop.fix(figure, after, alone=True))
    return sorted(fixes, key=lambda fix: (fix.relative, abs(fix.after - fix.before), fix.path))


def _break_even(shop: Workshop, figure: Figure, direction: FloatArray) -> float | None:
    """Return the value nearest to the old one at which nothing earns without end, or None."""
    way, value, program = figure.ways[0], figure.value, shop.program
    step = math.copysign(max(1.0, abs(value) / 2), way - value)
    ray = direction
    for _ in range(MOST_ROUNDS):
        size = step if math.isinf(way) else (way - value) / 2
        stepped = shop.remade({figure.path: value + size})
        if stepped is None or stepped.n_columns != program.n_columns or size == 0:
            return None
        per_unit = float((stepped.cost - program.cost) @ ray) / size
        if per_unit == 0.0:
            return None
        value = outward(value - float(program.cost @ ray) / per_unit, way - figure.value)
        changed = shop.remade({figure.path: value})
        if changed is None:
            return None
        further = earning_ray(changed)
        if further is None:
            return value
        program, ray = changed, further
    return None


def _where(document: Document, path: Path_) -> str:
    place = document.place(path)
    return f"{place.file}:{place.name or place.line}" if place.file and place.line else ""

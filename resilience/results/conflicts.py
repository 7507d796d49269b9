"""What contradicts what: a minimal set of rows and bounds that cannot hold together, in words.

Each member is named by what it is, where it stands in the file, and its value, with the figures of the
file that stand behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.formulation import Formulation
from resilience.grammar import Document
from resilience.program import Delta, LinearProgram
from resilience.results.figures import Figure, figures_of_entry, figures_of_policy
from resilience.results.periods import in_period
from resilience.solvers.conflict import least_conflict

SECTION_OF: Mapping[str, tuple[str, str, str]] = {
    "produce": ("facilities", "capacity", "minimum"),
    "buy": ("supplies", "quantity", ""),
    "ship": ("lanes", "capacity", "minimum"),
    "serve": ("demands", "quantity", ""),
    "short": ("demands", "quantity", ""),
    "demand": ("demands", "quantity", "quantity"),
    "hub": ("hubs", "capacity", ""),
    "open": ("stockpiles", "initial", "initial"),
    "fill": ("stockpiles", "max_fill", ""),
    "hold": ("stockpiles", "capacity", "final"),
    "release": ("stockpiles", "max_release", ""),
    "share": ("stockpiles", "shares", ""),
    "transit": ("lanes", "in_transit", "in_transit"),
    "minimum": ("facilities", "minimum", "minimum"),
    "build": ("projects", "capacity", ""),
    "origin": ("demands", "origin", ""),
    "limit": ("limits", "at_most", "at_least"),
}
"""Section and fields behind the upper and lower bound of each kind of row and column."""

IMPLIED = ("balance", "dispose", "stock", "downgrade", "project")
"""Kinds that no single value of a file stands behind."""

USES: Mapping[str, str] = {"least": "minimum_when_used", "count": "count", "source": "single_source"}
"""Field behind each sort of row about what is used; the others only tie levels to uses."""

CURVE_OF: Mapping[str, str] = {
    "produce": "cost",
    "buy": "price",
    "serve": "price",
    "short": "shortfall_cost",
}
"""Field whose tiers bound the columns of each kind, where it has tiers."""


@dataclass(frozen=True)
class Conflict:
    """One member of a set of limits that cannot hold together.

    Parameters
    ----------
    what, where, value : str
        What it is, file and line, and what it asks for.
    figures : tuple of Figure
        Numbers of the file that stand behind it.
    """

    what: str
    where: str
    value: str
    figures: tuple[Figure, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        place = f"  ({self.where})" if self.where else ""
        return f"{self.what}: {self.value}{place}"


@dataclass(frozen=True)
class ConflictSet:
    """A minimal set of rows and bounds that cannot hold together.

    Parameters
    ----------
    members : tuple of Conflict
        In words.
    bounds : tuple of (side, position, bound)
        The same in the program: ``row`` or ``col``, which, and ``lower``, ``upper`` or ``both``.
    """

    members: tuple[Conflict, ...]
    bounds: tuple[tuple[str, int, str], ...]

    @property
    def figures(self) -> list[Figure]:
        """Numbers that stand behind the members, each path once."""
        found = {figure.path: figure for member in self.members for figure in member.figures}
        return list(found.values())

    def lift(self, program: LinearProgram) -> LinearProgram:
        """Return a program without these bounds; a demand gives way altogether, no level is below zero."""
        lifted: dict[str, set[int]] = {}
        for side, position, bound in self.bounds:
            is_demand = side == "row" and program.rows.describe(position)["kind"] == "demand"
            for end, other in (("lower", "upper"), ("upper", "lower")):
                if bound != other or is_demand:
                    lifted.setdefault(f"{side}_{end}", set()).add(position)
        changes: dict[str, Any] = {name: (sorted(part), 0.0) for name, part in lifted.items()}
        return without_bounds(program, Delta.of(**changes))


def without_bounds(program: LinearProgram, change: Delta) -> LinearProgram:
    """Return a program without the bounds that a delta changes; no level may fall below zero."""
    ends = {"row_lower": -np.inf, "row_upper": np.inf, "col_lower": 0.0, "col_upper": np.inf}
    changes: dict[str, Any] = {name: (getattr(change, name).positions, end) for name, end in ends.items()}
    return Delta.of(**changes).apply(program)


def conflict_set(
    formulation: Formulation, program: LinearProgram, document: Document, deltas: Mapping[str, Delta]
) -> ConflictSet:
    """Return a minimal set of rows and bounds that cannot hold together, in words.

    Balances, disposal and that no level is below zero are left out, and so are closed shortfalls: they
    are what the set is about, not what could give way. A bound that a policy put there names the policy.
    """
    given = _given(program)
    rows, columns = least_conflict(program, given)
    found: list[Conflict] = []
    bounds: list[tuple[str, int, str]] = []
    for side, labels, positions, lower, upper in (
        ("row", program.rows, rows, program.row_lower, program.row_upper),
        ("col", program.columns, columns, program.col_lower, program.col_upper),
    ):
        for position, bound in positions.items():
            label = labels.describe(position)
            is_floor = bound != "upper" and (side == "row" or lower[position] != 0)
            low = float(lower[position]) if is_floor else -np.inf
            high = np.inf if bound == "lower" else float(upper[position])
            is_given = given[0 if side == "row" else 1][position]
            if is_given or (side == "col" and not is_floor and high == np.inf):
                continue
            if label["kind"] == "demand":
                low, high = float(lower[position]), float(upper[position])
            changed_by = [key for key, delta in deltas.items() if _changes(delta, side, position)]
            about = _About(formulation, document, bound != "lower")
            item = _conflict(label, low, high, changed_by, about)
            if item not in found:
                found.append(item)
            bounds.append((side, position, bound))
    return ConflictSet(tuple(found), tuple(bounds))


def _given(program: LinearProgram) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows and columns no single value of a file stands behind, so that none can give way."""
    rows, columns = np.zeros(program.n_rows, dtype=bool), np.zeros(program.n_columns, dtype=bool)
    for labels, mask in ((program.rows, rows), (program.columns, columns)):
        mask[labels.where(kind=IMPLIED)] = True
    uses = program.rows.where(kind="use")
    rows[uses[~np.isin(program.rows.texts("what", uses).astype(str), list(USES))]] = True
    columns[program.columns.where(kind="use")] = True
    short = program.columns.where(kind="short")
    columns[short[program.col_upper[short] <= 0]] = True
    columns[(program.col_lower <= 0) & np.isposinf(program.col_upper)] = True
    return rows, columns


@dataclass(frozen=True)
class _About:
    """What a bound is looked up in, and whether a larger figure leaves more room."""

    formulation: Formulation
    document: Document
    rises: bool

    def entry(self, path: tuple[str | int, ...], period: str) -> tuple[Figure, ...]:
        """Return the figure at a path of an entry, in force in a period."""
        made = self.formulation
        start = made.calendar.starts[int(period)]
        return figures_of_entry(made.spec, self.document, path, self.rises, start)

    def policy(self, key: str, period: str) -> tuple[Figure, ...]:
        """Return the figures of a policy, in force in a period."""
        made = self.formulation
        return figures_of_policy(
            made.spec, self.document, key, made.spec.policies[key], made.calendar.starts, int(period)
        )

    def where(self, path: tuple[str | int, ...]) -> str:
        """Return file and line of a path."""
        place = self.document.place(path)
        return f"{place.file}:{place.name or place.line}" if place.file and place.line else ""


def _changes(delta: Delta, side: str, position: int) -> bool:
    """Say whether a delta changes a bound of a row or column."""
    return any(
        position in getattr(delta, f"{side}_{bound}").positions.tolist() for bound in ("lower", "upper")
    )


def _conflict(
    label: Mapping[str, str], lower: float, upper: float, changed_by: list[str], about: _About
) -> Conflict:
    formulation = about.formulation
    kind, value, period = label["kind"], _range(lower, upper, formulation), label["period"]
    is_total = kind == "share" or (kind == "limit" and formulation.spec.limits[label["id"]].over_horizon)
    if kind == "build":
        value = "built once at most" if upper > 0 else "not decided then"
    when = "" if is_total else in_period(period, formulation)
    if kind == "policy":
        is_share = lower in (0.0, -np.inf) and upper in (0.0, np.inf)
        return _policy_conflict(label, when, "" if is_share else value, about)
    if kind == "use":
        return _use_conflict(label, when, upper, about)
    section, field_ = _field_of(label, "lower" if lower > 0 or np.isinf(upper) else "upper", formulation)
    entry = f"{section}.{label['id']}"
    key: str | int = label.get("rule", "") if kind in ("ship", "transit") else label["id"]
    path = (section, int(key) if str(key).isdigit() and section == "lanes" else key, *field_)
    if kind == "share":
        path = (*path, *filter(None, [label.get("country", "")]))
    elif kind == "origin":
        path = (*path, "de_minimis")
    own = about.entry(path, period)
    if changed_by:
        what = f"policy {' and '.join(changed_by)} on {entry}"
        figures = [figure for name in changed_by for figure in about.policy(name, period)]
        return Conflict(f"{what}{when}", about.where(("policies", changed_by[-1])), value, (*figures, *own))
    if kind == "origin" and own:
        value = f"at most {own[0].shown(own[0].value)} barred content"
    return Conflict(f"{entry}.{'.'.join(map(str, field_))}{when}", about.where(path), value, own)


def _policy_conflict(label: Mapping[str, str], when: str, value: str, about: _About) -> Conflict:
    """Return what the row of a policy is called, and what it asks for."""
    key, figures = label["policy"], about.policy(label["policy"], label["period"])
    on, of = label.get("commodity", ""), label.get("country", "")
    what = f"policy {key}{f' on {on}' if on else ''}{f' from {of}' if of else ''}"
    if not value:
        told = [f"{figure.path[2]} {figure.shown(figure.value)}" for figure in figures]
        value = " and ".join(told) or _range(0.0, 0.0, about.formulation)
    return Conflict(f"{what}{when}", about.where(("policies", key)), value, figures)


def _use_conflict(label: Mapping[str, str], when: str, upper: float, about: _About) -> Conflict:
    """Return what a row about uses is called, and what it asks for."""
    spec, lanes, key, what = about.formulation.spec, about.formulation.lanes, label["id"], label["what"]
    sections = {"demands": spec.demands, "facilities": spec.facilities, "limits": spec.limits}
    if what == "source":
        section, value = "demands", "one lane alone, or wholly short"
    elif what == "count":
        section, value = "limits", f"at most {upper:g} used"
    else:
        section, value = next((name for name in sections if key in sections[name]), "lanes"), "if used at all"
    at: str | int = list(spec.lanes)[lanes.rule[lanes.ids.index(key)]] if section == "lanes" else key
    path = (section, at, USES[what])
    figures = () if what == "source" else about.entry(path, label["period"])
    return Conflict(f"{section}.{key}.{USES[what]}{when}", about.where(path), value, figures)


def _field_of(
    label: Mapping[str, str], bound: str, formulation: Formulation
) -> tuple[str, tuple[str | int, ...]]:
    """Return the section, and the path within the entry, of what stands behind a bound."""
    kind = label["kind"]
    section, most, least = SECTION_OF[label.get("of", kind)]
    if kind == "limit" and formulation.spec.limits[label["id"]].equals is not None:
        return section, ("equals",)
    if bound == "lower" and least:
        return section, (least,)
    if kind in CURVE_OF:
        entry = getattr(formulation.spec, section)[label["id"]]
        if isinstance(getattr(entry, CURVE_OF[kind]), tuple):
            return section, (CURVE_OF[kind], int(label["tier"]), "capacity")
    return section, (most,)


def _range(lower: float, upper: float, formulation: Formulation) -> str:
    mass = formulation.spec.units.mass
    if lower == upper:
        return f"exactly {upper:,.6g} {mass}"
    if np.isinf(upper):
        return f"at least {lower:,.6g} {mass}"
    if np.isinf(lower) or lower == 0:
        return f"at most {upper:,.6g} {mass}"
    return f"between {lower:,.6g} and {upper:,.6g} {mass}"

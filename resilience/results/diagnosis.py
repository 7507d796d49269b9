"""Why there is no plan: who must go short, and which limits contradict each other.

Never a bare "infeasible": first every demand may fall short at a price of one, which gives the least
total shortfall; then the solver's minimal conflict set, each member named by what it is, where it
stands in the file, and its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from resilience.errors import InfeasibleError, UnboundedError
from resilience.formulation import Formulation
from resilience.grammar import Document
from resilience.program import Delta, LinearProgram
from resilience.solvers import HighsSession

MOST_SHOWN = 12

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
class Shortage:
    """The least that one demand must go without in one period."""

    demand: str
    period: int
    amount: float


@dataclass(frozen=True)
class Conflict:
    """One member of a set of limits that cannot hold together."""

    what: str
    where: str
    value: str

    def __str__(self) -> str:
        place = f"  ({self.where})" if self.where else ""
        return f"{self.what}: {self.value}{place}"


def explain_infeasible(
    formulation: Formulation,
    program: LinearProgram,
    document: Document,
    deltas: Mapping[str, Delta] | None = None,
) -> InfeasibleError:
    """Return the error that says why no plan exists.

    Parameters
    ----------
    formulation : Formulation
        What the rows and columns are.
    program : LinearProgram
        The program that has no solution, policies in force.
    document : Document
        Where things stand in the file.
    deltas : mapping, optional
        What each policy in force changed.

    Returns
    -------
    InfeasibleError
        To be raised by the caller.
    """
    mass = formulation.spec.units.mass
    shortages = least_shortfall(program)
    conflicts = conflict_set(formulation, program, document, deltas or {})
    lines = ["no plan meets every demand, minimum and limit"]
    if shortages:
        total = sum(item.amount for item in shortages)
        lines.append(f"at least {total:,.6g} {mass} must go short:")
        lines += [
            f"  demand {item.demand}{_when(str(item.period), formulation)}: {item.amount:,.6g} {mass}"
            for item in shortages[:MOST_SHOWN]
        ]
    elif shortages is None:
        lines.append("even with every demand left short, minimums and limits contradict each other")
    if conflicts:
        lines.append("these cannot hold together; drop or relax any one of them:")
        lines += [f"  {item}" for item in conflicts[:MOST_SHOWN]]
        if len(conflicts) > MOST_SHOWN:
            lines.append(f"  and {len(conflicts) - MOST_SHOWN} more")
    return InfeasibleError("\n".join(lines), shortages or (), conflicts)


def least_shortfall(program: LinearProgram) -> list[Shortage] | None:
    """Return the least shortfall beyond what each demand allows, or None where even that leaves no plan.

    What a demand may go without costs nothing here and counts for nothing: it is taken off what is
    wanted, and only what is missing then has a price.
    """
    short = program.columns.where(kind="short")
    rows = program.rows.where(kind="demand")
    row_of = program.indices[program.starts[short]].astype(np.int64)
    allowed = np.zeros(program.n_rows)
    np.add.at(allowed, row_of, program.col_upper[short])
    most = float(np.max(program.row_upper[rows], initial=0.0))
    first = program.columns.texts("tier", short) == "0"
    relaxed = Delta.of(
        row_lower=(rows, np.maximum(program.row_lower[rows] - allowed[rows], 0.0)),
        col_upper=(short, np.where(first, most, 0.0)),
        costs={
            **{name: (np.arange(program.n_columns), 0.0) for name in program.costs},
            "least shortfall": (short, 1.0),
        },
    ).apply(program)
    outcome = HighsSession(relaxed).solve()
    if outcome.status != "optimal":
        return None
    ids, periods = program.columns.texts("id", short), program.columns.texts("period", short)
    found = [
        Shortage(str(key), int(period), float(amount))
        for key, period, amount in zip(ids, periods, outcome.x[short], strict=True)
        if amount > 1e-9 * max(1.0, most)
    ]
    return sorted(found, key=lambda item: (item.demand, item.period))


def conflict_set(
    formulation: Formulation, program: LinearProgram, document: Document, deltas: Mapping[str, Delta]
) -> list[Conflict]:
    """Return a minimal set of rows and bounds that cannot hold together, in words.

    Balances, disposal and that no level is below zero are left out, and so are closed shortfalls: they
    are what the set is about, not what could give way. A bound that a policy put there names the policy.
    """
    rows, columns = HighsSession(program).conflict()
    found: list[Conflict] = []
    for side, labels, positions, lower, upper in (
        ("row", program.rows, rows, program.row_lower, program.row_upper),
        ("col", program.columns, columns, program.col_lower, program.col_upper),
    ):
        for position, bound in positions.items():
            label = labels.describe(position)
            low = -np.inf if bound == "upper" else float(lower[position])
            high = np.inf if bound == "lower" else float(upper[position])
            if label["kind"] in IMPLIED or (side == "col" and low <= 0 and high == np.inf):
                continue
            if label["kind"] == "short" and high <= 0:
                continue
            if label["kind"] == "use" and (side == "col" or label["what"] not in USES):
                continue
            if label["kind"] == "demand":
                low, high = float(lower[position]), float(upper[position])
            changed_by = [key for key, delta in deltas.items() if _changes(delta, side, position)]
            item = _conflict(label, low, high, changed_by, formulation, document)
            if item not in found:
                found.append(item)
    return found


def _changes(delta: Delta, side: str, position: int) -> bool:
    """Say whether a delta changes a bound of a row or column."""
    return any(
        position in getattr(delta, f"{side}_{bound}").positions.tolist() for bound in ("lower", "upper")
    )


def _conflict(
    label: Mapping[str, str],
    lower: float,
    upper: float,
    changed_by: list[str],
    formulation: Formulation,
    document: Document,
) -> Conflict:
    kind, value = label["kind"], _range(lower, upper, formulation)
    is_total = kind == "share" or (kind == "limit" and formulation.spec.limits[label["id"]].over_horizon)
    if kind == "build":
        value = "built once at most" if upper > 0 else "not decided then"
    when = "" if is_total else _when(label["period"], formulation)
    if kind == "policy":
        place = document.place(("policies", label["policy"]))
        what = f"policy {label['policy']} on {label.get('commodity', '')} from {label.get('country', '')}"
        return Conflict(f"{what}{when}", _where(place.file, place.line), value)
    if kind == "use":
        return _use_conflict(label, when, upper, formulation, document)
    section, field = _field_of(label, "lower" if lower > 0 or np.isinf(upper) else "upper", formulation)
    entry = f"{section}.{label['id']}"
    if changed_by:
        place = document.place(("policies", changed_by[-1]))
        what = f"policy {' and '.join(changed_by)} on {entry}"
        return Conflict(f"{what}{when}", _where(place.file, place.line), value)
    key: str | int = label.get("rule", "") if kind in ("ship", "transit") else label["id"]
    path = (section, int(key) if str(key).isdigit() and section == "lanes" else key, *field)
    place = document.place(path)
    return Conflict(f"{entry}.{'.'.join(map(str, field))}{when}", _where(place.file, place.line), value)


def _use_conflict(
    label: Mapping[str, str], when: str, upper: float, formulation: Formulation, document: Document
) -> Conflict:
    """Return what a row about uses is called, and what it asks for."""
    spec, lanes, key, what = formulation.spec, formulation.lanes, label["id"], label["what"]
    sections = {"demands": spec.demands, "facilities": spec.facilities, "limits": spec.limits}
    if what == "source":
        section, value = "demands", "one lane alone, or wholly short"
    elif what == "count":
        section, value = "limits", f"at most {upper:g} used"
    else:
        section, value = next((name for name in sections if key in sections[name]), "lanes"), "if used at all"
    at: str | int = list(spec.lanes)[lanes.rule[lanes.ids.index(key)]] if section == "lanes" else key
    place = document.place((section, at, USES[what]))
    return Conflict(f"{section}.{key}.{USES[what]}{when}", _where(place.file, place.line), value)


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


def _when(period: str, formulation: Formulation) -> str:
    """Return which period is meant, where there are several."""
    starts = formulation.calendar.starts
    return f", from {starts[int(period)]}" if len(starts) > 1 else ""


def _where(file: str, line: int) -> str:
    return f"{file}:{line}" if file and line else ""


def _range(lower: float, upper: float, formulation: Formulation) -> str:
    mass = formulation.spec.units.mass
    if lower == upper:
        return f"exactly {upper:,.6g} {mass}"
    if np.isinf(upper):
        return f"at least {lower:,.6g} {mass}"
    if np.isinf(lower) or lower == 0:
        return f"at most {upper:,.6g} {mass}"
    return f"between {lower:,.6g} and {upper:,.6g} {mass}"


def explain_unbounded(formulation: Formulation, program: LinearProgram) -> UnboundedError:
    """Return the error that says what could earn money without end.

    The program is solved again with every open column bounded; what runs into the bound is the cause.
    """
    endless = np.isposinf(program.col_upper)
    most = 1e6 * max(1.0, float(np.max(program.col_upper[~endless], initial=1.0)))
    bounded = Delta.of(col_upper=(np.flatnonzero(endless), most)).apply(program)
    outcome = HighsSession(bounded).solve()
    names: list[str] = []
    if outcome.status == "optimal":
        running = np.flatnonzero(endless & (outcome.x > most / 1e3) & (program.cost != 0))
        labels = [program.columns.describe(position) for position in running[:MOST_SHOWN]]
        names = [f"{label['kind']} {label.get('id', label.get('site', ''))}" for label in labels]
    told = f": {', '.join(names)} can grow without end" if names else ""
    advice = "give a capacity or a quantity, or check costs and prices below zero"
    return UnboundedError(f"cost can fall without limit{told}; {advice}")

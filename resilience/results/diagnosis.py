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
    "capacity": ("facilities", "capacity", "minimum"),
    "hub": ("hubs", "capacity", ""),
    "open": ("stockpiles", "initial", "initial"),
    "fill": ("stockpiles", "max_fill", ""),
    "hold": ("stockpiles", "capacity", "final"),
    "build": ("projects", "capacity", ""),
    "release": ("stockpiles", "max_release", ""),
    "limit": ("limits", "at_most", "at_least"),
}
"""Section and fields behind the upper and lower bound of each kind of row and column."""


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
    formulation: Formulation, program: LinearProgram, document: Document
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

    Returns
    -------
    InfeasibleError
        To be raised by the caller.
    """
    mass = formulation.spec.units.mass
    shortages = least_shortfall(program)
    conflicts = conflict_set(formulation, program, document)
    lines = ["no plan meets every demand, minimum and limit"]
    if shortages:
        total = sum(item.amount for item in shortages)
        lines.append(f"at least {total:,.6g} {mass} must go short:")
        lines += [f"  demand {item.demand}: {item.amount:,.6g} {mass}" for item in shortages[:MOST_SHOWN]]
    elif shortages is None:
        lines.append("even with every demand left short, minimums and limits contradict each other")
    if conflicts:
        lines.append("these cannot hold together; drop or relax any one of them:")
        lines += [f"  {item}" for item in conflicts[:MOST_SHOWN]]
        if len(conflicts) > MOST_SHOWN:
            lines.append(f"  and {len(conflicts) - MOST_SHOWN} more")
    return InfeasibleError("\n".join(lines), shortages or (), conflicts)


def least_shortfall(program: LinearProgram) -> list[Shortage] | None:
    """Return the least shortfall by demand, or None where even that leaves no plan."""
    short = program.columns.where(kind="short")
    rows = program.rows.where(kind="demand")
    most = float(np.max(program.row_upper[rows], initial=0.0))
    relaxed = Delta.of(
        col_upper=(short, most),
        costs={
            **{name: (np.arange(program.n_columns), 0.0) for name in program.costs},
            "least shortfall": (short, 1.0),
        },
    ).apply(program)
    outcome = HighsSession(relaxed).solve()
    if outcome.status != "optimal":
        return None
    found: dict[tuple[str, int], float] = {}
    ids, periods = program.columns.texts("id", short), program.columns.texts("period", short)
    must = set(program.columns.texts("id", short[program.col_upper[short] <= 0]))
    for key, period, amount in zip(ids, periods, outcome.x[short], strict=True):
        if amount > 1e-9 * max(1.0, most) and key in must:
            found[key, period] = found.get((key, period), 0.0) + float(amount)
    return [Shortage(key, int(period), amount) for (key, period), amount in sorted(found.items())]


def conflict_set(formulation: Formulation, program: LinearProgram, document: Document) -> list[Conflict]:
    """Return a minimal set of rows and bounds that cannot hold together, in words.

    Balances and closed shortfalls are left out: they are what the set is about, not what could give way.
    """
    rows, columns = HighsSession(program).conflict()
    found: list[Conflict] = []
    for labels, positions, lower, upper in (
        (program.rows, rows, program.row_lower, program.row_upper),
        (program.columns, columns, program.col_lower, program.col_upper),
    ):
        for position in positions:
            item = _conflict(
                labels.describe(position),
                float(lower[position]),
                float(upper[position]),
                formulation,
                document,
            )
            if item is not None and item not in found:
                found.append(item)
    return found


def _conflict(
    label: Mapping[str, str], lower: float, upper: float, formulation: Formulation, document: Document
) -> Conflict | None:
    kind = label["kind"]
    if kind in ("balance", "dispose", "short", "stock", "use", "project", "downgrade", "origin") or (
        kind == "serve" and upper == np.inf
    ):
        return None
    if kind == "policy":
        place = document.place(("policies", label["policy"]))
        what = f"policy {label['policy']} on {label.get('commodity', '')} from {label.get('country', '')}"
        return Conflict(what, _where(place.file, place.line), _range(lower, upper, formulation))
    section, most, least = SECTION_OF[kind]
    if kind != "demand" and lower <= 0 and upper == np.inf:
        return None
    field = least if lower > 0 and least else most
    key: str | int = label.get("rule", "") if kind == "ship" else label["id"]
    path = (section, int(key) if str(key).isdigit() and section == "lanes" else key, field)
    place = document.place(path)
    return Conflict(
        f"{section}.{label['id']}.{field}", _where(place.file, place.line), _range(lower, upper, formulation)
    )


def _where(file: str, line: int) -> str:
    return f"{file}:{line}" if file and line else ""


def _range(lower: float, upper: float, formulation: Formulation) -> str:
    mass = formulation.spec.units.mass
    if lower == upper:
        return f"exactly {upper:,.6g} {mass}"
    if lower > 0 and upper < np.inf:
        return f"between {lower:,.6g} and {upper:,.6g} {mass}"
    return f"at least {lower:,.6g} {mass}" if lower > 0 else f"at most {upper:,.6g} {mass}"


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

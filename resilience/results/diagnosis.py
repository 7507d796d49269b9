"""Why there is no plan: who must go short, and which limits contradict each other.

Never a bare "infeasible": first every demand may fall short at a price of one, which gives the least
total shortfall; then the solver's minimal conflict set, each member named by what it is, where it
stands in the file, and its value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from resilience.errors import InfeasibleError
from resilience.formulation import Formulation
from resilience.grammar import Document
from resilience.program import Delta, LinearProgram
from resilience.results.conflicts import Conflict, ConflictSet, conflict_set, without_bounds
from resilience.results.figures import Path_
from resilience.results.mending import Fix, Remake, Workshop, fixes_alone, fixes_together, has_plan
from resilience.results.periods import in_period
from resilience.solvers import HighsSession

MOST_CONFLICTS = 5
"""So many conflicts that have nothing to do with each other are looked for."""
MOST_SHOWN = 12


@dataclass(frozen=True)
class Shortage:
    """The least that one demand must go without in one period."""

    demand: str
    period: int
    amount: float


def explain_infeasible(
    formulation: Formulation,
    program: LinearProgram,
    document: Document,
    deltas: Mapping[str, Delta] | None = None,
    remake: Remake | None = None,
) -> InfeasibleError:
    """Return the error that says why no plan exists, and what would mend it.

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
    remake : callable, optional
        Returns the program with values set; left out, no changes are looked for.

    Returns
    -------
    InfeasibleError
        To be raised by the caller.
    """
    mass = formulation.spec.units.mass
    shortages = least_shortfall(program)
    lines = ["no plan meets every demand, minimum and limit"]
    if shortages:
        total = sum(item.amount for item in shortages)
        lines.append(f"at least {total:,.6g} {mass} must go short:")
        lines += [
            f"  demand {item.demand}{in_period(item.period, formulation)}: {item.amount:,.6g} {mass}"
            for item in shortages[:MOST_SHOWN]
        ]
    elif shortages is None:
        lines.append("even with every demand left short, minimums and limits contradict each other")
    groups = [conflict_set(formulation, program, document, deltas or {})]
    fixes: list[Fix] = []
    if remake is not None and groups[0].members:
        shop = Workshop(program, remake, lambda path: _where(document, path))
        fixes = fixes_alone(shop, groups[0].figures)
        if not fixes:
            groups += _further_conflicts(formulation, document, deltas or {}, shop, groups[0])
            figures = dict.fromkeys(figure for group in groups for figure in group.figures)
            fixes = fixes_together(shop, list(figures))
    for number, group in enumerate(groups):
        if group.members:
            lines += _told(group.members, number, len(groups))
    lines += _told_fixes(fixes)
    if fixes and shortages:
        free = sorted({item.demand for item in shortages})
        lines.append(
            f"or let it go short, at a price: give a shortfall_cost to {', '.join(free[:MOST_SHOWN])}"
        )
    conflicts = [member for group in groups for member in group.members]
    return InfeasibleError("\n".join(lines), shortages or (), conflicts, fixes)


def _further_conflicts(
    formulation: Formulation,
    document: Document,
    deltas: Mapping[str, Delta],
    shop: Workshop,
    first: ConflictSet,
) -> list[ConflictSet]:
    """Return what still contradicts itself once the conflicts before are lifted, a few of them."""
    found, lifted = [first], shop.program
    while len(found) < MOST_CONFLICTS:
        lifted = found[-1].lift(lifted)
        for figure in found[-1].figures:  # in the other periods too
            step = shop.step(figure, figure.ways[0])
            lifted = lifted if step is None else without_bounds(lifted, step[1])
        if has_plan(lifted):
            break
        further = conflict_set(formulation, lifted, document, deltas)
        if not further.members:
            break
        found.append(further)
    return found[1:]


def _told(members: Sequence[Conflict], number: int, count: int) -> list[str]:
    """Return a set of members that contradict each other, one a line."""
    head = (
        "these cannot hold together; drop or relax any one of them:"
        if count == 1
        else "these cannot hold together:"
        if number == 0
        else "and with these mended, these cannot:"
    )
    lines = [head, *(f"  {item}" for item in members[:MOST_SHOWN])]
    return [*lines, f"  and {len(members) - MOST_SHOWN} more"] if len(members) > MOST_SHOWN else lines


def _told_fixes(fixes: Sequence[Fix]) -> list[str]:
    """Return the changes that would mend it, one a line."""
    if not fixes:
        return []
    if not fixes[0].alone:
        head = "no one of these numbers mends it alone; all of these together do:"
    elif len(fixes) > 1:
        head = "the smallest change that mends it, and others that do, each alone:"
    else:
        head = "the one change of a number that mends it:"
    return [head, *(f"  {fix}" for fix in fixes[:MOST_SHOWN])]


def _where(document: Document, path: Path_) -> str:
    place = document.place(path)
    return f"{place.file}:{place.name or place.line}" if place.file and place.line else ""


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

"""Results as plain tables and JSON: the same names and units as the DataFrames of the Python API.

JSON of a solution
    network, currency, mass, basis (what a tonne of a commodity means), scenario ("base" is the network
    alone), policies, cost_<currency>, certificate, tie_break, solver, and one list of records for each of
    `TABLES`. `null` is no limit, or not defined. `unique` of a flow or a facility is whether it is the
    same in every plan of the same cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from resilience.errors import InputError
from resilience.grammar.names import suggest
from resilience.report.output import with_columns

if TYPE_CHECKING:
    import pandas as pd

    from resilience.results.solution import Solution

ALONE = "base"
"""How the network without any scenario is called."""

TABLES: Mapping[str, Callable[[Solution], Any]] = {
    "cost": lambda solution: solution.cost_breakdown,
    "transfers": lambda solution: solution.transfers,
    "payments": lambda solution: solution.payments,
    "shortfall": lambda solution: solution.shortfall,
    "flows": lambda solution: solution.flows.assign(unique=solution.unique("flows")),
    "production": lambda solution: solution.production.assign(unique=solution.unique("production")),
    "outputs": lambda solution: solution.outputs,
    "purchases": lambda solution: solution.purchases,
    "sales": lambda solution: solution.sales,
    "disposals": lambda solution: solution.disposals,
    "stocks": lambda solution: solution.stocks,
    "projects": lambda solution: solution.projects,
    "prices": lambda solution: solution.prices,
    "routes": lambda solution: solution.routes(),
    "origins": lambda solution: solution.origins(),
    "bottlenecks": lambda solution: solution.bottlenecks(resolve=False),
}
"""Every table of a solution, by the name that the command line has for it."""


def title(scenario: str) -> str:
    """Return what a scenario is called."""
    return scenario or ALONE


def table(solution: Solution, name: str) -> pd.DataFrame:
    """Return one table of a solution.

    Raises
    ------
    InputError
        If there is no table of that name.
    """
    if name not in TABLES:
        raise InputError(f"unknown table '{name}'{suggest(name, TABLES)}; there are {', '.join(TABLES)}")
    return with_columns(TABLES[name](solution))


def table_of(solutions: Sequence[Solution], name: str) -> pd.DataFrame:
    """Return one table of several solutions, under each other, with the scenario and the basis of tonnes."""
    import pandas as pd

    frames = []
    for solution in solutions:
        frame = with_basis(table(solution, name), basis_of(solution))
        frame.insert(0, "scenario", title(solution.scenario))
        frames.append(frame)
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(filled, ignore_index=True)


def with_basis(frame: pd.DataFrame, basis: Mapping[str, str]) -> pd.DataFrame:
    """Return a copy of a table with a column that says what a tonne of the commodity means."""
    made = frame.copy()
    if "commodity" in made:
        place = list(made.columns).index("commodity") + 1
        made.insert(place, "basis", [basis.get(key, "") for key in made["commodity"]])
    return made


def basis_of(solution: Solution) -> dict[str, str]:
    """Return what a tonne of each commodity means, where the file says so."""
    entries = solution.formulation.spec.commodities
    return {key: entry.basis for key, entry in entries.items() if entry.basis}


def network(solution: Solution) -> dict[str, Any]:
    """Return what every JSON result begins with."""
    spec = solution.formulation.spec
    return {
        "network": spec.name,
        "currency": spec.units.currency,
        "mass": spec.units.mass,
        "basis": basis_of(solution),
    }


def about(solution: Solution) -> dict[str, Any]:
    """Return what every JSON result of one scenario begins with."""
    in_force = list(solution.policies)
    return {**network(solution), "scenario": title(solution.scenario), "policies": in_force}


def solution(solution: Solution) -> dict[str, Any]:
    """Return everything about a solution, for JSON."""
    money = solution.unit.money
    outcome = solution.outcome
    return {
        **about(solution),
        f"cost_{money}": solution.cost,
        "certificate": certificate(solution),
        "tie_break": solution.tie_break,
        "solver": {"name": outcome.solver, "seconds": outcome.seconds, "iterations": outcome.iterations},
        **{name: make(solution) for name, make in TABLES.items()},
    }


def certificate(solution: Solution) -> dict[str, Any]:
    """Return the proof, for JSON."""
    money, proof = solution.unit.money, solution.certificate
    return {
        "holds": proof.holds,
        f"cost_{money}": proof.cost,
        f"safe_bound_{money}": proof.safe_bound,
        "relative_width": proof.width,
        f"integer_bound_{money}": proof.integer_bound,
        "integer_gap": proof.integer_gap,
        "primal_violation": proof.primal,
        "dual_violation": proof.dual,
        "duality_gap": proof.gap,
    }

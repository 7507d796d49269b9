"""A solution in words and tables, for a reader who is no modeller."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from resilience.program.certificate import TOLERANCE
from resilience.report import names
from resilience.report.frames import frame_table
from resilience.report.numbers import exact, money, precision
from resilience.report.shortage import shortfall
from resilience.report.supply import bottlenecks, routes
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.results.solution import Solution

KINDS = {"resource": "spent on", "revenue": "earned by", "shortfall": "lost by", "transfer": "paid in"}
"""How the kinds of cost read before their components."""


def solution(solution: Solution, everything: bool = False) -> list[Part]:
    """Return what `resilience solve` prints: cost, who goes short, routes, bottlenecks, proof."""
    return [
        *headline(solution),
        *cost(solution),
        *shortfall(solution, everything),
        *routes(solution, everything),
        *bottlenecks(solution, everything),
        *proof(solution),
    ]


def frame(solution: Solution, frame: pd.DataFrame) -> list[Part]:
    """Return one table of results as it is."""
    return [frame_table(frame, solution.unit)]


def headline(solution: Solution) -> list[Part]:
    """Return what was solved."""
    spec = solution.formulation.spec
    periods = solution.period_names
    span = periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
    parts = [heading(f"{spec.name or 'Network'}: {names.scenario(spec, solution.scenario)}, {span}")]
    told = spec.scenarios[solution.scenario].description if solution.scenario in spec.scenarios else ""
    in_force = ", ".join(names.policy(spec, key) for key in solution.policies)
    lines = [told, f"Policies in force: {in_force}." if in_force else "No policy is in force."]
    return [*parts, *(paragraph(line) for line in lines if line)]


def cost(solution: Solution) -> list[Part]:
    """Return the cost by component, transfers with who receives them."""
    currency = solution.currency
    breakdown = solution.cost_breakdown.reset_index()
    kinds, components, amounts = (breakdown[name].tolist() for name in breakdown.columns)
    parts: list[Part] = [
        heading(f"Cost: {money(solution.cost, currency)}  ({exact(solution.cost, currency)})"),
        table(
            [
                Column("", [KINDS.get(kind, kind) for kind in kinds]),
                Column("", components),
                numbers(currency, amounts, money),
                Column("", [receivers(solution, component) for component in components]),
            ]
        ),
    ]
    transferred = sum(
        amount for kind, amount in zip(kinds, amounts, strict=True) if kind == "transfer" and amount
    )
    if transferred:
        parts.append(
            paragraph(
                f"{money(transferred, currency)} of the cost are transfers: what one pays, another receives."
            )
        )
    return parts


def receivers(solution: Solution, component: str) -> str:
    """Return who receives a transfer, largest first."""
    amount = f"amount_{solution.unit.money}"
    frame = solution.transfers
    found = frame[frame["component"] == component].sort_values(amount, ascending=False, kind="stable")
    told = [
        f"{names.country(solution.formulation.spec, who)} {money(paid)}"
        for who, paid in zip(found["receiver"], found[amount], strict=True)
    ]
    return f"received by {', '.join(told)}" if told else ""


def proof(solution: Solution) -> list[Part]:
    """Return the certificate in plain words."""
    proof, program, currency = solution.certificate, solution.program, solution.currency
    if math.isinf(proof.safe_bound):
        bound = (
            "No lower bound that is safe against rounding follows from this program, since some activity has "
            "no limit; but the dual solution costs the same."
        )
    else:
        bound = (
            f"No plan of this network can cost less than {exact(proof.safe_bound, currency)}, rounding "
            f"errors included. This plan costs {exact(proof.cost, currency)}; at most {proof.width:.0e} of "
            "that could be saved."
        )
    checked = (
        f"Relative to its size every balance, capacity and limit is met {precision(proof.primal)}, every "
        f"price is right {precision(proof.dual)}, and cost and dual cost agree {precision(proof.gap)}; each "
        f"must be within {TOLERANCE:.0e}. This was recomputed from the "
        f"{program.n_columns:,} activities and {program.n_rows:,} balances and limits, not taken from the "
        f"solver's word. Solved by {solution.outcome.solver} in {solution.outcome.seconds:.3f} s."
    )
    return [
        heading(
            "Proof: this is the least cost" if proof.holds else "No proof: the certificate does not hold"
        ),
        paragraph(f"{bound}\n{checked}"),
    ]

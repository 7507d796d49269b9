"""A solution in words and tables, for a reader who is no modeller."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from resilience.program.certificate import TOLERANCE, Certificate
from resilience.report import names
from resilience.report.frames import frame_table
from resilience.report.horizon import built, stock
from resilience.report.numbers import CLOSED, exact, gap, money, precision
from resilience.report.shortage import shortfall
from resilience.report.supply import bottlenecks, routes
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.results.solution import Solution

KINDS = {
    "resource": "spent on",
    "revenue": "earned by",
    "stock value": "kept as",
    "shortfall": "lost by",
    "transfer": "paid in",
}
"""How the kinds of cost read before their components."""

COMPONENTS = {"top_up": "top-up", "capital_subsidy": "subsidy of capital"}
"""Components whose names for people are more than their ids without underscores."""

FEW = 6
"""Countries that a sentence names before it says how many others there are."""


def solution(solution: Solution, everything: bool = False) -> list[Part]:
    """Return what `resilience solve` prints: cost, who goes short, stock, routes, bottlenecks, proof."""
    return [
        *headline(solution),
        *cost(solution),
        *shortfall(solution, everything),
        *stock(solution, everything),
        *built(solution, everything),
        *routes(solution, everything),
        *bottlenecks(solution, everything),
        *choice(solution),
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
    """Return the cost by component, transfers with who receives and who pays them."""
    currency = solution.currency
    breakdown = solution.cost_breakdown.reset_index()
    kinds, components, amounts = (breakdown[name].tolist() for name in breakdown.columns)
    parts: list[Part] = [
        heading(f"Cost: {money(solution.cost, currency)}  ({exact(solution.cost, currency)})"),
        table(
            [
                Column("", [verb(kind, amount) for kind, amount in zip(kinds, amounts, strict=True)]),
                Column("", [COMPONENTS.get(name, name.replace("_", " ")) for name in components]),
                numbers(currency, amounts, money),
                Column("", [payments(solution, component) for component in components]),
            ]
        ),
    ]
    transferred = sum(amount for kind, amount in zip(kinds, amounts, strict=True) if kind == "transfer")
    said = transfers(solution, transferred)
    return [*parts, paragraph(said)] if said else parts


def verb(kind: str, amount: float) -> str:
    """Return how a component of cost reads; a transfer below zero is money that buyers and sellers get."""
    return "received in" if kind == "transfer" and amount < 0 else KINDS.get(kind, kind)


def transfers(solution: Solution, total: float) -> str:
    """Return what the transfers of a plan come to, and which countries gain and lose by them."""
    amount, currency = f"amount_{solution.unit.money}", solution.currency
    frame = solution.transfers
    if not len(frame):
        return ""
    if total < 0:
        net = f"Transfers take {money(-total, currency)} off the cost"
    elif total > 0:
        net = f"{money(total, currency)} of the cost are transfers"
    else:
        net = "Transfers add nothing to the cost"
    first = f"{net}: what one pays, another receives."
    if not frame["receiver"].duplicated().any():
        return first
    by_country = frame.groupby("receiver", sort=False)[amount].sum()
    return f"{first} Treasuries on balance: {sides(solution, by_country)}."


def payments(solution: Solution, component: str) -> str:
    """Return who pays a transfer and who receives it, largest first."""
    frame, amount = solution.payments, f"amount_{solution.unit.money}"
    found = frame[frame["component"] == component]
    if not len(found):
        return ""
    payers, receivers = ("/".join(sorted(set(found[name]))) for name in ("payer_is", "receiver_is"))
    if (found["payer"] == found["receiver"]).all():
        by_country = found.groupby("payer")[amount].sum().sort_values(ascending=False, kind="stable")
        words = (
            f"{payers} pay their treasury"
            if receivers == "treasury"
            else f"{receivers} are paid by their treasury"
        )
        return f"{words}: {largest(solution, by_country)}"
    told = []
    for how, name, who in (("paid by", "payer", payers), ("received by", "receiver", receivers)):
        by_country = found.groupby(name)[amount].sum().sort_values(ascending=False, kind="stable")
        told.append(f"{how} {who} of {largest(solution, by_country)}")
    return "; ".join(told)


def sides(solution: Solution, amounts: pd.Series[float]) -> str:
    """Return by which countries amounts are received, and by which they are paid."""
    received = amounts[amounts > 0].sort_values(ascending=False, kind="stable")
    paid = -amounts[amounts < 0].sort_values(kind="stable")
    parties = [("received by", received), ("paid by", paid)]
    return "; ".join(f"{how} {largest(solution, found)}" for how, found in parties if len(found))


def largest(solution: Solution, amounts: pd.Series[float]) -> str:
    """Return countries with their amounts, and what all after the first few come to together."""
    told = [
        f"{names.country(solution.formulation.spec, str(who))} {money(float(amount))}"
        for who, amount in amounts.head(FEW).items()
    ]
    rest = amounts.iloc[FEW:]
    if len(rest):
        others = "1 other" if len(rest) == 1 else f"{len(rest)} others"
        told.append(f"{others} {money(float(rest.sum()))}")
    return ", ".join(told)


def proved(proof: Certificate) -> str:
    """Return in one line what a certificate proves."""
    if not proof.holds:
        return "No proof: the certificate does not hold"
    if proof.integer_gap > CLOSED:
        return f"Proof: this is within {gap(proof.integer_gap)} of the least cost"
    return "Proof: this is the least cost"


def choice(solution: Solution) -> list[Part]:
    """Return how many flows could be otherwise at the same cost, and how these were picked; if any could."""
    unique = solution.unique("flows")
    if unique.all():
        return []
    how = (
        "picked by least tonne-kilometres, then ids"
        if solution.tie_break == "distance"
        else "as the solver came upon them"
    )
    told = f"{(~unique).sum()} of {len(unique)} flows shown could be otherwise at the same cost ({how})"
    return [paragraph(f"{told}; `--table flows` says which, `resilience range` by how much.")]


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
    if proof.integer_bound is not None:
        bound = (
            f"Some levels must be whole. Over all choices of these the search found that no plan can cost "
            f"less than {exact(proof.integer_bound, currency)}, which is the solver's word; this plan costs "
            f"{exact(proof.cost, currency)} and so is within {gap(proof.integer_gap)} of the best possible. "
            "With its own choices kept it is proved:"
        )
    checked = (
        f"Relative to its size every balance, capacity and limit is met {precision(proof.primal)}, every "
        f"price is right {precision(proof.dual)}, and cost and dual cost agree {precision(proof.gap)}; each "
        f"must be within {TOLERANCE:.0e}. This was recomputed from the "
        f"{program.n_columns:,} activities and {program.n_rows:,} balances and limits, not taken from the "
        f"solver's word. Solved by {solution.outcome.solver} in {solution.outcome.seconds:.3f} s."
    )
    return [
        heading(proved(proof)),
        paragraph(f"{bound}\n{checked}"),
    ]

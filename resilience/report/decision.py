"""A decision made before it is known what comes, in words and tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from resilience.report import names
from resilience.report.numbers import change, money, number, precision, share
from resilience.report.numbers import gap as gap_of
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from resilience.analyses.plan import Plan
    from resilience.grammar import Spec

FEW = 15
"""How many stocks are listed unless all are asked for."""

NOTHING = 1e-9
"""Relative amounts up to this are none."""


def plan(
    found: Plan, others: pd.DataFrame | None = None, was_asked: bool = True, everything: bool = False
) -> list[Part]:
    """Return what `resilience plan` prints: what to build and stock, what it saves, what knowing is worth."""
    return [
        paragraph(_opening(found, was_asked)),
        *_built(found),
        *_stocked(found, everything),
        paragraph(_budget(found)),
        heading("What it costs and saves"),
        _scenarios(found),
        paragraph(_worth(found)),
        *([] if others is None else _alternatives(found, others)),
        paragraph(_proof(found)),
    ]


def _spec(found: Plan) -> Spec:
    return found.choice.cases[0].formulation.spec


def _currency(found: Plan) -> str:
    return _spec(found).units.currency


def _opening(found: Plan, was_asked: bool) -> str:
    choice, spec = found.choice, _spec(found)
    likely = [
        f"{name} ({share(float(p))})" for name, p in zip(choice.names, choice.probabilities, strict=True)
    ]
    text = f"{spec.name or 'network'}: what to build and stock now, before it is known what comes: "
    text += f"{names.listed(likely)}."
    if not was_asked:
        text += " No scenario was named, so these are all in which anything may be built, equally likely."
    starts = choice.cases[0].formulation.calendar.starts
    if len(choice.cases) > 1 and 0 < choice.known_from < len(starts):
        text += (
            f" From {starts[choice.known_from]:%B %Y} on it is known; all that is done before is the same in "
            "every scenario."
        )
    if found.cvar is not None:
        alpha, weight = found.cvar
        tail = "worst scenario" if alpha >= 1 else f"worst {share(1 - alpha)} of cases"
        text += f" The {tail} weighs {share(weight)}, the average the rest."
    return text


def _projects(spec: Spec, keys: Sequence[str]) -> list[str]:
    """Return the names of projects, or of what they add to."""
    return [names.project(spec, key) for key in keys]


def _built(found: Plan) -> list[Part]:
    frame, spec, unit = found.decisions, _spec(found), found.unit
    frame = frame[frame["what"] == "build"]
    if not len(frame):
        return [heading("What to build"), paragraph("Nothing: no project is worth its capital.")]
    frame = frame.sort_values(f"money_{unit.money}", ascending=False, kind="stable")
    return [
        heading("What to build"),
        table(
            [
                Column("project", _projects(spec, frame["id"].tolist())),
                Column("country", [names.country(spec, code) for code in frame["country"]]),
                Column("decided in", frame["period"].tolist()),
                numbers("share of it", frame["share"].tolist(), share),
                numbers(f"capacity, {unit.mass}/yr", frame["amount"].tolist()),
                _amounts("capital", frame[f"money_{unit.money}"].tolist(), _currency(found)),
            ]
        ),
    ]


def _stocked(found: Plan, everything: bool) -> list[Part]:
    frame, spec, unit = found.decisions, _spec(found), found.unit
    frame = frame[frame["what"] == "stock"]
    if not len(frame):
        return []
    shown = frame if everything else frame.iloc[:FEW]
    parts: list[Part] = [
        heading("What to put into stock"),
        table(
            [
                Column("stockpile", [spec.stockpiles[key].name or key for key in shown["id"]]),
                Column("commodity", [names.commodity(spec, key) for key in shown["of"]]),
                Column("in", shown["period"].tolist()),
                numbers(unit.mass, shown["amount"].tolist()),
                _amounts("at its price", shown[f"money_{unit.money}"].tolist(), _currency(found)),
            ]
        ),
    ]
    if len(shown) < len(frame):
        parts.append(paragraph(f"and {len(frame) - len(shown)} more (--all shows them)"))
    return parts


def _amounts(head: str, amounts: Sequence[float], currency: str, signed: bool = False) -> Column:
    """Return a column of money, in millions or billions where it is large."""
    largest = max((abs(amount) for amount in amounts if math.isfinite(amount)), default=0.0)
    scale, word = (1e9, "billion ") if largest >= 1e10 else (1e6, "million ") if largest >= 1e7 else (1.0, "")

    def shown(amount: float) -> str:
        if math.isinf(amount):
            return "no plan"
        return change(amount) if signed else number(amount)

    return numbers(f"{head}, {word}{currency}", [amount / scale for amount in amounts], shown)


def _budget(found: Plan) -> str:
    currency, budget = _currency(found), found.choice.budget
    spent = money(found.spent, currency)
    built = found.decisions[found.decisions["what"] == "build"]["id"]
    lasting = any(_spec(found).projects[key].life is None for key in built)
    after = (
        " It is charged in full; what works are worth after the last period is not counted."
        if lasting
        else ""
    )
    if budget is None:
        return f"Together {spent}, subsidies included. No budget was set.{after}"
    left = budget - found.spent
    text = f"Together {spent} of a budget of {money(budget, currency)}, subsidies included; "
    if left <= 1e-6 * max(1.0, budget):
        return f"{text}nothing is left of it.{after}"
    return (
        f"{text}{money(left, currency)} is left: with these chances nothing more is worth its price.{after}"
    )


def _scenarios(found: Plan) -> Part:
    frame, money_, currency = found.scenarios, found.unit.money, _currency(found)
    columns = [
        Column("scenario", frame["scenario"].tolist()),
        numbers("likely", frame["probability"].tolist(), share),
        _amounts("cost with this plan", frame[f"cost_{money_}"].tolist(), currency),
    ]
    if found.nothing is not None:
        columns += [
            _amounts("with nothing built", frame[f"cost_with_nothing_{money_}"].tolist(), currency),
            _amounts("saved", frame[f"saved_{money_}"].tolist(), currency, signed=True),
        ]
    columns.append(_amounts("had it been known", frame[f"cost_if_known_{money_}"].tolist(), currency))
    return table(columns)


def _worth(found: Plan) -> str:
    """Say what the plan, a forecast and planning for all scenarios are worth."""
    currency, small = _currency(found), NOTHING * max(1.0, abs(found.mean))
    words = [f"On average this plan costs {money(found.mean, currency)} over the horizon."]
    if found.saved is None:
        words.append("With nothing built or stocked beforehand there would be no plan at all.")
    elif found.saved > small:
        words.append(
            f"That is {money(found.saved, currency)} less than with nothing built or stocked beforehand."
        )
    elif found.saved < -small:
        words.append(
            f"That is {money(-found.saved, currency)} more than with nothing built or stocked beforehand: "
            "the price of being prepared for the worst cases."
        )
    if len(found.choice.cases) == 1:
        return " ".join(words)
    tail = "worst tenth" if found.cvar is None else f"worst {share(1 - found.cvar[0])}"
    worst = "the worst scenario" if found.cvar is not None and found.cvar[0] >= 1 else f"the {tail} of cases"
    words.append(f"In {worst} it costs {money(found.tail, currency)}.")
    if found.evpi > small:
        words.append(
            f"Knowing beforehand which scenario comes would be worth {money(found.evpi, currency)} on "
            "average; no forecast is worth more."
        )
    else:
        words.append("Knowing beforehand which scenario comes would be worth nothing.")
    if math.isinf(found.vss):
        words.append("A plan for average numbers alone would leave a scenario without any plan.")
    elif found.vss > small:
        words.append(f"A plan for average numbers alone would cost {money(found.vss, currency)} more.")
    return " ".join(words)


def _alternatives(found: Plan, others: pd.DataFrame) -> list[Part]:
    money_, spec, currency = found.unit.money, _spec(found), _currency(found)
    plans = {number: others[others["plan"] == number] for number in others["plan"].unique().tolist()}
    if len(plans) == 1:
        return [heading("Other plans"), paragraph("None that costs so little more builds anything else.")]
    firsts = [frame.iloc[0] for frame in plans.values()]
    shares = others.pivot_table("share", "project", "plan", fill_value=0.0).reindex(columns=list(plans))
    return [
        heading("Other plans that cost little more, and build as little of the same as they can"),
        table(
            [
                Column("plan", ["this one" if number == 0 else f"{number}" for number in plans]),
                _amounts("costs more", [first[f"more_{money_}"] for first in firsts], currency, signed=True),
                _amounts("spends", [first[f"spent_{money_}"] for first in firsts], currency),
            ]
        ),
        table(
            [
                Column("share built", _projects(spec, shares.index.tolist())),
                *(
                    numbers("this one" if number == 0 else f"plan {number}", shares[number].tolist(), _part)
                    for number in plans
                ),
            ]
        ),
    ]


def _part(value: float) -> str:
    return share(value) if value else ""


def _proof(found: Plan) -> str:
    proof = found.certificate
    text = f"Proved: no decision within these terms is better ({precision(abs(proof.width))})."
    if proof.integer_bound is not None:
        text = (
            f"Proved within {gap_of(proof.integer_gap)}: projects that are built whole or not were searched."
        )
    return text


def data(found: Plan, others: pd.DataFrame | None = None) -> dict[str, Any]:
    """Return a plan for JSON."""
    money_, choice = found.unit.money, found.choice
    return {
        "network": _spec(found).name,
        "currency": _currency(found),
        f"budget_{money_}": choice.budget,
        f"spent_{money_}": found.spent,
        f"mean_cost_{money_}": found.mean,
        f"tail_cost_{money_}": found.tail,
        f"evpi_{money_}": found.evpi,
        f"vss_{money_}": None if math.isnan(found.vss) else found.vss,
        "integer_gap": found.certificate.integer_gap,
        "decisions": found.decisions,
        "scenarios": found.scenarios,
        **({} if others is None else {"alternatives": others}),
    }

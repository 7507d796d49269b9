"""The best defence against the worst attack, in words and tables."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from typing import TYPE_CHECKING, Any

from resilience.report import names, records
from resilience.report.adversary import before, could, deed, outcome
from resilience.report.numbers import exact, money, precision, share
from resilience.report.numbers import number as number_of
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    from resilience.analyses.harden import Hardened
    from resilience.grammar import Spec


def hardened(found: Hardened, by: str, budget: float | None, everything: bool = False) -> list[Part]:
    """Return what `resilience harden` prints: the worst before, the defence, the worst after, the proof."""
    return [
        paragraph(_opening(found, by)),
        heading("Without any defence"),
        paragraph(_attack(found, by, found.undefended.options, found.undefended.cost)),
        heading(
            "The best defence" + (f" for {money(budget, _currency(found))}" if budget is not None else "")
        ),
        *_defence(found, by),
        heading("The worst that is left"),
        paragraph(_after(found, by)),
        *([_steps(found)] if everything else []),
        paragraph(_proof(found, budget)),
    ]


def _spec(found: Hardened) -> Spec:
    return found.target.base.formulation.spec


def _currency(found: Hardened) -> str:
    return found.target.base.currency


def _opening(found: Hardened, by: str) -> str:
    many = "any" if found.most == 1 else f"up to {number_of(found.most)}"
    return f"{before(found.target.base)} An adversary can {could(found.target, by, many)}."


def _attack(found: Hardened, by: str, options: tuple[int, ...], cost: float) -> str:
    if not options:
        return "Nothing can be done that costs anything."
    what = deed(_spec(found), found.target, options, by)
    return outcome(f"At worst, {what}", cost, found.target.base)


def _defence(found: Hardened, by: str) -> list[Part]:
    frame, spec, currency = found.defence, _spec(found), _currency(found)
    if not len(frame):
        return [
            paragraph("Nothing: no protection, project or stock is worth its price against the worst case.")
        ]
    amounts = frame[f"money_{found.target.base.unit.money}"].tolist()
    largest, mass = max(amounts), found.target.base.unit.mass
    protect = "protect against" if by in ("country", "commodity", "stage", "policy") else "protect"
    title = {"protect": names.target, "build": names.project, "stock": names.stockpile}
    titles = [title[what](spec, key) for what, key in zip(frame["what"], frame["id"], strict=True)]
    scale, word = (1e6, "million ") if largest >= 1e7 else (1.0, "")
    columns = [
        Column("do", [protect if what == "protect" else what for what in frame["what"]]),
        Column("what", titles),
        Column("country", [names.country(spec, code) if code else "" for code in frame["country"]]),
        Column("decided in", frame["period"].tolist()),
        numbers("share of it", frame["share"].tolist(), _known(share)),
        numbers(f"{mass} put in", frame[f"filled_{mass}"].tolist(), _known(number_of)),
        numbers(f"takes, {word}{currency}", [amount / scale for amount in amounts]),
    ]
    always = ("do", "what", columns[-1].head)
    kept = [column for column in columns if column.head in always or any(map(column.shown, column.cells))]
    return [table(kept), paragraph(f"It takes {money(found.spent, currency)}.")]


def _known(shown: Callable[[float], str]) -> Callable[[float], str]:
    """Return how a number is shown that only some rows have."""
    return lambda number: "" if isnan(number) else shown(number)


def _after(found: Hardened, by: str) -> str:
    saved, currency = found.undefended.cost - found.cost, _currency(found)
    text = _attack(found, by, found.best.attack, found.cost)
    if not found.best.attack:
        text = f"{text} With the defence, supply costs {money(found.cost, currency)} in all."
    elif len(found.defence):
        text += " That includes the defence."
    if saved > 0:
        text += f" In the worst case the defence saves {money(saved, currency)}, net of what it costs."
    return text


def _steps(found: Hardened) -> Part:
    frame, money_ = found.table, found.target.base.unit.money
    return table(
        [
            Column("defence", frame["defence"].tolist()),
            Column("the worst that is left", frame["worst_attack"].tolist()),
            numbers("costs", frame[f"worst_cost_{money_}"].tolist()),
            numbers("none is below", frame[f"lower_{money_}"].tolist()),
            numbers("best so far", frame[f"upper_{money_}"].tolist()),
        ]
    )


def _proof(found: Hardened, budget: float | None) -> str:
    within = "" if budget is None else " within this budget"
    bound = exact(found.bound, _currency(found))
    if found.is_complete:
        text = (
            f"No defence{within} has a worst case below {bound} ({precision(found.gap)}): proved from the "
            "prices of every program that was solved, not taken from the solver."
        )
    else:
        text = (
            f"Ended before the best was found: the best so far is shown, and no defence{within} has a worst "
            f"case below {bound}; {share(found.gap)} lies between."
        )
    if found.waives_minimums:
        text += (
            " Every plan here may run plants below their minimum throughput; where they keep it, cost can "
            "be higher than shown."
        )
    return text


def data(found: Hardened) -> dict[str, Any]:
    """Return the defence for JSON."""
    base = found.target.base
    unit = base.unit.money
    return {
        **records.about(base),
        f"cost_{unit}": base.cost,
        f"undefended_{unit}": found.undefended.cost,
        "undefended_attack": found.target.title(found.undefended.options),
        f"worst_{unit}": found.cost,
        f"bound_{unit}": found.bound,
        "attack": found.attack,
        "is_complete": found.is_complete,
        "defence": found.defence,
        "steps": found.table,
    }

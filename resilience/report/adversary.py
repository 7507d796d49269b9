"""What an adversary can do, in words and tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from resilience.report import names, records
from resilience.report.numbers import change, money, number, precision
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.analyses.worst_case import Worst, WorstCase
    from resilience.grammar import Spec
    from resilience.results.solution import Solution

SHOWN = 10
"""How many attacks are listed."""

WHAT = {
    "country": "exports of {}",
    "commodity": "exports of {}",
    "stage": "exports of {}",
    "outage": "all that is made in {}",
    "facility": "{}",
    "lane": "{}",
    "policy": "{}",
}
"""What an option of each kind stops."""


def worst_case(found: WorstCase, by: str, everything: bool = False) -> list[Part]:
    """Return what `resilience worst-case` prints: a sentence and a list for each size of attack."""
    base = found.target.base
    parts: list[Part] = [paragraph(_opening(base, found))]
    for each in found.worst:
        parts += [
            heading(_size(each)),
            paragraph(_sentence(found, each, by)),
            _attacks(found, each, everything),
        ]
    return [*parts, paragraph(_proof(found))]


def _opening(base: Solution, found: WorstCase) -> str:
    spec = base.formulation.spec
    title = f"{spec.name or 'network'}, scenario {records.title(base.scenario)}"
    cost = money(base.cost, base.currency)
    return f"{title}: {cost} before any attack. {len(found.target.options):,} things could be done to it."


def _size(worst: Worst) -> str:
    return f"The worst attack of {number(worst.budget)}"


def _sentence(found: WorstCase, worst: Worst, by: str) -> str:
    spec, base, attack = found.target.base.formulation.spec, found.target.base, worst.found.worst
    if not attack.options:
        return "Nothing that fits this budget can be done."
    stopped = WHAT.get(by, "{}").format(" and ".join(_titles(spec, found, attack.options)))
    if math.isinf(attack.cost):
        return f"Stopping {stopped} leaves no plan at all: a demand that must be met cannot be."
    rise, whole = (money(amount, base.currency) for amount in (attack.cost - base.cost, attack.cost))
    return f"Stopping {stopped} would cost {rise} more over the horizon, {whole} in all."


def _titles(spec: Spec, found: WorstCase, options: tuple[int, ...]) -> list[str]:
    return [names.target(spec, found.target.options[option].name) for option in options]


def _attacks(found: WorstCase, worst: Worst, everything: bool) -> Part:
    base, spec = found.target.base, found.target.base.formulation.spec
    attacks = worst.found.attacks if everything else worst.found.attacks[:SHOWN]
    return table(
        [
            Column("attack", [", ".join(_titles(spec, found, each.options)) for each in attacks]),
            _rises([each.cost - base.cost for each in attacks], base.currency),
        ]
    )


def _rises(
    amounts: list[float], currency: str, head: str = "costs more", shown: Callable[[float], str] = change
) -> Column:
    """Return a column of what attacks cost more, in millions where they are large."""
    largest = max((abs(amount) for amount in amounts if math.isfinite(amount)), default=0.0)
    scale, word = (1e6, "million ") if largest >= 1e7 else (1.0, "")
    return numbers(
        f"{head}, {word}{currency}",
        [amount / scale for amount in amounts],
        lambda value: "no plan is left" if math.isinf(value) else shown(value),
    )


def _proof(found: WorstCase) -> str:
    """Say why nothing worse exists."""
    last = found.worst[-1]
    tried = f"{sum(len(each.found.attacks) for each in found.worst):,}"
    if last.method == "enumerate":
        return f"Every possible attack was tried ({tried} of them, each solved to optimality): none is worse."
    gap = (last.found.bound - last.found.worst.cost) / max(1.0, abs(last.found.worst.cost))
    words = f"{tried} attacks were solved; no other of this size costs more ({precision(max(gap, 0.0))})."
    if not last.is_proved:
        words += (
            " This bound rests on what a tonne can be worth at most, which minimum throughputs or rules on "
            "shares leave unproved here; `--method enumerate` tries every attack."
        )
    return words


def data(found: WorstCase) -> dict[str, Any]:
    """Return the worst attacks for JSON."""
    base = found.target.base
    return {
        **records.about(base),
        f"cost_{base.unit.money}": base.cost,
        "worst": found.table,
        "ranking": found.ranking,
    }


def failures(solution_name: str, spec: Spec, frame: pd.DataFrame, everything: bool = False) -> list[Part]:
    """Return what `resilience failures` prints."""
    currency, mass = spec.units.currency, spec.units.mass
    rise, short = f"rise_{currency.lower()}", f"rise_of_shortfall_{mass}"
    harmless = int((frame[rise] <= 1e-9 * frame[f"cost_{currency.lower()}"].abs()).sum())
    shown = frame if everything else frame.iloc[: 2 * SHOWN]
    return [
        heading(f"What each single failure would cost, on top of {solution_name}"),
        table(
            [
                Column("failure", [names.target(spec, name) for name in shown["failure"]]),
                _rises(shown[rise].tolist(), currency),
                numbers(f"more goes short, {mass}", shown[short].tolist()),
            ]
        ),
        paragraph(f"{harmless:,} of {len(frame):,} would cost nothing: others take over at no loss."),
    ]


def survive(solution_name: str, spec: Spec, frame: pd.DataFrame, everything: bool = False) -> list[Part]:
    """Return what `resilience survive` prints."""
    currency = spec.units.currency
    lasts = frame["time_to_survive_days"]
    shown = frame if everything else frame[lasts < math.inf]
    columns = [
        Column("if this stops", [names.target(spec, name) for name in shown["failure"]]),
        numbers("days of cover", shown["time_to_survive_days"].tolist(), days),
    ]
    if "time_to_recover_days" in shown:
        columns += [
            numbers("lasts, days", shown["time_to_recover_days"].tolist()),
            _rises(shown[f"loss_{currency.lower()}"].tolist(), currency, "loses", number),
            numbers("risk exposure", shown["risk_exposure_index"].tolist()),
        ]
    replaced = int((lasts == math.inf).sum())
    return [
        heading(f"How long until anybody is shorter than before, on top of {solution_name}"),
        table(columns),
        paragraph(
            f"{replaced:,} of {len(frame):,} could stop for good: others cover them. Stocks are drawn "
            "once, every other source goes on at its own rate; a demand that is short already counts as met "
            "at what it gets."
        ),
    ]


def days(value: float) -> str:
    """Return days as a planner says them.

    Examples
    --------
    >>> days(0.2), days(121.75), days(math.inf)
    ('less than 1', '122', 'for good')
    """
    if math.isinf(value):
        return "for good"
    return f"{value:,.0f}" if value >= 1 else "less than 1" if value > 1e-3 else "none"

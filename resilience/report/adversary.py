"""What an adversary can do, in words and tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from resilience.report import names, records
from resilience.report.numbers import change, money, number, precision
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.analyses.worst_case import Worst, WorstCase
    from resilience.grammar import Spec
    from resilience.results.solution import Solution
    from resilience.whatif.attacks import Target

SHOWN = 10
"""How many attacks are listed."""

DEEDS = {
    "country": ("stop the exports of {} of {} countries", "stopping the exports of {}"),
    "commodity": ("stop {} of {} exports of one commodity by one country", "stopping the exports of {}"),
    "stage": ("stop {} of {} exports of what one stage makes in one country", "stopping the exports of {}"),
    "outage": ("stop all that is made in {} of {} countries", "stopping all that is made in {}"),
    "facility": ("stop {} of {} facilities and supplies", "stopping {}"),
    "lane": ("close {} of {} lanes", "closing {}"),
    "policy": ("bring into force {} of {} policies of the file", "bringing into force {}"),
}
"""What an adversary can do, by what is attacked: in general, and to these."""


def worst_case(found: WorstCase, by: str, everything: bool = False) -> list[Part]:
    """Return what `resilience worst-case` prints: a sentence and a list for each size of attack."""
    base = found.target.base
    parts: list[Part] = [paragraph(_opening(base, found, by))]
    for each in found.worst:
        parts += [
            heading(_size(found, each)),
            paragraph(_sentence(found, each, by)),
            _attacks(found, each, everything),
        ]
    return [*parts, paragraph(_proof(found))]


def _opening(base: Solution, found: WorstCase, by: str) -> str:
    return f"{before(base)} An adversary can {could(found.target, by, 'any')}."


def before(base: Solution) -> str:
    """Return what a scenario costs before any attack, in a sentence."""
    spec = base.formulation.spec
    title = f"{spec.name or 'network'}, scenario {records.title(base.scenario)}"
    return f"{title}: {money(base.cost, base.currency)} before any attack."


def could(target: Target, by: str, many: str) -> str:
    """Return what an adversary can do, and to how many things."""
    general, _ = DEEDS.get(by, ("do {} of {} things", ""))
    return general.format(many, f"{len({option.target for option in target.options}):,}")


def deed(spec: Spec, target: Target, options: Sequence[int], by: str) -> str:
    """Return what an attack does: ``stopping the exports of China and Malaysia``."""
    chosen = [target.options[option] for option in options]
    _, doing = DEEDS.get(by, ("", "{}"))
    if any(option.name.endswith("%") for option in chosen):
        parts = [_part(spec, option.target, option.name) for option in chosen]
        return doing.replace("stopping", "cutting").replace("closing", "cutting").format(names.listed(parts))
    title = {"policy": names.policy, "lane": names.lane}.get(by, names.target)
    return doing.format(names.listed([title(spec, option.name) for option in chosen]))


def _part(spec: Spec, target: str, name: str) -> str:
    share_of = name.removeprefix(target).strip() or "100%"
    return f"{names.target(spec, target)} by {share_of.replace('%', ' %')}"


def _size(found: WorstCase, worst: Worst) -> str:
    if any(option.weight != 1 for option in found.target.options):
        return f"The worst attack that adds up to {worst.budget:g}"
    return "The worst single attack" if worst.budget == 1 else f"The worst {worst.budget:g} at once"


def _sentence(found: WorstCase, worst: Worst, by: str) -> str:
    spec, base, attack = found.target.base.formulation.spec, found.target.base, worst.found.worst
    if not attack.options:
        return "Nothing that fits this budget can be done."
    what = deed(spec, found.target, attack.options, by)
    return outcome(what[0].upper() + what[1:], attack.cost, base, worst.stopped)


def outcome(what: str, cost: float, base: Solution, stopped: tuple[str, ...] = ()) -> str:
    """Return what an attack costs, in a sentence.

    Parameters
    ----------
    what : str
        What is done, with a capital letter.
    cost : float
    base : Solution
        Before any attack.
    stopped : tuple of str
        Plants that stop for want of their minimum throughput.
    """
    if math.isinf(cost):
        return f"{what} would leave no plan at all: a demand that must be met cannot be, or limits clash."
    rise, whole = (money(amount, base.currency) for amount in (cost - base.cost, cost))
    text = f"{what} would cost {rise} more over the horizon, {whole} in all."
    if stopped:
        plants = names.listed([names.target(base.formulation.spec, name) for name in stopped])
        text += f" {plants} could not keep the minimum throughput, and would stop."
    return text


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
    if not last.is_complete:
        bound = last.found.bound
        most = "nothing is proved of the rest"
        if not math.isinf(bound):
            most = f"none costs more than {money(bound, found.target.base.currency)}"
            most += ", as all of them at once do" if last.method == "enumerate" else ""
        return f"Ended before all was tried: the worst of {tried} attacks is shown; {most}."
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
    columns = [
        Column("failure", [names.target(spec, name) for name in shown["failure"]]),
        _rises(shown[rise].tolist(), currency),
        numbers(f"more goes short, {mass}", shown[short].tolist()),
    ]
    if (shown["plants_stopped"] != "").any():
        stopped = [_listed(spec, text) for text in shown["plants_stopped"]]
        columns.append(Column("which must stop with it", stopped))
    return [
        heading(f"What each single failure would cost, on top of {solution_name}"),
        table(columns),
        paragraph(f"{harmless:,} of {len(frame):,} would cost nothing: others take over at no loss."),
        *left_out(frame),
    ]


def _listed(spec: Spec, text: str) -> str:
    return ", ".join(names.target(spec, name) for name in text.split(", ")) if text else ""


def left_out(frame: pd.DataFrame) -> list[Part]:
    """Say how many were not tried when Ctrl-C came."""
    number_left = frame.attrs.get("left_out", 0)
    return [paragraph(f"Ended before all was tried: {number_left:,} are left out.")] if number_left else []


def survive(
    solution_name: str, spec: Spec, frame: pd.DataFrame, everything: bool = False, at: str | None = None
) -> list[Part]:
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
        heading(
            f"How long until anybody is shorter than before, on top of {solution_name}"
            + (f", with the stocks of {at}" if at else "")
        ),
        table(columns),
        paragraph(
            f"{replaced:,} of {len(frame):,} could stop for good: others cover them. Stocks are drawn "
            "once, every other source goes on at its own rate; a demand that is short already counts as met "
            "at what it gets."
        ),
        *left_out(frame),
    ]


def stocks(spec: Spec, cover: pd.DataFrame) -> list[Part]:
    """Return how many days of needs each stockpile holds; nothing where there is none."""
    if not len(cover):
        return []
    mass = spec.units.mass
    return [
        heading(f"What each stockpile would meet alone, {cover['period'].iloc[0]}"),
        table(
            [
                Column("stockpile", cover["stockpile"].tolist()),
                Column("country", [names.country(spec, code) for code in cover["country"]]),
                Column("commodity", [names.commodity(spec, key) for key in cover["commodity"]]),
                numbers(f"stock, {mass}", cover[f"opening_{mass}"].tolist()),
                numbers(f"needs there, {mass}/yr", cover[f"needs_{mass}_per_yr"].tolist()),
                numbers(
                    "days of needs",
                    cover["days"].tolist(),
                    lambda value: "nobody needs it" if math.isinf(value) else days(value),
                ),
            ]
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

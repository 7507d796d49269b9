"""What holds an agreement together, in words and tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from resilience.report import names, records
from resilience.report.numbers import change, money, number, share
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.analyses.bloc import Bloc
    from resilience.analyses.coalition_costs import CoalitionCosts
    from resilience.grammar import Spec

SMALL = 1e-6
"""Share of the largest bill that is as good as nothing in a sentence."""

CENT = 0.01
"""Less money than this is none in a sentence."""

EXPLAINED = (
    "A bill is what a country pays for what its users get, and for what they go short of, less what its "
    "own mines, works, stocks and treasury earn. Cheating is to be free of the agreement while all others "
    "keep to it; what it saves is the change of the member's bill."
)
DETERRED = (
    "The penalty is the least per tonne taken on the side at which a member takes none: the gap between "
    "what the goods are worth to its buyers and what they cost abroad. Exclusion is to be free of the "
    "agreement and trade with no other member from then on; it deters those to whom next period's money is "
    "worth at least the given share of this one's ('never' where exclusion costs the member nothing)."
)


def bloc(found: Bloc, everything: bool = False) -> list[Part]:
    """Return what `resilience bloc` prints: what the agreement does, member by member."""
    spec, frame = found.agreement.complying.formulation.spec, found.table
    unit, currency = found.agreement.complying.unit, found.agreement.complying.currency
    parts: list[Part] = [
        paragraph(_opening(found)),
        paragraph(_who_gains(found)),
        heading("Each member's bill"),
        _bills(spec, frame, unit.money, currency),
        paragraph(EXPLAINED),
        paragraph(_tempted(spec, frame, unit.money, currency)),
        heading("What deters"),
        _deterrents(spec, frame, unit.money, unit.price, currency, unit.mass),
        paragraph(DETERRED),
    ]
    if len(found.payments):
        parts += [heading("Who pays whom by the agreement"), _payments(found, everything)]
    return parts


def _opening(found: Bloc) -> str:
    plan = found.agreement.complying
    spec = plan.formulation.spec
    policies = names.listed([names.policy(spec, key) for key in found.agreement.policies])
    return (
        f"{spec.name or 'network'}, scenario {records.title(plan.scenario)}: an agreement that binds "
        f"{names.countries(spec, found.agreement.members)}. What it consists of: {policies}."
    )


def _scale(values: pd.Series[float]) -> float:
    finite = [abs(value) for value in values if math.isfinite(value)]
    return SMALL * max(finite, default=0.0)


def _who_gains(found: Bloc) -> str:
    frame, plan = found.table, found.agreement.complying
    spec, currency, unit = plan.formulation.spec, plan.currency, plan.unit.money
    whole, small = frame[f"change_{unit}"], _scale(frame[f"bill_{unit}"])
    lower = [code for code, by in zip(frame["member"], whole, strict=True) if by < -small]
    higher = [code for code, by in zip(frame["member"], whole, strict=True) if by > small]
    words = [
        f"Set against the same without it, the members' bills together are "
        f"{_together(float(whole.sum()), currency)}, everybody else's {_together(found.others, currency)}.",
        _who_pays(found),
    ]
    words.append(
        f"The agreement lowers the bill of {names.countries(spec, lower)}."
        if lower
        else "It lowers no member's bill."
    )
    if higher:
        words.append(f"It raises the bill of {names.countries(spec, higher)}.")
    return " ".join(words)


def _who_pays(found: Bloc) -> str:
    """Say what the agreement changes for users, producers and treasuries of the members."""
    currency, split, unit = found.agreement.complying.currency, found.split, found.agreement.complying.unit
    users, earnings, treasuries = (
        float(split[f"{name}_{unit.money}"].sum()) for name in ("users", "earnings", "treasuries")
    )
    return (
        f"In the members, what users pay for what they get or lack is {_by(users, currency)}, what mines, "
        f"works and stocks earn, net of what is invested, {_by(earnings, currency)}, and what treasuries "
        f"receive {_by(treasuries, currency)}."
    )


def _by(amount: float, currency: str) -> str:
    if abs(amount) < CENT:
        return "as it was"
    return f"{money(abs(amount), currency)} {'higher' if amount > 0 else 'lower'}"


def _together(amount: float, currency: str) -> str:
    return _by(amount, currency).replace("as it was", "as they were")


def _bills(spec: Spec, frame: pd.DataFrame, unit: str, currency: str) -> Part:
    columns = {
        "bill without": frame[f"bill_without_{unit}"],
        "bill with it": frame[f"bill_{unit}"],
        "change": frame[f"change_{unit}"],
        "cheating saves": frame[f"temptation_{unit}"],
    }
    return table([_members(spec, frame), *_in_money(columns, currency, signed=("change", "cheating saves"))])


def _members(spec: Spec, frame: pd.DataFrame) -> Column:
    return Column("member", [names.country(spec, code) for code in frame["member"]])


def _in_money(
    columns: dict[str, pd.Series[float]], currency: str, signed: tuple[str, ...] = ()
) -> list[Column]:
    """Return columns of money, in millions where they are large."""
    finite = [abs(value) for cells in columns.values() for value in cells if math.isfinite(value)]
    factor, word = (1e6, "million ") if max(finite, default=0.0) >= 1e7 else (1.0, "")
    return [
        numbers(
            f"{name}, {word}{currency}",
            [0.0 if abs(value) < 1e-4 * factor else value / factor for value in cells],
            _shown_change if name in signed else number,
        )
        for name, cells in columns.items()
    ]


def _shown_change(value: float) -> str:
    return "cannot be met" if math.isinf(value) else change(value)


def _tempted(spec: Spec, frame: pd.DataFrame, unit: str, currency: str) -> str:
    gain, small = frame[f"temptation_{unit}"], _scale(frame[f"bill_{unit}"])
    who = [code for code, by in zip(frame["member"], gain, strict=True) if by > small]
    if not who:
        return "No member would gain by cheating."
    most = int(gain.to_numpy(dtype=float).argmax())
    return (
        f"{len(who)} of {len(frame)} members would gain by cheating: {names.countries(spec, who)}. "
        f"Most tempted is {names.country(spec, frame['member'].iloc[most])}, by "
        f"{money(float(gain.max()), currency)}."
    )


def _deterrents(spec: Spec, frame: pd.DataFrame, unit: str, price: str, currency: str, mass: str) -> Part:
    penalty = numbers(
        f"penalty, {currency} per {mass}",
        frame[f"penalty_{price}"].tolist(),
        lambda value: "none suffices" if math.isinf(value) else number(value),
    )
    losses = {"exclusion costs": frame[f"loss_if_excluded_{unit}"]}
    factors = [
        "nothing to gain" if value == 0 and gain <= 0 else "never" if math.isnan(value) else share(value)
        for value, gain in zip(frame["discount_factor"], frame[f"temptation_{unit}"], strict=True)
    ]
    return table(
        [
            _members(spec, frame),
            penalty,
            *_in_money(losses, currency, signed=("exclusion costs",)),
            Column("exclusion deters from", factors, right=True),
        ]
    )


def _payments(found: Bloc, everything: bool) -> Part:
    plan = found.agreement.complying
    spec, amount = plan.formulation.spec, f"amount_{plan.unit.money}"
    keys = ["payer", "payer_is", "receiver", "receiver_is"]
    frame = found.payments.groupby(keys, as_index=False)[[amount]].sum()
    frame = frame.sort_values(amount, ascending=False, kind="stable")
    shown = frame if everything else frame.iloc[:SHOWN]
    sides = [
        [
            f"{names.country(spec, code)}, {role}"
            for code, role in zip(shown[side], shown[f"{side}_is"], strict=True)
        ]
        for side in ("payer", "receiver")
    ]
    columns = _in_money({"amount": shown[amount]}, plan.currency)
    return table([Column("from", sides[0]), Column("to", sides[1]), *columns])


SHOWN = 20
"""How many payments are listed."""


def coalitions(found: CoalitionCosts) -> list[Part]:
    """Return how the cost of all could be shared."""
    spec, unit, currency = found.base.formulation.spec, found.base.unit.money, found.base.currency
    frame = found.shares
    columns = {
        "alone": frame[f"alone_{unit}"],
        "Shapley share": frame[f"shapley_{unit}"],
        "nucleolus": frame[f"nucleolus_{unit}"],
    }
    players = Column("member", [names.countries(spec, [code]) for code in frame["player"]])
    return [
        heading("How the cost could be shared"),
        table([players, *_in_money(columns, currency)]),
        paragraph(_core(found)),
    ]


def _core(found: CoalitionCosts) -> str:
    currency = found.base.currency
    words = (
        f"Each of the {len(found.game.costs) - 1:,} coalitions was solved by itself, with all that outsiders "
        "sell to it. The Shapley share is what a member adds to the cost, on average over all orders of "
        "joining; the nucleolus leaves the worst-off coalition as well off as can be. "
    )
    if not found.core_is_empty:
        return (
            words
            + "At the nucleolus no group of members would be better off by itself (the core is not empty)."
        )
    return words + (
        "However the cost is shared, some group would be better off by itself (the core is empty), by "
        f"{money(found.fair.excess, currency)} at the least: by itself it has the outside sources that all "
        "members together compete for."
    )


def data(found: Bloc, shared: CoalitionCosts | None) -> dict[str, Any]:
    """Return the agreement for JSON."""
    plan = found.agreement.complying
    whole = {
        **records.about(plan),
        "agreement": list(found.agreement.policies),
        f"change_of_others_{plan.unit.money}": found.others,
        "members": found.table,
        "payments": found.payments,
    }
    if shared is not None:
        whole |= {
            "core_is_empty": shared.core_is_empty,
            f"excess_{plan.unit.money}": shared.fair.excess,
            "shares": shared.shares,
            "coalitions": shared.table,
        }
    return whole

"""Two solutions side by side: what changes in cost and why, who goes short, what is made where, prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from resilience.errors import InputError
from resilience.grammar.names import suggest
from resilience.report import names
from resilience.report.frames import column, frame_table
from resilience.report.numbers import CLOSED, change, exact, gap, money, share
from resilience.report.records import basis_of, certificate, network, title, with_basis
from resilience.report.shortage import FEW, note
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.analyses.compare import Comparison

TABLES: Mapping[str, Callable[[Comparison], pd.DataFrame]] = {
    "effects": lambda found: found.effects,
    "effects_by": lambda found: found.effects_by(
        "component", "part", "stage", "commodity", "country", "period"
    ),
    "cost": lambda found: found.cost,
    "shortfall": lambda found: found.shortfall,
    "flows": lambda found: found.flows,
    "production": lambda found: found.production,
    "outputs": lambda found: found.outputs,
    "prices": lambda found: found.prices,
}
"""Every table of a comparison, by the name that the command line has for it."""

FEW_A_STAGE = 6
"""Changes that are shown of a stage or of prices, unless all are asked for."""


def frame(found: Comparison, name: str) -> pd.DataFrame:
    """Return one table of a comparison.

    Raises
    ------
    InputError
        If there is no table of that name.
    """
    if name not in TABLES:
        raise InputError(f"unknown table '{name}'{suggest(name, TABLES)}; there are {', '.join(TABLES)}")
    return with_basis(TABLES[name](found), basis_of(found.after))


def about(found: Comparison) -> dict[str, Any]:
    """Return what every JSON result of a comparison begins with."""
    before, after = title(found.before.scenario), title(found.after.scenario)
    return {**network(found.after), "before": before, "after": after}


def data(found: Comparison) -> dict[str, Any]:
    """Return everything about a comparison, for JSON."""
    money = found.unit.money
    return {
        **about(found),
        f"before_cost_{money}": found.before.cost,
        f"after_cost_{money}": found.after.cost,
        f"change_cost_{money}": found.cost_change,
        "certificates": {"before": certificate(found.before), "after": certificate(found.after)},
        **{name: make(found) for name, make in TABLES.items()},
    }


def plain_frame(found: Comparison, frame: pd.DataFrame) -> list[Part]:
    """Return one table of a comparison as it is."""
    return [frame_table(frame, found.unit)]


def text(found: Comparison, everything: bool = False) -> list[Part]:
    """Return what `resilience compare` prints."""
    return [
        *headline(found),
        *effects(found, everything),
        *cost(found),
        *shortfall(found, everything),
        *outputs(found, everything),
        *prices(found, everything),
        *proofs(found),
    ]


def headline(found: Comparison) -> list[Part]:
    """Return which is dearer, and by how much."""
    spec, currency = found.after.formulation.spec, found.after.currency
    before, after = title(found.before.scenario), title(found.after.scenario)
    more = "more" if found.cost_change > 0 else "less"
    relative = (
        f", {share(abs(found.cost_change / found.before.cost))} {more}" if found.before.cost > 0 else ""
    )
    size = abs(found.cost_change)
    much = f"{money(size, currency)}{in_time(found)} {more}"
    told = (
        f"{after} costs {much} than {before}{relative}  ({exact(size, currency)})."
        if size
        else f"{after} and {before} cost the same."
    )
    return [
        heading(f"{spec.name or 'Network'}: {before} -> {after}"),
        paragraph(" ".join([told, *reasons(found)])),
    ]


def in_time(found: Comparison) -> str:
    """Return over what time the cost runs."""
    periods = found.after.period_names
    if len(periods) > 1:
        return f" over {periods[0]} to {periods[-1]}"
    return " a year" if found.after.formulation.spec.horizon.step == "year" else f" in {periods[0]}"


def reasons(found: Comparison) -> list[str]:
    """Return what adds to the cost and what takes off it, each as a sentence."""
    sentences = []
    for start, number, sign in (("What adds to the cost", 0, 1.0), ("What takes off", 1, -1.0)):
        ones = [(sign * amount, effect) for effect, amount in _effects(found) if sign * amount > 0]
        told = [f"{money(size)} by {REASONS[effect][number]}" for size, effect in sorted(ones, reverse=True)]
        if told:
            sentences.append(f"{start}: {'; '.join(told)}.")
    return sentences


REASONS = {
    "shortfall": ("more shortfall", "less shortfall"),
    "volume": ("larger deliveries", "smaller deliveries"),
    "route": ("dearer sources, routes and plants", "cheaper sources, routes and plants"),
    "price": ("higher unit costs", "lower unit costs"),
    "duty": ("duties and levies, less subsidies", "duties and levies, less subsidies"),
}
"""Each effect in words: where it adds to the cost, and where it takes off."""


def _effects(found: Comparison) -> list[tuple[str, float]]:
    """Return the effects that are more than rounding."""
    table, least = found.effects, ROUNDING * max(abs(found.before.cost), abs(found.after.cost))
    rows = zip(table["effect"], table[f"change_cost_{found.unit.money}"], strict=True)
    return [(effect, float(amount)) for effect, amount in rows if effect in REASONS and abs(amount) > least]


def effects(found: Comparison, everything: bool = False) -> list[Part]:
    """Return why the cost differs: the effects, which add up, and where they arise."""
    if not _effects(found):
        return []
    amounts, currency = f"change_cost_{found.unit.money}", found.after.formulation.spec.units.currency
    least = ROUNDING * max(abs(found.before.cost), abs(found.after.cost))
    table_, split = found.effects, found.effects_by("component", "stage")
    split = split[split[amounts].abs() > least]
    shown = split if everything else _largest(split, amounts).head(FEW).sort_index()
    return [
        heading("Why: the effects, which add up to the difference"),
        table(
            [
                Column("effect", table_["effect"].tolist()),
                Column("what it is", [MEANINGS[effect] for effect in table_["effect"]]),
                numbers(
                    f"change, {currency}",
                    table_[amounts].where(table_[amounts].abs() > least, 0.0).tolist(),
                    _money_change,
                ),
            ]
        ),
        heading("Where they arise"),
        table(
            [
                *_keys(shown, "effect", "component"),
                Column("stage", shown["stage"].tolist()),
                numbers(f"change, {currency}", shown[amounts].tolist(), _money_change),
            ]
        ),
        *_rest(len(split) - len(shown)),
    ]


MEANINGS = {
    "price": "the same things at another unit cost",
    "volume": "more or less delivered, in the same way",
    "route": "the same tonnes by other sources, routes and plants",
    "duty": "tariffs, taxes and levies, less subsidies",
    "shortfall": "what goes short, at its shortfall cost",
    "total": "",
}
"""What each effect is."""


def cost(found: Comparison) -> list[Part]:
    """Return the cost of both by component."""
    unit, frame = found.unit, found.cost
    return [
        heading("Cost"),
        table([*_keys(frame, "kind", "component"), *_sides(found, frame, f"cost_{unit.money}")]),
    ]


def shortfall(found: Comparison, everything: bool = False) -> list[Part]:
    """Return whose shortfall changes, the dearest change first."""
    unit, spec = found.unit, found.after.formulation.spec
    short, lost = f"shortfall_{unit.mass}", f"cost_{unit.money}"
    frame = found.shortfall
    changed = _largest(frame[frame[f"change_{short}"].abs() > 0], f"change_{lost}")
    if not len(changed):
        return [heading("Nobody's shortfall changes")]
    shown, count = changed if everything else changed.head(FEW), changed["demand"].nunique()
    return [
        heading(f"Whose shortfall changes: {count} demand{'s' if count != 1 else ''}"),
        table(
            [
                Column("demand", shown["demand"].tolist()),
                Column("country", [names.country(spec, code) for code in shown["country"]]),
                Column("wants", [names.commodity(spec, key) for key in shown["commodity"]]),
                *_periods(found, shown),
                *_sides(found, shown, short, f"short, {unit.mass}: "),
                numbers(
                    f"change of loss, {spec.units.currency}", shown[f"change_{lost}"].tolist(), _money_change
                ),
            ]
        ),
        *_rest(len(changed) - len(shown)),
        *note(names.counted(spec, shown["commodity"])),
    ]


def outputs(found: Comparison, everything: bool = False) -> list[Part]:
    """Return which countries make more or less, stage by stage."""
    unit, spec = found.unit, found.after.formulation.spec
    output = f"output_{unit.mass}"
    frame = found.outputs
    changed = frame[_matters(frame, output)]
    parts: list[Part] = []
    for stage in [*spec.stages, ""]:
        here = _largest(changed[changed["stage"] == stage], f"change_{output}")
        if len(here):
            shown = here if everything else here.head(FEW_A_STAGE)
            parts += [
                heading(f"What is made where: {stage or 'no stage'}"),
                table(
                    [
                        Column("country", [names.country(spec, code) for code in shown["country"]]),
                        Column("makes", [names.commodity(spec, key) for key in shown["commodity"]]),
                        *_periods(found, shown),
                        *_sides(found, shown, output, f"{unit.mass}: "),
                        Column("counted in", [names.basis(spec, key) for key in shown["commodity"]]),
                    ]
                ),
                *_rest(len(here) - len(shown)),
            ]
    return parts or [heading("Nobody makes more or less")]


def prices(found: Comparison, everything: bool = False) -> list[Part]:
    """Return where the price of each commodity changes most."""
    unit, spec = found.unit, found.after.formulation.spec
    price = f"price_{unit.price}"
    frame = found.prices
    changed = _largest(frame[_matters(frame, price)], f"change_{price}")
    changed = changed if everything else changed.drop_duplicates(["commodity", "period"])
    if not len(changed):
        return [heading("No price changes")]
    shown = changed if everything else changed.head(2 * FEW)
    return [
        heading("Where the price of each commodity changes most"),
        table(
            [
                Column("commodity", [names.commodity(spec, key) for key in shown["commodity"]]),
                Column("country", [names.country(spec, code) for code in shown["country"]]),
                Column("site", shown["site"].tolist()),
                *_periods(found, shown),
                *_sides(found, shown, price, f"{spec.units.currency}/{unit.mass}: "),
            ]
        ),
        *_rest(len(changed) - len(shown)),
    ]


def proofs(found: Comparison) -> list[Part]:
    """Return that both are proved."""
    both = (found.before.certificate, found.after.certificate)
    widest = max(max(each.width, each.integer_gap) for each in both)
    open_ = max(each.integer_gap for each in both)
    told = f"both are within {gap(open_)} of the least cost" if open_ > CLOSED else "both are least costs"
    return [
        heading(f"Proof: {told}" if all(each.holds for each in both) else "No proof"),
        paragraph(f"Neither plan can be made cheaper by more than {widest:.0e} of its cost."),
    ]


def _matters(frame: pd.DataFrame, name: str) -> pd.Series[bool]:
    """Return which rows change by more than rounding."""
    size = frame[[f"before_{name}", f"after_{name}"]].abs().max(axis=1)
    return frame[f"change_{name}"].abs() > ROUNDING * size


ROUNDING = 1e-9


def _largest(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows in the order of the size of a change."""
    return frame.sort_values(name, key=abs, ascending=False, kind="stable")


def _keys(frame: pd.DataFrame, *keys: str) -> list[Column]:
    return [Column(key, frame[key].tolist()) for key in keys]


def _periods(found: Comparison, frame: pd.DataFrame) -> list[Column]:
    return [Column("period", frame["period"].tolist())] if len(found.after.period_names) > 1 else []


def _sides(found: Comparison, frame: pd.DataFrame, name: str, what: str = "") -> list[Column]:
    """Return before, after and change of one quantity."""
    before, after = title(found.before.scenario), title(found.after.scenario)
    shown = _money_change if name.endswith(f"_{found.unit.money}") else change
    return [
        column(name, frame[f"before_{name}"], found.unit, f"{what}{before}"),
        column(name, frame[f"after_{name}"], found.unit, after),
        numbers("change", frame[f"change_{name}"].tolist(), shown),
    ]


def _money_change(amount: float) -> str:
    return f"+{money(amount)}" if amount > 0 else money(amount)


def _rest(count: int) -> list[Part]:
    return [paragraph(f"and {count} more (--all shows them)")] if count > 0 else []

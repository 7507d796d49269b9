"""By which routes demands are supplied, and what stands in the way of more.

Where a policy restricts exports, the routes shown are those to the countries that it is aimed at:
first the ones that do without the restricting countries, then those that still pass through them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from resilience.policies import ExportRestriction
from resilience.report import names
from resilience.report.frames import column
from resilience.report.horizon import span
from resilience.report.numbers import money, number, share
from resilience.report.shortage import note
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.results.solution import Solution

FEW, MANY, FEW_ROUTES, FEW_LIMITS = 12, 25, 10, 5
"""Rows that are shown unless all are asked for."""

STEP = " > "
"""Between the stops of a route."""


def routes(solution: Solution, everything: bool = False) -> list[Part]:
    """Return how demands are supplied: around those who restrict exports, if anybody does."""
    frame = solution.routes()
    spec = solution.formulation.spec
    restricting, aimed_at = restricted(solution)
    if not restricting:
        counted = note(names.counted(spec, {spec.demands[key].commodity for key in frame["demand"]}))
        title = heading("How demand is supplied: the largest routes")
        return [title, *ranked(solution, frame, everything), *counted]
    country_of = {key: demand.country for key, demand in spec.demands.items()}
    to_them = np.array([(country_of[key] or "") in aimed_at for key in frame["demand"]], dtype=bool)
    frame = frame[to_them]
    if not len(frame):
        who = names.countries(spec, restricting)
        return [heading(f"How those cut off from {who} are supplied"), paragraph("They receive nothing.")]
    through = frame["countries"].map(lambda path: bool(set(path.split(STEP)) & set(restricting)))
    who, tonnes = names.countries(spec, restricting), f"delivered_{solution.unit.mass}"
    outside, inside = frame[~through], frame[through]
    total = float(frame[tonnes].sum())
    mass = solution.unit.mass
    return [
        heading(f"How those cut off from {who} are supplied"),
        paragraph(
            f"They receive {number(total)} {mass}: {number(float(outside[tonnes].sum()))} {mass} by routes "
            f"that do without {who}, {number(float(inside[tonnes].sum()))} {mass} by routes that still pass "
            f"through. {names.counted(spec, {spec.demands[key].commodity for key in frame['demand']})}"
        ),
        heading(f"Routes that do without {who}"),
        *ranked(solution, outside, everything),
        *(
            [heading(f"Routes that still pass through {who}"), *ranked(solution, inside, everything)]
            if len(inside)
            else []
        ),
    ]


def restricted(solution: Solution) -> tuple[list[str], set[str]]:
    """Return the countries that restrict exports, and those that they aim at."""
    labels, spec = solution.program.columns, solution.formulation.spec
    restricting: set[str] = set()
    aimed_at: set[str] = set()
    everybody = {demand.country or "" for demand in spec.demands.values()}
    for policy in solution.policies.values():
        if isinstance(policy, ExportRestriction):
            restricting |= set(labels.expand(policy.from_)) - set(spec.facilities)
            aimed_at |= set(labels.expand(policy.to)) if policy.to is not None else everybody
    return sorted(restricting), aimed_at - restricting


def ranked(solution: Solution, frame: pd.DataFrame, everything: bool = False) -> list[Part]:
    """Return routes that differ only in who is served added up, the largest first."""
    if not len(frame):
        return [paragraph("none")]
    unit = solution.unit
    tonnes, price = f"delivered_{unit.mass}", f"cost_{unit.price}"
    way = [
        f"{'recycled from ' if recycled else ''}{without_goods(path.rpartition(STEP)[0] or path)}"
        for path, recycled in zip(frame["path"], frame["recycled"], strict=True)
    ]
    whole = frame.assign(way=way, spent=frame[tonnes] * frame[price], start=frame["countries"])
    groups = whole.groupby("way", sort=False).agg(
        **{tonnes: (tonnes, "sum"), "spent": ("spent", "sum"), "served": ("demand", "nunique")},
        first=("demand", "first"),
    )
    groups = groups.sort_values(tonnes, ascending=False, kind="stable")
    shown = groups if everything else groups.head(FEW_ROUTES)
    parts: list[Part] = [
        table(
            [
                column(tonnes, shown[tonnes], unit),
                numbers(f"{solution.currency}/{unit.mass}", (shown["spent"] / shown[tonnes]).tolist()),
                Column("by way of", shown.index.tolist()),
                Column(
                    "to",
                    [
                        _served(first, count)
                        for first, count in zip(shown["first"], shown["served"], strict=True)
                    ],
                ),
            ]
        )
    ]
    rest = groups.iloc[len(shown) :]
    if len(rest):
        more = f"and {len(rest)} more routes with {number(float(rest[tonnes].sum()))} {unit.mass} together"
        parts.append(paragraph(f"{more} (--all shows them; `resilience routes` those of one demand)"))
    return parts


def _served(first: str, count: int) -> str:
    return first if count == 1 else f"{count} demands"


def without_goods(path: str) -> str:
    """Return a route without what is made at each stop.

    Examples
    --------
    >>> without_goods("mine (ore) > smelter (metal)")
    'mine > smelter'
    """
    return re.sub(r" \([^)]*\)", "", path)


def bottlenecks(solution: Solution, everything: bool = False) -> list[Part]:
    """Return which stage is the bottleneck and what one more of each scarce thing is worth."""
    is_one = len(solution.period_names) == 1
    frame = solution.bottlenecks(resolve=everything or FEW_LIMITS if is_one else False)
    if not len(frame):
        return [heading("Bottlenecks: none; no limit stands in the way of a cheaper plan")]
    mass = solution.unit.mass
    stages = note(stage_sentence(solution, solution.bottleneck_stages()))
    if is_one:
        shown = frame if everything else frame.head(FEW_LIMITS)
        return [heading(f"Bottlenecks: what one more {mass} is worth"), *stages, *limits(solution, shown)]
    whole = over_periods(solution, frame)
    shown = whole if everything else whole.head(FEW_LIMITS)
    return [
        heading(f"Bottlenecks: what one more {mass} is worth, added up over the periods in which they bind"),
        *stages,
        *limits(solution, shown),
        *note("" if everything else "`resilience bottlenecks` shows each period."),
    ]


def stage_sentence(solution: Solution, stages: pd.DataFrame, bloc: str | None = None) -> str:
    """Return which stage is the bottleneck, and what 10 % more of each would save."""
    gain, currency = f"gain_10pct_{solution.unit.money}", solution.currency
    spec = solution.formulation.spec
    where = "" if bloc is None else f", within {names.countries(spec, [bloc])} alone,"
    if not len(stages):
        return ""
    told = [
        (stage.replace("_", " "), saved) for stage, saved in zip(stages["stage"], stages[gain], strict=True)
    ]
    tight = [(stage, saved) for stage, saved in told if saved > 0]
    if not tight:
        return f"No stage is the bottleneck: 10 % more capacity{where} in any one of them would save nothing."
    (first, most), *rest = tight
    when = " a year" if spec.horizon.step == "year" and len(solution.period_names) == 1 else ""
    others = [f"{stage}: {money(saved, currency)}" for stage, saved in rest]
    idle = [stage for stage, saved in told if saved <= 0]
    others += [f"{' and '.join(idle)}: nothing"] if idle else []
    return (
        f"The bottleneck is {first}: 10 % more capacity there{where} would save "
        f"{money(most, currency)}{when}; {'; '.join(others)}."
    ).replace("; .", ".")


def over_periods(solution: Solution, frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a limit: its mean, and what one more in every period in which it binds would save."""
    unit, every = solution.unit, solution.period_names.tolist()
    mass, rent, value = f"limit_{unit.mass}", f"rent_{unit.price}", f"value_{unit.money}"
    groups = frame.groupby(
        ["limit", "bound", "stage", "country", "id", "commodity"], sort=False, dropna=False
    )
    whole = groups.agg(
        **{mass: (mass, "mean"), rent: (rent, "sum"), value: (value, "sum")},
        period=("period", lambda found: span(found.tolist(), every)),
    ).reset_index()
    return whole.sort_values([value, rent], ascending=False, kind="stable")


def limits(solution: Solution, frame: pd.DataFrame) -> list[Part]:
    """Return limits with what relaxing each of them would save, as far as it was solved for again."""
    unit, spec, currency = solution.unit, solution.formulation.spec, solution.currency
    mass, rent, value = unit.mass, f"rent_{unit.price}", f"value_{unit.money}"
    periods = [Column("period", frame["period"].tolist())] if len(solution.period_names) > 1 else []
    gain, start, end = f"gain_10pct_{unit.money}", f"from_{mass}", f"to_{mass}"
    if gain in frame and frame[gain].notna().any():
        told = [
            column(start, frame[start], unit, f"which holds from, {mass}"),
            column(end, frame[end], unit, f"to, {mass}"),
            numbers(f"10 % more saves, {currency}", frame[gain].tolist(), money_or_nothing),
        ]
    else:
        tenth = [0.1 * worth for worth in frame[value].tolist()]
        told = [numbers(f"10 % more saves up to, {currency}", tenth, money)]
    return [
        table(
            [
                Column("limit", frame["limit"].tolist()),
                Column("stage", frame["stage"].tolist()),
                Column("country", [names.country(spec, code) if code else "" for code in frame["country"]]),
                *periods,
                column(f"limit_{mass}", frame[f"limit_{mass}"], unit, f"now, {mass}"),
                column(rent, frame[rent], unit, f"one more {mass} saves, {currency}"),
                *told,
            ]
        )
    ]


def money_or_nothing(amount: float) -> str:
    """Return an amount, and an empty text where there is none."""
    return "" if amount != amount else money(amount)


def all_bottlenecks(
    solution: Solution,
    frame: pd.DataFrame,
    stages: pd.DataFrame,
    bloc: str | None = None,
    everything: bool = False,
) -> list[Part]:
    """Return what `resilience bottlenecks` prints: which stage it is, stages, then every limit."""
    unit, currency = solution.unit, solution.currency
    value, gain = f"value_{unit.money}", f"gain_10pct_{unit.money}"
    by_stage = table(
        [
            Column("stage", stages["stage"].tolist()),
            numbers("limits that bind", stages["limits"].tolist()),
            column(gain, stages[gain], unit, f"10 % more of all saves, {currency}"),
            numbers(f"at most, by rents, {currency}", [0.1 * worth for worth in stages[value]], money),
        ]
    )
    sentence = stage_sentence(solution, stages, bloc)
    head: list[Part] = (
        [paragraph(sentence), heading("Which stage is the bottleneck"), by_stage] if sentence else []
    )
    shown = frame if everything else frame.head(MANY)
    left = f"and {len(frame) - len(shown)} more (--all shows them)" if len(shown) < len(frame) else ""
    return [*head, heading("Limits"), *limits(solution, shown), *note(left), paragraph(CAUTION)]


CAUTION = (
    "What one more saves holds between the limits shown, where it is one of those that prove the plan. What "
    "10 % more saves was found by solving again with that limit, or that stage, alone relaxed; a limit of 0 "
    "has no 10 %."
)


def all_routes(solution: Solution, frame: pd.DataFrame, everything: bool = False) -> list[Part]:
    """Return what `resilience routes` prints: every route, with what it carries and costs."""
    unit, spec = solution.unit, solution.formulation.spec
    tonnes, price = f"delivered_{unit.mass}", f"cost_{unit.price}"
    if not len(frame):
        return [paragraph("nothing is delivered")]
    goods = {spec.demands[key].commodity for key in frame["demand"]}
    shown = frame if everything else frame.sort_values(tonnes, ascending=False, kind="stable").head(FEW)
    left = float(frame[tonnes].sum() - shown[tonnes].sum())
    more = f"and {len(frame) - len(shown)} more with {number(left)} {unit.mass} (--all shows them)"
    periods = [Column("period", shown["period"].tolist())] if len(solution.period_names) > 1 else []
    return [
        table(
            [
                Column("demand", shown["demand"].tolist()),
                *periods,
                column(tonnes, shown[tonnes], unit),
                numbers("", shown["share"].tolist(), share),
                column(price, shown[price], unit),
                Column("countries", shown["countries"].tolist()),
                Column("path", shown["path"].tolist()),
            ]
        ),
        *note(more if len(shown) < len(frame) else ""),
        *note(names.counted(spec, goods)),
    ]

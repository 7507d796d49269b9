"""What stands in the way: stages and limits by what a tenth more of each would save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from resilience.report import names
from resilience.report.figures.chart import AFTER, Chart, drawn, money_axis, safe, shortened
from resilience.report.numbers import money, number
from resilience.report.records import title
from resilience.report.supply import over_periods, stage_sentence

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FEW = 10
"""Limits that are solved for again, and drawn."""


def bottlenecks(solution: Solution, key: str = "bottlenecks") -> Chart:
    """Return the limits that cost most, by what 10 % more of each alone would save."""
    unit, scenario, currency = solution.unit, title(solution.scenario), solution.currency
    gain, limit, rent = f"gain_10pct_{unit.money}", f"limit_{unit.mass}", f"rent_{unit.price}"
    several = len(solution.period_names) > 1
    if several:
        frame = over_periods(solution, solution.bottlenecks(resolve=False)).head(FEW)
        frame = frame.assign(**{gain: 0.1 * frame[f"value_{unit.money}"]})
    else:
        frame = solution.bottlenecks(resolve=FEW)
    frame = frame[frame[gain] > 0].sort_values(gain, kind="stable")
    sentence = stage_sentence(solution, solution.bottleneck_stages())
    if not len(frame):
        head = f"{scenario}: no limit stands in the way of a cheaper plan."
        return Chart(key, head, head, drawn([], 120))
    labels = [_called(solution, row) for row in frame.to_dict("records")]
    bars = go.Bar(
        y=[safe(shortened(label, 52)) for label in labels],
        x=frame[gain].tolist(),
        orientation="h",
        marker={"color": AFTER},
        text=[f"{money(saved)}" for saved in frame[gain]],
        textposition="outside",
        cliponaxis=False,
        customdata=[
            [safe(label), number(most), number(round(worth))]
            for label, most, worth in zip(labels, frame[limit], frame[rent], strict=True)
        ],
        hovertemplate=(
            f"%{{customdata[0]}}<br>now %{{customdata[1]}} {unit.mass}; one more saves "
            f"%{{customdata[2]}} {currency}<extra></extra>"
        ),
    )
    figure = drawn(
        [bars],
        110 + 32 * len(frame),
        margin={"r": 110},
        xaxis=money_axis(
            0.0, float(frame[gain].max()), f"saved by 10 % more{', at most' if several else ''}, {currency}"
        ),
        showlegend=False,
    )
    told = [
        f"{label} {money(saved, currency)}" for label, saved in zip(labels, frame[gain].tolist(), strict=True)
    ]
    first = sentence.partition(";")[0].removesuffix(".")
    head = f"{scenario}: {first[:1].lower()}{first[1:]}." if sentence else f"{scenario}: {told[-1]}."
    up_to = " at most" if several else ""
    words = f"{scenario}: {sentence} 10 % more of each limit alone saves{up_to}: {'; '.join(reversed(told))}."
    note = (
        "Each bar is what a tenth more of that limit alone, whenever it binds, would save at most."
        if several
        else "Each bar is found by solving again with that limit alone raised by a tenth."
    )
    return Chart(key, head, words, figure, note)


def _called(solution: Solution, row: Mapping[Any, Any]) -> str:
    """Return what a limit is called: the thing that it limits, its country, and when."""
    spec, key = solution.formulation.spec, str(row.get("id") or str(row["limit"]).split(".")[1])
    sections = (spec.facilities, spec.supplies, spec.stockpiles, spec.limits, spec.hubs)
    entry: Any = next((section[key] for section in sections if key in section), None)
    name = getattr(entry, "name", "") or (key.replace("_", " ") if entry is not None else str(row["limit"]))
    country = names.country(spec, str(row["country"])) if row["country"] else ""
    whole = f"{solution.period_names[0]} to {solution.period_names[-1]}"
    when = f", {row['period']}" if len(solution.period_names) > 1 and row["period"] != whole else ""
    return f"{name}{f', {country}' if country and entry is not None else ''}{when}"

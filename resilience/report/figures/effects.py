"""Why one scenario costs more than another: from one cost to the other, step by step."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from resilience.report.comparison import REASONS
from resilience.report.figures.chart import AFTER, BAD, GOOD, OTHERS, Chart, drawn, money_axis, safe
from resilience.report.numbers import money
from resilience.report.records import title

if TYPE_CHECKING:
    from resilience.analyses.compare import Comparison


def effects(found: Comparison, key: str = "effects") -> Chart:
    """Return the waterfall of the effects that make up the difference in cost."""
    currency, table = found.after.currency, found.effects
    before, after = title(found.before.scenario), title(found.after.scenario)
    amounts = dict(zip(table["effect"], table[f"change_cost_{found.unit.money}"].tolist(), strict=True))
    steps = [(REASONS[name][0 if amounts[name] > 0 else 1], amounts[name]) for name in REASONS]
    steps = [(name, amount) for name, amount in steps if abs(amount) > 1e-9 * abs(found.before.cost)]
    ends = [found.before.cost, *(amount for _, amount in steps), found.after.cost]
    running = [found.before.cost, *accumulate([found.before.cost, *(size for _, size in steps)])]
    trace = go.Waterfall(
        x=[safe(before), *(name.replace(", ", ",<br>") for name, _ in steps), safe(after)],
        y=ends,
        measure=["absolute", *("relative" for _ in steps), "total"],
        text=[
            money(found.before.cost),
            *(f"{'+' if size > 0 else ''}{money(size)}" for _, size in steps),
            money(found.after.cost),
        ],
        textposition="outside",
        cliponaxis=False,
        increasing={"marker": {"color": BAD}},
        decreasing={"marker": {"color": GOOD}},
        totals={"marker": {"color": AFTER}},
        connector={"line": {"color": OTHERS, "width": 1}},
        hovertemplate=f"%{{x}}: %{{text}} {currency}<extra></extra>",
    )
    figure = drawn(
        [trace],
        400,
        margin={"t": 30},
        yaxis=money_axis(min(0.0, *running), max(0.0, *running), currency),
        showlegend=False,
    )
    told = [f"{money(size, currency)} {'more' if size > 0 else 'less'} by {name}" for name, size in steps]
    told = [text.removeprefix("-") for text in told]
    size, way = abs(found.cost_change), "more" if found.cost_change > 0 else "less"
    head = (
        f"{after} costs {money(size, currency)} {way} than {before}."
        if size
        else f"{after} and {before} cost the same."
    )
    note = (
        "The steps are exact and add up: other unit costs of the same things, more or less "
        "delivered, other sources and routes, duties, and what goes short."
    )
    return Chart(key, head, f"{head} {'; '.join(told)}." if told else head, figure, note)

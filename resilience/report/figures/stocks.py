"""What stockpiles hold over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from resilience.report import names
from resilience.report.figures.chart import COLOURS, OTHERS, Chart, drawn, safe
from resilience.report.numbers import number
from resilience.report.records import title

if TYPE_CHECKING:
    from resilience.results.solution import Solution

DASHES = ("solid", "dash", "dot", "dashdot")
"""How lines differ besides their colour."""


def stocks(solution: Solution, key: str = "stocks") -> Chart:
    """Return what each stockpile holds at the start and at the end of every period."""
    mass, spec, scenario = solution.unit.mass, solution.formulation.spec, title(solution.scenario)
    frame, periods = solution.stocks, [str(name) for name in solution.period_names]
    if not len(frame):
        head = f"{scenario}: there are no stockpiles."
        return Chart(key, head, head, drawn([], 120))
    traces, told = [], []
    for place, (name, rows) in enumerate(frame.groupby("stockpile", sort=False)):
        opening, closing = (rows[f"{side}_{mass}"].astype(float).tolist() for side in ("opening", "closing"))
        held = [*opening[:1], *closing]
        entry = spec.stockpiles.get(str(name))
        label = (entry.name if entry is not None else "") or str(name)
        good = names.commodity(spec, str(rows["commodity"].iloc[0]))
        traces.append(
            go.Scatter(
                x=["start", *periods],
                y=held,
                name=safe(f"{label}, {good}"),
                mode="lines+markers",
                line={
                    "color": COLOURS[place % len(COLOURS)] if place < 4 * len(COLOURS) else OTHERS,
                    "dash": DASHES[place // len(COLOURS) % len(DASHES)],
                    "width": 3,
                },
                hovertemplate=f"{safe(label)}, end of %{{x}}: %{{y:,.0f}} {mass}<extra></extra>",
            )
        )
        empty = "; it ends empty" if held[-1] <= 1e-9 * max(held, default=0.0) < max(held) else ""
        told.append(f"{label} holds {number(max(held))} {mass} of {good} at most{empty}")
    figure = drawn(
        traces,
        360,
        xaxis={"type": "category"},
        legend={"y": 1.0, "yanchor": "bottom", "traceorder": "normal"},
        yaxis={"title": {"text": mass}, "tickformat": ",.0f", "rangemode": "tozero"},
        showlegend=True,
    )
    head = f"{scenario}: {told[0]}."
    return Chart(key, head, f"{scenario}: {'. '.join(told)}.", figure, "At the end of each period.")

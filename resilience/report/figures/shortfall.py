"""Who goes short: by sector, over the periods where there are several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from resilience.report import names
from resilience.report.figures.chart import BAD, COLOURS, OTHERS, Chart, drawn, safe
from resilience.report.numbers import money, number, share
from resilience.report.records import title

if TYPE_CHECKING:
    import pandas as pd

    from resilience.results.solution import Solution

NONE = "(no sector)"
"""How demands of no sector are called."""


def shortfall(solution: Solution, key: str = "shortfall") -> Chart:
    """Return delivered and short tonnes by sector; with several periods, what is short in each."""
    unit, spec = solution.unit, solution.formulation.spec
    scenario = title(solution.scenario)
    frame = solution.shortfall.assign(sector=[name or NONE for name in solution.shortfall["sector"]])
    wanted, short, lost = f"wanted_{unit.mass}", f"shortfall_{unit.mass}", f"cost_{unit.money}"
    delivered = f"delivered_{unit.mass}"
    whole = frame.groupby("sector")[[wanted, delivered, short, lost]].sum().clip(lower=0.0)
    whole = whole.sort_values([lost, wanted], ascending=[False, False], kind="stable")
    told = [
        f"{sector}: {number(row[short])} of {number(row[wanted])} {unit.mass} "
        f"({share(row[short] / row[wanted])})"
        for sector, row in zip(whole.index, whole.to_dict("records"), strict=True)
        if row[short] > 0 and row[wanted] > 0
    ]
    if len(solution.period_names) > 1:
        figure = _over_time(solution, frame, [str(name) for name in whole.index], short)
    else:
        sectors = [safe(str(name).replace("_", " ")) for name in whole.index][::-1]
        bars = [
            _bar(sectors, whole[name].tolist()[::-1], label, colour, unit.mass)
            for name, label, colour in ((delivered, "delivered", OTHERS), (short, "short", BAD))
        ]
        layout = {"barmode": "stack", "xaxis": {"title": {"text": unit.mass}, "tickformat": ",.0f"}}
        figure = drawn(
            bars,
            120 + 34 * len(sectors),
            legend={"y": 1.0, "yanchor": "bottom", "traceorder": "normal"},
            **layout,
        )
    loss = money(float(whole[lost].sum()), solution.currency)
    first = _sector(str(whole.index[0])) if len(whole) else ""
    head = (
        f"{scenario}: {first} loses most by going short; all shortfall together costs {loss}."
        if told
        else f"{scenario}: nobody goes short; every demand is met in full."
    )
    words = f"{head} Short, by sector: {'; '.join(told)}." if told else head
    return Chart(key, head, words, figure, names.counted(spec, frame["commodity"]))


def _sector(name: str) -> str:
    return "demand of no sector" if name == NONE else f"the sector {name.replace('_', ' ')}"


def _bar(sectors: list[str], tonnes: list[float], name: str, colour: str, mass: str) -> go.Bar:
    return go.Bar(
        y=sectors,
        x=tonnes,
        name=name,
        orientation="h",
        marker={"color": colour},
        hovertemplate=f"%{{y}}, {name}: %{{x:,.0f}} {mass}<extra></extra>",
    )


def _over_time(solution: Solution, frame: pd.DataFrame, sectors: list[str], short: str) -> go.Figure:
    """Return one bar a period, of the sectors that are short in it."""
    mass, periods = solution.unit.mass, [str(name) for name in solution.period_names]
    table = frame.groupby(["sector", "period"])[short].sum().unstack(fill_value=0)
    table = table.reindex(columns=periods, fill_value=0.0)
    shown = [name for name in sectors if table.loc[[name]].to_numpy().sum() > 0]
    bars = [
        go.Bar(
            x=periods,
            y=table.loc[[name]].to_numpy()[0].tolist(),
            name=safe(name.replace("_", " ")),
            marker={"color": COLOURS[number] if number < len(COLOURS) else OTHERS},
            hovertemplate=f"{safe(name)}, %{{x}}: %{{y:,.0f}} {mass} short<extra></extra>",
        )
        for number, name in enumerate(shown)
    ]
    return drawn(
        bars,
        360,
        barmode="stack",
        xaxis={"type": "category"},
        legend={"y": 1.0, "yanchor": "bottom", "traceorder": "normal"},
        yaxis={"title": {"text": f"{mass} short"}, "tickformat": ",.0f"},
    )

"""On how few countries each stage depends: shares of the largest, of the next two, and of all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from resilience.report import names
from resilience.report.figures.chart import COLOURS, OTHERS, Chart, drawn, safe
from resilience.report.market import sentences
from resilience.report.numbers import number, share
from resilience.report.records import title
from resilience.results.concentration import concentration as measure

if TYPE_CHECKING:
    from resilience.results.solution import Solution

ALIKE = 1e-9
"""Relative difference below which two stages are equally concentrated."""

SAID = {"capacity": "could", "production": "does"}
"""What a measure says of a stage."""


def concentration(solution: Solution, key: str = "concentration") -> Chart:
    """Return capacity and production by stage: what the largest country has, the next two, the others."""
    spec, scenario = solution.formulation.spec, title(solution.scenario)
    frame = measure(solution)
    last = frame["period"].iloc[-1:].tolist()
    told = sentences(solution, frame) if len(frame) else []
    frame = frame[(frame["commodity"] == "") & frame["period"].isin(last) & frame["measure"].isin(list(SAID))]
    unlimited = ["a stage with an unlimited plant has no shares of it"] if frame["hhi"].isna().any() else []
    frame = frame[frame["hhi"].notna()]  # NaN: nothing is made, or a capacity is unlimited
    if not len(frame):
        head = f"{scenario}: no stage makes anything."
        return Chart(key, head, head, drawn([], 120))
    order = {stage: place for place, stage in enumerate(spec.stages)}
    frame = frame.assign(place=frame["stage"].map(order)).sort_values(
        ["place", "measure"], ascending=False, kind="stable"
    )
    rows = frame.to_dict("records")
    labels = [safe(f"{row['stage'].replace('_', ' ')}, {row['measure']}") for row in rows]
    leaders = [names.country(spec, row["largest_country"]) for row in rows]
    first = [row["largest_share"] for row in rows]
    three = [row["three_country_share"] - row["largest_share"] for row in rows]
    rest = [1 - row["three_country_share"] for row in rows]
    hover = [
        f"{safe(leader)} {share(row['largest_share'])}<br>concentration (HHI) {number(round(row['hhi']))}, "
        f"{row['countries']} countries"
        for leader, row in zip(leaders, rows, strict=True)
    ]
    leading = [f"{safe(name)} {share(part)}" for name, part in zip(leaders, first, strict=True)]
    bars = [
        go.Bar(
            y=labels,
            x=parts,
            name=name,
            orientation="h",
            marker={"color": colour},
            text=texts,
            textposition="inside",
            insidetextanchor="start",
            textangle=0,
            hovertext=hover,
            hoverinfo="text",
        )
        for parts, name, colour, texts in (
            (
                first,
                "largest country",
                COLOURS[0],
                leading,
            ),
            (three, "next two", COLOURS[4], None),
            (rest, "all others", OTHERS, None),
        )
    ]
    figure = drawn(
        bars,
        110 + 32 * len(labels),
        barmode="stack",
        margin={"r": 30},
        xaxis={"tickformat": ".0%", "range": [0, 1]},
        legend={"y": 1.0, "yanchor": "bottom", "traceorder": "normal"},
    )
    most = max(rows, key=lambda row: row["largest_share"] if row["measure"] == "production" else 0.0)
    alike = [
        row["stage"].replace("_", " ")
        for row in reversed(rows)
        if row["measure"] == "production" and row["largest_share"] >= most["largest_share"] * (1 - ALIKE)
    ]
    head = (
        f"{scenario}: {names.country(spec, most['largest_country'])} does {share(most['largest_share'])} of "
        f"{most['stage'].replace('_', ' ')}, the most concentrated stage."
        if len(alike) <= 1
        else f"{scenario}: one country does {share(most['largest_share'])} of {names.listed(alike)} each."
    )
    could = "; ".join(["Capacity is what could be made", *unlimited])
    when = f" In {last[0]}, the last period." if len(solution.period_names) > 1 else ""
    note = f"{could}. Production is what the plan makes. Both by weight of what a stage makes.{when}"
    return Chart(key, head, f"{head} {' '.join(told)}", figure, note)

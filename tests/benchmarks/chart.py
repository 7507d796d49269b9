"""Time and memory against size, both axes logarithmic: beside the thin line, time grows in proportion.

A triangle stands where somebody was stopped: what it would have taken is above.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

KINDS = ("layered", "flow")
COLOURS = (
    "#000000", "#0072b2", "#56b4e9", "#d55e00", "#009e73", "#cc79a7",
    "#e69f00", "#8c6d31", "#7f7f7f", "#5254a3", "#ad494a",
)  # fmt: skip
"""Told apart by the colour-blind too, with the dashes and marks."""
DASHES = ("solid", "dash", "dot", "dashdot")
MARKS = ("circle", "square", "diamond", "cross", "x")


def draw(table: pd.DataFrame, path: Path) -> str:
    """Write the chart of a table as HTML, or as PNG where kaleido can; return what was done."""
    try:
        import plotly.graph_objects as go
        from plotly.subplots import make_subplots
    except ImportError:
        return "no chart: plotly is not installed"
    done = table[table["phase"] == "end to end"]
    series = [(kind, periods) for kind in KINDS for periods in (1, 12)]
    shown = [part for part in series if len(_part(done, *part))]
    titles = [
        f"{kind}, {periods} period{'s' if periods > 1 else ''}: {what}"
        for what in ("seconds, end to end", "peak memory, MB")
        for kind, periods in shown
    ]
    figure = make_subplots(2, max(1, len(shown)), subplot_titles=titles, vertical_spacing=0.12)
    systems = list(dict.fromkeys(table["system"]))
    for column, part in enumerate(shown, 1):
        stopped = _part(table[table["limit"].notna()], *part) if "limit" in table else done[:0]
        _add_slope(figure, _part(done, *part), column)
        for number, system in enumerate(systems):
            style = {
                "color": COLOURS[number % len(COLOURS)],
                "dash": DASHES[number % len(DASHES)],
                "width": 4 if system == "ours" else 2,
            }
            own = _part(done[done["system"] == system], *part).sort_values("columns")
            for row, value in ((1, "seconds"), (2, "peak_mb")):
                trace = go.Scatter(
                    x=own["columns"],
                    y=own[value],
                    name=system,
                    legendgroup=system,
                    showlegend=row == column == 1,
                    mode="lines+markers",
                    line=style,
                    marker={"symbol": MARKS[number % len(MARKS)], "size": 8},
                )
                figure.add_trace(trace, row, column)
            late = stopped[stopped["system"] == system]
            mark = {"symbol": "triangle-up-open", "size": 12, "color": style["color"]}
            figure.add_trace(
                go.Scatter(
                    x=late["columns"],
                    y=late["limit"],
                    name=f"{system}: stopped",
                    legendgroup=system,
                    showlegend=False,
                    mode="markers+text",
                    marker=mark,
                    text=[system] * len(late),
                    textposition="top center",
                ),
                1,
                column,
            )
    figure.update_xaxes(type="log", title="columns", dtick="D2")
    figure.update_yaxes(type="log", dtick="D2")
    figure.update_layout(
        title="From data to a proved plan (triangle: stopped there; thin line: in proportion to columns)",
        height=950,
        width=max(800, 560 * len(shown)),
        template="plotly_white",
    )
    if path.suffix == ".png":
        try:
            figure.write_image(path)
        except Exception as error:  # kaleido or its browser is missing, each in its own way
            return f"no chart: {type(error).__name__}; ask for .html"
    else:
        figure.write_html(path, include_plotlyjs=True)
    return f"chart: {path}"


def _add_slope(figure: Any, done: pd.DataFrame, column: int) -> None:
    """Draw a thin line of slope 1 through our smallest network."""
    own = done[done["system"] == "ours"].sort_values("columns")
    if len(own) < 2:
        return
    x = [own["columns"].iloc[0], own["columns"].iloc[-1]]
    start = own["seconds"].iloc[0]
    figure.add_scatter(
        x=x,
        y=[start, start * x[1] / x[0]],
        mode="lines",
        line={"color": "#999999", "width": 1},
        showlegend=False,
        hoverinfo="skip",
        row=1,
        col=column,
    )


def _part(done: pd.DataFrame, kind: str, periods: int) -> pd.DataFrame:
    names = done["subject"]
    return done[names.str.startswith(kind) & (names.str.endswith("x12") == (periods > 1))]

"""Time and memory against size, both axes logarithmic: a straight line of slope 1 grows in proportion."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

KINDS = ("layered", "flow")


def draw(table: pd.DataFrame, path: Path) -> str:
    """Write the chart of a table as HTML, or as PNG where kaleido can; return what was done."""
    try:
        import plotly.graph_objects as go
        from plotly.subplots import make_subplots
    except ImportError:
        return "no chart: plotly is not installed"
    done = table[table["phase"] == "end to end"]
    series = [(kind, periods) for kind in KINDS for periods in (1, 12)]
    shown = [(kind, periods, _part(done, kind, periods)) for kind, periods in series]
    shown = [part for part in shown if len(part[2])]
    titles = [
        f"{kind}, {periods} period{'s' if periods > 1 else ''}: {what}"
        for what in ("seconds", "peak MB")
        for kind, periods, _ in shown
    ]
    figure = make_subplots(2, max(1, len(shown)), subplot_titles=titles)
    systems = list(dict.fromkeys(done["system"]))
    dashes, marks = ("solid", "dash", "dot"), ("circle", "square", "diamond", "cross", "x")
    for column, (_, _, part) in enumerate(shown, 1):
        for number, system in enumerate(systems):
            own = part[part["system"] == system].sort_values("columns")
            if not len(own):
                continue
            for row, value in ((1, "seconds"), (2, "peak_mb")):
                trace = go.Scatter(
                    x=own["columns"],
                    y=own[value],
                    name=system,
                    legendgroup=system,
                    showlegend=row == column == 1,
                    mode="lines+markers",
                    line={
                        "dash": dashes[number % len(dashes)],
                        "width": 4 if system == "ours" else 2,
                    },
                    marker={"symbol": marks[number % len(marks)], "size": 8},
                )
                figure.add_trace(trace, row, column)
    figure.update_xaxes(type="log", title="columns")
    figure.update_yaxes(type="log")
    figure.update_layout(title="From data to a proved plan", height=900, width=560 * max(1, len(shown)))
    if path.suffix == ".png":
        try:
            figure.write_image(path)
        except Exception as error:  # kaleido or its browser is missing, each in its own way
            return f"no chart: {type(error).__name__}; ask for .html"
    else:
        figure.write_html(path, include_plotlyjs=True)
    return f"chart: {path}"


def _part(done: pd.DataFrame, kind: str, periods: int) -> pd.DataFrame:
    names = done["subject"]
    return done[names.str.startswith(kind) & (names.str.endswith("x12") == (periods > 1))]

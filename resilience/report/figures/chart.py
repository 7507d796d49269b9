"""What every figure shares: a chart with its finding in words, colours, and names that are safe to draw.

Colours   Okabe and Ito, which people with any of the usual kinds of colour blindness can tell apart
Names     from a file are untrusted: plotly reads a few HTML tags in its texts, so that `safe` writes
          them as what they are
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from resilience.report.numbers import money

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442")
"""Of things, in this order: blue, orange, green, vermilion, sky, purple, yellow."""

OTHERS = "#8A8F98"
"""Of all that have no colour of their own: a grey that shows on white and on black."""

GOOD, BAD, BEFORE, AFTER = "#009E73", "#D55E00", "#8A8F98", "#0072B2"
"""What is saved, what is lost; the first scenario and the others."""

TEMPLATE = go.layout.Template(
    layout={
        "colorway": list(COLOURS),
        "font": {"family": "system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif", "size": 13},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "xaxis": {"automargin": True, "gridcolor": "rgba(128,128,128,0.25)", "zerolinecolor": "#8A8F98"},
        "yaxis": {
            "automargin": True,
            "ticklabelstandoff": 6,
            "gridcolor": "rgba(128,128,128,0.25)",
            "zerolinecolor": "#8A8F98",
        },
        "legend": {"orientation": "h", "y": -0.12, "yanchor": "top", "x": 0, "xanchor": "left"},
        "hoverlabel": {"align": "left"},
        "separators": ".,",
    }
)
"""How every figure looks, on a light page and on a dark one."""


@dataclass(frozen=True)
class Chart:
    """A figure with what it shows, in words.

    Parameters
    ----------
    key : str
        Its name, unique on a page.
    title : str
        The finding, one sentence.
    words : str
        What the figure shows, for who cannot see it.
    figure : Figure
        Without a title of its own.
    note : str
        How to read it: units, what is left out.
    views : mapping
        Where it shows one of several things at a time: the finding of each. Its traces say in ``meta`` to
        which they belong.
    """

    key: str
    title: str
    words: str
    figure: go.Figure
    note: str = ""
    views: Mapping[str, str] = field(default_factory=dict)

    def titled(self) -> go.Figure:
        """Return the figure with its finding as title, to stand alone."""
        figure = go.Figure(self.figure)
        figure.update_layout(
            title={"text": safe(self.title), "font": {"size": 15}, "x": 0.01, "xanchor": "left"},
            margin={"t": 56},
        )
        return figure


def safe(text: object) -> str:
    """Return a text as plotly shows it letter by letter.

    Examples
    --------
    >>> safe("<b>R&D</b>")
    '&lt;b&gt;R&amp;D&lt;/b&gt;'
    """
    return html.escape(str(text), quote=False)


def drawn(traces: Sequence[Any], height: int, **layout: Any) -> go.Figure:
    """Return a figure of traces in the common look."""
    return go.Figure(list(traces), {"template": TEMPLATE, "height": height, **layout})


def money_axis(low: float, high: float, title: str) -> dict[str, Any]:
    """Return an axis of money, with ticks in words.

    Examples
    --------
    >>> money_axis(0.0, 9.2e9, "cost, USD")["ticktext"]
    ['0', '2 billion', '4 billion', '6 billion', '8 billion', '10 billion']
    """
    size = max(high - low, 1e-9) / 5
    unit = 10.0 ** math.floor(math.log10(size))
    step = next(factor * unit for factor in (1, 2, 2.5, 5, 10) if factor * unit >= 0.99 * size)
    ticks = [step * place for place in range(math.floor(low / step), math.ceil(high / step) + 1)]
    return {
        "title": {"text": title, "standoff": 12},
        "tickvals": ticks,
        "ticktext": [money(tick).replace(".00 ", " ").replace(".0 ", " ") for tick in ticks],
        "rangemode": "tozero",
    }


def shortened(text: str, length: int = 44) -> str:
    """Return a text that fits beside a bar.

    Examples
    --------
    >>> shortened("limits.shinetsu_haiphong_line.at_most", 20)
    'limits.shi…e.at_most'
    """
    if len(text) <= length:
        return text
    half = (length - 1) // 2
    return f"{text[: length - 1 - half]}…{text[-half:]}"

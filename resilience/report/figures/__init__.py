"""Figures of solutions and comparisons, as plotly draws them: one subject a file.

Each function returns a `Chart`: the figure, its finding in one sentence, and what it shows in words.
`Figures` is what ``solution.plot`` is, `ComparisonFigures` what ``comparison.plot`` is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from resilience.report.figures.bottlenecks import bottlenecks
from resilience.report.figures.chart import Chart
from resilience.report.figures.concentration import concentration
from resilience.report.figures.effects import effects
from resilience.report.figures.flow_map import flow_map
from resilience.report.figures.prices import prices
from resilience.report.figures.sankey import sankey, sankeys
from resilience.report.figures.shortfall import shortfall
from resilience.report.figures.stocks import stocks

if TYPE_CHECKING:
    from resilience.analyses.compare import Comparison
    from resilience.results.solution import Solution

__all__ = [
    "Chart",
    "ComparisonFigures",
    "Figures",
    "bottlenecks",
    "concentration",
    "effects",
    "flow_map",
    "prices",
    "sankey",
    "sankeys",
    "shortfall",
    "stocks",
]


@dataclass(frozen=True, eq=False)
class Figures:
    """Figures of one solution, each with its finding as title.

    Examples
    --------
    >>> from resilience.network import Network
    >>> solution = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {"mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5}},
    ...     "demands": {
    ...         "smelter": {"country": "FIN", "commodity": "ore", "quantity": 8, "shortfall_cost": 90}
    ...     },
    ...     "lanes": [{"from": "mine", "to": "smelter", "commodity": "ore"}],
    ... }).solve()
    >>> solution.plot.shortfall().layout.title.text
    'base: demand of no sector loses most by going short; all shortfall together costs 270 USD.'
    """

    solution: Solution

    def map(self, stage: str | None = None) -> go.Figure:
        """Return who ships what to whom: flows of a stage between countries, the last stage if left out."""
        return flow_map(self.solution, stage).titled()

    def sankey(self) -> go.Figure:
        """Return through which countries every delivered tonne passed, from mine to market."""
        return sankey(self.solution).titled()

    def shortfall(self) -> go.Figure:
        """Return who goes short, by sector; of several periods, when."""
        return shortfall(self.solution).titled()

    def prices(self, demand: str | None = None) -> go.Figure:
        """Return what the price at a demand is made of; at the largest of each country if left out."""
        return prices(self.solution, demand).titled()

    def bottlenecks(self) -> go.Figure:
        """Return the limits that cost most, by what 10 % more of each would save."""
        return bottlenecks(self.solution).titled()

    def concentration(self) -> go.Figure:
        """Return on how few countries each stage depends."""
        return concentration(self.solution).titled()

    def stocks(self) -> go.Figure:
        """Return what stockpiles hold over time."""
        return stocks(self.solution).titled()


@dataclass(frozen=True, eq=False)
class ComparisonFigures:
    """Figures of one comparison, each with its finding as title."""

    comparison: Comparison

    def effects(self) -> go.Figure:
        """Return why the second scenario costs more: the waterfall of effects."""
        return effects(self.comparison).titled()

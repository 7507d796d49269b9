"""One table that a minister reads: what a scenario costs, who is short, how long stocks last, and more.

Each line is an answer of an analysis, asked with its usual settings; the analysis itself tells more.

Source: none of its own; see `compare`, `concentration`, `time_to_survive`, `worst_case`, `plan`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isinf

import pandas as pd

from resilience.analyses.plan import plan
from resilience.analyses.time_to_survive import time_to_survive
from resilience.analyses.worst_case import WorstCase, worst_case
from resilience.errors import InputError
from resilience.grammar.names import suggest
from resilience.network import Network
from resilience.results.concentration import concentration
from resilience.results.solution import Solution
from resilience.solvers.interdiction import Progress


@dataclass(frozen=True, eq=False)
class Scorecard:
    """The state of a scenario in a dozen lines.

    Parameters
    ----------
    solution : Solution
        The scenario.
    before : Solution
        What it is held against.
    bloc : str
        Whose supply is looked at; ``""`` for the whole world.
    worst : WorstCase, optional
        The worst two restrictions of exports; None where nobody exports anything.
    table : DataFrame
        One row a line: ``topic``, ``measure``, ``of`` (sector, stage, country or attack), ``value``,
        ``unit``. Not a number where a line cannot be told.
    """

    solution: Solution
    before: Solution
    bloc: str
    worst: WorstCase | None
    table: pd.DataFrame

    def __repr__(self) -> str:
        return f"<Scorecard of {self.solution!r}: {len(self.table)} lines>"


def scorecard(
    network: Network,
    scenario: str | None = None,
    *,
    bloc: str | None = None,
    against: str | None = None,
    progress: Progress | None = None,
) -> Scorecard:
    """Measure a scenario in one table.

    Parameters
    ----------
    network : Network
    scenario : str, optional
        Left out, the network alone.
    bloc : str, optional
        A bloc or country whose supply, stages and needs are looked at; left out, the whole world.
    against : str, optional
        The scenario that costs are held against; left out, the one that this one extends, or the network
        alone.
    progress : callable, optional
        Gets how many steps of the longest analysis are done, and of how many.

    Returns
    -------
    Scorecard

    Raises
    ------
    InputError
        If there is no such scenario or bloc.

    Examples
    --------
    >>> network = Network.from_dict({
    ...     "stages": ["mining"],
    ...     "commodities": {"ore": {}},
    ...     "facilities": {
    ...         "near": {"country": "COD", "stage": "mining", "outputs": {"ore": 1}, "capacity": 5},
    ...         "far": {"country": "AUS", "stage": "mining", "outputs": {"ore": 1}, "capacity": 6},
    ...     },
    ...     "demands": {
    ...         "smelter": {"country": "FIN", "commodity": "ore", "quantity": 8, "shortfall_cost": 90}
    ...     },
    ...     "lanes": [{"from": {"stage": "mining"}, "to": "smelter", "commodity": "ore"}],
    ... })
    >>> table = scorecard(network).table
    >>> table.loc[table["topic"] == "worst case", ["measure", "of", "value"]].reset_index(drop=True)
                      measure        of  value
    0  worst restriction by 1       AUS  270.0
    1  worst restriction by 2  AUS, COD  720.0
    """
    known = {*network.spec.blocs, *network.formulation(scenario).places.country} - {""}
    if bloc is not None and bloc not in known:
        raise InputError(f"unknown bloc '{bloc}'{suggest(bloc, sorted(known))}")
    solution = network.solve(scenario)
    parent = network.spec.scenarios[scenario].extends if scenario else None
    before = network.solve(against or parent)
    try:
        worst = worst_case(network, 2, scenario=scenario, progress=progress)
    except InputError:  # nobody exports anything
        worst = None
    lines = [
        *_cost(solution, before),
        *_shortfall(solution, bloc),
        *_cover(network, scenario),
        *_stocks(solution, bloc),
        *_concentration(solution, bloc),
        *_worst(worst),
        *_bottleneck(solution, bloc),
        *_investment(network, scenario, solution),
    ]
    table = pd.DataFrame(lines, columns=["topic", "measure", "of", "value", "unit"])
    return Scorecard(solution, before, bloc or "", worst, table)


Line = tuple[str, str, str, float, str]

BILLION = 1e9
"""Budget of the last line, in the network's money."""

LISTED = 2
"""How many projects it names, those that take most first."""


def _cost(solution: Solution, before: Solution) -> Iterator[Line]:
    currency = solution.currency
    yield "cost", "cost over the horizon", "", solution.cost, currency
    name = before.scenario or "network alone"
    yield "cost", "more than", name, solution.cost - before.cost, currency


def _shortfall(solution: Solution, bloc: str | None) -> Iterator[Line]:
    mass, table = solution.unit.mass, solution.shortfall
    if bloc is not None:
        table = table[table["country"].isin(solution.formulation.spec.blocs.get(bloc, (bloc,)))]
    short, wanted = f"shortfall_{mass}", f"wanted_{mass}"
    yield "shortfall", "short", "all sectors", table[short].sum(), mass
    for sector, part in table.groupby("sector", sort=False):
        share = part[short].sum() / max(part[wanted].sum(), 1e-300)
        yield "shortfall", "share that is short", str(sector) or "(no sector)", 100 * share, "%"


def _cover(network: Network, scenario: str | None) -> Iterator[Line]:
    """Tell for how long stocks last if the exporter that is missed first stops."""
    try:
        days = time_to_survive(network, "country", scenario=scenario)
    except InputError:  # levels must be whole
        return
    if len(days):
        first = days.iloc[0]
        alike = days.loc[days["time_to_survive_days"] - first["time_to_survive_days"] < 1e-3, "failure"]
        stops = ", ".join(alike) if not isinf(first["time_to_survive_days"]) else "any one exporter"
        yield "cover", "days of cover if this stops", stops, first["time_to_survive_days"], "days"
        survived = days["time_to_survive_days"].map(isinf)
        yield "cover", "exporters that could stop for good", "", float(survived.sum()), f"of {len(days)}"


def _stocks(solution: Solution, bloc: str | None) -> Iterator[Line]:
    """Tell how many days of needs each stockpile holds when the last period begins."""
    found = solution.stock_cover
    found = found[(found["period"] == solution.period_names[-1]) & (found["days"] < inf)]
    if bloc is not None:
        found = found[found["country"].isin(solution.formulation.spec.blocs.get(bloc, (bloc,)))]
    for row in found.itertuples():
        yield "cover", f"days of needs in stock, {row.period}", str(row.stockpile), float(row.days), "days"


def _concentration(solution: Solution, bloc: str | None) -> Iterator[Line]:
    found = concentration(solution, bloc)
    last = found["period"] == solution.period_names[-1]
    whole = found[(found["commodity"] == "") & last]
    for row in whole[whole["measure"] == "capacity"].itertuples():
        yield "concentration", "HHI of capacity", str(row.stage), float(row.hhi), "0 to 10,000"
    measure = "supply" if bloc else "production"
    for row in whole[whole["measure"] == measure].itertuples():
        covered = 100 * float(row.n_minus_1_coverage)
        yield "concentration", "needs met without the largest supplier (N-1)", str(row.stage), covered, "%"


def _worst(found: WorstCase | None) -> Iterator[Line]:
    if found is None:
        return
    currency = found.target.base.currency
    for each in found.worst:
        title = found.target.title(each.found.worst.options)
        rise = each.found.worst.cost - found.target.base.cost
        yield "worst case", f"worst restriction by {each.budget:g}", title, rise, currency


def _bottleneck(solution: Solution, bloc: str | None) -> Iterator[Line]:
    stages = solution.bottleneck_stages(bloc)
    money = solution.unit.money
    if len(stages) and stages[f"gain_10pct_{money}"].iloc[0] > 0:
        first = stages.iloc[0]
        gain = float(first[f"gain_10pct_{money}"])
        yield "bottleneck", "10 % more capacity would save", str(first["stage"]), gain, solution.currency


def _investment(network: Network, scenario: str | None, solution: Solution) -> Iterator[Line]:
    """Tell what the first billion for projects would save, where there are any."""
    if not solution.formulation.spec.projects:
        return
    try:
        found = plan(network, [scenario], budget=BILLION)
    except InputError:  # nothing that could be decided, or curves
        return
    saved, currency = found.saved, solution.currency
    decisions = found.decisions
    money = found.unit.money
    first = decisions.groupby("id")[f"money_{money}"].sum().sort_values(ascending=False)
    names = ", ".join(str(name) for name in first.index[:LISTED])
    more = f" and {len(first) - LISTED} more" if len(first) > LISTED else ""
    yield "investment", "spent of a first billion", names + more, found.spent, currency
    yield "investment", "which saves", "", float("nan") if saved is None else saved, currency

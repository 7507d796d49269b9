"""How long an outage can last before anybody goes short, and what is lost if it lasts longer.

Time to survive   the longest time for which every demand gets what it got before, with stocks drawn once
                  and every other source, plant and lane at its own rate
Loss              the least that falls short during a given time to recover, at its shortfall cost, beyond
                  what falls short without the outage and without touching the stocks
Risk exposure     loss of one failure / the largest loss of all that were asked
Left out          lead times, the wish to keep stock at the end, decay, projects, and minimum throughputs,
                  since a plant that gets nothing stops: rates and stocks as they are on the first day
Source            Simchi-Levi, Schmidt, Wei et al. (2015), Identifying risks and mitigating disruptions in
                  the automotive supply chain, Interfaces 45(5), 375-390
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.errors import InputError, SolverError
from resilience.grammar.names import suggest
from resilience.network import Network
from resilience.program import Delta, LinearProgram
from resilience.program.over_time import kept_up, scaled
from resilience.solvers import HighsSession
from resilience.solvers.interdiction import Progress
from resilience.whatif.attacks import By, Target, options_of, target_of
from resilience.whatif.steady import Once, as_built, period_of, steady, without_stocks
from resilience.whatif.workers import run

DAYS = 365.25
"""Days in a year."""

LONGEST = 1_000.0
"""Periods beyond which an outage counts as survived for good."""

FEW = 4
"""Most failures that a worker is given at once."""

SHORT_AT_ALL = 1e-9
"""Share of a demand that may fall short more than before: rounding."""


def time_to_survive(
    network: Network,
    by: By = "facility",
    *,
    scenario: str | None = None,
    cut: float = 1.0,
    only: Sequence[str] | None = None,
    stages: Sequence[str] | None = None,
    commodities: Sequence[str] | None = None,
    time_to_recover: Mapping[str, float] | float | None = None,
    at: str | datetime.date | None = None,
    executor: Any = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Find how long each single outage can last with no demand shorter than before.

    Parameters
    ----------
    network : Network
        Its stocks at the start of the horizon are what is drawn on, unless ``at`` says when else.
    by : str
        What fails: ``facility``, ``country`` (its exports stop: days of cover by exporter), ``commodity``
        or ``stage`` (a country's exports of it), ``outage`` (all that is made in a country), ``lane`` or
        ``policy``.
    scenario : str, optional
        What the outage comes on top of; left out, the network alone.
    cut : float
        Share that fails.
    only : sequence of str, optional
        Only these: ids, countries or blocs.
    stages, commodities : sequence of str, optional
        Only what is made at these stages, only these commodities.
    time_to_recover : mapping from failure to days, or days, optional
        How long each outage would last; adds what is lost and the risk exposure index.
    at : str or date, optional
        When the outage begins: ``2026`` or ``2026-06``. Stocks are then those that the scenario's plan has
        when that period begins, what it has built by then is there, and prices, capacities, demands and
        policies are those of that period. Left out, the start of the horizon.
    executor : int or Executor or dask.distributed.Client, optional
        Who solves, as in `sweep`: that many worker processes, a pool, or a cluster; left out, this process.
    progress : callable, optional
        Gets how many are done, and of how many.

    Returns
    -------
    DataFrame
        One row per failure, the shortest time first: ``failure``, ``time_to_survive_days`` (infinite
        where others can take over for good; 0 where somebody is short at once); with times to recover
        also ``time_to_recover_days``, loss (in money) and ``risk_exposure_index``, the loss as a share of
        the largest. A demand that is short already counts as met at what it gets. Ctrl-C leaves out what
        was not tried yet; ``attrs["left_out"]`` says how many.

    Raises
    ------
    InputError
        For an unknown way or target, a time to recover of something that is not asked for, or a network
        whose levels must be whole.

    Examples
    --------
    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {
    ...         "CD_mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
    ...         "AU_mine": {"country": "AUS", "commodity": "ore", "price": 25, "quantity": 6},
    ...     },
    ...     "stockpiles": {
    ...         "reserve": {"country": "FIN", "site": "smelter", "commodity": "ore", "initial": 1}
    ...     },
    ...     "demands": {
    ...         "smelter": {"country": "FIN", "commodity": "ore", "quantity": 8, "shortfall_cost": 90}
    ...     },
    ...     "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
    ... })
    >>> time_to_survive(network).round(1)  # without CD 2 t a year are missing, without AU 3 t
       failure  time_to_survive_days
    0  AU_mine                 121.8
    1  CD_mine                 182.6
    """
    options = options_of(
        network, by, cuts=(cut,), only=only, stages=stages, commodities=commodities, scenario=scenario
    )
    case = network.case(scenario)
    period = 0 if at is None else period_of(case, at)
    plan = network.solve_case(case) if period else None
    target = target_of(network, options, scenario, lay_out=lambda case: steady(case, plan, period))
    if target.base.program.is_mixed:
        raise InputError("time to survive is asked of rates: levels that must be whole have none")
    recover = _times(target, time_to_recover)
    program = as_built(target.base.program)
    needed = _never_shorter(program)
    days = DAYS * target.base.formulation.calendar.years
    asked = [
        (number, (target.deltas[number], None if recover is None else recover[option.name] / days))
        for number, option in enumerate(target.options)
    ]
    answers: dict[int, tuple[float, float]] = {}
    try:
        for part in run((program, needed), _answers, asked, executor, largest=FEW):
            answers |= dict(part)
            if progress is not None:
                progress(len(answers), len(asked))
    except KeyboardInterrupt:
        if not answers:
            raise
    rows = []
    for number, (lasts, loss) in sorted(answers.items()):
        row = {"failure": target.options[number].name, "time_to_survive_days": lasts * days}
        if recover is not None:
            row["time_to_recover_days"] = recover[target.options[number].name]
            row[f"loss_{target.base.unit.money}"] = loss
        rows.append(row)
    found = pd.DataFrame(rows, columns=list(rows[0]) if rows else ["failure", "time_to_survive_days"])
    if recover is not None:
        losses = found[f"loss_{target.base.unit.money}"]
        found["risk_exposure_index"] = losses / max(losses.max(), np.finfo(float).tiny)
    found = found.sort_values(["time_to_survive_days", "failure"]).reset_index(drop=True)
    found.attrs["left_out"] = len(asked) - len(answers)
    return found


def stocks_at(
    network: Network, scenario: str | None = None, at: str | datetime.date | None = None
) -> pd.DataFrame:
    """Return how many days of needs each stockpile holds on a day, as the scenario's plan has it.

    Parameters
    ----------
    network : Network
    scenario : str, optional
    at : str or date, optional
        Left out, the start of the horizon.

    Returns
    -------
    DataFrame
        Rows of `Solution.stock_cover`; none where there are no stockpiles, which are then not solved for.
    """
    case = network.case(scenario)
    if not case.formulation.spec.stockpiles:
        return pd.DataFrame()
    solution = network.solve_case(case)
    name = solution.period_names[0 if at is None else period_of(case, at)]
    cover: pd.DataFrame = solution.stock_cover
    kept: pd.DataFrame = cover[cover["period"] == name].reset_index(drop=True)
    return kept


def _answers(
    bench: tuple[LinearProgram, Delta], chunk: Sequence[tuple[int, tuple[Delta, float | None]]]
) -> list[tuple[int, tuple[float, float]]]:
    """Return how long each failure can last, in periods, and what is lost in the time it takes to recover."""
    program, needed = bench
    found = []
    for number, (delta, recover) in chunk:
        failed = delta.apply(program)
        loss = 0.0 if recover is None else _loss(program, failed, recover)
        found.append((number, (_longest(needed.apply(failed)), loss)))
    return found


def _times(target: Target, given: Mapping[str, float] | float | None) -> dict[str, float] | None:
    """Return the time to recover of every failure."""
    if given is None:
        return None
    names = [option.name for option in target.options]
    if not isinstance(given, Mapping):
        return dict.fromkeys(names, float(given))
    for name in given:
        if name not in names:
            raise InputError(f"time to recover of '{name}', which is not asked for{suggest(name, names)}")
    missing = [name for name in names if name not in given]
    if missing:
        raise InputError(
            f"no time to recover of {', '.join(missing[:5])}; give it, or ask `only` for the others"
        )
    return {name: float(given[name]) for name in names}


def _never_shorter(program: LinearProgram) -> Delta:
    """Return the demand that nobody is shorter than when nothing fails, without any stock."""
    before = _solved(without_stocks(program).apply(program))
    short = program.columns.where(kind="short")
    room = SHORT_AT_ALL * np.where(np.isfinite(program.col_upper[short]), program.col_upper[short], 1.0)
    return Delta.of(col_upper=(short, before[short] + room))


def _longest(program: LinearProgram) -> float:
    """Return for how many periods a program can be kept up; infinite beyond `LONGEST`."""
    once = Once.of(program)
    found = _solved(kept_up(program, once.columns, once.rows, LONGEST))
    return (
        float(found[-1]) if len(found) and found[-1] < LONGEST * (1 - 1e-9) else (inf if len(found) else 0.0)
    )


def _loss(program: LinearProgram, failed: LinearProgram, periods: float) -> float:
    """Return what falls short at least in some periods, beyond what falls short anyway."""
    usual, once = without_stocks(program).apply(program), Once.of(program)
    with_it, without = (
        _shortfall(scaled(part, once.columns, once.rows, periods)) for part in (failed, usual)
    )
    return max(with_it - without, 0.0)


def _shortfall(program: LinearProgram) -> float:
    """Return the least shortfall cost, whatever else it costs."""
    only = {name: cost for name, cost in program.costs.items() if name == "shortfall"}
    levels = _solved(replace(program, costs=only))
    return inf if not len(levels) else float(only["shortfall"] @ levels) if only else 0.0


def _solved(program: LinearProgram) -> NDArray[np.float64]:
    """Return the levels of a plan; none where there is no plan."""
    outcome = HighsSession(program).solve()
    if outcome.status == "interrupted":
        raise KeyboardInterrupt
    if outcome.status == "infeasible":
        return np.empty(0)
    if outcome.status != "optimal":
        raise SolverError(f"an outage could not be solved: {outcome.word}", outcome.word)
    return outcome.x

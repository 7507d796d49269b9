"""The worst that can be done to a network by few restrictions or failures at once.

The adversary chooses which of its options come into force, at most k or what a budget allows, so as to
raise the least cost at which the allies can then supply themselves the most:

    max over sets S within the budget   min { c x : balances, limits, the ceilings and costs with S in force }

Sets for every k up to the asked one are reported, since the worst sets are not nested: what hurts most
alone need not be part of what hurts most together.

Source: Israeli & Wood (2002), Shortest-path network interdiction, Networks 40(2), 97-111; Brown,
Carlyle, Salmeron & Wood (2006), Defending critical infrastructure, Interfaces 36(6), 530-544.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from math import comb, inf
from typing import Any, Literal

import numpy as np
import pandas as pd

from resilience.errors import InputError
from resilience.grammar.names import suggest
from resilience.network import Network
from resilience.program.worth import Worth, most_worth
from resilience.results.solution import Solution
from resilience.solvers.interdiction import (
    Attack,
    Found,
    Progress,
    allowed_sets,
    ranked,
)
from resilience.solvers.interdiction_penalties import decompose, is_penalised, solve_dual
from resilience.whatif.attacks import By, Option, Target, options_of, reach, target_of
from resilience.whatif.strikes import Strikes, at_most, strike_all, worst_of

Method = Literal["auto", "enumerate", "decompose", "program"]

FEW_SETS = 4_000
"""Up to this many sets are all tried where the choice is left to us: some ten seconds on `rare_earths`."""

MOST_SETS = 2_000_000
"""Most sets that are tried at all."""

COUNTED = 50_000
"""Up to so many sets, whether allowed or not, those that are allowed are counted."""

COMPLETE = 1e-6
"""Gap up to which a search without trying every set has come to its end."""


@dataclass(frozen=True, eq=False)
class Worst:
    """The worst attack of one size.

    Parameters
    ----------
    budget : float
        Most that the attack may weigh: k, where every option weighs 1.
    found : Found
        Every set that was tried, the worst first, and what none can exceed.
    method : str
        ``enumerate``, ``decompose`` or ``program``.
    is_proved : bool
        Whether the bound holds whatever happens; otherwise it rests on penalties that are large enough
        wherever it was tried.
    is_complete : bool
        False where Ctrl-C ended the search: the attack is the worst of those tried, the bound holds.
    stopped : tuple of str
        Plants that cannot keep their minimum throughput under the worst attack, and stop.
    """

    budget: float
    found: Found
    method: str
    is_proved: bool
    is_complete: bool = True
    stopped: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class WorstCase:
    """The worst attacks on a network, for every size up to the asked one.

    Parameters
    ----------
    target : Target
        The network under attack.
    worst : tuple of Worst
        One for each size, 0 left out, the smallest first. Where Ctrl-C came, the last is not complete,
        and larger ones are left out.
    """

    target: Target
    worst: tuple[Worst, ...]

    def __repr__(self) -> str:
        last = self.worst[-1]
        rise = last.found.worst.cost - self.target.base.cost
        title = self.target.title(last.found.worst.options) or "nothing"
        return f"<WorstCase of {last.budget:g}: {title}, cost {rise:+,.0f} {self.target.base.currency}>"

    @cached_property
    def table(self) -> pd.DataFrame:
        """The worst attack of each size.

        ``budget``, ``attack``, cost with it and rise against no attack, the proven bound on the cost of
        any attack of that size, gap (bound - cost, relative), tried sets, method, and whether the bound
        rests on nothing.
        """
        money, base = self.target.base.unit.money, self.target.base.cost
        rows = [
            {
                "budget": each.budget,
                "attack": self.target.title(each.found.worst.options),
                f"cost_{money}": each.found.worst.cost,
                f"rise_{money}": each.found.worst.cost - base,
                f"bound_{money}": each.found.bound,
                "gap": _gap(each.found),
                "sets_tried": len(each.found.attacks),
                "method": each.method,
                "proved": each.is_proved,
            }
            for each in self.worst
        ]
        return pd.DataFrame(rows)

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """Every attack that was tried, for each size from the worst: budget, rank, attack, cost, rise."""
        money, base = self.target.base.unit.money, self.target.base.cost
        parts = []
        for each in self.worst:
            costs = np.array([attack.cost for attack in each.found.attacks])
            parts.append(
                pd.DataFrame(
                    {
                        "budget": each.budget,
                        "rank": np.arange(1, len(costs) + 1),
                        "attack": [self.target.title(attack.options) for attack in each.found.attacks],
                        f"cost_{money}": costs,
                        f"rise_{money}": costs - base,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def solution(self, budget: float | None = None) -> Solution:
        """Return the plan under the worst attack of a size (the largest if left out), solved and proved.

        Raises
        ------
        InputError
            If no attack of that size was asked for.
        InfeasibleError
            If the attack leaves no plan.
        """
        known = {each.budget: each for each in self.worst}
        asked = self.worst[-1].budget if budget is None else budget
        if asked not in known:
            raise InputError(f"no attack of {asked:g} was asked for, only of {', '.join(map(str, known))}")
        return self.target.solution(known[asked].found.worst.options)


def _gap(found: Found) -> float:
    if not np.isfinite(found.worst.cost):
        return 0.0
    return (found.bound - found.worst.cost) / max(1.0, abs(found.worst.cost))


def worst_case(
    network: Network,
    k: int | None = None,
    *,
    scenario: str | None = None,
    by: By = "country",
    cut: float | Sequence[float] = 1.0,
    budget: float | None = None,
    only: Sequence[str] | None = None,
    stages: Sequence[str] | None = None,
    commodities: Sequence[str] | None = None,
    options: Sequence[Option] | None = None,
    method: Method = "auto",
    executor: Any = None,
    progress: Progress | None = None,
) -> WorstCase:
    """Find the worst that few restrictions or failures at once can do to a network.

    Parameters
    ----------
    network : Network
    k : int, optional
        How many at once; 1 where neither it nor a budget is given. Every number up to it is reported.
    scenario : str, optional
        What the attack comes on top of; left out, the network alone.
    by : str
        What is attacked: ``country`` (its exports), ``commodity`` or ``stage`` (a country's exports of
        it), ``outage`` (all that is made in a country), ``facility``, ``lane``, or ``policy`` (policies
        of the file that are not in force).
    cut : float or sequence of float
        Share that is cut; several are options of their own, each of which weighs what it cuts.
    budget : float, optional
        Most that the attack may weigh, in place of ``k``: with ``cut=[0.5, 1]`` and a budget of 1.5, one
        country in full and one by half.
    only : sequence of str, optional
        Only these targets: ids, countries or blocs.
    stages, commodities : sequence of str, optional
        Only what is made at these stages, only these commodities.
    options : sequence of Option, optional
        The adversary's options in full, in place of all these.
    method : str
        ``enumerate`` tries every set, ``decompose`` and ``program`` find the worst without, and need a
        shortfall cost at every demand; ``auto`` tries every set where they are few.
    executor : int or Executor or dask.distributed.Client, optional
        Who tries the sets: that many worker processes, a pool, or a cluster, as in `sweep`; the answer is
        the same. Left out, this process.
    progress : callable, optional
        Gets how many steps are done, and of how many (0 where that is not known).

    Returns
    -------
    WorstCase
        Of every size the worst set, re-solved, with a bound that no set exceeds, and every set tried.
        Where an attack leaves no plan at all, since a demand must be met, its cost is infinite; where it
        leaves none for minimum throughputs alone, the plants concerned stop. Ctrl-C ends the search with
        the worst set found so far; the bound is then what all options at once cost.

    Raises
    ------
    InputError
        If there is nothing to attack, or the way is not known or cannot be used here.

    Examples
    --------
    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {
    ...         "CD_mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
    ...         "AU_mine": {"country": "AUS", "commodity": "ore", "price": 25, "quantity": 6},
    ...     },
    ...     "demands": {
    ...         "smelter": {"country": "FIN", "commodity": "ore", "quantity": 8, "shortfall_cost": 90}
    ...     },
    ...     "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
    ... })
    >>> worst_case(network, 2).table[["budget", "attack", "cost_usd", "rise_usd"]]
       budget    attack  cost_usd  rise_usd
    0     1.0       COD     330.0     205.0
    1     2.0  AUS, COD     720.0     595.0
    """
    if k is not None and (budget is not None or not k >= 1 or k // 1 != k):
        raise InputError("give k, a whole number from 1, or a budget, not both")
    if budget is not None and not 0 <= budget < inf:
        raise InputError(f"a budget is what an attack may weigh, a number from 0, not {budget:g}")
    if method not in ("auto", "enumerate", "decompose", "program"):
        raise InputError(
            f"unknown method '{method}'{suggest(method, ['auto', 'enumerate', 'decompose', 'program'])}"
        )
    if options is None:
        cuts = (cut,) if isinstance(cut, int | float) else tuple(cut)
        options = options_of(
            network, by, cuts=cuts, only=only, stages=stages, commodities=commodities, scenario=scenario
        )
    target = target_of(network, options, scenario, progress)
    if not target.options:
        raise InputError("nothing to attack: no option of the adversary changes anything")
    sizes = [float(size) for size in range(1, (k or 1) + 1)] if budget is None else [float(budget)]
    worth = (
        None
        if method == "enumerate" or not target.is_linear
        else most_worth(target.base.program, reach(target))
    )
    strikes = Strikes(target)
    found: list[Worst] = []
    for size in sizes:
        try:
            worst = _worst(strikes, size, method, worth, executor, progress)
            if found and found[-1].found.worst.cost > worst.found.worst.cost:  # less may hurt more
                attacks = ranked([found[-1].found.worst, *worst.found.attacks])
                worst = replace(worst, found=Found(attacks, max(worst.found.bound, attacks[0].cost)))
            found.append(replace(worst, stopped=strikes.ask(worst.found.worst.options).stopped))
        except KeyboardInterrupt:
            if not found:
                raise
            found[-1] = replace(found[-1], is_complete=False)
        if not found[-1].is_complete:
            break
    return WorstCase(target, tuple(found))


def _worst(
    strikes: Strikes,
    budget: float,
    method: Method,
    worth: Worth | None,
    executor: Any,
    progress: Progress | None,
) -> Worst:
    """Find the worst attack of one size; where it counts options, among those that smaller ones left out."""
    target = strikes.target
    weights = np.array([option.weight for option in target.options])
    why_not = _obstacle(target, worth)
    if method in ("decompose", "program") and why_not:
        raise InputError(f"cannot {method} here: {why_not}; try every set with method 'enumerate'")
    if method == "enumerate" or (
        method == "auto" and (why_not or _n_sets(target, weights, budget) <= FEW_SETS)
    ):
        if _n_sets(target, weights, budget) > MOST_SETS:
            raise InputError(f"more than {MOST_SETS:,} sets to try; fewer options or a smaller k, please")
        same = [option.target for option in target.options]
        is_monotone = all(strikes.only_closes) and target.waiver.is_empty()
        is_counted = bool(np.all(weights == 1.0)) and budget == int(budget)  # smaller sets come before
        sets = list(allowed_sets(weights, budget, same, is_largest=is_monotone or is_counted))
        tried = strike_all(strikes, sets, executor, progress)
        is_complete = len(tried) == len(sets)
        found = worst_of(tried, None if is_complete else at_most(strikes))
        return Worst(budget, found, "enumerate", True, is_complete)
    assert worth is not None
    if method == "program":
        chosen, bound = solve_dual(target.base.program, target.deltas, weights, budget, worth)
        found = Found(ranked([Attack(chosen, strikes.ask(chosen).cost)]), bound)
    else:
        found = decompose(target.base.session, target.deltas, weights, budget, worth, progress)
        method = "decompose"
    if not np.isfinite(found.worst.cost) and not target.waiver.is_empty():
        return _worst(strikes, budget, "enumerate", None, executor, progress)
    is_complete = _gap(found) <= COMPLETE
    bound = max(found.bound, found.worst.cost)
    return Worst(budget, Found(found.attacks, bound), method, worth.proved, is_complete)


def _n_sets(target: Target, weights: np.ndarray, budget: float) -> float:
    """Return how many sets a budget allows: exactly where they are not too many to count."""
    most = int(np.searchsorted(np.cumsum(np.sort(weights)), budget * (1 + 1e-12), side="right"))
    about = float(comb(len(weights), most))
    if FEW_SETS < about <= COUNTED:
        same = [option.target for option in target.options]
        return float(sum(1 for _ in islice(allowed_sets(weights, budget, same), FEW_SETS + 1)))
    return about


def _obstacle(target: Target, worth: Worth | None) -> str:
    """Return why penalties cannot stand for the options; nothing if they can."""
    if worth is None:
        return "levels must be whole, or prices move along curves" if not target.is_linear else "not asked"
    if not target.is_additive:
        return "policies may act upon each other"
    if not all(is_penalised(target.base.program, delta) for delta in target.deltas):
        return "an option changes minimums or what projects add"
    rows = np.concatenate([delta.row_upper.positions for delta in target.deltas])
    dear = [worth.of_ceiling(target.base.program, int(row)) for row in np.unique(rows)]
    if np.isinf(worth.columns[reach(target)]).any() or inf in dear:
        return "a demand that must be met may be cut off (it has no shortfall_cost)"
    return ""

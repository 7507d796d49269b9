"""What to build and protect so that the worst that can be done is least bad.

    min over defences within the budget   max over attacks that are left   least cost of supply

A defence is what is built of the network's projects, what is put into its stockpiles in the periods before
any attack, and which of the adversary's options are made impossible at a price. What that costs is part of
the cost. What these stockpiles release in the same periods is decided beforehand too, and nothing else:
where goods come from may follow the attack. The bounds of every step are shown: no defence has a worst case
below the lower, and the defence that is returned has none above the upper.

With neither project nor stock the cost of every attack is found first, once. With them, what to decide
against the attacks that must be borne is one linear program; plants may then run below their minimum
throughput.

Source: Brown, Carlyle, Salmeron & Wood (2006), Defending critical infrastructure, Interfaces 36(6),
530-544; Zeng & Zhao (2013), Operations Research Letters 41(5), 457-461; Alderson, Brown & Carlyle (2015),
Risk Analysis 35(4), 562-586.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum, inf
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.errors import InfeasibleError, InputError
from resilience.grammar.names import suggest
from resilience.network import Effort, Network
from resilience.results.solution import Solution
from resilience.solvers.hardening import CLOSED, Defence, Step
from resilience.solvers.hardening import harden as find_defence
from resilience.solvers.interdiction import Attack, Progress, combine
from resilience.whatif.attacks import By, Option, Target, options_of, target_of
from resilience.whatif.defences import Sets, defence_columns, held, protections_alone, with_projects
from resilience.whatif.first_stage import prove, run

IntArray = NDArray[np.int64]

ALL = "all"
"""Stands for every option of the adversary that has no price of its own."""

BUILT = 1e-7
"""Smaller shares of a project are none."""


@dataclass(frozen=True, eq=False)
class Hardened:
    """The best defence, and the worst that is left to the adversary.

    Parameters
    ----------
    target : Target
        The network under attack, before any defence.
    steps : tuple of Step
        One per defence that moved a bound, in the order in which they were tried.
    undefended : Attack
        The worst attack with nothing built and nothing protected.
    prices : mapping from option to float
        Of protections, by the option's number.
    most : float
        Most that an attack may weigh: how many at once, where each weighs 1.
    asked_gap : float
        At which the search was to end.
    """

    target: Target
    steps: tuple[Step, ...]
    undefended: Attack
    prices: Mapping[int, float]
    most: float = 1.0
    asked_gap: float = CLOSED

    def __repr__(self) -> str:
        return f"<Hardened: {self._words(self.best.defence)}; worst case {self.cost:,.0f}>"

    @cached_property
    def best(self) -> Step:
        """The step with the best defence."""
        return min(self.steps, key=lambda step: step.cost)

    @property
    def cost(self) -> float:
        """Cost of the worst attack on the best defence, capital and protections included."""
        return self.best.cost

    @property
    def bound(self) -> float:
        """No defence has a worst case that costs less."""
        return self.steps[-1].lower

    @property
    def gap(self) -> float:
        """Return (cost - bound) over max(1, abs(cost))."""
        return max(0.0, self.cost - self.bound) / max(1.0, abs(self.cost))

    @property
    def is_complete(self) -> bool:
        """Whether the search came to its end, and was not ended by Ctrl-C."""
        return self.gap <= self.asked_gap * (1 + 1e-9)

    @property
    def waives_minimums(self) -> bool:
        """Whether plants may run below a minimum throughput in every plan, as they may where one builds."""
        return len(defence_columns(self.target)[0]) > 0 and not self.target.waiver.is_empty()

    @property
    def attack(self) -> str:
        """The worst attack on the best defence."""
        return self.target.title(self.best.attack)

    @property
    def spent(self) -> float:
        """Capital, subsidised or not, stock at its reference price, and protections of the best defence."""
        spending = defence_columns(self.target)[1]
        return float(spending @ self.best.defence.levels) + fsum(
            self.prices[option] for option in self.best.defence.protected
        )

    @cached_property
    def defence(self) -> pd.DataFrame:
        """The best defence: what (build, stock or protect), id, country, period, share, mass, money.

        The share is that of a project, the mass what is put into a stockpile; the money is what it takes of
        the budget.
        """
        columns, spending = defence_columns(self.target)
        labels, unit = self.target.base.program.columns, self.target.base.unit
        levels = self.best.defence.levels
        is_stock = np.isin(columns, labels.where(kind="fill"))
        at = np.flatnonzero(
            levels > BUILT * np.maximum(1.0, np.where(is_stock, levels.max(initial=0.0), 0.0))
        )
        when = self.target.base.period_names[labels.texts("period", columns[at]).astype(np.int64)]
        built = pd.DataFrame(
            {
                "what": np.where(is_stock[at], "stock", "build").astype(object),
                "id": labels.texts("id", columns[at]),
                "country": labels.texts("country", columns[at]),
                "period": when,
                "share": np.where(is_stock[at], np.nan, levels[at]),
                f"filled_{unit.mass}": np.where(is_stock[at], levels[at], np.nan),
                f"money_{unit.money}": levels[at] * spending[at],
            }
        )
        chosen = self.best.defence.protected
        kept = pd.DataFrame(
            {
                "what": ["protect"] * len(chosen),
                "id": [self.target.options[option].name for option in chosen],
                "country": [""] * len(chosen),
                "period": [""] * len(chosen),
                "share": [1.0] * len(chosen),
                f"filled_{unit.mass}": [np.nan] * len(chosen),
                f"money_{unit.money}": [self.prices[option] for option in chosen],
            }
        )
        parts = [part for part in (built, kept) if len(part)]
        return pd.concat(parts, ignore_index=True) if parts else built

    @cached_property
    def table(self) -> pd.DataFrame:
        """The steps: defence, the worst attack on it, what that costs, and the bounds proved by then."""
        money = self.target.base.unit.money
        return pd.DataFrame(
            [
                {
                    "step": number,
                    "defence": self._words(step.defence),
                    "worst_attack": self.target.title(step.attack),
                    f"worst_cost_{money}": step.cost,
                    f"lower_{money}": step.lower,
                    f"upper_{money}": step.upper,
                }
                for number, step in enumerate(self.steps, 1)
            ]
        )

    def _done(self, defence: Defence) -> IntArray:
        """Return which of the defender's columns build or fill anything."""
        columns, _ = defence_columns(self.target)
        kinds = self.target.base.program.columns.kinds()[columns]
        least = np.where(kinds == "fill", BUILT * max(1.0, defence.levels.max(initial=0.0)), BUILT)
        return np.flatnonzero((kinds != "release") & (defence.levels > least))

    def _words(self, defence: Defence) -> str:
        columns, _ = defence_columns(self.target)
        at = self._done(defence)
        labels = self.target.base.program.columns
        names, is_stock = labels.texts("id", columns[at]), labels.kinds()[columns[at]] == "fill"
        words = [
            f"{name} {level:,.6g} {self.target.base.unit.mass}" if stocked else f"{name} {level:.0%}"
            for name, level, stocked in zip(names, defence.levels[at], is_stock, strict=True)
        ]
        words += [f"protect {self.target.options[option].name}" for option in defence.protected]
        return ", ".join(words) or "nothing"

    def solution(self, attack: Sequence[str] | None = None) -> Solution:
        """Return the plan under an attack on the best defence, solved and proved.

        Parameters
        ----------
        attack : sequence of str, optional
            Names of options; the worst attack if left out.

        Raises
        ------
        InputError
            If an option is unknown or protected.
        InfeasibleError
            If there is no plan.
        """
        names = [option.name for option in self.target.options]
        chosen = self.best.attack
        if attack is not None:
            for name in attack:
                if name not in names:
                    raise InputError(f"no option '{name}'{suggest(name, names)}")
            chosen = tuple(names.index(name) for name in attack)
        if set(chosen) & set(self.best.defence.protected):
            raise InputError("what is protected cannot be attacked")
        target, (columns, _) = self.target, defence_columns(self.target)
        if not len(columns):
            return target.solution(chosen)
        program = held(target.waiver.apply(target.base.program), columns, self.best.defence.levels)
        deltas = [target.deltas[option] for option in chosen]
        if deltas:
            program = combine(target.base.program, deltas).apply(program)
        outcome = run(program, Effort())
        if outcome.status != "optimal":
            raise InfeasibleError("this attack leaves no plan")
        added = {target.names[option]: target.policies[target.names[option]] for option in chosen}
        return Solution(
            target.case.formulation,
            program,
            outcome,
            prove(program, outcome),
            target.case.name,
            {**target.case.policies, **added},
            {target.names[option]: target.deltas[option] for option in chosen},
        )


def harden(
    network: Network,
    k: int | None = None,
    budget: float | None = None,
    *,
    protections: Mapping[str, float] | None = None,
    scenario: str | None = None,
    by: By = "country",
    only: Sequence[str] | None = None,
    stages: Sequence[str] | None = None,
    commodities: Sequence[str] | None = None,
    options: Sequence[Option] | None = None,
    attack_budget: float | None = None,
    gap: float = CLOSED,
    executor: Any = None,
    progress: Progress | None = None,
) -> Hardened:
    """Find what to build and protect so that the worst that few attacks at once can do is least bad.

    Parameters
    ----------
    network : Network
        What may be built are the projects of the scenario; what may be stocked is what its stockpiles take
        in before the first period that any attack changes.
    k : int, optional
        How many attacks at once; 1 where neither it nor ``attack_budget`` is given.
    budget : float, optional
        Most money for the defence: capital in full, whoever pays it, stock put in at its reference price,
        and protections.
    protections : mapping from str to float, optional
        What it costs to make an option of the adversary impossible, by the option's name as
        `worst_case` shows it; ``"all"`` stands for all that are not named.
    scenario, by, only, stages, commodities, options
        What the adversary may do, and on top of what; as in `worst_case`, each target as a whole.
    attack_budget : float, optional
        Most that an attack may weigh, in place of ``k``.
    gap : float
        The search ends when a better defence could save at most this share of the cost.
    executor : int or Executor or dask.distributed.Client, optional
        Who tries attacks, as in `sweep`: worker processes, a pool, or a cluster; left out, this process.
    progress : callable, optional
        Gets how many attacks are done, and of how many; with projects, how many defences, and 0.

    Returns
    -------
    Hardened
        The best defence and the worst that is left, with bounds that are proved. Ctrl-C ends the search
        with the best defence so far and its bounds, once every attack on the first is known.

    Raises
    ------
    InputError
        If there is nothing to attack or to defend with, or levels other than projects must be whole.
    InfeasibleError
        If no defence leaves a plan under every attack.

    Examples
    --------
    8 t are wanted. Closing the Congo's 5 t leaves 3 t short at 90; protecting it for 50 leaves Australia as
    the worst target, with 3 t short as well but 5 t at 10 in place of 25.

    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {
    ...         "CD_mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
    ...         "AU_mine": {"country": "AUS", "commodity": "ore", "price": 25, "quantity": 5},
    ...     },
    ...     "demands": {
    ...         "smelter": {"country": "FIN", "commodity": "ore", "quantity": 8, "shortfall_cost": 90}
    ...     },
    ...     "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
    ... })
    >>> found = harden(network, 1, protections={"COD": 50})
    >>> found.cost, found.undefended.cost, found.attack
    (370.0, 395.0, 'AUS')
    """
    if k is not None and (attack_budget is not None or not k >= 1 or k // 1 != k):
        raise InputError("give k, a whole number from 1, or an attack_budget, not both")
    if budget is not None and not 0 <= budget < inf:
        raise InputError("a budget is an amount of money, 0 or more")
    if attack_budget is not None and not 0 <= attack_budget < inf:
        raise InputError(
            f"an attack_budget is what an attack may weigh, a number from 0, not {attack_budget:g}"
        )
    if not 0 <= gap < 1:
        raise InputError(f"a gap is a share from 0 and below 1, not {gap:g}")
    if options is None:
        options = options_of(
            network, by, only=only, stages=stages, commodities=commodities, scenario=scenario
        )
    target = target_of(network, options, scenario)
    if not target.options:
        raise InputError("nothing to attack: no option of the adversary changes anything")
    prices = _prices(target, protections or {})
    columns, _ = defence_columns(target)
    if not len(columns) and not prices:
        raise InputError(
            "nothing to defend with: there is no project, no stock to fill before an attack, and nothing has "
            "a price of protection"
        )
    most = float(k or 1) if attack_budget is None else float(attack_budget)
    money = inf if budget is None else float(budget)
    sets = Sets(target, most)
    if len(columns):
        game, undefended = with_projects(sets, prices, money, executor, progress)
    else:
        game, undefended = protections_alone(sets, prices, money, executor, progress)
    return Hardened(target, tuple(find_defence(game, gap)), undefended, prices, most, gap)


def _prices(target: Target, protections: Mapping[str, float]) -> dict[int, float]:
    """Return what protections cost, by the number of the option."""
    names = [option.name for option in target.options]
    found = {}
    given = dict(protections)
    if ALL in given and ALL not in names:
        given = {**dict.fromkeys(names, given.pop(ALL)), **given}
    for name, price in given.items():
        if name not in names:
            raise InputError(f"no option '{name}' to protect against{suggest(name, names)}")
        if not 0 <= price < inf:
            raise InputError(f"the protection of '{name}' costs an amount of money, 0 or more")
        found[names.index(name)] = float(price)
    return found

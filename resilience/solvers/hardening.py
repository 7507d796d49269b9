"""The defence that makes the worst attack least bad: defender, attacker, defender, with bounds proved.

    min over defences d within the budget   max over attacks S that d leaves   min { c x : S in force, d }

A defence builds, and makes options of the attacker impossible at a price. To do better than a defence
whose worst attack is S, either one of S must be made impossible, or S be borne. So the search branches on
the worst attack found: a branch for each of its options that may still be protected, and a last one in
which none of them ever is. The attacks that a branch must bear make its bound: what to build is then one
linear program with a copy of the network per attack, all with the same buildings, and its dearest copy
least [Zeng & Zhao 2013]. No number stands in for "closed" anywhere, and every bound is that of duals,
computed again with rounding counted, never the solver's word.

Where attacks cost the same whatever is built, a branch is also dropped if what it would have to protect
against too dear attacks costs more than it could save.

Source: Brown, Carlyle, Salmeron & Wood (2006), Defending critical infrastructure, Interfaces 36(6),
530-544; Zeng & Zhao (2013), Operations Research Letters 41(5), 457-461; Alderson, Brown & Carlyle (2015),
Risk Analysis 35(4), 562-586.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, inf

import numpy as np
from numpy.typing import NDArray

from resilience.errors import InfeasibleError

FloatArray = NDArray[np.float64]
Chosen = tuple[int, ...]

CLOSED = 1e-7
"""Relative gap at which the search ends."""

WHOLE = 1e-6
"""A level that must be whole is, if it is so near to a whole number."""

ROUNDING = 1e-12
"""A budget may be passed by so much, relative: the sum of its parts may be rounded up."""

LOOKED_AT = 500
"""So many too dear attacks are looked at to see what protecting against them would cost."""


@dataclass(frozen=True, eq=False)
class Defence:
    """What is done beforehand.

    Parameters
    ----------
    levels : ndarray
        Of the columns that the defender sets.
    protected : tuple of int
        Options that cannot be used, ascending.
    """

    levels: FloatArray
    protected: Chosen


@dataclass(frozen=True, eq=False)
class Step:
    """One defence that was tried, the worst that can be done to it, and what is proved by then.

    Parameters
    ----------
    defence : Defence
    attack : tuple of int
    cost : float
        Of the worst attack on it, protections included.
    lower, upper : float
        No defence has a worst case below, and one was found with none above.
    """

    defence: Defence
    attack: Chosen
    cost: float
    lower: float
    upper: float


@dataclass(frozen=True, eq=False)
class Built:
    """What to build against some attacks: levels, and what no levels can beat."""

    levels: FloatArray
    bound: float


Limits = tuple[tuple[int, float, float], ...]
"""Ends between which levels must lie: position, lower, upper."""

Builder = Callable[[frozenset[Chosen], float, Limits], Built | None]
"""Finds what to build against attacks with so much money; None where nothing can be."""

Attacker = Callable[[Defence], tuple[Chosen, float]]
"""Finds the worst attack on a defence, and its cost without that of protections."""


@dataclass(frozen=True)
class Game:
    """What the search needs to know.

    Parameters
    ----------
    prices : mapping from option to float
        What protections cost, of the budget and of the cost.
    budget : float
        Most that the defence may take; infinite where there is no limit.
    build : callable
    attack : callable
    whole : tuple of int
        Which levels must be whole.
    costs : sequence of (attack, cost)
        Where attacks cost the same whatever is built: proved costs of every one, the dearest first.
    """

    prices: Mapping[int, float]
    budget: float
    build: Builder
    attack: Attacker
    whole: Chosen = ()
    costs: Sequence[tuple[Chosen, float]] = ()


@dataclass(order=True)
class _Node:
    """A branch: some options are protected, some never will be; the bound is that of its defences."""

    bound: float
    number: int
    protected: frozenset[int] = field(compare=False)
    bare: frozenset[int] = field(compare=False)
    limits: Limits = field(compare=False, default=())


def harden(game: Game, gap: float = CLOSED, told: Callable[[Step], None] | None = None) -> list[Step]:
    """Find the best defence.

    Parameters
    ----------
    game : Game
    gap : float
        The search ends when a better defence could save at most this share of the cost.
    told : callable, optional
        Gets every step.

    Returns
    -------
    list of Step
        The best defence is that of the step whose cost is least; the last step has the final bounds. Where
        Ctrl-C came after the first, the bounds as far as they were proved.

    Raises
    ------
    InfeasibleError
        If no defence withstands every attack.
    """
    search = _Search(game, gap, told)
    try:
        search.run()
    except KeyboardInterrupt:
        if not search.steps:
            raise
    if not search.steps or search.lower == inf:
        raise InfeasibleError("no defence within the budget leaves a plan under every attack")
    return search.steps


class _Search:
    """The tree of branches, best bound first."""

    def __init__(self, game: Game, gap: float, told: Callable[[Step], None] | None) -> None:
        self.game, self.gap, self.told = game, gap, told
        self.open = [_Node(-inf, 0, frozenset(), frozenset())]
        self.steps: list[Step] = []
        self.upper, self.dropped, self.number = inf, inf, 0
        self.known: set[Chosen] = set()
        self.solved: dict[tuple[frozenset[Chosen], float, Limits], Built | None] = {}

    @property
    def lower(self) -> float:
        """No defence has a worst case below."""
        least = min((node.bound for node in self.open[:3]), default=inf)  # the first's may have risen
        return min(self.upper, self.dropped, least)

    @property
    def cutoff(self) -> float:
        """Branches above are not worth looking at."""
        if self.upper == inf:
            return inf
        return self.upper - self.gap * max(1.0, abs(self.upper))

    def run(self) -> None:
        """Look at branches until the bounds meet."""
        while self.open and self.open[0].bound < self.cutoff:
            node = self.open[0]  # taken off when it is done, so that Ctrl-C leaves the bound right
            made = self._look(node)
            heapq.heappop(self.open)
            for child in made:
                heapq.heappush(self.open, child)
        if self.steps:
            self._tell(self.steps[-1].defence, self.steps[-1].attack, self.steps[-1].cost)

    def _look(self, node: _Node) -> list[_Node]:
        """Return the branches of a branch."""
        prices = self.game.prices
        spent = fsum(prices[option] for option in node.protected)
        faced = self._faced(node)
        built = self._build(faced, self.game.budget - spent, node.limits)
        if built is None:
            return []
        more = self._must_protect(node, spent)
        is_too_dear = spent + more > self.game.budget * (1 + ROUNDING)
        bound = max(node.bound, self.upper if is_too_dear else min(self.upper, spent + more + built.bound))
        if is_too_dear or bound >= self.cutoff:
            self.dropped = min(self.dropped, bound)
            return []
        node.bound = bound
        for position in self.game.whole:
            level = float(built.levels[position])
            if abs(level - round(level)) > WHOLE:
                down, up = (position, -inf, float(np.floor(level))), (position, float(np.ceil(level)), inf)
                return [self._child(node, bound, limits=(*node.limits, end)) for end in (down, up)]
        defence = Defence(built.levels, tuple(sorted(node.protected)))
        attack, cost = self.game.attack(defence)
        self.upper = min(self.upper, spent + cost)
        self._tell(defence, attack, spent + cost)
        self.known.add(attack)
        undecided = [option for option in attack if option in prices and option not in node.bare]
        if not undecided:
            if attack in faced:  # borne already: all that is left between bound and cost is rounding
                self.dropped = min(self.dropped, bound)
                return []
            return [self._child(node, bound)]
        made, bare = [], node.bare
        for option in sorted(undecided, key=lambda option: (prices[option], option)):
            if spent + prices[option] <= self.game.budget * (1 + ROUNDING):
                least = max(bound, spent + prices[option] + built.bound)
                made.append(self._child(node, least, node.protected | {option}, bare))
            bare = bare | {option}
        return [*made, self._child(node, bound, bare=bare)]

    def _child(
        self,
        node: _Node,
        bound: float,
        protected: frozenset[int] | None = None,
        bare: frozenset[int] | None = None,
        limits: Limits | None = None,
    ) -> _Node:
        self.number += 1
        return _Node(
            bound,
            self.number,
            node.protected if protected is None else protected,
            node.bare if bare is None else bare,
            node.limits if limits is None else limits,
        )

    def _faced(self, node: _Node) -> frozenset[Chosen]:
        """Return the known attacks that every defence of a branch must bear; parts of them count."""
        faced: set[Chosen] = {()}
        for attack in self.known:
            left = tuple(option for option in attack if option not in node.protected)
            if all(option in node.bare or option not in self.game.prices for option in left):
                faced.add(left)
        return frozenset(faced)

    def _build(self, faced: frozenset[Chosen], left: float, limits: Limits) -> Built | None:
        key = faced, left, limits
        if key not in self.solved:
            self.solved[key] = self.game.build(faced, left, limits)
        return self.solved[key]

    def _must_protect(self, node: _Node, spent: float) -> float:
        """Return the least that a defence of a branch pays for more protections, if it is to be the best.

        Every attack that alone costs too much must lose an option; of attacks that share none, each its own.
        """
        most, used, looked_at = 0.0, set[int](), 0
        for attack, cost in self.game.costs:
            if spent + cost < self.upper or looked_at == LOOKED_AT:
                break
            if not node.protected.isdisjoint(attack):
                continue
            looked_at += 1
            choices = [option for option in attack if option in self.game.prices and option not in node.bare]
            if not choices:
                return inf
            if used.isdisjoint(choices):
                used.update(choices)
                most += min(self.game.prices[option] for option in choices)
        return most

    def _tell(self, defence: Defence, attack: Chosen, cost: float) -> None:
        """Keep a step that moves a bound."""
        step = Step(defence, attack, cost, self.lower, self.upper)
        if not self.steps or (self.steps[-1].lower, self.steps[-1].upper) != (step.lower, step.upper):
            self.steps.append(step)
        if self.told is not None:
            self.told(step)

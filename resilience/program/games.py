"""Sharing the cost of a coalition: Shapley shares, the core, the least core and the nucleolus.

A cost game gives every coalition S of n players a cost c(S), c of nobody being 0. Shares x add up to
c of all. They are in the *core* if no coalition would be better off alone: sum of x over S <= c(S).

    excess      e(S) = sum of x over S - c(S): what S pays more than it would alone
    least core  shares whose largest excess, over all S but nobody and all, is least; at most 0 if and
                only if the core is not empty
    nucleolus   of these the shares whose excesses, sorted from the largest, come first in the alphabet:
                one only; a linear program for each level, in which what can no longer fall is fixed
    Shapley     what a player adds to the cost, on average over all orders in which all may come

Coalitions are numbered by bits: bit k is player k.

Not this    what a coalition costs; see `resilience.analyses.coalition_costs`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import factorial

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

FloatArray = NDArray[np.float64]

MOST_PLAYERS = 16
"""A game of so many has 65,536 coalitions."""
TIGHT = 1e-7
"""Multipliers above this, and excesses as near to the largest, count as binding; costs scaled to 1."""


@dataclass(frozen=True, eq=False)
class Game:
    """What every coalition costs.

    Parameters
    ----------
    players : tuple of str
    costs : ndarray, shape (2 ** n_players,)
        By number of the coalition; the first, of nobody, is 0.

    Raises
    ------
    ValueError
        If there is no cost for each coalition, or one that is no finite number.
    """

    players: tuple[str, ...]
    costs: FloatArray

    def __post_init__(self) -> None:
        if not 0 < len(self.players) <= MOST_PLAYERS:
            raise ValueError(f"1 to {MOST_PLAYERS} players, not {len(self.players)}")
        if self.costs.shape != (2 ** len(self.players),):
            raise ValueError(f"{2 ** len(self.players)} costs wanted, not {self.costs.shape}")
        if self.costs[0] != 0.0 or not np.isfinite(self.costs).all():
            raise ValueError("nobody costs 0, and every other coalition a finite amount")

    @classmethod
    def of(cls, players: Sequence[str], costs: Mapping[frozenset[str], float]) -> Game:
        """Make a game from the cost of each coalition; that of nobody may be left out.

        Examples
        --------
        >>> Game.of("ab", {frozenset("a"): 3, frozenset("b"): 4, frozenset("ab"): 5}).costs.tolist()
        [0.0, 3.0, 4.0, 5.0]
        """
        whole = {frozenset(): 0.0, **costs}
        numbers = range(2 ** len(players))
        return cls(
            tuple(players), np.array([whole[_members(players, number)] for number in numbers], dtype=float)
        )

    @cached_property
    def membership(self) -> FloatArray:
        """Whether each player is in each coalition, 1 or 0; shape (n_coalitions, n_players)."""
        numbers = np.arange(len(self.costs))[:, None]
        return ((numbers >> np.arange(len(self.players))) & 1).astype(float)

    def coalition(self, number: int) -> tuple[str, ...]:
        """Return the players of a coalition."""
        return tuple(player for bit, player in enumerate(self.players) if number >> bit & 1)

    def number(self, members: Iterable[str]) -> int:
        """Return the number of a coalition."""
        return sum(1 << self.players.index(player) for player in members)

    @property
    def scale(self) -> float:
        """The largest cost; 1 where there is none."""
        return float(np.abs(self.costs).max()) or 1.0

    def excess(self, shares: FloatArray) -> FloatArray:
        """Return what each coalition pays more than it costs alone."""
        return np.asarray(self.membership @ shares - self.costs)


def _members(players: Sequence[str], number: int) -> frozenset[str]:
    return frozenset(player for bit, player in enumerate(players) if number >> bit & 1)


def shapley(game: Game) -> FloatArray:
    """Return the Shapley shares, which add up to the cost of all.

    Examples
    --------
    >>> game = Game.of("ab", {frozenset("a"): 3, frozenset("b"): 4, frozenset("ab"): 5})
    >>> shapley(game).tolist()
    [2.0, 3.0]
    """
    n = len(game.players)
    sizes = game.membership.sum(axis=1).astype(int)
    weight = np.array(
        [factorial(size) * factorial(max(n - size - 1, 0)) / factorial(n) for size in range(n + 1)]
    )
    shares = np.zeros(n)
    numbers = np.arange(len(game.costs))
    for player in range(n):  # players are few, coalitions are many
        without = numbers[(numbers >> player) & 1 == 0]
        added = game.costs[without | (1 << player)] - game.costs[without]
        shares[player] = weight[sizes[without]] @ added
    return shares


@dataclass(frozen=True, eq=False)
class Split:
    """Shares of the cost of all, and the largest excess of any coalition at them.

    Parameters
    ----------
    shares : ndarray
        By player.
    excess : float
        Of the coalition that is worst off, nobody and all left aside; above 0 the core is empty.
    """

    shares: FloatArray
    excess: float

    def is_in_core(self, game: Game) -> bool:
        """Say whether no coalition would be better off alone."""
        return self.excess <= 1e-9 * game.scale


def least_core(game: Game) -> Split:
    """Return shares whose largest excess is least.

    Examples
    --------
    >>> pair, whole = {frozenset(two): 1.0 for two in ("ab", "ac", "bc")}, {frozenset("abc"): 2.0}
    >>> game = Game.of("abc", {**{frozenset(one): 1.0 for one in "abc"}, **pair, **whole})
    >>> found = least_core(game)
    >>> round(found.excess, 9), found.shares.round(9).tolist()
    (0.333333333, [0.666666667, 0.666666667, 0.666666667])
    """
    return _level(game, _proper(game), {})[0]


def nucleolus(game: Game) -> Split:
    """Return the nucleolus: the shares that leave the worst-off coalitions as well off as can be.

    Examples
    --------
    >>> game = Game.of("ab", {frozenset("a"): 3, frozenset("b"): 4, frozenset("ab"): 5})
    >>> nucleolus(game).shares.round(9).tolist()
    [2.0, 3.0]
    """
    free = _proper(game)
    fixed: dict[int, float] = {}
    largest: float | None = None
    found = Split(np.array([game.costs[-1]]), 0.0)
    while len(free):
        found, bound = _level(game, free, fixed)
        largest = found.excess if largest is None else largest
        fixed |= dict.fromkeys(bound.tolist(), found.excess)
        known = game.membership[[*fixed, len(game.costs) - 1]]
        if np.linalg.matrix_rank(known) == len(game.players):
            break
        free = free[~_follows(known, game.membership[free])]
    return Split(found.shares, largest or 0.0)


def _proper(game: Game) -> NDArray[np.int64]:
    return np.arange(1, len(game.costs) - 1)


def _follows(known: FloatArray, others: FloatArray) -> NDArray[np.bool_]:
    """Return which coalitions' shares follow from those of the known ones."""
    _, sizes, directions = np.linalg.svd(known, full_matrices=True)
    rank = int((sizes > 1e-9).sum())
    return np.asarray(np.abs(others @ directions[rank:].T).max(axis=1, initial=0.0) < 1e-9)


def _level(
    game: Game, free: NDArray[np.int64], fixed: Mapping[int, float]
) -> tuple[Split, NDArray[np.int64]]:
    """Return shares whose largest excess over the free coalitions is least, and which must have it.

    Parameters
    ----------
    free : ndarray
        Coalitions whose largest excess is made small.
    fixed : mapping
        Excess of the coalitions that were bound before.
    """
    n, scale = len(game.players), game.scale
    if not len(free):  # one player pays all
        return Split(np.array([game.costs[-1]]), 0.0), free
    held = np.array([*fixed], dtype=np.int64)
    equal = game.membership[[*held, len(game.costs) - 1]]
    right = game.costs[[*held, len(game.costs) - 1]] + [*fixed.values(), 0.0]
    found = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=np.column_stack([game.membership[free], -np.ones(len(free))]),
        b_ub=game.costs[free] / scale,
        A_eq=np.column_stack([equal, np.zeros(len(equal))]),
        b_eq=right / scale,
        bounds=[(None, None)] * (n + 1),
        method="highs",
    )
    if found.status != 0 or found.x is None:
        raise ArithmeticError(f"shares could not be found: {found.message}")
    binding = free[-found.ineqlin.marginals > TIGHT]
    return Split(found.x[:n] * scale, float(found.x[n]) * scale), binding

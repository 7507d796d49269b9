"""Cost games whose shares are known, and laws of shares."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resilience.program.games import Game, Split, least_core, nucleolus, shapley


def coalitions(players):
    """Return every coalition but nobody."""
    return chain.from_iterable(combinations(players, size) for size in range(1, len(players) + 1))


def game_of(players, cost) -> Game:
    """Make a game from a function of the tuple of members."""
    return Game.of(players, {frozenset(members): float(cost(members)) for members in coalitions(players)})


def gloves(left: str, right: str) -> Game:
    """Return the glove game as a cost game: each pair of gloves is worth 1, so a coalition costs -pairs."""
    return game_of(
        left + right, lambda members: -min(len(set(members) & set(left)), len(set(members) & set(right)))
    )


def airport(lengths: dict[str, float]) -> Game:
    """Return the airport game: a runway costs what the longest of its users needs."""
    return game_of("".join(lengths), lambda members: max(lengths[player] for player in members))


def test_gloves_one_left_and_two_right():
    """The left glove's owner gets 4/6 of the pair and the others 1/6 each; the core gives it all.

    It adds 1 unless it comes first: 2/3 of the orders. A right one adds 1 if it is second and the left
    one was first: 1 of 6 orders.
    """
    game = gloves("L", "RS")
    assert shapley(game) == pytest.approx([-4 / 6, -1 / 6, -1 / 6])
    assert nucleolus(game).shares == pytest.approx([-1, 0, 0])
    assert least_core(game).excess == pytest.approx(0)
    assert not Split(shapley(game), float(game.excess(shapley(game))[1:-1].max())).is_in_core(game)


def test_gloves_in_balance_are_shared_alike():
    """Two left, two right: everybody has the same by symmetry, half a pair each of two."""
    game = gloves("LM", "RS")
    assert shapley(game) == pytest.approx([-0.5] * 4)
    assert nucleolus(game).shares == pytest.approx([-0.5] * 4)


def test_at_an_airport_each_piece_of_runway_is_shared_by_those_who_need_it():
    """Runways of 8, 11, 13, 18: 8/4 = 2, then 3/3 = 1 more, then 2/2 = 1 more, then 5 for the longest."""
    game = airport({"a": 8, "b": 11, "c": 13, "d": 18})
    assert shapley(game) == pytest.approx([2, 3, 4, 9])


def test_the_nucleolus_of_an_airport():
    """Runways of 6, 12, 18: at 3, 4.5, 10.5 a and bc are 3 better off than alone, ab and ac 4.5.

    a and bc: x_a - 6 and (18 - x_a) - 18 = -x_a; the larger is least at x_a = 3. Then b + c = 15, and of
    ab, x_b - 9, and ac, -x_b, the larger is least at x_b = 4.5.
    """
    assert nucleolus(airport({"a": 6, "b": 12, "c": 18})).shares == pytest.approx([3, 4.5, 10.5])


def test_an_empty_core_is_told_by_its_least_excess():
    """One alone costs 1, two together 1, three 2: pairs pay 4/3 on average, 1/3 more than alone."""
    game = game_of("abc", lambda members: {1: 1, 2: 1, 3: 2}[len(members)])
    found = least_core(game)
    assert found.excess == pytest.approx(1 / 3)
    assert not found.is_in_core(game)
    assert nucleolus(game).shares == pytest.approx([2 / 3] * 3)


def test_one_player_pays_all():
    game = Game.of(["a"], {frozenset("a"): 7.0})
    assert shapley(game) == pytest.approx([7])
    assert nucleolus(game).shares == pytest.approx([7])
    assert least_core(game).is_in_core(game)


def test_a_game_that_is_none_is_refused():
    with pytest.raises(ValueError, match="finite"):
        Game(("a",), np.array([0.0, np.inf]))
    with pytest.raises(ValueError, match="4 costs"):
        Game(("a", "b"), np.zeros(3))


@st.composite
def games(draw, most: int = 4) -> Game:
    """Draw the costs of any game."""
    n = draw(st.integers(2, most))
    costs = draw(st.lists(st.integers(-50, 50), min_size=2**n - 1, max_size=2**n - 1))
    return Game(tuple("abcde"[:n]), np.array([0.0, *costs]))


@settings(max_examples=60, deadline=None)
@given(games())
def test_shares_add_up_and_the_nucleolus_is_in_the_least_core(game):
    """Shapley is the average over all orders; no shares have a smaller largest excess than the nucleolus."""
    total = game.costs[-1]
    best, least = nucleolus(game), least_core(game)
    assert shapley(game).sum() == pytest.approx(total, abs=1e-9)
    assert best.shares.sum() == pytest.approx(total, abs=1e-6)
    assert game.excess(best.shares)[1:-1].max() == pytest.approx(least.excess, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(games(3), st.integers(0, 10**6))
def test_no_other_shares_come_before_the_nucleolus(game, seed):
    """Sorted excesses of other shares, near or far, are later in the alphabet (with slack for rounding)."""
    best = nucleolus(game).shares
    random = np.random.default_rng(seed)
    first = np.sort(game.excess(best)[1:-1])[::-1]
    for size in (0.5, 5.0, 50.0):
        step = random.normal(size=len(best)) * size
        other = np.sort(game.excess(best + step - step.mean())[1:-1])[::-1]
        differs = np.flatnonzero(np.abs(first - other) > 1e-5)
        assert not len(differs) or first[differs[0]] < other[differs[0]]

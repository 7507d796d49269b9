"""The search for the best defence: against every defence and attack of random tables, and by hand."""

from __future__ import annotations

from itertools import chain, combinations
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resilience.errors import InfeasibleError
from resilience.solvers.hardening import Built, Game, harden


def subsets(items, most):
    return [set(chosen) for size in range(most + 1) for chosen in combinations(items, size)]


def game_of(costs, prices, budget, tells_costs=True):
    """Return the game in which a table says what every attack costs."""
    dearest = sorted(costs.items(), key=lambda item: (-item[1], item[0]))

    def build(faced, left, limits):
        bound = max(costs[attack] for attack in faced)
        return None if bound == inf else Built(np.empty(0), bound)

    def attack(defence):
        return next(item for item in dearest if not set(item[0]) & set(defence.protected))

    floors = [item for item in dearest if item[0]] if tells_costs else ()
    return Game(prices, budget, build, attack, costs=floors)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 3), st.booleans(), st.sampled_from([0.0, 3.0, 8.0, inf]))
def test_no_defence_is_better(seed, k, tells_costs, budget):
    """Tables that rise with the attack, some attacks fatal, some options beyond protection."""
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 7))
    attacks = [tuple(sorted(chosen)) for chosen in subsets(range(n), k)]
    costs = {}
    for attack in attacks:
        parts = [costs[part] for part in combinations(attack, len(attack) - 1)] if attack else [5.0]
        costs[attack] = max(parts) + float(random.integers(0, 9)) * float(random.random() < 0.8)
        if attack and random.random() < 0.05:
            costs[attack] = inf
    options = [option for option in range(n) if random.random() < 0.8]
    prices = {option: float(random.integers(0, 5)) for option in options}
    best = inf
    for kept in subsets(options, len(options)):
        spent = sum(prices[option] for option in kept)
        if spent <= budget:
            best = min(best, spent + max(cost for attack, cost in costs.items() if not set(attack) & kept))
    if best == inf:
        with pytest.raises(InfeasibleError):
            harden(game_of(costs, prices, budget, tells_costs))
        return
    steps = harden(game_of(costs, prices, budget, tells_costs))
    assert min(step.cost for step in steps) == pytest.approx(best)
    assert steps[-1].upper == pytest.approx(best)
    assert steps[-1].lower == pytest.approx(best)
    assert all(step.lower <= best + 1e-9 and step.upper >= best - 1e-9 for step in steps)


def test_one_of_every_dear_pair_must_be_protected():
    """Pairs cost 10, one alone 4, none 0; each of three takes 2: nothing 10, one 12, two 8, all 6."""
    costs = {(): 0.0, **{(n,): 4.0 for n in range(3)}, **dict.fromkeys(combinations(range(3), 2), 10.0)}
    steps = harden(game_of(costs, dict.fromkeys(range(3), 2.0), inf))
    assert (steps[-1].upper, steps[-1].lower) == (6.0, 6.0)
    for budget, best in ((2.0, 10.0), (4.0, 8.0)):
        assert harden(game_of(costs, dict.fromkeys(range(3), 2.0), budget))[-1].upper == best


def test_ctrl_c_gives_the_best_so_far_and_a_bound_that_holds():
    """The second attack asked for is interrupted: nothing is protected yet, 4; no defence costs below 0."""
    game = game_of({(): 0.0, (0,): 4.0}, {0: 1.0}, inf, tells_costs=False)
    asked = []

    def attack(defence):
        asked.append(defence)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return game.attack(defence)

    (step,) = harden(Game(game.prices, game.budget, game.build, attack))
    assert (step.cost, step.lower, step.upper) == (4.0, 0.0, 4.0)
    assert [*chain(step.attack)] == [0]

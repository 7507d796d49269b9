"""Interdiction: enumeration, one program and decomposition agree; penalties are as bad as closing."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resilience.program import Delta
from resilience.program.samples import two_sources
from resilience.program.worth import most_worth
from resilience.solvers import HighsSession
from resilience.solvers.interdiction import (
    allowed_sets,
    combine,
    cost_of,
    enumerate_attacks,
)
from resilience.solvers.interdiction_penalties import decompose, is_penalised, solve_dual
from tests.programs import layered_network, seeds


def options_of(program, seed, dear=False):
    """Return a few options: groups of columns closed or cut, ceilings lowered, costs raised."""
    random = np.random.default_rng(seed)
    movers = program.columns.where(kind=("mine", "convert", "ship"))
    deltas = []
    for number in range(5):
        chosen = np.unique(random.choice(movers, size=int(random.integers(1, 4))))
        if number == 3 and dear:
            base = program.costs["tariff"]
            deltas.append(Delta.of(costs={"tariff": (chosen, base[chosen] + 7.0)}))
        elif number == 4:
            rows = program.rows.where(kind="limit")
            deltas.append(Delta.of(row_upper=(rows[:1], program.row_upper[rows[:1]] * 0.25)))
        else:
            left = np.where(np.isfinite(program.col_upper[chosen]), program.col_upper[chosen], 9.0)
            deltas.append(Delta.of(col_upper=(chosen, left * float(random.choice([0.0, 0.5])))))
    return deltas


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(0, 3), st.booleans())
def test_three_ways_find_the_same_worst_cost(seed, size, dear):
    """Every set tried, the largest dual over all sets, and the decomposition."""
    program = layered_network(seed)
    deltas = options_of(program, seed, dear)
    weights = np.ones(len(deltas))
    session = HighsSession(program)
    sets = list(allowed_sets(weights, size, range(len(deltas))))
    every = enumerate_attacks(lambda chosen: cost_of(session, [deltas[n] for n in chosen]), sets)
    worth = most_worth(program, program.columns.where(kind=("mine", "convert", "ship")))
    assert worth.proved
    assert all(is_penalised(program, delta) for delta in deltas)
    found = decompose(session, deltas, weights, size, worth)
    assert found.worst.cost == pytest.approx(every.bound, rel=1e-6, abs=1e-6)
    assert found.bound == pytest.approx(every.bound, rel=1e-6, abs=1e-6)
    chosen, bound = solve_dual(program, deltas, weights, size, worth)
    assert bound == pytest.approx(every.bound, rel=1e-6, abs=1e-5)
    assert cost_of(session, [deltas[option] for option in chosen]) == pytest.approx(
        every.bound, rel=1e-6, abs=1e-5
    )


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_no_closing_costs_more_than_the_unit_was_worth(seed):
    """Closing a column costs at most what flowed on it times its worth, whatever else is closed."""
    program = layered_network(seed)
    random = np.random.default_rng(seed)
    movers = program.columns.where(kind=("mine", "convert", "ship"))
    closed = random.choice(movers, size=2, replace=False)
    worth = most_worth(program, program.columns.where(kind=("mine", "convert", "ship")))
    session = HighsSession(program)
    before = session.solve(Delta.of(col_upper=(closed, 0.0)))
    for column in movers:
        after = session.solve(Delta.of(col_upper=(np.union1d(closed, [column]), 0.0)))
        rise = program.cost @ (after.x - before.x)
        assert rise <= before.x[column] * worth.columns[column] + 1e-6 * (1 + abs(program.cost @ before.x))


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_a_larger_budget_is_never_less_bad(seed):
    """The worst of k + 1 options costs at least the worst of k."""
    program = layered_network(seed)
    deltas = options_of(program, seed)
    session = HighsSession(program)
    costs = [
        enumerate_attacks(
            lambda chosen: cost_of(session, [deltas[n] for n in chosen]),
            list(allowed_sets(np.ones(5), size, range(5))),
        ).bound
        for size in range(4)
    ]
    assert all(later >= earlier - 1e-6 * abs(earlier) for earlier, later in pairwise(costs))


def test_sets_are_those_to_which_the_budget_allows_no_more():
    """Weights 1, 1, 2 and a budget of 2: the first two together, or the third alone."""
    assert list(allowed_sets(np.array([1.0, 1.0, 2.0]), 2.0, "abc")) == [(2,), (0, 1)]


def test_no_set_hits_one_target_twice():
    """Half and whole of one thing are two options, and no set has both."""
    found = set(allowed_sets(np.ones(4), 2.0, ["x", "x", "y", "z"]))
    assert found == set(combinations(range(4), 2)) - {(0, 1)}


def test_what_combine_joins():
    """Two cuts: the tighter; two duties: the sum."""
    program = two_sources()
    duty = Delta.of(costs={"tariff": ([0], 3.0)})
    joined = combine(program, [duty, duty, Delta.of(col_upper=([0], 4.0)), Delta.of(col_upper=([0], 2.0))])
    assert joined.costs["tariff"].numbers.tolist() == [6.0]
    assert joined.col_upper.numbers.tolist() == [2.0]


def test_two_options_that_write_different_numbers_into_one_entry_are_refused():
    """There is no tighter of two coefficients."""
    deltas = [Delta.of(values=([0], 2.0)), Delta.of(values=([0], 3.0))]
    with pytest.raises(ValueError, match="one entry"):
        combine(two_sources(), deltas)


def test_an_attack_that_leaves_no_plan_costs_infinitely_much():
    """The 8 t must be had, and AU alone has 20, CD alone 5."""
    session = HighsSession(two_sources())
    close = [Delta.of(col_upper=([0], 0.0)), Delta.of(col_upper=([1], 0.0))]
    assert cost_of(session, close[:1]) == pytest.approx(200)
    assert cost_of(session, close[1:]) == np.inf


def test_what_must_be_met_is_worth_infinitely_much():
    """No penalty stands for a demand that may not fall short."""
    assert np.isinf(most_worth(two_sources(), np.arange(2)).columns).all()

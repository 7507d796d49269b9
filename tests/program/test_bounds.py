from dataclasses import replace

import numpy as np
from hypothesis import given
from numpy.testing import assert_allclose

from resilience.program.bounds import propagate_bounds
from resilience.solvers import HighsSession
from tests.programs import INF, dense_program, networks, plain_programs, seeds


def test_a_chain_carries_the_capacity_of_the_mine_to_the_last_lane():
    """Mine at most 8, half is lost, then all is wanted: lanes carry at most 8 and 4."""
    program = dense_program([[1, -1, 0], [0, 0.5, -1]], [0, 0, 0], [0, 0, 0], [8, INF, INF], [0, 0], [0, 0])
    assert_allclose(propagate_bounds(program), [[0, 0, 0], [8, 8, 4]], rtol=1e-8)


def test_a_demand_carries_bounds_back_to_the_mine():
    """Of x - y = 0 and y + short = 6, nothing but the demand bounds x."""
    program = dense_program([[1, -1, 0], [0, 1, 1]], [0, 0, 0], [0, 0, 0], [INF, INF, INF], [0, 6], [0, 6])
    assert_allclose(propagate_bounds(program)[1], [6, 6, 6], rtol=1e-8)


def test_a_loop_that_costs_nothing_to_turn_stays_without_a_bound():
    program = dense_program([[1, -1], [-1, 1]], [0, 0], [0, 0], [INF, INF], [0, 0], [0, 0])
    assert propagate_bounds(program)[1].tolist() == [INF, INF]


def test_an_entry_of_either_sign_and_a_range_bound_from_both_sides():
    """-3 <= 2x - y <= 4 with 0 <= y <= 2:  -1.5 <= x <= 3."""
    program = dense_program([[2, -1]], [0, 0], [-INF, 0], [INF, 2], [-3], [4])
    lower, upper = propagate_bounds(program)
    assert_allclose([lower[0], upper[0]], [-1.5, 3], rtol=1e-8)


def test_an_entry_that_is_switched_off_bounds_nothing():
    """-9 <= 0 x + y <= -5: dividing by the 0 would cut x off at minus infinity."""
    program = dense_program([[1, 1]], [0, 0], [0, -INF], [INF, INF], [-9], [-5])
    switched_off = replace(program, values=np.array([0.0, 1.0]))
    lower, upper = propagate_bounds(switched_off)
    assert (lower[0], upper[0]) == (0.0, INF)
    assert_allclose([lower[1], upper[1]], [-9, -5], rtol=1e-8)


@given(networks, seeds)
def test_no_plan_of_a_network_is_cut_off(program, seed):
    """Plans at random corners, found by minimising random costs, are within the bounds."""
    lower, upper = propagate_bounds(program)
    cost = np.random.default_rng(seed).normal(size=program.n_columns)
    at_corner = replace(program, costs={"random": cost}, col_upper=np.minimum(program.col_upper, 1e6))
    outcome = HighsSession(at_corner).solve()
    assert outcome.status == "optimal"
    room = 1e-7 * np.maximum(1.0, np.abs(outcome.x))
    assert np.all(outcome.x >= lower - room)
    assert np.all(outcome.x <= upper + room)


@given(plain_programs, seeds)
def test_no_exactly_feasible_point_is_cut_off(program, seed):
    """Rows are moved so that a whole-numbered point meets them, some just so; then it must stay."""
    random = np.random.default_rng(seed)
    point = random.integers(-9, 10, program.n_columns).astype(float)
    whole = replace(program, values=np.where(program.values == 0, 1.0, np.round(program.values)) + 0.0)
    activity = whole.times(point)
    width = random.integers(0, 3, (2, program.n_rows)) + np.where(
        random.random((2, program.n_rows)) < 0.2, INF, 0
    )
    around = random.integers(0, 3, (2, program.n_columns)) + np.where(
        random.random((2, program.n_columns)) < 0.4, INF, 0
    )
    whole = replace(
        whole,
        row_lower=activity - width[0],
        row_upper=activity + width[1],
        col_lower=point - around[0],
        col_upper=point + around[1],
    )
    lower, upper = propagate_bounds(whole)
    assert np.all(lower <= point)
    assert np.all(point <= upper)
    assert np.all(lower >= whole.col_lower)
    assert np.all(upper <= whole.col_upper)

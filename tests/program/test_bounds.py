import pickle
from dataclasses import replace

import numpy as np
from hypothesis import given
from numpy.testing import assert_allclose

from resilience.program import Delta
from resilience.program.bounds import implied_bounds, propagate_bounds
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


def test_a_scenario_that_only_takes_away_has_the_bounds_of_its_base_cut_by_its_own():
    """Mine at most 8, half is lost: lanes carry at most 8 and 4; with the mine at 6 a lane still says 4."""
    base = dense_program([[1, -1, 0], [0, 0.5, -1]], [0, 0, 0], [0, 0, 0], [8, INF, INF], [0, 0], [0, 0])
    narrower = Delta.of(col_upper=([0], 6.0), costs={"production": ([1], 3.0)}).apply(base)
    assert narrower.memory.wider is base
    assert_allclose(implied_bounds(narrower), [[0, 0, 0], [6, 8, 4]], rtol=1e-8)
    assert implied_bounds(narrower) is implied_bounds(narrower)
    narrowest = Delta.of(col_upper=([2], 1.0)).apply(narrower)
    assert narrowest.memory.wider is base
    assert_allclose(implied_bounds(narrowest)[1], [6, 8, 1], rtol=1e-8)


def test_a_scenario_that_gives_more_has_bounds_of_its_own():
    """Doubling the mine, or losing less on the way, lets the last lane carry 8."""
    base = dense_program([[1, -1, 0], [0, 0.5, -1]], [0, 0, 0], [0, 0, 0], [8, INF, INF], [0, 0], [0, 0])
    assert implied_bounds(base)[1][2] < 4.01
    lossless = np.flatnonzero(base.values == 0.5)
    changes = {
        "col_upper": ([0], 16.0),
        "values": (lossless, 1.0),
    }
    for name, change in changes.items():
        wider = Delta.of(**{name: change}).apply(base)
        assert wider.memory.wider is None
        assert_allclose(implied_bounds(wider)[1][2], 8, rtol=1e-8)
    rows = Delta.of(row_lower=([1], -4.0)).apply(base)
    assert rows.memory.wider is None
    assert_allclose(implied_bounds(rows)[1][2], 8, rtol=1e-8)
    twice = Delta.of(col_upper=([0], 1.0)).apply(Delta.of(col_upper=([0], 16.0)).apply(base))
    assert_allclose(implied_bounds(twice)[1][2], 8, rtol=1e-8)


def test_what_was_found_out_is_not_sent_to_other_processes_nor_kept_by_a_changed_program():
    base = dense_program([[1, -1]], [0, 0], [0, 0], [8, INF], [0], [0])
    implied_bounds(base)
    assert base.memory.bounds is not None
    assert replace(base, col_upper=np.array([9.0, INF])).memory.bounds is None
    assert pickle.loads(pickle.dumps(base)).memory.bounds is None


@given(networks, seeds)
def test_no_plan_of_a_narrower_scenario_is_cut_off(program, seed):
    random = np.random.default_rng(seed)
    columns = np.flatnonzero(random.random(program.n_columns) < 0.3)
    columns = np.setdiff1d(columns, program.columns.where(kind=("short", "dispose")))
    upper = np.minimum(program.col_upper[columns], 1e6) * random.random(len(columns))
    narrower = Delta.of(col_upper=(columns, upper)).apply(program)
    assert narrower.memory.wider is program
    lower, upper = implied_bounds(narrower)
    cost = random.normal(size=program.n_columns)
    at_corner = replace(narrower, costs={"random": cost}, col_upper=np.minimum(narrower.col_upper, 1e6))
    outcome = HighsSession(at_corner).solve()
    if outcome.status == "optimal":
        room = 1e-7 * np.maximum(1.0, np.abs(outcome.x))
        assert np.all(outcome.x >= lower - room)
        assert np.all(outcome.x <= upper + room)

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from resilience.program import Delta, certify
from resilience.solvers import HighsSession, sifting
from resilience.solvers.engine import load, run
from resilience.solvers.sifting import cheapest, reachable, sift
from tests.benchmarks.generate import layered, program_of
from tests.programs import INF, dense_program, layered_network, seeds

wide_networks = st.builds(layered_network, seeds, st.integers(2, 4), st.integers(2, 6), st.booleans())


@pytest.fixture(autouse=True)
def always_sifting(monkeypatch):
    """However few columns there are, start with the cheapest one of each row."""
    monkeypatch.setattr(sifting, "SMALLEST", 0)
    monkeypatch.setattr(sifting, "FEWEST_A_ROW", 0)
    monkeypatch.setattr(sifting, "MOST_KEPT", 1.0)
    monkeypatch.setattr(sifting, "per_row", lambda program: 1)


def lanes_of(program):
    sifted = np.zeros(program.n_columns, dtype=bool)
    sifted[program.columns.where(kind="ship")] = True
    return sifted


def whole(program):
    return run(load(program), None)


def test_the_second_cheapest_lane_is_added_where_the_first_is_full():
    """8 t wanted; lanes at 1 (5 t), 2 (2 t), 3 cost 5 + 4 + 3 = 12, short 99 each; only the first is kept."""
    program = dense_program([[1, 1, 1, 1]], [1, 2, 3, 99], [0] * 4, [5, 2, INF, INF], [8], [8])
    sifted = np.array([True, True, True, False])
    assert cheapest(program, np.array([0, 1, 2]), program.cost, 1).tolist() == [True, False, False, False]
    found = sift(program, sifted)
    assert found.x.tolist() == [5, 2, 1, 0]
    assert found.y.tolist() == [3]
    assert [status.name for status in found.basis.col_status] == ["kUpper", "kUpper", "kBasic", "kLower"]


def test_a_part_without_a_plan_is_left_to_the_whole():
    """Nothing may fall short: with the cheapest lane alone there is no plan, with all there is one."""
    program = dense_program([[1, 1]], [1, 2], [0, 0], [5, INF], [8], [8])
    assert sift(program, np.array([True, True])) is None
    assert HighsSession(program).solve().x.tolist() == [5, 3]


def test_few_columns_or_few_for_each_row_are_left_to_the_whole(monkeypatch):
    """On `rare_earths`, of 7 columns a row, sifting took twice as long."""
    program = program_of(layered(6))
    assert sift(program, lanes_of(program)) is not None
    monkeypatch.setattr(sifting, "FEWEST_A_ROW", program.n_columns // program.n_rows + 1)
    assert sift(program, lanes_of(program)) is None


def test_an_interrupted_part_is_no_answer():
    program = program_of(layered(6))
    assert sift(program, lanes_of(program), time_limit=0.0).status == "time limit"


def test_a_lane_from_where_nothing_comes_is_out_of_reach():
    """Mine closed: its lane carries nothing, nor does the next one; what the other mine ships does."""
    program = dense_program(
        [[1, -1, 0, 0, 0], [0, 1, -1, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]],
        [1] * 5,
        [0] * 5,
        [0, INF, INF, INF, INF],
        [0, 0, 8, 0],
        [0, 0, 8, INF],
    )
    assert reachable(program).tolist() == [False, False, False, True, True]


def test_a_lane_to_where_nobody_takes_is_out_of_reach():
    """Mine, lane, sale: the sale is closed, so nothing moves; disposing of it would let it move."""
    matrix = [[1, -1, 0, 0], [0, 1, -1, -1]]
    program = dense_program(matrix, [1] * 4, [0] * 4, [9, INF, 0, 0], [0, 0], [0, 0])
    assert reachable(program).tolist() == [False] * 4
    assert reachable(replace(program, col_upper=np.array([9, INF, 0, INF]))).tolist() == [1, 1, 0, 1]


def test_a_loop_that_turns_by_itself_and_what_may_be_negative_count_as_within_reach():
    loop = dense_program([[1, -1], [-1, 1]], [1, 1], [0, 0], [INF, INF], [0, 0], [0, 0])
    assert reachable(loop).all()
    either_way = dense_program([[-1, -1]], [1, 1], [-INF, 0], [INF, INF], [0], [0])
    assert reachable(either_way).all()


@settings(max_examples=30)
@given(wide_networks)
def test_sifting_gives_the_optimum_and_a_proof_of_the_whole(program):
    found, known = sift(program, lanes_of(program)), whole(program)
    assert found is not None
    assert found.status == known.status == "optimal"
    assert_allclose(program.cost @ found.x, program.cost @ known.x, rtol=1e-9, atol=1e-9)
    assert certify(program, found.x, found.y).holds


@settings(max_examples=30)
@given(wide_networks, seeds)
def test_what_is_out_of_reach_carries_nothing_whatever_is_wanted(program, seed):
    random = np.random.default_rng(seed)
    closed = np.where(random.random(program.n_columns) < 0.4, 0.0, program.col_upper)
    closed[program.columns.where(kind="short")] = INF
    most = random.normal(size=program.n_columns) - 1.0
    program = replace(program, col_upper=np.minimum(closed, 1e7), costs={"any": most})
    found = whole(program)
    assert found.status == "optimal"
    most_of_all = np.abs(found.x).max()
    assert np.abs(found.x[~reachable(program)]).max(initial=0.0) <= 1e-9 * most_of_all


@settings(max_examples=30)
@given(wide_networks, seeds)
def test_a_what_if_after_sifting_is_answered_as_from_nothing(program, seed):
    random = np.random.default_rng(seed)
    columns = np.flatnonzero(random.random(program.n_columns) < 0.3)
    delta = Delta.of(
        col_upper=(columns, np.where(np.isinf(program.col_upper[columns]), 7.0, 0.0)),
        costs={"production": (columns, program.costs["production"][columns] * 0.5)},
    )
    columns_short = program.columns.where(kind=("short", "dispose"))
    delta = replace(delta, col_upper=_without(delta.col_upper, columns_short))
    session = HighsSession(program)
    warm, changed = session.solve(delta), delta.apply(program)
    cold = whole(changed)
    assert warm.status == cold.status == "optimal"
    assert_allclose(changed.cost @ warm.x, changed.cost @ cold.x, rtol=1e-9, atol=1e-9)
    assert certify(changed, warm.x, warm.y).holds


def _without(change, positions):
    keep = ~np.isin(change.positions, positions)
    return replace(change, positions=change.positions[keep], numbers=change.numbers[keep])


@settings(max_examples=30)
@given(seeds)
def test_the_basis_of_the_part_is_optimal_for_the_whole(seed):
    """From this basis the simplex has nothing left to do."""
    program = program_of(layered(5, 2, seed=seed))
    found = sift(program, lanes_of(program))
    highs = load(program)
    highs.setOptionValue("presolve", "off")
    highs.setBasis(found.basis.whole)
    again = run(highs, None)
    assert again.iterations == 0
    assert_allclose(program.cost @ again.x, program.cost @ found.x, rtol=1e-9)

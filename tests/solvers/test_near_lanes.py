from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from resilience.program import Delta, certify
from resilience.program.delta import Change
from resilience.solvers import Basis, HighsSession, near_lanes
from resilience.solvers.engine import load, run
from resilience.solvers.near_lanes import NearLanes
from tests.programs import INF, dense_program, layered_network, random_delta, seeds

wide_networks = st.builds(layered_network, seeds, st.integers(2, 4), st.integers(2, 6), st.booleans())


@pytest.fixture(autouse=True)
def always_near(monkeypatch):
    """However few columns there are, and with one lane more than those in use at each row."""
    monkeypatch.setattr(near_lanes, "SMALLEST", 0)
    monkeypatch.setattr(near_lanes, "FEWEST_A_ROW", 0)
    monkeypatch.setattr(near_lanes, "MOST_KEPT", 1.0)
    monkeypatch.setattr(near_lanes, "NEAREST", 1)


def three_lanes(short=99):
    """8 t wanted; lanes at 1 (9 t), 2 (2 t), 3 (no end): all by the first, the second is next."""
    return dense_program([[1, 1, 1, 1]], [1, 2, 3, short], [0] * 4, [9, 2, INF, INF], [8], [8])


def near(program, lanes=(True, True, True, False)):
    found = run(load(program), None)
    return NearLanes.of(program, found, np.array(lanes))


def ask(part, program, delta, time_limit=None):
    changed = delta.apply(program)
    return part.solve(delta, Change.between(program.cost, changed.cost), changed, time_limit)


def test_a_lane_left_out_is_added_where_those_kept_are_too_few_and_taken_out_again():
    """With 5 t on the first and 2 t on the second, 1 t goes by the third, which is not kept: 5 + 4 + 3."""
    program = three_lanes()
    part = near(program)
    assert part._part.columns.tolist() == [0, 1, 3]
    found = ask(part, program, Delta.of(col_upper=([0], 5.0)))
    assert (found.x.tolist(), found.y.tolist()) == ([5, 2, 1, 0], [3])
    assert [status.name for status in found.basis.col_status] == ["kUpper", "kUpper", "kBasic", "kLower"]
    assert part._part.columns.tolist() == [0, 1, 3]
    assert ask(part, program, Delta.of(row_lower=([0], 4.0), row_upper=([0], 4.0))).x.tolist() == [4, 0, 0, 0]


def test_every_kind_of_change_to_what_is_left_out_is_seen():
    """The third lane at 0.5, or bringing 9 t per tonne, carries all; and 3 t of it if it must."""
    program = three_lanes()
    part = near(program)
    assert ask(part, program, Delta.of(costs={"production": ([2], 0.5)})).x.tolist() == [0, 0, 8, 0]
    assert ask(part, program, Delta.of(values=([2], 8.0))).x.tolist() == [0, 0, 1, 0]
    assert ask(part, program, Delta.of(col_lower=([2], 3.0))).x.tolist() == [5, 0, 3, 0]
    assert ask(part, program, Delta.of(col_upper=([2], 1.0))).x.tolist() == [8, 0, 0, 0]


def test_a_part_without_a_plan_is_left_to_the_whole():
    """Where nothing may fall short and only lanes kept are closed, the third lane, left out, still can."""
    program = replace(three_lanes(), col_upper=np.array([9.0, 2.0, INF, 0.0]))
    closed = Delta.of(col_upper=([0, 1], 0.0))
    assert ask(near(program), program, closed) is None
    session = HighsSession(program)
    assert session.solve(closed).x.tolist() == [0, 0, 8, 0]


def test_a_time_limit_ends_it():
    program = layered_network(1, stages=5, width=12)
    lanes = np.zeros(program.n_columns, dtype=bool)
    lanes[program.columns.where(kind="ship")] = True
    part = near(program, lanes)
    assert ask(part, program, random_delta(program, 1), time_limit=0.0).status == "time limit"


def test_a_program_that_is_not_solved_or_is_small_or_has_few_lanes_has_no_part(monkeypatch):
    program, lanes = three_lanes(), np.array([True, True, True, False])
    found = run(load(program), None)
    assert NearLanes.of(program, replace(found, status="time limit"), lanes) is None
    assert NearLanes.of(program, replace(found, basis=None), lanes) is None
    monkeypatch.setattr(near_lanes, "MOST_KEPT", 0.7)
    assert NearLanes.of(program, found, lanes) is None
    monkeypatch.setattr(near_lanes, "MOST_KEPT", 1.0)
    monkeypatch.setattr(near_lanes, "SMALLEST", 5)
    assert NearLanes.of(program, found, lanes) is None
    monkeypatch.setattr(near_lanes, "SMALLEST", 0)
    assert NearLanes.of(program, found, lanes) is not None
    monkeypatch.setattr(near_lanes, "FEWEST_A_ROW", 5)
    assert NearLanes.of(program, found, lanes) is None


@settings(max_examples=30)
@given(wide_networks, seeds)
def test_the_answer_is_that_of_the_whole_with_its_proof_and_its_basis(program, seed):
    """From the basis that it tells, the simplex has nothing left to do on the whole."""
    delta = random_delta(program, seed)
    session, changed = HighsSession(program), delta.apply(program)
    found, known = session.solve(delta), run(load(changed), None)
    assert session._near is not None
    assert found.status == known.status
    if found.status != "optimal":
        return
    assert_allclose(changed.cost @ found.x, changed.cost @ known.x, rtol=1e-9, atol=1e-9)
    assert certify(changed, found.x, found.y).holds
    highs = load(changed)
    highs.setOptionValue("presolve", "off")
    highs.setBasis(Basis.of(found).of_highs())
    assert run(highs, None).iterations == 0


@settings(max_examples=30)
@given(wide_networks, st.lists(seeds, min_size=2, max_size=4, unique=True))
@example(layered_network(2, 2, 2, True), [29, 231])  # HiGHS keeps the scale factors of what it solves first
def test_the_order_of_what_ifs_changes_no_bit(program, numbers):
    deltas = [random_delta(program, number) for number in numbers]
    forwards, backwards = HighsSession(program), HighsSession(program)
    there = [forwards.solve(delta) for delta in deltas]
    back = [backwards.solve(delta) for delta in reversed(deltas)]
    for one, other in zip(there, reversed(back), strict=True):
        assert one.status == other.status
        assert_array_equal(one.x, other.x)
        assert_array_equal(one.y, other.y)

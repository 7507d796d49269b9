import numpy as np
import pytest
from hypothesis import given

from resilience.program import Change, Delta
from resilience.program.delta import ARRAYS
from resilience.program.samples import two_sources
from tests.programs import dense_program, networks, random_delta, seeds


def test_change_sorts_positions_and_spreads_one_number():
    change = Change.of([3, 1], [30.0, 10.0])
    assert (change.positions.tolist(), change.numbers.tolist()) == ([1, 3], [10.0, 30.0])
    assert Change.of([4, 2], 7.0).numbers.tolist() == [7.0, 7.0]
    assert len(Change.of([], 7.0)) == 0


@pytest.mark.parametrize(
    ("positions", "numbers", "message"),
    [
        ([1, 1], [2.0, 3.0], "changed twice"),
        ([-1], 0.0, "negative"),
        ([1, 2], [1.0, 2.0, 3.0], "broadcast"),
    ],
)
def test_change_refuses_what_has_no_meaning(positions, numbers, message):
    with pytest.raises(ValueError, match=message):
        Change.of(positions, numbers)


def test_apply_changes_a_copy_and_shares_the_rest():
    program = two_sources()
    closed = Delta.of(col_upper=([0], 0.0)).apply(program)
    assert closed.col_upper.tolist() == [0.0, 20.0]
    assert program.col_upper.tolist() == [5.0, 20.0]
    assert closed.values is program.values
    assert closed.rows is program.rows


def test_a_cost_goes_to_its_component_which_may_be_new():
    dearer = Delta.of(costs={"production": ([1], 26.0), "tariff": ([0], 2.5)}).apply(two_sources())
    assert dearer.cost.tolist() == [12.5, 26.0]
    assert dearer.costs["tariff"].tolist() == [2.5, 0.0]


def test_an_unknown_array_is_refused():
    with pytest.raises(ValueError, match="no array"):
        Delta.of(col_uper=([0], 0.0))


def test_programs_of_different_structure_have_no_delta():
    one = dense_program([[1, 0]], [1, 1], [0, 0], [1, 1], [0], [1])
    other = dense_program([[0, 1]], [1, 1], [0, 0], [1, 1], [0], [1])
    with pytest.raises(ValueError, match="structure"):
        Delta.between(one, other)


def test_a_delta_between_equals_is_empty_and_between_signed_zeros_is_not():
    program = two_sources()
    assert Delta.between(program, two_sources()).is_empty()
    assert not Delta.between(program, Delta.of(col_lower=([0], -0.0)).apply(program)).is_empty()


@given(networks, seeds)
def test_delta_then_undo_is_bit_for_bit_the_base(program, seed):
    changed = random_delta(program, seed).apply(program)
    back = Delta.between(changed, program).apply(changed)
    for name in ARRAYS:
        assert getattr(back, name).tobytes() == getattr(program, name).tobytes()
    assert back.cost.tobytes() == program.cost.tobytes()
    for name, component in program.costs.items():
        assert back.costs[name].tobytes() == component.tobytes()


@given(networks, seeds)
def test_the_delta_between_two_programs_turns_one_into_the_other(program, seed):
    changed = random_delta(program, seed).apply(program)
    again = Delta.between(program, changed).apply(program)
    assert Delta.between(again, changed).is_empty()
    assert np.array_equal(again.cost, changed.cost)


def test_what_was_worked_out_and_still_holds_is_handed_on():
    base = two_sources()
    assert (base.cost.tolist(), base.matrix.shape, len(base.entry_columns)) == ([10.0, 25.0], (1, 2), 2)
    closed = Delta.of(col_upper=([0], 0.0)).apply(base)
    assert closed.matrix is base.matrix
    assert closed.cost is base.cost
    assert closed.entry_columns is base.entry_columns
    dearer = Delta.of(costs={"production": ([0], 11.0)}).apply(base)
    assert dearer.matrix is base.matrix
    assert dearer.cost.tolist() == [11.0, 25.0]
    taxed = Delta.of(costs={"tariff": ([0], 1.0)}).apply(base)
    assert taxed.cost.tolist() == [11.0, 25.0]
    halved = Delta.of(values=([0], 0.5)).apply(base)
    assert halved.times(np.array([2.0, 0.0])).tolist() == [1.0]
    assert base.times(np.array([2.0, 0.0])).tolist() == [2.0]


@pytest.mark.parametrize(
    "change",
    [{"col_upper": ([0], np.nan)}, {"values": ([0], np.inf)}, {"costs": {"tariff": ([0], np.nan)}}],
)
def test_a_change_to_what_is_not_a_number_is_refused(change):
    with pytest.raises(ValueError, match="not a number"):
        Delta.of(**change).apply(two_sources())

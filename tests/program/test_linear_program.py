import pickle
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from resilience.program.samples import two_sources
from tests.programs import dense_program


def sample():
    return dense_program([[1, 0, 2], [0, 3, 0]], [1, 2, 3], [0, 0, 0], [9, 9, 9], [0, 0], [5, 5])


def test_times_and_transposed_times_are_those_of_the_matrix():
    program = sample()
    assert (program.n_rows, program.n_columns) == (2, 3)
    assert_array_equal(program.times(np.array([1.0, 10.0, 100.0])), [201, 30])
    assert_array_equal(program.transposed_times(np.array([1.0, 10.0])), [1, 30, 2])
    assert_array_equal(program.entry_columns, [0, 1, 2])


def test_cost_is_the_sum_of_its_components():
    program = replace(
        two_sources(), costs={"production": np.array([10.0, 25.0]), "tariff": np.array([2.5, 0.0])}
    )
    assert program.cost.tolist() == [12.5, 25.0]
    assert replace(program, costs={}).cost.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"starts": np.array([0, 1], dtype=np.int32)}, "starts has shape"),
        ({"starts": np.array([0, 2, 1, 3], dtype=np.int32)}, "starts do not divide"),
        ({"starts": np.array([0, 1, 2, 2], dtype=np.int32)}, "starts do not divide"),
        ({"indices": np.array([0, 1], dtype=np.int32)}, "indices and values differ"),
        ({"indices": np.array([0, 2, 0], dtype=np.int32)}, "a row that does not exist"),
        ({"indices": np.array([0, -1, 0], dtype=np.int32)}, "a row that does not exist"),
        ({"row_upper": np.zeros(3)}, "row_upper has shape"),
        ({"col_lower": np.zeros((3, 1))}, "col_lower has shape"),
        ({"costs": {"tariff": np.zeros(1)}}, r"costs\[tariff\] has shape"),
        ({"costs": {"tariff": np.array([0.0, np.inf, 0.0])}}, r"costs\[tariff\] holds"),
        ({"values": np.array([1.0, np.nan, 1.0])}, "values holds"),
        ({"row_lower": np.array([np.nan, 0.0])}, "row_lower holds"),
    ],
)
def test_arrays_that_do_not_fit_each_other_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(sample(), **change)


def test_what_is_worked_out_from_the_matrix_is_shared_until_its_entries_change():
    """Also where it is asked of the changed program first."""
    program = sample()
    dearer = program.changed({"production": np.array([9.0, 9.0, 9.0])})
    other = program.changed(dict(program.costs), values=np.array([1.0, 4.0, 2.0]))
    assert dearer.by_row is program.by_row
    assert dearer.transposed is program.transposed
    assert other.by_row is not program.by_row
    assert_array_equal(other.times(np.ones(3)), [3, 4])
    assert_array_equal(program.times(np.ones(3)), [3, 3])
    assert_array_equal(other.transposed_sizes @ np.ones(2), [1, 4, 2])
    assert dearer.cost_sizes.tolist() == [9, 9, 9]


def test_what_was_worked_out_does_not_go_to_another_process():
    program = sample()
    assert program.by_row is program.by_row
    assert program.cost is program.cost
    assert_array_equal(pickle.loads(pickle.dumps(program)).by_row.toarray(), program.by_row.toarray())
    assert len(pickle.dumps(program)) == len(pickle.dumps(replace(program)))

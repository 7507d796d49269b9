import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from resilience.program import Outcome, certify
from resilience.solvers import HighsSession
from resilience.solvers.optimal_face import FaceError, OptimalFace
from tests.programs import INF, dense_program, layered_network, networks, seeds


def solved(program) -> Outcome:
    return HighsSession(program).solve()


def settled(program, outcome) -> np.ndarray:
    face = OptimalFace(program, outcome)
    face.settle(lambda columns: columns)
    return face.x


def square():
    """Two sources of 5, two demands of 4, every lane at 1: the plans are a line."""
    rows = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]]
    return dense_program(rows, [1, 1, 1, 1], [0] * 4, [INF] * 4, [-INF, -INF, 4, 4], [5, 5, 4, 4])


def test_a_column_is_as_low_as_those_before_it_allow():
    """The second source can give 5 of the 8: lane 0 may be empty, lane 1 then carries at least 3."""
    program = square()
    assert settled(program, solved(program)) == pytest.approx([0, 3, 4, 1])


@pytest.mark.parametrize(
    ("order", "wanted"),
    [([0, 1, 2, 3], [0, 3, 4, 1]), ([3, 2, 1, 0], [1, 4, 3, 0]), ([1, 0], [3, 0, 1, 4])],
)
def test_the_order_decides(order, wanted):
    program = square()
    face = OptimalFace(program, solved(program))
    face.settle(lambda columns: np.array(order))
    assert face.x == pytest.approx(wanted)
    assert face.is_point


def test_a_second_objective_chooses_among_the_cheapest():
    """Lanes 1 and 2 are short: as much as there is goes there, 4 and 4."""
    program = square()
    face = OptimalFace(program, solved(program))
    assert face.minimise(np.array([9.0, 1.0, 1.0, 9.0])) == pytest.approx(8)
    assert face.x == pytest.approx([0, 4, 4, 0])


def test_what_costs_more_is_never_chosen():
    """Lane 0 costs 2: it stays empty, whatever a second objective says."""
    rows = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]]
    program = dense_program(rows, [2, 1, 1, 1], [0] * 4, [INF] * 4, [-INF, -INF, 4, 4], [5, 5, 4, 4])
    face = OptimalFace(program, solved(program))
    assert 0 not in face.columns
    face.minimise(np.array([-9.0, 0.0, 0.0, 0.0]))
    assert face.x[0] == 0


def test_an_objective_without_end_is_told():
    """A loop that costs nothing can be turned for ever; as low as it can be, it stands still."""
    program = dense_program([[1, -1, 1]], [0, 0, 1], [0, 0, 0], [INF, INF, 9], [2], [2])
    face = OptimalFace(program, solved(program))
    with pytest.raises(FaceError):
        face.minimise(np.array([-1.0, -1.0, 0.0]))
    assert settled(program, solved(program)) == pytest.approx([2, 0, 0])


def test_one_plan_is_a_point():
    program = dense_program([[1, 1]], [1, 2], [0, 0], [5, 9], [8], [8])
    assert OptimalFace(program, solved(program)).is_point


@given(networks, seeds)
def test_every_plan_of_the_face_is_proved_by_the_same_duals(program, seed):
    outcome = solved(program)
    face = OptimalFace(program, outcome)
    weights = np.random.default_rng(seed).random(program.n_columns)
    assert face.minimise(weights) <= weights @ outcome.x + 1e-6 * np.abs(outcome.x).max()
    for x in (face.x.copy(), settled(program, outcome)):
        certificate = certify(program, x, outcome.y)
        assert certificate.holds, certificate
        assert certificate.cost == pytest.approx(float(program.cost @ outcome.x), rel=1e-9, abs=1e-9)


@given(networks, seeds, st.booleans())
def test_one_plan_is_settled_whatever_optimum_it_starts_from(program, seed, with_basis):
    outcome = solved(program)
    face = OptimalFace(program, outcome)
    try:
        face.minimise(np.random.default_rng(seed).normal(size=program.n_columns))
    except FaceError:
        assume(False)
    other = Outcome("optimal", face.x, outcome.y, basis=outcome.basis if with_basis else None)
    one = settled(program, outcome)
    assert settled(program, other) == pytest.approx(one, rel=1e-6, abs=1e-6 * max(1.0, np.abs(one).max()))


@given(st.integers(0, 10**6), seeds)
def test_a_column_after_the_other_by_solves_of_their_own(seed, order_seed):
    """Each column's least level given those before it, one whole program at a time, gives the same plan."""
    program = layered_network(seed, stages=2, width=2)
    order = np.random.default_rng(order_seed).permutation(program.n_columns)
    outcome = solved(program)
    face = OptimalFace(program, outcome)
    face.settle(lambda columns: order[np.isin(order, columns)])
    lower, upper = program.col_lower.copy(), program.col_upper.copy()
    dense = np.vstack([program.matrix.toarray(), program.cost])
    limits = float(program.cost @ outcome.x) * (1 + np.array([-1e-10, 1e-10]))
    for column in order:
        cost = np.zeros(program.n_columns)
        cost[column] = 1.0
        one = dense_program(
            dense, cost, lower, upper, [*program.row_lower, limits[0]], [*program.row_upper, limits[1]]
        )
        least = solved(one).x[column]
        assert face.x[column] == pytest.approx(least, abs=1e-5)
        lower[column], upper[column] = (
            np.maximum(least - 1e-7, lower[column]),
            np.minimum(least + 1e-7, upper[column]),
        )

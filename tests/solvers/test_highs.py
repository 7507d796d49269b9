import subprocess
import sys
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from resilience.errors import SolverError
from resilience.program import Delta, certify
from resilience.program.samples import two_sources
from resilience.solvers import HighsSession, engine, highs
from tests.programs import (
    INF,
    dense_program,
    layered_network,
    networks,
    plain_program,
    plain_programs,
    programs,
    random_delta,
    seeds,
)
from tests.small import lane, mine, network, want


def assert_same(one, other):
    assert one.status == other.status
    assert_array_equal(one.x, other.x)
    assert_array_equal(one.y, other.y)


def all_rows():
    """Return a program with a row of each kind, whose duals are known by hand.

    a >= 2 at 3, b <= 4 earning 5, c = 6 at 7, 1 <= d <= 8 at 2 and 1 <= e <= 8 earning 2: each row stands
    alone, so its dual is the cost of its column:  6 - 20 + 42 + 2 - 16 = 14.
    """
    return dense_program(
        np.eye(5), [3, -5, 7, 2, -2], [0] * 5, [INF] * 5, [2, -INF, 6, 1, 1], [INF, 4, 6, 8, 8]
    )


def test_two_sources_by_hand():
    """8 t wanted: 5 at 10 and 3 at 25; one tonne more costs 25."""
    outcome = HighsSession(two_sources()).solve()
    assert (outcome.status, outcome.x.tolist(), outcome.y.tolist()) == ("optimal", [5.0, 3.0], [25.0])
    assert outcome.solver.startswith("HiGHS 1.")
    assert outcome.word == "Optimal"


def test_a_dual_is_the_rise_of_cost_per_unit_of_right_hand_side():
    outcome = HighsSession(all_rows()).solve()
    assert outcome.x.tolist() == [2, 4, 6, 1, 8]
    assert outcome.y.tolist() == [3, -5, 7, 2, -2]


@given(networks)
@settings(max_examples=50)
def test_a_dual_lies_between_what_less_saves_and_what_more_costs(program):
    """Cost is convex in a demand, so half of it more or less shows a slope on either side of the dual."""
    session = HighsSession(program)
    base = session.solve()
    cost = program.cost @ base.x
    for row in program.rows.where(kind="demand"):
        step = program.row_upper[row] / 2
        costs = {}
        for sign in (1, -1):
            wanted = program.row_upper[row] + sign * step
            moved = session.solve(Delta.of(row_lower=([row], wanted), row_upper=([row], wanted)))
            costs[sign] = program.cost @ moved.x
        rounding = 1e-7 * max(1.0, abs(cost))
        assert cost - costs[-1] <= base.y[row] * step + rounding
        assert base.y[row] * step <= costs[1] - cost + rounding


@pytest.mark.parametrize(
    ("delta", "x"),
    [
        (Delta.of(col_upper=([0], 0.0)), [0, 8]),
        (Delta.of(col_lower=([1], 6.0)), [2, 6]),
        (Delta.of(row_lower=([0], 12.0), row_upper=([0], 12.0)), [5, 7]),
        (Delta.of(costs={"tariff": ([0], 20.0)}), [0, 8]),
        (Delta.of(values=([0], 0.5)), [5, 5.5]),  # 10 for half a tonne is 20 a tonne: still below 25
        (Delta.of(values=([0], 0.0)), [0, 8]),
        (Delta(), [5, 3]),
    ],
)
def test_every_kind_of_change_by_hand(delta, x):
    session = HighsSession(two_sources())
    assert session.solve(delta).x.tolist() == x
    assert session.solve().x.tolist() == [5, 3]
    assert session.solve(Delta.of(col_upper=([0], 4.0))).x.tolist() == [4, 4]


@given(networks, st.lists(seeds, min_size=2, max_size=4, unique=True))
def test_the_order_of_scenarios_changes_nothing(program, numbers):
    """Bit for bit, entries that become 0 included: HiGHS puts those back at another place."""
    deltas = [random_delta(program, number) for number in numbers]
    forwards, backwards = HighsSession(program), HighsSession(program)
    there = [forwards.solve(delta) for delta in deltas]
    back = [backwards.solve(delta) for delta in reversed(deltas)]
    for one, other in zip(there, reversed(back), strict=True):
        assert_same(one, other)
    assert_same(forwards.solve(), HighsSession(program).solve())


@pytest.mark.parametrize("seed", [115, 180])
def test_nor_does_it_where_the_base_was_solved_elsewhere(seed):
    """HiGHS keeps the scale factors of what it solves first: the base's, whatever is asked first."""
    program = layered_network(seed, 2, 2, True)
    base = HighsSession(program).solve()
    deltas = [random_delta(program, number + seed) for number in (29, 231)]
    forwards, backwards = HighsSession(program, start=base), HighsSession(program, start=base)
    there = [forwards.solve(delta) for delta in deltas]
    back = [backwards.solve(delta) for delta in reversed(deltas)]
    for one, other in zip(there, reversed(back), strict=True):
        assert_same(one, other)


@given(programs, seeds)
@example(plain_program(85999, 4, 8, True), 36270924)  # from the old basis HiGHS 1.16 comes to no verdict
def test_warm_equals_cold(program, seed):
    delta = random_delta(program, seed)
    changed = delta.apply(program)
    warm, cold = HighsSession(program).solve(delta), HighsSession(changed).solve()
    assert warm.status == cold.status
    if warm.status == "optimal":
        assert changed.cost @ warm.x == pytest.approx(changed.cost @ cold.x, rel=1e-7, abs=1e-7)
        assert certify(changed, warm.x, warm.y).holds


@given(networks, seeds)
@settings(max_examples=30)
def test_a_delta_of_many_entries_goes_to_a_model_of_its_own_with_the_same_answer(program, seed):
    delta = random_delta(program, seed)
    few = HighsSession(program).solve(delta)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(highs, "FEW_ENTRIES", -1)
        many = HighsSession(program).solve(delta)
    assert few.status == many.status
    if few.status == "optimal":
        cost = delta.apply(program).cost
        assert cost @ few.x == pytest.approx(cost @ many.x, rel=1e-7)


@given(networks)
@settings(max_examples=30)
def test_interior_point_and_simplex_agree(program):
    simplex = HighsSession(program).solve()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(highs, "LARGE", 1)
        interior = HighsSession(program).solve()
    assert program.cost @ simplex.x == pytest.approx(program.cost @ interior.x, rel=1e-7)
    assert certify(program, interior.x, interior.y).holds


@given(plain_programs)
def test_every_program_has_one_of_four_outcomes_and_optima_are_proved(program):
    outcome = HighsSession(program).solve()
    assert outcome.status in ("optimal", "infeasible", "unbounded")
    if outcome.status == "optimal":
        assert certify(program, outcome.x, outcome.y).holds
    else:
        assert outcome.x.size == outcome.y.size == 0


@pytest.mark.parametrize(
    ("program", "status"),
    [
        (dense_program([[1, 1]], [1, 1], [0, 0], [1, 1], [5], [INF]), "infeasible"),
        (dense_program([[1, -1]], [-1, 0], [0, 0], [INF, INF], [0], [0]), "unbounded"),
        (dense_program([[1]], [1], [3], [2], [0], [INF]), "infeasible"),
        (dense_program(np.zeros((0, 2)), [1, -1], [1, 0], [INF, 4], [], []), "optimal"),
        (dense_program(np.zeros((1, 0)), [], [], [], [0], [1]), "optimal"),
        (dense_program(np.zeros((1, 0)), [], [], [], [1], [1]), "infeasible"),
        (dense_program(np.zeros((0, 0)), [], [], [], [], []), "optimal"),
    ],
)
def test_statuses(program, status):
    assert HighsSession(program).solve().status == status


def test_a_scenario_whose_bounds_cross_is_infeasible_and_is_undone():
    session = HighsSession(two_sources())
    assert session.solve(Delta.of(col_lower=([0], 6.0))).status == "infeasible"
    assert session.solve(Delta.of(row_lower=([0], 9.0))).status == "infeasible"
    assert session.solve(Delta.of(col_upper=([0], 4.0))).x.tolist() == [4, 4]


def test_scenarios_are_answered_where_the_base_has_no_plan():
    session = HighsSession(Delta.of(col_upper=([1], 0.0)).apply(two_sources()))
    assert session.solve().status == "infeasible"
    assert session.solve(Delta.of(col_upper=([1], 20.0))).x.tolist() == [5, 3]


def test_an_unbounded_program_on_which_scaling_fails_is_still_settled():
    """HiGHS 1.16 ends this one in an error, with presolve and without, unless it may not scale."""
    program = dense_program(
        [[0, 0, 0, 1e6, 0, -1, -0.1, 0.17], [0, 0, 1e6, -5, -123.456, 0, 0, 0.1]],
        [9, 0.1, 33333.3, -1, 0.17, 0.3, 7, -33333.3],
        [-INF, -4, 6.7, -999999.7, 33323.0, 4, -INF, -3.999],
        [INF, INF, 1000007.7, INF, 33334.25, INF, 7, 9.001],
        [266661.20017, 3584679.1593],
        [INF, INF],
    )
    assert HighsSession(program).solve().status == "unbounded"


def test_a_program_that_is_none_is_refused():
    twice = replace(
        dense_program([[1], [1]], [1], [0], [9], [1, 1], [2, 2]), indices=np.array([0, 0], dtype=np.int32)
    )
    with pytest.raises(SolverError, match="two entries at one place"):
        HighsSession(twice)


def test_a_time_limit_ends_each_solve_on_its_own():
    program = layered_network(1, stages=5, width=12)
    assert HighsSession(program, time_limit=0.0).solve().status == "time limit"
    session = HighsSession(program, time_limit=60.0)
    base = session.solve()
    assert base.status == "optimal"
    for seed in range(5):
        assert session.solve(random_delta(program, seed)).status in ("optimal", "infeasible")


def test_other_users_of_highs_in_the_process_do_no_harm():
    """A HiGHS with all threads starts a scheduler, and one that is told threads=1 then fails."""
    script = """
import highspy, numpy as np
other = highspy.Highs()
other.silent()
random = np.random.default_rng(0)
for column in range(50):
    other.addVar(0.0, 10.0)
for row in range(50):
    other.addRow(1.0, 1e30, 50, np.arange(50, dtype=np.int32), random.random(50))
other.changeColsCost(50, np.arange(50, dtype=np.int32), random.random(50))
other.run()
from resilience.program.samples import two_sources
from resilience.solvers import HighsSession
assert HighsSession(two_sources()).solve().status == "optimal"
"""
    run_alone(script)


def run_alone(script: str) -> str:
    """Run a script in a process of its own and return what it printed."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_banner_of_highs_is_not_printed():
    """HiGHS prints it once in each process, before it can be told to be silent."""
    script = """
from resilience.program.samples import two_sources
from resilience.solvers import HighsSession
from resilience.solvers.pulp import solve_with_pulp
HighsSession(two_sources()).solve()
solve_with_pulp(two_sources(), "pulp:HiGHS")
"""
    assert run_alone(script) == ""


def test_a_change_that_does_not_matter_takes_no_iteration():
    """The base's basis is still optimal, and it is where every scenario starts."""
    session = HighsSession(layered_network(1, stages=4, width=4))
    base = session.solve()
    loose = np.flatnonzero(base.x == 0)
    assert base.iterations > 0
    assert session.solve(Delta.of(col_upper=(loose, 5.0))).iterations == 0


def test_a_large_program_is_solved_by_interior_point(monkeypatch):
    monkeypatch.setattr(highs, "LARGE", 1)
    session = HighsSession(layered_network(1, stages=5, width=6))
    assert session.solve().status == "optimal"
    assert session._highs.getInfo().ipm_iteration_count > 0


def test_the_time_limit_starts_anew_although_the_clock_of_highs_counts_all_runs():
    class Clock:
        def getRunTime(self):
            return 7.0

        def setOptionValue(self, name, value):
            raise StopIteration(name, value)

    with pytest.raises(StopIteration) as stopped:
        engine.run(Clock(), 2.0)
    assert stopped.value.args == ("time_limit", 9.0)


def test_nothing_is_printed(capfd):
    session = HighsSession(two_sources())
    session.solve()
    session.solve(Delta.of(col_upper=([0], 0.0)))
    session.conflict(Delta.of(col_upper=([1], 0.0)))
    assert capfd.readouterr() == ("", "")


def test_a_conflict_is_named_by_row_and_column():
    """With the dear source closed, 8 t cannot come from 5: the demand and both capacities conflict."""
    rows, columns = HighsSession(two_sources()).conflict(Delta.of(col_upper=([1], 0.0)))
    assert (rows, columns) == ({0: "lower"}, {0: "upper", 1: "upper"})


def test_a_conflict_between_rows_leaves_out_what_has_no_part_in_it():
    """At least 5 and at most 4 of the same sum: the third row and the bounds have no part."""
    program = dense_program(
        [[1, -1], [1, 1], [1, 1]], [1, 1], [-INF, -INF], [INF, INF], [-INF, 5, -INF], [100, INF, 4]
    )
    rows, columns = HighsSession(program).conflict()
    assert sorted(rows) == [1, 2]
    assert set(columns) <= {0, 1}


@given(plain_programs)
@settings(max_examples=50)
def test_a_conflict_is_infeasible_and_minimal(program):
    """Its rows and columns alone have no plan; without any one of its rows they have."""
    if HighsSession(program).solve().status != "infeasible":
        return
    rows, columns = HighsSession(program).conflict()
    assert rows

    def status_with(kept) -> str:
        others = np.setdiff1d(np.arange(program.n_rows), kept)
        free = np.setdiff1d(np.arange(program.n_columns), list(columns))
        relaxed = Delta.of(
            row_lower=(others, -INF),
            row_upper=(others, INF),
            col_lower=(free, -INF),
            col_upper=(free, INF),
            costs={"production": (np.arange(program.n_columns), 0.0)},
        )
        return HighsSession(relaxed.apply(program)).solve().status

    assert status_with(list(rows)) == "infeasible"
    for fewer in combinations(rows, len(rows) - 1):
        assert status_with(list(fewer)) == "optimal"


@pytest.mark.parametrize(("periods", "wanted"), [(1, "ipm"), (12, "choose")])
def test_many_small_periods_are_solved_by_the_simplex(monkeypatch, periods, wanted):
    """Large is what has many columns in each period; the answer is the same either way."""
    program = network(
        horizon={"start": 2025, "periods": periods, "step": "month"},
        facilities={"mine": mine(cost=1)},
        demands={"user": want(12)},
        lanes=[lane("mine", "user")],
    ).program()
    monkeypatch.setattr(highs, "LARGE", program.n_columns if periods == 1 else program.n_columns // 2)
    session, asked = highs.HighsSession(program), []
    own = session._highs.setOptionValue
    monkeypatch.setattr(
        session._highs, "setOptionValue", lambda key, value: (asked.append((key, value)), own(key, value))[1]
    )
    assert float(program.cost @ session.solve().x) == pytest.approx(periods)
    assert asked[0] == ("solver", wanted)

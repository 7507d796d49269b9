"""What HiGHS 1.16 does not do by itself, and what we do about it; a test fails once HiGHS has learned it.

Each limit stands here with the smallest program that shows it, run on HiGHS alone.

Banner    prints two lines to stdout when it is created in a process. `QuietHighs` is silent before that
Which     says "unbounded or infeasible", or ends in an error without presolve, and leaves open which it is.
          We ask whether there is a plan at all
Scaling   ends in an error where it scales coefficients of sizes far apart. We ask again without
Verdict   comes to none, or the interior point says there is no plan where there is one, beside coefficients
          of 100,000. We ask again, by the primal simplex too, and do not take that word of the interior point
Warm      comes to no verdict from the basis of another program. We ask again from scratch
Optimal   calls a plan optimal that misses a row by 4 parts in a million, from a basis that is none. The
          certificate refuses it, and we ask again from scratch
Empty     does not look at the rows of a program without columns. We do
Threads   fails when it is told ``threads=1`` in a process where it has used more. We turn its parallel part
          off
Lanes     its presolve keeps every lane that some prices could make worth using, so the interior point and
          the simplex carry all of them to the end. `sifting` needs a few per place
Weights   from a basis, the dual simplex first works out its edge weights for all rows, however few steps
          follow. What-ifs ask for Devex weights instead
Set-up    from a basis it runs without presolve, and sets up all columns anew, half a millisecond for 2,000
          and 20 for 87,000, whatever has changed. `near_lanes` gives it the few that may matter
Scales    it keeps the scale factors of the program that it solves first, `clearSolver` or not, and with
          others it ends at another of several optima. `settle_scale` has it solve the base first, so that no
          order of what-ifs changes a digit
Lists     levels come as a list of Python numbers, one by one. `numbers_of` packs them at once
"""

import subprocess
import sys

import highspy
import numpy as np
import pytest

from resilience.program import certify
from resilience.solvers import HighsSession, sifting
from resilience.solvers.engine import load, run
from resilience.solvers.part import Part
from tests.benchmarks.generate import layered, program_of
from tests.programs import INF, dense_program, plain_program, random_delta

EXACT = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


def alone(program, basis=None, **options):
    """Return HiGHS as it comes, after it has solved a program, from a basis if there is one."""
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = program.n_columns, program.n_rows
    model.col_cost_, model.col_lower_, model.col_upper_ = program.cost, program.col_lower, program.col_upper
    model.row_lower_, model.row_upper_ = program.row_lower, program.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = program.starts, program.indices
    model.a_matrix_.value_ = program.values
    highs = highspy.Highs()
    highs.silent()
    for option, value in options.items():
        highs.setOptionValue(option, value)
    highs.passModel(model)
    if basis is not None:
        highs.setBasis(basis)
    highs.run()
    return highs


def word(program, basis=None, **options):
    return alone(program, basis, **options).getModelStatus().name.removeprefix("k")


def test_it_prints_a_banner_and_fails_with_one_thread_after_several():
    script = """
import highspy
def solved(**options):
    highs = highspy.Highs()
    highs.silent()
    for option, value in options.items():
        highs.setOptionValue(option, value)
    highs.addVar(1.0, 2.0)
    return highs.run().name
solved(threads=2)
print(solved(threads=1))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Running HiGHS")
    assert done.stdout.splitlines()[-1] == "kError"


def test_it_leaves_open_whether_a_program_is_unbounded_or_has_no_plan():
    """One level without bounds at 1 $, and another at most 33,334.3, -1,000,000 of which is at least 0.1."""
    program = dense_program([[0, -1e6]], [1, 0], [-INF, -INF], [INF, 33_334.3], [0.1], [INF])
    assert word(program) == "UnboundedOrInfeasible"
    assert word(program, presolve="off") == "Notset"
    assert HighsSession(program).solve().status == "unbounded"


def test_it_leaves_open_which_also_where_there_is_no_plan():
    """The same, but the other number cannot be that small: -1,000,000 of at least 1 is not at least 0.1."""
    program = dense_program([[0, -1e6]], [1, 0], [-INF, 1], [INF, 33_334.3], [0.1], [INF])
    assert HighsSession(program).solve().status == "infeasible"


def test_it_ends_in_an_error_where_it_scales():
    """Along (-200, 17) two rows rise and the third stays, and the cost falls by 200 for each step."""
    program = dense_program(
        [[10, 33_333], [-3, -0.1], [0.17, 2]],
        [1, 0],
        [-INF, 0],
        [INF, INF],
        [0, 0, -1e6],
        [INF, INF, -999_999],
    )
    assert word(program, **EXACT) == "Notset"
    assert word(program, simplex_scale_strategy=0, **EXACT) == "Unbounded"
    assert HighsSession(program).solve().status == "unbounded"


def needs_a_million(size):
    """1 <= t - size a <= 3, 0 <= a + b - size t <= 1, at 1 $ each b: t = 1, a = 0 and b = size are least."""
    matrix = [[1, 1, -size], [-size, 0, 1]]
    return dense_program(matrix, [0, 1, 0], [0, 0, 0], [INF] * 3, [0, 1], [1, 3])


@pytest.mark.parametrize(
    ("size", "own", "interior"),
    [(1e4, "Optimal", "Optimal"), (1e5, "Optimal", "Infeasible"), (1e6, "Unknown", "Infeasible")],
)
def test_it_comes_to_no_verdict_or_to_a_wrong_one_beside_large_coefficients(size, own, interior):
    program = needs_a_million(size)
    assert word(program) == own
    assert word(program, solver="ipm") == interior
    found = HighsSession(program).solve()
    assert found.x.tolist() == [0, size, 1]
    assert certify(program, found.x, found.y).holds


def test_the_interior_point_is_not_believed_that_there_is_no_plan():
    program = needs_a_million(1e5)
    highs = load(program)
    highs.setOptionValue("solver", "ipm")
    assert run(highs, None).x.tolist() == [0, 1e5, 1]
    assert highs.getOptionValue("solver")[1] == "ipm"


def test_it_comes_to_no_verdict_from_the_basis_of_another_program():
    base = plain_program(85999, 4, 8, True)
    delta = random_delta(base, 36270924)
    changed = delta.apply(base)
    assert word(changed, alone(base, **EXACT).getBasis(), **EXACT) == "Unknown"
    assert word(changed, **EXACT) == "Infeasible"
    assert HighsSession(base).solve(delta).status == "infeasible"


def test_it_calls_a_plan_optimal_that_misses_a_row():
    """C + d <= 1,000,000 and 100,000 d >= 1 at 1 $ each d: d is 0.00001, and HiGHS stops short of it.

    The basis holds a column without entries, so it is none; HiGHS mends it.
    """
    program = dense_program(
        [[0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1e5]],
        [0, 0, 0, 1],
        [-INF] * 4,
        [INF] * 4,
        [0, -INF, 1],
        [INF, 1e6, INF],
    )
    kind = highspy.HighsBasisStatus
    basis = highspy.HighsBasis()
    basis.col_status = [kind.kLower, kind.kBasic, kind.kLower, kind.kBasic]
    basis.row_status = [kind.kBasic, kind.kUpper, kind.kLower]
    basis.valid = True
    highs = alone(program, basis, **EXACT)
    assert highs.getModelStatus().name == "kOptimal"
    x, y = (np.array(part) for part in (highs.getSolution().col_value, highs.getSolution().row_dual))
    assert 1e5 * x[3] < 1 - 1e-6
    assert not certify(program, x, y).holds
    found = HighsSession(program).solve()
    assert found.x[3] == pytest.approx(1e-5, rel=1e-12)
    assert certify(program, found.x, found.y).holds


def test_it_does_not_look_at_the_rows_of_a_program_without_columns():
    program = dense_program(np.zeros((1, 0)), [], [], [], [1], [1])
    assert word(program) == "ModelEmpty"
    assert HighsSession(program).solve().status == "infeasible"


def lanes_left(program):
    highs = load(program)
    highs.presolve()
    return highs.getPresolvedLp().num_col_


def test_presolve_keeps_lanes_that_are_far_too_dear():
    """Two mines of 9 t, two users of 5 t: 1 $/t to one's own, 50 $/t across; nobody ever ships across."""
    matrix = [[1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0], [1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1]]
    program = dense_program(matrix, [1, 50, 50, 1, 99, 99], [0] * 6, [INF] * 6, [0, 0, 5, 5], [9, 9, 5, 5])
    assert lanes_left(program) >= 4


def test_presolve_keeps_nearly_all_lanes_of_a_network_and_sifting_few(monkeypatch):
    program = program_of(layered(30))
    lanes = program.columns.where(kind="ship")
    sifted = np.zeros(program.n_columns, dtype=bool)
    sifted[lanes] = True
    asked, own = [], Part.of_whole
    monkeypatch.setattr(Part, "of_whole", lambda part, *args: asked.append(part.columns) or own(part, *args))
    assert sifting.sift(program, sifted).status == "optimal"
    assert lanes_left(program) > 0.8 * program.n_columns
    assert len(asked[0]) < 0.5 * program.n_columns

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pulp
import pytest
from hypothesis import example, given, settings

from resilience.errors import InputError, OutputError
from resilience.program import Block, Coded, Labels, certify
from resilience.program.samples import two_sources
from resilience.solvers import HighsSession
from resilience.solvers import pulp as adapter
from resilience.solvers.engine import new_highs
from resilience.solvers.pulp import find_variables, solve_with_pulp, to_pulp, write_lp, write_mps
from tests.programs import INF, dense_program, layered_network, networks, plain_program, plain_programs
from tests.solvers.test_highs import all_rows

SOLVERS = ["pulp:CBC", "pulp:HiGHS"]


def odd_shapes():
    """Return a program with all that PuLP has no word for: ranges, free rows and columns, empty ones.

    Least is -x + 3y + 5w, with 2 <= x + 2y <= 6, x free below and at most 14, y free below and at most 1,
    z in no row and free of charge, w in no row: 2.5 is won by each x with y = (2 - x) / 2, so x = 14, y = -6
    and the cost is -14 - 18 + 5 = -27. One row has no bounds, one no entries.
    """
    return dense_program(
        [[1, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]],
        [-1, 3, 0, 5],
        [-INF, -INF, 2, 1],
        [14, 1, 7, INF],
        [2, -INF, -1],
        [6, INF, 1],
    )


def test_the_problem_has_a_variable_per_column_and_a_constraint_per_row():
    problem = to_pulp(two_sources(), name="two sources")
    assert problem.name == "two_sources"
    assert sorted(variable.name for variable in problem.variables()) == ["buy(AU)", "buy(CD)"]
    assert [constraint.name for constraint in problem.constraints()] == ["demand(d)"]
    cheap = problem.variablesDict()["buy(CD)"]
    assert (cheap.lowBound, cheap.upBound) == (0.0, 5.0)
    assert {v.name: c for v, c in problem.objective.items()} == {"buy(CD)": 10.0, "buy(AU)": 25.0}


def test_a_range_becomes_two_constraints_and_a_row_without_bounds_none():
    problem = to_pulp(odd_shapes())
    assert [constraint.name for constraint in problem.constraints()] == [
        "r(0).low",
        "r(0).high",
        "r(2).low",
        "r(2).high",
    ]
    low, high = problem.get_constraint_by_name("r(0).low"), problem.get_constraint_by_name("r(0).high")
    assert (low.getLb(), low.getUb(), high.getLb(), high.getUb()) == (2.0, None, None, 6.0)


def test_variables_are_found_by_their_labels_in_the_order_of_the_columns():
    lanes = Block("ship", 3, {"from_": Coded.of(["a", "a", "b"]), "to_": Coded.of(["p", "q", "q"])})
    program = replace(
        dense_program([[1, 1, 1]], [1, 2, 3], [0] * 3, [5] * 3, [6], [6]), columns=Labels((lanes,))
    )
    problem = to_pulp(program)
    assert [variable.name for variable in find_variables(problem, program, to_="q")] == [
        "ship(a,q)",
        "ship(b,q)",
    ]
    assert find_variables(problem, program, kind="buy") == []


@pytest.mark.parametrize("solver", ["CBC", "HiGHS"])
def test_a_user_can_add_a_constraint_and_solve_with_any_solver(solver):
    """At most 4 from the dear source and half from each: 4 and 4. At most 2 and half from each: no plan."""
    program = two_sources()
    problem = to_pulp(program)
    (cheap,), (dear,) = (find_variables(problem, program, id=name) for name in ("CD", "AU"))
    problem += dear <= 4, "own"
    problem += cheap - dear == 0, "half_each"
    assert adapter._verdict(problem, problem.solve(adapter._choose(solver, None))) == "Optimal"
    assert (cheap.value(), dear.value()) == pytest.approx((4, 4))
    problem += dear <= 2, "less"
    assert adapter._verdict(problem, problem.solve(adapter._choose(solver, None))) != "Optimal"


@pytest.mark.parametrize("solver", ["pulp", "PULP", None, *SOLVERS, "CBC", "highs"])
def test_two_sources_by_hand(solver):
    outcome = solve_with_pulp(two_sources(), solver)
    assert (outcome.status, outcome.x.tolist(), outcome.y.tolist()) == ("optimal", [5, 3], [25])
    assert "through PuLP " in outcome.solver
    assert outcome.seconds > 0


@pytest.mark.parametrize("solver", SOLVERS)
def test_duals_have_the_sign_of_highs_in_every_kind_of_row(solver):
    """At least, at most, equal, a range at its lower end, a range at its upper end: see `all_rows`."""
    outcome = solve_with_pulp(all_rows(), solver)
    assert outcome.x.tolist() == pytest.approx([2, 4, 6, 1, 8])
    assert outcome.y.tolist() == pytest.approx([3, -5, 7, 2, -2])


@pytest.mark.parametrize("solver", SOLVERS)
def test_odd_shapes_by_hand(solver):
    program = odd_shapes()
    outcome = solve_with_pulp(program, solver)
    assert program.cost @ outcome.x == pytest.approx(-27)
    assert outcome.x[:2].tolist() == pytest.approx([14, -6])
    assert 2 <= outcome.x[2] <= 7
    assert certify(program, outcome.x, outcome.y).holds


@given(networks)
@settings(max_examples=40)
def test_highs_and_cbc_agree_on_networks(program):
    ours, theirs = HighsSession(program).solve(), solve_with_pulp(program, "pulp:CBC")
    assert theirs.status == "optimal"
    assert program.cost @ theirs.x == pytest.approx(program.cost @ ours.x, rel=1e-6, abs=1e-6)
    assert certify(program, theirs.x, theirs.y).holds


@given(plain_programs)
@example(plain_program(23815472, 4, 4, True))  # HiGHS 1.16 leaves it open until it is asked again
@settings(max_examples=60)
def test_highs_and_highs_through_pulp_agree_on_any_program(program):
    ours, theirs = HighsSession(program).solve(), solve_with_pulp(program, "pulp:HiGHS")
    assert theirs.status == ours.status
    if ours.status == "optimal":
        assert program.cost @ theirs.x == pytest.approx(program.cost @ ours.x, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    ("program", "status"),
    [
        (dense_program([[1, 1]], [1, 1], [0, 0], [1, 1], [5], [INF]), "infeasible"),
        (dense_program([[1, -1]], [-1, 0], [0, 0], [INF, INF], [0], [0]), "unbounded"),
        (dense_program([[1]], [1], [3], [2], [0], [INF]), "infeasible"),
        (dense_program([[1, 0], [0, 0]], [1, 1], [0, 0], [INF, INF], [2, 1], [INF, 2]), "infeasible"),
    ],
)
def test_statuses(program, status, solver):
    outcome = solve_with_pulp(program, solver)
    assert outcome.status == status
    assert outcome.x.size == 0


def test_a_claim_that_there_is_no_plan_is_not_believed_without_highs(monkeypatch):
    monkeypatch.setattr(adapter, "_verdict", lambda problem, result: "Infeasible")
    outcome = solve_with_pulp(two_sources(), "pulp:HiGHS")
    assert (outcome.status, outcome.word) == ("failed", "Infeasible, but HiGHS says optimal")


@pytest.mark.parametrize("word", ["Infeasible", "Unbounded", "Undefined"])
def test_which_of_the_two_it_is_when_there_is_no_optimum_is_said_by_highs(word, monkeypatch):
    monkeypatch.setattr(adapter, "_verdict", lambda problem, result: word)
    assert solve_with_pulp(dense_program([[1]], [1], [0], [1], [2], [2]), "pulp:HiGHS").status == "infeasible"
    assert (
        solve_with_pulp(dense_program([[1]], [-1], [0], [INF], [2], [INF]), "pulp:HiGHS").status
        == "unbounded"
    )


def test_a_time_limit_is_reported():
    program = layered_network(1, stages=5, width=14)
    assert solve_with_pulp(program, "pulp:HiGHS", time_limit=0.0).status == "time limit"
    assert solve_with_pulp(program, "pulp:HiGHS", time_limit=60).status == "optimal"


def without_duals(duals):
    """Return a stand-in for a solver that gives no duals, or wrong ones."""

    def read(program, constraints):
        return np.full(program.n_rows, duals)

    return read


@pytest.mark.parametrize("duals", [np.nan, 0.0, -25.0])
def test_duals_that_are_missing_or_wrong_come_from_highs(monkeypatch, duals):
    monkeypatch.setattr(adapter, "_duals", without_duals(duals))
    outcome = solve_with_pulp(two_sources(), "pulp:CBC")
    assert outcome.y.tolist() == [25.0]
    assert certify(two_sources(), outcome.x, outcome.y).holds


def test_a_solver_that_gives_no_dual_of_one_row_gives_none():
    problem, _, constraints = adapter._build(all_rows(), "p")
    problem.solve(adapter._choose("HiGHS", None))
    assert adapter._duals(all_rows(), constraints).tolist() == [3, -5, 7, 2, -2]

    class Silent:
        pi = None

    silenced = [(row, Silent() if row == 1 else constraint) for row, constraint in constraints]
    assert np.isnan(adapter._duals(all_rows(), silenced)[1])


def test_levels_that_were_printed_with_eight_digits_meet_their_rows_again():
    """Many lanes of odd size into one balance: the rounding adds up to more than the certificate allows."""
    random = np.random.default_rng(7)
    size = 40
    levels = random.uniform(1, 1.2, size)
    program = dense_program(
        [[1.0] * size + [-1.0]], [1.0] * (size + 1), [0.0] * (size + 1), [9.0] * size + [INF], [0], [0]
    )
    exact = np.append(levels, levels.sum())
    printed = exact.copy()
    printed[:-1] += 4.9e-8  # each as far off as eight digits may be
    assert certify(program, printed, np.zeros(1)).primal > 4e-8
    restored = adapter._restore_digits(program, printed)
    assert certify(program, restored, np.zeros(1)).primal < 1e-9
    assert np.max(np.abs(restored / exact - 1)) < 1e-7


def test_levels_that_are_no_rounding_error_away_are_left_alone():
    """Past a capacity that cannot give way: nothing near it meets the row."""
    program = dense_program([[1, 1]], [1, 1], [0, 0], [2, 2], [5], [5])
    assert adapter._restore_digits(program, np.array([2.0, 2.0])).tolist() == [2, 2]


def use_folder(folder, monkeypatch):
    """Make a folder the one for temporary files, of Python and of PuLP."""
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    for variable in ("TMPDIR", "TMP", "TEMP"):
        monkeypatch.setenv(variable, str(folder))


@pytest.mark.parametrize("solver", SOLVERS)
def test_nothing_is_printed_and_no_file_is_left(solver, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    use_folder(tmp_path, monkeypatch)
    solve_with_pulp(two_sources(), solver)
    solve_with_pulp(dense_program([[1]], [1], [0], [1], [2], [2]), solver)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_left_where_a_solver_breaks_down(tmp_path, monkeypatch):
    """A solver dies after PuLP wrote the model for it: PuLP leaves the file, our folder goes with it."""
    use_folder(tmp_path, monkeypatch)
    real = adapter._choose("CBC", None)
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    real.path = str(broken)
    monkeypatch.setattr(adapter, "_choose", lambda asked, time_limit: real)
    outcome = solve_with_pulp(two_sources())
    assert outcome.status == "failed"
    assert "broken" in outcome.word
    assert list(tmp_path.iterdir()) == [broken]


def test_threads_do_not_disturb_each_other():
    programs = [layered_network(seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda program: solve_with_pulp(program, "pulp:CBC"), programs))
    for program, outcome in zip(programs, outcomes, strict=True):
        assert certify(program, outcome.x, outcome.y).holds


def test_an_unknown_solver_is_an_error_that_lists_the_installed_ones():
    with pytest.raises(
        InputError, match=r"unknown solver 'CBD'; did you mean 'CBC'\?  \(installed: .*HiGHS.*\)"
    ):
        solve_with_pulp(two_sources(), "pulp:CBD")
    with pytest.raises(InputError, match=r"^unknown solver 'zzzzz'  \(installed: "):
        solve_with_pulp(two_sources(), "zzzzz")


@pytest.mark.skipif(shutil.which("glpsol") is not None, reason="GLPK is installed")
@pytest.mark.parametrize("name", ["pulp:GLPK", "pulp:GLPK_CMD", "glpk"])
def test_a_solver_that_is_not_installed_is_an_error_that_lists_the_installed_ones(name):
    with pytest.raises(InputError, match=r"^solver '(?i:glpk).*' is not installed  \(installed: .*HiGHS.*\)"):
        solve_with_pulp(two_sources(), name)


def test_without_any_other_engine_pulp_means_highs(monkeypatch):
    monkeypatch.setattr(adapter, "PREFERRED", ("HiGHS",))
    assert adapter._choose("pulp", None).name == "HiGHS"


def read_back(path):
    highs = new_highs()
    assert highs.readModel(str(path)).name == "kOk"
    highs.run()
    return highs


@pytest.mark.parametrize(("write", "suffix"), [(write_lp, "lp"), (write_mps, "mps")])
def test_files_are_read_back_with_names_and_optimum(write, suffix, tmp_path):
    for number, program in enumerate([two_sources(), all_rows(), odd_shapes(), layered_network(3)]):
        path = tmp_path / f"{number}.{suffix}"
        write(program, path)
        highs = read_back(path)
        optimum = program.cost @ HighsSession(program).solve().x
        assert highs.getObjectiveValue() == pytest.approx(optimum, rel=1e-9)
        assert set(program.columns.names()) <= set(highs.getLp().col_names_)
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"{number}.{suffix}" for number in range(4)]


@given(program=networks)
@settings(max_examples=25)
@pytest.mark.parametrize(("write", "suffix"), [(write_lp, "lp"), (write_mps, "mps")])
def test_files_of_any_network_have_its_optimum(tmp_path_factory, program, write, suffix):
    path = tmp_path_factory.mktemp("files") / f"network.{suffix}"
    write(program, path)
    optimum = program.cost @ HighsSession(program).solve().x
    assert read_back(path).getObjectiveValue() == pytest.approx(optimum, rel=1e-7)


@pytest.mark.parametrize("write", [write_lp, write_mps])
def test_a_file_is_written_whole_or_not_at_all(write, tmp_path, monkeypatch):
    path = tmp_path / "model"
    path.write_text("before")

    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", fail)
        with pytest.raises(OutputError, match=r"model: cannot be written: No space left on device"):
            write(two_sources(), path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
    write(two_sources(), str(path))
    assert "buy(CD)" in path.read_text()
    with pytest.raises(OutputError, match="cannot be written"):
        write(two_sources(), tmp_path / "nowhere" / "model")


def test_the_version_of_pulp_is_one_that_the_adapter_knows():
    assert int(pulp.__version__.split(".")[0]) in (3, 4)

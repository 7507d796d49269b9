"""HiGHS itself: how a program gets into it, how it is run, what its words mean.

Source: Huangfu & Hall (2018), Parallelizing the dual revised simplex method, Mathematical
Programming Computation 10, 119-142 (the solver).
"""

from __future__ import annotations

import struct
import time
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from resilience.errors import SolverError
from resilience.program import Delta, LinearProgram, Outcome
from resilience.program.delta import Change
from resilience.program.outcome import Status
from resilience.solvers.watch import Watch

THREADED = 10_000
"""From this many columns on, a solve runs in a thread, so that Ctrl-C can stop it."""

STATUSES: dict[str, Status] = {
    "kOptimal": "optimal",
    "kModelEmpty": "optimal",
    "kInfeasible": "infeasible",
    "kUnbounded": "unbounded",
    "kTimeLimit": "time limit",
    "kInterrupt": "interrupted",
    "kHighsInterrupt": "interrupted",
}
"""What HiGHS's model statuses mean; after any other, it is asked again, as `AGAIN` says."""

CHOOSE, DEVEX = -1, 1
"""HiGHS's numbers for how the dual simplex weighs rows: as it likes, which from a basis means to work out
the norm of every row of the inverse first; or from 1 on, which for the few steps of a what-if is a quarter
faster on `rare_earths`."""

DUAL, PRIMAL = 1, 4
"""HiGHS's numbers for the dual and the primal simplex."""

PATIENCE = 0.1
"""Seconds between looks for Ctrl-C."""

AGAIN: tuple[dict[str, Any], ...] = (
    {"solver": "simplex"},
    {"presolve": "off"},
    {"simplex_scale_strategy": 0},
    {"simplex_strategy": PRIMAL},
    {"solver": "ipm"},
)
"""Settings that settle what HiGHS left open: from scratch, and with one setting more each time."""


class QuietHighs(highspy.Highs):
    """HiGHS that is silent before it sets itself up, which is when it would print a banner to stdout."""

    def enableCallbacks(self) -> None:
        """Set up what HiGHS calls back; its constructor does so."""
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def load(program: LinearProgram) -> Any:
    """Pass the arrays of a program to a new HiGHS."""
    return load_arrays(
        program.starts,
        program.indices,
        program.values,
        program.cost,
        (program.col_lower, program.col_upper),
        (program.row_lower, program.row_upper),
        program.integral if program.is_mixed else None,
    )


def load_arrays(
    starts: Any,
    indices: Any,
    values: Any,
    cost: Any,
    col_bounds: tuple[Any, Any],
    row_bounds: tuple[Any, Any],
    integral: Any = None,
) -> Any:
    """Pass arrays in compressed columns to a new HiGHS."""
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), len(row_bounds[0])
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = col_bounds
    model.row_lower_, model.row_upper_ = row_bounds
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = starts
    model.a_matrix_.index_ = indices
    model.a_matrix_.value_ = values
    if integral is not None:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[whole] for whole in integral.tolist()]
    highs = new_highs()
    if highs.passModel(model) == highspy.HighsStatus.kError:
        raise SolverError("HiGHS refuses the program, as it does two entries at one place of the matrix")
    return highs


def new_highs() -> Any:
    """Return an empty HiGHS that prints nothing and is stricter than the certificate."""
    make: Any = QuietHighs
    highs = make()
    highs.silent()
    highs.setOptionValue("primal_feasibility_tolerance", 1e-9)
    highs.setOptionValue("dual_feasibility_tolerance", 1e-9)
    highs.setOptionValue("parallel", "off")  # threads=1 would fail wherever the process has used more
    return highs


def _solve(highs: Any, watch: Watch | None = None) -> None:
    """Run HiGHS so that Ctrl-C stops it.

    While HiGHS runs in the main thread, Python hears of no signal. So a large program is solved in a
    thread, and so is any that is watched, since a search for whole levels may take hours however few
    they are; another small one is done before a thread is worth its while.
    """
    if watch is None and highs.getNumCol() < THREADED:
        highs.run()
        return
    highs.HandleUserInterrupt = True
    highs.startSolve()
    fault: Exception | None = None
    while True:
        try:
            if highs.wait(PATIENCE)[0]:
                break
            if watch is not None and fault is None:
                watch.look()
        except KeyboardInterrupt:
            highs.cancelSolve()
        except Exception as error:  # whoever is told has failed, which must not leave HiGHS running
            fault = error
            highs.cancelSolve()
    if fault is not None:
        raise fault


def solve_until_settled(highs: Any, watch: Watch | None = None) -> None:
    """Let HiGHS solve what it holds, again as `AGAIN` says while it leaves open what became of it."""
    _solve(highs, watch)
    if _is_settled(highs):
        return
    is_mixed = len(highs.getLp().integrality_) > 0
    usual: dict[str, Any] = {}
    for settings in AGAIN:
        for option, value in settings.items():
            if option == "solver" and is_mixed:  # anything but its own choice would ignore what must be whole
                continue
            usual.setdefault(option, highs.getOptionValue(option)[1])
            highs.setOptionValue(option, value)
        highs.clearSolver()
        _solve(highs, watch)
        if _is_settled(highs):
            break
    else:
        if highs.getModelStatus().name in STATUSES:  # nobody shall take this last word for a verdict
            highs.clearSolver()
    for option, value in usual.items():
        highs.setOptionValue(option, value)


def _is_settled(highs: Any) -> bool:
    """Say whether HiGHS's word is taken; the interior point's that there is no plan may be wrong."""
    name = highs.getModelStatus().name
    return name in STATUSES and (name != "kInfeasible" or highs.getOptionValue("solver")[1] != "ipm")


def _is_unbounded(highs: Any, watch: Watch | None) -> bool:
    """Say whether a program that HiGHS calls unbounded or infeasible, but not which of them, has a plan."""
    highs.clearSolver()
    _solve(highs, watch)
    if highs.getModelStatus().name != "kUnboundedOrInfeasible":
        return False
    cost = np.array(highs.getLp().col_cost_)
    columns = np.arange(len(cost), dtype=np.int32)
    highs.changeColsCost(len(cost), columns, np.zeros(len(cost)))
    try:
        solve_until_settled(highs, watch)
        return bool(highs.getModelStatus().name == "kOptimal")
    finally:
        highs.changeColsCost(len(cost), columns, cost)


def settle_scale(highs: Any, basis: Any) -> None:
    """Let HiGHS find its scale factors for the base, which it keeps to, whatever is asked first.

    It would take those of the first program that it solves from a basis, and pivot otherwise with others.
    """
    highs.clearSolver()
    highs.setBasis(basis)
    _solve(highs)


class Writer:
    """Writes a change into HiGHS, and takes it back.

    Parameters
    ----------
    highs : Highs
    delta, cost : Delta, Change
        Where something changes; the cost is the sum of its components.
    place : ndarray of int64, shape (n_columns,), optional
        Which column of HiGHS each of the program's is, negative if it is none; left out, the same one.
    """

    def __init__(
        self, highs: Any, delta: Delta, cost: Change, place: NDArray[np.int64] | None = None
    ) -> None:
        self._highs = highs
        self._bounds = _placed(_union(delta.col_lower.positions, delta.col_upper.positions), place)
        self._costs = _placed(cost.positions, place)
        self._rows = _union(delta.row_lower.positions, delta.row_upper.positions).astype(np.int32)
        self._entries, self._place = delta.values.positions, place

    def write(self, source: LinearProgram) -> None:
        """Write the numbers that a program has at all positions of the change."""
        highs = self._highs
        columns, own = self._bounds
        if len(own):
            highs.changeColsBounds(len(own), own, source.col_lower[columns], source.col_upper[columns])
        columns, own = self._costs
        if len(own):
            highs.changeColsCost(len(own), own, source.cost[columns])
        rows = self._rows
        if len(rows):
            highs.changeRowsBounds(len(rows), rows, source.row_lower[rows], source.row_upper[rows])
        for entry in self._entries:
            row, column = int(source.indices[entry]), int(source.entry_columns[entry])
            place = column if self._place is None else int(self._place[column])
            if place >= 0:
                highs.changeCoeff(row, place, float(source.values[entry]))


def _union(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the positions of both, each once."""
    if not len(one) or not len(other):
        return one if len(one) else other
    return np.union1d(one, other)


def _placed(
    columns: NDArray[np.int64], place: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return columns that HiGHS has, and what they are there."""
    if place is None:
        return columns, columns.astype(np.int32)
    own = place[columns]
    return columns[own >= 0], own[own >= 0].astype(np.int32)


def numbers_of(values: list[float]) -> NDArray[np.float64]:
    """Return a list of floats as an array; packed, which takes a third of the time of ``np.array``."""
    return np.frombuffer(struct.pack(f"{len(values)}d", *values)) + 0.0


def run(highs: Any, time_limit: float | None, watch: Watch | None = None) -> Outcome:
    """Let HiGHS solve what it holds, and return what became of it."""
    limit = float("inf") if time_limit is None else highs.getRunTime() + time_limit
    highs.setOptionValue("time_limit", limit)  # its clock counts all runs
    started = time.perf_counter()
    solve_until_settled(highs, watch)
    seconds = time.perf_counter() - started
    model_status = highs.getModelStatus()
    word = highs.modelStatusToString(model_status)
    status = STATUSES.get(model_status.name, "failed")
    if status == "failed" and _is_unbounded(highs, watch):
        status, word = "unbounded", "Unbounded"
    if model_status == highspy.HighsModelStatus.kModelEmpty:
        model = highs.getLp()  # no columns: HiGHS does not look whether the rows hold without any
        if any(low > 0 for low in model.row_lower_) or any(high < 0 for high in model.row_upper_):
            status = "infeasible"
    name = f"HiGHS {highs.version()}"
    if status != "optimal":
        return Outcome.without_answer(status, name, seconds, word)
    solution, info = highs.getSolution(), highs.getInfo()
    iterations = max(info.simplex_iteration_count, 0) + max(info.ipm_iteration_count, 0)
    return Outcome(
        status,
        numbers_of(solution.col_value),
        numbers_of(solution.row_dual),
        name,
        seconds,
        iterations,
        word,
        basis=highs.getBasis() if info.basis_validity else None,
    )

"""HiGHS in process: a session that holds one compiled program and answers many scenarios.

The base is solved once. Every scenario starts from the base's optimal basis and is undone
afterwards, so neither the order of scenarios nor their number can change an answer.

Source: Huangfu & Hall (2018), Parallelizing the dual revised simplex method, Mathematical
Programming Computation 10, 119-142 (the solver).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Literal

import highspy
import numpy as np

from resilience.errors import SolverError
from resilience.program import Delta, LinearProgram, Outcome
from resilience.program.delta import Change
from resilience.program.outcome import Status
from resilience.solvers.watch import Progress, Watch

LARGE = 20_000
"""From this many columns a period on, a cold solve uses the interior point with crossover.

Many small periods are another matter: a network of 4,000 columns over 36 months took the simplex 2 to 3
seconds, with stock kept from month to month or without, and the interior point 8 to 9.
"""

FEW_ENTRIES = 500
"""Up to this many matrix entries are changed in place; more are passed as a new model."""

INTEGER_GAP = 1e-7
"""Relative gap at which the search over whole levels ends."""

SMALLEST = 1e-9
"""Matrix entries of this size and less are none to HiGHS."""

Side = Literal["lower", "upper", "both"]

Sides = dict[int, Side]

SIDES: dict[int, Side] = {
    int(highspy.IisBoundStatus.kIisBoundStatusLower): "lower",
    int(highspy.IisBoundStatus.kIisBoundStatusUpper): "upper",
    int(highspy.IisBoundStatus.kIisBoundStatusBoxed): "both",
}
"""Which bound HiGHS says is in conflict; any other word means none of them."""

CUT_SHORT = ("time limit", "interrupted")
"""Statuses that another try may change."""

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

PATIENCE = 0.1
"""Seconds between looks for Ctrl-C."""

AGAIN: tuple[dict[str, Any], ...] = (
    {},
    {"presolve": "off"},
    {"simplex_scale_strategy": 0},
    {"solver": "ipm"},
)
"""Settings that settle what HiGHS left open: from scratch, and with one setting more each time."""


class QuietHighs(highspy.Highs):
    """HiGHS that is silent before it sets itself up, which is when it would print a banner to stdout."""

    def enableCallbacks(self) -> None:
        """Set up what HiGHS calls back; its constructor does so."""
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


class HighsSession:
    """One program in HiGHS, solved again for each scenario from the same starting basis.

    Parameters
    ----------
    program : LinearProgram
        The base program.
    time_limit : float, optional
        Most seconds for each solve.
    start : Outcome, optional
        What HiGHS said of this very program before, so that it need not be solved again.
    mip_gap : float
        Where levels must be whole: the share of the cost that a better plan might save at most.
    progress : callable, optional
        Where levels must be whole: is told a `Search` while it runs.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> session = HighsSession(two_sources())
    >>> session.solve().x.tolist()
    [5.0, 3.0]
    >>> session.solve(Delta.of(col_upper=([0], 0.0))).x.tolist()
    [0.0, 8.0]
    >>> session.solve().y.tolist()
    [25.0]
    """

    def __init__(
        self,
        program: LinearProgram,
        time_limit: float | None = None,
        start: Outcome | None = None,
        *,
        mip_gap: float = INTEGER_GAP,
        progress: Progress | None = None,
    ) -> None:
        self.program = program
        self.time_limit = time_limit
        self.mip_gap, self.progress = mip_gap, progress
        self._highs = load(program)
        self._base = None if start is None or start.basis is None else start

    def solve(self, delta: Delta | None = None) -> Outcome:
        """Solve the base, or the base with a delta on it.

        Parameters
        ----------
        delta : Delta, optional
            The scenario; left out, the base.

        Returns
        -------
        Outcome
            Also where there is no optimum: ask its ``status``.
        """
        if self.program.is_mixed:
            changed = self.program if delta is None else delta.apply(self.program)
            return solve_mixed(changed, self.time_limit, self.mip_gap, self.progress)
        base = self._solve_base()
        if delta is None or delta.is_empty() or base.status == "interrupted":
            return base
        changed = delta.apply(self.program)
        if len(delta.values) > FEW_ENTRIES or self._drops_entries(delta):
            return self._solve_again(load(changed))
        cost = Change.between(self.program.cost, changed.cost)
        try:
            self._write(delta, cost, changed)
            return self._solve_again(self._highs)
        finally:
            self._write(delta, cost, self.program)

    def _drops_entries(self, delta: Delta) -> bool:
        """Say whether an entry comes or goes: HiGHS would put it back elsewhere, and pivot otherwise."""
        before = np.abs(self.program.values[delta.values.positions])
        return bool((np.minimum(before, np.abs(delta.values.numbers)) <= SMALLEST).any())

    def conflict(self, delta: Delta | None = None) -> tuple[Sides, Sides]:
        """Return rows and columns whose bounds are a minimal set that cannot be met together.

        Returns
        -------
        rows, columns : dict
            Position, and which of its bounds belongs to the set. Dropping any one of them would make
            the rest feasible, as far as HiGHS could prove.
        """
        program = self.program if delta is None else delta.apply(self.program)
        return read_conflict(load(program), 6)  # from the LP (2), reduced until irreducible (4)

    def _solve_base(self) -> Outcome:
        if self._base is None or self._base.status in CUT_SHORT:
            self._base = self._solve_cold(self._highs)
        return self._base

    def _solve_again(self, highs: Any) -> Outcome:
        """Solve from the basis of the base, and from nothing else that is left of earlier solves."""
        highs.clearSolver()
        if self._base is None or self._base.basis is None:
            return self._solve_cold(highs)
        highs.setBasis(self._base.basis)
        return _run(highs, self.time_limit)

    def _solve_cold(self, highs: Any) -> Outcome:
        is_large = self.program.n_columns >= LARGE * n_periods(self.program)
        highs.setOptionValue("solver", "ipm" if is_large else "choose")
        try:
            return _run(highs, self.time_limit)
        finally:
            highs.setOptionValue("solver", "choose")

    def _write(self, delta: Delta, cost: Change, source: LinearProgram) -> None:
        """Write the numbers that ``source`` has at the positions of the delta."""
        highs = self._highs
        columns = np.union1d(delta.col_lower.positions, delta.col_upper.positions).astype(np.int32)
        if len(columns):
            highs.changeColsBounds(
                len(columns), columns, source.col_lower[columns], source.col_upper[columns]
            )
        rows = np.union1d(delta.row_lower.positions, delta.row_upper.positions).astype(np.int32)
        if len(rows):
            highs.changeRowsBounds(len(rows), rows, source.row_lower[rows], source.row_upper[rows])
        if len(cost):
            positions = cost.positions.astype(np.int32)
            highs.changeColsCost(len(positions), positions, source.cost[positions])
        for entry in delta.values.positions:
            row, column = int(source.indices[entry]), int(source.entry_columns[entry])
            highs.changeCoeff(row, column, float(source.values[entry]))


def n_periods(program: LinearProgram) -> int:
    """Return how many periods the columns of a program are about; 1 where they name none."""
    blocks = [block for block in program.columns.blocks if "period" in block.fields]
    return 1 + max((int(block.numbers("period").max(initial=0)) for block in blocks), default=0)


def read_conflict(highs: Any, strategy: int) -> tuple[Sides, Sides]:
    """Return which bounds of rows and columns HiGHS says cannot be met together, by its strategy."""
    highs.setOptionValue("iis_strategy", strategy)
    _, found = highs.getIis()
    return _sides(found.row_index_, found.row_bound_), _sides(found.col_index_, found.col_bound_)


def _sides(positions: Any, bounds: Any) -> dict[int, Side]:
    """Return which bound of each position is in conflict, leaving out those of which none is."""
    return {
        int(position): SIDES[int(bound)]
        for position, bound in zip(positions, bounds, strict=True)
        if int(bound) in SIDES
    }


def solve_mixed(
    program: LinearProgram,
    time_limit: float | None,
    mip_gap: float = INTEGER_GAP,
    progress: Progress | None = None,
) -> Outcome:
    """Solve a program whose levels must partly be whole, and the linear program left when they are fixed.

    Parameters
    ----------
    program : LinearProgram
        The program, scenario included.
    time_limit : float or None
        Most seconds.
    mip_gap : float
        The search ends when a better plan could save at most this share of the cost.
    progress : callable, optional
        Is told how far the search has come, in the calling thread; what it raises ends the search.

    Returns
    -------
    Outcome
        Levels of the best choice found; duals of the linear program with that choice fixed; the bound
        over all choices. Where the search was cut short, how far it had come.
    """
    highs = load(program)
    highs.setOptionValue("mip_rel_gap", mip_gap)
    highs.setOptionValue("mip_abs_gap", 0.0)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
    watch = Watch(progress)
    watch.attach(highs)
    found = _run(highs, time_limit, watch)
    search = watch.finish(highs, found.seconds)
    if found.status != "optimal":
        return replace(found, search=search)
    fixed = _run(load(program.fixed_at(found.x)), time_limit)
    if fixed.status != "optimal":
        return replace(fixed, status="failed", word=f"with whole levels fixed: {fixed.word}")
    return replace(
        fixed,
        seconds=found.seconds + fixed.seconds,
        iterations=found.iterations + fixed.iterations,
        bound=search.bound,
    )


def load(program: LinearProgram) -> Any:
    """Pass the arrays to a new HiGHS."""
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = program.n_columns, program.n_rows
    model.col_cost_ = program.cost
    model.col_lower_, model.col_upper_ = program.col_lower, program.col_upper
    model.row_lower_, model.row_upper_ = program.row_lower, program.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = program.starts
    model.a_matrix_.index_ = program.indices
    model.a_matrix_.value_ = program.values
    if program.integral is not None and program.is_mixed:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[whole] for whole in program.integral.tolist()]
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
    if watch is None and highs.getNumCol() < LARGE:
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
    usual = {}
    for settings in AGAIN:
        if highs.getModelStatus().name in STATUSES:
            break
        highs.clearSolver()
        for option, value in settings.items():
            usual[option] = highs.getOptionValue(option)[1]
            highs.setOptionValue(option, value)
        _solve(highs, watch)
    for option, value in usual.items():
        highs.setOptionValue(option, value)


def _run(highs: Any, time_limit: float | None, watch: Watch | None = None) -> Outcome:
    limit = float("inf") if time_limit is None else highs.getRunTime() + time_limit
    highs.setOptionValue("time_limit", limit)  # its clock counts all runs
    started = time.perf_counter()
    solve_until_settled(highs, watch)
    seconds = time.perf_counter() - started
    word = highs.modelStatusToString(highs.getModelStatus())
    status = STATUSES.get(highs.getModelStatus().name, "failed")
    if highs.getModelStatus() == highspy.HighsModelStatus.kModelEmpty:
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
        np.array(solution.col_value) + 0.0,
        np.array(solution.row_dual) + 0.0,
        name,
        seconds,
        iterations,
        word,
        basis=highs.getBasis() if info.basis_validity else None,
    )

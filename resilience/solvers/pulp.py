"""PuLP: the same program as an ordinary ``pulp.LpProblem``, for own constraints, other solvers and files.

Every column is a variable and every row a constraint, named by `Labels.names`. What PuLP cannot say
is written otherwise: a row with two different bounds becomes the constraints ``name.low`` and
``name.high``, and a row without any is left out.

PuLP 3.3.2 and PuLP 4 are both served. They differ here: 4 has no public constructor of expressions
(`_expression`), no bundled CBC (`_create`), and returns statistics instead of a status (`_verdict`).

Source: the PuLP documentation, "How to migrate from PuLP 3.x to 4.0".
"""

from __future__ import annotations

import difflib
import math
import os
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pulp
from numpy.typing import NDArray
from scipy.sparse import diags_array
from scipy.sparse.linalg import lsqr

from resilience.errors import InputError, OutputError
from resilience.program import LinearProgram, Outcome, certify
from resilience.program.outcome import Status
from resilience.solvers.engine import new_highs, solve_until_settled
from resilience.solvers.highs import INTEGER_GAP, HighsSession
from resilience.solvers.watch import Watch

FloatArray = NDArray[np.float64]
untyped: Any = pulp
"""PuLP for calls: much of PuLP 3 has no annotations, and PuLP 4 has others."""

Built = tuple[Any, list[Any], list[tuple[int, Any]]]

PREFERRED = ("CBC", "GLPK", "SCIP", "HiGHS")
"""Which solver ``"pulp"`` means: the first of these that is installed, and any other engine before ours."""

SHORT = {"PULP_CBC_CMD": "CBC", "COIN_CMD": "CBC"}
"""Short names that do not follow from PuLP's own."""

STRICT = ["primalTolerance 1e-9", "dualTolerance 1e-9"]
OPTIONS: dict[str, dict[str, Any]] = {
    "COIN_CMD": {"options": [*STRICT, "boundPropMaxRounds 1"]},
    "PULP_CBC_CMD": {"options": STRICT, "_skip_v4_deprecation": True},
}
"""Settings of PuLP's solvers: stricter than the certificate; without warnings; and one round of bound
tightening, since CBC after 2.10 takes slow progress in it for a proof that there is no plan."""

STATUSES: dict[str, Status] = {
    "Optimal": "optimal",
    "GapLimit": "optimal",  # PuLP 4: within the gap that was asked for; the certificate still judges it
    "Infeasible": "infeasible",
    "Unbounded": "unbounded",
    "TimeLimit": "time limit",
    "Interrupted": "interrupted",
}


def to_pulp(program: LinearProgram, name: str = "resilience") -> pulp.LpProblem:
    """Return the program as an ordinary PuLP problem that may be added to and solved by any solver.

    Parameters
    ----------
    program : LinearProgram
        Read only.
    name : str
        Name of the problem.

    Returns
    -------
    pulp.LpProblem
        Its variables are found by `find_variables`, or by name in ``problem.variablesDict()``;
        its constraints by ``problem.get_constraint_by_name(name)``, with the names of
        ``program.rows.names()``.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> program = two_sources()
    >>> problem = to_pulp(program)
    >>> (cheap,) = find_variables(problem, program, kind="buy", id="CD")
    >>> cheap.name, problem.get_constraint_by_name("demand(d)").name
    ('buy(CD)', 'demand(d)')
    >>> problem += cheap <= 4
    >>> _ = problem.solve(pulp.HiGHS(msg=False))
    >>> pulp.value(problem.objective)
    140.0
    """
    problem: pulp.LpProblem = _build(program, name)[0]
    return problem


def find_variables(
    problem: pulp.LpProblem,
    program: LinearProgram,
    kind: str | Iterable[str] | None = None,
    **conditions: Any,
) -> list[pulp.LpVariable]:
    """Return the variables of the columns whose labels meet all conditions, as in `Labels.where`."""
    known: Any = problem
    names, variables = program.columns.names(), known.variablesDict()
    return [variables[names[position]] for position in program.columns.where(kind, **conditions)]


def solve_with_pulp(
    program: LinearProgram, solver: str | None = None, time_limit: float | None = None
) -> Outcome:
    """Solve through PuLP: a second opinion from another engine.

    The duals are the solver's own where it gives any that pass the certificate; else they come from
    a HiGHS solve of the same program. The certificate is then made of levels from the one and duals
    from the other, and proves as much: by weak duality no plan costs less than any duals say. That
    the program has no plan, or no least cost, is nothing that a certificate shows, so HiGHS must say
    the same, or the solve has failed.

    Parameters
    ----------
    program : LinearProgram
        The program, scenario included.
    solver : str, optional
        ``"pulp"`` or nothing for the first installed of CBC, GLPK, SCIP, HiGHS; ``"pulp:GLPK"`` or
        ``"GLPK"`` for another; PuLP's own names, as ``"GLPK_CMD"``, are understood.
    time_limit : float, optional
        Most seconds.

    Returns
    -------
    Outcome
        Also where there is no optimum: ask its ``status``.

    Raises
    ------
    InputError
        If the solver is unknown or not installed.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> outcome = solve_with_pulp(two_sources(), "pulp:HiGHS")
    >>> outcome.status, outcome.x.tolist(), outcome.y.tolist()
    ('optimal', [5.0, 3.0], [25.0])
    """
    engine = _choose(solver, time_limit)
    problem, variables, constraints = _build(program, "resilience")
    name = f"{engine.name} through PuLP {pulp.__version__}"
    if np.any(program.col_lower > program.col_upper):  # no file can say so: CBC fails to read it
        return Outcome.without_answer("infeasible", name, 0.0, "bounds cross")
    with tempfile.TemporaryDirectory(prefix="resilience-", ignore_cleanup_errors=True) as folder:
        engine.tmpDir = folder  # where command-line solvers exchange files, some of which PuLP leaves behind
        started = time.perf_counter()
        try:
            verdict = _verdict(problem, problem.solve(engine))
        except (pulp.PulpError, OSError) as fault:
            return Outcome.without_answer("failed", name, time.perf_counter() - started, str(fault))
        seconds = time.perf_counter() - started
    status = STATUSES.get(verdict, "failed")
    if status == "failed" and time_limit is not None and seconds >= 0.9 * time_limit:
        status = "time limit"  # PuLP 3 says "Not Solved"
    if verdict in ("Infeasible", "Unbounded", "Undefined"):
        second = HighsSession(program, time_limit).solve().status
        if second not in ("infeasible", "unbounded"):
            return Outcome.without_answer("failed", name, seconds, f"{verdict}, but HiGHS says {second}")
        status = second
    if status != "optimal":
        return Outcome.without_answer(status, name, seconds, verdict)
    x = _restore_digits(program, _levels(program, variables))
    y = _duals(program, constraints)
    is_mixed = program.is_mixed
    if is_mixed:
        program = program.fixed_at(x)  # duals are those of the linear program that is left
        x = np.clip(x, program.col_lower, program.col_upper)
    if not certify(program, x, y).holds:
        other = HighsSession(program, time_limit).solve()
        y = other.y if other.status == "optimal" else y
    bound = float(program.cost @ x) if is_mixed else None  # PuLP hands on no bound, only the word "optimal"
    return Outcome("optimal", x, y, name, seconds, 0, verdict, bound)


def write_lp(program: LinearProgram, path: str | os.PathLike[str]) -> None:
    """Write the program as a CPLEX LP file: the whole file or, on any error, nothing.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    problem: Any = to_pulp(program)
    _write(path, problem.writeLP)


def write_mps(program: LinearProgram, path: str | os.PathLike[str]) -> None:
    """Write the program as a free MPS file: the whole file or, on any error, nothing.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    problem: Any = to_pulp(program)
    _write(path, problem.writeMPS)


def _write(path: str | os.PathLike[str], write: Callable[[str], Any]) -> None:
    target = Path(path)
    draft = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        write(str(draft))
        draft.replace(target)
    except (OSError, pulp.PulpError) as fault:
        raise OutputError(f"{target}: cannot be written: {getattr(fault, 'strerror', fault)}") from fault
    finally:
        draft.unlink(missing_ok=True)


def _build(program: LinearProgram, name: str) -> Built:
    """Return the problem, its variables in column order, and each constraint with its row."""
    problem = untyped.LpProblem(re.sub(r"\W", "_", name), pulp.LpMinimize)
    bounds = zip(_or_none(program.col_lower), _or_none(program.col_upper), strict=True)
    names = program.columns.names()
    integral = [False] * len(names) if program.integral is None else program.integral.tolist()
    kinds = [pulp.LpInteger if whole else pulp.LpContinuous for whole in integral]
    variables = [
        problem.add_variable(name, *bound, cat=kind)
        for name, bound, kind in zip(names, bounds, kinds, strict=True)
    ]
    priced = zip(variables, program.cost.tolist(), strict=True)
    problem += _expression(priced)  # zeros too: PuLP 3 knows a variable only once it stands somewhere
    rows = program.matrix.tocsr()
    rows.sum_duplicates()
    starts, columns, values = rows.indptr.tolist(), rows.indices.tolist(), rows.data.tolist()
    lowers, uppers = _or_none(program.row_lower), _or_none(program.row_upper)
    owners: list[int] = []
    for row, row_name in enumerate(program.rows.names()):
        low, high = lowers[row], uppers[row]
        first, last = starts[row], starts[row + 1]
        terms = [(variables[j], a) for j, a in zip(columns[first:last], values[first:last], strict=True)]
        if low is not None and low == high:
            problem.addConstraint(_expression(terms) == low, row_name)
            owners.append(row)
            continue
        is_range = low is not None and high is not None
        if low is not None:
            problem.addConstraint(_expression(terms) >= low, f"{row_name}.low" if is_range else row_name)
            owners.append(row)
        if high is not None:
            problem.addConstraint(_expression(terms) <= high, f"{row_name}.high" if is_range else row_name)
            owners.append(row)
    return problem, variables, list(zip(owners, problem.constraints(), strict=True))


def _or_none(bounds: FloatArray) -> list[float | None]:
    return [bound if math.isfinite(bound) else None for bound in bounds.tolist()]


def _expression(terms: Iterable[tuple[Any, float]]) -> Any:
    """Return a sum of coefficient times variable, made at once instead of term by term."""
    make = untyped.LpAffineExpression
    return make.from_list(list(terms)) if hasattr(make, "from_list") else make(list(terms))


def _choose(asked: str | None, time_limit: float | None) -> Any:
    """Return the solver object that a name stands for.

    Examples
    --------
    >>> _choose("pulp:HiHGS", None)
    Traceback (most recent call last):
    ...
    resilience.errors.InputError: unknown solver 'HiHGS'; did you mean 'HiGHS'?  (installed: ...HiGHS)
    >>> _choose("PULP_NONE_CMD", None)
    Traceback (most recent call last):
    ...
    resilience.errors.InputError: unknown solver 'PULP_NONE_CMD'...
    """
    name = re.sub(r"^pulp(:|$)", "", asked or "", flags=re.IGNORECASE)
    known: dict[str, list[str]] = {}
    for own in pulp.listSolvers():
        known.setdefault(_short(own), []).append(own)
    if name:
        own_names = [own for names in known.values() for own in names if own.casefold() == name.casefold()]
        short_names = [
            own for short, names in known.items() if short.casefold() == name.casefold() for own in names
        ]
        wanted = own_names + short_names
    else:
        wanted = [own for short in PREFERRED for own in known.get(short, ())] + pulp.listSolvers()
    for own in wanted:
        engine = _create(own, time_limit)
        if engine.available():
            return engine
    installed = ", ".join(sorted({_short(own) for own in pulp.listSolvers(onlyAvailable=True)})) or "none"
    if wanted:
        raise InputError(f"solver '{name}' is not installed  (installed: {installed})")
    readable = {word.casefold(): word for short, names in known.items() for word in (*names, short)}
    near = difflib.get_close_matches(name.casefold(), readable, 1)
    hint = f"; did you mean '{readable[near[0]]}'?" if near else ""
    raise InputError(f"unknown solver '{name}'{hint}  (installed: {installed})")


def _short(name: str) -> str:
    """Return the name of the solver behind one of PuLP's classes, as GLPK for GLPK_CMD and PYGLPK."""
    return SHORT.get(name) or re.sub(r"^PY|_(CMD|PY|DLL)$", "", name)


def _create(name: str, time_limit: float | None) -> Any:
    if name == "HiGHS":
        return _QuietHiGHS(msg=False, timeLimit=time_limit)
    if name == "GLPK_CMD" and time_limit is not None:
        time_limit = math.ceil(time_limit)  # it reads whole seconds only
    return untyped.getSolver(name, msg=False, timeLimit=time_limit, **OPTIONS.get(name, {}))


class _QuietHiGHS(untyped.HiGHS):  # type: ignore[misc]
    """PuLP's HiGHS, with our settings: PuLP's own prints a banner to stdout, whatever it is told."""

    def createAndConfigureSolver(self, lp: Any) -> None:
        lp.solverModel = new_highs()
        lp.solverModel.setOptionValue("mip_rel_gap", INTEGER_GAP)
        if self.timeLimit is not None:
            lp.solverModel.setOptionValue("time_limit", float(self.timeLimit))

    def callSolver(self, lp: Any) -> None:
        solve_until_settled(lp.solverModel, Watch())  # in a thread, so that Ctrl-C is heard


def _verdict(problem: Any, result: Any) -> str:
    """Return PuLP's word for what became of the solve; "Optimal" only if it is proved."""
    if not isinstance(result, int):
        return str(result.status.name)
    if result == pulp.LpStatusOptimal and problem.sol_status != pulp.LpSolutionOptimal:
        return "Stopped"
    return pulp.LpStatus[result]


def _levels(program: LinearProgram, variables: list[Any]) -> FloatArray:
    """Return the level of every column; one that the solver never saw stands as near to 0 as it may."""
    given = [variable.varValue for variable in variables]
    x = np.array([math.nan if level is None else level for level in given])
    unseen = np.array([level is None for level in given], dtype=bool)
    return np.asarray(np.where(unseen, np.clip(0.0, program.col_lower, program.col_upper), x))


def _duals(program: LinearProgram, constraints: list[tuple[int, Any]]) -> FloatArray:
    """Return the dual of every row: NaN throughout if the solver gives none."""
    y = np.zeros(program.n_rows)
    for row, constraint in constraints:
        y[row] += math.nan if constraint.pi is None else constraint.pi
    return y


def _restore_digits(program: LinearProgram, x: FloatArray) -> FloatArray:
    """Return levels that meet the rows again, after a solver that prints eight digits rounded them.

    The least relative change, in the least-squares sense, that puts every row which is at a bound,
    or past it, back on the bound. Taken only if it does so.
    """
    x = np.clip(x, program.col_lower, program.col_upper)
    activity = program.times(x)
    scale = np.ones(program.n_rows)
    np.maximum.at(scale, program.indices, np.abs(program.values * x[program.entry_columns]))
    nearest = np.where(
        np.abs(activity - program.row_lower) <= np.abs(activity - program.row_upper),
        program.row_lower,
        program.row_upper,
    )
    past = np.maximum(program.row_lower - activity, activity - program.row_upper) / scale
    if not np.max(past, initial=0.0) > 1e-9:
        return x
    tight = np.flatnonzero(past > -1e-6)
    inside = (x > program.col_lower) & (x < program.col_upper)
    step = diags_array(np.where(inside, np.abs(x), 0.0))
    system = diags_array(1.0 / scale[tight]) @ program.matrix.tocsr()[tight] @ step
    relative = lsqr(system, (nearest - activity)[tight] / scale[tight], atol=1e-8, btol=1e-8, iter_lim=500)[0]
    moved = np.clip(x + step @ relative, program.col_lower, program.col_upper)
    changed = program.times(moved)
    still = np.maximum(program.row_lower - changed, changed - program.row_upper) / scale
    return np.asarray(moved) if np.max(still) < np.max(past) else x

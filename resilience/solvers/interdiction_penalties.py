"""Interdiction without trying every set: what is closed costs a penalty that is as bad as closing.

P bounds what a unit beyond a ceiling is worth (`resilience.program.worth`). With it

    one program     the largest dual objective over all sets, a mixed program: where option e lowers the
                    ceiling of column j to t, a further dual w with  0 <= w <= P z_e  and objective -t w
    decomposition   a master over z with one cut per plan found,  cost <= c x + sum_e z_e (penalty of what
                    the plan has beyond e's ceilings); exact, since closing is never worse than the penalty

Source: Israeli & Wood (2002), Shortest-path network interdiction, Networks 40(2), 97-111 (dual with
penalties, decomposition).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.errors import SolverError
from resilience.program import Block, Delta, Labels, LinearProgram
from resilience.program.worth import Worth
from resilience.solvers.highs import HighsSession, solve_mixed
from resilience.solvers.interdiction import Attack, Found, Progress, plan_under, ranked

FloatArray = NDArray[np.float64]

MOST_CUTS = 2_000
"""Most plans that the decomposition collects before it stops with a gap."""

CLOSED = 1e-7
"""Relative gap at which the decomposition ends."""


def is_penalised(program: LinearProgram, delta: Delta) -> bool:
    """Say whether penalties can stand for a delta: it only lowers ceilings and changes costs."""
    lowers = np.any(delta.col_lower.numbers != program.col_lower[delta.col_lower.positions])
    floors = np.any(delta.row_lower.numbers != program.row_lower[delta.row_lower.positions])
    entries = np.any(delta.values.numbers != program.values[delta.values.positions])
    return not (lowers or floors or entries)


@dataclass(frozen=True, eq=False)
class _Ceilings:
    """What options lower: one entry per option and column or row.

    Parameters
    ----------
    option, target : ndarray of int64
        Option, and the column or row.
    level : ndarray of float64
        The new ceiling.
    penalty : ndarray of float64
        Most that a unit beyond it is worth.
    """

    option: NDArray[np.int64]
    target: NDArray[np.int64]
    level: FloatArray
    penalty: FloatArray


def _ceilings(program: LinearProgram, deltas: Sequence[Delta], worth: Worth) -> tuple[_Ceilings, _Ceilings]:
    """Return the ceilings that options lower, of columns and of rows."""
    found = []
    for name, now in (("col_upper", program.col_upper), ("row_upper", program.row_upper)):
        option, target, level = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
        for number, delta in enumerate(deltas):
            change = getattr(delta, name)
            lower = change.numbers < now[change.positions]
            option.append(np.full(int(lower.sum()), number))
            target.append(change.positions[lower])
            level.append(change.numbers[lower])
        at = np.concatenate(target)
        penalty = (
            worth.columns[at]
            if name == "col_upper"
            else np.array([worth.of_ceiling(program, int(row)) for row in at])
        )
        found.append(_Ceilings(np.concatenate(option), at, np.concatenate(level), penalty.astype(float)))
    return found[0], found[1]


def _rises(program: LinearProgram, deltas: Sequence[Delta]) -> list[FloatArray]:
    """Return by how much each option raises the cost of each column."""
    rises = []
    for delta in deltas:
        rise = np.zeros(program.n_columns)
        for name, change in delta.costs.items():
            base = program.costs.get(name, np.zeros(program.n_columns))
            rise[change.positions] += change.numbers - base[change.positions]
        rises.append(rise)
    return rises


def decompose(
    session: HighsSession,
    deltas: Sequence[Delta],
    weights: FloatArray,
    budget: float,
    worth: Worth,
    progress: Progress | None = None,
) -> Found:
    """Find the worst set by plans: each plan bounds every set, the set with the highest bound is tried next.

    Parameters
    ----------
    session : HighsSession
        On the program before any attack.
    deltas : sequence of Delta
        Options; all of them `is_penalised`.
    weights : ndarray, shape (n_options,)
        What each costs the attacker.
    budget : float
        Most that a set may weigh.
    worth : Worth
        Of the program; finite at all that options lower.
    progress : callable, optional
        Gets the number of plans so far and 0.

    Returns
    -------
    Found
        Every set tried, and the last bound; so too where Ctrl-C comes after the first.
    """
    program = session.program
    columns, rows = _ceilings(program, deltas, worth)
    rises = np.array(_rises(program, deltas)).reshape(len(deltas), program.n_columns)
    constants, slopes = [], []
    tried: dict[tuple[int, ...], float] = {}
    chosen: tuple[int, ...] = ()
    bound = inf
    for _ in range(MOST_CUTS):
        try:
            cost, plan = plan_under(session, [deltas[option] for option in chosen])
        except KeyboardInterrupt:
            if not tried:
                raise
            break
        tried[chosen] = cost
        if progress is not None:
            progress(len(tried), 0)
        if not np.isfinite(cost):
            bound = inf
            break
        slope = rises @ plan
        beyond = np.maximum(plan[columns.target] - columns.level, 0.0) * columns.penalty
        np.add.at(slope, columns.option, beyond)
        activity = program.times(plan)
        beyond = np.maximum(activity[rows.target] - rows.level, 0.0) * rows.penalty
        np.add.at(slope, rows.option, beyond)
        constants.append(float(program.cost @ plan))
        slopes.append(slope)
        chosen, least = _master(np.array(constants), np.array(slopes), weights, budget)
        bound = min(bound, least)
        best = max(tried.values())
        if bound <= best + CLOSED * max(1.0, abs(best)) or chosen in tried:
            bound = max(bound if chosen not in tried else best, best)
            break
    return Found(ranked(Attack(key, cost) for key, cost in tried.items()), bound)


def _master(
    constants: FloatArray, slopes: FloatArray, weights: FloatArray, budget: float
) -> tuple[tuple[int, ...], float]:
    """Return the set whose least bound over all plans is highest, and that bound."""
    n_cuts, n_options = slopes.shape
    top = float(np.max(constants + slopes.clip(0).sum(axis=1)))
    scale = max(1.0, float(np.abs(constants).max()))
    # columns: z, then theta; rows: theta - slope z <= constant, then the budget
    matrix = np.zeros((n_cuts + 1, n_options + 1))
    matrix[:n_cuts, :n_options], matrix[:n_cuts, n_options] = -slopes / scale, 1.0
    matrix[n_cuts, :n_options] = weights
    cost = np.zeros(n_options + 1)
    cost[n_options] = -1.0
    program = _dense(
        matrix,
        cost,
        (np.zeros(n_options + 1), np.array([*np.ones(n_options), top / scale + 1.0])),
        np.array([*(constants / scale), budget * (1 + 1e-12)]),
        np.array([*np.ones(n_options, dtype=bool), False]),
    )
    program = replace(program, col_lower=np.array([*np.zeros(n_options), -top / scale - 1.0]))
    outcome = solve_mixed(program, None)
    if outcome.status != "optimal":
        raise SolverError(f"the choice of an attack could not be solved: {outcome.word}", outcome.word)
    chosen = tuple(int(option) for option in np.flatnonzero(outcome.x[:n_options] > 0.5))
    least = float(np.min(constants + slopes[:, list(chosen)].sum(axis=1)))
    return chosen, max(least, -scale * (outcome.bound if outcome.bound is not None else -inf))


@dataclass
class _Dual:
    """The dual of a program under attack, as it is put together: columns, and what each is in the rows.

    Rows are first one per column of the program, then one per penalised dual (w <= P z), then the budget.
    """

    matrices: list[Any] = field(default_factory=list)
    costs: list[FloatArray] = field(default_factory=list)
    lower: list[FloatArray] = field(default_factory=list)
    upper: list[FloatArray] = field(default_factory=list)

    def add(self, matrix: Any, value: FloatArray, lower: float, upper: float) -> None:
        """Add columns: their entries, what one unit of each adds to the dual objective, their bounds."""
        self.matrices.append(matrix)
        self.costs.append(-value)
        self.lower.append(np.full(len(value), lower))
        self.upper.append(np.full(len(value), upper))


def solve_dual(
    program: LinearProgram,
    deltas: Sequence[Delta],
    weights: FloatArray,
    budget: float,
    worth: Worth,
    time_limit: float | None = None,
) -> tuple[tuple[int, ...], float]:
    """Find the worst set by one mixed program: the largest dual objective over all sets.

    Parameters
    ----------
    program : LinearProgram
        Before any attack; without whole levels.
    deltas : sequence of Delta
        Options; all of them `is_penalised`.
    weights : ndarray, shape (n_options,)
        What each costs the attacker.
    budget : float
        Most that a set may weigh.
    worth : Worth
        Of the program; finite at all that options lower.
    time_limit : float, optional
        Most seconds.

    Returns
    -------
    set : tuple of int
    bound : float
        No allowed set costs more, as far as the penalties go.

    Raises
    ------
    SolverError
        If the solver finds no set.
    """
    from scipy.sparse import csc_array, eye_array, hstack, vstack

    columns, rows = _ceilings(program, deltas, worth)
    n_columns, n_options = program.n_columns, len(deltas)
    n_penalised = len(columns.option) + len(rows.option)
    scale = max(1.0, float(np.abs(program.cost).max(initial=0.0)))
    transposed, unit = program.matrix.T.tocsc(), eye_array(n_columns, format="csc")

    def below(matrix: Any, own: Any = None) -> Any:
        """Put the rows of the penalised duals and of the budget under columns."""
        empty = csc_array((n_penalised, matrix.shape[1])) if own is None else own
        return vstack([matrix, empty, csc_array((1, matrix.shape[1]))], format="csc")

    dual = _Dual()
    fixed = program.row_lower == program.row_upper
    for chosen, sign, value in (
        (fixed, 1.0, program.row_lower),
        (np.isfinite(program.row_lower) & ~fixed, 1.0, program.row_lower),
        (np.isfinite(program.row_upper) & ~fixed, -1.0, program.row_upper),
    ):
        at = np.flatnonzero(chosen)
        dual.add(below(sign * transposed[:, at]), sign * value[at], -inf if chosen is fixed else 0.0, inf)
    for chosen, sign, value in (
        (np.isfinite(program.col_lower), 1.0, program.col_lower),
        (np.isfinite(program.col_upper), -1.0, program.col_upper),
    ):
        at = np.flatnonzero(chosen)
        dual.add(below(sign * unit[:, at]), sign * value[at], 0.0, inf)
    penalised = hstack([-unit[:, columns.target], -transposed[:, rows.target]], format="csc")
    own = eye_array(n_penalised, format="csc")
    dual.add(below(penalised, own), -np.concatenate([columns.level, rows.level]), 0.0, inf)
    penalty = np.concatenate([columns.penalty, rows.penalty]) / scale
    option = np.concatenate([columns.option, rows.option])
    switch = csc_array((-penalty, (np.arange(n_penalised), option)), shape=(n_penalised, n_options))
    rises = csc_array(-np.array(_rises(program, deltas)).reshape(n_options, n_columns).T / scale)
    matrix = vstack([rises, switch, csc_array(np.asarray(weights, dtype=float)[None, :])], format="csc")
    dual.matrices.append(matrix)
    dual.costs.append(np.zeros(n_options))
    dual.lower.append(np.zeros(n_options))
    dual.upper.append(np.ones(n_options))
    low = np.concatenate([program.cost / scale, np.full(n_penalised + 1, -inf)])
    high = np.concatenate([program.cost / scale, np.zeros(n_penalised), [budget * (1 + 1e-12)]])
    whole = hstack(dual.matrices, format="csc")
    is_whole = np.arange(whole.shape[1]) >= whole.shape[1] - n_options
    outcome = solve_mixed(
        _assembled(
            whole,
            np.concatenate(dual.costs),
            (np.concatenate(dual.lower), np.concatenate(dual.upper)),
            (low, high),
            is_whole,
        ),
        time_limit,
    )
    if outcome.status != "optimal" or outcome.bound is None:
        raise SolverError(f"the choice of an attack could not be solved: {outcome.word}", outcome.word)
    chosen_set = tuple(int(number) for number in np.flatnonzero(outcome.x[-n_options:] > 0.5))
    return chosen_set, -outcome.bound * scale


def _dense(
    matrix: FloatArray,
    cost: FloatArray,
    bounds: tuple[FloatArray, FloatArray],
    most: FloatArray,
    whole: NDArray[np.bool_],
) -> LinearProgram:
    """Return  min cost x,  matrix x <= most  as a program."""
    from scipy.sparse import csc_array

    return _assembled(csc_array(matrix), cost, bounds, (np.full(len(most), -inf), most), whole)


def _assembled(
    matrix: Any,
    cost: FloatArray,
    bounds: tuple[FloatArray, FloatArray],
    limits: tuple[FloatArray, FloatArray],
    whole: NDArray[np.bool_],
) -> LinearProgram:
    """Return a program of a SciPy matrix."""
    n_rows, n_columns = matrix.shape
    return LinearProgram(
        matrix.indptr.astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data.astype(float),
        {"cost": cost},
        *bounds,
        *limits,
        Labels((Block("column", n_columns, {"number": np.arange(n_columns)}),)),
        Labels((Block("row", n_rows, {"number": np.arange(n_rows)}),)),
        whole,
    )

"""What a limit is worth beyond its rent: for one more and one less, for 10 %, and how far the rent holds.

Sides    what relaxing the limit by one unit saves and what tightening it costs, per unit: the ends of its
         dual over all optimal duals. The rent lies between them; it is both where they are one
Range    the limits for which these duals still prove an optimum: with every activity of non-zero reduced
         cost and every row of non-zero dual held where it is, how far the limit itself can move. Exact in
         degenerate plans too, where it may be a single point
Gain     what the plan saves when a ceiling is raised, or a floor lowered, by 10 %: a re-solve. At most 10 %
         of rent x limit, since each further unit saves no more than the one before; nothing for a limit of
         0, of which there are no 10 %
Moves    all that is one limit of the file moves together: copies by origin and the row that they share,
         tiers that a quantity cuts off, in proportion where they differ. Whole levels stay fixed
Source   Gal (1986), Shadow prices and sensitivity analysis in linear programming under degeneracy,
         OR Spektrum 8, 59-71
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from resilience.errors import SolverError
from resilience.program import Delta, LinearProgram
from resilience.solvers.engine import load, solve_until_settled

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Progress = Callable[[int, int], None]

TENTH = 0.1
"""Share by which limits are relaxed to see what it gains."""
ROUNDING = 1e-9
"""Reduced costs and duals below this share of the numbers that they are a difference of are zero."""
LOOSE = 1e-7
"""How far plans may miss what is held where it stands, since that holds to within rounding only."""
NAMES = ("one_more", "one_less", "from", "to", "gain")


@dataclass(frozen=True, eq=False)
class Moved:
    """All bounds that are one limit.

    Parameters
    ----------
    columns, rows : ndarray of int64
        Whose bounds they are.
    is_ceiling : bool
        Whether upper bounds are meant, or lower ones.
    limit : float
        The number shown for them.
    """

    columns: IntArray
    rows: IntArray
    is_ceiling: bool
    limit: float

    @property
    def sign(self) -> float:
        """Which way relaxes it."""
        return 1.0 if self.is_ceiling else -1.0

    def bounds(self, program: LinearProgram) -> tuple[FloatArray, FloatArray]:
        """Return the bounds of columns and rows that it is."""
        side = "upper" if self.is_ceiling else "lower"
        return getattr(program, f"col_{side}")[self.columns], getattr(program, f"row_{side}")[self.rows]

    def shares(self, program: LinearProgram) -> tuple[FloatArray, FloatArray]:
        """Return how much each bound moves when the limit shown moves by one.

        A pool member's limit is shown with its part of what is put in, which its bound is without.
        """
        columns, rows = self.bounds(program)
        if self.limit == 0:
            return np.ones(len(columns)), np.ones(len(rows))
        is_shifted = np.isin(self.rows, program.rows.where(kind=("use", "share")))
        return columns / self.limit, np.where(is_shifted, 1.0, rows / self.limit)

    def delta(self, program: LinearProgram, by: float) -> Delta:
        """Return the limit moved by some amount; an equality moves as a whole."""
        own, other = ("upper", "lower") if self.is_ceiling else ("lower", "upper")
        (columns, rows), (of_columns, of_rows) = self.bounds(program), self.shares(program)
        rows = rows + by * of_rows
        is_equal = program.row_lower[self.rows] == program.row_upper[self.rows]
        changes: dict[str, tuple[Any, Any]] = {
            f"col_{own}": (self.columns, np.maximum(columns + by * of_columns, 0.0)),
            f"row_{own}": (self.rows, rows),
            f"row_{other}": (self.rows[is_equal], rows[is_equal]),
        }
        return Delta.of(costs=None, **changes)


class Gains:
    """Answers about the limits of one solution.

    Parameters
    ----------
    solution : Solution
        Solved.
    """

    def __init__(self, solution: Solution) -> None:
        self._solution = solution
        self._program = solution.program.fixed_at(solution.levels)

    def of(self, limits: Iterable[Moved], progress: Progress | None = None) -> dict[str, FloatArray]:
        """Return one_more, one_less, from, to and gain of every limit, in money of the first period."""
        wanted = list(limits)
        table = np.full((len(wanted), len(NAMES)), np.nan)
        for number, moved in enumerate(wanted):
            gain = self.tenth(moved) if moved.limit else np.nan
            table[number] = (*self.sides(moved), *self.range(moved), gain)
            if progress is not None:
                progress(number + 1, len(wanted))
        return {name: table[:, place] for place, name in enumerate(NAMES)}

    def tenth(self, moved: Moved) -> float:
        """Return what 10 % more of a ceiling, or less of a floor, saves."""
        return self.saved(moved.delta(self._program, moved.sign * TENTH * abs(moved.limit)))

    def saved(self, delta: Delta) -> float:
        """Return what a plan for the changed program costs less than this one; rounding is none."""
        found = self._solution.session.solve(delta)
        if found.status != "optimal":
            raise SolverError(f"no plan could be found with a limit relaxed: {found.word}")
        saving = self._cost - float(self._program.cost @ found.x)
        return saving if abs(saving) > ROUNDING * max(1.0, abs(self._cost)) else 0.0

    def sides(self, moved: Moved) -> tuple[float, float]:
        """Return what one unit more of a limit saves and one less costs; NaN where it cannot be less."""
        program, x = self._program, self._solution.levels
        (bounds, _), (of_columns, of_rows) = moved.bounds(program), moved.shares(program)
        reached = np.abs(x[moved.columns] - bounds) <= 1e-7 * np.maximum(1.0, np.abs(bounds))
        columns, weights = moved.columns[reached], of_columns[reached]
        direction = -np.asarray(program.matrix[:, columns] @ weights, dtype=float)
        direction[moved.rows] += of_rows
        rows = np.flatnonzero(direction)
        shape = (program.n_rows, 1)
        sparse = csc_array((direction[rows], rows.astype(np.int32), np.array([0, len(rows)])), shape=shape)
        (low,), (high,) = self._solution.dual_face.ends(sparse)
        own = float(program.cost[columns] @ weights)
        saves, costs = sorted((-moved.sign * (own + low), -moved.sign * (own + high)))
        is_equal = bool((program.row_lower[moved.rows] == program.row_upper[moved.rows]).any())
        is_fixed = bool((program.col_lower[columns] == program.col_upper[columns]).any())
        if is_fixed or not np.isfinite(costs):
            costs = np.nan
        return (saves if is_equal else max(saves, 0.0)) if np.isfinite(saves) else np.nan, costs

    def range(self, moved: Moved) -> tuple[float, float]:
        """Return from which limit to which its rent stays the same."""
        highs, program = self._face, self._program
        size, n_columns, n_rows = len(moved.columns), program.n_columns, program.n_rows
        (bounds, _), (of_columns, of_rows) = moved.bounds(program), moved.shares(program)
        columns, reduced = moved.columns.astype(np.int32), self._reduced[moved.columns]
        held, elsewhere = moved.sign * reduced < 0, moved.sign * reduced > 0  # here, or at the other bound
        lower, upper = program.col_lower[moved.columns], program.col_upper[moved.columns]
        free = (lower, np.full(size, np.inf)) if moved.is_ceiling else (np.minimum(lower, 0.0), upper)
        face = tuple(side[moved.columns] for side in self._face_bounds)
        free = np.where(elsewhere, face[0], free[0]), np.where(elsewhere, face[1], free[1])
        least = np.where(held | (not moved.is_ceiling), bounds, -np.inf)
        most = np.where(held | moved.is_ceiling, bounds, np.inf)
        highs.changeColsBounds(size, columns, *free)
        for place in range(size):
            pair = np.array([columns[place], n_columns], dtype=np.int32)
            highs.addRow(least[place], most[place], 2, pair, np.array([1.0, -of_columns[place]]))
        for row, share in zip(moved.rows.tolist(), of_rows.tolist(), strict=True):
            highs.changeCoeff(row, n_columns, -share)
        highs.changeColBounds(n_columns, *self._room(moved, of_rows))
        ends = moved.limit - self._furthest(-1.0), moved.limit + self._furthest(1.0)
        highs.changeColBounds(n_columns, 0.0, 0.0)
        for row in moved.rows.tolist():
            highs.changeCoeff(row, n_columns, 0.0)
        if size:
            highs.deleteRows(size, np.arange(n_rows, n_rows + size, dtype=np.int32))
        highs.changeColsBounds(size, columns, *face)
        return ends

    def _room(self, moved: Moved, shares: FloatArray) -> tuple[float, float]:
        """Return how far a ceiling of rows may move until it meets their floor, or a floor their ceiling."""
        lower, upper = self._program.row_lower[moved.rows], self._program.row_upper[moved.rows]
        apart = (upper > lower) & (shares > 0)
        room = float(np.min((upper - lower)[apart] / shares[apart], initial=np.inf))
        return (-room, np.inf) if moved.is_ceiling else (-np.inf, room)

    def _furthest(self, sign: float) -> float:
        """Return how far the limit can go up, or down, on the face."""
        highs, program = self._face, self._program
        highs.changeColCost(program.n_columns, -sign)
        highs.clearSolver()
        solve_until_settled(highs)
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kUnbounded:
            return np.inf
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(f"HiGHS could not tell how far a rent holds: {status.name}")
        return -float(highs.getInfo().objective_function_value)

    @cached_property
    def _cost(self) -> float:
        """Cost of this plan, as the session finds it."""
        return float(self._program.cost @ self._solution.session.solve().x)

    @cached_property
    def _reduced(self) -> FloatArray:
        """Reduced costs, 0 where they are rounding."""
        program, y = self._program, self._solution.outcome.y
        reduced = program.cost - program.transposed_times(y)
        size = np.abs(program.cost) + np.asarray(abs(program.matrix).T @ np.abs(y))
        return np.asarray(np.where(np.abs(reduced) > ROUNDING * size, reduced, 0.0))

    @cached_property
    def _face_bounds(self) -> tuple[FloatArray, FloatArray]:
        """Bounds of columns in all plans that these duals prove."""
        program, x, held = self._program, self._solution.levels, self._reduced != 0
        at = np.clip(x, program.col_lower, program.col_upper)
        return np.where(held, at, program.col_lower), np.where(held, at, program.col_upper)

    @cached_property
    def _face(self) -> Any:
        """All plans that these duals prove, in HiGHS, with one column more: how far the limit is moved."""
        program, y = self._program, self._solution.outcome.y
        activity = program.times(self._solution.levels)
        held = np.abs(y) > ROUNDING * np.max(np.abs(y), initial=0.0)
        at = np.where(np.isfinite(program.row_lower) & (y > 0), program.row_lower, program.row_upper)
        at = np.where(np.isfinite(at), at, activity)
        lower, upper = self._face_bounds
        plans = replace(
            program,
            costs={"none": np.zeros(program.n_columns)},
            col_lower=lower,
            col_upper=upper,
            row_lower=np.where(held, at, program.row_lower),
            row_upper=np.where(held, at, program.row_upper),
        )
        highs = load(plans)
        highs.setOptionValue("primal_feasibility_tolerance", LOOSE)
        highs.addCol(0.0, 0.0, 0.0, 0, np.empty(0, dtype=np.int32), np.empty(0))
        return highs


def members_of(solution: Solution, table: str, position: int, is_ceiling: bool) -> tuple[IntArray, IntArray]:
    """Return all columns and rows whose bounds are the same limit of the file as one bound is.

    Parameters
    ----------
    solution : Solution
        Solved.
    table : str
        ``columns`` or ``rows``.
    position : int
        The bound.
    is_ceiling : bool
        Whether it is an upper bound.
    """
    columns, rows = _bounds_of(solution, table, position, is_ceiling)
    if not is_ceiling or not len(columns):
        return columns, rows
    return columns, np.union1d(rows, _uses_of(solution, columns))


def _uses_of(solution: Solution, columns: IntArray) -> IntArray:
    """Return rows  sum of levels <= most * use  of what is in use, where these bounds are that most."""
    rows, whole = uses_over(solution, columns)
    most = float(solution.program.col_upper[columns].sum())
    return rows[np.abs(whole - most) <= LOOSE * max(1.0, most)]


def uses_over(solution: Solution, columns: IntArray) -> tuple[IntArray, FloatArray]:
    """Return rows  sum of levels <= most * use  over some columns and no others, and the most of each.

    Only of what is in use: whole levels stay as they are, and what is not used has no capacity to widen.
    """
    program = solution.program
    rows = program.rows.where(kind="use")
    rows = rows[program.row_upper[rows] == 0]
    part, of_use = program.matrix.tocsr()[rows], program.columns.kinds() == "use"
    inside = np.zeros(program.n_columns, dtype=bool)
    inside[columns] = True
    others = np.asarray(abs(part) @ (~inside & ~of_use).astype(float))
    ours = np.asarray(part @ inside.astype(float))
    most = -np.asarray(part @ np.where(of_use, solution.levels, 0.0))
    chosen = (others == 0) & (ours > 0) & (most > 0)
    return rows[chosen], most[chosen]


def _bounds_of(solution: Solution, table: str, position: int, is_ceiling: bool) -> tuple[IntArray, IntArray]:
    """Return all columns and rows whose own bounds are the same limit of the file as one bound is."""
    program = solution.program
    labels = program.columns if table == "columns" else program.rows
    at = np.array([position])
    kind, one = str(labels.kinds()[position]), at
    none = np.empty(0, dtype=np.int64)
    if table == "rows" and kind in ("hub", "limit", "policy", "share"):
        return none, one
    if table == "rows" and kind == "use":
        return _bounds_with(solution, position, is_ceiling), one
    texts = {name: labels.texts(name, at)[0] for name in ("id", "tier")}
    where: dict[str, Any] = {"id": texts["id"], "period": int(labels.texts("period", at)[0])}
    if kind == "capacity":
        rows = one
        kind = next(each for each in ("produce", "buy", "serve") if _has(program, each, where))
    else:
        rows = program.rows.where(kind="capacity", **where)
    columns = program.columns.where(kind=kind, **where)
    side = "upper" if is_ceiling else "lower"
    bound, row_bound = getattr(program, f"col_{side}"), getattr(program, f"row_{side}")
    if len(rows) and (table == "rows" or bound[position] == row_bound[rows[0]]):
        return columns[bound[columns] == row_bound[rows[0]]], rows  # tiers that end with the whole
    if texts["tier"]:
        where["tier"] = texts["tier"]
        columns = program.columns.where(kind=kind, **where)
    number = (bound if table == "columns" else row_bound)[position]
    rows = program.rows.where(kind=kind, **where)
    return columns[bound[columns] == number], rows[row_bound[rows] == number]


def _bounds_with(solution: Solution, row: int, is_ceiling: bool) -> IntArray:
    """Return the columns whose upper bound is the capacity in a row  level <= capacity x use."""
    program = solution.program
    line = program.matrix.tocsr()[[row]]
    columns = line.indices.astype(np.int64)
    of_use = program.columns.kinds()[columns] == "use"
    most = float(-(line.data[of_use] @ solution.levels[columns[of_use]]))
    mine = columns[~of_use]
    whole = float(program.col_upper[mine].sum())
    is_its = is_ceiling and abs(whole - most) <= LOOSE * max(1.0, most)
    return np.asarray(mine if is_its else mine[:0], dtype=np.int64)


def _has(program: LinearProgram, kind: str, where: dict[str, Any]) -> bool:
    return bool(len(program.columns.where(kind=kind, **where)))

"""Random programs for laws, and exact arithmetic to hold them against.

Two families: networks in layers with losses, yields, co-products, limits and demands that may fall
short (they always have a plan), and plain linear programs that may have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from scipy.sparse import csc_array

from resilience.program import Block, Coded, Delta, Labels, LinearProgram
from resilience.solvers.engine import load

INF = np.inf
AWKWARD = (0.1, 0.3, 1e-3, 1 / 3, 0.17, 0.95, 7.7, 123.456, 1e6, 33_333.3)
"""Numbers that binary floating point cannot hold, and sizes far apart."""


def dense_program(matrix, cost, col_lower, col_upper, row_lower, row_upper) -> LinearProgram:
    """Return a program from a dense matrix: columns x(0), x(1), ..., rows r(0), r(1), ..."""
    n_rows, n_columns = len(row_lower), len(cost)
    entries = csc_array(np.asarray(matrix, dtype=float).reshape(n_rows, n_columns))
    return LinearProgram(
        starts=entries.indptr.astype(np.int32),
        indices=entries.indices.astype(np.int32),
        values=entries.data.astype(float),
        costs={"production": np.asarray(cost, dtype=float)},
        col_lower=np.asarray(col_lower, dtype=float),
        col_upper=np.asarray(col_upper, dtype=float),
        row_lower=np.asarray(row_lower, dtype=float),
        row_upper=np.asarray(row_upper, dtype=float),
        columns=Labels((numbered("x", n_columns),)),
        rows=Labels((numbered("r", n_rows),)),
    )


def numbered(kind: str, size: int) -> Block:
    return Block(kind, size, {"id": Coded.of([str(number) for number in range(size)])})


@dataclass
class Draft:
    """A program in the making: one activity at a time, by what it takes and gives."""

    def __post_init__(self) -> None:
        self.rows: dict[tuple[str, str], int] = {}
        self.row_bounds: list[tuple[float, float]] = []
        self.columns: list[tuple[str, str]] = []
        self.entries: list[tuple[int, int, float]] = []
        self.numbers: list[tuple[float, float, float, float]] = []

    def row(self, kind: str, name: str, lower: float = 0.0, upper: float = 0.0) -> int:
        if (kind, name) not in self.rows:
            self.rows[kind, name] = len(self.rows)
            self.row_bounds.append((lower, upper))
        return self.rows[kind, name]

    def column(self, kind, name, terms, cost=0.0, upper=INF, lower=0.0, tariff=0.0) -> int:
        column = len(self.columns)
        self.columns.append((kind, name))
        self.entries += [(row, column, value) for row, value in terms.items()]
        self.numbers.append((lower, upper, cost, tariff))
        return column

    def program(self) -> LinearProgram:
        rows, columns, values = (np.array(part) for part in zip(*self.entries, strict=True))
        matrix = csc_array((values.astype(float), (rows, columns)), shape=(len(self.rows), len(self.columns)))
        lower, upper, cost, tariff = np.array(self.numbers, dtype=float).T.copy()
        row_lower, row_upper = np.array(self.row_bounds, dtype=float).T.copy()
        return LinearProgram(
            starts=matrix.indptr.astype(np.int32),
            indices=matrix.indices.astype(np.int32),
            values=matrix.data,
            costs={"production": cost, "tariff": tariff},
            col_lower=lower,
            col_upper=upper,
            row_lower=row_lower,
            row_upper=row_upper,
            columns=_labels(self.columns),
            rows=_labels(list(self.rows)),
        )


def _labels(entries: list[tuple[str, str]]) -> Labels:
    """One block per run of the same kind."""
    blocks: list[Block] = []
    start = 0
    for end in range(1, len(entries) + 1):
        if end == len(entries) or entries[end][0] != entries[start][0]:
            names = [name for _, name in entries[start:end]]
            blocks.append(Block(entries[start][0], end - start, {"id": Coded.of(names)}))
            start = end
    return Labels(tuple(blocks))


def layered_network(seed: int, stages: int = 3, width: int = 2, awkward: bool = False) -> LinearProgram:
    """Return a lossy network in layers: mines, yields, co-products, lanes, limits, demands.

    Every demand may fall short and every surplus may be disposed of, so that there is always a plan.
    """
    random = np.random.default_rng(seed)

    def number(low: int, high: int) -> float:
        if awkward and random.random() < 0.7:
            return float(random.choice(AWKWARD))
        return float(random.integers(low, high + 1))

    def share() -> float:
        return float(random.choice([0.1, 0.17, 1 / 3, 0.5, 0.95, 1.0] if awkward else [0.5, 0.25, 1.0, 2.0]))

    def room() -> float:
        return INF if random.random() < 0.3 else number(1, 60)

    draft = Draft()
    limits = [
        draft.row("limit", "port", -INF, number(5, 90)),
        draft.row("limit", "band", 0.0, number(20, 99)),
    ]
    for stage in range(stages):
        for place in range(width):
            at_gate = draft.row("balance", f"{stage}.{place}.out")
            if stage == 0:
                draft.column("mine", f"{place}", {at_gate: 1.0}, number(0, 9), number(5, 60))
            else:
                terms = {draft.row("balance", f"{stage}.{place}.in"): -1.0, at_gate: share()}
                if random.random() < 0.5:
                    spare = draft.row("balance", f"{stage}.{place}.spare")
                    terms[spare] = share()
                    draft.column("dispose", f"{stage}.{place}.spare", {spare: -1.0}, number(0, 3))
                draft.column("convert", f"{stage}.{place}", terms, number(0, 9), room())
            draft.column("dispose", f"{stage}.{place}.out", {at_gate: -1.0}, number(0, 1))
    for stage in range(stages - 1):
        for start in range(width):
            for end in range(width):
                terms = {
                    draft.row("balance", f"{stage}.{start}.out"): -1.0,
                    draft.row("balance", f"{stage + 1}.{end}.in"): share(),
                }
                for limit in limits:
                    if random.random() < 0.3:
                        terms[limit] = 1.0
                duty = number(0, 4) if random.random() < 0.3 else 0.0
                draft.column("ship", f"{stage}.{start}.{end}", terms, number(0, 9), room(), tariff=duty)
    for place in range(width):
        wanted = number(1, 30)
        demand = draft.row("demand", f"{place}", wanted, wanted)
        draft.column(
            "serve", f"{place}", {draft.row("balance", f"{stages - 1}.{place}.out"): -1.0, demand: 1.0}
        )
        draft.column("short", f"{place}", {demand: 1.0}, number(50, 500))
    return draft.program()


def plain_program(seed: int, n_rows: int = 4, n_columns: int = 6, awkward: bool = False) -> LinearProgram:
    """Return a program of no particular shape: all kinds of rows and bounds; it may have no plan."""
    random = np.random.default_rng(seed)

    def numbers(size, low: int = -5, high: int = 9) -> np.ndarray:
        drawn = random.integers(low, high + 1, size).astype(float)
        if awkward:
            odd = random.choice(AWKWARD, size) * np.where(drawn < 0, -1.0, 1.0)
            drawn = np.where(random.random(size) < 0.6, odd, drawn)
        return drawn

    matrix = numbers((n_rows, n_columns)) * (random.random((n_rows, n_columns)) < 0.6)
    inside = numbers(n_columns, 0, 9)
    col_lower = np.where(random.random(n_columns) < 0.8, inside - numbers(n_columns, 0, 5), -INF)
    col_upper = np.where(random.random(n_columns) < 0.6, inside + numbers(n_columns, 0, 9), INF)
    activity = matrix @ inside
    kind = random.integers(0, 4, n_rows)  # equal, at least, at most, range
    row_lower = np.where(kind == 2, -INF, activity - np.where(kind == 0, 0.0, numbers(n_rows, 0, 3)))
    row_upper = np.where(kind == 1, INF, activity + np.where(kind == 0, 0.0, numbers(n_rows, 0, 3)))
    crossing = col_lower > col_upper
    col_lower[crossing] = col_upper[crossing]
    crossing = row_lower > row_upper
    row_lower[crossing] = row_upper[crossing]
    return dense_program(matrix, numbers(n_columns, -2, 9), col_lower, col_upper, row_lower, row_upper)


seeds = st.integers(0, 2**32 - 1)
networks = st.builds(layered_network, seeds, st.integers(2, 4), st.integers(1, 3), st.booleans())
plain_programs = st.builds(plain_program, seeds, st.integers(1, 5), st.integers(1, 8), st.booleans())
programs = st.one_of(networks, plain_programs)


def exact_optimum(program: LinearProgram) -> Fraction | None:
    """Return the optimum in rational arithmetic, or None where HiGHS's last basis is not exactly optimal.

    Levels and duals are computed anew from nothing but which columns and rows are basic, and every
    bound and every sign is checked without any tolerance. So what is returned is the optimum.
    """
    highs = load(program)
    highs.setOptionValue("presolve", "off")
    highs.run()
    if highs.getModelStatus().name != "kOptimal":
        return None
    basis = highs.getBasis()
    status = [entry.name for entry in [*basis.col_status, *basis.row_status]]
    n = program.n_columns
    # every row r becomes a column too:  A x - r = 0,  row_lower <= r <= row_upper
    lower = [*map(_exact, program.col_lower), *map(_exact, program.row_lower)]
    upper = [*map(_exact, program.col_upper), *map(_exact, program.row_upper)]
    cost = [sum((Fraction(part[j]) for part in program.costs.values()), Fraction(0)) for j in range(n)]
    cost += [Fraction(0)] * program.n_rows
    matrix = [[Fraction(0)] * len(status) for _ in range(program.n_rows)]
    for j in range(n):
        for entry in range(program.starts[j], program.starts[j + 1]):
            matrix[program.indices[entry]][j] += Fraction(program.values[entry])
    for i in range(program.n_rows):
        matrix[i][n + i] = Fraction(-1)
    basic = [j for j, name in enumerate(status) if name == "kBasic"]
    level = [Fraction(0)] * len(status)
    for j, name in enumerate(status):
        at = {"kLower": lower[j], "kUpper": upper[j]}.get(name, Fraction(0))
        if name != "kBasic":
            if at is None:
                return None
            level[j] = at
    rest = [
        -sum((row[j] * level[j] for j in range(len(status)) if row[j] and level[j]), Fraction(0))
        for row in matrix
    ]
    solved = _solve([[row[j] for j in basic] for row in matrix], rest)
    dual = _solve([[matrix[i][j] for i in range(program.n_rows)] for j in basic], [cost[j] for j in basic])
    if solved is None or dual is None:
        return None
    for j, value in zip(basic, solved, strict=True):
        level[j] = value
    for j in range(len(status)):
        reduced = cost[j] - sum(
            (matrix[i][j] * dual[i] for i in range(program.n_rows) if matrix[i][j]), Fraction(0)
        )
        too_low = lower[j] is not None and level[j] < lower[j]
        too_high = upper[j] is not None and level[j] > upper[j]
        if (
            too_low
            or too_high
            or (reduced > 0 and level[j] != lower[j])
            or (reduced < 0 and level[j] != upper[j])
        ):
            return None
    return sum((cost[j] * level[j] for j in range(n)), Fraction(0))


def _exact(bound: float) -> Fraction | None:
    return Fraction(float(bound)) if np.isfinite(bound) else None


def _solve(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    """Solve a square system exactly; None if it is singular."""
    size = len(matrix)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for pivot in range(size):
        found = next((i for i in range(pivot, size) if rows[i][pivot]), None)
        if found is None:
            return None
        rows[pivot], rows[found] = rows[found], rows[pivot]
        scale = rows[pivot][pivot]
        rows[pivot] = [value / scale for value in rows[pivot]]
        for i in range(size):
            factor = rows[i][pivot]
            if i != pivot and factor:
                rows[i] = [a - factor * b if b else a for a, b in zip(rows[i], rows[pivot], strict=True)]
    return [row[-1] for row in rows]


def random_delta(program: LinearProgram, seed: int) -> Delta:
    """Return a scenario that closes, prices and rescales some of everything; entries may become 0."""
    random = np.random.default_rng(seed)

    def some(count: int) -> np.ndarray:
        return np.flatnonzero(random.random(count) < 0.3)

    closed, lower, entries = some(program.n_columns), some(program.n_rows), some(len(program.values))
    room = np.maximum(program.col_lower[closed], random.choice([0.0, 1.0, 25.0], len(closed)))
    relaxed = program.row_lower[lower] - random.choice([0.0, 2.0], len(lower))
    dearer = some(program.n_columns)
    return Delta.of(
        col_upper=(closed, room),
        row_lower=(lower, relaxed),
        values=(entries, program.values[entries] * random.choice([0.0, 0.5, 1.0, 1.5], len(entries))),
        costs={"production": (dearer, 3.0), "levy": (closed, random.choice([0.0, 0.1, 4.0], len(closed)))},
    )

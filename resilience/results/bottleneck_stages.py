"""Which stage is the bottleneck: what 10 % more capacity everywhere in it would save.

Moves    the capacity of every facility of the stage, in a bloc or everywhere, with its tiers of cost, and
         limits that are over such facilities alone; in all periods together
Gain     by solving again, all of them 10 % higher, whole levels as they are
Value    to first order, the sum of rent x limit: ten times an upper bound of the gain, since the gain per
         tonne can only fall
Source   Dantzig (1963), Linear Programming and Extensions, chapter 12 (prices as marginal values)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.errors import InputError
from resilience.grammar.names import suggest
from resilience.program import Delta
from resilience.results.gains import ROUNDING, TENTH, Gains, uses_over

if TYPE_CHECKING:
    from resilience.results.solution import Solution

IntArray = NDArray[np.int64]


def bottleneck_stages_of(solution: Solution, bloc: str | Iterable[str] | None = None) -> pd.DataFrame:
    """Return what capacity is worth by stage; see `Solution.bottleneck_stages`."""
    unit, program, y = solution.unit, solution.program, solution.outcome.y
    countries = None if bloc is None else _members(solution, bloc)
    reduced = program.cost - program.transposed_times(y)
    size = np.abs(program.cost) + np.asarray(abs(program.matrix).T @ np.abs(y))
    of_columns = np.where(-reduced > ROUNDING * size, -reduced, 0.0)
    of_rows = np.where(-y > ROUNDING * np.max(np.abs(y), initial=0.0), -y, 0.0)
    gains, found = Gains(solution), []
    for stage in solution.formulation.spec.stages:
        columns, rows = _capacity_of(solution, stage, countries)
        value = of_columns[columns] @ program.col_upper[columns] + of_rows[rows] @ program.row_upper[rows]
        uses, most = uses_over(solution, columns)  # capacity x use, use fixed as it is
        value += of_rows[uses] @ most
        upper = np.concatenate([(1 + TENTH) * program.row_upper[rows], TENTH * most])
        delta = Delta.of(
            col_upper=(columns, (1 + TENTH) * program.col_upper[columns]),
            row_upper=(np.concatenate([rows, uses]), upper),
        )
        found.append(
            {
                "stage": stage,
                "limits": _count(solution, columns[of_columns[columns] > 0], rows[of_rows[rows] > 0]),
                f"value_{unit.money}": float(value),
                f"gain_10pct_{unit.money}": gains.saved(delta),
            }
        )
    names = ["stage", "limits", f"value_{unit.money}", f"gain_10pct_{unit.money}"]
    frame = pd.DataFrame(found, columns=names)
    return frame.sort_values([names[3], names[2]], ascending=False, kind="stable").reset_index(drop=True)


def _members(solution: Solution, bloc: str | Iterable[str]) -> tuple[str, ...]:
    """Return the countries of a bloc, each of which there must be."""
    spec = solution.formulation.spec
    known = {*spec.blocs, *spec.countries, *solution.formulation.places.country}
    names = (bloc,) if isinstance(bloc, str) else tuple(bloc)
    for name in names:
        if name not in known:
            raise InputError(f"unknown bloc or country '{name}'{suggest(name, known)}")
    return tuple(dict.fromkeys(member for name in names for member in spec.blocs.get(name, (name,))))


def _capacity_of(
    solution: Solution, stage: str, countries: tuple[str, ...] | None
) -> tuple[IntArray, IntArray]:
    """Return the columns and rows whose upper bounds are capacity of a stage, in some countries."""
    program = solution.program
    where: dict[str, Any] = {"stage": stage, "country": countries}
    columns = program.columns.where(kind="produce", **where)
    plants = sorted(set(program.columns.texts("id", columns)))
    rows = [
        program.rows.where(kind="produce", **where),  # what copies by origin share
        program.rows.where(kind="capacity", id=plants) if plants else columns[:0],
        _limits_over(solution, columns),
    ]
    row = np.concatenate(rows)
    return columns[np.isfinite(program.col_upper[columns])], np.sort(row[np.isfinite(program.row_upper[row])])


def _limits_over(solution: Solution, columns: IntArray) -> IntArray:
    """Return rows of `limits:` over some columns alone, projects that raise them aside."""
    program = solution.program
    rows = program.rows.where(kind="limit")
    part = abs(program.matrix.tocsr()[rows])
    inside = np.isin(np.arange(program.n_columns), columns)
    others = np.asarray(part @ (~inside & (program.columns.kinds() != "build")).astype(float))
    ours = np.asarray(part @ inside.astype(float))
    ceilings = program.row_upper[rows] > 0
    return np.asarray(rows[(others == 0) & (ours > 0) & ceilings], dtype=np.int64)


def _count(solution: Solution, columns: IntArray, rows: IntArray) -> int:
    """Return how many limits of the file some bounds are, copies by origin counted once."""
    program = solution.program
    names = set()
    for labels, positions in ((program.columns, columns), (program.rows, rows)):
        keys = (
            labels.texts("id", positions),
            labels.texts("tier", positions),
            labels.texts("period", positions),
        )
        names |= {tuple(map(str, key)) for key in zip(*keys, strict=True)}
    return len(names)

"""What is kept of an answer: one row of plain numbers, their names with units.

Sums run over arrays in one order and in one thread, so that a row is the same wherever it is worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.errors import InputError
from resilience.grammar.names import suggest
from resilience.results.solution import KIND_OF_COMPONENT, Solution
from resilience.whatif.bench import Answer

FloatArray = NDArray[np.float64]
Row = dict[str, Any]

KINDS = {"resource": "resource", "transfer": "transfers", "shortfall": "shortfall_cost", "revenue": "revenue",
         "stock value": "stock_value"}  # fmt: skip
"""Kinds of cost, and what their columns are called; they add up to the cost."""


def row_of(answer: Answer, base: Answer, measures: Iterable[str] = ()) -> Row:
    """Return the row of an answer: status, cost, bound, change against the base, its parts, shortfall.

    Without a plan all but the status and the problem is missing.
    """
    row: Row = {"status": answer.status, "problem": answer.problem}
    if answer.solution is None:
        return row
    found, money, mass = answer.solution, answer.solution.unit.money, answer.solution.unit.mass
    row[f"cost_{money}"] = cost_of(found)
    row[f"safe_bound_{money}"] = found.certificate.safe_bound
    if base.solution is not None:
        row[f"change_{money}"] = cost_of(found) - cost_of(base.solution)
    totals = dict.fromkeys(KINDS.values(), 0.0)
    for name, component in found.program.costs.items():
        totals[KINDS[KIND_OF_COMPONENT.get(name, "transfer")]] += float(np.sum(component * found.levels))
    row |= {f"{name}_{money}": value for name, value in totals.items()}
    row[f"shortfall_{mass}"] = float(np.sum(found.levels[found.program.columns.where(kind="short")]))
    for name in measures:
        row |= MEASURES[name](found)
    return row


def cost_of(solution: Solution) -> float:
    """Return the cost of a plan."""
    return float(np.sum(solution.program.cost * solution.levels))


def check_measures(names: Iterable[str]) -> tuple[str, ...]:
    """Return names of measures; an `InputError` for one that there is not."""
    found = (names,) if isinstance(names, str) else tuple(names)
    for name in found:
        if name not in MEASURES:
            raise InputError(
                f"unknown measure '{name}'{suggest(name, MEASURES)}; there are {', '.join(MEASURES)}"
            )
    return found


def _summed(solution: Solution, kind: str, labels: tuple[str, ...], name: str) -> Row:
    """Return levels of one kind of column added up by labels, over all periods."""
    columns = solution.program.columns
    positions = columns.where(kind=kind)
    keys = [
        ".".join(filter(None, key))
        for key in zip(*(columns.texts(label, positions) for label in labels), strict=True)
    ]
    known, number = np.unique(np.array(keys, dtype=str), return_inverse=True)
    total = np.bincount(number, solution.levels[positions], len(known))
    return {
        f"{name}_{solution.unit.mass}.{key}": float(value) for key, value in zip(known, total, strict=True)
    }


def _prices(solution: Solution) -> Row:
    """Return the price of every balance; of several periods each."""
    rows = solution.program.rows
    positions = rows.where(kind="balance")
    parts = [rows.texts(label, positions).astype(str) for label in ("site", "commodity", "layer")]
    names = solution.period_names
    if len(names) > 1:
        parts.append(names[rows.texts("period", positions).astype(np.int64)].astype(str))
    keys = [".".join(filter(None, key)) for key in zip(*parts, strict=True)]
    unit = solution.unit.price
    return {
        f"price_{unit}.{key}": float(value)
        for key, value in zip(keys, solution.duals[positions], strict=True)
    }


MEASURES: Mapping[str, Callable[[Solution], Row]] = {
    "shortfall": lambda found: _summed(found, "short", ("id",), "shortfall"),
    "production": lambda found: _summed(found, "produce", ("country", "stage"), "throughput"),
    "facilities": lambda found: _summed(found, "produce", ("id",), "throughput"),
    "deliveries": lambda found: _summed(found, "serve", ("id",), "delivered"),
    "exports": lambda found: _summed(found, "ship", ("from_country", "to_country"), "shipped"),
    "prices": _prices,
}
"""What may be asked for besides: shortfall and deliveries by demand, throughput by country and stage or by
facility, what is shipped from country to country, prices by site and commodity."""

"""The most that a column can carry in a plan of least cost, where no capacity says so.

If nothing pays for making more than is wanted, some plan of least cost wastes only what it must: what was
there at the start, what lands anyway, what must run, and what is made together with something else. Waste
of anything else could be taken back to where it began, and the plan would cost no more. So that plan

    disposes of a good that is made alone only where a forced amount of it is given, and no more than that
    ends with no more stock than there was at the start or under way

unless the good costs something to dispose of: then it may be carried on, and so may all that is made of it.
The bound is the most that columns can carry together in such plans, by a linear program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from resilience.formulation.horizon import Calendar
from resilience.formulation.places import recipe_of
from resilience.grammar.sections import Spec
from resilience.program import LinearProgram
from resilience.solvers import HighsSession

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REWARDING = (
    "content_minimum",
    "demand_change",
    "offtake",
    "price_floor",
    "sourcing_cap",
    "stockpile_rule",
    "subsidy",
)
"""Instruments under which making or keeping more than is wanted today can pay, or must be."""

SINKS = ("serve", "short", "hold", "build")
"""What ends here is no waste: it is wanted, kept, or built."""

STRUCTURAL = ("balance", "stock", "demand", "project")
"""Rows that hold for every part of a plan by itself, or that waste has no part in."""


def without_waste(
    program: LinearProgram, spec: Spec, calendar: Calendar, least: Sequence[tuple[IntArray, float]] = ()
) -> LinearProgram | None:
    """Return the program without waste, for bounds that no plan of least cost need exceed.

    Parameters
    ----------
    program : LinearProgram
        Without origin layers and without policies.
    least : sequence of (columns, amount)
        What must at least be used if it is used at all.

    Returns
    -------
    LinearProgram or None
        None where waste can pay, or where a limit is such that using less of one thing breaks it.
    """
    labels = program.columns
    rewarded = any(policy.instrument in REWARDING for policy in spec.policies.values())
    ends = np.zeros(program.n_columns, dtype=bool)
    ends[labels.where(kind=SINKS)] = True
    forced = _forced(program, ends)
    if rewarded or forced is None or bool((program.cost[~ends] < 0).any()):
        return None
    for columns, amount in least:
        forced[columns] = np.maximum(forced[columns], amount)
    given, goods = _given_by_force(program, forced)
    loose = _loose_goods(spec, goods)
    closed = program.col_upper.copy()
    tight = labels.where(kind="dispose", commodity=[name for name in spec.commodities if name not in loose])
    closed[tight] = np.minimum(closed[tight], _at_balances(program, tight, given))
    at_start = sum(pile.initial for pile in spec.stockpiles.values())
    at_start += float(program.col_lower[labels.where(kind="transit")].sum())
    piles = spec.stockpiles.items()
    kept = [key for key, pile in piles if not pile.final_value and pile.commodity not in loose]
    if kept:
        last = labels.where(kind="hold", id=kept, period=calendar.size - 1)
        closed[last] = np.minimum(closed[last], np.maximum(at_start, program.col_lower[last]))
    return replace(program, col_upper=closed, integral=None)


def most_used(program: LinearProgram | None, columns: IntArray) -> float:
    """Return the most that columns can carry together, by a linear program; infinite if without end."""
    if program is None:
        return np.inf
    cost = np.zeros(program.n_columns)
    cost[columns] = -1.0
    outcome = HighsSession(replace(program, costs={"most": cost})).solve()
    return float(outcome.x[columns].sum()) if outcome.status == "optimal" else np.inf


def _forced(program: LinearProgram, ends: NDArray[np.bool_]) -> FloatArray | None:
    """Return how much of each column may have to be used whatever is wanted.

    None if some limit does not hold by itself for a plan with less of some of its columns.
    """
    forced = np.where(ends, 0.0, np.maximum(program.col_lower, 0.0))
    shared = np.ones(program.n_rows, dtype=bool)
    shared[program.rows.where(kind=STRUCTURAL)] = False
    entry = np.flatnonzero(shared[program.indices] & ~ends[program.entry_columns] & (program.values != 0))
    row, column, value = program.indices[entry], program.entry_columns[entry], program.values[entry]
    low, high = program.row_lower[row], program.row_upper[row]
    if bool(((value < 0) & (np.isfinite(high) | np.isfinite(low))).any()):
        return None
    least = low > 0
    np.maximum.at(forced, column[least], low[least] / value[least])
    return forced


def _given_by_force(program: LinearProgram, forced: FloatArray) -> tuple[FloatArray, set[str]]:
    """Return the forced amounts that each balance may be given, and of which goods."""
    labels, amounts = program.columns, forced.copy()
    opened = labels.where(kind="open")
    at_start = dict(zip(labels.texts("id", opened), forced[opened], strict=True))
    release = labels.where(kind="release")
    amounts[release] = [at_start[key] for key in labels.texts("id", release)]
    balances = np.zeros(program.n_rows, dtype=bool)
    balances[program.rows.where(kind="balance")] = True
    by_entry = program.values * amounts[program.entry_columns]
    entry = np.flatnonzero(balances[program.indices] & (by_entry > 0))
    given = np.bincount(program.indices[entry], by_entry[entry], program.n_rows).astype(float)
    return given, set(program.rows.texts("commodity", np.flatnonzero(given > 0)))


def _at_balances(program: LinearProgram, dispose: IntArray, given: FloatArray) -> FloatArray:
    """Return what the balance of each disposal is given by force."""
    starts = program.starts[dispose].astype(np.int64)  # a disposal stands in one balance
    return np.asarray(given[program.indices[starts]])


def _loose_goods(spec: Spec, forced: set[str]) -> set[str]:
    """Return the goods that may be wasted anywhere.

    They are made together with something else; or forced, and dear to dispose of; or made from one of
    these that is dear to dispose of.
    """
    recipes = [recipe_of(spec, facility) for facility in spec.facilities.values()]
    dear = {name for name, good in spec.commodities.items() if good.disposal_cost != 0.0}
    joint = {name for recipe in recipes if len(recipe.outputs) > 1 for name in recipe.outputs}
    loose = joint | (forced & dear)
    before = -1
    while len(loose) > before:
        before = len(loose)
        for recipe in recipes:
            if loose & dear & set(recipe.inputs):
                loose |= set(recipe.outputs)
    return loose

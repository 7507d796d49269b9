"""Who gives what into each balance, and what that took: the graph along which supply is traced.

An arc is what one activity gives into one balance. It is followed back through the activity's
*leading* input, the first that its process lists, with the true requirement: at 0.17 t of oxide per t
of concentrate, one tonne of oxide takes 5.9 t of concentrate, whatever else comes out beside it.
What is in a balance is mixed: every tonne that leaves comes from the givers in proportion to what
they give.

Loops  Co-products that come back, such as swarf, close loops. Followed round and round with true
       requirements they would never end, so inside a loop the co-product furthest from the mines is
       *recycled*: a source of its own, at the plant where it arises. So is the leading output of a
       loop that is left only by co-products (swarf listed before the magnet). Loops that remain turn
       less than is given into them, so that the requirements add up.
Source Ahuja, Magnanti & Orlin (1993), Network Flows, section 3.5 (flow decomposition), for the
       splitting in `routes.py`; proportional mixing is Bialek's (1996) tracing of electricity, of
       which `required` is the upstream-looking linear system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, eye_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.sparse.linalg import SuperLU, splu

from resilience.program import Coded, LinearProgram

if TYPE_CHECKING:
    from resilience.formulation.places import Recipe
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

RESIDUE = 1e-12
"""Share of a balance below which a flow is rounding of the solver."""
LEAK = 1e-6
"""Share of what is turned in a loop below which nothing leaves it."""
NOWHERE = -1


@dataclass(frozen=True, eq=False)
class Chains:
    """Arcs of positive flow between balances.

    Parameters
    ----------
    to : ndarray of int64, shape (n_arcs,)
        Balance row that is given to.
    start : ndarray of int64
        Balance row of the leading input; -1 for a primary source.
    gives : ndarray
        Tonnes given in this plan.
    need : ndarray
        Tonnes of the leading input per tonne given; 0 for a source.
    cost : ndarray
        Cost of the activity per tonne given, revenue left out.
    column : ndarray of int64
        The activity; the first of its tiers stands for all.
    leading : ndarray of bool
        Whether this is the activity's first listed output.
    recycled : ndarray of bool
        Whether it is material that came back, where the chain ends.
    returns : ndarray of int64
        For an arc with both ends in one loop, its twin: an arc that gives nothing in the plan, where
        a chain may end as recycled; -1 for all others.
    n_balances : int
        Rows of the program are counted as balances up to here.
    """

    to: IntArray
    start: IntArray
    gives: FloatArray
    need: FloatArray
    cost: FloatArray
    column: IntArray
    leading: BoolArray
    recycled: BoolArray
    returns: IntArray
    n_balances: int

    @cached_property
    def total(self) -> FloatArray:
        """Tonnes given into each balance."""
        return np.asarray(np.bincount(self.to, self.gives, self.n_balances), dtype=float)

    @cached_property
    def share(self) -> FloatArray:
        """Share of each arc in its balance."""
        return np.asarray(self.gives / self.total[self.to])

    @cached_property
    def factors(self) -> SuperLU:
        """Factors of ``I - M``, M[b, c] being what one tonne at c takes from b.

        No pivot is searched for, so that what cannot be reached upstream stays exactly zero.
        """
        inner = np.flatnonzero(self.start >= 0)
        amount, ends = (self.share * self.need)[inner], (self.start[inner], self.to[inner])
        mixing = csc_array((amount, ends), shape=(self.n_balances, self.n_balances))
        return splu(
            (eye_array(self.n_balances, format="csc") - mixing).tocsc(),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )

    def take(self, chosen: NDArray[Any]) -> Chains:
        """Return some of the arcs."""
        arrays = {name: getattr(self, name)[chosen] for name in ARC_FIELDS}
        return Chains(n_balances=self.n_balances, **arrays)

    def required(self, wanted: FloatArray) -> FloatArray:
        """Return the tonnes needed at every balance so that some tonnes are wanted at some of them.

        Solves ``needed = wanted + M needed``; see `factors`.

        Parameters
        ----------
        wanted : ndarray, shape (n_balances,) or (n_balances, n_columns)
            Tonnes wanted, >= 0.

        Returns
        -------
        ndarray of the same shape
        """
        return np.maximum(self.factors.solve(np.asarray(wanted, dtype=float)), 0.0)


ARC_FIELDS = ("to", "start", "gives", "need", "cost", "column", "leading", "recycled", "returns")


def chains_of(solution: Solution) -> Chains:
    """Return the arcs of a solution, loops opened where co-products come back.

    Parameters
    ----------
    solution : Solution
        Solved; its flows are read, never changed.

    Returns
    -------
    Chains
        In the order of columns, then of balances.
    """
    program = solution.program
    arcs = _without_residue(_arcs(solution))
    disposed = program.times(np.where(program.columns.kinds() == "dispose", -solution.levels, 0.0))
    return _open_loops(arcs, disposed[: arcs.n_balances])


def merged_tiers(program: LinearProgram) -> IntArray:
    """Return, for every column, the first column of the same activity: its tiers are one."""
    owner = np.arange(program.n_columns)
    for start, block in program.columns.parts():
        name = block.fields.get("id")
        if "tier" not in block.fields or not isinstance(name, Coded):
            continue
        period = block.numbers("period")
        key = name.codes * (int(period.max(initial=0)) + 1) + period
        if "layer" in block.fields:  # in each origin layer an activity of its own
            layer = block.numbers("layer") + 1
            key = key * (int(layer.max(initial=0)) + 1) + layer
        _, first, number = np.unique(key, return_index=True, return_inverse=True)
        owner[start : start + block.size] = start + first[number]
    return owner


def activity_levels(solution: Solution) -> tuple[FloatArray, FloatArray]:
    """Return level and spending of every activity, on the first of its tiers; 0 on the others.

    Returns
    -------
    level, spending : ndarray, shape (n_columns,)
        Tonnes, and cost in all without revenue.
    """
    program = solution.program
    owner, level = merged_tiers(program), np.maximum(solution.levels, 0.0)
    paid = program.cost - program.costs.get("revenue", 0.0)
    return (
        np.asarray(np.bincount(owner, level, program.n_columns), dtype=float),
        np.asarray(np.bincount(owner, paid * level, program.n_columns), dtype=float),
    )


def _arcs(solution: Solution) -> Chains:
    program = solution.program
    level, spending = activity_levels(solution)
    ((first, balances),) = program.rows.parts("balance")
    assert first == 0  # balances are the first rows of every program
    entry = np.flatnonzero((program.indices < balances.size) & (level[program.entry_columns] > 0))
    column, row, value = (
        program.entry_columns[entry],
        program.indices[entry].astype(np.int64),
        program.values[entry],
    )
    rank = _listed_rank(solution, column, row, value)
    first_output, first_input = (_first(column, rank, sign * value > 0) for sign in (1.0, -1.0))
    taken, amount = np.full(program.n_columns, NOWHERE, dtype=np.int64), np.zeros(program.n_columns)
    taken[column[first_input]], amount[column[first_input]] = row[first_input], -value[first_input]
    out = np.flatnonzero(value > 0)
    column, row, value = column[out], row[out], value[out]
    return Chains(
        row,
        taken[column],
        value * level[column],
        amount[column] / value,
        spending[column] / (level[column] * value),
        column,
        np.isin(out, np.flatnonzero(first_output)),
        np.zeros(len(out), dtype=bool),
        np.full(len(out), NOWHERE, dtype=np.int64),
        balances.size,
    )


def _listed_rank(solution: Solution, column: IntArray, row: IntArray, value: FloatArray) -> IntArray:
    """Return at which place a process lists each of its entries' commodities; 0 for other activities."""
    program, recipes = solution.program, solution.formulation.places.recipes
    rank = np.zeros(len(column), dtype=np.int64)
    ((start, block),) = program.columns.parts("produce")
    ours = np.flatnonzero((column >= start) & (column < start + block.size))
    listed = {key: _places_in(recipe) for key, recipe in recipes.items()}
    names = program.columns.texts("id", column[ours])
    goods = program.rows.texts("commodity", row[ours])
    rank[ours] = [
        listed[name][int(sign)][good] for name, good, sign in zip(names, goods, value[ours] > 0, strict=True)
    ]
    return rank


def _places_in(recipe: Recipe) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return the place of each commodity among the inputs, and among the outputs."""
    return (
        {name: place for place, name in enumerate(recipe.inputs)},
        {name: place for place, name in enumerate(recipe.outputs)},
    )


def _first(column: IntArray, rank: IntArray, mask: BoolArray) -> BoolArray:
    """Return which of the masked entries has the lowest rank in its column."""
    found = np.flatnonzero(mask)
    order = found[np.lexsort((rank[found], column[found]))]
    is_first = np.zeros(len(column), dtype=bool)
    if len(order):
        is_first[order[np.concatenate([[True], np.diff(column[order]) != 0])]] = True
    return is_first


def _without_residue(arcs: Chains) -> Chains:
    """Drop what is rounding of the solver: next to nothing, or out of nothing."""
    while True:
        total = arcs.total
        real = (arcs.gives > RESIDUE * total[arcs.to]) & ((arcs.start < 0) | (total[arcs.start] > 0))
        if real.all():
            return arcs
        arcs = arcs.take(real)


def _open_loops(arcs: Chains, disposed: FloatArray) -> Chains:
    """End chains at co-products that come back, the furthest from the primary sources first."""
    outputs = np.bincount(arcs.column, minlength=int(arcs.column.max(initial=0)) + 1)[arcs.column]
    inner = arcs.start >= 0
    depth = _hops(arcs.n_balances, arcs.start[inner], arcs.to[inner], arcs.to[~inner])
    while True:
        loop = _loop_of(arcs)
        candidates = (loop >= 0) & ~arcs.leading
        if not candidates.any():
            candidates = (loop >= 0) & (outputs > 1) & ~_is_left(arcs, loop, disposed)
        if not candidates.any():
            return _with_twins(arcs, np.flatnonzero(loop >= 0))
        far = depth[arcs.to]
        cut = candidates & (far == far[candidates].max())
        arcs = replace(
            arcs,
            start=np.where(cut, NOWHERE, arcs.start),
            need=np.where(cut, 0.0, arcs.need),
            recycled=arcs.recycled | cut,
        )


def _is_left(arcs: Chains, loop: IntArray, disposed: FloatArray) -> BoolArray:
    """Return which arcs are in a loop that something leaves, other than as co-product or waste."""
    inside = np.flatnonzero(loop >= 0)
    turned = np.bincount(arcs.start[inside], (arcs.gives * arcs.need)[inside], arcs.n_balances)
    leaves = (arcs.total - turned - disposed > LEAK * arcs.total)[arcs.to]
    return np.isin(loop, loop[inside][leaves[inside]])


def _with_twins(arcs: Chains, inside: IntArray) -> Chains:
    """Add to each arc inside a loop its twin, where a chain may end as recycled."""
    twins = arcs.take(inside)
    none = np.full(len(inside), NOWHERE, dtype=np.int64)
    zeros, yes = np.zeros(len(inside)), np.ones(len(inside), dtype=bool)
    twins = replace(twins, start=none, gives=zeros, need=zeros, recycled=yes)
    returns = arcs.returns.copy()
    returns[inside] = len(arcs.to) + np.arange(len(inside))
    arrays = {
        name: np.concatenate([getattr(part, name) for part in (replace(arcs, returns=returns), twins)])
        for name in ARC_FIELDS
    }
    return Chains(n_balances=arcs.n_balances, **arrays)


def _loop_of(arcs: Chains) -> IntArray:
    """Return the number of the loop that both ends of an arc are in; -1 where there is none."""
    inner = np.flatnonzero(arcs.start >= 0)
    ends = (arcs.start[inner], arcs.to[inner])
    graph = csr_array((np.ones(len(inner)), ends), shape=(arcs.n_balances, arcs.n_balances))
    _, component = connected_components(graph, directed=True, connection="strong")
    found = np.full(len(arcs.to), NOWHERE, dtype=np.int64)
    found[inner] = np.where(component[ends[0]] == component[ends[1]], component[ends[0]], NOWHERE)
    return found


def _hops(size: int, tail: IntArray, head: IntArray, seeds: IntArray) -> FloatArray:
    """Return how many arcs each node is away from the nearest seed; infinite if it cannot be reached."""
    seeds = np.unique(seeds)
    tails = np.concatenate([tail, np.full(len(seeds), size)])
    heads = np.concatenate([head, seeds])
    graph = csr_array((np.ones(len(tails)), (tails, heads)), shape=(size + 1, size + 1))
    return np.asarray(dijkstra(graph, indices=[size], unweighted=True)[0, :size] - 1.0)

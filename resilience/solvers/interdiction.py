"""Interdiction: which few of many changes to a program raise its least cost the most.

An option is a delta that hurts: it lowers ceilings, or raises costs. Several together hurt as the
tightest of their ceilings and the sum of their rises in cost. Here every set that a budget allows is
solved, warm from the same basis; `interdiction_penalties` finds the worst without trying them all.

Source: Israeli & Wood (2002), Shortest-path network interdiction, Networks 40(2), 97-111.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf

import numpy as np
from numpy.typing import NDArray

from resilience.errors import SolverError
from resilience.program import Delta, LinearProgram
from resilience.solvers.highs import HighsSession

FloatArray = NDArray[np.float64]

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Attack:
    """A set of options and the least cost with all of them in force.

    Parameters
    ----------
    options : tuple of int
        Ascending.
    cost : float
        Infinite where no plan is left.
    """

    options: tuple[int, ...]
    cost: float


@dataclass(frozen=True)
class Found:
    """Attacks found, the worst first, and what no attack can exceed.

    Parameters
    ----------
    attacks : tuple of Attack
        By falling cost, then by options.
    bound : float
        No allowed set costs more.
    """

    attacks: tuple[Attack, ...]
    bound: float

    @property
    def worst(self) -> Attack:
        """The worst attack."""
        return self.attacks[0]


def combine(program: LinearProgram, deltas: Sequence[Delta]) -> Delta:
    """Return several deltas on one program as one: tightest bounds, summed rises in cost.

    Parameters
    ----------
    program : LinearProgram
        What each delta is relative to.
    deltas : sequence of Delta

    Returns
    -------
    Delta

    Raises
    ------
    ValueError
        If two of them write different numbers into the same entry of the matrix.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> half, none = Delta.of(col_upper=([0], 2.5)), Delta.of(col_upper=([0, 1], [0.0, 9.0]))
    >>> combine(two_sources(), [half, none]).col_upper.numbers.tolist()
    [0.0, 9.0]
    """
    if len(deltas) == 1:
        return deltas[0]
    arrays = {}
    for name, join in (
        ("col_upper", np.minimum),
        ("row_upper", np.minimum),
        ("col_lower", np.minimum),
        ("row_lower", np.minimum),
    ):
        changes = [getattr(delta, name) for delta in deltas if len(getattr(delta, name))]
        if changes:
            positions = np.unique(np.concatenate([change.positions for change in changes]))
            numbers = np.full(len(positions), inf)
            for change in changes:
                at = np.searchsorted(positions, change.positions)
                numbers[at] = join(numbers[at], change.numbers)
            arrays[name] = (positions, numbers)
    values: dict[int, float] = {}
    for delta in deltas:
        for position, number in zip(delta.values.positions, delta.values.numbers, strict=True):
            if values.setdefault(int(position), float(number)) != number:
                raise ValueError("two options write different numbers into one entry of the matrix")
    costs = {}
    for name in sorted({name for delta in deltas for name in delta.costs}):
        base = program.costs.get(name, np.zeros(program.n_columns))
        rise = np.zeros(program.n_columns)
        for delta in deltas:
            if name in delta.costs:
                change = delta.costs[name]
                rise[change.positions] += change.numbers - base[change.positions]
        positions = np.flatnonzero(rise)
        costs[name] = (positions, base[positions] + rise[positions])
    if values:
        arrays["values"] = (np.array(list(values)), np.array(list(values.values())))
    return Delta.of(costs=costs, **arrays)


def allowed_sets(
    weights: FloatArray, budget: float, same: Sequence[object], is_largest: bool = True
) -> Iterator[tuple[int, ...]]:
    """Yield every set of options that the budget allows, smallest first.

    Parameters
    ----------
    weights : ndarray, shape (n_options,)
        What each option costs the attacker, > 0.
    budget : float
        Most that a set may weigh.
    same : sequence
        What each option is done to: no set has two options with the same.
    is_largest : bool
        Whether only those count to which nothing can be added, since adding never lowers the cost.
    """
    most = int(np.searchsorted(np.cumsum(np.sort(weights)), budget * (1 + 1e-12), side="right"))
    for size in range(min(most, len(set(same))) + 1):
        for chosen in combinations(range(len(weights)), size):
            weight = float(weights[list(chosen)].sum())
            targets = {same[option] for option in chosen}
            if weight > budget * (1 + 1e-12) or len(targets) < size:
                continue
            rest = [option for option in range(len(weights)) if same[option] not in targets]
            is_full = not rest or weight + float(weights[rest].min()) > budget * (1 + 1e-12)
            if is_full or not is_largest:
                yield chosen


def enumerate_attacks(
    cost: Callable[[tuple[int, ...]], float],
    sets: Sequence[tuple[int, ...]],
    progress: Progress | None = None,
) -> Found:
    """Find the cost of every set.

    Parameters
    ----------
    cost : callable
        Least cost with the options of a set in force; infinite where there is no plan.
    sets : sequence of tuple of int
    progress : callable, optional
        Gets how many are done, and of how many.
    """
    attacks = []
    for number, chosen in enumerate(sets):
        attacks.append(Attack(chosen, cost(chosen)))
        if progress is not None:
            progress(number + 1, len(sets))
    return Found(ranked(attacks), max(attack.cost for attack in attacks))


def ranked(attacks: Iterable[Attack]) -> tuple[Attack, ...]:
    """Return attacks by falling cost, then by options."""
    return tuple(sorted(attacks, key=lambda attack: (-attack.cost, attack.options)))


def cost_of(session: HighsSession, deltas: Sequence[Delta]) -> float:
    """Return the least cost with deltas in force; infinite where there is no plan."""
    return plan_under(session, deltas)[0]


def plan_under(session: HighsSession, deltas: Sequence[Delta]) -> tuple[float, FloatArray]:
    """Return least cost and plan with deltas in force; infinite and empty where there is no plan.

    Raises
    ------
    SolverError
        If the solver says neither.
    KeyboardInterrupt
        If Ctrl-C stopped the solver.
    """
    delta = combine(session.program, deltas) if deltas else None
    outcome = session.solve(delta)
    if outcome.status == "interrupted":
        raise KeyboardInterrupt
    if outcome.status == "infeasible":
        return inf, np.empty(0)
    if outcome.status != "optimal":
        raise SolverError(f"an attack could not be solved: {outcome.word}", outcome.word)
    program = session.program if delta is None else delta.apply(session.program)
    return float(program.cost @ outcome.x), outcome.x

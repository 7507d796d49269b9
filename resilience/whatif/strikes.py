"""What sets of an adversary's options cost: each solved from the same basis, none in vain, by any workers.

A set of which one option closes nothing that the plan without it uses costs what that smaller set costs:
the plan is still there, and closing never saves. So most pairs need no solve. What is found for a set depends
on the set alone, so neither order nor workers can change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.errors import InfeasibleError, SolverError
from resilience.program import LinearProgram
from resilience.program.certificate import safe_bound
from resilience.solvers import Basis, HighsSession
from resilience.solvers.interdiction import Attack, Found, Progress, combine, ranked
from resilience.solvers.interdiction_penalties import is_penalised
from resilience.whatif.attacks import Target
from resilience.whatif.workers import run

FloatArray = NDArray[np.float64]
Chosen = tuple[int, ...]

AS_SOLVED = 1e-9
"""A plan may go beyond a ceiling by what HiGHS lets any plan."""


@dataclass(frozen=True)
class Struck:
    """What became of a set of options in force.

    Parameters
    ----------
    cost : float
        Least cost; infinite where no plan is left.
    floor : float
        No plan costs less, rounding included; where whole levels are chosen, as far as the solver's word
        goes. Minus infinity where it was not asked for.
    short : float
        What falls short in all, in the network's mass; not a number where no plan is left.
    stopped : tuple of str
        Plants that cannot keep their minimum throughput and stop, since there is no plan otherwise.
    """

    cost: float
    floor: float
    short: float
    stopped: tuple[str, ...] = ()


class Strikes:
    """A program under attack: what each set of options costs.

    Parameters
    ----------
    target : Target
        The options, and the plan without any.
    program : LinearProgram, optional
        In place of the target's own, with the same rows and columns; the options are then their deltas.
    has_floors : bool
        Whether floors are wanted.
    """

    def __init__(
        self, target: Target, program: LinearProgram | None = None, has_floors: bool = False
    ) -> None:
        self.target, self.has_floors = target, has_floors
        self.program = target.base.program if program is None else program
        self.is_own = program is None
        self.short = self.program.columns.where(kind="short")
        self.is_quick = target.is_linear or program is not None
        self.only_closes = tuple(
            target.is_additive and not delta.costs and is_penalised(self.program, delta)
            for delta in target.deltas
        )
        self._basis: Basis | None = None
        self._start: tuple[FloatArray, FloatArray] | None = None
        self._forget()
        if self.is_quick:
            self._keep_base()

    def _forget(self) -> None:
        self._session: HighsSession | None = None
        self._known: dict[Chosen, tuple[Struck, NDArray[np.bool_]]] = {}
        self._ceilings: tuple[Any, ...] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the solver behind when going to another process."""
        return {**self.__dict__, "_session": None, "_known": {}, "_ceilings": None}

    def _keep_base(self) -> None:
        """Keep where the base ended, so that every process starts from there."""
        if self.is_own:
            base = self.target.base.outcome
        else:
            self._session = HighsSession(self.program)
            base = self._session.solve()
            if base.status == "interrupted":
                raise KeyboardInterrupt
        if base.status == "optimal":
            self._basis, self._start = Basis.of(base), (base.x, base.y)

    @property
    def session(self) -> HighsSession:
        """The solver on the program without any attack, at its optimal basis."""
        if self._session is None:
            start = None
            if self._basis is not None and self._start is not None:
                start = self._basis.start(*self._start)
            self._session = HighsSession(self.program, start=start)
        return self._session

    def ask(self, chosen: Chosen) -> Struck:
        """Return what a set of options costs; ascending numbers of options."""
        if not self.is_quick or not (self.target.is_additive or len(chosen) < 2):
            return self._anew(chosen)
        return self._ask(chosen)[0]

    def _ask(self, chosen: Chosen) -> tuple[Struck, NDArray[np.bool_]]:
        known = self._known.get(chosen)
        if known is not None:
            return known
        for option in reversed(chosen):
            if self.only_closes[option]:
                struck, bites = self._ask(tuple(other for other in chosen if other != option))
                if not bites[option]:
                    self._known[chosen] = struck, bites
                    return struck, bites
        self._known[chosen] = found = self._solve(chosen)
        return found

    def _solve(self, chosen: Chosen) -> tuple[Struck, NDArray[np.bool_]]:
        deltas = [self.target.deltas[option] for option in chosen]
        delta = combine(self.program, deltas) if chosen else None
        outcome = self.session.solve(delta)
        is_waived = outcome.status == "infeasible" and bool(chosen) and not self.target.waiver.is_empty()
        if is_waived:
            delta = combine(self.program, [*deltas, self.target.waiver])
            outcome = self.session.solve(delta)
        if outcome.status == "interrupted":
            raise KeyboardInterrupt
        if outcome.status == "infeasible":
            return Struck(inf, inf, np.nan), np.zeros(len(self.target.options), dtype=bool)
        if outcome.status != "optimal":
            raise SolverError(f"an attack could not be solved: {outcome.word}", outcome.word)
        program = self.program if delta is None else delta.apply(self.program)
        floor = safe_bound(program, outcome.y) if self.has_floors else -inf
        cost, short = float(program.cost @ outcome.x), float(outcome.x[self.short].sum())
        bites = self._bites(outcome.x) if any(self.only_closes) else np.empty(0, dtype=bool)
        stopped = self.target.stopped(outcome.x) if is_waived else ()
        return Struck(cost, floor, short, stopped), bites

    def _bites(self, x: FloatArray) -> NDArray[np.bool_]:
        """Return which options close something that a plan uses."""
        if self._ceilings is None:
            parts: list[Any] = []
            for name in ("col_upper", "row_upper"):
                changes = [getattr(delta, name) for delta in self.target.deltas]
                parts += [
                    np.repeat(np.arange(len(changes)), [len(change) for change in changes]),
                    np.concatenate([change.positions for change in changes]),
                    np.concatenate([change.numbers for change in changes]),
                ]
            self._ceilings = tuple(parts)
        option, column, level, by_row, row, most = self._ceilings
        bites = np.zeros(len(self.target.options), dtype=bool)
        bites[option[x[column] > level + AS_SOLVED]] = True
        if len(row):
            bites[by_row[self.program.times(x)[row] > most + AS_SOLVED]] = True
        return bites

    def _anew(self, chosen: Chosen) -> Struck:
        """Return what policies cost that are put together as in a scenario, or where levels are whole."""
        try:
            solution = self.target.solution(chosen)
        except InfeasibleError:
            return Struck(inf, inf, np.nan)
        proof = solution.certificate
        floor = proof.safe_bound if proof.integer_bound is None else min(proof.integer_bound, proof.cost)
        short = float(solution.levels[solution.program.columns.where(kind="short")].sum())
        return Struck(solution.cost, floor, short, self.target.stopped(solution.levels))


def answers(strikes: Strikes, chunk: Sequence[tuple[int, Chosen]]) -> list[tuple[int, Struck]]:
    """Answer sets one after the other."""
    return [(number, strikes.ask(chosen)) for number, chosen in chunk]


def strike_all(
    strikes: Strikes, sets: Sequence[Chosen], executor: Any = None, progress: Progress | None = None
) -> dict[Chosen, Struck]:
    """Return what each set costs; those that were tried until Ctrl-C, if it comes after the first.

    Parameters
    ----------
    strikes : Strikes
    sets : sequence of tuple of int
        Each ascending.
    executor : int, Executor or dask.distributed.Client, optional
        Who solves; as in `resilience.sweep`.
    progress : callable, optional
        Gets how many are done, and of how many.
    """
    found: dict[Chosen, Struck] = {}
    try:
        for part in run(strikes, answers, list(enumerate(sets)), executor):
            found |= {sets[number]: struck for number, struck in part}
            if progress is not None:
                progress(len(found), len(sets))
    except KeyboardInterrupt:
        if not found:
            raise
    return {chosen: found[chosen] for chosen in sets if chosen in found}


def worst_of(found: dict[Chosen, Struck], bound: float | None = None) -> Found:
    """Return attacks, the worst first; what none exceeds is the worst, unless some were left out."""
    attacks = ranked(Attack(chosen, struck.cost) for chosen, struck in found.items())
    return Found(attacks, attacks[0].cost if bound is None else max(bound, attacks[0].cost))


def at_most(strikes: Strikes) -> float:
    """Return what no set of options can exceed: the cost of all of them; infinite where that is unknown."""
    if not all(strikes.only_closes):
        return inf
    return strikes.ask(tuple(range(len(strikes.target.options)))).cost

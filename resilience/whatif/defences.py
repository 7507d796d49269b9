"""What a defender can do against an adversary's attacks, and what comes of it: the game of `harden`.

Where nothing can be built, every attack is priced once. Where projects can, what to build against the
attacks that must be borne is one linear program, with a copy of the network for each of them, all with the
same buildings; the duals give the bound, computed again with rounding counted.

Source: Zeng & Zhao (2013), Solving two-stage robust optimization problems using a column-and-constraint
generation method, Operations Research Letters 41(5), 457-461.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.errors import InputError, SolverError
from resilience.program import Block, Coded, LinearProgram
from resilience.program.certificate import safe_bound
from resilience.program.grown import with_rows
from resilience.program.two_stage import extensive_form
from resilience.solvers import HighsSession
from resilience.solvers.hardening import Builder, Built, Chosen, Defence, Game, Limits
from resilience.solvers.interdiction import Attack, Progress, allowed_sets, combine
from resilience.whatif.attacks import Target
from resilience.whatif.beforehand import first_touched, periods_of, spending_on
from resilience.whatif.strikes import Strikes, strike_all

FloatArray = NDArray[np.float64]

MOST_SETS = 200_000
"""Most attacks on a defence that are tried at all."""


STOCK = ("fill", "release")
"""Kinds of columns that go into stockpiles and out of them."""

STOCKED = 1e-8
"""What is decided to go in or out may be so much less, relative, for the digits it was rounded to."""


def defence_columns(target: Target, is_limited: bool = False) -> tuple[NDArray[np.int64], FloatArray]:
    """Return the columns that the defender decides, and the money that a unit of each takes.

    They are what is built, and what goes into stockpiles and out of them in the periods before any attack.
    """
    program = target.base.program
    labels = program.columns
    build, stock = labels.where(kind="build"), labels.where(kind=STOCK)
    early = stock[periods_of(labels)[stock] < first_touched(program, target.deltas)]
    columns = np.concatenate([build, early])
    return columns, spending_on(labels, columns, is_limited)


@dataclass(frozen=True)
class Sets:
    """The attacks that an adversary can afford."""

    target: Target
    most: float

    def left_by(self, protected: Chosen, is_largest: bool) -> list[Chosen]:
        """Return the sets of options that use nothing protected."""
        options = self.target.options
        left = [number for number in range(len(options)) if number not in protected]
        weights = np.array([options[number].weight for number in left])
        found: list[Chosen] = []
        for chosen in allowed_sets(weights, self.most, [options[each].target for each in left], is_largest):
            found.append(tuple(left[each] for each in chosen))
            if len(found) > MOST_SETS:
                raise InputError(
                    f"more than {MOST_SETS:,} attacks to try; fewer options or a smaller k, please"
                )
        return found


def protections_alone(
    sets: Sets, prices: Mapping[int, float], budget: float, executor: Any, progress: Progress | None
) -> tuple[Game, Attack]:
    """Return the game in which nothing is built: every attack is priced beforehand."""
    strikes = Strikes(sets.target, has_floors=True)
    every = sets.left_by((), is_largest=False)
    tried = strike_all(strikes, every, executor, progress)
    if len(tried) < len(every):
        raise KeyboardInterrupt
    dearest = sorted(tried.items(), key=lambda item: (-item[1].cost, item[0]))

    def build(faced: frozenset[Chosen], left: float, limits: Limits) -> Built | None:
        bound = max(tried[attack].floor for attack in faced)
        return None if bound == inf else Built(np.empty(0), bound)

    def attack(defence: Defence) -> tuple[Chosen, float]:
        protected = set(defence.protected)
        return next((chosen, struck.cost) for chosen, struck in dearest if protected.isdisjoint(chosen))

    floors = [(chosen, struck.floor) for chosen, struck in dearest if chosen]
    game = Game(prices, budget, build, attack, costs=floors)
    return game, Attack(dearest[0][0], dearest[0][1].cost)


def with_projects(
    sets: Sets, prices: Mapping[int, float], budget: float, executor: Any, progress: Progress | None
) -> tuple[Game, Attack]:
    """Return the game in which projects are built, and stocks filled, too."""
    target = sets.target
    columns, spending = defence_columns(target, budget < inf)
    program = target.waiver.apply(target.base.program)
    if target.case.formulation.grids or held(program, columns, np.zeros(len(columns))).is_mixed:
        raise InputError(
            "cannot harden where levels other than projects must be whole, or prices move along curves"
        )
    if not target.is_additive and sets.most > min(option.weight for option in target.options):
        raise InputError(
            "cannot harden by projects or stocks against several policies at once that may act on each other"
        )
    benches: dict[bytes, Strikes] = {}
    n_tried = 0

    def attack(defence: Defence) -> tuple[Chosen, float]:
        nonlocal n_tried
        key = defence.levels.tobytes()
        if key not in benches:
            benches.clear()
            benches[key] = Strikes(target, held(program, columns, defence.levels))
        every = sets.left_by(defence.protected, is_largest=target.is_additive)
        tried = strike_all(benches[key], every, executor)
        if len(tried) < len(every):
            raise KeyboardInterrupt
        n_tried += 1
        if progress is not None:
            progress(n_tried, 0)
        return max(((chosen, struck.cost) for chosen, struck in tried.items()), key=lambda item: item[1])

    integral = program.integral
    whole = () if integral is None else tuple(np.flatnonzero(integral[columns]).tolist())
    game = Game(prices, budget, _builder(target, program, columns, spending), attack, whole)
    nothing = np.where(np.isin(columns, program.columns.where(kind="release")), np.nan, 0.0)
    return game, Attack(*attack(Defence(nothing, ())))


def _builder(
    target: Target, program: LinearProgram, columns: NDArray[np.int64], spending: FloatArray
) -> Builder:
    """Return what finds the best buildings against attacks, by one program with a copy for each."""

    def build(faced: frozenset[Chosen], left: float, limits: Limits) -> Built | None:
        if target.is_additive:  # what costs no more than a larger attack need not be borne besides
            faced = frozenset(each for each in faced if not any(set(each) < set(other) for other in faced))
        copies = []
        for attack in sorted(faced):
            deltas = [target.deltas[option] for option in attack]
            copies.append(combine(target.base.program, deltas).apply(program) if deltas else program)
        n = len(copies)
        form = extensive_form(copies, [columns] * n, [1.0 / n] * n, (1.0, 1.0)).program
        lower, upper = form.col_lower.copy(), form.col_upper.copy()
        for position, least, most in limits:
            lower[position], upper[position] = max(lower[position], least), min(upper[position], most)
        if (lower > upper).any():
            return None
        form = replace(form, col_lower=lower, col_upper=upper, integral=None)
        if left < inf and spending.any():
            scale = float(spending.max())
            spent = np.flatnonzero(spending)
            entries = (np.zeros(len(spent), np.int64), spent, spending[spent] / scale)
            block = Block("budget", 1, {"id": Coded.of(["budget"])})
            form = with_rows(form, block, entries, np.array([-inf]), np.array([max(left, 0.0) / scale]))
        outcome = HighsSession(form).solve()
        if outcome.status == "interrupted":
            raise KeyboardInterrupt
        if outcome.status == "infeasible":
            return None
        if outcome.status != "optimal":
            raise SolverError(f"the choice of a defence could not be solved: {outcome.word}", outcome.word)
        levels = np.clip(outcome.x[: len(columns)], lower[: len(columns)], upper[: len(columns)])
        return Built(levels, safe_bound(form, outcome.y))

    return build


def held(program: LinearProgram, columns: NDArray[np.int64], levels: FloatArray) -> LinearProgram:
    """Return a program with the defender's columns fixed where they stand, whole levels rounded.

    What goes into stock or out of it may be less by `STOCKED`. What is not a number is left open.
    """
    lower, upper, integral = program.col_lower.copy(), program.col_upper.copy(), program.integral
    numbers = levels
    if integral is not None:
        numbers = np.where(integral[columns], np.round(levels), levels)
        integral = integral.copy()
        integral[columns] = False
    least, most = program.col_lower[columns], program.col_upper[columns]
    room = np.where(np.isin(columns, program.columns.where(kind=STOCK)), STOCKED * np.abs(numbers), 0.0)
    is_open = np.isnan(numbers)
    lower[columns] = np.where(is_open, least, np.clip(numbers - room, least, most))
    upper[columns] = np.where(is_open, most, np.clip(numbers, least, most))
    return replace(
        program,
        col_lower=lower,
        col_upper=upper,
        integral=None if integral is None or not integral.any() else integral,
    )

"""What is decided before it is known which scenario comes: the shared levels of several programs.

`Choice` holds the scenarios' programs and what they share, puts a ceiling on what is spent beforehand,
finds the best shared levels, and says what any shared levels cost in each scenario.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from resilience.errors import CertificateError, InfeasibleError, InputError, SolverError, UnboundedError
from resilience.formulation import apply_policies
from resilience.network import Case, Effort, Network
from resilience.program import Block, Certificate, Coded, Delta, LinearProgram, Outcome, certify
from resilience.program.alignment import aligned, differing
from resilience.program.grown import with_rows
from resilience.program.two_stage import TwoStage, extensive_form
from resilience.results.periods import period_names
from resilience.results.solution import Solution
from resilience.solvers import HighsSession
from resilience.whatif.beforehand import periods_of, spending_on

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LOOSE = 1e-8
"""Shared levels that leave no plan for the digits they were rounded to are given so much room, relative."""

Cvar = tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class Found:
    """The best shared levels of a choice.

    Parameters
    ----------
    form : TwoStage
        The program that was solved.
    outcome : Outcome
        What the solver said.
    certificate : Certificate
        Its proof; it holds.
    levels : ndarray, shape (n_shared,)
        Of the shared columns.
    """

    form: TwoStage
    outcome: Outcome
    certificate: Certificate
    levels: FloatArray


@dataclass(frozen=True, eq=False)
class Choice:
    """Scenarios, and what is decided before it is known which of them comes.

    Parameters
    ----------
    network : Network
    cases : tuple of Case
        One per scenario.
    programs : tuple of LinearProgram
        With policies in force.
    touched : tuple of mapping
        What each policy changed.
    shared : tuple of ndarray of int64
        For each scenario, its shared columns, in the same order.
    probabilities : ndarray, shape (n_scenarios,)
    known_from : int
        Period from which the scenarios are told apart; the number of periods where they never are.
    budget : float, optional
        Most that may be spent beforehand.
    effort : Effort
    """

    network: Network
    cases: tuple[Case, ...]
    programs: tuple[LinearProgram, ...]
    touched: tuple[dict[str, Delta], ...]
    shared: tuple[IntArray, ...]
    probabilities: FloatArray
    known_from: int
    budget: float | None
    effort: Effort

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the scenarios; ``base`` is the network alone."""
        return tuple(case.name or "base" for case in self.cases)

    @cached_property
    def spending(self) -> FloatArray:
        """Money that a unit of each shared column takes of the budget; shape (n_shared,).

        Capital of what is built, subsidised or not, and stock put in at its reference price.
        """
        return spending_on(self.programs[0].columns, self.shared[0], self.budget is not None)

    def where(self, kind: str) -> IntArray:
        """Return which of the shared columns are of a kind."""
        return np.flatnonzero(np.isin(self.shared[0], self.programs[0].columns.where(kind=kind)))

    def limited(self, program: LinearProgram, columns: IntArray) -> LinearProgram:
        """Return a program with the budget on it, where there is one."""
        if self.budget is None:
            return program
        spent = np.flatnonzero(self.spending)
        scale = max(1.0, float(self.spending.max(initial=0.0)))
        entries = (np.zeros(len(spent), np.int64), columns[spent], self.spending[spent] / scale)
        block = Block("budget", 1, {"id": Coded.of(["budget"])})
        return with_rows(program, block, entries, np.array([-np.inf]), np.array([self.budget / scale]))

    def form(self, cvar: Cvar = None, only: int | None = None) -> TwoStage:
        """Return the scenarios as one program, or only one of them, with the budget on it."""
        chosen = range(len(self.cases)) if only is None else [only]
        probabilities = self.probabilities if only is None else np.ones(1)
        made = extensive_form(
            [self.programs[each] for each in chosen],
            [self.shared[each] for each in chosen],
            probabilities.tolist(),
            cvar,
            [self.names[each] for each in chosen],
        )
        return replace(made, program=self.limited(made.program, np.arange(len(self.shared[0]))))

    def solve(self, form: TwoStage) -> Found:
        """Find the best shared levels.

        Raises
        ------
        InfeasibleError, UnboundedError
            If there are none; a scenario that has no plan by itself explains it.
        SolverError
            If the solver fails, or its answer does not hold.
        """
        outcome = run(form.program, self.effort)
        if outcome.status in ("infeasible", "unbounded"):
            for case in self.cases:
                self.network.solve_case(case, self.effort)  # explains itself where it has no plan
            if outcome.status == "unbounded":
                raise UnboundedError("the cost of all scenarios together can fall without end")
            limit = "" if self.budget is None else " within the budget"
            raise InfeasibleError(f"each scenario has a plan, but no decision{limit} suits all of them")
        return Found(form, outcome, prove(form.program, outcome), outcome.x[: len(self.shared[0])])

    def fixed(
        self, scenario: int, levels: FloatArray, chosen: IntArray | None = None, room: float = 0.0
    ) -> LinearProgram:
        """Return a scenario's program with shared levels fixed: all of them, or those chosen."""
        program = self.programs[scenario]
        which = np.arange(len(levels)) if chosen is None else chosen
        columns, numbers = self.shared[scenario][which], levels[which]
        integral = program.integral
        if integral is not None:
            numbers = np.where(integral[columns], np.round(numbers), numbers)
        slack = room * np.maximum(1.0, np.abs(numbers))
        lower, upper = program.col_lower.copy(), program.col_upper.copy()
        lower[columns], upper[columns] = numbers - slack, numbers + slack
        return replace(program, col_lower=lower, col_upper=upper)

    def solution(self, scenario: int, levels: FloatArray) -> Solution:
        """Return the plan of a scenario once shared levels are fixed.

        Of one scenario alone only what is built and stocked is, so that its prices are those of any plan.

        Raises
        ------
        InfeasibleError
            If it has none.
        """
        chosen = None
        if len(self.cases) == 1:
            chosen = np.union1d(self.where("build"), self.where("fill"))
        for room in (0.0, LOOSE):
            program = self.fixed(scenario, levels, chosen, room)
            outcome = run(program, self.effort)
            if outcome.status == "optimal":
                break
        else:
            if outcome.status == "infeasible":
                raise InfeasibleError(f"scenario '{self.names[scenario]}' has no plan after this decision")
            raise SolverError(f"a scenario could not be solved: {outcome.word}", outcome.word)
        case = self.cases[scenario]
        return Solution(
            case.formulation,
            program,
            outcome,
            prove(program, outcome),
            case.name,
            case.policies,
            self.touched[scenario],
        )

    def costs(self, levels: FloatArray) -> FloatArray:
        """Return what each scenario costs once shared levels are fixed; infinite where it has no plan."""
        found = np.full(len(self.cases), np.inf)
        for scenario in range(len(self.cases)):
            try:
                found[scenario] = self.solution(scenario, levels).cost
            except InfeasibleError:
                continue
        return found


def run(program: LinearProgram, effort: Effort) -> Outcome:
    """Solve a program with HiGHS.

    Raises
    ------
    SolverError
        If the solver is cut short or fails.
    """
    outcome = HighsSession(
        program, effort.time_limit, mip_gap=effort.mip_gap, progress=effort.progress
    ).solve()
    if outcome.status not in ("optimal", "infeasible", "unbounded"):
        raise SolverError(f"{outcome.solver} gave up: {outcome.word}", outcome.word)
    return outcome


def prove(program: LinearProgram, outcome: Outcome) -> Certificate:
    """Return the certificate of an optimal outcome.

    Raises
    ------
    CertificateError
        If it does not hold.
    """
    certificate = certify(program.fixed_at(outcome.x), outcome.x, outcome.y)
    if not certificate.holds:
        raise CertificateError(f"the answer of {outcome.solver} does not hold: {certificate}", outcome.word)
    return replace(certificate, integer_bound=outcome.bound)


def choice_of(
    network: Network,
    scenarios: Sequence[str | None],
    probabilities: Sequence[float] | None = None,
    budget: float | None = None,
    known_from: str | datetime.date | None = None,
    effort: Effort | None = None,
) -> Choice:
    """Compile scenarios, and find what must be decided before they are told apart.

    Parameters
    ----------
    network : Network
    scenarios : sequence of str or None
        Names; None is the network alone.
    probabilities : sequence of float, optional
        One each; they are divided by their sum. Equal if left out.
    budget : float, optional
        Most to be spent beforehand.
    known_from : str or date, optional
        First day on which the scenarios are told apart; left out, the first period in which any number
        of their programs differs. Everything in the periods before is shared; where there are none, what
        is built in the first period.
    effort : Effort, optional

    Raises
    ------
    InputError
        If the scenarios cannot be put together, or a number makes no sense.
    """
    if not scenarios:
        raise InputError("a plan needs at least one scenario")
    if len(set(scenarios)) < len(scenarios):
        raise InputError("a scenario is named twice")
    weights = np.ones(len(scenarios)) if probabilities is None else np.asarray(probabilities, dtype=float)
    if len(weights) != len(scenarios):
        raise InputError(f"{len(scenarios)} scenarios need as many probabilities, not {len(weights)}")
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        raise InputError("a probability is above 0")
    if budget is not None and not 0 <= budget < np.inf:
        raise InputError("a budget is an amount of money, 0 or more")
    effort = effort or Effort()
    cases = tuple(network.case(scenario) for scenario in scenarios)
    horizons = {case.formulation.calendar for case in cases}
    if len(horizons) > 1:
        raise InputError(
            "the scenarios differ in their periods: "
            + ", ".join(
                f"{case.name or 'base'} has {case.formulation.calendar.size} from "
                f"{case.formulation.calendar.starts[0]:%Y-%m}"
                for case in cases
            )
        )
    if any(case.formulation.grids for case in cases):
        raise InputError("a plan for several scenarios cannot be made where prices move along curves")
    made = [
        apply_policies(case.formulation, case.policies, network.baseline_levels(case, effort))
        for case in cases
    ]
    programs = tuple(program for program, _ in made)
    period = _first_known(cases[0], programs, known_from)
    shared = _shared(cases, programs, period)
    return Choice(
        network,
        cases,
        programs,
        tuple(touched for _, touched in made),
        shared,
        weights / weights.sum(),
        period,
        budget,
        effort,
    )


def _first_known(
    case: Case, programs: Sequence[LinearProgram], known_from: str | datetime.date | None
) -> int:
    """Return the period from which the scenarios are told apart."""
    starts = case.formulation.calendar.starts
    if known_from is None:
        columns, rows = differing(programs)
        when = np.concatenate([periods_of(programs[0].columns)[columns], periods_of(programs[0].rows)[rows]])
        return int(when[when >= 0].min(initial=len(starts)))
    try:
        text = str(known_from)
        day = datetime.date.fromisoformat(text + {4: "-01-01", 7: "-01"}.get(len(text), ""))
    except ValueError:
        raise InputError(
            f"known_from: '{known_from}' is no date; wanted 2027, 2027-03 or 2027-03-15"
        ) from None
    if day > case.formulation.calendar.end:
        raise InputError(f"known_from: {day} is after the last period, {period_names(case.formulation)[-1]}")
    return sum(start < day for start in starts)


def _shared(cases: Sequence[Case], programs: Sequence[LinearProgram], period: int) -> tuple[IntArray, ...]:
    """Return the columns that are decided before the scenarios are told apart, in each scenario."""
    numbers, size = aligned([program.columns for program in programs])
    masks, place = [], []
    for program, number in zip(programs, numbers, strict=True):
        when = periods_of(program.columns)
        early = (when >= 0) & (when < period)
        if period == 0:
            build = program.columns.where(kind="build")
            early[build] |= when[build] == 0
        at = np.full(size, -1)
        at[number] = np.arange(len(number))
        place.append(at)
        mask = np.zeros(size, dtype=bool)
        mask[number] = early
        masks.append(mask)
    everywhere = np.logical_and.reduce(masks)
    for case, program, mask, at in zip(cases, programs, masks, place, strict=True):
        odd = np.flatnonzero(mask & ~everywhere)
        if len(odd):
            label = program.columns.describe(int(at[odd[0]]))
            raise InputError(
                f"scenario '{case.name or 'base'}' has {label['kind']} {label.get('id', '')} before the "
                "scenarios are told apart, and another has not; what is decided beforehand must exist in all"
            )
    first = place[0][everywhere]
    order = np.argsort(first)
    shared = tuple(at[everywhere][order] for at in place)
    lower = np.max([p.col_lower[at] for p, at in zip(programs, shared, strict=True)], axis=0, initial=-np.inf)
    upper = np.min([p.col_upper[at] for p, at in zip(programs, shared, strict=True)], axis=0, initial=np.inf)
    if bool((lower > upper).any()):
        label = programs[0].columns.describe(int(shared[0][np.flatnonzero(lower > upper)[0]]))
        raise InputError(
            f"no level of {label['kind']} {label.get('id', '')} suits all scenarios before they part"
        )
    return shared

"""One compiled base, and any what-if answered from its optimal basis.

A what-if is a `Delta` on the base, or on the base with the dormant rows and columns of its own policies
added: it never depends on what else is asked, so neither order nor the number of workers can change an
answer. What the quick ways do not cover (other stages, curves, origin rules of one's own, a scenario that
sets values) is laid out anew, as `Network.solve` does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.errors import (
    InfeasibleError,
    InputError,
    ResilienceError,
    TimeLimitError,
    UnboundedError,
)
from resilience.fields import Fault
from resilience.formulation import Formulation, FormulationFaults, apply_policies
from resilience.formulation.matrix import extend
from resilience.grammar import Document, Spec, chain_of, interpret, merged
from resilience.network import Case, Effort, Network, own_names, paths_of, settings_of
from resilience.policies import Additions, Policy
from resilience.program import Certificate, Delta, LinearProgram, Outcome, certify
from resilience.results.solution import Solution
from resilience.solvers import Basis, HighsSession
from resilience.whatif.plain_numbers import PlainNumbers
from resilience.whatif.question import WhatIf

FloatArray = NDArray[np.float64]

MOST_SESSIONS, FEWEST_SESSIONS, MOST_COLUMNS = 128, 4, 2_000_000
"""How many programs with rows of their own are kept in the solver: fewer, if they have many columns."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What became of a what-if.

    Parameters
    ----------
    what : WhatIf
        What was asked.
    status : str
        ``optimal``, ``infeasible``, ``unbounded``, ``time limit``, ``failed`` (the solver gave up, or its
        answer does not hold), or ``invalid`` (the question is wrong).
    problem : str
        In words, where there is no plan.
    solution : Solution, optional
        The plan, where there is one.
    """

    what: WhatIf
    status: str
    problem: str = ""
    solution: Solution | None = None


@dataclass
class _Solvers:
    """Sessions with the solver, which stay in the process that opened them."""

    base: HighsSession | None = None
    grown: OrderedDict[str, tuple[LinearProgram, HighsSession]] = field(default_factory=OrderedDict)


class Bench:
    """A network and the base of its what-ifs, compiled and solved once.

    Parameters
    ----------
    network : Network
        The network.
    scenario : str, optional
        The base; left out, the network alone.
    paths : iterable of str
        Numbers that will be changed, so that they are looked up in the program once.
    time_limit : float, optional
        Most seconds for each solve.

    Raises
    ------
    InputError
        If there is no such scenario.

    Examples
    --------
    >>> from resilience.network import Network
    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {"mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5}},
    ...     "demands": {
    ...         "smelter": {"country": "FIN", "commodity": "ore", "quantity": 8, "shortfall_cost": 90}
    ...     },
    ...     "lanes": [{"from": "mine", "to": "smelter", "commodity": "ore"}],
    ... })
    >>> bench = Bench(network, paths=["supplies.mine.quantity"])
    >>> bench.ask(WhatIf(set={"supplies.mine.quantity": 4})).solution.cost
    400.0
    """

    def __init__(
        self,
        network: Network,
        scenario: str | None = None,
        paths: Iterable[str] = (),
        time_limit: float | None = None,
    ) -> None:
        self.network, self.scenario, self.time_limit = network, scenario, time_limit
        self.effort = Effort(time_limit=time_limit)
        self.case: Case = network.case(scenario)
        made = self.case.formulation
        self.levels: dict[str | None, FloatArray] = {}
        self.base = self._solve_base()
        self.numbers = PlainNumbers(made, [path for path, _, _ in settings_of(dict.fromkeys(paths))])
        self.structures = self._structures(made)
        self._solvers = _Solvers()

    def __getstate__(self) -> dict[str, Any]:
        """Leave the solver behind when going to another process."""
        return {**self.__dict__, "_solvers": _Solvers()}

    def _solve_base(self) -> Answer:
        case = self.case
        self.program: LinearProgram | None = None
        self.basis: Basis | None = None
        if case.formulation.grids:
            return self._settled(WhatIf(), case)
        levels = self.network.baseline_levels(case, self.effort)
        self.program, deltas = apply_policies(case.formulation, case.policies, levels)
        outcome = HighsSession(self.program, self.time_limit).solve()
        self.basis = None if self.program.is_mixed else Basis.of(outcome)
        return self._answer(WhatIf(), case, self.program, deltas, outcome)

    def _structures(self, made: Formulation) -> Mapping[str, Additions | None]:
        """Return the rows and columns that each policy of the base has."""
        return {
            key: policy.structure(made.program, made.situation(key))
            for key, policy in made.spec.policies.items()
        }

    def ask(self, what: WhatIf) -> Answer:
        """Answer a what-if; whatever becomes of it, no error is raised for it.

        Examples
        --------
        See the class.
        """
        try:
            return self._ask(what)
        except FormulationFaults as faults:
            told = [f"{'.'.join(map(str, path))}: {message}" for path, message in faults.found]
            return Answer(what, "invalid", "; ".join(told))
        except InputError as error:
            told = [f"{problem.path}: {problem.message}".removeprefix(": ") for problem in error.problems]
            return Answer(what, "invalid", "; ".join(told))
        except ResilienceError as error:
            return Answer(what, _status_of(error), str(error).splitlines()[0])

    def _ask(self, what: WhatIf) -> Answer:
        scenario = self.scenario if what.scenario is None else what.scenario or None
        if scenario == self.scenario and not (what.policies or what.set):
            return replace(self.base, what=what)
        case, session = self.lay_out(what)
        if case.formulation.grids:
            return self._settled(what, case)
        program, deltas = self.apply(case)
        outcome = self._run(session, program)
        answer = self._answer(what, case, program, deltas, outcome)
        if answer.status == "failed":  # from where the base ended; once more from nothing
            outcome = HighsSession(program, self.time_limit).solve()
            answer = self._answer(what, case, program, deltas, outcome)
        return answer

    def lay_out(self, what: WhatIf) -> tuple[Case, HighsSession | None]:
        """Return a what-if as a case, and a session that may start from the base, if its structure fits."""
        scenario = self.scenario if what.scenario is None else what.scenario or None
        quick = self._quick_case(scenario, what)
        if quick is not None:
            return quick
        return self.network.case(scenario, what.policies, what.set), self._base_session()

    def apply(self, case: Case) -> tuple[LinearProgram, Mapping[str, Any]]:
        """Return the program of a case with its policies in force, and what each of them changed."""
        is_ours = case.formulation.places is self.case.formulation.places  # its columns are the base's
        levels = self._baseline_levels(case) if is_ours else self.network.baseline_levels(case, self.effort)
        return apply_policies(case.formulation, case.policies, levels)

    def _run(self, session: HighsSession | None, program: LinearProgram) -> Outcome:
        if session is not None:
            try:
                return session.solve(Delta.between(session.program, program), program)
            except ValueError:  # another structure
                pass
        return HighsSession(program, self.time_limit).solve()

    def _settled(self, what: WhatIf, case: Case) -> Answer:
        """Answer with curves laid out ever finer, as `Network.solve` does."""
        try:
            return Answer(
                what, "optimal", solution=self.network.solve_case(case, replace(self.effort, tie_break=None))
            )
        except ResilienceError as error:
            if isinstance(error, InputError):
                raise
            return Answer(what, _status_of(error), str(error).splitlines()[0])

    def _answer(
        self, what: WhatIf, case: Case, program: LinearProgram, deltas: Mapping[str, Any], outcome: Outcome
    ) -> Answer:
        if outcome.status == "interrupted":
            raise KeyboardInterrupt
        if outcome.status != "optimal":
            return Answer(what, outcome.status, f"{outcome.solver} says: {outcome.word}")
        certificate: Certificate = replace(
            certify(program.fixed_at(outcome.x), outcome.x, outcome.y), integer_bound=outcome.bound
        )
        if not certificate.holds:
            return Answer(what, "failed", f"the answer of {outcome.solver} does not hold: {certificate}")
        solution = Solution(case.formulation, program, outcome, certificate, case.name, case.policies, deltas)
        return Answer(what, "optimal", solution=solution)

    def _base_session(self) -> HighsSession | None:
        if self._solvers.base is None and self.program is not None:
            self._solvers.base = HighsSession(self.program, self.time_limit, self._start(self.program))
        return self._solvers.base

    def _start(self, program: LinearProgram) -> Outcome | None:
        """Return the base's optimum as the start of a program that it is part of."""
        if self.basis is None or self.base.solution is None:
            return None
        basis = self.basis.grown(program.n_columns, program.n_rows)
        plan = self.base.solution.outcome
        return basis.start(_padded(plan.x, program.n_columns), _padded(plan.y, program.n_rows))

    def _baseline_levels(self, case: Case) -> dict[str, FloatArray]:
        """Return, for each policy that is relative to a baseline, the levels there."""
        program, base = case.formulation.program, self.case.formulation
        needing = [key for key, policy in case.policies.items() if policy.needs_baseline(program)]
        found = {}
        for key in needing:
            scenario = self.network.baseline_of(case.name, key)
            if scenario not in self.levels:
                self.levels[scenario] = self.network.levels_in(scenario, base, self.effort)
            found[key] = _padded(self.levels[scenario], program.n_columns)
        return found

    def _quick_case(self, scenario: str | None, what: WhatIf) -> tuple[Case, HighsSession | None] | None:
        """Return a what-if laid out by changing the base; None if it takes more."""
        scenarios, made = self.network.spec.scenarios, self.case.formulation
        chain = chain_of(scenarios, scenario)
        if made.grids or chain.settings != chain_of(scenarios, self.scenario).settings:
            return None
        document: Document = self.case.document
        changed: dict[str, Policy] = {}
        if what.set:
            document, spec, paths = self._read(what.set)
            numbers = [path for path in paths if path[0] != "policies"]
            program = self.numbers.program(spec, numbers) if numbers else made.program
            if program is None:
                return None
            changed = {
                path[1]: spec.policies[path[1]] for path in paths if path[0] == "policies" and len(path) > 1
            }
            made = replace(made, spec=spec, program=program)
        own = dict(zip(own_names(what.policies, self.network.spec.policies), what.policies, strict=True))
        added = self._added({**changed, **own})
        if added is None:
            return None
        session = self._base_session()
        if added:
            bare, session = self._grown(added)
            program = bare if made.program is self.case.formulation.program else extend(made.program, added)
            made = replace(made, program=program)
        policies = {key: made.spec.policies[key] for key in chain.policies}
        return Case(scenario or "", made, {**policies, **own}, document), session

    def _read(self, values: Mapping[str, Any]) -> tuple[Document, Spec, list[Any]]:
        """Return the base with values set, and the paths of these."""
        settings = settings_of(values)
        document, paths = merged(self.case.document, settings), paths_of(settings)
        found = None if document.problems else interpret(document, self.case.formulation.spec, paths)
        if found is None:
            raise InputError(document.problems)
        return document, found, paths

    def _added(self, changed: Mapping[str, Policy]) -> list[tuple[str, Additions]] | None:
        """Return rows and columns that policies need and the base lacks; None if it has others instead."""
        made, added = self.case.formulation, []
        for key, policy in changed.items():
            situation, old = made.situation(key), made.spec.policies.get(key)
            if policy.bars(situation) or (old is not None and old.bars(situation)):
                return None  # the balances themselves are split by origin
            try:
                needed = policy.structure(made.program, situation)
            except Fault as fault:
                raise FormulationFaults([(("policies", key, *fault.path), str(fault))]) from None
            there = self.structures.get(key)
            if _is_nothing(needed) or _print_of(needed) == _print_of(there):
                continue
            if not _is_nothing(there):
                return None
            assert needed is not None
            added.append((key, needed))
        return added

    def _grown(self, added: Sequence[tuple[str, Additions]]) -> tuple[LinearProgram, HighsSession]:
        """Return the base without policies and more rows and columns, and a session on it with policies."""
        assert self.program is not None
        key = repr([(name, _print_of(part)) for name, part in added])
        known = self._solvers.grown.get(key)
        if known is None:
            bare = extend(self.case.formulation.program, added)
            program = extend(self.program, added)
            known = bare, HighsSession(program, self.time_limit, self._start(program))
            self._solvers.grown[key] = known
            most = max(FEWEST_SESSIONS, min(MOST_SESSIONS, MOST_COLUMNS // program.n_columns))
            if len(self._solvers.grown) > most:
                self._solvers.grown.popitem(last=False)
        self._solvers.grown.move_to_end(key)
        return known


def _padded(numbers: FloatArray, size: int) -> FloatArray:
    """Return numbers of the base with zeros for what is added to it."""
    return np.concatenate([numbers, np.zeros(size - len(numbers))])


def _status_of(error: ResilienceError) -> str:
    kinds = {InfeasibleError: "infeasible", UnboundedError: "unbounded", TimeLimitError: "time limit"}
    return next((word for kind, word in kinds.items() if isinstance(error, kind)), "failed")


def _is_nothing(added: Additions | None) -> bool:
    return added is None or not (added.n_rows or added.n_columns)


def _print_of(added: Additions | None) -> tuple[Any, ...]:
    """Return everything about rows and columns that tells them from others."""
    if added is None:
        return ()
    labels = [
        sorted((name, tuple(map(str, values))) for name, values in part.items())
        for part in (added.rows, added.columns)
    ]
    entries = [
        tuple(np.asarray(array).tobytes() for array in part) if part is not None else None
        for part in (added.entries, added.own, added.in_balances)
    ]
    return (*map(tuple, labels), *entries)

"""A network: load it, solve it, hand it to PuLP or networkx.

A `Network` is a value. Solving changes nothing that can be seen; behind it, the compiled program and
the solver session of the base are kept, so that the next scenario starts warm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from resilience.errors import (
    CertificateError,
    Finding,
    FormulationError,
    InputError,
    Problem,
    SolveInterrupted,
    SolverError,
    TimeLimitError,
)
from resilience.fields import shorten
from resilience.formulation import Formulation, FormulationFaults, apply_policies, formulate
from resilience.formulation.curves import FINE, MOST_ROUNDS, SETTLED, refine
from resilience.formulation.tie_break import TieBreak, pick_plan
from resilience.formulation.warnings import WARNINGS
from resilience.grammar import (
    Chain,
    Document,
    Spec,
    chain_of,
    flatten,
    interpret,
    is_book,
    load_tables,
    merged,
    read_book,
    read_file,
    read_python,
    read_text,
    shipped_networks,
)
from resilience.grammar.document import NOWHERE
from resilience.grammar.names import suggest
from resilience.policies import Policy
from resilience.program import Certificate, Delta, LinearProgram, Outcome, certify
from resilience.results.diagnosis import explain_infeasible
from resilience.results.solution import Solution
from resilience.results.unbounded import explain_unbounded
from resilience.solvers import INTEGER_GAP, HighsSession, Progress

if TYPE_CHECKING:
    import networkx as nx
    import pulp

FloatArray = NDArray[np.float64]
T = TypeVar("T")
What = str | Policy | Sequence[Policy] | None
"""A scenario's name, policies of one's own, or nothing for the network alone."""


@dataclass(frozen=True, eq=False)
class Case:
    """One scenario made ready: the network with its values set, and the policies in force."""

    name: str
    formulation: Formulation
    policies: Mapping[str, Policy]
    document: Document
    settings: tuple[Any, ...] = ()
    own: tuple[Policy, ...] = ()


@dataclass(frozen=True)
class Effort:
    """By what, how long and how exactly a program is solved."""

    solver: str = "highs"
    time_limit: float | None = None
    mip_gap: float = INTEGER_GAP
    progress: Progress | None = None
    tie_break: TieBreak | None = "distance"


@dataclass
class _Memory:
    """What a network remembers between solves; never part of its value."""

    formulations: dict[str, tuple[Document, Formulation]] = field(default_factory=dict)
    session: HighsSession | None = None
    solutions: dict[tuple[str, float], Solution] = field(default_factory=dict)


class Network:
    """A supply network, checked and ready to be solved.

    Make one with `load`, `Network.from_dict` or `Network.from_yaml`.

    Examples
    --------
    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {
    ...         "CD_mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
    ...         "AU_mine": {"country": "AUS", "commodity": "ore", "price": 25},
    ...     },
    ...     "demands": {"smelter": {"country": "FIN", "commodity": "ore", "quantity": 8}},
    ...     "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
    ... })
    >>> network.solve().cost
    125.0
    """

    def __init__(self, document: Document, spec: Spec) -> None:
        self._document = document
        self._spec = spec
        self._memory = _Memory()

    def __getstate__(self) -> dict[str, Any]:
        """Leave the memory behind when going to another process, but for the compiled base."""
        base = {key: made for key, made in self._memory.formulations.items() if key == BASE}
        return {**self.__dict__, "_memory": _Memory(base)}

    def __repr__(self) -> str:
        spec, name = self._spec, self._spec.name or spec_name(self._document)
        counts = (
            f"{len(spec.facilities)} facilities, {len(spec.demands)} demands, {len(spec.scenarios)} scenarios"
        )
        return f"<Network {name}: {counts}>"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make a network from plain Python data, in the shape of the YAML.

        Parameters
        ----------
        data : mapping
            Sections as in a file; a section may be a pandas DataFrame with the columns of a table.

        Raises
        ------
        InputError
            With every fault found.
        """
        return cls._of(read_python(data), None)

    @classmethod
    def from_yaml(cls, text: str, file: str = "<text>") -> Self:
        """Make a network from YAML text; tables are not allowed, since there is no folder.

        Raises
        ------
        InputError
            With every fault found.
        """
        return cls._of(read_text(text, file), None)

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Load a network from a YAML file, an Excel workbook, or a folder of CSV or Parquet tables.

        Raises
        ------
        InputError
            With every fault found, each with file, line and column, or with sheet and cell.
        """
        path = Path(path)
        return cls._of(read_book(path), None) if is_book(path) else cls._of(read_file(path), path.parent)

    @classmethod
    def _of(cls, document: Document, folder: Path | None) -> Self:
        load_tables(document, folder)
        spec = interpret(document)
        if spec is None:
            raise InputError(document.problems)
        network = cls(document, spec)
        network._check_scenarios()
        network._formulation_of(())
        return network

    @property
    def spec(self) -> Spec:
        """The network as its file says it."""
        return self._spec

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios, sorted."""
        return tuple(self._spec.scenarios)

    @property
    def document(self) -> Document:
        """The data with the place of every value."""
        return self._document

    def solve(
        self,
        scenario: What = None,
        *,
        set: Mapping[str, Any] | None = None,
        solver: str = "highs",
        time_limit: float | None = None,
        mip_gap: float = INTEGER_GAP,
        progress: Progress | None = None,
        tie_break: TieBreak | None = "distance",
    ) -> Solution:
        """Find the least-cost plan of a scenario, and prove it.

        Parameters
        ----------
        scenario : str or Policy or sequence of Policy, optional
            A scenario of the network, or policies on the network alone; left out, the network alone.
        set : mapping, optional
            New values by path, on top of the scenario's: ``{"facilities.kuantan.capacity": 90_000}``.
        solver : str
            ``highs``, or ``pulp`` or ``pulp:CBC`` to go through PuLP.
        time_limit : float, optional
            Most seconds for each solve.
        mip_gap : float
            Where levels must be whole: be content with a plan once it is proved that a better one could
            save at most this share of its cost; ``solution.certificate.integer_gap`` says how much.
        progress : callable, optional
            Where levels must be whole: is told how far the search has come while it runs, by an object
            with ``cost`` of the best plan found, ``bound``, ``gap`` and ``seconds``. What it raises ends
            the search.
        tie_break : str, optional
            Which of several plans of the same least cost is shown. ``"distance"``: that of the fewest
            tonne-kilometres, then by the order of ids; see `resilience.formulation.tie_break`. None: the
            one that the solver comes upon. `Solution.tie_break` says what came of it.

        Returns
        -------
        Solution
            Its certificate holds.

        Raises
        ------
        InputError
            If there is no such scenario, or a value or policy is wrong.
        InfeasibleError, UnboundedError
            If there is no plan.
        TimeLimitError
            If the time did not suffice; it says how good the best plan found by then was.
        SolverError
            If the solver fails, is interrupted, runs out of time, or its answer does not hold.
        """
        if not 0 <= mip_gap < 1:
            raise InputError(f"a gap of {mip_gap:g}: wanted a share from 0 to below 1, such as 0.01")
        if tie_break not in (None, "distance"):
            raise InputError(f"unknown tie break '{tie_break}'; \"distance\", or None")
        effort = Effort(solver, time_limit, mip_gap, progress, tie_break)
        return self.solve_case(self._case(scenario, set or {}), effort)

    def solve_case(self, case: Case, effort: Effort | None = None) -> Solution:
        """Find the least-cost plan of a case, as `solve` does of a scenario."""
        effort = effort or Effort()
        levels = self.baseline_levels(case, effort)
        solution = self._solve_case(case, levels, effort)
        window = 1.0
        for _ in range(MOST_ROUNDS):
            made = case.formulation
            grids, width, window = refine(
                made.spec, made.calendar, made.grids, solution.program, solution.levels, window
            )
            if width <= FINE:
                break
            case = replace(case, formulation=formulate(made.spec, grids))
            solution = self._solve_case(case, levels, effort)
        else:
            if width > SETTLED:
                raise SolverError(f"prices did not settle in {MOST_ROUNDS} rounds, only within {width:.1g}")
        return solution if effort.tie_break is None else _picked(solution, effort.time_limit)

    def _solve_case(self, case: Case, levels: Mapping[str, FloatArray], effort: Effort) -> Solution:
        """Solve a case as it is laid out, and prove it."""
        program, deltas = self._with_places(
            case.document, lambda: apply_policies(case.formulation, case.policies, levels)
        )
        outcome = self._run(program, effort)
        certificate = self._prove(case, program, outcome, deltas)
        return Solution(case.formulation, program, outcome, certificate, case.name, case.policies, deltas)

    def program(self, scenario: What = None, *, set: Mapping[str, Any] | None = None) -> LinearProgram:
        """Return the linear program of a scenario."""
        case = self._case(scenario, set or {})
        levels = self.baseline_levels(case, Effort())
        return self._with_places(
            case.document, lambda: apply_policies(case.formulation, case.policies, levels)
        )[0]

    def without_each_policy(self, scenario: str | None) -> Iterator[tuple[str, LinearProgram]]:
        """Yield each policy of a scenario, and the scenario's program without it."""
        case = self._case(scenario, {})
        levels = self.baseline_levels(case, Effort())
        for key in case.policies:
            others = {name: policy for name, policy in case.policies.items() if name != key}
            try:
                yield key, apply_policies(case.formulation, others, levels)[0]
            except FormulationFaults:  # another one needs it
                continue

    def formulation(self, scenario: What = None, *, set: Mapping[str, Any] | None = None) -> Formulation:
        """Return the network as a program without policies, and what it was made from."""
        return self._case(scenario, set or {}).formulation

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is most likely not meant, as far as it shows without a solve; see `resilience.check`."""
        document, made = self._formulation_of(())
        return tuple(
            sorted(
                finding_at(document, kind, path, message)
                for kind, look in WARNINGS.items()
                for path, message in look(made)
            )
        )

    def to_pulp(self, scenario: What = None, *, set: Mapping[str, Any] | None = None) -> pulp.LpProblem:
        """Return a scenario as an ordinary PuLP problem, for constraints of one's own or another solver."""
        from resilience.solvers.pulp import to_pulp

        return to_pulp(self.program(scenario, set=set), self._spec.name or "resilience")

    def save(self, path: str | Path, kind: str | None = None, *, force: bool = False) -> None:
        """Save the network as tables that `load` reads back, every value as it was.

        Parameters
        ----------
        path : str or Path
            An Excel workbook (``book.xlsx``), or a folder for one table a section; it is written whole
            or not at all.
        kind : str, optional
            ``xlsx``, ``csv`` or ``parquet``; left out, a workbook if the path ends so, else CSV.
        force : bool
            Write into a folder that holds files of another kind too.

        Raises
        ------
        OutputError
            If it cannot be written, or a folder holds what is no table of a network.
        """
        from resilience.grammar.saving import KINDS, save

        path = Path(path)
        kind = kind or ("xlsx" if path.suffix.lower() == ".xlsx" else "csv")
        if kind not in KINDS:
            raise InputError(f"unknown kind '{kind}'{suggest(kind, KINDS)}; {', '.join(KINDS)}")
        save(self._document.data, self._spec.units, path, kind, force)

    def graph(self) -> nx.MultiDiGraph[Any]:
        """Return the network as a networkx graph: sites are nodes, lanes are edges.

        Edges carry ``commodity``, ``capacity``, ``cost`` (per tonne) and ``loss`` of the first period.
        """
        import networkx as nx

        formulation = self._formulation_of(())[1]
        places, lanes = formulation.places, formulation.lanes
        graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
        for name, country in zip(places.names, places.country, strict=True):
            graph.add_node(name, country=country)
        names = list(self._spec.commodities)
        for row, lane in enumerate(lanes.ids):
            graph.add_edge(
                places.names[lanes.start[row]],
                places.names[lanes.end[row]],
                key=lane,
                commodity=names[lanes.commodity[row]],
                capacity=float(lanes.capacity[row, 0]),
                cost=float(lanes.cost[row, 0]),
                loss=float(lanes.loss[row, 0]),
            )
        return graph

    def resolved(self, scenario: str | None = None) -> tuple[Document, Chain]:
        """Return the data of a scenario with its values set, and what the scenario amounts to."""
        chain = chain_of(self._spec.scenarios, scenario)
        document = merged(self._document, chain.settings)
        if document.problems:
            raise InputError(document.problems)
        return document, chain

    def _check_scenarios(self) -> None:
        """Merge and interpret every scenario that sets values, so that faults show at once."""
        problems: list[Problem] = []
        for name, scenario in self._spec.scenarios.items():
            if scenario.set:
                settings = chain_of(self._spec.scenarios, name).settings
                document = merged(self._document, settings)
                if document.problems or interpret(document, self._spec, paths_of(settings)) is None:
                    problems += document.problems
        if problems:
            raise InputError(problems)

    def _case(self, what: What, values: Mapping[str, Any]) -> Case:
        name, own = (
            (what or "", ())
            if isinstance(what, str | None)
            else ("", (what,) if isinstance(what, Policy) else tuple(what))
        )
        if not all(isinstance(policy, Policy) for policy in own):
            raise InputError("wanted the name of one scenario, or policies made in Python")
        return self.case(name or None, own, values)

    def case(
        self,
        scenario: str | None = None,
        policies: Sequence[Policy] = (),
        set: Mapping[str, Any] | None = None,
    ) -> Case:
        """Return a scenario made ready to be solved, with policies and values on top of its own."""
        chain = chain_of(self._spec.scenarios, scenario)
        settings, own = (*chain.settings, *settings_of(set or {})), tuple(policies)
        document, formulation = self._formulation_of(settings, own)
        chosen = [*chain.policies, *own_names(own, self._spec.policies)]
        in_force = {key: formulation.spec.policies[key] for key in chosen}
        return Case(scenario or "", formulation, in_force, document, settings, own)

    def _variant(self, case: Case, values: Mapping[tuple[str | int, ...], float]) -> LinearProgram:
        """Return the program of a case with more values set, by path; it is not remembered."""
        own = tuple(case.own)
        for number, name in enumerate(own_names(own, self._spec.policies)):
            new = {path[2]: value for path, value in values.items() if path[:2] == ("policies", name)}
            if new:
                made = own[number].model_dump(exclude_unset=True) | new
                own = (*own[:number], type(own[number]).model_validate(made), *own[number + 1 :])
        names = own_names(own, self._spec.policies)
        extra = [
            (path, value, ("set", *path))
            for path, value in values.items()
            if path[0] != "policies" or path[1] not in names
        ]
        document, formulation = self._compile((*case.settings, *extra), own)
        policies = {key: formulation.spec.policies[key] for key in case.policies}
        varied = replace(case, formulation=formulation, policies=policies, document=document)
        levels = self.baseline_levels(varied, Effort())
        return self._with_places(document, lambda: apply_policies(formulation, policies, levels))[0]

    def check_paths(self, scenario: str | None, set: Mapping[str, Any]) -> None:
        """Raise an `InputError` for paths at which nothing could be set."""
        document = merged(
            self._document, [*chain_of(self._spec.scenarios, scenario).settings, *settings_of(set)]
        )
        if document.problems:
            raise InputError(document.problems)

    def _formulation_of(
        self, settings: Sequence[Any], own: Sequence[Policy] = ()
    ) -> tuple[Document, Formulation]:
        """Return the network with values set and own policies added, compiled once."""
        key = repr([(path, value) for path, value, _ in settings]) + repr(own)
        known = self._memory.formulations.get(key)
        if known is not None:
            return known
        found = self._compile(settings, own)
        if len(self._memory.formulations) > MOST_REMEMBERED:
            self._memory.formulations.pop(next(iter(set_aside(self._memory.formulations))))
        self._memory.formulations[key] = found
        return found

    def _compile(self, settings: Sequence[Any], own: Sequence[Policy]) -> tuple[Document, Formulation]:
        """Return the network with values set and own policies added, compiled."""
        document, spec = self._document, self._spec
        if settings or own:
            document = merged(self._document, list(settings))
            names = own_names(own, self._spec.policies)
            if own:
                document.values |= {("policies", name): NOWHERE for name in names}
                document.data = {
                    **document.data,
                    "policies": {
                        **(document.data.get("policies") or {}),
                        **dict(zip(names, own, strict=True)),
                    },
                }
            changed = [*paths_of(settings), *(("policies", name) for name in names)]
            found = None if document.problems else interpret(document, self._spec, changed)
            if found is None:
                raise InputError(document.problems)
            spec = found
        return document, self._with_places(document, lambda: formulate(spec))

    def _with_places(self, document: Document, work: Callable[[], T]) -> T:
        """Run a step of formulation, and give its faults their places in the file."""
        try:
            return work()
        except FormulationFaults as faults:
            raise FormulationError(
                [document.problem(path, message) for path, message in faults.found]
            ) from None

    def baseline_levels(self, case: Case, effort: Effort) -> dict[str, FloatArray]:
        """Return, for each policy that is relative to a baseline, the levels there.

        HiGHS always solves the baseline, and ties are always broken: every solver is given the same.
        """
        program = case.formulation.program
        bases = {
            key: self.baseline_of(case.name, key)
            for key, policy in case.policies.items()
            if policy.needs_baseline(program)
        }
        levels = {
            base: self.levels_in(base, case.formulation, effort) for base in dict.fromkeys(bases.values())
        }
        return {key: levels[base] for key, base in bases.items()}

    def baseline_of(self, scenario: str, policy: str) -> str | None:
        """Return what the scenario that brings a policy in extends.

        A scenario that inherits the policy does not cut once more.
        """
        scenarios, at, parent = self._spec.scenarios, scenario, None
        if policy not in chain_of(scenarios, scenario or None).policies:
            return scenario  # a policy of one's own cuts what the scenario itself would ship
        while at:
            parent = scenarios[at].extends
            if parent is None or policy not in chain_of(scenarios, parent).policies:
                break
            at = parent
        return parent

    def levels_in(self, scenario: str | None, formulation: Formulation, effort: Effort) -> FloatArray:
        """Return the levels of a scenario's plan, in the columns of a formulation."""
        key = (scenario or "", effort.mip_gap)
        if key not in self._memory.solutions:
            self._memory.solutions[key] = self.solve(
                scenario,
                time_limit=effort.time_limit,
                mip_gap=effort.mip_gap,
                progress=effort.progress,
            )
        plan = self._memory.solutions[key]
        if plan.formulation is formulation:
            return plan.levels
        level_of = dict(zip(plan.program.columns.names(), plan.levels, strict=True))
        return np.array([level_of.get(name, 0.0) for name in formulation.program.columns.names()])

    def _run(self, program: LinearProgram, effort: Effort) -> Outcome:
        solver, time_limit = effort.solver, effort.time_limit
        if solver == "pulp" or solver.startswith("pulp:"):
            from resilience.solvers.pulp import solve_with_pulp

            if effort.mip_gap != INTEGER_GAP:
                raise InputError(
                    "a gap can be accepted through HiGHS alone: PuLP hands on no bound to tell it"
                )
            return solve_with_pulp(program, solver.partition(":")[2] or None, time_limit)
        if solver != "highs":
            raise InputError(
                f"unknown solver '{solver}'{suggest(solver, ['highs', 'pulp'])}; highs, pulp or pulp:NAME"
            )
        base = self._formulation_of(())[1].program
        if self._memory.session is None:
            self._memory.session = HighsSession(base)
        session = self._memory.session
        session.time_limit, session.mip_gap, session.progress = time_limit, effort.mip_gap, effort.progress
        try:
            delta = Delta.between(base, program)
        except ValueError:
            return HighsSession(program, time_limit, mip_gap=effort.mip_gap, progress=effort.progress).solve()
        return session.solve(delta, program)

    def _prove(
        self, case: Case, program: LinearProgram, outcome: Outcome, deltas: Mapping[str, Delta]
    ) -> Certificate:
        """Return the certificate of an optimal outcome, and raise what else it may be."""

        def remake(values: Mapping[tuple[str | int, ...], float]) -> LinearProgram:
            return self._variant(case, values)

        if outcome.status == "infeasible":
            raise explain_infeasible(case.formulation, program, case.document, deltas, remake)
        if outcome.status == "unbounded":
            raise explain_unbounded(case.formulation, program, case.document, remake)
        if outcome.status == "time limit":
            told = f"no proved plan within the time limit ({outcome.solver})"
            raise TimeLimitError(told, outcome.word, outcome.search, case.formulation.spec.units.currency)
        if outcome.status == "interrupted":
            raise SolveInterrupted(
                "interrupted", outcome.word, outcome.search, case.formulation.spec.units.currency
            )
        if outcome.status != "optimal":
            raise SolverError(f"{outcome.solver} gave up: {outcome.word}", outcome.word)
        certificate = certify(program.fixed_at(outcome.x), outcome.x, outcome.y)
        certificate = replace(certificate, integer_bound=outcome.bound)
        if not certificate.holds:
            raise CertificateError(
                f"the answer of {outcome.solver} does not hold: {certificate}", outcome.word
            )
        return certificate


def settings_of(values: Mapping[str, Any]) -> list[tuple[Any, Any, Any]]:
    """Return values by path as settings that stand in no file."""
    return [(path, value, ("set", *path)) for path, value, _ in flatten(values, ())]


def _picked(solution: Solution, time_limit: float | None) -> Solution:
    """Return the solution with the plan that is shown of those that cost the same."""
    outcome, certificate, word = pick_plan(
        solution.formulation, solution.program, solution.outcome, solution.certificate, time_limit
    )
    return replace(solution, outcome=outcome, certificate=certificate, tie_break=word)


def finding_at(document: Document, kind: str, path: tuple[str | int, ...], message: str) -> Finding:
    """Return a warning with its place in the file."""
    problem = document.problem(path, message)
    return Finding(**vars(problem), kind=kind)


def paths_of(settings: Sequence[Any]) -> list[tuple[str | int, ...]]:
    """Return the paths that settings change."""
    return [path for path, _, _ in settings]


BASE = repr([]) + repr(())
"""Key of the network alone."""
MOST_REMEMBERED = 32
"""How many compiled variants of a network are kept."""


def set_aside(formulations: Mapping[str, Any]) -> list[str]:
    """Return the keys that may be forgotten: all but the base, oldest first."""
    return [key for key in formulations if key != BASE]


def own_names(own: Sequence[Policy], taken: Mapping[str, Any]) -> list[str]:
    """Return a name for each policy made in Python: its own, or its instrument and a number."""
    names: list[str] = []
    for policy in own:
        name = policy.name.replace(" ", "_") or policy.instrument
        number = 2
        while name in taken or name in names:
            name, number = f"{policy.name.replace(' ', '_') or policy.instrument}_{number}", number + 1
        names.append(name)
    return names


def spec_name(document: Document) -> str:
    """Return a name for a network that has none of its own."""
    path = Path(document.file)
    return (path.parent.name if path.suffix == ".yaml" else path.stem) if document.file else "unnamed"


def load(name: str | Path) -> Network:
    """Load a shipped network by its id, or any network by the path of its file.

    Parameters
    ----------
    name : str or Path
        An id that `resilience networks` lists, a YAML file, a folder with a ``network.yaml``, an Excel
        workbook, or a folder of CSV or Parquet tables; see `Network.save`.

    Returns
    -------
    Network

    Raises
    ------
    InputError
        If there is no such network, or with every fault of its file.

    Examples
    --------
    >>> load("rare_earth")
    Traceback (most recent call last):
    resilience.errors.InputError: no file and no shipped network 'rare_earth'; did you mean 'rare_earths'?
    """
    shipped = shipped_networks()
    if str(name) in shipped:
        return Network.from_file(shipped[str(name)])
    path = Path(name)
    try:
        path = path / "network.yaml" if path.is_dir() and not is_book(path) else path
        is_there = bool(str(name)) and path.exists()
    except (OSError, ValueError):  # no name that a file could have
        is_there = False
    if is_there:
        return Network.from_file(path)
    raise InputError(f"no file and no shipped network '{shorten(name)}'{suggest(str(name), shipped)}")

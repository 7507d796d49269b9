"""Who solves it: a registry of systems, each a function from a subject to seconds by phase.

read      data in memory, or a file, to a checked network       (ours)
compile   to a program that the solver can be given
solve     from nothing, certificate included where there is one
tie       of plans that cost the same, the one that is shown    (ours)
what-if   a tenth less from every fifth mine, from the last basis; the least of several times
routes, report   who supplied whom; the text that `resilience solve` prints   (ours)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from resilience.formulation import formulate
from resilience.grammar import interpret, load_tables, read_python
from resilience.network import Network, load
from resilience.program import Delta, LinearProgram, certify
from resilience.report import text
from resilience.solvers import engine
from tests.benchmarks import peers
from tests.benchmarks.generate import Layered
from tests.benchmarks.subjects import Subject

MOST_TURNS, ENOUGH = 30, 0.5
"""A what-if is asked so many times at most, and no more once so many seconds went into it."""


@dataclass
class Run:
    """What one system did with one subject.

    Parameters
    ----------
    cost, what_if : float
        Least cost, and that of the what-if; NaN where it was not asked.
    seconds, cpu : dict
        By phase, by the clock and of the processor.
    solver : dict
        Of the seconds, what the solver itself took, where it says.
    """

    cost: float = np.nan
    what_if: float = np.nan
    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    solver: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a phase; of one that is gone through several times, the least counts."""
        started, cpu = time.perf_counter(), time.process_time()
        yield
        for clock, took in (
            (self.seconds, time.perf_counter() - started),
            (self.cpu, time.process_time() - cpu),
        ):
            clock[name] = min(took, clock.get(name, np.inf))

    def until_steady(self, name: str) -> Iterator[int]:
        """Yield until a phase of a few milliseconds was gone through often enough for its least time."""
        for turn in range(MOST_TURNS):
            if turn > 1 and turn * self.seconds[name] > ENOUGH:
                return
            yield turn


@dataclass(frozen=True)
class System:
    """Someone who solves networks.

    Parameters
    ----------
    setting : str
        How it is set, as the table says.
    run : callable
    kinds : tuple of str
        Kinds of subject that it can do.
    is_limit : bool
        Whether it is HiGHS alone on the arrays.
    """

    setting: str
    run: Callable[[Subject], Run]
    kinds: tuple[str, ...] = ("layered", "flow")
    is_limit: bool = False


def run_ours(subject: Subject) -> Run:
    """Do everything that we do, in its order."""
    run = Run()
    if subject.made is None:
        network = load(subject.shipped)
    else:
        data = subject.data
        with run.phase("read"):
            document = read_python(data)
            load_tables(document, None)
            spec = interpret(document)
        assert spec is not None
        with run.phase("compile"):
            made = formulate(spec)
        network = Network(document, spec)
        network._memory.formulations[repr([]) + repr(())] = (document, made)
    with run.phase("solve"):
        solution = network.solve(subject.scenario, tie_break=None)
    run.solver["solve"] = solution.outcome.seconds
    run.cost = solution.cost
    program = solution.program
    delta = _less_mined(program, subject)
    session = solution.session
    session.solve(Delta.of(col_upper=(delta.col_upper.positions, 0.0)))  # another one has been asked before
    for _ in run.until_steady("what-if"):
        with run.phase("what-if"):
            changed = delta.apply(program)
            outcome = session.solve(delta, changed)
            proof = certify(changed, outcome.x, outcome.y)
    assert proof.holds
    run.solver["what-if"], run.what_if = outcome.seconds, proof.cost
    with run.phase("routes"):
        solution.routes()
    with run.phase("report"):
        text.solution(solution)
    with run.phase("tie"):
        network.solve(subject.scenario)
    return run


def _less_mined(program: LinearProgram, subject: Subject) -> Delta:
    """Return the what-if; of a shipped network, of every twentieth process."""
    made = program.columns.where(kind="produce")
    if subject.made is not None:
        mines = [f"mine_{n:04}" for n in range(0, subject.made.width, 5)]
        cut = program.columns.where(kind="produce", id=mines)
    else:
        cut = made[np.isfinite(program.col_upper[made])][::20]
    return Delta.of(col_upper=(cut, program.col_upper[cut] * 0.9))


def run_highs(solver: str) -> Callable[[Subject], Run]:
    def go(subject: Subject) -> Run:
        run, program = Run(), subject.program
        with run.phase("compile"):
            highs = engine.load(program)
            highs.setOptionValue("solver", solver)
        with run.phase("solve"):
            found = engine.run(highs, None)
        assert found.status == "optimal"
        run.cost, run.solver["solve"] = float(program.cost @ found.x), found.seconds
        if subject.made is not None:
            mines = program.columns.where(kind="mine")
            width, periods = subject.made.width, subject.made.periods
            cut = mines.reshape(width, periods)[::5].ravel().astype(np.int32)
            highs.setOptionValue("solver", "simplex")
            highs.changeColsBounds(len(cut), cut, program.col_lower[cut], program.col_lower[cut])
            engine.run(highs, None)
            for _ in run.until_steady("what-if"):
                highs.changeColsBounds(len(cut), cut, program.col_lower[cut], program.col_upper[cut])
                engine.run(highs, None)
                with run.phase("what-if"):
                    highs.changeColsBounds(
                        len(cut), cut, program.col_lower[cut], np.asarray(program.col_upper[cut] * 0.9)
                    )
                    again = engine.run(highs, None)
            run.what_if, run.solver["what-if"] = float(program.cost @ again.x), again.seconds
        return run

    return go


def _on_arrays(build: Callable[[LinearProgram], peers.Built]) -> Callable[[Subject], Run]:
    return lambda subject: _run_peer(build, subject.program)


def _on_numbers(build: Callable[[Layered], peers.Built]) -> Callable[[Subject], Run]:
    return lambda subject: _run_peer(build, subject.made)


def _run_peer(build: Callable[[Any], peers.Built], given: Any) -> Run:
    run = Run()
    with run.phase("compile"):
        built = build(given)
    with run.phase("solve"):
        run.cost = built.solve()
    return run


ANY = ("layered", "flow", "shipped")
FLOW = ("flow",)
FASTER = f"simplex, from {peers.INTERIOR:,} columns on interior point"

SYSTEMS: dict[str, System] = {
    "ours": System("as it is; tie break in a phase of its own", run_ours, ANY),
    "highs-ipm": System("interior point, crossover", run_highs("ipm"), ANY, is_limit=True),
    "highs-simplex": System("dual simplex", run_highs("simplex"), ANY, is_limit=True),
    "pulp": System(f"HiGHS in process, {FASTER}; terms as lists", _on_arrays(peers.pulp)),
    "linopy": System(f"HiGHS, direct, {FASTER}; rows as one padded array", _on_arrays(peers.linopy)),
    "pypsa": System(f"HiGHS, direct, {FASTER}; added in bulk; its model alone", _on_numbers(peers.pypsa)),
    "pyomo": System(f"APPSI HiGHS, {FASTER}; LinearExpression", _on_arrays(peers.pyomo)),
    "ortools-glop": System("filled from a sparse matrix", _on_arrays(peers.ortools_lp("glop")), ANY),
    "ortools-pdlp": System("filled from a sparse matrix, 1e-8", _on_arrays(peers.ortools_lp("pdlp")), ANY),
    "ortools-flow": System("SimpleMinCostFlow, arcs in bulk", _on_numbers(peers.ortools_flow), FLOW),
    "networkx-flow": System("network_simplex", _on_numbers(peers.networkx_flow), FLOW),
}
"""How each system is set and run, by name."""

"""HiGHS in process: a session that holds one compiled program and answers many scenarios.

The base is solved once. Every scenario starts from the base's optimal basis and is undone
afterwards, so neither the order of scenarios nor their number can change an answer.

Where HiGHS prints, errs or comes to no verdict by itself, and what is done about it, stands with the smallest
program for each in tests/solvers/test_highs_limits.py; `engine` asks again, and the certificate has the last
word.

Source: Huangfu & Hall (2018), Parallelizing the dual revised simplex method, Mathematical
Programming Computation 10, 119-142 (the solver).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, Literal

import highspy
import numpy as np
from numpy.typing import NDArray

from resilience.program import Delta, LinearProgram, Outcome
from resilience.program.delta import Change
from resilience.solvers.basis import PartBasis
from resilience.solvers.engine import CHOOSE, DEVEX, Writer, load, run, settle_scale
from resilience.solvers.near_lanes import NearLanes
from resilience.solvers.sifting import sift
from resilience.solvers.watch import Progress, Watch

CUT_SHORT = ("time limit", "interrupted")
"""Statuses that another try may change."""

LARGE = 20_000
"""From this many columns a period on, a cold solve uses the interior point with crossover.

Many small periods are another matter: a network of 4,000 columns over 36 months took the simplex 2 to 3
seconds, with stock kept from month to month or without, and the interior point 8 to 9.
"""

FEW_ENTRIES = 500
"""Up to this many matrix entries are changed in place; more are passed as a new model."""

INTEGER_GAP = 1e-7
"""Relative gap at which the search over whole levels ends."""

SMALLEST = 1e-9
"""Matrix entries of this size and less are none to HiGHS."""

Side = Literal["lower", "upper", "both"]

Sides = dict[int, Side]

SIDES: dict[int, Side] = {
    int(highspy.IisBoundStatus.kIisBoundStatusLower): "lower",
    int(highspy.IisBoundStatus.kIisBoundStatusUpper): "upper",
    int(highspy.IisBoundStatus.kIisBoundStatusBoxed): "both",
}
"""Which bound HiGHS says is in conflict; any other word means none of them."""


class HighsSession:
    """One program in HiGHS, solved again for each scenario from the same starting basis.

    Parameters
    ----------
    program : LinearProgram
        The base program.
    time_limit : float, optional
        Most seconds for each solve.
    start : Outcome, optional
        What HiGHS said of this very program before, so that it need not be solved again.
    mip_gap : float
        Where levels must be whole: the share of the cost that a better plan might save at most.
    progress : callable, optional
        Where levels must be whole: is told a `Search` while it runs.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> session = HighsSession(two_sources())
    >>> session.solve().x.tolist()
    [5.0, 3.0]
    >>> session.solve(Delta.of(col_upper=([0], 0.0))).x.tolist()
    [0.0, 8.0]
    >>> session.solve().y.tolist()
    [25.0]
    """

    def __init__(
        self,
        program: LinearProgram,
        time_limit: float | None = None,
        start: Outcome | None = None,
        *,
        mip_gap: float = INTEGER_GAP,
        progress: Progress | None = None,
    ) -> None:
        self.program = program
        self.time_limit = time_limit
        self.mip_gap, self.progress = mip_gap, progress
        self._base = None if start is None or start.basis is None else start
        if not program.matrix.has_canonical_format:
            self._highs  # noqa: B018 - so that what HiGHS may refuse is refused at once

    @cached_property
    def _highs(self) -> Any:
        """HiGHS with the whole program in it, from the first what-if on."""
        return load(self.program)

    def solve(self, delta: Delta | None = None, changed: LinearProgram | None = None) -> Outcome:
        """Solve the base, or the base with a delta on it.

        Parameters
        ----------
        delta : Delta, optional
            The scenario; left out, the base.
        changed : LinearProgram, optional
            The base with the delta on it, where it is at hand.

        Returns
        -------
        Outcome
            Also where there is no optimum: ask its ``status``.
        """
        if self.program.is_mixed:
            if changed is None:
                changed = self.program if delta is None else delta.apply(self.program)
            return solve_mixed(changed, self.time_limit, self.mip_gap, self.progress)
        base = self._solve_base()
        if delta is None or delta.is_empty() or base.status == "interrupted":
            return base
        if changed is None:
            changed = delta.apply(self.program)
        if len(delta.values) > FEW_ENTRIES or self._drops_entries(delta):
            return self._solve_again(load(changed))
        cost = Change.between(self.program.cost, changed.cost)
        found = None if self._near is None else self._near.solve(delta, cost, changed, self.time_limit)
        if found is not None:
            return found
        writer = Writer(self._scaled, delta, cost)
        try:
            writer.write(changed)
            return self._solve_again(self._scaled)
        finally:
            writer.write(self.program)

    def _drops_entries(self, delta: Delta) -> bool:
        """Say whether an entry comes or goes: HiGHS would put it back elsewhere, and pivot otherwise."""
        if not len(delta.values):
            return False
        before = np.abs(self.program.values[delta.values.positions])
        return bool((np.minimum(before, np.abs(delta.values.numbers)) <= SMALLEST).any())

    def conflict(self, delta: Delta | None = None) -> tuple[Sides, Sides]:
        """Return rows and columns whose bounds are a minimal set that cannot be met together.

        Returns
        -------
        rows, columns : dict
            Position, and which of its bounds belongs to the set. Dropping any one of them would make
            the rest feasible, as far as HiGHS could prove.
        """
        program = self.program if delta is None else delta.apply(self.program)
        return read_conflict(load(program), 6)  # from the LP (2), reduced until irreducible (4)

    def _solve_base(self) -> Outcome:
        if self._base is None or self._base.status in CUT_SHORT:
            self._base = self._sift() or self._solve_cold(self._highs)
        return self._base

    @cached_property
    def _scaled(self) -> Any:
        """The same, and scaled as the base is."""
        if self._base is not None and self._base.basis is not None:
            settle_scale(self._highs, self._base_basis)
        return self._highs

    @property
    def _base_basis(self) -> Any:
        assert self._base is not None
        basis = self._base.basis
        return basis.whole if isinstance(basis, PartBasis) else basis

    @property
    def _lanes(self) -> NDArray[np.bool_]:
        lanes = np.zeros(self.program.n_columns, dtype=bool)
        lanes[self.program.columns.where(kind="ship")] = True
        return lanes

    @cached_property
    def _near(self) -> NearLanes | None:
        """The part in which what-ifs are answered first, from the first one after the base is solved."""
        assert self._base is not None
        return NearLanes.of(self.program, self._base, self._lanes)

    def _sift(self) -> Outcome | None:
        return sift(self.program, self._lanes, self.time_limit, n_periods(self.program))

    def _solve_again(self, highs: Any) -> Outcome:
        """Solve from the basis of the base, and from nothing else that is left of earlier solves."""
        highs.clearSolver()
        if self._base is None or self._base.basis is None:
            return self._solve_cold(highs)
        highs.setBasis(self._base_basis)
        highs.setOptionValue("simplex_dual_edge_weight_strategy", DEVEX)
        try:
            return run(highs, self.time_limit)
        finally:
            highs.setOptionValue("simplex_dual_edge_weight_strategy", CHOOSE)

    def _solve_cold(self, highs: Any) -> Outcome:
        is_large = self.program.n_columns >= LARGE * n_periods(self.program)
        highs.setOptionValue("solver", "ipm" if is_large else "choose")
        try:
            return run(highs, self.time_limit)
        finally:
            highs.setOptionValue("solver", "choose")


def n_periods(program: LinearProgram) -> int:
    """Return how many periods the columns of a program are about; 1 where they name none."""
    blocks = [block for block in program.columns.blocks if "period" in block.fields]
    return 1 + max((int(block.numbers("period").max(initial=0)) for block in blocks), default=0)


def read_conflict(highs: Any, strategy: int) -> tuple[Sides, Sides]:
    """Return which bounds of rows and columns HiGHS says cannot be met together, by its strategy."""
    highs.setOptionValue("iis_strategy", strategy)
    _, found = highs.getIis()
    return _sides(found.row_index_, found.row_bound_), _sides(found.col_index_, found.col_bound_)


def _sides(positions: Any, bounds: Any) -> dict[int, Side]:
    """Return which bound of each position is in conflict, leaving out those of which none is."""
    return {
        int(position): SIDES[int(bound)]
        for position, bound in zip(positions, bounds, strict=True)
        if int(bound) in SIDES
    }


def solve_mixed(
    program: LinearProgram,
    time_limit: float | None,
    mip_gap: float = INTEGER_GAP,
    progress: Progress | None = None,
) -> Outcome:
    """Solve a program whose levels must partly be whole, and the linear program left when they are fixed.

    Parameters
    ----------
    program : LinearProgram
        The program, scenario included.
    time_limit : float or None
        Most seconds.
    mip_gap : float
        The search ends when a better plan could save at most this share of the cost.
    progress : callable, optional
        Is told how far the search has come, in the calling thread; what it raises ends the search.

    Returns
    -------
    Outcome
        Levels of the best choice found; duals of the linear program with that choice fixed; the bound
        over all choices. Where the search was cut short, how far it had come.
    """
    highs = load(program)
    highs.setOptionValue("mip_rel_gap", mip_gap)
    highs.setOptionValue("mip_abs_gap", 0.0)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
    watch = Watch(progress)
    watch.attach(highs)
    found = run(highs, time_limit, watch)
    search = watch.finish(highs, found.seconds)
    if found.status != "optimal":
        return replace(found, search=search)
    fixed = run(load(program.fixed_at(found.x)), time_limit)
    if fixed.status != "optimal":
        return replace(fixed, status="failed", word=f"with whole levels fixed: {fixed.word}")
    return replace(
        fixed,
        seconds=found.seconds + fixed.seconds,
        iterations=found.iterations + fixed.iterations,
        bound=search.bound,
    )

"""Cost as a function of one number: every breakpoint, exactly.

Of a number that stands on right-hand sides or bounds, the least cost is a convex function, of one that
stands in costs a concave one; either is linear between breakpoints. Two tangents (the duals give their
slopes) meet at a breakpoint, or below it (above, where concave) at a number whose own tangent divides the
range further: one solve for every breakpoint, and one that confirms it.

What is neither (a number that changes the matrix, or bounds and costs at once; whole levels; elastic
demand) is sampled instead, and says so.

Source: Gal (1979), Postoptimal Analyses, Parametric Programming and Related Topics (parametric right-hand
sides and costs); the division by tangents is that of Eisner & Severance (1976), Mathematical techniques for
efficient record segmentation in large shared databases, Journal of the ACM 23, 619-635.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.errors import InputError, SolverError
from resilience.network import Network
from resilience.program import Delta, LinearProgram, certify
from resilience.solvers import HighsSession
from resilience.whatif.bench import Bench
from resilience.whatif.binding import state_of, turn
from resilience.whatif.measures import cost_of
from resilience.whatif.plain_numbers import arrays_of, with_arrays
from resilience.whatif.question import WhatIf
from resilience.whatif.units import unit_at

FloatArray = NDArray[np.float64]

N_SAMPLES = 41
"""Numbers at which a cost is sampled that is no curve of either kind."""

NEAR = 1e-9
"""Relative difference of two costs, and of two numbers of a program, that are the same."""

MOST_SOLVES = 2_000


@dataclass(frozen=True, eq=False)
class CostCurve:
    """Least cost as a function of one number.

    Parameters
    ----------
    path : str
        Of the number.
    unit, currency : str
        Of the number, and of the cost.
    values, costs : ndarray
        The ends of the range and every breakpoint between, ascending; in the currency.
    slopes : ndarray
        Of each piece: rise of cost per unit of the number.
    events : tuple of str
        What happens at each value; ``""`` at the ends.
    shape : str
        ``convex``, ``concave``, or ``sampled``.
    why : str
        Where it is sampled: why.
    solves : int
        How many programs were solved.
    """

    path: str
    unit: str
    currency: str
    values: FloatArray
    costs: FloatArray
    slopes: FloatArray
    events: tuple[str, ...]
    shape: str
    why: str = ""
    solves: int = 0

    def __repr__(self) -> str:
        return f"<CostCurve of {self.path}: {self.shape}, {len(self.slopes)} pieces>"

    @property
    def is_exact(self) -> bool:
        """Whether these are all breakpoints; a sampled curve may have others, and lie elsewhere between."""
        return self.shape != "sampled"

    @property
    def breakpoints(self) -> pd.DataFrame:
        """The ends and every breakpoint: value, cost, slope on both sides, what happens there."""
        money = self.currency.lower()
        none = [np.nan]
        return pd.DataFrame(
            {
                "value": self.values,
                f"cost_{money}": self.costs,
                f"slope_left_{money}_per_unit": np.concatenate([none, self.slopes]),
                f"slope_right_{money}_per_unit": np.concatenate([self.slopes, none]),
                "unit": self.unit,
                "event": self.events,
            }
        )

    def cost(self, value: float) -> float:
        """Return the cost at a number within the range."""
        if not self.values[0] <= value <= self.values[-1]:
            raise InputError(f"{value:g} is outside the range from {self.values[0]:g} to {self.values[-1]:g}")
        return float(np.interp(value, self.values, self.costs))


@dataclass(frozen=True)
class _Point:
    """A number, the cost there, and a slope of the curve there."""

    value: float
    cost: float
    slope: float


class _Line:
    """A program whose numbers move along a line.

    Parameters
    ----------
    at, other : float
        Two numbers.
    program, twin : LinearProgram
        The program at each.
    """

    def __init__(self, at: float, program: LinearProgram, other: float, twin: LinearProgram) -> None:
        self.at, self.program = at, program
        before, after = arrays_of(program), arrays_of(twin)
        self.moves: dict[str, tuple[NDArray[np.int64], FloatArray]] = {}
        for name, old in before.items():
            where = np.flatnonzero(old != after[name])
            if len(where):
                self.moves[name] = where, (after[name][where] - old[where]) / (other - at)
        self.session = HighsSession(program)
        self.solves = 0

    @property
    def shape(self) -> str:
        """``convex``, ``concave``, or nothing if it is neither."""
        kinds = {"concave" if name.startswith("costs.") else name for name in self.moves}
        if "values" in kinds or not all(np.isfinite(speed).all() for _, speed in self.moves.values()):
            return ""
        if "concave" in kinds:
            return "concave" if len(kinds) == 1 else ""
        return "convex"

    def program_at(self, value: float) -> LinearProgram:
        """Return the program at a number; what is nothing but rounding is 0."""
        arrays: dict[str, FloatArray] = {}
        for name, (where, speed) in self.moves.items():
            array = arrays_of(self.program)[name].copy()
            moved = array[where] + speed * (value - self.at)
            scale = np.maximum(np.abs(array[where]), np.abs(speed * (value - self.at)))
            array[where] = np.where(np.abs(moved) <= NEAR * scale, 0.0, moved)
            arrays[name] = array
        return with_arrays(self.program, arrays)

    def meets(self, value: float, program: LinearProgram) -> bool:
        """Say whether a program is the one at a number."""
        found, wanted = arrays_of(self.program_at(value)), arrays_of(program)
        return _same_places(self.program, program) and all(
            np.allclose(found[name], wanted[name], rtol=NEAR, atol=NEAR * _size(wanted[name]))
            for name in wanted
        )

    def solve(self, value: float) -> tuple[LinearProgram, FloatArray, FloatArray]:
        """Return the program at a number, levels and duals; a `SolverError` if they do not hold."""
        program = self.program_at(value)
        outcome = self.session.solve(Delta.between(self.program, program))
        self.solves += 1
        if outcome.status != "optimal":
            raise InputError(f"no plan at {value:g} ({outcome.status}); narrow the range")
        if not certify(program, outcome.x, outcome.y).holds:
            raise SolverError(f"the answer of {outcome.solver} at {value:g} does not hold")
        return program, outcome.x, outcome.y

    def point(self, value: float) -> _Point:
        """Return the cost at a number, and its slope from the duals."""
        program, x, y = self.solve(value)
        reduced = program.cost - program.transposed_times(y)
        slope = 0.0
        for name, (where, speed) in self.moves.items():
            if name.startswith("costs."):
                slope += float(np.sum(x[where] * speed))
                continue
            price = y[where] if name.startswith("row") else reduced[where]
            binds = price > 0 if name.endswith("lower") else price < 0
            slope += float(np.sum(np.where(binds, price, 0.0) * speed))
        return _Point(value, float(np.sum(program.cost * x)), slope)


def curve(network: Network, path: str, low: float, high: float, scenario: str | None = None) -> CostCurve:
    """Find the least cost as a function of one number, with every breakpoint.

    Parameters
    ----------
    network : Network
        The network.
    path : str
        Of the number: ``policies.ban.cut``, ``facilities.kuantan.capacity``, ``demands.x.quantity``, ...
    low, high : float
        The range, in the units of the file.
    scenario : str, optional
        The scenario; left out, the network alone.

    Returns
    -------
    CostCurve

    Raises
    ------
    InputError
        If the path leads nowhere, a value is wrong, or there is no plan at some number of the range.

    Examples
    --------
    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {
    ...         "near": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
    ...         "far": {"country": "AUS", "commodity": "ore", "price": 25},
    ...     },
    ...     "demands": {"smelter": {"country": "FIN", "commodity": "ore", "quantity": 8}},
    ...     "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
    ... })
    >>> found = curve(network, "demands.smelter.quantity", 0, 10)
    >>> found.breakpoints[["value", "cost_usd", "slope_left_usd_per_unit", "slope_right_usd_per_unit"]]
       value  cost_usd  slope_left_usd_per_unit  slope_right_usd_per_unit
    0    0.0       0.0                      NaN                      10.0
    1    5.0      50.0                     10.0                      25.0
    2   10.0     175.0                     25.0                       NaN
    """
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise InputError(f"wanted a range from low to high, not from {low:g} to {high:g}")
    network.check_paths(scenario, {path: low})
    bench = Bench(network, scenario)
    unit = unit_at(bench.case.formulation.spec, path)
    empty = np.empty(0)
    blank = CostCurve(path, unit, network.spec.units.currency, empty, empty, empty, (), "sampled")
    line, why = _line(bench, path, low, high)
    if line is None:
        return _sampled(bench, blank, low, high, why)
    points = [line.point(value) for value in (low, high)]
    for point in points:
        answer = bench.ask(WhatIf(set={path: point.value}))
        true = None if answer.solution is None else cost_of(answer.solution)
        if true is None or abs(true - point.cost) > 1e-7 * max(1.0, abs(point.cost)):
            told = answer.problem or f"the cost jumps at {point.value:g}"
            return _sampled(bench, blank, low, high, told)
    values, costs, slopes = _pieces(line, points[0], points[1])
    made = replace(blank, values=values, costs=costs, slopes=slopes, shape=line.shape)
    middles = (values[:-1] + values[1:]) / 2
    states = [state_of(*line.solve(value)) for value in middles.tolist()]
    turns = [turn(before, after) for before, after in itertools.pairwise(states)]
    return replace(made, events=("", *turns, ""), solves=line.solves)


def _line(bench: Bench, path: str, low: float, high: float) -> tuple[_Line | None, str]:
    """Return the line along which the program moves; None, and why, if it does not."""
    inner = [low + share * (high - low) for share in (0.31, 0.77, 0.53, 0.08, 0.94)]
    programs = []
    for value in inner:
        case, _ = bench.lay_out(WhatIf(set={path: value}))
        if case.formulation.grids:
            return None, "the network has elastic demand or supply"
        program = bench.apply(case)[0]
        if program.is_mixed:
            return None, "some levels must be whole"
        programs.append(program)
    if not all(_same_places(programs[0], program) for program in programs):
        return None, "the number changes which rows and columns there are"
    line = _Line(inner[0], programs[0], inner[1], programs[1])
    if not line.shape:
        return None, "the number stands in the matrix, or in bounds and in costs at once"
    if not all(line.meets(value, program) for value, program in zip(inner, programs, strict=True)):
        return None, "the program does not follow the number on a straight line"
    return line, ""


def _same_places(one: LinearProgram, other: LinearProgram) -> bool:
    return (
        np.array_equal(one.starts, other.starts)
        and np.array_equal(one.indices, other.indices)
        and set(one.costs) == set(other.costs)
    )


def _size(array: FloatArray) -> float:
    finite = np.abs(array[np.isfinite(array)])
    return float(finite.max(initial=0.0))


def _pieces(line: _Line, first: _Point, last: _Point) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Divide the range until every piece is linear; return ends, costs there, slopes between."""
    pieces: list[tuple[_Point, _Point, float]] = []
    todo = [(first, last)]
    narrow = 1e-12 * (last.value - first.value)
    while todo:
        left, right = todo.pop()
        width, tolerance = right.value - left.value, NEAR * max(1.0, abs(left.cost), abs(right.cost))
        if abs(left.cost + left.slope * width - right.cost) <= tolerance:
            pieces.append((left, right, left.slope))
            continue
        if abs(right.cost - right.slope * width - left.cost) <= tolerance:
            pieces.append((left, right, right.slope))
            continue
        bend = left.slope - right.slope
        step = (right.cost - left.cost - right.slope * width) / bend if bend else width / 2
        if not narrow < step < width - narrow or line.solves > MOST_SOLVES:
            pieces.append((left, right, (right.cost - left.cost) / width))
            continue
        middle = line.point(left.value + step)
        if abs(middle.cost - (left.cost + left.slope * step)) <= tolerance:
            pieces += [(left, middle, left.slope), (middle, right, right.slope)]
        else:
            todo += [(left, middle), (middle, right)]
    pieces.sort(key=lambda piece: piece[0].value)
    return _joined(pieces)


def _joined(pieces: list[tuple[_Point, _Point, float]]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the pieces with those made one whose slopes are the same."""
    steepest = max(abs(slope) for *_, slope in pieces)
    points, slopes = [pieces[0][0]], [pieces[0][2]]
    for left, _, slope in pieces[1:]:
        if abs(slope - slopes[-1]) > 1e-7 * steepest:
            points.append(left)
            slopes.append(slope)
    points.append(pieces[-1][1])
    return np.array([p.value for p in points]), np.array([p.cost for p in points]), np.array(slopes)


def _sampled(bench: Bench, blank: CostCurve, low: float, high: float, why: str) -> CostCurve:
    """Return the cost at numbers at equal distances."""
    values = np.linspace(low, high, N_SAMPLES)
    costs = []
    for value in values.tolist():
        answer = bench.ask(WhatIf(set={blank.path: value}))
        if answer.solution is None:
            raise InputError(f"{blank.path} = {value:g}: {answer.status}: {answer.problem}")
        costs.append(cost_of(answer.solution))
    return replace(
        blank,
        values=values,
        costs=np.array(costs),
        slopes=np.diff(costs) / np.diff(values),
        events=("",) * len(values),
        why=why,
        solves=len(costs),
    )

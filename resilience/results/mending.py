"""The smallest change of one figure of the file that gives a network a plan, and of several together.

A figure is moved a step, and what that does to the program is read off; where it moves bounds alone, the
least multiple of the step with a plan is found by one elastic program, see `program/elastic.py`. Anything
else (a share that stands in the matrix, a ban that becomes a cut, a capacity that counts whole uses) is
closed in on by halving. Either way the value is put into the network, which is formulated again and must
have a plan, and none with 0.1 % less of the change: what is told has been tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from resilience.errors import ResilienceError
from resilience.program import Delta, LinearProgram
from resilience.program.elastic import elastic, is_elastic
from resilience.results.figures import Figure, Path_
from resilience.solvers import HighsSession

Remake = Callable[[Mapping[Path_, float]], LinearProgram]
"""Returns the program with values set at paths, or raises where a value is refused."""

DIGITS = 6
"""Values are told to so many digits, rounded to the side that has a plan."""
NOUGHT = 1e-9
"""A value nearer to 0 than this is 0."""
TRIED = 0.999
"""With so much of a change there must be no plan, or it was not the smallest."""
LARGEST = 1e6
"""A figure with no end is raised to at most so many times its scale."""
SHY = 1e-4
"""How near a change may come to an end that is not allowed, lest it live on the solver's tolerance."""
HALVINGS = 40
MOST_FIGURES = 24
MOST_COLUMNS = 2_000_000
"""Figures times columns that are tried; in a larger program fewer figures are."""


@dataclass(frozen=True)
class Fix:
    """A new value of one number of the file.

    Parameters
    ----------
    path : str
        Where it stands, as ``--set`` takes it.
    before, after : float
        In the network's units; a share is a number up to 1.
    unit : str
        ``t/yr``, ``t``, ``share``; ``""`` for a count.
    where : str
        File and line.
    alone : bool
        Whether it mends the network with everything else as it was, or only together with the others.
    """

    path: str
    before: float
    after: float
    unit: str
    where: str
    alone: bool

    @property
    def relative(self) -> float:
        """Size of the change relative to the old value; infinite where that is 0."""
        return abs(self.after - self.before) / abs(self.before) if self.before else math.inf

    def __str__(self) -> str:
        figure = Figure((), self.before, self.unit, ())
        unit = f" {self.unit}" if self.unit not in ("", "share") else ""
        verb, side = ("raise", "at least") if self.after > self.before else ("lower", "at most")
        place = f"  ({self.where})" if self.where else ""
        sign, percent = "+" if self.after > self.before else "-", float(f"{100 * self.relative:.3g}")
        size = "" if self.unit == "share" or math.isinf(percent) else f", {sign}{percent:,g}%"
        return (
            f"{verb} {self.path} from {figure.shown(self.before)} to {side} "
            f"{figure.shown(self.after)}{unit}{size}{place}"
        )


@dataclass(frozen=True, eq=False)
class Workshop:
    """Where changes are tried.

    Parameters
    ----------
    program : LinearProgram
        Without a plan.
    remake : callable
        Returns the program with values set.
    where : callable
        Returns file and line of a path.
    """

    program: LinearProgram
    remake: Remake
    where: Callable[[Path_], str]

    def has_plan(self, values: Mapping[Path_, float]) -> bool:
        """Say whether there is a plan with values set."""
        changed = self.remade(values)
        return changed is not None and has_plan(changed)

    def step(self, figure: Figure, way: float) -> tuple[float, Delta] | None:
        """Return a value one step that way, and what it does to the program; None if more than bounds."""
        value = self._step_to(figure, way)
        changed = self.remade({figure.path: value})
        if changed is None:
            return None
        try:
            change = Delta.between(self.program, changed)
        except ValueError:
            return None
        return (value, replace(change, costs={})) if is_elastic(self.program, change) else None

    def remade(self, values: Mapping[Path_, float]) -> LinearProgram | None:
        """Return the program with values set, or None where one is refused."""
        try:
            return self.remake(values)
        except ResilienceError:
            return None

    def _step_to(self, figure: Figure, way: float) -> float:
        size = abs(figure.value) / 2 or 1.0
        if math.isfinite(way):
            return figure.value + math.copysign(min(size, abs(way - figure.value) / 2), way - figure.value)
        return figure.value + math.copysign(size, way)

    def fix(self, figure: Figure, after: float, alone: bool) -> Fix:
        """Return a change in words."""
        path = ".".join(map(str, figure.path))
        return Fix(path, figure.value, after, figure.unit, self.where(figure.path), alone)


def has_plan(program: LinearProgram) -> bool:
    """Say whether a program has a plan at all, whatever it costs."""
    return HighsSession(replace(program, costs={})).solve().status == "optimal"


def fixes_alone(shop: Workshop, figures: Iterable[Figure]) -> list[Fix]:
    """Return, for each figure that can mend the network alone, its smallest such change; smallest first."""
    most = max(2, min(MOST_FIGURES, MOST_COLUMNS // max(1, shop.program.n_columns)))
    found = []
    for figure in list(figures)[:most]:
        afters = [after for way in figure.ways if (after := _least_alone(shop, figure, way)) is not None]
        if afters:
            nearest = min(afters, key=lambda after: abs(after - figure.value))
            found.append(shop.fix(figure, nearest, alone=True))
    return sorted(found, key=lambda fix: (fix.relative, abs(fix.after - fix.before), fix.path))


def _least_alone(shop: Workshop, figure: Figure, way: float) -> float | None:
    """Return the nearest value that way with which there is a plan, or None."""
    step = shop.step(figure, way)
    if step is not None:
        value, change = step
        size = value - figure.value
        most = (way - figure.value) / size if math.isfinite(way) else math.inf
        outcome = HighsSession(elastic(shop.program, [change], [1.0], [most])).solve()
        if outcome.status == "optimal":
            after = _settled(shop, figure, figure.value + size * float(outcome.x[-1]), way)
            if after is not None:
                return after
        elif math.isinf(way) and not shop.program.is_mixed:
            return None
    return _closed_in(shop, figure, way)


def _settled(shop: Workshop, figure: Figure, value: float, way: float) -> float | None:
    """Return a value rounded so that there is a plan, unless there is none or 0.1 % less will do."""
    for extra in (0, 1):
        after = outward(value, way - figure.value, extra)
        after = min(after, way) if way > figure.value else max(after, way)
        if shop.has_plan({figure.path: after}):
            less = figure.value + TRIED * (after - figure.value)
            return None if shop.has_plan({figure.path: less}) else after
    return None


def _closed_in(shop: Workshop, figure: Figure, way: float) -> float | None:
    """Return the nearest value that way with a plan, by halving; None if the furthest has none."""
    far = _furthest(shop, figure, way)
    if far is None:
        return None
    near = figure.value
    for _ in range(HALVINGS):
        if abs(far - near) <= 10.0 ** -(DIGITS + 1) * abs(far - figure.value):
            break
        middle = (near + far) / 2
        near, far = (near, middle) if shop.has_plan({figure.path: middle}) else (middle, far)
    plain = float(f"{far:.{DIGITS - 1}g}")
    rounded = (plain, *(outward(far, way - figure.value, extra) for extra in (0, 1)))
    return next((after for after in rounded if shop.has_plan({figure.path: after})), far)


def _furthest(shop: Workshop, figure: Figure, way: float) -> float | None:
    """Return a value far that way with which there is a plan, or None."""
    if math.isfinite(way):
        inside = way + (figure.value - way) * SHY  # where the end itself is not allowed
        return next((value for value in (way, inside) if shop.has_plan({figure.path: value})), None)
    scale = max(abs(figure.value), _size_of(shop.program))
    times = 1.0
    while times <= LARGEST:
        value = figure.value + math.copysign(scale * times, way)
        if shop.has_plan({figure.path: value}):
            return value
        times *= 100.0
    return None


def _size_of(program: LinearProgram) -> float:
    """Return how much is wanted at most: the scale of a figure that is 0."""
    wanted = program.row_upper[program.rows.where(kind="demand")]
    return max(1.0, float(np.max(wanted, initial=0.0)))


def fixes_together(shop: Workshop, figures: Sequence[Figure]) -> list[Fix]:
    """Return the changes that mend the network together, of the least sum of relative sizes.

    Returns
    -------
    list of Fix
        Empty if none is found: figures that move more than bounds take no part.
    """
    steps: list[tuple[Figure, float, float, Delta]] = []
    for figure in figures[:MOST_FIGURES]:
        for way in figure.ways[:1]:
            step = shop.step(figure, way)
            if step is not None:
                steps.append((figure, way, *step))
    if not steps:
        return []
    sizes = [value - figure.value for figure, _, value, _ in steps]
    weights = [
        abs(size) / (abs(figure.value) or _size_of(shop.program))
        for size, (figure, *_) in zip(sizes, steps, strict=True)
    ]
    most = [
        (way - figure.value) / size if math.isfinite(way) else math.inf
        for size, (figure, way, *_) in zip(sizes, steps, strict=True)
    ]
    outcome = HighsSession(elastic(shop.program, [step[3] for step in steps], weights, most)).solve()
    if outcome.status != "optimal":
        return []
    times = outcome.x[-len(steps) :]
    taken = [
        (figure, way, figure.value + size * float(time))
        for (figure, way, *_), size, time in zip(steps, sizes, times, strict=True)
        if time > 1e-9
    ]
    for extra in (0, 1):
        values = {figure.path: outward(value, way - figure.value, extra) for figure, way, value in taken}
        if shop.has_plan(values):
            fixes = [shop.fix(figure, values[figure.path], alone=False) for figure, *_ in taken]
            return sorted(fixes, key=lambda fix: (fix.relative, fix.path))
    return []


def outward(value: float, direction: float, extra: int = 0) -> float:
    """Return a value rounded to `DIGITS` digits in a direction, and so many units of the last one on.

    Examples
    --------
    >>> outward(2.50000000001, -1.0), outward(1 / 3, 1.0), outward(71250.0, 1.0)
    (2.5, 0.333334, 71250.0)
    """
    if abs(value) < NOUGHT or not math.isfinite(value):
        return value if math.isinf(value) else 0.0
    places = DIGITS - 1 - math.floor(math.log10(abs(value)))
    unit = value * 10.0**places
    whole = math.ceil(unit - 1e-3) + extra if direction > 0 else math.floor(unit + 1e-3) - extra
    return round(whole / 10.0**places, max(0, places)) + 0.0

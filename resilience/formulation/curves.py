"""Elastic demand and supply: curves laid out as steps, refined where the market settles.

A curve is a line  price = intercept + slope * quantity,  or one of constant elasticity through a
reference point. The plan of least cost, with the area under demand taken off, is the competitive
equilibrium. Each curve is laid out as steps whose price is its average over the step, so areas are
exact at the ends of steps; after each solve the steps crowd around the quantity found, until they are
narrower than `FINE` of it. How close they crowd is decided in prices, which all curves share.

Source: Samuelson (1952), Spatial price equilibrium and linear programming, American Economic Review 42,
283-303; Takayama & Judge (1971), Spatial and temporal price and allocation models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Curve
from resilience.formulation.faults import FaultList
from resilience.formulation.horizon import Calendar
from resilience.grammar.sections import Spec
from resilience.program import LinearProgram

FloatArray = NDArray[np.float64]
Grids = Mapping[tuple[str, str], FloatArray]
"""By (column kind, id): ends of the steps, shape (n_steps + 1, n_periods), tonnes per period."""

N_STEPS = 48
"""Steps of the first layout."""
N_LEVELS = 20
"""Levels of price on each side of the one found, within the window of prices."""
SHRINK = 0.3
"""Of the window of prices from one layout to the next: six levels on each side stay within."""
WIDEST = 3.0
"""Window of prices, in the largest price found."""
TINY = 1e-300
LEAST = 1e-6
"""Share of the largest quantity that is as good as nothing."""
FINE = 1e-7
"""Width of a step, in the quantity and in the largest price, at which refining ends."""
SETTLED = 1e-6
"""Width up to which an answer is one, where no finer could be had."""
NARROW = 1e-5
"""Width of a step, relative to its quantity, below which a curve is straight but for 1e-10 of its price."""
MOST_ROUNDS = 30
GENEROUS = 100.0
"""A supply without a limit is laid out up to so many times all that is wanted."""

CURVED = (
    ("produce", "facilities", "cost", "capacity"),
    ("buy", "supplies", "price", "quantity"),
    ("serve", "demands", "price", "quantity"),
)


def curves_of(spec: Spec) -> dict[tuple[str, str], Curve]:
    """Return every curve of a network by (column kind, id)."""
    found = {}
    for kind, section, name, _ in CURVED:
        for key, entry in getattr(spec, section).items():
            if isinstance(getattr(entry, name), Curve):
                found[kind, key] = getattr(entry, name)
    return found


def first_grids(spec: Spec, calendar: Calendar, faults: FaultList) -> Grids:
    """Return steps over the whole range of each curve, finer towards nothing."""
    curves = curves_of(spec)
    if not curves:
        return {}
    wanted = _wanted(spec, curves, calendar)
    grids: dict[tuple[str, str], FloatArray] = {}
    for kind, section, name, limit in CURVED:
        for key, entry in getattr(spec, section).items():
            curve = curves.get((kind, key))
            if curve is None:
                continue
            ends = calendar.spread([getattr(entry, limit)], np.inf)[0]
            ends = np.minimum(ends, curve.largest if kind == "serve" else GENEROUS * wanted)
            if bool((ends <= 0).any()) or not np.isfinite(ends).all():
                faults.add((section, key, name), f"the curve needs a `{limit}` above 0 to end at")
                continue
            half = N_STEPS // 2
            even, near_0 = np.linspace(0.0, 1.0, half + 1), np.geomspace(LEAST, 0.5 / half, half)
            grids[kind, key] = np.sort(np.concatenate([even, near_0]))[:, None] * ends * calendar.years
    return grids


def _wanted(spec: Spec, curves: Mapping[tuple[str, str], Curve], calendar: Calendar) -> float:
    """Return everything that could be wanted in a year, in tonnes."""
    total = 0.0
    for key, demand in spec.demands.items():
        most = calendar.spread([demand.quantity], np.nan)[0].max()
        curve = curves.get(("serve", key))
        if np.isnan(most):  # an outlet that buys whatever pays
            most = np.inf if curve is None else curve.largest
        total += float(most)
    return total


def _steps_around(ends: FloatArray, amount: float) -> tuple[int, int]:
    """Return the first and the last step that a quantity touches: two, where it is at an end of both.

    A wide step whose average price is right, and that is taken whole, ends at the quantity too: the
    market may settle within it.

    Examples
    --------
    >>> ends = np.array([0.0, 1.0, 5.0, 9.0])
    >>> _steps_around(ends, 2.0), _steps_around(ends, 5.0), _steps_around(ends, 0.0)
    ((1, 1), (1, 2), (0, 0))
    """
    slack = 1e-10 * max(amount, 1e-6 * float(ends[-1]))
    most = len(ends) - 2
    first = int(np.clip(np.searchsorted(ends, amount - slack, side="right") - 1, 0, most))
    last = int(np.clip(np.searchsorted(ends, amount + slack, side="left") - 1, 0, most))
    return first, max(first, last)


@dataclass(frozen=True, eq=False)
class Laid:
    """One curve as steps: width and average price, each of shape (n_steps, n_periods)."""

    width: FloatArray
    price: FloatArray


def lay_out(curve: Curve, grid: FloatArray, years: float) -> Laid:
    """Return a curve's steps; a year's curve is used at the yearly rate of each period."""
    width = np.diff(grid, axis=0)
    rate = grid / years
    area = np.diff(curve.area(rate), axis=0) * years
    middle = curve.price((rate[:-1] + rate[1:]) / 2)
    # differences of large areas lose their digits; over a narrow step, or a line, the middle is the average
    straight = (width <= NARROW * grid[1:]) | curve.is_line
    price = np.where(straight, middle, area / np.where(width > 0, width, 1.0))
    rising = curve.is_rising
    ordered = np.maximum.accumulate(price, axis=0) if rising else np.minimum.accumulate(price, axis=0)
    return Laid(width, ordered)


def refine(
    spec: Spec,
    calendar: Calendar,
    grids: Grids,
    program: LinearProgram,
    levels: FloatArray,
    window: float,
) -> tuple[Grids, float, float]:
    """Return steps that crowd around the quantities found, and how wide the widest was there.

    All curves are laid out anew over the same width of prices around the price found: a steep curve's
    error in price is a flat curve's in quantity, so no curve may be finer than the others allow.
    The window shrinks while every quantity lies within the last one, and grows when one does not.

    Parameters
    ----------
    spec, calendar : Spec, Calendar
        The network and its periods.
    grids : Grids
        The steps that were solved with.
    program, levels : LinearProgram, ndarray
        The program, and the levels found.
    window : float
        Half the width of prices that these steps cover, in the largest price.

    Returns
    -------
    grids : Grids
        New steps.
    width : float
        Of the widest step that a quantity touches, relative to the quantity or to the largest price.
    window : float
        That of the new steps.
    """
    curves, years = curves_of(spec), calendar.years
    found: dict[tuple[str, str], FloatArray] = {}
    widest, jump, scale = 0.0, 0.0, 0.0
    for (kind, key), grid in grids.items():
        curve, columns = curves[kind, key], program.columns.where(kind=kind, id=key)
        period = program.columns.texts("period", columns).astype(np.int64)
        found[kind, key] = np.bincount(period, levels[columns], grid.shape[1]).astype(float)
        for ends, amount in zip(grid.T, found[kind, key], strict=True):
            first, last = _steps_around(ends, amount)
            touched = np.array([ends[first], amount, ends[last + 1]])
            low, middle, high = curve.price(touched / years)
            jump, scale = max(jump, abs(high - low)), max(scale, abs(middle))
            width = max(ends[first + 1] - ends[first], ends[last + 1] - ends[last])
            widest = max(widest, width / max(amount, LEAST * ends[-1]))
    is_inside = jump <= 0.25 * window * scale
    window = window * SHRINK if is_inside else min(window / SHRINK, WIDEST)
    finer = {
        at: np.column_stack(
            [
                _points(curves[at], amount / years, end / years, window * scale) * years
                for amount, end in zip(amounts, grids[at][-1], strict=True)
            ]
        )
        for at, amounts in found.items()
    }
    return finer, max(widest, jump / max(scale, TINY)), window


def _points(curve: Curve, amount: float, end: float, window: float) -> FloatArray:
    """Return ends of steps in quantities per year: by price around the amount, and ever closer to it."""
    price = float(curve.price(np.array([amount]))[0])
    by_price = curve.quantity(price + window * np.linspace(-1.0, 1.0, 2 * N_LEVELS + 1))
    near = max(amount, LEAST * end) * np.array([0.4 * FINE, 2 * FINE, 10 * FINE, 1e-4, 1e-2, 0.3])
    ends = np.concatenate([[0.0, amount, end], by_price, amount - near, amount + near])
    return np.sort(np.clip(ends, 0.0, end))

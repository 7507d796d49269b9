"""Elastic demand and supply: curves laid out as steps, refined where the market settles.

A curve is a line  price = intercept + slope * quantity,  or one of constant elasticity through a
reference point. The plan of least cost, with the area under demand taken off, is the competitive
equilibrium. Each curve is laid out as steps whose price is its average over the step, so areas are
exact at the ends of steps; after each solve the steps crowd around the quantity found, until they are
narrower than `FINE` of it.

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
"""By (column kind, id): ends of the steps, shape (N_STEPS + 1, n_periods), tonnes per period."""

N_STEPS = 48
FINE = 1e-8
"""Width of a step, relative to the quantity, at which refining ends."""
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
    """Return even steps over the whole range of each curve."""
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
            grids[kind, key] = np.linspace(0.0, 1.0, N_STEPS + 1)[:, None] * ends * calendar.years
    return grids


def _wanted(spec: Spec, curves: Mapping[tuple[str, str], Curve], calendar: Calendar) -> float:
    """Return everything that could be wanted in a year, in tonnes."""
    total = 0.0
    for key, demand in spec.demands.items():
        most = calendar.spread([demand.quantity], np.nan)[0].max()
        curve = curves.get(("serve", key))
        total += curve.largest if curve is not None and np.isnan(most) else float(np.nan_to_num(most))
    return total


@dataclass(frozen=True, eq=False)
class Laid:
    """One curve as steps: width and average price, each of shape (N_STEPS, n_periods)."""

    width: FloatArray
    price: FloatArray


def lay_out(curve: Curve, grid: FloatArray, years: float) -> Laid:
    """Return a curve's steps; a year's curve is used at the yearly rate of each period."""
    width = np.diff(grid, axis=0)
    rate = grid / years
    area = np.diff(curve.area(rate), axis=0) * years
    middle = curve.price((rate[:-1] + rate[1:]) / 2)
    narrow = width <= 1e-9 * np.maximum(grid[-1], 1e-300)
    price = np.where(narrow, middle, area / np.where(width > 0, width, 1.0))
    rising = curve.is_rising
    ordered = np.maximum.accumulate(price, axis=0) if rising else np.minimum.accumulate(price, axis=0)
    return Laid(width, ordered)


def refine(grids: Grids, program: LinearProgram, levels: FloatArray) -> tuple[Grids, float]:
    """Return steps that crowd around the quantities found, and how wide the widest was there.

    Parameters
    ----------
    grids : Grids
        The steps that were solved with.
    program, levels : LinearProgram, ndarray
        The program, and the levels found.

    Returns
    -------
    grids : Grids
        New steps: the two around the quantity found divided into all but two of the steps.
    width : float
        Relative to the quantity.
    """
    finer: dict[tuple[str, str], FloatArray] = {}
    widest = 0.0
    for (kind, key), grid in grids.items():
        columns = program.columns.where(kind=kind, id=key)
        period = program.columns.texts("period", columns).astype(np.int64)
        quantity = np.bincount(period, levels[columns], grid.shape[1])
        new = np.empty_like(grid)
        for when, amount in enumerate(quantity):
            ends = grid[:, when]
            step = int(np.clip(np.searchsorted(ends, amount, side="right") - 1, 0, len(ends) - 2))
            low, high = ends[max(0, step - 1)], ends[min(len(ends) - 1, step + 2)]
            widest = max(widest, (ends[step + 1] - ends[step]) / max(amount, 1e-6 * ends[-1]))
            inner = np.linspace(low, high, N_STEPS - 1)
            new[:, when] = np.concatenate([[0.0], inner, [ends[-1]]])
        finer[kind, key] = new
    return finer, widest

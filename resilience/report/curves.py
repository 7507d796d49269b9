"""A cost curve shown: its breakpoints, what happens at each, and how the cost rises, as bars."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from resilience.report.numbers import money, number
from resilience.report.tables import Column, Part, paragraph, table

if TYPE_CHECKING:
    from resilience.analyses.curve import CostCurve

MOST = 20
"""So many breakpoints are shown: those where the slope changes most."""

WIDTH = 30
"""Signs of the longest bar."""


def text(curve: CostCurve, scenario: str, everything: bool = False) -> list[Part]:
    """Return the breakpoints as a table, with a bar for each cost, and what kind of curve it is."""
    steepest = np.abs(np.diff(curve.slopes, prepend=np.inf, append=-np.inf))
    shown = (
        range(len(curve.values))
        if everything
        else sorted(np.argsort(-steepest, kind="stable")[:MOST].tolist())
    )
    low, high = float(curve.costs.min()), float(curve.costs.max())
    bars = [
        "#" * round(WIDTH * (cost - low) / (high - low)) if high > low else ""
        for cost in curve.costs.tolist()
    ]
    coin, unit = curve.currency, curve.unit
    slopes = [math.nan, *curve.slopes.tolist(), math.nan]
    per = f"{coin} per {unit}" if unit and unit != "share" else f"{coin} per unit"
    if unit == "share":
        slopes, per = [slope / 100 for slope in slopes], f"{coin} per point"
    columns = [
        Column(unit or "value", [_value(curve.values[place], unit) for place in shown], right=True),
        Column(f"cost, {coin}", [money(curve.costs[place]) for place in shown], right=True),
        Column(f"before, {per}", [_slope(slopes[place]) for place in shown], right=True),
        Column(f"after, {per}", [_slope(slopes[place + 1]) for place in shown], right=True),
        Column("", [bars[place] for place in shown]),
        Column("here", [curve.events[place] for place in shown]),
    ]
    left_out = len(curve.values) - len(columns[0].cells)
    return [
        paragraph(f"Least cost against {curve.path}, {scenario}\n{_kind(curve, left_out)}\n"),
        table(columns),
    ]


def _kind(curve: CostCurve, left_out: int) -> str:
    if not curve.is_exact:
        samples = len(curve.values)
        return f"Sampled at {samples} numbers, since {curve.why}. Between them the cost may be anything."
    inner = len(curve.values) - 2
    count = f"{inner} breakpoint{'s' if inner != 1 else ''}" if inner else "no breakpoint"
    bend = {"convex": "the further, the steeper", "concave": "the further, the flatter"}[curve.shape]
    told = f"{count}; between them the cost is a straight line. {curve.shape.capitalize()}: {bend}."
    return told + (
        f" {left_out} where the slope hardly changes are left out; --all shows them." if left_out else ""
    )


def _value(value: float, unit: str) -> str:
    return f"{100 * value:.4g} %" if unit == "share" else number(float(value))


def _slope(slope: float) -> str:
    return "" if math.isnan(slope) else money(slope)


def data(curve: CostCurve) -> dict[str, Any]:
    """Return everything about a curve, for JSON."""
    return {
        "path": curve.path,
        "unit": curve.unit,
        "shape": curve.shape,
        "exact": curve.is_exact,
        "why": curve.why,
        "solves": curve.solves,
        "breakpoints": curve.breakpoints,
    }

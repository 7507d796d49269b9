"""A small set of bounds that cannot be met together, quicker than the solver's own where most are given.

HiGHS tests every bound of its set, thousands of levels that are not below zero among them. Here the
set that its proof rests on is taken, and only bounds that somebody could change are tested.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from resilience.program import LinearProgram
from resilience.solvers.engine import load
from resilience.solvers.highs import HighsSession, Sides, read_conflict

Given = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def least_conflict(program: LinearProgram, given: Given) -> tuple[Sides, Sides]:
    """Return rows and columns whose bounds cannot be met together, minimal but for what is given.

    Parameters
    ----------
    program : LinearProgram
        Without a plan.
    given : (rows, columns)
        Masks of what is never questioned, as that levels are not below zero is not either: as many of
        the other bounds as can be are left out.

    Returns
    -------
    rows, columns : dict
        Position, and which of its bounds belongs to the set.
    """
    found = None if program.is_mixed else _thinned(program, given)
    return HighsSession(program).conflict() if found is None else found


def _thinned(program: LinearProgram, given: Given) -> tuple[Sides, Sides] | None:
    """Return a set read off HiGHS's proof, each bound left out in turn if it can be; None if that fails."""
    rows, columns = read_conflict(load(replace(program, costs={})), 2)
    kept = {
        (kind, position, end)
        for kind, part in (
            ("Row", rows),
            ("Col", columns),
        )
        for position, side in part.items()
        for end in (("lower", "upper") if side == "both" else (side,))
    }
    bounds = {
        (kind, end): np.full(size, -np.inf if end == "lower" else np.inf)
        for kind, size in (("Row", program.n_rows), ("Col", program.n_columns))
        for end in ("lower", "upper")
    }
    for kind, position, end in kept:
        bounds[kind, end][position] = getattr(program, f"{kind.lower()}_{end}")[position]
    arrays: dict[str, Any] = {f"{kind.lower()}_{end}": part for (kind, end), part in bounds.items()}
    highs = load(replace(program, costs={}, **arrays))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kInfeasible:
        return None
    given_of = {"Row": given[0], "Col": given[1]}
    for kind, position, end in sorted(kept):
        if given_of[kind][position] or (
            kind == "Col" and end == "lower" and bounds[kind, end][position] == 0
        ):
            continue
        part, change = bounds[kind, end], getattr(highs, f"change{kind}Bounds")
        before, part[position] = part[position], -np.inf if end == "lower" else np.inf
        change(position, bounds[kind, "lower"][position], bounds[kind, "upper"][position])
        highs.run()
        if highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            kept.discard((kind, position, end))
            continue
        part[position] = before
        change(position, bounds[kind, "lower"][position], bounds[kind, "upper"][position])
    return _joined(kept, "Row"), _joined(kept, "Col")


def _joined(kept: Iterable[tuple[str, int, str]], kind: str) -> Sides:
    """Return which bounds of each row or column are kept."""
    found: Sides = {}
    for _, position, end in sorted(item for item in kept if item[0] == kind):
        found[position] = "both" if position in found else "lower" if end == "lower" else "upper"
    return found

"""Decisions that cost little more than the best, and build as little of the same as they can.

Hop, skip and jump: among all decisions whose objective is within a slack of the best, the one that
spends the least capital where the plans found so far spend it; then the next, against one more plan.
Of equals, the cheapest.

Source: Brill (1979), The use of optimization models in public-sector planning, Management Science 25(5),
413-422; Brill, Chang & Hopkins (1982), Modeling to generate alternatives, Management Science 28(3),
221-235.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from resilience.program import Block, Coded
from resilience.program.grown import with_rows
from resilience.whatif.first_stage import Choice, Found

FloatArray = NDArray[np.float64]

BUILT = 1e-7
"""Smaller shares of a project are none."""

TIE = 1e-3
"""What a unit of cost weighs against one of capital that earlier plans spend."""


def alternatives_of(choice: Choice, found: Found, slack: float, n: int) -> list[FloatArray]:
    """Return the best shared levels and up to n others, until nothing new comes.

    Parameters
    ----------
    choice : Choice
    found : Found
        The best of it.
    slack : float
        Most that the objective may be worse, as a share of its size.
    n : int
        Most alternatives.
    """
    build, plans = choice.where("build"), [found.levels]
    for _ in range(n):
        new = _next(choice, found, plans, slack)
        if new is None or any(np.abs(new[build] - old[build]).max(initial=0) <= BUILT for old in plans):
            break
        plans.append(new)
    return plans


def _next(choice: Choice, found: Found, plans: Sequence[FloatArray], slack: float) -> FloatArray | None:
    """Return shared levels within the slack that spend least where earlier plans did; None if none did."""
    program, best = found.form.program, found.certificate.cost
    build = choice.where("build")
    used = np.mean([plan[build] for plan in plans], axis=0)
    reliance = np.zeros(program.n_columns)
    reliance[build] = np.where(used > BUILT, used, 0.0) * choice.spending[build]
    if not reliance.any():
        return None
    scale, costly = max(1.0, float(np.abs(program.cost).max(initial=0.0))), np.flatnonzero(program.cost)
    most = best + (slack + 1e-9) * abs(best)
    within = with_rows(
        program,
        Block("slack", 1, {"id": Coded.of(["slack"])}),
        (np.zeros(len(costly), np.int64), costly, program.cost[costly] / scale),
        np.array([-np.inf]),
        np.array([most / scale]),
    )
    within = replace(within, costs={"reliance": reliance, "cost": TIE * program.cost})
    return choice.solve(replace(found.form, program=within)).levels

"""What earns without end."""

from __future__ import annotations

import numpy as np

from resilience.errors import UnboundedError
from resilience.formulation import Formulation
from resilience.program import Delta, LinearProgram
from resilience.solvers import HighsSession

MOST_SHOWN = 12


def explain_unbounded(formulation: Formulation, program: LinearProgram) -> UnboundedError:
    """Return the error that says what could earn money without end.

    The program is solved again with every open column bounded; what runs into the bound is the cause.
    """
    endless = np.isposinf(program.col_upper)
    most = 1e6 * max(1.0, float(np.max(program.col_upper[~endless], initial=1.0)))
    bounded = Delta.of(col_upper=(np.flatnonzero(endless), most)).apply(program)
    outcome = HighsSession(bounded).solve()
    names: list[str] = []
    if outcome.status == "optimal":
        running = np.flatnonzero(endless & (outcome.x > most / 1e3) & (program.cost != 0))
        labels = [program.columns.describe(position) for position in running[:MOST_SHOWN]]
        names = [f"{label['kind']} {label.get('id', label.get('site', ''))}" for label in labels]
    told = f": {', '.join(names)} can grow without end" if names else ""
    advice = "give a capacity or a quantity, or check costs and prices below zero"
    return UnboundedError(f"cost can fall without limit{told}; {advice}")

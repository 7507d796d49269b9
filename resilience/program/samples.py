"""Tiny programs for doctests and self-tests."""

from __future__ import annotations

import numpy as np

from resilience.program.labels import Block, Coded, Labels
from resilience.program.linear_program import LinearProgram


def two_sources() -> LinearProgram:
    """Return a program of 8 t wanted from CD at 10 (at most 5 t) or AU at 25: the optimum is 125.

    Examples
    --------
    >>> two_sources().n_columns
    2
    """
    return LinearProgram(
        starts=np.array([0, 1, 2], dtype=np.int32),
        indices=np.array([0, 0], dtype=np.int32),
        values=np.array([1.0, 1.0]),
        costs={"production": np.array([10.0, 25.0])},
        col_lower=np.zeros(2),
        col_upper=np.array([5.0, 20.0]),
        row_lower=np.array([8.0]),
        row_upper=np.array([8.0]),
        columns=Labels((Block("buy", 2, {"id": Coded.of(["CD", "AU"])}),)),
        rows=Labels((Block("demand", 1, {"id": Coded.of(["d"])}),)),
    )

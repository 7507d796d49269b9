"""The face of optimal duals: sums of several duals, against every basis of a small program."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_array

from resilience.program import LinearProgram
from resilience.program.labels import Block, Coded, Labels
from resilience.solvers.dual_face import DualFace
from resilience.solvers.highs import HighsSession

approx = pytest.approx


def labelled(kind: str, size: int) -> Labels:
    return Labels((Block(kind, size, {"id": Coded.of([str(number) for number in range(size)])}),))


def transport(supplies: list[int], demands: list[int], costs: list[int]) -> LinearProgram:
    """Return a transportation program: rows are supplies (at most) and demands (exactly)."""
    n, m = len(supplies), len(demands)
    dense = np.zeros((n + m, n * m))
    for i, j in itertools.product(range(n), range(m)):
        dense[[i, n + j], i * m + j] = 1.0
    matrix = csc_array(dense)
    return LinearProgram(
        matrix.indptr,
        matrix.indices,
        matrix.data,
        {"freight": np.array(costs[: n * m], dtype=float)},
        np.zeros(n * m),
        np.full(n * m, np.inf),
        np.array([-np.inf] * n + demands, dtype=float),
        np.array(supplies + demands, dtype=float),
        labelled("ship", n * m),
        labelled("limit", n + m),
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 3), min_size=2, max_size=3),
    st.lists(st.integers(1, 3), min_size=2, max_size=2),
    st.lists(st.integers(1, 9), min_size=6, max_size=6),
    st.lists(st.integers(-2, 2), min_size=5, max_size=5),
)
def test_the_ends_are_the_extremes_over_all_optimal_duals(supplies, demands, costs, weights):
    """The face is  min and max of q'y  over dual feasible y with the optimal value, by a program of its own.

    Whole supplies and demands make many of these degenerate.
    """
    from scipy.optimize import linprog

    if sum(supplies) < sum(demands):
        supplies = [*supplies[:-1], supplies[-1] + sum(demands)]
    program = transport(supplies, demands, costs)
    plan = HighsSession(program).solve()
    direction = np.array(weights[: program.n_rows], dtype=float)
    face = DualFace(program, plan.x, plan.y, plan.basis)
    (lowest,), (highest,) = face.ends(csc_array(direction[:, None]))
    rhs = np.array(supplies + demands, dtype=float)
    bounds = [(None, 0.0)] * len(supplies) + [(None, None)] * len(demands)
    for sign, found in ((1.0, lowest), (-1.0, highest)):
        best = linprog(
            sign * direction,
            A_ub=program.matrix.T.toarray(),
            b_ub=program.cost,
            A_eq=rhs[None, :],
            b_eq=[program.cost @ plan.x],
            bounds=bounds,
        )
        assert np.isfinite(found) == (best.status == 0)
        if best.status == 0:
            assert sign * found == approx(best.fun, abs=1e-6)
    if face.are_settled(csc_array(direction[:, None]))[0]:
        assert lowest == highest

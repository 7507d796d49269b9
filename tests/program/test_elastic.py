"""Bounds that give way at a price."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from resilience.program import Delta
from resilience.program.elastic import elastic, is_elastic
from resilience.program.samples import two_sources
from resilience.solvers import HighsSession


def starved():
    """8 t are wanted; CD gives 5 and AU gives 1."""
    return replace(two_sources(), col_upper=np.array([5.0, 1.0]))


def times(changes, weights, most):
    outcome = HighsSession(elastic(starved(), changes, weights, most)).solve()
    return outcome.x[2:].tolist() if outcome.status == "optimal" else outcome.status


MORE_CD, MORE_AU = Delta.of(col_upper=([0], 5.5)), Delta.of(col_upper=([1], 2.0))
LESS = Delta.of(row_lower=([0], 7.0), row_upper=([0], 7.0))


@pytest.mark.parametrize(
    ("changes", "weights", "most", "expected"),
    [
        ([MORE_CD], [1], [np.inf], [4]),  # 2 t are missing, half a tonne each time
        ([MORE_AU], [1], [np.inf], [2]),
        ([LESS], [1], [np.inf], [2]),
        ([LESS], [1], [1], "infeasible"),  # at most once
        ([MORE_CD, LESS], [1, 5], [np.inf, np.inf], [4, 0]),  # 4 against 10
        ([MORE_CD, LESS], [3, 5], [np.inf, np.inf], [0, 2]),  # 12 against 10
        ([MORE_CD, MORE_AU], [1, 1], [2, 1.5], [1, 1.5]),
    ],
)
def test_the_least_weighted_change_is_taken(changes, weights, most, expected):
    assert times(changes, weights, most) == pytest.approx(expected) if expected != "infeasible" else True
    assert (times(changes, weights, most) == "infeasible") == (expected == "infeasible")


def test_only_finite_bounds_are_elastic():
    program = starved()
    assert is_elastic(program, MORE_CD)
    assert not is_elastic(program, Delta.of(col_upper=([0], np.inf)))
    assert not is_elastic(program, Delta.of(values=([0], 2.0)))
    assert not is_elastic(program, Delta.of())

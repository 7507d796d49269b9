"""How long a program can be kept up: the longest time is feasible, a longer one is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from resilience.program import Delta
from resilience.program.over_time import kept_up, scaled
from resilience.program.samples import two_sources
from resilience.solvers import HighsSession
from tests.programs import layered_network, seeds


def test_a_source_that_is_there_once_ends_it():
    """Of 8 t a period 5 come from CD for good; 9 t of AU fill the gap of 3 for 3 periods."""
    program = replace(two_sources(), col_upper=np.array([5.0, 9.0]))
    found = HighsSession(kept_up(program, np.array([False, True]), np.array([False]), 100.0)).solve()
    assert found.x == pytest.approx([15, 9, 3])


def test_what_is_enough_lasts_as_long_as_is_looked_at():
    """AU alone has 20 t a period."""
    found = HighsSession(kept_up(two_sources(), np.zeros(2, bool), np.zeros(1, bool), 100.0)).solve()
    assert found.x[-1] == pytest.approx(100)


def test_scaling_leaves_what_is_there_once_and_what_is_endless():
    """Ten periods: 50 t of CD, still 20 t of AU, 80 t wanted."""
    program = replace(two_sources(), col_lower=np.array([1.0, -np.inf]))
    found = scaled(program, np.array([False, True]), np.array([False]), 10.0)
    assert found.col_upper.tolist() == [50, 20]
    assert found.col_lower.tolist() == [10, -np.inf]
    assert found.row_lower.tolist() == found.row_upper.tolist() == [80]


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_the_longest_time_is_feasible_and_a_longer_one_is_not(seed):
    """Nobody may fall short, and the mines' output of one period is all that there will ever be."""
    program = layered_network(seed)
    short, mines = program.columns.where(kind="short"), program.columns.where(kind="mine")
    program = Delta.of(col_upper=(short, 0.0)).apply(program)
    once = np.isin(np.arange(program.n_columns), mines)
    rows = np.zeros(program.n_rows, dtype=bool)
    found = HighsSession(kept_up(program, once, rows, 50.0)).solve()
    assert found.status == "optimal"
    longest = found.x[-1]
    assert HighsSession(scaled(program, once, rows, longest * (1 - 1e-6))).solve().status == "optimal"
    if longest < 50:
        longer = scaled(program, once, rows, longest * (1 + 1e-3) + 1e-3)
        assert HighsSession(longer).solve().status == "infeasible"

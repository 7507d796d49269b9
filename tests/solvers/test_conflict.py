"""A set of bounds that cannot be met together: minimal, and no plan within it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from resilience.program.samples import two_sources
from resilience.solvers.conflict import least_conflict


def test_only_what_stands_in_the_way_is_kept():
    """8 t are wanted, 5 and 2 can come: what is wanted and both capacities, not that none is below 0."""
    program = replace(two_sources(), col_upper=np.array([5.0, 2.0]))
    given = (np.zeros(1, dtype=bool), np.zeros(2, dtype=bool))
    assert least_conflict(program, given) == ({0: "lower"}, {0: "upper", 1: "upper"})


def test_what_is_given_is_not_questioned_but_told():
    """A third rule that is not needed is dropped, unless it is given."""
    program = replace(two_sources(), col_upper=np.array([5.0, 2.0]))
    rows, columns = least_conflict(program, (np.ones(1, dtype=bool), np.array([True, False])))
    assert set(rows) == {0}
    assert columns[1] == "upper"

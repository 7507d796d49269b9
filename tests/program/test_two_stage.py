"""Several programs as one: shared columns, risk, rows and columns added, and where programs differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resilience.program import Block, Coded, certify
from resilience.program.alignment import differing
from resilience.program.grown import with_columns, with_rows
from resilience.program.samples import two_sources
from resilience.program.two_stage import extensive_form, mean_program, tail_mean
from resilience.solvers import HighsSession

BOTH = two_sources()
FAILED = replace(BOTH, col_upper=np.array([0.0, 20.0]))


def best(form) -> tuple[float, np.ndarray]:
    """Return cost and levels of the optimum, proved."""
    outcome = HighsSession(form.program).solve()
    assert certify(form.program, outcome.x, outcome.y).holds
    return float(form.program.cost @ outcome.x), outcome.x


def test_what_is_shared_stands_once():
    """AU's tonnes are bought before it is known whether CD fails, at 25 each: all 8, if it may.

    If nothing is shared, 125 where CD does not fail and 200 where it does.
    """
    cost, x = best(extensive_form([BOTH, FAILED], [np.array([1])] * 2, [0.9, 0.1]))
    assert cost == pytest.approx(200)
    cost, x = best(extensive_form([BOTH, FAILED], [np.array([], dtype=int)] * 2, [0.9, 0.1]))
    assert cost == pytest.approx(0.9 * 125 + 0.1 * 200)
    assert len(x) == 4


def test_levels_of_a_scenario_are_read_back_in_its_own_order():
    form = extensive_form([BOTH, FAILED], [np.array([1])] * 2, [0.5, 0.5])
    _, x = best(form)
    assert form.levels(x, 1).tolist() == pytest.approx([0, 8])
    assert form.levels(x, 0).tolist() == pytest.approx([0, 8])


def hedged():
    """AU's tonnes are ordered at 30 beforehand; CD's cost 10 afterwards, or 100 if it is shut."""
    cheap = replace(BOTH, costs={"production": np.array([10.0, 30.0])}, col_upper=np.array([8.0, 8.0]))
    dear = replace(cheap, costs={"production": np.array([100.0, 30.0])})
    return [cheap, dear], [np.array([1])] * 2


@pytest.mark.parametrize(
    ("probability", "cvar", "cost"),
    [
        (0.1, None, 0.9 * 80 + 0.1 * 800),  # 19 on the mean is less than 30
        (0.1, (0.9, 1.0), 240),  # the worst tenth alone counts
        (0.1, (1.0, 1.0), 240),
        (0.1, (0.95, 1.0), 240),
        (0.1, (0.0, 1.0), 0.9 * 80 + 0.1 * 800),  # all of it: the mean
        (0.1, (0.9, 0.1), 0.9 * (0.9 * 80 + 0.1 * 800) + 0.1 * 800),  # 17.1 + 10 = 27.1 < 30
        (0.1, (0.9, 0.2), 240),  # 0.8 x 19 + 0.2 x 100 = 35.2 > 30
    ],
)
def test_how_much_the_worst_cases_weigh(probability, cvar, cost):
    """One tonne not ordered costs 10 or 100: the mean of it is 19, the worst tenth 100."""
    programs, shared = hedged()
    found, _ = best(extensive_form(programs, shared, [1 - probability, probability], cvar))
    assert found == pytest.approx(cost)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(1, 9)), min_size=1, max_size=6),
    st.sampled_from([0.0, 0.3, 0.5, 0.9, 0.99]),
)
def test_the_tail_is_the_least_of_threshold_and_excess(cases, alpha):
    """Rockafellar & Uryasev: the least over t of  t + mean excess / (1 - alpha), at one of the costs."""
    costs = np.array([cost for cost, _ in cases])
    weights = np.array([weight for _, weight in cases], dtype=float)
    p = weights / weights.sum()
    least = min(t + float(p @ np.maximum(costs - t, 0.0)) / (1 - alpha) for t in costs)
    assert tail_mean(costs, p, alpha) == pytest.approx(least, abs=1e-9)
    assert tail_mean(costs, p, alpha) >= float(p @ costs) - 1e-9


def test_programs_of_different_size_share_by_position():
    """The second scenario has a source more, in front: its AU is column 2."""
    more = Block("buy", 3, {"id": Coded.of(["BR", "CD", "AU"])})
    wide = replace(
        BOTH,
        starts=np.array([0, 1, 2, 3], dtype=np.int32),
        indices=np.zeros(3, dtype=np.int32),
        values=np.ones(3),
        costs={"production": np.array([1.0, 10.0, 25.0])},
        col_lower=np.zeros(3),
        col_upper=np.array([2.0, 0.0, 20.0]),
        columns=replace(BOTH.columns, blocks=(more,)),
    )
    form = extensive_form([FAILED, wide], [np.array([1]), np.array([2])], [0.5, 0.5])
    cost, x = best(form)
    assert cost == pytest.approx(8 * 25)
    assert form.levels(x, 1).tolist() == pytest.approx([0, 0, 8])


def test_whole_levels_stay_whole():
    whole = replace(BOTH, integral=np.array([False, True]))
    form = extensive_form([whole, whole], [np.array([1])] * 2, [0.5, 0.5])
    assert form.program.integral.tolist() == [True, False, False]


def test_the_mean_program_has_mean_numbers():
    """Entries too: a column that gives 1 in one case and nothing in the other gives the mean of both."""
    none = replace(BOTH, values=np.array([0.0, 1.0]), costs={"tariff": np.array([4.0, 0.0])})
    mean = mean_program([BOTH, none], [0.25, 0.75])
    assert mean.matrix.toarray().tolist() == [[0.25, 1.0]]
    assert mean.cost.tolist() == [0.25 * 10 + 0.75 * 4, 0.25 * 25]
    open_ended = replace(BOTH, col_upper=np.array([np.inf, 20.0]))
    assert mean_program([FAILED, open_ended], [0.5, 0.5]).col_upper.tolist() == [np.inf, 20]


def test_columns_and_rows_at_the_end():
    """Half a unit of a third column, of at most 2, goes with each tonne of AU."""
    more = with_columns(
        BOTH,
        Block("buy", 1, {"id": Coded.of(["BR"])}),
        {"other": np.array([1.0])},
        np.zeros(1),
        np.full(1, 2.0),
    )
    assert more.cost.tolist() == [10, 25, 1]
    entries = (np.array([0, 0]), np.array([1, 2]), np.array([1.0, -2.0]))
    tied = with_rows(more, Block("tie", 1, {}), entries, np.zeros(1), np.zeros(1))
    outcome = HighsSession(tied).solve()
    assert outcome.x.tolist() == pytest.approx([5, 3, 1.5])
    assert tied.rows.kinds().tolist() == ["demand", "tie"]


def test_where_programs_differ():
    assert [mask.tolist() for mask in differing([BOTH, BOTH])] == [[False, False], [False]]
    assert [mask.tolist() for mask in differing([BOTH, FAILED])] == [[True, False], [False]]
    more = replace(BOTH, row_upper=np.array([9.0]))
    assert [mask.tolist() for mask in differing([BOTH, more])] == [[False, False], [True]]
    thinner = replace(BOTH, values=np.array([1.0, 0.5]))
    assert [mask.tolist() for mask in differing([BOTH, thinner])] == [[False, True], [False]]

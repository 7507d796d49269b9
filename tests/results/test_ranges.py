"""What else a plan could be for the same cost, or for a little more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.solvers import HighsSession
from resilience.solvers.near_optimal import limited
from tests.networks_random import shapes
from tests.small import AWAY, HOME, THIRD, lane, mine, network, want
from tests.tied import with_ties


def two_mines(near=10.0, far=10.0):
    """Return the plan of a mine of 3 and a mine of 9 where 8 are wanted."""
    return network(
        stages=["mining"],
        facilities={
            "big": mine(HOME, stage="mining", capacity=9, cost=far),
            "small": mine(THIRD, stage="mining", capacity=3, cost=near),
        },
        demands={"user": want(8, AWAY, shortfall_cost=100)},
        lanes=[lane("big", "user"), lane("small", "user")],
    ).solve()


def spread(solution, what, slack=0.0):
    found = solution.flow_range(what, slack)
    return [found.least, found.now, found.most]


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ("small>user:ore", [0, 0, 3]),
        ("big", [5, 8, 8]),
        ("user", [8, 8, 8]),
        ({"facility": "small"}, [0, 0, 3]),
        ({"lane": {"from": {"country": HOME}}}, [5, 8, 8]),
        ({"country": HOME, "stage": "mining"}, [5, 8, 8]),
        ({"exports": THIRD}, [0, 0, 3]),
        ({"exports": [HOME, THIRD], "commodity": "ore"}, [8, 8, 8]),
        (["big", "small"], [8, 8, 8]),
    ],
)
def test_of_two_mines_of_the_same_cost_one_makes_what_the_other_does_not(what, wanted):
    """8 are wanted and the small mine has 3: it makes 0 to 3, the big one 5 to 8, both together 8."""
    assert spread(two_mines(), what) == pytest.approx(wanted)


def test_within_a_slack_the_dear_mine_makes_more():
    """At 10 and 12, 8 t cost 30 + 60 = 90, of which 2 % are 1.8.

    For 2 more a tonne 0.9 t go from the near mine to the far one; or, at 100 in place of 12, the far one
    leaves 1.8 / 88 t short.
    """
    solution = two_mines(near=10, far=12)
    assert solution.cost == pytest.approx(3 * 10 + 5 * 12)
    assert spread(solution, "big") == pytest.approx([5, 5, 5])
    assert solution.flow_range("big").is_unique
    assert spread(solution, "big", 0.02) == pytest.approx([5 - 1.8 / 88, 5, 5.9])
    assert spread(solution, "small", 0.02) == pytest.approx([2.1, 3, 3])


def test_more_slack_leaves_demand_short():
    """Each tonne short costs 100 in place of 12: 10 % of 90 are 9, which leave 9/88 t short."""
    assert spread(two_mines(near=10, far=12), "user", 0.1) == pytest.approx([8 - 9 / 88, 8, 8])


def test_what_a_facility_makes_is_counted_by_commodity():
    """Of 4 t of ore a quarter is metal: a plant of 8 t throughput makes 2."""
    found = network(
        commodities=["ore", "metal"],
        facilities={
            "mine": mine(capacity=9),
            "plant": {
                "country": HOME,
                "site": "mine",
                "inputs": {"ore": 1},
                "outputs": {"metal": 0.25},
                "cost": 1,
            },
        },
        demands={"user": want(2, AWAY, "metal")},
        lanes=[lane("plant", "user", "metal")],
    ).solve()
    assert spread(found, "plant") == pytest.approx([8, 8, 8])
    assert spread(found, {"facility": "plant", "commodity": "metal"}) == pytest.approx([2, 2, 2])


def test_periods_may_be_chosen():
    """Wanted 4 in the second year, 3 can be made in each: 1 to 3 in the first."""
    found = network(
        horizon={"start": 2025, "periods": 2, "step": "year"},
        facilities={"mine": mine(capacity=3)},
        stockpiles={"vault": {"country": HOME, "commodity": "ore", "site": "mine"}},
        demands={"user": want({2025: 0, 2026: 4}, HOME, site="mine")},
    ).solve()
    assert spread(found, {"facility": "mine", "period": "2025"})[::2] == pytest.approx([1, 3])
    assert found.flow_ranges("facility").drop(columns="now_t").values.tolist() == [
        ["mine", "2025", pytest.approx(1), pytest.approx(3)],
        ["mine", "2026", pytest.approx(1), pytest.approx(3)],
    ]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("bigg", "no lane, facility, supply or demand 'bigg'; did you mean 'big'?"),
        ({"facility": "user"}, "matches no facility"),
        ({"facility": "big", "lane": "x"}, "not lane and facility"),
        ({"mine": "big"}, "mine"),
        ({"exports": AWAY}, "matches no exports"),
    ],
)
def test_what_cannot_be_asked_is_told(what, words):
    with pytest.raises(rs.InputError) as error:
        two_mines().flow_range(what)
    assert words in str(error.value)


@pytest.mark.parametrize("slack", [-0.1, np.inf, np.nan])
def test_a_slack_that_is_none_is_told(slack):
    with pytest.raises(rs.InputError, match="slack"):
        two_mines().flow_range("big", slack)


def test_an_unknown_kind_or_table_is_told():
    with pytest.raises(rs.InputError, match="did you mean 'lane'"):
        two_mines().flow_ranges("lanes")
    with pytest.raises(rs.InputError, match="did you mean 'flows'"):
        two_mines().unique("flow")


def test_a_loop_that_costs_nothing_has_no_most():
    found = network(
        facilities={"mine": mine(capacity=9)},
        hubs={"a": {"passes": ["ore"]}, "b": {"passes": ["ore"]}},
        demands={"user": want(4, AWAY)},
        lanes=[lane("mine", "a"), lane("a", "b"), lane("b", "a"), lane("a", "user")],
    ).solve()
    for slack in (0.0, 0.1):
        assert found.flow_range("a>b:ore", slack).most == np.inf


def test_rows_that_could_be_otherwise_are_told():
    solution = two_mines()
    assert solution.unique("flows").tolist() == [False]
    assert solution.unique("production").tolist() == [False, False]
    assert two_mines(near=9).unique("production").tolist() == [True, True]


@given(shapes(periods=1), st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_ranges_equal_those_of_a_program_with_its_cost_limited(shape, seed):
    """The least and most of each lane by a solve from scratch, cost held to the least; and who is unique."""
    solution = rs.Network.from_dict(with_ties(shape)).solve()
    ranges = solution.flow_ranges("lane").set_index("lane")
    unique = solution.unique("flows").set_axis(solution.flows["lane"])
    program = limited(solution.program, solution.cost + 1e-9 * abs(solution.cost))
    ids = solution.program.columns.texts("id")
    some = np.random.default_rng(seed).permutation(len(ranges))[:6]
    for name in ranges.index[some]:
        cost = np.where((ids == name) & (solution.program.columns.kinds() == "ship"), 1.0, 0.0)
        for sign, column in ((1.0, "least_t"), (-1.0, "most_t")):
            asked = replace(program, costs={"asked": cost * sign})
            found = HighsSession(asked).solve()
            size = 1e-4 * max(1.0, np.abs(solution.levels).max())
            assert ranges.loc[name, column] == pytest.approx(cost @ found.x, abs=size)
    for name, is_unique in unique.items():
        low, high = ranges.loc[name, ["least_t", "most_t"]]
        assert is_unique == (high - low <= 1e-6 * max(1.0, high)), name


@given(shapes(periods=1), st.floats(0.001, 0.2))
@settings(max_examples=10, deadline=None)
def test_more_slack_never_narrows_a_range(shape, slack):
    solution = rs.Network.from_dict(with_ties(shape)).solve()
    size = 1e-6 * max(1.0, np.abs(solution.levels).max())
    none, some, more = (
        solution.flow_range({"facility": {"stage": "processing"}}, share) for share in (0.0, slack, 2 * slack)
    )
    for narrow, wide in ((none, some), (some, more)):
        assert wide.least <= narrow.least + size
        assert wide.most >= narrow.most - size
        assert wide.least - size <= wide.now <= wide.most + size


@given(shapes(periods=2, lead=1, has_stockpile=True), st.sampled_from(["", "demand"]), st.integers(0, 10**6))
@settings(max_examples=2, deadline=None)
def test_rows_are_unique_just_where_their_range_is_a_point(shape, rule, seed):
    """Of flows and production, by period, with stock and with copies by origin."""
    solution = rs.Network.from_dict(with_ties(replace(shape, rule=rule))).solve()
    random = np.random.default_rng(seed)
    for table, key in (("flows", "lane"), ("production", "facility")):
        shown, unique = getattr(solution, table), solution.unique(table)
        assert unique.index.equals(shown.index)
        for row in random.permutation(len(shown))[:8]:
            name, period = shown[key].iloc[row], str(shown["period"].iloc[row])
            found = solution.flow_range({key: name, "period": period})
            wide = found.most - found.least > 1e-6 * max(1.0, found.most)
            assert unique.iloc[row] == (not wide), (name, period, found)

"""What mends a network without a plan: each change is worked out by hand, and tried."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resilience as rs
from tests.small import AWAY, HOME, THIRD, lane, mine, network, want


def chain(**sections: Any) -> rs.Network:
    """Ore of two mines, 50 and 3 t, is smelted to half as much metal, of which 4 t are wanted."""
    base: dict[str, Any] = {
        "commodities": ["ore", "metal"],
        "facilities": {
            "large": mine(HOME, capacity=50),
            "small": mine(THIRD, capacity=3),
            "smelter": {"country": AWAY, "inputs": {"ore": 1}, "outputs": {"metal": 0.5}},
        },
        "demands": {"user": want(4, AWAY, "metal")},
        "lanes": [
            lane({"kind": "facility"}, "smelter", "ore"),
            lane("smelter", "user", "metal"),
        ],
    }
    return network(**(base | sections))


def under(**policies: Any) -> rs.Network:
    """Return the chain with policies in force in a scenario `s` that extends `usual`."""
    return chain(
        policies=policies, scenarios={"usual": {}, "s": {"extends": "usual", "policies": [*policies]}}
    )


def mended(net: rs.Network, scenario: str | None = None) -> dict[str, float]:
    """Return the fixes of a network by path; each is tried, and so is 0.1 % less of it."""
    with pytest.raises(rs.InfeasibleError) as caught:
        net.solve(scenario)
    fixes = caught.value.fixes
    for fix in fixes:
        if fix.alone:
            net.solve(scenario, set={fix.path: fix.after})
            with pytest.raises(rs.InfeasibleError):
                net.solve(scenario, set={fix.path: fix.before + 0.999 * (fix.after - fix.before)})
    if fixes and not fixes[0].alone:
        net.solve(scenario, set={fix.path: fix.after for fix in fixes})
    assert [fix.relative for fix in fixes] == sorted(fix.relative for fix in fixes)
    return {fix.path: pytest.approx(fix.after, rel=1e-5) for fix in fixes}


BAN = {"type": "export_restriction", "from": HOME}


@pytest.mark.parametrize(
    ("policy", "fixes"),
    [
        # 8 t of ore are wanted and the small mine has 3: 5 of the 50 t of capacity, or of the quota
        ({**BAN, "quota": 3},
         {"policies.p.quota": 5, "demands.user.quantity": 3, "facilities.small.capacity": 5}),
        # of the 50 t of capacity 2.5 are left and 5 are needed
        ({"type": "outage", "facility": "large", "cut": "95%"},
         {"policies.p.cut": 0.9, "demands.user.quantity": 2.75, "facilities.small.capacity": 5.5,
          "facilities.large.capacity": 100}),
        # 3 t are at most half of 6 t, but 3/8 of all that is wanted
        ({"type": "sourcing_cap", "consumer": AWAY, "commodities": ["ore"], "origin": [HOME], "share": "50%"},
         {"policies.p.share": 0.625, "demands.user.quantity": 3, "facilities.small.capacity": 4}),
        # 80 t of metal take 160 t of ore; there are 53
        ({"type": "demand_change", "demand": "user", "factor": 20},
         {"policies.p.factor": 6.625, "demands.user.quantity": 1.325, "facilities.large.capacity": 157,
          "facilities.small.capacity": 110}),
        # only the small mine's 1.5 t of metal are clean
        ({"type": "origin_rule", "demand": "user", "exclude": [HOME]},
         {"policies.p.de_minimis": 0.625, "demands.user.quantity": 1.5, "facilities.small.capacity": 8}),
    ],
)  # fmt: skip
def test_a_policy_in_the_way_is_loosened_as_far_as_it_takes(policy, fixes):
    assert mended(under(p=policy), "s") == fixes


def test_a_ban_is_lowered_to_a_cut():
    """The baseline may take all 8 t from the large mine or 5: the cut that is left is one of its flow."""
    cut = mended(under(p=BAN), "s")
    assert cut.keys() == {"policies.p.cut", "demands.user.quantity", "facilities.small.capacity"}


def test_policies_made_in_python_are_mended_too():
    """95 % of 50 t are out: 2.5 and 3 t are left of the 8 wanted, 5 are needed."""
    with pytest.raises(rs.InfeasibleError) as caught:
        chain().solve(rs.Outage(facility="large", cut=0.95))
    assert (caught.value.fixes[0].path, caught.value.fixes[0].after) == ("policies.outage.cut", 0.9)


def test_a_floor_above_a_ceiling():
    """Two contradictory rules: either is moved to the other."""
    rules = {
        "roof": {"over": {"facility": "large"}, "at_most": 6},
        "floor": {"over": {"lane": {"from": "large"}}, "at_least": 9},
    }
    assert mended(chain(limits=rules)) == {"limits.floor.at_least": 6, "limits.roof.at_most": 9}


def test_a_figure_stands_behind_every_period():
    """Wanted are 45 t a year in 2025 and 60 in 2026, by quarters; there are 50, then 40."""
    net = network(
        horizon={"start": "2025", "periods": 6, "step": "quarter"},
        facilities={"pit": mine(HOME, site="here", capacity={"2025": 50, "2026": 40})},
        sites={"here": {"country": HOME}},
        demands={"user": {"site": "here", "commodity": "ore", "quantity": {"2025": 45, "2026": 60}}},
    )
    assert mended(net) == {"demands.user.quantity.2026": 40, "facilities.pit.capacity.2026": 60}


def test_stock_at_the_end():
    """50 a year and 10 in stock are 110 t; 90 are used and 40 must be left."""
    net = network(
        horizon={"start": "2025", "periods": 2},
        facilities={"pit": mine(HOME, site="here", capacity=50)},
        sites={"here": {"country": HOME}},
        stockpiles={"pile": {"site": "here", "commodity": "ore", "initial": 10, "final": 40}},
        demands={"user": {"site": "here", "commodity": "ore", "quantity": 45}},
    )
    assert mended(net) == {
        "facilities.pit.capacity": 60,
        "demands.user.quantity": 35,
        "stockpiles.pile.final": 20,
        "stockpiles.pile.initial": 30,
    }


def pits(**fields: Any) -> dict[str, Any]:
    """Return two pits of 5 and 6 t and one user of 8 t."""
    return {
        "facilities": {"a": mine(HOME, capacity=5, **fields), "b": mine(HOME, capacity=6, **fields)},
        "demands": {"user": want(8, AWAY)},
        "lanes": [lane({"kind": "facility"}, "user")],
    }


def test_how_many_may_be_used():
    """One pit gives 6 t; two give enough."""
    few = {"few": {"over": {"facility": {"country": HOME}}, "count": 1}}
    net = network(**pits(fixed_cost=2), limits=few)
    assert mended(net) == {"demands.user.quantity": 6, "limits.few.count": 2}


def test_a_least_amount_when_used():
    """A pit that gives 20 t or nothing, a ceiling of 10."""
    net = network(
        facilities={"pit": mine(HOME, capacity=50, minimum_when_used=20)},
        demands={"user": want(8, AWAY)},
        lanes=[lane("pit", "user")],
        limits={"roof": {"over": {"facility": "pit"}, "at_most": 10}},
    )
    found = mended(net)
    assert found["facilities.pit.minimum_when_used"] == 10


def test_two_conflicts_take_two_changes():
    """Salt and ore have nothing to do with each other: 10 of 60 t and 1 of 4 t are missing, every year."""
    net = network(
        commodities=["ore", "salt"],
        horizon={"start": "2025", "periods": 2},
        facilities={"pit": mine(HOME, capacity=50), "pan": mine(HOME, "salt", capacity=3)},
        demands={"user": want(60, AWAY), "eater": want(4, AWAY, "salt")},
        lanes=[lane("pit", "user"), lane("pan", "eater", "salt")],
    )
    assert mended(net) == {"demands.user.quantity": 50, "demands.eater.quantity": 3}
    with pytest.raises(rs.InfeasibleError, match="and with these mended, these cannot:") as caught:
        net.solve()
    assert not any(fix.alone for fix in caught.value.fixes)


def test_a_demand_that_nobody_can_meet_is_lowered_to_nothing():
    """A ban without any other source: only no demand at all has a plan; more capacity is no help."""
    net = network(
        facilities={"pit": mine(HOME, capacity=50)},
        demands={"user": want(8, AWAY)},
        lanes=[lane("pit", "user", capacity=0)],
    )
    assert mended(net) == {"demands.user.quantity": 0, "lanes.0.capacity": 8}


@settings(max_examples=15, deadline=None)
@given(
    wanted=st.integers(1, 1000),
    capacity=st.integers(1, 1000),
    loss=st.sampled_from([0, 0.1, 0.37]),
    roof=st.integers(1, 1000),
)
def test_every_change_that_is_told_mends_and_is_the_smallest(wanted, capacity, loss, roof):
    """Whatever the numbers: with the change there is a plan, with 0.1 % less there is none."""
    net = network(
        facilities={"pit": mine(HOME, capacity=capacity)},
        demands={"user": want(wanted, AWAY)},
        lanes=[lane("pit", "user", loss=loss)],
        limits={"roof": {"over": {"lane": {"to": "user"}}, "at_most": roof}},
    )
    if min(capacity, roof) * (1 - loss) < wanted:
        assert mended(net)["demands.user.quantity"] == pytest.approx(
            min(capacity, roof) * (1 - loss), rel=1e-5
        )


def test_a_share_that_would_have_to_be_nothing_is_no_fix():
    """A share of 90 % of home is asked and none is made there; a share of 0 is not allowed, so none mends."""
    stuck = network(
        facilities={"pit": mine(HOME)},
        demands={"user": want(4, AWAY)},
        lanes=[lane("pit", "user")],
        policies={"own": {"type": "content_minimum", "consumer": AWAY, "commodities": "ore", "share": 0.9}},
        scenarios={"s": {"policies": ["own"]}},
    )
    assert mended(stuck, "s") == {"demands.user.quantity": 0}

"""Warnings about scenarios and prices: each by hand, and a network next to it that gives none."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from resilience.doctor import TINY
from tests.small import AWAY, HOME, THIRD, lane, mine, network, want


def pits(**sections: Any) -> rs.Network:
    """Return a user of 4 t with a cheap pit of 3 t and a dear one."""
    base: dict[str, Any] = {
        "facilities": {"cheap": mine(HOME, capacity=3, cost=10), "dear": mine(THIRD, capacity=50, cost=80)},
        "demands": {"user": want(4, AWAY, shortfall_cost=100)},
        "lanes": [lane({"kind": "facility"}, "user", cost=5)],
    }
    return network(**(base | sections))


def told(net: rs.Network) -> list[tuple[str, str]]:
    return [(item.kind, item.path) for item in rs.check(net)]


def test_what_is_right_gives_none():
    assert told(pits()) == []


def test_a_demand_that_would_rather_go_short():
    """The fourth tonne costs 85 delivered; at 60 it is left out. What nobody could bring is no matter."""
    (found,) = rs.check(pits(demands={"user": want(4, AWAY, shortfall_cost=60)}))
    assert (found.kind, found.path) == ("cheap shortfall", "demands.user.shortfall_cost")
    assert "1 t short at 60 USD/t though it could be supplied at 85" in str(found)
    assert told(pits(demands={"user": want(400, AWAY, shortfall_cost=100)})) == []


def test_another_demand_that_would_have_to_go_without_is_no_supply():
    """3 t for two users: the one that values them less goes short, for want of ore."""
    users = {"rich": want(3, AWAY, shortfall_cost=900), "poor": want(3, AWAY, shortfall_cost=500)}
    net = pits(
        facilities={"cheap": mine(HOME, capacity=3, cost=10)},
        demands=users,
        lanes=[lane("cheap", {"kind": "demand"})],
    )
    assert told(net) == []


@pytest.mark.parametrize(("cost", "expected"), [(-5, [("earning round", "facilities.cheap")]), (0, [])])
def test_making_for_nobody_that_earns(cost, expected):
    """A pit that is paid 5 per tonne runs at full capacity, and throws away what nobody takes."""
    facilities = {"cheap": mine(HOME, capacity=3, cost=cost), "dear": mine(THIRD, capacity=50, cost=80)}
    assert told(pits(facilities=facilities)) == expected


def test_a_round_that_earns():
    """Ore is washed for a subsidy of 8 and dried at 5, over and over: each round earns 3."""
    washing = {"country": HOME, "site": "cheap", "inputs": {"ore": 1}, "outputs": {"mud": 1}}
    drying = {"country": HOME, "site": "cheap", "inputs": {"mud": 1}, "outputs": {"ore": 1}}
    facilities = {
        "cheap": mine(HOME, capacity=5),
        "washer": {**washing, "capacity": 7, "cost": -8},
        "dryer": {**drying, "capacity": 7, "cost": 5},
    }
    rounds = pits(commodities=["ore", "mud"], facilities=facilities, lanes=[lane("cheap", "user")])
    assert ("earning round", "facilities.washer") in told(rounds)


def with_policy(policy: dict[str, Any], **sections: Any) -> rs.Network:
    return pits(policies={"p": policy}, scenarios={"s": {"policies": ["p"]}}, **sections)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"type": "outage", "facility": "cheap", "cut": 0}, [("idle policy", "scenarios.s.policies")]),
        ({"type": "outage", "facility": "cheap"}, []),
        ({"type": "export_restriction", "from": HOME}, []),
    ],
)
def test_a_policy_that_changes_nothing(policy, expected):
    assert told(with_policy(policy)) == expected


FREE = {"demands.user.shortfall_cost": 100}
BOTH = [{"type": "outage", "facility": "cheap"}, {"type": "outage", "facility": "dear", "from": "2026"}]


@pytest.mark.parametrize(
    ("on", "demand", "expected"),
    [
        (["p0", "p1"], want(4, AWAY), ["scenarios.s"]),
        (["p1"], want(3, AWAY), []),  # the cheap pit is left
        (["p0"], want(4, AWAY), []),  # the dear pit is left
        (["p0", "p1"], want(4, AWAY, shortfall_cost=100), []),  # what it costs is what is asked
        (["p0", "p1"], want({2025: 4, 2026: 0}, AWAY), []),  # nothing is wanted when both are out
    ],
)
def test_a_demand_that_must_be_met_and_that_a_scenario_cuts_off(on, demand, expected):
    """Each outage alone leaves a pit; together, from 2026 on, they leave none, and there is no plan."""
    net = pits(
        horizon={"start": 2025, "periods": 2},
        demands={"user": demand},
        policies={f"p{number}": policy for number, policy in enumerate(BOTH)},
        scenarios={"s": {"policies": on}, "all": {"policies": ["p0", "p1"], "set": FREE}},
    )
    found = [item for item in rs.check(net) if item.kind == "unreachable"]
    assert [item.path for item in found] == expected
    assert all("no source can reach demand 'user' in it, which must be met" in str(item) for item in found)


def test_what_nobody_can_reach_anyway_is_told_once():
    """The lane is missing: that is the network's fault, and not the scenario's."""
    found = with_policy(BOTH[0], demands={"user": want(4, AWAY)}, lanes=[])
    assert [item.path for item in rs.check(found) if item.kind == "unreachable"] == ["demands.user"]


def test_a_network_alone_that_has_no_plan_is_told():
    net = pits(demands={"user": want(400, AWAY)})
    assert told(net) == [("no plan", "")]


def test_faults_of_all_scenarios_are_still_errors():
    net = pits(
        policies={"p": {"type": "outage", "facility": "cheap", "from": "2030"}},
        scenarios={"s": {"policies": ["p"]}},
    )
    with pytest.raises(rs.InputError, match="never in force"):
        rs.check(net)


def test_problems_of_all_scenarios_are_collected():
    net = rs.Network.from_dict(
        {
            **TINY,
            "policies": {
                "one": {"type": "tariff", "importer": "USA", "specific": 1},
                "two": {"type": "export_restriction", "from": "USA"},
            },
            "scenarios": {"a": {"policies": ["one"]}, "b": {"policies": ["two"]}},
        }
    )
    with pytest.raises(rs.InputError) as found:
        rs.check(net)
    assert {problem.path.split(".")[1] for problem in found.value.problems} == {"one", "two"}

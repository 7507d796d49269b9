"""Warnings that need no solve: each by hand, and a network next to it that gives none."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from resilience.formulation.warnings import WARNINGS
from tests.small import AWAY, HOME, lane, mine, network, want


def right(**sections: Any) -> dict[str, Any]:
    """Return a network that gives no warning: ore, smelted to half as much metal, of which 4 t are wanted."""
    base: dict[str, Any] = {
        "commodities": {"ore": {"price": 10}, "metal": {}},
        "processes": {"smelting": {"inputs": {"ore": 1}, "outputs": {"metal": 0.5}}},
        "facilities": {
            "pit": mine(HOME, capacity=50),
            "smelter": {"country": AWAY, "process": "smelting", "cost": 3},
        },
        "demands": {"user": want(4, AWAY, "metal")},
        "lanes": [lane("pit", "smelter"), lane("smelter", "user", "metal")],
    }
    return base | sections


def told(**sections: Any) -> list[tuple[str, str]]:
    return [(item.kind, item.path) for item in network(**right(**sections)).warnings]


def test_a_network_that_is_right_gives_none():
    assert told() == []


def with_facility(key: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {"facilities": right()["facilities"] | {key: entry}}


def recipe(**fields: Any) -> dict[str, Any]:
    return {"processes": {"smelting": {"inputs": {"ore": 1}, "outputs": {"metal": 0.5}, **fields}}}


SUPPLY = {"country": AWAY, "commodity": "ore"}


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (recipe(**{"yield": 1.2}), [("yield", "processes.smelting.yield")]),
        (recipe(**{"yield": 0.9}), []),
        (recipe(outputs={"metal": 1.5}), [("mass", "processes.smelting")]),
        (recipe(outputs={"metal": 0.5, "ore": 0.5}), []),
        # tonnes of metal are not tonnes of ore: nothing can be said
        (recipe(outputs={"metal": 1.5}) | {"commodities": {"ore": {"basis": "contained"}, "metal": {}}}, []),
        ({"horizon": {"periods": 3},
          "lanes": [lane("pit", "smelter", lead_time="45 days"), lane("smelter", "user", "metal")]},
         [("lead time", "lanes.0.lead_time")]),
        ({"lanes": [lane("pit", "smelter", lead_time=0), lane("smelter", "user", "metal")]}, []),
        # without a lane for ore the smelter cannot run, nor the user be reached, nor the pit be of use
        ({"lanes": [lane("smelter", "user", "metal")]},
         [("unreachable", "demands.user"), ("idle", "facilities.pit"), ("idle", "facilities.smelter")]),
        (with_facility("spare", mine(HOME, "metal")), [("idle", "facilities.spare")]),
        # nobody can be out of reach who wants nothing
        ({"demands": {**right()["demands"], "other": want(0, HOME, "metal")}}, []),
        # what is closed is closed on purpose
        (with_facility("spare", mine(HOME, "metal", capacity=0)), []),
        ({"supplies": {"shop": {**SUPPLY, "price": 12_000, "site": "smelter"}}},
         [("unit", "supplies.shop.price")]),
        ({"supplies": {"shop": {**SUPPLY, "price": 12, "site": "smelter"}}}, []),
        # 4 t of metal are all that the smelter's user takes
        (with_facility("other", mine(AWAY, "metal", site="smelter", capacity=4000)),
         [("size", "facilities.other.capacity")]),
        (with_facility("other", mine(AWAY, "metal", site="smelter", capacity=40)), []),
        ({"demands": {"user": want(4, AWAY, "metal", shortfall_cost=1e13)}}, [("range", "")]),
        ({"demands": {"user": want(4, AWAY, "metal", shortfall_cost=1e6)}}, []),
        ({"commodities": {"ore": {}, "metal": {}, "dust": {}}}, [("unused", "commodities.dust")]),
        ({"blocs": {"both": [HOME, AWAY]}}, [("unused", "blocs.both")]),
        ({"blocs": {"all": [AWAY]},
          "lanes": [lane("pit", {"country": "all"}), lane("smelter", "user", "metal")]}, []),
        ({"policies": {"stop": {"type": "outage", "facility": "pit"}}}, [("unused", "policies.stop")]),
        ({"scenarios": {"one": {"set": {"facilities.pit.capacity": 9}}, "two": {"extends": "one"}}},
         [("empty", "scenarios.two")]),
        # a scenario that is the network alone, under a name of its own
        ({"scenarios": {"usual": {}}}, []),
    ],
)  # fmt: skip
def test_each_kind_by_hand_and_what_is_no_matter(sections, expected):
    assert sorted(told(**sections)) == sorted(expected)


def test_unused_processes():
    spare = {"spare": {"outputs": {"metal": 1}}}
    assert told(processes=right()["processes"] | spare) == [("unused", "processes.spare")]


def test_stock_at_the_start_is_a_source():
    """Nobody makes ore, but 9 t are in stock, and may wait there for the second period."""
    net = network(
        horizon={"start": "2025", "periods": 2},
        sites={"here": {"country": HOME}},
        stockpiles={"pile": {"site": "here", "commodity": "ore", "initial": 9}},
        demands={"user": {"site": "here", "commodity": "ore", "quantity": {"2025": 0, "2026": 9}}},
    )
    assert net.warnings == ()
    assert net.solve().cost == 0


def test_every_kind_has_its_test_here():
    seen = {kind for _, expected in _cases() for kind, _ in expected}
    assert set(WARNINGS) == seen


def _cases() -> list[tuple[Any, Any]]:
    (mark,) = test_each_kind_by_hand_and_what_is_no_matter.pytestmark
    return list(mark.args[1])


def test_a_warning_has_its_place_and_its_words():
    text = """\
commodities: {ore: {}}
facilities:
  pit: {country: XAA, outputs: {ore: 1}, yield: 1.5}
demands:
  user: {country: XAA, site: pit, commodity: ore, quantity: 1}
"""
    (found,) = rs.Network.from_yaml(text, "x.yaml").warnings
    assert str(found).splitlines()[0] == (
        "x.yaml:3:49: facilities.pit.yield: warning: a yield of 1.5 gives more than the recipe says [yield]"
    )


@pytest.mark.parametrize("name", ["rare_earths"])
def test_a_shipped_network_gives_none(name):
    assert rs.load(name).warnings == ()

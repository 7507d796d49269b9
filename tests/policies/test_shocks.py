"""Freight and price shocks, by hand: factors multiply, surcharges add."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of, on, path_in
from tests.small import column, lane, mine, network, want


def two_ways(shocks: dict[str, dict[str, object]], **sections: object) -> rs.Network:
    """Let XBB want 8 t: XAA's mine delivers at 10 + 4 freight, a trader in XCC at 12 + 6."""
    return network(
        **{
            "facilities": {"mine": mine("XAA", cost=10)},
            "supplies": {"trader": {"country": "XCC", "commodity": "ore", "price": 12}},
            "demands": {"user": want(8, "XBB")},
            "lanes": [lane("mine", "user", cost=4), lane("trader", "user", cost=6)],
            **on(shocks),
            **sections,
        }
    )


def freight(**fields: object) -> dict[str, object]:
    return {"type": "freight_shock", **fields}


def price(of: object = "mine", **fields: object) -> dict[str, object]:
    return {"type": "price_shock", "of": of, **fields}


MINE_LANE = {"from": "mine"}


@pytest.mark.parametrize(
    ("shock", "cost"),
    [
        (freight(lane=MINE_LANE, factor=1.5), 8 * 16),
        (freight(lane=MINE_LANE, factor="300%"), 8 * 18),
        (freight(lane=MINE_LANE, surcharge=3), 8 * 17),
        (freight(lane=MINE_LANE, factor=0.5, surcharge=-1), 8 * 11),
        (freight(lane="mine>user:ore", surcharge="0.002 USD/kg"), 8 * 16),
        (freight(lane={"from": {"country": "XAA"}, "to": {"country": "XBB"}}, factor=1.25), 8 * 15),
        (freight(factor=2), 8 * 18),
        (freight(lane={"commodity": "ore"}, factor=2), 8 * 18),
        (price(factor=1.2), 8 * 16),
        (price(factor=3), 8 * 18),
        (price(surcharge=2), 8 * 16),
        (price({"kind": "supply"}, factor=0.5), 8 * 12),
        (price({"country": ["XAA", "XCC"]}, surcharge=1), 8 * 15),
    ],
)
def test_a_shock_changes_the_cheapest_way(shock, cost):
    """XAA's way costs 14 and XCC's 18 before the shock; the user takes what is cheaper after it."""
    found = two_ways({"shock": shock})
    before = found.solve().cost
    solution = found.solve("on")
    assert solution.cost == pytest.approx(cost)
    assert solution.cost_breakdown.index.get_level_values("kind").unique().tolist() == ["resource"]
    assert solution.transfers.empty
    assert found.solve().cost == before == 112


@pytest.mark.parametrize("names", [("a", "b", "c"), ("c", "b", "a"), ("b", "c", "a")])
def test_shocks_on_one_lane_do_not_depend_on_their_names(names):
    """4 x 1.5 x 0.5 + 2 + 1 = 6: 16 a tonne, whichever comes first."""
    shocks = [
        freight(lane=MINE_LANE, factor=1.5, surcharge=2),
        freight(lane=MINE_LANE, surcharge=1),
        freight(factor=0.5, lane={"from": {"country": "XAA"}}),
    ]
    solution = two_ways(dict(zip(names, shocks, strict=True))).solve("on")
    assert solution.cost == pytest.approx(8 * 16)
    assert solution.cost_breakdown["resource", "freight"] == pytest.approx(8 * 6)


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_shocks_on_one_cost_do_not_depend_on_their_names(names):
    """10 x 1.1 + 2 = 13 + 4 freight, whichever comes first."""
    shocks = [price(factor=1.1, surcharge=1), price(surcharge=1)]
    assert two_ways(dict(zip(names, shocks, strict=True))).solve("on").cost == pytest.approx(8 * 17)


def test_tiers_of_cost_are_all_dearer():
    """5 t at 10 and the rest at 12, times 1.1: 5 x 11 + 3 x 13.2, and 8 x 4."""
    found = two_ways(
        {"shock": price(factor=1.1)},
        facilities={"mine": mine("XAA", cost=[{"capacity": 5, "cost": 10}, {"cost": 12}])},
    )
    assert found.solve("on").cost == pytest.approx(55 + 39.6 + 32)


@pytest.mark.parametrize("shock", [freight(lane=MINE_LANE), price()])
def test_a_shock_by_dates_while_it_lasts(shock):
    """1 more in 2026, 3 in 2027, until 2028: 112 + 120 + 136 + 112."""
    found = two_ways(
        {"shock": {**shock, "surcharge": {2025: 1, 2027: 3}, "from": 2026, "until": 2028}},
        horizon={"start": 2025, "periods": 4},
    )
    assert found.solve("on").cost == pytest.approx(480)


def test_dearer_freight_moves_the_flow():
    """At 4 x 3 the trader's ore is cheaper."""
    solution = two_ways({"shock": freight(lane=MINE_LANE, factor=3)}).solve("on")
    assert column(solution.flows, "from", "flow_t") == pytest.approx({"trader": 8})


YAML = """\
commodities: {ore: {}, salt: {}}
facilities:
  mine: {country: XAA, outputs: {ore: 1}}
demands:
  user: {country: XAA, commodity: ore, quantity: 8}
lanes:
  - {from: mine, to: user, commodity: ore}
policies:
  shock: {type: %s}
scenarios:
  on: {policies: [shock]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("freight_shock", "", "changes nothing"),
        ("freight_shock, factor: 1", "", "changes nothing"),
        ("freight_shock, factor: -1", "factor", "below the least possible"),
        ("freight_shock, factor: 2 USD/t", "factor", "a share has none"),
        ("freight_shock, surcharge: 5 USD", "surcharge", "not a unit of USD/t"),
        ("freight_shock, factor: 2, lane: {from: user}", "lane", "matches no lane"),
        ("freight_shock, factor: 2, lane: mine>user:salt", "lane", "unknown lane 'mine>user:salt'"),
        ("freight_shock, factor: 2, lane: {from: mien}", "lane.from", "did you mean 'mine'"),
        ("freight_shock, factor: 2, lane: {commodity: ores}", "lane.commodity", "did you mean 'ore'"),
        ("freight_shock, factor: 2, until: 2025", "until", "never in force"),
        ("price_shock, of: mine", "", "changes nothing"),
        ("price_shock, factor: 2", "", "needs `of`"),
        ("price_shock, of: user, factor: 2", "of", "'user' is a demand; wanted a supply or facility"),
        ("price_shock, of: {country: XCC}, factor: 2", "of", "matches no supply and no facility"),
        ("price_shock, of: mien, factor: 2", "of", "did you mean 'mine'"),
        ("price_shock, of: mine, surcharge: 2 EUR/t", "surcharge", "not a unit of USD/t"),
        ("price_shock, of: mine, factor: 2, from: 2026, until: 2025", "", "is not after since"),
    ],
)
def test_a_wrong_shock_is_an_error_with_its_line(fields, path, message):
    assert fault_of(YAML % fields, message) == (9, path_in("shock", path))

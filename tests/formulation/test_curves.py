"""Tiers of cost, price and shortfall; outlets and what they earn."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.small import column, lane, mine, network, price_at, want


@pytest.mark.parametrize(
    ("quantity", "cost", "price"),
    [(3, 3, 1), (8, 5 * 1 + 3 * 4, 4), (12, 5 * 1 + 5 * 4 + 2 * 9, 9)],
)
def test_tiers_are_filled_from_the_cheapest(quantity, cost, price):
    """5 t at 1, then 5 t at 4, then 9: the price is that of the tier that is being filled."""
    tiers = [{"capacity": 5, "cost": 1}, {"capacity": 5, "cost": 4}, {"cost": 9}]
    solution = network(
        facilities={"mine": mine(cost=tiers)},
        demands={"user": want(quantity)},
        lanes=[lane("mine", "user")],
    ).solve()
    assert solution.cost == pytest.approx(cost)
    assert price_at(solution, "mine") == pytest.approx(price)
    assert column(solution.production, "facility", "throughput_t") == pytest.approx({"mine": quantity})


def test_a_capacity_holds_for_all_tiers_together():
    """Tiers of 5 t at 1 and 5 t at 4, 7 t in all: 5 + 2 x 4 = 13, and 1 of 8 t falls short at 50."""
    solution = network(
        facilities={"mine": mine(capacity=7, cost=[{"capacity": 5, "cost": 1}, {"capacity": 5, "cost": 4}])},
        demands={"user": want(8, shortfall_cost=50)},
        lanes=[lane("mine", "user")],
    ).solve()
    assert solution.cost == pytest.approx(13 + 50)
    assert solution.production["capacity_t"].tolist() == [7]


def test_the_last_tier_without_capacity_ends_at_the_facility_s_capacity():
    """5 t at 1 and the rest at 4, 7 t in all: the same as above."""
    solution = network(
        facilities={"mine": mine(capacity=7, cost=[{"capacity": 5, "cost": 1}, {"cost": 4}])},
        demands={"user": want(8, shortfall_cost=50)},
        lanes=[lane("mine", "user")],
    ).solve()
    assert solution.cost == pytest.approx(13 + 50)


@pytest.mark.parametrize(
    ("section", "entry", "path"),
    [
        ("facilities", "mine: {country: XAA, outputs: {ore: 1}, cost: TIERS}", "facilities.mine.cost.1.cost"),
        ("supplies", "trader: {country: XAA, commodity: ore, price: TIERS}", "supplies.trader.price.1.cost"),
        (
            "demands",
            "user: {country: XAA, commodity: ore, quantity: 9, shortfall_cost: TIERS}",
            "demands.user.shortfall_cost.1.cost",
        ),
    ],
)
def test_falling_costs_are_an_error(section, entry, path):
    """A cheap tier behind a dear one would be taken first: the program cannot say "only after"."""
    tiers = "[{capacity: 5, cost: 4}, {cost: 1}]"
    text = f"commodities: {{ore: {{}}}}\n{section}:\n  {entry.replace('TIERS', tiers)}\n"
    with pytest.raises(rs.InputError, match="not convex: costs must rise") as caught:
        rs.Network.from_yaml(text, "x.yaml")
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == (path, 3)


def test_rising_prices_of_an_outlet_are_an_error():
    """The best price comes first: a buyer pays less and less for more."""
    text = """\
commodities: {ore: {}}
demands:
  outlet:
    country: XAA
    commodity: ore
    price:
      - {capacity: 5, cost: 1}
      - {cost: 4}
"""
    with pytest.raises(rs.InputError, match="costs must fall") as caught:
        rs.Network.from_yaml(text, "x.yaml")
    assert [(problem.path, problem.line) for problem in caught.value.problems] == [
        ("demands.outlet.price.1.cost", 8)
    ]


def test_a_supply_sells_in_tiers_up_to_its_quantity():
    """4 t at 10, then 12, at most 6 t: 40 + 24, and 1 of 7 t falls short at 99."""
    solution = network(
        supplies={
            "trader": {
                "country": "XBB",
                "commodity": "ore",
                "quantity": 6,
                "price": [{"capacity": 4, "cost": 10}, {"cost": 12}],
            }
        },
        demands={"user": want(7, shortfall_cost=99)},
        lanes=[lane("trader", "user")],
    ).solve()
    assert solution.cost == pytest.approx(40 + 24 + 99)
    assert column(solution.purchases, "supply", "bought_t") == pytest.approx({"trader": 6})
    assert solution.cost_breakdown["resource", "purchase"] == pytest.approx(64)


def test_shortfall_in_tiers_is_a_demand_curve():
    """10 t wanted; the first 3 t missing cost 20 each, the others 80; delivery costs 50.

    So 7 t are delivered: 350 + 3 x 20 = 410, and the price at the user is the 50 of delivery.
    """
    solution = network(
        facilities={"mine": mine(cost=50)},
        demands={"user": want(10, shortfall_cost=[{"capacity": 3, "cost": 20}, {"cost": 80}])},
        lanes=[lane("mine", "user")],
    ).solve()
    assert solution.cost == pytest.approx(410)
    (row,) = solution.shortfall.to_dict("records")
    assert (row["wanted_t"], row["delivered_t"], row["shortfall_t"]) == pytest.approx((10, 7, 3))
    assert row["cost_usd"] == pytest.approx(60)
    assert row["short_share"] == pytest.approx(0.3)


def test_tiers_of_shortfall_narrower_than_the_demand_leave_a_part_that_must_be_met():
    """Only 3 of 10 t may fall short, so 7 must come even at 50 t each: 350 + 60."""
    solution = network(
        facilities={"mine": mine(cost=50)},
        demands={"user": want(10, shortfall_cost=[{"capacity": 3, "cost": 20}])},
        lanes=[lane("mine", "user")],
    ).solve()
    assert solution.cost == pytest.approx(410)


def test_an_outlet_buys_what_pays_and_revenue_is_a_negative_cost():
    """The mine makes at most 8 t at 4; a demand takes 5; the outlet pays 6 for up to 10: 3 t, 18.

    Gross 32, net 32 - 18 = 14. Unlike a demand, the outlet is never short.
    """
    solution = network(
        facilities={"mine": mine(cost=4, capacity=8)},
        demands={
            "user": want(5),
            "outlet": {"country": "XBB", "commodity": "ore", "price": 6, "quantity": 10},
        },
        lanes=[lane("mine", ["user", "outlet"])],
    ).solve()
    assert solution.cost == pytest.approx(14)
    assert solution.cost_breakdown.to_dict() == pytest.approx(
        {("resource", "production"): 32, ("revenue", "revenue"): -18}
    )
    assert solution.sales[["outlet", "sold_t", "revenue_usd"]].values.tolist() == [["outlet", 3.0, 18.0]]
    assert solution.shortfall["demand"].tolist() == ["user"]


def test_an_outlet_in_tiers_pays_the_best_price_first():
    """4 t at 9, then 4 t at 6, then nothing that pays the 5 of making it: 8 x 5 - 36 - 24 = -20."""
    prices = [{"capacity": 4, "cost": 9}, {"capacity": 4, "cost": 6}, {"capacity": 4, "cost": 3}]
    solution = network(
        facilities={"mine": mine(cost=5)},
        demands={"outlet": {"country": "XBB", "commodity": "ore", "price": prices}},
        lanes=[lane("mine", "outlet")],
    ).solve()
    assert solution.cost == pytest.approx(-20)
    assert column(solution.sales, "outlet", "sold_t") == pytest.approx({"outlet": 8})


def test_an_outlet_in_tiers_takes_no_more_than_its_quantity():
    """The same outlet with a quantity of 6: 6 x 5 - 36 - 12 = -18."""
    prices = [{"capacity": 4, "cost": 9}, {"capacity": 4, "cost": 6}, {"capacity": 4, "cost": 3}]
    solution = network(
        facilities={"mine": mine(cost=5)},
        demands={"outlet": {"country": "XBB", "commodity": "ore", "price": prices, "quantity": 6}},
        lanes=[lane("mine", "outlet")],
    ).solve()
    assert solution.cost == pytest.approx(-18)

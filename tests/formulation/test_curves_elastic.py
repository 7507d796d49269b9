"""Prices that change with the quantity: competitive equilibrium, to 1e-6 of closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import resilience as rs
from resilience.fields import Curve
from tests.small import column, lane, mine, network, price_at

NEAR = 1e-6


def near(value: float) -> Any:
    return pytest.approx(value, rel=NEAR)


def market(demand: Any, supply: Any, **sections: Any) -> rs.Network:
    """Let a supply abroad and an outlet at home be one lane apart."""
    return network(
        **{
            "supplies": {"maker": {"country": "XBB", "commodity": "ore", "price": supply}},
            "demands": {"buyers": {"country": "XAA", "commodity": "ore", "price": demand}},
            "lanes": [lane("maker", "buyers")],
            **sections,
        }
    )


@pytest.mark.parametrize("tariff", [0.0, 2.0, 5.0, 33.0])
def test_a_specific_tariff_in_one_market(tariff):
    """Demand P = 42 - 3 Q, supply P = 9 + Q: Q = (33 - t) / 4; buyers pay 42 - 3 Q, makers get t less."""
    solution = market(
        {"intercept": 42, "slope": -3},
        {"intercept": 9, "slope": 1},
        policies={"duty": {"type": "tariff", "importer": "XAA", "specific": tariff}},
        scenarios={"with": {"policies": ["duty"]}},
    ).solve("with")
    quantity = (33 - tariff) / 4
    assert column(solution.purchases, "supply", "bought_t")["maker"] == pytest.approx(
        quantity, rel=NEAR, abs=1e-6
    )
    if quantity:
        assert price_at(solution, "buyers") == near(42 - 3 * quantity)
        assert price_at(solution, "maker") == near(9 + quantity)
        assert solution.transfers["amount_usd"].sum() == pytest.approx(tariff * quantity, rel=NEAR)
        assert column(solution.sales, "outlet", "revenue_usd")["buyers"] == near(
            quantity * (42 - 3 * quantity)
        )
    area = 42 * quantity - 3 * quantity**2 / 2 - 9 * quantity - quantity**2 / 2
    assert solution.cost == pytest.approx(tariff * quantity - area, rel=NEAR, abs=1e-5)


@pytest.mark.parametrize("seed", [5, 7, 13, 17, 31])
def test_many_curves_of_any_shape_settle_together(seed):
    """Supplies and demands of lines and of constant elasticity, one market at no cost of freight.

    Every curve is at the market's price, or at an end of its own: nothing bought above it, or all below.
    """
    random = np.random.default_rng(seed)

    def curve(sign: int) -> dict[str, Any]:
        if random.random() < 0.5:
            return {
                "intercept": float(random.uniform(40, 90) if sign < 0 else random.uniform(1, 20)),
                "slope": sign * float(random.uniform(0.1, 5)),
            }
        return {
            "reference_price": float(random.uniform(10, 60)),
            "reference_quantity": float(random.uniform(1, 300)),
            "elasticity": sign * float(random.uniform(0.05, 3)),
            "form": "constant",
        }

    solution = network(
        sites={"here": {"country": "XAA"}},
        supplies={
            f"s{n}": {"site": "here", "commodity": "ore", "price": curve(1), "quantity": 60.0}
            for n in range(4)
        },
        demands={f"d{n}": {"site": "here", "commodity": "ore", "price": curve(-1)} for n in range(3)},
    ).solve()
    price = price_at(solution, "here")
    spec = solution.formulation.spec
    bought = column(solution.purchases, "supply", "bought_t")
    sold = column(solution.sales, "outlet", "sold_t")
    assert sum(bought.values()) == near(sum(sold.values()))
    for key, quantity in {**bought, **sold}.items():
        line = (spec.supplies.get(key) or spec.demands[key]).price
        at = float(line.price(np.array([quantity]))[0])
        if key in bought and quantity > 60 * (1 - 1e-9):
            assert at <= price * (1 + NEAR)
        elif quantity < 1e-5:
            assert (at >= price * (1 - NEAR)) == (key in bought) or at == near(price)
        else:
            assert at == pytest.approx(price, rel=5e-6), key


def test_a_quantity_ends_the_market():
    """At most 5 t are sold: buyers would pay 42 - 15 = 27 for the next, makers want 14."""
    solution = market(
        {"intercept": 42, "slope": -3},
        {"intercept": 9, "slope": 1},
        supplies={
            "maker": {
                "country": "XBB",
                "commodity": "ore",
                "price": {"intercept": 9, "slope": 1},
                "quantity": 5,
            }
        },
    ).solve()
    assert column(solution.purchases, "supply", "bought_t")["maker"] == near(5)
    assert price_at(solution, "buyers") == near(27)


@pytest.mark.parametrize(("elasticity", "price"), [(-0.5, 40), (-2.0, 5), (-1.0, 20), (-0.5, 2.5)])
def test_constant_elasticity_against_a_fixed_price(elasticity, price):
    """100 t at 10; at a price p, 100 (p / 10) ** e."""
    solution = market(
        {"reference_price": 10, "reference_quantity": 100, "elasticity": elasticity, "form": "constant"},
        price,
    ).solve()
    assert column(solution.sales, "outlet", "sold_t")["buyers"] == near(100 * (price / 10) ** elasticity)
    assert price_at(solution, "buyers") == near(price)


def test_constant_elasticity_of_supply_and_demand():
    """D = 100 (p / 10) ** -0.5 and S = 50 (p / 10) ** 1: (p / 10) ** 1.5 = 2."""
    solution = market(
        {"reference_price": 10, "reference_quantity": 100, "elasticity": -0.5, "form": "constant"},
        {"reference_price": 10, "reference_quantity": 50, "elasticity": 1, "form": "constant"},
    ).solve()
    price = 10 * 2 ** (2 / 3)
    assert price_at(solution, "buyers") == near(price)
    assert column(solution.sales, "outlet", "sold_t")["buyers"] == near(50 * price / 10)


@pytest.mark.parametrize(("price", "quantity"), [(60, 100), (30, 120), (90, 80), (209.9, 0.1 / 1.5)])
def test_a_line_through_a_reference_point(price, quantity):
    """100 t at 60 with elasticity -0.4 there: a slope of 60 / (-0.4 x 100) = -1.5, so P = 210 - 1.5 Q."""
    solution = market({"reference_price": 60, "reference_quantity": 100, "elasticity": -0.4}, price).solve()
    assert column(solution.sales, "outlet", "sold_t")["buyers"] == pytest.approx(quantity, rel=NEAR, abs=1e-5)


def test_nothing_is_sold_above_what_anybody_pays():
    solution = market({"intercept": 42, "slope": -3}, 50).solve()
    assert solution.cost == pytest.approx(0, abs=1e-6)


def test_a_facility_whose_cost_rises_along_a_line():
    """Cost 1 + 0.5 Q up to 20 t; a buyer pays 6: Q = 10, of the price 6 to make the last."""
    solution = network(
        facilities={"mine": mine(capacity=20, cost={"intercept": 1, "slope": 0.5})},
        demands={"outlet": {"country": "XAA", "commodity": "ore", "price": 6}},
        lanes=[lane("mine", "outlet")],
    ).solve()
    assert column(solution.production, "facility", "throughput_t")["mine"] == near(10)
    assert solution.cost == near(10 + 25 - 60)
    assert solution.cost_breakdown["resource", "production"] == near(35)


def test_a_curve_is_of_a_year_whatever_the_step():
    """In months each period is a twelfth of the year's market, at the same price."""
    solution = market(
        {"intercept": 42, "slope": -3},
        {"intercept": 9, "slope": 1},
        horizon={"start": 2025, "periods": 2, "step": "month"},
    ).solve()
    assert solution.sales["sold_t"].tolist() == [near(33 / 4 / 12)] * 2
    assert price_at(solution, "buyers", period="2025-02") == near(42 - 3 * 33 / 4)


def test_stock_carries_a_cheap_year_into_a_dear_one_until_prices_meet():
    """Ore costs 2 in 2025 and 30 in 2026, 12 t a year at most. P = 42 - 3 Q in both years.

    With free storage both years share 12 t: 6 t each, at 24; no more is bought at 30.
    """
    solution = network(
        horizon={"start": 2025, "periods": 2},
        sites={"works": {"country": "XAA"}},
        supplies={
            "maker": {
                "site": "works",
                "commodity": "ore",
                "price": {2025: 2, 2026: 30},
                "quantity": 12,
            }
        },
        stockpiles={"vault": {"site": "works", "commodity": "ore"}},
        demands={"buyers": {"site": "works", "commodity": "ore", "price": {"intercept": 42, "slope": -3}}},
    ).solve()
    assert solution.sales["sold_t"].tolist() == [near(6), near(6)]
    for when in ("2025", "2026"):
        assert price_at(solution, "works", period=when) == near(24)


def test_a_curve_is_split_by_origin_and_still_one_market():
    """Half clean, half not: two makers at 9 + Q each, an outlet that takes both and one that bars one."""
    line = {"intercept": 42, "slope": -3}
    solution = network(
        supplies={
            "cn": {"country": "CHN", "commodity": "ore", "price": {"intercept": 9, "slope": 1}},
            "us": {"country": "USA", "commodity": "ore", "price": 15},
        },
        demands={
            "any": {"country": "USA", "commodity": "ore", "price": line},
            "strict": {"country": "USA", "commodity": "ore", "price": line, "origin": {"exclude": ["CHN"]}},
        },
        lanes=[lane(["cn", "us"], ["any", "strict"])],
    ).solve()
    sold = column(solution.sales, "outlet", "sold_t")
    assert sold == {"any": near(9), "strict": near(9)}  # (42 - 15) / 3: us sets the price of both
    assert column(solution.purchases, "supply", "bought_t") == {"cn": near(6), "us": near(12)}


@pytest.mark.parametrize(
    "curve",
    [
        Curve(42.0, -3.0),
        Curve(9.0, 1.0),
        Curve(0.0, 0.0, 10.0, 100.0, -0.5),
        Curve(0.0, 0.0, 10.0, 100.0, -1.0),
        Curve(0.0, 0.0, 10.0, 100.0, -2.0),
        Curve(0.0, 0.0, 10.0, 100.0, 0.7),
    ],
)
def test_the_area_s_slope_is_the_price(curve):
    """Differences of the area are the price in the middle, on the curve and where it is cut off."""
    for quantity in (0.5, 3.0, 50.0, 400.0):
        step = 1e-4 * quantity
        area = curve.area(np.array([quantity - step, quantity + step]))
        assert (area[1] - area[0]) / (2 * step) == pytest.approx(
            float(curve.price(np.array([quantity]))[0]), rel=1e-5
        )


BUYER = "demands: {d: {country: USA, commodity: ore, price: CURVE}}"
MAKER = "supplies: {s: {country: USA, commodity: ore, price: CURVE}}"
PLANT = "facilities: {f: {country: USA, outputs: {ore: 1}, capacity: 0, cost: CURVE}}"


@pytest.mark.parametrize(
    ("text", "curve", "path", "words"),
    [
        (MAKER, "{intercept: 9, slope: -1}", "supplies.s.price", "must rise"),
        (BUYER, "{intercept: 9, slope: 1}", "demands.d.price", "must fall"),
        (BUYER, "{intercept: 9}", "demands.d.price", "needs `slope` too"),
        (BUYER, "{intercept: 9, slop: 1}", "demands.d.price.slop", "unknown field"),
        (
            BUYER,
            "{reference_price: 9, reference_quantity: 1, elasticity: 0}",
            "demands.d.price",
            "elasticity not 0",
        ),
        (PLANT, "{intercept: 9, slope: 1}", "facilities.f.cost", "needs a `capacity` above 0"),
    ],
)
def test_faults_of_a_curve_are_found_where_they_stand(text, curve, path, words):
    with pytest.raises(rs.InputError) as caught:
        rs.Network.from_yaml("commodities: {ore: {}}\n" + text.replace("CURVE", curve) + "\n", "x.yaml")
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == (path, 2)
    assert words in problem.message

"""What a delivered price is made of: the parts add up to it along every route."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import resilience as rs
from resilience.errors import InputError
from tests.networks_random import network_of, shapes
from tests.random_networks import SCENARIOS, with_policies
from tests.shared import planned
from tests.small import lane, mine, network, want

approx = pytest.approx


def parts(solution: rs.Solution, demand: str, route: int = 1) -> dict[tuple[str, str], float]:
    table = solution.price_build_up(demand)
    table = table[table["route"] == route]
    return dict(zip(zip(table["part"], table["name"], strict=True), table["amount_usd_per_t"], strict=True))


def check_sums(solution: rs.Solution, step: int = 1) -> None:
    """Check that the parts of every route add up to the price at its demand, of every so-manieth demand."""
    for demand in list(solution.formulation.spec.demands)[::step]:
        table = solution.price_build_up(demand)
        routes = table.assign(size=table["amount_usd_per_t"].abs()).groupby(["period", "route"])
        totals, prices = routes["amount_usd_per_t"].sum(), routes["price_usd_per_t"].first()
        size = routes["size"].max().clip(lower=1.0)
        assert ((totals - prices).abs() <= 1e-8 * size).all(), (demand, table)


def test_one_period_alone_is_the_same_rows():
    """The mine's cost doubles in 2026; a period that is not there is told."""
    solution = network(
        horizon={"start": 2025, "periods": 2, "step": "year"},
        commodities=["ore"],
        facilities={"pit": mine(cost={2025: 10, 2026: 20})},
        demands={"user": want(3)},
        lanes=[lane("pit", "user")],
    ).solve()
    whole, last = solution.price_build_up("user"), solution.price_build_up("user", "2026")
    assert last["amount_usd_per_t"].tolist() == [approx(20)]
    assert last.equals(whole[whole["period"] == "2026"].reset_index(drop=True))
    with pytest.raises(InputError, match="unknown period '2062'"):
        solution.price_build_up("user", "2062")


def test_a_price_from_ore_to_metal():
    """4 t of ore make 1 t of metal and 2 t of slag at 3 each.

    A works at 5 per t of throughput, which takes 4 t of ore and 0.5 t of acid at 8: ore 40, acid 4,
    conversion 5, credit 6. Freight of ore 4 x 1; a quarter of the metal is lost at 2 a tonne that leaves:
    metal at the works is worth 47, so the loss is 47 / 3, the freight 2 / 0.75, and the duty 12 / 0.75.
    """
    solution = network(
        commodities={"ore": {}, "acid": {}, "slag": {}, "metal": {"price": 120}},
        facilities={
            "pit": mine(cost=10),
            "works": {
                "country": "XBB",
                "inputs": {"ore": 4, "acid": 0.5},
                "outputs": {"metal": 1, "slag": 2},
                "cost": 5,
            },
        },
        supplies={"acid_market": {"country": "XBB", "site": "works", "commodity": "acid", "price": 8}},
        demands={
            "user": want(3, country="XCC", commodity="metal"),
            "road": {"country": "XBB", "site": "works", "commodity": "slag", "quantity": 99, "price": 3},
        },
        lanes=[lane("pit", "works", cost=1), lane("works", "user", commodity="metal", cost=2, loss=0.25)],
        policies={"wall": {"type": "tariff", "importer": "XCC", "rate": 0.1}},
        scenarios={"walled": {"policies": ["wall"]}},
    ).solve("walled")
    table = solution.price_build_up("user")
    assert table["price_usd_per_t"].iloc[0] == approx(47 + 47 / 3 + (2 + 12) / 0.75)
    by = table.groupby(["part", "name"])["amount_usd_per_t"].sum().to_dict()
    assert by == {
        ("cost at the source", ""): approx(40),
        ("conversion", ""): approx(5),
        ("other inputs", "acid"): approx(4),
        ("credit for co-products", "slag"): approx(-6),
        ("freight", ""): approx(4 + 2 / 0.75),
        ("losses", "metal"): approx(47 / 3),
        ("duty", "policies.wall"): approx(12 / 0.75),
    }


def test_a_rent_makes_up_what_the_cheaper_route_saves():
    """5 t from the near mine at 10, the rest at 25: the near mine's quantity is worth 15."""
    solution = network(
        supplies={
            "near": {"country": "XCC", "commodity": "ore", "price": 10, "quantity": 5},
            "far": {"country": "XDD", "commodity": "ore", "price": 25},
        },
        demands={"user": want(8)},
        lanes=[lane("near", "user"), lane("far", "user")],
    ).solve()
    assert parts(solution, "user") == {
        ("cost at the source", ""): approx(10),
        ("rent", "supplies.near.quantity"): approx(15),
    }
    assert parts(solution, "user", 2) == {("cost at the source", ""): approx(25)}


def test_tiers_in_use_together_are_averaged():
    """2 t at 10 and 3 t at 30: 22 on average, and the cheap tier's rent of 20 on two fifths."""
    solution = network(
        facilities={"pit": mine(cost=[{"capacity": 2, "cost": 10}, {"cost": 30}])},
        demands={"user": want(5)},
        lanes=[lane("pit", "user")],
    ).solve()
    assert parts(solution, "user") == {
        ("cost at the source", ""): approx(22),
        ("rent", "facilities.pit.cost.0.capacity"): approx(8),
    }


def test_who_eases_a_cap_on_shares_is_paid_by_who_runs_into_it():
    """At most half from one country: 4 t at 10 from XBB, 4 t at 30 from XCC, price (10 + 30) / 2 = 20.

    One tonne more is half a tonne of each. So XBB's tonnes bear a rent of 10, and XCC's earn a credit of 10.
    """
    solution = network(
        facilities={"near": mine("XBB", cost=10), "far": mine("XCC", cost=30)},
        demands={"user": want(8)},
        lanes=[lane("near", "user"), lane("far", "user")],
        policies={"cap": {"type": "sourcing_cap", "consumer": "XAA", "commodities": "ore", "share": 0.5}},
        scenarios={"capped": {"policies": ["cap"]}},
    ).solve("capped")
    found = [parts(solution, "user", route) for route in (1, 2)]
    assert sorted(found, key=str) == sorted(
        [
            {("cost at the source", ""): approx(10), ("rent", "policies.cap"): approx(10)},
            {
                ("cost at the source", ""): approx(30),
                ("credit for easing a limit", "policies.cap"): approx(-10),
            },
        ],
        key=str,
    )


def test_an_unknown_demand_is_an_error():
    solution = network(facilities={"pit": mine()}, demands={"user": want(5)}, lanes=[lane("pit", "user")])
    with pytest.raises(InputError, match="unknown demand 'usr'; did you mean 'user'"):
        solution.solve().price_build_up("usr")


@settings(max_examples=8, deadline=None)
@given(shapes(has_minimums=True, has_stockpile=True, has_project=True, rule="demand"))
def test_parts_add_up_with_loops_lead_times_stock_and_layers(shape):
    check_sums(rs.Network.from_dict(network_of(shape)).solve())


@settings(max_examples=5, deadline=None)
@given(shapes())
def test_parts_add_up_under_policies(shape):
    base = rs.Network.from_dict(with_policies(shape))
    for scenario in SCENARIOS:
        check_sums(base.solve(scenario))


def test_parts_add_up_on_rare_earths():
    check_sums(planned("ban"), step=7)

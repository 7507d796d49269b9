"""Hubs: places that pass commodities on, with one capacity for all of them, at a cost."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.small import column, lane, mine, network, price_at, want


def port(hub: dict[str, object], loss: float = 0.0) -> rs.Network:
    """Ore and salt go from one mine each over a port to 6 t of demand each; by air each costs 20."""
    return network(
        commodities=["ore", "salt"],
        facilities={"m1": mine(), "m2": mine(commodity="salt")},
        hubs={"port": {"passes": ["ore", "salt"], **hub}},
        demands={"u1": want(6), "u2": want(6, commodity="salt")},
        lanes=[
            lane("m1", "port", loss=loss),
            lane("m2", "port", "salt", loss=loss),
            lane("port", "u1"),
            lane("port", "u2", "salt"),
            lane("m1", "u1", cost=20),
            lane("m2", "u2", "salt", cost=20),
        ],
    )


def test_one_capacity_for_all_that_arrives():
    """8 of 12 t pass the port at 1, the other 4 t fly at 20: 88. One more tonne through saves 19."""
    solution = port({"capacity": 8, "cost": 1}).solve()
    assert solution.cost == pytest.approx(88)
    assert solution.cost_breakdown["resource", "handling"] == pytest.approx(8)
    (row,) = solution.program.rows.where(kind="hub", id="port")
    assert -solution.duals[row] == pytest.approx(19)


def test_capacity_and_cost_are_of_what_arrives_not_of_what_leaves():
    """Half is lost on the way in: 16 t leave the mines so that 8 t arrive, 8 x 1 + 4 x 20 = 88."""
    solution = port({"capacity": 8, "cost": 1}, loss=0.5).solve()
    assert solution.cost == pytest.approx(88)
    into = solution.flows[solution.flows["to"] == "port"]
    assert (into["flow_t"].sum(), into["arrived_t"].sum()) == pytest.approx((16, 8))


def test_a_hub_without_capacity_is_unlimited():
    """All 12 t pass at 1."""
    assert port({"cost": 1}).solve().cost == pytest.approx(12)


def test_a_hub_passes_on_and_makes_nothing():
    """What comes in goes out: 5 in, 5 out, and the price rises by what the hub charges."""
    solution = network(
        facilities={"mine": mine(cost=2)},
        hubs={"depot": {"passes": "ore", "cost": 3}},
        demands={"user": want(5)},
        lanes=[lane("mine", "depot", cost=1), lane("depot", "user")],
    ).solve()
    assert solution.cost == pytest.approx(5 * 6)
    assert column(solution.flows, "lane", "flow_t") == pytest.approx(
        {"mine>depot:ore": 5, "depot>user:ore": 5}
    )
    assert price_at(solution, "depot") == pytest.approx(6)


def test_hubs_in_a_row_each_charge():
    """Two hubs at 3 and 4, freight 1 on the lane between: 8 per t."""
    solution = network(
        facilities={"mine": mine()},
        hubs={"a": {"passes": "ore", "cost": 3}, "b": {"passes": "ore", "cost": 4}},
        demands={"user": want(5)},
        lanes=[lane("mine", "a"), lane("a", "b", cost=1), lane("b", "user")],
    ).solve()
    assert solution.cost == pytest.approx(40)


def test_a_hub_charges_the_rate_of_the_year_in_which_goods_arrive():
    """4 t leave in 2025 and arrive in 2026, when the depot takes 7 a tonne and no longer 3: 4 x (1 + 7)."""
    solution = network(
        horizon={"start": 2025, "periods": 2, "step": "year"},
        supplies={"mine": {"country": "XAA", "commodity": "ore", "price": 1, "quantity": {2025: 4, 2026: 0}}},
        hubs={"depot": {"passes": "ore", "cost": {2025: 3, 2026: 7}}},
        demands={"user": want({2025: 0, 2026: 4}, "XBB")},
        lanes=[lane("mine", "depot", lead_time=1), lane("depot", "user")],
    ).solve()
    assert solution.cost == pytest.approx(4 * (1 + 7))

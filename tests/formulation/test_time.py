"""Periods: lead times, quantities that change at dates, figures per year and steps below a year."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.small import lane, mine, network, price_at, want


def by_period(frame, key: str) -> dict[str, float]:
    return dict(zip(frame["period"], frame[key], strict=True))


def test_what_leaves_arrives_after_the_lead_time():
    """Three years, one year under way, 4 t wanted in each, at 1 to ship and 10 when short.

    Year 1 gets nothing (40); years 2 and 3 are served by what left in years 1 and 2 (8).
    """
    solution = network(
        horizon={"start": 2025, "periods": 3},
        facilities={"mine": mine()},
        demands={"user": want(4, shortfall_cost=10)},
        lanes=[lane("mine", "user", cost=1, lead_time=1)],
    ).solve()
    assert solution.cost == pytest.approx(48)
    assert by_period(solution.flows, "flow_t") == pytest.approx({"2025": 4, "2026": 4})
    assert by_period(solution.shortfall, "shortfall_t") == pytest.approx({"2025": 4, "2026": 0, "2027": 0})


def test_what_lands_after_the_horizon_pays_and_delivers_nothing():
    """A minimum of 4 t a year goes along the lane: 3 x 4 x 1 is paid, and only two years are served."""
    solution = network(
        horizon={"start": 2025, "periods": 3},
        facilities={"mine": mine()},
        demands={"user": want(4, shortfall_cost=10)},
        lanes=[lane("mine", "user", cost=1, lead_time=1, minimum=4)],
    ).solve()
    assert solution.cost == pytest.approx(12 + 40)
    assert by_period(solution.flows, "flow_t") == pytest.approx({"2025": 4, "2026": 4, "2027": 4})
    assert by_period(solution.flows, "arrived_t") == pytest.approx({"2025": 4, "2026": 4, "2027": 0})


def test_a_lead_time_as_long_as_the_horizon_delivers_nothing():
    solution = network(
        horizon={"start": 2025, "periods": 2},
        facilities={"mine": mine()},
        demands={"user": want(4, shortfall_cost=10)},
        lanes=[lane("mine", "user", cost=1, lead_time=2)],
    ).solve()
    assert solution.cost == pytest.approx(80)


@pytest.mark.parametrize(
    ("step", "lead_time", "periods"),
    [
        ("month", "45 days", 2),
        ("month", "1 month", 1),
        ("quarter", "45 days", 1),
        ("year", "45 days", 1),
        ("month", 3, 3),
    ],
)
def test_a_lead_time_with_a_unit_is_rounded_up_to_periods(step, lead_time, periods):
    """45 days are 1.48 months: two; a bare number is periods. Nothing arrives before."""
    solution = network(
        horizon={"start": 2025, "periods": 5, "step": step},
        facilities={"mine": mine()},
        demands={"user": want(12, shortfall_cost=10)},
        lanes=[lane("mine", "user", lead_time=lead_time)],
    ).solve()
    short = solution.shortfall["shortfall_t"] > 1e-9
    assert short.tolist() == [number < periods for number in range(5)]


def test_losses_and_lead_times_go_together():
    """8 t arrive in year 2 from 10 t that left in year 1."""
    solution = network(
        horizon={"start": 2025, "periods": 2},
        facilities={"mine": mine(cost=1)},
        demands={"user": want({2025: 0, 2026: 8})},
        lanes=[lane("mine", "user", lead_time=1, loss=0.2)],
    ).solve()
    assert solution.cost == pytest.approx(10)
    assert price_at(solution, "user", period="2026") == pytest.approx(1.25)


def test_hub_capacity_is_of_the_period_of_arrival():
    """The port passes 3 t in 2026, whatever it passed in 2025, when the ore left: 3 t at 0, 2 t short."""
    solution = network(
        horizon={"start": 2025, "periods": 2},
        facilities={"mine": mine()},
        hubs={"port": {"passes": "ore", "capacity": {2025: 100, 2026: 3}}},
        demands={"user": want({2025: 0, 2026: 5}, shortfall_cost=10)},
        lanes=[lane("mine", "port", lead_time=1), lane("port", "user")],
    ).solve()
    assert solution.cost == pytest.approx(20)


def test_quantities_hold_from_their_date_on():
    """Capacity 2 until mid-2026, then 5; cost 1, and 3 from 2027 on; demand 4, short at 10.

    2025 and 2026 begin with 2 t: 2 x 1 + 2 x 10 each; 2027 with 5 t: 4 x 3. Together 44 + 12.
    """
    solution = network(
        horizon={"start": 2025, "periods": 3},
        facilities={"mine": mine(capacity={"2025": 2, "2026-07": 5}, cost={2025: 1, 2027: 3})},
        demands={"user": want(4, shortfall_cost=10)},
        lanes=[lane("mine", "user")],
    ).solve()
    assert solution.cost == pytest.approx(56)
    assert by_period(solution.production, "throughput_t") == pytest.approx({"2025": 2, "2026": 2, "2027": 4})


def test_before_its_first_date_a_quantity_has_its_first_number():
    """A demand that is given from 2030 on is wanted in 2025 as well."""
    solution = network(
        horizon={"start": 2025, "periods": 1},
        facilities={"mine": mine(cost=2)},
        demands={"user": want({2030: 4, 2031: 9})},
        lanes=[lane("mine", "user")],
    ).solve()
    assert solution.cost == pytest.approx(8)


@pytest.mark.parametrize(
    ("step", "periods", "share"), [("year", 1, 1), ("quarter", 4, 1 / 4), ("month", 12, 1 / 12)]
)
def test_figures_are_per_year_whatever_the_step(step, periods, share):
    """12 t a year wanted, 9 t a year made at 2, at most 24 t a year shipped and 6 t a year bought at 5.

    A year costs 9 x 2 + 3 x 5 = 33 in any step, in equal parts; prices per tonne do not change.
    """
    solution = network(
        horizon={"start": 2025, "periods": periods, "step": step},
        facilities={"mine": mine(capacity=9, cost=2)},
        supplies={"trader": {"country": "XBB", "commodity": "ore", "price": 5, "quantity": 6}},
        demands={"user": want(12, shortfall_cost=100)},
        lanes=[lane(["mine", "trader"], "user", capacity=24)],
    ).solve()
    assert solution.cost == pytest.approx(33)
    assert solution.production["throughput_t"].tolist() == pytest.approx([9 * share] * periods)
    assert solution.production["capacity_t"].tolist() == pytest.approx([9 * share] * periods)
    assert solution.purchases["bought_t"].tolist() == pytest.approx([3 * share] * periods)
    assert solution.shortfall["wanted_t"].tolist() == pytest.approx([12 * share] * periods)
    assert solution.prices["price_usd_per_t"].max() == pytest.approx(5)


def test_every_bound_is_scaled_with_the_step():
    """Each bound alone halves what two half... what a month may carry: 12 t a year are 1 t a month.

    For a demand of 24 t a year (2 a month) 1 t a month falls short at 10, whichever bound it is.
    """
    monthly = {"start": 2025, "periods": 1, "step": "month"}
    tiers = [{"capacity": 12, "cost": 0}]
    for change in (
        {"facilities": {"mine": mine(capacity=12)}},
        {"facilities": {"mine": mine(cost=tiers)}},
        {"facilities": {"mine": mine(capacity=12, cost=[{"capacity": 24, "cost": 0}, {"cost": 0}])}},
        {"lanes": [lane("mine", "port", capacity=12), lane("port", "user")]},
        {"hubs": {"port": {"passes": "ore", "capacity": 12}}},
        {"limits": {"cap": {"over": {"facility": "mine"}, "at_most": 12}}},
    ):
        solution = network(
            **{
                "horizon": monthly,
                "facilities": {"mine": mine()},
                "hubs": {"port": {"passes": "ore"}},
                "demands": {"user": want(24, shortfall_cost=10)},
                "lanes": [lane("mine", "port"), lane("port", "user")],
                **change,
            }
        ).solve()
        assert solution.cost == pytest.approx(10), change


def test_minimums_are_scaled_with_the_step():
    """A minimum of 12 t a year is 1 t a month, at 3 each."""
    for change in ({"minimum": 12}, {"minimum": 12, "cost": [{"capacity": 6, "cost": 3}, {"cost": 3}]}):
        solution = network(
            horizon={"start": 2025, "periods": 2, "step": "month"},
            facilities={"mine": mine(**{"cost": 3, **change})},
            demands={"user": want(0)},
            lanes=[lane("mine", "user")],
        ).solve()
        assert solution.cost == pytest.approx(6), change


def test_periods_are_named_by_their_step():
    def names(**horizon) -> list[str]:
        found = network(
            horizon=horizon,
            facilities={"mine": mine()},
            demands={"user": want(1)},
            lanes=[lane("mine", "user")],
        )
        return found.solve().flows["period"].tolist()

    assert names(start=2025, periods=2) == ["2025", "2026"]
    assert names(start="2025-11", periods=3, step="month") == ["2025-11", "2025-12", "2026-01"]
    assert names(start="2025-10", periods=2, step="quarter") == ["2025-Q4", "2026-Q1"]
    assert names(start="2025-04", periods=1) == ["2025-04"]


def test_a_unit_written_beside_a_number_is_converted():
    """0.5 kt/yr at 2 USD/kg are 500 t at 2 000: 1 million."""
    solution = rs.Network.from_dict(
        {
            "commodities": {"ore": {}},
            "facilities": {"mine": mine(cost="2 USD/kg")},
            "demands": {"user": want("0.5 kt/yr")},
            "lanes": [lane("mine", "user")],
        }
    ).solve()
    assert solution.cost == pytest.approx(1e6)

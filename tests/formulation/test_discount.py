"""Money at different times: the discount rate of a network."""

from __future__ import annotations

import pytest

from tests.small import lane, mine, network, price_at, want


def years(rate: float, periods: int = 3, step: str = "year", **sections):
    return network(
        **{
            "discount_rate": rate,
            "horizon": {"start": 2025, "periods": periods, "step": step},
            "facilities": {"mine": mine(cost=10)},
            "demands": {"user": want(4, shortfall_cost=100)},
            "lanes": [lane("mine", "user")],
            **sections,
        }
    )


def test_cost_is_in_money_of_the_start():
    """40 a year at 25 %: 40 + 32 + 25.6."""
    solution = years(0.25).solve()
    assert solution.cost == pytest.approx(40 + 32 + 25.6)
    assert solution.cost_breakdown.sum() == pytest.approx(solution.cost)


def test_prices_are_in_money_of_their_own_period():
    """Ore costs 10 in every year, whatever the rate."""
    solution = years(0.25).solve()
    assert [price_at(solution, "user", period=when) for when in ("2025", "2026", "2027")] == pytest.approx(
        [10, 10, 10]
    )


def test_a_price_is_the_rise_of_cost_in_money_of_its_period():
    """A tonne more in 2026 costs 10 then, 8 at the start."""
    before = years(0.25).solve().cost
    after = years(0.25, demands={"user": want({2025: 4, 2026: 5, 2027: 4}, shortfall_cost=100)}).solve().cost
    assert after - before == pytest.approx(8)


@pytest.mark.parametrize(("step", "periods", "length"), [("quarter", 4, 0.25), ("month", 12, 1 / 12)])
def test_the_rate_is_per_year_whatever_the_step(step, periods, length):
    """Each period's 40 x length is worth 1.21 ** -(t x length)."""
    expected = sum(40 * length * 1.21 ** -(number * length) for number in range(periods))
    assert years(0.21, periods, step).solve().cost == pytest.approx(expected)


@pytest.mark.parametrize(("rate", "when"), [(0.0, "2025"), (0.5, "2026")])
def test_interest_decides_whether_to_buy_ahead(rate, when):
    """Ore costs 10 in 2025 and 13 in 2026. Without interest it is bought ahead; at 50 %, 13 / 1.5 < 10."""
    solution = years(
        rate,
        periods=2,
        sites={"works": {"country": "XAA"}},
        facilities={"mine": {"site": "works", "outputs": {"ore": 1}, "cost": {2025: 10, 2026: 13}}},
        stockpiles={"vault": {"site": "works", "commodity": "ore"}},
        demands={"user": {"site": "works", "commodity": "ore", "quantity": {2025: 0, 2026: 4}}},
        lanes=[],
    ).solve()
    made = solution.production.set_index("period")["throughput_t"]
    assert made[when] == pytest.approx(4)
    assert solution.cost == pytest.approx(40 if rate == 0 else 52 / 1.5)


def test_capital_is_discounted_from_the_decision_and_its_annuity_from_each_year():
    """Built in 2026, when ore is first wanted: 100 over 4 years at 10 %, 28.679 in 2026 and in 2027.

    The annuity is due as each year begins: 100 / (1 + 1 / 1.1 + 1 / 1.21 + 1 / 1.331). In money of 2025
    the two are 28.679 / 1.1 + 28.679 / 1.21, and the ore 40 / 1.1 + 40 / 1.21.
    """
    solution = years(
        0.1,
        facilities={"mine": mine(cost=10, capacity=0)},
        demands={"user": want({2025: 0, 2026: 4}, shortfall_cost=1000)},
        projects={"shaft": {"facility": "mine", "capacity": 4, "capital_cost": 100, "life": 4}},
    ).solve()
    annuity = 100 / (1 + 1 / 1.1 + 1 / 1.21 + 1 / 1.331)
    assert annuity == pytest.approx(28.6791640)
    assert solution.cost_breakdown["resource", "capital"] == pytest.approx(annuity / 1.1 + annuity / 1.21)
    assert solution.cost == pytest.approx((40 + annuity) / 1.1 + (40 + annuity) / 1.21)


@pytest.mark.parametrize(
    ("step", "periods", "life", "lead"),
    [
        ("year", 6, 3, 0),
        ("year", 6, 2, 3),
        ("year", 4, 1.5, 1),
        ("quarter", 12, 2, 2),
        ("month", 36, 2, 7),
        ("month", 24, 0.45, 0),
        ("month", 24, "18 months", "6 months"),
    ],
)
def test_a_life_within_the_horizon_bears_exactly_the_capital_cost(step, periods, life, lead):
    """100 of capital, decided in the first period: all its annuities, discounted, are worth 100."""
    solution = years(
        0.08,
        periods,
        step,
        facilities={"mine": mine(cost=10, capacity=0)},
        projects={
            "shaft": {
                "facility": "mine",
                "capacity": 4,
                "capital_cost": 100,
                "life": life,
                "lead_time": lead,
                "whole": True,
            }
        },
        demands={"user": want(4, shortfall_cost=1e6)},
    ).solve()
    assert solution.projects["period"].str.startswith("2025").tolist() == [True]
    assert solution.cost_breakdown["resource", "capital"] == pytest.approx(100, rel=1e-12)


def test_a_life_beyond_the_horizon_bears_what_lies_within():
    """Of 100 over 4 years at 8 %, three years are charged: less the last one, discounted by three years."""
    solution = years(
        0.08,
        3,
        facilities={"mine": mine(cost=10, capacity=0)},
        projects={"shaft": {"facility": "mine", "capacity": 4, "capital_cost": 100, "life": 4}},
        demands={"user": want(4, shortfall_cost=1e6)},
    ).solve()
    annuity = 100 * 0.08 / (1 - 1.08**-4) / 1.08
    assert solution.cost_breakdown["resource", "capital"] == pytest.approx(100 - annuity / 1.08**3)


def test_a_rate_of_nothing_changes_nothing():
    assert years(0.0).solve().cost == pytest.approx(120)

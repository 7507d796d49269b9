"""What a price is made of, in words: which route and period is shown, and what a demand wholly short says."""

from __future__ import annotations

import resilience as rs
from resilience.report.prices import build_up
from resilience.report.tables import render
from resilience.results.price_build_up import worth_where_nothing_comes
from tests.small import lane, mine, network, want

YEARS = {"start": 2025, "periods": 3, "step": "year"}


def told(solution: rs.Solution, everything: bool = False) -> str:
    frame = solution.price_build_up("user")
    text = render(build_up(solution, frame, worth_where_nothing_comes(solution, "user"), everything))
    return " ".join(text.split())


def over_three_years() -> rs.Solution:
    """8 t a year: 2025 nothing, 2026 all at 10, 2027 6 t at 10 and 2 t at 30, which is the price."""
    return network(
        horizon=YEARS,
        facilities={
            "near": mine(cost=10, capacity={2025: 0, 2026: 8, 2027: 6}),
            "far": mine(cost=30, capacity={2025: 0, 2026: 8, 2027: 8}),
        },
        demands={"user": want(8, shortfall_cost=500)},
        lanes=[lane("near", "user"), lane("far", "user")],
    ).solve()


def test_the_largest_route_when_the_price_is_highest_is_shown_and_a_year_without_deliveries_is_told():
    text = told(over_three_years())
    assert text.startswith("Route 1, 2027, 6 t: 30 USD/t")
    assert "2026" not in text
    assert (
        "Shown is the largest of 2 routes in 2027, when the price is highest; --all shows every one." in text
    )
    assert text.endswith(
        "In 2025 nothing is delivered: a t delivered would save what going short costs, 500 USD/t."
    )


def test_all_routes_of_all_years_on_demand():
    text = told(over_three_years(), everything=True)
    assert [text.count(f"Route {name}") for name in ("1, 2026", "1, 2027", "2, 2027")] == [1, 1, 1]
    assert "Shown is" not in text


def test_a_demand_that_nothing_reaches_says_what_a_tonne_would_be_worth():
    solution = network(
        facilities={"pit": mine(cost=900)},
        demands={"user": want(5, shortfall_cost=70)},
        lanes=[lane("pit", "user")],
    ).solve()
    assert told(solution) == (
        "Nothing is delivered, so no route makes up the price. "
        "A t delivered would save what going short costs, 70 USD/t."
    )


def test_a_demand_partly_short_is_none_of_them():
    solution = network(
        facilities={"pit": mine(cost=9, capacity=4)},
        demands={"user": want(5, shortfall_cost=70)},
        lanes=[lane("pit", "user")],
    ).solve()
    assert worth_where_nothing_comes(solution, "user") == {}

"""Projects that raise what several share: an entry of `limits:`, or the capacity of a hub."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from resilience.report import horizon
from resilience.report.tables import render
from tests.small import column, lane, mine, network, want


def plant(project: dict[str, Any], **sections: Any) -> rs.Network:
    """Let two lines, at 1 and at 2 a tonne, share a hall of 6 t; 10 t are wanted, short at 100."""
    return network(
        **{
            "facilities": {"one": mine(cost=1), "two": mine(cost=2, capacity=5)},
            "limits": {"hall": {"over": {"facility": ["one", "two"]}, "at_most": 6}},
            "projects": {"annex": project},
            "demands": {"user": want(10, shortfall_cost=100)},
            "lanes": [lane({"kind": "facility"}, "user")],
            **sections,
        }
    )


def test_a_project_raises_a_limit_that_facilities_share():
    """4 of the 8 t that may be added, at 80 for all of it: 40, and 10 t at 1."""
    solution = plant({"limit": "hall", "capacity": 8, "capital_cost": 80}).solve()
    assert solution.cost == pytest.approx(10 + 40)
    (row,) = solution.projects.to_dict("records")
    assert (row["project"], row["facility"], row["hub"], row["limit"]) == ("annex", "", "", "hall")
    assert (row["country"], row["period"]) == ("XAA", "2025")
    assert (row["share"], row["capacity_t_per_yr"], row["charged_usd"]) == pytest.approx((0.5, 4, 40))


def test_the_weights_of_the_limit_hold_for_what_is_added():
    """Each tonne takes 2 of the hall: 3 t before; 14 more make 7 t more, all of 14 for 28."""
    limit = {"over": {"facility": ["one", "two"], "weight": 2}, "at_most": 6}
    solution = plant({"limit": "hall", "capacity": 14, "capital_cost": 28}, limits={"hall": limit}).solve()
    assert solution.cost == pytest.approx(10 + 28)


def test_what_is_built_is_there_after_the_lead_time_and_the_ramp():
    """In quarters: 1.5 t, then half of 2 t more from the second quarter on for a year, then all of them."""
    solution = plant(
        {"limit": "hall", "capacity": 8, "capital_cost": 1, "lead_time": "3 months", "ramp": [0.5]},
        horizon={"start": 2025, "periods": 6, "step": "quarter"},
        demands={"user": want(100, shortfall_cost=100)},
    ).solve()
    made = solution.production.groupby("period")["throughput_t"].sum()
    assert made.tolist() == pytest.approx([1.5, 2.5, 2.5, 2.5, 2.5, 3.5])


def test_a_total_over_the_horizon_grows_by_the_years_in_which_it_is_there():
    """12 t in three years; 2 t a year more from 2026 on are 4 t more."""
    limit = {"over": {"facility": ["one", "two"]}, "at_most": 12, "over_horizon": True}
    solution = plant(
        {"limit": "hall", "capacity": 2, "capital_cost": 1, "lead_time": 1},
        horizon={"start": 2025, "periods": 3},
        limits={"hall": limit},
    ).solve()
    assert solution.production["throughput_t"].sum() == pytest.approx(16)
    assert solution.cost == pytest.approx(16 + 1400 + 1)


def test_a_hub_grows():
    """A port of 6 t, 8 t more for 80: 4 of them, and an outage of half of it halves what is built too."""
    sections = {
        "hubs": {"port": {"country": "XBB", "passes": "ore", "capacity": 6}},
        "limits": {},
        "lanes": [lane({"kind": "facility"}, "port"), lane("port", "user")],
        "policies": {"strike": {"type": "outage", "facility": "port", "cut": "50%"}},
        "scenarios": {"strike": {"policies": ["strike"]}},
    }
    network_ = plant({"hub": "port", "capacity": 8, "capital_cost": 80}, **sections)
    solution = network_.solve()
    assert solution.cost == pytest.approx(10 + 40)
    assert solution.projects[["hub", "country"]].to_numpy().tolist() == [["port", "XBB"]]
    struck = network_.solve("strike")  # 3 + 4 t for 80
    assert struck.cost == pytest.approx(7 + 80 + 300)


def test_the_country_is_that_of_all_behind_the_limit_or_as_written():
    """A quarter of 40 is paid by the country of the lines, or by the one that the project names."""
    fields = {"limit": "hall", "capacity": 8, "capital_cost": 80, "subsidised": "25%"}
    for own, country in (({}, "XAA"), ({"country": "XCC"}, "XCC")):
        solution = plant({**fields, **own}).solve()
        assert solution.cost == pytest.approx(10 + 30)
        assert solution.transfers.values.tolist() == [["capital_subsidy", country, pytest.approx(-10)]]


def test_a_subsidy_and_a_budget_count_it():
    """A budget of 20 of the payer builds 2 t: 8 + 200 + 20; a subsidy of half leaves 10 of it to pay."""
    network_ = plant(
        {"limit": "hall", "capacity": 8, "capital_cost": 80, "country": "XCC"},
        policies={
            "purse": {"type": "budget", "country": "XCC", "amount": 20},
            "other": {"type": "budget", "project": "annex", "amount": 20},
            "grant": {"type": "subsidy", "project": "annex", "share": "50%"},
        },
        scenarios={
            "tight": {"policies": ["purse"]},
            "named": {"policies": ["other"]},
            "paid": {"policies": ["purse", "grant"]},
        },
    )
    assert network_.solve("tight").cost == network_.solve("named").cost == pytest.approx(8 + 200 + 20)
    assert network_.solve("paid").cost == pytest.approx(8 + 200 + 10)


def test_a_charge_for_use_is_of_what_uses_the_limit():
    """A hall that costs 5 whenever it is used: the annex alone is no use of it, its 4 t are."""
    limit = {"over": {"facility": ["one", "two"]}, "at_most": 6, "fixed_cost": 5}
    project = {"limit": "hall", "capacity": 8, "capital_cost": 80}
    assert plant(project, limits={"hall": limit}).solve().cost == pytest.approx(10 + 40 + 5)
    idle = plant(
        project, limits={"hall": limit}, demands={"user": want(0)}, lanes=[lane("one", "user")]
    ).solve()
    assert idle.cost == pytest.approx(0)


def test_the_limit_is_a_bottleneck_of_its_facilities_still():
    """One more tonne of hall saves 99; it is known as a plant that facilities share."""
    frame = plant({"limit": "hall", "capacity": 2, "capital_cost": 2}).solve().bottlenecks()
    row = frame[frame["limit"] == "limits.hall.at_most"].iloc[0]
    assert (row["kind"], row["country"]) == ("facilities", "XAA")
    assert row["rent_usd_per_t"] == pytest.approx(99)


def test_the_text_says_what_it_is_added_to():
    solution = plant({"limit": "hall", "capacity": 8, "capital_cost": 80}).solve()
    text = render(horizon.built(solution))
    assert "What is built: 1 of 1 projects" in text
    assert column(solution.projects, "project", "limit") == {"annex": "hall"}
    assert "added to" in text
    assert "hall" in text


HALL = "over: {facility: [one, two]}"


@pytest.mark.parametrize(
    ("limit", "fields", "path", "words"),
    [
        (f"{HALL}, at_most: 6", "limit: hull", "limit", "unknown limit 'hull'; did you mean 'hall'?"),
        (f"{HALL}, at_least: 6", "limit: hall", "limit", "'hall' has no `at_most` that could be raised"),
        (f"{HALL}, equals: 6", "limit: hall", "limit", "'hall' has no `at_most` that could be raised"),
        (f"{HALL}, count: 1", "limit: hall", "limit", "'hall' has no `at_most` that could be raised"),
        (f"{HALL}, at_most: 6, at_least: 1", "limit: hall", "limit", "has an `at_least` too"),
        (f"{HALL}, at_most: 6", "limit: hall, facility: two", "", "not facility and limit"),
        (f"{HALL}, at_most: 6", "life: 3", "", "wants one of facility, hub, limit"),
        (f"{HALL}, at_most: 6", "hub: prt", "hub", "unknown hub 'prt'; did you mean 'port'?"),
        (f"{HALL}, at_most: 6", "hub: port", "hub", "'port' has an unlimited capacity already"),
        (f"{HALL}, at_most: 6", "limit: hall, country: XQ", "country", "unknown country 'XQ'"),
        ("over: {facility: [one, far]}, at_most: 6", "limit: hall", "limit", "needs a `country`"),
        ("over: {lane: 'one>user:ore'}, at_most: 6", "limit: hall", "limit", "needs a `country`"),
    ],
)
def test_faults_are_found_where_they_stand(limit, fields, path, words):
    text = (
        "commodities: {ore: {}}\n"
        "facilities:\n  one: {country: USA, outputs: {ore: 1}}\n  two: {country: USA, outputs: {ore: 1}}\n"
        "  far: {country: CAN, outputs: {ore: 1}}\n"
        "hubs: {port: {country: USA, passes: ore}}\n"
        "demands: {user: {country: USA, commodity: ore, quantity: 1}}\n"
        "lanes: [{from: one, to: user, commodity: ore}]\n"
        f"limits:\n  hall: {{{limit}}}\nprojects:\n  annex: {{capacity: 1, capital_cost: 1, {fields}}}\n"
    )
    with pytest.raises(rs.InputError) as caught:
        rs.Network.from_yaml(text, "x.yaml")
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == (f"projects.annex.{path}".rstrip("."), 12)
    assert words in problem.message

"""Projects: capacity that may be built, in part or whole, and when its capital is charged."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from tests.small import column, lane, mine, network, price_at, want


def plant(project: dict[str, Any], periods: int = 1, step: str = "year", **sections: Any) -> rs.Network:
    """Let a mine of 4 t a year at 1 grow; 10 t a year are wanted, short at 100."""
    return network(
        **{
            "horizon": {"start": 2025, "periods": periods, "step": step},
            "facilities": {"mine": mine(capacity=4, cost=1)},
            "projects": {"shaft": {"facility": "mine", **project}},
            "demands": {"user": want(10, shortfall_cost=100)},
            "lanes": [lane("mine", "user")],
            **sections,
        }
    )


def test_a_part_is_built_where_a_part_is_wanted():
    """6 of the 10 t that may be added, at 400 for all of it: 240, and 10 t at 1."""
    solution = plant({"capacity": 10, "capital_cost": 400}).solve()
    assert solution.cost == pytest.approx(250)
    (row,) = solution.projects.to_dict("records")
    assert (row["project"], row["facility"], row["period"]) == ("shaft", "mine", "2025")
    assert (row["share"], row["capacity_t_per_yr"], row["charged_usd"]) == pytest.approx((0.6, 6, 240))
    assert solution.production["capacity_t"].tolist() == pytest.approx([10])
    assert solution.certificate.integer_bound is None


@pytest.mark.parametrize(("capital", "cost", "built"), [(400, 10 + 400, 1), (700, 4 + 600, 0)])
def test_whole_is_all_or_nothing(capital, cost, built):
    """Without it 6 t go short: 604. At 400 it pays whole; at 700 six tenths would pay, the whole does not."""
    solution = plant({"capacity": 10, "capital_cost": capital, "whole": True}).solve()
    assert solution.cost == pytest.approx(cost)
    assert solution.projects["share"].sum() == pytest.approx(built)
    assert solution.certificate.integer_bound == pytest.approx(cost)
    part = plant({"capacity": 10, "capital_cost": capital}).solve()
    assert part.cost == pytest.approx(10 + 0.6 * capital)


@pytest.mark.parametrize("cost", [1, [{"capacity": 3, "cost": 1}, {"cost": 1}]])
def test_what_is_built_need_not_run(cost):
    """A whole project of 10 t for the 2 t that the mine lacks: it makes 6 t, not 10. Never less than 3."""
    network_ = plant(
        {"capacity": 10, "capital_cost": 40, "whole": True},
        periods=2,
        facilities={"mine": mine(capacity=4, minimum=3, cost=cost)},
        demands={"user": want({2025: 6, 2026: 1}, shortfall_cost=100)},
    )
    solution = network_.solve()
    assert solution.production["throughput_t"].tolist() == pytest.approx([6, 3])
    assert solution.cost == pytest.approx(40 + 6 + 3)


def test_a_project_is_built_once():
    """6 t a year may be added, not 6 t in each of two years: 12 t wanted from 2026 on leave 2 t short."""
    solution = plant(
        {"capacity": 6, "capital_cost": 6},
        periods=2,
        demands={"user": want({2025: 10, 2026: 12}, shortfall_cost=100)},
    ).solve()
    assert solution.cost == pytest.approx(6 + 10 + 10 + 200)
    assert solution.projects["share"].sum() == pytest.approx(1)


def test_capacity_is_there_after_the_lead_time():
    """Decided in 2025, there in 2026: 4 + 600, then 10 a year. Decided when it is needed, not before."""
    solution = plant({"capacity": 6, "capital_cost": 50, "lead_time": 1}, periods=3).solve()
    assert solution.cost == pytest.approx(604 + 10 + 10 + 50)
    assert solution.production["capacity_t"].tolist() == pytest.approx([4, 10, 10])


@pytest.mark.parametrize(("lead", "first"), [("18 months", 6), ("1 month", 1), (2, 2)])
def test_a_lead_time_with_a_unit_is_rounded_up_to_periods(lead, first):
    """In quarters, 18 months are six periods and a month is one."""
    solution = plant({"capacity": 6, "capital_cost": 1, "lead_time": lead}, periods=8, step="quarter").solve()
    capacity = solution.production["capacity_t"].tolist()
    assert capacity == pytest.approx([1] * first + [2.5] * (8 - first))


def test_a_ramp_is_of_years_of_operation():
    """Half in the first year, then all: 4 + 3 t and 300 for the 3 t short, then 10 t; 60 of capital."""
    solution = plant({"capacity": 6, "capital_cost": 60, "ramp": [0.5, 1]}, periods=3).solve()
    assert solution.production["capacity_t"].tolist() == pytest.approx([7, 10, 10])
    assert solution.cost == pytest.approx(60 + 7 + 300 + 10 + 10)


@pytest.mark.parametrize("lead", [0, 5])
def test_a_ramp_in_months_changes_once_a_year(lead):
    """Twelve months of 30 %, twelve of 70 %, then all of 12 t a year: 0.3, 0.7 and 1 t a month."""
    solution = plant(
        {"capacity": 12, "capital_cost": 1, "ramp": [0.3, 0.7], "lead_time": lead},
        periods=36,
        step="month",
        demands={"user": want(24, shortfall_cost=100)},
        facilities={"mine": mine(capacity=0, cost=1)},
    ).solve()
    expected = [0.0] * lead + ([0.3] * 12 + [0.7] * 12 + [1.0] * 12)[: 36 - lead]
    assert solution.production["capacity_t"].tolist() == pytest.approx(expected)


def test_it_is_not_decided_before_its_date():
    """From mid-2026 on, which is 2027: two years of 604."""
    solution = plant({"capacity": 6, "capital_cost": 50, "not_before": "2026-07"}, periods=3).solve()
    assert solution.cost == pytest.approx(604 + 604 + 10 + 50)
    assert solution.projects["period"].tolist() == ["2027"]


@pytest.mark.parametrize(("periods", "payments"), [(1, 1), (2, 2), (4, 2)])
def test_with_a_life_the_annuity_is_charged_inside_the_horizon(periods, payments):
    """1000 over 2 years at 10 %, due as each year begins: 1000 / (1 + 1 / 1.1) = 523.810, at most twice."""
    solution = plant(
        {"capacity": 6, "capital_cost": 1000, "life": 2, "discount_rate": 0.1},
        periods=periods,
        demands={"user": want(10, shortfall_cost=1000)},
    ).solve()
    annuity = 1000 / (1 + 1 / 1.1)
    assert annuity == pytest.approx(523.809524)
    assert solution.cost_breakdown["resource", "capital"] == pytest.approx(payments * annuity)


def test_an_annuity_begins_with_operation_and_without_interest_is_even():
    """400 over 4 years, one year of building: two of the three years in the horizon bear 100 each."""
    solution = plant({"capacity": 6, "capital_cost": 400, "life": 4, "lead_time": 1}, periods=3).solve()
    assert solution.cost == pytest.approx(604 + 10 + 10 + 200)


def test_interest_runs_while_a_project_is_built():
    """1000 over one year at 25 %, there a year after the decision: 1250 are due then."""
    solution = plant(
        {"capacity": 6, "capital_cost": 1000, "life": 1, "discount_rate": 0.25, "lead_time": 1},
        periods=2,
        demands={"user": want({2025: 0, 2026: 10}, shortfall_cost=1000)},
    ).solve()
    assert solution.cost == pytest.approx(10 + 1250)


def test_an_annuity_in_months():
    """120 over one year without interest is 10 a month: twelve times in eighteen months."""
    solution = plant({"capacity": 6, "capital_cost": 120, "life": 1}, periods=18, step="month").solve()
    assert solution.cost == pytest.approx(15 + 120)


def test_the_subsidised_share_is_a_transfer():
    """A quarter of 240 is paid by the mine's country: the plan bears 180, resources are worth 240."""
    solution = plant({"capacity": 6, "capital_cost": 240, "subsidised": "25%"}).solve()
    assert solution.cost == pytest.approx(10 + 180)
    assert solution.cost_breakdown["resource", "capital"] == pytest.approx(240)
    assert solution.cost_breakdown["transfer", "capital_subsidy"] == pytest.approx(-60)
    assert solution.transfers.values.tolist() == [["capital_subsidy", "XAA", pytest.approx(-60)]]


def test_a_subsidy_decides_what_is_built():
    """At 700 for 6 t it does not pay (604 without); with 20 % off, 560 + 10 does."""
    project = {"capacity": 6, "capital_cost": 700, "whole": True}
    assert plant(project).solve().cost == pytest.approx(604)
    assert plant({**project, "subsidised": 0.2}).solve().cost == pytest.approx(570)


def test_a_budget_limits_what_is_built_and_has_a_price():
    """120 build 3 of 6 t: 7 + 300 + 120. One more unit of money builds 1/40 t, which saves 99 less itself."""
    network_ = plant(
        {"capacity": 6, "capital_cost": 240},
        policies={"purse": {"type": "budget", "country": "XAA", "amount": 120}},
        scenarios={"tight": {"policies": ["purse"]}},
    )
    solution = network_.solve("tight")
    assert solution.cost == pytest.approx(7 + 300 + 120)
    rows = solution.program.rows.where(kind="policy", policy="purse")
    assert solution.duals[rows] == pytest.approx([-(99 / 40 - 1)])
    assert network_.solve().cost == pytest.approx(250)


def test_what_is_built_is_shared_by_the_tiers_of_a_facility():
    """Tiers of 4 t at 1 and the rest at 5, 4 t in all before: built, 4 + 6 x 5, and 60 of capital."""
    solution = plant(
        {"capacity": 6, "capital_cost": 60},
        facilities={"mine": mine(capacity=4, cost=[{"capacity": 4, "cost": 1}, {"cost": 5}])},
    ).solve()
    assert solution.cost == pytest.approx(4 + 30 + 60)
    assert column(solution.production, "facility", "throughput_t") == pytest.approx({"mine": 10})


def test_the_duals_of_a_whole_project_are_those_with_it_built():
    """Built, the mine has 14 t: one more tonne wanted costs the 1 of making it, not a share of capital."""
    solution = plant({"capacity": 10, "capital_cost": 400, "whole": True}).solve()
    assert price_at(solution, "user") == pytest.approx(1)
    assert solution.certificate.safe_bound <= solution.cost


def test_a_project_that_is_too_small_is_explained():
    """4 + 3 t for the 9 t that must be met."""
    with pytest.raises(rs.InfeasibleError) as caught:
        plant({"capacity": 3, "capital_cost": 1}, demands={"user": want(9)}).solve()
    assert {str(item) for item in caught.value.conflicts} == {
        "demands.user.quantity: exactly 9 t",
        "facilities.mine.capacity: at most 4 t",
        "projects.shaft.capacity: built once at most",
    }


@pytest.mark.parametrize(
    ("fields", "path", "words"),
    [
        ("facility: mine, capacity: 1, capital_cost: 1", "facility", "unlimited capacity already"),
        ("facility: mime, capacity: 1, capital_cost: 1", "facility", "did you mean 'mine'?"),
        ("facility: mine, capacity: 0, capital_cost: 1", "capacity", "must be above 0"),
        (
            "facility: mine, capacity: 1, capital_cost: 1, discount_rate: 5%",
            "discount_rate",
            "needs a `life`",
        ),
        ("facility: mine, capacity: 1, capital_cost: 1, ramp: [0.5, 2]", "ramp.1", "most possible, 1"),
        ("facility: mine, capacity: 1, capital_cost: 1, subsidised: 2", "subsidised", "most possible, 1"),
    ],
)
def test_faults_of_a_project_are_found_where_they_stand(fields, path, words):
    text = (
        "commodities: {ore: {}}\nfacilities: {mine: {country: USA, outputs: {ore: 1}}}\nprojects:\n"
        f"  shaft: {{{fields}}}\n"
    )
    with pytest.raises(rs.InputError) as caught:
        rs.Network.from_yaml(text, "x.yaml")
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == (f"projects.shaft.{path}", 4)
    assert words in problem.message

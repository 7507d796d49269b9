"""Prices: what one more tonne costs and one less saves, where they differ, and where there is neither."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.errors import InputError
from resilience.program import Delta
from tests.networks_random import network_of, shapes
from tests.shared import planned
from tests.small import lane, mine, network, want

approx = pytest.approx
MANY = settings(max_examples=20, deadline=None)


def two_sources(quantity: float, **changes) -> rs.Network:
    """Return a near mine that sells 5 t at 10, and a far one that sells any amount at 25."""
    sections = {
        "supplies": {
            "near": {"country": "XCC", "commodity": "ore", "price": 10, "quantity": 5},
            "far": {"country": "XDD", "commodity": "ore", "price": 25},
        },
        "demands": {"user": want(quantity)},
        "lanes": [lane("near", "user"), lane("far", "user")],
    }
    return network(**{**sections, **changes})


def sides(solution: rs.Solution, site: str, **where: str) -> tuple[float, float, str]:
    """Return one less, one more and the status of one price."""
    (row,) = solution.price_ranges(site=site, **where).to_dict("records")
    return row["one_less_usd_per_t"], row["one_more_usd_per_t"], row["status"]


# -------------------------------------------------------------------------------------------- by hand


def test_demand_that_is_just_the_near_mine_has_two_prices():
    """One more tonne costs the far mine's 25, one less saves the near mine's 10."""
    solution = two_sources(5).solve()
    assert sides(solution, "user") == (approx(10), approx(25), "differs")
    assert solution.prices.set_index("site").loc["user", "status"] == "may differ"
    assert 10 - 1e-9 <= solution.prices.set_index("site").loc["user", "price_usd_per_t"] <= 25 + 1e-9


@pytest.mark.parametrize(("quantity", "price"), [(4, 10), (6, 25)])
def test_off_the_corner_the_price_is_one(quantity, price):
    solution = two_sources(quantity).solve()
    assert sides(solution, "user") == (approx(price), approx(price), "determined")
    assert solution.prices.set_index("site").loc["user", "status"] == "determined"


def test_where_no_more_can_be_had_there_is_no_price_of_one_more():
    """The near mine alone, 5 t wanted of 5: one less saves 10, one more cannot be had."""
    alone = two_sources(5, lanes=[lane("near", "user")]).solve()
    less, more, status = sides(alone, "user")
    assert (less, status) == (approx(10), "not determined")
    assert np.isnan(more)


def test_a_balance_that_is_idle_lies_between_the_worth_and_the_cost_of_a_tonne():
    """An idle works: ore there would cost 10 + 3 to bring and is worth nothing; surplus is thrown away."""
    solution = two_sources(
        4,
        commodities=["ore", "metal"],
        facilities={"works": {"country": "XBB", "inputs": {"ore": 1}, "outputs": {"metal": 1}, "cost": 9}},
        lanes=[lane("near", "user"), lane("near", "works", cost=3)],
    ).solve()
    assert sides(solution, "works", commodity="ore") == (approx(0), approx(13), "differs")
    assert sides(solution, "works", commodity="metal") == (approx(0), approx(22), "differs")


def test_prices_are_of_their_own_period_and_not_discounted():
    """Both years at the corner: 10 and 25 in each, whatever money is worth later."""
    solution = two_sources(
        5, horizon={"start": 2025, "periods": 2, "step": "year"}, discount_rate=0.1
    ).solve()
    for period in ("2025", "2026"):
        assert sides(solution, "user", period=period) == (approx(10), approx(25), "differs")


def test_whole_levels_stay_as_they_are():
    """The near lane is opened for 20: 5 t at 10. One more comes from afar, one less saves 10, not 30."""
    solution = two_sources(5, lanes=[lane("near", "user", capacity=9, fixed_cost=20), lane("far", "user")])
    assert sides(solution.solve(), "user") == (approx(10), approx(25), "differs")


def test_each_origin_layer_has_its_own_price():
    """The clean mine's 5 t are all that the user accepts: only a tainted tonne more can be had."""
    solution = network(
        facilities={"here": mine("XAA", cost=10, capacity=5), "there": mine("XBB", cost=2)},
        demands={"user": want(5, country="XCC", origin={"exclude": ["XBB"]})},
        lanes=[lane(["here", "there"], "user")],
    ).solve()
    table = solution.price_ranges(site="user").set_index("layer")
    assert np.isnan(table.loc["clean", "one_more_usd_per_t"])
    assert table.loc["clean", "one_less_usd_per_t"] == approx(10)
    assert table.loc["XBB", "one_more_usd_per_t"] == approx(2)


def test_a_plan_from_another_solver_or_process_has_the_same_sides():
    here = two_sources(5).solve()
    elsewhere = pickle.loads(pickle.dumps(here))
    other = two_sources(5).solve(solver="pulp")
    for solution in (elsewhere, other):
        assert sides(solution, "user") == (approx(10), approx(25), "differs")


def test_only_what_is_asked_for():
    solution = two_sources(5).solve()
    assert solution.price_ranges()["site"].tolist() == solution.prices["site"].tolist()
    assert solution.price_ranges(site=["far", "near"])["site"].tolist() == ["far", "near"]
    with pytest.raises(InputError, match="no price has site 'usr'; did you mean 'user'"):
        solution.price_ranges(site="usr")


def test_progress_is_told():
    told = []
    two_sources(5).solve().price_ranges(progress=lambda done, of: told.append((done, of)))
    assert told[-1][0] == told[-1][1] == len(told) > 0


# ----------------------------------------------------------------------------------------------- laws

STEP = 1e-4


def check_by_solving_again(solution: rs.Solution, few: int) -> None:
    """Compare both sides of some prices with the cost of plans a small step away."""
    table = solution.price_ranges()
    random = np.random.default_rng(len(table))
    dearer_by = solution.formulation.discount_factors(solution.program.rows)
    base = solution.session.solve()
    cost = solution.program.cost @ base.x
    for row in random.choice(len(table), size=min(few, len(table)), replace=False).tolist():
        for step, side in ((STEP, "one_more_usd_per_t"), (-STEP, "one_less_usd_per_t")):
            moved = solution.session.solve(Delta.of(row_lower=([row], step), row_upper=([row], step)))
            wanted = table[side][row]
            assert (moved.status == "optimal") == np.isfinite(wanted), table.iloc[row]
            if np.isfinite(wanted):
                slope = (solution.program.cost @ moved.x - cost) / step / dearer_by[row]
                assert slope == approx(wanted, rel=1e-5, abs=1e-9 * max(1.0, abs(cost)) / STEP)


@MANY
@given(shapes())
def test_one_more_and_one_less_are_what_solving_again_says(shape):
    check_by_solving_again(rs.Network.from_dict(network_of(shape)).solve(), 8)


@settings(max_examples=8, deadline=None)
@given(shapes(periods=2, has_stockpile=True, has_project=True, rule="demand"))
def test_so_they_are_with_stock_projects_and_origin_layers(shape):
    check_by_solving_again(rs.Network.from_dict(network_of(shape)).solve(), 8)


@settings(max_examples=3, deadline=None)
@given(shapes(periods=3, lead=1, has_stockpile=True), st.sampled_from(["", "demand", "policy"]))
def test_so_they_are_where_later_money_is_worth_less(shape, rule):
    data = network_of(replace(shape, rule=rule)) | {"discount_rate": 0.08}
    solution = rs.Network.from_dict(data).solve("ruled" if rule == "policy" else None)
    assert len(np.unique(solution.formulation.discount_factors(solution.program.rows))) > 1
    check_by_solving_again(solution, 6)


@MANY
@given(shapes(has_stockpile=True))
def test_the_price_lies_between_its_sides_and_is_them_where_it_is_determined(shape):
    solution = rs.Network.from_dict(network_of(shape)).solve()
    prices, table = solution.prices, solution.price_ranges()
    size = 1e-6 * np.maximum(1.0, prices["price_usd_per_t"].abs())
    assert (table["one_more_usd_per_t"].fillna(np.inf) >= prices["price_usd_per_t"] - size).all()
    assert (table["one_less_usd_per_t"].fillna(-np.inf) <= prices["price_usd_per_t"] + size).all()
    sure = prices["status"] == "determined"
    assert (table["status"][sure] == "determined").all()


@MANY
@given(shapes())
def test_complementary_slackness(shape):
    """An activity in use between its bounds earns exactly what it costs, at any optimal prices."""
    solution = rs.Network.from_dict(network_of(shape)).solve()
    program, x = solution.program, solution.levels
    between = (x > program.col_lower + 1e-6) & (x < program.col_upper - 1e-6)
    size = np.abs(program.cost) + abs(program.matrix).T @ np.abs(solution.duals)
    assert (np.abs(solution.reduced_costs)[between] <= 1e-7 * np.maximum(1.0, size[between])).all()


def test_rare_earths_sides_are_what_solving_again_says():
    check_by_solving_again(planned("ban"), 25)

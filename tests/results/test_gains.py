"""What a limit is worth beyond its rent: both sides, the range of the rent, and 10 % more of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings

import resilience as rs
from tests.networks_random import network_of, shapes
from tests.results.test_bottlenecks import ban, chain, two_sources
from tests.shared import rare_earths
from tests.small import lane, mine, network, want

approx = pytest.approx
MANY = settings(max_examples=15, deadline=None)


def only(solution: rs.Solution) -> dict:
    (row,) = solution.bottlenecks().to_dict("records")
    return row


def test_ten_percent_stop_where_the_rent_does():
    """The pit's 7.6 t of 8 wanted: 0.4 t of 0.76 t more are used, 87 each."""
    row = only(chain(facilities__pit={"capacity": 7.6}).solve())
    assert row["value_usd"] == approx(7.6 * 87)
    assert row["gain_10pct_usd"] == approx(0.4 * 87)
    assert (row["from_t"], row["to_t"]) == (approx(0), approx(8))


def test_a_ban_has_no_ten_percent_and_cannot_be_tightened():
    """The first tonne from XCC saves 15, and so does every one up to its mine's 5 t."""
    row = only(two_sources().solve(rs.ExportRestriction(from_="XCC", name="ban_on_near")))
    assert np.isnan(row["gain_10pct_usd"])
    assert np.isnan(row["one_less_usd_per_t"])
    assert row["one_more_usd_per_t"] == approx(15)
    assert (row["from_t"], row["to_t"]) == (approx(0), approx(5))


@pytest.mark.parametrize("rule", [{"fixed_cost": 7}, {"minimum_when_used": 2}])
def test_a_plant_with_a_fixed_charge_gains_like_one_without(rule):
    """The pit's 5 t at 10 replace others at 30: half a tonne more saves 10, its fixed charge paid anyway."""
    pit = mine(capacity=5, cost=10, stage="mining", **rule)
    solution = network(
        stages=["mining"],
        facilities={"pit": pit, "far": mine("XBB", cost=30, stage="mining")},
        demands={"user": want(8)},
        lanes=[lane("pit", "user"), lane("far", "user")],
    ).solve()
    row = only(solution)
    assert row["gain_10pct_usd"] == approx(10)
    assert (row["one_more_usd_per_t"], row["one_less_usd_per_t"], row["to_t"]) == approx((20, 20, 8))
    (stage,) = solution.bottleneck_stages().to_dict("records")
    assert (stage["gain_10pct_usd"], stage["value_usd"]) == approx((10, 100))


def test_a_capacity_times_use_is_listed_as_the_capacity():
    """The pit's 5 t at 10 replace others at 30: 20 a tonne, whichever row or bound bears it."""
    solution = network(
        facilities={"pit": mine(capacity=5, cost=10, fixed_cost=7), "far": mine("XBB", cost=30)},
        demands={"user": want(8)},
        lanes=[lane("pit", "user"), lane("far", "user")],
    ).solve()
    program, y = solution.program, solution.outcome.y.copy()
    (use,) = program.rows.where(kind="use", what="most")
    (pit,) = program.columns.where(kind="produce", id="pit")
    assert solution.reduced_costs[pit] == approx(-20)
    y[use] = -20  # proves the same plan: the whole column is fixed
    moved = dataclasses.replace(solution, outcome=dataclasses.replace(solution.outcome, y=y))
    assert moved.reduced_costs[pit] == approx(0)
    names = ["limit", "level_t", "limit_t", "rent_usd_per_t", "gain_10pct_usd", "to_t"]
    for each in (solution, moved):
        assert list(map(only(each).get, names)) == [
            "facilities.pit.capacity",
            *map(approx, (5, 5, 20, 10, 8)),
        ]


def test_a_least_amount_when_used_is_a_floor():
    """6 t come at 30, the other 2 t from a pit at 50 that makes 3 t or nothing.

    A third tonne replaces one at 30, so one less of the least saves 20, and 0.3 t less save 6.
    """
    row = only(
        network(
            facilities={
                "pit": mine(cost=50, capacity=5, minimum_when_used=3),
                "far": mine("XBB", cost=30, capacity=6),
            },
            demands={"user": want(8, shortfall_cost=1000)},
            lanes=[lane("pit", "user"), lane("far", "user")],
        ).solve()
    )
    assert (row["limit"], row["bound"]) == ("facilities.pit.minimum_when_used", "floor")
    assert (row["rent_usd_per_t"], row["gain_10pct_usd"], row["from_t"]) == approx((20, 6, 2))


def test_a_floor_is_lowered():
    """The pit must make 9 t of which 8 are used: 0.9 t less save the one that nobody wants."""
    row = only(chain(facilities__pit={"minimum": 9}).solve())
    assert row["gain_10pct_usd"] == approx(0.9 * 10)
    assert row["from_t"] == approx(8)
    assert row["to_t"] == np.inf


def test_where_two_limits_meet_one_more_of_one_is_worth_nothing():
    """Pit and port both hold 5 t: one more of either saves nothing, one less costs 87."""
    table = chain(facilities__pit={"capacity": 5}, hubs__port={"capacity": 5}).solve().bottlenecks()
    assert table["one_more_usd_per_t"].tolist() == approx([0.0] * len(table))
    assert table["one_less_usd_per_t"].tolist() == approx([87.0] * len(table))
    assert table["gain_10pct_usd"].tolist() == approx([0.0] * len(table))
    assert table["value_usd"].sum() == approx(5 * 87)


def test_a_quantity_moves_with_the_tiers_that_it_ends():
    """A seller's first tier of 9 t ends with its quantity of 5 t: half a tonne more saves 15 each."""
    near = {"country": "XCC", "commodity": "ore", "price": [{"capacity": 9, "cost": 10}, {"cost": 20}]}
    far = {"country": "XDD", "commodity": "ore", "price": 25}
    row = only(two_sources(supplies={"near": {**near, "quantity": 5}, "far": far}).solve())
    assert row["gain_10pct_usd"] == approx(7.5)
    assert (row["from_t"], row["to_t"]) == (approx(0), approx(8))


def test_copies_by_origin_are_one_limit():
    """The works runs clean or tainted, 5 t in all: half a tonne more saves 85 each."""
    solution = network(
        commodities=["ore", "metal"],
        facilities={
            "clean": mine("XAA", cost=10),
            "dirty": mine("XBB", cost=10),
            "works": {
                "country": "XCC",
                "inputs": {"ore": 1},
                "outputs": {"metal": 1},
                "capacity": 5,
                "cost": 5,
            },
        },
        demands={
            "strict": want(3, commodity="metal", shortfall_cost=100, origin={"exclude": ["XBB"]}),
            "other": want(9, commodity="metal", shortfall_cost=100),
        },
        lanes=[lane(["clean", "dirty"], "works"), lane("works", ["strict", "other"], commodity="metal")],
    ).solve()
    row = solution.bottlenecks().set_index("limit").loc["facilities.works.capacity"]
    assert row["rent_usd_per_t"] == approx(85)
    assert row["gain_10pct_usd"] == approx(0.5 * 85)
    assert (row["from_t"], row["to_t"]) == (approx(0), approx(12))


def test_only_the_first_few_are_solved_again():
    solution = chain(
        facilities__pit={"cost": [{"capacity": 2, "cost": 10}, {"cost": 30}], "capacity": 5}
    ).solve()
    told = []
    table = solution.bottlenecks(resolve=1, progress=lambda done, of: told.append((done, of)))
    assert np.isfinite(table["gain_10pct_usd"]).tolist() == [True, False]
    assert told == [(1, 1)]
    assert solution.bottlenecks(resolve=False)["gain_10pct_usd"].isna().all()
    assert np.isfinite(solution.bottlenecks(resolve=True)["gain_10pct_usd"]).all()


# ----------------------------------------------------------------------------------------------- laws


@MANY
@given(shapes(has_minimums=True, has_stockpile=True))
def test_ten_percent_gain_at_most_what_the_rent_says_and_exactly_that_in_its_range(shape):
    solution = rs.Network.from_dict(network_of(shape)).solve()
    slack = 1e-8 * max(1.0, abs(solution.cost))
    for row in solution.bottlenecks(resolve=True).to_dict("records"):
        assert -slack <= row["gain_10pct_usd"] <= 0.1 * row["value_usd"] + slack, row
        assert row["one_more_usd_per_t"] <= row["rent_usd_per_t"] * (1 + 1e-6) + 1e-6, row
        assert not row["one_less_usd_per_t"] < row["rent_usd_per_t"] * (1 - 1e-6) - 1e-6, row
        assert row["from_t"] - 1e-6 <= row["limit_t"] <= row["to_t"] + 1e-6, row
        further = 1.1 if row["bound"] == "ceiling" else 0.9
        if row["from_t"] <= further * row["limit_t"] <= row["to_t"]:
            assert row["gain_10pct_usd"] == approx(0.1 * row["value_usd"], abs=slack), row


@settings(max_examples=8, deadline=None)
@given(shapes(periods=1))
def test_the_rent_holds_inside_its_range_and_not_outside(shape):
    """Cost falls by rent x change up to either end, and by less beyond, in the network's file."""
    data = network_of(shape)
    base = rs.Network.from_dict(data)
    solution = base.solve()
    slack = 1e-7 * max(1.0, abs(solution.cost))
    for row in solution.bottlenecks().to_dict("records"):
        if not row["limit"].startswith(("facilities.", "hubs.")) or ".cost." in row["limit"]:
            continue

        def cost_at(limit, name=row["limit"]):
            return base.solve(set={name: limit}).cost

        def line(limit, row=row):
            rise = (limit - row["limit_t"]) * (1 if row["bound"] == "floor" else -1)
            return solution.cost + row["rent_usd_per_t"] * rise

        for end, beyond in ((row["from_t"], -0.5), (row["to_t"], 0.5)):
            if np.isfinite(end) and end > 0:
                plant = data["facilities"].get(row["id"], {})
                most = plant["capacity"] if row["bound"] == "floor" else np.inf
                least = plant.get("minimum", 0) if row["bound"] == "ceiling" else 0
                end = (
                    most if end == approx(most, rel=1e-9) else end
                )  # a rounding above is an error of the file
                assert cost_at(end) == approx(line(end), abs=slack), row
                if least < end + beyond <= most:  # a floor above its ceiling is an error of the file
                    assert cost_at(end + beyond) > line(end + beyond) + slack, row


def test_rare_earths_ranges_hold_up_to_their_ends():
    row = ban().bottlenecks().set_index("limit").loc["facilities.vietnam_metal.capacity"]
    for end in (row["from_t"], min(row["to_t"], 10 * row["limit_t"])):
        there = rare_earths().solve("ban", set={"facilities.vietnam_metal.capacity": float(end)})
        wanted = ban().cost - row["rent_usd_per_t"] * (end - row["limit_t"])
        assert there.cost == approx(wanted, rel=1e-9)

"""Facilities that pass on what they take: goods that are relabelled in a third country."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from tests.small import column, lane, network, price_at, want

MAKER, OTHER, THIRD = "CHN", "USA", "MYS"


def relabelled(demand: dict[str, Any], **relabeller: Any) -> rs.Network:
    """Let a cheap maker (1) and a dear one (10) ship through a relabeller (2) in a third country."""
    return network(
        stages=["making"],
        commodities=["magnet", "box"],
        facilities={
            "cheap": {"country": MAKER, "stage": "making", "outputs": {"magnet": 1}, "cost": 1},
            "dear": {"country": OTHER, "stage": "making", "outputs": {"magnet": 1}, "cost": 10},
            "relabel": {
                "country": THIRD,
                "stage": "making",
                "inputs": {"magnet": 1},
                "outputs": {"magnet": 1},
                "cost": 2,
                **relabeller,
            },
        },
        demands={"user": want(10, OTHER, "magnet", shortfall_cost=100, **demand)},
        lanes=[lane(["cheap", "dear"], "relabel", "magnet"), lane("relabel", "user", "magnet")],
    )


def test_what_arrives_must_go_through_the_facility():
    """10 t at 1 + 2: the facility runs, at its cost. Before it a magnet is worth 1, behind it 3."""
    solution = relabelled({}).solve()
    assert solution.cost == pytest.approx(30)
    assert column(solution.production, "facility", "throughput_t")["relabel"] == pytest.approx(10)
    assert price_at(solution, "relabel.magnet.intake", "magnet") == pytest.approx(1)
    assert price_at(solution, "relabel", "magnet") == pytest.approx(3)


def test_its_capacity_holds():
    """4 of 10 t can be relabelled: 4 x 3 + 6 x 100, and one more tonne of capacity saves 97."""
    solution = relabelled({}, capacity=4).solve()
    assert solution.cost == pytest.approx(12 + 600)
    bottlenecks = column(solution.bottlenecks(), "limit", "rent_usd_per_t")
    assert bottlenecks == pytest.approx({"facilities.relabel.capacity": 97})


def test_its_yield_is_a_loss():
    """10 t behind it take 12.5 t before it: 12.5 x 3."""
    assert relabelled({}, **{"yield": 0.8}).solve().cost == pytest.approx(37.5)


def test_origins_show_who_really_made_it():
    """Everything is made in the cheap country; the relabeller's own is nothing."""
    origins = relabelled({}).solve().origins("user")
    assert origins[["stage", "country", "share"]].values.tolist() == [["making", MAKER, 1.0]]


def test_a_route_goes_through_the_facility():
    (route,) = relabelled({}).solve().routes("user").to_dict("records")
    assert route["path"] == "cheap (magnet) > relabel (magnet) > user"
    assert route["countries"] == f"{MAKER} > {THIRD} > {OTHER}"
    assert route["cost_usd_per_t"] == pytest.approx(3)


def test_passing_through_a_third_country_cleans_nothing():
    """A user who bars the maker's goods takes the dear ones, through the same relabeller: 10 x 12."""
    solution = relabelled({"origin": {"exclude": [MAKER]}}).solve()
    assert solution.cost == pytest.approx(120)
    assert solution.origins("user")["country"].tolist() == [OTHER]


def test_passing_through_a_barred_country_taints_nothing():
    """The relabeller makes nothing, so a bar on its country is no bar on what it passes on: 10 x 3."""
    solution = relabelled({"origin": {"exclude": [THIRD]}}).solve()
    assert solution.cost == pytest.approx(30)


def test_what_makes_something_new_from_the_same_thing_is_no_relabeller():
    """Separation that returns part of its acid: 1 t in and 0.6 t out is 0.4 t of acid used up.

    2 t of oxide take 2 t of ore and 0.8 t of acid at 5; the oxide is the plant's, not the acid's maker's.
    """
    solution = network(
        stages=["mining", "separation"],
        commodities=["ore", "acid", "oxide"],
        facilities={
            "mine": {"country": OTHER, "stage": "mining", "outputs": {"ore": 1}},
            "plant": {
                "country": THIRD,
                "stage": "separation",
                "inputs": {"ore": 1, "acid": 1},
                "outputs": {"oxide": 1, "acid": 0.6},
            },
        },
        supplies={"acid_market": {"country": MAKER, "commodity": "acid", "price": 5}},
        demands={"user": want(2, OTHER, "oxide")},
        lanes=[lane("mine", "plant"), lane("acid_market", "plant", "acid"), lane("plant", "user", "oxide")],
    ).solve()
    assert solution.cost == pytest.approx(2 * 0.4 * 5)
    origins = solution.origins("user")
    assert origins[origins["stage"] == "separation"]["country"].tolist() == [THIRD]


def test_a_relabeller_that_packs_takes_its_boxes_from_its_own_site():
    """0.1 box a magnet at 20, from a market beside it: 10 x (1 + 2) + 1 x 20."""
    network_ = relabelled({}, inputs={"magnet": 1, "box": 0.1})
    document = {
        **network_.document.data,
        "supplies": {"boxes": {"site": "relabel", "commodity": "box", "price": 20}},
    }
    assert rs.Network.from_dict(document).solve().cost == pytest.approx(50)

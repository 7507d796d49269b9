"""Lanes: losses, rules and explicit lanes, distances and freight, the stage of what is shipped."""

from __future__ import annotations

import math

import pytest

import resilience as rs
from resilience.formulation.distances import EARTH_RADIUS
from tests.small import column, lane, mine, network, price_at, want

DEGREE = EARTH_RADIUS * math.pi / 180
"""Km of a degree along the equator."""


def test_a_loss_is_made_good_at_the_start():
    """8 t must arrive and 20 % is lost: 10 t leave, at 3 to make and 1 to ship: 40. Price 4 / 0.8."""
    solution = network(
        facilities={"mine": mine(cost=3)},
        demands={"user": want(8)},
        lanes=[lane("mine", "user", cost=1, loss="20%")],
    ).solve()
    assert solution.cost == pytest.approx(40)
    (flow,) = solution.flows.to_dict("records")
    assert (flow["flow_t"], flow["arrived_t"], flow["cost_usd"]) == pytest.approx((10, 8, 10))
    assert price_at(solution, "user") == pytest.approx(5)


def test_capacity_and_minimum_are_of_what_leaves():
    """10 t leave at most, so 8 arrive and 2 fall short at 9: 10 x 1 + 18 = 28."""
    lossy = lane("mine", "user", cost=1, loss=0.2, capacity=10)
    solution = network(
        facilities={"mine": mine()}, demands={"user": want(10, shortfall_cost=9)}, lanes=[lossy]
    ).solve()
    assert solution.cost == pytest.approx(28)


def test_a_lane_s_minimum_goes_even_where_it_does_not_pay():
    """6 t must go along the dear lane (5), the other 4 t along the cheap one (1): 34."""
    solution = network(
        facilities={"mine": mine()},
        demands={"user": want(10)},
        hubs={"detour": {"passes": "ore"}},
        lanes=[
            lane("mine", "user", cost=1),
            lane("mine", "detour", cost=5, minimum=6),
            lane("detour", "user"),
        ],
    ).solve()
    assert solution.cost == pytest.approx(34)


def rules(*lanes: object) -> rs.Network:
    """Two mines, two users of 1 t each."""
    return network(
        facilities={"m1": mine(), "m2": mine(cost=100)},
        demands={"u1": want(1), "u2": want(1)},
        lanes=list(lanes),
    )


def test_a_rule_joins_every_maker_with_every_taker():
    """Two mines and two users: four lanes, of which the two from the cheap mine are used."""
    found = rules(lane({"kind": "facility"}, {"kind": "demand"}, cost=2))
    assert set(found.graph().edges(keys=True)) == {
        (start, end, f"{start}>{end}:ore") for start in ("m1", "m2") for end in ("u1", "u2")
    }
    assert found.solve().cost == pytest.approx(4)


def test_an_explicit_lane_replaces_the_rule_s():
    """m1 to u1 costs 50 in place of 2: 50 + 2, since m2 would cost 102."""
    found = rules(lane({"kind": "facility"}, {"kind": "demand"}, cost=2), lane("m1", "u1", cost=50))
    assert len(found.graph().edges) == 4
    assert found.solve().cost == pytest.approx(52)


def test_an_explicit_lane_replaces_the_rule_s_even_where_it_is_closed():
    """With no capacity on m1 to u1 what u1 wants comes from m2: 102 + 2."""
    found = rules(lane("m1", "u1", capacity=0), lane({"kind": "facility"}, {"kind": "demand"}, cost=2))
    assert found.solve().cost == pytest.approx(104)


def test_two_rules_for_a_pair_are_two_modes():
    """A cheap mode of 0.5 t a year at 1 and another at 3: each user takes 0.5 + 1.5 = 2 of it: 4."""
    found = rules(
        lane({"kind": "facility"}, {"kind": "demand"}, cost=3),
        lane({"id": "m1", "kind": "facility"}, {"kind": "demand"}, cost=1, capacity=0.5),
    )
    assert len(found.graph().edges) == 6
    solution = found.solve()
    assert solution.cost == pytest.approx(4)
    assert sorted(solution.flows["lane"]) == ["m1>u1:ore", "m1>u1:ore#2", "m1>u2:ore", "m1>u2:ore#2"]


def test_two_explicit_lanes_of_a_pair_are_both_kept():
    """0.4 t at 1 and 0.6 t at 3 for each user: 2.2 + 2.2."""
    found = rules(
        *[lane("m1", user, cost=3) for user in ("u1", "u2")],
        *[lane("m1", user, cost=1, capacity=0.4) for user in ("u1", "u2")],
    )
    assert found.solve().cost == pytest.approx(4.4)


def test_lanes_may_have_ids_of_their_own():
    """A mapping in place of a list: the id names the lane in tables."""
    solution = network(
        facilities={"mine": mine()},
        demands={"user": want(1)},
        lanes={"the_pass": lane("mine", "user")},
    ).solve()
    assert solution.flows["lane"].tolist() == ["the_pass"]


def test_one_entry_may_carry_several_commodities():
    """Each gets a lane of its own, with the capacity for itself: 3 t of ore and 3 t of salt."""
    solution = network(
        commodities=["ore", "salt"],
        facilities={"m1": mine(), "m2": {**mine(commodity="salt"), "site": "m1"}},
        demands={"u1": want(3), "u2": {**want(3, commodity="salt"), "site": "u1"}},
        lanes=[lane("m1", "u1", ["ore", "salt"], capacity=3, cost=1)],
    ).solve()
    assert solution.cost == pytest.approx(6)


@pytest.mark.parametrize(
    ("bad", "path", "message"),
    [
        (lane({"country": "XCC"}, "user"), "lanes.1.from", "matches nothing that makes 'ore'"),
        (lane("mine", {"kind": "hub"}), "lanes.1.to", "matches nothing that takes 'ore'"),
        (lane("mine", "yard"), "lanes.1.to", "nothing takes or passes on 'ore' there"),
        (lane("mine", "user", "salt"), "lanes.1.from", "nothing makes or brings 'salt' there"),
    ],
)
def test_lanes_that_lead_nowhere_are_errors(bad, path, message):
    with pytest.raises(rs.InputError, match=message) as caught:
        network(
            commodities=["ore", "salt"],
            sites={"yard": {"country": "XAA"}},
            facilities={"mine": mine()},
            demands={"user": want(1)},
            lanes=[lane("mine", "user"), bad],
        )
    assert path in [problem.path for problem in caught.value.problems]


def test_a_lane_within_a_site_is_an_error():
    """What shares a site shares its balances; the lane would turn in a circle."""
    with pytest.raises(rs.InputError, match="starts and ends at the same site"):
        network(
            facilities={"mine": mine()},
            demands={"user": {**want(1), "site": "mine"}},
            lanes=[lane("mine", "user")],
        )


def test_freight_by_great_circle():
    """A quarter of the equator, 90 degrees: 5 fixed + 0.01 x 10 007.6 km per t, for 2 t."""
    solution = network(
        facilities={"mine": mine(location=[0, 10])},
        demands={"user": want(2, location=[0, 100])},
        lanes=[
            lane("mine", "user", cost={"fixed": 5, "per_tonne_km": 0.01, "distance": "great_circle"}),
        ],
    ).solve()
    assert round(90 * DEGREE, 1) == 10_007.6
    assert solution.cost == pytest.approx(2 * (5 + 0.01 * 90 * DEGREE), rel=1e-12)


def test_freight_by_a_distance_in_km():
    """5 + 0.01 x 700 = 12 per t."""
    rate = {"fixed": 5, "per_tonne_km": 0.01, "distance": "700 km"}
    solution = network(
        facilities={"mine": mine()}, demands={"user": want(2)}, lanes=[lane("mine", "user", cost=rate)]
    ).solve()
    assert solution.cost == pytest.approx(24)


def by_sea(**rate: object) -> rs.Network:
    """Return a mine 1 degree from its port, a user 2 degrees from another, 5 000 km of sea between.

    A neighbour of the mine has the same port.
    """
    return network(
        ports={"out": {"location": [0, 11]}, "in": {"location": [0, 98]}},
        sea_distances=[{"from": "in", "to": "out", "distance": 5000}],
        facilities={"mine": mine(location=[0, 10], port="out")},
        demands={
            "user": want(1, location=[0, 100], port="in"),
            "neighbour": want(1, location=[0, 13], port="out", shortfall_cost=0),
        },
        lanes=[lane("mine", {"kind": "demand"}, cost={"per_tonne_km": 0.01, "distance": "sea", **rate})],
    )


def test_freight_by_sea_has_legs_inland_at_both_ends():
    """5 000 km by sea, and 1 + 2 degrees inland at the same rate."""
    assert by_sea().solve().cost == pytest.approx(0.01 * (5000 + 3 * DEGREE))


def test_legs_inland_may_have_a_rate_of_their_own():
    """5 000 km at 0.01 and 3 degrees at 0.04."""
    solution = by_sea(per_tonne_km_inland=0.04).solve()
    assert solution.cost == pytest.approx(0.01 * 5000 + 0.04 * 3 * DEGREE)
    assert solution.program.columns.texts("km", solution.program.columns.where(kind="ship"))[
        1
    ] == pytest.approx(5000 + 3 * DEGREE)


def test_places_with_the_same_port_go_over_land():
    """Mine and neighbour, 3 degrees apart: the great circle at the rate inland, no sea."""
    found = by_sea(per_tonne_km_inland=0.04)
    cost = {key: edge["cost"] for _, _, key, edge in found.graph().edges(keys=True, data=True)}
    assert cost["mine>neighbour:ore"] == pytest.approx(0.04 * 3 * DEGREE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sea_distances": []}, "has no distance for in - out"),
        ({"facilities": {"mine": mine(location=[0, 10])}}, "needs a `port` at mine"),
    ],
)
def test_a_missing_distance_is_an_error_that_names_the_ports(changes, message):
    sections = {
        "commodities": {"ore": {}},
        "ports": {"out": {"location": [0, 11]}, "in": {"location": [0, 98]}},
        "sea_distances": [{"from": "in", "to": "out", "distance": 5000}],
        "facilities": {"mine": mine(location=[0, 10], port="out")},
        "demands": {"user": want(1, location=[0, 100], port="in")},
        "lanes": [lane("mine", "user", cost={"per_tonne_km": 1, "distance": "sea"})],
    }
    rs.Network.from_dict(sections)
    with pytest.raises(rs.InputError, match=message) as caught:
        rs.Network.from_dict({**sections, **changes})
    assert caught.value.problems[0].path == "lanes.0.cost.distance"


def test_a_great_circle_without_a_location_is_an_error():
    with pytest.raises(rs.InputError, match="needs a location at user"):
        network(
            facilities={"mine": mine(location=[0, 0])},
            demands={"user": want(1)},
            lanes=[lane("mine", "user", cost={"per_tonne_km": 1, "distance": "great_circle"})],
        )


def test_the_stage_of_a_shipment_is_that_of_the_facility_at_its_start():
    """Ore of the mine is of stage `mining`; so it is from the hub, which makes nothing.

    Metal made at `refining` and again at `recycling` is of the stage of the facility that it leaves,
    and of the last of them, `recycling`, from a hub.
    """
    found = network(
        commodities=["ore", "metal", "salt"],
        stages=["mining", "refining", "recycling"],
        facilities={
            "mine": mine(stage="mining"),
            "refinery": {
                "country": "XAA",
                "stage": "refining",
                "inputs": {"ore": 1},
                "outputs": {"metal": 1},
            },
            "recycler": {**mine(commodity="metal"), "stage": "recycling"},
        },
        supplies={"trader": {"country": "XAA", "commodity": "salt", "price": 1}},
        hubs={"port": {"passes": ["ore", "metal"]}},
        demands={
            "user": want(1, commodity="metal"),
            "eater": want(1, commodity="salt"),
        },
        lanes=[
            lane("mine", "port"),
            lane("port", "refinery"),
            lane(["refinery", "recycler"], ["port", "user"], "metal"),
            lane("port", "user", "metal"),
            lane("trader", "eater", "salt"),
        ],
    )
    ship = found.program().columns
    stage = dict(
        zip(ship.texts("id", ship.where("ship")), ship.texts("stage", ship.where("ship")), strict=True)
    )
    assert stage == {
        "mine>port:ore": "mining",
        "port>refinery:ore": "mining",
        "refinery>port:metal": "refining",
        "refinery>user:metal": "refining",
        "recycler>port:metal": "recycling",
        "recycler>user:metal": "recycling",
        "port>user:metal": "recycling",
        "trader>eater:salt": "",
    }


def test_a_rule_passes_through_hubs_by_what_they_pass():
    """The port passes ore and not salt, so only ore gets lanes to and from it."""
    found = network(
        commodities=["ore", "salt"],
        facilities={"m1": mine(), "m2": mine(commodity="salt")},
        hubs={"port": {"passes": "ore"}},
        demands={"u1": want(1), "u2": want(1, commodity="salt", shortfall_cost=1)},
        lanes=[
            lane({"kind": "facility"}, {"kind": "hub"}),
            lane({"kind": "hub"}, {"kind": "demand"}),
        ],
    )
    assert set(column(found.solve().flows, "lane", "flow_t")) == {"m1>port:ore", "port>u1:ore"}

"""Outages, by hand: facilities, hubs, supplies, lanes and countries that stop, wholly or in part."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.small import lane, mine, network, want


def two_mines(outage: dict[str, object], **sections: object) -> rs.Network:
    """Let a user want 8 t: one mine delivers 10 t at 1, the other what is missing at 5."""
    return network(
        **{
            "facilities": {"cheap": mine("XAA", cost=1, capacity=10), "dear": mine("XBB", cost=5)},
            "demands": {"user": want(8, "XBB")},
            "lanes": [lane({"kind": "facility"}, {"kind": "demand"})],
            "policies": {"stop": {"type": "outage", **outage}},
            "scenarios": {"stopped": {"policies": ["stop"]}},
            **sections,
        }
    )


@pytest.mark.parametrize(
    ("outage", "cost"),
    [
        ({"facility": "cheap"}, 40),
        ({"facility": "cheap", "cut": "60%"}, 4 + 4 * 5),
        ({"facility": "cheap", "cut": 0}, 8),
        ({"facility": {"country": "XAA"}}, 40),
        ({"country": "XAA"}, 40),
        ({"lane": "cheap>user:ore"}, 40),
        ({"lane": {"from": {"country": "XAA"}}}, 40),
        ({"lane": {"from": "cheap", "to": "user", "commodity": "ore"}}, 40),
    ],
)
def test_what_stops_is_made_good_elsewhere(outage, cost):
    """All 8 t at 5; or 4 t of 10 are left and the other 4 come at 5; a cut of nothing changes nothing."""
    found = two_mines(outage)
    assert found.solve().cost == pytest.approx(8)
    assert found.solve("stopped").cost == pytest.approx(cost)


def test_the_price_of_an_outage_is_told_by_the_closed_column():
    """One tonne through the mine that is out would save 4."""
    solution = two_mines({"facility": "cheap"}).solve("stopped")
    (column,) = solution.program.columns.where(kind="produce", id="cheap")
    assert solution.reduced_costs[column] == pytest.approx(-4)


def test_outages_of_the_same_facility_multiply():
    """Half of what half an outage leaves: 2.5 t at 1, 5.5 t at 5."""
    half = {"type": "outage", "facility": "cheap", "cut": "50%"}
    found = two_mines({}, policies={"a": half, "b": half}, scenarios={"both": {"policies": ["a", "b"]}})
    assert found.solve("both").cost == pytest.approx(2.5 + 5.5 * 5)


def test_a_minimum_stops_with_its_facility():
    """6 t must be made at 9; with two thirds out only 2 t must: 2 x 9 + 6 x 5, and then nothing: 40."""
    facilities = {"cheap": mine("XAA", cost=9, capacity=10, minimum=6), "dear": mine("XBB", cost=5)}
    for cut, cost in ((0, 6 * 9 + 2 * 5), (2 / 3, 2 * 9 + 6 * 5), (1, 40)):
        found = two_mines({"facility": "cheap", "cut": cut}, facilities=facilities)
        assert found.solve("stopped").cost == pytest.approx(cost)


def test_a_lane_s_minimum_stops_with_the_lane():
    found = two_mines(
        {"lane": {"from": "dear"}}, lanes=[lane("cheap", "user"), lane("dear", "user", minimum=3)]
    )
    assert found.solve().cost == pytest.approx(5 + 15)
    assert found.solve("stopped").cost == pytest.approx(8)


@pytest.mark.parametrize(
    "tiers",
    [
        [{"capacity": 4, "cost": 1}, {"capacity": 10, "cost": 2}],
        [{"capacity": 4, "cost": 1}, {"cost": 2}],
    ],
)
def test_half_of_a_facility_with_tiers_is_half_of_its_capacity(tiers):
    """10 t in all, 4 of them at 1 and the rest at 2: 4 + 8. Half out: 2 t at 1, 3 at 2, 3 at 5."""
    found = two_mines(
        {"facility": "cheap", "cut": "50%"},
        facilities={"cheap": mine("XAA", capacity=10, cost=tiers), "dear": mine("XBB", cost=5)},
    )
    assert found.solve().cost == pytest.approx(12)
    assert found.solve("stopped").cost == pytest.approx(2 + 6 + 15)


def test_a_country_s_stages():
    """XAA's smelter stops and its mine does not: metal comes from XBB's smelter at 5, from XAA's ore at 1."""
    found = network(
        commodities=["ore", "metal"],
        stages=["mining", "smelting"],
        processes={"smelt": {"inputs": {"ore": 1}, "outputs": {"metal": 1}}},
        facilities={
            "mine_a": mine("XAA", cost=1, stage="mining"),
            "smelter_a": {"country": "XAA", "stage": "smelting", "process": "smelt", "cost": 2},
            "smelter_b": {"country": "XBB", "stage": "smelting", "process": "smelt", "cost": 5},
        },
        demands={"user": want(8, "XBB", commodity="metal", shortfall_cost=100)},
        lanes=[
            lane({"stage": "mining"}, {"stage": "smelting"}),
            lane({"stage": "smelting"}, {"kind": "demand"}, "metal"),
        ],
    )
    stop = {"country": "XAA", "stages": "smelting"}
    assert found.solve().cost == pytest.approx(8 * 3)
    assert found.solve(rs.Outage(**stop)).cost == pytest.approx(8 * 6)
    assert found.solve(rs.Outage(country="XAA")).cost == pytest.approx(800)


def everything(outage: dict[str, object]) -> rs.Network:
    """Let XAA have a trader (20 t at 1), a port that all ore may use (free of charge) and an outlet in tiers.

    8 t are wanted in XBB over the port, short at 50; the outlet pays 20 for 2 t, 10 for 2 more, up to 3 t in
    all. Another trader, in XBB, sells at 2.
    """
    prices = [{"capacity": 2, "cost": 20}, {"capacity": 2, "cost": 10}]
    return network(
        supplies={
            "trader": {"country": "XAA", "commodity": "ore", "price": 1, "quantity": 20},
            "other": {"country": "XBB", "commodity": "ore", "price": 2},
        },
        hubs={"port": {"passes": "ore", "country": "XAA"}},
        demands={
            "user": want(8, "XBB", shortfall_cost=50),
            "outlet": {"country": "XAA", "commodity": "ore", "quantity": 3, "price": prices},
        },
        lanes=[lane({"kind": "supply"}, ["port", "outlet"]), lane("port", "user")],
        policies={"stop": {"type": "outage", **outage}},
        scenarios={"stopped": {"policies": ["stop"]}},
    )


def test_a_supply_stops():
    """11 t at 1 less 50 of revenue: -39. With half of 20 t left it is 10 t at 1 and one at 2."""
    found = everything({"facility": "trader", "cut": "50%"})
    assert found.solve().cost == pytest.approx(11 - 50)
    assert found.solve("stopped").cost == pytest.approx(12 - 50)


def test_a_hub_without_capacity_can_be_closed():
    """All 8 t fall short; the outlet is still served: 400 + 3 - 50."""
    assert everything({"facility": "port"}).solve("stopped").cost == pytest.approx(353)


def test_half_of_a_hub_without_capacity_is_an_error():
    found = everything({"facility": "port", "cut": "50%"})
    with pytest.raises(rs.InputError, match="half of an unlimited capacity is unlimited") as caught:
        found.solve("stopped")
    assert caught.value.problems[0].path == "policies.stop.cut"


def test_a_hub_with_capacity_stops_in_part():
    """Of 10 t a quarter are left: 2.5 of 8 t pass."""
    found = network(
        facilities={"mine": mine()},
        hubs={"port": {"passes": "ore", "capacity": 10}},
        demands={"user": want(8, shortfall_cost=1)},
        lanes=[lane("mine", "port"), lane("port", "user")],
    )
    assert found.solve(rs.Outage(facility="port", cut="75%")).cost == pytest.approx(5.5)


@pytest.mark.parametrize("outage", [{"country": "XAA"}, {"facility": {"country": "XAA"}}])
def test_a_country_s_outlets_go_on_buying(outage):
    """XAA's trader and port stop: 8 t short. Its outlet takes 3 t at 2 of the other trader for 50."""
    assert everything(outage).solve("stopped").cost == pytest.approx(400 + 6 - 50)


def test_an_outage_ends():
    """Four quarters of a year, 2 t each at 1; the mine is out in the second and third: 2 x 2 + 2 x 10."""
    found = two_mines(
        {"facility": "cheap", "since": "2025-04", "until": "2025-10"},
        horizon={"start": 2025, "periods": 4, "step": "quarter"},
    )
    assert found.solve("stopped").cost == pytest.approx(24)


def test_a_period_counts_by_its_first_day():
    """An outage from the second day of January 2025 on does not touch the year 2025."""
    found = two_mines({"facility": "cheap", "since": "2025-01-02"}, horizon={"start": 2025, "periods": 2})
    assert found.solve("stopped").cost == pytest.approx(8 + 40)


@pytest.mark.parametrize(("cut", "cost"), [("50%", 5 + 15 + 1), ("100%", 40)])
def test_half_of_what_is_built_stops_too(cut, cost):
    """A mine of 10 t costs 1 to build; at first 0.8 of it serve all: 8 + 0.8.

    With half of it out a tonne costs 0.2 + 1 and saves 4, so it is built whole, for 5 t; 3 t come at 5.
    Wholly out, nothing is built.
    """
    found = two_mines(
        {"facility": "cheap", "cut": cut},
        facilities={"cheap": mine("XAA", cost=1, capacity=0), "dear": mine("XBB", cost=5)},
        projects={"build": {"facility": "cheap", "capacity": 10, "capital_cost": 1}},
    )
    before = found.solve().cost
    assert found.solve("stopped").cost == pytest.approx(cost)
    assert found.solve().cost == before == pytest.approx(8.8)


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_half_of_what_is_unlimited_is_an_error_whatever_else_is_closed(names):
    """The lane has no capacity, so half of it means nothing, also where a ban closes it anyway."""
    ban, half = names
    policies = {
        ban: {"type": "export_restriction", "from": "XAA"},
        half: {"type": "outage", "lane": "cheap>user:ore", "cut": 0.5},
    }
    found = two_mines({}, policies=policies, scenarios={"stopped": {"policies": list(policies)}})
    with pytest.raises(rs.InputError, match="half of an unlimited capacity is unlimited"):
        found.solve("stopped")


@pytest.mark.parametrize("rules", [{}, {"rule": {"type": "origin_rule", "exclude": "XAA", "demand": "user"}}])
def test_half_of_a_lane_is_half_for_all_origins_together(rules):
    """3 t of each of two countries come to the port; of the 8 t of the lane 4 are left: 4 t short at 9.

    So too where a rule, not in force, has the lane split into copies by origin.
    """
    found = two_mines(
        {"lane": {"from": "port"}, "cut": "50%"},
        facilities={"a": mine("XAA", capacity=3), "b": mine("XBB", capacity=3)},
        hubs={"port": {"passes": "ore"}},
        demands={"user": want(8, "XBB", shortfall_cost=9)},
        lanes=[lane({"kind": "facility"}, "port"), lane("port", "user", capacity=8)],
        policies={"stop": {"type": "outage", "lane": {"from": "port"}, "cut": "50%"}, **rules},
    )
    assert found.solve("stopped").cost == pytest.approx(36)


YAML = """\
commodities: {ore: {}}
stages: [mining]
facilities:
  cheap: {country: XAA, stage: mining, outputs: {ore: 1}}
demands:
  user: {country: XBB, commodity: ore, quantity: 8, shortfall_cost: 1}
lanes:
  - {from: cheap, to: user, commodity: ore}
policies:
  stop: {type: outage, %s}
scenarios:
  stopped: {policies: [stop]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("cut: 50%", "", "needs a `facility`, a `lane` or a `country`"),
        ("facility: cheap, stages: mining", "", "`stages` narrows a `country`"),
        ("facility: cheap, cut: 50%", "cut", "half of an unlimited capacity is unlimited"),
        ("facility: chaep", "facility", "unknown place 'chaep'; did you mean 'cheap'"),
        ("facility: {country: XBB, kind: facility}", "", "matches no facility, lane or supply"),
        ("facility: user", "facility", "'user' is a demand; wanted a facility, hub or supply"),
        ("country: XCC", "", "matches no facility, lane or supply"),
        ("lane: {from: user}", "", "matches no facility, lane or supply"),
        ("lane: cheap>user:oar", "lane", "unknown lane 'cheap>user:oar'; did you mean 'cheap>user:ore'"),
        ("facility: cheap, cut: 2", "cut", "above the most possible"),
        ("facility: cheap, until: 2025", "until", "never in force"),
    ],
)
def test_a_wrong_outage_is_an_error_with_its_line(fields, path, message):
    with pytest.raises(rs.InputError, match=message) as caught:
        rs.Network.from_yaml(YAML % fields, "x.yaml").solve("stopped")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("x.yaml", 10)
    assert problem.path == ".".join(filter(None, ("policies.stop", path)))

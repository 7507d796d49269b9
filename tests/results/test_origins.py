"""Origins: what is really inside a delivery, by hand and as laws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

import resilience as rs
from tests.formulation.test_layers import CN, MY, US, plant, swarf
from tests.networks_random import Shape, network_of, shapes
from tests.small import lane, mine, network, want


def shares(solution: rs.Solution, demand: str, stage: str, period: str | None = None) -> dict[str, float]:
    """Return share by country of one delivery at one stage."""
    table = solution.origins(demand)
    table = table[(table["stage"] == stage) & ((table["period"] == period) | (period is None))]
    return dict(zip(table["country"], table["share"], strict=True))


def test_material_mixes_in_proportion_where_it_meets():
    """6 t from China and 2 t from the United States meet in Malaysia: 75 % and 25 % for both users."""
    solution = network(
        stages=["mining", "separation"],
        commodities=["ore", "oxide"],
        facilities={
            "cn": plant(CN, "mining", {}, {"ore": 1}, capacity=6),
            "us": plant(US, "mining", {}, {"ore": 1}, capacity=2),
            "sep": plant(MY, "separation", {"ore": 1}, {"oxide": 1}),
        },
        demands={"a": want(3, US, "oxide"), "b": want(5, US, "oxide")},
        lanes=[lane(["cn", "us"], "sep"), lane("sep", ["a", "b"], "oxide")],
    ).solve()
    for demand in ("a", "b"):
        assert shares(solution, demand, "mining") == pytest.approx({CN: 0.75, US: 0.25})
        assert shares(solution, demand, "separation") == pytest.approx({MY: 1})
    assert solution.origins("a").query("stage == 'mining'")["delivered_t"].tolist() == pytest.approx(
        [2.25, 0.75]
    )


def test_inputs_count_by_their_tonnes():
    """A magnet of 3 t of Chinese oxide and 1 t of American dysprosium; the maker writes its own stage."""
    solution = network(
        stages=["separation", "making"],
        commodities=["oxide", "dy", "magnet"],
        facilities={
            "oxide": plant(CN, "separation", {}, {"oxide": 1}),
            "dysprosium": plant(US, "separation", {}, {"dy": 1}),
            "maker": plant(MY, "making", {"oxide": 3, "dy": 1}, {"magnet": 2}),
        },
        demands={"user": want(5, US, "magnet")},
        lanes=[
            lane("oxide", "maker", "oxide"),
            lane("dysprosium", "maker", "dy"),
            lane("maker", "user", "magnet"),
        ],
    ).solve()
    assert shares(solution, "user", "separation") == pytest.approx({CN: 0.75, US: 0.25})
    assert shares(solution, "user", "making") == pytest.approx({MY: 1})


def layered(origin: dict[str, Any] | None) -> rs.Solution:
    """Let one American maker serve a strict and an open user from Chinese and American ore."""
    strict = {"origin": origin} if origin else {}
    return network(
        stages=["mining", "making"],
        commodities=["ore", "magnet"],
        facilities={
            "cn": plant(CN, "mining", {}, {"ore": 1}, cost=1, capacity=5),
            "us": plant(US, "mining", {}, {"ore": 1}, cost=9),
            "maker": plant(US, "making", {"ore": 1}, {"magnet": 1}),
        },
        demands={"strict": want(5, US, "magnet", **strict), "open": want(5, US, "magnet")},
        lanes=[lane(["cn", "us"], "maker"), lane("maker", {"kind": "demand"}, "magnet")],
    ).solve()


def test_where_layers_separate_material_so_do_origins():
    """Without a rule both users get half and half of one pool; with one the strict user's is American."""
    plain, ruled = layered(None), layered({"exclude": [CN]})
    assert shares(plain, "strict", "mining") == pytest.approx({CN: 0.5, US: 0.5})
    assert shares(ruled, "strict", "mining") == pytest.approx({US: 1})
    assert shares(ruled, "open", "mining") == pytest.approx({CN: 1})
    assert plain.cost == pytest.approx(ruled.cost)


def test_de_minimis_shows_as_what_it_is():
    """Of the strict user's 5 t, a fifth may be Chinese."""
    solution = network(
        stages=["mining"],
        facilities={
            "cn": plant(CN, "mining", {}, {"ore": 1}, cost=1),
            "us": plant(US, "mining", {}, {"ore": 1}, cost=9),
        },
        demands={"user": want(5, US, origin={"exclude": [CN], "de_minimis": 0.2})},
        lanes=[lane(["cn", "us"], "user")],
    ).solve()
    assert shares(solution, "user", "mining") == pytest.approx({CN: 0.2, US: 0.8})


def test_a_loop_of_recycling_is_followed_to_its_end():
    """Half of all oxide is recycled in Malaysia: at separation, half is written by it, half by China."""
    assert shares(swarf(None), "user", "separation") == pytest.approx({CN: 0.5, MY: 0.5})
    assert shares(swarf({"exclude": [CN]}), "user", "separation") == pytest.approx({US: 0.5, MY: 0.5})


def test_a_loop_below_the_stage_that_is_asked_for():
    """Ore of two countries goes round as swarf: at mining the loop changes no share."""
    solution = network(
        stages=["mining", "making"],
        commodities=["ore", "swarf", "magnet"],
        facilities={
            "cn": plant(CN, "mining", {}, {"ore": 1}, capacity=3),
            "us": plant(US, "mining", {}, {"ore": 1}, cost=5),
            "maker": plant(US, "making", {"ore": 2}, {"magnet": 1, "swarf": 1}),
            "remaker": plant(MY, "making", {"swarf": 2}, {"magnet": 1, "swarf": 1}),
        },
        demands={"user": want(10, US, "magnet")},
        lanes=[
            lane(["cn", "us"], "maker"),
            lane("maker", "remaker", "swarf"),
            lane(["maker", "remaker"], "user", "magnet"),
        ],
    ).solve()
    made = solution.production.set_index("facility")["throughput_t"]
    assert shares(solution, "user", "mining") == pytest.approx(
        {CN: 3 / (3 + made["us"]), US: made["us"] / (3 + made["us"])}
    )


def test_stock_mixes_over_time():
    """3 t of 2025 are kept beside 1 t of stock from the start: in 2026 a quarter was there before."""
    solution = network(
        stages=["mining"],
        horizon={"start": 2025, "periods": 2},
        sites={"works": {"country": US}},
        facilities={"mine": {"site": "works", "stage": "mining", "outputs": {"ore": 1},
                             "capacity": {2025: 3, 2026: 0}}},
        stockpiles={"vault": {"site": "works", "commodity": "ore", "initial": 1}},
        demands={"user": {"site": "works", "commodity": "ore", "quantity": {2025: 0, 2026: 4}}},
    ).solve()  # fmt: skip
    assert shares(solution, "user", "mining", "2026") == pytest.approx({US: 0.75, "": 0.25})
    assert shares(solution, "user", "supplied", "2026") == pytest.approx({US: 0.25, "": 0.75})


def test_what_goes_round_in_circles_alone_is_of_no_origin():
    """Stock that a plan takes out and puts in again, and that nobody brought, cannot be traced."""
    solution = rs.Network.from_dict(
        network_of(Shape(2, 1, 1, 1, 1, 2, has_co_product=False, has_stockpile=True, rule="demand"))
    ).solve()
    levels = solution.levels.copy()
    circle = solution.program.columns.where(kind=("fill", "release"), layer="clean", period=0)
    levels[circle] += 7.0
    idle = replace(solution, outcome=replace(solution.outcome, x=levels))
    for table in (solution.origins(), idle.origins()):
        sums = table.groupby(["demand", "period", "stage"])["share"].sum()
        assert sums.to_numpy() == pytest.approx(1)


def test_an_unknown_demand_is_named():
    with pytest.raises(rs.InputError, match="did you mean 'user'"):
        swarf(None).origins("usr")


def test_a_network_that_delivers_nothing_has_no_origins():
    table = network(demands={"user": want(5, US, shortfall_cost=1)}).solve().origins()
    assert table.empty
    assert list(table) == ["demand", "period", "stage", "country", "share", "delivered_t"]


@settings(max_examples=8, deadline=None)
@given(shapes(has_stockpile=True, has_project=True, rule="demand"))
def test_shares_add_up_to_1_and_tonnes_to_what_was_delivered(shape: Shape):
    """At every stage, of every delivery; also without the rule."""
    for one in (shape, replace(shape, rule="")):
        solution = rs.Network.from_dict(network_of(one)).solve()
        table = solution.origins()
        keys = ["demand", "period", "stage"]
        sums = table.groupby(keys)[["share", "delivered_t"]].sum().reset_index()
        assert sums["share"].to_numpy() == pytest.approx(1)
        given_ = solution.shortfall.set_index(["demand", "period"])["delivered_t"]
        sold = solution.sales.set_index(["outlet", "period"])["sold_t"]
        for row in sums.itertuples():
            at = (row.demand, row.period)
            received = given_[at] if at in given_.index else sold[at]
            assert row.delivered_t == pytest.approx(received, abs=1e-6)


@settings(max_examples=4, deadline=None)
@given(shapes(periods=2, recycles=True, lead=1, has_co_product=True, has_stockpile=True, rule="policy"))
def test_what_a_policy_bars_is_not_inside_just_while_it_is_in_force(shape: Shape):
    """And the shares of every delivery, period and stage add up to 1, in the scenario as without it."""
    data = network_of(shape)
    rule, network_ = data["policies"]["rule"], rs.Network.from_dict(data)
    for scenario in (None, "ruled"):
        table = network_.solve(scenario).origins()
        sums = table.groupby(["demand", "period", "stage"])["share"].sum()
        assert sums.to_numpy() == pytest.approx(1)
    stages = rule.get("stages", data["stages"])
    barred = (table["demand"] == "demand_0") & table["country"].isin(rule["exclude"])
    assert (table.loc[barred & table["stage"].isin(stages), "share"] < 1e-9).all()


@settings(max_examples=8, deadline=None)
@given(shapes(recycles=True, has_stockpile=True, rule="demand"))
def test_what_a_rule_bars_is_not_inside(shape: Shape):
    """The ruled demand's shares of the barred country are nothing, at the stages that the rule names."""
    data = network_of(shape)
    rule = data["demands"]["demand_0"]["origin"]
    table = rs.Network.from_dict(data).solve().origins("demand_0")
    barred = table[table["country"].isin(rule["exclude"])]
    if "stages" in rule:
        barred = barred[barred["stage"].isin(rule["stages"])]
    assert barred["share"].max() < 1e-6 if len(barred) else True


@pytest.mark.parametrize(
    ("stages", "de_minimis", "cost"),
    [
        (["mining"], 0, 170),
        (["metal"], 0, 100),
        (["mining", "metal"], 0, 190),
        (["mining", "metal"], 0.2, 168),
    ],
)
def test_a_trader_changes_papers_but_not_what_is_inside(stages, de_minimis, cost):
    """Chinese metal of Chinese ore costs 1 + 1 + 2 with a trader; ore of AUS 10, metal of USA 5.

    10 t each for two buyers, one with a rule: 40 and, of a tonne, 10 + 1 + 2 without Chinese ore, 1 + 5
    without Chinese metal, 10 + 5 without both, 0.2 * 4 + 0.8 * 15 with a fifth of anything.
    """
    metal = {"stage": "metal", "inputs": {"ore": 1}, "outputs": {"metal": 1}}
    net = network(
        commodities=["ore", "metal"],
        stages=["mining", "metal"],
        facilities={
            "cn_mine": mine("CHN", stage="mining", cost=1, capacity=100),
            "au_mine": mine("AUS", stage="mining", cost=10, capacity=100),
            "cn_metal": {"country": "CHN", "cost": 1, "capacity": 100, **metal},
            "us_metal": {"country": "USA", "cost": 5, "capacity": 100, **metal},
        },
        hubs={"trader": {"country": "SGP", "cost": 2, "passes": ["metal"]}},
        demands={name: want(10, "USA", "metal", shortfall_cost=1000) for name in ("ruled", "free")},
        lanes=[
            lane(["cn_mine", "au_mine"], ["cn_metal", "us_metal"]),
            lane("cn_metal", "trader", "metal"),
            lane(["trader", "us_metal"], ["ruled", "free"], "metal"),
        ],
    )
    rule = {"exclude": ["CHN"], "demand": ["ruled"], "stages": stages, "de_minimis": de_minimis}
    solution = net.solve(rs.OriginRule(**rule, name="rule"))
    assert solution.cost == pytest.approx(cost)
    origins = solution.origins("free")
    assert set(zip(origins["stage"], origins["country"], strict=True)) == {
        ("mining", "CHN"),
        ("metal", "CHN"),
    }

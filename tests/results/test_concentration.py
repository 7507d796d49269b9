"""Concentration: shares by country of capacity, production and what reaches a bloc."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.results.shares import measures
from tests.networks_random import COUNTRIES, network_of, shapes
from tests.shared import planned
from tests.small import lane, mine, network, want

approx = pytest.approx
MANY = settings(max_examples=12, deadline=None)


def row(table: pd.DataFrame, measure: str, commodity: str, **others) -> dict:
    rows = table[(table["measure"] == measure) & (table["commodity"] == commodity)]
    for name, value in others.items():
        rows = rows[rows[name] == value]
    (found,) = rows.to_dict("records")
    return found


# -------------------------------------------------------------------------------------------- by hand


def test_shares_of_60_30_10_by_hand():
    """36 + 9 + 1 = 46 % of 10 000."""
    found = measures(pd.Series({"CHN": 60.0, "AUS": 30.0, "USA": 10.0, "JPN": 0.0}))
    assert found == {
        "total": 100,
        "hhi": approx(4600),
        "largest_country": "CHN",
        "largest_share": approx(0.6),
        "three_country_share": approx(1),
        "countries": 3,
    }


def test_three_largest_of_five():
    found = measures(pd.Series({"A": 10.0, "B": 40.0, "C": 15.0, "D": 15.0, "E": 20.0}))
    assert found["three_country_share"] == approx(0.75)
    assert found["largest_country"] == "B"


def test_of_two_equal_countries_the_first_by_name_is_called_the_largest():
    assert measures(pd.Series({"USA": 5.0, "AUS": 5.0}))["largest_country"] == "AUS"


def test_a_plant_counts_once_however_many_origin_layers_run_through_it():
    """Ore of CHN (10) and AUS (6), one smelter of 8; a demand that refuses Chinese ore makes two layers."""
    sections = {
        "facilities": {
            "a": mine("CHN", capacity=10),
            "b": mine("AUS", capacity=6),
            "smelter": {"country": "JPN", "inputs": {"ore": 1}, "outputs": {"metal": 1}, "capacity": 8},
        },
        "lanes": [lane(["a", "b"], "smelter"), lane("smelter", ["free", "fussy"], "metal")],
        "countries": {"CHN": {}, "AUS": {}, "JPN": {}, "USA": {}},
        "commodities": ["ore", "metal"],
    }
    free = want(4, "USA", "metal")
    for origin in ({}, {"origin": {"exclude": ["CHN"]}}):
        demands = {"free": free, "fussy": want(3, "USA", "metal", **origin)}
        table = rs.concentration(network(**sections, demands=demands))
        assert row(table, "capacity", "metal")["total_t"] == approx(8)
        assert row(table, "capacity", "ore")["total_t"] == approx(16)


@pytest.mark.parametrize("amounts", [{"A": 0.0}, {"A": float("inf"), "B": 1.0}])
def test_shares_of_nothing_and_of_everything_are_unknown(amounts):
    found = measures(pd.Series(amounts))
    assert pd.isna(found["hhi"])
    assert pd.isna(found["largest_share"])
    assert found["largest_country"] == ""


def market() -> rs.Network:
    """Two mines, one plant with two products, one of whose lines is counted by the limit over both."""
    return network(
        commodities=["ore", "oxide", "cerium"],
        stages=["mining", "processing"],
        blocs={"allies": ["XBB", "XCC"]},
        facilities={
            "a": mine("XAA", stage="mining", capacity=60, cost=1),
            "b": mine("XBB", stage="mining", capacity=40, cost=9),
            "works": {
                "country": "XBB",
                "stage": "processing",
                "inputs": {"ore": 1},
                "outputs": {"oxide": 0.5, "cerium": 0.25},
                "yield": 0.8,
                "capacity": 100,
            },
            "rival": {
                "country": "XAA",
                "stage": "processing",
                "inputs": {"ore": 1},
                "outputs": {"oxide": 0.5},
                "capacity": 40,
                "cost": 500,
            },
        },
        supplies={"shop": {"country": "XAA", "commodity": "oxide", "price": 900, "quantity": 4}},
        demands={"user": want(30, "XCC", "oxide", shortfall_cost=5000)},
        lanes=[
            lane(["a", "b"], ["works", "rival"], cost=1),
            lane(["works", "rival", "shop"], "user", "oxide", cost=1),
        ],
    )


def test_capacity_counts_every_product_in_its_own_tonnes():
    """Oxide: 100 x 0.5 x 0.8 = 40 t in XBB and 40 x 0.5 = 20 t in XAA; cerium: 20 t, all in XBB."""
    table = rs.concentration(market())
    assert set(table["measure"]) == {"capacity"}
    oxide = row(table, "capacity", "oxide")
    assert (oxide["stage"], oxide["total_t"], oxide["largest_country"]) == ("processing", approx(60), "XBB")
    assert oxide["hhi"] == approx(1e4 * (4 / 9 + 1 / 9))
    assert row(table, "capacity", "cerium")["hhi"] == approx(10_000)
    assert row(table, "capacity", "ore")["hhi"] == approx(5200)
    whole = row(table, "capacity", "", stage="processing")
    assert whole["total_t"] == approx(60)  # leading outputs: oxide alone


def test_production_counts_what_a_plan_makes_and_buys():
    """30 t of oxide: works 32 t would take 80 t of ore; 100 t of ore allow 40 t, so XBB makes all 30 t."""
    table = rs.concentration(market().solve())
    oxide = row(table, "production", "oxide", stage="processing")
    assert (oxide["total_t"], oxide["largest_country"], oxide["hhi"]) == (approx(30), "XBB", approx(10_000))
    assert row(table, "production", "cerium")["total_t"] == approx(15)
    assert row(table, "production", "", stage="processing")["total_t"] == approx(30)  # leading outputs
    ore = row(table, "production", "ore")
    assert ore["total_t"] == approx(75)
    assert ore["largest_share"] == approx(60 / 75)
    bought = row(table, "production", "oxide", stage="")
    assert (bought["total_t"], bought["largest_country"]) == (approx(0), "")


def test_supply_to_a_bloc_is_by_the_last_country_before_it():
    """The bloc gets 60 t of ore from XAA and mines 15 t; its oxide is all its own."""
    table = rs.concentration(market().solve(), "allies")
    ore = row(table, "supply", "ore")
    assert ore["total_t"] == approx(75)
    assert (ore["largest_country"], ore["largest_share"]) == ("XAA", approx(0.8))
    assert ore["hhi"] == approx(1e4 * (0.64 + 0.04))
    assert row(table, "supply", "oxide")["largest_country"] == "XBB"
    alone = rs.concentration(market().solve(), "XCC")
    assert row(alone, "supply", "oxide")["largest_country"] == "XBB"
    assert rs.concentration(market().solve(), ["XBB", "XCC"]).equals(table)


def test_goods_passing_through_a_third_country_count_as_its_own_and_exports_are_taken_off():
    """XAA sells through a port in XDD; the bloc mines 20 t and ships 5 t of them out."""
    solution = network(
        stages=["mining"],
        facilities={
            "far": mine("XAA", stage="mining", capacity=30),
            "own": mine("XBB", stage="mining", capacity=20),
        },
        hubs={"port": {"passes": ["ore"], "country": "XDD"}},
        demands={"user": want(45, "XBB"), "abroad": want(5, "XEE")},
        lanes=[
            lane("far", "port"),
            lane("port", "user", loss=0.0),
            lane("own", ["user", "abroad"]),
        ],
    ).solve()
    supply = row(rs.concentration(solution, "XBB"), "supply", "ore")
    assert supply["total_t"] == approx(45)
    assert (supply["largest_country"], supply["largest_share"]) == ("XDD", approx(30 / 45))


def test_a_place_without_a_country_counts_under_its_own_name():
    solution = network(
        facilities={"far": mine("XAA")},
        hubs={"strait": {"passes": ["ore"]}},
        demands={"user": want(5, "XBB")},
        lanes=[lane("far", "strait"), lane("strait", "user")],
    ).solve()
    assert row(rs.concentration(solution, "XBB"), "supply", "ore")["largest_country"] == "strait"


def test_imports_count_in_the_period_in_which_they_land():
    solution = network(
        horizon={"start": 2025, "periods": 2},
        facilities={"far": mine("XAA")},
        demands={"user": want({2025: 0, 2026: 5}, "XBB")},
        lanes=[lane("far", "user", lead_time=1, loss=0.5)],
    ).solve()
    table = rs.concentration(solution, "XBB")
    supply = table[table["measure"] == "supply"]
    assert dict(zip(supply["period"], supply["total_t"], strict=True)) == {"2026": approx(5)}


def test_lines_of_one_plant_count_once():
    """Two lines of 30 t each under a limit of 40 t make one commodity: 40 t, in halves; a rival has 40 t."""
    lines = {
        "line_1": mine("XAA", stage="mining", capacity=30),
        "line_2": mine("XAA", stage="mining", capacity=30),
        "rival": mine("XBB", stage="mining", capacity=40),
    }
    base = {
        "stages": ["mining"],
        "facilities": lines,
        "limits": {"plant": {"over": {"facility": ["line_1", "line_2"]}, "at_most": 40}},
    }
    ore = row(rs.concentration(network(**base)), "capacity", "ore")
    assert (ore["total_t"], ore["hhi"]) == (approx(80), approx(5000))
    lines["line_2"] = {**lines["line_2"], "outputs": {"mud": 1}}
    table = rs.concentration(network(commodities=["ore", "mud"], **base))
    assert row(table, "capacity", "ore")["total_t"] == approx(70)  # 30 of its own, 40 of the rival
    assert row(table, "capacity", "mud")["total_t"] == approx(30)
    assert row(table, "capacity", "")["total_t"] == approx(80)  # 40 of the plant, 40 of the rival


def test_tiers_add_up_to_the_capacity_and_no_capacity_is_no_number():
    steps = [{"capacity": 10, "cost": 1}, {"capacity": 50, "cost": 2}]
    facilities = {"a": mine("XAA", cost=steps, capacity=40), "b": mine("XBB", capacity=40)}
    assert row(rs.concentration(network(facilities=facilities)), "capacity", "ore")["hhi"] == approx(5000)
    facilities["b"] = mine("XBB")
    found = row(rs.concentration(network(facilities=facilities)), "capacity", "ore")
    assert found["total_t"] == float("inf")
    assert pd.isna(found["hhi"])


def test_an_outage_is_in_the_capacity_of_a_solution_and_not_of_the_network():
    solution = market().solve(rs.Outage(facility="a", cut=0.5))
    assert row(rs.concentration(solution), "capacity", "ore")["total_t"] == approx(70)
    assert row(rs.concentration(market()), "capacity", "ore")["total_t"] == approx(100)


def test_an_unknown_bloc_and_a_network_without_a_plan_are_errors():
    with pytest.raises(rs.InputError, match="unknown bloc or country 'alies'; did you mean 'allies'"):
        rs.concentration(market().solve(), "alies")
    with pytest.raises(rs.InputError, match="solve the network first"):
        rs.concentration(market(), "allies")


# ----------------------------------------------------------------------------------------------- laws


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=12))
def test_bounds_of_the_index(amounts):
    """Between 10 000 / n and 10 000; the square of the largest share is the least that it can be."""
    found = measures(pd.Series(amounts, index=[f"C{number}" for number in range(len(amounts))]))
    assert 1e4 / len(amounts) <= found["hhi"] * (1 + 1e-12)
    assert found["hhi"] <= 1e4 * (1 + 1e-12)
    assert 1e4 * found["largest_share"] ** 2 <= found["hhi"] * (1 + 1e-12)
    assert found["hhi"] <= 1e4 * found["largest_share"] * (1 + 1e-12)
    assert found["largest_share"] <= found["three_country_share"] <= 1 + 1e-12


@MANY
@given(shapes())
def test_production_adds_up_to_the_tables_of_the_solution(shape):
    solution = rs.Network.from_dict(network_of(shape)).solve()
    table = rs.concentration(solution)
    made = table[(table["measure"] == "production") & (table["commodity"] != "") & (table["stage"] != "")]
    assert made["total_t"].sum() == approx(solution.outputs["output_t"].sum())
    bought = table[(table["measure"] == "production") & (table["stage"] == "")]
    assert bought["total_t"].sum() == approx(solution.purchases["bought_t"].sum(), abs=1e-9)


@MANY
@given(shapes(has_port=False))
def test_what_reaches_the_world_is_what_the_world_makes(shape):
    """With every country in the bloc nothing crosses its border."""
    table = rs.concentration(rs.Network.from_dict(network_of(shape)).solve(), COUNTRIES)
    totals = table[table["commodity"] != ""].groupby(["measure", "commodity", "period"])["total_t"].sum()
    for commodity, period in {key[1:] for key in totals.index if key[0] == "production"}:
        made = totals["production", commodity, period]
        assert totals.get(("supply", commodity, period), 0.0) == approx(made, abs=1e-9)


@MANY
@given(shapes(has_port=False))
def test_what_reaches_a_bloc_is_what_is_taken_and_lost_inside(shape):
    """Imports and own production less exports = deliveries, inputs, disposals and losses of the bloc."""
    solution = rs.Network.from_dict(network_of(shape)).solve()
    bloc = {"XAA", "XBB"}
    table = rs.concentration(solution, "allies")
    found = table[(table["measure"] == "supply") & (table["commodity"] != "")]
    found = found.groupby("commodity")["total_t"].sum()
    flows, spec = solution.flows, solution.formulation.spec
    within = flows[flows["from_country"].isin(bloc) & flows["to_country"].isin(bloc)]
    taken = (within["flow_t"] - within["arrived_t"]).groupby(within["commodity"]).sum().to_dict()
    for entry in solution.production.to_dict("records"):
        if entry["country"] in bloc:
            for good, amount in spec.facilities[entry["facility"]].inputs.items():
                taken[good] = taken.get(good, 0.0) + amount * entry["throughput_t"]
    for frame, tonnes in (
        (solution.disposals, "disposed_t"),
        (solution.shortfall, "delivered_t"),
        (solution.sales, "sold_t"),
    ):
        inside = frame[frame["country"].isin(bloc)]
        for good, amount in inside.groupby("commodity")[tonnes].sum().items():
            taken[good] = taken.get(good, 0.0) + amount
    for good in {*taken, *found.index}:
        assert found.get(good, 0.0) == approx(taken.get(good, 0.0), rel=1e-7, abs=1e-7)


# ---------------------------------------------------------------------------------------- rare_earths


def test_rare_earths_mining_is_concentrated_as_the_world_knows():
    """One country mines about 70 % of the world's rare earths and makes about 90 % of the oxide."""
    table = rs.concentration(planned("baseline"), "allies")
    mining = row(table, "production", "", stage="mining")
    assert mining["largest_country"] == "CHN"
    assert 0.6 < mining["largest_share"] < 0.8
    oxide = row(table, "production", "ndpr_oxide")
    assert (oxide["largest_country"], oxide["stage"]) == ("CHN", "processing")
    assert 0.8 < oxide["largest_share"] < 0.95
    assert set(table["measure"]) == {"capacity", "production", "supply"}
    known = table[table["hhi"].notna()]
    assert (known["hhi"] <= 10_000 + 1e-6).all()
    assert (known["hhi"] >= 1e4 * known["largest_share"] ** 2 - 1e-6).all()

"""Facilities: what a tonne of throughput takes and gives, what it costs, and where the rest goes."""

from __future__ import annotations

import pytest

from tests.small import column, lane, mine, network, price_at, want


def test_a_yield_multiplies_outputs_and_not_inputs():
    """7.2 t of metal at 0.9 x 0.8 per t of throughput take 10 t of throughput and 10 x 2 = 20 t of ore.

    Ore costs 3, throughput 5: 20 x 3 + 10 x 5 = 110. One more tonne of metal: 110 / 7.2.
    """
    solution = network(
        commodities=["ore", "metal"],
        processes={"smelting": {"inputs": {"ore": 2}, "outputs": {"metal": 1}, "yield": 0.9}},
        facilities={
            "mine": mine(cost=3),
            "smelter": {"country": "XAA", "process": "smelting", "yield": 0.8, "cost": 5},
        },
        demands={"user": want(7.2, commodity="metal")},
        lanes=[lane("mine", "smelter"), lane("smelter", "user", "metal")],
    ).solve()
    assert solution.cost == pytest.approx(110)
    throughput = column(solution.production, "facility", "throughput_t")
    assert throughput == pytest.approx({"mine": 20, "smelter": 10})
    assert column(solution.outputs, "commodity", "output_t") == pytest.approx({"ore": 20, "metal": 7.2})
    assert price_at(solution, "user", "metal") == pytest.approx(110 / 7.2)


@pytest.mark.parametrize(("disposal_cost", "cost"), [(None, 10 * 4), (0, 10 * 4), (1.5, 10 * 4 + 30 * 1.5)])
def test_a_surplus_co_product_is_disposed_of_at_its_cost(disposal_cost, cost):
    """10 t of A at 4 bring 30 t of B that nobody wants: 40, and 30 times the cost of disposal."""
    co_product = {} if disposal_cost is None else {"disposal_cost": disposal_cost}
    solution = network(
        commodities={"a": {}, "b": co_product},
        facilities={"plant": {"country": "XAA", "outputs": {"a": 1, "b": 3}, "cost": 4}},
        demands={"user": want(10, commodity="a")},
        lanes=[lane("plant", "user", "a")],
    ).solve()
    assert solution.cost == pytest.approx(cost)
    assert solution.disposals[["site", "commodity", "disposed_t"]].values.tolist() == [["plant", "b", 30.0]]


def test_a_co_product_that_costs_to_dispose_of_has_a_negative_price():
    """One tonne of B taken off the plant's hands saves the 1.5 of its disposal."""
    solution = network(
        commodities={"a": {}, "b": {"disposal_cost": 1.5}},
        facilities={"plant": {"country": "XAA", "outputs": {"a": 1, "b": 3}, "cost": 4}},
        demands={"user": want(10, commodity="a")},
        lanes=[lane("plant", "user", "a")],
    ).solve()
    assert price_at(solution, "plant", "b") == pytest.approx(-1.5)
    assert price_at(solution, "plant", "a") == pytest.approx(4 + 3 * 1.5)


def test_a_wanted_co_product_pays_for_the_other():
    """Plant (4 per t) gives 1 A and 3 B; a mine gives B at 2.

    10 A and 30 B: the plant alone makes both, 40. The price of B is between 0 and 2, so the plant's
    A is worth 4 - 3 x price(B), and both add up to the cost of its throughput.
    """
    solution = network(
        commodities=["a", "b"],
        facilities={
            "plant": {"country": "XAA", "outputs": {"a": 1, "b": 3}, "cost": 4},
            "b_mine": mine(commodity="b", cost=2),
        },
        demands={"a_user": want(10, commodity="a"), "b_user": want(30, commodity="b")},
        lanes=[lane({"kind": "facility"}, {"kind": "demand"}, ["a", "b"])],
    ).solve()
    assert solution.cost == pytest.approx(40)
    assert price_at(solution, "plant", "a") + 3 * price_at(solution, "plant", "b") == pytest.approx(4)
    assert not len(solution.disposals)


def test_facilities_at_one_site_share_balances_with_no_lane():
    """Pit and mill stand at `works`: 12 t of ore at 1 and 12 t of milling at 2 give 6 t of metal: 36.

    The demand stands there too, so that no lane is needed at all.
    """
    solution = network(
        commodities=["ore", "metal"],
        sites={"works": {"country": "XAA"}},
        facilities={
            "pit": {"site": "works", "outputs": {"ore": 1}, "cost": 1},
            "mill": {"site": "works", "inputs": {"ore": 1}, "outputs": {"metal": 0.5}, "cost": 2},
        },
        demands={"user": {"site": "works", "commodity": "metal", "quantity": 6}},
    ).solve()
    assert solution.cost == pytest.approx(36)
    assert not len(solution.flows)
    assert set(solution.prices["site"]) == {"works"}
    assert price_at(solution, "works", "metal") == pytest.approx(6)


def test_a_site_may_be_that_of_another_entry():
    """`mill` stands at `pit`: the same, without a site of its own."""
    solution = network(
        commodities=["ore", "metal"],
        facilities={
            "pit": mine(cost=1),
            "mill": {"site": "pit", "inputs": {"ore": 1}, "outputs": {"metal": 0.5}, "cost": 2},
        },
        demands={"user": want(6, commodity="metal")},
        lanes=[lane("mill", "user", "metal", cost=1)],
    ).solve()
    assert solution.cost == pytest.approx(36 + 6)
    assert solution.flows["from"].tolist() == ["pit"]


def test_places_of_one_country_share_nothing_without_a_lane():
    """Mine and user are both in XAA, and no lane joins them: all 5 t fall short, at 7 each."""
    solution = network(facilities={"mine": mine(cost=1)}, demands={"user": want(5, shortfall_cost=7)}).solve()
    assert solution.cost == pytest.approx(35)
    assert column(solution.shortfall, "demand", "shortfall_t") == pytest.approx({"user": 5})


def test_capacity_is_of_throughput_and_its_worth_is_the_gap_to_the_next_source():
    """4 t of throughput at 0.5 give 2 t of metal for 4 x (1 + 1) = 8; the other 3 t come at 10: 38.

    One more tonne of throughput saves 0.5 x 10 - 2 = 3.
    """
    solution = network(
        commodities=["ore", "metal"],
        facilities={
            "mine": mine(cost=1),
            "smelter": {
                "country": "XAA",
                "inputs": {"ore": 1},
                "outputs": {"metal": 1},
                "yield": 0.5,
                "capacity": 4,
                "cost": 1,
            },
        },
        supplies={"abroad": {"country": "XBB", "commodity": "metal", "price": 10}},
        demands={"user": want(5, commodity="metal")},
        lanes=[
            lane("mine", "smelter"),
            lane("smelter", "user", "metal"),
            lane("abroad", "user", "metal"),
        ],
    ).solve()
    assert solution.cost == pytest.approx(38)
    (smelting,) = solution.program.columns.where(kind="produce", id="smelter")
    assert solution.reduced_costs[smelting] == pytest.approx(-3)
    use = column(solution.production, "facility", "utilisation")
    assert use["smelter"] == pytest.approx(1)


def test_a_minimum_binds_production_and_the_surplus_is_disposed_of():
    """The mine must run at 8 t a year at 3, 5 are wanted: 24, and 3 t are disposed of at 2: 30."""
    solution = network(
        commodities={"ore": {"disposal_cost": 2}},
        facilities={"mine": mine(cost=3, minimum=8, capacity=20)},
        demands={"user": want(5)},
        lanes=[lane("mine", "user")],
    ).solve()
    assert solution.cost == pytest.approx(30)
    assert solution.cost_breakdown.to_dict() == pytest.approx(
        {("resource", "production"): 24, ("resource", "disposal"): 6}
    )


def test_a_minimum_holds_for_all_tiers_together():
    """At least 8 t in tiers of 5 t at 1 and the rest at 4: 5 x 1 + 3 x 4 = 17, for a demand of 2."""
    solution = network(
        facilities={"mine": mine(cost=[{"capacity": 5, "cost": 1}, {"cost": 4}], minimum=8)},
        demands={"user": want(2)},
        lanes=[lane("mine", "user")],
    ).solve()
    assert solution.cost == pytest.approx(17)
    assert column(solution.production, "facility", "throughput_t") == pytest.approx({"mine": 8})

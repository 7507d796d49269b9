"""Accounts by country: by hand, and as the law that they add up to the cost without transfers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.results.accounts import PAID, PARTS
from tests.networks_random import COUNTRIES, network_of, shapes
from tests.policies.helpers import on
from tests.shared import planned
from tests.small import lane, mine, network, want


def trade(policies: dict[str, dict[str, object]], **sections: object) -> rs.Solution:
    """Let XBB want 8 t and mine 5 at 20, for which XAA delivers at 10 + 2; the ore's price is 10."""
    return network(
        **{
            "commodities": {"ore": {"price": 10}},
            "facilities": {"far": mine("XAA", cost=10), "near": mine("XBB", cost=20, capacity=5)},
            "demands": {"user": want(8, "XBB")},
            "lanes": [lane("far", "user", cost=2), lane("near", "user")],
            **on(policies),
            **sections,
        }
    ).solve("on")


def account(solution: rs.Solution, country: str) -> dict[str, float]:
    """Return the parts of one country's account that are not 0, and its bill."""
    table = rs.accounts(solution).set_index("country")
    return {
        name.removesuffix("_usd"): pytest.approx(value, abs=1e-9)
        for name, value in table.loc[country].items()
        if abs(value) > 1e-9
    }


def without_transfers(solution: rs.Solution) -> float:
    """Return the cost of a plan less what goes to and from treasuries."""
    parts = solution.cost_breakdown
    return float(parts[[kind != "transfer" for kind, _ in parts.index]].sum())


def check_sum(solution: rs.Solution) -> None:
    """Check that bills add up, each to its parts and all to the cost without transfers."""
    table = rs.accounts(solution)
    total = without_transfers(solution)
    scale = max(1.0, table.select_dtypes("number").abs().to_numpy().max(), abs(total))
    assert table["bill_usd"].sum() == pytest.approx(total, abs=1e-9 * scale)
    signed = sum(table[f"{part}_usd"] * (1 if part in PAID else -1) for part in PARTS)
    assert signed.to_numpy() == pytest.approx(table["bill_usd"].to_numpy(), abs=1e-9 * scale)


def test_the_rent_of_a_quota_goes_to_the_exporter():
    """XAA may ship 3 t: at home the price is 20, of which 12 are XAA's cost. Its quota rent is 3 x 8."""
    solution = trade({"quota": {"type": "export_restriction", "from": "XAA", "quota": 3}})
    assert account(solution, "XBB") == {"purchases": 160, "bill": 160}
    assert account(solution, "XAA") == {"trade_rents": 24, "bill": -24}
    check_sum(solution)


def test_a_tariff_is_collected_by_the_country_that_pays_it_in_its_price():
    """At 10 a tonne ore costs 22 at home, so 5 t come from the near mine at 20: 100, and 3 x 12 from afar."""
    solution = trade({"duty": {"type": "tariff", "importer": "XBB", "specific": 10}})
    assert account(solution, "XBB") == {
        "purchases": 8 * 22,
        "capacity_rents": 5 * 2,
        "duties": 3 * 10,
        "bill": 136,
    }
    assert account(solution, "XAA") == {}
    check_sum(solution)


def test_an_export_tax_is_collected_abroad():
    """3 t at 12 + 10 from afar; XBB's bill is 8 x 22 less the near mine's 5 x 2, and XAA collects 30."""
    solution = trade({"tax": {"type": "export_tax", "exporter": "XAA", "specific": 10}})
    assert account(solution, "XBB") == {"purchases": 176, "capacity_rents": 10, "bill": 166}
    assert account(solution, "XAA") == {"duties": 30, "bill": -30}
    check_sum(solution)


def test_a_subsidy_is_on_the_bill_of_who_pays_it():
    """XCC pays 15 a tonne to the near mine, which then sells at 12 what costs it 5: a rent of 5 x 7."""
    solution = trade({"aid": {"type": "subsidy", "producer": "near", "amount": 15, "payer": "XCC"}})
    assert account(solution, "XBB") == {"purchases": 96, "capacity_rents": 35, "bill": 61}
    assert account(solution, "XCC") == {"subsidies": 75, "bill": 75}
    check_sum(solution)


def test_a_guaranteed_floor_is_paid_by_the_treasury_that_buys():
    """A floor of 30 at the near mine: its 5 t go to the treasury at 30, a rent of 5 x 10; 8 t from afar."""
    policy = {
        "type": "price_floor",
        "members": "XBB",
        "commodity": "ore",
        "floor": 30,
        "mechanism": "guarantee",
        "payer": "XCC",
    }
    solution = trade({"floor": policy})
    assert account(solution, "XBB") == {"purchases": 96, "capacity_rents": 50, "bill": 46}
    assert account(solution, "XCC") == {"subsidies": 150, "bill": 150}
    check_sum(solution)


def test_the_rent_of_a_lane_is_the_importers():
    """2 t fit on the lane; the price is 20, so each of them is worth 8 more than it costs there."""
    solution = trade({}, lanes=[lane("far", "user", cost=2, capacity=2), lane("near", "user")],
                     facilities={"far": mine("XAA", cost=10), "near": mine("XBB", cost=20)})  # fmt: skip
    assert account(solution, "XBB") == {"purchases": 160, "trade_rents": 16, "bill": 144}
    assert account(solution, "XAA") == {}
    check_sum(solution)


def test_a_limit_of_no_country_pays_those_who_use_it():
    """4 t in all may come over the sea: XBB's 8 t cost 20 each, 4 of them 8 less; the sea has no country."""
    solution = trade(
        {}, limits={"sea": {"over": {"lane": {"from": "far"}}, "at_most": 4}},
        facilities={"far": mine("XAA", cost=10), "near": mine("XBB", cost=20)},
    )  # fmt: skip
    assert account(solution, "XBB") == {"purchases": 160, "trade_rents": 32, "bill": 128}
    check_sum(solution)


def test_a_limit_that_two_countries_share_pays_both_by_what_they_use():
    """Of 4 t over the sea 1 t is XCC's, which would be short of it at 50, and 3 are XBB's, at 8 less each."""
    solution = network(
        commodities=["ore"],
        facilities={"far": mine("XAA", cost=10), "near": mine("XBB", cost=20)},
        demands={"user": want(8, "XBB"), "other": want(1, "XCC", shortfall_cost=50)},
        lanes=[lane("far", "user", cost=2), lane("near", "user"), lane("far", "other", cost=2)],
        limits={"sea": {"over": {"lane": {"from": "far"}}, "at_most": 4}},
    ).solve()
    assert account(solution, "XBB") == {"purchases": 160, "trade_rents": 24, "bill": 136}
    assert account(solution, "XCC") == {"purchases": 20, "trade_rents": 8, "bill": 12}
    check_sum(solution)


def test_a_rule_on_shares_is_paid_among_those_it_is_on():
    """XBB and XCC together make half of what they use; XBB has the mine, XCC the users.

    The 8 t are half from near at 20, half from afar at 12; so ore costs 16, which is 4 dearer than from
    afar: 4 x 4 are paid for the right to import, and 4 x 4 go to the mine, which sells at 16 at a cost of 20.
    """
    solution = network(
        commodities=["ore"],
        facilities={"far": mine("XAA", cost=10), "near": mine("XBB", cost=20)},
        demands={"user": want(8, "XCC")},
        lanes=[lane("far", "user", cost=2), lane("near", "user")],
        blocs={"pact": ["XBB", "XCC"]},
        **on({"rule": {"type": "content_minimum", "consumer": "pact", "commodities": "ore", "share": 0.5}}),
    ).solve("on")
    assert account(solution, "XCC") == {"purchases": 128, "bill": 128}
    assert account(solution, "XBB") == {}
    assert account(solution, "XAA") == {}
    check_sum(solution)


def test_opening_stock_is_worth_what_it_saves():
    """4 t a year for two years, 3 from the mine at 10, the rest at 30; 1 t in stock saves 30 in either."""
    solution = network(
        commodities=["ore"],
        horizon={"start": 2025, "periods": 2},
        facilities={"mine": mine("XAA", cost=10, capacity=3), "last": mine("XBB", cost=30)},
        stockpiles={"vault": {"country": "XCC", "commodity": "ore", "initial": 1, "site": "user"}},
        demands={"user": want(4, "XCC")},
        lanes=[lane("mine", "user"), lane("last", "user")],
    ).solve()
    assert account(solution, "XCC") == {"purchases": 240, "stock_rents": 30, "bill": 210}
    assert account(solution, "XAA") == {"capacity_rents": 120, "bill": -120}
    assert solution.cost == pytest.approx(90)
    check_sum(solution)


def test_outlets_shortfall_and_what_is_built_are_on_the_bill():
    """4 t of capacity for 10 make ore at 1; 2 t fit on the lane to a user of 3, the shop takes 2 at 9.

    So ore costs 9 at the mine, which earns 4 x 8, and 50 at the user, whose lane earns 2 x 41.
    """
    solution = network(
        commodities=["ore"],
        facilities={"mine": mine("XAA", cost=1, capacity=0)},
        projects={"pit": {"facility": "mine", "capacity": 4, "capital_cost": 10}},
        demands={
            "user": want(3, "XBB", shortfall_cost=50),
            "shop": {"country": "XCC", "commodity": "ore", "quantity": 5, "price": 9},
        },
        lanes=[lane("mine", "user", capacity=2), lane("mine", "shop")],
    ).solve()
    assert account(solution, "XCC") == {"purchases": 18, "outlets": 18}
    assert account(solution, "XBB")["shortfall"] == 50
    assert account(solution, "XBB") == {
        "purchases": 100,
        "shortfall": 50,
        "trade_rents": 2 * 41,
        "bill": 68,
    }
    assert account(solution, "XAA") == {"capital": 10, "capacity_rents": 32, "bill": -22}
    check_sum(solution)


def test_a_fixed_charge_is_paid_by_who_owns_the_lane():
    """100 for the lane saves 8 a tonne on 20 t: 240 + 100, all of it XBB's."""
    solution = trade(
        {}, lanes=[lane("far", "user", cost=2, capacity=20, fixed_cost=100), lane("near", "user")],
        facilities={"far": mine("XAA", cost=10), "near": mine("XBB", cost=20)},
        demands={"user": want(20, "XBB")},
    )  # fmt: skip
    assert solution.cost == pytest.approx(340)
    assert account(solution, "XBB")["fixed"] == 100
    assert account(solution, "XBB")["bill"] == 340
    check_sum(solution)


def test_what_lies_in_no_country_has_a_line_of_its_own():
    """From a strait to a trader at sea 5 t fit, which save 8 each: nobody's lane, nobody's rent."""
    solution = network(
        commodities=["ore"],
        facilities={"far": mine("XAA", cost=10), "near": mine("XBB", cost=20)},
        hubs={"strait": {"passes": ["ore"]}, "trader": {"passes": ["ore"]}},
        demands={"user": want(8, "XBB")},
        lanes=[
            lane("far", "strait", cost=2),
            lane("strait", "trader", capacity=5),
            lane("trader", "user"),
            lane("near", "user"),
        ],
    ).solve()
    assert account(solution, "") == {"trade_rents": 40, "bill": -40}
    assert account(solution, "XBB") == {"purchases": 160, "bill": 160}
    check_sum(solution)


def test_later_periods_count_at_todays_money():
    """8 t a year at 12 for two years at 25 %: 96 + 96 / 1.25."""
    solution = trade({}, horizon={"start": 2025, "periods": 2}, discount_rate=0.25)
    assert account(solution, "XBB") == {"purchases": 172.8, "bill": 172.8}
    check_sum(solution)


POLICIES: dict[str, dict[str, Any]] = {
    "duty": {"type": "tariff", "importer": "XCC", "specific": 7},
    "quota": {"type": "tariff", "importer": "XAA", "specific": 1, "quota": 5, "over_quota_specific": 9},
    "tax": {"type": "export_tax", "exporter": "XBB", "specific": 4},
    "aid": {"type": "subsidy", "producer": {"stage": "making"}, "amount": 11, "volume": 9},
    "cheap": {
        "type": "subsidy",
        "producer": {"stage": "mining"},
        "share": 0.3,
        "payer": {"XAA": 0.7, "XDD": 0.3},
    },
    "floor": {
        "type": "price_floor",
        "members": list(COUNTRIES),
        "commodity": "oxide",
        "floor": 150,
        "mechanism": "guarantee",
        "volume": 3,
        "payer": ["XAA", "XBB"],
    },
    "ceiling": {"type": "export_restriction", "from": "XDD", "quota": 9},
}


@settings(max_examples=20, deadline=None)
@given(
    shapes(has_port=False, has_stockpile=True, has_project=True),
    st.sets(st.sampled_from(sorted(POLICIES))),
    st.sampled_from([0.0, 0.07]),
)
def test_bills_add_up_to_the_cost_without_transfers(shape, chosen, rate):
    """Whatever the network, its policies and its rate of interest, transfers go from one hand to another."""
    data = {**network_of(shape), "discount_rate": rate}
    own = data.get("policies", {})
    fitting = {name: POLICIES[name] for name in chosen if fits(data, POLICIES[name])}
    data |= on({**own, **fitting})
    check_sum(rs.Network.from_dict(data).solve("on"))


def fits(data: dict[str, Any], policy: dict[str, Any]) -> bool:
    """Say whether a policy matches anything in a network."""
    try:
        rs.Network.from_dict({**data, **on({"it": policy})}).program("on")
    except rs.InputError:
        return False
    return True


@pytest.mark.parametrize("scenario", ["price_floor_bloc", "corridor"])
def test_bills_of_the_world_add_up(scenario):
    """With levies, and with levels that must be whole."""
    check_sum(planned(scenario))

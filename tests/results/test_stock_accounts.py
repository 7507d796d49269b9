"""Who pays for the stock: bought from whom, at what price, borne by whom."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from resilience.report.horizon import stock
from resilience.report.tables import render
from tests.small import lane, network, want

approx = pytest.approx
HORIZON = {"start": 2025, "periods": 2, "step": "year"}
SOON = {2025: 99, 2026: 0}
OTHER = want({2025: 0, 2026: 4}, "XBB", shortfall_cost=90)


def stored(pile: dict[str, Any], **sections: Any) -> rs.Network:
    """Let XDD sell 3 t at 10 and XCC any amount at 20 in 2025 only.

    4 t are wanted in each of two countries in 2026, at 100 and 90 a tonne short.
    """
    whole = {
        "horizon": HORIZON,
        "supplies": {
            "near": {"country": "XDD", "commodity": "ore", "price": 10, "quantity": {2025: 3, 2026: 0}},
            "far": {"country": "XCC", "commodity": "ore", "price": 20, "quantity": {2025: 99, 2026: 0}},
        },
        "demands": {"user": want({2025: 0, 2026: 4}, shortfall_cost=100), "other": OTHER},
        "stockpiles": {"store": {"commodity": "ore", "country": "XAA", **pile}},
        "lanes": [lane(["near", "far"], "store", cost=1), lane("store", ["user", "other"])],
    }
    return network(**{**whole, **sections})


def test_what_is_bought_is_paid_at_the_price_where_it_arrives():
    """8 t at 20 + 1 USD each, 3 of them from XDD, which has 10 USD of rent on each.

    Held half of two years at 2 a year, released at 21 + 2 USD: nothing limits the store, so it earns nothing.
    """
    solution = stored({"holding_cost": 2}).solve()
    (row,) = solution.stock_accounts.to_dict("records")
    assert (row["stockpile"], row["bearer"], row["share"]) == ("store", "XAA", 1)
    assert row["bought_t"] == approx(8)
    assert row["paid_usd"] == approx(8 * 21)
    assert row["holding_usd"] == approx(8 * 2)
    assert row["worth_usd"] == approx(8 * 23)
    bought = solution.stock_purchases.set_index("from")
    assert bought["from_country"].to_dict() == {"near": "XDD", "far": "XCC"}
    assert bought["bought_t"].to_dict() == approx({"near": 3, "far": 5})
    assert bought["paid_usd"].to_dict() == approx({"near": 63, "far": 105})


def test_money_of_later_years_is_discounted_once():
    """Both halves of the holding cost fall due with the stock at the end of 2025: 16.

    What is given back in 2026 is worth 168 + 16 in money of 2025.
    """
    solution = stored({"holding_cost": 2}, discount_rate=0.1).solve()
    (row,) = solution.stock_accounts.to_dict("records")
    holding = solution.cost_breakdown["resource", "holding"]
    assert row["holding_usd"] == approx(16)
    assert row["holding_usd"] == approx(holding)
    assert row["worth_usd"] == approx(row["paid_usd"] + row["holding_usd"])


def test_members_of_a_pool_bear_it_by_their_shares():
    """8 t are wanted in XAA and 4 t in XBB, at 100 and 80; 6 t fit.

    XAA bears three quarters of 126 and draws 4.5 t at 100, XBB a quarter and draws 1.5 t at 80, whatever
    part of that is the rent of their shares.
    """
    pile = {"capacity": 6, "shares": {"XAA": "75%", "XBB": "25%"}}
    later = {"user": want({2025: 0, 2026: 8}, shortfall_cost=100), "other": OTHER | {"shortfall_cost": 80}}
    solution = stored(pile, demands=later).solve()
    table = solution.stock_accounts.set_index("bearer")
    assert table["bought_t"].to_dict() == approx({"XAA": 4.5, "XBB": 1.5})
    assert table["paid_usd"].to_dict() == approx({"XAA": 94.5, "XBB": 31.5})
    assert table["worth_usd"].to_dict() == approx({"XAA": 450, "XBB": 120})
    text = " ".join(render(stock(solution)).split())
    assert "and of a pool its members by their shares: XAA 94.5 USD, XBB 31.5 USD" in text


def test_what_no_member_has_a_share_in_is_borne_by_the_country_of_the_pool():
    """4 t for XAA are a half of 8 t, which must be put in: the other half is the pool's country's, XEE."""
    pile = {"country": "XEE", "capacity": 8, "shares": {"XAA": "50%"}}
    table = stored(pile).solve().stock_accounts.set_index("bearer")
    assert table["share"].to_dict() == {"XAA": 0.5, "XEE": 0.5}
    assert table["paid_usd"].to_dict() == approx({"XAA": 84, "XEE": 84})


def test_at_a_shared_site_the_sender_is_the_site():
    """The user's ore and its stock are one heap: 4 t at 21, of XAA itself as far as the heap can tell."""
    solution = network(
        horizon=HORIZON,
        supplies={
            "far": {"country": "XCC", "commodity": "ore", "price": 20, "quantity": {2025: 99, 2026: 0}}
        },
        demands={"user": want({2025: 1, 2026: 4}, shortfall_cost=100)},
        stockpiles={"store": {"site": "user", "commodity": "ore"}},
        lanes=[lane("far", "user", cost=1)],
    ).solve()
    (row,) = solution.stock_purchases.to_dict("records")
    assert (row["from"], row["from_country"]) == ("user", "XAA")
    assert (row["bought_t"], row["paid_usd"]) == approx((4, 84))


def test_the_text_tells_who_sold_and_who_bears():
    text = render(stock(stored({"holding_cost": 2}).solve()))
    assert "Who pays for the stock" in text
    (row,) = [line for line in text.splitlines() if line.startswith("store") and "%" in line]
    assert [cell.strip() for cell in row.split("  ") if cell.strip()] == [
        *["store", "8", "XCC 62 %, XDD 38 %", "168", "16", "184"]
    ]
    assert "It is borne by the country of each stockpile: XAA 184 USD." in " ".join(text.split())


def test_stock_that_was_there_is_not_paid_for():
    """Of 4 t at the start none is bought; taken out at the user's 100 a tonne."""
    solution = network(
        horizon=HORIZON,
        demands={"user": want({2025: 0, 2026: 5}, shortfall_cost=100)},
        stockpiles={"store": {"country": "XAA", "commodity": "ore", "initial": 4}},
        lanes=[lane("store", "user")],
    ).solve()
    (row,) = solution.stock_accounts.to_dict("records")
    assert (row["bought_t"], row["paid_usd"], row["worth_usd"]) == approx((0, 0, 400))
    assert solution.stock_purchases.empty

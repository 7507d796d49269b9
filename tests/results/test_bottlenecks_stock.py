"""Limits of stockpiles among the bottlenecks, and limits that copies by origin share."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.small import lane, mine, network, want


def stocked(**pile: object) -> rs.Network:
    """Let XAA want 4 t a year in 2025, at 10, and in 2026, at 30; a vault stands at the user's."""
    return network(
        horizon={"start": 2025, "periods": 2},
        facilities={"mine": mine(cost={2025: 10, 2026: 30})},
        demands={"user": want(4)},
        stockpiles={"vault": {"site": "user", "commodity": "ore", **pile}},
        lanes=[lane("mine", "user")],
    )


@pytest.mark.parametrize(
    ("pile", "limit", "rent"),
    [
        ({"capacity": 3}, "stockpiles.vault.capacity", 20),
        ({"max_fill": 3}, "stockpiles.vault.max_fill", 20),
        ({"max_release": 3}, "stockpiles.vault.max_release", 20),
        ({"initial": 5, "final": 2}, "stockpiles.vault.final", 10),
    ],
)
def test_what_a_limit_of_a_stockpile_is_worth(pile, limit, rent):
    """A tonne bought in 2025 for 2026 saves 20. Of 5 t, 2 must stay: a tonne less of them saves 10.

    (3 t of the 5 serve 2026, and the fourth is bought in 2025.)
    """
    table = stocked(**pile).solve().bottlenecks().set_index("limit")
    assert table.loc[limit, "rent_usd_per_t"] == pytest.approx(rent)
    assert table.loc[limit, "kind"] == "stockpile"


def test_a_limit_that_copies_by_origin_share_is_shown_once():
    """The lane carries 5 of 8 t, 3 of XAA and 2 of XDD; one more saves 25 - 10, with a rule as without.

    Neither copy is at the lane's capacity by itself.
    """

    def build(**sections: object) -> rs.Network:
        return network(
            facilities={
                "cheap": mine("XAA", cost=9, capacity=3),
                "other": mine("XDD", cost=10),
                "dear": mine("XBB", cost=25),
            },
            hubs={"port": {"passes": "ore"}},
            demands={"user": want(8, "XBB")},
            lanes=[
                lane(["cheap", "other"], "port"),
                lane("port", "user", capacity=5),
                lane("dear", "user"),
            ],
            **sections,
        )

    rule = {"rule": {"type": "origin_rule", "exclude": "XAA", "demand": "user"}}
    for found in (build(), build(policies=rule)):
        table = found.solve().bottlenecks()
        assert table.loc[table["kind"] == "lane", "rent_usd_per_t"].tolist() == pytest.approx([15])


def test_stock_that_has_to_stay_may_be_too_little():
    """3 of 5 t must go, and getting rid of one costs 6: a tonne more that may stay saves 6."""
    found = network(
        commodities={"ore": {"disposal_cost": 6}},
        facilities={"mine": mine(capacity=0)},
        stockpiles={"vault": {"country": "XAA", "commodity": "ore", "initial": 5, "final": 2}},
    )
    table = found.solve().bottlenecks().set_index("limit")
    assert table.loc["stockpiles.vault.final", ["bound", "rent_usd_per_t"]].tolist() == ["ceiling", 6]


def pool(**shares: str) -> rs.Network:
    """Let 20 t stand in a pool, and a mine add 8 t in 2025; XBB wants 6 t a year, and XCC as much.

    A tonne short costs XBB 50 and XCC 200.
    """
    return network(
        horizon={"start": 2025, "periods": 2},
        stockpiles={"pool": {"country": "XDD", "commodity": "ore", "initial": 20, "shares": shares}},
        facilities={"mine": mine("XDD", cost=0, capacity={2025: 8, 2026: 0})},
        demands={"b": want(6, "XBB", shortfall_cost=50), "c": want(6, "XCC", shortfall_cost=200)},
        lanes=[lane("mine", "pool"), lane("pool", {"kind": "demand"})],
    )


def test_what_moves_of_a_member_s_share_is_what_is_shown_with_its_part_of_what_was_put_in():
    """A tenth of 28 t are 2.8 t; 10 % more are 0.28 t, which save XCC 200 each, until it has its 12 t."""
    table = pool(XBB="50%", XCC="10%").solve().bottlenecks().set_index("limit")
    row = table.loc["stockpiles.pool.shares.XCC"]
    assert row[["limit_t", "one_more_usd_per_t", "one_less_usd_per_t"]].tolist() == pytest.approx(
        [2.8, 200, 200]
    )
    assert row[["from_t", "to_t", "gain_10pct_usd"]].tolist() == pytest.approx([0, 12, 56])


def test_members_with_equal_shares_are_limits_of_their_own():
    """A quarter of 28 t are 7 t each, of the 12 t wanted: 0.7 t more save XBB 35, and XCC 140."""
    table = pool(XBB="25%", XCC="25%").solve().bottlenecks().set_index("limit")
    for member, rent in (("XBB", 50), ("XCC", 200)):
        row = table.loc[f"stockpiles.pool.shares.{member}"]
        assert row[["rent_usd_per_t", "one_more_usd_per_t"]].tolist() == pytest.approx([rent, rent])
        assert row["gain_10pct_usd"] == pytest.approx(0.7 * rent)

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

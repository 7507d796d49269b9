"""Stockpiles at a site of their own: what lanes bring is put in, and what they take away was in stock."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from tests.small import lane, mine, network, want


def vault(pile: dict[str, Any], **sections: Any) -> rs.Network:
    """Let a mine serve a user, short at 100, through a vault; in the crisis of 2026 ore costs 2, else 1.

    Keeping a tonne for a year costs 10, so nothing is bought ahead.
    """
    return network(
        **{
            "horizon": {"start": 2025, "periods": 3},
            "facilities": {"mine": mine(cost=1)},
            "stockpiles": {"vault": {"country": "XAA", "commodity": "ore", "holding_cost": 10, **pile}},
            "demands": {"user": want(10, shortfall_cost=100)},
            "lanes": [lane("mine", "vault"), lane("vault", "user")],
            "policies": {
                "crisis": {"type": "price_shock", "of": "mine", "surcharge": 1, "since": 2026, "until": 2027},
                "rule": {"type": "stockpile_rule", "stockpile": "vault", "release_only_while": "crisis"},
            },
            "scenarios": {"ruled": {"policies": ["crisis", "rule"]}},
            **sections,
        }
    )


def served(solution: rs.Solution) -> list[float]:
    return [float(value) for value in solution.shortfall["delivered_t"]]


def test_nothing_goes_through_a_vault_that_is_closed():
    """Closed in 2025 and 2027: 10 t short in each, 2000, and 10 t at 2 in 2026."""
    solution = vault({}).solve("ruled")
    assert served(solution) == pytest.approx([0, 10, 0])
    assert solution.cost == pytest.approx(2000 + 20)


def test_what_passes_is_put_in_and_taken_out_and_is_counted_as_both():
    """Without the rule 10 t a year pass, with no stock at the end; less where less may go in or out."""
    passing = vault({}).solve()
    assert served(passing) == pytest.approx([10, 10, 10])
    for column in ("fill_t", "release_t"):
        assert passing.stocks[column].tolist() == pytest.approx([10] * 3)
    assert passing.stocks["closing_t"].tolist() == pytest.approx([0, 0, 0])
    assert served(vault({"max_fill": 6}).solve()) == pytest.approx([6, 6, 6])
    assert served(vault({"max_fill": 6, "max_release": 5}).solve()) == pytest.approx([5, 5, 5])


def test_goods_pass_by_a_stock_at_a_shared_site():
    """The vault is at a port: the rule holds its 5 t until 2026, not what goes through the port."""
    lanes = [lane("mine", "port"), lane("port", "user")]
    sites = {"port": {"country": "XAA"}}
    solution = vault({"site": "port", "initial": 5}, sites=sites, lanes=lanes).solve("ruled")
    assert served(solution) == pytest.approx([10, 10, 10])
    assert solution.stocks["release_t"].tolist() == pytest.approx([0, 5, 0])
    assert solution.cost == pytest.approx(10 + 5 * 2 + 10 + 5 * 15)


def test_a_site_that_others_name_is_shared():
    """The user stands at the vault's site: what arrives there is at hand without entering the stock."""
    solution = vault(
        {},
        demands={"user": {"site": "vault", "commodity": "ore", "quantity": 10, "shortfall_cost": 100}},
        lanes=[lane("mine", "vault")],
    ).solve("ruled")
    assert served(solution) == pytest.approx([10, 10, 10])
    assert solution.stocks["fill_t"].sum() == 0


def test_what_is_under_way_is_put_in_when_it_lands():
    """4 t land in 2025 and are there in 2026, when the vault opens: 6 more at 2; keeping the 4 costs 6."""
    solution = vault(
        {"holding_cost": 1.5},
        lanes=[lane("mine", "vault", in_transit={2025: 4}), lane("vault", "user")],
    ).solve("ruled")
    assert solution.stocks["fill_t"].tolist() == pytest.approx([4, 6, 0])
    assert served(solution) == pytest.approx([0, 10, 0])
    assert solution.cost == pytest.approx(2000 + 12 + 6)


def test_a_member_s_share_is_of_what_is_put_in_not_of_what_is_brought_and_thrown_away():
    """A holds half of a pool that takes 6 t a year: 3 t a year for A, whatever is brought there."""
    solution = vault({"shares": {"XAA": "50%"}, "max_fill": 6}).solve()
    assert sum(served(solution)) == pytest.approx(9)

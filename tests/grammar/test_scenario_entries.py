"""Entries that a scenario brings with it: policies, stockpiles, lanes, and a horizon of its own."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs

FILLED_THEN_BANNED: dict[str, Any] = {
    "horizon.periods": 4,
    "horizon.step": "quarter",
    "horizon.start": "2025-01",
    "stockpiles.vault": {"country": "USA", "commodity": "magnet", "capacity": 5},
    "lanes.inward": {"from": "works", "to": "vault", "commodity": "magnet", "cost": 1},
    "lanes.outward": {"from": "vault", "to": "user", "commodity": "magnet", "cost": 1},
    "policies.ban.since": "2025-07",
    "policies.loan": {"type": "budget", "amount": 30, "stockpile": "vault"},
}


def network(scenarios: dict[str, Any], **more: Any) -> rs.Network:
    return rs.Network.from_dict(
        {
            "commodities": {"magnet": {"price": 10}},
            "facilities": {"works": {"country": "CHN", "outputs": {"magnet": 1}, "cost": 1, "capacity": 100}},
            "demands": {
                "user": {"country": "USA", "commodity": "magnet", "quantity": 12, "shortfall_cost": 100}
            },
            "lanes": {"direct": {"from": "works", "to": "user", "commodity": "magnet", "cost": 1}},
            "policies": {"ban": {"type": "export_restriction", "from": "CHN", "cut": 1.0}},
            "scenarios": scenarios,
            **more,
        }
    )


@pytest.mark.parametrize("horizon", [{}, {"horizon": {"start": "2030-01"}}])
def test_a_scenario_may_add_a_stockpile_a_policy_and_periods(horizon):
    """30 USD at 10 USD/t buy 3 t in two quarters; 6 t are wanted in the other two, so 3 are short."""
    found = network({"vault": {"policies": ["ban", "loan"], "set": FILLED_THEN_BANNED}}, **horizon)
    solution = found.solve("vault")
    assert len(solution.stocks) == 4
    assert solution.stocks["fill_t"].sum() == pytest.approx(3)
    assert solution.shortfall["shortfall_t"].sum() == pytest.approx(3)


def test_a_policy_that_a_scenario_adds_is_known_to_those_that_extend_it_and_to_no_other():
    vault = {"policies": ["loan"], "set": FILLED_THEN_BANNED}
    later = {"extends": "vault", "policies": ["ban"]}
    assert network({"vault": vault, "later": later}).solve("later").cost > 0
    with pytest.raises(rs.InputError, match=r"scenarios\.other\.policies\.0: unknown policy 'loan'"):
        network({"vault": vault, "other": {"policies": ["loan"]}})

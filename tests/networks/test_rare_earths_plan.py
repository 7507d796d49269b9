"""What to build on rare_earths before it is known whether the ban comes."""

from __future__ import annotations

import pytest

import resilience as rs


def test_a_plan_for_ban_and_peace_with_10_billion():
    """The default scenarios; everything until 2028 is the same in both, and each costs what it does at least.

    It builds less than if the ban were certain, saves more than it costs, and grants no wish of 2029.
    """
    network = rs.load("rare_earths")
    found = rs.plan(network, budget=10e9)
    assert found.choice.names == ("investment", "investment_in_peace")
    assert found.certificate.holds
    assert found.solutions["investment"].period_names[found.choice.known_from] == "2029"
    for name, known in zip(found.choice.names, found.known, strict=True):
        assert found.solutions[name].certificate.holds
        assert found.solutions[name].cost >= known * (1 - 1e-9)
        assert known == pytest.approx(network.solve(name).cost, rel=1e-6)  # 10 bn bind in neither
    certain = network.solve("investment").projects
    capital = {
        key: item.capital_cost for key, item in network.formulation("investment").spec.projects.items()
    }
    spent = sum(capital[key] * part for key, part in zip(certain["project"], certain["share"], strict=True))
    assert 0 < found.spent < spent < 10e9
    assert found.saved > 5 * found.spent
    assert found.decisions["period"].astype(int).max() < 2029
    first, second = (solution.flows for solution in found.solutions.values())
    for period, same in (("2026", True), ("2028", True), ("2029", False)):
        shipped = [part[part["period"] == period].set_index("lane")["flow_t"] for part in (first, second)]
        difference = shipped[0].sub(shipped[1], fill_value=0.0).abs().max()
        assert (difference < 1e-2) == same

"""What each single failure costs."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.analyses.test_worst_case import three_mines


def test_failures_by_hand():
    """8 t from A (5 at 10) and B (3 of 4 at 11) cost 83.

    Without A: 4 of B, 3 of C at 12, 1 short: 180. Without B: 5 of A, 3 of C: 86. Without C nothing changes.
    """
    found = rs.single_failures(three_mines()).set_index("failure")
    assert found["rise_usd"].to_dict() == pytest.approx({"XAA": 97, "XBB": 3, "XCC": 0})
    assert found["rise_of_shortfall_t"].to_dict() == pytest.approx({"XAA": 1, "XBB": 0, "XCC": 0})


def test_half_a_failure():
    """Half of A's 5 t are replaced by 1 t of B and 1.5 of C: 2.5 x 10 + 4 x 11 + 1.5 x 12 = 87."""
    found = rs.single_failures(three_mines(), cut=0.5, only=["XAA"])
    assert found["cost_usd"].tolist() == pytest.approx([87])


def test_a_facility_and_a_country_of_one_facility_fail_alike():
    """Mines are the only thing that their countries have."""
    by_country = rs.single_failures(three_mines())["cost_usd"].tolist()
    assert rs.single_failures(three_mines(), "facility")["cost_usd"].tolist() == pytest.approx(by_country)
    assert rs.single_failures(three_mines(), "outage")["cost_usd"].tolist() == pytest.approx(by_country)
    assert rs.single_failures(three_mines(), "lane")["cost_usd"].tolist() == pytest.approx(by_country)


def test_a_failure_on_top_of_a_scenario():
    """With A banned already, 180; losing B as well leaves 3 of C and 5 short: 536."""
    network = three_mines(
        policies={"ban": {"type": "export_restriction", "from": "XAA"}},
        scenarios={"ban": {"policies": ["ban"]}},
    )
    found = rs.single_failures(network, scenario="ban", only=["XBB"])
    assert found["cost_usd"].tolist() == pytest.approx([536])
    assert found["rise_usd"].tolist() == pytest.approx([356])

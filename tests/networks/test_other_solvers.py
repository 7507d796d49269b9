"""Another engine finds the same least cost of the shipped networks."""

from functools import cache

import pytest

import resilience as rs


@cache
def network() -> rs.Network:
    return rs.load("rare_earths")


@pytest.mark.parametrize(
    "scenario", ["baseline", "april_2025_controls", "ban", "price_floor_guarantee", "dfars_2027"]
)
def test_cbc_agrees_on_rare_earths(scenario):
    """Plain, with quotas from a baseline, with a ban, with columns of a policy's own, with origin layers."""
    ours, theirs = network().solve(scenario), network().solve(scenario, solver="pulp:CBC")
    assert "HiGHS" not in theirs.outcome.solver
    assert theirs.cost == pytest.approx(ours.cost, rel=1e-6)
    assert theirs.certificate.holds

"""Another engine finds the same least cost of the shipped networks."""

from functools import cache

import pytest

import resilience as rs

load = cache(rs.load)


@pytest.mark.parametrize(
    ("name", "scenario"),
    [
        ("rare_earths", "baseline"),
        ("rare_earths", "april_2025_controls"),
        ("rare_earths", "ban"),
        ("rare_earths", "price_floor_guarantee"),
        ("rare_earths", "dfars_2027"),
        ("graphite", "ban_natural_fixed_recipe"),
        ("graphite", "feoc"),
    ],
)
def test_cbc_agrees(name, scenario):
    """Plain, quotas from a baseline, bans, columns of a policy's own, origin layers, shares, steps."""
    network = load(name)
    ours, theirs = network.solve(scenario), network.solve(scenario, solver="pulp:CBC")
    assert "HiGHS" not in theirs.outcome.solver
    assert theirs.cost == pytest.approx(ours.cost, rel=1e-6)
    assert theirs.certificate.holds

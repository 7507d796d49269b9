"""What many tests ask of the shipped network: loaded once and solved once a scenario in every process.

Only for tests that look: whoever changes a solver session or counts solves makes a network of its own.
"""

from __future__ import annotations

from functools import cache

import resilience as rs


@cache
def rare_earths() -> rs.Network:
    """Return the network."""
    return rs.load("rare_earths")


@cache
def planned(scenario: str | None = None) -> rs.Solution:
    """Return the plan of a scenario."""
    return rare_earths().solve(scenario)

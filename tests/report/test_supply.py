"""How demands are supplied, in words."""

from __future__ import annotations

from resilience.report.supply import routes
from resilience.report.tables import render
from tests.small import lane, mine, network, want


def test_who_is_cut_off_and_receives_nothing_at_all_is_told_so():
    """The ban leaves its only aim without a source, while others are still supplied."""
    solution = network(
        facilities={"pit": mine(cost=10)},
        demands={"user": want(5, country="XBB", shortfall_cost=70), "other": want(5, country="XCC")},
        lanes=[lane("pit", ["user", "other"])],
        policies={"ban": {"type": "export_restriction", "from": "XAA", "to": "XBB"}},
        scenarios={"banned": {"policies": ["ban"]}},
    ).solve("banned")
    told = " ".join(render(routes(solution)).split())
    assert told == "How those cut off from XAA are supplied They receive nothing."

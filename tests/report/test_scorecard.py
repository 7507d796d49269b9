"""A scorecard in words says what has no value or no bound, in place of failing on it."""

from __future__ import annotations

import resilience as rs
from resilience.report.scorecard import scorecard
from resilience.report.tables import render
from tests import small


def test_what_has_no_value_and_what_leaves_no_plan_is_said():
    """8 t here and an unlimited mine there: no shares. Without both, 14 t must be met and cannot be."""
    network = small.network(
        stages=["mining"],
        facilities={
            "near": small.mine("XAA", stage="mining", capacity=8, cost=1),
            "far": small.mine("XBB", stage="mining", cost=2),
        },
        demands={"works": small.want(14, "XCC")},
        lanes=[small.lane("near", "works"), small.lane("far", "works")],
    )
    text = render(scorecard(rs.scorecard(network)))
    (line,) = [row for row in text.splitlines() if "HHI of capacity" in row]
    assert line.endswith("cannot be told")
    (line,) = [row for row in text.splitlines() if "restriction by 2" in row]
    assert line.endswith("no plan is left")

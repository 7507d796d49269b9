"""What the analyses take is measured; here on a small network, and no time is asserted."""

import resilience as rs
from tests.benchmarks.analyses import ANALYSES, measured


def test_analyses_are_measured_in_solves():
    names = [
        name
        for name in ANALYSES
        if name.startswith(("single_failures by c", "worst_case k=2 by c", "harden k=1, 23"))
    ]
    table = measured(rs.load("tutorial"), names)
    assert table["analysis"].tolist() == ["solve(ban)", *names]
    assert (table["cpu_s"] > 0).all()
    assert table["solves"].iloc[0] == 1.0

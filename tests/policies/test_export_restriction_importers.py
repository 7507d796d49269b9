"""Export restrictions that hold towards each importer by itself."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.small import column, lane, mine, network, want


def two_buyers(**policy: object) -> rs.Network:
    """Let XAA alone dig, at 10; XBB wants 8 t, a missing one costs 100, XCC wants 4 t, one costs 30."""
    return network(
        facilities={"mine": mine("XAA", cost=10)},
        demands={
            "dear": want(8, "XBB", shortfall_cost=100),
            "other": want(4, "XCC", shortfall_cost=30),
        },
        lanes=[lane({"kind": "facility"}, {"kind": "demand"})],
        policies={"cut": {"type": "export_restriction", "from": "XAA", **policy}},
        scenarios={"baseline": {}, "cut": {"extends": "baseline", "policies": ["cut"]}},
    )


@pytest.mark.parametrize(
    ("policy", "short", "cost"),
    [
        ({"cut": "50%"}, {"dear": 2, "other": 4}, 380),
        ({"cut": "50%", "each_importer": True}, {"dear": 4, "other": 2}, 520),
        ({"quota": 5}, {"dear": 3, "other": 4}, 470),
        ({"quota": 5, "each_importer": True}, {"dear": 3, "other": 0}, 390),
    ],
)
def test_a_restriction_of_each_importer_lets_no_buyer_have_another_s_share(policy, short, cost):
    """Half of 12 t all to the dearer: 60 + 200 + 120; half to each: 60 + 400 + 60.

    A quota of 5 t: 50 + 300 + 120; of 5 t to each: 90 + 300.
    """
    solution = two_buyers(**policy).solve("cut")
    assert solution.cost == pytest.approx(cost)
    assert column(solution.shortfall, "demand", "shortfall_t") == pytest.approx(short)


@pytest.mark.parametrize("policy", [{"reach": "content"}, {"cut": "50%", "basis": "capacity"}])
def test_each_importer_needs_shipments_that_can_be_told_apart(policy):
    with pytest.raises(rs.InputError, match="each_importer"):
        two_buyers(each_importer=True, **policy)


def test_each_importer_is_not_known_of_what_goes_to_a_place_in_no_country():
    """At sea nobody has bought it yet; taken for an importer, the place would share one quota among all."""
    sections = {
        "facilities": {"mine": mine("XAA", cost=10)},
        "hubs": {"sea": {"passes": ["ore"]}},
        "demands": {"user": want(8, "XBB", shortfall_cost=100)},
        "lanes": [lane("mine", "sea"), lane("sea", "user")],
        "policies": {"cut": {"type": "export_restriction", "from": "XAA", "quota": 3, "each_importer": True}},
        "scenarios": {"cut": {"policies": ["cut"]}},
    }
    with pytest.raises(rs.InputError, match="'sea' is in no country, and it cannot be told who"):
        network(**sections).solve("cut")

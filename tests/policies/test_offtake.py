"""Offtake contracts, by hand: at least so much is taken from a facility."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of, on, path_in
from tests.small import column, lane, mine, network, want


def two_sources(contracts: dict[str, dict[str, object]], **sections: object) -> rs.Network:
    """Let XBB want 8 t and XCC 2 t: XAA delivers at 10, XBB's own mine at 25."""
    policies = {
        key: {"type": "offtake", "facility": "dear", **contract} for key, contract in contracts.items()
    }
    return network(
        **{
            "facilities": {"cheap": mine("XAA", cost=10), "dear": mine("XBB", cost=25)},
            "demands": {"user": want(8, "XBB"), "other": want(2, "XCC")},
            "lanes": [lane({"kind": "facility"}, {"kind": "demand"})],
            **on(policies),
            **sections,
        }
    )


def test_what_the_contract_costs():
    """3 of 8 t at 25: 7 x 10 + 75; a tonne less of it would save 15."""
    found = two_sources({"deal": {"buyer": "user", "quantity": 3}})
    before = found.solve().cost
    solution = found.solve("on")
    assert solution.cost == pytest.approx(145)
    table = solution.bottlenecks().set_index("limit")
    assert table.loc["policies.deal", ["bound", "rent_usd_per_t", "limit_t"]].tolist() == ["floor", 15, 3]
    assert solution.cost_breakdown.index.get_level_values("kind").tolist() == ["resource"]
    assert found.solve().cost == before == 100


def test_take_or_pay_means_more_than_is_wanted():
    """10 t are taken where 8 are wanted: 250, and 2 x 10 for the other user; the surplus is thrown away."""
    solution = two_sources({"deal": {"buyer": "user", "quantity": 10}}).solve("on")
    assert solution.cost == pytest.approx(270)
    assert column(solution.disposals, "site", "disposed_t") == pytest.approx({"user": 2})


def test_buyers_take_it_together():
    """3 t for the two together: the other user takes 2 at most usefully, so one goes to XBB or all three.

    Any split costs 15 more per t: 100 + 45.
    """
    solution = two_sources({"deal": {"buyer": {"kind": "demand"}, "quantity": 3}}).solve("on")
    assert solution.cost == pytest.approx(145)


def test_of_some_commodities_only():
    """The mine gives ore and salt; the contract is for 3 t of salt, which must come, at 1 per t of lane."""
    found = two_sources(
        {"deal": {"buyer": "user", "commodities": "salt", "quantity": 3}},
        commodities=["ore", "salt"],
        facilities={
            "cheap": mine("XAA", cost=10),
            "dear": {"country": "XBB", "outputs": {"ore": 1, "salt": 1}, "cost": 25},
        },
        demands={"user": want(8, "XBB"), "eater": {"site": "user", "commodity": "salt", "quantity": 0}},
        lanes=[
            lane("cheap", "user"),
            lane("dear", "user", cost=0.5),
            lane("dear", "user", "salt", cost=1),
        ],
    )
    assert found.solve("on").cost == pytest.approx(5 * 10 + 3 * (25 + 0.5 + 1))


def test_two_contracts_overlap():
    """3 t for the user and 4 for everybody: 4 at 25, three of them to the user, one more or all the rest."""
    contracts = {
        "one": {"buyer": "user", "quantity": 3},
        "all": {"buyer": {"kind": "demand"}, "quantity": 4},
    }
    assert two_sources(contracts).solve("on").cost == pytest.approx(100 + 60)


def test_a_contract_is_per_year_and_ends():
    """4 t in 2026 and 6 in 2027 of four years, by quarters: 15 more on each of 10 t."""
    found = two_sources(
        {"deal": {"buyer": "user", "quantity": {2026: 4, 2027: 6}, "from": 2026, "until": 2028}},
        horizon={"start": 2025, "periods": 16, "step": "quarter"},
    )
    assert found.solve("on").cost == pytest.approx(400 + 150)


def test_a_lane_with_a_fixed_cost_may_carry_more_than_is_wanted():
    """The contract's 10 t go along a lane that costs 7 when used: 250 + 7 + 20.

    So what is wanted does not bound the use of that lane, and its capacity must.
    """

    def build(**fields: object) -> rs.Network:
        lanes = [lane("cheap", {"kind": "demand"}), lane("dear", "user", fixed_cost=7, **fields)]
        return two_sources({"deal": {"buyer": "user", "quantity": 10}}, lanes=lanes)

    assert build(capacity=50).solve("on").cost == pytest.approx(277)
    with pytest.raises(rs.InputError, match="needs a capacity: nothing bounds how much of it"):
        build()


def test_a_contract_nobody_can_keep_names_itself():
    found = two_sources({"deal": {"buyer": "user", "quantity": 3}})
    with pytest.raises(rs.InfeasibleError, match="deal"):
        found.solve("on", set={"facilities.dear.capacity": 2})


YAML = """\
commodities: {ore: {}, salt: {}}
facilities:
  dear: {country: XBB, outputs: {ore: 1}, cost: 25}
demands:
  user: {country: XBB, commodity: ore, quantity: 8}
lanes:
  - {from: dear, to: user, commodity: ore}
policies:
  deal: {type: offtake, %s}
scenarios:
  on: {policies: [deal]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("facility: dear, buyer: user", "", "needs `quantity`"),
        ("facility: dear, quantity: 3", "", "needs `buyer`"),
        ("facility: dear, buyer: user, quantity: 0", "quantity", "must be above 0"),
        ("facility: dear, buyer: user, quantity: 3 t", "quantity", "did you mean 't/yr'"),
        ("facility: user, buyer: dear, quantity: 3", "facility", "matches no lane from the facility to the"),
        ("facility: dear, buyer: user, commodities: salt, quantity: 3", "facility", "matches no lane"),
        ("facility: daer, buyer: user, quantity: 3", "facility", "unknown place 'daer'; did you mean 'dear'"),
        ("facility: dear, buyer: {cuontry: XBB}, quantity: 3", "buyer.cuontry", "did you mean 'country'"),
        ("facility: dear, buyer: {}, quantity: 3", "buyer", "an empty selector"),
        ("facility: dear, buyer: user, quantity: 3, from: 2027, until: 2026", "", "is not after since"),
        ("facility: dear, buyer: user, quantity: 3, until: 2025", "until", "never in force"),
    ],
)
def test_a_wrong_contract_is_an_error_with_its_line(fields, path, message):
    assert fault_of(YAML % fields, message) == (9, path_in("deal", path))

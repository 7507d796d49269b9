"""Changes of demand, by hand."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of, on, path_in
from tests.small import column, lane, mine, network, want


def market(changes: dict[str, dict[str, object]], **sections: object) -> rs.Network:
    """Let XAA want 8 t for cars and 2 t for defence, at 10 a tonne."""
    policies = {
        key: {"type": "demand_change", "demand": {"sector": "cars"}, **change}
        for key, change in changes.items()
    }
    return network(
        **{
            "facilities": {"mine": mine(cost=10)},
            "demands": {"cars": want(8, sector="cars"), "defence": want(2, sector="defence")},
            "lanes": [lane("mine", {"kind": "demand"})],
            **on(policies),
            **sections,
        }
    )


@pytest.mark.parametrize(("factor", "cost"), [("150%", 140), (0.5, 60), (1, 100), (0, 20)])
def test_a_demand_grows_and_shrinks(factor, cost):
    """8 t times the factor, and 2 t, at 10."""
    found = market({"change": {"factor": factor}})
    before = found.solve().cost
    assert found.solve("on").cost == pytest.approx(cost)
    assert found.solve().cost == before == 100


def test_two_changes_multiply():
    """8 x 1.5 x 2 = 24, and the 2 t doubled: 28 x 10."""
    found = market({"one": {"factor": 1.5}, "two": {"demand": {"kind": "demand"}, "factor": 2}})
    assert found.solve("on").cost == pytest.approx(280)


def test_a_change_by_dates_while_it_lasts():
    """Factors 1.5 in 2026 and 2 in 2027, until 2028: 100 + 140 + 180 + 100."""
    found = market(
        {"change": {"factor": {2025: 1.5, 2027: 2}, "from": 2026, "until": 2028}},
        horizon={"start": 2025, "periods": 4},
    )
    assert found.solve("on").cost == pytest.approx(520)


def test_tiers_of_shortfall_grow_with_the_demand():
    """8 t, half of them worth 20 and half 80, and a mine of 4 t at 10; doubled to 16 t, 8 of them at 20.

    Before: 40 + 4 x 20. After: 40 + 8 x 20 + 4 x 80.
    """
    found = market(
        {"change": {"factor": 2}},
        facilities={"mine": mine(cost=10, capacity=4)},
        demands={"cars": want(8, sector="cars", shortfall_cost=[{"capacity": 4, "cost": 20}, {"cost": 80}])},
    )
    assert found.solve().cost == pytest.approx(120)
    solution = found.solve("on")
    assert solution.cost == pytest.approx(520)
    assert column(solution.shortfall, "demand", "wanted_t") == {"cars": 16}


@pytest.mark.parametrize("price", [20, [{"capacity": 4, "cost": 20}, {"cost": 15}]])
@pytest.mark.parametrize(("factor", "sold"), [(1, 6), (1.5, 9), (0, 0)])
def test_an_outlet_buys_more_or_less(price, factor, sold):
    """6 t are bought, at 20 or the first 4 of them at 20 and the rest at 15; the ore costs 10."""
    found = market(
        {"change": {"factor": factor}},
        demands={"outlet": want(6, sector="cars", price=price)},
    )
    solution = found.solve("on")
    assert solution.sales["sold_t"].sum() == pytest.approx(sold)
    first = min(4 * factor, sold) if isinstance(price, list) else sold
    assert solution.cost == pytest.approx(-10 * first - 5 * (sold - first))


@pytest.mark.parametrize(("factor", "cost"), [(1, 80), (1.5, 120), (2, 16 * 50), (0, 0)])
def test_a_demand_with_a_single_source(factor, cost):
    """Two lanes of 12 t; 8 or 12 t fit into one of them, 16 t do not and go wholly short at 50."""
    found = market(
        {"change": {"factor": factor}},
        facilities={"mine": mine(cost=10), "other": mine(cost=10)},
        demands={"cars": want(8, sector="cars", shortfall_cost=50, single_source=True)},
        lanes=[lane({"kind": "facility"}, "cars", capacity=12)],
    )
    assert found.solve("on").cost == pytest.approx(cost)


YAML = """\
commodities: {ore: {}}
facilities:
  mine: {country: XAA, outputs: {ore: 1}}
demands:
  user: {country: XAA, commodity: ore, quantity: 8}
lanes:
  - {from: mine, to: user, commodity: ore}
policies:
  change: {type: demand_change, %s}
scenarios:
  on: {policies: [change]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("demand: user", "", "needs `factor`"),
        ("factor: 2", "", "needs `demand`"),
        ("demand: user, factor: -1", "factor", "below the least possible"),
        ("demand: user, factor: 2 t/yr", "factor", "a share has none"),
        ("demand: mine, factor: 2", "demand", "'mine' is a facility; wanted a demand"),
        ("demand: {country: XCC}, factor: 2", "demand", "matches no demand"),
        ("demand: usr, factor: 2", "demand", "unknown place 'usr'; did you mean 'user'"),
        ("demand: {sector: cars}, factor: 2", "demand.sector", "unknown sector 'cars'"),
        ("demand: {kind: deman}, factor: 2", "demand.kind", "unknown kind 'deman'"),
        ("demand: user, factor: 2, from: 2026, until: 2025", "", "is not after since"),
        ("demand: user, factor: 2, from: 2026", "from", "never in force"),
    ],
)
def test_a_wrong_change_is_an_error_with_its_line(fields, path, message):
    assert fault_of(YAML % fields, message) == (9, path_in("change", path))

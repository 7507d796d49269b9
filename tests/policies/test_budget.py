"""Budgets, by hand: a ceiling on what is spent for capacity and stocks."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of, on, path_in
from tests.small import column, lane, mine, network, want


def builder(budgets: dict[str, dict[str, object]], **sections: object) -> rs.Network:
    """Let XBB want 8 t: XAA delivers at 30; a plant of 10 t in XBB costs 100 to build, then 5 per t."""
    policies = {key: {"type": "budget", **budget} for key, budget in budgets.items()}
    return network(
        **{
            "commodities": {"ore": {"price": 20}},
            "facilities": {"cheap": mine("XAA", cost=30), "plant": mine("XBB", cost=5, capacity=0)},
            "projects": {"build": {"facility": "plant", "capacity": 10, "capital_cost": 100}},
            "demands": {"user": want(8, "XBB")},
            "lanes": [lane({"kind": "facility"}, "user")],
            **on(policies),
            **sections,
        }
    )


@pytest.mark.parametrize("what", [{"project": "build"}, {"country": "XBB"}, {"country": "west"}])
def test_half_of_it_is_built(what):
    """Without, 0.8 is built: 80 + 8 x 5. For 50 it is 0.5: 50 + 5 x 5 + 3 x 30.

    One unit of money more builds 0.1 t, which saves 25 x 0.1, less itself: 1.5.
    """
    found = builder({"cap": {"amount": 50, **what}}, blocs={"west": ["XBB", "XCC"]})
    before = found.solve().cost
    solution = found.solve("on")
    assert solution.cost == pytest.approx(165)
    assert column(solution.projects, "project", "share") == pytest.approx({"build": 0.5})
    table = solution.bottlenecks().set_index("limit")
    assert table.loc["policies.cap", "rent_usd_per_t"] == pytest.approx(1.5)
    assert solution.cost_breakdown.index.get_level_values("kind").unique().tolist() == ["resource"]
    assert found.solve().cost == before == pytest.approx(120)


@pytest.mark.parametrize(("amount", "cost"), [(0, 240), (1000, 120), ("0.05 kUSD", 165)])
def test_from_nothing_to_enough(amount, cost):
    assert builder({"cap": {"amount": amount, "project": "build"}}).solve("on").cost == pytest.approx(cost)


def test_another_country_s_budget_is_its_own():
    """XAA builds too, for 100 and 10 t at 5; XBB's 50 do not bind what XAA builds: 0.8 there, 80 + 40."""
    found = builder(
        {"cap": {"amount": 0, "country": "XBB"}},
        facilities={
            "cheap": mine("XAA", cost=30),
            "plant": mine("XBB", cost=5, capacity=0),
            "other": mine("XAA", cost=5, capacity=0),
        },
        projects={
            key: {"facility": where, "capacity": 10, "capital_cost": 100}
            for key, where in (("build", "plant"), ("build_other", "other"))
        },
    )
    assert found.solve("on").cost == pytest.approx(120)


def test_the_tighter_of_two_budgets_holds():
    """50 for the project, 30 for the country: 0.3 is built: 30 + 15 + 150."""
    found = builder({"a": {"amount": 50, "project": "build"}, "b": {"amount": 30, "country": "XBB"}})
    assert found.solve("on").cost == pytest.approx(195)


def stocker(budgets: dict[str, dict[str, object]], **sections: object) -> rs.Network:
    """Let XBB want 8 t in 2025 and 2026, at 10 and at 30; a vault; the reference price is 20, then 25."""
    return builder(
        budgets,
        **{
            "horizon": {"start": 2025, "periods": 2},
            "commodities": {"ore": {"price": {2025: 20, 2026: 25}}},
            "facilities": {"cheap": mine("XAA", cost={2025: 10, 2026: 30})},
            "projects": {},
            "stockpiles": {"vault": {"site": "user", "commodity": "ore"}},
            **sections,
        },
    )


@pytest.mark.parametrize("what", [{"stockpile": "vault"}, {"country": "XBB"}])
def test_stock_is_counted_at_the_reference_price(what):
    """Without, all 8 t of 2026 are bought in 2025: 160. For 100 it is 5 t at 20: 160 + 3 x 20."""
    found = stocker({"cap": {"amount": 100, **what}})
    assert found.solve().cost == pytest.approx(160)
    solution = found.solve("on")
    assert solution.cost == pytest.approx(220)
    assert solution.stocks["closing_t"].tolist() == pytest.approx([5, 0])


def test_only_spending_while_in_force_counts():
    """In force from 2026 on, when it is too late to fill: as without."""
    found = stocker({"cap": {"amount": 0, "stockpile": "vault", "from": 2026}})
    assert found.solve("on").cost == pytest.approx(160)
    until = stocker({"cap": {"amount": 0, "stockpile": "vault", "until": 2026}})
    assert until.solve("on").cost == pytest.approx(320)


def test_building_and_stocking_share_one_budget():
    """A plant of 10 t for 100 is there for both years; a tonne in stock counts 20 and saves 20 once.

    A unit of money in the plant makes 0.1 t: in 2025 it saves 5 x 0.1, in 2026 25 x 0.1, less itself: 2.
    In stock it keeps 0.05 t and saves 1. So 60 go into the plant: 6 t.
    2025: 6 x 5 + 2 x 10; 2026: 6 x 5 + 2 x 30; 60 for the plant.
    """
    found = stocker(
        {"cap": {"amount": 60, "country": "XBB"}},
        facilities={
            "cheap": mine("XAA", cost={2025: 10, 2026: 30}),
            "plant": mine("XBB", cost=5, capacity=0),
        },
        projects={"build": {"facility": "plant", "capacity": 10, "capital_cost": 100}},
    )
    assert found.solve("on").cost == pytest.approx(50 + 90 + 60)


YAML = """\
commodities: {ore: {}}
facilities:
  plant: {country: XBB, outputs: {ore: 1}, capacity: 9}
projects:
  build: {facility: plant, capacity: 10, capital_cost: 100}
demands:
  user: {country: XBB, commodity: ore, quantity: 8}
stockpiles:
  vault: {site: user, commodity: ore}
lanes:
  - {from: plant, to: user, commodity: ore}
policies:
  cap: {type: budget, %s}
scenarios:
  on: {policies: [cap]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("amount: 50", "", "needs a `project`, a `stockpile` or a `country`"),
        ("project: build", "", "needs `amount`"),
        ("project: build, amount: -1", "amount", "below the least possible"),
        ("project: build, amount: 50 EUR", "amount", "not a unit of USD"),
        ("project: build, amount: 50 USD/yr", "amount", "not a unit of USD"),
        ("project: biuld, amount: 50", "project", "unknown project 'biuld'; did you mean 'build'"),
        ("country: XCC, amount: 50", "", "matches no project and no stockpile"),
        ("stockpile: plant, amount: 50", "stockpile", "'plant' is a facility; wanted a stockpile"),
        ("stockpile: vault, amount: 50", "stockpile", "needs a reference price of what they hold"),
        ("stockpile: valt, amount: 50", "stockpile", "unknown place 'valt'; did you mean 'vault'"),
        ("project: build, amount: 50, from: 2026, until: 2026", "", "is not after since"),
        ("project: build, amount: 50, from: 2026", "from", "never in force"),
    ],
)
def test_a_wrong_budget_is_an_error_with_its_line(fields, path, message):
    assert fault_of(YAML % fields, message) == (13, path_in("cap", path))

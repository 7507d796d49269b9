"""No plan: who goes short, what stops them and where it stands, and what could earn without end."""

from __future__ import annotations

import pytest

import resilience as rs

NETWORK = """\
commodities: {ore: {}, metal: {}}
facilities:
  mine: {country: XAA, outputs: {ore: 1}, capacity: 5}
  smelter: {country: XBB, inputs: {ore: 1}, outputs: {metal: 0.5}}
demands:
  user: {country: XBB, commodity: metal, quantity: 4}
  guest: {country: XBB, commodity: metal, quantity: 1, shortfall_cost: 10}
lanes:
  - {from: mine, to: smelter, commodity: ore}
  - {from: smelter, to: user, commodity: metal}
  - {from: smelter, to: guest, commodity: metal, capacity: 10}
"""
"""5 t of ore give 2.5 t of metal. The user must have 4; the guest may go without its 1."""


def fail(extra: str = "", scenario: str | None = None, network: str = NETWORK) -> rs.InfeasibleError:
    with pytest.raises(rs.InfeasibleError) as caught:
        rs.Network.from_yaml(network + extra, "x.yaml").solve(scenario)
    return caught.value


def told(error: rs.InfeasibleError) -> list[tuple[str, str, str]]:
    return [(item.what, item.value, item.where) for item in error.conflicts]


def test_the_least_shortfall_and_the_limits_that_stop_it():
    """2.5 of 4 t can come, so 1.5 t must go short: the guest's allowed tonne is not counted.

    What conflicts is what is wanted and what the mine can make, each with its line; neither the
    guest's lane nor the user's own deliveries are to blame.
    """
    error = fail()
    assert [(item.demand, item.amount) for item in error.shortfalls] == [("user", pytest.approx(1.5))]
    assert told(error) == [
        ("demands.user.quantity", "exactly 4 t", "x.yaml:6"),
        ("facilities.mine.capacity", "at most 5 t", "x.yaml:3"),
    ]
    assert str(error).splitlines() == [
        "no plan meets every demand, minimum and limit",
        "at least 1.5 t must go short:",
        "  demand user: 1.5 t",
        "these cannot hold together; drop or relax any one of them:",
        "  demands.user.quantity: exactly 4 t  (x.yaml:6)",
        "  facilities.mine.capacity: at most 5 t  (x.yaml:3)",
        "the smallest change that mends it, and others that do, each alone:",
        "  lower demands.user.quantity from 4 to at most 2.5 t/yr, -37.5%  (x.yaml:6)",
        "  raise facilities.mine.capacity from 5 to at least 8 t/yr, +60%  (x.yaml:3)",
        "or let it go short, at a price: give a shortfall_cost to user",
    ]


@pytest.mark.parametrize(
    ("policy", "short", "conflict"),
    [
        (
            "{type: export_restriction, from: XAA}",
            4,
            ("policy stop on lanes.mine>smelter:ore", "at most 0 t", "x.yaml:13"),
        ),
        (
            "{type: export_restriction, from: XAA, quota: 3}",
            2.5,
            ("policy stop on ore from XAA", "at most 3 t", "x.yaml:13"),
        ),
        (
            "{type: outage, facility: mine, cut: 60%}",
            3,
            ("policy stop on facilities.mine", "at most 2 t", "x.yaml:13"),
        ),
    ],
)
def test_a_policy_that_stops_a_demand_is_named(policy, short, conflict):
    """A ban leaves 0 t, a quota of 3 t leaves 1.5 t of metal, an outage of 60 % leaves 1 t."""
    error = fail(f"policies:\n  stop: {policy}\nscenarios:\n  stop: {{policies: [stop]}}\n", "stop")
    assert [item.amount for item in error.shortfalls] == [pytest.approx(short)]
    assert told(error) == [("demands.user.quantity", "exactly 4 t", "x.yaml:6"), conflict]


@pytest.mark.parametrize(
    ("extra", "conflicts"),
    [
        (
            "limits:\n  cap: {over: {lane: {from: mine}}, at_most: 3}\n",
            [
                ("demands.user.quantity", "exactly 4 t", "x.yaml:6"),
                ("limits.cap.at_most", "at most 3 t", "x.yaml:13"),
            ],
        ),
        (
            "limits:\n  floor: {over: {facility: mine}, at_least: 9}\n",
            [
                ("limits.floor.at_least", "at least 9 t", "x.yaml:13"),
                ("facilities.mine.capacity", "at most 5 t", "x.yaml:3"),
            ],
        ),
        (
            "limits:\n  plan: {over: {facility: mine}, equals: 9}\n",
            [
                ("limits.plan.equals", "at least 9 t", "x.yaml:13"),
                ("facilities.mine.capacity", "at most 5 t", "x.yaml:3"),
            ],
        ),
    ],
)
def test_limits_in_conflict_are_named(extra, conflicts):
    """A ceiling against the demand; a floor or a plan of 9 t above the capacity of 5."""
    assert told(fail(extra)) == conflicts


def test_a_bound_of_zero_is_a_limit_like_any_other():
    """A blend that allows no ore at all, of a mine that is large enough."""
    network = NETWORK.replace("capacity: 5}", "capacity: 50}")
    blend = "limits:\n  grade: {over: [{facility: mine, weight: -1}], at_least: 0}\n"
    assert told(fail(blend, network=network)) == [
        ("demands.user.quantity", "exactly 4 t", "x.yaml:6"),
        ("limits.grade.at_least", "at least 0 t", "x.yaml:13"),
    ]


def test_a_floor_above_a_capacity_is_no_matter_of_demand():
    """No shortfall helps, so none is told."""
    error = fail("limits:\n  floor: {over: {facility: mine}, at_least: 9}\n")
    assert error.shortfalls == ()
    assert "even with every demand left short" in str(error)


def test_tiers_are_named_by_their_place():
    """3 + 1 t are for sale and 7 wanted: each tier is a part of the reason."""
    network = """\
commodities: {ore: {}}
supplies:
  trader: {country: XAA, commodity: ore, price: [{capacity: 3, cost: 1}, {capacity: 1, cost: 2}]}
demands:
  user: {country: XBB, commodity: ore, quantity: 7, shortfall_cost: [{capacity: 2, cost: 5}]}
lanes:
  - {from: trader, to: user, commodity: ore}
"""
    error = fail(network=network)
    assert [(item.demand, item.amount) for item in error.shortfalls] == [("user", pytest.approx(1))]
    assert told(error) == [
        ("demands.user.quantity", "exactly 7 t", "x.yaml:5"),
        ("supplies.trader.price.0.capacity", "at most 3 t", "x.yaml:3"),
        ("supplies.trader.price.1.capacity", "at most 1 t", "x.yaml:3"),
        ("demands.user.shortfall_cost.0.capacity", "at most 2 t", "x.yaml:5"),
    ]


def test_a_quantity_over_tiers_is_that_of_the_supply():
    """At most 5 t are sold, whatever the tiers; the last of them has no end."""
    network = """\
commodities: {ore: {}}
supplies:
  trader: {country: XAA, commodity: ore, quantity: 5, price: [{capacity: 3, cost: 1}, {cost: 2}]}
demands:
  user: {country: XBB, commodity: ore, quantity: 7}
lanes:
  - {from: trader, to: user, commodity: ore}
"""
    assert told(fail(network=network))[1] == ("supplies.trader.quantity", "at most 5 t", "x.yaml:3")


def test_periods_are_told_where_there_are_several():
    """5 t of ore a year; 1 t of metal is wanted in 2025 and 4 t in 2026."""
    network = NETWORK.replace("quantity: 4", "quantity: {2025: 1, 2026: 4}")
    error = fail("horizon: {start: 2025, periods: 2}\n", network=network)
    assert [(item.demand, item.period, item.amount) for item in error.shortfalls] == [
        ("user", 1, pytest.approx(1.5))
    ]
    assert "demand user in 2026: 1.5 t" in str(error)
    assert {item.what for item in error.conflicts} == {
        "demands.user.quantity in 2026",
        "facilities.mine.capacity in 2026",
    }


def test_quarters_are_called_as_in_the_tables():
    """6 t of metal a year are 1.5 t in a quarter, for which 3 t of ore are wanted; 1.25 t can be mined."""
    horizon = "horizon: {start: 2025-07, periods: 2, step: quarter}\n"
    error = fail(horizon, network=NETWORK.replace("quantity: 4", "quantity: {2025-07: 0, 2025-10: 6}"))
    assert "demand user in 2025-Q4: " in str(error)
    assert {item.what for item in error.conflicts} == {
        "demands.user.quantity in 2025-Q4",
        "facilities.mine.capacity in 2025-Q4",
    }


@pytest.mark.parametrize("solver", ["highs", "pulp:CBC"])
def test_every_solver_says_the_same(solver):
    with pytest.raises(rs.InfeasibleError) as caught:
        rs.Network.from_yaml(NETWORK, "x.yaml").solve(solver=solver)
    assert str(caught.value) == str(fail())


@pytest.mark.parametrize(
    ("network", "culprit"),
    [
        (
            """\
supplies:
  trader: {country: XAA, commodity: ore, price: 1}
demands:
  outlet: {country: XBB, commodity: ore, price: 3}
lanes:
  - {from: trader, to: outlet, commodity: ore}
""",
            "buy trader, serve outlet can grow without end",
        ),
        (
            """\
facilities:
  breeder: {country: XAA, outputs: {ore: 1}, cost: -1}
demands:
  user: {country: XAA, commodity: ore, quantity: 1, shortfall_cost: 9}
""",
            "produce breeder can grow without end",
        ),
    ],
)
def test_what_earns_without_end_is_named(network, culprit):
    """Ore bought at 1 and sold at 3 without a limit; a process that earns 1 whatever becomes of its ore."""
    with pytest.raises(rs.UnboundedError, match=culprit):
        rs.Network.from_yaml("commodities: {ore: {}}\n" + network, "x.yaml").solve()


def test_what_would_stop_it_is_told_and_does():
    """Ore at 1 is sold at 3, freight is 0.5: buying at 2.5 or selling at 1.5 earns nothing more."""
    text = """\
commodities: {ore: {}}
supplies:
  trader: {country: XAA, commodity: ore, price: 1}
demands:
  outlet: {country: XBB, commodity: ore, price: 3}
lanes:
  - {from: trader, to: outlet, commodity: ore, cost: 0.5}
"""
    net = rs.Network.from_yaml(text, "x.yaml")
    with pytest.raises(rs.UnboundedError) as caught:
        net.solve()
    fixes = {fix.path: fix.after for fix in caught.value.fixes}
    assert fixes == {
        "demands.outlet.price": pytest.approx(1.5),
        "supplies.trader.price": pytest.approx(2.5),
        "lanes.0.cost": pytest.approx(2.0),
    }
    for fix in caught.value.fixes:
        assert net.solve(set={fix.path: fix.after}).cost == pytest.approx(0, abs=1e-6)
        with pytest.raises(rs.UnboundedError):
            net.solve(set={fix.path: fix.before + 0.999 * (fix.after - fix.before)})
    assert str(caught.value).splitlines() == [
        "cost can fall without limit: buy trader, ship trader>outlet:ore, serve outlet can grow without end",
        "together they earn 1.5 USD a round:",
        "  buy trader: 1 t, costs 1 USD/t  (x.yaml:3)",
        "  ship trader>outlet:ore: 1 t, costs 0.5 USD/t  (x.yaml:7)",
        "  serve outlet: 1 t, earns 3 USD/t  (x.yaml:5)",
        "a limit on any one of them ends it: supplies.trader.quantity, lanes.0.capacity, "
        "demands.outlet.quantity",
        "so does this change of a price, each alone:",
        "  lower demands.outlet.price from 3 to at most 1.5 USD/t, -50%  (x.yaml:5)",
        "  raise supplies.trader.price from 1 to at least 2.5 USD/t, +150%  (x.yaml:3)",
        "  raise lanes.0.cost from 0.5 to at least 2 USD/t, +300%  (x.yaml:7)",
    ]

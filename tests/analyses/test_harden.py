"""The best defence against the worst attack: by hand, and against every defence and every attack."""

from __future__ import annotations

from itertools import chain, combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.analyses.harden import harden
from resilience.errors import InfeasibleError, InputError
from tests.networks_random import Shape, network_of

SIZES = {"a": (10, 5), "b": (11, 4), "c": (12, 3)}


def three_mines(capital: float | None = None, **more):
    """8 t wanted; mines in A, B and C have 5, 4 and 3 t at 10, 11 and 12; a tonne short costs 100.

    With ``capital``, up to 4 t may be built at home, whole, at 20 a tonne.
    """
    home = (
        {}
        if capital is None
        else {"home": {"country": "FIN", "outputs": {"ore": 1}, "capacity": 0, "cost": 20}}
    )
    built = {"open": {"facility": "home", "capacity": 4, "capital_cost": capital, "whole": True}}
    return rs.Network.from_dict(
        {
            "commodities": {"ore": {}},
            "supplies": {
                key: {
                    "country": f"X{key.upper()}{key.upper()}",
                    "commodity": "ore",
                    "price": p,
                    "quantity": q,
                }
                for key, (p, q) in SIZES.items()
            },
            "facilities": home,
            **({} if capital is None else {"projects": built}),
            "demands": {"user": {"country": "FIN", "commodity": "ore", "quantity": 8, "shortfall_cost": 100}},
            "lanes": [
                {"from": {"kind": ["supply", "facility"]}, "to": "user", "commodity": "ore"},
            ],
            **more,
        }
    )


def bill(open_: set[str], home: float = 0.0) -> float:
    """Return what 8 t cost from the mines that are open, tonne by tonne, cheapest first."""
    left, cost = 8.0, 0.0
    for price, most in sorted([*(SIZES[key] for key in open_), (20, home)]):
        taken = min(left, most)
        left, cost = left - taken, cost + taken * price
    return cost + 100 * left


def subsets(items, most):
    return chain.from_iterable(combinations(items, size) for size in range(most + 1))


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("budget", [None, 0, 40, 70, 110])
@pytest.mark.parametrize("capital", [None, 30, 300])
def test_against_every_defence_and_every_attack(k, budget, capital):
    """Protecting A costs 60, B 40, C 35; the new mine at home is never attacked."""
    prices = {"a": 60, "b": 40, "c": 35}
    best = np.inf
    for kept, built in product(subsets("abc", 3), (False, True) if capital else (False,)):
        spent = sum(prices[key] for key in kept) + (capital if built else 0)
        if budget is not None and spent > budget:
            continue
        worst = max(
            bill(set("abc") - set(attack), 4 if built else 0)
            for attack in subsets(sorted(set("abc") - set(kept)), k)
        )
        best = min(best, worst + spent)
    protections = {f"X{key.upper()}{key.upper()}": price for key, price in prices.items()}
    found = harden(three_mines(capital), k, budget, protections=protections, only=list(protections))
    assert found.cost == pytest.approx(best)
    assert found.gap <= 1e-6
    assert found.bound <= found.cost * (1 + 1e-9)
    assert budget is None or found.spent <= budget
    paid = sum(found.prices[option] for option in found.best.defence.protected)
    assert found.solution().cost + paid == pytest.approx(found.cost)
    table = found.table
    assert (table["lower_usd"].diff().dropna() >= -1e-6).all()
    assert (table["upper_usd"].diff().dropna() <= 1e-6).all()


def test_the_tables_by_hand():
    """Without A, 4 x 11 + 3 x 12 + 100 = 180 is the worst; with 4 t at home none is short.

    Then A is the worst still: 44 + 36 + 20, and 30 to build: 130. Nothing else is worth its 500.
    """
    found = harden(three_mines(30), protections={"XAA": 500}, only=["XAA", "XBB", "XCC"])
    assert found.cost == pytest.approx(130)
    assert found.undefended.cost == pytest.approx(180)
    assert found.attack == "XAA"
    (row,) = found.defence.to_dict("records")
    assert (row["what"], row["id"], row["country"], row["share"]) == ("build", "open", "FIN", 1.0)
    assert found.spent == row["money_usd"] == 30
    assert found.solution().production["throughput_t"].tolist() == pytest.approx([1])
    assert found.solution([]).cost == pytest.approx(50 + 33 + 30)
    assert found.solution(["XBB"]).certificate.holds
    assert "open 100%" in repr(found)
    assert found.table["worst_attack"].iloc[-1] == "XAA"


def test_what_is_protected_is_never_attacked():
    """With A protected, closing B costs 50 + 36; with B too, closing C 50 + 33, which is not worth 5."""
    found = harden(three_mines(), protections={"XAA": 1, "XBB": 5})
    assert [row["id"] for row in found.defence.to_dict("records")] == ["XAA"]
    assert found.attack == "XBB"
    with pytest.raises(InputError, match="protected"):
        found.solution(["XAA"])
    with pytest.raises(InputError, match="XAB"):
        found.solution(["XAB"])


def by_port(**supply):
    return rs.Network.from_dict(
        {
            "commodities": {"ore": {}},
            "supplies": {"mine": {"country": "XAA", "commodity": "ore", "price": 10, **supply}},
            "hubs": {"port": {"country": "XPP", "passes": ["ore"]}},
            "demands": {"user": {"country": "FIN", "commodity": "ore", "quantity": 8, "shortfall_cost": 100}},
            "lanes": [
                {"from": "mine", "to": "port", "commodity": "ore"},
                {"from": "port", "to": "user", "commodity": "ore"},
            ],
            "policies": {"storm": {"type": "outage", "facility": "port"}},
        }
    )


def test_a_limit_that_is_attacked_can_be_protected():
    """A port passes all 8 t; closing it leaves all short. Protecting it costs 5: 8 x 10 and 5."""
    found = harden(by_port(quantity=30), by="policy", protections={"storm": 5})
    assert found.cost == pytest.approx(85)
    assert found.undefended.cost == pytest.approx(800)


def test_what_may_flow_without_end_can_be_protected_too():
    """No number stands for what a protection opens: 8 x 10 and 5, though the mine has no limit."""
    found = harden(by_port(), by="policy", protections={"storm": 5})
    assert (found.cost, found.bound) == pytest.approx((85, 85))


def test_any_policy_can_be_protected_against():
    """Freight of 5 more on 8 t of 83: 123; not having it is worth up to 40."""
    shock = {"policies": {"shock": {"type": "freight_shock", "surcharge": 5}}}
    assert harden(three_mines(**shock), by="policy", protections={"shock": 39}).cost == pytest.approx(83 + 39)
    found = harden(three_mines(**shock), by="policy", protections={"shock": 41})
    assert (found.cost, found.attack) == (pytest.approx(123), "shock")
    assert found.defence.empty


def test_more_money_is_never_worse():
    costs = [
        harden(three_mines(30), 2, budget, protections={"XAA": 60, "XBB": 40}).cost
        for budget in (0, 20, 30, 70, 100, 130, 500)
    ]
    assert all(before >= after - 1e-9 for before, after in pairwise(costs))
    assert costs[0] > costs[-1] + 100


def test_ctrl_c_while_projects_are_chosen_gives_bounds():
    """With 4 t at home the worst is 130; with nothing 180. The second defence is not tried any more."""

    def stop(done, _):
        if done == 3:
            raise KeyboardInterrupt

    arguments = {"protections": {"XAA": 500}, "only": ["XAA", "XBB", "XCC"]}
    found = harden(three_mines(30), **arguments, progress=stop)
    assert not found.is_complete
    assert found.bound <= 130 <= found.cost


def test_a_plant_that_gets_nothing_stops():
    """The mill must run at 3 t and is fed by one mine: without it the mill stops and 8 t are bought at 50."""
    network = rs.Network.from_dict(
        {
            "commodities": {"ore": {}, "metal": {}},
            "facilities": {
                "mill": {
                    "country": "FIN",
                    "inputs": {"ore": 1},
                    "outputs": {"metal": 1},
                    "capacity": 9,
                    "minimum": 3,
                    "cost": 2,
                    "site": "user",
                }
            },
            "supplies": {
                "mine": {"country": "XAA", "commodity": "ore", "price": 10, "quantity": 9},
                "market": {"country": "XBB", "commodity": "metal", "price": 50, "quantity": 9},
            },
            "demands": {"user": {"country": "FIN", "commodity": "metal", "quantity": 8}},
            "lanes": [
                {"from": "mine", "to": "user", "commodity": "ore"},
                {"from": "market", "to": "user", "commodity": "metal"},
            ],
        }
    )
    worst = rs.worst_case(network)
    assert worst.worst[0].found.worst.cost == pytest.approx(400)
    assert worst.worst[0].stopped == ("mill",)
    assert worst.solution().cost == pytest.approx(400)
    failures = rs.single_failures(network).set_index("failure")
    assert failures.loc["XAA", "plants_stopped"] == "mill"
    found = harden(network, protections={"XAA": 300})
    assert (found.cost, found.bound) == pytest.approx((396, 396))
    assert found.undefended.cost == pytest.approx(400)


def test_a_demand_that_must_be_met_can_only_be_defended():
    """8 t must be met and a single closure leaves 7 at most."""
    must = {"demands": {"user": {"country": "FIN", "commodity": "ore", "quantity": 8}}}
    with pytest.raises(InfeasibleError, match="no defence within the budget"):
        harden(three_mines(**must), budget=10, protections={"XAA": 60})
    found = harden(three_mines(**must), protections={"XAA": 60})
    assert found.cost == pytest.approx(60 + 50 + 36)
    assert np.isinf(found.undefended.cost)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "nothing to defend with"),
        ({"protections": {"XA": 1}}, "no option 'XA'"),
        ({"protections": {"XAA": -1}}, "0 or more"),
        ({"protections": {"XAA": 1}, "k": 0}, "from 1"),
        ({"protections": {"XAA": 1}, "k": 1, "attack_budget": 2}, "not both"),
        ({"protections": {"XAA": 1}, "budget": float("nan")}, "0 or more"),
        ({"protections": {"XAA": 1}, "attack_budget": float("nan")}, "a number from 0, not nan"),
        ({"protections": {"XAA": 1}, "attack_budget": -1}, "a number from 0, not -1"),
        ({"protections": {"XAA": 1}, "gap": float("nan")}, "a share from 0"),
    ],
)
def test_what_makes_no_sense_is_said(arguments, told):
    with pytest.raises(InputError, match=told):
        harden(three_mines(), **arguments)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 2), st.integers(50, 4000), st.booleans())
def test_on_random_networks_no_defence_is_better(seed, k, price, is_whole):
    """Every set of protections with the project left out or built in full; a part of it may do better."""
    data = network_of(Shape(seed=seed, has_project=True))
    data["projects"]["extension"]["whole"] = is_whole
    network = rs.Network.from_dict(data)
    names = [option.name for option in rs.worst_case(network, 1).target.options][:2]
    budget = 1.5 * price
    found = harden(network, k, budget, protections=dict.fromkeys(names, price))
    assert found.gap <= 1e-6
    best = np.inf
    capital = data["projects"]["extension"]["capital_cost"]
    for kept, built in product(subsets(names, len(names)), (0.0, 1.0)):
        spent = len(kept) * price + built * capital
        if spent > budget:
            continue
        data["projects"]["extension"]["not_before"] = "2025-01-01"
        fixed = {
            **data,
            "limits": {
                "all": {
                    "over": {"project": "extension"},
                    "equals": built * data["projects"]["extension"]["capacity"],
                    "over_horizon": True,
                }
            },
        }
        attacked = rs.Network.from_dict(fixed)
        options = [o for o in rs.worst_case(attacked, 1).target.options if o.name not in kept]
        worst = rs.worst_case(attacked, k, options=options, method="enumerate").worst[-1].found.worst.cost
        best = min(best, worst + len(kept) * price)
    room = 1e-6 * max(1.0, abs(best))
    assert found.cost <= best + room
    if is_whole:
        assert found.cost >= best - room

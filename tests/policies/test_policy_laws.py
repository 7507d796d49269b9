"""Laws of policies on random networks: what they leave alone, what adds up, what order cannot change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import resilience as rs
from tests.networks_random import COUNTRIES, network_of, shapes
from tests.policies.helpers import received

QUICK = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
PRICES = {"acid": 2, "by": 60, "magnet": 300, "ore": 20, "oxide": 120, "swarf": 30}

POLICIES: dict[str, dict[str, Any]] = {
    "ban": {"type": "export_restriction", "from": "XAA", "commodities": "ore"},
    "quota": {"type": "export_restriction", "from": "XCC", "commodities": "magnet", "quota": 4},
    "cut": {"type": "export_restriction", "from": "maker_0", "cut": "70%"},
    "tariff": {"type": "tariff", "importer": "XAA", "commodities": "magnet", "rate": "10%", "basis": "cif"},
    "trq": {
        "type": "tariff",
        "importer": ["XAA", "XBB"],
        "origin": "XCC",
        "commodities": "magnet",
        "rate": "5%",
        "quota": 3,
        "over_quota_rate": "20%",
    },
    "export_tax": {"type": "export_tax", "exporter": "XCC", "commodities": "magnet", "specific": 9},
    "levy": {
        "type": "price_floor",
        "members": ["XAA", "XBB"],
        "commodity": "magnet",
        "floor": 340,
        "mechanism": "border_levy",
    },
    "guarantee": {
        "type": "price_floor",
        "members": "XCC",
        "commodity": "magnet",
        "floor": 900,
        "mechanism": "guarantee",
        "volume": 2,
    },
    "top_up": {
        "type": "price_floor",
        "members": "XCC",
        "commodity": "magnet",
        "floor": 310,
        "mechanism": "top_up",
    },
    "subsidy": {"type": "subsidy", "producer": "maker_0", "commodities": "magnet", "amount": 8, "volume": 3},
    "share": {"type": "subsidy", "producer": "plant_0", "share": "30%"},
    "cap": {
        "type": "sourcing_cap",
        "consumer": ["XAA", "XBB"],
        "origin": "XCC",
        "commodities": "magnet",
        "share": "65%",
    },
    "minimum": {
        "type": "content_minimum",
        "consumer": ["XAA", "XCC"],
        "commodities": "magnet",
        "share": "40%",
    },
    "offtake": {"type": "offtake", "facility": "plant_0", "buyer": "maker_0", "quantity": 0.4},
    "outage": {"type": "outage", "facility": ["plant_0", "maker_0"], "cut": "60%"},
    "lane_outage": {"type": "outage", "lane": {"from": "plant_0", "commodity": "oxide"}, "cut": "50%"},
    "demand": {"type": "demand_change", "demand": {"kind": "demand"}, "factor": 1.3},
    "freight": {"type": "freight_shock", "lane": {"commodity": ["ore", "magnet"]}, "factor": 2},
    "price": {"type": "price_shock", "of": ["plant_0", "oxide_market"], "factor": 1.5, "surcharge": 1},
    "stock": {"type": "stockpile_rule", "stockpile": "vault", "target": 0.5},
    "hold": {"type": "stockpile_rule", "stockpile": "vault", "release_only_while": "ban"},
    "budget": {"type": "budget", "country": "XCC", "amount": 300},
}
"""Policies that apply to every network of `world`, whatever its shape."""

DORMANT = {
    "rule_one": {"type": "origin_rule", "exclude": "XAA", "demand": {"kind": "demand"}},
    "rule_two": {
        "type": "origin_rule",
        "exclude": ["XCC", "XDD"],
        "stages": "processing",
        "demand": "demand_0",
    },
}


def world(shape: Any, policies: dict[str, dict[str, Any]], on: list[str], **rules: Any) -> rs.Network:
    """Return a random network with a vault, a project, and every country where policies look for it."""
    data = network_of(shape)
    places = {"mine": 0, "plant": 1, "maker": 2, "demand": 0}
    for section in ("facilities", "demands"):
        for key, entry in data[section].items():
            kind, _, number = key.partition("_")
            if number.isdigit():
                entry["country"] = COUNTRIES[(places[kind] + int(number)) % 4]
    data["commodities"] = {name: {"price": price} for name, price in PRICES.items()}
    data["stockpiles"] = {
        "vault": {
            "site": "maker_0",
            "commodity": "oxide",
            "initial": 1,
            "capacity": 4,
            "max_release": 2,
            "holding_cost": 3,
        }
    }
    data["projects"] = {"more": {"facility": "maker_0", "capacity": 5, "capital_cost": 700}}
    return rs.Network.from_dict(
        {**data, "policies": {**policies, **rules}, "scenarios": {"on": {"policies": on}}}
    )


def close(cost: float) -> Any:
    return pytest.approx(cost, rel=1e-7, abs=1e-5)


several = st.lists(st.sampled_from(list(POLICIES)), min_size=1, max_size=6, unique=True)


def cost_or_none(found: rs.Network, **how: Any) -> float | None:
    """Return the cost, or None where the policies contradict each other."""
    try:
        return found.solve("on", **how).cost
    except rs.InfeasibleError:
        return None


@pytest.mark.parametrize("name", POLICIES)
@settings(QUICK, max_examples=4)
@given(shape=shapes(periods=2, lead=0))
def test_a_dormant_origin_rule_changes_no_cost(name, shape):
    """Columns have copies by origin, and bounds that these share are rows."""
    policies = {"ban": POLICIES["ban"], name: POLICIES[name]}
    plain = cost_or_none(world(shape, policies, [name]))
    layered = world(shape, policies, [name], **DORMANT)
    assert "layer" in {key for block in layered.program().rows.blocks for key in block.fields}
    if plain is None:
        assert cost_or_none(layered) is None
    else:
        assert layered.solve("on").cost == close(plain)


@QUICK
@given(shape=shapes(periods=2, lead=0), names=several)
def test_several_policies_in_any_order_with_or_without_layers(shape, names):
    """Ids are given the other way round, and rules that nobody calls for stand beside them."""
    policies = {name: POLICIES[name] for name in {*names, "ban"}}
    found = world(shape, policies, names)
    cost = cost_or_none(found)
    ids = {name: f"p{99 - number}" for number, name in enumerate(sorted(policies))}
    renamed = {
        ids[name]: {
            key: ids[value] if key == "release_only_while" else value for key, value in policy.items()
        }
        for name, policy in policies.items()
    }
    other = world(shape, renamed, [ids[name] for name in names], **DORMANT)
    if cost is None:
        assert cost_or_none(other) is None
        return
    assert other.solve("on").cost == close(cost)


@QUICK
@given(shape=shapes(periods=2, lead=0), names=several)
def test_undone_policies_leave_the_base_bit_for_bit(shape, names):
    found = world(shape, {name: POLICIES[name] for name in {*names, "ban"}}, names)
    before = found.solve()
    cost_or_none(found)
    after = found.solve()
    assert after.cost == before.cost
    assert after.levels.tolist() == before.levels.tolist()


@QUICK
@given(shape=shapes(periods=2, lead=0), names=several)
def test_transfers_are_what_somebody_receives(shape, names):
    """The transfers of the breakdown are the sum over receivers, each a country of the network."""
    found = world(shape, {name: POLICIES[name] for name in {*names, "ban"}}, names)
    if cost_or_none(found) is None:
        return
    solution = found.solve("on")
    kinds = solution.cost_breakdown.index.get_level_values("kind")
    total = float(solution.cost_breakdown[kinds == "transfer"].sum())
    assert sum(received(solution).values()) == close(total)
    assert set(received(solution)) <= set(COUNTRIES)
    assert float(solution.cost_breakdown.sum()) == close(solution.cost)


@settings(QUICK, max_examples=5)
@given(shape=shapes(periods=2, lead=0))
def test_both_solvers_agree_on_many_policies_at_once(shape):
    names = [name for name in POLICIES if name not in ("ban", "offtake", "cap", "minimum", "guarantee")]
    for rules in ({}, DORMANT):
        found = world(shape, POLICIES, names, **rules)
        cost = cost_or_none(found)
        assert cost_or_none(found, solver="pulp:CBC") == (None if cost is None else close(cost))


@QUICK
@given(shape=shapes(), floor=st.floats(1, 250))
def test_a_floor_below_the_landed_price_changes_nothing(shape, floor):
    """Magnets land at 300 and more, and cost more than their inputs; the floor is below."""
    for mechanism in ("border_levy", "top_up"):
        policy = {
            "type": "price_floor",
            "members": "XCC",
            "commodity": "magnet",
            "floor": floor,
            "mechanism": mechanism,
        }
        if mechanism == "border_levy":
            policy["members"] = "XAA"
        found = world(shape, {"floor": policy}, ["floor"])
        assert found.solve("on").cost == close(found.solve().cost)


@QUICK
@given(shape=shapes(), rate=st.floats(0.01, 3))
def test_a_tariff_s_revenue_is_rate_times_base_times_flow(shape, rate):
    policy = {"type": "tariff", "importer": "XAA", "commodities": "magnet", "rate": rate}
    solution = world(shape, {"t": policy}, ["t"]).solve("on")
    flows = solution.flows
    taxed = flows[
        (flows["to_country"] == "XAA") & (flows["from_country"] != "XAA") & (flows["commodity"] == "magnet")
    ]
    assert received(solution).get("XAA", 0.0) == close(rate * 300 * float(taxed["flow_t"].sum()))


@QUICK
@given(shape=shapes())
def test_a_rule_with_de_minimis_of_all_costs_nothing(shape):
    rule = {
        "type": "origin_rule",
        "exclude": ["XAA", "XBB"],
        "demand": {"kind": "demand"},
        "de_minimis": 1,
    }
    found = world(shape, {}, ["rule"], rule=rule)
    free = world(shape, {}, [])
    assert found.solve("on").cost == close(free.solve().cost)
    assert found.solve().cost == close(free.solve().cost)


@QUICK
@given(shape=shapes())
def test_a_rule_nobody_can_meet_leaves_the_demands_short_in_full(shape):
    rule = {"type": "origin_rule", "exclude": list(COUNTRIES), "demand": {"sector": "any"}}
    table = world(shape, {}, ["rule"], rule=rule).solve("on").shortfall
    assert table["shortfall_t"].tolist() == pytest.approx(table["wanted_t"].tolist())


@QUICK
@given(shape=shapes(), low=st.floats(0, 0.9), more=st.floats(0, 0.09))
def test_a_looser_cap_never_costs_more(shape, low, more):
    """And a content minimum never costs less when it rises; neither costs less than nothing."""
    costs = []
    for share in (low, low + more):
        cap = {**POLICIES["cap"], "share": share}
        found = world(shape, {"cap": cap}, ["cap"])
        costs.append(found.solve("on").cost)
        assert found.solve().cost <= costs[-1] * (1 + 1e-9) + 1e-6
    assert costs[1] <= costs[0] * (1 + 1e-9) + 1e-6

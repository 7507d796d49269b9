"""Laws of time, stock, investment and origin on random networks."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given, settings

import resilience as rs
from tests.networks_random import Shape, network_of, shapes

SIX = settings(max_examples=6, deadline=None)
NEAR = 1e-7


def cost(data, scenario: str | None = None) -> float:
    """Return the least cost, whose proof holds."""
    solution = rs.Network.from_dict(data).solve(scenario)
    assert solution.certificate.holds
    assert solution.certificate.safe_bound <= solution.cost
    return solution.cost


def not_above(one: float, other: float) -> bool:
    return one <= other + NEAR * max(1.0, abs(other))


@SIX
@given(shapes(periods=3))
def test_a_stockpile_never_raises_cost(shape: Shape):
    assert not_above(cost(network_of(replace(shape, has_stockpile=True))), cost(network_of(shape)))


@SIX
@given(shapes(periods=3, has_minimums=True))
def test_a_project_never_raises_cost_and_more_money_never_does(shape: Shape):
    """In part or whole, with a budget or without: none < whole in a small budget < in a large one < part."""
    data = network_of(replace(shape, has_project=True))
    without = cost(network_of(shape))
    part, tight = cost(data), cost(data, "tight")
    richer = deepcopy(data)
    richer["policies"]["purse"]["amount"] *= 2
    assert not_above(tight, without)
    assert not_above(cost(richer, "tight"), tight)
    assert not_above(part, cost(richer, "tight"))
    whole = deepcopy(data)
    whole["projects"]["extension"]["whole"] = True
    assert not_above(part, cost(whole))
    assert not_above(cost(whole), without)


@SIX
@given(shapes(has_stockpile=True))
def test_an_origin_rule_never_lowers_cost_and_a_full_de_minimis_is_none(shape: Shape):
    plain, ruled = network_of(shape), network_of(replace(shape, rule="demand"))
    lenient = deepcopy(ruled)
    lenient["demands"]["demand_0"]["origin"]["de_minimis"] = 1
    half = deepcopy(ruled)
    half["demands"]["demand_0"]["origin"]["de_minimis"] = 0.5
    assert cost(lenient) == pytest.approx(cost(plain), rel=NEAR, abs=1e-6)
    assert not_above(cost(plain), cost(half))
    assert not_above(cost(half), cost(ruled))


@SIX
@given(shapes(has_stockpile=True, has_project=True, recycles=True))
def test_layers_never_change_the_cost_while_no_rule_is_in_force(shape: Shape):
    """The rule as a policy costs nothing until a scenario turns it on; then it is the demand's own."""
    layered = network_of(replace(shape, rule="policy"))
    assert cost(layered) == pytest.approx(cost(network_of(shape)), rel=NEAR, abs=1e-6)
    own = network_of(replace(shape, rule="demand"))
    assert cost(layered, "ruled") == pytest.approx(cost(own), rel=NEAR, abs=1e-6)


@SIX
@given(shapes(periods=2, has_stockpile=True, has_project=True))
def test_interest_of_nothing_is_none_and_a_bill_later_is_a_lower_one(shape: Shape):
    """With outlets that earn, discounting may raise the cost: they are left out."""
    data = network_of(replace(shape, has_co_product=False))
    plain = cost(data)
    assert cost({**data, "discount_rate": 0}) == plain
    assert not_above(cost({**data, "discount_rate": 0.3}), plain)


@SIX
@given(shapes(periods=2, has_stockpile=True, has_project=True, rule="demand"))
def test_material_under_way_never_raises_cost(shape: Shape):
    """What is under way is paid for, and can be thrown away at no cost where it lands."""
    data = network_of(replace(shape, has_port=False))
    helped = deepcopy(data)
    for number in (0, -1):
        helped["lanes"][number]["in_transit"] = {"2025": 3, "2026-06": 2}
    assert not_above(cost(helped), cost(data))

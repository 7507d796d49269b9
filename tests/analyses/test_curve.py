"""Cost as a function of one number: breakpoints by hand, and laws that hold them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resilience as rs
from tests.networks_random import network_of, shapes
from tests.small import AWAY, HOME, lane, network
from tests.whatif.samples import three_countries

TWO = {
    "supplies": {
        "near": {"country": AWAY, "commodity": "ore", "price": 10, "quantity": 5},
        "far": {"country": HOME, "commodity": "ore", "price": 25, "quantity": 4},
    },
    "demands": {"works": {"country": HOME, "commodity": "ore", "quantity": 8, "shortfall_cost": 90}},
    "lanes": [{"from": {"kind": "supply"}, "to": "works", "commodity": "ore"}],
    "policies": {"closed": {"type": "export_restriction", "from": AWAY, "cut": 0.5}},
    "scenarios": {"closed": {"policies": ["closed"]}},
}


def test_two_sources_by_hand():
    """The near source gives 5 t at 10, the far one 4 t at 25, and what is more goes short at 90."""
    found = rs.curve(network(**TWO), "demands.works.quantity", 2, 12)
    assert found.shape == "convex"
    assert found.values.tolist() == pytest.approx([2, 5, 9, 12])
    assert found.costs.tolist() == pytest.approx([20, 50, 150, 420])
    assert found.slopes.tolist() == pytest.approx([10, 25, 90])
    assert found.unit == "t/yr"
    assert "supply near begins to bind" in found.events[1]
    assert "demand works begins to go short" in found.events[2]
    assert found.cost(10) == pytest.approx(240)
    table = found.breakpoints
    assert table["slope_left_usd_per_unit"].tolist()[1:] == pytest.approx([10, 25, 90])


def test_a_price_is_concave():
    """At up to 25 the 5 t of the near source are bought, from there on the 4 t that the far one lacks."""
    found = rs.curve(network(**TWO), "supplies.near.price", 0, 100)
    assert found.shape == "concave"
    assert found.values.tolist() == pytest.approx([0, 25, 90, 100])
    assert found.slopes.tolist() == pytest.approx([5, 4, 0], abs=1e-9)
    assert found.costs.tolist() == pytest.approx([75, 200, 460, 460])


def test_a_cut_up_to_a_ban_by_hand():
    """5 t less 5 c: 3 t far, then the far source's fourth from c = 0.2 on, then short."""
    found = rs.curve(network(**TWO), "policies.closed.cut", 0, 1, "closed")
    assert found.values.tolist() == pytest.approx([0, 0.2, 1])
    assert found.slopes.tolist() == pytest.approx([75, 400])
    assert found.costs.tolist() == pytest.approx([125, 140, 460])
    assert found.unit == "share"


def test_a_number_without_effect_is_a_flat_line():
    found = rs.curve(network(**TWO), "supplies.far.quantity", 4, 4.0000001)
    assert len(found.slopes) == 1
    flat = rs.curve(network(**TWO), "policies.closed.cut", 0, 1)
    assert flat.slopes.tolist() == pytest.approx([0], abs=1e-9)


def test_what_is_no_curve_is_sampled_and_says_why():
    found = rs.curve(three_countries(), "facilities.works.yield", 0.5, 1)
    assert (found.shape, found.is_exact) == ("sampled", False)
    assert "matrix" in found.why
    whole = network(
        **{**TWO, "lanes": [lane("near", "works", fixed_cost=9, capacity=9), lane("far", "works")]}
    )
    assert "whole" in rs.curve(whole, "demands.works.quantity", 2, 8).why


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("demands.wroks.quantity", 0, 1), "there is no 'wroks' under demands"),
        (("demands.works.quantity", 5, 5), "wanted a range from low to high"),
        (("demands.works.quantity", -5, 5), "below the least possible"),
        (("demands.works.quantity", 0, 1, "nowhere"), "unknown scenario"),
    ],
)
def test_mistakes_are_told(arguments, told):
    with pytest.raises(rs.InputError, match=told):
        rs.curve(network(**TWO), *arguments)


def test_no_plan_in_the_range_is_told():
    must = {**TWO, "demands": {"works": {"country": HOME, "commodity": "ore", "quantity": 8}}}
    with pytest.raises(rs.InputError, match=r"no plan at 10 \(infeasible\); narrow the range"):
        rs.curve(network(**must), "demands.works.quantity", 0, 10)


def test_outside_the_range_nothing_is_said():
    found = rs.curve(network(**TWO), "demands.works.quantity", 2, 12)
    with pytest.raises(rs.InputError, match="13 is outside the range"):
        found.cost(13)


PATHS = (
    "demands.demand_0.quantity",
    "demands.demand_0.shortfall_cost",
    "facilities.maker_0.capacity",
    "facilities.plant_0.cost",
    "supplies.acid_market.price",
)


@given(shapes(), st.sampled_from(PATHS), st.floats(0.1, 20), st.floats(20, 300))
@settings(max_examples=8, deadline=None)
def test_sampling_never_leaves_the_curve_and_its_slopes_are_derivatives(shape, path, low, high):
    net = rs.Network.from_dict(network_of(shape))
    found = rs.curve(net, path, low, high)
    assert found.is_exact
    bends = np.diff(found.slopes)
    assert ((bends > 0) if found.shape == "convex" else (bends < 0)).all()
    sampled = rs.sweep(net, [{path: value} for value in np.linspace(low, high, 17).tolist()])
    costs = [found.cost(value) for value in sampled[path]]
    assert sampled["cost_usd"].tolist() == pytest.approx(costs, rel=1e-7, abs=1e-5)
    steps = np.diff(found.costs) / np.diff(found.values)
    wide = np.diff(found.values) > 1e-3
    assert found.slopes[wide].tolist() == pytest.approx(steps[wide].tolist(), rel=1e-4, abs=1e-2)

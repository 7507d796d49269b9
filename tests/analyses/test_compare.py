"""Comparison of two solutions: before, after, change; and the changes add up."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from hypothesis import given, settings

import resilience as rs
from tests.networks_random import network_of, shapes
from tests.shared import planned
from tests.small import lane, network, want

approx = pytest.approx
MANY = settings(max_examples=8, deadline=None)


def two_sources(**demands) -> rs.Network:
    """8 t wanted; XCC sells 5 t at 10 and XDD 2 t at 25; each tonne short costs 90."""
    return network(
        blocs={"near_ones": ["XCC"]},
        supplies={
            "near": {"country": "XCC", "commodity": "ore", "price": 10, "quantity": 5},
            "far": {"country": "XDD", "commodity": "ore", "price": 25, "quantity": 2},
        },
        demands={"user": want(8, shortfall_cost=90, sector="any"), **demands},
        lanes=[lane(["near", "far"], {"kind": "demand"}, cost=1)],
    )


def only(table: pd.DataFrame, **where) -> dict:
    for name, value in where.items():
        table = table[table[name] == value]
    (found,) = table.to_dict("records")
    return found


# -------------------------------------------------------------------------------------------- by hand


def test_a_ban_by_hand():
    """Before: 5 x 11 + 2 x 26 + 90 = 197. After: 2 x 26 + 6 x 90 = 592. The price at the user stays at 90."""
    base = two_sources()
    found = rs.compare(base.solve(), base.solve(rs.ExportRestriction(from_="XCC")))
    assert found.cost_change == approx(592 - 197)
    names = ["component", "before_cost_usd", "after_cost_usd", "change_cost_usd"]
    assert found.cost[["kind", *names]].values.tolist() == [
        ["resource", "purchase", approx(100), approx(50), approx(-50)],
        ["resource", "freight", approx(7), approx(2), approx(-5)],
        ["shortfall", "shortfall", approx(90), approx(540), approx(450)],
    ]
    short = only(found.shortfall, demand="user")
    assert (short["before_shortfall_t"], short["after_shortfall_t"]) == (approx(1), approx(6))
    assert (short["change_delivered_t"], short["change_wanted_t"]) == (approx(-5), 0)
    assert short["change_cost_usd"] == approx(450)
    lane_ = only(found.flows, lane="near>user:ore")
    assert (lane_["before_flow_t"], lane_["after_flow_t"], lane_["change_flow_t"]) == (
        approx(5),
        0,
        approx(-5),
    )
    price = only(found.prices, site="user")
    assert (price["before_price_usd_per_t"], price["after_price_usd_per_t"]) == (approx(90), approx(90))


def test_facilities_and_countries():
    """The mine in XAA makes 5 t of 10 t of the two; without it XBB makes all 10 t."""
    base = network(
        stages=["mining"],
        facilities={
            "one": {"country": "XAA", "stage": "mining", "outputs": {"ore": 1}, "capacity": 5},
            "two": {"country": "XBB", "stage": "mining", "outputs": {"ore": 1}, "capacity": 20, "cost": 3},
        },
        demands={"user": want(10)},
        lanes=[lane(["one", "two"], "user")],
    )
    found = rs.compare(base.solve(), base.solve(rs.Outage(facility="one")))
    one, two = (only(found.production, facility=key) for key in ("one", "two"))
    assert (one["before_throughput_t"], one["after_throughput_t"]) == (approx(5), 0)
    assert (one["before_capacity_t"], one["after_capacity_t"], one["change_capacity_t"]) == (5, 0, -5)
    assert two["change_throughput_t"] == approx(5)
    assert only(found.outputs, country="XBB")["after_output_t"] == approx(10)
    assert found.outputs["stage"].tolist() == ["mining", "mining"]


def test_solutions_of_different_networks_are_joined_on_what_either_has():
    one, other = two_sources().solve(), two_sources(more=want(1, shortfall_cost=5, sector="any")).solve()
    found = rs.compare(one, other)
    more = only(found.shortfall, demand="more")
    assert (more["before_wanted_t"], more["after_wanted_t"], more["change_wanted_t"]) == (0, 1, 1)
    assert found.shortfall["demand"].tolist() == ["user", "more"]
    back = rs.compare(other, one)
    assert set(back.shortfall["demand"]) == {"user", "more"}
    price = only(found.prices, site="more")
    assert pd.isna(price["before_price_usd_per_t"])
    assert pd.isna(price["change_price_usd_per_t"])
    assert price["after_price_usd_per_t"] == approx(5)


def test_a_component_that_only_one_has_counts_from_nothing():
    base = two_sources()
    found = rs.compare(base.solve(), base.solve(rs.Tariff(importer="XAA", origin="XCC", specific=2)))
    tariff = only(found.cost, component="tariff")
    assert (tariff["kind"], tariff["before_cost_usd"], tariff["after_cost_usd"]) == (
        "transfer",
        0,
        approx(10),
    )


def test_a_comparison_is_a_value():
    solution = two_sources().solve()
    found = rs.compare(solution, solution)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.before = solution
    assert repr(found) == "<Comparison of network alone with network alone: cost +0 USD>"


def test_other_units_cannot_be_compared():
    one = two_sources().solve()
    other = network(
        units={"mass": "kt", "currency": "USD"},
        supplies={"near": {"country": "XCC", "commodity": "ore", "price": 10}},
        demands={"user": want(8)},
        lanes=[lane("near", "user")],
    ).solve()
    with pytest.raises(rs.InputError, match="cannot compare t and USD with kt and USD"):
        rs.compare(one, other)


# ----------------------------------------------------------------------------------------------- laws

TABLES = ("cost", "shortfall", "flows", "production", "outputs", "prices")


@MANY
@given(shapes())
def test_changes_add_up_and_turn_around(shape):
    base = rs.Network.from_dict(network_of(shape))
    one, other = base.solve(), base.solve(rs.Outage(facility="mine_0", cut=0.5))
    found, back = rs.compare(one, other), rs.compare(other, one)
    assert found.cost["before_cost_usd"].sum() == approx(one.cost, rel=1e-9, abs=1e-6)
    assert found.cost["after_cost_usd"].sum() == approx(other.cost, rel=1e-9, abs=1e-6)
    assert found.cost["change_cost_usd"].sum() == approx(found.cost_change, rel=1e-6, abs=1e-6)
    if not shape.has_minimums:  # which an outage lowers, and with them their cost
        assert found.cost_change >= -1e-9 * max(1.0, abs(one.cost))
    for name in TABLES:
        table, turned = getattr(found, name), getattr(back, name)
        keys = [key for key in table if not key.startswith(("before_", "after_", "change_"))]
        assert not table.duplicated(keys).any()
        both = table.merge(turned, on=keys, suffixes=("", "_turned"), validate="one_to_one")
        assert len(both) == len(table) == len(turned)
        for change in [key for key in table if key.startswith("change_")]:
            exact = table[change.replace("change_", "after_")] - table[change.replace("change_", "before_")]
            assert exact.equals(table[change])
            assert (both[change] == -both[f"{change}_turned"]).all()


@MANY
@given(shapes())
def test_a_solution_does_not_differ_from_itself(shape):
    solution = rs.Network.from_dict(network_of(shape)).solve()
    found = rs.compare(solution, solution)
    for name in TABLES:
        table = getattr(found, name)
        for change in [key for key in table if key.startswith("change_")]:
            assert (table[change] == 0).all()
    assert found.flows["before_flow_t"].sum() == approx(solution.flows["flow_t"].sum())


# ---------------------------------------------------------------------------------------- rare_earths


def test_rare_earths_what_the_ban_costs():
    one, other = planned("baseline"), planned("ban")
    found = rs.compare(one, other)
    assert repr(found).startswith("<Comparison of baseline with ban: cost +")
    assert found.cost["change_cost_usd"].sum() == approx(other.cost - one.cost, rel=1e-9)
    assert found.shortfall["change_shortfall_t"].sum() == approx(
        other.shortfall["shortfall_t"].sum() - one.shortfall["shortfall_t"].sum()
    )
    assert found.shortfall["change_shortfall_t"].sum() > 1000
    lost = found.shortfall["change_cost_usd"].sum()
    assert only(found.cost, component="shortfall")["change_cost_usd"] == approx(lost)
    closed = found.flows[(found.flows["from_country"] == "CHN") & (found.flows["to_country"] == "JPN")]
    assert len(closed) > 0
    assert (closed["after_flow_t"] == 0).all()

"""Laws that hold for every network, tried on random ones in layers: mines, plants, makers, demands.

None of them knows an answer; each compares two, or recomputes an equation from the tables.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.solvers import HighsSession
from tests.random_networks import SCENARIOS, Lossless, layered, lossless_networks

TABLES = (
    "flows",
    "production",
    "outputs",
    "purchases",
    "sales",
    "disposals",
    "shortfall",
    "prices",
    "transfers",
)
few = settings(max_examples=15, deadline=None)
numbers = st.integers(0, 10**6)


def near(cost: float, within: float = 1e-8) -> Any:
    """Return what a cost is compared with: relative, and to a unit where it is small."""
    return pytest.approx(cost, rel=within, abs=within * 1e3)


def not_below(cost: float, other: float) -> bool:
    return cost >= other - 1e-8 * max(1e3, abs(other))


@given(layered, numbers, st.sampled_from([1.0, 0.5]))
@few
def test_closing_a_lane_never_lowers_cost(data, number, cut):
    """One of the lanes in use, wholly or by half."""
    network = rs.Network.from_dict(data)
    base = network.solve()
    lanes = sorted(zip(base.flows["lane"], base.flows["capacity_t"], strict=True))
    assume(lanes)
    lane, capacity = lanes[number % len(lanes)]
    closed = network.solve(rs.Outage(lane=lane, cut=cut if np.isfinite(capacity) else 1.0))
    assert not_below(closed.cost, base.cost)


@given(layered, numbers, st.floats(1.0, 3.0))
@few
def test_relaxing_a_capacity_or_a_limit_never_raises_cost(data, number, factor):
    """A capacity or quantity of a supply up, a limit outward, a minimum down."""
    found: dict[str, Any] = {
        f"facilities.{key}.capacity": entry["capacity"] * factor for key, entry in data["facilities"].items()
    }
    found |= {
        f"facilities.{key}.minimum": entry["minimum"] / factor
        for key, entry in data["facilities"].items()
        if "minimum" in entry
    }
    found |= {f"hubs.{key}.capacity": entry["capacity"] * factor for key, entry in data["hubs"].items()}
    found |= {
        f"lanes.{number}.capacity": entry["capacity"] * factor
        for number, entry in enumerate(data["lanes"])
        if "capacity" in entry
    }
    found["supplies.oxide_market.quantity"] = data["supplies"]["oxide_market"]["quantity"] * factor
    found |= {
        f"limits.{key}.at_most": entry["at_most"] * factor
        for key, entry in data["limits"].items()
        if "at_most" in entry
    }
    found["limits.blend.at_least"] = data["limits"]["blend"]["at_least"] * factor
    path = sorted(found)[number % len(found)]
    network = rs.Network.from_dict(data)
    assert not_below(network.solve().cost, network.solve(set={path: found[path]}).cost), path


@given(layered, numbers, st.floats(0.0, 3.0))
@few
def test_the_worth_of_a_capacity_bounds_what_more_or_less_of_it_can_do(data, number, factor):
    """Cost is convex in a capacity: it never falls below the line of its rent."""
    network = rs.Network.from_dict(data)
    base = network.solve()
    plain = [key for key, entry in data["facilities"].items() if not isinstance(entry["cost"], list)]
    key = sorted(plain)[number % len(plain)]
    (first, *_) = columns = base.program.columns.where(kind="produce", id=key)
    capacity = float(base.program.col_upper[first])
    least = float(base.program.col_lower[first])
    changed = max(capacity * factor, least)
    rent = np.minimum(base.reduced_costs[columns], 0.0).sum()
    other = network.solve(set={f"facilities.{key}.capacity": changed})
    assert not_below(other.cost, base.cost + rent * (changed - capacity))


@given(layered, st.sampled_from(SCENARIOS))
@few
def test_tonnes_are_conserved(data, scenario):
    """Arrived + made + bought = left + taken + delivered + sold + disposed of, everywhere.

    Recomputed from the tables, with the recipes, losses and lead times of the file.
    """
    solution = rs.Network.from_dict(data).solve(scenario)
    periods = [str(2025 + number) for number in range(data["horizon"]["periods"])]
    total: dict[tuple[str, str, str], list[float]] = {}

    def book(site: str, commodity: str, period: str, amount: float) -> None:
        total.setdefault((site, commodity, period), []).append(amount)

    explicit: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for entry in data["lanes"]:
        if isinstance(entry["from"], str) and isinstance(entry["to"], str):
            explicit.setdefault((entry["from"], entry["to"], entry["commodity"]), []).append(entry)
    for row in solution.flows.to_dict("records"):
        book(row["from"], row["commodity"], row["period"], -row["flow_t"])
        entries = explicit.get((row["from"], row["to"], row["commodity"]), [])
        lead_time = entries[0]["lead_time"] if entries else 0  # the same for all, and none by rule
        index = periods.index(row["period"]) + lead_time
        if index >= len(periods):
            assert row["arrived_t"] == 0
            continue
        book(row["to"], row["commodity"], periods[index], row["arrived_t"])
        kept = [1 - entry["loss"] for entry in entries] or [1.0, 0.9]  # of the rules, one loses a tenth
        assert any(row["arrived_t"] == pytest.approx(row["flow_t"] * share) for share in kept)
    for row in solution.production.to_dict("records"):
        recipe = data["facilities"][row["facility"]]
        for name, amount in recipe.get("inputs", {}).items():
            book(row["facility"], name, row["period"], -amount * row["throughput_t"])
        for name, amount in recipe["outputs"].items():
            made = amount * recipe.get("yield", 1.0) * row["throughput_t"]
            book(row["facility"], name, row["period"], made)
    for table, key, column, sign in (
        (solution.purchases, "supply", "bought_t", 1),
        (solution.shortfall, "demand", "delivered_t", -1),
        (solution.sales, "outlet", "sold_t", -1),
        (solution.disposals, "site", "disposed_t", -1),
    ):
        for row in table.to_dict("records"):
            book(row[key], row["commodity"], row["period"], sign * row[column])
    for place, parts in total.items():
        assert abs(sum(parts)) <= 1e-7 * max(1.0, *map(abs, parts)), place


@given(layered)
@settings(max_examples=6, deadline=None)
def test_warm_equals_cold(data):
    """A scenario solved after others costs what it costs in a network, and a session, of its own."""
    warm = rs.Network.from_dict(data)
    for name in SCENARIOS:
        cost = warm.solve(name).cost
        cold = rs.Network.from_dict(data)
        assert cost == near(cold.solve(name).cost)
        program = cold.program(name)
        assert cost == near(float(program.cost @ HighsSession(program).solve().x))


@given(layered, st.permutations(SCENARIOS))
@settings(max_examples=5, deadline=None)
def test_the_order_of_scenarios_changes_nothing(data, order):
    """Not a digit of any table."""
    one, other = rs.Network.from_dict(data), rs.Network.from_dict(data)
    first = {name: one.solve(name) for name in SCENARIOS}
    second = {name: other.solve(name) for name in order}
    for name in SCENARIOS:
        assert_same(first[name], second[name])


def assert_same(one: rs.Solution, other: rs.Solution) -> None:
    assert one.cost == other.cost
    pd.testing.assert_series_equal(one.cost_breakdown, other.cost_breakdown, check_exact=True)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True, obj=name)


@given(layered, st.sampled_from(SCENARIOS))
@settings(max_examples=10, deadline=None)
def test_highs_equals_pulp(data, scenario):
    network = rs.Network.from_dict(data)
    theirs = network.solve(scenario, solver="pulp:CBC")
    assert theirs.certificate.holds
    assert theirs.cost == near(network.solve(scenario).cost, 1e-6)


@given(layered, st.randoms(use_true_random=False), st.sampled_from([None, *SCENARIOS]))
@few
def test_the_order_of_the_file_changes_no_table(data, random, scenario):
    """Sections, entries, fields, lanes, terms, members and policies: any order, the same tables."""
    shuffled = shuffle(copy.deepcopy(data), random)
    assert_same(rs.Network.from_dict(data).solve(scenario), rs.Network.from_dict(shuffled).solve(scenario))


def shuffle(value: Any, random: Any, key: str = "") -> Any:
    """Return a value with every mapping, and every list whose order says nothing, in another order."""
    if isinstance(value, dict):
        items = [(name, shuffle(item, random, name)) for name, item in value.items()]
        random.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        items = [shuffle(item, random) for item in value]
        if key not in ("stages", "cost", "price", "shortfall_cost", "location"):
            random.shuffle(items)
        return items
    return value


@given(layered, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
@few
def test_a_higher_tariff_never_lowers_cost(data, rate, more):
    network = rs.Network.from_dict(data)
    low, high = (network.solve("taxed", set={"policies.duty.rate": value}) for value in (rate, rate + more))
    assert not_below(high.cost, low.cost)
    assert not_below(low.cost, network.solve("taxed", set={"policies.duty.rate": 0}).cost)


@given(layered, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
@few
def test_a_deeper_cut_never_lowers_cost(data, cut, more):
    """And a cut of everything is a ban is a quota of nothing."""
    network = rs.Network.from_dict(data)

    def cost(**policy: Any) -> float:
        return network.solve(rs.ExportRestriction(from_="XAA", **policy)).cost

    costs = [network.solve().cost, cost(cut=cut), cost(cut=min(1.0, cut + more)), cost()]
    assert all(not_below(second, first) for first, second in pairwise(costs))
    assert cost(cut=1) == near(costs[-1])
    assert cost(quota=0) == near(costs[-1])


@given(layered, st.sampled_from(SCENARIOS), st.sampled_from([1e-3, 0.5, 3.0, 1e3]))
@few
def test_cost_scales_with_all_quantities(data, scenario, factor):
    """Everything twice as large costs twice as much: only shares and prices are as they were."""
    scaled = scale(copy.deepcopy(data), factor)
    cost = rs.Network.from_dict(data).solve(scenario).cost
    assert rs.Network.from_dict(scaled).solve(scenario).cost == near(cost * factor)


def scale(value: Any, factor: float, key: str = "") -> Any:
    """Return data with every tonnage multiplied."""
    if isinstance(value, dict):
        return {name: scale(item, factor, name) for name, item in value.items()}
    if isinstance(value, list):
        return [scale(item, factor, key) for item in value]
    tonnages = ("capacity", "minimum", "quantity", "at_most", "at_least", "quota")
    return value * factor if key in tonnages else value


@given(layered, st.sampled_from(SCENARIOS))
@few
def test_costs_and_transfers_add_up(data, scenario):
    """The parts of the bill make the bill; what is collected is what is paid in duty; all is proved."""
    solution = rs.Network.from_dict(data).solve(scenario)
    assert solution.cost_breakdown.sum() == near(solution.cost)
    paid = solution.cost_breakdown.get(("transfer", "tariff"), 0.0)
    assert solution.transfers["amount_usd"].sum() == near(paid)
    flows = solution.flows[solution.flows["to_country"].isin(["XBB", "XDD"])]
    taxed = flows[(flows["from_country"] != "") & ~flows["from_country"].isin(["XBB", "XDD"])]
    rate = data["policies"]["duty"]["rate"] if scenario not in ("quota", "stopped") else 0.0
    base = (
        taxed["commodity"]
        .map({name: entry["price"] for name, entry in data["commodities"].items()})
        .astype(float)
    )
    assert (taxed["flow_t"] * base).sum() * rate == near(paid)
    assert solution.certificate.safe_bound <= solution.cost + 1e-9 * max(1.0, abs(solution.cost))


@given(lossless_networks())
@settings(max_examples=60, deadline=None)
def test_networkx_agrees_on_lossless_networks(network):
    """Network simplex on whole numbers, with an arc from nowhere for what falls short."""
    ours = rs.Network.from_dict(network.sections()).solve()
    assert ours.cost == pytest.approx(least_cost(network), abs=1e-6)


def least_cost(network: Lossless) -> int:
    """Return what networkx says: a source of everything, a sink of everything."""
    graph = nx.MultiDiGraph()
    wanted = sum(quantity for quantity, _ in network.demand.values())
    graph.add_node("everything", demand=-wanted)
    graph.add_node("wanted", demand=wanted)
    for node, (most, price) in network.supply.items():
        graph.add_edge("everything", node, capacity=most, weight=price)
    for node, (quantity, cost) in network.demand.items():
        met = f"{node} met"  # deliveries and shortfall add up to the quantity
        graph.add_edge(node, met, capacity=quantity, weight=0)
        graph.add_edge("everything", met, capacity=quantity, weight=cost)
        graph.add_edge(met, "wanted", capacity=quantity, weight=0)
    for start, end, capacity, cost in network.edges:
        graph.add_edge(start, end, capacity=capacity, weight=cost)
    return nx.network_simplex(graph)[0]

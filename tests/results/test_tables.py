"""Tables of a solution on networks with layers, periods, stock, projects and whole levels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

import resilience as rs
from tests.formulation.test_layers import chain
from tests.formulation.test_mixed import mixed
from tests.networks_random import Shape, network_of, shapes
from tests.small import lane, mine, network, want

SIX = settings(max_examples=6, deadline=None)
everything = shapes(periods=2, has_stockpile=True, has_project=True, rule="demand", recycles=True)


def solve(shape: Shape) -> rs.Solution:
    return rs.Network.from_dict(network_of(shape)).solve()


def test_a_lane_split_by_origin_is_listed_once():
    """The lane to the user carries 7.5 clean magnets and 2.5 others: one row, 10 t, at what both cost."""
    solution = chain({"exclude": ["CHN"], "de_minimis": 0.25}).solve()
    (row,) = [row for row in solution.flows.to_dict("records") if row["to"] == "user" and row["flow_t"] > 5]
    assert row["lane"] == "usa_make>user:magnet"
    assert not solution.flows.duplicated(["lane", "period"]).any()
    assert len(solution.shortfall) == 1
    assert solution.shortfall["delivered_t"].tolist() == pytest.approx([10])


def test_prices_have_a_layer_where_there_is_one():
    solution = chain({"exclude": ["CHN"]}).solve()
    keys = ["site", "commodity", "layer", "period"]
    assert not solution.prices.duplicated(keys).any()
    assert set(solution.prices["layer"]) == {"clean", "CHN"}
    assert len(solution.prices) == len(solution.program.rows.where(kind="balance"))


def test_capacities_in_tables_are_those_of_the_file_whatever_the_layers():
    """A lane of 6 t and a maker of 8 t, split in two layers: 6 and 8, not 12 and 16."""
    document = {**chain({"exclude": ["CHN"]}).document.data}
    document["facilities"] = {
        key: {**entry, "capacity": 8} if key == "usa_make" else entry
        for key, entry in document["facilities"].items()
    }
    document["lanes"] = [*document["lanes"][:2], lane({"stage": "making"}, "user", "magnet", capacity=6)]
    solution = rs.Network.from_dict(document).solve()
    assert solution.production.set_index("facility").loc["usa_make", "capacity_t"] == pytest.approx(8)
    to_user = solution.flows[solution.flows["to"] == "user"]
    assert to_user["capacity_t"].tolist() == pytest.approx([6] * len(to_user))


@SIX
@given(everything)
def test_tables_are_sums_over_the_program(shape: Shape):
    """Levels by kind, period and id, added up from the columns themselves."""
    solution = solve(shape)
    labels, levels, names = solution.program.columns, solution.levels, solution.period_names

    def summed(kind: str) -> dict[tuple[str, str], float]:
        columns = labels.where(kind=kind)
        found: dict[tuple[str, str], float] = {}
        for key, when, level in zip(
            labels.texts("id", columns), labels.texts("period", columns), levels[columns], strict=True
        ):
            at = (key, names[int(when)])
            found[at] = found.get(at, 0.0) + level
        return found

    for kind, table, key, value in (
        ("ship", solution.flows, "lane", "flow_t"),
        ("produce", solution.production, "facility", "throughput_t"),
        ("buy", solution.purchases, "supply", "bought_t"),
        ("short", solution.shortfall, "demand", "shortfall_t"),
        ("fill", solution.stocks, "stockpile", "fill_t"),
        ("hold", solution.stocks, "stockpile", "closing_t"),
        ("release", solution.stocks, "stockpile", "release_t"),
        ("build", solution.projects, "project", "share"),
    ):
        assert not table.duplicated([key, "period"]).any(), kind
        mine_ = {(row[key], row["period"]): row[value] for row in table.to_dict("records")}
        expected = summed(kind)
        assert set(mine_) <= set(expected)
        for at, level in expected.items():
            assert mine_.get(at, 0.0) == pytest.approx(level, abs=1e-9), (kind, at)


@SIX
@given(everything)
def test_the_bill_adds_up_and_stock_is_conserved(shape: Shape):
    solution = solve(shape)
    assert solution.cost_breakdown.sum() == pytest.approx(solution.cost)
    decay = solution.formulation.spec.stockpiles["vault"].decay
    stocks = solution.stocks
    closing = (1 - decay) * stocks["opening_t"] + stocks["fill_t"] - stocks["release_t"]
    assert stocks["closing_t"].to_numpy() == pytest.approx(closing.to_numpy(), abs=1e-7)
    assert (solution.production["throughput_t"] <= solution.production["capacity_t"] + 1e-7).all()


@SIX
@given(everything)
def test_routes_add_up_to_what_was_delivered(shape: Shape):
    """Also where material was kept in stock on its way, and where origins are kept apart."""
    solution = solve(shape)
    delivered = solution.shortfall.groupby("demand")["delivered_t"].sum()
    found = solution.routes().groupby("demand")["delivered_t"].sum()
    for demand, tonnes in delivered.items():
        assert found.get(demand, 0.0) == pytest.approx(tonnes, abs=1e-6)


@SIX
@given(everything)
def test_bottlenecks_and_concentration_and_comparison_read_every_network(shape: Shape):
    solution = solve(shape)
    table = solution.bottlenecks()
    assert (table["rent_usd_per_t"] >= 0).all()
    assert (table["value_usd"] >= 0).all()
    solution.bottleneck_stages()
    rs.concentration(solution)
    other = rs.Network.from_dict(network_of(replace(shape, rule="", has_project=False))).solve()
    rs.compare(other, solution)
    assert solution.graph().number_of_edges() == len(solution.flows)


def test_the_same_questions_of_a_mixed_answer():
    solution = mixed().solve()
    assert (solution.bottlenecks()["rent_usd_per_t"] >= 0).all()
    rs.concentration(solution)
    comparison = rs.compare(solution, mixed().solve(set={"demands.u.quantity": 9}))
    assert comparison is not None


def test_a_rent_is_what_one_more_tonne_saves_in_a_network_with_stock():
    """10 t made in 2025 alone, 5 t wanted in both years, at most 3 t kept: 2 t short; a tonne more, 100."""
    data = {
        "horizon": {"start": 2025, "periods": 2},
        "facilities": {"mine": mine(capacity={2025: 10, 2026: 0})},
        "stockpiles": {"vault": {"site": "user", "commodity": "ore", "capacity": 3}},
        "demands": {"user": want(5, shortfall_cost=100)},
        "lanes": [lane("mine", "user")],
    }
    solution = network(**data).solve()
    rents = solution.bottlenecks().set_index("limit")["rent_usd_per_t"]
    data["stockpiles"]["vault"]["capacity"] = 4
    assert rents["stockpiles.vault.capacity"] == pytest.approx(solution.cost - network(**data).solve().cost)


def test_tables_of_every_kind_are_there_when_there_is_nothing_to_list():
    solution = network(demands={"user": want(1, shortfall_cost=1)}).solve()
    for name in (
        "flows",
        "production",
        "purchases",
        "sales",
        "stocks",
        "projects",
        "disposals",
        "in_transit",
    ):
        table = getattr(solution, name)
        assert table.empty
        assert "period" in table
    assert np.isfinite(solution.cost)

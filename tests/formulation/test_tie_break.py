"""Which of the plans that cost the same is shown."""

from __future__ import annotations

import copy
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.formulation import tie_break
from resilience.formulation.tie_break import tonne_km
from resilience.solvers.optimal_face import FaceError
from tests.networks_random import Shape, shapes
from tests.small import AWAY, HOME, column, lane, mine, network, want
from tests.test_laws import TABLES, shuffle
from tests.tied import with_ties

few = settings(max_examples=10, deadline=None)


def carried(solution: rs.Solution) -> dict[str, float]:
    return column(solution.flows, "lane", "flow_t")


def two_mines(**fields):
    """Mines at 10, wanted 4: the far one is first by id, the near one is 10 degrees closer."""
    return network(
        facilities={
            "a_far": mine(capacity=9, cost=10, location=[0, 20], **fields),
            "b_near": mine(capacity=9, cost=10, location=[0, 10], **fields),
        },
        demands={"user": want(4, AWAY)},
        lanes=[lane("a_far", "user", cost=1), lane("b_near", "user", cost=1)],
    )


def located(far, near, user):
    """Return the two mines with other locations."""
    data = {"facilities.a_far.location": far, "facilities.b_near.location": near}
    return data | {"demands.user.location": user}


def test_of_two_mines_that_cost_the_same_the_near_one_is_used():
    """1112 km against 2224 on the equator; the cost of 44 is the same."""
    solution = two_mines().solve(set={"demands.user.location": [0, 0]})
    assert carried(solution) == {"b_near>user:ore": 4.0}
    assert solution.cost == 44
    assert solution.tie_break == "distance"


def test_of_two_lanes_of_the_same_length_the_first_by_id_is_used():
    solution = two_mines().solve(set=located([0, 10], [0, -10], [0, 0]))
    assert carried(solution) == {"a_far>user:ore": 4.0}


def test_a_lane_with_an_end_nowhere_counts_for_nothing():
    """The demand has no location: both lanes are 0 km long, and the first by id is used."""
    assert carried(two_mines().solve()) == {"a_far>user:ore": 4.0}


def test_a_distance_of_its_own_counts_in_place_of_the_great_circle():
    """The far mine's lane is said to be 100 km long."""
    found = network(
        facilities={
            "a": mine(capacity=9, location=[0, 10]),
            "b": mine(capacity=9, location=[0, 20]),
        },
        demands={"user": want(4, AWAY, location=[0, 0])},
        lanes=[
            lane("a", "user", cost=1),
            lane("b", "user", cost={"fixed": 1, "per_tonne_km": 0, "distance": 100}),
        ],
    )
    solution = found.solve()
    assert carried(solution) == {"b>user:ore": 4.0}
    assert solution.formulation.lanes.distance == pytest.approx([6371.0088 * np.pi / 18, 100])


def test_cost_comes_first():
    solution = two_mines().solve(set={"facilities.b_near.cost": 10.001, "demands.user.location": [0, 0]})
    assert carried(solution) == {"a_far>user:ore": 4.0}
    assert solution.tie_break == "unique"


def test_it_can_be_switched_off():
    solution = two_mines().solve(set={"demands.user.location": [0, 0]}, tie_break=None)
    assert solution.tie_break == "off"
    assert solution.cost == 44


def test_an_unknown_one_is_an_error_of_input():
    with pytest.raises(rs.InputError, match="unknown tie break"):
        two_mines().solve(tie_break="cheapest")


def test_where_the_search_fails_the_solver_s_own_plan_is_shown(monkeypatch):
    def fails(*_):
        raise FaceError("numerical trouble")

    monkeypatch.setattr(tie_break.OptimalFace, "settle", fails)
    solution = two_mines().solve()
    assert solution.tie_break == "solver"
    assert solution.certificate.holds


def test_where_the_plan_found_is_not_proved_the_solver_s_own_is_shown(monkeypatch):
    def spoils(self, _):
        self.x = self.x * 1.001

    monkeypatch.setattr(tie_break.OptimalFace, "settle", spoils)
    assert two_mines().solve().tie_break == "solver"


def test_whole_levels_stay_as_the_search_left_them():
    """One of two lanes has to be opened at 7; with it fixed, of the mines behind it the near one is used."""
    found = network(
        commodities=["ore"],
        facilities={
            "a_far": mine(capacity=9, location=[0, 20]),
            "b_near": mine(capacity=9, location=[0, 10]),
        },
        hubs={"port": {"passes": ["ore"], "location": [0, 5]}},
        demands={"user": want(4, AWAY, location=[0, 0])},
        lanes=[
            lane("a_far", "port", cost=1),
            lane("b_near", "port", cost=1),
            lane("port", "user", cost=1, fixed_cost=7),
        ],
    )
    solution = found.solve()
    assert solution.program.is_mixed
    assert carried(solution) == {"b_near>port:ore": 4.0, "port>user:ore": 4.0}
    assert solution.cost == 15
    assert solution.certificate.integer_bound is not None


def test_of_activities_the_last_kind_by_name_does_least():
    """4 t are needed in 2026, 3 a year can be made, and stock is free: as little as can be is released, 1."""
    found = network(
        horizon={"start": 2025, "periods": 2, "step": "year"},
        facilities={"mine": mine(capacity=3)},
        stockpiles={"vault": {"country": HOME, "commodity": "ore", "site": "mine"}},
        demands={"user": want({2025: 0, 2026: 4}, HOME, site="mine")},
    )
    made = found.solve().production.set_index("period")["throughput_t"]
    assert made.to_dict() == {"2025": 1.0, "2026": 3.0}


@st.composite
def transports(draw):
    """Draw two sources, three sinks and the lanes between: (capacity, cost, km) each, in whole numbers."""
    supply = draw(st.lists(st.integers(1, 4), min_size=2, max_size=2))
    wanted = draw(st.lists(st.integers(0, 2), min_size=3, max_size=3))
    small = st.integers(0, 1)
    lanes = [(draw(st.integers(0, 3)), draw(small), draw(small)) for _ in range(6)]
    return supply, wanted, lanes


@given(transports())
@settings(max_examples=150, deadline=None)
def test_all_plans_in_whole_tonnes_enumerated(drawn):
    """Corners of a transport problem in whole numbers are whole: the best of all whole plans is the best.

    Least cost (9 a tonne short), then least tonne-kilometres, then as little as possible on the last lane by
    id, on the one before it, and so on.
    """
    supply, wanted, lanes = drawn
    pairs = list(product(range(2), range(3)))
    best = None
    for plan in product(*(range(most + 1) for most, _, _ in lanes)):
        sent = [sum(x for x, (i, _) in zip(plan, pairs, strict=True) if i == source) for source in range(2)]
        got = [sum(x for x, (_, j) in zip(plan, pairs, strict=True) if j == sink) for sink in range(3)]
        if any(a > b for a, b in zip([*sent, *got], [*supply, *wanted], strict=True)):
            continue
        cost = sum(x * price for x, (_, price, _) in zip(plan, lanes, strict=True))
        cost += 9 * (sum(wanted) - sum(got))
        km = sum(x * length for x, (_, _, length) in zip(plan, lanes, strict=True))
        key = (cost, km, plan[::-1])
        best = key if best is None else min(best, key)
    found = network(
        facilities={f"s{i}": mine(capacity=most) for i, most in enumerate(supply)},
        demands={f"t{j}": want(most, AWAY, shortfall_cost=9) for j, most in enumerate(wanted)},
        lanes=[
            lane(
                f"s{i}",
                f"t{j}",
                capacity=most,
                cost={"fixed": price, "per_tonne_km": 0, "distance": length},
            )
            for (i, j), (most, price, length) in zip(pairs, lanes, strict=True)
        ],
    )
    solution = found.solve()
    flows = carried(solution)
    assert [flows.get(f"s{i}>t{j}:ore", 0.0) for i, j in pairs] == pytest.approx(best[2][::-1], abs=1e-9)
    assert solution.cost == pytest.approx(best[0], abs=1e-9)


@given(shapes())
@few
def test_the_plan_shown_costs_the_same_and_moves_tonnes_no_further(shape):
    found = rs.Network.from_dict(with_ties(shape))
    shown, other = found.solve(), found.solve(tie_break=None)
    assert shown.tie_break in ("distance", "unique")
    assert shown.cost == pytest.approx(other.cost, rel=1e-9, abs=1e-9)
    assert shown.certificate.safe_bound == other.certificate.safe_bound
    np.testing.assert_array_equal(shown.duals, other.duals)
    length = tonne_km(shown.formulation, shown.program)
    assert length @ shown.levels <= (length @ other.levels) * (1 + 1e-9) + 1e-6


@given(shapes(), st.randoms(use_true_random=False))
@few
def test_the_order_of_the_file_changes_no_table(shape, random):
    """Not even where many plans cost the same."""
    data = with_ties(shape)
    one = rs.Network.from_dict(data).solve()
    other = rs.Network.from_dict(shuffle(copy.deepcopy(data), random)).solve()
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True, obj=name)


@given(shapes(periods=1), st.sampled_from(["pulp:CBC", "pulp:HiGHS"]))
@settings(max_examples=8, deadline=None)
def test_another_solver_shows_the_same_plan(shape, solver):
    found = rs.Network.from_dict(with_ties(shape))
    ours, theirs = found.solve(), found.solve(solver=solver)
    size = max(1.0, np.abs(ours.levels).max())
    assert theirs.levels == pytest.approx(ours.levels, abs=1e-6 * size)


@pytest.mark.parametrize("mines", [1, 2, 3])
def test_what_rounding_left_of_a_price_of_nothing_narrows_no_face(mines):
    """Many lanes of one length: from CBC's plan HiGHS has duals of 1e-14 km beside those of 200 km."""
    found = rs.Network.from_dict(with_ties(Shape(17739, mines, plants=3, makers=3, demands=3)))
    ours, theirs = found.solve(), found.solve(solver="pulp:CBC")
    assert theirs.levels == pytest.approx(ours.levels, abs=1e-6 * np.abs(ours.levels).max())


@given(shapes(), st.floats(0.5, 2.0))
@few
def test_what_was_solved_before_changes_no_plan(shape, factor):
    """Another path of the solver to the same optimum: warm from another demand, and cold."""
    data = with_ties(shape)
    path = {"demands.demand_0.quantity": data["demands"]["demand_0"]["quantity"] * factor}
    warm = rs.Network.from_dict(data).solve(set=path)
    data["demands"]["demand_0"]["quantity"] *= factor
    cold = rs.Network.from_dict(data).solve()
    assert warm.levels == pytest.approx(cold.levels, abs=1e-6 * max(1.0, np.abs(cold.levels).max()))


def rich(shape: Shape, is_mixed: bool) -> rs.Network:
    """Return a network with ties, a tariff-rate quota on oxide, interest, a vault, and lanes to be opened."""
    return rs.Network.from_dict(rich_data(shape, is_mixed))


def rich_data(shape: Shape, is_mixed: bool) -> dict[str, Any]:
    data = with_ties(shape)
    data["discount_rate"] = 0.05
    data["supplies"]["oxide_market"]["country"], data["facilities"]["maker_0"]["country"] = "XCC", "XAA"
    quota = {"quota": 4, "specific": 1, "over_quota_specific": 2}
    data.setdefault("policies", {})["duty"] = {
        "type": "tariff",
        "importer": "allies",
        "commodities": "oxide",
        **quota,
    }
    scenario = {"policies": ["duty", *(["rule"] if shape.rule == "policy" else [])]}
    data.setdefault("scenarios", {})["rich"] = scenario
    if is_mixed:
        for entry in data["lanes"][::3]:
            entry["fixed_cost"] = 2.0
    return data


rich_shapes = shapes(
    mines=2,
    plants=2,
    makers=2,
    demands=2,
    periods=2,
    lead=1,
    has_minimums=False,
    has_stockpile=True,
)


@given(rich_shapes, st.sampled_from(["", "demand", "policy"]), st.booleans())
@settings(max_examples=6, deadline=None)
def test_with_quotas_interest_layers_and_whole_levels_too_it_costs_the_same(shape, rule, is_mixed):
    found = rich(replace(shape, rule=rule), is_mixed)
    shown, other = found.solve("rich"), found.solve("rich", tie_break=None)
    assert shown.program.is_mixed == is_mixed
    assert shown.tie_break in ("distance", "unique")
    assert shown.certificate.holds
    assert shown.cost == pytest.approx(other.cost, rel=1e-9, abs=1e-9)
    length = tonne_km(shown.formulation, shown.program)
    assert length @ shown.levels <= (length @ other.levels) * (1 + 1e-9) + 1e-6


@given(
    rich_shapes, st.sampled_from(["", "demand", "policy"]), st.booleans(), st.randoms(use_true_random=False)
)
@settings(max_examples=3, deadline=None)
def test_nor_does_the_order_of_the_file_change_a_table_then(shape, rule, is_mixed, random):
    data = rich_data(replace(shape, rule=rule), is_mixed)
    one = rs.Network.from_dict(data).solve("rich")
    other = rs.Network.from_dict(shuffle(copy.deepcopy(data), random)).solve("rich")
    for name in (*TABLES, "stocks"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True, obj=name)
    pd.testing.assert_frame_equal(one.origins(), other.origins(), check_exact=True)

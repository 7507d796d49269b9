"""How much can be used of what has a fixed charge and no capacity: a bound that no best plan exceeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import resilience as rs
from tests.small import lane, mine, network, want


def charged(**sections: Any) -> rs.Network:
    """Let an unlimited mine at 1 serve a user of 10 t, short at 100, by a lane that costs 20 when used."""
    return network(
        **{
            "horizon": {"start": 2025, "periods": 2},
            "facilities": {"mine": mine(cost=1)},
            "demands": {"user": want(10, shortfall_cost=100)},
            "lanes": [lane("mine", "user", fixed_cost=20)],
            **sections,
        }
    )


def most_of(solution: rs.Solution, lane_id: str = "mine>user:ore") -> list[float]:
    """Return by how much a use lets its lane carry, by period."""
    program = solution.program
    rows = program.rows.where(kind="use", what="most", id=lane_id)
    uses = program.columns.where(kind="use", id=lane_id)
    return [-float(program.matrix[row, use]) for row, use in zip(rows, uses, strict=True)]


def test_stock_at_the_start_needs_no_capacity():
    """12 t stand at the user's site: 10 t of 2025 and 2 t of 2026 are met, 8 t come by the lane: 20 + 8."""
    solution = charged(
        sites={"works": {"country": "XAA"}},
        demands={"user": {"site": "works", "commodity": "ore", "quantity": 10, "shortfall_cost": 100}},
        stockpiles={"vault": {"site": "works", "commodity": "ore", "initial": 12}},
        lanes=[lane("mine", "works", fixed_cost=20)],
    ).solve()
    assert solution.cost == pytest.approx(20 + 8)
    first, second = most_of(solution, "mine>works:ore")
    assert first <= 20 + 12 + 12 + 1e-6  # both years, what may be left in stock, what may be thrown away
    assert second <= 10 + 12 + 12 + 1e-6


def test_goods_under_way_need_no_capacity():
    """4 t land in 2025: 6 t and then 10 t by the lane: 40 + 16."""
    solution = charged(lanes=[lane("mine", "user", fixed_cost=20, in_transit={2025: 4})]).solve()
    assert solution.cost == pytest.approx(40 + 16)
    assert np.isfinite(most_of(solution)).all()


def test_a_stock_that_must_stand_at_the_end_counts():
    """5 t are left in 2026: 10 t, then 15 t by the lane, 40 + 25; all 25 t in the first year cost 20 + 25."""
    solution = charged(
        sites={"works": {"country": "XAA"}},
        demands={"user": {"site": "works", "commodity": "ore", "quantity": 10, "shortfall_cost": 100}},
        stockpiles={"vault": {"site": "works", "commodity": "ore", "final": 5}},
        lanes=[lane("mine", "works", fixed_cost=20)],
    ).solve()
    assert solution.cost == pytest.approx(20 + 25)
    assert solution.stocks["closing_t"].tolist() == pytest.approx([15, 5])


def test_less_may_be_wanted_than_must_be_moved_when_used():
    """At least 15 t when used, 10 wanted: 5 are thrown away in each year, 2 x (20 + 15)."""
    solution = charged(lanes=[lane("mine", "user", fixed_cost=20, minimum_when_used=15)]).solve()
    assert solution.cost == pytest.approx(70)


def test_what_must_run_may_be_thrown_away_where_it_is_made():
    """10 t must be made at 1 by the near mine, whose lane costs 50 a tonne; the far one serves: 10 + 10 + 20.

    If all that is made had to be used, the lane of the far mine could carry nothing.
    """
    near, far = mine(cost=1), mine("XBB", cost=1)
    sections: dict[str, Any] = {
        "horizon": {"start": 2025},
        "facilities": {"near": near, "far": far},
        "limits": {"duty": {"over": {"facility": "near"}, "at_least": 10}},
        "lanes": [lane("near", "user", cost=50), lane("far", "user", fixed_cost=20)],
    }
    assert charged(**sections).solve().cost == pytest.approx(40)
    sections["facilities"], sections["limits"] = {"near": {**near, "minimum": 10}, "far": far}, {}
    assert charged(**sections).solve().cost == pytest.approx(40)


def test_an_outlet_s_quantity_is_a_bound():
    """An outlet takes 5 t at 9: 45 - 20 - 5 of profit in each of two years."""
    outlet = {"country": "XAA", "commodity": "ore", "quantity": 5, "price": 9}
    assert charged(demands={"user": outlet}).solve().cost == pytest.approx(-40)


def test_of_what_is_dear_to_throw_away_and_without_end_a_capacity_is_asked_for():
    """8 t of sludge land; to dispose of it costs 50 a tonne, of brick nothing: 8 t by the lane, 20 + 8.

    Bricks are made to be thrown away, so no demand bounds them; the supply of sludge must.
    """

    def works(quantity: float | None) -> rs.Network:
        drain = {"country": "XAA", "commodity": "sludge", "price": 9, "quantity": quantity}
        return network(
            horizon={"start": 2025},
            commodities={"sludge": {"disposal_cost": 50}, "brick": {}},
            hubs={"tip": {"country": "XAA", "passes": "sludge"}},
            facilities={
                "kiln": {"country": "XAA", "inputs": {"sludge": 1}, "outputs": {"brick": 1}, "cost": 1}
            },
            supplies={"drain": drain},
            lanes=[
                lane("drain", "tip", "sludge", in_transit={2025: 8}),
                lane("tip", "kiln", "sludge", fixed_cost=20),
            ],
        )

    assert works(2).solve().cost == pytest.approx(20 + 8)
    with pytest.raises(rs.InputError, match=r"lanes\.1: needs a capacity"):
        works(None)


@pytest.mark.parametrize(
    "limits",
    [
        {"mix": {"over": [{"facility": "mine"}, {"facility": "pit", "weight": -0.5}], "at_least": 0}},
        {"mix": {"over": [{"facility": "mine"}, {"facility": "pit", "weight": -0.5}], "at_most": 0}},
    ],
)
def test_where_less_of_one_thing_breaks_a_limit_a_capacity_is_asked_for(limits):
    """A grade may make it right to waste: nothing bounds how much."""
    with pytest.raises(rs.InputError, match=r"lanes\.0: needs a capacity"):
        charged(facilities={"mine": mine(cost=1), "pit": mine(cost=0)}, limits=limits)


def test_a_limit_s_own_bound_is_the_most_of_it():
    """Two lanes share 6 t: their use allows 6 t, not 6 for each."""
    solution = charged(
        facilities={"mine": mine(cost=1), "pit": mine(cost=2)},
        lanes=[lane("mine", "user"), lane("pit", "user")],
        limits={"road": {"over": {"lane": {"to": "user"}}, "at_most": 6, "fixed_cost": 3}},
    ).solve()
    assert solution.cost == pytest.approx(2 * (3 + 6 + 400))
    assert most_of(solution, "road") == pytest.approx([6, 6])

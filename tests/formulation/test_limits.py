"""Limits: what several activities share, with weights of either sign, per period or over the horizon."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.small import column, lane, mine, network, want


def two_mines(limit: dict[str, object], quantity: float = 10, **horizon: object) -> rs.Network:
    """Let a cheap mine (1) and a dear one (4) serve one user; short costs 50."""
    return network(
        horizon={"start": 2025, **horizon},
        facilities={"cheap": mine("XAA", cost=1), "dear": mine("XBB", cost=4)},
        demands={"user": want(quantity, shortfall_cost=50)},
        lanes=[lane({"kind": "facility"}, "user")],
        limits={"limit": limit},
    )


def worth(solution: rs.Solution, limit: str = "limit") -> list[float]:
    """Return the fall of cost per unit of a limit, by period."""
    return (-solution.duals[solution.program.rows.where(kind="limit", id=limit)]).tolist()


@pytest.mark.parametrize(
    "over",
    [
        {"facility": "cheap"},
        {"facility": {"country": "XAA"}},
        {"lane": "cheap>user:ore"},
        {"lane": {"from": "cheap", "to": "user"}},
        {"lane": {"from": {"country": "XAA"}, "commodity": "ore"}},
    ],
)
def test_at_most(over):
    """At most 6 t of the cheap ore: 6 x 1 + 4 x 4 = 22, and one more tonne would save 3."""
    solution = two_mines({"over": over, "at_most": 6}).solve()
    assert solution.cost == pytest.approx(22)
    assert worth(solution) == pytest.approx([3])


def test_at_least():
    """At least 6 t of the dear ore: 4 + 24 = 28; a worth below 0, since one more costs 3."""
    solution = two_mines({"over": {"facility": "dear"}, "at_least": 6}).solve()
    assert solution.cost == pytest.approx(28)
    assert worth(solution) == pytest.approx([-3])


def test_equals():
    """Exactly 6 t of the dear ore: the same as at least."""
    solution = two_mines({"over": {"facility": "dear"}, "equals": 6}).solve()
    assert solution.cost == pytest.approx(28)


def test_a_range_has_both_ends():
    """Between 2 and 6 t of the cheap ore: 6 again."""
    solution = two_mines({"over": {"facility": "cheap"}, "at_least": 2, "at_most": 6}).solve()
    assert solution.cost == pytest.approx(22)


def test_one_limit_over_everything_that_a_selector_finds():
    """Both mines together make at most 7 t: 7 x 1 + 3 short at 50."""
    assert two_mines(
        {"over": {"facility": {"kind": "facility"}}, "at_most": 7}
    ).solve().cost == pytest.approx(157)


def test_several_terms_add_up_and_a_term_that_stands_twice_counts_twice():
    """2 x cheap + dear <= 12: moving all but x to the dear mine, 2 x + (10 - x) = 12, so x = 2: 2 + 32."""
    twice = [{"facility": "cheap"}, {"facility": ["cheap", "dear"]}]
    weighted = [{"facility": "cheap", "weight": 2}, {"facility": "dear"}]
    for over in (twice, weighted):
        solution = two_mines({"over": over, "at_most": 12}).solve()
        assert solution.cost == pytest.approx(34), over
        assert column(solution.production, "facility", "throughput_t") == pytest.approx(
            {"cheap": 2, "dear": 8}
        )


def test_grade_blending_by_weights_of_either_sign():
    """The blend must hold 50 % or more: ore of 30 % at 1 (weight -0.2), of 60 % at 4 (weight 0.1).

    Two tonnes of the rich ore carry one of the poor: of 9 t, 3 poor and 6 rich: 3 + 24 = 27.
    """
    over = [{"facility": "cheap", "weight": -0.2}, {"facility": "dear", "weight": 0.1}]
    solution = two_mines({"over": over, "at_least": 0}, quantity=9).solve()
    assert solution.cost == pytest.approx(27)
    assert column(solution.production, "facility", "throughput_t") == pytest.approx({"cheap": 3, "dear": 6})


def test_a_limit_holds_in_each_period():
    """6 t of the cheap ore in each of two years: twice 22."""
    solution = two_mines({"over": {"facility": "cheap"}, "at_most": 6}, periods=2).solve()
    assert solution.cost == pytest.approx(44)
    assert worth(solution) == pytest.approx([3, 3])


def test_over_horizon_is_a_total_and_not_scaled():
    """6 t of the cheap ore in two years together: 6 x 1 + 14 x 4 = 62."""
    limit = {"over": {"facility": "cheap"}, "at_most": 6, "over_horizon": True}
    solution = two_mines(limit, periods=2).solve()
    assert solution.cost == pytest.approx(62)
    assert worth(solution) == pytest.approx([3])


def test_over_horizon_is_a_total_in_months_too():
    """120 t a year are 10 t a month; 6 t of the cheap ore in two months together: 6 + 14 x 4."""
    limit = {"over": {"facility": "cheap"}, "at_most": 6, "over_horizon": True}
    assert two_mines(limit, quantity=120, periods=2, step="month").solve().cost == pytest.approx(62)


def test_a_limit_may_change_at_dates():
    """6 t, and 2 t from 2026 on: 22 + (2 + 32)."""
    limit = {"over": {"facility": "cheap"}, "at_most": {2025: 6, 2026: 2}}
    assert two_mines(limit, periods=2).solve().cost == pytest.approx(56)


def test_over_supplies_and_demands():
    """At most 3 t bought of what is cheap; at most 5 t delivered: 3 x 1 + 2 x 4 + 5 x 50."""
    found = network(
        supplies={
            "cheap": {"country": "XAA", "commodity": "ore", "price": 1},
            "dear": {"country": "XAA", "commodity": "ore", "price": 4},
        },
        demands={"user": want(10, shortfall_cost=50)},
        lanes=[lane({"kind": "supply"}, "user")],
        limits={
            "bought": {"over": {"supply": "cheap"}, "at_most": 3},
            "delivered": {"over": {"demand": "user"}, "at_most": 5},
        },
    )
    solution = found.solve()
    assert solution.cost == pytest.approx(3 + 8 + 250)
    assert (worth(solution, "bought"), worth(solution, "delivered")) == (
        pytest.approx([3]),
        pytest.approx([46]),
    )


def test_over_hubs_counts_what_arrives_and_when():
    """20 % is lost on the way: of 10 t that leave in 2025, 8 arrive in 2026 and fill the limit of 8.

    12 t are wanted in 2026: 4 fall short at 50; the ore costs 10 x 1.
    """
    solution = network(
        horizon={"start": 2025, "periods": 2},
        facilities={"mine": mine(cost=1)},
        hubs={"a": {"passes": "ore"}, "b": {"passes": "ore"}},
        demands={"user": want({2025: 0, 2026: 12}, shortfall_cost=50)},
        lanes=[lane("mine", {"kind": "hub"}, loss=0.2, lead_time=1), lane({"kind": "hub"}, "user")],
        limits={"ports": {"over": {"hub": ["a", "b"]}, "at_most": {2025: 0, 2026: 8}}},
    ).solve()
    assert solution.cost == pytest.approx(210)


def test_a_limit_that_matches_nothing_is_a_located_error():
    text = """\
commodities: {ore: {}}
facilities:
  cheap: {country: XAA, outputs: {ore: 1}}
demands:
  user: {country: XAA, commodity: ore, quantity: 1}
lanes:
  - {from: cheap, to: user, commodity: ore}
limits:
  first:
    over: {facility: {country: XBB}}
    at_most: 5
  second:
    over:
      - {facility: cheap}
      - {lane: {from: user}}
    at_most: 5
"""
    with pytest.raises(rs.InputError) as caught:
        rs.Network.from_yaml(text, "x.yaml")
    assert [(problem.line, problem.path, problem.message) for problem in caught.value.problems] == [
        (10, "limits.first.over", "matches no facility"),
        (15, "limits.second.over.1", "matches no lane"),
    ]

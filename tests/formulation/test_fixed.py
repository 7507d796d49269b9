"""Fixed charges, least amounts when used, counts and single sources: mixed-integer programs."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from tests.small import column, lane, mine, network, want


def choice(cheap: dict[str, Any], quantity: Any = 10, **sections: Any) -> rs.Network:
    """Let a mine at 1 compete with one at 4; short costs 50."""
    return network(
        **{
            "facilities": {"cheap": mine("XAA", cost=1, **cheap), "dear": mine("XBB", cost=4)},
            "demands": {"user": want(quantity, shortfall_cost=50)},
            "lanes": [lane({"kind": "facility"}, "user")],
            **sections,
        }
    )


@pytest.mark.parametrize(
    ("quantity", "cost", "used"), [(10, 40, False), (20, 20 + 50, True), (16, 64, False), (17, 17 + 50, True)]
)
def test_a_fixed_cost_is_paid_where_the_volume_carries_it(quantity, cost, used):
    """50 to run the cheap mine at all saves 3 a tonne: from 16.7 t on."""
    solution = choice({"fixed_cost": 50, "capacity": 100}, quantity).solve()
    assert solution.cost == pytest.approx(cost)
    throughput = column(solution.production, "facility", "throughput_t")
    assert (throughput["cheap"] > 0) is used
    assert solution.cost_breakdown.get(("resource", "fixed"), 0.0) == pytest.approx(50 if used else 0)


def test_a_fixed_cost_is_paid_in_every_period_of_use():
    """30, 10 and 30 t wanted: 30 + 50 in two years, 40 in the one between."""
    solution = choice(
        {"fixed_cost": 50, "capacity": 100},
        {2025: 30, 2026: 10, 2027: 30},
        horizon={"start": 2025, "periods": 3},
    ).solve()
    assert solution.cost == pytest.approx(80 + 40 + 80)


def test_a_fixed_cost_may_change_at_dates():
    """50 in 2025, 10 in 2026: 10 t come from the dear mine first (40), then from the cheap one (20)."""
    solution = choice(
        {"fixed_cost": {2025: 50, 2026: 10}, "capacity": 100}, horizon={"start": 2025, "periods": 2}
    ).solve()
    assert solution.cost == pytest.approx(40 + 20)


@pytest.mark.parametrize(("least", "cost"), [(12, 12), (39, 39), (41, 40)])
def test_a_least_amount_when_used_is_made_or_nothing_is(least, cost):
    """10 t wanted: making 12 or 39 at 1 and throwing some away is cheaper than 10 at 4; making 41 is not."""
    solution = choice({"minimum_when_used": least, "capacity": 100}).solve()
    assert solution.cost == pytest.approx(cost)


def test_a_least_amount_is_per_year_whatever_the_step():
    """12 t a year at least are 1 t a month; half a tonne a month is wanted: 1 at 1 beats 0.5 at 4."""
    solution = choice(
        {"minimum_when_used": 12, "capacity": 100},
        6,
        horizon={"start": 2025, "periods": 2, "step": "month"},
    ).solve()
    assert solution.cost == pytest.approx(2)


def test_a_lane_with_a_fixed_cost():
    """5 to use the short lane, 1 a tonne; 2 a tonne the long way: 4 t go the long way, 6 t the short."""
    for quantity, cost in ((4, 8), (6, 11)):
        solution = network(
            facilities={"mine": mine()},
            hubs={"port": {"passes": "ore"}},
            demands={"user": want(quantity)},
            lanes=[
                lane("mine", "user", cost=1, fixed_cost=5),
                lane("mine", "port", cost=2),
                lane("port", "user"),
            ],
        ).solve()
        assert solution.cost == pytest.approx(cost)


def corridor(quantity: float, **limit: Any) -> rs.Network:
    """Let ore and coal share a corridor at 1 a tonne; by air either costs 10."""
    return network(
        commodities=["ore", "coal"],
        facilities={
            "mine": mine(),
            "pit": {"country": "XAA", "outputs": {"coal": 1}, "site": "mine"},
        },
        demands={"user": want(quantity), "stove": want(quantity, commodity="coal", site="user")},
        lanes=[
            {"from": "mine", "to": "user", "commodity": ["ore", "coal"], "cost": 1},
            {"from": "mine", "to": "user", "commodity": ["ore", "coal"], "cost": 10},
        ],
        limits={
            "road": {
                "over": [
                    {"lane": {"id": ["mine>user:ore"]}},
                    {"lane": {"id": ["mine>user:coal"]}},
                ],
                **limit,
            }
        },
    )


@pytest.mark.parametrize(("quantity", "cost"), [(1.5, 30), (2, 34), (3, 36), (8, 10 + 30 + 60)])
def test_a_corridor_is_paid_for_once_whatever_uses_it(quantity, cost):
    """30 to open, 10 t in all; it saves 9 a tonne, so it is opened from 3.3 t on.

    1.5 + 1.5 t: by air, 30. 2 + 2 t: 34 by road. 3 + 3 t: 36. 8 + 8 t: 10 by road, 6 by air.
    """
    solution = corridor(quantity, at_most=10, fixed_cost=30).solve()
    assert solution.cost == pytest.approx(cost)


@pytest.mark.parametrize(("quantity", "cost"), [(0.2, 4), (2, 5), (3, 6)])
def test_a_corridor_needs_its_least_amount(quantity, cost):
    """5 t at least, or none. 0.2 + 0.2 t go by air at 10.

    For 2 + 2 t a fifth tonne is sent along and thrown away: 5 by road beats 40 by air.
    """
    solution = corridor(quantity, at_most=10, minimum_when_used=5).solve()
    assert solution.cost == pytest.approx(cost)


def test_only_so_many_are_used():
    """Three mines of 5 t at 1, 2 and 3, two of them: 5 + 10, and 2 of 12 t short at 50."""
    mines = {f"m{cost}": mine(cost=cost, capacity=5) for cost in (1, 2, 3)}
    for count, cost in ((3, 5 + 10 + 6), (2, 5 + 10 + 100), (1, 5 + 350), (0, 600)):
        solution = network(
            facilities=mines,
            demands={"user": want(12, shortfall_cost=50)},
            lanes=[lane({"kind": "facility"}, "user")],
            limits={"few": {"over": {"facility": {"kind": "facility"}}, "count": count}},
        ).solve()
        assert solution.cost == pytest.approx(cost)
        assert int((solution.production["throughput_t"] > 1e-9).sum()) <= count


def test_counted_lanes_and_counted_corridors():
    """Of two lanes at 1 and 2 with 5 t each, one; counted as lanes or as limits: 5 + 5 x 50."""
    for over in ({"lane": {"to": "user"}}, {"limit": ["one", "two"]}):
        solution = network(
            facilities={"a": mine(), "b": mine()},
            demands={"user": want(10, shortfall_cost=50)},
            lanes=[lane("a", "user", cost=1, capacity=5), lane("b", "user", cost=2, capacity=5)],
            limits={
                "one": {"over": {"lane": {"from": "a"}}, "at_most": 5},
                "two": {"over": {"lane": {"from": "b"}}, "at_most": 5},
                "few": {"over": over, "count": 1},
            },
        ).solve()
        assert solution.cost == pytest.approx(5 + 250)


@pytest.mark.parametrize(("quantity", "cost"), [(6, 12), (8, 8 * 9), (10, 500)])
def test_a_single_source_serves_all_or_nothing(quantity, cost):
    """Lanes of 6 t at 2 and 8 t at 9: 6 t take the first, 8 t the second, 10 t neither."""
    solution = network(
        facilities={"a": mine(), "b": mine()},
        demands={"user": want(quantity, shortfall_cost=50, single_source=True)},
        lanes=[lane("a", "user", cost=2, capacity=6), lane("b", "user", cost=9, capacity=8)],
    ).solve()
    assert solution.cost == pytest.approx(cost)
    assert len(solution.flows) == (0 if quantity == 10 else 1)


def test_a_single_source_counts_what_arrives_when_it_arrives():
    """8 t wanted in 2026 come from 10 t that left in 2025 and lost a fifth."""
    solution = network(
        horizon={"start": 2025, "periods": 2},
        facilities={"a": mine(cost=1), "b": mine(cost=3)},
        demands={"user": want({2025: 0, 2026: 8}, shortfall_cost=50, single_source=True)},
        lanes=[lane("a", "user", loss=0.2, lead_time=1), lane("b", "user")],
    ).solve()
    assert solution.cost == pytest.approx(10)


def test_origin_copies_share_one_fixed_charge():
    """Ore of two origins through one port lane at 30: paid once for both layers, 3 + 3 t."""
    solution = network(
        facilities={"cn": mine("CHN", cost=1), "us": mine("USA", cost=2)},
        hubs={"port": {"passes": "ore"}},
        demands={
            "strict": want(3, "USA", shortfall_cost=99, origin={"exclude": ["CHN"]}),
            "open": want(3, "USA", shortfall_cost=99),
        },
        lanes=[
            lane(["cn", "us"], "port"),
            lane("port", "sea", fixed_cost=30),
            lane("sea", {"kind": "demand"}),
        ],
        sites={"sea": {"country": "USA"}},
    ).solve()
    assert solution.cost == pytest.approx(30 + 3 + 6)
    assert solution.certificate.integer_gap <= 1e-6


@pytest.mark.parametrize(
    ("section", "path", "line", "words"),
    [
        (
            "demands: {out: {country: USA, commodity: ore, price: 9}}\n"
            "facilities: {mine: {country: USA, outputs: {ore: 1}, fixed_cost: 5}}\n"
            "lanes: [{from: mine, to: out, commodity: ore}]",
            "facilities.mine",
            3,
            "needs a capacity",
        ),
        (
            "demands: {out: {country: USA, commodity: ore, price: 9, quantity: 3, single_source: true}}",
            "demands.out.single_source",
            2,
            "an outlet cannot have a single source",
        ),
        (
            "sites: {s: {country: USA}}\n"
            "demands: {d: {site: s, commodity: ore, quantity: 3, single_source: true}}\n"
            "supplies: {t: {site: s, commodity: ore, price: 3}}",
            "demands.d.single_source",
            3,
            "needs a site of its own",
        ),
        (
            "facilities: {mine: {country: USA, outputs: {ore: 1}}}\n"
            "limits: {l: {over: {facility: mine, weight: 2}, at_most: 3, fixed_cost: 1}}",
            "limits.l.fixed_cost",
            3,
            "every weight 1",
        ),
        (
            "facilities: {mine: {country: USA, outputs: {ore: 1}}}\n"
            "limits: {l: {over: {facility: mine}, at_most: 3, count: 1}}",
            "limits.l.count",
            3,
            "how many may be used",
        ),
        (
            "facilities: {mine: {country: USA, outputs: {ore: 1}}}\n"
            "limits: {l: {over: {limit: m}, at_most: 3}, m: {over: {facility: mine}, at_most: 1}}",
            "limits.l.over",
            3,
            "needs a `count`",
        ),
    ],
)
def test_faults_are_found_where_they_stand(section, path, line, words):
    with pytest.raises(rs.InputError) as caught:
        rs.Network.from_yaml(f"commodities: {{ore: {{}}}}\n{section}\n", "x.yaml")
    (problem,) = caught.value.problems
    assert problem.path.startswith(path)
    assert problem.line == line
    assert words in problem.message

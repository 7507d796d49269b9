"""Material that is under way when the horizon begins."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from tests.small import lane, mine, network, want


def vault(country: str = "XAA", **fields: Any) -> dict[str, Any]:
    """Return a stockpile of ore."""
    return {"country": country, "commodity": "ore", **fields}


def by_period(frame: Any, key: str) -> list[float]:
    return [float(value) for value in frame[key]]


def under_way(in_transit: Any, **sections: Any) -> rs.Network:
    """Let a lane of two years have ore on it when the horizon begins."""
    return network(
        **{
            "horizon": {"start": 2025, "periods": 3},
            "facilities": {"mine": mine("XBB", cost=1)},
            "demands": {"user": want(4, shortfall_cost=10)},
            "lanes": [lane("mine", "user", cost=2, lead_time=2, in_transit=in_transit)],
            **sections,
        }
    )


def test_what_is_under_way_lands_on_its_date_and_is_paid_for():
    """3 t land in 2025 and 4 t in 2026; 2027 gets what left in 2025. 1 t short (10) + 4 x (1 + 2)."""
    solution = under_way({"2025-06": 3, 2026: 4}).solve()
    assert solution.cost == pytest.approx(10 + 12)
    assert by_period(solution.shortfall, "shortfall_t") == pytest.approx([1, 0, 0])
    assert solution.in_transit[["lane", "from", "to", "period", "arrived_t"]].values.tolist() == [
        ["mine>user:ore", "mine", "user", "2025", 3.0],
        ["mine>user:ore", "mine", "user", "2026", 4.0],
    ]


def test_a_bare_number_lands_in_the_first_period():
    solution = under_way(4).solve()
    assert by_period(solution.shortfall, "shortfall_t") == pytest.approx([0, 4, 0])


def test_two_dates_in_one_period_add_up():
    assert under_way({"2025-02": 1, "2025-09": 2}).solve().cost == pytest.approx(10 + 40 + 12)


def test_nothing_is_listed_where_nothing_is_under_way():
    solution = under_way(None).solve()
    assert solution.in_transit.empty
    assert list(solution.in_transit) == [
        "lane", "from", "to", "from_country", "to_country", "commodity", "stage", "period", "arrived_t",
    ]  # fmt: skip


def test_what_lands_at_a_hub_counts_against_its_capacity_and_pays_its_cost():
    """The port passes 3 t a year at 5; 2 t under way land in 2025, so 1 t more may come: 3 x 5, 1 short."""
    solution = network(
        facilities={"mine": mine("XBB", cost=1)},
        hubs={"port": {"passes": "ore", "capacity": 3, "cost": 5}},
        demands={"user": want(4, shortfall_cost=100)},
        lanes=[lane("mine", "port", in_transit=2), lane("port", "user")],
    ).solve()
    assert solution.cost == pytest.approx(3 * 5 + 1 * 1 + 100)


def test_routes_and_origins_know_what_was_under_way():
    """4 t wanted, 3 under way from B: routes start on the lane, and the ore is B's."""
    solution = under_way(3, stages=["mining"], facilities={"mine": mine("XBB", stage="mining")}).solve()
    routes = solution.routes("user")
    first = routes[routes["period"] == "2025"]
    assert first[["delivered_t", "source", "source_country"]].values.tolist() == [
        [3.0, "mine>user:ore", "XBB"]
    ]
    origins = solution.origins("user")
    mining = origins[(origins["period"] == "2025") & (origins["stage"] == "mining")]
    assert mining[["country", "share", "delivered_t"]].values.tolist() == [["XBB", 1.0, 3.0]]


@pytest.mark.parametrize(("stages", "short"), [(None, 4), (["mining"], 4), (["making"], 1)])
def test_what_is_under_way_is_its_sender_s(stages, short):
    """A rule against B, at all stages or at mining, bars what B sent; one at making does not."""
    rule = {"exclude": ["XBB"], **({"stages": stages} if stages else {})}
    solution = under_way(
        3,
        stages=["mining", "making"],
        facilities={"mine": mine("XBB", stage="mining")},
        demands={"user": want({2025: 4, 2026: 0}, shortfall_cost=10, origin=rule)},
    ).solve()
    assert solution.cost == pytest.approx(short * 10)


@pytest.mark.parametrize(
    ("lanes", "line", "words"),
    [
        (
            "  - {from: mine, to: user, commodity: ore, in_transit: {2024-12: 3}}",
            5,
            "2024-12-01 is not within",
        ),
        ("  - {from: mine, to: user, commodity: ore, in_transit: {2026: 3}}", 5, "before 2026-01-01"),
        ("  - {from: {country: USA}, to: user, commodity: ore, in_transit: 3}", 5, "is of one lane"),
        ("  - {from: mine, to: user, commodity: ore, in_transit: -3}", 5, "below the least possible"),
    ],
)
def test_faults_of_material_under_way_are_found_where_they_stand(lanes, line, words):
    text = (
        "commodities: {ore: {}}\nfacilities: {mine: {country: USA, outputs: {ore: 1}}}\n"
        f"demands: {{user: {{country: USA, commodity: ore, quantity: 1}}}}\nlanes:\n{lanes}\n"
    )
    with pytest.raises(rs.InputError) as caught:
        rs.Network.from_yaml(text, "x.yaml")
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == ("lanes.0.in_transit", line)
    assert words in problem.message


@pytest.mark.parametrize(
    ("sections", "what"),
    [
        (
            {
                "stockpiles": {"v": vault(initial=5, shares={"XBB": 1})},
                "demands": {"user": want(3)},
                "lanes": [lane("v", "user")],
            },
            "stockpiles.v.shares",
        ),
        (
            {
                "facilities": {"mine": mine()},
                "hubs": {"port": {"passes": "ore", "capacity": 3}},
                "demands": {"user": want(1)},
                "lanes": [lane("mine", "port", in_transit=4), lane("port", "user")],
            },
            "lanes.mine>port:ore.in_transit",
        ),
    ],
)
def test_shares_and_material_under_way_that_contradict_others_are_named(sections, what):
    with pytest.raises(rs.InfeasibleError) as caught:
        network(**sections).solve()
    assert what in {item.what for item in caught.value.conflicts}

"""Which stage is the bottleneck: what 10 % more of its capacity saves, solved again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import resilience as rs
from resilience.errors import InputError
from tests.networks_random import network_of, shapes
from tests.results.test_bottlenecks import ban, chain
from tests.shared import rare_earths
from tests.small import lane, mine, network, want

approx = pytest.approx
MANY = settings(max_examples=15, deadline=None)


def test_worth_by_stage_is_the_sum_over_its_facilities_and_their_shared_limits():
    """Two pits of 5 t and 2 t are worth 87 and 85 a tonne; a limit over both adds to the stage.

    A limit on lanes does not.
    """
    base = {
        "stages": ["mining", "processing"],
        "facilities": {
            "pit": mine(stage="mining", cost=10, capacity=5),
            "hole": mine(stage="mining", cost=12, capacity=2),
            "other": mine(stage="processing", cost=500),
        },
        "lanes": [lane(["pit", "hole", "other"], "port", cost=1), lane("port", "user", cost=2)],
    }
    found = chain(**base).solve().bottleneck_stages()
    assert found["stage"].tolist() == ["mining", "processing"]
    assert found["limits"].tolist() == [2, 0]
    assert found["value_usd"].tolist() == approx([5 * 87 + 2 * 85, 0])
    assert found["gain_10pct_usd"].tolist() == approx([0.1 * (5 * 87 + 2 * 85), 0])
    shared = {"line": {"over": {"facility": ["pit", "hole"]}, "at_most": 6}}
    found = chain(**base, limits=shared).solve().bottleneck_stages()
    assert found["value_usd"][0] == approx(6 * 85 + 5 * 2)
    lanes = {"gate": {"over": {"lane": {"to": "port"}}, "at_most": 6}}
    found = chain(**base, limits=lanes).solve().bottleneck_stages()
    assert found["value_usd"][0] == approx(5 * 2)


def test_a_minimum_is_no_part_of_what_capacity_is_worth():
    found = chain(facilities__pit={"minimum": 9}).solve().bottleneck_stages()
    assert found[["limits", "value_usd"]].values.tolist() == [[0, 0]]


def series(mine_capacity: float, **changes) -> rs.Network:
    """Return two stages in a row: ore from a pit at 10, then a works at 5; each tonne short costs 100."""
    sections = {
        "commodities": ["ore", "metal"],
        "stages": ["mining", "processing"],
        "blocs": {"allies": ["XBB"]},
        "facilities": {
            "pit": mine(stage="mining", cost=10, capacity=mine_capacity),
            "works": {
                "country": "XBB",
                "stage": "processing",
                "inputs": {"ore": 1},
                "outputs": {"metal": 1},
                "capacity": 5,
                "cost": 5,
            },
        },
        "demands": {"user": want(20, commodity="metal", shortfall_cost=100)},
        "lanes": [lane("pit", "works"), lane("works", "user", commodity="metal")],
    }
    return network(**{**sections, **changes})


def gains(solution: rs.Solution, bloc: str | None = None) -> dict[str, float]:
    table = solution.bottleneck_stages(bloc)
    return dict(zip(table["stage"], table["gain_10pct_usd"], strict=True))


def test_the_narrow_stage_of_two_in_a_row_is_the_bottleneck():
    """The works' 5 t hold back what the pit's 8 t could be: half a tonne more saves 0.5 x (100 - 15)."""
    assert gains(series(8).solve()) == {"processing": approx(42.5), "mining": 0.0}


def test_two_stages_that_are_full_at_once_gain_nothing_alone():
    """Both hold 5 t. A rent stands at one of them, or is shared, and is gained at neither alone."""
    table = series(5).solve().bottleneck_stages()
    assert table["gain_10pct_usd"].tolist() == [0.0, 0.0]
    assert table["value_usd"].sum() == approx(5 * 85)


def test_first_order_says_more_than_10_percent_gain():
    """The pit holds 5.2 t: of the half tonne more of the works only 0.2 t can be used."""
    table = series(5.2).solve().bottleneck_stages().set_index("stage")
    assert table.loc["processing", "value_usd"] == approx(5 * 85)
    assert table.loc["processing", "gain_10pct_usd"] == approx(0.2 * 85)


def test_a_bloc_has_more_capacity_only_at_home():
    solution = series(8).solve()
    assert gains(solution, "allies")["processing"] == approx(42.5)
    assert gains(solution, "XAA") == {"mining": 0.0, "processing": 0.0}
    with pytest.raises(InputError, match="unknown bloc or country 'alies'; did you mean 'allies'"):
        solution.bottleneck_stages("alies")


def test_periods_rise_together_and_later_money_is_worth_less():
    """Half a tonne more in each of two years: 42.50 now, 42.50 / 1.25 a year later."""
    solution = series(8, horizon={"start": 2025, "periods": 2, "step": "year"}, discount_rate=0.25).solve()
    table = solution.bottleneck_stages().set_index("stage")
    assert table.loc["processing", "gain_10pct_usd"] == approx(42.5 + 42.5 / 1.25)
    assert table.loc["processing", "value_usd"] == approx(425 + 425 / 1.25)


def test_copies_by_origin_rise_together():
    """The works serves in a clean and a tainted layer under one capacity: the gain is as without a rule."""
    ruled = {"user": want(20, commodity="metal", shortfall_cost=100, origin={"exclude": ["XZZ"]})}
    solution = series(8, demands=ruled, countries={"XZZ": {}}).solve()
    assert gains(solution) == {"processing": approx(42.5), "mining": 0.0}


# ----------------------------------------------------------------------------------------------- laws


@MANY
@given(shapes(has_project=False))
def test_ten_percent_more_of_a_stage_is_the_file_with_that_much_more(shape):
    """The gain is what the network costs less with the capacities of its file raised."""
    data = network_of(shape)
    base = rs.Network.from_dict(data)
    solution = base.solve()
    for row in solution.bottleneck_stages().to_dict("records"):
        members = [key for key, entry in data["facilities"].items() if entry["stage"] == row["stage"]]
        bigger = {f"facilities.{key}.capacity": 1.1 * data["facilities"][key]["capacity"] for key in members}
        if row["stage"] == "mining":  # the first mine's cheap tier widens with it
            tiers = data["facilities"]["mine_0"]["cost"]
            wider = [{**tiers[0], "capacity": 1.1 * tiers[0]["capacity"]}, tiers[1]]
            bigger["facilities.mine_0.cost"] = wider
        slack = 1e-8 * max(1.0, abs(solution.cost))
        assert row["gain_10pct_usd"] == approx(solution.cost - base.solve(set=bigger).cost, abs=slack)
        assert -slack <= row["gain_10pct_usd"] <= 0.1 * row["value_usd"] + slack


# ---------------------------------------------------------------------------------------- rare_earths


def test_rare_earths_stages_are_those_of_the_file():
    found = ban().bottleneck_stages()
    assert set(found["stage"]) == set(rare_earths().spec.stages)
    assert found["gain_10pct_usd"].is_monotonic_decreasing
    assert found["gain_10pct_usd"].iloc[0] > 0
    assert (found["gain_10pct_usd"] <= 0.1 * found["value_usd"] * (1 + 1e-9)).all()

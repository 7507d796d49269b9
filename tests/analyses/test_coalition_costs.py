"""Costs of coalitions, by hand and as laws."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from resilience.analyses.coalition_costs import MOST_MEMBERS, coalition_costs, default_players
from tests.networks_random import COUNTRIES, Shape, network_of
from tests.shared import rare_earths
from tests.small import column, lane, mine, network, want


def pool(**sections: Any) -> rs.Network:
    """Let AUS mine 9 t at 10, JPN at 40; they and KOR want 2, 5 and 4 t, short at 100. Abroad add 1."""
    return network(
        **{
            "commodities": ["ore"],
            "blocs": {"pact": ["AUS", "JPN", "KOR"], "north": ["JPN", "KOR"]},
            "facilities": {"pit": mine("AUS", cost=10, capacity=9), "works": mine("JPN", cost=40)},
            "demands": {
                "a": want(2, "AUS", shortfall_cost=100),
                "j": want(5, "JPN", shortfall_cost=100),
                "k": want(4, "KOR", shortfall_cost=100),
            },
            "lanes": [
                lane("pit", "a"),
                lane("pit", "j", cost=1),
                lane("pit", "k", cost=1),
                lane("works", "j"),
                lane("works", "k", cost=1),
            ],
            **sections,
        }
    )


def test_what_each_coalition_costs():
    """AUS 20, JPN 5 x 40, KOR 400 short.

    AUS and JPN: 7 t at 10, 5 of them shipped. AUS and KOR: 6 t, 4 shipped. JPN and KOR: 5 x 40 + 4 x 41.
    All: 9 t at 10, 7 of them shipped, and 2 at 40 at home in JPN.
    """
    found = coalition_costs(pool(), ["AUS", "JPN", "KOR"])
    assert column(found.table, "coalition", "cost_usd") == pytest.approx(
        {
            "AUS": 20,
            "JPN": 200,
            "KOR": 400,
            "AUS, JPN": 75,
            "AUS, KOR": 64,
            "JPN, KOR": 364,
            "AUS, JPN, KOR": 177,
        }
    )
    assert found.outside == 0
    assert found.shares["shapley_usd"].sum() == pytest.approx(177)
    assert found.shares["nucleolus_usd"].sum() == pytest.approx(177)
    assert not found.core_is_empty


def test_what_a_member_adds_on_average_is_its_shapley_share():
    """AUS adds 20 first; -125 after JPN, -336 after KOR; -187 last: (2 x 20 - 125 - 336 - 2 x 187) / 6."""
    found = coalition_costs(pool(), ["AUS", "JPN", "KOR"])
    assert column(found.shares, "player", "shapley_usd")["AUS"] == pytest.approx(-795 / 6)


def test_a_bloc_acts_as_one():
    found = coalition_costs(pool(), ["AUS", "north"])
    assert column(found.table, "coalition", "cost_usd") == pytest.approx(
        {"AUS": 20, "north": 364, "AUS, north": 177}
    )


def test_outsiders_stay_and_their_cost_is_left_out():
    """KOR is no player: with nobody else 400 short, or from AUS at 11.

    AUS alone adds 2 x 10 and lets KOR have 4 at 11: 64 in all, 336 less than KOR alone.
    """
    found = coalition_costs(pool(), ["AUS", "JPN"])
    assert found.outside == pytest.approx(400)
    assert column(found.table, "coalition", "cost_usd")["AUS"] == pytest.approx(64 - 400)


def test_stock_is_pooled_inside_the_coalition_alone():
    """KOR has 3 of its 4 t in stock. Alone 1 is short; with JPN it costs 41; JPN alone pays 200 as before."""
    stocked = pool(stockpiles={"vault": {"country": "KOR", "commodity": "ore", "initial": 3, "site": "k"}})
    found = coalition_costs(stocked, ["AUS", "JPN", "KOR"])
    costs = column(found.table, "coalition", "cost_usd")
    assert costs["KOR"] == pytest.approx(100)
    assert costs["JPN"] == pytest.approx(200)
    assert costs["JPN, KOR"] == pytest.approx(200 + 41)


def test_whole_levels_are_chosen_anew_for_each_coalition():
    """JPN's works take 50 to start: alone it pays 250; with AUS they stand still, 75."""
    fixed = pool(facilities={
        "pit": mine("AUS", cost=10, capacity=9),
        "works": mine("JPN", cost=40, capacity=9, fixed_cost=50),
    })  # fmt: skip
    costs = column(coalition_costs(fixed, ["AUS", "JPN", "KOR"]).table, "coalition", "cost_usd")
    assert costs["JPN"] == pytest.approx(250)
    assert costs["AUS, JPN"] == pytest.approx(75)


def test_minimums_of_those_who_are_not_there_bind_nobody():
    """JPN's works must run 3 t; without JPN there are none, so AUS costs 20 and KOR 400 all the same."""
    run = pool(facilities={
        "pit": mine("AUS", cost=10, capacity=9),
        "works": mine("JPN", cost=40, capacity=9, minimum=3),
    })  # fmt: skip
    costs = column(coalition_costs(run, ["AUS", "JPN", "KOR"]).table, "coalition", "cost_usd")
    assert costs["AUS"] == pytest.approx(20)
    assert costs["AUS, KOR"] == pytest.approx(64)


def test_what_must_be_met_and_cannot_be_is_told():
    must = pool(
        demands={"a": want(2, "AUS"), "k": want(4, "KOR")},
        lanes=[lane("pit", "a"), lane("pit", "k")],
        facilities={"pit": mine("AUS", cost=10)},
    )
    with pytest.raises(rs.InfeasibleError, match="KOR alone cannot meet"):
        coalition_costs(must, ["AUS", "KOR"])


def test_mistakes_are_told():
    with pytest.raises(rs.InputError, match="did you mean 'AUS'"):
        coalition_costs(pool(), ["AUT"])
    with pytest.raises(rs.InputError, match="plays once"):
        coalition_costs(pool(), ["JPN", "north"])
    with pytest.raises(rs.InputError, match="name the members"):
        coalition_costs(pool())
    many = network(
        commodities=["ore"],
        facilities={f"m{number}": mine(f"XA{chr(65 + number)}") for number in range(13)},
        demands={f"d{number}": want(1, f"XA{chr(65 + number)}") for number in range(13)},
        lanes=[lane({"kind": "facility"}, {"kind": "demand"})],
    )
    with pytest.raises(rs.InputError, match="8,191 coalitions"):
        coalition_costs(many, [f"XA{chr(65 + number)}" for number in range(13)])


def test_blocs_act_as_one_where_there_would_be_too_many():
    """18 allies are 9 players, with the ten of the Union as one; the allies as one would be no game."""
    made = rare_earths()
    players = default_players(made, made.spec.blocs["allies"])
    assert len(players) <= MOST_MEMBERS
    assert players["european_union"] == tuple(sorted(made.spec.blocs["european_union"]))


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_everybody_together_is_the_plan_itself(seed):
    """On random networks: all players and the others together cost what the plan does; shares add up."""
    data = network_of(Shape(seed, demands=3, has_stockpile=True, periods=2))
    made = rs.Network.from_dict(data)
    found = coalition_costs(made, list(COUNTRIES))
    assert found.game.costs[-1] + found.outside == pytest.approx(made.solve().cost)
    assert found.shares["shapley_usd"].sum() == pytest.approx(found.game.costs[-1])

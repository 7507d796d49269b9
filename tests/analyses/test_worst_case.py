"""The worst attacks: by hand, against every set, and two published interdiction problems."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import yaml
from distributed import Client
from hypothesis import given, settings

import resilience as rs
from resilience.analyses.worst_case import worst_case
from resilience.errors import InputError
from tests.networks_random import network_of, shapes

KNOWN = Path(__file__).parent.parent / "known_answers"


def three_mines(**more):
    """8 t wanted; mines in A, B and C have 5, 4 and 3 t at 10, 11 and 12; a tonne short costs 100."""
    return rs.Network.from_dict(
        {
            "commodities": {"ore": {}},
            "supplies": {
                "a": {"country": "XAA", "commodity": "ore", "price": 10, "quantity": 5},
                "b": {"country": "XBB", "commodity": "ore", "price": 11, "quantity": 4},
                "c": {"country": "XCC", "commodity": "ore", "price": 12, "quantity": 3},
            },
            "demands": {"user": {"country": "FIN", "commodity": "ore", "quantity": 8, "shortfall_cost": 100}},
            "lanes": [{"from": {"kind": "supply"}, "to": "user", "commodity": "ore"}],
            **more,
        }
    )


def test_worst_sets_by_hand():
    """What is left of 8 t, tonne by tonne.

    All mines: 5 x 10 + 3 x 11 = 83. Without A 1 t is short: 4 x 11 + 3 x 12 + 100 = 180; without A and B
    5 t are: 3 x 12 + 500 = 536; without all, 800.
    """
    found = worst_case(three_mines(), 3)
    assert found.target.base.cost == pytest.approx(83)
    assert found.table["attack"].tolist() == ["XAA", "XAA, XBB", "XAA, XBB, XCC"]
    assert found.table["cost_usd"].tolist() == pytest.approx([180, 536, 800])
    assert found.table["rise_usd"].tolist() == pytest.approx([97, 453, 717])
    assert found.solution(2).cost == pytest.approx(536)
    assert found.solution(2).shortfall["shortfall_t"].sum() == pytest.approx(5)


def test_a_budget_buys_parts_of_cuts_by_hand():
    """A ships 5 and B 3; C nothing, of which half is nothing, so that it may not step in.

    With 1.5: A in full and C by half leave 4 of B and 4 short, 44 + 400 = 444. A in full and B by half leave
    1.5 + 3 and 3.5 short, 402.5; A by half and B in full 2.5 + 3 and 2.5 short, 311.
    """
    found = worst_case(three_mines(), budget=1.5, cut=[0.5, 1.0])
    assert found.table["attack"].tolist() == ["XAA 100%, XCC 50%"]
    assert found.table["cost_usd"].tolist() == pytest.approx([444])
    costs = found.ranking.set_index("attack")["cost_usd"]
    assert costs["XAA 100%, XBB 50%"] == pytest.approx(402.5)
    assert costs["XAA 50%, XBB 100%"] == pytest.approx(311)


def test_policies_of_the_file_are_options():
    """With a duty of 1.5 on A its ore costs 11.5: B sends 4 t, A 4; the ban on C changes nothing."""
    network = three_mines(
        policies={
            "duty": {"type": "tariff", "importer": "FIN", "origin": "XAA", "specific": 1.5},
            "ban": {"type": "export_restriction", "from": "XCC"},
        }
    )
    found = worst_case(network, 2, by="policy")
    # 4 x 11 + 4 x 11.5
    assert found.table["attack"].tolist()[0] == "duty"
    assert found.table["cost_usd"].tolist() == pytest.approx([90, 90])


def test_policies_that_read_each_other_are_put_together_as_in_a_scenario():
    """A levy lifts ore of 10 to 15, with a duty of 2 on it by 3 only: 8 x 15 for the levy, and for both."""
    network = three_mines(
        supplies={"a": {"country": "XAA", "commodity": "ore", "price": 10, "quantity": 9}},
        commodities={"ore": {"price": 10}},
        policies={
            "duty": {"type": "tariff", "importer": "FIN", "specific": 2},
            "levy": {
                "type": "price_floor",
                "mechanism": "border_levy",
                "members": "FIN",
                "commodity": "ore",
                "floor": 15,
            },
        },
        scenarios={"both": {"policies": ["duty", "levy"]}},
    )
    found = worst_case(network, 2, by="policy")
    assert found.table["cost_usd"].tolist() == pytest.approx([120, 120])
    assert network.solve("both").cost == pytest.approx(120)
    with pytest.raises(InputError, match="act upon each other"):
        worst_case(network, 2, by="policy", method="decompose")


def test_a_demand_that_must_be_met_makes_an_attack_fatal():
    """Without A there are 7 t for the 8 that must be had."""
    demands = {"user": {"country": "FIN", "commodity": "ore", "quantity": 8}}
    found = worst_case(three_mines(demands=demands), 1)
    assert found.table["attack"].tolist() == ["XAA"]
    assert np.isinf(found.table["cost_usd"]).all()
    with pytest.raises(InputError, match="must be met"):
        worst_case(three_mines(demands=demands), 1, method="program")
    with pytest.raises(rs.InfeasibleError):
        found.solution()


@pytest.mark.parametrize("name", ["max_flow_interdiction", "min_cost_flow_interdiction"])
@pytest.mark.parametrize("method", ["enumerate", "decompose", "program"])
def test_known_interdiction(name, method):
    """Published: greatest flow 80, 10, 0 and least cost 700, 7,300, 21,000 with 0, 1, 2 arcs removed."""
    expected = yaml.safe_load((KNOWN / name / "expected.yaml").read_text(encoding="utf-8"))
    found = worst_case(rs.load(KNOWN / name), 2, by="lane", method=method)
    for size, answer in expected["worst_case"].items():
        row = found.table.iloc[size - 1]
        assert row["cost_usd"] == pytest.approx(answer["cost"])
        assert row["bound_usd"] == pytest.approx(answer["cost"])
        assert row["proved"]
        if "attack" in answer:
            assert row["attack"].split(", ") == answer["attack"]


@settings(max_examples=12, deadline=None)
@given(shapes(periods=1, has_minimums=False, lead=0))
def test_every_set_of_countries_solved_alone_is_no_worse(shape):
    """The answer is the worst of all pairs, each solved as a scenario with two policies of its own."""
    network = rs.Network.from_dict(network_of(shape))
    found = worst_case(network, 2)
    names = [option.name for option in found.target.options]
    costs = {
        pair: network.solve([rs.ExportRestriction(from_=name) for name in pair]).cost
        for pair in combinations(names, min(2, len(names)))
    }
    assert found.table["cost_usd"].iloc[-1] == pytest.approx(max(costs.values()), rel=1e-7)
    assert found.table["cost_usd"].is_monotonic_increasing
    pairs = found.ranking[found.ranking["budget"] == 2]
    assert {tuple(text.split(", ")) for text in pairs["attack"]} == set(costs)
    assert found.solution().cost == pytest.approx(found.table["cost_usd"].iloc[-1], rel=1e-7)


@settings(max_examples=12, deadline=None)
@given(shapes(periods=1, has_minimums=False, lead=0))
def test_three_ways_agree_on_networks(shape):
    """Closing what countries ship, one at a time and two at once."""
    network = rs.Network.from_dict(network_of(shape))
    costs = [
        worst_case(network, 2, method=method).table["cost_usd"].tolist()
        for method in ("enumerate", "decompose", "program")
    ]
    assert costs[1] == pytest.approx(costs[0], rel=1e-6)
    assert costs[2] == pytest.approx(costs[0], rel=1e-6)


def test_whole_levels_are_chosen_anew_under_attack():
    """A lane with a fixed charge is worth its price only once the other is closed: 8 x 2 + 30."""
    network = three_mines(
        supplies={
            "a": {"country": "XAA", "commodity": "ore", "price": 3, "quantity": 8},
            "b": {"country": "XBB", "commodity": "ore", "price": 2, "quantity": 8},
        },
        lanes=[
            {"from": "a", "to": "user", "commodity": "ore"},
            {"from": "b", "to": "user", "commodity": "ore", "fixed_cost": 30, "capacity": 8},
        ],
    )
    found = worst_case(network, 1)
    assert not found.target.is_linear
    assert found.table["cost_usd"].tolist() == pytest.approx([46])


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"k": 0}, "from 1"),
        ({"k": 2, "budget": 1.0}, "not both"),
        ({"budget": float("nan")}, "a number from 0, not nan"),
        ({"budget": -1.0}, "a number from 0, not -1"),
        ({"by": "contry"}, "did you mean 'country'"),
        ({"method": "enumerat"}, "did you mean 'enumerate'"),
        ({"cut": 1.2}, "a share above 0"),
        ({"only": ["XAB"]}, "nothing to attack at 'XAB'"),
        ({"stages": ["minig"]}, "unknown stage 'minig'"),
        ({"commodities": ["or"]}, "did you mean 'ore'"),
        ({"by": "policy", "only": ["bann"]}, "unknown policy 'bann'"),
    ],
)
def test_what_cannot_be_asked(asked, problem):
    """Every mistake in a question is an error of ours."""
    with pytest.raises(InputError, match=problem):
        worst_case(three_mines(), **asked)


def test_any_workers_find_the_same():
    """A pool that is handed everything pickled, and dask."""
    alone = worst_case(three_mines(), 2)
    with ThreadPoolExecutor(1) as pool:
        found = worst_case(three_mines(), 2, executor=pool)
    assert found.ranking.equals(alone.ranking)
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        assert worst_case(three_mines(), 2, executor=client).ranking.equals(alone.ranking)
        assert rs.single_failures(three_mines(), executor=client).equals(rs.single_failures(three_mines()))


def test_ctrl_c_gives_the_worst_so_far_and_what_nothing_exceeds():
    """After A alone, 180: no attack costs more than all three at once, 800."""

    def stop(done, of):
        if of == 3 and seen.append(done) is None and len(seen) > 3:  # the first three are options made ready
            raise KeyboardInterrupt

    seen: list[int] = []
    found = worst_case(three_mines(), 2, progress=stop)
    (only,) = found.worst
    assert not only.is_complete
    assert (only.found.worst.cost, only.found.bound) == pytest.approx((180, 800))


def test_a_budget_with_few_allowed_sets_tries_them_all():
    """Halves and wholes of 15 countries, 1.5 in all: of C(30, 3) sets 15 x 14 and C(15, 3) are allowed."""
    network = rs.Network.from_dict(many_mines())
    found = worst_case(network, budget=1.5, cut=[0.5, 1.0])
    assert found.table["method"].tolist() == ["enumerate"]
    assert found.table["proved"].tolist() == [True]
    assert found.table["sets_tried"].tolist() == [15 * 14 + 455]


def many_mines():
    return {
        "commodities": {"ore": {}},
        "supplies": {
            f"mine_{n}": {"country": f"XA{letter}", "commodity": "ore", "price": 10 + n, "quantity": 2}
            for n, letter in enumerate("ABCDEFGHIJKLMNO")
        },
        "demands": {"user": {"country": "FIN", "commodity": "ore", "quantity": 15, "shortfall_cost": 100}},
        "lanes": [{"from": {"kind": "supply"}, "to": "user", "commodity": "ore"}],
    }

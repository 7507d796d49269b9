"""What to build and stock before it is known what comes: by hand, by enumeration, laws,published."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.analyses.plan import plan
from resilience.errors import InfeasibleError, InputError
from tests.networks_random import Shape, network_of
from tests.small import lane, mine, network, want

FARMER = Path(__file__).parent.parent / "known_answers" / "birge_louveaux_farmer"
YEARS = [None, "good", "bad"]


def test_the_farmer():
    """Birge & Louveaux: 170 acres of wheat, 80 of corn, 250 of beets; EVPI 7,016 and VSS 1,150."""
    wanted = yaml.safe_load((FARMER / "expected.yaml").read_text(encoding="utf-8"))["plan"]
    found = plan(rs.load(FARMER), YEARS)
    land = dict(zip(found.decisions["id"], found.decisions["amount"], strict=True))
    assert land == pytest.approx(wanted["land"], rel=1e-6)
    assert found.mean == pytest.approx(wanted["mean"], rel=1e-6)
    assert float(found.choice.probabilities @ found.known) == pytest.approx(wanted["wait_and_see"], rel=1e-6)
    assert float(found.choice.probabilities @ found.mean_plan) == pytest.approx(wanted["mean_of_mean_plan"])
    assert found.evpi == pytest.approx(wanted["evpi"], rel=1e-6)
    assert found.vss == pytest.approx(wanted["vss"], rel=1e-6)
    assert found.certificate.holds


def town(**more):
    """Let old works make 6 t at 4; works A and B of 3 t each cost 30 and 50, whole, and run at 3.

    6, 9 or 12 t are wanted, and a tonne short costs 40.
    """
    return network(
        **{
            "facilities": {
                "old": mine(capacity=6, cost=4, site="user"),
                "a": mine(capacity=0, cost=3, site="user"),
                "b": mine(capacity=0, cost=3, site="user"),
            },
            "projects": {
                "build_a": {"facility": "a", "capacity": 3, "capital_cost": 30, "whole": True},
                "build_b": {"facility": "b", "capacity": 3, "capital_cost": 50, "whole": True},
            },
            "demands": {"user": want(6, shortfall_cost=40)},
            "scenarios": {f"want_{n}": {"set": {"demands.user.quantity": n}} for n in (9, 12)},
            **more,
        }
    )


WANTED = (6, 9, 12)
NAMES = (None, "want_9", "want_12")


def town_costs(built: tuple[int, int]) -> np.ndarray:
    """Cost in each scenario, worked out tonne by tonne: new works first, then the old, then short."""
    new = 3 * sum(built)
    return np.array(
        [
            30 * built[0]
            + 50 * built[1]
            + 3 * min(new, wanted)
            + 4 * min(6, max(0, wanted - new))
            + 40 * max(0, wanted - new - 6)
            for wanted in WANTED
        ]
    )


@pytest.mark.parametrize("cvar", [None, (1.0, 1.0), (0.99, 1.0), (0.5, 0.5), (0.8, 0.3)])
@pytest.mark.parametrize("weights", [(1, 1, 1), (8, 1, 1), (1, 1, 8)])
@pytest.mark.parametrize("budget", [None, 60, 20])
def test_it_is_the_best_of_all_that_could_be_built(cvar, weights, budget):
    """Of the four things that can be built; for (1, 1) that is the minimax."""
    alpha, weight = cvar or (0.0, 0.0)
    p = np.array(weights) / sum(weights)

    def measure(costs: np.ndarray) -> float:
        if alpha == 1.0:
            tail = costs.max()
        else:
            tail = min(t + p @ np.maximum(costs - t, 0) / (1 - alpha) for t in costs)
        return float((1 - weight) * p @ costs + weight * tail)

    allowed = [
        built
        for built in product((0, 1), repeat=2)
        if budget is None or 30 * built[0] + 50 * built[1] <= budget
    ]
    best = min(measure(town_costs(built)) for built in allowed)
    found = plan(town(), NAMES, weights, budget, cvar)
    assert found.certificate.cost == pytest.approx(best)
    assert measure(found.costs) == pytest.approx(best)
    built = tuple(int(name in set(found.decisions["id"])) for name in ("build_a", "build_b"))
    assert found.costs == pytest.approx(town_costs(built))
    assert found.spent == pytest.approx(30 * built[0] + 50 * built[1])
    assert found.certificate.integer_gap <= 1e-6
    if cvar == (0.99, 1.0):
        assert found.costs.max() == pytest.approx(min(town_costs(b).max() for b in allowed))


def test_what_the_tables_say():
    """With equal weights A alone: 9 + 12 + 30 is what 6 t cost, 9 t the same and 4 x 3 more, 12 t 120 on top.

    Nothing built: 24, 144 and 264. Known: 24; A for 9 t, 63; A and B for 12 t, 122.
    """
    found = plan(town(), NAMES)
    (row,) = found.decisions.to_dict("records")
    assert (row["what"], row["id"], row["of"], row["country"]) == ("build", "build_a", "a", "XAA")
    assert (row["share"], row["amount"], row["money_usd"]) == (1.0, 3.0, 30.0)
    table = found.scenarios
    assert table["scenario"].tolist() == ["base", "want_9", "want_12"]
    assert table["cost_usd"].tolist() == pytest.approx([51, 63, 183])
    assert table["cost_with_nothing_usd"].tolist() == pytest.approx([24, 144, 264])
    assert table["saved_usd"].tolist() == pytest.approx([-27, 81, 81])
    assert table["cost_if_known_usd"].tolist() == pytest.approx([24, 63, 122])
    assert found.evpi == pytest.approx((51 + 63 + 183 - 24 - 63 - 122) / 3)
    assert found.tail == pytest.approx(183)
    assert found.solutions["want_12"].shortfall["shortfall_t"].tolist() == pytest.approx([3])
    assert "build_a" in repr(found)


def test_alternatives_build_something_else():
    """B alone costs 20 more than A alone in every scenario: a quarter of 99 is enough, a hundredth is not."""
    found = plan(town(), NAMES, budget=60)
    table = found.alternatives(slack=0.25, n=3)
    by_plan = table.groupby("plan")["project"].agg(list).to_dict()
    assert by_plan == {0: ["build_a"], 1: ["build_b"]}
    more = table.groupby("plan")["more_usd"].first()
    assert more.tolist() == pytest.approx([0, 20])
    assert found.alternatives(slack=0.01)["plan"].unique().tolist() == [0]


def vault(**more):
    """Let 10 t be wanted in each of two years; ore costs 10, in a ban in 2026 it costs 50."""
    return network(
        **{
            "horizon": {"start": 2025, "periods": 2, "step": "year"},
            "commodities": {"ore": {"price": 10}},
            "supplies": {
                "cheap": {"country": "XBB", "commodity": "ore", "price": 10, "quantity": 16},
                "dear": {"country": "XCC", "commodity": "ore", "price": 50},
            },
            "demands": {"user": want(10)},
            "stockpiles": {"pile": {"country": "XAA", "commodity": "ore", "holding_cost": 2}},
            "lanes": [
                lane({"kind": "supply"}, "user"),
                lane({"kind": "supply"}, "pile"),
                lane("pile", "user"),
            ],
            "policies": {"ban": {"type": "outage", "facility": "cheap", "from": "2026-01"}},
            "scenarios": {"banned": {"policies": ["ban"]}},
            **more,
        }
    )


@pytest.mark.parametrize(
    ("likely", "budget", "stocked"), [(0.5, None, 6), (0.01, None, 0), (0.5, 25, 2.5), (0.5, 0, 0)]
)
def test_stock_is_put_in_before_it_is_known(likely, budget, stocked):
    """A tonne in stock costs 2 and saves 40 in a ban: worth it from 5 % on; 16 t are to be had in 2025.

    2 is holding for half of each year. With 6 t: 160 + 6 + 6 + 10 x 4 in peace, 4 t at 50 in a ban.
    """
    network_ = vault()
    found = plan(network_, [None, "banned"], [1 - likely, likely], budget)
    assert found.choice.known_from == 1
    table = found.decisions
    assert table["amount"].sum() == pytest.approx(stocked)
    assert table["money_usd"].sum() == pytest.approx(10 * stocked)
    holding = 2 * stocked
    assert found.costs == pytest.approx([200 + holding, 100 + 500 - 40 * stocked + holding])
    if stocked:
        assert table[["what", "id", "of", "period"]].values.tolist() == [["stock", "pile", "ore", "2025"]]


def test_when_it_is_known_can_be_said():
    """Known from the start, nothing but building is decided beforehand, and there is nothing to build."""
    with pytest.raises(InputError, match="nothing to decide"):
        plan(vault(), [None, "banned"], known_from="2025")
    late = plan(vault(), [None, "banned"], known_from="2027-01-01")
    assert late.choice.known_from == 2  # nobody ever knows: the supply may not be used at all in 2026
    assert late.costs == pytest.approx([100 + 12 + 60 + 200] * 2)
    for wrong in ("soon", "2031"):
        with pytest.raises(InputError, match="known_from"):
            plan(vault(), [None, "banned"], known_from=wrong)


def test_one_scenario_is_an_ordinary_solve():
    found = plan(town(), ["want_9"])
    assert found.mean == pytest.approx(town().solve("want_9").cost)
    assert (found.evpi, found.vss) == pytest.approx((0, 0))
    found = plan(vault(), ["banned"])
    assert found.mean == pytest.approx(vault().solve("banned").cost)
    assert found.solutions["banned"].prices["price_usd_per_t"].max() == pytest.approx(50)


def test_scenarios_where_something_may_be_built_are_the_default():
    assert plan(town()).choice.names == ("base", "want_12", "want_9")
    with pytest.raises(InputError, match="nothing to build"):
        plan(vault())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"scenarios": []}, "at least one"),
        ({"scenarios": ["want_9", "want_9"]}, "twice"),
        ({"scenarios": ["want_10"]}, "want_1"),
        ({"probabilities": [1, 2]}, "3 scenarios need as many"),
        ({"probabilities": [1, 2, 0]}, "above 0"),
        ({"budget": -1}, "0 or more"),
        ({"cvar": (1.2, 0.5)}, "from 0 to 1"),
    ],
)
def test_what_makes_no_sense_is_said(arguments, told):
    with pytest.raises(InputError, match=told):
        plan(town(), **arguments)


def test_scenarios_must_fit_together():
    longer = {"longer": {"set": {"horizon.periods": 2}}}
    with pytest.raises(InputError, match="differ in their periods"):
        plan(town(scenarios=longer), [None, "longer"])
    more = {"facility": "a", "capacity": 1, "capital_cost": 1}
    with pytest.raises(InputError, match="must exist in all"):
        plan(town(scenarios={"more": {"set": {"projects.third": more}}}), [None, "more"])


def test_a_decision_that_suits_nobody_is_infeasible():
    """Both demands must be met; within 20 neither works can be built."""
    must = town(demands={"user": want(6)})
    with pytest.raises(InfeasibleError, match="no decision within the budget"):
        plan(must, [None, "want_9"], budget=20)
    assert plan(must, [None, "want_9"], budget=30).nothing is None


SHAPES = st.builds(
    Shape,
    seed=st.integers(0, 10**6),
    periods=st.integers(1, 3),
    has_project=st.just(True),
    has_stockpile=st.booleans(),
    lead=st.integers(0, 1),
)


@settings(max_examples=12, deadline=None)
@given(SHAPES, st.integers(1, 9), st.sampled_from([None, (0.5, 0.5), (1.0, 1.0)]))
def test_laws_of_plans(shape, weight, cvar):
    """No worse than doing nothing, no better than knowing; the objective is what the costs say it is."""
    data = network_of(shape)
    last = 2025 + shape.periods - 1
    data["commodities"]["oxide"] = {"price": 150}
    data["policies"]["cut"] = {"type": "outage", "facility": "mine_0", "from": f"{last}-01"}
    data["scenarios"] = {"cut": {"policies": ["cut"]}}
    made = rs.Network.from_dict(data)
    found = plan(made, [None, "cut"], [10 - weight, weight], 5_000, cvar)
    p, room = found.choice.probabilities, 1e-6 * max(1.0, abs(found.mean))
    assert found.evpi >= -room
    assert found.spent <= 5_000 * (1 + 1e-9)
    for at, name in enumerate((None, "cut")):
        assert made.solve(name).cost <= found.known[at] + room
    alpha, risk = cvar or (0.0, 0.0)

    def measure(costs: np.ndarray) -> float:
        tail = (
            costs.max()
            if alpha == 1.0
            else min(t + p @ np.maximum(costs - t, 0) / (1 - alpha) for t in costs)
        )
        return float((1 - risk) * p @ costs + risk * tail)

    assert measure(found.costs) == pytest.approx(found.certificate.cost, rel=1e-6, abs=1e-3)
    assert measure(found.costs) <= measure(found.nothing) + room
    if cvar is None:
        assert found.vss >= -room

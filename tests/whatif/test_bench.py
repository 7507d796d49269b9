"""One bench answers what `Network.solve` does, however a what-if is laid out."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.formulation import apply_policies
from resilience.whatif import Bench, WhatIf
from resilience.whatif.plain_numbers import arrays_of
from resilience.whatif.question import what_ifs
from tests.networks_random import COUNTRIES, Shape, network_of, shapes
from tests.random_networks import with_policies
from tests.small import AWAY, HOME, lane, mine, network, want
from tests.whatif.samples import questions, three_countries


def solved(net: rs.Network, base: str | None, what: WhatIf) -> rs.Solution:
    """Solve a what-if the long way: the network is laid out anew."""
    scenario = base if what.scenario is None else what.scenario or None
    return net.solve_case(net.case(scenario, what.policies, what.set))


@pytest.mark.parametrize("base", [None, "usual", "closed"])
def test_every_kind_of_what_if_is_answered_as_the_network_does(base):
    net = three_countries()
    bench = Bench(net, base, ["facilities.near.capacity", "demands.city.quantity", "facilities.far.cost"])
    for what in what_ifs(questions())[:-2]:
        answer = bench.ask(what)
        assert answer.status == "optimal", (what, answer.problem)
        assert answer.solution is not None
        assert answer.solution.certificate.holds
        assert answer.solution.cost == pytest.approx(solved(net, base, what).cost, rel=1e-9), what


def test_by_hand():
    """The works makes 24 t of 48 t of ore: 48 x (10 + 1) + 24 x (5 + 2) = 696; 30 near, 18 far: 180 more."""
    bench = Bench(three_countries())
    assert bench.base.solution is not None
    assert bench.base.solution.cost == pytest.approx(696)
    less = bench.ask(WhatIf(set={"facilities.near.capacity": 30}))
    assert less.solution is not None
    assert less.solution.cost == pytest.approx(876)


def test_a_cut_of_ones_own_is_relative_to_the_scenario_that_it_stands_on():
    """Of 48 t a half: 24 t near and 24 t far, 240 dearer."""
    net = three_countries()
    half = rs.ExportRestriction(from_=HOME, cut=0.5)
    answer = Bench(net).ask(WhatIf(policies=(half,)))
    assert answer.solution is not None
    assert answer.solution.cost == pytest.approx(696 + 240)
    assert net.solve(half).cost == pytest.approx(696 + 240)


def test_what_is_wrong_is_an_answer_and_says_what():
    bench = Bench(three_countries())
    assert "-1 is below the least possible" in bench.ask(WhatIf(set={"facilities.near.capacity": -1})).problem
    none = bench.ask(WhatIf(policies=(rs.Outage(country="XDD"),)))
    assert (none.status, none.problem) == ("invalid", "policies.outage: matches no facility, lane or supply")
    lost = bench.ask(WhatIf(set={"facilities.nera.capacity": 1}))
    assert (lost.status, lost.solution) == ("invalid", None)


def test_no_plan_is_an_answer():
    """A demand that must be met is not, once its only mine is half closed."""
    net = network(
        facilities={"pit": mine(capacity=10, cost=1)},
        demands={"works": want(8)},
        lanes=[lane("pit", "works")],
    )
    bench = Bench(net)
    assert bench.ask(WhatIf(policies=(rs.Outage(facility="pit", cut=0.5),))).status == "infeasible"
    assert bench.ask(WhatIf(policies=(rs.Outage(facility="pit", cut=0.2),))).status == "optimal"


def test_a_base_without_a_plan_still_answers():
    net = network(
        facilities={"pit": mine(capacity=5, cost=1)}, demands={"works": want(8)}, lanes=[lane("pit", "works")]
    )
    bench = Bench(net, paths=["facilities.pit.capacity"])
    assert bench.base.status == "infeasible"
    found = bench.ask(WhatIf(set={"facilities.pit.capacity": 9}))
    assert found.solution is not None
    assert found.solution.cost == pytest.approx(8)


def test_elastic_demand_is_refined_for_every_what_if():
    """Price 42 - 3 q against a cost of 12: 10 t; against 18: 8 t."""
    net = network(
        supplies={"pit": {"country": HOME, "commodity": "ore", "price": 12}},
        demands={"works": {"country": HOME, "commodity": "ore", "price": {"intercept": 42, "slope": -3}}},
        lanes=[lane("pit", "works")],
    )
    answer = Bench(net).ask(WhatIf(set={"supplies.pit.price": 18}))
    assert answer.solution is not None
    assert answer.solution.purchases["bought_t"].sum() == pytest.approx(8, rel=1e-6)


def test_whole_levels_are_searched_for_every_what_if():
    """A lane for 100 a year or one for 12 a tonne: the first from 9 t on."""
    net = network(
        facilities={"pit": mine(capacity=20)},
        demands={"works": want(5, AWAY)},
        lanes=[lane("pit", "works", fixed_cost=100, capacity=20), lane("pit", "works", cost=12, capacity=20)],
    )
    bench = Bench(net)
    answers = [bench.ask(WhatIf(set={"demands.works.quantity": tonnes})).solution for tonnes in (8, 9)]
    assert [found and found.cost for found in answers] == pytest.approx([96, 100])


def test_a_bench_travels():
    net = three_countries()
    bench = Bench(net, "usual", ["facilities.near.capacity"])
    twin = pickle.loads(pickle.dumps(bench))
    for what in reversed(what_ifs(questions())):
        one, other = bench.ask(what), twin.ask(what)
        assert (one.status, one.problem) == (other.status, other.problem)
        if one.solution is not None and other.solution is not None:
            assert np.array_equal(one.solution.levels, other.solution.levels)
            assert np.array_equal(one.solution.duals, other.solution.duals)


PATHS = (
    "facilities.mine_0.capacity",
    "facilities.maker_0.cost",
    "demands.demand_0.quantity",
    "demands.demand_0.shortfall_cost",
    "supplies.acid_market.price",
    "facilities.plant_0.capacity",
)


@given(shapes(), st.lists(st.floats(0, 200), min_size=len(PATHS), max_size=len(PATHS)), st.data())
@settings(max_examples=10, deadline=None)
def test_a_program_with_numbers_written_into_it_is_the_one_laid_out_anew(shape, values, data):
    net = rs.Network.from_dict(network_of(shape))
    bench = Bench(net, paths=PATHS)
    chosen = data.draw(st.lists(st.sampled_from(range(len(PATHS))), min_size=1, unique=True))
    what = WhatIf(set={PATHS[number]: values[number] for number in chosen})
    try:
        quick = bench._quick_case(None, what)
    except rs.InputError:  # a capacity below the minimum
        assume(False)
    assert quick is not None or "facilities.mine_0.capacity" in what.set  # has tiers of cost, and a minimum
    if quick is not None:
        case = net.case(None, (), what.set)
        left, right = (apply_policies(each.formulation, each.policies)[0] for each in (quick[0], case))
        assert np.array_equal(left.indices, right.indices)
        for name, array in arrays_of(right).items():
            assert np.array_equal(arrays_of(left)[name], array), name


@given(
    shapes(),
    st.sampled_from(["banned", "cut", "everything", "quota", "stopped"]),
    st.integers(0, 10),
    st.data(),
)
@settings(max_examples=10, deadline=None)
def test_policies_on_top_cost_what_the_network_says(shape: Shape, scenario, tenths, data):
    net = rs.Network.from_dict(with_policies(shape))
    country = data.draw(st.sampled_from(COUNTRIES))
    policies = data.draw(
        st.sampled_from(
            [
                (rs.ExportRestriction(from_="XAA", cut=tenths / 10),),
                (
                    rs.Outage(facility="maker_0", cut=tenths / 10),
                    rs.ExportRestriction(from_="XAA", quota=tenths),
                ),
                (rs.Tariff(importer=country, rate=tenths / 10),),
            ]
        )
    )
    what = WhatIf(scenario, policies)
    answer = Bench(net, "base_case").ask(what)
    try:
        expected = solved(net, None, what).cost
    except rs.InputError:
        assert answer.status == "invalid"
        return
    assert answer.solution is not None, answer.problem
    assert answer.solution.cost == pytest.approx(expected, rel=1e-7, abs=1e-6)


def test_a_rule_on_origin_of_ones_own_is_laid_out_anew():
    """Only what is mined away is free of ore from home: 30 t of ore, 15 t of metal, 5 t short."""
    rule = rs.OriginRule(demand="city", exclude=[HOME])
    answer = Bench(three_countries()).ask(WhatIf(policies=(rule,), name="clean"))
    assert answer.solution is not None
    short = answer.solution.shortfall.set_index("demand")["shortfall_t"]
    assert short["city"] == pytest.approx(5)

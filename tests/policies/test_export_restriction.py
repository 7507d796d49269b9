"""Export restrictions, by hand: bans, cuts and quotas, and what they are relative to."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.small import column, lane, mine, network, want


def two_sources(policy: dict[str, object] | None = None, **sections: object) -> rs.Network:
    """Let XBB want 8 t: XAA delivers at 10 and up to 20 t, its own mine at 25."""
    policies = {} if policy is None else {"cut": {"type": "export_restriction", "from": "XAA", **policy}}
    return network(
        **{
            "facilities": {"cheap": mine("XAA", cost=10, capacity=20), "dear": mine("XBB", cost=25)},
            "demands": {"user": want(8, "XBB")},
            "lanes": [lane({"kind": "facility"}, {"kind": "demand"})],
            "policies": policies,
            "scenarios": {"baseline": {}, "cut": {"extends": "baseline", "policies": list(policies)}},
            **sections,
        }
    )


def rents(solution: rs.Solution) -> dict[str, float]:
    """Return the scarcity rent of each restricted exporter."""
    rows = solution.program.rows.where(kind="policy")
    return dict(zip(solution.program.rows.texts("country", rows), -solution.duals[rows], strict=True))


def test_the_rent_of_a_quota_is_the_cost_gap_between_the_two_sources():
    """A quota of 5 leaves 3 t for the dear mine: 5 x 10 + 3 x 25 = 125; one more tonne saves 15."""
    solution = two_sources({"quota": 5}).solve("cut")
    assert solution.cost == pytest.approx(125)
    assert rents(solution) == pytest.approx({"XAA": 15})
    assert solution.cost_breakdown.index.get_level_values("kind").tolist() == ["resource"]


@pytest.mark.parametrize("policy", [{}, {"cut": 1}, {"cut": "100%"}, {"quota": 0}])
def test_a_ban_is_a_cut_of_all_is_a_quota_of_nothing(policy):
    """All 8 t come from the dear mine: 200."""
    solution = two_sources(policy).solve("cut")
    assert solution.cost == pytest.approx(200)
    assert column(solution.flows, "from", "flow_t") == pytest.approx({"dear": 8})


def test_without_its_scenario_a_policy_does_nothing():
    """The quota's row is there, and dormant: 80."""
    found = two_sources({"quota": 5})
    assert found.solve("baseline").cost == found.solve().cost == pytest.approx(80)


@pytest.mark.parametrize(("basis", "cut"), [(None, 0.25), ("baseline", "25%")])
def test_a_country_s_cut_is_relative_to_the_baseline(basis, cut):
    """8 t in the baseline, less a quarter: 6 x 10 + 2 x 25 = 110."""
    assert two_sources({"cut": cut, "basis": basis}).solve("cut").cost == pytest.approx(110)


def test_a_country_s_cut_may_be_relative_to_capacity():
    """20 t could be made, less three quarters: 5 x 10 + 3 x 25 = 125."""
    assert two_sources({"cut": "75%", "basis": "capacity"}).solve("cut").cost == pytest.approx(125)


def test_a_facility_s_cut_is_relative_to_its_capacity():
    """20 t less three quarters, as above."""
    assert two_sources({"from": "cheap", "cut": "75%"}).solve("cut").cost == pytest.approx(125)


def test_a_facility_s_cut_may_be_relative_to_the_baseline():
    """8 t less three quarters: 2 x 10 + 6 x 25 = 170."""
    policy = {"from": "cheap", "cut": "75%", "basis": "baseline"}
    assert two_sources(policy).solve("cut").cost == pytest.approx(170)


@pytest.mark.parametrize(
    "cheap",
    [
        mine("XAA", cost=10, capacity=40, **{"yield": 0.5}),
        mine("XAA", capacity=20, cost=[{"capacity": 12, "cost": 5}, {"cost": 5}]),
        mine("XAA", cost=[{"capacity": 12, "cost": 5}, {"capacity": 8, "cost": 5}]),
        mine("XAA", capacity=20, cost=[{"capacity": 12, "cost": 5}, {"capacity": 30, "cost": 5}]),
    ],
)
def test_the_capacity_that_a_cut_is_relative_to_is_of_what_is_made(cheap):
    """40 t of throughput at a yield of 1/2, or tiers under one capacity: 20 t of ore, so 5 t may leave.

    5 t of ore at 10 (tiers: 5 t at 5, so 25 less) and 3 t at 25.
    """
    found = two_sources(
        {"cut": "75%", "basis": "capacity"}, facilities={"cheap": cheap, "dear": mine("XBB", cost=25)}
    )
    per_tonne = 20 if "yield" in cheap else 5
    assert found.solve("cut").cost == pytest.approx(5 * per_tonne + 75)


def test_a_cut_relative_to_capacity_needs_a_capacity():
    """Half of an unlimited capacity is not a number."""
    found = two_sources(
        {"cut": "50%", "basis": "capacity"},
        facilities={"cheap": mine("XAA", cost=10), "dear": mine("XBB", cost=25)},
    )
    with pytest.raises(rs.InputError, match="needs a capacity at every restricted facility") as caught:
        found.solve("cut")
    assert caught.value.problems[0].path == "policies.cut.basis"


@pytest.mark.parametrize(("outage", "cut"), [("a_first", "b_second"), ("b_second", "a_first")])
def test_a_cut_relative_to_capacity_does_not_depend_on_the_order_of_policies(outage, cut):
    """A quarter of 20 t may leave, 5 t, whether or not half the mine is out: 50 + 75 either way."""
    policies = {
        outage: {"type": "outage", "facility": "cheap", "cut": "50%"},
        cut: {"type": "export_restriction", "from": "XAA", "cut": "75%", "basis": "capacity"},
    }
    found = two_sources(policies=policies, scenarios={"both": {"policies": [outage, cut]}})
    assert found.solve("both").cost == pytest.approx(125)


def test_a_scenario_that_inherits_a_cut_does_not_cut_again():
    """25 % of 8 t go, once: 6 x 10 + 2 x 25 = 110 in the cut, and in what extends it.

    With 30 for the dear ore it is 60 + 2 x 30, still from the 8 t of the baseline.
    """
    found = two_sources(
        {"cut": "25%"},
        scenarios={
            "baseline": {},
            "cut": {"extends": "baseline", "policies": ["cut"]},
            "same": {"extends": "cut"},
            "again": {"extends": "same", "policies": ["cut"]},
            "dearer": {"extends": "same", "set": {"facilities.dear.cost": 30}},
        },
    )
    assert [found.solve(name).cost for name in ("cut", "same", "again", "dearer")] == pytest.approx(
        [110, 110, 110, 120]
    )


def test_a_cut_is_relative_to_what_its_own_scenario_extends():
    """The baseline is the network where users want 4 t: 3 t may leave when 8 are wanted: 30 + 125."""
    found = two_sources(
        {"cut": "25%"},
        scenarios={
            "small": {"set": {"demands.user.quantity": 4}},
            "cut": {"extends": "small", "policies": ["cut"], "set": {"demands.user.quantity": 8}},
        },
    )
    assert found.solve("cut").cost == pytest.approx(155)


def test_the_baseline_is_found_again_where_lanes_have_moved():
    """Only `alpha` and XAA's mine deliver now, so XAA's lane stands second; 4 of its 8 t may leave.

    4 x 10, and 4 x 30 from alpha.
    """
    found = two_sources(
        {"cut": "50%"},
        facilities={
            "alpha": mine("XBB", cost=30),
            "cheap": mine("XAA", cost=10),
            "dear": mine("XBB", cost=25),
        },
        lanes=[lane("cheap", "user"), lane("dear", "user")],
        scenarios={"cut": {"policies": ["cut"], "set": {"lanes.1.from": "alpha"}}},
    )
    assert found.solve("cut").cost == pytest.approx(4 * 10 + 4 * 30)


def test_a_policy_made_in_python_is_the_one_in_the_file():
    """The network alone is the baseline of a policy that no scenario brings."""
    found = two_sources()
    assert found.solve(rs.ExportRestriction(from_="XAA", cut="25%")).cost == pytest.approx(110)
    assert found.solve(rs.ExportRestriction(from_="XAA", quota=5)).cost == pytest.approx(125)
    assert found.solve([rs.ExportRestriction(from_="XAA")]).cost == pytest.approx(200)


def bloc(policy: dict[str, object], **sections: object) -> rs.Network:
    """Let XAA (10) and XBB (11) sell ore to XCC, which wants 8 t and makes it at 25; XBB wants 2 t itself.

    XCC wants a tonne of salt too, at 1 from XAA or 2 at home.
    """
    return network(
        **{
            "commodities": ["ore", "salt"],
            "blocs": {"cartel": ["XAA", "XBB"], "west": ["XCC"]},
            "facilities": {
                "mine_a": mine("XAA", cost=10),
                "mine_b": mine("XBB", cost=11),
                "mine_c": mine("XCC", cost=25),
                "salt_a": mine("XAA", commodity="salt", cost=1),
                "salt_c": mine("XCC", commodity="salt", cost=2),
            },
            "demands": {
                "user_b": want(2, "XBB"),
                "user_c": want(8, "XCC"),
                "eater_c": want(1, "XCC", commodity="salt"),
            },
            "lanes": [lane({"kind": "facility"}, {"kind": "demand"}, ["ore", "salt"])],
            "policies": {"cut": {"type": "export_restriction", **policy}},
            "scenarios": {"cut": {"policies": ["cut"]}},
            **sections,
        }
    )


def test_a_quota_holds_for_each_exporter_and_each_commodity():
    """3 t of ore from each of the two, 3 x 10 + 3 x 11 + 2 x 25; within the bloc 2 x 10; salt at 1."""
    solution = bloc({"from": "cartel", "quota": 3}).solve("cut")
    assert solution.cost == pytest.approx(20 + 30 + 33 + 50 + 1)
    ore = solution.program.rows.where(kind="policy", commodity="ore")
    assert (-solution.duals[ore]).tolist() == pytest.approx([15, 14])


def test_members_of_a_bloc_that_restricts_go_on_trading_with_each_other():
    """Nothing leaves the bloc, and XBB still buys in XAA: 2 x 10 + 8 x 25 + 2."""
    solution = bloc({"from": "cartel"}).solve("cut")
    assert solution.cost == pytest.approx(222)
    assert ("mine_a", "user_b") in set(zip(solution.flows["from"], solution.flows["to"], strict=True))


def test_a_country_s_restriction_holds_within_its_own_bloc():
    """XAA alone restricts: XBB serves itself and XCC at 11, and XCC's salt is its own: 10 x 11 + 2."""
    assert bloc({"from": "XAA"}).solve("cut").cost == pytest.approx(112)


def test_towards_some_only():
    """XAA bars XCC, not XBB: 2 x 10 + 8 x 11 + 2."""
    assert bloc({"from": "XAA", "to": "west"}).solve("cut").cost == pytest.approx(110)


def test_some_commodities_only():
    """Salt is free: 10 x 11 + 1."""
    assert bloc({"from": "XAA", "commodities": "ore"}).solve("cut").cost == pytest.approx(111)


def test_some_stages_only():
    """The ore is of stage `mining`, the salt of stage `drying`: only the ore is barred."""
    base = bloc({"from": "XAA"}).spec
    facilities = {
        key: {
            **mine(plant.country, next(iter(plant.outputs)), cost=plant.cost),
            "stage": "drying" if "salt" in key else "mining",
        }
        for key, plant in base.facilities.items()
    }
    found = bloc({"from": "XAA", "stages": "mining"}, facilities=facilities, stages=["mining", "drying"])
    assert found.solve("cut").cost == pytest.approx(111)


def test_what_a_country_wants_itself_is_free():
    """A ban of XAA does not touch XAA's own user: 8 x 25 for XBB, 3 x 10 at home."""
    found = two_sources({}, demands={"user": want(8, "XBB"), "home": want(3, "XAA")})
    assert found.solve("cut").cost == pytest.approx(230)


def test_a_ban_lifts_the_minimum_of_the_lanes_that_it_closes():
    """5 t had to go along the lane; nothing may: 200, and not a contradiction."""
    found = two_sources({}, lanes=[lane("cheap", "user", minimum=5), lane("dear", "user")])
    assert found.solve().cost == pytest.approx(80)
    assert found.solve("cut").cost == pytest.approx(200)


def test_a_ban_lifts_the_minimum_that_copies_by_origin_share():
    """The same, with a rule in the file that is not in force."""
    found = two_sources(
        lanes=[lane("cheap", "user", minimum=5), lane("dear", "user")],
        policies={
            "cut": {"type": "export_restriction", "from": "XAA"},
            "rule": {"type": "origin_rule", "exclude": "XAA", "demand": "user"},
        },
        scenarios={"cut": {"policies": ["cut"]}},
    )
    assert found.solve().cost == pytest.approx(80)
    assert found.solve("cut").cost == pytest.approx(200)


def test_a_restriction_of_one_facility_leaves_its_neighbour_alone():
    """Ore and salt are made at one site; the restriction names the ore mine, so salt still leaves at 1.

    8 t of ore at 25, a tonne of salt at 1.
    """
    found = network(
        commodities=["ore", "salt"],
        sites={"works": {"country": "XAA"}},
        facilities={
            "ore_a": {"site": "works", "outputs": {"ore": 1}, "cost": 10},
            "salt_a": {"site": "works", "outputs": {"salt": 1}, "cost": 1},
            "dear": mine("XBB", cost=25),
            "salt_b": mine("XBB", commodity="salt", cost=7),
        },
        demands={"user": want(8, "XBB"), "eater": want(1, "XBB", commodity="salt")},
        lanes=[lane({"kind": "facility"}, {"kind": "demand"}, ["ore", "salt"])],
    )
    assert found.solve(rs.ExportRestriction(from_="ore_a")).cost == pytest.approx(201)


def test_a_quota_is_per_year_and_may_change_at_dates():
    """12 then 6 t a year by quarters; 8 t a year wanted, two in each quarter.

    2025: 3 t may leave in a quarter, 2 are wanted: 4 x 20. 2026: 1.5 t may leave: 4 x (15 + 12.5).
    """
    found = two_sources(
        {"quota": {2025: 12, 2026: 6}}, horizon={"start": 2025, "periods": 8, "step": "quarter"}
    )
    assert found.solve("cut").cost == pytest.approx(4 * 20 + 4 * 27.5)


@pytest.mark.parametrize("policy", [{}, {"quota": 2}, {"cut": "75%"}])
def test_a_truce_ends_a_restriction(policy):
    """In force in 2026 only, of three years of 80: a ban costs 200 there, 2 t left cost 20 + 150."""
    found = two_sources({**policy, "since": "2026-01", "until": 2027}, horizon={"start": 2025, "periods": 3})
    solution = found.solve("cut")
    assert solution.cost == pytest.approx(160 + (170 if policy else 200))
    dear = solution.production[solution.production["facility"] == "dear"]
    assert (dear["throughput_t"] > 0).tolist() == [False, True, False]


YAML = """\
commodities: {ore: {}}
blocs: {west: [XBB]}
facilities:
  cheap: {country: XAA, outputs: {ore: 1}, cost: 10}
demands:
  user: {country: XBB, commodity: ore, quantity: 8, shortfall_cost: 99}
lanes:
  - {from: cheap, to: user, commodity: ore}
policies:
  cut: {type: export_restriction, %s}
scenarios:
  cut: {policies: [cut]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("from: XAA, cut: 1, quota: 3", "", "contradict each other"),
        ("from: XAA, basis: capacity", "", "there is no cut"),
        ("from: XAA, cut: 120%", "cut", "above the most possible"),
        ("from: XAA, quota: -1", "quota", "below the least possible"),
        ("from: XAA, to: [XAA, XBB]", "", "'XAA' restricts exports to itself"),
        ("from: XBB", "from", "matches no lane: nothing in the network leaves XBB"),
        ("from: XAA, to: XCC", "from", "matches no lane"),
        ("from: chaep", "from", "unknown country, bloc or facility 'chaep'; did you mean 'cheap'"),
        ("from: [XAA, XZ]", "from.1", "unknown country, bloc or facility 'XZ'"),
        ("from: XAA, commodities: oree", "commodities", "unknown commodity 'oree'; did you mean 'ore'"),
        ("from: XAA, stages: mining", "stages", "unknown stage 'mining'"),
        ("from: XAA, quta: 1", "quta", "unknown field 'quta'; did you mean 'quota'"),
        ("from: XAA, since: 2030", "since", "never in force"),
        ("from: XAA, until: 2020", "until", "never in force"),
        ("from: XAA, since: 2026, until: 2026", "", "until 2026-01-01 is not after since 2026-01-01"),
        ("cut: 1", "", "needs `from`"),
    ],
)
def test_a_wrong_restriction_is_an_error_with_its_line(fields, path, message):
    with pytest.raises(rs.InputError, match=message) as caught:
        rs.Network.from_yaml(YAML % fields, "x.yaml").solve("cut")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("x.yaml", 10)
    assert problem.path == ".".join(filter(None, ("policies.cut", path)))

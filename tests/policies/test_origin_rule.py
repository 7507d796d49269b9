"""Origin rules, by hand: as a policy, as a demand's own, and an export restriction that reaches content."""

from __future__ import annotations

import pytest

from tests.policies.helpers import fault_of, on, path_in
from tests.small import column, lane, mine, network, want


def chain(own: dict[str, object] | None = None, policies: dict[str, object] | None = None, **sections):
    """Let XBB want 10 t of metal for defence and 10 t for cars, a tonne of ore each; short at 100.

    Ore costs 1 in XAA and 5 in XBB; smelting 1 in XAA and 2 in XCC. Free of rules that is 20 x 2 = 40.
    """
    smelter = {"inputs": {"ore": 1}, "outputs": {"metal": 1}, "stage": "smelting"}
    defence = want(10, "XBB", "metal", sector="defence", shortfall_cost=100)
    return network(
        **{
            "stages": ["mining", "smelting"],
            "blocs": {"barred": ["XAA", "XDD"]},
            "commodities": ["ore", "metal"],
            "facilities": {
                "mine_a": mine("XAA", cost=1, stage="mining"),
                "mine_b": mine("XBB", cost=5, stage="mining"),
                "smelter_a": {"country": "XAA", "cost": 1, **smelter},
                "smelter_c": {"country": "XCC", "cost": 2, **smelter},
            },
            "demands": {
                "defence": defence if own is None else {**defence, "origin": own},
                "cars": want(10, "XBB", "metal", sector="cars", shortfall_cost=100),
            },
            "lanes": [
                lane({"stage": "mining"}, {"stage": "smelting"}),
                lane({"stage": "smelting"}, {"kind": "demand"}, "metal"),
            ],
            **on(policies or {}),
            **sections,
        }
    )


RULES = [
    ({"exclude": "XAA"}, 10 * 7 + 20),
    ({"exclude": "barred"}, 10 * 7 + 20),
    ({"exclude": "XAA", "stages": "smelting"}, 10 * 3 + 20),
    ({"exclude": "XAA", "stages": "mining"}, 10 * 6 + 20),
    ({"exclude": "XAA", "stages": ["mining", "smelting"]}, 10 * 7 + 20),
    ({"exclude": "XAA", "de_minimis": "20%"}, 8 * 7 + 2 * 2 + 20),
    ({"exclude": "XAA", "de_minimis": 1}, 40),
    ({"exclude": ["XAA", "XBB"]}, 10 * 100 + 20),
    ({"exclude": "XDD"}, 40),
]
"""A rule on defence, and the least cost.

Clean of XAA: 5 + 2 = 7. Barred when smelted there: 1 + 2 = 3; when mined there: 5 + 1 = 6. A fifth may be
tainted: 8 t at 7 and 2 t at 2. Nobody is clean of XAA and XBB at all stages: 10 t short, in full.
"""


@pytest.mark.parametrize(("rule", "cost"), RULES)
def test_a_rule_on_chosen_demands(rule, cost):
    policy = {"type": "origin_rule", "demand": {"sector": "defence"}, **rule}
    found = chain(policies={"rule": policy})
    before = found.solve().cost
    solution = found.solve("on")
    assert solution.cost == pytest.approx(cost)
    assert set(solution.cost_breakdown.index.get_level_values("kind")) <= {"resource", "shortfall"}
    assert found.solve().cost == before == pytest.approx(40)


@pytest.mark.parametrize(("rule", "cost"), RULES)
def test_a_demand_s_own_rule_is_the_same(rule, cost):
    assert chain(own=rule).solve().cost == pytest.approx(cost)


def test_what_nobody_can_deliver_cleanly_goes_short_in_full():
    """All of defence, nothing of cars."""
    solution = chain(own={"exclude": ["XAA", "XBB"]}).solve()
    assert column(solution.shortfall, "demand", "shortfall_t") == pytest.approx({"defence": 10, "cars": 0})


def test_a_rule_on_everybody():
    """Both demands at 7: 140. With a mine in XBB of 12 t, 8 t go short: 84 + 800."""
    policy = {"rule": {"type": "origin_rule", "exclude": "XAA", "demand": {"kind": "demand"}}}
    assert chain(policies=policy).solve("on").cost == pytest.approx(140)
    tight = chain(policies=policy).solve("on", set={"facilities.mine_b.capacity": 12})
    assert tight.cost == pytest.approx(12 * 7 + 8 * 100)


def test_two_rules_with_different_bars():
    """Defence bars what XAA smelted (3 per t), cars bar what XAA mined (6 per t): 30 + 60."""
    found = chain(
        own={"exclude": "XAA", "stages": "smelting"},
        policies={"rule": {"type": "origin_rule", "exclude": "XAA", "stages": "mining", "demand": "cars"}},
    )
    assert found.solve().cost == pytest.approx(50)
    assert found.solve("on").cost == pytest.approx(90)


def test_two_rules_on_one_demand_both_hold():
    """Neither mined nor smelted in XAA, by two policies: 7 per t."""
    rule = {"type": "origin_rule", "exclude": "XAA", "demand": "defence"}
    found = chain(policies={"m": {**rule, "stages": "mining"}, "s": {**rule, "stages": "smelting"}})
    assert found.solve("on").cost == pytest.approx(90)


def test_a_rule_that_ends():
    """In 2025 only, of two years: 90 + 40."""
    policy = {"rule": {"type": "origin_rule", "exclude": "XAA", "demand": "defence", "until": 2026}}
    found = chain(policies=policy, horizon={"start": 2025, "periods": 2})
    assert found.solve("on").cost == pytest.approx(130)


def test_mixing_taints_the_whole():
    """An alloy of a tonne of metal and 0.1 t of flux: flux costs 1 in XAA, 50 in XCC.

    The rule makes the flux clean as well: 10 x (7 + 5) instead of 10 x (7 + 0.1).
    """
    facilities = {
        "mine_b": mine("XBB", cost=5, stage="mining"),
        "flux_a": mine("XAA", "flux", cost=1, stage="mining"),
        "flux_c": mine("XCC", "flux", cost=50, stage="mining"),
        "works": {
            "country": "XCC",
            "stage": "smelting",
            "inputs": {"ore": 1, "flux": 0.1},
            "outputs": {"metal": 1},
            "cost": 2,
        },
    }
    sections = {
        "commodities": ["ore", "flux", "metal"],
        "facilities": facilities,
        "demands": {"defence": want(10, "XBB", "metal", shortfall_cost=100)},
        "lanes": [
            lane({"stage": "mining"}, "works", ["ore", "flux"]),
            lane("works", "defence", "metal"),
        ],
    }
    policy = {"rule": {"type": "origin_rule", "exclude": "XAA", "demand": "defence"}}
    found = chain(policies=policy, **sections)
    assert found.solve().cost == pytest.approx(71)
    assert found.solve("on").cost == pytest.approx(120)


CONTENT = {"type": "export_restriction", "from": "XAA", "reach": "content"}


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        ({}, 20 * 7),
        ({"stages": "mining"}, 20 * 6),
        ({"to": "XBB", "stages": "mining"}, 20 * 6),
        ({"stages": "smelting"}, 20 * 3),
        ({"commodities": "ore"}, 40),
        ({"to": "XCC"}, 40),
    ],
)
def test_a_restriction_that_reaches_content(fields, cost):
    """Nothing that contains XAA's material crosses a border, except into XAA: 5 + 2 on all 20 t.

    Of what XAA mined: XBB's ore may go into XAA (5 + 1), but the metal comes out tainted only where XAA
    smelts it, which `stages: mining` does not ask: 6 per t. Of what it smelted: XAA's ore smelted in XCC,
    1 + 2. Ore alone: XAA smelts its own, 2. Into XCC alone: the same.
    """
    found = chain(policies={"reach": {**CONTENT, **fields}})
    before = found.solve().cost
    assert found.solve("on").cost == pytest.approx(cost)
    assert found.solve().cost == before == pytest.approx(40)


def test_content_goes_further_than_shipment():
    """XAA smelts nothing, and restricts towards XBB.

    Of shipment: nothing goes from XAA to XBB anyway; XAA's ore comes as XCC's metal, 1 + 2. Of content:
    that metal may not enter XBB, so it is made of XBB's ore, 5 + 2.
    """
    only_mine = {"facilities.smelter_a.capacity": 0}
    shipment = chain(policies={"reach": {**CONTENT, "reach": "shipment", "to": "XBB"}})
    assert shipment.solve("on", set=only_mine).cost == pytest.approx(60)
    content = chain(policies={"reach": {**CONTENT, "to": "XBB"}})
    assert content.solve("on", set=only_mine).cost == pytest.approx(140)


def test_what_contains_its_material_may_go_home():
    """Of metal alone, mined in XAA and smelted in XCC: XAA's own user gets it for 1 + 2, XBB's pays 5 + 2."""
    found = chain(
        policies={"reach": {**CONTENT, "commodities": "metal"}},
        demands={key: want(10, key.upper(), "metal") for key in ("xaa", "xbb")},
    )
    only_mine = {"facilities.smelter_a.capacity": 0}
    assert found.solve("on", set=only_mine).cost == pytest.approx(30 + 70)


def test_a_content_ban_ends():
    """In 2026 only: 40 + 140 + 40."""
    found = chain(
        policies={"reach": {**CONTENT, "since": 2026, "until": 2027}},
        horizon={"start": 2025, "periods": 3},
    )
    assert found.solve("on").cost == pytest.approx(220)


def test_what_a_clean_tonne_is_worth():
    """At XCC's smelter a tonne of metal that XAA had no part in costs 5 + 2, another one 1 + 2."""
    prices = chain(own={"exclude": "XAA"}).solve().prices
    smelter = prices[(prices["site"] == "smelter_c") & (prices["commodity"] == "metal")]
    assert column(smelter, "layer", "price_usd_per_t") == pytest.approx({"clean": 7, "XAA": 3})


YAML = """\
stages: [mining]
commodities: {ore: {}}
facilities:
  a: {country: XAA, stage: mining, outputs: {ore: 1}}
demands:
  user: {country: XBB, commodity: ore, quantity: 8, shortfall_cost: 9}
lanes:
  - {from: a, to: user, commodity: ore}
policies:
  rule: {type: %s}
scenarios:
  on: {policies: [rule]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("origin_rule, demand: user", "", "needs `exclude`"),
        ("origin_rule, exclude: XAA", "", "needs `demand`"),
        ("origin_rule, exclude: XAA, demand: usr", "demand", "unknown place 'usr'; did you mean 'user'"),
        ("origin_rule, exclude: XAA, demand: a", "demand", "'a' is a facility; wanted a demand"),
        ("origin_rule, exclude: XAA, demand: {sector: cars}", "demand.sector", "unknown sector 'cars'"),
        ("origin_rule, exclude: XA, demand: user", "exclude", "unknown country or bloc 'XA'"),
        ("origin_rule, exclude: XAA, stages: mineing, demand: user", "stages", "did you mean 'mining'"),
        ("origin_rule, exclude: XAA, demand: user, de_minimis: 2", "de_minimis", "above the most possible"),
        ("origin_rule, exclude: XAA, demand: user, de_minimis: 1 t", "de_minimis", "a share has none"),
        ("origin_rule, exclude: XAA, demand: user, from: 2030", "from", "never in force"),
        ("export_restriction, from: XAA, reach: content, cut: 50%", "", "it has no cut or quota"),
        ("export_restriction, from: XAA, reach: content, quota: 5", "", "it has no cut or quota"),
        ("export_restriction, from: XAA, reach: contents", "reach", "did you mean 'content'"),
        ("export_restriction, from: a, reach: content", "from", "'a' is a facility; content goes by country"),
        ("export_restriction, from: XCC, reach: content", "from", "matches nothing that is made there"),
        ("export_restriction, from: XAA, to: XDD, reach: content", "from", "no lane that could carry"),
    ],
)
def test_a_wrong_rule_is_an_error_with_its_line(fields, path, message):
    line, where = fault_of(YAML % fields, message)
    assert (line, where.removesuffix(".0")) == (10, path_in("rule", path))


@pytest.mark.parametrize(
    ("origin", "path", "message"),
    [
        ("{}", "origin", "needs `exclude`"),
        ("{exclude: XZ}", "origin.exclude", "unknown country or bloc 'XZ'"),
        ("{exclude: XAA, stages: melting}", "origin.stages", "unknown stage 'melting'"),
        ("{exclude: XAA, de_minimis: 150%}", "origin.de_minimis", "above the most possible"),
        ("{exclude: XAA, deminimis: 1}", "origin.deminimis", "did you mean 'de_minimis'"),
    ],
)
def test_a_demand_s_wrong_rule_is_an_error_with_its_line(origin, path, message):
    rule = YAML % "origin_rule, exclude: XAA, demand: user"
    text = rule.replace("quantity: 8", f"quantity: 8, origin: {origin}")
    assert fault_of(text, message) == (6, f"demands.user.{path}")

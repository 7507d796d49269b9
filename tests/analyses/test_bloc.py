"""Temptation and deterrence by hand: a pact of two that buys nothing from the cheap source.

CHN sells at 10; AUS at 25, of which it has 6 t a year; KOR's own ore costs 40 without end. JPN wants 8 t
and KOR 4, all met in each case, and freight is nothing.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

import resilience as rs
from resilience.analyses.bloc import bloc, deterrent, temptation
from resilience.program import Delta
from tests.networks_random import Shape, network_of
from tests.small import lane, mine, network, want

BAN = {"type": "export_restriction", "from": "CHN", "to": ["JPN", "KOR"]}


def pact(policy: dict[str, Any] = BAN, **sections: Any) -> rs.Network:
    return network(
        **{
            "commodities": {"ore": {"price": 10}},
            "blocs": {"pact": ["JPN", "KOR"]},
            "facilities": {
                "china": mine("CHN", cost=10),
                "australia": mine("AUS", cost=25, capacity=6),
                "korea": mine("KOR", cost=40),
            },
            "demands": {"j": want(8, "JPN"), "k": want(4, "KOR")},
            "lanes": [lane({"kind": "facility"}, {"kind": "demand"})],
            "policies": {"deal": policy, "usual": {"type": "tariff", "importer": "JPN", "specific": 0}},
            "scenarios": {
                "peace": {"policies": ["usual"]},
                "bloc": {"extends": "peace", "policies": ["deal"]},
                "more": {"extends": "bloc", "set": {"demands.j.quantity": 10}},
            },
            **sections,
        }
    )


def test_who_cheats_on_a_ban_saves_the_gap_on_all_it_buys():
    """Ore costs 40 in both; alone in China JPN pays 10 for its 8 t, so it saves 8 x 30."""
    found = temptation(pact(), "bloc", "JPN")
    assert found.bill_complying == pytest.approx(320)
    assert found.bill_cheating == pytest.approx(80)
    assert found.gain == pytest.approx(240)
    (row,) = found.table.to_dict("records")
    assert (row["id"], row["gap_usd_per_t"], row["taken_t"]) == ("china>j:ore", pytest.approx(30), 8)


def test_the_penalty_is_the_gap_of_the_first_tonne_that_is_better_bought_honestly():
    """Of JPN's 8 t, what Australia sells at 25 replaces is deterred by 15, what Korea does by 30."""
    found = deterrent(pact(), "bloc", "JPN")
    assert found.penalty == pytest.approx(30)
    dearer = pact(facilities={"china": mine("CHN", cost=10), "australia": mine("AUS", cost=25)})
    assert deterrent(dearer, "bloc", "JPN").penalty == pytest.approx(15)


def test_exclusion_deters_who_needs_the_others():
    """Excluded, JPN buys all from China at 10 as well: exclusion costs it nothing, less than nothing."""
    found = deterrent(pact(), "bloc", "JPN")
    assert found.loss == pytest.approx(80 - 320)
    assert math.isnan(found.discount_factor)


def test_the_discount_factor_is_gain_over_gain_and_loss():
    """China has 4 t. Honest: JPN pays 40 x 8. Cheating: 4 t at 10, 4 of 6 from Australia: the price is 25.

    Then KOR takes 2 from Australia and 2 of its own, so ore costs 40 in both again, and China's 4 t earn
    China 4 x 30: JPN gains nothing from these, and nothing deters where nothing is gained.
    """
    scarce = pact(
        facilities={
            "china": mine("CHN", cost=10, capacity=4),
            "australia": mine("AUS", cost=25, capacity=6),
            "korea": mine("KOR", cost=40),
        }
    )
    found = deterrent(scarce, "bloc", "JPN")
    assert found.temptation.gain == 0
    assert found.discount_factor == 0


def test_exclusion_costs_what_the_others_would_have_sold():
    """JPN wants 18 t, of which its lane from China takes 10; ore that is short costs 100.

    Complying it pays Korea's 40 for 18 t. Cheating, Korea's ore is still at the margin, but each of 10 t from
    China costs 30 less, the rent of its lane. Excluded, it has 10 t from China and 6 from Australia:
    2 are short, so it pays 100 for 18, less 10 x 90 for its lane.
    """
    tight = pact(
        demands={"j": want(18, "JPN", shortfall_cost=100), "k": want(4, "KOR")},
        lanes=[
            lane("china", "j", capacity=10),
            lane("australia", "j"),
            lane("korea", {"kind": "demand"}),
        ],
    )
    found = deterrent(tight, "bloc", "JPN")
    assert found.temptation.bill_complying == pytest.approx(18 * 40)
    assert found.temptation.gain == pytest.approx(300)
    assert found.loss == pytest.approx(1800 - 900 - 720)
    assert found.discount_factor == pytest.approx(300 / (300 + 180))


def test_who_cannot_be_without_the_others_has_no_plan_when_excluded():
    """JPN must have 8 t; without the pact it has Australia's 6 alone, since China's lane is of 1 t."""
    tight = pact(
        lanes=[lane("china", "j", capacity=1), lane("australia", "j"), lane("korea", {"kind": "demand"})]
    )
    found = deterrent(tight, "bloc", "JPN")
    assert found.loss == math.inf
    assert found.discount_factor == 0


def test_a_levy_is_deterred_by_the_levy_at_most():
    """A floor of 22 lifts China's 10 by 12: buying there without the levy saves JPN's users 12 a tonne.

    Its treasury loses the same, so the bill does not change; a penalty of 12 makes it as dear as openly.
    """
    floor = {"type": "price_floor", "members": "pact", "commodity": "ore", "floor": 22}
    floor["mechanism"] = "border_levy"
    found = deterrent(pact(floor), "bloc", "JPN")
    assert found.temptation.gain == 0
    assert found.penalty == pytest.approx(12)
    table = bloc(pact(floor), "bloc").split
    assert table.set_index("member").loc["JPN"].to_list() == pytest.approx([96, 0, 96])


def test_a_bloc_is_told_member_by_member():
    """Without the ban ore costs 10, so JPN pays 80 and KOR 40; with it it costs 40, 320 and 160."""
    found = bloc(pact(), "bloc")
    table = found.table.set_index("member")
    assert list(table.index) == ["JPN", "KOR"]
    assert table["bill_without_usd"].to_list() == pytest.approx([80, 40])
    assert table["bill_usd"].to_list() == pytest.approx([320, 160])
    assert table["temptation_usd"].to_list() == pytest.approx([240, 120])
    assert found.others == pytest.approx(-6 * 15)
    assert found.agreement.policies == ("deal",)
    assert len(found.payments) == 0


def test_a_scenario_that_adds_no_policy_is_about_those_that_it_inherits():
    """10 t in place of 8, each 30 dearer; the tariff of peace is no part of it."""
    found = bloc(pact(), "more", ["JPN"])
    assert found.agreement.policies == ("deal",)
    assert found.deterrents[0].temptation.gain == pytest.approx(300)


def test_a_quota_is_lifted_for_who_cheats():
    """With 3 t from China ore still costs 40 in the pact; free of the quota JPN buys 8 t at 10."""
    found = temptation(pact({**BAN, "quota": 3}), "bloc", "JPN")
    assert found.bill_complying == pytest.approx(320)
    assert found.bill_cheating == pytest.approx(80)


def test_mistakes_are_told():
    with pytest.raises(rs.InputError, match="did you mean 'JPN'"):
        temptation(pact(), "bloc", "JPM")
    with pytest.raises(rs.InputError, match="is not in force"):
        temptation(pact(), "bloc", "JPN", policies=["dea"])
    with pytest.raises(rs.InputError, match="unknown country or bloc"):
        bloc(pact(), "bloc", ["pacts"])
    nobody = pact({"type": "freight_shock", "surcharge": 2})
    with pytest.raises(rs.InputError, match="no policy that binds"):
        bloc(nobody, "bloc")


@pytest.mark.parametrize("seed", [2, 3, 6, 11])
def test_a_penalty_deters_and_a_little_less_does_not(seed):
    """On random networks: at it no plan with barred shipments beats one without, at 1 % less one does."""
    data = network_of(Shape(seed, mines=3, plants=3, makers=3, demands=3))
    data["policies"] = {"deal": {"type": "export_restriction", "from": "XAA", "to": ["XBB", "XCC", "XDD"]}}
    data["scenarios"] = {"bloc": {"policies": ["deal"]}}
    made = rs.Network.from_dict(data)
    for member in ("XBB", "XCC", "XDD"):
        found = deterrent(made, "bloc", member)
        cheating, barred = found.temptation.cheating, found.temptation.barred
        aim = found.temptation.complying.cost
        if found.penalty == 0:
            assert cheating.cost == pytest.approx(aim)
            continue
        for share, is_enough in ((1.0, True), (0.99, False)):
            cost = {"penalty": (barred.columns, found.penalty * share)}
            outcome = cheating.session.solve(Delta.of(costs=cost))
            taken = outcome.x[barred.columns].sum()
            total = cheating.program.cost @ outcome.x + found.penalty * share * taken
            assert (total >= aim - 1e-6 * abs(aim)) == is_enough

"""What each instrument is like without one country."""

from __future__ import annotations

import pytest

import resilience as rs
from resilience.policies import POLICIES
from resilience.policies.exemptions import _RULES, World, bound_by, exempted
from resilience.whatif.agreement import world_of
from tests.small import lane, mine, network, want

PAIR = ["XBB", "XCC"]


@pytest.fixture(scope="module")
def world() -> World:
    """XAA, XBB and XCC each with a mine, a demand, a stockpile and a project of the same names."""
    short = {"XAA": "a", "XBB": "b", "XCC": "c"}
    made = network(
        commodities={"ore": {"price": 10}},
        blocs={"pact": PAIR, "all": ["XAA", *PAIR]},
        facilities={f"mine_{key}": mine(country, capacity=5) for country, key in short.items()},
        demands={f"user_{key}": want(1, country, sector="any") for country, key in short.items()},
        stockpiles={
            f"vault_{key}": {"country": country, "commodity": "ore"} for country, key in short.items()
        },
        projects={
            f"pit_{key}": {"facility": f"mine_{key}", "capacity": 1, "capital_cost": 1}
            for key in short.values()
        },
        lanes=[
            lane({"kind": "facility"}, {"kind": ["demand", "stockpile"]}),
            lane({"kind": "stockpile"}, {"kind": "demand"}),
        ],
    )
    return world_of(made.case())


def without(world: World, policy: rs.Policy, member: str = "XCC", *fields: str):
    """Return fields of the exempted policy; None where nobody is left."""
    other = exempted(policy, member, world)
    return None if other is None else tuple(getattr(other, name) for name in fields)


def test_every_instrument_has_a_rule():
    assert set(_RULES) == set(POLICIES)


def test_a_ban_leaves_out_the_destination(world):
    """XAA bans exports to the pact, or to everybody; XBB too when it restricts with the others."""
    assert without(world, rs.ExportRestriction(from_="XAA", to="pact"), "XCC", "to") == (("XBB",),)
    assert without(world, rs.ExportRestriction(from_="XAA", quota=3), "XCC", "to", "quota") == (("XBB",), 3)
    assert without(world, rs.ExportRestriction(from_="XAA", to="XCC")) is None
    assert without(world, rs.ExportRestriction(from_="pact", to="XAA"), "XCC", "from_") == (("XBB",),)
    assert without(world, rs.ExportRestriction(from_=["mine_c", "mine_b"], to="XAA"), "XCC", "from_") == (
        ("mine_b",),
    )


def test_a_tariff_stays_on_the_same_goods(world):
    """XBB goes on taxing what comes from XAA, and not what comes from XCC, which taxes nothing."""
    assert without(world, rs.Tariff(importer="pact", rate=0.1), "XCC", "importer", "origin") == (
        ("XBB",),
        ("XAA",),
    )
    assert without(world, rs.Tariff(importer="XCC", rate=0.1)) is None


def test_an_export_tax_stays_on_the_same_goods(world):
    assert without(world, rs.ExportTax(exporter="pact", rate=0.1), "XCC", "exporter", "to") == (
        ("XBB",),
        ("XAA",),
    )
    assert without(world, rs.ExportTax(exporter="XAA", to="pact", rate=0.1), "XCC", "to") == (("XBB",),)


def test_shares_of_supply_are_counted_without_it(world):
    cap = rs.SourcingCap(consumer="pact", commodities="ore", share=0.65)
    assert without(world, cap, "XCC", "consumer", "origin") == (("XBB",), ("XAA",))
    least = rs.ContentMinimum(consumer="pact", commodities="ore", share=0.4)
    assert without(world, least, "XCC", "consumer") == (("XBB",),)


def test_a_floor_is_paid_by_the_others_in_their_proportions(world):
    """Of XAA 20 %, XBB 30 %, XCC 50 %, the first two are left: 40 and 60 %."""
    floor = rs.PriceFloor(
        members="pact",
        commodity="ore",
        floor=9,
        mechanism="top_up",
        payer={"XAA": 0.2, "XBB": 0.3, "XCC": 0.5},
    )
    members, payer = without(world, floor, "XCC", "members", "payer")
    assert members == ("XBB",)
    assert payer == pytest.approx({"XAA": 0.4, "XBB": 0.6})
    alone = rs.PriceFloor(members="XBB", commodity="ore", floor=9, mechanism="top_up", payer="XCC")
    assert without(world, alone) is None


def test_a_levy_is_not_taken_by_who_is_exempt(world):
    """XCC stays inside, so its goods enter XBB as before; nobody levies when both are exempt."""
    levy = rs.PriceFloor(members="pact", commodity="ore", floor=9, mechanism="border_levy")
    assert without(world, levy, "XCC", "members", "exempt") == (("pact",), ("XCC",))
    assert exempted(exempted(levy, "XCC", world), "XBB", world) is None
    assert exempted(levy, "XAA", world) is levy


def test_a_subsidy_goes_to_and_comes_from_the_others(world):
    aid = rs.Subsidy(producer={"kind": "facility"}, amount=3, payer="pact")
    producer, payer = without(world, aid, "XCC", "producer", "payer")
    assert producer.id == ("mine_a", "mine_b")
    assert payer == ("XBB",)
    assert without(world, rs.Subsidy(project=["pit_b", "pit_c"], share=0.1), "XCC", "project") == (
        ("pit_b",),
    )


@pytest.mark.parametrize(
    ("policy", "field", "left"),
    [
        (rs.OriginRule(exclude="XAA", demand={"country": "pact"}), "demand", ("user_b",)),
        (
            rs.Offtake(facility="mine_a", buyer={"country": "pact"}, quantity=1),
            "buyer",
            ("user_b", "vault_b"),
        ),
        (rs.StockpileRule(stockpile={"kind": "stockpile"}, target=1), "stockpile", ("vault_a", "vault_b")),
    ],
)
def test_what_is_chosen_is_chosen_without_its_own(world, policy, field, left):
    other = exempted(policy, "XCC", world)
    assert set(getattr(other, field).id) >= set(left)
    assert not any(name.endswith("_c") for name in getattr(other, field).id)
    assert exempted(policy, "XDD", world) is policy


def test_a_budget_counts_what_is_left(world):
    """Projects and stockpiles of the others; nothing is left of one for its own alone."""
    purse = rs.Budget(amount=9, project=["pit_b", "pit_c"], stockpile={"kind": "stockpile"}, country="pact")
    other = exempted(purse, "XCC", world)
    assert other.project == ("pit_b",)
    assert other.stockpile.id == ("vault_a", "vault_b")
    assert other.country == ("XBB",)
    assert exempted(rs.Budget(amount=9, project="pit_c"), "XCC", world) is None


@pytest.mark.parametrize(
    "policy",
    [
        rs.Outage(country="XCC"),
        rs.DemandChange(demand={"country": "XCC"}, factor=2),
        rs.FreightShock(factor=2),
        rs.PriceShock(of="mine_c", factor=2),
    ],
)
def test_what_befalls_a_country_is_no_agreement(world, policy):
    assert exempted(policy, "XCC", world) is policy
    assert bound_by(policy, world) == ()


def test_who_is_bound_is_who_would_be_free(world):
    assert bound_by(rs.Tariff(importer="pact", rate=0.1), world) == ("XBB", "XCC")

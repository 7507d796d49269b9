"""Who pays whom, by hand; over the world it cancels."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of, on, received
from tests.small import lane, mine, network, want

BLOCS = {"pact": ["XAA", "XBB", "XCC", "XDD"]}


def trade(policies: dict[str, dict[str, object]], **sections: object) -> rs.Solution:
    """Let XBB want 8 t and mine at 20, for which XAA delivers at 10 + 2; the ore's price is 10."""
    return network(
        **{
            "commodities": {"ore": {"price": 10}},
            "blocs": BLOCS,
            "facilities": {"far": mine("XAA", cost=10), "near": mine("XBB", cost=20, capacity=5)},
            "demands": {"user": want(8, "XBB")},
            "lanes": [lane("far", "user", cost=2), lane("near", "user")],
            **on(policies),
            **sections,
        }
    ).solve("on")


def paid(solution: rs.Solution) -> dict[tuple[object, ...], object]:
    """Return the amount of each payment by component, policy, payer, who it is, receiver, who it is."""
    return {tuple(row[:-1]): pytest.approx(row[-1]) for row in solution.payments.to_numpy().tolist()}


def test_a_duty_is_paid_by_importers_and_an_export_tax_by_exporters():
    """8 t at 10 % of 10, and at 3 a tonne."""
    solution = trade(
        {
            "duty": {"type": "tariff", "importer": "XBB", "rate": "10%"},
            "tax": {"type": "export_tax", "exporter": "XAA", "specific": 3},
        }
    )
    assert paid(solution) == {
        ("tariff", "duty", "XBB", "importers", "XBB", "treasury"): 8,
        ("export_tax", "tax", "XAA", "exporters", "XAA", "treasury"): 24,
    }


def test_a_subsidy_is_paid_by_the_payer_and_received_by_the_producer():
    """5 t at 15 each, which makes near ore cost 5: 75 from XCC to the producers of XBB."""
    solution = trade({"aid": {"type": "subsidy", "producer": "near", "amount": 15, "payer": "XCC"}})
    assert solution.cost == pytest.approx(5 * 5 + 3 * 12)
    assert paid(solution) == {("subsidy", "aid", "XCC", "treasury", "XBB", "producers"): 75}
    assert received(solution) == pytest.approx({"XCC": -75})


@pytest.mark.parametrize(
    ("payer", "shares"),
    [
        ("pact", {"XAA": 0.25, "XBB": 0.25, "XCC": 0.25, "XDD": 0.25}),
        (["XAA", "XCC"], {"XAA": 0.5, "XCC": 0.5}),
        (["pact", "XAA"], {"XAA": 0.25, "XBB": 0.25, "XCC": 0.25, "XDD": 0.25}),
        ({"XAA": "60%", "XCC": 0.4}, {"XAA": 0.6, "XCC": 0.4}),
        ({"XAA": 0.2, "pact": 0.8}, {"XAA": 0.4, "XBB": 0.2, "XCC": 0.2, "XDD": 0.2}),
    ],
)
@pytest.mark.parametrize(
    "policy",
    [
        {"type": "subsidy", "producer": "near", "amount": 15},
        {"type": "subsidy", "producer": "near", "amount": 15, "volume": 5},
        {"type": "subsidy", "producer": "near", "share": "75%"},
        {"type": "price_floor", "members": "XBB", "commodity": "ore", "floor": 25, "mechanism": "top_up"},
    ],
)
def test_a_bloc_pays_in_equal_parts_and_others_as_agreed(policy, payer, shares):
    """Each of these four brings 75 to the near mine, in whatever way."""
    solution = trade({"aid": {**policy, "payer": payer}})
    assert received(solution) == pytest.approx({who: -75 * part for who, part in shares.items()})
    assert set(solution.payments["receiver"]) == {"XBB"}


def test_a_guarantee_is_paid_by_the_payer():
    """The state takes all 5 t of the near mine at 30, and XCC pays for it."""
    floor = {"type": "price_floor", "members": "XBB", "commodity": "ore", "floor": 30, "payer": "XCC"}
    solution = trade({"floor": {**floor, "mechanism": "guarantee"}})
    assert paid(solution) == {("support", "floor", "XCC", "treasury", "XBB", "producers"): 150}


def test_a_share_of_capital_is_paid_by_the_payer_and_the_projects_own_share_by_its_country():
    """Of 100 of capital a tenth is granted by XBB as the project says, and half by XAA and XCC."""
    solution = trade(
        {"aid": {"type": "subsidy", "project": "more", "share": "50%", "payer": ["XAA", "XCC"]}},
        projects={
            "more": {
                "facility": "near",
                "capacity": 10,
                "capital_cost": 100,
                "whole": True,
                "subsidised": "10%",
            }
        },
        facilities={"far": mine("XAA", cost=90), "near": mine("XBB", cost=20, capacity=1)},
    )
    assert received(solution, "capital_subsidy") == pytest.approx({"XBB": -10, "XAA": -25, "XCC": -25})


def test_two_policies_with_payers_of_their_own_are_told_apart():
    """5 t at 10 from XCC and at 4 from XDD."""
    aid = {"type": "subsidy", "producer": "near"}
    solution = trade(
        {"one": {**aid, "amount": 10, "payer": "XCC"}, "other": {**aid, "amount": 4, "payer": "XDD"}}
    )
    assert received(solution) == pytest.approx({"XCC": -50, "XDD": -20})
    assert set(solution.payments["policy"]) == {"one", "other"}


def test_over_the_world_payments_cancel_and_treasuries_have_what_the_cost_says():
    """Whatever policies there are: what is received is what is paid, and the rest of the world pays none."""
    solution = trade(
        {
            "duty": {"type": "tariff", "importer": "XBB", "rate": "10%"},
            "tax": {"type": "export_tax", "exporter": "XAA", "specific": 3},
            "aid": {"type": "subsidy", "producer": "near", "amount": 7, "payer": "pact"},
        },
        horizon={"start": 2025, "periods": 3},
        discount_rate="5%",
    )
    table = solution.payments
    assert (table["amount_usd"] > 0).all()
    treasuries = table[table["receiver_is"] == "treasury"]["amount_usd"].sum()
    treasuries -= table[table["payer_is"] == "treasury"]["amount_usd"].sum()
    assert treasuries == pytest.approx(solution.cost_breakdown["transfer"].sum())
    assert treasuries == pytest.approx(solution.transfers["amount_usd"].sum())
    net = (
        table.groupby("receiver")["amount_usd"]
        .sum()
        .sub(table.groupby("payer")["amount_usd"].sum(), fill_value=0.0)
    )
    assert net.sum() == pytest.approx(0)
    assert net["XBB"] == pytest.approx(15 * 7 * (3 / 4) / 3 * sum(1.05**-t for t in range(3)))


FILE = """\
commodities: {ore: {price: 10}}
facilities:
  near: {country: XBB, outputs: {ore: 1}, capacity: 5}
demands:
  user: {country: XBB, commodity: ore, quantity: 8, shortfall_cost: 99}
lanes: [{from: near, to: user, commodity: ore}]
policies:
  aid:
    type: subsidy
    producer: near
    amount: 5
    payer: PAYER
scenarios: {on: {policies: [aid]}}
"""


@pytest.mark.parametrize(
    ("payer", "message", "path"),
    [
        ("XB", "unknown country or bloc 'XB'", "policies.aid.payer"),
        ("{XBB: 60%, XCC: 30%}", "add up to 0.9, and must to 1", "policies.aid.payer"),
        ("{XBB: 120%, XCC: -20%}", "above the most possible|below|must be above", "policies.aid.payer"),
        ("{XB: 1}", "unknown country or bloc 'XB'", "policies.aid.payer.XB"),
        ("[]", "an empty list", "policies.aid.payer"),
    ],
)
def test_a_payer_that_cannot_be_is_an_error_with_its_line(payer, message, path):
    text = FILE.replace("PAYER", payer)
    if "-20" in payer:
        with pytest.raises(rs.InputError, match=message) as caught:
            rs.Network.from_yaml(text, "x.yaml")
        assert {problem.line for problem in caught.value.problems} == {12}
        return
    assert fault_of(text, message) == (12, path)


def test_importers_pay_a_levy_so_it_has_no_payer():
    with pytest.raises(rs.InputError, match="importers pay it to the country they import to"):
        rs.PriceFloor(members="XBB", commodity="ore", floor=9, mechanism="border_levy", payer="XBB")

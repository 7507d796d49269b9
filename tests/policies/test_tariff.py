"""Tariffs, by hand: who pays, who receives, on what base, and what they change."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.small import lane, mine, network, price_at, want


def two_sources(*policies: dict[str, object], **sections: object) -> rs.Network:
    """Let XBB want 8 t: XAA delivers at 10 + 4 freight, its own mine at 25; the reference price is 100."""
    tariffs = {f"t{number}": {"type": "tariff", **policy} for number, policy in enumerate(policies)}
    return network(
        **{
            "commodities": {"ore": {"price": 100}},
            "facilities": {"cheap": mine("XAA", cost=10), "dear": mine("XBB", cost=25)},
            "demands": {"user": want(8, "XBB")},
            "lanes": [lane("cheap", "user", cost=4), lane("dear", "user")],
            "policies": tariffs,
            "scenarios": {"taxed": {"policies": list(tariffs)}},
            **sections,
        }
    )


def received(solution: rs.Solution) -> dict[str, float]:
    """Return what each country collects."""
    table = solution.transfers
    return dict(zip(table["receiver"], table["amount_usd"], strict=True))


def test_revenue_is_rate_times_base_times_flow_and_goes_to_the_importer():
    """10 % of 100 on 8 t is 80, on top of 8 x 14; the price in XBB rises from 14 to 24."""
    found = two_sources({"importer": "XBB", "rate": "10%"})
    assert found.solve().cost == pytest.approx(112)
    solution = found.solve("taxed")
    assert solution.cost == pytest.approx(192)
    assert received(solution) == pytest.approx({"XBB": 80})
    assert solution.cost_breakdown["transfer", "tariff"] == pytest.approx(80)
    assert solution.cost_breakdown["resource"].sum() == pytest.approx(112)
    assert price_at(solution, "user") == pytest.approx(24)


def test_a_prohibitive_tariff_collects_nothing():
    """12 % makes the ore 26: the mine at 25 serves all 8 t, for 200; 11 % would have made it 25."""
    solution = two_sources({"importer": "XBB", "rate": "12%"}).solve("taxed")
    assert solution.cost == pytest.approx(200)
    assert received(solution) == {}


def test_cif_taxes_the_freight_too():
    """10 % of 100 + 4 on 8 t is 83.2."""
    solution = two_sources({"importer": "XBB", "rate": "10%", "basis": "cif"}).solve("taxed")
    assert received(solution) == pytest.approx({"XBB": 83.2})


def test_a_duty_per_tonne_needs_no_reference_price():
    """3 per t on 8 t is 24."""
    solution = two_sources({"importer": "XBB", "specific": 3}, commodities=["ore"]).solve("taxed")
    assert received(solution) == pytest.approx({"XBB": 24})


def test_both_kinds_in_one_tariff():
    """5 % of 100, and 3 per t: 8 on each of 8 t."""
    solution = two_sources({"importer": "XBB", "rate": "5%", "specific": 3}).solve("taxed")
    assert received(solution) == pytest.approx({"XBB": 64})


def test_tariffs_add_up():
    """5 % and 3 per t in two policies, and 2 per t in a third: 10 on each of 8 t."""
    solution = two_sources(
        {"importer": "XBB", "rate": "5%"},
        {"importer": "XBB", "specific": 3},
        {"importer": "XBB", "specific": 2, "origin": "XAA"},
    ).solve("taxed")
    assert received(solution) == pytest.approx({"XBB": 80})
    assert solution.cost == pytest.approx(192)


def world(policy: dict[str, object], **sections: object) -> rs.Network:
    """Let XAA make ore and salt at 1; XBB and XCC, a union, want 4 t and 6 t of ore, XCC 2 t of salt.

    Both reference prices are 100; XBB makes ore at 40.
    """
    return network(
        **{
            "commodities": {"ore": {"price": 100}, "salt": {"price": 100}},
            "blocs": {"union": ["XBB", "XCC"]},
            "facilities": {
                "mine_a": mine("XAA", cost=1),
                "pan_a": mine("XAA", commodity="salt", cost=1),
                "mine_b": mine("XBB", cost=40),
            },
            "demands": {
                "user_b": want(4, "XBB"),
                "user_c": want(6, "XCC"),
                "eater_c": want(2, "XCC", commodity="salt"),
            },
            "lanes": [lane({"kind": "facility"}, {"kind": "demand"}, ["ore", "salt"])],
            "policies": {"t": {"type": "tariff", **policy}},
            "scenarios": {"taxed": {"policies": ["t"]}},
            **sections,
        }
    )


def test_each_member_of_a_bloc_collects_on_its_own_imports():
    """10 per t: 40 in XBB; 60 and 20 in XCC."""
    solution = world({"importer": "union", "rate": 0.1}).solve("taxed")
    assert received(solution) == pytest.approx({"XBB": 40, "XCC": 80})


def test_a_bloc_does_not_tax_its_own_goods():
    """XBB's ore at 40 is cheaper than XAA's at 1 + 50: XBB serves both members.

    10 x 40 for the ore, untaxed within the union; 2 x (1 + 50) for the salt.
    """
    solution = world({"importer": "union", "rate": 0.5}).solve("taxed")
    assert solution.cost == pytest.approx(400 + 102)
    assert received(solution) == pytest.approx({"XCC": 100})


def test_a_member_may_tax_the_rest_of_its_bloc():
    """XCC alone taxes everybody abroad by 30: XAA at 31 still beats XBB at 70."""
    solution = world({"importer": "XCC", "rate": 0.3}).solve("taxed")
    assert received(solution) == pytest.approx({"XCC": 30 * 8})


def test_by_origin():
    """XCC taxes XAA only, by 50: its ore comes from XBB at 40, its salt pays 50 on each of 2 t."""
    solution = world({"importer": "XCC", "origin": "XAA", "rate": 0.5}).solve("taxed")
    assert received(solution) == pytest.approx({"XCC": 100})
    assert solution.cost == pytest.approx(4 + 6 * 40 + 2 * 51)


def test_by_commodity():
    """Salt only: 10 on each of 2 t."""
    solution = world({"importer": "union", "commodities": "salt", "rate": 0.1}).solve("taxed")
    assert received(solution) == pytest.approx({"XCC": 20})


def test_by_stage():
    """The salt is of stage `drying`: 10 on each of 2 t."""
    facilities = {
        "mine_a": mine("XAA", cost=1, stage="mining"),
        "pan_a": mine("XAA", commodity="salt", cost=1, stage="drying"),
        "mine_b": mine("XBB", cost=40, stage="mining"),
    }
    found = world(
        {"importer": "union", "stages": "drying", "rate": 0.1},
        facilities=facilities,
        stages=["mining", "drying"],
    )
    assert received(found.solve("taxed")) == pytest.approx({"XCC": 20})


def test_a_duty_may_change_and_end():
    """10 % of 100 in 2025, 5 % in 2026, none from 2027 on: 80 + 40."""
    found = two_sources(
        {"importer": "XBB", "rate": {2025: 0.1, 2026: "5%"}, "until": 2027},
        horizon={"start": 2025, "periods": 4},
    )
    solution = found.solve("taxed")
    assert received(solution) == pytest.approx({"XBB": 120})
    assert solution.cost == pytest.approx(4 * 112 + 120)


def test_the_first_day_may_be_spelled_from():
    """`from: 2026` of a tariff is a date: 80 in the second of two years."""
    found = two_sources({"importer": "XBB", "rate": 0.1, "from": 2026}, horizon={"start": 2025, "periods": 2})
    assert received(found.solve("taxed")) == pytest.approx({"XBB": 80})


def test_the_base_is_the_reference_price_of_the_period():
    """10 % of 100 in the first year, of 60 in the second: 80 + 48."""
    found = two_sources(
        {"importer": "XBB", "rate": 0.1},
        commodities={"ore": {"price": {2025: 100, 2026: 60}}},
        horizon={"start": 2025, "periods": 2},
    )
    assert received(found.solve("taxed")) == pytest.approx({"XBB": 80 + 48})


def test_a_tariff_made_in_python_is_the_one_in_the_file():
    solution = two_sources().solve(rs.Tariff(importer="XBB", rate="10%"))
    assert received(solution) == pytest.approx({"XBB": 80})


YAML = """\
commodities: {ore: {price: 100}, salt: {}}
blocs: {union: [XBB, XCC]}
facilities:
  cheap: {country: XAA, outputs: {ore: 1}}
  pan: {country: XAA, outputs: {salt: 1}}
demands:
  user: {country: XBB, commodity: ore, quantity: 8}
  eater: {country: XBB, commodity: salt, quantity: 8}
lanes:
  - {from: {kind: facility}, to: {kind: demand}, commodity: [ore, salt]}
policies:
  t: {type: tariff, %s}
scenarios:
  taxed: {policies: [t]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("importer: union, origin: [XAA, union], rate: 10%", "", "'union' would tax its own goods"),
        ("importer: union, origin: XBB, rate: 10%", "origin", "XBB lies within union"),
        ("importer: XBB", "", "needs a `rate`"),
        ("importer: XBB, rate: -10%", "rate", "below the least possible"),
        ("importer: XBB, rate: 10 USD/t", "rate", "a share has none"),
        ("importer: XBB, specific: 10%", "specific", "percentage cannot be given in USD/t"),
        ("importer: XBB, rate: 10%", "rate", "a rate needs a reference price, and commodity 'salt' has none"),
        ("importer: XCC, rate: 10%", "importer", "matches no lane: nothing of that kind enters XCC"),
        ("importer: XBB, origin: XCC, rate: 10%", "importer", "matches no lane"),
        ("importer: XBB, rate: 10%, basis: ddp", "basis", "'ddp' is not one of"),
        ("importer: XBB, rate: 10%, until: 2024", "until", "never in force"),
        ("rate: 10%", "", "needs `importer`"),
    ],
)
def test_a_wrong_tariff_is_an_error_with_its_line(fields, path, message):
    with pytest.raises(rs.InputError, match=message) as caught:
        rs.Network.from_yaml(YAML % fields, "x.yaml").solve("taxed")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("x.yaml", 12)
    assert problem.path == ".".join(filter(None, ("policies.t", path)))


def test_a_commodity_without_a_price_is_no_fault_where_it_is_not_taxed():
    """The same file, narrowed to ore: 10 x 8."""
    found = rs.Network.from_yaml(YAML % "importer: XBB, rate: 10%, commodities: ore")
    assert received(found.solve("taxed")) == pytest.approx({"XBB": 80})

"""Sourcing caps, by hand: at most a share of supply from any one country."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of, on, path_in, rent_of
from tests.small import column, lane, mine, network, want


def three_sources(cap: dict[str, object], **sections: object) -> rs.Network:
    """Let XBB want 20 t: XAA delivers at 10, XCC at 18, its own mine at 25."""
    policies = {"cap": {"type": "sourcing_cap", "consumer": "XBB", "commodities": "ore", **cap}}
    return network(
        **{
            "facilities": {"a": mine("XAA", cost=10), "b": mine("XBB", cost=25), "c": mine("XCC", cost=18)},
            "demands": {"user": want(20, "XBB")},
            "lanes": [lane({"kind": "facility"}, {"kind": "demand"})],
            **on(policies),
            **sections,
        }
    )


def from_each(solution: rs.Solution) -> dict[str, float]:
    return column(solution.flows, "from", "flow_t")


def test_the_european_rule():
    """65 % of 20 t, 13, from XAA, and 7 from XCC: 130 + 126; one tonne more from XAA saves 8."""
    found = three_sources({"share": "65%"})
    before = found.solve().cost
    solution = found.solve("on")
    assert solution.cost == pytest.approx(256)
    assert from_each(solution) == pytest.approx({"a": 13, "c": 7})
    assert rent_of(solution, "cap") == pytest.approx(8)
    assert solution.cost_breakdown.index.get_level_values("kind").tolist() == ["resource"]
    assert found.solve().cost == before == 200


def test_every_country_abroad_is_capped_and_the_consumer_is_not():
    """40 %: 8 t each from XAA and XCC, 4 t made at home: 80 + 144 + 100."""
    solution = three_sources({"share": "40%"}).solve("on")
    assert solution.cost == pytest.approx(324)
    assert from_each(solution) == pytest.approx({"a": 8, "b": 4, "c": 8})


def test_one_origin_only():
    """40 % for XAA alone: 8 t, and 12 from XCC: 80 + 216."""
    assert three_sources({"share": "40%", "origin": "XAA"}).solve("on").cost == pytest.approx(296)


@pytest.mark.parametrize("share", [0, 0.999999])
def test_between_nothing_and_everything(share):
    """Nothing from abroad: 20 x 25; nearly everything: nearly 200."""
    cost = three_sources({"share": share}).solve("on").cost
    assert cost == pytest.approx(500 if share == 0 else 200, rel=1e-5)


def test_a_bloc_is_counted_together_and_trades_freely_within():
    """XBB and XCC, a union: XCC's ore is home-made, so half of 20 t from XAA, half from XCC at 18."""
    found = three_sources({"consumer": "union", "share": "50%"}, blocs={"union": ["XBB", "XCC"]})
    assert found.solve("on").cost == pytest.approx(100 + 180)


def test_each_commodity_for_itself():
    """10 t of salt come from XAA at 1 or XCC at 3: half each, 20; and half of the ore: 100 + 180."""
    found = three_sources(
        {"share": "50%", "commodities": ["ore", "salt"]},
        commodities=["ore", "salt"],
        facilities={
            "a": mine("XAA", cost=10),
            "c": mine("XCC", cost=18),
            "salt_a": mine("XAA", commodity="salt", cost=1),
            "salt_c": mine("XCC", commodity="salt", cost=3),
        },
        demands={"user": want(20, "XBB"), "eater": want(10, "XBB", "salt")},
        lanes=[lane({"kind": "facility"}, {"kind": "demand"}, ["ore", "salt"])],
    )
    assert found.solve("on").cost == pytest.approx(300)


def test_a_cap_holds_in_each_period_in_force():
    """In the second of three years only: 200 + 256 + 200."""
    found = three_sources(
        {"share": "65%", "from": 2026, "until": 2027}, horizon={"start": 2025, "periods": 3}
    )
    assert found.solve("on").cost == pytest.approx(656)


def test_two_caps_compose():
    """XAA at most 40 %, everybody at most 50 %: 8 t at 10, 10 t at 18, 2 t at 25."""
    found = three_sources({"share": "50%"})
    tighter = rs.SourcingCap(consumer="XBB", commodities="ore", share="40%", origin="XAA")
    assert found.solve([found.spec.policies["cap"], tighter]).cost == pytest.approx(80 + 180 + 50)


YAML = """\
commodities: {ore: {}, salt: {}}
blocs: {west: [XBB]}
facilities:
  a: {country: XAA, outputs: {ore: 1}}
  b: {country: XBB, outputs: {ore: 1}}
demands:
  user: {country: XBB, commodity: ore, quantity: 8}
lanes:
  - {from: {kind: facility}, to: user, commodity: ore}
policies:
  cap:
    type: sourcing_cap
    %s
scenarios:
  on: {policies: [cap]}
"""


@pytest.mark.parametrize(
    ("fields", "line", "path", "message"),
    [
        ("consumer: XBB\n    commodities: ore\n    share: 100%", 15, "share", "must be below 1"),
        ("consumer: XBB\n    commodities: ore\n    share: -1%", 15, "share", "below the least possible"),
        ("consumer: XBB\n    commodities: ore\n    share: 5 t", 15, "share", "a share has none"),
        ("consumer: XBB\n    commodities: ore", 11, "", "needs `share`"),
        ("consumer: XBB\n    commodities: [ore, salt]\n    share: 65%", 14, "commodities.1", "'salt' is nei"),
        ("consumer: XBB\n    commodities: oer\n    share: 65%", 14, "commodities", "mean 'ore'"),
        ("consumer: XDD\n    commodities: ore\n    share: 65%", 13, "consumer", "nothing that is imported"),
        (
            "consumer: XAA\n    commodities: ore\n    share: 65%",
            12,
            "origin",
            "no shipment from such a country",
        ),
        ("consumer: XBB\n    commodities: ore\n    share: 1%\n    origin: XCC", 16, "origin", "no shipment"),
        ("consumer: west\n    commodities: ore\n    share: 1%\n    origin: west", 12, "", "cap its own"),
        (
            "consumer: XBB\n    commodities: ore\n    share: 1%\n    until: 2025",
            16,
            "until",
            "never in force",
        ),
    ],
)
def test_a_wrong_cap_is_an_error_with_its_line(fields, line, path, message):
    assert fault_of(YAML % fields, message) == (line, path_in("cap", path))

"""Export taxes, by hand: who pays, who receives, and what they change."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of, on, path_in, received
from tests.small import lane, mine, network, price_at, want


def two_sources(*taxes: dict[str, object], **sections: object) -> rs.Network:
    """Let XBB want 8 t: XAA delivers at 10, XBB's own mine at 25; XAA wants 2 t; reference price 100."""
    policies = {f"t{number}": {"type": "export_tax", **tax} for number, tax in enumerate(taxes)}
    return network(
        **{
            "commodities": {"ore": {"price": 100}},
            "facilities": {"cheap": mine("XAA", cost=10), "dear": mine("XBB", cost=25)},
            "demands": {"user": want(8, "XBB"), "home": want(2, "XAA")},
            "lanes": [lane("cheap", "user"), lane("dear", "user"), lane("cheap", "home")],
            **on(policies),
            **sections,
        }
    )


@pytest.mark.parametrize("tax", [{"rate": "13%"}, {"specific": 13}, {"rate": "10%", "specific": 3}])
def test_revenue_goes_to_the_exporter_and_the_price_rises_abroad_alone(tax):
    """13 on each of 8 t: 104 for XAA; 23 abroad, 10 at home, where 2 t go untaxed."""
    solution = two_sources({"exporter": "XAA", **tax}).solve("on")
    assert solution.cost == pytest.approx(20 + 80 + 104)
    assert received(solution) == pytest.approx({"XAA": 104})
    assert solution.cost_breakdown["transfer", "export_tax"] == pytest.approx(104)
    assert solution.cost_breakdown["resource"].sum() == pytest.approx(100)
    assert price_at(solution, "user") == pytest.approx(23)
    assert price_at(solution, "home") == pytest.approx(10)


def test_a_prohibitive_tax_collects_nothing():
    """10 + 16 is above 25: 2 x 10 + 8 x 25."""
    solution = two_sources({"exporter": "XAA", "specific": 16}).solve("on")
    assert solution.cost == pytest.approx(220)
    assert received(solution) == {}


def test_taxes_add_up_and_go_with_tariffs():
    """3 and 4 per t for XAA, 5 % of 100 for XBB: 22 on 8 t; each collects its own."""
    found = two_sources({"exporter": "XAA", "specific": 3}, {"exporter": "XAA", "specific": 4})
    solution = found.solve([*found.spec.policies.values(), rs.Tariff(importer="XBB", rate="5%")])
    assert solution.cost == pytest.approx(20 + 8 * 22)
    assert received(solution) == pytest.approx({"XAA": 56, "XBB": 40})


def test_towards_some_and_within_a_bloc():
    """XAA and XCC, a cartel, tax what leaves it; XCC buys in XAA untaxed. Then towards XBB alone.

    XBB: 8 x (10 + 9); XCC: 3 x 10; XDD: 1 x 10, taxed too unless the tax is on goods to XBB.
    """
    sections = {
        "blocs": {"cartel": ["XAA", "XCC"]},
        "demands": {"user": want(8, "XBB"), "member": want(3, "XCC"), "other": want(1, "XDD")},
        "lanes": [lane("cheap", {"kind": "demand"})],
    }
    everybody = two_sources({"exporter": "cartel", "specific": 9}, **sections).solve("on")
    assert received(everybody) == pytest.approx({"XAA": 9 * 9})
    one = two_sources({"exporter": "cartel", "to": "XBB", "specific": 9}, **sections).solve("on")
    assert received(one) == pytest.approx({"XAA": 8 * 9})


def test_by_commodity_and_stage():
    """Salt alone is of stage `drying` and alone is taxed by either: 2 x 5."""
    sections = {
        "commodities": ["ore", "salt"],
        "stages": ["mining", "drying"],
        "facilities": {
            "cheap": mine("XAA", stage="mining"),
            "pan": mine("XAA", commodity="salt", stage="drying"),
        },
        "demands": {"user": want(8, "XBB"), "eater": want(2, "XBB", "salt")},
        "lanes": [lane({"kind": "facility"}, {"kind": "demand"}, ["ore", "salt"])],
    }
    for narrow in ({"commodities": "salt"}, {"stages": "drying"}):
        solution = two_sources({"exporter": "XAA", "specific": 5, **narrow}, **sections).solve("on")
        assert received(solution) == pytest.approx({"XAA": 10})


def test_a_tax_may_change_and_end():
    """3 then 6 per t, until 2027, of three years with 8 t each: 24 + 48."""
    found = two_sources(
        {"exporter": "XAA", "specific": {2025: 3, 2026: 6}, "until": 2027},
        horizon={"start": 2025, "periods": 3},
    )
    before = found.solve().cost
    assert received(found.solve("on")) == pytest.approx({"XAA": 72})
    assert found.solve().cost == before == 300


YAML = """\
commodities: {ore: {}}
blocs: {west: [XBB]}
facilities:
  cheap: {country: XAA, outputs: {ore: 1}}
demands:
  user: {country: XBB, commodity: ore, quantity: 8}
lanes:
  - {from: cheap, to: user, commodity: ore}
policies:
  t: {type: export_tax, %s}
scenarios:
  on: {policies: [t]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("exporter: XAA", "", "needs a `rate`"),
        ("specific: 3", "", "needs `exporter`"),
        ("exporter: XAA, to: [west, XAA], specific: 3", "", "'XAA' would tax exports to itself"),
        ("exporter: XAA, rate: 10%", "rate", "needs a reference price, and commodity 'ore' has none"),
        ("exporter: XAA, specific: 3 USD", "specific", "not a unit of USD/t"),
        ("exporter: XAA, specific: -3", "specific", "below the least possible"),
        ("exporter: XBB, specific: 3", "exporter", "matches no lane: nothing of that kind leaves XBB"),
        ("exporter: XAA, to: XCC, specific: 3", "exporter", "matches no lane"),
        ("exporter: est, specific: 3", "exporter", "unknown country or bloc 'est'"),
        ("exporter: XAA, comodities: ore, specific: 3", "comodities", "did you mean 'commodities'"),
        ("exporter: XAA, specific: 3, since: 2027, until: 2026", "", "until 2026-01-01 is not after"),
        ("exporter: XAA, specific: 3, until: 2024", "until", "never in force"),
    ],
)
def test_a_wrong_export_tax_is_an_error_with_its_line(fields, path, message):
    assert fault_of(YAML % fields, message) == (10, path_in("t", path))

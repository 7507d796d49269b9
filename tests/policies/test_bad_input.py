"""Every instrument, written by somebody hostile or in a hurry: what makes no sense is an error with its line.

What is merely idle is none, since studies go through it: a cut, rate, volume or target of 0, a share of
100 % that may be tainted, a floor below the price.
"""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of

YAML = """\
horizon: {start: 2025, periods: 2}
stages: [mining, refining]
blocs: {pact: [USA, JPN], other: [USA, CHN]}
commodities: {ore: {price: 10}, metal: {price: 50}, gas: {}}
facilities:
  cn_mine: {country: CHN, stage: mining, outputs: {ore: 1}, capacity: 100, cost: 1}
  us_mine: {country: USA, stage: mining, outputs: {ore: 1}, capacity: 20, cost: 5}
  plant: {country: USA, stage: refining, inputs: {ore: 1}, outputs: {metal: 1}, capacity: 50, cost: 5}
demands:
  user: {country: USA, sector: ev, commodity: metal, quantity: 30, shortfall_cost: 1000}
  jp: {country: JPN, sector: ev, commodity: metal, quantity: 10, shortfall_cost: 1000}
stockpiles:
  vault: {country: USA, commodity: metal, capacity: 10}
  cellar: {country: USA, commodity: metal, capacity: 0}
projects: {more: {facility: plant, capacity: 10, capital_cost: 100}}
lanes:
  - {from: {stage: mining}, to: plant, commodity: ore, cost: 3}
  - {from: plant, to: [user, jp, vault, cellar], commodity: metal}
  - {from: [vault, cellar], to: user, commodity: metal}
scenarios: {on: {policies: [p]}}
policies:
  p: {type: RULE}
"""
LINE = 22

FLOOR = "price_floor, members: USA, commodity: ore, mechanism: top_up"
LEVY = "price_floor, members: USA, commodity: ore, mechanism: border_levy"
AID = "subsidy, producer: us_mine"
CAP = "sourcing_cap, consumer: USA, commodities: ore"
MINIMUM = "content_minimum, consumer: USA, commodities: ore"
ORIGIN = "origin_rule, exclude: CHN, demand: user"
OFFTAKE = "offtake, facility: us_mine, buyer: plant"
TARIFF = "tariff, importer: USA, rate: 10%"
VAULT = "stockpile_rule, stockpile: vault"


@pytest.mark.parametrize(
    ("rule", "path", "message"),
    [
        ("budget, amount: 5", "", "needs a `project`, a `stockpile` or a `country`"),
        ("budget, amount: -5, country: USA", "amount", "below the least possible, 0"),
        ("budget, amount: 5 t, country: USA", "amount", "'t' is not a unit of USD"),
        ("budget, amount: 5, country: JPN", "", "matches no project and no stockpile"),
        ("budget, amount: 5, project: less", "project", "unknown project 'less'"),
        (f"{MINIMUM}, share: 0", "share", "must be above 0"),
        (f"{MINIMUM}, share: 120%", "share", "above the most possible"),
        (f"{MINIMUM.replace('ore', '[ore, ore]')}, share: 20%", "commodities", "stands twice"),
        ("content_minimum, consumer: JPN, commodities: ore, share: 20%", "consumer", "imported or made"),
        ("demand_change, demand: user, factor: -1", "factor", "below the least possible"),
        ("demand_change, demand: plant, factor: 2", "demand", "'plant' is a facility; wanted a demand"),
        ("export_restriction, from: CHN, cut: 120%", "cut", "above the most possible, 1"),
        ("export_restriction, from: CHN, cut: -5%", "cut", "below the least possible, 0"),
        ("export_restriction, from: CHN, cut: 100%, quota: 5", "", "a cut and a quota contradict"),
        ("export_restriction, from: CHN, to: CHN", "", "'CHN' restricts exports to itself"),
        ("export_restriction, from: CHN, to: [CHN, USA]", "", "'CHN' restricts exports to itself"),
        ("export_restriction, from: pact, to: USA", "to", "USA lies within pact"),
        ("export_restriction, from: CHN, quota: 5 USD", "quota", "'USD' is not a unit of t/yr"),
        ("export_restriction, from: CHN, basis: capacity", "", "there is no cut"),
        ("export_restriction, from: CHN, since: 2027, until: 2026", "", "is not after since"),
        ("export_restriction, from: CHN, since: 2026, until: 2026", "", "is not after since"),
        ("export_restriction, from: CHN, since: 2040", "since", "never in force"),
        ("export_restriction, from: CHN, reach: content, quota: 5", "", "has no cut or quota"),
        ("export_restriction, from: CHN, stages: refining", "from", "matches no lane"),
        ("export_tax, exporter: CHN", "", "needs a `rate`"),
        ("export_tax, exporter: CHN, rate: -10%", "rate", "below the least possible"),
        ("export_tax, exporter: CHN, rate: 13", "rate", "a rate of 13 is 1,300 %; for 13 % write 13%"),
        ("export_tax, exporter: CHN, rate: {2025: 0, 2026: 13}", "rate", "write 13%"),
        ("export_tax, exporter: CHN, to: CHN, rate: 10%", "", "would tax exports to itself"),
        ("export_tax, exporter: pact, to: JPN, rate: 10%", "to", "JPN lies within pact"),
        ("export_tax, exporter: CHN, specific: 5 t/yr", "specific", "'t/yr' is not a unit of USD/t"),
        ("freight_shock, factor: -2", "factor", "below the least possible"),
        ("freight_shock, surcharge: -50", "surcharge", "freight from 0 to -50: below 0"),
        ("freight_shock", "", "changes nothing"),
        (f"{OFFTAKE}, quantity: 0", "quantity", "must be above 0"),
        (f"{OFFTAKE}, quantity: 5 USD", "quantity", "'USD' is not a unit of t/yr"),
        ("offtake, facility: us_mine, buyer: us_mine, quantity: 3", "facility", "matches no lane"),
        (f"{ORIGIN}, de_minimis: 120%", "de_minimis", "above the most possible"),
        ("origin_rule, exclude: CHN, demand: plant", "demand", "'plant' is a facility; wanted a demand"),
        ("origin_rule, exclude: [], demand: user", "exclude", "an empty list"),
        ("outage", "", "needs a `facility`, a `lane` or a `country`"),
        ("outage, facility: plant, cut: 150%", "cut", "above the most possible"),
        ("outage, facility: plant, stages: mining", "", "there is none"),
        ("outage, country: FRA", "", "matches no facility"),
        (f"{FLOOR}, floor: 110 USD/yr", "floor", "'USD/yr' is not a unit of USD/t"),
        (f"{FLOOR}, floor: 110 t", "floor", "'t' is not a unit of USD/t"),
        (f"{FLOOR}, floor: -4", "floor", "must be above 0"),
        (f"{FLOOR.replace('USA', 'JPN')}, floor: 20", "members", "no facility in JPN"),
        (f"{FLOOR.replace('ore', 'gas')}, floor: 9", "members", "makes 'gas'"),
        (f"{FLOOR}, floor: 20, producer: cn_mine", "producer", "no such facility stands in a member country"),
        (f"{LEVY.replace('USA', 'other')}, floor: 20", "members", "none of it"),
        (f"{LEVY}, floor: 9, volume: 5", "", "no `volume`"),
        ("price_shock, of: plant, surcharge: -50", "surcharge", "production from 5 to -45: below 0"),
        ("price_shock, of: user, factor: 2", "of", "'user' is a demand; wanted a supply or facility"),
        (f"{CAP}, share: 120%", "share", "must be below 1"),
        (f"{CAP}, share: 100%", "share", "must be below 1"),
        (f"{CAP}, share: 60%, origin: USA", "", "would cap its own supply"),
        ("sourcing_cap, consumer: USA, commodities: gas, share: 60%", "consumer", "matches nothing"),
        (VAULT, "", "says nothing"),
        ("stockpile_rule, stockpile: cellar, target: 5", "target", "above what the stockpile may hold"),
        (f"{VAULT}, target: 50", "target", "above what the stockpile may hold"),
        (f"{VAULT}, target: 5 t/yr", "target", "'t/yr' is not a unit of t"),
        (f"{VAULT}, target: 5, by: 2020", "by", "before the first period"),
        (f"{VAULT}, target: 5, by: 2050", "by", "is after the last period, which begins 2026-01-01"),
        (f"{VAULT}, target: 5, by: 2026, until: 2026", "by", "the rule is not in force"),
        (f"{VAULT}, release_only_while: p", "release_only_while", "cannot wait for itself"),
        ("subsidy, producer: us_mine", "", "either an `amount` per tonne or a `share`"),
        (f"{AID}, amount: 5, share: 10%", "", "either an `amount` per tonne or a `share`"),
        ("subsidy, producer: us_mine, amount: -5", "amount", "must be above 0"),
        ("subsidy, producer: us_mine, share: 120%", "share", "above the most possible"),
        ("subsidy, project: more, share: 10%, producer: plant", "", "a `producer` or to a `project`"),
        ("tariff, importer: USA, origin: USA, rate: 10%", "", "'USA' would tax its own goods"),
        ("tariff, importer: pact, origin: pact, rate: 10%", "", "'pact' would tax its own goods"),
        ("tariff, importer: pact, origin: USA, rate: 10%", "origin", "USA lies within pact"),
        ("tariff, importer: USA, rate: 25", "rate", "a rate of 25 is 2,500 %; for 25 % write 25%"),
        (f"{TARIFF}, quota: 5", "", "a tariff-rate quota needs a `quota` and a duty over it"),
        (f"{TARIFF}, quota: 5, over_quota_rate: 50", "over_quota_rate", "for 50 % write 50%"),
        (f"{TARIFF}, quota: 5, over_quota_rate: 5%", "over_quota_rate", "below the one within it"),
        (f"{TARIFF}, over_quota_rate: 50%", "", "a tariff-rate quota needs a `quota`"),
        ("tariff, importer: USA, quota: 5, over_quota_rate: 50%", "", "needs a `rate`"),
        ("tariff, importer: USA, specific: 5, basis: cif", "basis", "there is no rate"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_an_error_with_its_line(rule, path, message):
    at = ".".join(filter(None, ("policies.p", path)))
    assert fault_of(YAML.replace("RULE", rule), message) == (LINE, at)


@pytest.mark.parametrize(
    "rule",
    [
        "budget, amount: 0, country: USA",
        "export_restriction, from: CHN, cut: 0",
        "export_tax, exporter: CHN, rate: 0",
        "outage, facility: plant, cut: 0",
        "tariff, importer: USA, rate: 0",
        "demand_change, demand: user, factor: 1",
        "stockpile_rule, stockpile: vault, target: 0",
        "subsidy, producer: us_mine, amount: 5, volume: 0",
        f"{FLOOR}, floor: 5",
        f"{ORIGIN}, de_minimis: 100%",
    ],
)
def test_what_is_idle_changes_nothing(rule):
    """40 t of metal a year, from Chinese ore at 1 + 3 + 5, in two years."""
    assert rs.Network.from_yaml(YAML.replace("RULE", rule)).solve("on").cost == pytest.approx(2 * 40 * 9)


def test_an_offtake_above_the_capacity_names_both_lines():
    with pytest.raises(rs.InfeasibleError) as caught:
        rs.Network.from_yaml(YAML.replace("RULE", f"{OFFTAKE}, quantity: 30"), "x.yaml").solve("on")
    text = str(caught.value)
    assert "policy p in 2025: at least 30 t  (x.yaml:22)" in text or "policy p in 2026" in text
    assert "facilities.us_mine.capacity" in text
    assert "at most 20 t  (x.yaml:7)" in text

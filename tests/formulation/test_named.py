"""Every id of a list is looked up: one that is wrong is told where it stands, though another one matches."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from resilience.fields import Section
from resilience.grammar.sections import KEYED, LISTED, Origin, Term
from resilience.policies import POLICIES
from resilience.policies.selectors import LaneSelector, Selector

BASE = """\
stages: [mining]
commodities: {ore: {price: 5}}
blocs: {union: [XAA, XBB]}
ports: {haven: {country: XAA, location: [1, 1]}}
facilities:
  mine: {country: XAA, stage: mining, outputs: {ore: 1}, capacity: 5, port: haven}
  pit: {country: XBB, stage: mining, outputs: {ore: 1}, capacity: 5}
hubs: {quay: {country: XAA, passes: ore}}
supplies: {trader: {country: XBB, commodity: ore, price: 9}}
stockpiles: {vault: {country: XAA, commodity: ore}}
demands: {user: {country: XAA, sector: cars, commodity: ore, quantity: 4}}
projects: {shaft: {facility: mine, capacity: 1, capital_cost: 1}}
lanes:
  main: {from: mine, to: user, commodity: ore}
  rule: {from: [pit, trader], to: [user, quay, vault], commodity: ore}
limits: {first: {over: {facility: mine}, at_most: 5}%s}
policies: {calm: {type: outage, facility: mine, cut: 0}%s}
scenarios: {other: {policies: calm}%s}
"""


def text_of(field: str, entry: str) -> tuple[str, str]:
    """Return the file with one more entry, and the path of that entry."""
    more = {"limits": "", "policies": "", "scenarios": ""}
    section = {"Term": "limits", "Scenario": "scenarios"}.get(field, "policies")
    more[section] = f", added: {{{entry}}}"
    return BASE % (more["limits"], more["policies"], more["scenarios"]), f"{section}.added"


LANE = "type: freight_shock, factor: 2, lane: "
WHERE = "type: outage, cut: 1, facility: "
CASES: dict[tuple[str, str], tuple[str, str, str]] = {
    ("Term", "lane"): ("over: {lane: [main, mian]}, at_most: 1", "mian", "did you mean 'main'?"),
    ("Term", "facility"): (
        "over: {facility: [mine, user]}, at_most: 1",
        "user",
        "a demand; wanted a facility",
    ),
    ("Term", "supply"): ("over: {supply: [trader, pit]}, at_most: 1", "pit", "a facility; wanted a supply"),
    ("Term", "demand"): (
        "over: {demand: [user, vault]}, at_most: 1",
        "vault",
        "a stockpile; wanted a demand",
    ),
    ("Term", "hub"): ("over: {hub: [quay, mine]}, at_most: 1", "mine", "a facility; wanted a hub"),
    ("Term", "limit"): ("over: {limit: [first, frist]}, count: 1", "frist", "did you mean 'first'?"),
    ("Term", "project"): ("over: {project: [shaft, shatf]}, at_most: 1", "shatf", "did you mean 'shaft'?"),
    ("LaneSelector", "id"): (
        LANE + "{id: [main, pit>user:oar]}",
        "pit>user:oar",
        "did you mean 'pit>user:ore'?",
    ),
    ("LaneSelector", "from_"): (LANE + "{from: [mine, user]}", "user", "no lane starts at 'user'"),
    ("LaneSelector", "to"): (LANE + "{to: [user, mine]}", "mine", "no lane ends at 'mine'"),
    ("LaneSelector", "commodity"): (LANE + "{commodity: [ore, oar]}", "oar", "did you mean 'ore'?"),
    ("FreightShock", "lane"): (LANE + "[main, mian]", "mian", "did you mean 'main'?"),
    ("Selector", "id"): (WHERE + "{id: [mine, mime]}", "mime", "unknown place 'mime'; did you mean 'mine'?"),
    ("Selector", "country"): (WHERE + "{country: [XAA, unoin]}", "unoin", "did you mean 'union'?"),
    ("Selector", "stage"): (WHERE + "{stage: [mining, minig]}", "minig", "did you mean 'mining'?"),
    ("Selector", "sector"): (
        "type: demand_change, factor: 2, demand: {sector: [cars, cras]}",
        "cras",
        "unknown sector",
    ),
    ("Selector", "port"): (WHERE + "{port: [haven, heaven]}", "heaven", "did you mean 'haven'?"),
    ("Outage", "facility"): (WHERE + "[mine, user]", "user", "wanted a facility, hub or supply"),
    ("Outage", "lane"): ("type: outage, cut: 1, lane: [main, mian]", "mian", "did you mean 'main'?"),
    ("Outage", "country"): ("type: outage, cut: 1, country: [XAA, unoin]", "unoin", "did you mean 'union'?"),
    ("Outage", "stages"): (
        "type: outage, cut: 1, country: XAA, stages: [mining, minig]",
        "minig",
        "unknown stage",
    ),
    ("Budget", "project"): (
        "type: budget, amount: 1, project: [shaft, shatf]",
        "shatf",
        "did you mean 'shaft'?",
    ),
    ("Budget", "stockpile"): (
        "type: budget, amount: 1, stockpile: [vault, user]",
        "user",
        "wanted a stockpile",
    ),
    ("Budget", "country"): (
        "type: budget, amount: 1, country: [XAA, unoin]",
        "unoin",
        "did you mean 'union'?",
    ),
    ("ContentMinimum", "consumer"): (
        "type: content_minimum, consumer: [XAA, unoin], commodities: ore, share: 1",
        "unoin",
        "did you mean",
    ),
    ("ContentMinimum", "commodities"): (
        "type: content_minimum, consumer: XAA, commodities: [ore, oar], share: 1",
        "oar",
        "did you mean",
    ),
    ("DemandChange", "demand"): (
        "type: demand_change, factor: 2, demand: [user, mine]",
        "mine",
        "a facility; wanted a demand",
    ),
    ("ExportRestriction", "from_"): (
        "type: export_restriction, from: [XAA, mien], cut: 1",
        "mien",
        "did you mean 'mine'?",
    ),
    ("ExportRestriction", "to"): (
        "type: export_restriction, from: XAA, to: [XBB, unoin], cut: 1",
        "unoin",
        "did you mean 'union'?",
    ),
    ("ExportRestriction", "stages"): (
        "type: export_restriction, from: XAA, stages: [mining, minig], cut: 1",
        "minig",
        "unknown stage",
    ),
    ("ExportRestriction", "commodities"): (
        "type: export_restriction, from: XAA, commodities: [ore, oar], cut: 1",
        "oar",
        "did you mean",
    ),
    ("ExportTax", "exporter"): (
        "type: export_tax, exporter: [XBB, unoin], specific: 1",
        "unoin",
        "did you mean",
    ),
    ("ExportTax", "to"): (
        "type: export_tax, exporter: XBB, to: [XAA, unoin], specific: 1",
        "unoin",
        "did you mean",
    ),
    ("ExportTax", "commodities"): (
        "type: export_tax, exporter: XBB, commodities: [ore, oar], specific: 1",
        "oar",
        "did you mean",
    ),
    ("ExportTax", "stages"): (
        "type: export_tax, exporter: XBB, stages: [mining, minig], specific: 1",
        "minig",
        "unknown stage",
    ),
    ("Offtake", "facility"): (
        "type: offtake, facility: [mine, mime], buyer: user, quantity: 1",
        "mime",
        "did you mean 'mine'?",
    ),
    ("Offtake", "buyer"): (
        "type: offtake, facility: mine, buyer: [user, usre], quantity: 1",
        "usre",
        "did you mean 'user'?",
    ),
    ("Offtake", "commodities"): (
        "type: offtake, facility: mine, buyer: user, commodities: [ore, oar], quantity: 1",
        "oar",
        "did you mean",
    ),
    ("OriginRule", "exclude"): (
        "type: origin_rule, exclude: [XBB, unoin], demand: user",
        "unoin",
        "did you mean",
    ),
    ("OriginRule", "stages"): (
        "type: origin_rule, exclude: XBB, stages: [mining, minig], demand: user",
        "minig",
        "unknown stage",
    ),
    ("OriginRule", "demand"): (
        "type: origin_rule, exclude: XBB, demand: [user, pit]",
        "pit",
        "a facility; wanted a demand",
    ),
    ("PriceFloor", "members"): (
        "type: price_floor, mechanism: guarantee, members: [XAA, unoin], commodity: ore, floor: 9",
        "unoin",
        "did you mean",
    ),
    ("PriceFloor", "exempt"): (
        "type: price_floor, mechanism: border_levy, members: XAA, commodity: ore, floor: 9, "
        "exempt: [XBB, unoin]",
        "unoin",
        "did you mean 'union'?",
    ),
    ("PriceFloor", "producer"): (
        "type: price_floor, mechanism: top_up, members: XAA, commodity: ore, floor: 9, producer: [pit, user]",
        "user",
        "wanted a facility",
    ),
    ("PriceShock", "of"): (
        "type: price_shock, factor: 2, of: [trader, user]",
        "user",
        "wanted a supply or facility",
    ),
    ("Scenario", "policies"): ("policies: [calm, clam]", "clam", "did you mean 'calm'?"),
    ("Scenario", "without"): ("extends: other, without: [calm, clam]", "clam", "did you mean 'calm'?"),
    ("SourcingCap", "consumer"): (
        "type: sourcing_cap, consumer: [XAA, unoin], commodities: ore, share: 0.5",
        "unoin",
        "did you mean",
    ),
    ("SourcingCap", "commodities"): (
        "type: sourcing_cap, consumer: XAA, commodities: [ore, oar], share: 0.5",
        "oar",
        "did you mean",
    ),
    ("SourcingCap", "origin"): (
        "type: sourcing_cap, consumer: XAA, commodities: ore, origin: [XBB, unoin], share: 0.5",
        "unoin",
        "did you mean",
    ),
    ("StockpileRule", "stockpile"): (
        "type: stockpile_rule, stockpile: [vault, mine], target: 0",
        "mine",
        "wanted a stockpile",
    ),
    ("StockpileRule", "release_only_while"): (
        "type: stockpile_rule, stockpile: vault, release_only_while: [calm, clam]",
        "clam",
        "did you mean",
    ),
    ("Subsidy", "producer"): (
        "type: subsidy, producer: [mine, trader], amount: 1",
        "trader",
        "a supply; wanted a facility",
    ),
    ("Subsidy", "project"): (
        "type: subsidy, project: [shaft, shatf], share: 1",
        "shatf",
        "did you mean 'shaft'?",
    ),
    ("Subsidy", "commodities"): (
        "type: subsidy, producer: mine, commodities: [ore, oar], amount: 1",
        "oar",
        "did you mean",
    ),
    ("Tariff", "importer"): ("type: tariff, importer: [XAA, unoin], rate: 1", "unoin", "did you mean"),
    ("Tariff", "origin"): (
        "type: tariff, importer: XAA, origin: [XBB, unoin], rate: 1",
        "unoin",
        "did you mean",
    ),
    ("Tariff", "commodities"): (
        "type: tariff, importer: XAA, commodities: [ore, oar], rate: 1",
        "oar",
        "did you mean",
    ),
    ("Tariff", "stages"): (
        "type: tariff, importer: XAA, stages: [mining, minig], rate: 1",
        "minig",
        "unknown stage",
    ),
}
"""By class and field: an entry with a list of a right and a wrong id, the wrong one, and what is told."""

EDITS: dict[tuple[str, str], tuple[str, str, str, str]] = {
    ("Hub", "passes"): ("passes: ore", "passes: [ore, oar]", "oar", "did you mean 'ore'?"),
    ("Lane", "from_"): ("[pit, trader]", "[pit, user]", "user", "nothing at 'user' makes anything"),
    ("Lane", "to"): ("[user, quay, vault]", "[user, pit]", "pit", "nothing at 'pit' takes anything"),
    ("Lane", "commodity"): (
        "to: user, commodity: ore",
        "to: user, commodity: [ore, oar]",
        "oar",
        "did you mean 'ore'?",
    ),
    ("Origin", "exclude"): (
        "quantity: 4",
        "quantity: 4, origin: {exclude: [XBB, unoin]}",
        "unoin",
        "did you mean",
    ),
    ("Origin", "stages"): (
        "quantity: 4",
        "quantity: 4, origin: {exclude: XBB, stages: [mining, minig]}",
        "minig",
        "unknown stage",
    ),
    ("Bloc", ""): ("union: [XAA, XBB]", "union: [XAA, ASU]", "ASU", "unknown country 'ASU'"),
}
"""The same as changes of the file: what is replaced, by what."""


def fields_that_take_ids() -> set[tuple[str, str]]:
    """Return class and field of everything in the grammar that takes several ids."""
    found = set()
    for kind in {*KEYED.values(), *LISTED.values(), *POLICIES.values(), Selector, LaneSelector, Term, Origin}:
        for name, field in kind.model_fields.items():
            extra: Any = field.json_schema_extra or {}
            takes_names = str(extra.get("kind")).startswith("names") and extra.get("ref")
            if takes_names or "Selector" in str(field.annotation):
                found.add((kind.__name__, name))
    return found


def test_no_field_is_left_out():
    """A new field that takes ids needs a case here."""
    assert issubclass(Selector, Section)
    assert fields_that_take_ids() == {key for key in CASES | EDITS if key[0] != "Bloc"}


def check(text: str, wrong: str, told: str) -> None:
    with pytest.raises(rs.InputError) as caught:
        rs.Network.from_yaml(text, "x.yaml")
    (problem,) = caught.value.problems
    line = text.splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith(wrong)
    assert wrong in problem.message
    assert told in problem.message


@pytest.mark.parametrize("key", CASES, ids=".".join)
def test_a_wrong_id_beside_a_right_one_is_told_where_it_stands(key):
    entry, wrong, told = CASES[key]
    check(text_of(key[0], entry)[0], wrong, told)


@pytest.mark.parametrize("key", EDITS, ids=".".join)
def test_a_wrong_id_of_an_entry_is_told_where_it_stands(key):
    old, new, wrong, told = EDITS[key]
    text = BASE % ("", "", "")
    assert text.count(old) == 1
    check(text.replace(old, new), wrong, told)


def test_without_a_wrong_id_there_is_no_fault():
    assert rs.Network.from_yaml(BASE % ("", "", ""), "x.yaml").solve("other").cost == 0


def test_a_rule_s_own_id_and_the_ids_of_its_lanes_are_known():
    text = BASE % ("", ", wave: {type: freight_shock, surcharge: 1, lane: [rule, main, 'pit>user:ore']}", "")
    assert len(rs.Network.from_yaml(text, "x.yaml").spec.policies) == 2


def test_a_site_names_what_stands_there():
    """The mine and the user stand at the works, so the site may name the mine; an empty site may not."""
    text = """\
commodities: {ore: {}}
sites: {works: {country: XAA}, field: {country: XAA}}
facilities: {mine: {site: works, outputs: {ore: 1}}}
demands: {user: {site: works, commodity: ore, quantity: 1}}
limits: {first: {over: {facility: [mine, %s]}, at_most: 5}}
"""
    assert rs.Network.from_yaml(text % "works").solve().cost == 0
    with pytest.raises(rs.InputError, match="'field' is a site where none stands; wanted a facility"):
        rs.Network.from_yaml(text % "field")

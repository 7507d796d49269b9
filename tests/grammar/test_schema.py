"""The JSON Schema: it takes what the grammar takes, and refuses what an editor can know to be wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from resilience.fields import Section
from resilience.grammar import shipped_networks
from resilience.grammar.schema import CLASSES, MODELINE, SCHEMA_FILE, json_schema
from resilience.grammar.sections import SECTIONS
from resilience.grammar.shipped import shipped_folder
from resilience.policies import POLICIES
from resilience.report.files import copy_network
from tests.grammar.samples import EVERY_SECTION


class Yaml12(yaml.SafeLoader):
    """Reads the core types of YAML 1.2, as editors do: NO is a text, and so is 2024-01."""


Yaml12.yaml_implicit_resolvers = {}
for tag, pattern in {
    "bool": r"true|True|TRUE|false|False|FALSE",
    "null": r"~|null|Null|NULL|",
    "int": r"[-+]?[0-9]+",
    "float": r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?",
}.items():
    Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), None)
Yaml12.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))
Yaml12.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node)))

SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def with_text_keys(value: Any) -> Any:
    """Return what JSON would hold: its keys are texts."""
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    return [with_text_keys(item) for item in value] if isinstance(value, list) else value


def faults(text: str) -> list[str]:
    """Return where the schema finds something wrong, and what."""
    data = with_text_keys(yaml.load(text, Loader=Yaml12))
    return [f"{'.'.join(map(str, fault.path))}: {fault.message}" for fault in VALIDATOR.iter_errors(data)]


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", shipped_networks().values(), ids=lambda path: path.parent.name)
def test_shipped_networks_conform(path: Path):
    assert faults(path.read_text(encoding="utf-8")) == []


def test_the_schema_that_shipped_networks_name_is_this_one():
    """`resilience schema -o networks/network.schema.json` writes it."""
    beside = shipped_folder() / SCHEMA_FILE
    assert json.loads(beside.read_text(encoding="utf-8")) == SCHEMA
    named = [path for path in shipped_networks().values() if path.read_text().startswith(MODELINE)]
    assert shipped_networks()["rare_earths"] in named
    for path in named:
        line = path.read_text(encoding="utf-8").partition("\n")[0]
        assert (path.parent / line.removeprefix(MODELINE)).resolve() == beside.resolve()


def test_init_writes_the_schema_and_names_it(tmp_path):
    copy_network("rare_earths", tmp_path / "own")
    text = (tmp_path / "own" / "network.yaml").read_text(encoding="utf-8")
    shipped = shipped_networks()["rare_earths"].read_text(encoding="utf-8")
    assert text.splitlines()[0] == "# yaml-language-server: $schema=network.schema.json"
    assert text.splitlines()[1:] == shipped.splitlines()[shipped.startswith(MODELINE) :]
    assert json.loads((tmp_path / "own" / SCHEMA_FILE).read_text(encoding="utf-8")) == SCHEMA


def test_an_editor_has_something_to_say_of_every_word_it_offers():
    """Sections, fields and instruments carry a description; words that are few are listed."""
    assert all(schema.get("description") or "$ref" in schema for schema in SCHEMA["properties"].values())
    instruments = SCHEMA["$defs"]["Policy"]["properties"]["type"]
    assert instruments["enum"] == sorted(POLICIES)
    assert len(instruments["enumDescriptions"]) == len(POLICIES)
    assert all(instruments["enumDescriptions"])
    assert SCHEMA["$defs"]["Horizon"]["properties"]["step"]["enum"][:3] == ["year", "quarter", "month"]
    capacity = SCHEMA["$defs"]["Facility"]["properties"]["capacity"]["description"]
    assert capacity.endswith("Bare numbers in t/yr.")


KNOWN = sorted((Path(__file__).parent.parent / "known_answers").glob("*/network.yaml"))


@pytest.mark.parametrize("path", KNOWN, ids=lambda path: path.parent.name)
def test_known_answers_conform(path: Path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", shipped_networks().values(), ids=lambda path: path.parent.name)
def test_shipped_networks_spoilt_do_not_conform(path: Path):
    """A typo in the name of a field, and a word where a number should be."""
    text = path.read_text(encoding="utf-8")
    for right, wrong in (
        ("commodities:", "comodities:"),
        ("outputs:", "output:"),
        ("units: {mass: t", "units: {mass: [t]"),
    ):
        assert right in text
        assert faults(text.replace(right, wrong, 1)), (right, wrong)


def test_a_file_with_every_section_conforms():
    assert faults(EVERY_SECTION) == []


def test_every_section_and_every_field_is_in_the_schema():
    assert set(SCHEMA["properties"]) == set(SECTIONS)
    for kind in CLASSES:
        properties = SCHEMA["$defs"][kind.__name__]["properties"]
        assert {spec.alias or name for name, spec in kind.model_fields.items()} <= set(properties)
        assert all(schema.get("description") for schema in properties.values() if "$ref" not in schema)


def test_every_class_that_holds_fields_is_in_the_schema():
    """A new section or policy cannot be forgotten."""

    def below(kind: type[Section]) -> set[type[Section]]:
        return {kind}.union(*(below(inner) for inner in kind.__subclasses__()))

    # what `flow_range` is asked of is read as a section is, but stands in no file
    ours = {kind for kind in below(Section) if kind.__module__.startswith("resilience.")}
    ours = {kind for kind in ours if not kind.__module__.startswith("resilience.results.")}
    bases = {kind for kind in ours if any(other is not kind and issubclass(other, kind) for other in CLASSES)}
    assert ours - bases == set(CLASSES)
    assert set(POLICIES.values()) <= set(CLASSES)


RIGHT = """
commodities: {ore: {}}
countries: {NOR: {}, SWE: ~}
facilities:
  mine: {country: NOR, outputs: {ore: 1}, capacity: CAPACITY, cost: COST, confidence: B}
  site_2: {country: SWE, outputs: {ore: 0.5}, source: {cost: "assumed: a guess"}}
demands: demands.csv
lanes: LANES
policies: {p: POLICY}
"""


def changed(**parts: str) -> str:
    text = RIGHT
    whole = {
        "CAPACITY": "12", "COST": "3", "LANES": "[]", "POLICY": "{type: outage, facility: mine}", **parts,
    }  # fmt: skip
    for name, value in whole.items():
        text = text.replace(name, value)
    return text


@pytest.mark.parametrize(
    "parts",
    [
        {"CAPACITY": "12 kt/yr"},
        {"CAPACITY": "1_000_000"},
        {"CAPACITY": "{2025: 12, 2027-07: 20 kt/yr}"},
        {"CAPACITY": "~"},
        {"COST": "[{capacity: 5, cost: 1}, {cost: 2 USD/kg}]"},
        {"LANES": "lanes.csv"},
        {"LANES": "lanes.parquet"},
        {"LANES": "book.xlsx#lanes"},
        {"LANES": "[more.csv, {from: mine, to: {country: [SWE]}, commodity: [ore]}]"},
        {"LANES": "{a: {from: [m, y], to: x, commodity: ore, cost: {fixed: 1, distance: sea}}}"},
        {"LANES": "[{from: m, to: x, commodity: ore, lead_time: 45 days, loss: 1%, cost: {2025: 3}}]"},
        {"POLICY": "{type: tariff, importer: SWE, rate: 25%, basis: cif, from: 2025-04}"},
        {"POLICY": "{type: export_restriction, from: [NOR, mine], to: SWE, cut: 60%, basis: capacity}"},
        {"POLICY": "{type: outage, lane: {from: mine}, since: 2025-04-02, until: 2026}"},
    ],
)
def test_what_the_grammar_takes_conforms(parts):
    assert faults(changed(**parts)) == []


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"CAPACITY": "-5"}, "facilities.mine.capacity"),
        ({"CAPACITY": "many"}, "facilities.mine.capacity"),
        ({"CAPACITY": "[1, 2]"}, "facilities.mine.capacity"),
        ({"CAPACITY": "{soon: 5}"}, "facilities.mine.capacity"),
        ({"CAPACITY": "12, capcity: 3"}, "facilities.mine"),
        ({"COST": "[{capacity: 5}]"}, "facilities.mine.cost.0"),
        ({"LANES": "lanes.xls"}, "lanes"),
        ({"LANES": "[{from: mine, to: x}]"}, "lanes.0"),
        ({"LANES": "[{from: mine, to: x, commodity: ore, cost: {distance: air}}]"}, "lanes.0.cost.distance"),
        ({"LANES": "[{from: {land: NOR}, to: x, commodity: ore}]"}, "lanes.0.from"),
        ({"LANES": "[{from: mine, to: x, commodity: ore, loss: 1.5}]"}, "lanes.0.loss"),
        ({"POLICY": "{type: embargo}"}, "policies.p.type"),
        ({"POLICY": "{importer: SWE}"}, "policies.p"),
        ({"POLICY": "{type: tariff, rate: 25%}"}, "policies.p"),
        ({"POLICY": "{type: tariff, importer: SWE, rate: 25%, basis: cpt}"}, "policies.p.basis"),
        ({"POLICY": "{type: outage, facility: mine, cut: 2}"}, "policies.p.cut"),
        ({"LANES": "[]\nfacilites: {}"}, ""),
    ],
)
def test_what_is_wrong_is_found_where_it_stands(parts, where):
    found = faults(changed(**parts))
    assert found
    assert any(fault.startswith(f"{where}:") for fault in found), found


def test_a_file_with_nothing_to_plan_is_wrong():
    assert faults("name: Empty\n")

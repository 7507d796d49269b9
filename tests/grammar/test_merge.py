"""Scenarios: what extends, without and set amount to, in which order, and what they leave alone."""

from __future__ import annotations

import copy

import pytest

import resilience as rs
from resilience import Network
from resilience.grammar import chain_of, flatten, interpret, merged, read_text
from resilience.grammar.sections import Scenario
from tests.grammar.faults import SMALL
from tests.grammar.samples import EVERY_SECTION

SCENARIOS = {
    "one": Scenario(policies=["a", "b"], set={"facilities.x.cost": "1"}),
    "two": Scenario(extends="one", policies=["c"], without=["a"], set={"facilities.x.cost": "2"}),
    "three": Scenario(extends="two", policies=["a"], without=["c"]),
}


def test_policies_add_up_along_extends_and_without_drops_one():
    assert chain_of(SCENARIOS, "one").policies == ("a", "b")
    assert chain_of(SCENARIOS, "two").policies == ("b", "c")
    assert chain_of(SCENARIOS, "three").policies == ("a", "b")
    assert chain_of(SCENARIOS, None).policies == ()


def test_values_are_set_from_the_first_that_is_extended_to_the_last():
    chain = chain_of(SCENARIOS, "three")
    assert chain.names == ("one", "two", "three")
    assert chain.parent == "two"
    assert [(path, value) for path, value, _ in chain.settings] == [
        (("facilities", "x", "cost"), "1"),
        (("facilities", "x", "cost"), "2"),
    ]


def test_keys_with_dots_are_paths_and_sections_nest_down_to_the_entry():
    values = {"facilities": {"x": {"capacity": {"2025": "1"}}, "y.cost": "2"}, "demands.z": {"quantity": "3"}}
    assert [(path, value) for path, value, _ in flatten(values, ())] == [
        (("facilities", "x"), {"capacity": {"2025": "1"}}),
        (("facilities", "y", "cost"), "2"),
        (("demands", "z"), {"quantity": "3"}),
    ]


def test_a_nested_entry_that_is_new_is_added_whole():
    """As by its path: `stockpiles.pile` or, nested, `stockpiles: {pile: ...}`."""
    network = Network.from_yaml(
        "commodities: {ore: {}}\n"
        "supplies: {mine: {country: AUS, commodity: ore, price: 1}}\n"
        "scenarios:\n"
        "  nested: {set: {stockpiles: {pile: {country: USA, commodity: ore, initial: 5}}}}\n"
        "  dotted: {set: {stockpiles.pile: {country: USA, commodity: ore, initial: 5}}}\n"
    )
    for scenario in network.scenarios:
        assert network.solve(scenario).stocks["opening_t"].tolist() == [5.0]


TEXT = "facilities:\n  x: {cost: 1, inputs: {a: 1, b: 2}, location: [1, 2]}\nlanes:\n  - {cost: {fixed: 1}}\n"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("facilities.x.cost", "9", {"cost": "9"}),
        ("facilities.x.cost", {"2025": "9"}, {"cost": {"2025": "9"}}),
        ("facilities.x.inputs", {"b": "3", "c": "4"}, {"inputs": {"a": "1", "b": "3", "c": "4"}}),
        ("facilities.x.inputs", "none", {"inputs": "none"}),
        ("facilities.x.location", ["5", "6"], {"location": ["5", "6"]}),
        ("facilities.x.location.1", "7", {"location": ["1", "7"]}),
        ("facilities.x.minimum", "8", {"minimum": "8"}),
    ],
)
def test_mappings_merge_and_lists_and_scalars_replace(path, value, expected):
    document = read_text(TEXT)
    before = copy.deepcopy(document.data)
    result = merged(document, list(flatten({path: value}, ("set",))))
    assert result.problems == []
    assert result.data["facilities"]["x"] == {**before["facilities"]["x"], **expected}


def test_the_merged_document_shares_nothing_that_was_changed_with_the_first():
    document = read_text(TEXT)
    before = copy.deepcopy((document.data, document.values, document.keys, document.aliases))
    settings = {"facilities": {"x": {"cost": "2", "inputs": {"c": "1"}}}, "lanes.0.cost.fixed": "5"}
    result = merged(document, list(flatten(settings, ("set",))))
    assert result.data["lanes"][0]["cost"]["fixed"] == "5"
    assert (document.data, document.values, document.keys, document.aliases) == before


def test_setting_one_use_of_an_alias_leaves_the_others():
    text = "facilities:\n  x: &x {cost: 1}\n  y: *x\n"
    result = merged(read_text(text), list(flatten({"facilities.y.cost": "2"}, ("set",))))
    assert result.data["facilities"] == {"x": {"cost": "1"}, "y": {"cost": "2"}}


def test_a_network_is_not_changed_by_its_scenarios():
    network = rs.Network.from_yaml(EVERY_SECTION)
    before = copy.deepcopy(network.document.data)
    cost = network.solve("baseline").cost
    network.solve("banned")
    assert network.document.data == before
    assert network.solve("baseline").cost == cost


def test_what_is_set_counts_in_the_scenario_and_in_those_that_extend_it():
    network = rs.Network.from_yaml(EVERY_SECTION)
    assert network.formulation("banned").spec.facilities["plant_b"].capacity == 20000
    assert network.formulation("banned").spec.facilities["mine"].cost == 2000
    assert network.formulation("cut").spec.facilities["plant_b"].capacity == 9000


def test_a_scenario_may_add_an_entry_and_a_horizon():
    network = rs.Network.from_dict(
        {
            **SMALL,
            "scenarios": {
                "more": {
                    "set": {
                        "supplies.second": {"country": "AUS", "commodity": "ore", "price": 1},
                        "lanes.0.from": ["mine", "second"],
                        "horizon.periods": 3,
                    }
                }
            },
        }
    )
    assert network.solve().cost == pytest.approx(80)
    assert network.solve("more").cost == pytest.approx(3 * 8)


def test_values_set_from_python_are_read_like_those_of_a_file():
    network = rs.Network.from_dict(SMALL)
    assert network.solve(set={"supplies.mine.price": "20 USD/t"}).cost == pytest.approx(160)
    with pytest.raises(rs.InputError, match=r"supplies.mine.price: 'x' is not a number"):
        network.solve(set={"supplies.mine.price": "x"})
    with pytest.raises(rs.InputError, match="did you mean 'supplies'"):
        network.solve(set={"supplys.mine.price": 1})
    with pytest.raises(rs.InputError, match="has no place in a network"):
        network.solve(set={"supplies.mine.price": object()})


@pytest.mark.parametrize(
    "values",
    [
        {"facilities.mine.cost": "1"},
        {"facilities": {"plant": {"minimum": "5"}, "pit": {"capacity": {"2025": "1"}}}},
        {"lanes.1.cost.fixed": "7", "lanes.0.capacity": "9"},
        {"hubs.second": {"country": "AUS", "passes": "oxide"}},
        {"policies.ban.cut": "50%", "limits.landed.at_most": "1"},
        {"demands.defence.quantity": "9"},
        {"demands.defence.sector": "civil"},
        {"horizon.periods": "3"},
        {"blocs.allies": ["AUS"]},
        {"sea_distances.0.distance": "5"},
        {"commodities.oxide.price": "5 USD/kg"},
    ],
)
def test_reading_what_changed_is_reading_all(values):
    document = read_text(EVERY_SECTION)
    base = interpret(document)
    settings = list(flatten(values, ("set",)))
    after = interpret(merged(document, settings), base, [path for path, _, _ in settings])
    assert after is not None
    assert after == interpret(merged(document, settings))
    assert after != base


@pytest.mark.parametrize(
    "values",
    [
        {"facilities.mine.cost": "x"},
        {"facilities.mine.stage": "minning"},
        {"facilities.mine.site": "pit"},
        {"lanes.1.to.stage": "x"},
        {"supplies.mine": {"country": "AUS", "commodity": "oxide", "price": "1"}},
        {"policies.ban.type": "x"},
        {"hubs.a b": {"passes": "oxide"}},
    ],
)
def test_faults_in_what_changed_are_those_of_reading_all(values):
    document = read_text(EVERY_SECTION)
    base = interpret(document)
    settings = list(flatten(values, ("set",)))
    one, other = merged(document, settings), merged(document, settings)
    assert interpret(one, base, [path for path, _, _ in settings]) is None
    assert interpret(other) is None
    assert set(one.problems) == set(other.problems)


def test_what_is_set_from_python_stands_in_no_line_of_the_file():
    network = rs.Network.from_yaml(EVERY_SECTION, "x.yaml")
    for values in ({"facilities.mine.cost": "x"}, {"facilities.mne.cost": 1}, {"facilities.mine": 5}):
        with pytest.raises(rs.InputError) as caught:
            network.solve(set=values)
        assert [(one.file, one.line) for one in caught.value.problems] == [("", 0)]
    with pytest.raises(rs.InputError) as caught:
        network.solve(rs.Outage(facility="nowhere"))
    assert [(one.file, one.line) for one in caught.value.problems] == [("", 0)]


def test_a_limit_over_nothing_is_refused():
    network = rs.Network.from_yaml(EVERY_SECTION)
    with pytest.raises(rs.InputError, match="is over nothing"):
        network.solve(set={"limits.landed.over": []})


def test_a_list_of_scenarios_is_no_scenario():
    with pytest.raises(rs.InputError, match="the name of one scenario"):
        rs.Network.from_yaml(EVERY_SECTION).solve(["cut", "banned"])


@pytest.mark.parametrize("name", ["x" * 5000, "\0", "", "\ud800"])
def test_what_is_no_name_of_a_network_is_refused(name):
    with pytest.raises(rs.InputError, match="no file and no shipped network"):
        rs.load(name)


def test_a_folder_without_a_network_says_so(tmp_path):
    with pytest.raises(rs.InputError, match=r"no network here: no network\.yaml and no table facilities"):
        rs.load(tmp_path)

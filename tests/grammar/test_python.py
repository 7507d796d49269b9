"""Networks made in Python: NumPy and pandas values, DataFrames, and what no file could hold."""

# ruff: noqa: E501  (a case is a line)

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import resilience as rs
from tests.grammar.faults import SMALL, problems_of_dict


def with_mine(**fields: Any) -> dict[str, Any]:
    """Return the small network with other fields for its supply."""
    return {**SMALL, "supplies": {"mine": {**SMALL["supplies"]["mine"], **fields}}}


@pytest.mark.parametrize(
    "price",
    [10, 10.0, "10", "10 USD/t", np.int64(10), np.float32(10), np.array(10), Decimal(10), np.str_("10")],
)
def test_a_number_may_come_in_many_classes(price):
    assert rs.Network.from_dict(with_mine(price=price)).solve().cost == pytest.approx(80)


@pytest.mark.parametrize(
    "date",
    [2025, "2025", np.int64(2025), datetime.date(2025, 1, 1), pd.Timestamp("2025-01-01"), np.datetime64("2025-01-01"), 2025.0],
)  # fmt: skip
def test_a_date_may_come_in_many_classes(date):
    network = rs.Network.from_dict(with_mine(price={date: np.float64(10)}))
    assert network.solve().cost == pytest.approx(80)
    assert rs.Network.from_dict({**SMALL, "horizon": {"start": date}}).spec.horizon.start.year == 2025


@pytest.mark.parametrize(
    "places", [["mine"], ("mine",), {"mine"}, frozenset({"mine"}), np.array(["mine"]), pd.Series(["mine"])]
)
def test_a_list_may_come_in_many_classes(places):
    lanes = ({"from": places, "to": "smelter", "commodity": "ore"},)
    assert rs.Network.from_dict({**SMALL, "lanes": lanes}).solve().cost == pytest.approx(80)


def test_tiers_may_be_tuples_and_generators_are_refused():
    tiers = ({"capacity": 5, "cost": 1}, {"cost": 2})
    assert rs.Network.from_dict(with_mine(price=tiers)).solve().cost == pytest.approx(5 + 6)
    problems = problems_of_dict(with_mine(price=(tier for tier in tiers)))
    assert problems[0].path == "supplies.mine.price"
    assert "a Python generator has no place in a network" in problems[0].message


@pytest.mark.parametrize("missing", [None, pd.NA, pd.NaT])
def test_missing_is_left_out(missing):
    assert rs.Network.from_dict(with_mine(quantity=missing)).spec.supplies["mine"].quantity is None


@pytest.mark.parametrize("number", [float("nan"), float("inf"), np.nan, -np.inf])
def test_a_number_that_is_none_is_a_fault_outside_a_table(number):
    problem = problems_of_dict(with_mine(quantity=number))[0]
    assert problem.path == "supplies.mine.quantity"
    assert "is not a finite number" in problem.message


@pytest.mark.parametrize(
    "value", [object(), lambda: 1, b"1", 1j, type, True, [1], {}, {"a": 1}, set(), pd.DataFrame(), 10**400, datetime.timedelta(1)]
)  # fmt: skip
def test_what_is_no_number_is_a_fault(value):
    problems = problems_of_dict(with_mine(quantity=value))
    assert problems[0].path.startswith("supplies.mine.quantity")
    assert "0x" not in str(problems[0])


@pytest.mark.parametrize("key", [None, 1.5, True, (1, 2), b"a"])
def test_what_is_no_text_cannot_be_a_key(key):
    assert "cannot be a key" in problems_of_dict({**SMALL, key: 1})[0].message
    assert "cannot be a key" in problems_of_dict(with_mine(**{"note": {key: 1}}))[0].message


def test_a_whole_number_may_be_an_id():
    assert list(rs.Network.from_dict({**SMALL, "sites": {7: {"country": "FIN"}}}).spec.sites) == ["7"]
    assert "stands twice" in problems_of_dict({**SMALL, "sites": {7: {}, "7": {}}})[0].message


def test_a_mapping_that_contains_itself_is_a_fault():
    loop: dict[str, Any] = {}
    loop["self"] = loop
    messages = [one.message for one in problems_of_dict(with_mine(note=loop))]
    assert "nested more than 40 deep" in messages


@pytest.mark.parametrize("data", [None, [], "commodities: {}", 5, pd.DataFrame()])
def test_what_is_no_mapping_is_no_network(data):
    assert "wanted a mapping of sections" in problems_of_dict(data)[0].message


def test_the_data_given_is_left_as_it_was():
    table = pd.DataFrame([{"id": "mine", "country": "COD", "commodity": "ore", "price": 10}])
    data = {**SMALL, "supplies": table, "lanes": list(SMALL["lanes"])}
    before = table.copy()
    rs.Network.from_dict(data)
    assert data["supplies"] is table
    pd.testing.assert_frame_equal(table, before)


def frame(**columns: Any) -> dict[str, Any]:
    return {**SMALL, "supplies": pd.DataFrame(columns)}


GOOD: dict[str, Any] = {"id": ["mine", "second"], "country": ["COD", "AUS"], "commodity": ["ore", "ore"], "price": [10, 20]}  # fmt: skip


def test_a_section_may_be_a_data_frame_and_a_missing_cell_is_left_out():
    columns = {
        **GOOD,
        "quantity": [np.nan, 5.0],
        "note": [None, ""],
        "source.price": ["assumed: a; b", pd.NA],
    }
    network = rs.Network.from_dict(frame(**columns))
    mine, second = network.spec.supplies["mine"], network.spec.supplies["second"]
    assert (mine.quantity, second.quantity) == (None, 5)
    assert (mine.source, second.source) == ({"price": ("assumed: a; b",)}, None)


def test_the_index_of_a_data_frame_may_hold_the_ids():
    table = pd.DataFrame(GOOD).set_index("id")
    assert list(rs.Network.from_dict({**SMALL, "supplies": table}).spec.supplies) == ["mine", "second"]


def test_lanes_may_be_a_data_frame_with_and_without_ids():
    lanes = pd.DataFrame(
        [{"from": "mine", "to": "smelter", "commodity": "ore", "cost.fixed": 2, "cost.distance": 0}]
    )
    assert rs.Network.from_dict({**SMALL, "lanes": lanes}).solve().cost == pytest.approx(96)
    named = rs.Network.from_dict({**SMALL, "lanes": lanes.assign(id="road")})
    assert list(named.spec.lanes) == ["road"]


@pytest.mark.parametrize(
    ("columns", "path", "message"),
    [
        ({"country": ["COD"]}, "supplies", "no column `id`"),
        ({**GOOD, "id": ["mine", "mine"]}, "supplies.mine", "stands twice"),
        ({**GOOD, "id": ["mine", None]}, "supplies", "a row without id"),
        ({**GOOD, "pric": [1, 2]}, "supplies.mine.pric", "did you mean 'price'?"),
        ({**GOOD, "price": [1, "x"]}, "supplies.second.price", "'x' is not a number"),
        ({**GOOD, "price.x": [1, 2]}, "supplies.mine", "both a value and a group"),
    ],
)
def test_faults_of_a_data_frame_name_the_entry(columns, path, message):
    found = {one.path: one.message for one in problems_of_dict(frame(**columns))}
    assert message in found[path]


def test_a_column_that_stands_twice_is_a_fault():
    table = pd.DataFrame([["mine", 1, 2]], columns=["id", "price", "price"])
    messages = [one.message for one in problems_of_dict({**SMALL, "supplies": table})]
    assert "column 'price' stands twice" in messages


def test_policies_made_in_python_take_the_same_values():
    tariff = rs.Tariff(
        importer={"FIN"}, rate=np.float64(0.25), specific="3 USD/kg", since=pd.Timestamp("2026-01-01")
    )
    assert (tariff.importer, tariff.rate, tariff.specific) == (("FIN",), 0.25, 3000)
    assert tariff.since == datetime.date(2026, 1, 1)
    network = rs.Network.from_dict({**SMALL, "policies": {"stop": rs.Outage(facility="mine")}})
    assert list(network.spec.policies) == ["stop"]


def test_an_entry_of_another_class_is_refused():
    assert (
        problems_of_dict({**SMALL, "supplies": {"mine": rs.Outage(facility="x")}})[0].path == "supplies.mine"
    )

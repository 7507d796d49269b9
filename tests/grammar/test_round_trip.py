"""A network saved as a workbook or as tables and loaded again is the same network: a law, and its traps."""

from __future__ import annotations

# ruff: noqa: E501  (a network is a line)
import datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

import resilience as rs
from resilience.fields import Duration, FreightRate, Schedule
from resilience.grammar import interpret, read_book, read_text, saving, shipped_networks
from resilience.grammar.cells import flow, guarded, read_flow, unguarded
from resilience.grammar.sheets import Sheet
from tests.grammar.same import assert_same, assert_same_program, assert_same_values
from tests.grammar.samples import EVERY_SECTION
from tests.networks_random import Shape, shapes
from tests.random_networks import SCENARIOS, with_policies

KINDS = ("xlsx", "csv", "parquet")
KNOWN = sorted((Path(__file__).parent.parent / "known_answers").glob("*/network.yaml"))


@pytest.fixture(autouse=True, scope="module")
def without_explanations():
    """Leave out the sheet of explanations: it is not read, and takes longer to write than all the others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saving, "explained", lambda units: Sheet("_fields", {"meaning": []}))
        yield


def saved(network: rs.Network, folder: Path, kind: str) -> Path:
    """Save a network, and return where."""
    path = folder / ("book.xlsx" if kind == "xlsx" else kind)
    network.save(path, kind)
    return path


def again(network: rs.Network, folder: Path, kind: str) -> rs.Network:
    """Save a network and load it."""
    return rs.load(saved(network, folder, kind))


@pytest.mark.parametrize("path", [*shipped_networks().values(), *KNOWN], ids=lambda path: path.parent.name)
def test_every_network_is_the_same_after_a_round_trip(path, tmp_path):
    """Every value from each kind of table; from a workbook the programs too, of the network and a scenario."""
    network = rs.load(path)
    assert_same(network, again(network, tmp_path, "xlsx"), (None, *network.scenarios[:1]))
    for kind in ("csv", "parquet"):
        document = read_book(saved(network, tmp_path, kind))
        spec = interpret(document)
        assert spec is not None, document.problems
        assert_same_values(network.spec, spec)


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_with_every_section_is_the_same(tmp_path, kind):
    network = rs.Network.from_yaml(EVERY_SECTION)
    assert_same(network, again(network, tmp_path, kind), (None, "banned"))


@settings(max_examples=3, deadline=None)
@given(shapes(periods=2, has_stockpile=True, has_project=True, recycles=True))
def test_random_networks_are_the_same(tmp_path_factory, shape: Shape):
    """Numbers with all their digits, from Python and not from a file."""
    network = rs.Network.from_dict(with_policies(shape))
    for kind in KINDS:
        assert_same(network, again(network, tmp_path_factory.mktemp("x"), kind), (None, SCENARIOS[2]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_round_trip_changes_nothing_more(tmp_path, kind):
    """What was saved and loaded is saved as the same cells."""
    first = saved(rs.Network.from_yaml(EVERY_SECTION), tmp_path, kind)
    (tmp_path / "more").mkdir()
    second = saved(rs.load(first), tmp_path / "more", kind)
    assert cells_of(first) == cells_of(second)


def cells_of(path: Path) -> dict[str, Any]:
    """Return all that stands in a workbook, or in the tables of a folder."""
    if path.is_dir():
        return {
            file.name: pq.read_table(file).to_pylist() if file.suffix == ".parquet" else file.read_text()
            for file in sorted(path.iterdir())
        }
    book = openpyxl.load_workbook(path)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


ODD = {
    "names that are numbers, truth values and dates": {
        "countries": {"NOR": {"name": "NO"}},
        "supplies": {key: {"country": "NOR", "commodity": "1E5", "price": 1} for key in ("1E5", "TRUE", "007")},
        "commodities": {"1E5": {"name": "2025-04"}},
    },
    "texts that spreadsheets take for formulas": {
        "supplies": {"a": {"commodity": "1E5", "price": 1, "note": "=HYPERLINK(\"x\")", "name": "+1"}},
        "demands": {"d": {"commodity": "1E5", "quantity": 1, "sector": "@SUM(A1)", "note": "-1+1", "name": "'=x"}},
        "commodities": {"1E5": {"note": "-5", "name": "'tis"}},
    },
    "texts that look like YAML": {
        "supplies": {"a": {"commodity": "1E5", "price": 1, "note": "[1] {x}", "name": "{a: 1}"}},
        "demands": {"d": {"commodity": "1E5", "quantity": 1, "sector": "[x]", "note": "~"}},
        "commodities": {"1E5": {"note": "null", "source": ["assumed: [a; b]", "assumed: x"]}},
    },
    "texts over lines, with every sign": {
        "lanes": [],
        "description": "one\n\ntwo: \"three\", 'four' ; # five\r\nsix _x000D_ _x005F_ \t Türkiye 日本 🙂",
        "commodities": {"1E5": {"note": "a\r\nb", "name": "_x0041_"}, "2": {"note": "a\rb"}},
        "sources": {"who": {"title": "with a number where a text is wanted", "year": 2025}},
        "supplies": {"a": {"commodity": "1E5", "price": 1}},
    },
    "numbers with all their digits": {
        "supplies": {"a": {"commodity": "1E5", "price": 0.1 + 0.2, "quantity": 1e15 - 0.125}},
        "demands": {"d": {"commodity": "1E5", "quantity": 5e-324, "shortfall_cost": 1 / 3}},
        "commodities": {"1E5": {"disposal_cost": 1.7976931348623157e-300}},
    },
    "values by date, tiers, freight by distance, sources by field": {
        "stages": ["mining"],
        "facilities": {
            "m": {
                "stage": "mining", "outputs": {"1E5": 1}, "capacity": {"2025": 5, "2027-07": "6 kt/yr"},
                "cost": [{"capacity": {"2025": 3}, "cost": 1}, {"cost": "2 USD/kg"}], "location": [-28, 122.5],
                "source": {"": "assumed: all", "cost": ["assumed: x; y"]}, "confidence": {"cost": "C"},
            },
            "n": {"stage": "mining", "outputs": {"1E5": 1}, "cost": {"intercept": 1, "slope": "2"}},
        },
        "lanes": [
            {"from": {"stage": ["mining"]}, "to": "d", "commodity": ["1E5"], "lead_time": "18 months",
             "cost": {"fixed": {"2025": 1}, "per_tonne_km": 0.1, "distance": "7 km"}},
        ],
        "demands": {"d": {"commodity": "1E5", "price": {"reference_price": 9, "reference_quantity": 9,
                          "elasticity": -0.5, "form": "constant"}, "quantity": 9}},
    },
    "objects made in Python": {
        "facilities": {
            "m": {"outputs": {"1E5": 1.0}, "cost": [{"capacity": 3.0, "cost": 1.0}, {"cost": 2.5}], "location": (1.0, 2.0),
                  "capacity": Schedule((datetime.date(2025, 1, 1), datetime.date(2026, 1, 1)), (1.0, 2.0))},
        },
        "lanes": [{"from": "m", "to": "d", "commodity": "1E5", "lead_time": Duration(0.5, "yr"),
                   "cost": FreightRate(fixed=1.0, per_tonne_km=0.5, distance=7.0)}],
        "policies": {"p": rs.Outage(facility="m", cut=0.5, since="2025")},
        "scenarios": {"s": {"policies": ["p"], "set": {"facilities.m.capacity": 7.5, "demands": {"d": {"name": "=x"}}}}},
    },
    "empty sections, and entries without fields": {
        "countries": {"NOR": None, "SWE": {}}, "lanes": {}, "sea_distances": [], "processes": {}, "stages": [], "sources": None,
        "supplies": {"a": {"commodity": "1E5", "price": 1, "note": "", "quantity": None}},
        "scenarios": {"s": {"set": {"lanes.x": {"from": "a", "to": "d", "commodity": "1E5"}}}, "t": {"policies": []}},
    },
}  # fmt: skip
"""Sections, put over a network of one demand for one commodity."""
BASE = {
    "commodities": {"1E5": {}},
    "demands": {"d": {"commodity": "1E5", "quantity": 1, "shortfall_cost": 9}},
}


def made(**sections: Any) -> rs.Network:
    """Return a network in which all that stands nowhere else stands in Norway."""
    whole = {**BASE, **sections}
    for section in ("facilities", "supplies", "demands"):
        entries = whole.get(section) or {}
        whole[section] = {key: {"country": "NOR", **entry} for key, entry in entries.items()}
    return rs.Network.from_dict(whole)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ODD)
def test_what_tables_and_spreadsheets_trip_over(tmp_path, name, kind):
    network = made(**ODD[name])
    assert_same(network, again(network, tmp_path, kind), (None, *network.scenarios))


def test_texts_are_texts_in_a_workbook_and_numbers_numbers(tmp_path):
    """No cell is a formula; what is a number is one for a spreadsheet too, unless a digit would go."""
    odd = ODD["texts that spreadsheets take for formulas"]
    supply = {"a": {**odd["supplies"]["a"], "price": "62_000", "quantity": 0.1 + 0.2}}
    path = saved(made(**{**odd, "supplies": supply}), tmp_path, "xlsx")
    book = openpyxl.load_workbook(path)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    header, row = book["supplies"].iter_rows(values_only=True)
    found = dict(zip(header, row, strict=True))
    assert found["note"] == '=HYPERLINK("x")'
    assert found["price"] == 62000
    assert found["quantity"] == "0.30000000000000004"
    assert book["supplies"]["A2"].number_format == "@"


def test_no_cell_of_csv_begins_as_a_formula(tmp_path):
    path = saved(made(**ODD["texts that spreadsheets take for formulas"]), tmp_path, "csv")
    for file in path.iterdir():
        cells = pd.read_csv(file, dtype=str, header=None, keep_default_na=False).to_numpy().ravel()
        assert [cell for cell in cells if cell[:1] in ("=", "+", "@") and cell != "+1"] == []
    assert "'=HYPERLINK" in (path / "supplies.csv").read_text()


def test_the_order_of_inputs_is_kept(tmp_path):
    """The first input leads the routes: rows that disagree on the order do not share columns."""
    both = {
        "x": {"inputs": {"a": 1, "b": 2, "c": 3}},
        "y": {"inputs": {"c": 1, "a": 2}},
        "z": {"inputs": {"b": 1, "d": 1}},
    }
    data = {
        "commodities": {key: {} for key in "abcdo"},
        "processes": {key: {**entry, "outputs": {"o": 1}} for key, entry in both.items()},
        "demands": {"want": {"country": "NOR", "commodity": "o", "quantity": 1, "shortfall_cost": 9}},
    }  # fmt: skip
    for kind in KINDS:
        found = again(rs.Network.from_dict(data), tmp_path, kind).spec.processes
        assert {key: list(entry.inputs) for key, entry in found.items()} == {
            key: list(entry["inputs"]) for key, entry in both.items()
        }
    header = next(openpyxl.load_workbook(tmp_path / "book.xlsx")["processes"].iter_rows(values_only=True))
    assert header == ("id", "inputs", "inputs.a", "inputs.b", "inputs.d", "inputs.c", "outputs.o")


def test_a_thousand_commodities_do_not_make_a_thousand_columns(tmp_path):
    names = [f"c{number}" for number in range(1100)]
    data = {
        "commodities": {name: {} for name in names},
        "processes": {f"p_{name}": {"outputs": {name: 1}} for name in names},
        "demands": {"want": {"country": "NOR", "commodity": "c0", "quantity": 1, "shortfall_cost": 9}},
    }
    network = rs.Network.from_dict(data)
    assert_same(network, again(network, tmp_path, "csv"))
    assert (tmp_path / "csv" / "processes.csv").read_text().startswith("id,outputs\np_c0,{c0: 1}\n")


@pytest.mark.parametrize(
    "value",
    ["a b", "62 USD/kg", "- x", "---", "...", "-", "null", "~", "", " a ", "a: b", "a #b", "x, y", "{", "[a]", "*x", "&x",
     "'", '"', "%", "1:30", "<<", "a\nb", "\u2028", "\x85", "🙂", "?", "? a", "@", "`", "|", ">", "a:", ":a", "!x", "\\",
     {"<<": "a", "": "b", "null": None, "x": []}, [[], {}, [None, {"a": ["b"]}]]],
)  # fmt: skip
def test_compact_yaml_reads_as_what_it_was(value):
    """In a list, as a key, and alone."""
    assert read_flow(flow([value])) == [value]
    assert read_flow(flow(value)) == value
    if isinstance(value, str):
        assert read_flow(flow({value: value})) == {value: value}


@pytest.mark.parametrize(
    "text", ["=1", "'=1", "''=1", "-5", "-x", "'-5", "+", "@", "'", "'a", "a=", "", "-1e5"]
)
def test_an_apostrophe_guards_and_goes(text):
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in ("=", "+", "@")


LANES = pd.DataFrame(
    {
        "from": ["a", "b", " a", "b", "a"],
        "to": ["d", "d", "d", "d", "d"],
        "commodity": ["ore", "ore", "ore", "ore", "ore"],
        "cost": [1.5, "2 USD/kg", 0.1 + 0.2, None, np.float64(7)],
        "capacity": [5, np.nan, 1, 2, 3],
        "note": ["=x", None, " two ", "", "{x}"],
        "_mine": [1, 2, 3, 4, 5],
    }
)
AROUND = {
    "commodities": {"ore": {}},
    "supplies": {key: {"country": "NOR", "commodity": "ore", "price": 1} for key in "ab"},
    "demands": {"d": {"country": "NOR", "commodity": "ore", "quantity": 1, "shortfall_cost": 9}},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ids", [None, list("vwxyz")])
def test_a_table_of_lanes_goes_out_by_column(tmp_path, kind, ids):
    """Plain rows, one with a unit, a column of one's own, from a DataFrame and from each kind of table."""
    frame = LANES if ids is None else LANES.assign(id=ids)
    network = rs.Network.from_dict({**AROUND, "lanes": frame})
    one = again(network, tmp_path, kind)
    assert_same(network, one)
    if kind == "csv":
        assert "_mine" not in (tmp_path / "csv" / "lanes.csv").read_text()
    assert_same(one, again(one, tmp_path / "..", "csv"))
    assert_same(one, again(one, tmp_path, "parquet" if kind != "parquet" else "csv"))


def test_lanes_beside_a_table_and_cells_that_hold_lists(tmp_path):
    """A list with lanes before and after a table; a DataFrame whose cells are lists and mappings."""
    (tmp_path / "lanes.csv").write_text("from,to,commodity,cost,note\na,d,ore,1,'=x\nb;a,d,ore,5 USD/kg,\n")
    text = flow({**AROUND, "lanes": [{"from": "b", "to": "d", "commodity": "ore"}, "lanes.csv",
                                     {"from": {"kind": "supply"}, "to": "d", "commodity": ["ore"], "cost": 3}]})  # fmt: skip
    (tmp_path / "network.yaml").write_text(text)
    frame = pd.DataFrame(
        {
            "from": [["a", "b"], "a"],
            "to": ["d", "d"],
            "commodity": "ore",
            "cost": [{"fixed": 1.0, "distance": 5}, 2.0],
        }
    )
    for network in (rs.load(tmp_path), rs.Network.from_dict({**AROUND, "lanes": frame})):
        for kind in KINDS:
            (tmp_path / "out").mkdir(exist_ok=True)
            assert_same(network, again(network, tmp_path / "out", kind))
    assert rs.load(tmp_path).spec.lanes[1].note == "=x"


def test_the_program_can_differ():
    """The law can fail: another cost is another program."""
    one, other = (
        rs.Network.from_dict({**AROUND, "lanes": LANES.assign(capacity=number)}) for number in (1, 2)
    )
    with pytest.raises(AssertionError):
        assert_same_program(one.program(), other.program())
    with pytest.raises(AssertionError):
        assert_same(one, other)


def test_a_yaml_text_says_the_same_as_its_tables(tmp_path):
    """Data, cell by cell: an independent reading of the CSV files of a small network."""
    text = "stages: [dig, make]\ncommodities: {ore: {price: 10}}\nsupplies: {a: {country: NOR, commodity: ore, price: 2}}\n"
    rs.Network.from_yaml(text).save(tmp_path / "t")
    assert {file.name: file.read_text() for file in (tmp_path / "t").iterdir()} == {
        "network.csv": "field,value\nstages,dig; make\n",
        "commodities.csv": "id,price\nore,10\n",
        "supplies.csv": "id,country,commodity,price\na,NOR,ore,2\n",
    }
    assert read_text(text).data == {
        **rs.load(tmp_path / "t").document.data,
        "stages": ["dig", "make"],
    }

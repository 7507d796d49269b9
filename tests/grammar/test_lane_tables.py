"""Lanes in a table are read by column: the program and the faults are those of lanes written one by one."""

from __future__ import annotations

import csv
import io
import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.errors import InputError, Problem
from resilience.fields import Fault
from resilience.formulation import Formulation
from resilience.grammar import lane_rows, plain
from resilience.grammar.lane_entries import LaneEntries
from resilience.grammar.tables import Reading, nest
from resilience.whatif.steady import steady

BASE: Mapping[str, Any] = {
    "horizon": {"start": "2025-01", "periods": 2, "step": "quarter"},
    "commodities": {"ore": {}, "oxide": {}},
    "sources": {"usgs": {"title": "Summaries", "year": 2026}},
    "sites": {"rail": {"location": [10, 10]}},
    "supplies": {
        "mine": {"country": "COD", "commodity": "ore", "price": 10, "location": [1, 2]},
        "pit": {"country": "AUS", "commodity": "ore", "price": 20, "location": [3, 4]},
        "trader": {"country": "CHN", "commodity": "oxide", "price": 5, "location": [5, 6]},
    },
    "demands": {
        "smelter": {"country": "FIN", "commodity": "ore", "quantity": 8, "location": [60, 20]},
        "plant": {"country": "USA", "commodity": "oxide", "quantity": 9, "shortfall_cost": 99},
        "works": {"country": "FIN", "commodity": "ore", "quantity": 1, "site": "smelter"},
    },
}
CELLS: Mapping[str, Sequence[str]] = {
    "from": ["mine", "pit", "trader", " mine ", "mine;pit", "rail", "mien", "", "COD", "7"],
    "to": ["smelter", "plant", "works", "smelter ", "rail", "mine", "smeltr", ""],
    "commodity": ["ore", "oxide", "ore;", "ore; oxide", "oer", ""],
    "cost": ["", "5", "1_000", "7 USD/kg", "-1", "nan", "1e400", "x", " ", "2%"],
    "cost.fixed": ["", "60", "0"],
    "cost.per_tonne_km": ["", "", "0.5"],
    "cost.distance": ["", "200", "great_circle", "sea", "-3", "5 mi"],
    "capacity": ["", "40", " 50 ", "3 kt/yr", "1,000", "1e16", "0", "+.5e1"],
    "minimum": ["", "4", "0", "45"],
    "loss": ["", "0.5%", "0.1", "1", "0.1 t"],
    "lead_time": ["", "0", "1", "1.5", "6 months", "20000"],
    "fixed_cost": ["", "", "3"],
    "in_transit": ["", "", "4"],
    "source": ["", "usgs", "usgs; assumed: by size", "usgs; usgs", "ugs", "assumed: x"],
    "confidence": ["", "A", "D"],
    "note": ["", "seen", "\x1b"],
    "capcity": ["", "", "4"],
    "from.country": ["", "", "COD"],
}
GOOD = {"from": ("mine", "pit"), "to": ("smelter", "works"), "commodity": ("ore",)}
"""Cells of rows that are likely right, so that many tables have a program."""
Table = tuple[list[str], list[list[str]]]


@st.composite
def tables_of_lanes(draw: st.DrawFn) -> Table:
    """Draw a header and rows; most rows are right but for a cell or two."""
    others = draw(st.lists(st.sampled_from([*CELLS][3:]), max_size=4, unique=True))
    header = draw(st.permutations(["from", "to", "commodity", *others]))
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        odd = draw(st.sampled_from([*header, "", ""]))
        row = []
        for name in header:
            likely = GOOD.get(name, CELLS[name][:2])
            row.append(draw(st.sampled_from(CELLS[name] if name == odd else likely)))
        rows.append(row)
    return header, rows


def as_list(table: Table) -> Any:
    """Return the lanes as a YAML file would hold them."""
    header, rows = table
    found = []
    for row in rows:
        entry: dict[str, Any] = {}
        for name, cell in zip(header, row, strict=True):
            if cell.strip():
                nest(entry, name, cell)
        found.append(entry)
    return found


def written(folder: Path, table: Table, kind: str) -> str:
    """Write the lanes as a table, and return its name."""
    header, rows = table
    if kind == "csv":
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        (folder / "lanes.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    elif kind == "parquet":
        columns = {
            name: [cell or None for cell in cells]
            for name, cells in zip(header, zip(*rows, strict=True), strict=True)
        }
        pq.write_table(pa.table(columns), folder / "lanes.parquet")
    else:
        book = openpyxl.Workbook()
        for row in [header, *rows]:
            book.active.append(row)
        book.save(folder / "lanes.xlsx")
    return f"lanes.{kind}"


def outcome(folder: Path, table: Table, kind: str) -> Formulation | tuple[Problem, ...]:
    """Return the network's formulation, or its faults."""
    try:
        if kind in ("list", "frame"):
            header, rows = table
            lanes = as_list(table) if kind == "list" else pd.DataFrame(rows, columns=header)
            return rs.Network.from_dict({**BASE, "lanes": lanes}).formulation()
        path = folder / "network.yaml"
        lines = [f"{section}: {entries}" for section, entries in BASE.items()]
        path.write_text("\n".join([*lines, f"lanes: {written(folder, table, kind)}"]), encoding="utf-8")
        return rs.Network.from_file(path).formulation()
    except InputError as error:
        return error.problems


def assert_same(one: Formulation, other: Formulation) -> None:
    """Assert that two programs are the same, bit for bit."""
    for name in ("starts", "indices", "values", "col_lower", "col_upper", "row_lower", "row_upper"):
        assert np.array_equal(getattr(one.program, name), getattr(other.program, name)), name
    assert one.program.costs.keys() == other.program.costs.keys()
    for name, costs in one.program.costs.items():
        assert np.array_equal(costs, other.program.costs[name]), name
    for labels, others in (
        (one.program.columns, other.program.columns),
        (one.program.rows, other.program.rows),
    ):
        assert labels.names() == others.names()
    assert np.array_equal(one.lanes.distance, other.lanes.distance)
    assert one.lanes.rule_keys == other.lanes.rule_keys


SAME: Table = (["from", "to", "commodity"], [["mine", "mine", "ore"], ["works", "smelter", "ore"]])
ODD: Table = (
    ["from", "to", "commodity", "cost", "capacity"],
    [["mine", "smelter", "ore", "", "40"], ["mine;pit", "rail", "ore", "7 USD/kg", "3 kt/yr"]],
)


TWICE: Table = (["from", "to", "commodity", "source"], [["mine", "smelter", "ore", "usgs ; usgs"]])
TRUTHS: Table = (["from", "to", "commodity", "cost"], [["mine", "smelter", "ore", "True"]])


def can_be_a_list(table: Table) -> bool:
    """Say whether a table says nothing that only a table can: characters without a line, groups twice."""
    try:
        return "\x1b" not in {cell for row in table[1] for cell in row} and bool(as_list(table))
    except Fault:
        return False


@given(tables_of_lanes().filter(can_be_a_list))
@example(ODD)
@example(SAME)
@example(TWICE)
@example(TRUTHS)
@settings(max_examples=25, deadline=None)
def test_the_same_lanes_make_the_same_program_or_the_same_faults_however_they_are_written(
    tmp_path_factory, table
):
    folder = tmp_path_factory.mktemp("table")
    first = outcome(folder, table, "list")
    for kind in ("csv", "parquet", "xlsx", "frame"):
        found = outcome(folder, table, kind)
        if isinstance(first, Formulation):
            assert isinstance(found, Formulation), found
            assert_same(first, found)
        else:
            assert not isinstance(found, Formulation)
            assert sorted((one.path, one.message) for one in found) == sorted(
                (one.path, one.message) for one in first
            )


@contextmanager
def row_by_row() -> Iterator[None]:
    """Read tables of lanes as those of any other section."""

    def read(document: Any, source: Any, *_: Any) -> Any:
        return Reading(document, "lanes", source, keyed=False).read()

    with (
        mock.patch.object(lane_rows, "read_lane_rows", read),
        mock.patch.object(plain, "read_lane_rows", read),
    ):
        yield


IDS = ["road", "rail", "road", "", "a b", "7", "x" * 201]


@given(tables_of_lanes(), st.booleans(), st.sampled_from(["csv", "parquet", "frame"]), st.data())
@settings(max_examples=40, deadline=None)
def test_by_column_and_row_by_row_are_the_same_to_the_place_of_each_fault(
    tmp_path_factory, table, has_ids, kind, data
):
    header, rows = list(table[0]), [list(row) for row in table[1]]
    if has_ids:
        header.append("id")
        for row in rows:
            row.append(data.draw(st.sampled_from(IDS)))
    rows.insert(data.draw(st.integers(0, len(rows))), [""] * len(header))
    if kind == "csv" and data.draw(st.booleans()):
        rows[0].append("over")
    if kind == "csv" and data.draw(st.booleans()):
        rows[0][header.index("to")] = "smelter\n"
    folder = tmp_path_factory.mktemp("table")
    found = outcome(folder, (header, rows), kind)
    with row_by_row():
        first = outcome(folder, (header, rows), kind)
    if isinstance(first, Formulation):
        assert isinstance(found, Formulation), found
        assert_same(first, found)
        assert dict(found.spec.lanes) == dict(first.spec.lanes)
    else:
        assert found == first


def two_lanes(folder: Path, rest: str = "", lanes: str = "lanes.csv") -> rs.Network:
    """Return a network with two lanes with ids in a table, and more sections."""
    rows = "road,mine,smelter,ore,1,5,1\nrail,pit,smelter,ore,2,,\n"
    table = f"id,from,to,commodity,cost,capacity,lead_time\n{rows}"
    (folder / "lanes.csv").write_text(table, encoding="utf-8")
    lines = [f"{section}: {entries}" for section, entries in BASE.items() if section != "horizon"]
    text = "\n".join([*lines, f"lanes: {lanes}", rest])
    (folder / "network.yaml").write_text(text, encoding="utf-8")
    return rs.Network.from_file(folder / "network.yaml")


MORE = """\
scenarios:
  wide: {set: {lanes.road.capacity: 2000, lanes.road.lead_time: 0}}
  new: {set: {lanes.ferry: {from: mine, to: smelter, commodity: ore, cost: 0.5}}}
  shut: {policies: [strike]}
policies:
  strike: {type: outage, lane: rail, cut: 100%}
limits:
  both: {over: {lane: {id: [road, rail]}}, at_most: 100}
"""


def test_a_scenario_sets_a_number_of_a_lane_in_a_table_and_adds_a_lane(tmp_path):
    """9 t are taken: by road, at 10 + 1, they land too late; by rail at 20 + 2; wide: by road, at once."""
    network = two_lanes(tmp_path, MORE)
    lanes = network.spec.lanes
    assert isinstance(lanes, LaneEntries)
    assert lanes.plain.all()
    assert list(lanes) == ["rail", "road"]
    assert (lanes["road"].capacity, lanes["rail"].capacity, lanes["road"].commodity) == (5, None, ("ore",))
    plant = 9 * 99  # nobody brings oxide
    assert network.solve().cost - plant == pytest.approx(9 * 22)
    assert network.solve("wide").cost - plant == pytest.approx(9 * 11)
    assert network.solve("new").cost - plant == pytest.approx(9 * 10.5)
    assert "ferry" not in network.spec.lanes
    with pytest.raises(rs.InfeasibleError):
        network.solve("shut")


def test_faults_of_scenarios_and_limits_over_lanes_in_a_table(tmp_path):
    with pytest.raises(InputError) as caught:
        two_lanes(tmp_path, "scenarios: {s: {set: {lanes.raod.capacity: 2}}}")
    assert "there is no 'raod' under lanes; did you mean 'road'?" in str(caught.value)
    with pytest.raises(InputError) as caught:
        two_lanes(tmp_path, "scenarios: {s: {set: {lanes.road.to: smeltre}}}")
    assert "unknown place 'smeltre'; did you mean 'smelter'?" in str(caught.value)
    with pytest.raises(InputError) as caught:
        two_lanes(tmp_path, "limits: {l: {over: {lane: {id: [raod]}}, at_most: 1}}")
    assert "unknown lane 'raod'; did you mean 'road'?" in str(caught.value)


def test_a_table_in_a_list_of_lanes_keeps_what_stands_around_it_and_is_read_by_column(tmp_path):
    table = "from,to,commodity,cost\nmine,smelter,ore,1\npit,smelter,ore,2\n"
    (tmp_path / "lanes.csv").write_text(table, encoding="utf-8")
    rule = "{from: {kind: supply}, to: plant, commodity: oxide}"
    lines = [f"{section}: {entries}" for section, entries in BASE.items()]
    scenarios = "scenarios: {dear: {set: {lanes.1.cost: 7}}}"
    text = "\n".join([*lines, f"lanes: [{rule}, lanes.csv, {rule}]", scenarios])
    (tmp_path / "network.yaml").write_text(text, encoding="utf-8")
    network = rs.Network.from_file(tmp_path / "network.yaml")
    lanes = network.spec.lanes
    assert isinstance(lanes, LaneEntries)
    assert lanes.plain.tolist() == [False, True, True, False]
    assert [lane.cost for lane in lanes.values()] == [0, 1, 2, 0]
    assert network.solve("dear").cost - network.solve().cost == pytest.approx(9 / 2 * 6)
    place = network.document.place(("lanes", 2, "cost"))
    assert (place.line, place.column) == (3, 17)
    assert network.document.place(("lanes", 3, "to")).line == len(lines) + 1


def test_a_network_with_lanes_in_a_table_goes_to_another_process_whole(tmp_path):
    pq.write_table(
        pa.table({"from": ["mine"], "to": ["smelter"], "commodity": ["ore"]}), tmp_path / "lanes.parquet"
    )
    network = two_lanes(tmp_path, lanes="lanes.parquet")
    other = pickle.loads(pickle.dumps(network))
    assert dict(other.spec.lanes) == dict(network.spec.lanes)
    assert other.solve().cost == network.solve().cost
    assert repr(other.document.data["lanes"]) == repr(network.document.data["lanes"])


def test_of_many_faults_in_a_table_a_hundred_are_shown_and_the_rest_counted(tmp_path):
    rows = "".join(f"mine,smelter,ore,{cost}\n" for cost in ["1", "x"] * 400)
    (tmp_path / "table.csv").write_text(f"from,to,commodity,cost\n{rows}", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        two_lanes(tmp_path, lanes="table.csv")
    assert len(caught.value.problems) == 400
    assert str(caught.value).endswith("(300 more problems)")
    last = caught.value.problems[-1]
    assert (last.line, last.column, last.path) == (801, 18, "lanes.799.cost")


def test_a_table_changed_after_it_was_given_changes_no_network():
    frame = pd.DataFrame({"from": ["mine"], "to": ["smelter"], "commodity": ["ore"], "cost": [3]})
    network = rs.Network.from_dict({**BASE, "lanes": frame})
    frame.loc[0, "cost"] = 4
    assert network.spec.lanes[0].cost == 3


def test_steady_rates_leave_out_the_lead_times_of_lanes_in_a_table(tmp_path):
    """By road, at 10 + 1 and 5 t at most, and by rail, at 20 + 2, now that the road's lead time is out."""
    network = two_lanes(tmp_path)
    case = steady(network.case())
    assert case.formulation.lanes.lead.tolist() == [0, 0]
    assert [lane.lead_time for lane in case.formulation.spec.lanes.values()] == [None, None]
    assert network.solve_case(case).cost - 9 * 99 == pytest.approx(5 * 11 + 4 * 22)


def test_two_lanes_for_one_pair_keep_their_order_and_names_whatever_the_order_of_the_rows():
    pairs = pd.DataFrame({"from": "mine", "to": "smelter", "commodity": "ore", "cost": [3.0, 2.0, 2.0]})
    there = rs.Network.from_dict({**BASE, "lanes": pairs}).formulation()
    back = rs.Network.from_dict({**BASE, "lanes": pairs[::-1]}).formulation()
    listed = rs.Network.from_dict({**BASE, "lanes": pairs.to_dict("records")}).formulation()
    assert there.lanes.ids == ("mine>smelter:ore", "mine>smelter:ore#2", "mine>smelter:ore#3")
    assert there.lanes.cost[:, 0].tolist() == [2, 2, 3]
    assert_same(there, listed)
    assert np.array_equal(there.lanes.cost, back.lanes.cost)


def test_columns_without_a_name_are_told_however_many_there_are(tmp_path):
    """Two heads were lost: what stands under them is told, and an empty column is none."""
    (tmp_path / "lanes.csv").write_text(
        "from,to,commodity,,,\nmine,smelter,ore,5,,\npit,smelter,ore,,,\n", encoding="utf-8"
    )
    data = {**BASE, "lanes": "lanes.csv"}
    (tmp_path / "network.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        rs.load(tmp_path / "network.yaml")
    assert [str(problem.file).endswith("lanes.csv") for problem in caught.value.problems] == [True]
    (tmp_path / "lanes.csv").write_text(
        "from,to,commodity,,,\nmine,smelter,ore,,,\npit,smelter,ore,,,\ntrader,plant,oxide,,,\n",
        encoding="utf-8",
    )
    assert len(rs.load(tmp_path / "network.yaml").spec.lanes) == 3

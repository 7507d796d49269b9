"""Workbooks and folders of tables as people make them: what is read, what is told, and where."""

from __future__ import annotations

# ruff: noqa: E501  (a network or a message is a line)
import datetime
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.workbook.defined_name import DefinedName

import resilience as rs
from tests.grammar.faults import problems_of_file
from tests.grammar.same import assert_same

Sheets = dict[str, list[list[Any]]]


def sheets(**changes: list[list[Any]]) -> Sheets:
    """Return a right network as rows of sheets, some of them other."""
    return {
        "network": [["field", "value"], ["name", "Ore"], ["stages", "mining; making"], ["blocs.north", "NOR; FIN"]],
        "countries": [["id", "name"], ["NOR", "Norway"], ["FIN", None]],
        "commodities": [["id", "price"], ["ore", 10]],
        "facilities": [
            ["id", "country", "stage", "outputs.ore", "capacity", "cost"],
            ["pit", "NOR", "mining", 1, 5, 2],
        ],
        "demands": [["id", "country", "commodity", "quantity", "shortfall_cost"], ["want", "FIN", "ore", 4, 100]],
        "lanes": [["from", "to", "commodity", "cost"], ["pit", "want", "ore", 1]],
        "policies": [["id", "type", "from", "to", "cut"], ["ban", "export_restriction", "NOR", "north", "50%"]],
        "scenarios": [["id", "policies"], ["banned", "ban"], ["dear", None]],
        "settings": [["scenario", "path", "value"], ["dear", "facilities.pit.cost", 3]],
        **changes,
    }  # fmt: skip


def book(path: Path, rows: Sheets, change: Callable[[Any], None] | None = None) -> Path:
    """Write a workbook."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, lines in rows.items():
        page = made.create_sheet(name)
        for line in lines:
            page.append(line)
    if change is not None:
        change(made)
    made.save(path / "book.xlsx")
    return path / "book.xlsx"


def folder(path: Path, rows: Sheets) -> Path:
    """Write the same as a folder of CSV files."""
    target = path / "tables"
    target.mkdir(exist_ok=True)
    for name, lines in rows.items():
        text = "\n".join(",".join("" if cell is None else str(cell) for cell in line) for line in lines)
        (target / f"{name}.csv").write_text(f"{text}\n", encoding="utf-8")
    return target


def told(path: Path) -> list[str]:
    """Return the first line of each fault of a network, without the folder that it is in."""
    return [str(one).splitlines()[0].replace(f"{path.parent}/", "") for one in problems_of_file(path)]


@pytest.mark.parametrize("write", [book, folder])
def test_a_network_in_tables_is_solved(tmp_path, write):
    """4 t at 2 + 1 a tonne; the ban leaves half of it, 2 t are short at 100; at cost 3, 4 a tonne."""
    network = rs.load(write(tmp_path, sheets()))
    assert network.spec.stages == ("mining", "making")
    assert network.spec.blocs == {"north": ("NOR", "FIN")}
    assert network.solve().cost == pytest.approx(12)
    assert network.solve("banned").cost == pytest.approx(2 * 3 + 2 * 100)
    assert network.solve("dear").cost == pytest.approx(16)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    (
        {"facilities": [["id", "country", "stage", "outputs.ore", "capacity"], ["pit", "NOR", "minning", 1, 5]]},
        "book.xlsx#facilities:C2: facilities.pit.stage: unknown stage 'minning'; did you mean 'mining'?",
        "tables/facilities.csv:2:9: facilities.pit.stage: unknown stage 'minning'; did you mean 'mining'?",
    ),
    (
        {"facilites": [["id"], ["x"]]},
        "book.xlsx#facilites:row 1: facilites: unknown sheet 'facilites'; did you mean 'facilities'?",
        "tables/facilites.csv:1:1: facilites: unknown table 'facilites'; did you mean 'facilities'?",
    ),
    (
        {"notes": [["to do"]]},
        "book.xlsx#notes:row 1: notes: unknown sheet 'notes'; a sheet of your own begins with _ or #",
        "tables/notes.csv:1:1: notes: unknown table 'notes'; a table of your own begins with _ or #",
    ),
    (
        {"stages": [["id"], ["mining"]]},
        "#stages:row 1: stages: 'stages' has no sheet of its own; write its fields into the sheet `network`",
        "stages.csv:1:1: stages: 'stages' has no table of its own; write its fields into the table `network`",
    ),
    (
        {"network": [["field", "value"], ["stages", "mining"], ["horizn.start", 2025]]},
        "#network:A3: network: unknown field 'horizn.start'; did you mean 'horizon.start'?",
        "network.csv:3:1: network: unknown field 'horizn.start'; did you mean 'horizon.start'?",
    ),
    (
        {"network": [["field", "value"], ["stages", "mining"], ["horizon.periods", "two"]]},
        "#network:B3: horizon.periods: 'two' is not a number",
        "network.csv:3:17: horizon.periods: 'two' is not a number",
    ),
    (
        {"network": [["field", "value"], ["stages", "mining"], ["stages", "mining"]]},
        "#network:A3: network: 'stages' stands twice; the first is in A2",
        "network.csv:3:1: network: 'stages' stands twice; the first is on line 2",
    ),
    (
        {"network": [["field", "value"], ["stages", "mining"], ["blocs.north", "NOR; SWEE"]]},
        "#network:B3: blocs.north.1: unknown country 'SWEE'",
        "network.csv:3:13: blocs.north.1: unknown country 'SWEE'",
    ),
    (
        {"network": [["feld", "value"]]},
        "#network:A1: network: unknown column 'feld'; did you mean 'field'?",
        "network.csv:1:1: network: unknown column 'feld'; did you mean 'field'?",
    ),
    (
        {"settings": [["scenario", "path", "value"], ["dera", "facilities.pit.cost", 3]]},
        "#settings:A2: settings: unknown scenario 'dera'; did you mean 'dear'?",
        "settings.csv:2:1: settings: unknown scenario 'dera'; did you mean 'dear'?",
    ),
    (
        {"settings": [["scenario", "path", "value"], ["dear", "facilities.pitt.cost", 3]]},
        "#settings:B2: scenarios.dear.set.facilities.pitt.cost: there is no 'pitt' under facilities; did you mean 'pit'?",
        "settings.csv:2:6: scenarios.dear.set.facilities.pitt.cost: there is no 'pitt' under facilities; did you mean 'pit'?",
    ),
    (
        {"settings": [["scenario", "path", "value"], ["dear", "facilities.pit.cost", "much"]]},
        "#settings:C2: facilities.pit.cost: 'much' is not a number",
        "settings.csv:2:26: facilities.pit.cost: 'much' is not a number",
    ),
    (
        {"settings": [["scenario", "path", "value"], ["dear", "facilities.pit.cost", None]]},
        "#settings:C2: settings.dear: no value; ~ takes a value back to what it is if left out",
        "settings.csv:2:26: settings.dear: no value; ~ takes a value back to what it is if left out",
    ),
    (
        {"settings": [["scenario", "path", "value"], *[["dear", "facilities.pit.cost", 3]] * 2]},
        "#settings:B3: settings.dear: 'facilities.pit.cost' stands twice; the first is in B2",
        "settings.csv:3:6: settings.dear: 'facilities.pit.cost' stands twice; the first is on line 2",
    ),
    (
        {"settings": [["scenario", "path", "value"], ["dear", "facilities.pit.cost", "{2025"]]},
        "#settings:C2: settings.dear: not YAML",
        "settings.csv:2:26: settings.dear: not YAML",
    ),
    (
        {"lanes": [["from", "to", "commodity", "cost"], ["{stage: minning}", "want", "ore", 1]]},
        "#lanes:A2: lanes.0.from.stage: unknown stage 'minning'; did you mean 'mining'?",
        "lanes.csv:2:1: lanes.0.from.stage: unknown stage 'minning'; did you mean 'mining'?",
    ),
    (
        {"lanes": [["from", "to", "commodity", "cost"], ["[pit", "want", "ore", 1]]},
        "#lanes:A2: lanes.0: not YAML",
        "lanes.csv:2:1: lanes.0: not YAML",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "in_book", "in_folder"), WRONG)
def test_a_mistake_is_told_with_its_sheet_and_cell_or_its_file_line_and_column(
    tmp_path, changes, in_book, in_folder
):
    for path, wanted in (
        (book(tmp_path, sheets(**changes)), in_book),
        (folder(tmp_path, sheets(**changes)), in_folder),
    ):
        assert any(wanted in line for line in told(path)), (wanted, told(path))


def test_sheets_columns_and_empty_rows_of_ones_own_are_passed_over(tmp_path):
    """Notes beginning with _ or #, an empty Sheet1, blank rows above and between, a blank column."""
    rows = sheets(
        _notes=[["anything", "=1+1"]],
        Sheet1=[],
        lanes=[[], [None, "from", None, "to", "commodity", "cost", "# why", "_x"], [], [None] * 3,
               [None, " pit ", None, "want", "ore", 1, "=1+1", datetime.datetime(2025, 1, 1)]],
    )  # fmt: skip
    rows["# to do"] = [["id", "id"]]
    del rows["lanes"][4][6]
    assert rs.load(book(tmp_path, rows)).solve().cost == pytest.approx(12)
    target = folder(tmp_path, sheets(_notes=[["x"]], lanes=[["from", "to", "commodity", "_x", "_x"], ["pit", "want", "ore", "a"]]))  # fmt: skip
    (target / "README.md").write_text("about it")
    (target / ".hidden.csv").write_text("x")
    assert rs.load(target).solve().cost == pytest.approx(8)


def test_a_hidden_sheet_counts(tmp_path):
    """What is hidden is data all the same: a hidden sheet of lanes is read, and its faults are told."""

    def hide(made: Any) -> None:
        made["lanes"].sheet_state = "hidden"

    assert rs.load(book(tmp_path, sheets(), hide)).solve().cost == pytest.approx(12)


def test_merged_cells_are_told(tmp_path):
    """A merged cell holds one value; the others would count as left out."""

    def merge(made: Any) -> None:
        made["facilities"].append(["quarry", None, "mining", 1])
        made["facilities"].merge_cells("B2:B3")

    (line,) = [line for line in told(book(tmp_path, sheets(), merge)) if "merged" in line]
    assert line.startswith("book.xlsx#facilities:row 1: facilities: cells B2:B3 are merged")


def test_formulas_are_read_as_what_they_gave(tmp_path):
    """As Excel saves them: a number, an empty text, and one never computed."""

    def with_formula(cell: bytes) -> Path:
        path = book(tmp_path, sheets())
        old = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(old)) as before, zipfile.ZipFile(path, "w") as packed:
            for part in before.namelist():
                text = before.read(part)
                if part == "xl/worksheets/sheet6.xml":
                    assert b'<c r="D2" t="n"><v>1</v></c>' in text
                    text = text.replace(b'<c r="D2" t="n"><v>1</v></c>', cell)
                packed.writestr(part, text)
        return path

    assert rs.load(with_formula(b'<c r="D2"><f>3+4</f><v>7</v></c>')).solve().cost == pytest.approx(4 * 9)
    assert rs.load(with_formula(b'<c r="D2" t="str"><f>""</f><v></v></c>')).solve().cost == pytest.approx(8)
    (line,) = told(with_formula(b'<c r="D2"><f>3+4</f></c>'))
    assert line.startswith("book.xlsx#lanes:row 2: lanes: the formula in D2 has no result; open the file")


@pytest.mark.parametrize(
    ("value", "words"),
    [(datetime.datetime(2025, 3, 1), "a date stands where an id should"), (True, "a truth value stands where an id")],
)  # fmt: skip
def test_an_id_that_excel_made_something_else_of_is_told(tmp_path, value, words):
    (line, *_) = told(book(tmp_path, sheets(commodities=[["id", "price"], ["ore", 10], [value, 1]])))
    assert line.startswith("book.xlsx#commodities:A3: commodities: ")
    assert words in line


def test_dates_percentages_and_truth_values_as_excel_holds_them(tmp_path):
    """A month typed into Excel is a date, 25 % is 0.25, TRUE a truth value; zero is not an empty cell."""
    rows = sheets(
        network=[["field", "value"], ["horizon.start", datetime.datetime(2025, 2, 1)], ["stages", "mining"],
                 ["blocs.north", "NOR;FIN"]],
        policies=[["id", "type", "from", "to", "cut", "until"],
                  ["ban", "export_restriction", "NOR", "north", 0.5, datetime.datetime(2026, 1, 1)]],
        hubs=[["id", "country", "passes", "capacity", "customs"], ["port", "NOR", "ore", 0, False], ["b", "NOR", "ore", None, True]],
        sources=[["id", "year"], ["usgs", 2026]],
    )  # fmt: skip
    rows["settings"].append(["dear", "policies.ban.since", datetime.datetime(2025, 7, 1)])
    network = rs.load(book(tmp_path, rows))
    network.save(tmp_path / "again")
    assert_same(network, rs.load(tmp_path / "again"))
    assert "dear,policies.ban.since,2025-07-01" in (tmp_path / "again" / "settings.csv").read_text()
    spec = network.spec
    assert spec.horizon.start == datetime.date(2025, 2, 1)
    assert (spec.policies["ban"].cut, spec.policies["ban"].until) == (0.5, datetime.date(2026, 1, 1))
    assert (spec.hubs["port"].capacity, spec.hubs["port"].customs) == (0, False)
    assert (spec.hubs["b"].capacity, spec.hubs["b"].customs) == (None, True)
    assert spec.sources["usgs"].year == "2026"


def test_csv_as_a_spreadsheet_of_another_language_saves_it(tmp_path):
    """A byte-order mark is passed over; semicolons between the cells are told."""
    target = folder(tmp_path, sheets())
    lanes = target / "lanes.csv"
    lanes.write_text(lanes.read_text(), encoding="utf-8-sig")
    assert rs.load(target).solve().cost == pytest.approx(12)
    for name in ("lanes", "countries", "network"):
        text = (target / f"{name}.csv").read_text(encoding="utf-8-sig")
        (target / f"{name}.csv").write_text(text.replace(";", "|").replace(",", ";"))
        wanted = f"tables/{name}.csv:1:1: {name}: the cells are not parted by commas"
        assert any(line.startswith(wanted) for line in told(target))


def test_text_that_is_not_utf_8_is_told(tmp_path):
    target = folder(tmp_path, sheets())
    (target / "countries.csv").write_bytes("id,name\nNOR,Türkiye\n".encode("cp1252"))
    assert any("countries.csv:2:6: not UTF-8 text" in line for line in told(target))


def test_the_same_table_twice_in_a_folder(tmp_path):
    target = folder(tmp_path, sheets())
    rs.load(target).save(tmp_path / "p", "parquet")
    (tmp_path / "p" / "lanes.parquet").rename(target / "lanes.parquet")
    (line,) = told(target)
    assert line == "tables/lanes.parquet:1:1: lanes: stands twice; there is 'lanes.csv' beside it"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("empty", "no network here: no network.yaml and no table facilities, demands, lanes, ..."),
        ("lanes.csv", "one table is no network; name the folder that it is in"),
        ("book.xls", "save it as .xlsx"),
        ("book.xlsm", "save it as .xlsx, without macros"),
        ("broken.xlsx", "is not an Excel workbook"),
        ("none.xlsx", "no network here: no sheet"),
    ],
)
def test_what_is_no_network_is_said_not_to_be(tmp_path, name, words):
    path = tmp_path / name
    if name == "empty":
        path.mkdir()
    elif name == "none.xlsx":
        openpyxl.Workbook().save(path)
    else:
        path.write_bytes(b"x")
    (line,) = told(path)
    assert line.startswith(f"{name}:1:1: ")
    assert words in line


def test_a_table_that_is_a_link_out_of_the_folder_is_not_read(tmp_path):
    target = folder(tmp_path, sheets())
    (target / "lanes.csv").rename(tmp_path / "lanes.csv")
    (target / "lanes.csv").symlink_to(tmp_path / "lanes.csv")
    (line, *_) = told(target)
    assert "'lanes.csv' leads out of the network's folder" in line


def test_a_workbook_that_declares_entities_is_not_opened(tmp_path):
    """In a sheet, and in what stands beside the sheets."""
    for part in ("xl/worksheets/sheet6.xml", "xl/workbook.xml"):
        path = book(tmp_path, sheets())
        old = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(old)) as before, zipfile.ZipFile(path, "w") as packed:
            for name in before.namelist():
                text = before.read(name)
                if name == part:
                    text = b'<!DOCTYPE x [<!ENTITY a "b">]>' + text
                packed.writestr(name, text)
        assert any("entities" in line or "not the XML" in line for line in told(path))


def test_names_and_charts_of_a_workbook_do_not_matter(tmp_path):
    def define(made: Any) -> None:
        made.defined_names["capacity"] = DefinedName("capacity", attr_text="facilities!$E$2")
        chart = BarChart()
        chart.add_data(Reference(made["lanes"], 4, 1, 4, 2))
        made.create_chartsheet("chart").add_chart(chart)

    assert rs.load(book(tmp_path, sheets(), define)).solve().cost == pytest.approx(12)

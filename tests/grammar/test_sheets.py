"""Sections in Parquet and Excel: the same validator, with row and column, sheet and cell in the faults."""

from __future__ import annotations

import datetime
import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import resilience as rs
from resilience.grammar import excel, parquet
from tests.grammar.faults import problems_of_dict, problems_of_file

HEAD = """\
commodities: {ore: {}}
demands: {smelter: {country: FIN, commodity: ore, quantity: 8}}
lanes: [{from: {kind: supply}, to: smelter, commodity: ore}]
"""
TWO = {"id": ["a", "b"], "country": ["COD"] * 2, "commodity": ["ore"] * 2, "price": [1, 2]}
HEADER = ["id", "country", "commodity", "price", "quantity", "note"]
GOOD = [["a", "COD", "ore", 10, 5.5, None], ["b", "AUS", "ore", "1_000", None, "dear"]]


def with_sheet(folder: Path, rows: list[list[Any]], sheet: str = "supplies", asked: str = "") -> Path:
    """Write a network whose supplies stand in a workbook."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    book.save(folder / "book.xlsx")
    return network(folder, f"book.xlsx{asked}")


def with_parquet(folder: Path, table: Any) -> Path:
    """Write a network whose supplies stand in a Parquet file."""
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), folder / "t.parquet")
    return network(folder, "t.parquet")


def network(folder: Path, supplies: str) -> Path:
    """Write a network around a table of supplies."""
    path = folder / "network.yaml"
    path.write_text(f"{HEAD}supplies: {supplies!r}\n", encoding="utf-8")
    return path


def columns(**changes: Any) -> dict[str, Any]:
    """Return a good table of one supply, by column."""
    return {"id": ["a"], "country": ["COD"], "commodity": ["ore"], "price": [10.0], **changes}


def only(path: Path) -> str:
    """Return the only fault of a network, as it is printed."""
    problems = problems_of_file(path)
    assert len(problems) == 1, problems
    return str(problems[0]).replace(f"{path.parent}/", "")


def test_a_sheet_is_read_by_the_same_validator(tmp_path):
    spec = rs.Network.from_file(with_sheet(tmp_path, [HEADER, *GOOD])).spec
    a, b = spec.supplies["a"], spec.supplies["b"]
    assert (a.price, a.quantity, a.note) == (10, 5.5, "")
    assert (b.price, b.quantity, b.note) == (1000, None, "dear")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["a", "COD", "ore", "x"], "book.xlsx#supplies:D2: supplies.a.price: 'x' is not a number"),
        (["a", "COD", "ore", True], "D2: supplies.a.price: wanted a number in USD/t, not true"),
        (["a", "COD", "ore", "1,500"], "D2: supplies.a.price: '1,500' is not a number; write 1_500 or 1500"),
        (
            ["a", "COD", "ore", datetime.datetime(2025, 1, 2)],
            "D2: supplies.a.price: wanted a number in USD/t",
        ),
        (["a", "CODE", "ore", 1], "B2: supplies.a.country: unknown country 'CODE'"),
        (["a", "COD", "ore", -1e300], "D2: supplies.a.price: '-1e+300' is larger than any quantity may be"),
        (["a b", "COD", "ore", 1], "A2: supplies.a b: 'a b' is not an id"),
        ([None, "COD", "ore", 1], "A2: supplies: a row without id"),
        (["a", "COD", "ore", "#DIV/0!"], "D2: supplies.a.price: '#DIV/0!' is not a number"),
        (["a", "COD", "ore", 1, None, None, "x"], "G2: supplies: 7 cells under 6 column names"),
    ],
)
def test_a_fault_in_a_sheet_names_its_cell(tmp_path, row, message):
    assert message in only(with_sheet(tmp_path, [HEADER, row]))


def test_a_cell_is_called_as_excel_calls_it(tmp_path):
    """Blank rows are passed over and counted; the 28th column is AB."""
    header = [*HEADER[:4], *(f"source.f{number}" for number in range(23)), "quantity"]
    row = ["a", "COD", "ore", 1, *[None] * 23, -1]
    told = only(with_sheet(tmp_path, [header, [], [None] * 3, row]))
    assert told == "book.xlsx#supplies:AB4: supplies.a.quantity: -1 is below the least possible, 0"


def test_the_same_id_twice_says_where_the_first_is(tmp_path):
    told = only(with_sheet(tmp_path, [HEADER, GOOD[0], GOOD[0]]))
    assert told == "book.xlsx#supplies:A3: supplies.a: stands twice; the first is in A2"


def test_dates_stand_in_headers_and_cells(tmp_path):
    """A date in the header is a date of a quantity; one in a cell is read where a date is wanted."""
    header = ["id", "type", "country", "since", "until"]
    day = datetime.datetime(2025, 1, 1)
    book = openpyxl.Workbook()
    book.active.title = "policies"
    for row in [header, ["stop", "outage", "COD", day, datetime.date(2027, 1, 1)]]:
        book.active.append(row)
    page = book.create_sheet("supplies")
    for row in [["id", "country", "commodity", "price.2025", "price.2026-07"], ["a", "COD", "ore", 1, 2]]:
        page.append(row)
    book.save(tmp_path / "book.xlsx")
    path = network(tmp_path, "book.xlsx")
    path.write_text(path.read_text() + "policies: book.xlsx\n")
    spec = rs.Network.from_file(path).spec
    assert spec.supplies["a"].price.numbers == (1.0, 2.0)
    assert str(spec.policies["stop"].since) == "2025-01-01"


@pytest.mark.parametrize(
    ("sheet", "asked", "message"),
    [
        ("supplies", "", None),
        ("Sheet", "", None),
        ("any", "#any", None),
        ("suply", "#supply", "has no sheet 'supply'; did you mean 'suply'?"),
    ],
)
def test_the_sheet_is_the_one_asked_for_or_called_as_the_section(tmp_path, sheet, asked, message):
    path = with_sheet(tmp_path, [HEADER, *GOOD], sheet, asked)
    if message is None:
        assert len(rs.Network.from_file(path).spec.supplies) == 2
    else:
        assert message in only(path)


def test_of_several_sheets_one_must_be_named(tmp_path):
    path = with_sheet(tmp_path, [HEADER, *GOOD], "one")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    book.create_sheet("two")
    book.save(tmp_path / "book.xlsx")
    assert "has 2 sheets and none called 'supplies'; say which, as file.xlsx#one" in only(path)


def test_formulas_are_not_evaluated(tmp_path):
    """What openpyxl writes has no results: no value is guessed, none left out."""
    told = only(with_sheet(tmp_path, [HEADER, ["a", "COD", "ore", "=1+1"]]))
    assert "book.xlsx#supplies:row 2: supplies: the formula in D2 has no result" in told


def test_a_sheet_of_another_kind_of_file(tmp_path):
    path = network(tmp_path, "book.xls")
    (tmp_path / "book.xls").write_bytes(b"x")
    assert "is of a kind that is not read; save it as .xlsx" in only(path)
    path = network(tmp_path, "t.csv#a")
    (tmp_path / "t.csv").write_text("id\n")
    assert "there is no table 't.csv#a'" in only(path)
    path = with_sheet(tmp_path, [HEADER, *GOOD])
    (tmp_path / "book.csv").write_bytes((tmp_path / "book.xlsx").read_bytes())
    assert "is no text; if it is a .xlsx file" in only(network(tmp_path, "book.csv"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PAR1", b"PAR1" + b"\0" * 99 + b"PAR1", b"x" * 999])
@pytest.mark.parametrize("name", ["book.xlsx", "t.parquet"])
def test_a_broken_file_is_said_to_be_one(tmp_path, name, content):
    path = network(tmp_path, name)
    (tmp_path / name).write_bytes(content)
    assert " is not a" in only(path)


def test_a_workbook_that_swells_is_not_opened(tmp_path):
    """300 MiB of blanks pack into 300 kB."""
    path = with_sheet(tmp_path, [HEADER, *GOOD])
    with zipfile.ZipFile(tmp_path / "book.xlsx", "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/bomb.xml", b" " * (300 * 2**20))
    assert (tmp_path / "book.xlsx").stat().st_size < 2**20
    assert "is larger than 256 MiB in 1000 parts when unpacked" in only(path)


def test_entities_of_a_sheet_do_not_swell(tmp_path):
    path = with_sheet(tmp_path, [HEADER, *GOOD])
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 100}">' for n in range(9))
    old = (tmp_path / "book.xlsx").read_bytes()
    with (
        zipfile.ZipFile(io.BytesIO(old)) as before,
        zipfile.ZipFile(tmp_path / "book.xlsx", "w") as packed,
    ):
        for part in before.namelist():
            text = before.read(part)
            if "sheet1" in part:
                text = text.replace(b"<worksheet", b"<!DOCTYPE x [" + laughs.encode() + b"]><worksheet", 1)
                text = text.replace(b"</v>", b"&l8;</v>", 1)
            packed.writestr(part, text)
    assert "not a sheet" in only(path)


def test_too_many_rows_are_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setattr(excel, "MOST_ROWS", 2)
    assert "more than 2 rows" in only(with_sheet(tmp_path, [HEADER, *GOOD]))
    monkeypatch.setattr(parquet, "MOST_ROWS", 1)
    assert "is larger than" in only(with_parquet(tmp_path, TWO))


def test_parquet_is_read_by_the_same_validator(tmp_path):
    table = columns(price=pa.array([10], pa.int32()), quantity=pa.array([None], pa.float32()))
    spec = rs.Network.from_file(with_parquet(tmp_path, table)).spec
    assert (spec.supplies["a"].price, spec.supplies["a"].quantity) == (10, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price": ["x"]}, "t.parquet:row 1, column 'price': supplies.a.price: 'x' is not a number"),
        ({"price": [np.nan]}, "row 1, column 'price': supplies.a.price: 'nan' is not a finite number"),
        ({"price": [np.inf]}, "row 1, column 'price': supplies.a.price: 'inf' is not a finite number"),
        ({"price": [True]}, "column 'price': supplies.a.price: wanted a number in USD/t, not true"),
        ({"price": pa.array([None], pa.float64())}, "row 1, column 'id': supplies.a: needs `price`"),
        ({"country": pa.array(["FR"]).dictionary_encode()}, "column 'country': supplies.a.country: unknown"),
        ({"id": [""]}, "row 1, column 'id': supplies: a row without id"),
        ({"note": [b"x"]}, "column 'note': supplies.a.note: "),
        ({"note": ["a\x1bb"]}, "column 'note': supplies.a: character U+001B cannot stand in a table"),
        ({"price": [datetime.datetime(2025, 1, 1)]}, "column 'price': supplies.a.price: wanted a number"),
    ],
)
def test_a_fault_in_parquet_names_row_and_column(tmp_path, changes, message):
    assert message in only(with_parquet(tmp_path, columns(**changes)))


def test_columns_of_parquet_that_stand_twice(tmp_path):
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["id", "id"])
    assert "column 'id' stands twice" in only(with_parquet(tmp_path, table))


def test_structs_lists_and_decimals_of_parquet(tmp_path):
    """A nested column is a nested field."""
    table = columns(
        price=pa.array([{"2025": 1.5, "2026": 2.5}]), source=pa.array([["assumed: a"]]), quantity=[7]
    )
    entry = rs.Network.from_file(with_parquet(tmp_path, table)).spec.supplies["a"]
    assert (entry.price.numbers, entry.source, entry.quantity) == ((1.5, 2.5), {"": ("assumed: a",)}, 7)


def test_a_fault_in_a_data_frame_names_row_and_column():
    supplies = pd.DataFrame({**TWO, "quantity": [1, -1]})
    (problem,) = problems_of_dict({"commodities": {"ore": {}}, "supplies": supplies})
    assert str(problem) == (
        "row 1 of the DataFrame, column 'quantity': supplies.b.quantity: -1 is below the least possible, 0"
    )


@pytest.mark.parametrize(("name", "library"), [("t.parquet", "pyarrow"), ("book.xlsx", "openpyxl")])
def test_a_library_that_is_missing_is_named(tmp_path, monkeypatch, name, library):
    with_sheet(tmp_path, [HEADER, *GOOD])
    with_parquet(tmp_path, columns())
    monkeypatch.setitem(sys.modules, library, None)
    assert "needs a library: pip install resilience[tables]" in only(network(tmp_path, name))

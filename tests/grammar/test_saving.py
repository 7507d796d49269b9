"""Saving: the whole or nothing, nobody's files lost, and what a workbook cannot hold said in words."""

from __future__ import annotations

import sys
from pathlib import Path

import openpyxl
import pytest

import resilience as rs
from resilience.errors import OutputError
from resilience.grammar import disk, workbook

YAML = """\
commodities: {ore: {note: NOTE}}
supplies: {a: {country: NOR, commodity: ore, price: 1}}
demands: {d: {country: NOR, commodity: ore, quantity: 1, shortfall_cost: 9}}
"""
SMALL = rs.Network.from_yaml(YAML)
LARGER = rs.Network.from_yaml(f"{YAML}lanes: [{{from: a, to: d, commodity: ore}}]\n")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_folder_of_tables_is_replaced_whole(tmp_path, kind):
    """No table of an earlier network is left in it, nor one of the other kind."""
    LARGER.save(tmp_path / "t", "csv")
    SMALL.save(tmp_path / "t", kind)
    wanted = ("commodities", "demands", "network", "supplies")
    assert names(tmp_path / "t") == [f"{name}.{kind}" for name in wanted]
    assert names(tmp_path) == ["t"]
    assert rs.load(tmp_path / "t").spec.lanes == {}


def test_a_folder_with_other_files_is_left_alone_unless_that_is_asked_for(tmp_path):
    LARGER.save(tmp_path / "t")
    (tmp_path / "t" / "_mine.csv").write_text("mine")
    with pytest.raises(
        OutputError, match=r"holds _mine.csv, which is no table of a network; name another .* --force"
    ):
        SMALL.save(tmp_path / "t")
    assert "lanes.csv" in names(tmp_path / "t")
    SMALL.save(tmp_path / "t", force=True)
    wanted = [f"{name}.csv" for name in ("commodities", "demands", "network", "supplies")]
    assert names(tmp_path / "t") == ["_mine.csv", *wanted]


def test_tables_do_not_go_beside_a_network_yaml(tmp_path):
    (tmp_path / "network.yaml").write_text(YAML)
    with pytest.raises(OutputError, match=r"has a network\.yaml, which would be read in place of tables"):
        SMALL.save(tmp_path, force=True)
    assert names(tmp_path) == ["network.yaml"]


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_a_failure_leaves_what_was_there(tmp_path, kind, monkeypatch):
    """The disk is full at the last table; or the new folder cannot take the old one's name."""
    target = tmp_path / ("book.xlsx" if kind == "xlsx" else "t")
    SMALL.save(target, kind)
    before = target.read_bytes() if kind == "xlsx" else names(target)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    if kind == "xlsx":
        monkeypatch.setattr(Path, "write_bytes", fail)
    elif kind == "csv":
        monkeypatch.setattr("resilience.grammar.saving.csv.writer", fail)
    else:
        monkeypatch.setattr(disk, "write_folder", lambda path, writers: path.write_text("no folder"))
        monkeypatch.setattr(Path, "rename", _refusing(Path.rename))
    with pytest.raises(OutputError, match="cannot be written"):
        LARGER.save(target, kind)
    assert (target.read_bytes() if kind == "xlsx" else names(target)) == before
    monkeypatch.undo()
    assert [name for name in names(tmp_path) if name.endswith(".tmp")] == []


def _refusing(rename):
    """Return a rename that refuses a draft that is no folder."""

    def careful(path, target):
        if path.is_file():
            path.unlink()
            raise OSError(1, "Operation not permitted")
        return rename(path, target)

    return careful


def test_ctrl_c_between_the_old_folder_and_the_new_loses_neither(tmp_path, monkeypatch):
    """The old one has been moved aside, and Ctrl-C comes before the new one has its name."""
    LARGER.save(tmp_path / "t")
    rename = Path.rename

    def interrupted(path, target):
        if Path(target) == tmp_path / "t" and "lanes.csv" not in names(path):
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        SMALL.save(tmp_path / "t")
    assert names(tmp_path) == ["t"]
    assert "lanes.csv" in names(tmp_path / "t")


def test_a_folder_that_is_called_as_a_table_is_somebody_elses(tmp_path):
    """Other tools write Parquet as a folder of parts."""
    SMALL.save(tmp_path / "t")
    (tmp_path / "t" / "lanes.parquet").mkdir()
    (tmp_path / "t" / "lanes.parquet" / "part-0.parquet").write_text("mine")
    with pytest.raises(OutputError, match=r"holds lanes.parquet, which is no table"):
        SMALL.save(tmp_path / "t")
    assert (tmp_path / "t" / "lanes.parquet" / "part-0.parquet").read_text() == "mine"


def test_what_a_workbook_cannot_hold_is_said_before_anything_is_written(tmp_path, monkeypatch):
    long = rs.Network.from_yaml(YAML.replace("NOTE", "x" * 40_000))
    with pytest.raises(
        OutputError, match="'note' of row 2 of 'commodities' has 40,000 characters, and a cell"
    ):
        long.save(tmp_path / "book.xlsx")
    long.save(tmp_path / "t")
    assert rs.load(tmp_path / "t").spec.commodities["ore"].note == "x" * 40_000
    monkeypatch.setattr(workbook, "MOST_ROWS", 1)
    with pytest.raises(
        OutputError, match="'network' has 2 rows, and a sheet of Excel holds 1; write Parquet"
    ):
        rs.Network.from_yaml(f"name: Ore\nstages: [dig]\n{YAML}").save(tmp_path / "book.xlsx")
    assert names(tmp_path) == ["t"]


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_what_could_not_be_read_back_is_not_written(tmp_path, kind):
    """Only Python can make such a text: no file may hold it."""
    data = {
        "commodities": {"ore": {"note": "a\x7fb"}},
        "supplies": {"a": {"country": "NOR", "commodity": "ore", "price": 1}},
    }
    with pytest.raises(OutputError, match=r"'note' of 'commodities' has character U\+007F"):
        rs.Network.from_dict(data).save(tmp_path / ("b.xlsx" if kind == "xlsx" else "t"), kind)
    assert names(tmp_path) == []


def test_what_is_asked_for_wrongly(tmp_path):
    with pytest.raises(rs.InputError, match="unknown kind 'xls'; did you mean 'xlsx'"):
        SMALL.save(tmp_path / "t", "xls")
    with pytest.raises(OutputError, match=r"a workbook's name ends in .xlsx"):
        SMALL.save(tmp_path / "t", "xlsx")
    with pytest.raises(OutputError, match="there is no folder"):
        SMALL.save(tmp_path / "none" / "t")
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is a file; name a folder"):
        SMALL.save(tmp_path / "file")
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize(("kind", "library"), [("parquet", "pyarrow"), ("xlsx", "openpyxl")])
def test_a_library_that_is_missing_is_named(tmp_path, monkeypatch, kind, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(OutputError, match=f"needs the package {library}: pip install"):
        SMALL.save(tmp_path / ("b.xlsx" if kind == "xlsx" else "t"), kind)
    assert names(tmp_path) == []


def test_a_workbook_says_what_every_field_means(tmp_path):
    """The sheet of explanations is not read; it names every field, with its unit."""
    rs.Network.from_yaml(f"units: {{mass: kg, currency: EUR}}\n{YAML}").save(tmp_path / "b.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "b.xlsx")["_fields"].iter_rows(values_only=True))
    assert rows[0] == ("sheet", "field", "unit of a bare number", "if left out", "meaning")
    found = {row[:2]: row[2:] for row in rows[1:]}
    assert found["facilities", "capacity"][0] == "kg/yr"
    assert found["lanes", "from"][1] == "required"
    assert "Most throughput per year" in found["facilities", "capacity"][2]
    assert ("policies: tariff", "rate") in found

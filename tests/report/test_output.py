"""Writing: the whole file or none, and JSON that any reader takes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from resilience.errors import OutputError
from resilience.grammar.disk import copy_folder, write_file, write_folder
from resilience.report.output import emit, plain, to_csv, to_json


def fail(path: Path) -> None:
    path.write_text("half", encoding="utf-8")
    raise OSError(28, "No space left on device")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_write_that_fails_leaves_what_was_there(tmp_path):
    target = tmp_path / "a.csv"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(OutputError, match="No space left"):
        write_file(target, fail)
    assert target.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["a.csv"]


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def interrupted(path: Path) -> None:
        path.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "a.csv", interrupted)
    assert names(tmp_path) == []


def test_a_folder_that_fails_half_way_is_not_made(tmp_path):
    with pytest.raises(OutputError):
        write_folder(tmp_path / "tables", {"a.csv": lambda path: path.touch(), "b.csv": fail})
    assert names(tmp_path) == []


def test_a_folder_that_fails_half_way_keeps_the_old_one(tmp_path):
    target = tmp_path / "tables"
    target.mkdir()
    (target / "a.csv").write_text("old", encoding="utf-8")
    with pytest.raises(OutputError):
        write_folder(target, {"a.csv": lambda path: path.touch(), "b.csv": fail})
    assert (target / "a.csv").read_text(encoding="utf-8") == "old"
    assert names(target) == ["a.csv"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_is_followed(tmp_path):
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)
    emit("new", link)
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "new\n"


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no such device")
def test_a_device_is_written_to_and_stays_one():
    emit("new", Path("/dev/null"))
    assert not Path("/dev/null").is_file()


def test_a_dash_is_stdout(capsys):
    emit("text", Path("-"))
    assert capsys.readouterr().out == "text\n"


def test_a_copy_never_writes_over_anything(tmp_path):
    source, target = tmp_path / "from", tmp_path / "to"
    for folder in (source, target):
        folder.mkdir()
        (folder / "network.yaml").write_text(folder.name, encoding="utf-8")
    with pytest.raises(OutputError, match="nothing is overwritten"):
        copy_folder(source, target)
    assert (target / "network.yaml").read_text(encoding="utf-8") == "to"


def test_json_of_everything_a_result_may_hold():
    frame = pd.DataFrame(
        {"id": ["a", "b"], "capacity_t": [np.inf, 1 / 3], "count": [1, 2], "holds": [True, False]}
    )
    value = {
        "table": frame,
        "series": frame["capacity_t"],
        "array": np.array([1.5, np.nan]),
        "tuple": (1, None),
    }
    found = json.loads(to_json(value))
    assert found["table"] == [
        {"id": "a", "capacity_t": None, "count": 1, "holds": True},
        {"id": "b", "capacity_t": 1 / 3, "count": 2, "holds": False},
    ]
    assert found["series"] == [{"capacity_t": None}, {"capacity_t": 1 / 3}]
    assert found["array"] == [1.5, None]
    assert found["tuple"] == [1, None]


def test_an_index_with_a_meaning_becomes_columns():
    index = pd.MultiIndex.from_tuples([("resource", "freight")], names=["kind", "component"])
    series = pd.Series([2.0], index=index, name="cost_usd")
    assert plain(series) == [{"kind": "resource", "component": "freight", "cost_usd": 2.0}]
    assert to_csv(series) == "kind,component,cost_usd\nresource,freight,2.0\n"


def test_csv_keeps_every_digit_and_leaves_no_limit_empty():
    text = to_csv(pd.DataFrame({"x": [0.1 + 0.2, np.inf, np.nan]}))
    assert text == "x\n0.30000000000000004\n\n\n" or text.splitlines()[1] == "0.30000000000000004"
    assert "inf" not in text

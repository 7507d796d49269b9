"""Tables of entries read at once: the same entries, places and faults as row by row."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from unittest import mock

import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from resilience.grammar.document import Document
from resilience.grammar.plain import FrameSource
from resilience.grammar.tables import Reading, read_table

HEADER = ["id", "country", "inputs.ore", "cost", "_own", "note"]
CELLS = ["", "a", " b ", "7", "5 kt", "{x: 1}", "[AUS]", "'=1", "\x1b", "a;b"]
IDS = ["one", "two", " three ", "four", "5", "one ", ""]


@st.composite
def tables(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Draw rows of few different cells, so that many a table has nothing wrong with it."""
    few = draw(st.lists(st.sampled_from(CELLS), min_size=1, max_size=2))
    ids = draw(st.lists(st.sampled_from(IDS), max_size=5, unique=draw(st.booleans())))
    return [(key, *(draw(st.sampled_from(few)) for _ in HEADER[1:])) for key in ids]


def read(path: Path):
    document = Document({}, file="n.yaml")
    entries = read_table(document, "facilities", path, "t", keyed=True)
    paths = [("facilities", key, *inner) for key in entries for inner in ((), ("cost",))]
    places = [(document.place(path), document.place(path, at_key=True)) for path in paths]
    return entries, places, document.problems


@example([("one", "", "'=1", "", "", "")], "csv")
@example([("one", "", "", "", "{x: 1}", "{x: 1}"), ("two", "", "", "7", "a", "")], "parquet")
@given(tables(), st.sampled_from(["csv", "parquet"]))
@settings(max_examples=60)
def test_at_once_and_row_by_row_are_the_same(tmp_path_factory, rows, kind):
    path = tmp_path_factory.mktemp("t") / f"t.{kind}"
    if kind == "csv":
        text = io.StringIO(newline="")
        csv.writer(text).writerows([HEADER, *rows])
        path.write_text(text.getvalue(), newline="")
    else:
        cells = [[cell or None for cell in column] for column in zip(*rows, strict=True)] or [[]] * len(
            HEADER
        )
        pd.DataFrame(dict(zip(HEADER, cells, strict=True)), dtype="str").to_parquet(path)
    found = read(path)
    with mock.patch.object(Reading, "read_at_once", return_value=False):
        assert found == read(path)


def test_numbers_of_a_frame_and_what_is_missing_stay_what_they_are():
    frame = pd.DataFrame({"id": [7, 8], "capacity": [1.5, None], "whole": [3, 4], "inputs.ore": ["1", " 2"]})
    document = Document({})
    reading = Reading(document, "facilities", FrameSource(frame), keyed=True)
    assert reading.read() == {
        "7": {"capacity": 1.5, "whole": 3, "inputs": {"ore": "1"}},
        "8": {"whole": 4, "inputs": {"ore": "2"}},
    }
    assert "facilities" in document.tables
    assert document.place(("facilities", "8", "whole")).name == "row 1 of the DataFrame, column 'whole'"

"""A plain CSV file by column: what pandas makes of it is what its characters say, or nothing is made."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resilience.grammar.columns import Coded, Ready, cells_of, numbers_of
from resilience.grammar.csv_columns import plain_columns

KINDS = ["word", "number"]
CELLS = st.text("0123456789.eE+-_ naifNAIF%x", max_size=8) | st.sampled_from(["true", "False"])


def table(lines):
    return "\n".join(["w,n", *lines, ""]).encode()


@given(st.lists(CELLS.filter(lambda text: not text or text.strip()), min_size=1, max_size=4))
def test_a_number_is_what_reading_it_alone_gives(cells):
    found = plain_columns(table(f"a,{cell}" for cell in cells), KINDS)
    assert found is not None
    expected, odd = numbers_of(cells)
    if isinstance(found[1], Ready):
        there = ~found[1].missing & np.isfinite(found[1].values)
        assert odd[~found[1].missing & ~there].all()
        np.testing.assert_array_equal(found[1].values[there], expected[there])
        assert not odd[there].any()
        assert np.isnan(expected[found[1].missing]).all()
    else:
        assert cells_of(found[1]) == cells


@pytest.mark.parametrize("cells", [["True"], ["TRUE", "false"], ["False", ""], ["true", "1"], ["tRUE"]])
def test_a_truth_value_is_no_number(cells):
    """A cost that is true is a fault to be told, and not 1."""
    found = plain_columns(table(f"a,{cell}" for cell in cells), KINDS)
    assert cells_of(found[1]) == cells


@given(st.lists(st.floats(-1e15, 1e15), min_size=1))
def test_every_digit_of_a_number_counts(numbers):
    _, found = plain_columns(table(f"a,{n!r}" for n in numbers), KINDS)
    assert isinstance(found, Ready)
    assert found.values.tolist() == numbers


def test_words_that_look_like_numbers_stay_as_they_are_written():
    found = plain_columns(b"w,n\n1.50,2\n07,\n", KINDS)
    assert cells_of(found[0]) == ["1.50", "07"]
    assert found[1].values[0] == 2


@given(st.lists(st.lists(st.text("ab7. ;ü", max_size=3), min_size=2, max_size=3), max_size=5), st.booleans())
def test_texts_are_those_of_the_csv_module_or_the_file_is_not_plain(rows, is_windows):
    text = "\n".join(["one,two", *map(",".join, rows)]) + "\n"
    content = (text.replace("\n", "\r\n") if is_windows else text).encode()
    found = plain_columns(content, ["word", "text"])
    if found is not None:
        expected = [row for row in csv.reader(io.StringIO(text)) if row][1:]
        assert list(map(list, zip(*map(cells_of, found), strict=True))) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2,3\n",
        "a,b\n1\n",
        'a,b\n"1",2\n',
        "a,b\n1,2\n\n3,4\n",
        "a,b\n,2\n",
        "a,b\n  ,2\n",
        "a,b\n1,2\r3,4\n",
    ],
    ids=["long", "short", "quoted", "empty row", "no word", "blank word", "old break"],
)
def test_what_may_mean_two_things_is_left_to_the_reader_of_rows(text):
    assert plain_columns(text.encode(), ["word", "number"]) is None


def test_few_words_are_held_once():
    (words, _) = plain_columns(b"w,n\nb,1\na,2\nb,3", ["word", "number"])
    assert isinstance(words, Coded)
    assert [words.words[code] for code in words.codes] == ["b", "a", "b"]
    assert len(words.words) == 2

"""YAML text to plain data: what a scalar is, where everything stands, and what hostile text does."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from resilience.grammar import Document, read_file, read_text


def places(text: str) -> dict[str, tuple[int, int]]:
    """Return line and column of every key (with `:`) and value, by dotted path."""
    document = read_text(text, "x.yaml")
    assert document.problems == []
    found = {".".join(map(str, path)): place for path, place in document.values.items()}
    found |= {".".join(map(str, path)) + ":": place for path, place in document.keys.items()}
    return {path: (place.line, place.column) for path, place in found.items()}


def only_problem(text: str) -> tuple[int, int, str]:
    document = read_text(text, "x.yaml")
    assert len(document.problems) == 1, document.problems
    problem = document.problems[0]
    assert problem.file == "x.yaml"
    return problem.line, problem.column, problem.message


def test_places_in_block_style():
    found = places("a:\n  b: 1\n  c:\n    - x\n    -   y\n")
    assert found["a:"] == (1, 1)
    assert found["a.b:"] == (2, 3)
    assert found["a.b"] == (2, 6)
    assert found["a.c.0"] == (4, 7)
    assert found["a.c.1"] == (5, 9)
    assert found["a.c"] == (4, 5)


def test_places_in_flow_style():
    found = places("a: {b: 1, c: [x,  y],\n  d: z}\n")
    assert found["a"] == (1, 4)
    assert found["a.c:"] == (1, 11)
    assert found["a.c.1"] == (1, 19)
    assert found["a.d"] == (2, 6)


def test_places_of_quoted_and_multi_line_values():
    found = places('\'a b\': "x"\nc: >\n  folded\n  text\nd: "two\n  lines"\ne: 1\n')
    assert found["a b:"] == (1, 1)
    assert found["a b"] == (1, 8)
    assert found["c"] == (2, 4)
    assert found["d"] == (5, 4)
    assert found["e"] == (7, 4)


def test_columns_count_characters_not_bytes():
    found = places("ä: {ö𝔘é: 1, b: 2}\n")
    assert found["ä.ö𝔘é"] == (1, 10)
    assert found["ä.b:"] == (1, 13)


@pytest.mark.parametrize(
    "text", ["a: 1\r\nb:\r\n  c: 2\r\n", "a: 1\rb:\r  c: 2\r", "\ufeffa: 1\nb:\n  c: 2\n"]
)
def test_windows_and_old_line_ends_and_a_byte_order_mark_shift_nothing(text):
    found = places(text)
    assert found["a:"] == (1, 1)
    assert found["b.c"] == (3, 6)


def test_line_breaks_that_only_yaml_knows_are_none():
    """An editor counts U+2028 as part of its line, so must we."""
    assert places("a: x\u2028y\nb: 1\n")["b"] == (2, 4)


def test_the_place_of_a_value_that_is_left_out_is_its_key():
    document = read_text("a:\n  b:\n  c: 1\n")
    assert document.data == {"a": {"b": None, "c": "1"}}
    assert document.place(("a", "b")).line == 2


def test_what_has_no_place_of_its_own_stands_where_its_parent_does():
    document = read_text("a:\n  b: {c: 1}\n")
    assert document.place(("a", "b", "x", "y")).column == 6


@pytest.mark.parametrize(
    "written",
    ["NO", "no", "Yes", "on", "010", "0x1F", "1e6", "12:30", "1_000", ".5", "2025-01-01", "=", "1.0"],
)
def test_every_scalar_stays_text(written):
    assert read_text(f"a: {written}\n").data == {"a": written}
    assert read_text(f"{written}: 1\n").data == {written: "1"}


@pytest.mark.parametrize("written", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_written_in_five_ways_and_quotes_make_it_text(written):
    assert read_text(f"a: {written}\n").data == {"a": None}
    assert read_text(f"a: '{written}'\n").data == {"a": written}


def test_duplicate_keys_are_each_reported_and_the_first_counts():
    document = read_text("a: 1\nb: {c: 1, c: 2, c: 3}\na: 2\n")
    assert document.data == {"a": "1", "b": {"c": "1"}}
    assert [(fault.line, fault.column, fault.path) for fault in document.problems] == [
        (2, 11, "b.c"),
        (2, 17, "b.c"),
        (3, 1, "a"),
    ]
    assert document.problems[2].message == "stands twice; the first is on line 1"


@pytest.mark.parametrize("tag", ["!!str", "!!python/object/apply:os.system", "!own", "!!binary", "!<tag:x>"])
def test_tags_are_faults_and_run_nothing(tag):
    line, column, message = only_problem(f"a: 1\nb: {tag} [x]\n")
    assert (line, column) == (2, 4)
    assert "is not allowed" in message


def test_an_alias_repeats_a_value_and_keeps_the_place_where_it_is_written():
    document = read_text("a: &x {cost: 1}\nb: *x\nc: &y 5\nd: *y\n")
    assert document.data == {"a": {"cost": "1"}, "b": {"cost": "1"}, "c": "5", "d": "5"}
    assert document.place(("b", "cost")).line == 1
    assert document.place(("d",)).line == 4


def test_merge_keys_say_that_they_are_not_part_of_the_grammar():
    line, column, message = only_problem("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n")
    assert (line, column) == (3, 3)
    assert "write the fields out" in message


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: *x\n", (1, 4), "has no anchor '&x' before it"),
        ("a: &x [1, *x]\n", (1, 11), "contains itself"),
        ("a: &x {b: {c: *x}}\n", (1, 15), "contains itself"),
        ("a: &x 1\n*x : 2\n", (2, 1), "an alias cannot be a key"),
        ("? [a]\n: 1\n", (1, 3), "a mapping or list cannot be a key"),
        ("a: 1\n---\nb: 2\n", (2, 1), "a second document"),
        ("a: [1, 2\nb: 1\n", (2, 2), "not YAML"),
        ("a:\n\tb: 1\n", (2, 1), "not tabs"),
        ("a: b: c\n", (1, 5), "needs quotes"),
        ("a: 'x\n", (2, 1), "not YAML"),
        ("a: @x\n", (1, 4), "needs quotes"),
        ("a: \x00\n", (1, 4), "U+0000 cannot stand"),
        ("a: 1\nb: x\x1by\n", (2, 5), "U+001B cannot stand"),
        ("a: \ud800\n", (1, 4), "U+D800 cannot stand"),
        ("a: x\ufeffy\n", (1, 5), "U+FEFF cannot stand"),
    ],
)
def test_what_is_not_plain_yaml_is_located(text, place, words):
    line, column, message = only_problem(text)
    assert words in message
    assert (line, column) == place


def bomb(levels: int, item: str = "x") -> str:
    lines = [f"a0: &a0 [{item}]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels + 1)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        bomb(9),
        bomb(90),
        bomb(20, "{y: z}"),
        "a: &a {" + ", ".join(f"k{n}: 1" for n in range(1000)) + "}\nb: [" + "*a, " * 100_000 + "]\n",
    ],
    ids=["billion laughs", "deeper", "of mappings", "wide"],
)
def test_alias_bombs_are_stopped_within_a_second(text):
    start = time.perf_counter()
    document = read_text(text)
    assert time.perf_counter() - start < 1
    assert "aliases repeat" in document.problems[0].message


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_ten_thousand_deep_is_a_fault(opening):
    start = time.perf_counter()
    document = read_text(opening * 10_000)
    assert time.perf_counter() - start < 1
    assert len(document.problems) == 1
    assert document.problems[0].line == 1


def test_block_style_ten_thousand_deep_is_a_fault():
    document = read_text("\n".join(" " * depth + "a:" for depth in range(3000)))
    assert "nested more than 40 deep" in document.problems[0].message
    assert document.problems[0].line == 41


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10**6,
        "'" * 10**6,
        ":" * 10**5,
        "-" * 10**6,
        "[" + "," * 10**6,
        "#" * 10**6,
        "&a " * 10**5,
        "%" * 10**5,
    ],
)
def test_a_million_signs_do_not_hang(text):
    start = time.perf_counter()
    read_text(text)
    assert time.perf_counter() - start < 3


def test_a_huge_scalar_is_a_value():
    assert len(read_text("a: " + "x" * 10**6).data["a"]) == 10**6


def test_faults_are_kept_up_to_a_thousand():
    document = read_text("a: 1\n" * 5000)
    assert len(document.problems) == 1000


def read_bytes(tmp_path: Path, content: bytes) -> Document:
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    return read_file(path)


def test_bytes_that_are_not_utf8_are_located(tmp_path):
    document = read_bytes(tmp_path, "ä: 1\nbü: ".encode() + b"\xff\n")
    problem = document.problems[0]
    assert (problem.line, problem.column) == (2, 5)
    assert "byte 11 is 0xff" in problem.message


def test_utf16_is_recognised(tmp_path):
    assert "save it as UTF-8" in read_bytes(tmp_path, "a: 1".encode("utf-16")).problems[0].message


def test_an_empty_file_and_a_file_of_comments_hold_nothing(tmp_path):
    for content in (b"", b"# nothing\n", b"\xef\xbb\xbf"):
        document = read_bytes(tmp_path, content)
        assert document.data is None
        assert document.problems == []


def test_what_is_no_file_is_a_fault_and_does_not_hang(tmp_path):
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    for path, words in (
        (tmp_path, "not a regular file"),
        (pipe, "not a regular file"),
        (Path("/dev/zero"), "not a regular file"),
        (tmp_path / "none.yaml", "No such file"),
        (tmp_path / ("x" * 5000), "too long"),
    ):
        document = read_file(path)
        assert document.data is None
        assert words in document.problems[0].message


def test_a_loop_of_links_is_a_fault(tmp_path):
    path = tmp_path / "loop.yaml"
    path.symlink_to(path)
    assert len(read_file(path).problems) == 1


def test_an_excerpt_shows_the_part_of_a_long_line_that_is_at_fault():
    document = read_text("a: {" + "".join(f"k{n}: 1, " for n in range(100)) + "k0: 2}\n")
    shown = str(document.problems[0]).splitlines()
    assert len(shown[1]) < 130
    start, end = shown[2].index("^"), shown[2].rindex("^")
    assert shown[1][start : end + 1] == "k0"


def test_a_message_cannot_send_escapes_to_a_terminal():
    document = read_text('"a\\eb": 1\n"a\\eb": 1\n')
    assert "\x1b" not in str(document.problems[0])

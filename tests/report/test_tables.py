"""Tables as text: nothing is cut off, whatever the width, and no colour where none is wanted."""

from __future__ import annotations

import io

import pytest

from resilience.report.tables import Column, numbers, render, table

LONG = "a_facility_with_a_name_that_is_longer_than_the_terminal_is_wide"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def sample() -> list[object]:
    return [table([Column("facility", [LONG, "b"]), numbers("t", [1234567.0, 2.5])])]


def test_a_pipe_gets_every_row_on_one_line():
    lines = render(sample(), io.StringIO()).splitlines()
    assert len(lines) == 4
    assert LONG in lines[2]
    assert lines[2].endswith("1,234,567")


def test_a_narrow_terminal_folds_texts_and_keeps_numbers_whole(narrow):
    text = render(sample(), narrow)
    assert "…" not in text
    assert "1,234,567" in text
    letters = "".join(line.split("  ")[0].strip() for line in text.splitlines()[2:])
    assert LONG in letters


def test_a_terminal_gets_bold_heads_and_a_pipe_does_not(narrow):
    assert "\x1b[1m" in render(sample(), narrow)
    assert "\x1b" not in render(sample(), io.StringIO())


def test_no_color_takes_the_colour_away(narrow, monkeypatch):
    from rich.text import Text

    coloured = [Text("short", style="red")]
    assert "\x1b[31m" in render(coloured, narrow)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in render(coloured, narrow)


def test_a_table_too_wide_for_any_terminal_is_not_cut_off(narrow):
    wide = [table([numbers(f"column {number}", [123456789.0]) for number in range(9)])]
    text = render(wide, narrow)
    assert text.count("123,456,789") == 9
    assert "…" not in text


def test_markup_in_names_is_shown_as_it_stands():
    assert "[bold]x[/bold]" in render([table([Column("name", ["[bold]x[/bold]"])])])

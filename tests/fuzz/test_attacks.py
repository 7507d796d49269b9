"""Files made to hang, swell or lead out: each is refused, with a place, in time that grows with its size."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import resilience as rs
from resilience.errors import InputError
from resilience.grammar.reading import read_bytes
from tests.fuzz.seeds import BASIC

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
ATTACKS = {
    "alias bomb": (BOMB, "aliases repeat"),
    "an alias within itself": ("a: &a [*a]\n", "contains itself"),
    "merge keys": (BASIC.replace("name: Basic", "name: {<<: {a: 1}}"), "merging with `<<`"),
    "tag": ("!!python/object/apply:os.system ['echo hi']\n", "is not allowed"),
    "tag of a value": (BASIC.replace("Basic", "!!python/name:os.system x"), "is not allowed"),
    "half a surrogate": (BASIC.replace("Basic", '"\\ud800"'), "not YAML"),
    "NUL": (BASIC.replace("Basic", "a\0b"), "U+0000"),
    "tab": (BASIC.replace("  mine:", "\tmine:"), "indent with spaces"),
    "version": ("%YAML 3.0\n---\n" + BASIC, "not YAML"),
    "two documents": (BASIC + "---\n" + BASIC, "a second document"),
    "deep in brackets": ("a: " + "[" * 300_000, "not YAML"),
    "deep in braces": (BASIC + "x: " + "{a: " * 300 + "1" + "}" * 300 + "\n", "nested more than 40 deep"),
    "deep in blocks": ("".join(" " * n + "a:\n" for n in range(300)), "nested more than 40 deep"),
    "deep in question marks": ("? " * 100_000, "cannot be a key"),
    "long number": (BASIC.replace("45_000", "9" * 300_000), "larger than any quantity"),
    "long number in parts": (BASIC.replace("45_000", "1_" * 100_000 + "1"), "larger than any quantity"),
    "long id": (BASIC.replace("mine:", "? " + "m" * 10_000 + "\n  :"), "is not an id"),
    "long name": (BASIC.replace("stage: mining", "stage: " + "m" * 300_000), "unknown stage"),
    "long unit": (BASIC.replace("80 kt/yr", "80 " + "kt*" * 100_000), "is not a unit"),
    "many lines": ("\n" * 300_000, "the file is empty"),
    "scenarios in a ring": (
        BASIC.split("scenarios:")[0] + "scenarios: {a: {extends: b}, b: {extends: a}}\n",
        "extends itself",
    ),
    "scenarios in a long chain": (
        BASIC.split("scenarios:")[0]
        + "scenarios:\n  s0: {}\n"
        + "".join(f"  s{n}: {{extends: s{n - 1}}}\n" for n in range(1, 60)),
        "more than 40 scenarios extend each other",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_with_its_place(name, tmp_path):
    text, message = ATTACKS[name]
    path = tmp_path / "network.yaml"
    path.write_bytes(text.encode())
    with pytest.raises(InputError) as caught:
        rs.Network.from_file(path)
    assert any(message in problem.message for problem in caught.value.problems), caught.value
    assert all(problem.line and problem.column for problem in caught.value.problems)
    assert len(str(caught.value)) < 100_000


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "%YAML 1.1\n---\n"])
def test_line_ends_marks_and_a_directive_change_nothing(start, end):
    text = (start + BASIC).replace("\n", end)
    assert rs.Network.from_yaml(text).spec == rs.Network.from_yaml(BASIC).spec


def test_settings_by_the_thousand_copy_a_section_once():
    """Each of n settings used to copy the entry that the one before had made longer: n * n steps."""
    values = ", ".join(f"facilities.mine.capacity.{year}: {year}" for year in range(1000, 4000))
    text = BASIC.split("scenarios:")[0].replace("45_000", "{2025: 1}")
    text += "scenarios: {a: {set: {" + values + "}}}\n"
    network = rs.Network.from_yaml(text)
    made = network.formulation("a").spec.facilities["mine"].capacity
    assert len(made.numbers) == 3000
    assert network.spec.facilities["mine"].capacity.numbers == (1.0,)


def test_a_file_that_grows_while_it_is_read_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr("resilience.grammar.reading.MOST_BYTES", 10)
    path = tmp_path / "long.yaml"
    path.write_bytes(b"x" * 11)
    with pytest.raises(ValueError, match="larger than"):
        read_bytes(path)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_became_no_file_after_it_was_looked_at_does_not_hang(tmp_path, make):
    make(tmp_path / "x")
    with pytest.raises(ValueError, match="not a regular file"):
        read_bytes(tmp_path / "x")
    with pytest.raises(ValueError, match="not a regular file"):
        read_bytes(Path("/dev/zero"))

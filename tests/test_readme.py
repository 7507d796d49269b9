"""Every block of the README runs, and prints what it says."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from resilience.grammar.reference import BEGIN, END, with_reference
from tests.readme import ROOT, SHOWN, Block, blocks, run, steps, walk_to

README = (ROOT / "README.md").read_text(encoding="utf-8")
STEPS = list(steps(README))
VARYING = {
    re.compile(r"HiGHS \d+\.\d+\.\d+ in [\d.]+ s"): "HiGHS in a moment",
    re.compile(r"\b\d(\.\d+)?e[-+]\d+"): "rounding",
}
"""What differs from run to run and from machine to machine."""


def comparable(output: str) -> str:
    """Return an output in one line, since where lines break depends on what varies."""
    text = " ".join(output.split())
    for varying, said in VARYING.items():
        text = varying.sub(said, text)
    return text


@pytest.mark.parametrize(
    ("command", "expected", "before"), STEPS, ids=[f"{n}: {step[0]}" for n, step in enumerate(STEPS, 1)]
)
def test_a_command_prints_what_the_readme_says(
    command: str, expected: str, before: list[Block], tmp_path: Path
):
    """`python -m tests.readme` writes it."""
    walk_to(before, tmp_path)
    assert comparable(run(command, tmp_path)) == comparable(expected)


def test_the_network_that_the_readme_shows_is_the_one_that_init_copies():
    (shown,) = [block.body for block in blocks(README) if block.language == "yaml"]
    assert shown == SHOWN.read_text(encoding="utf-8")


def test_python_in_the_readme_runs():
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for number, block in enumerate(blocks(README)):
        if block.language == "python":
            runner.run(parser.get_doctest(block.body, {}, f"README block {number}", "README.md", 0))
    assert runner.tries > 5
    assert runner.failures == 0


def test_the_grammar_tables_are_those_of_the_classes():
    """`python -m resilience.grammar.reference README.md` writes them."""
    assert BEGIN in README
    assert END in README
    assert with_reference(README) == README


def test_the_two_commands_are_the_ones_that_ci_runs():
    assert "pip install . && resilience solve rare_earths -s ban" in README
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert 'grep -m1 "^pip install -e" README.md' in script

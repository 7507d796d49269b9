"""Every block of the README runs, and prints what it says."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

from resilience.grammar.reference import BEGIN, END, with_reference

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
VARYING = {
    re.compile(r"HiGHS \d+\.\d+\.\d+ in [\d.]+ s"): "HiGHS in a moment",
    re.compile(r"\b\d(\.\d+)?e[-+]\d+"): "rounding",
}
"""What differs from run to run and from machine to machine."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    good, wrong = blocks("yaml")
    (tmp_path / "magnets.yaml").write_text(good, encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text(wrong, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands() -> list[tuple[str, str]]:
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def run(command: str, folder: Path) -> str:
    name, *arguments = command.split()
    assert name == "resilience"
    done = subprocess.run(
        [sys.executable, "-m", "resilience", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PATH": "", "COLUMNS": "120", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def comparable(output: str) -> str:
    """Return an output in one line, since where lines break depends on what varies."""
    text = " ".join(output.split())
    for varying, said in VARYING.items():
        text = varying.sub(said, text)
    return text


@pytest.mark.parametrize(("command", "expected"), commands(), ids=[command for command, _ in commands()])
def test_a_command_prints_what_the_readme_says(command: str, expected: str, folder: Path):
    assert comparable(run(command, folder)) == comparable(expected)


def test_python_in_the_readme_runs(folder: Path):
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for number, block in enumerate(blocks("python")):
        runner.run(parser.get_doctest(block, {}, f"README block {number}", "README.md", 0))
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

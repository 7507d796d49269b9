"""What is shown while something takes long: on a terminal, and nowhere else."""

from __future__ import annotations

import math
import os
import sys
from contextlib import contextmanager

import pytest

from resilience.program import Search
from resilience.report import progress
from resilience.report.progress import told, working

pty = pytest.importorskip("pty")


@contextmanager
def terminal(monkeypatch):
    """Let stderr be a terminal, and give a reader of what was written there."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(progress, "PATIENCE", 0.0)
        monkeypatch.setenv("TERM", "xterm")
        yield lambda: os.read(ours, 65536).decode("utf-8")
    os.close(ours)


def test_a_search_shows_its_best_plan_bound_and_gap_on_a_terminal(monkeypatch):
    with terminal(monkeypatch) as written, working("solving lots") as show:
        assert show is not None
        show(Search(1_020_000.0, 1_000_000.0, 12.0))
        deadline = 200
        seen = ""
        while "gap" not in seen and deadline:
            seen, deadline = seen + written(), deadline - 1
    assert "solving lots: best plan 1.02 million, none below 1.00 million, gap 2.0 %, 12 s" in seen


def test_nothing_is_shown_where_no_terminal_is(capsys):
    with working("solving lots") as show:
        assert show is None
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("search", "words"),
    [
        (Search(math.inf, -math.inf, 1.0), "no plan yet, 1 s"),
        (Search(math.inf, 50.0, 1.0), "no plan yet, none below 50, 1 s"),
        (Search(60.0, -math.inf, 1.0), "best plan 60, 1 s"),
        (Search(60.0, 60.0, 1.0), "best plan 60, none below 60, gap 0 %, 1 s"),
    ],
)
def test_what_is_not_known_yet_is_not_shown(search, words):
    assert told(search) == words

"""A solve that is cut short: Ctrl-C and time limits stop it, and leave nothing behind."""

from __future__ import annotations

import signal
import threading
import time

import numpy as np
import pytest

from resilience.program import Delta
from resilience.program.samples import two_sources
from resilience.solvers import HighsSession, engine
from tests.programs import layered_network


@pytest.fixture
def always_large(monkeypatch):
    monkeypatch.setattr(engine, "THREADED", 0)


def test_a_large_program_solved_in_a_thread_gives_the_same(monkeypatch):
    here = HighsSession(two_sources()).solve(Delta.of(col_upper=([0], 2.0)))
    monkeypatch.setattr(engine, "THREADED", 0)
    there = HighsSession(two_sources()).solve(Delta.of(col_upper=([0], 2.0)))
    assert there.status == "optimal"
    np.testing.assert_array_equal(here.x, there.x)
    np.testing.assert_array_equal(here.y, there.y)


@pytest.mark.skipif(not hasattr(signal, "raise_signal"), reason="no signals")
@pytest.mark.usefixtures("always_large")
def test_ctrl_c_stops_a_solve_and_the_next_one_is_whole(monkeypatch):
    class Slow:
        """HiGHS that never gets done by itself, until it is told to stop."""

        def __init__(self) -> None:
            self.stopped = False

        def getNumCol(self) -> int:
            return 1

        def startSolve(self) -> None:
            threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()

        def wait(self, seconds: float) -> tuple[bool, None]:
            time.sleep(0.01)
            return self.stopped, None

        def cancelSolve(self) -> None:
            self.stopped = True

    slow, before = Slow(), signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts with &
    try:
        engine._solve(slow)
    finally:
        signal.signal(signal.SIGINT, before)
    assert slow.stopped


def test_a_time_limit_holds_for_one_solve_only():
    session = HighsSession(layered_network(seed=1), time_limit=0.0)
    delta = Delta.of(col_upper=([0], 0.0))
    assert session.solve(delta).status == "time limit"
    session.time_limit = None
    assert session.solve(delta).status == "optimal"
    assert session.solve().status == "optimal"

"""Many spoilt networks, in a process that may be killed: crashes, hangs and swollen memory are findings.

The worker has a limit of memory and of time per file; what it is at stands in a pipe, so that its
parent can end it when it hangs outside Python, note the file, and go on with the next.
"""

from __future__ import annotations

import collections
import multiprocessing
import resource
import signal
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from tests.fuzz.cases import case_of, judge

MEMORY = 6 * 2**30
"""Bytes of address space that a worker may ask for; libraries alone map one to two GB."""
MOST_SECONDS = 5.0
"""A small file may take so long; then it hangs."""
GRACE = 25.0
"""After so many seconds without an answer the worker is ended."""


class Hang(BaseException):
    """Raised in the worker when a file takes too long."""


@dataclass
class Tally:
    """What came of the files so far."""

    counts: collections.Counter[str] = field(default_factory=collections.Counter)
    findings: dict[str, list[int]] = field(default_factory=dict)
    slowest: float = 0.0
    slowest_number: int = -1

    def add(self, number: int, kind: str, what: str, seconds: float) -> None:
        """Note one file."""
        self.counts[f"{kind}: {what}" if not what.startswith("!") else f"{kind}: finding"] += 1
        if what.startswith("!"):
            self.findings.setdefault(what[1:], []).append(number)
        if seconds > self.slowest:
            self.slowest, self.slowest_number = seconds, number

    def merge(self, other: Tally) -> None:
        """Add another's."""
        self.counts += other.counts
        for key, numbers in other.findings.items():
            self.findings.setdefault(key, []).extend(numbers)
        if other.slowest > self.slowest:
            self.slowest, self.slowest_number = other.slowest, other.slowest_number

    @property
    def total(self) -> int:
        """Number of files."""
        return sum(self.counts.values())

    def __str__(self) -> str:
        lines = [f"{name:40} {number:8,}" for name, number in sorted(self.counts.items())]
        lines.append(f"{'total':40} {self.total:8,}")
        lines.append(f"slowest file: {self.slowest:.2f} s (number {self.slowest_number})")
        for what, numbers in self.findings.items():
            lines.append(f"\nFINDING x{len(numbers)}, numbers {numbers[:5]}\n{what}")
        return "\n".join(lines)


def _work(seed: int, numbers: range, pipe: Connection, memory: int) -> None:
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    def ring(*_: Any) -> None:
        raise Hang

    signal.signal(signal.SIGALRM, ring)
    for number in numbers:
        case = case_of(seed, number)
        pipe.send((number, case.kind, None, 0.0))
        start = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
        try:
            what = judge(case)
            if what == "refused nowhere":
                what = "!a fault without a place"
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            what = "!" + _kind_of(error)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        pipe.send((number, case.kind, what, time.perf_counter() - start))
    pipe.send(None)


def _kind_of(error: BaseException) -> str:
    """Return where an error came from: files that fail at the same line are one finding."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "resilience" in frame.filename or "tests" in frame.filename]
    places = [f"  {frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in own[-4:]]
    return "\n".join([f"{type(error).__name__}: {str(error)[:120]}".split("\n")[0], *places])


def run(seed: int, numbers: range, memory: int = MEMORY) -> Tally:
    """Judge the files of some numbers, in a worker that is started again whenever it dies."""
    tally, context = Tally(), multiprocessing.get_context("fork")
    left = numbers
    while len(left):
        ours, theirs = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(seed, left, theirs, memory))
        worker.start()
        theirs.close()
        number, kind, is_done = left[0], "?", False
        try:
            while ours.poll(GRACE):
                told = ours.recv()
                if told is None:
                    is_done = True
                    break
                number, kind, what, seconds = told
                if what is not None:
                    tally.add(number, kind, what, seconds)
                    left = range(number + 1, numbers.stop)
            else:
                tally.add(number, kind, "!hangs outside Python", GRACE)
                worker.kill()
                left = range(number + 1, numbers.stop)
        except EOFError:
            worker.join()
            tally.add(number, kind, f"!the process died with {worker.exitcode}", 0.0)
            left = range(number + 1, numbers.stop)
        if is_done:
            left = range(0)
        worker.join()
        ours.close()
    return tally

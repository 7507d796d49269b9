"""Spoil networks by the thousand: ``python -m tests.fuzz --files 100000 --seed 0 --jobs 2``.

``--only NUMBER`` shows one of them. Ends with status 1 if there is a finding.
"""

from __future__ import annotations

import argparse
import multiprocessing.pool
import sys
import time

from resilience import Network
from tests.fuzz.cases import case_of, judge
from tests.fuzz.run import Tally, run
from tests.fuzz.seeds import BASIC

PART = 2500


def _part(asked: tuple[int, int, int]) -> Tally:
    seed, first, end = asked
    return run(seed, range(first, end))


def main() -> int:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", type=int)
    given = parser.parse_args()
    if given.only is not None:
        case = case_of(given.seed, given.only)
        for name, content in case.files.items():
            print(f"--- {name}\n{content.decode('utf-8', 'backslashreplace')}")
        print(judge(case))
        return 0
    end = given.first + given.files
    parts = [(given.seed, first, min(end, first + PART)) for first in range(given.first, end, PART)]
    Network.from_yaml(BASIC)  # so that workers, which are forks, have everything imported
    whole, start = Tally(), time.perf_counter()
    with multiprocessing.pool.ThreadPool(given.jobs) as pool:
        for tally in pool.imap(_part, parts):
            for what, numbers in tally.findings.items():
                if what not in whole.findings:
                    print(f"new finding, number {numbers[0]}: {what}", flush=True)
            whole.merge(tally)
            print(f"{whole.total:,} files, {time.perf_counter() - start:.0f} s", flush=True)
    print(whole)
    print(f"{1000 * (time.perf_counter() - start) * given.jobs / max(1, whole.total):.1f} ms per file")
    return bool(whole.findings)


if __name__ == "__main__":
    sys.exit(main())

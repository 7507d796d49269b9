"""How long many what-ifs on `rare_earths` take: every country x stage x cut, and 10,000 of such cuts.

    python -m tests.benchmarks.sweeps --rows 10000 --workers 0,2

In one process (0) and in worker processes, start-up included. All must give the same rows.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
import pandas as pd

import resilience as rs
from resilience.whatif.grids import restrictions


def asked_for(network: rs.Network, rows: int) -> list[rs.WhatIf]:
    """Return cuts of exports for every country and stage, as many steps as make up the number of rows."""
    pairs = len(restrictions(network, "baseline", None, None, [1.0]))
    steps = -(-rows // pairs)
    return restrictions(network, "baseline", None, None, (np.arange(1, steps + 1) / steps).tolist())[:rows]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sweeps", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--workers", default="0,2", help="0 is this process")
    asked = parser.parse_args()
    network = rs.load("rare_earths")
    what_ifs = asked_for(network, asked.rows)
    first: pd.DataFrame | None = None
    for workers in map(int, asked.workers.split(",")):
        started, cpu = time.perf_counter(), time.process_time()
        table = rs.sweep(network, what_ifs, workers or None, base="baseline")
        took, used = time.perf_counter() - started, time.process_time() - cpu
        told = (
            f"{len(table):,} rows, {workers or 'no'} workers: {took:.1f} s, {len(table) / took:.0f} a second"
        )
        own = "" if workers else f", {1e3 * used / len(table):.1f} ms of the processor for each"
        sys.stdout.write(f"{told}{own}\n")
        sys.stdout.flush()
        assert (table["status"] == "optimal").all(), table["status"].value_counts()
        if first is not None:
            pd.testing.assert_frame_equal(first, table, check_exact=True)
        first = table


if __name__ == "__main__":
    main()

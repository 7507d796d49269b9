"""What each analysis takes, as a ratio to one solve of the same network.

CPU seconds in one process, so that other work on the machine counts little. ``python -m
tests.benchmarks.analyses`` measures all of them on `rare_earths`; ``--only`` names some of them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

import resilience as rs

Analysis = Callable[[rs.Network], Any]

ANALYSES: dict[str, Analysis] = {
    "single_failures by country": lambda network: rs.single_failures(network),
    "single_failures by facility": lambda network: rs.single_failures(network, "facility"),
    "single_failures by lane": lambda network: rs.single_failures(network, "lane"),
    "single_failures by policy": lambda network: rs.single_failures(network, "policy"),
    "worst_case k=1 by country": lambda network: rs.worst_case(network, 1),
    "worst_case k=2 by country": lambda network: rs.worst_case(network, 2),
    "worst_case k=3 by country": lambda network: rs.worst_case(network, 3),
    "worst_case k=1 by facility": lambda network: rs.worst_case(network, 1, by="facility"),
    "worst_case k=2 by facility": lambda network: rs.worst_case(network, 2, by="facility"),
    "worst_case k=2, decomposition": lambda network: rs.worst_case(network, 2, method="decompose"),
    "worst_case k=2, one program": lambda network: rs.worst_case(network, 2, method="program"),
    "worst_case budget 1.5, halves": lambda network: rs.worst_case(network, budget=1.5, cut=[0.5, 1.0]),
    "harden k=1, 23 protections": lambda network: defended(network, 1, 3e9, 1e9),
    "harden k=2, 23 protections": lambda network: defended(network, 2, 3e9, 1e9),
    "harden k=2, no budget": lambda network: defended(network, 2, None, 2e7),
    "harden k=1, projects of investment": lambda network: rs.harden(network, 1, 3e9, scenario="investment"),
    "time_to_survive by country": lambda network: rs.time_to_survive(network, "country"),
    "time_to_survive by facility": lambda network: rs.time_to_survive(network),
    "time_to_survive, vault, 2027-06": lambda network: rs.time_to_survive(
        network, "country", scenario="vault", at="2027-06"
    ),
    "scorecard of ban": lambda network: rs.scorecard(network, "ban", bloc="allies").table,
    "plan with 10 bn": lambda network: rs.plan(network, budget=10e9).scenarios,
    "bloc of price_floor_bloc": lambda network: rs.bloc(network, "price_floor_bloc").table,
    "temptation of JPN": lambda network: rs.temptation(network, "ban", "JPN"),
    "deterrent of JPN": lambda network: rs.deterrent(network, "ban", "JPN"),
    "coalition_costs of 4": lambda network: (
        rs.coalition_costs(network, ["USA", "JPN", "KOR", "AUS"], "ban").shares
    ),
}
"""Each with its usual settings, all of its answer asked for."""


def defended(network: rs.Network, k: int, budget: float | None, price: float) -> rs.Hardened:
    return rs.harden(network, k, budget, protections={"all": price})


def seconds_of(ask: Callable[[], Any]) -> float:
    """Return the CPU seconds of this process that a question takes."""
    started = time.process_time()
    ask()
    return time.process_time() - started


def measured(network: rs.Network, names: list[str], scenario: str | None = "ban") -> pd.DataFrame:
    """Return a row per analysis: CPU seconds, and how many solves of the scenario these are."""
    network.solve(scenario)  # what is loaded once is not counted
    one = min(seconds_of(lambda: network.solve(scenario)) for _ in range(5))
    rows = [{"analysis": f"solve({scenario})", "cpu_s": one, "solves": 1.0}]
    for name in names:
        taken = seconds_of(lambda name=name: ANALYSES[name](network))  # type: ignore[misc]
        rows.append({"analysis": name, "cpu_s": taken, "solves": taken / one})
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.analyses", description=__doc__)
    parser.add_argument("--only", default="", help="analyses whose names begin so, with commas")
    parser.add_argument("-o", "--output", type=Path, help="table, as CSV")
    asked = parser.parse_args()
    starts = tuple(word.strip() for word in asked.only.split(",") if word.strip())
    names = [name for name in ANALYSES if not starts or name.startswith(starts)]
    table = measured(rs.load("rare_earths"), names)
    sys.stdout.write(table.to_string(index=False, float_format="{:,.3g}".format) + "\n")
    if asked.output:
        table.to_csv(asked.output, index=False)


if __name__ == "__main__":
    main()

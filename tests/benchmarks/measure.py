"""Each run in a fresh process, turn and turn about, so that a slow minute of the machine hits everyone.

What is reported of several runs is the least time, which noise can only add to, and the peak memory of
the whole process, imports included.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from tests.benchmarks.subjects import SUBJECTS
from tests.benchmarks.systems import SYSTEMS

END_TO_END = ("read", "compile", "solve")
"""Phases from data to a proved plan."""


def run_here(subject: str, system: str) -> dict[str, Any]:
    """Run a system on a subject in this process, which is warm: it has done the smallest one before."""
    made = SUBJECTS[subject]()
    if made.kind not in SYSTEMS[system].kinds:
        return {"said": "cannot do this kind"}
    try:
        SYSTEMS[system].run(SUBJECTS["layered-tiny" if made.kind == "shipped" else f"{made.kind}-tiny"]())
        run = SYSTEMS[system].run(made)
    except ImportError as error:
        return {"said": f"not installed: {error.name}"}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 2**20)
    return {**asdict(run), "columns": made.program.n_columns, "peak": peak, "said": ""}


def run_apart(subject: str, system: str, limit: float) -> dict[str, Any]:
    """Run a system on a subject in a fresh process, for at most so many seconds."""
    command = [sys.executable, "-m", "tests.benchmarks", "--one", subject, system]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return {"said": f"longer than {limit:g} s"}
    if done.returncode:
        told = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
        return {"said": f"failed: {told[-1][:120]}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(
    subjects: Sequence[str],
    systems: Sequence[str],
    repeat: int,
    limit: float,
    tell: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Return a row per subject, system and phase.

    Returns
    -------
    DataFrame
        ``seconds`` (least of all runs), ``solver_seconds``, ``peak_mb``, ``times_limit`` (ratio to HiGHS
        alone with its best setting), ``times_peer`` (ratio to the best peer), ``cost``, ``said``.
    """
    rows: list[dict[str, Any]] = []
    for subject in subjects:
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in systems}
        for turn in range(repeat):
            for name in systems if turn % 2 == 0 else reversed(systems):
                if any(run["said"] for run in runs[name]):
                    continue
                tell(f"{subject}: {name}, turn {turn + 1}")
                runs[name].append(run_apart(subject, name, limit))
        for name in systems:
            rows += _rows(subject, name, runs[name])
    table = pd.DataFrame(rows)
    return _with_ratios(table)


def _rows(subject: str, system: str, runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    row: dict[str, Any] = {"subject": subject, "system": system, "setting": SYSTEMS[system].setting}
    done = [run for run in runs if not run["said"]]
    if not done:
        return [row | {"phase": "all", "said": runs[0]["said"]}]
    row |= {"columns": done[0]["columns"], "peak_mb": round(max(run["peak"] for run in done), 1)}
    phases = list(dict.fromkeys(phase for run in done for phase in run["seconds"]))
    found = [
        row
        | {
            "phase": phase,
            "seconds": min(run["seconds"][phase] for run in done),
            "solver_seconds": min(run["solver"].get(phase, float("nan")) for run in done),
            "cost": done[0]["what_if" if phase == "what-if" else "cost"],
        }
        for phase in phases
    ]
    total = min(sum(run["seconds"].get(phase, 0.0) for phase in END_TO_END) for run in done)
    return [*found, row | {"phase": "end to end", "seconds": total, "cost": done[0]["cost"]}]


def _with_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Add the ratios to HiGHS alone and to the best peer, phase by phase."""
    if "seconds" not in table:
        return table
    limits = {name for name, system in SYSTEMS.items() if system.is_limit}
    keys = [table["subject"], table["phase"]]
    for column, is_one in (
        ("times_limit", table["system"].isin(limits)),
        ("times_peer", ~table["system"].isin(limits | {"ours"})),
    ):
        best = table["seconds"].where(is_one).groupby(keys).transform("min")
        table[column] = table["seconds"] / best
    return table

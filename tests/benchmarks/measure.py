"""Each run in a fresh process, turn and turn about, so that a slow minute of the machine hits everyone.

What is reported of several runs is the least time, which noise can only add to, by the clock and of the
processor, and the peak memory of the whole process, imports included. Who takes too long is stopped, and not
asked for a larger network of the kind; a run that took long is not repeated. Runs are kept as they come.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from tests.benchmarks.subjects import SUBJECTS
from tests.benchmarks.systems import SYSTEMS

END_TO_END = ("read", "compile", "solve")
"""Phases from data to a proved plan."""

LONG = 15.0
"""Seconds of a run, imports and the network's making included, from which on it is not repeated."""


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
        return {"said": f"> {limit:.0f} s", "limit": limit}
    if done.returncode:
        told = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
        return {"said": f"failed: {told[-1][:120]}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@dataclass
class Runs:
    """What was run, kept in a file as it comes.

    Parameters
    ----------
    path : Path, optional
        One run a line, as JSON; what it has already is not run again.
    """

    path: Path | None = None
    done: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.path is not None and self.path.exists():
            self.done = [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]

    def of(self, subject: str, system: str) -> list[dict[str, Any]]:
        """Return the runs of a system on a subject."""
        return [run for run in self.done if (run["subject"], run["system"]) == (subject, system)]

    def add(self, subject: str, system: str, run: dict[str, Any]) -> None:
        self.done.append({"subject": subject, "system": system, **run})
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(self.done[-1]) + "\n")


def measure(
    subjects: Sequence[str],
    systems: Sequence[str],
    repeat: int,
    limit: float,
    tell: Callable[[str], None] = lambda _: None,
    *,
    runs: Runs | None = None,
    budget: float = float("inf"),
) -> pd.DataFrame:
    """Return a row per subject, system and phase.

    Parameters
    ----------
    subjects, systems : sequence of str
        Names; subjects from small to large.
    repeat : int
        Runs of each, unless one takes `LONG`.
    limit : float
        Most seconds for one run.
    tell : callable
        Is told what is run.
    runs : Runs, optional
        Earlier ones, which are not repeated.
    budget : float
        Seconds after which no run begins.

    Returns
    -------
    DataFrame
        ``seconds`` by the clock and ``cpu_seconds`` of the processor (least of all runs each),
        ``solver_seconds``, ``peak_mb``, ``times_limit`` (ratio to HiGHS alone with its best setting),
        ``times_peer`` (ratio to the best peer), ``cost``; of those that did not finish, the phase is ``all``,
        ``said`` why, and ``limit`` the seconds that they were given.
    """
    runs = Runs() if runs is None else runs
    end = time.perf_counter() + budget
    for subject in subjects:
        for turn in range(repeat):
            for name in systems if turn % 2 == 0 else reversed(systems):
                earlier = runs.of(subject, name)
                if len(earlier) > turn or any(run["said"] or run["took"] > LONG for run in earlier):
                    continue
                started = time.perf_counter()
                if slow := _too_slow(runs, subject, name):
                    run = {"said": slow}
                elif started > end:
                    continue
                else:
                    tell(f"{subject}: {name}, turn {turn + 1}")
                    run = run_apart(subject, name, limit)
                runs.add(subject, name, {**run, "took": time.perf_counter() - started})
    rows = [
        row
        for subject in subjects
        for name in systems
        for row in _rows(subject, name, runs.of(subject, name))
    ]
    return _with_ratios(pd.DataFrame(rows))


def _too_slow(runs: Runs, subject: str, system: str) -> str:
    """Return in words that a system took too long for a smaller network of the kind."""
    for run in runs.done:
        same = run["system"] == system and _family(run["subject"]) == _family(subject)
        if same and run["said"].startswith(">") and run["subject"] != subject:
            return run["said"] if " at " in run["said"] else f"{run['said']} at {run['subject']}"
    return ""


def _family(subject: str) -> tuple[str, bool]:
    return subject.partition("-")[0], subject.endswith("x12")


def _rows(subject: str, system: str, runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    row: dict[str, Any] = {"subject": subject, "system": system, "setting": SYSTEMS[system].setting}
    done = [run for run in runs if not run["said"]]
    if not done:
        said = runs[0]["said"] if runs else "not run: no time was left"
        return [row | {"phase": "all", "said": said, "limit": runs[0].get("limit") if runs else None}]
    row |= {"columns": done[0]["columns"], "peak_mb": round(max(run["peak"] for run in done), 1)}
    phases = list(dict.fromkeys(phase for run in done for phase in run["seconds"]))
    found = [
        row
        | {
            "phase": phase,
            "seconds": min(run["seconds"][phase] for run in done),
            "cpu_seconds": min(run["cpu"][phase] for run in done),
            "solver_seconds": min(run["solver"].get(phase, float("nan")) for run in done),
            "cost": done[0]["what_if" if phase == "what-if" else "cost"],
        }
        for phase in phases
    ]
    total = {
        column: min(sum(run[clock].get(phase, 0.0) for phase in END_TO_END) for run in done)
        for column, clock in (("seconds", "seconds"), ("cpu_seconds", "cpu"))
    }
    return [*found, row | {"phase": "end to end", **total, "cost": done[0]["cost"]}]


def _with_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Add the ratios to HiGHS alone and to the best peer, phase by phase."""
    if "seconds" not in table:
        return table
    table["columns"] = table.groupby("subject")["columns"].transform("max")
    limits = {name for name, system in SYSTEMS.items() if system.is_limit}
    keys = [table["subject"], table["phase"]]
    for column, is_one in (
        ("times_limit", table["system"].isin(limits)),
        ("times_peer", ~table["system"].isin(limits | {"ours"})),
    ):
        best = table["seconds"].where(is_one).groupby(keys).transform("min")
        table[column] = table["seconds"] / best
    return table

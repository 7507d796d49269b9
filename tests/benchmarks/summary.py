"""The table in short, as Markdown: one table for each network, one row for each system."""

from __future__ import annotations

import pandas as pd

from tests.benchmarks.systems import SYSTEMS

PHASES = ("read", "compile", "solve", "end to end", "what-if", "routes", "report", "tie")


def summary(table: pd.DataFrame) -> str:
    """Return the table in short.

    Parameters
    ----------
    table : DataFrame
        Of `measure.measure`.

    Returns
    -------
    str
        Seconds of each phase by the clock; end to end in times of HiGHS alone and of the best peer, and in
        seconds of the processor; megabytes. What was not measured is told.
    """
    parts = []
    for subject, rows in table.groupby("subject", sort=False):
        columns = rows["columns"].dropna() if "columns" in rows else []
        size = f", {int(columns.iloc[0]):,} columns" if len(columns) else ""
        phases = [phase for phase in PHASES if phase in set(rows["phase"])]
        head = ["system", *(f"{phase} s" for phase in phases)]
        head += ["end to end cpu s", "x HiGHS", "x best peer", "peak MB"]
        lines = [_line(head), _line(["---"] + ["--:"] * (len(head) - 1))]
        lines += [
            _line(_cells(system, own.set_index("phase"), phases))
            for system, own in rows.groupby("system", sort=False)
        ]
        parts.append("\n".join([f"### {subject}{size}", "", *lines]))
    used = [name for name in SYSTEMS if name in set(table["system"])]
    settings = "\n".join(f"* `{name}`: {SYSTEMS[name].setting}" for name in used)
    return "\n\n".join([*parts, settings])


def _cells(system: str, own: pd.DataFrame, phases: list[str]) -> list[str]:
    if "all" in own.index:
        return [system, str(own.at["all", "said"]), *[""] * (len(phases) + 3)]
    total = own.loc["end to end"]
    return [
        system,
        *(_number(own["seconds"].get(phase)) for phase in phases),
        _number(total["cpu_seconds"]),
        _number(total["times_limit"]),
        _number(total["times_peer"]),
        f"{total['peak_mb']:,.0f}",
    ]


def _number(value: float | None) -> str:
    return "" if value is None or pd.isna(value) else f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"

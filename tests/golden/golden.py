"""A golden program: one small network, and its program as a text to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from resilience.program import LinearProgram
from tests.small import network


@dataclass(frozen=True)
class Golden:
    """A network, its scenario, and what a reviewer should look at."""

    look_at: str
    sections: dict[str, Any] = field(repr=False)
    scenario: str | None = None

    def program(self) -> LinearProgram:
        return network(**self.sections).program(self.scenario)

    def text(self) -> str:
        return lp_text(self.program(), self.look_at)


def lp_text(program: LinearProgram, look_at: str) -> str:
    """Return a program as an LP file: costs by component as comments, rows, bounds."""
    names, rows = program.columns.names(), program.rows.names()
    lines = [f"\\ Look at: {look_at}"]
    for component, costs in sorted(program.costs.items()):
        lines += [f"\\ {component}: {_sum(costs, names)}"] if np.any(costs) else []
    lines += ["Minimize", f" cost: {_sum(program.cost, names)}", "Subject To"]
    matrix = program.matrix.toarray()
    for row, name in enumerate(rows):
        low, high = program.row_lower[row], program.row_upper[row]
        total = _sum(matrix[row], names)
        if low == high:
            lines.append(f" {name}: {total} = {low:g}")
        else:
            lines += [f" {name}.low: {total} >= {low:g}"] if np.isfinite(low) else []
            lines += [f" {name}.high: {total} <= {high:g}"] if np.isfinite(high) else []
            lines += [] if np.isfinite(low) or np.isfinite(high) else [f"\\{name}: {total} free"]
    lines.append("Bounds")
    for name, low, high in zip(names, program.col_lower, program.col_upper, strict=True):
        lines.append(f" {low:g} <= {name}" + (f" <= {high:g}" if np.isfinite(high) else ""))
    return "\n".join([*lines, "End", ""])


def _sum(numbers: Any, names: list[str]) -> str:
    """Return a sum of numbers times names, zeros left out."""
    terms = [
        f"{'-' if number < 0 else '+'} {abs(number):.12g} {name}"
        for number, name in zip(numbers, names, strict=True)
        if number
    ]
    return " ".join(terms) or f"0 {names[0]}"

"""What of a plan is at its limit, and what is in use: to say what changes from one plan to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.program import LinearProgram

FloatArray = NDArray[np.float64]

USED = {"ship": "lane", "produce": "facility", "buy": "supply", "serve": "delivery to"}
BINDS = 1e-6
"""Price above which a limit binds, in the largest price."""


@dataclass(frozen=True)
class State:
    """What binds in a plan, and what is used.

    Parameters
    ----------
    binding : mapping
        From limits at their bound to what one more unit of each is worth, and from demands that go short to
        their shortfall cost.
    used : mapping
        From activities to their levels, in tonnes.
    """

    binding: Mapping[str, float]
    used: Mapping[str, float]


def turn(before: State, after: State, most: int = 3) -> str:
    """Return in words what differs between two plans: limits and shortfalls, or else what is used."""
    one, other = before.binding, after.binding
    changed = [
        (abs(other.get(key, 0.0) - one.get(key, 0.0)), f"{key} {_turn(key, key in other)}")
        for key in {*one, *other}
        if (key in one) != (key in other)
    ]
    swaps = [(size, f"{key} is used") for key, size in after.used.items() if key not in before.used]
    swaps += [
        (size, f"{key} is no longer used") for key, size in before.used.items() if key not in after.used
    ]
    ranked = sorted(changed, key=lambda item: (-item[0], item[1]))
    return "; ".join(text for _, text in ranked[:most] or sorted(swaps, reverse=True)[:1])


def _turn(key: str, begins: bool) -> str:
    if key.startswith("demand"):
        return "begins to go short" if begins else "is no longer short"
    return "begins to bind" if begins else "no longer binds"


def state_of(program: LinearProgram, x: FloatArray, y: FloatArray) -> State:
    """Return what binds, with what one more unit is worth, and who goes short; what is used, how much."""
    found: dict[str, float] = {}
    reduced = program.cost - program.transposed_times(y)
    largest = max(1.0, float(np.abs(y).max(initial=0.0)))
    for labels, price, kinds in (
        (program.rows, y, ("capacity", "hub", "limit", "policy", "produce", "buy")),
        (program.columns, np.where(reduced < 0, reduced, 0.0), ("produce", "buy", "ship")),
    ):
        places = labels.where(kind=kinds)
        for place in places[np.abs(price[places]) > BINDS * largest].tolist():
            found[_name(labels.describe(place))] = abs(float(price[place]))
    short = program.columns.where(kind="short")
    for place in short[x[short] > 1e-7 * max(1.0, float(x[short].max(initial=0.0)))].tolist():
        found[f"demand {program.columns.describe(place)['id']}"] = float(program.cost[place])
    used = program.columns.where(kind=("ship", "produce", "buy", "serve"))
    used = used[x[used] > 1e-7 * max(1.0, float(x.max(initial=0.0)))]
    names = zip(program.columns.kinds()[used], program.columns.texts("id", used), strict=True)
    levels = {
        f"{USED[kind]} {name}": float(x[place]) for (kind, name), place in zip(names, used, strict=True)
    }
    return State(found, levels)


def _name(labels: Mapping[str, Any]) -> str:
    """Return what a limit is called."""
    kind, name = labels["kind"], labels.get("policy") or labels.get("id", "")
    if kind == "policy":
        rest = " ".join(labels[key] for key in ("country", "commodity") if key in labels)
        return f"policy {name}" + (f" ({rest})" if rest else "")
    words = {
        "produce": "capacity of",
        "buy": "supply",
        "ship": "lane",
        "hub": "capacity of",
        "capacity": "capacity of",
    }
    return f"{words.get(kind, kind)} {name}"

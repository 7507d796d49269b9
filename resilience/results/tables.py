"""Tables of a solution: one function a table, one row a thing and period.

Columns that stand for the same thing in several origin layers or tiers are added up. Nothing is
rounded, and no small flow is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.fields import Curve
from resilience.program.labels import Block

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Kind:
    """All columns of one kind, their copies in several origin layers added up.

    Parameters
    ----------
    block : Block
        Labels of all columns.
    first : ndarray of int64
        Where in the block each thing's first copy stands.
    level, upper, cost, paid : ndarray
        Per thing: level, upper bound, cost per unit, cost in all.
    """

    block: Block
    first: IntArray
    level: FloatArray
    upper: FloatArray
    cost: FloatArray
    paid: FloatArray

    def frame(self, names: Mapping[str, str], period_names: NDArray[np.object_]) -> pd.DataFrame:
        """Return the labels as a table, under the names given."""
        texts = {shown: self.block.texts(name, self.first) for name, shown in names.items()}
        found = pd.DataFrame(texts)
        found["period"] = period_names[self.block.numbers("period")[self.first]]
        return found

    def only(self, chosen: NDArray[np.bool_]) -> Kind:
        """Return some of the things."""
        parts = (self.level, self.upper, self.cost, self.paid)
        return Kind(self.block, self.first[chosen], *(part[chosen] for part in parts))


def read_kind(solution: Solution, kind: str) -> Kind | None:
    """Return the columns of a kind, or None where the program has none."""
    parts = list(solution.program.columns.parts(kind))
    if not parts:
        return None
    ((start, block),) = parts
    span = slice(start, start + block.size)
    layer = block.fields.get("layer")
    is_first = np.ones(block.size, dtype=bool) if layer is None else block.numbers("layer") <= 0
    first = np.flatnonzero(is_first)
    level, cost = solution.levels[span], solution.program.cost[span]

    def total(values: FloatArray) -> FloatArray:
        return np.add.reduceat(values, first) if len(first) else values

    return Kind(
        block, first, total(level), solution.program.col_upper[span][first], cost[first], total(level * cost)
    )


def summed(solution: Solution, kind: str, names: Mapping[str, str], verb: str) -> pd.DataFrame:
    """Return levels and costs of one kind of column, tiers added up."""
    found, mass, money = read_kind(solution, kind), solution.unit.mass, solution.unit.money
    keys = [*names.values(), "period"]
    if found is None:
        return pd.DataFrame(columns=[*keys, f"{verb}_{mass}", f"cost_{money}"])
    frame = found.frame(names, solution.period_names)
    frame[f"{verb}_{mass}"], frame[f"cost_{money}"] = found.level, found.paid
    return frame.groupby(keys, as_index=False, sort=False).sum()


def flows(solution: Solution) -> pd.DataFrame:
    """Return the lanes in use."""
    names = {"id": "lane", "from_": "from", "to_": "to"}
    names |= {name: name for name in ("from_country", "to_country", "commodity", "stage")}
    found, unit = read_kind(solution, "ship"), solution.unit
    assert found is not None
    lanes, calendar, used = solution.formulation.lanes, solution.formulation.calendar, found.level > 0
    found, lane = found.only(used), np.flatnonzero(used) // calendar.size
    period = found.block.numbers("period")[found.first]
    lands = period + lanes.lead[lane] < calendar.size
    frame = found.frame(names, solution.period_names)
    frame[f"flow_{unit.mass}"] = found.level
    frame[f"arrived_{unit.mass}"] = found.level * np.where(lands, 1.0 - lanes.loss[lane, period], 0.0)
    frame[f"capacity_{unit.mass}"] = found.upper
    frame[f"cost_{unit.price}"] = found.cost
    frame[f"cost_{unit.money}"] = found.paid
    return frame


def in_transit(solution: Solution) -> pd.DataFrame:
    """Return what was under way when the horizon began, by where and when it lands."""
    names = {"id": "lane", "from_": "from", "to_": "to", "country": "from_country"}
    names |= {name: name for name in ("to_country", "commodity", "stage")}
    return summed(solution, "transit", names, "arrived").drop(columns=f"cost_{solution.unit.money}")


def production(solution: Solution) -> pd.DataFrame:
    """Return throughput, capacity and cost of facilities."""
    names = {"id": "facility", "country": "country", "stage": "stage", "process": "process"}
    found, unit = read_kind(solution, "produce"), solution.unit
    assert found is not None
    frame = found.frame(names, solution.period_names)
    keys = [*names.values(), "period"]
    frame[f"throughput_{unit.mass}"] = found.level
    frame[f"capacity_{unit.mass}"] = found.upper
    frame[f"cost_{unit.money}"] = found.paid
    whole = frame.groupby(keys, as_index=False, sort=False).sum()
    shared = _own_capacity(solution)
    limit = [shared.get(key, np.inf) for key in zip(whole["facility"], whole["period"], strict=True)]
    most = np.minimum(whole[f"capacity_{unit.mass}"], np.array(limit, dtype=float))
    whole[f"capacity_{unit.mass}"] = most
    used = whole[f"throughput_{unit.mass}"]
    whole.insert(len(keys) + 2, "utilisation", np.where(most > 0, used / most.where(most > 0, 1.0), np.nan))
    return whole


def _own_capacity(solution: Solution) -> dict[tuple[str, str], float]:
    """Return capacities over all tiers of a facility, with what has been built, by id and period."""
    program, names = solution.program, solution.period_names
    found: dict[tuple[str, str], float] = {}
    build = program.columns.where(kind="build")
    built = np.bincount(
        program.indices[np.isin(program.entry_columns, build)],
        -(program.values * solution.levels[program.entry_columns])[np.isin(program.entry_columns, build)],
        program.n_rows,
    )
    for start, block in program.rows.parts("capacity"):
        upper = program.row_upper[start : start + block.size] + built[start : start + block.size]
        keys = zip(block.texts("id"), names[block.numbers("period")], strict=True)
        found.update(dict(zip(keys, upper, strict=True)))
    return found


def outputs(solution: Solution) -> pd.DataFrame:
    """Return what facilities make, by commodity."""
    program = solution.program
    makers = program.columns.where(kind="produce")
    entry = np.flatnonzero(np.isin(program.entry_columns, makers) & (program.values > 0))
    entry = entry[np.isin(program.indices[entry], program.rows.where(kind="balance"))]
    column = program.entry_columns[entry]
    labels = program.columns
    frame = pd.DataFrame(
        {
            "facility": labels.texts("id", column),
            "country": labels.texts("country", column),
            "stage": labels.texts("stage", column),
            "commodity": program.rows.texts("commodity", program.indices[entry]),
            "period": solution.period_names[labels.texts("period", column).astype(int)],
            f"output_{solution.unit.mass}": program.values[entry] * solution.levels[column],
        }
    )
    keys = ["facility", "country", "stage", "commodity", "period"]
    return frame.groupby(keys, as_index=False, sort=False).sum()


def sales(solution: Solution) -> pd.DataFrame:
    """Return what outlets take, and the revenue: at the price where it follows a curve, else as offered."""
    names = {"id": "outlet", "site": "site", "country": "country", "commodity": "commodity"}
    demands, unit = solution.formulation.spec.demands, solution.unit
    whole = summed(solution, "serve", names, "sold")
    whole = whole[[demands[key].price is not None for key in whole["outlet"]]].reset_index(drop=True)
    worth = -whole.pop(f"cost_{unit.money}")
    curved = np.array([isinstance(demands[key].price, Curve) for key in whole["outlet"]], dtype=bool)
    if curved.any():
        prices = solution.prices.groupby(["site", "commodity", "period"])[f"price_{unit.price}"].min()
        at = pd.MultiIndex.from_frame(whole[["site", "commodity", "period"]])
        worth = worth.where(~curved, whole[f"sold_{unit.mass}"] * prices.reindex(at).to_numpy())
    whole[f"revenue_{unit.money}"] = worth
    return whole.drop(columns="site")


def stocks(solution: Solution) -> pd.DataFrame:
    """Return opening stock, fills, releases and closing stock of stockpiles."""
    names = {"id": "stockpile", "country": "country", "commodity": "commodity"}
    mass = solution.unit.mass
    hold = read_kind(solution, "hold")
    if hold is None:
        columns: Sequence[str] = [f"{name}_{mass}" for name in ("opening", "fill", "release", "closing")]
        return pd.DataFrame(columns=[*names.values(), "period", *columns])
    whole = hold.frame(names, solution.period_names)
    levels = {}
    for kind in ("open", "fill", "release"):
        found = read_kind(solution, kind)
        assert found is not None
        levels[kind] = found.level
    closing = hold.level.reshape(-1, solution.formulation.calendar.size)
    whole[f"opening_{mass}"] = np.concatenate([levels["open"][:, None], closing[:, :-1]], axis=1).ravel()
    whole[f"fill_{mass}"], whole[f"release_{mass}"] = levels["fill"], levels["release"]
    whole[f"closing_{mass}"] = hold.level
    return whole


def projects(solution: Solution) -> pd.DataFrame:
    """Return what is built: project, what it adds to, whose it is, when decided, share, capacity, capital."""
    owners = {"facility": "facility", "hub": "hub", "limit": "limit"}
    names = {"id": "project", **owners, "country": "country"}
    found, unit = read_kind(solution, "build"), solution.unit
    columns = ["share", f"capacity_{unit.mass}_per_yr", f"charged_{unit.money}"]
    if found is None:
        return pd.DataFrame(columns=[*names.values(), "period", *columns])
    whole = found.frame(names, solution.period_names)
    entries = solution.formulation.spec.projects
    whole[columns[0]] = found.level
    whole[columns[1]] = found.level * np.array([entries[key].capacity for key in whole["project"]])
    whole[columns[2]] = found.paid
    return whole[found.level > 0].reset_index(drop=True)


def shortfall(solution: Solution) -> pd.DataFrame:
    """Return what demands wanted, received and went without."""
    names = {"id": "demand", "sector": "sector", "country": "country", "commodity": "commodity"}
    whole = summed(solution, "short", names, "shortfall")
    mass, keys = solution.unit.mass, [*names.values(), "period"]
    short = whole[f"shortfall_{mass}"]
    ((start, block),) = solution.program.rows.parts("demand")
    upper = solution.program.row_upper[start : start + block.size]
    when = solution.period_names[block.numbers("period")]
    wanted = dict(zip(zip(block.texts("id"), when, strict=True), upper, strict=True))
    quantity = np.array(
        [wanted[key] for key in zip(whole["demand"], whole["period"], strict=True)], dtype=float
    )
    whole.insert(len(keys), f"wanted_{mass}", quantity)
    whole.insert(len(keys) + 1, f"delivered_{mass}", quantity - short)
    share = np.divide(short, quantity, out=np.zeros(len(whole)), where=quantity > 0)
    whole.insert(len(keys) + 3, "short_share", share)
    return whole

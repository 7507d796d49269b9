"""Layered networks of any size: mines, three stages of plants with yields and a co-product, demands.

One draw of numbers, written down three ways: as a network of ours (`network_data`), as bare arrays
(`program_of`, which is what a person would hand to a solver: one row per balance, capacities as bounds),
and as whatever a peer wants (systems.py). All have the same optimum.

    mine -> concentrator -> separator (and a co-product, which must be disposed of) -> maker -> demand
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array

from resilience.program import Block, Coded, Labels, LinearProgram

FloatArray = NDArray[np.float64]
STAGES = ("mine", "concentrator", "separator", "maker")
COUNTRIES = ("AUS", "BRA", "CAN", "CHN", "DEU", "EST", "FRA", "IND", "JPN", "KOR", "MYS", "USA", "VNM", "ZAF")
SHORTFALL_COST = 5_000.0
WIDTHS = {"tiny": 4, "2k": 22, "17k": 65, "86k": 147, "412k": 321, "1M": 500}
"""Plants per stage, by the name of the size: four gaps between stages have 4 * width**2 lanes."""


@dataclass(frozen=True, eq=False)
class Layered:
    """The numbers of one network.

    Parameters
    ----------
    width : int
        Plants per stage, and demands.
    periods : int
        Years, linked by stock at the makers.
    capacity, cost, yields : ndarray, shape (4, width)
        Of each plant: tonnes in (mines: out), cost per tonne of it, share that comes out.
    by_share : ndarray, shape (width,)
        Tonnes of co-product per tonne that goes into a separator.
    by_cost : float
        Of disposing of a tonne of co-product.
    freight, loss : ndarray, shape (4, width, width)
        Of each lane: gap between stages, start, end.
    wanted : ndarray, shape (width, periods)
        Tonnes.
    stock, holding : ndarray, shape (width,)
        Most tonnes that a maker keeps from year to year, and what a tonne kept costs; zero in one period.
    """

    width: int
    periods: int
    capacity: FloatArray
    cost: FloatArray
    yields: FloatArray
    by_share: FloatArray
    by_cost: float
    freight: FloatArray
    loss: FloatArray
    wanted: FloatArray
    stock: FloatArray
    holding: FloatArray


def layered(width: int, periods: int = 1, *, is_lossless: bool = False, seed: int = 1) -> Layered:
    """Draw a network.

    Parameters
    ----------
    width, periods : int
        See `Layered`.
    is_lossless : bool
        One commodity that is never lost, in whole numbers: a min-cost flow.
    seed : int
        The same seed draws the same network.
    """
    random = np.random.default_rng([seed, width, periods])
    shape = (len(STAGES), width)
    wanted = random.integers(50, 150, (width, periods)).astype(float)
    yields = random.uniform(0.5, 0.95, shape)
    yields[0] = 1.0
    loss = random.uniform(0.0, 0.03, (*shape, width))
    by_share = random.uniform(0.05, 0.3, width)
    if is_lossless:
        yields, loss, by_share = np.ones(shape), np.zeros_like(loss), np.zeros(width)
    needed = wanted.mean() / np.cumprod(yields.mean(axis=1)[::-1])[::-1]  # tonnes in, for an average chain
    capacity = np.round(needed[:, None] * random.uniform(0.6, 2.0, shape))
    return Layered(
        width,
        periods,
        capacity,
        random.integers(10, 200, shape).astype(float),
        yields,
        by_share,
        0.0 if is_lossless else 12.0,
        random.integers(1, 400, (*shape, width)).astype(float),
        loss,
        wanted,
        np.full(width, 40.0 if periods > 1 else 0.0),
        random.integers(1, 30, width).astype(float),
    )


def network_data(made: Layered) -> dict[str, Any]:
    """Return the network in the shape of our YAML, its lanes as a table."""
    names = [[f"{stage}_{n:04}" for n in range(made.width)] for stage in (*STAGES, "demand")]
    country = [COUNTRIES[n % len(COUNTRIES)] for n in range(made.width)]
    goods = ("ore", "concentrate", "oxide", "magnet")
    facilities: dict[str, Any] = {}
    for s, stage in enumerate(STAGES):
        for n, name in enumerate(names[s]):
            outputs = {goods[s]: 1.0}
            if stage == "separator" and made.by_share[n]:
                outputs["by"] = float(made.by_share[n] / made.yields[s, n])
            facilities[name] = {
                "country": country[n],
                "stage": stage,
                "inputs": {goods[s - 1]: 1.0} if s else {},
                "outputs": outputs,
                "yield": float(made.yields[s, n]),
                "capacity": float(made.capacity[s, n]),
                "cost": float(made.cost[s, n]),
            }
    years = [str(2025 + t) for t in range(made.periods)]
    demands = {
        name: {
            "country": country[n],
            "commodity": "magnet",
            "quantity": float(made.wanted[n, 0])
            if made.periods == 1
            else dict(zip(years, made.wanted[n].tolist(), strict=True)),
            "shortfall_cost": SHORTFALL_COST,
        }
        for n, name in enumerate(names[-1])
    }
    stockpiles = {
        f"stock_{n:04}": {
            "site": names[3][n],
            "commodity": "magnet",
            "capacity": float(made.stock[n]),
            "holding_cost": float(made.holding[n]),
        }
        for n in range(made.width if made.periods > 1 else 0)
    }
    gap, start, end = np.indices(made.freight.shape).reshape(3, -1)
    table = np.array(names, dtype=object)
    lanes = pd.DataFrame(
        {
            "from": table[gap, start],
            "to": table[gap + 1, end],
            "commodity": np.array(goods, dtype=object)[gap],
            "cost": made.freight.ravel(),
            "loss": made.loss.ravel(),
        }
    )
    return {
        "horizon": {"start": 2025, "periods": made.periods, "step": "year"},
        "stages": list(STAGES),
        "commodities": {**{good: {} for good in goods}, "by": {"disposal_cost": made.by_cost}},
        "facilities": facilities,
        "demands": demands,
        "lanes": lanes,
        **({"stockpiles": stockpiles} if stockpiles else {}),
    }


def program_of(made: Layered) -> LinearProgram:
    """Return the network as bare arrays: balances and demands as rows, capacities as bounds."""
    width, periods = made.width, made.periods
    n_stages, sizes = len(STAGES), {}
    out = np.arange(n_stages * width * periods).reshape(n_stages, width, periods)
    into = out.size + np.arange((n_stages - 1) * width * periods).reshape(n_stages - 1, width, periods)
    by = into.max() + 1 + np.arange(width * periods).reshape(width, periods)
    demand = by.max() + 1 + np.arange(width * periods).reshape(width, periods)
    ends = np.concatenate([into, demand[None]])
    n_rows = int(demand.max()) + 1
    shape = made.freight.shape
    kinds = []  # kind, rows, values, upper, cost: each of shape (n_columns, entries)

    def spread(values: FloatArray) -> FloatArray:
        return np.repeat(values.reshape(-1), periods)

    def add(kind: str, rows: list[Any], values: list[Any], upper: Any, cost: Any) -> None:
        size = rows[0].size
        sizes[kind] = size
        whole = [np.broadcast_to(np.asarray(part, dtype=float), size) for part in (*values, upper, cost)]
        kinds.append(([row.reshape(-1) for row in rows], whole[:-2], whole[-2], whole[-1]))

    add("mine", [out[0]], [1.0], spread(made.capacity[0]), spread(made.cost[0]))
    add(
        "produce",
        [into, out[1:]],
        [-1.0, spread(made.yields[1:])],
        spread(made.capacity[1:]),
        spread(made.cost[1:]),
    )
    add("dispose", [by], [-1.0], np.inf, made.by_cost)
    from_ = np.broadcast_to(out[:, :, None, :], (*shape, periods))
    to = np.broadcast_to(ends[:, None, :, :], (*shape, periods))
    add("ship", [from_, to], [-1.0, spread(1.0 - made.loss)], np.inf, spread(made.freight))
    add("short", [demand], [1.0], np.inf, SHORTFALL_COST)
    if periods > 1:
        add(
            "hold",
            [out[3, :, :-1], out[3, :, 1:]],
            [-1.0, 1.0],
            np.repeat(made.stock, periods - 1),
            np.repeat(made.holding, periods - 1),
        )
    rows, columns, values, first = [], [], [], 0
    for parts, numbers, upper, _ in kinds:
        for row, value in zip(parts, numbers, strict=True):
            rows.append(row)
            columns.append(first + np.arange(upper.size))
            values.append(value)
        first += upper.size
    separators = sizes["mine"] + width * periods + np.arange(width * periods)
    rows.append(by.reshape(-1))
    columns.append(separators)
    values.append(spread(made.by_share))
    matrix = coo_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(n_rows, first)
    ).tocsc()
    right = np.zeros(n_rows)
    right[demand] = made.wanted
    return LinearProgram(
        matrix.indptr.astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data,
        {"cost": np.concatenate([part[3] for part in kinds])},
        np.zeros(first),
        np.concatenate([part[2] for part in kinds]),
        right,
        right,
        Labels(tuple(_numbered(kind, size) for kind, size in sizes.items())),
        Labels((_numbered("balance", n_rows),)),
    )


def _numbered(kind: str, size: int) -> Block:
    return Block(kind, size, {"id": Coded(np.arange(size), range(size))})  # type: ignore[arg-type]

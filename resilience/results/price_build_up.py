"""What a delivered price is made of, hop by hop along each route: the parts add up to the price.

For an activity j in use, with dual y of every row and reduced cost r,  c_j - A_j'y = r_j.  Read as the
price of what it gives g,

    a_g y_g  =  c_j  -  r_j  -  sum of a_b y_b over all other rows,

that is its cost, the price of its leading input, the value of its other inputs less that of its
co-products, and the rents of the limits that it runs into. The price of the leading input is split
in the same way, back to the source. So all routes of a demand have the same price, and where one costs
less than another, a rent takes up the difference.

Losses   on a lane are a part of their own: tonnes lost on the way, at their price where they left
Tiers    of one activity in use together are averaged by their tonnes: cost and rent both
Ends     at a source; at recycled material, which enters at its price; at a stockpile, with what a tonne
         in stock is worth
Money    of the period of delivery: where money is discounted, what was paid earlier carries interest
Source   complementary slackness; Dantzig (1963), Linear Programming and Extensions, chapter 12
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.errors import InputError
from resilience.grammar.names import suggest
from resilience.results.bottlenecks import limit_names
from resilience.results.chains import Chains, merged_tiers
from resilience.results.gains import ROUNDING
from resilience.results.routes import Route, numbered, trace

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]

SOURCE, CONVERSION, INPUT, CREDIT = (
    "cost at the source",
    "conversion",
    "other inputs",
    "credit for co-products",
)
LOSS, RENT, FLOOR, RECYCLED = "losses", "rent", "cost of a minimum", "recycled material"
EASING = "credit for easing a limit"
STOCK, UNDER_WAY = "value of what is in stock", "already under way"

WORDS = {"tariff": "duty", "top_up": "top-up", "purchase": SOURCE}
"""Words for components of cost that are more than their ids without underscores."""

ROW_WORDS = {
    "stock": STOCK,
    "use": "share of a fixed cost",
    "origin": "rent of an origin rule",
    "project": "rent",
    "demand": "rent",
}
"""What the dual of a row is called where the row is no limit of the file."""

NOTHING = 1e-9
"""Deliveries below this share of what is wanted are rounding."""

Part = tuple[str, str, float]
"""What it is, of what, and how much per tonne given."""


def price_build_up_of(solution: Solution, demand: str, period: str | None = None) -> pd.DataFrame:
    """Return what a demand's price is made of; see `Solution.price_build_up`."""
    known, names = solution.formulation.spec.demands, solution.period_names.tolist()
    if demand not in known:
        raise InputError(f"unknown demand '{demand}'{suggest(demand, known)}")
    if period is not None and period not in names:
        raise InputError(f"unknown period '{period}'{suggest(period, names)}")
    program, unit, labels = solution.program, solution.unit, solution.program.columns
    when = None if period is None else names.index(period)
    arcs, split = solution.chains, solution.price_parts
    routes = trace(solution, arcs, labels.where(kind="serve", id=demand, period=when))
    heads = ["period", "route", f"delivered_{unit.mass}", f"price_{unit.price}", "hop", "id", "part", "name"]
    sinks = np.array([route.sink for route in routes], dtype=np.int64)
    periods = solution.period_names[labels.texts("period", sinks).astype(np.int64)].tolist()
    factors = solution.formulation.discount_factors(program.rows)
    rows: list[list[Any]] = []
    for number, named, route in zip(numbered(solution, routes).tolist(), periods, routes, strict=True):
        money, price = factors[route.row], solution.duals[route.row]
        for hop, column, part, name, amount in _hops(split, arcs, route):
            who = split.ids[column]
            rows.append([named, number, route.delivered, price, hop, who, part, name, amount / money])
    frame = pd.DataFrame(rows, columns=[*heads, f"amount_{unit.price}"])
    frame.insert(0, "demand", demand)
    keys = list(frame.columns[:-1])
    return frame.groupby(keys, as_index=False, sort=False).sum()


def worth_where_nothing_comes(solution: Solution, demand: str) -> dict[str, float]:
    """Return, by period in which a demand goes wholly short, what one tonne given there would save.

    No route makes up a price there. It is the dual of what is wanted: as a rule its shortfall cost.
    """
    unit, rows = solution.unit, solution.program.rows
    short = solution.shortfall[solution.shortfall["demand"] == demand]
    wanted, delivered = short[f"wanted_{unit.mass}"], short[f"delivered_{unit.mass}"]
    nothing = short["period"][(wanted > 0) & (delivered <= NOTHING * wanted)].tolist()
    position = rows.where(kind="demand", id=demand)
    periods = solution.period_names[rows.texts("period", position).astype(np.int64)].tolist()
    worth = dict(zip(periods, solution.duals[position].tolist(), strict=True))
    return {period: worth[period] for period in nothing}


def _hops(split: PriceParts, arcs: Chains, route: Route) -> Iterator[tuple[int, int, str, str, float]]:
    """Yield hop, activity and every part of the price, from the source on, discounted."""
    found: list[tuple[int, int, str, str, float]] = []
    factor = 1.0
    for hop, arc in zip(range(len(route.arcs), 0, -1), reversed(route.arcs), strict=True):
        column, row, start = int(arcs.column[arc]), int(arcs.to[arc]), int(arcs.start[arc])
        if arcs.recycled[arc]:
            parts: list[Part] = [(RECYCLED, split.goods[row], float(split.y[row]))]
        else:
            parts = split.parts(column, row, start)
        need = float(arcs.need[arc])
        if start >= 0 and split.kinds[column] == "ship":
            parts.append((LOSS, split.goods[row], (need - 1.0) * float(split.y[start])))
            need = 1.0
        found += [(hop, column, part, name, factor * amount) for part, name, amount in parts if amount]
        factor *= need
    yield from sorted(found, key=lambda item: item[0])


@dataclass(frozen=True, eq=False)
class PriceParts:
    """The parts of prices in one solution.

    Parameters
    ----------
    solution : Solution
        Solved.
    """

    solution: Solution

    @cached_property
    def y(self) -> FloatArray:
        """Duals of all rows, in money of the first period."""
        return self.solution.outcome.y

    @cached_property
    def kinds(self) -> NDArray[Any]:
        """Kind of every column."""
        return self.solution.program.columns.kinds()

    @cached_property
    def row_kinds(self) -> NDArray[Any]:
        """Kind of every row."""
        return self.solution.program.rows.kinds()

    @cached_property
    def reduced(self) -> FloatArray:
        """Reduced cost of every column."""
        program = self.solution.program
        return program.cost - program.transposed_times(self.y)

    @cached_property
    def limits(self) -> tuple[dict[int, str], dict[int, str]]:
        """Names in the file of the limits that columns and rows are at."""
        return limit_names(self.solution)

    @cached_property
    def by_owner(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Columns sorted by the first tier of their activity, and that first tier."""
        owner = merged_tiers(self.solution.program)
        order = np.argsort(owner, kind="stable")
        return order, owner[order]

    @cached_property
    def amounts(self) -> list[tuple[str, str, FloatArray]]:
        """Component, policy behind it, and cost per unit of every column."""
        program, found = self.solution.program, []
        rest = {name: values.copy() for name, values in program.costs.items()}
        seen = {name: values.copy() for name, values in self.solution.formulation.program.costs.items()}
        for key, delta in self.solution.deltas.items():
            for component, change in delta.costs.items():
                more = np.zeros(program.n_columns)
                before = seen.setdefault(component, np.zeros(program.n_columns))
                more[change.positions] = change.numbers - before[change.positions]
                before[change.positions] = change.numbers
                rest[component] = rest.get(component, np.zeros(program.n_columns)) - more
                found.append((component, f"policies.{key}", more))
        return [*((component, "", values) for component, values in rest.items()), *found]

    @cached_property
    def goods(self) -> list[str]:
        """Commodity of every row."""
        return list(self.solution.program.rows.texts("commodity"))

    @cached_property
    def ids(self) -> list[str]:
        """Id of every column."""
        return list(self.solution.program.columns.texts("id"))

    @cached_property
    def known(self) -> dict[tuple[int, int, int], list[Part]]:
        """Parts found so far: the routes of a network share most of their activities."""
        return {}

    def parts(self, column: int, row: int, start: int) -> list[Part]:
        """Return what one tonne that an activity gives to a row costs, its leading input aside."""
        key = (column, row, start)
        if key not in self.known:
            self.known[key] = self._parts_of(column, row, start)
        return list(self.known[key])

    def _parts_of(self, column: int, row: int, start: int) -> list[Part]:
        program, x = self.solution.program, np.maximum(self.solution.levels, 0.0)
        order, sorted_ = self.by_owner
        first, last = np.searchsorted(sorted_, [column, column + 1])
        tiers = order[first:last]
        tiers = tiers[x[tiers] > 0]
        shares = x[tiers] / x[tiers].sum()
        taken = np.asarray(program.matrix[:, tiers] @ shares)
        gives = taken[row]
        found: list[Part] = []
        for component, policy, values in self.amounts:
            word = WORDS.get(component, component.replace("_", " "))
            if component == "production":
                word = SOURCE if start < 0 else CONVERSION
            found.append((word, policy, float(shares @ values[tiers]) / gives))
        for tier, share in zip(tiers.tolist(), shares.tolist(), strict=True):
            found += self._own_bound(tier, share / gives)
        for other in np.flatnonzero(taken).tolist():
            if other not in (row, start):
                found.append(self._of_row(other, -taken[other] * float(self.y[other]) / gives, taken[other]))
        return found

    def _own_bound(self, column: int, share: float) -> list[Part]:
        """Return the rent of the bound that an activity is at."""
        program, reduced = self.solution.program, float(self.reduced[column])
        entries = slice(program.starts[column], program.starts[column + 1])
        earned = np.abs(program.values[entries]) @ np.abs(self.y[program.indices[entries]])
        size = abs(float(program.cost[column])) + float(earned)
        if abs(reduced) <= ROUNDING * size:
            return []
        if self.kinds[column] == "transit":
            return [(UNDER_WAY, "", -share * reduced)]
        return [(RENT if reduced < 0 else FLOOR, self.limits[0].get(column, ""), -share * reduced)]

    def _of_row(self, row: int, amount: float, taken: float) -> Part:
        """Return what another row than that of the leading input adds."""
        kind = str(self.row_kinds[row])
        if kind == "balance":
            return (INPUT if taken < 0 else CREDIT), self.goods[row], amount
        name = self.limits[1].get(row, "")
        if not name:
            at, rows = np.array([row]), self.solution.program.rows
            policy = str(rows.texts("policy", at)[0])
            name = f"policies.{policy}" if policy else str(rows.texts("id", at)[0])
        word = FLOOR if self.y[row] > 0 else RENT if amount >= 0 else EASING
        return ROW_WORDS.get(kind, word), name, amount

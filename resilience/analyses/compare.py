"""Compare two solutions: what changes in cost and why, who goes short, what flows, what is made, prices.

The difference in cost is split exactly into effects that add up: price, volume, route, duty and
shortfall. What they are is defined in `resilience.results.effects`.

Every table has a column before, one after, and their change, after - before. Things that only one of
the two has are compared with nothing: tonnes and money count as 0 there, prices and capacities as
unknown (NaN).
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from resilience.errors import InputError
from resilience.grammar.names import suggest
from resilience.results.effects import BY, EFFECTS, contributions
from resilience.results.solution import Solution, Units

if TYPE_CHECKING:
    from resilience.report.figures import ComparisonFigures


@dataclass(frozen=True, eq=False)
class Comparison:
    """What differs between two solutions.

    Parameters
    ----------
    before, after : Solution
        Of the same network or of two; their units are the same.
    """

    before: Solution
    after: Solution

    def __repr__(self) -> str:
        return f"<Comparison of {self._title}: cost {self.cost_change:+,.0f} {self.before.currency}>"

    def __str__(self) -> str:
        lines = [f"Cost of {self._title}, {self.before.currency}:"]
        table = self.effects
        lines += [
            f"  {effect:<10}{amount:>+24,.0f}"
            for effect, amount in zip(table["effect"], table[f"change_cost_{self.unit.money}"], strict=True)
        ]
        return "\n".join(lines)

    @property
    def _title(self) -> str:
        one, other = (solution.scenario or "network alone" for solution in (self.before, self.after))
        return f"{one} with {other}"

    @property
    def unit(self) -> Units:
        """Names that units have in table columns."""
        return self.before.unit

    @property
    def plot(self) -> ComparisonFigures:
        """Figures of this comparison, for notebooks: effects()."""
        figures = importlib.import_module("resilience.report.figures")
        made: ComparisonFigures = figures.ComparisonFigures(self)
        return made

    @property
    def cost_change(self) -> float:
        """How much dearer the second is."""
        return self.after.cost - self.before.cost

    @cached_property
    def cost(self) -> pd.DataFrame:
        """Cost by kind and component: before, after, change; each column adds up to its total."""
        money = self.unit.money
        tables = [solution.cost_breakdown.reset_index() for solution in (self.before, self.after)]
        return _joined(tables, ["kind", "component"], {f"cost_{money}": 0.0})

    @cached_property
    def contributions(self) -> pd.DataFrame:
        """What every activity adds to the difference in cost, by effect and component; see `effects_by`."""
        return contributions(self.before, self.after)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Why the second is dearer: price, volume, route, duty and shortfall effects, and their total.

        ``price``: the same things cost more. ``volume``: more is delivered. ``route``: the same tonnes come
        from dearer sources, by dearer lanes and plants. ``duty``: more is paid in tariffs, taxes and
        levies, less received in subsidies. ``shortfall``: more goes short. Negative where it is the other
        way round. The five add up to ``cost_change``.
        """
        money = f"change_cost_{self.unit.money}"
        sums = self.contributions.groupby("effect")[money].sum().reindex(EFFECTS, fill_value=0.0)
        return pd.DataFrame({"effect": [*EFFECTS, "total"], money: [*sums, self.cost_change]})

    def effects_by(self, *keys: str) -> pd.DataFrame:
        """Return the effects split further.

        Parameters
        ----------
        *keys : str
            Any of component, part (rate: another unit cost; quantity), activity (its kind), policy, id,
            stage, commodity, country (of a lane, where it ends), sector and period.

        Returns
        -------
        DataFrame
            effect, the keys, and change_cost in money: rows that are not 0, the largest first within each
            effect. The rows of an effect add up to its row in `effects`.

        Raises
        ------
        InputError
            If there is no such key.
        """
        for key in keys:
            if key not in BY:
                raise InputError(f"unknown key '{key}'{suggest(key, BY)}; there are {', '.join(BY[1:])}")
        money = f"change_cost_{self.unit.money}"
        names = ["effect", *(key for key in keys if key != "effect")]
        sums = self.contributions.groupby(names, as_index=False)[[money]].sum()
        sums = sums[sums[money] != 0]
        order = sums["effect"].map({effect: number for number, effect in enumerate(EFFECTS)})
        place = np.lexsort((-sums[money].abs().to_numpy(), order.to_numpy()))
        return sums.iloc[place].reset_index(drop=True)

    @cached_property
    def shortfall(self) -> pd.DataFrame:
        """Demands by period: tonnes wanted, delivered and short, and the cost of the shortfall."""
        unit = self.unit
        keys = ["demand", "sector", "country", "commodity", "period"]
        tonnes = [f"{name}_{unit.mass}" for name in ("wanted", "delivered", "shortfall")]
        values = dict.fromkeys([*tonnes, f"cost_{unit.money}"], 0.0)
        return _joined([self.before.shortfall, self.after.shortfall], keys, values)

    @cached_property
    def flows(self) -> pd.DataFrame:
        """Lanes in use in either: tonnes that leave."""
        keys = ["lane", "from", "to", "from_country", "to_country", "commodity", "period"]
        return _joined([self.before.flows, self.after.flows], keys, {f"flow_{self.unit.mass}": 0.0})

    @cached_property
    def production(self) -> pd.DataFrame:
        """Facilities: throughput, and capacity."""
        mass = self.unit.mass
        keys = ["facility", "country", "stage", "process", "period"]
        values = {f"throughput_{mass}": 0.0, f"capacity_{mass}": float("nan")}
        return _joined([self.before.production, self.after.production], keys, values)

    @cached_property
    def outputs(self) -> pd.DataFrame:
        """What countries make of each commodity, by stage."""
        mass = self.unit.mass
        keys = ["country", "stage", "commodity", "period"]
        tables = [
            solution.outputs.groupby(keys)[f"output_{mass}"].sum().reset_index()
            for solution in (self.before, self.after)
        ]
        return _joined(tables, keys, {f"output_{mass}": 0.0})

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Price of each commodity at each site; NaN where only one of the two has it."""
        keys = ["site", "country", "commodity", "period"]
        tables = [self.before.prices, self.after.prices]
        return _joined(tables, keys, {f"price_{self.unit.price}": float("nan")})


def compare(before: Solution, after: Solution) -> Comparison:
    """Compare two solutions.

    Parameters
    ----------
    before, after : Solution
        Two scenarios of one network, or solutions of two networks in the same units.

    Returns
    -------
    Comparison
        With `effects` and `effects_by`, which split the difference in cost exactly, and the tables
        ``cost``, ``shortfall``, ``flows``, ``production``, ``outputs`` and ``prices``, each with
        ``before_``, ``after_`` and ``change_`` columns of its quantities.

    Raises
    ------
    InputError
        If their units differ.

    Examples
    --------
    >>> from resilience.network import Network
    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {"mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5}},
    ...     "demands": {
    ...         "smelter": {"country": "FIN", "commodity": "ore", "quantity": 8, "shortfall_cost": 90}
    ...     },
    ...     "lanes": [{"from": "mine", "to": "smelter", "commodity": "ore"}],
    ... })
    >>> found = compare(network.solve(), network.solve(set={"supplies.mine.quantity": 4}))
    >>> found
    <Comparison of network alone with network alone: cost +80 USD>
    >>> found.cost[["component", "before_cost_usd", "after_cost_usd", "change_cost_usd"]]
       component  before_cost_usd  after_cost_usd  change_cost_usd
    0   purchase             50.0            40.0            -10.0
    1  shortfall            270.0           360.0             90.0
    >>> print(found)
    Cost of network alone with network alone, USD:
      price                           +0
      volume                         -10
      route                           +0
      duty                            +0
      shortfall                      +90
      total                          +80
    """
    if before.formulation.spec.units != after.formulation.spec.units:
        raise InputError(f"cannot compare {_measured_in(before)} with {_measured_in(after)}")
    return Comparison(before, after)


def _measured_in(solution: Solution) -> str:
    units = solution.formulation.spec.units
    return f"{units.mass} and {units.currency}"


def _joined(tables: Sequence[pd.DataFrame], keys: list[str], values: dict[str, float]) -> pd.DataFrame:
    """Join two tables on their keys, rows of the first before those that only the second has.

    Parameters
    ----------
    tables : two DataFrames
        With unique keys.
    keys : list of str
        Columns to join on.
    values : mapping
        Quantities to compare, and what they are where a table lacks the row.
    """
    before, after = (table[[*keys, *values]].set_index(keys) for table in tables)
    index = before.index.append(after.index.difference(before.index, sort=False))
    joined = pd.DataFrame(index=index)
    for name, missing in values.items():
        joined[f"before_{name}"] = before[name].reindex(index, fill_value=missing).astype(float)
        joined[f"after_{name}"] = after[name].reindex(index, fill_value=missing).astype(float)
        joined[f"change_{name}"] = joined[f"after_{name}"] - joined[f"before_{name}"]
    return joined.reset_index()

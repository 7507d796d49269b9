"""Offtake: a contract by which buyers take at least so much from a facility.

Effect    row_lower of one row per period: sum_{ship: facility's site -> buyers} x >= quantity
Dual      of the row: what the obligation costs per tonne, at the margin
Money     none of its own; the goods are paid for as any others
Not this  a facility's `minimum`, which binds production whoever takes it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Fault, Names, Quantity, Text, field
from resilience.policies.policy import Additions, Policy, Situation, per_period
from resilience.policies.selectors import LaneSelector, Selector
from resilience.program import Delta, LinearProgram


class Offtake(Policy):
    """A contract to take at least so much.

    Examples
    --------
    >>> Offtake(facility="kuantan", buyer={"country": "JPN"}, quantity="5 kt/yr").quantity
    5000.0
    """

    type: Text = field(default="offtake")
    """offtake"""
    facility: Selector = field(kind="any")
    """From whom: facilities, hubs or supplies."""
    buyer: Selector = field(kind="any")
    """Who takes it: places, by id or selector."""
    commodities: Names | None = field(kind="names", default=None, ref="commodity")
    """Only these commodities."""
    quantity: Quantity = field("mass/yr", gt=0)
    """Least that is taken per year, all buyers and commodities together."""

    instrument = "offtake"
    loose: ClassVar[Mapping[str, float]] = {"quantity": 0.0}

    def structure(self, program: LinearProgram, situation: Situation) -> Additions | None:
        """Return one row per period."""
        columns = self._shipments(program, situation)
        period = program.columns.texts("period", columns).astype(np.int64)
        n_periods = len(situation.starts)
        return Additions(
            rows={"period": list(range(n_periods))}, entries=(period, columns, np.ones(len(columns)))
        )

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the obligation in the periods in force."""
        periods = situation.periods(self)
        rows = program.rows.where(kind="policy", policy=situation.id, period=periods)
        least = per_period(self.quantity, situation)[periods] * situation.years
        return Delta.of(row_lower=(rows, least))

    def _shipments(self, program: LinearProgram, situation: Situation) -> NDArray[np.int64]:
        selector = LaneSelector(from_=self.facility, to=self.buyer, commodity=self.commodities)
        found = situation.lanes(program.columns, selector)
        if not len(found):
            raise Fault("matches no lane from the facility to the buyer", ("facility",))
        return found

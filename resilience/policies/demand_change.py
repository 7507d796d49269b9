"""Demand change: demands that grow or shrink.

Effect    row_lower and row_upper of the demand rows, the row_upper of an outlet's capacity over its
          tiers, the col_upper of their serve and short columns, and what a single source delivers,
          times `factor`
Money     none
Not this  an outlet's price; a shortfall, which is the plan's choice
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Fault, Quantity, Text, field
from resilience.policies.policy import Policy, Situation, per_period
from resilience.policies.selectors import Selector
from resilience.program import Delta, LinearProgram


class DemandChange(Policy):
    """Demands that grow or shrink by a factor.

    Examples
    --------
    >>> DemandChange(demand={"sector": "ev"}, factor="120%").factor
    1.2
    """

    type: Text = field(default="demand_change")
    """demand_change"""
    demand: Selector = field(kind="any", places=("demand",))
    """Which demands: ids or a selector."""
    factor: Quantity = field("share", ge=0)
    """What the quantities are multiplied by."""

    instrument = "demand_change"
    loose: ClassVar[Mapping[str, float]] = {"factor": 0.0}

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the new quantities."""
        periods, ids = situation.periods(self), situation.members(self.demand)
        rows = np.union1d(
            program.rows.where(kind=("demand", "serve"), id=ids, period=periods),
            program.rows.where(kind="capacity", of="serve", id=ids, period=periods),
        )
        columns = program.columns.where(kind=("serve", "short"), id=ids, period=periods)
        if not len(columns):
            raise Fault("matches no demand", ("demand",))
        factor = per_period(self.factor, situation)
        by_row = factor[program.rows.texts("period", rows).astype(np.int64)]
        by_column = factor[program.columns.texts("period", columns).astype(np.int64)]
        sources = program.columns.where(kind="use", demand=ids, period=periods)
        whole = np.flatnonzero(np.isin(program.entry_columns, sources) & (program.values < 0))
        by_entry = factor[program.columns.texts("period", program.entry_columns[whole]).astype(np.int64)]
        return Delta.of(
            row_lower=(rows, _times(program.row_lower[rows], by_row)),
            row_upper=(rows, _times(program.row_upper[rows], by_row)),
            col_upper=(columns, _times(program.col_upper[columns], by_column)),
            values=(whole, program.values[whole] * by_entry),
        )


def _times(bound: NDArray[np.float64], factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return bounds times factors, infinite ones as they are."""
    return np.multiply(bound, factor, out=bound.copy(), where=np.isfinite(bound))

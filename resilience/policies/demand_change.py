"""Demand change: demands that grow or shrink.

Effect    row_lower and row_upper of the demand rows, and the col_upper of their serve and short
          columns, times `factor`
Money     none
Not this  an outlet's price; a shortfall, which is the plan's choice
"""

from __future__ import annotations

import numpy as np

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
    demand: Selector = field(kind="any")
    """Which demands: ids or a selector."""
    factor: Quantity = field("share", ge=0)
    """What the quantities are multiplied by."""

    instrument = "demand_change"

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the new quantities."""
        periods, ids = situation.periods(self), situation.members(self.demand)
        rows = program.rows.where(kind=("demand", "serve"), id=ids, period=periods)
        columns = program.columns.where(kind=("serve", "short"), id=ids, period=periods)
        if not len(columns):
            raise Fault("matches no demand", ("demand",))
        factor = per_period(self.factor, situation)
        by_row = factor[program.rows.texts("period", rows).astype(np.int64)]
        by_column = factor[program.columns.texts("period", columns).astype(np.int64)]
        upper = program.col_upper[columns]
        return Delta.of(
            row_lower=(rows, program.row_lower[rows] * by_row),
            row_upper=(rows, program.row_upper[rows] * by_row),
            col_upper=(
                columns,
                np.where(np.isinf(upper), upper, np.nan_to_num(upper, posinf=0.0) * by_column),
            ),
        )

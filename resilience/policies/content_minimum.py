"""Content minimum: at least a share of a consumer's supply is made at home.

Effect    row_upper of one row per commodity and period:
          share * (all imports + own production) - own production <= 0
Dual      of the row: what one tonne less of the obligation would save, at the margin
Money     none
Counts    as a sourcing cap does
Not this  a sourcing cap, which is on each country abroad
Source    Regulation (EU) 2024/1252 (Critical Raw Materials Act), article 5(1)(a): benchmarks of 10 % of
          annual consumption extracted, 40 % processed and 25 % recycled in the Union
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from resilience.fields import Names, Number, Text, field
from resilience.policies.policy import Additions, Policy, Situation, group_rows
from resilience.policies.supply_shares import supplied
from resilience.program import Delta, LinearProgram


class ContentMinimum(Policy):
    """At least a share of supply made at home.

    Examples
    --------
    >>> ContentMinimum(consumer="eu", commodities=["ndpr_oxide"], share="40%").share
    0.4
    """

    type: Text = field(default="content_minimum")
    """content_minimum"""
    consumer: Names = field(kind="names", ref="country")
    """Whose supply: countries or a bloc, counted together."""
    commodities: Names = field(kind="names", ref="commodity")
    """Which commodities, each for itself."""
    share: Number = field("share", kind="number", gt=0, le=1)
    """Least share made at home."""

    instrument = "content_minimum"
    loose: ClassVar[Mapping[str, float]] = {"share": 0.0}

    def structure(self, program: LinearProgram, situation: Situation) -> Additions | None:
        """Return one row per commodity and period."""
        supply = supplied(program, self.consumer, self.commodities)
        number, keys = group_rows(supply.commodity, supply.period.astype(object))
        good, period = (list(part) for part in zip(*keys, strict=True))
        weight = self.share - (supply.origin == "")
        return Additions(
            rows={"commodity": good, "period": period},
            entries=(number, supply.columns, np.asarray(weight * supply.amount, dtype=float)),
        )

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the obligation in the periods in force."""
        rows = program.rows.where(kind="policy", policy=situation.id, period=situation.periods(self))
        return Delta.of(row_upper=(rows, 0.0))

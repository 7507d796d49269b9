"""Origin rule: chosen demands take nothing that was made at barred countries and stages.

Effect    row_upper of one row per demand and period:
          sum of deliveries from tainted layers - de_minimis * all deliveries <= 0
Dual      of the row: what one more tonne of tainted material would save
Money     none
Not this  an export restriction, which the seller imposes; a tariff by country of shipment
Source    DFARS 252.225-7052 (magnets: no material mined, refined, separated, melted or produced in
          covered countries); 26 U.S.C. 30D(d)(7) (foreign entities of concern)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from resilience.fields import Fault, Names, Number, Text, field
from resilience.policies.bars import Bar
from resilience.policies.policy import Additions, Policy, Situation, group_rows, tainted_columns
from resilience.policies.selectors import Selector
from resilience.program import Delta, LinearProgram


class OriginRule(Policy):
    """No material from barred countries and stages.

    Examples
    --------
    >>> OriginRule(exclude=["CHN", "RUS"], demand={"sector": "defence"}).de_minimis
    0.0
    """

    type: Text = field(default="origin_rule")
    """origin_rule"""
    exclude: Names = field(kind="names", ref="country")
    """Countries or blocs whose material is barred."""
    stages: Names | None = field(kind="names", default=None, ref="stage")
    """Only what is made there at these stages; all stages if left out."""
    demand: Selector = field(kind="any", places=("demand",))
    """Which demands the rule binds: ids or a selector."""
    de_minimis: Number = field("share", kind="number", default=0.0, ge=0, le=1)
    """Share of each delivery that may be tainted all the same."""

    instrument = "origin_rule"
    loose: ClassVar[Mapping[str, float]] = {"de_minimis": 1.0}

    def bars(self, situation: Situation) -> list[tuple[Bar, tuple[str, ...] | None]]:
        """Return what is barred, and at which demands."""
        return [(situation.bar(self.exclude, self.stages), situation.members(self.demand))]

    def structure(self, program: LinearProgram, situation: Situation) -> Additions | None:
        """Return one row per demand and period."""
        serve = program.columns.where(kind="serve", id=situation.members(self.demand))
        if not len(serve):
            raise Fault("matches no demand", ("demand",))
        tainted = tainted_columns(program, serve, situation.bar(self.exclude, self.stages))
        number, keys = group_rows(*(program.columns.texts(name, serve) for name in ("id", "period")))
        ids, period = (list(part) for part in zip(*keys, strict=True))
        weight = np.isin(serve, tainted).astype(float) - self.de_minimis
        return Additions(rows={"id": ids, "period": period}, entries=(number, serve, weight))

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the rule in the periods in force."""
        rows = program.rows.where(kind="policy", policy=situation.id, period=situation.periods(self))
        return Delta.of(row_upper=(rows, 0.0))

"""Price shock: what is bought or produced becomes dearer or cheaper.

Effect    cost component `purchase` of buy columns, or `production` of produce columns, times `factor`,
          plus `surcharge` per tonne; of several shocks, the factors multiply and the surcharges add
Money     a resource cost
Not this  a tariff or tax, which somebody receives; a freight shock
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from resilience.fields import Fault, Quantity, Text, field
from resilience.policies.policy import Policy, Situation, per_period
from resilience.policies.selectors import Selector
from resilience.policies.shocks import check_not_below_zero, shocked
from resilience.program import Delta, LinearProgram

COMPONENTS = {"buy": "purchase", "produce": "production"}


class PriceShock(Policy):
    """Supplies or facilities whose price or cost changes.

    Examples
    --------
    >>> PriceShock(of={"kind": "supply"}, factor="150%").factor
    1.5
    """

    type: Text = field(default="price_shock")
    """price_shock"""
    of: Selector = field(kind="any", places=("supply", "facility"))
    """Which supplies or facilities: ids or a selector."""
    factor: Quantity = field("share", default=1.0, ge=0)
    """What the price is multiplied by."""
    surcharge: Quantity = field("currency/mass", default=0.0)
    """Added per tonne bought, or per tonne of throughput."""

    instrument = "price_shock"

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.factor == 1.0 and self.surcharge == 0.0:
            raise ValueError("changes nothing: give a `factor` or a `surcharge`")
        return self

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the new prices and costs."""
        situation.periods(self)
        base = program if situation.base is None else situation.base
        in_force = {**situation.in_force, situation.id: self}
        costs = {}
        for kind, component in COMPONENTS.items():
            columns, _, _ = self._shock(program, situation, kind)
            if len(columns):
                shocks = [
                    policy._shock(program, situation, kind)
                    for _, policy in sorted(in_force.items())
                    if isinstance(policy, PriceShock)
                ]
                after = shocked(base.costs[component], shocks)[columns]
                check_not_below_zero(base.costs[component][columns], after, f"cost of {component}")
                costs[component] = (columns, after)
        if not costs:
            raise Fault("matches no supply and no facility", ("of",))
        return Delta.of(costs=costs)

    def _shock(
        self, program: LinearProgram, situation: Situation, kind: str
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the columns of a kind, and the factor and surcharge of each."""
        labels, periods = program.columns, situation.periods_of(self)
        columns = labels.where(kind=kind, id=situation.members(self.of), period=periods)
        period = labels.texts("period", columns).astype(np.int64)
        factor, surcharge = (per_period(value, situation)[period] for value in (self.factor, self.surcharge))
        return columns, factor, surcharge

"""Freight shock: lanes that become dearer, as when a strait closes.

Effect    cost component `freight` of the chosen ship columns times `factor`, plus `surcharge` per tonne;
          of several shocks on one lane, the factors multiply and the surcharges add
Money     a resource cost
Not this  an outage of the lane, which closes it; a tariff, which somebody receives
"""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from resilience.fields import Fault, Quantity, Text, field
from resilience.policies.policy import Policy, Situation, per_period
from resilience.policies.selectors import LaneSelector
from resilience.policies.shocks import check_not_below_zero, shocked
from resilience.program import Delta, LinearProgram


class FreightShock(Policy):
    """Lanes whose freight rises.

    Examples
    --------
    >>> FreightShock(lane={"from": {"country": "CHN"}}, factor=2).factor
    2.0
    """

    type: Text = field(default="freight_shock")
    """freight_shock"""
    lane: LaneSelector | None = field(kind="any", default=None)
    """Which lanes: ids or a selector; all if left out."""
    factor: Quantity = field("share", default=1.0, ge=0)
    """What freight is multiplied by."""
    surcharge: Quantity = field("currency/mass", default=0.0)
    """Added per tonne."""

    instrument = "freight_shock"

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.factor == 1.0 and self.surcharge == 0.0:
            raise ValueError("changes nothing: give a `factor` or a `surcharge`")
        return self

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the new freight."""
        situation.periods(self)
        lanes, _, _ = self._shock(program, situation)
        if not len(lanes):
            raise Fault("matches no lane", ("lane",))
        base = program if situation.base is None else situation.base
        in_force = {**situation.in_force, situation.id: self}
        shocks = [
            policy._shock(program, situation)
            for _, policy in sorted(in_force.items())
            if isinstance(policy, FreightShock)
        ]
        freight = shocked(base.costs["freight"], shocks)[lanes]
        check_not_below_zero(base.costs["freight"][lanes], freight, "freight")
        return Delta.of(costs={"freight": (lanes, freight)})

    def _shock(
        self, program: LinearProgram, situation: Situation
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the lanes, and the factor and surcharge of each."""
        labels, periods = program.columns, situation.periods_of(self)
        if self.lane is None:
            lanes = labels.where(kind="ship", period=periods)
        else:
            lanes = situation.lanes(labels, self.lane, periods)
        period = labels.texts("period", lanes).astype(np.int64)
        factor, surcharge = (per_period(value, situation)[period] for value in (self.factor, self.surcharge))
        return lanes, factor, surcharge

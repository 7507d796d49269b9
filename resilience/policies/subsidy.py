"""Subsidy: a payment to producers, per tonne of output or as a share of their cost.

Effect    cost component `subsidy` of the produce columns, negative; with a `volume`, of columns `paid`
          that are held under the output and, together, under the volume
Dual      of the volume: what one more paid tonne would save the producers
Money     a transfer: paid by the producer's country, received by the producer
Not this  a price floor, which pays only what the price falls short of
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from resilience.fields import Names, Quantity, Text, field
from resilience.policies.paid_output import by_entry, output_of, paid_columns, pay
from resilience.policies.policy import DUTIES_AND_SHARES, Additions, Policy, Situation
from resilience.policies.selectors import Selector
from resilience.program import Delta, LinearProgram


class Subsidy(Policy):
    """A payment to producers.

    Examples
    --------
    >>> Subsidy(producer={"country": "USA", "stage": "manufacturing"}, amount=10_000).amount
    10000.0
    """

    type: Text = field(default="subsidy")
    """subsidy"""
    producer: Selector = field(kind="any")
    """Which facilities: ids or a selector."""
    commodities: Names | None = field(kind="names", default=None, ref="commodity")
    """For which outputs; all if left out."""
    amount: Quantity | None = field("currency/mass", default=None, gt=0)
    """Per tonne of output."""
    share: Quantity | None = field("share", default=None, gt=0, le=1)
    """Share of the production cost that is paid."""
    volume: Quantity | None = field("mass/yr", default=None, ge=0)
    """Most output per year that is paid for, all producers together; unlimited if left out."""

    instrument = "subsidy"
    order = DUTIES_AND_SHARES
    transfers: ClassVar[Mapping[str, str]] = {"subsidy": "country"}

    @model_validator(mode="after")
    def _has_one_measure(self) -> Self:
        if (self.amount is None) == (self.share is None):
            raise ValueError("a subsidy has either an `amount` per tonne or a `share` of the cost")
        if self.share is not None and self.volume is not None:
            raise ValueError("a `volume` goes with an `amount` per tonne")
        return self

    def structure(self, program: LinearProgram, situation: Situation) -> Additions | None:
        """Return the paid columns, if there is a volume."""
        output = output_of(program, situation, self.producer, self.commodities)
        return None if self.volume is None else paid_columns(program, situation, output)

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the payment."""
        periods = situation.periods(self)
        output = output_of(program, situation, self.producer, self.commodities)
        if self.share is not None:
            columns = np.unique(output.columns[np.isin(output.periods(program), periods)])
            share = by_entry(self.share, situation, program.columns.texts("period", columns).astype(np.int64))
            already = program.costs.get("subsidy", np.zeros(program.n_columns))[columns]
            return Delta.of(
                costs={"subsidy": (columns, already - share * program.costs["production"][columns])}
            )
        per_tonne = by_entry(self.amount, situation, output.periods(program))
        return pay(program, situation, output, per_tonne, "subsidy", self.volume, periods)

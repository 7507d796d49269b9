"""Subsidy: a payment to producers, per tonne of output or as a share of their cost or of their capital.

Effect    cost component `subsidy` of the produce columns, negative; with a `volume`, of columns `paid`
          that are held under the output and, together, under the volume; for projects, component
          `capital_subsidy` of the build columns
Dual      of the volume: what one more paid tonne would save the producers
Money     a transfer: paid by the `payer`, or else the producer's country; received by the producer
Not this  a price floor, which pays only what the price falls short of
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from resilience.fields import Names, Parties, Quantity, Text, field
from resilience.policies.paid_output import IntArray, by_entry, output_of, paid_columns, pay, payer_shares
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
    producer: Selector | None = field(kind="any", default=None, places=("facility",))
    """Which facilities: ids or a selector."""
    project: Names | None = field(kind="names", default=None, ref="project")
    """Which projects, for a share of their capital; on top of what they are `subsidised` already."""
    commodities: Names | None = field(kind="names", default=None, ref="commodity")
    """For which outputs; all if left out."""
    amount: Quantity | None = field("currency/mass", default=None, gt=0)
    """Per tonne of output."""
    share: Quantity | None = field("share", default=None, gt=0, le=1)
    """Share of the production cost, or of the projects' capital, that is paid."""
    volume: Quantity | None = field("mass/yr", default=None, ge=0)
    """Most output per year that is paid for, all producers together; unlimited if left out."""
    payer: Parties | None = field("share", kind="parties", default=None, ref="country", gt=0, le=1)
    """Whose treasury pays, in equal parts, or in shares such as {USA: 60%, JPN: 40%}; that of each
    producer's country if left out."""

    instrument = "subsidy"
    order = DUTIES_AND_SHARES
    transfers: ClassVar[Mapping[str, str]] = {"subsidy": "country", "capital_subsidy": "country"}

    counterparts: ClassVar[Mapping[str, tuple[str, str]]] = {
        "subsidy": ("country", "producers"),
        "capital_subsidy": ("country", "investors"),
    }

    def payers(self, program: LinearProgram) -> Mapping[str, float]:
        """Return the shares of the payers."""
        return payer_shares(program, self.payer)

    @model_validator(mode="after")
    def _has_one_measure(self) -> Self:
        if (self.producer is None) == (self.project is None):
            raise ValueError("a subsidy goes either to a `producer` or to a `project`")
        if self.project is not None and (self.share is None or self.commodities is not None):
            raise ValueError("a project is subsidised by a `share` of its capital, whatever it makes")
        if (self.amount is None) == (self.share is None):
            raise ValueError("a subsidy has either an `amount` per tonne or a `share` of the cost")
        if self.share is not None and self.volume is not None:
            raise ValueError("a `volume` goes with an `amount` per tonne")
        return self

    def structure(self, program: LinearProgram, situation: Situation) -> Additions | None:
        """Return the paid columns, if there is a volume."""
        if self.producer is None:
            return None
        output = output_of(program, situation, self.producer, self.commodities)
        return None if self.volume is None else paid_columns(program, situation, output)

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the payment."""
        periods = situation.periods(self)
        if self.producer is None:
            built = program.columns.where(kind="build", id=self.project, period=periods)
            return self._share_of(program, situation, built, "capital", "capital_subsidy")
        output = output_of(program, situation, self.producer, self.commodities)
        if self.share is not None:
            made = np.unique(output.columns[np.isin(output.periods(program), periods)])
            return self._share_of(program, situation, made, "production", "subsidy")
        per_tonne = by_entry(self.amount, situation, output.periods(program))
        return pay(program, situation, output, per_tonne, "subsidy", self.volume, periods)

    def _share_of(
        self, program: LinearProgram, situation: Situation, columns: IntArray, cost: str, component: str
    ) -> Delta:
        """Return a share of one component of cost, paid."""
        share = by_entry(self.share, situation, program.columns.texts("period", columns).astype(np.int64))
        already = program.costs.get(component, np.zeros(program.n_columns))[columns]
        return Delta.of(costs={component: (columns, already - share * program.costs[cost][columns])})

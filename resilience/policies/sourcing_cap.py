"""Sourcing cap: no more than a share of a consumer's supply from any one country.

Effect    row_upper of one row per origin, commodity and period:
          sum_{ship: origin -> consumer} x - share * (all imports + own production) <= 0
Dual      of the row: what one more tonne from that origin would save, at the margin
Money     none
Counts    tonnes that leave for the consumer, by the country that ships them, and tonnes that its own
          facilities and supplies give, thrown away or not
Not this  a tariff on one origin; a content minimum, which is on what is made at home
Source    Regulation (EU) 2024/1252 (Critical Raw Materials Act), article 5(1)(b): not more than 65 % of
          the Union's annual consumption of a strategic raw material from a single third country
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from resilience.fields import Fault, Names, Number, Text, field
from resilience.policies.policy import Additions, Policy, Situation
from resilience.policies.shippers import check_told_apart
from resilience.policies.supply_shares import supplied
from resilience.program import Delta, LinearProgram


class SourcingCap(Policy):
    """At most a share of supply from any one country.

    Examples
    --------
    >>> SourcingCap(consumer="eu", commodities=["ndpr_oxide"], share="65%").share
    0.65
    """

    type: Text = field(default="sourcing_cap")
    """sourcing_cap"""
    consumer: Names = field(kind="names", ref="country")
    """Whose supply: countries or a bloc, counted together."""
    commodities: Names = field(kind="names", ref="commodity")
    """Which commodities, each for itself."""
    origin: Names | None = field(kind="names", default=None, ref="country")
    """Countries that are capped; every country outside if left out."""
    share: Number = field("share", kind="number", ge=0, lt=1)
    """Largest share from one country."""

    instrument = "sourcing_cap"
    loose: ClassVar[Mapping[str, float]] = {"share": 1.0}

    @model_validator(mode="after")
    def _is_about_others(self) -> Self:
        if self.origin is not None and set(self.origin) & set(self.consumer):
            raise ValueError(f"'{min(set(self.origin) & set(self.consumer))}' would cap its own supply")
        return self

    def structure(self, program: LinearProgram, situation: Situation) -> Additions | None:
        """Return one row per origin, commodity and period."""
        supply = supplied(program, self.consumer, self.commodities)
        check_told_apart(supply.origin, ("consumer",))
        wanted = set(program.columns.expand(self.origin)) if self.origin is not None else None
        abroad = [origin for origin in supply.origin if origin and (wanted is None or origin in wanted)]
        origins = sorted(set(abroad))
        if not origins:
            raise Fault("no shipment from such a country to the consumer", ("origin",))
        goods, periods = sorted(set(supply.commodity)), list(range(len(situation.starts)))
        keys = [(origin, good, period) for origin in origins for good in goods for period in periods]
        rows, columns, values = [], [], []
        for number, (origin, good, period) in enumerate(keys):
            here = np.flatnonzero((supply.commodity == good) & (supply.period == period))
            weight = (supply.origin[here] == origin) - self.share
            rows.append(np.full(len(here), number))
            columns.append(supply.columns[here])
            values.append(weight * supply.amount[here])
        names = dict(zip(("country", "commodity", "period"), map(list, zip(*keys, strict=True)), strict=True))
        return Additions(
            rows=names, entries=(np.concatenate(rows), np.concatenate(columns), np.concatenate(values))
        )

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the cap in the periods in force."""
        rows = program.rows.where(kind="policy", policy=situation.id, period=situation.periods(self))
        return Delta.of(row_upper=(rows, 0.0))

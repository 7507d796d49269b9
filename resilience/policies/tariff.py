"""Tariff: a duty on what one country or bloc imports.

Effect    cost component `tariff` of the ship columns into the importer:
          rate * reference price, plus `specific` per tonne; with `basis: cif` the freight is dutiable too
Dual      none of its own; the duty stands in the price difference between border and interior
Money     a transfer: paid by whoever ships, received by the country that imports
Not this  a duty by origin of content: this one goes by the country that ships
Source    WTO, Agreement on Implementation of Article VII of GATT 1994, article 8.2: members may value
          imports f.o.b. or c.i.f.
"""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from resilience.fields import Fault, Names, Quantity, Schedule, Text, field
from resilience.policies.policy import Policy, Situation
from resilience.program import Delta, LinearProgram


class Tariff(Policy):
    """A duty on imports, by value, by weight, or both.

    Examples
    --------
    >>> Tariff(importer="USA", origin="CHN", commodities="ndfeb_magnet", rate="25%").rate
    0.25
    """

    type: Text = field(default="tariff")
    """tariff"""
    importer: Names = field(kind="names", ref="country")
    """Who levies it: countries or blocs, each country on its own imports."""
    origin: Names | None = field(kind="names", default=None, ref="country")
    """On goods shipped from these countries or blocs; from everybody outside the importer if left out."""
    commodities: Names | None = field(kind="names", default=None, ref="commodity")
    """Only these commodities."""
    stages: Names | None = field(kind="names", default=None, ref="stage")
    """Only what is made at these stages."""
    rate: Quantity | None = field("share", default=None, ge=0)
    """Share of the reference price."""
    specific: Quantity | None = field("currency/mass", default=None, ge=0)
    """Duty per tonne."""
    basis: Literal["fob", "cif"] = "fob"
    """Whether `rate` is on the reference price alone or with freight."""

    instrument = "tariff"
    component = "tariff"
    receiver = "to_country"

    @model_validator(mode="after")
    def _has_a_rate(self) -> Self:
        if self.rate is None and self.specific is None:
            raise ValueError("a tariff needs a `rate` (share of the price) or a `specific` duty (per tonne)")
        if self.origin is not None and set(self.origin) & set(self.importer):
            raise ValueError(f"'{min(set(self.origin) & set(self.importer))}' would tax its own goods")
        return self

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the duty on top of those that earlier policies put there."""
        labels = program.columns
        imports = labels.where(
            kind="ship",
            to_country=self.importer,
            from_country=self.origin,
            commodity=self.commodities,
            stage=self.stages,
            period=situation.periods(self),
        )
        home = ("", *labels.expand(self.importer))
        sender = labels.texts("from_country", imports)
        imports = imports[~np.isin(sender.astype(str), home)]
        if not len(imports):
            raise Fault(
                "matches no lane: nothing of that kind enters " + ", ".join(self.importer), ("importer",)
            )
        period = labels.texts("period", imports).astype(np.int64)
        value = labels.texts("reference_price", imports).astype(float)
        if self.basis == "cif":
            value = value + program.costs["freight"][imports]
        rate, specific = (_by_period(quantity, situation)[period] for quantity in (self.rate, self.specific))
        priceless = np.flatnonzero(np.isnan(value) & (rate > 0))
        if len(priceless):
            name = labels.texts("commodity", imports[priceless[:1]])[0]
            raise Fault(f"a rate needs a reference price, and commodity '{name}' has none", ("rate",))
        duty = np.where(rate > 0, rate * np.nan_to_num(value), 0.0) + specific
        already = program.costs.get(self.component, np.zeros(program.n_columns))[imports]
        return Delta.of(costs={self.component: (imports, already + duty)})


def _by_period(
    quantity: float | Schedule | None, situation: Situation
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if isinstance(quantity, Schedule):
        return np.array([quantity.at(start) for start in situation.starts])
    return np.full(len(situation.starts), quantity or 0.0)

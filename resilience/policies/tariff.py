"""Tariff: a duty on what one country or bloc imports.

Effect    cost component `tariff` of the ship columns into the importer:
          rate * reference price, plus `specific` per tonne; with `basis: cif` the freight is dutiable too
          with a `quota`, what exceeds it is a column of its own, at the difference of the two duties:
          sum_{ship: abroad -> importer} x - over <= quota
Dual      none of its own; the duty stands in the price difference between border and interior
Money     a transfer: paid by the importer, received by the country that imports
Not this  a duty by origin of content: this one goes by the country that ships, and what passes through
          a place without a country is shipped by whoever sent it there
Source    WTO, Agreement on Implementation of Article VII of GATT 1994, article 8.2: members may value
          imports f.o.b. or c.i.f.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from resilience.fields import Fault, Names, Quantity, Text, fault, field
from resilience.policies.duties import (
    border_crossings,
    check_abroad,
    check_rate,
    duty,
    on_top,
    reference_value,
)
from resilience.policies.policy import (
    DUTIES_AND_SHARES,
    Additions,
    Policy,
    Situation,
    group_rows,
    per_period,
)
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
    quota: Quantity | None = field("mass/yr", default=None, ge=0)
    """Tariff-rate quota: per importing country and commodity, what enters at `rate` and `specific`."""
    over_quota_rate: Quantity | None = field("share", default=None, ge=0)
    """Share of the reference price on what enters over the quota."""
    over_quota_specific: Quantity | None = field("currency/mass", default=None, ge=0)
    """Duty per tonne on what enters over the quota."""

    instrument = "tariff"
    order = DUTIES_AND_SHARES
    transfers: ClassVar[Mapping[str, str]] = {"tariff": "to_country"}
    counterparts: ClassVar[Mapping[str, tuple[str, str]]] = {"tariff": ("to_country", "importers")}

    @model_validator(mode="after")
    def _has_a_rate(self) -> Self:
        if self.rate is None and self.specific is None:
            raise ValueError("a tariff needs a `rate` (share of the price) or a `specific` duty (per tonne)")
        over = self.over_quota_rate is not None or self.over_quota_specific is not None
        if over != (self.quota is not None):
            raise ValueError("a tariff-rate quota needs a `quota` and a duty over it: `over_quota_rate`")
        if self.quota is not None and self.basis == "cif":
            raise ValueError("a tariff-rate quota is shared by lanes of different freight; use `basis: fob`")
        if self.origin is not None and set(self.origin) & set(self.importer):
            raise ValueError(f"'{min(set(self.origin) & set(self.importer))}' would tax its own goods")
        if self.basis == "cif" and self.rate is None:
            raise fault("says what a `rate` is on, and there is no rate", "basis")
        check_rate(self.rate, "rate")
        check_rate(self.over_quota_rate, "over_quota_rate")
        return self

    def structure(self, program: LinearProgram, situation: Situation) -> Additions | None:
        """Return one row and one over-quota column per importer, commodity, period of a tariff-rate quota."""
        if self.quota is None:
            return None
        imports = self._imports(program, None)
        labels = program.columns
        number, keys = group_rows(
            *(labels.texts(name, imports) for name in ("to_country", "commodity", "period"))
        )
        country, good, period = (list(part) for part in zip(*keys, strict=True))
        names = {"country": country, "commodity": good, "period": period}
        rows = np.arange(len(keys))
        price = np.zeros(len(keys))
        price[number] = reference_value(program, imports)
        return Additions(
            rows=names,
            columns={**names, "reference_price": list(price)},
            entries=(number, imports, np.ones(len(imports))),
            own=(rows, rows, -np.ones(len(rows))),
        )

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the duty on top of those that earlier policies put there, and the quota."""
        periods = situation.periods(self)
        imports = self._imports(program, periods)
        within = duty(program, imports, self.rate, self.specific, situation, self.basis == "cif")
        positions, numbers = imports, on_top(program, "tariff", imports, within)
        if self.quota is None:
            return Delta.of(costs={"tariff": (positions, numbers)})
        rows = program.rows.where(kind="policy", policy=situation.id, period=periods)
        over = program.columns.where(kind="policy", policy=situation.id, period=periods)
        more = duty(program, over, self.over_quota_rate, self.over_quota_specific, situation)
        more = more - duty(program, over, self.rate, self.specific, situation)
        if bool((more < 0).any()):
            raise Fault("the duty over the quota is below the one within it", ("over_quota_rate",))
        quota = per_period(self.quota, situation)[program.rows.texts("period", rows).astype(np.int64)]
        return Delta.of(
            costs={"tariff": (np.concatenate([positions, over]), np.concatenate([numbers, more]))},
            row_upper=(rows, quota * situation.years),
            col_upper=(over, np.inf),
        )

    def _imports(self, program: LinearProgram, periods: list[int] | None) -> NDArray[np.int64]:
        """Return the ship columns that the duty is on."""
        found = border_crossings(
            program,
            self.origin,
            self.importer,
            self.commodities,
            self.stages,
            periods,
            self.importer,
            "importer" if self.origin is None else "origin",
        )
        if not len(found):
            check_abroad(program, self.origin, self.importer, "origin")
            raise Fault(
                "matches no lane: nothing of that kind enters " + ", ".join(self.importer), ("importer",)
            )
        return found

"""Export tax: a duty that a country levies on what leaves it.

Effect    cost component `export_tax` of the ship columns out of the exporter: rate * reference price,
          plus `specific` per tonne
Dual      none of its own; the tax stands between the price at home and the price abroad
Money     a transfer: paid by the exporter, received by the country that exports
Not this  an export restriction, which nobody is paid for
Source    OECD (2024), Inventory of export restrictions on industrial raw materials: fiscal taxes on
          exports are one of its classes
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import model_validator

from resilience.fields import Fault, Names, Quantity, Text, field
from resilience.policies.duties import border_crossings, check_abroad, check_rate, duty, on_top
from resilience.policies.policy import DUTIES_AND_SHARES, Policy, Situation
from resilience.program import Delta, LinearProgram


class ExportTax(Policy):
    """A duty on exports, by value, by weight, or both.

    Examples
    --------
    >>> ExportTax(exporter="CHN", commodities="ndpr_oxide", rate="13%").rate
    0.13
    """

    type: Text = field(default="export_tax")
    """export_tax"""
    exporter: Names = field(kind="names", ref="country")
    """Who levies it: countries or blocs, each country on its own exports."""
    to: Names | None = field(kind="names", default=None, ref="country")
    """On goods to these countries or blocs; to everybody outside the exporter if left out."""
    commodities: Names | None = field(kind="names", default=None, ref="commodity")
    """Only these commodities."""
    stages: Names | None = field(kind="names", default=None, ref="stage")
    """Only what is made at these stages."""
    rate: Quantity | None = field("share", default=None, ge=0)
    """Share of the reference price."""
    specific: Quantity | None = field("currency/mass", default=None, ge=0)
    """Tax per tonne."""

    instrument = "export_tax"
    order = DUTIES_AND_SHARES
    transfers: ClassVar[Mapping[str, str]] = {"export_tax": "from_country"}
    counterparts: ClassVar[Mapping[str, tuple[str, str]]] = {"export_tax": ("from_country", "exporters")}

    @model_validator(mode="after")
    def _has_a_rate(self) -> Self:
        if self.rate is None and self.specific is None:
            raise ValueError(
                "an export tax needs a `rate` (share of the price) or a `specific` tax (per tonne)"
            )
        if self.to is not None and set(self.to) & set(self.exporter):
            raise ValueError(f"'{min(set(self.to) & set(self.exporter))}' would tax exports to itself")
        check_rate(self.rate, "rate")
        return self

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the tax on top of those that earlier policies put there."""
        exports = border_crossings(
            program,
            self.exporter,
            self.to,
            self.commodities,
            self.stages,
            situation.periods(self),
            self.exporter,
            "exporter",
        )
        if not len(exports):
            check_abroad(program, self.to, self.exporter, "to")
            raise Fault(
                "matches no lane: nothing of that kind leaves " + ", ".join(self.exporter), ("exporter",)
            )
        tax = duty(program, exports, self.rate, self.specific, situation)
        return Delta.of(costs={"export_tax": (exports, on_top(program, "export_tax", exports, tax))})

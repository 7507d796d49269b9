"""Price floor: producers inside a bloc shall not get less than a price, by one of three mechanisms.

Effect    border_levy: cost component `levy` of the ship columns from outside into the bloc,
          max(0, floor - landed price), landed price = reference price + freight + duties
          guarantee: at each balance where members' facilities make it, a column that takes any
          surplus at the floor (component `support`), so that the dual there cannot fall below it
          top_up: producers get max(0, floor - reference price) per tonne (component `top_up`)
Dual      of the volume, where there is one: what one more supported tonne would save the producers
Money     border_levy: a transfer from importers to the importing country; guarantee and top_up: outlays
          of the `payer`, or else the producer's country
Several   on one producer the highest floor decides: the next pays only what it is above the last; two
          top-ups with a volume each are refused, since no one could say whose tonnes are whose
Not this  a tariff, whose duty does not depend on the price
Source    mechanisms as governments describe them: contract for difference (top_up), buyer of last
          resort (guarantee), border-adjusted floor (border_levy)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from resilience.fields import Fault, Names, Parties, Quantity, Text, field
from resilience.policies.duties import border_crossings, on_top, reference_value
from resilience.policies.paid_output import Output, by_entry, output_of, paid_columns, pay, payer_shares
from resilience.policies.policy import FLOORS, Additions, Policy, Situation, per_period
from resilience.policies.selectors import Selector
from resilience.program import Delta, LinearProgram

FloatArray = NDArray[np.float64]
DUTIES = ("tariff", "export_tax", "levy")
"""What is paid at the border already; a levy of another floor too, so that the higher floor decides."""


class PriceFloor(Policy):
    """A floor under what producers inside a bloc get.

    Examples
    --------
    >>> PriceFloor(members="allies", commodity="ndpr_oxide", floor="110 USD/kg", mechanism="top_up").floor
    110000.0
    """

    type: Text = field(default="price_floor")
    """price_floor"""
    members: Names = field(kind="names", ref="country")
    """Countries or blocs whose producers are protected."""
    commodity: Text = field(kind="name", ref="commodity")
    """Whose price has the floor."""
    floor: Quantity = field("currency/mass", gt=0)
    """The floor."""
    mechanism: Literal["border_levy", "guarantee", "top_up"]
    """How it is held up."""
    exempt: Names | None = field(kind="names", default=None, ref="country")
    """For border_levy: members that levy nothing on what they import, and whose own goods enter freely."""
    producer: Selector | None = field(kind="any", default=None, places=("facility",))
    """For guarantee and top_up: which of the members' facilities; all if left out."""
    volume: Quantity | None = field("mass/yr", default=None, ge=0)
    """For guarantee and top_up: most per year, all producers together; unlimited if left out."""
    payer: Parties | None = field("share", kind="parties", default=None, ref="country", gt=0, le=1)
    """For guarantee and top_up: whose treasury pays, in equal parts, or in shares such as
    {USA: 60%, JPN: 40%}; that of each producer's country if left out."""

    instrument = "price_floor"
    order = FLOORS
    transfers: ClassVar[Mapping[str, str]] = {"levy": "to_country", "support": "country", "top_up": "country"}

    counterparts: ClassVar[Mapping[str, tuple[str, str]]] = {
        "levy": ("to_country", "importers"),
        "support": ("country", "producers"),
        "top_up": ("country", "producers"),
    }

    def payers(self, program: LinearProgram) -> Mapping[str, float]:
        """Return the shares of the payers."""
        return payer_shares(program, self.payer)

    @model_validator(mode="after")
    def _fits_the_mechanism(self) -> Self:
        if self.mechanism == "border_levy" and (self.volume is not None or self.producer is not None):
            raise ValueError("a border levy has no `volume` and no `producer`; it is on every import")
        if self.mechanism == "border_levy" and self.payer is not None:
            raise ValueError("a border levy has no `payer`: importers pay it to the country they import to")
        if self.mechanism != "border_levy" and self.exempt is not None:
            raise ValueError("`exempt` says who levies nothing at the border; leave it out of `members` here")
        return self

    def structure(self, program: LinearProgram, situation: Situation) -> Additions | None:
        """Return the support columns of a guarantee, or the paid columns of a top-up with a volume."""
        if self.mechanism == "border_levy":
            return None
        output = self._output(program, situation)
        if self.mechanism == "guarantee":
            return self._support_columns(program, situation, output)
        return None if self.volume is None else paid_columns(program, situation, output)

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the levy, the open support columns, or the top-up."""
        periods = situation.periods(self)
        if self.mechanism == "border_levy":
            return self._levy(program, situation, periods)
        if self.mechanism == "guarantee":
            return self._guarantee(program, situation, periods)
        output = self._output(program, situation)
        price = program.rows.texts("reference_price", output.rows).astype(float)
        if bool(np.isnan(price).any()):
            raise Fault(f"a top-up needs a reference price of '{self.commodity}'", ("commodity",))
        reached = np.maximum(price, self._reached(program, situation, output, periods))
        per_tonne = np.maximum(by_entry(self.floor, situation, output.periods(program)) - reached, 0.0)
        return pay(program, situation, output, per_tonne, "top_up", self.volume, periods)

    def _reached(
        self, program: LinearProgram, situation: Situation, output: Output, periods: list[int]
    ) -> FloatArray:
        """Return the floor that other top-ups in force already hold under each entry of the output."""
        reached = np.zeros(len(output.columns))
        own, now = output.periods(program), np.isin(output.periods(program), periods)
        for name, other in sorted(situation.in_force.items()):
            if not isinstance(other, PriceFloor) or other.mechanism != "top_up" or name == situation.id:
                continue
            if other.commodity != self.commodity:
                continue
            theirs = other._output(program, situation)
            shared = np.isin(output.columns, theirs.columns) & np.isin(own, situation.periods_of(other)) & now
            if not shared.any():
                continue
            if self.volume is not None and other.volume is not None:
                raise Fault(f"'{name}' tops up the same producers up to a volume of its own", ("volume",))
            earlier = name < situation.id and (self.volume is None) == (other.volume is None)
            if earlier or (self.volume is not None and other.volume is None):
                floor = by_entry(other.floor, situation, own)
                reached = np.where(shared, np.maximum(reached, floor), reached)
        return reached

    def _output(self, program: LinearProgram, situation: Situation) -> Output:
        chosen = self.producer or Selector(country=self.members, kind="facility")
        try:
            output = output_of(program, situation, chosen, [self.commodity])
        except Fault:
            if self.producer is not None:
                raise
            told = f"no facility in {', '.join(self.members)} makes '{self.commodity}'"
            raise Fault(told, ("members",)) from None
        inside = set(program.columns.expand(self.members))
        member = np.array([name in inside for name in program.columns.texts("country", output.columns)])
        if not member.any():
            raise Fault("no such facility stands in a member country", ("producer",))
        return Output(output.columns[member], output.rows[member], output.amount[member])

    def _levy(self, program: LinearProgram, situation: Situation, periods: list[int]) -> Delta:
        imports = border_crossings(
            program, None, self.members, [self.commodity], None, periods, self.members, "members"
        )
        if not len(imports):
            raise Fault("matches no lane: none of it enters " + ", ".join(self.members), ("members",))
        free = program.columns.expand(self.exempt or ())
        for name in set(free) - set(program.columns.expand(self.members)):
            raise Fault(f"'{name}' is no member, so it levies nothing anyway", ("exempt",))
        imports = imports[~np.isin(program.columns.texts("to_country", imports).astype(str), list(free))]
        if not len(imports):
            raise Fault("every member that imports it is exempt", ("exempt",))
        landed = reference_value(program, imports, with_freight=True)
        if bool(np.isnan(landed).any()):
            raise Fault(f"a border levy needs a reference price of '{self.commodity}'", ("commodity",))
        for name in DUTIES:
            landed = landed + program.costs.get(name, np.zeros(program.n_columns))[imports]
        floor = by_entry(self.floor, situation, program.columns.texts("period", imports).astype(np.int64))
        levy = np.maximum(floor - landed, 0.0)
        return Delta.of(costs={"levy": (imports, on_top(program, "levy", imports, levy))})

    def _support_columns(self, program: LinearProgram, situation: Situation, output: Output) -> Additions:
        rows = np.unique(output.rows)
        labels, each, n_periods = program.rows, np.arange(len(rows)), len(situation.starts)
        period = labels.texts("period", rows).astype(np.int64)
        return Additions(
            rows={"period": list(range(n_periods))},
            columns={
                "id": list(labels.texts("site", rows)),
                "country": list(labels.texts("country", rows)),
                "commodity": list(labels.texts("commodity", rows)),
                "period": list(period),
            },
            own=(period, each, np.ones(len(rows))),
            in_balances=(rows, each, -np.ones(len(rows))),
        )

    def _guarantee(self, program: LinearProgram, situation: Situation, periods: list[int]) -> Delta:
        columns = program.columns.where(kind="policy", policy=situation.id, period=periods)
        rows = program.rows.where(kind="policy", policy=situation.id, period=periods)
        floor = by_entry(self.floor, situation, program.columns.texts("period", columns).astype(np.int64))
        volume = (
            np.inf if self.volume is None else per_period(self.volume, situation)[periods] * situation.years
        )
        return Delta.of(
            costs={"support": (columns, -floor)}, col_upper=(columns, np.inf), row_upper=(rows, volume)
        )

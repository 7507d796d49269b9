"""The sections of a network file, one frozen class each.

The explanation of a field stands under the field; the reference table of the README and the JSON
Schema are made from here.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import SkipValidation, field_validator, model_validator

from resilience.fields import (
    Amounts,
    ByField,
    Date,
    Fault,
    Flag,
    Freight,
    LeadTime,
    Location,
    Names,
    Number,
    Quantity,
    Section,
    Shares,
    Text,
    Tiers,
    Units,
    check_currency,
    check_mass,
    fault,
    field,
)
from resilience.policies import Policy
from resilience.policies.selectors import LaneSelector, Selector


class Entry(Section):
    """What every entry may carry besides its own fields."""

    name: Text = field(default="")
    """Shown in tables in place of the id."""
    note: Text = field(default="")
    """Free text."""
    source: ByField | None = field(kind="by_field", default=None, ref="source")
    """Where the figures come from: ids of `sources`, or `assumed: why`; for the entry or by field."""
    confidence: ByField | None = field(kind="by_field", default=None)
    """A (primary source seen), B (secondary or derived) or C (from memory or assumed); whole or by field."""


class UnitsSection(Section):
    """Units of bare numbers."""

    mass: Text = field(default="t")
    """Unit of everything that flows."""
    currency: Text = field(default="USD")
    """Three-letter code."""

    @model_validator(mode="after")
    def _are_words(self) -> Self:
        for key, word, check in (
            ("mass", self.mass, check_mass),
            ("currency", self.currency, check_currency),
        ):
            try:
                check(word)
            except Fault as found:
                raise fault(str(found), key) from None
        return self


STEPS = {"year": 1.0, "quarter": 0.25, "month": 1 / 12}


class Horizon(Section):
    """The time that is planned for."""

    start: Date = field(kind="date", default=datetime.date(2025, 1, 1))
    """First day of the first period."""
    periods: int = field(kind="whole", default=1, ge=1, le=1200)
    """How many."""
    step: Literal["year", "quarter", "month"] = "year"
    """Length of a period."""

    @property
    def years(self) -> float:
        """Length of a period in years."""
        return STEPS[self.step]

    def starts(self) -> tuple[datetime.date, ...]:
        """Return the first day of each period.

        Examples
        --------
        >>> [str(day) for day in Horizon(start="2025-11", periods=3, step="month").starts()]
        ['2025-11-01', '2025-12-01', '2026-01-01']
        """
        months = {"year": 12, "quarter": 3, "month": 1}[self.step]
        first = self.start.year * 12 + self.start.month - 1
        return tuple(
            datetime.date((first + number * months) // 12, (first + number * months) % 12 + 1, self.start.day)
            for number in range(self.periods)
        )

    @model_validator(mode="after")
    def _starts_on_a_day_every_month_has(self) -> Self:
        if self.start.day > 28:
            raise fault(f"day {self.start.day} does not exist in every month; start on the 1st", "start")
        if self.start.year + self.periods * self.years > datetime.MAXYEAR:
            raise fault(f"the horizon ends after the year {datetime.MAXYEAR}", "start")
        return self


class Country(Entry):
    """A country: a label of places, never a place itself."""

    governance: Number | None = field(kind="number", default=None, ge=0, le=10)
    """How badly it is governed, 0 (best) to 10 (worst): World Governance Indicators, rescaled; for the
    supply risk that `concentration` gives."""
    trade: Number = field(kind="number", default=1.0, ge=0)
    """Multiplies its governance: below 1 with a trade agreement, above 1 where it restricts exports."""


class Source(Section):
    """Where figures come from."""

    publisher: Text = field(default="")
    """Who published it."""
    title: Text = field(default="")
    """Title, with table or page."""
    year: Text = field(default="")
    """Year of publication."""
    url: Text = field(default="")
    """Address."""
    note: Text = field(default="")
    """Free text."""


class Commodity(Entry):
    """Something that is made, moved and used."""

    price: Quantity | None = field("currency/mass", default=None, ge=0)
    """Reference price, for duties by value."""
    disposal_cost: Quantity = field("currency/mass", default=0.0, ge=0)
    """Cost of getting rid of a surplus."""
    basis: Text = field(default="")
    """What a tonne of it means: gross weight, contained oxide, ...; shown in tables."""
    recycling_rate: Number | None = field("share", kind="number", default=None, ge=0, le=1)
    """Share of what is used that comes from scrap at the end of its life; for the supply risk."""
    substitution: Number | None = field(kind="number", default=None, ge=0, le=1)
    """How hard it is to replace, 0 (easily) to 1 (not at all, as if left out); for the supply risk."""


class Process(Entry):
    """What a unit of throughput takes and gives."""

    inputs: Amounts = field("mass/mass", kind="amounts", default={}, ref="commodity", gt=0)
    """Tonnes taken per tonne of throughput; the first is the leading one, along which routes are traced."""
    outputs: Amounts = field("mass/mass", kind="amounts", ref="commodity", gt=0)
    """Tonnes given per tonne of throughput, before `yield`."""
    yield_: Quantity = field("share", default=1.0, alias="yield", ge=0, le=1000)
    """Multiplies all outputs."""


class Sited(Entry):
    """An entry that stands somewhere."""

    country: Text | None = field(kind="name", default=None, ref="country_id")
    """ISO 3166-1 alpha-3 code, or a user code XAA to XZZ."""
    site: Text | None = field(kind="name", default=None, ref="site")
    """The site whose balances it shares; a site of its own if left out."""
    location: Location | None = field(kind="location", default=None)
    """Latitude and longitude in degrees."""
    port: Text | None = field(kind="name", default=None, ref="port")
    """Port through which freight goes to sea."""


class Site(Entry):
    """A place that several entries share."""

    country: Text | None = field(kind="name", default=None, ref="country_id")
    """ISO code."""
    location: Location | None = field(kind="location", default=None)
    """Latitude and longitude in degrees."""
    port: Text | None = field(kind="name", default=None, ref="port")
    """Port through which freight goes to sea."""


class Port(Entry):
    """A point from which distances by sea are counted; it has no capacity (that is a hub)."""

    country: Text | None = field(kind="name", default=None, ref="country_id")
    """ISO code."""
    location: Location | None = field(kind="location", default=None)
    """Latitude and longitude in degrees."""


class SeaDistance(Section):
    """Distance by sea between two ports, the same both ways."""

    from_: Text = field(kind="name", alias="from", ref="port")
    """A port."""
    to: Text = field(kind="name", ref="port")
    """Another."""
    distance: Number = field("km", kind="number", ge=0)
    """By sea."""
    source: ByField | None = field(kind="by_field", default=None, ref="source")
    """Where the figure comes from."""
    confidence: ByField | None = field(kind="by_field", default=None)
    """A, B or C."""
    note: Text = field(default="")
    """Free text."""


class Facility(Sited):
    """A plant: runs one process, at one stage."""

    stage: Text | None = field(kind="name", default=None, ref="stage")
    """One of `stages`; may be left out where the network has none."""
    process: Text | None = field(kind="name", default=None, ref="process")
    """A process of `processes:`; or give `inputs` and `outputs` here."""
    inputs: Amounts = field("mass/mass", kind="amounts", default={}, ref="commodity", gt=0)
    """As of a process."""
    outputs: Amounts = field("mass/mass", kind="amounts", default={}, ref="commodity", gt=0)
    """As of a process."""
    yield_: Quantity = field("share", default=1.0, alias="yield", ge=0, le=1000)
    """Multiplies all outputs, on top of the process's own yield."""
    capacity: Quantity | None = field("mass/yr", default=None, ge=0)
    """Most throughput per year; unlimited if left out."""
    minimum: Quantity = field("mass/yr", default=0.0, ge=0)
    """Least throughput per year."""
    cost: Tiers = field("currency/mass", kind="tiers", default=0.0)
    """Per tonne of throughput; or tiers of rising cost."""
    fixed_cost: Quantity = field("currency", default=0.0, ge=0)
    """Paid in every period in which it runs at all."""
    minimum_when_used: Quantity = field("mass/yr", default=0.0, ge=0)
    """Least throughput per year if it runs at all."""

    @model_validator(mode="after")
    def _has_one_process(self) -> Self:
        if self.process is not None and (self.inputs or self.outputs):
            raise fault("has a `process` and its own `inputs` or `outputs`; give one of the two", "process")
        if self.process is None and not self.outputs:
            raise fault("makes nothing: give a `process`, or `outputs`")
        check_range(self.minimum, self.capacity)
        return self


class Hub(Sited):
    """A place that passes commodities on: port, depot, strait, trader."""

    passes: Names = field(kind="names", ref="commodity")
    """What may go through."""
    capacity: Quantity | None = field("mass/yr", default=None, ge=0)
    """Most that arrives per year, all commodities together; unlimited if left out."""
    cost: Quantity = field("currency/mass", default=0.0)
    """Per tonne that arrives."""
    customs: Flag = field(kind="flag", default=True)
    """Whether goods enter the hub's country here; false for a free zone, where duty is charged on leaving."""


class Lane(Entry):
    """A way for one commodity from a place to a place, or a rule that makes many."""

    from_: Selector = field(alias="from", kind="any")
    """A place's id, or a selector."""
    to: Selector = field(kind="any")
    """A place's id, or a selector."""
    commodity: Names = field(kind="names", ref="commodity")
    """What it carries; several make a lane each."""
    cost: Freight = field("currency/mass", kind="freight", default=0.0)
    """Per tonne that leaves: a number, or by distance
    {fixed, per_tonne_km, per_tonne_km_inland, distance: great_circle | sea | km}."""
    capacity: Quantity | None = field("mass/yr", default=None, ge=0)
    """Most that leaves per year; unlimited if left out."""
    minimum: Quantity = field("mass/yr", default=0.0, ge=0)
    """Least that leaves per year."""
    fixed_cost: Quantity = field("currency", default=0.0, ge=0)
    """Paid in every period in which it is used at all."""
    minimum_when_used: Quantity = field("mass/yr", default=0.0, ge=0)
    """Least that leaves per year if it is used at all."""
    loss: Quantity = field("share", default=0.0, ge=0, lt=1)
    """Share that does not arrive."""
    lead_time: LeadTime | None = field(kind="duration", default=None)
    """Periods under way, or a time with its unit (45 days), rounded up to periods."""
    in_transit: Quantity | None = field("mass", default=None, ge=0)
    """Tonnes that left before the horizon, by the date on which they arrive: {2025-02: 300, 2025-04: 150};
    a bare number arrives in the first period. Paid for already."""

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if self.is_explicit and self.from_.id == self.to.id:
            raise fault("starts and ends at the same place", "to")
        if self.in_transit is not None and not (self.is_explicit and len(self.commodity) == 1):
            raise fault("is of one lane: give one place at each end, and one commodity", "in_transit")
        check_range(self.minimum, self.capacity)
        return self

    @property
    def is_explicit(self) -> bool:
        """Whether it names one pair of places, rather than a rule."""
        return self.from_.is_one_id and self.to.is_one_id


class Origin(Section):
    """What a demand accepts by origin."""

    exclude: Names = field(kind="names", ref="country")
    """Countries or blocs whose material it does not accept."""
    stages: Names | None = field(kind="names", default=None, ref="stage")
    """Only what was made there at these stages; all stages if left out."""
    de_minimis: Number = field("share", kind="number", default=0.0, ge=0, le=1)
    """Share of the deliveries that may contain it all the same."""


class Demand(Sited):
    """Something wanted at a place; with a `price`, an outlet that buys up to `quantity`."""

    commodity: Text = field(kind="name", ref="commodity")
    """What is wanted."""
    sector: Text | None = field(kind="name", default=None)
    """Who wants it: a label."""
    quantity: Quantity | None = field("mass/yr", default=None, ge=0)
    """How much per year; an outlet may leave it out."""
    shortfall_cost: Tiers | None = field("currency/mass", kind="tiers", default=None, ge=0)
    """Per tonne not delivered, or tiers of rising cost; left out, the demand must be met."""
    single_source: Flag = field(kind="flag", default=False)
    """Served by one lane alone, or left wholly short."""
    origin: Origin | None = field(kind="any", default=None)
    """What it accepts by origin: {exclude: [CHN], stages: [...], de_minimis: 0.001}."""
    price: Tiers | None = field("currency/mass", kind="prices", default=None, ge=0)
    """Makes it an outlet: what it pays per tonne, or tiers of falling price."""

    @model_validator(mode="after")
    def _is_one_kind(self) -> Self:
        if self.price is not None and self.shortfall_cost is not None:
            raise fault("an outlet (`price`) is never short; leave out `shortfall_cost`", "shortfall_cost")
        if self.price is None and self.quantity is None:
            raise fault("needs a `quantity`, or a `price` that makes it an outlet")
        return self


class Supply(Sited):
    """Something bought at a price."""

    commodity: Text = field(kind="name", ref="commodity")
    """What is bought."""
    price: Tiers = field("currency/mass", kind="tiers")
    """Per tonne, or tiers of rising price."""
    quantity: Quantity | None = field("mass/yr", default=None, ge=0)
    """Most per year; unlimited if left out."""


class Term(Section):
    """One part of what a limit is over, with its weight."""

    lane: LaneSelector | None = field(kind="any", default=None)
    """Tonnes that leave along lanes."""
    facility: Selector | None = field(kind="any", default=None, places=("facility",))
    """Throughput of facilities."""
    supply: Selector | None = field(kind="any", default=None, places=("supply",))
    """Tonnes bought."""
    demand: Selector | None = field(kind="any", default=None, places=("demand",))
    """Tonnes delivered."""
    hub: Selector | None = field(kind="any", default=None, places=("hub",))
    """Tonnes that arrive."""
    project: Names | None = field(kind="names", default=None, ref="project")
    """Capacity decided on of these projects: what building takes, such as land, permits or engineers."""
    limit: Names | None = field(kind="names", default=None, ref="limit")
    """Other limits, for `count`."""
    weight: Number = field(kind="number", default=1.0)
    """Counts each tonne, or each unit of capacity, so many times; of either sign."""

    @model_validator(mode="after")
    def _is_over_one_kind(self) -> Self:
        named = [key for key in TERM_KINDS if getattr(self, key) is not None]
        if len(named) != 1:
            raise fault(
                f"wants one of {', '.join(TERM_KINDS)}" + (f", not {' and '.join(named)}" if named else "")
            )
        return self

    @property
    def over(self) -> tuple[str, Selector | LaneSelector | tuple[str, ...]]:
        """What kind of activity, and which."""
        return next((key, getattr(self, key)) for key in TERM_KINDS if getattr(self, key) is not None)


class Stockpile(Sited):
    """Stock of one commodity, kept at a place from period to period."""

    site: Text | None = field(kind="name", default=None, ref="site")
    """The site whose balances it shares; there goods may also pass by the stock. Left out, a site of its own,
    unless others name it: all that lanes bring is put into stock and all that lanes take away was in it, so
    `max_fill`, `max_release` and a `stockpile_rule` hold all of it."""
    commodity: Text = field(kind="name", ref="commodity")
    """What is kept."""
    capacity: Quantity | None = field("mass", default=None, ge=0)
    """Most that can be kept; unlimited if left out."""
    initial: Number = field("mass", kind="number", default=0.0, ge=0)
    """Stock at the start of the horizon."""
    holding_cost: Quantity = field("currency/mass/yr", default=0.0, ge=0)
    """Per tonne and year, on the average of opening and closing stock."""
    decay: Quantity = field("share", default=0.0, ge=0, lt=1)
    """Share lost per year."""
    max_fill: Quantity | None = field("mass/yr", default=None, ge=0)
    """Most that may be put in per year."""
    max_release: Quantity | None = field("mass/yr", default=None, ge=0)
    """Most that may be taken out per year."""
    shares: Amounts = field("share", kind="amounts", default={}, ref="country", gt=0, le=1)
    """Members of a pooled stockpile, countries or blocs, and their shares of it: {USA: 60%, JPN: 40%}. Over
    the horizon, what leaves for places in a member's countries is at most its share of the stock at the
    start and of all that is put in; a country without a share takes nothing. Left out, anyone may take."""
    final: Number | None = field("mass", kind="number", default=None, ge=0)
    """Stock that must stand at the end; free if left out."""
    final_value: Number | None = field("currency/mass", kind="number", default=None, ge=0)
    """What a tonne left at the end is worth."""

    @model_validator(mode="after")
    def _ends_one_way(self) -> Self:
        if self.final is not None and self.final_value is not None:
            raise fault(
                "the stock at the end is either fixed (`final`) or valued (`final_value`)", "final_value"
            )
        for key in ("initial", "final"):
            check_range(getattr(self, key), self.capacity, key)
        if sum(self.shares.values()) > 1 + 1e-9:
            raise fault(f"the shares add up to {sum(self.shares.values()):.4g}, more than 1", "shares")
        return self


PROJECT_KINDS = ("facility", "hub", "limit")


class Project(Entry):
    """Capacity that may be built: of a facility, of a hub, or of a limit that several share."""

    facility: Text | None = field(kind="name", default=None, ref="facility")
    """The facility that grows."""
    hub: Text | None = field(kind="name", default=None, ref="hub")
    """Or the hub."""
    limit: Text | None = field(kind="name", default=None, ref="limit")
    """Or the entry of `limits:` whose `at_most` is raised, such as a plant that several facilities share."""
    country: Text | None = field(kind="name", default=None, ref="country_id")
    """Whose capital it is: who pays the subsidised share, and whose budget it counts in. Left out, the
    country of the facility, of the hub, or of all that the limit is over."""
    capacity: Number = field("mass/yr", kind="number", gt=0)
    """Most that may be added per year, in the units of what it is added to."""
    capital_cost: Number = field("currency", kind="number", ge=0)
    """For the whole capacity; in proportion for a part of it."""
    lead_time: LeadTime | None = field(kind="duration", default=None)
    """From the decision to the first throughput: periods, or a time with its unit."""
    whole: Flag = field(kind="flag", default=False)
    """Built whole or not at all."""
    life: Number | None = field("yr", kind="number", default=None, gt=0)
    """Years of operation over which the capital is charged, as an annuity due at the start of each period and
    worth the capital at the decision; charged in full at once if left out."""
    discount_rate: Number | None = field("share", kind="number", default=None, ge=0, lt=1)
    """Interest of the annuity per year; the network's `discount_rate` if left out."""
    subsidised: Number = field("share", kind="number", default=0.0, ge=0, le=1)
    """Share of the capital that the country pays."""
    ramp: Shares = field(kind="shares", default=())
    """Share of the capacity available in each year from the start of operation on; then all of it."""
    not_before: Date | None = field(kind="date", default=None)
    """Earliest decision."""

    @model_validator(mode="after")
    def _has_one_owner(self) -> Self:
        named = [key for key in PROJECT_KINDS if getattr(self, key) is not None]
        if len(named) != 1:
            raise fault(
                f"wants one of {', '.join(PROJECT_KINDS)}" + (f", not {' and '.join(named)}" if named else "")
            )
        return self

    @property
    def adds_to(self) -> tuple[str, str]:
        """What grows: facility, hub or limit, and which."""
        return next((key, name) for key in PROJECT_KINDS if (name := getattr(self, key)) is not None)

    @model_validator(mode="after")
    def _is_charged_one_way(self) -> Self:
        if self.discount_rate is not None and self.life is None:
            raise fault("an interest rate needs a `life` over which the capital is charged", "discount_rate")
        return self


TERM_KINDS = ("lane", "facility", "supply", "demand", "hub", "project", "limit")


class Limit(Entry):
    """What several activities share: the weighted sum of their levels has a bound."""

    over: tuple[Term, ...] = field(kind="any")
    """One term or a list of them: {lane | facility | supply | demand | hub: selector, weight: 1}, or
    {project: ids}, the capacity decided on in a period, whenever it is there."""
    at_most: Quantity | None = field("mass/yr", default=None)
    """Upper bound per year."""
    at_least: Quantity | None = field("mass/yr", default=None)
    """Lower bound per year."""
    equals: Quantity | None = field("mass/yr", default=None)
    """Both."""
    fixed_cost: Quantity = field("currency", default=0.0, ge=0)
    """Paid in every period in which any of it is used."""
    minimum_when_used: Quantity = field("mass/yr", default=0.0, ge=0)
    """Least per year if any of it is used."""
    count: Quantity | None = field("", kind="quantity", default=None, ge=0)
    """Most of the lanes, facilities or limits that may be used in a period."""
    over_horizon: Flag = field(kind="flag", default=False)
    """The bound is a total over all periods, not a rate per year."""

    @field_validator("over", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, Mapping | Term) else value

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if not self.over:
            raise fault("is over nothing; give a term or a list of terms", "over")
        if self.equals is not None and (self.at_most is not None or self.at_least is not None):
            raise fault("`equals` stands alone; drop `at_most` and `at_least`", "equals")
        bounds = (self.equals, self.at_most, self.at_least, self.count)
        if all(bound is None for bound in bounds):
            raise fault("has no bound: give at_most, at_least, equals or count")
        if self.count is not None and any(bound is not None for bound in bounds[:3]):
            raise fault("`count` is how many may be used; give tonnes in a limit of its own", "count")
        charged = self.fixed_cost != 0.0 or self.minimum_when_used != 0.0
        if charged and (
            self.count is not None or self.over_horizon or any(term.weight != 1 for term in self.over)
        ):
            raise fault("a fixed cost goes with a plain limit per period, every weight 1", "fixed_cost")
        if charged and any(term.project is not None for term in self.over):
            raise fault("a fixed cost goes with a limit over what flows, not over projects", "fixed_cost")
        for number, term in enumerate(self.over):
            if (term.limit is not None) and self.count is None:
                raise fault("a limit over limits needs a `count`", "over", number)
            if self.count is not None and (
                term.weight != 1 or term.over[0] not in ("lane", "facility", "limit")
            ):
                raise fault("`count` is over lanes, facilities or limits, every weight 1", "over", number)
        check_range(self.at_least, self.at_most, "at_least", "at_most")
        return self


def check_range(low: Any, high: Any, low_name: str = "minimum", high_name: str = "capacity") -> None:
    """Raise a fault if a constant lower bound is above a constant upper one."""
    if isinstance(low, float) and isinstance(high, float) and low > high:
        raise fault(f"{low_name} {low:g} is above {high_name} {high:g}", low_name)


class Scenario(Section):
    """A what-if: another scenario, plus policies, minus policies, plus new values."""

    description: Text = field(default="")
    """What it asks."""
    extends: Text | None = field(kind="name", default=None, ref="scenario")
    """The scenario that it starts from; the network alone if left out."""
    policies: Names = field(kind="names_or_none", default=(), ref="policy")
    """Policies added to those of the scenario that it extends."""
    without: Names = field(kind="names_or_none", default=(), ref="policy")
    """Policies of the scenario that it extends which are dropped."""
    set: Annotated[Any, SkipValidation] = field(kind="any", default={})
    """New values by path: {facilities.kuantan.capacity: 90000}."""

    @field_validator("set")
    @classmethod
    def _is_a_mapping(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise fault("wanted a mapping from path to value")
        return value


@dataclass(frozen=True)
class Spec:
    """A network as its file says it, every value interpreted and every name known.

    Mappings are in the order of their ids, so that the order of the file changes nothing.
    """

    name: str
    description: str
    units: Units
    discount_rate: float
    horizon: Horizon
    stages: tuple[str, ...]
    countries: Mapping[str, Country]
    blocs: Mapping[str, tuple[str, ...]]
    commodities: Mapping[str, Commodity]
    processes: Mapping[str, Process]
    sites: Mapping[str, Site]
    ports: Mapping[str, Port]
    sea_distances: tuple[SeaDistance, ...]
    facilities: Mapping[str, Facility]
    hubs: Mapping[str, Hub]
    lanes: Mapping[str, Lane]
    demands: Mapping[str, Demand]
    supplies: Mapping[str, Supply]
    stockpiles: Mapping[str, Stockpile]
    projects: Mapping[str, Project]
    limits: Mapping[str, Limit]
    policies: Mapping[str, Policy]
    scenarios: Mapping[str, Scenario]
    sources: Mapping[str, Source]


KEYED: Mapping[str, type[Section]] = {
    "sources": Source,
    "countries": Country,
    "commodities": Commodity,
    "processes": Process,
    "ports": Port,
    "sites": Site,
    "facilities": Facility,
    "hubs": Hub,
    "demands": Demand,
    "supplies": Supply,
    "stockpiles": Stockpile,
    "projects": Project,
    "limits": Limit,
    "scenarios": Scenario,
}
"""Sections that map ids to entries of one class."""

LISTED: Mapping[str, type[Section]] = {"sea_distances": SeaDistance, "lanes": Lane}
"""Sections that may be lists."""

OTHERS = ("name", "description", "units", "discount_rate", "horizon", "stages", "blocs", "policies")

SECTIONS = (*OTHERS, *KEYED, *LISTED)
"""Every key that may stand at the top of a file."""

"""What every policy instrument is: fields from the file, and a change to a compiled program.

A policy sees labels, never the network. It answers two questions:

    structure(program, situation)   which dormant rows and columns must exist, asked once when compiling
    delta(program, situation)       which numbers change, asked for each scenario

To add an instrument: one file like `outage.py`, one test, one line in `__init__.py`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from resilience.fields import ByField, Date, Fault, Schedule, Section, Text
from resilience.fields import field as declare
from resilience.policies.bars import Bar, layers_with
from resilience.policies.selectors import LaneSelector, Selector
from resilience.program import Coded, Delta, Labels, LinearProgram

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BOUNDS_AND_COSTS, DUTIES_AND_SHARES, FLOORS = range(3)
"""Order of application. Shocks and restrictions read only the base; duties and subsidies read freight
and cost after the shocks; floors read the landed price, duties included."""


class PlaceIndex(Protocol):
    """Looks up places by what they are."""

    def members(self, selector: Selector) -> tuple[str, ...]:
        """Return ids of the entries that a selector chooses."""

    def sites(self, selector: Selector) -> tuple[str, ...]:
        """Return ids of the sites where they stand."""

    def countries(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return countries, blocs replaced by their members."""


@dataclass(frozen=True, eq=False)
class Situation:
    """What a policy may know besides the program.

    Parameters
    ----------
    id : str
        The policy's name; rows that it adds carry it in their label ``policy``.
    starts : tuple of date
        First day of each period.
    years : float
        Length of a period.
    levels : ndarray, optional
        Levels of the columns in the scenario that this one extends, for cuts relative to it.
    places : PlaceIndex, optional
        Looks up what a selector chooses.
    base : LinearProgram, optional
        The program without any policy in force, for cuts relative to capacity.
    in_force : mapping
        The other policies of the scenario, by id.
    """

    id: str
    starts: tuple[datetime.date, ...] = (datetime.date(2025, 1, 1),)
    years: float = 1.0
    levels: FloatArray | None = None
    places: PlaceIndex | None = None
    base: LinearProgram | None = None
    in_force: Mapping[str, Policy] = field(default_factory=dict)

    def members(self, selector: Selector) -> tuple[str, ...]:
        """Return ids of the entries that a selector chooses."""
        return self.places.members(selector) if self.places is not None else selector.id or ()

    def lanes(self, labels: Labels, selector: LaneSelector, periods: Sequence[int] | None = None) -> IntArray:
        """Return the ship columns that a selector chooses."""
        ends = {}
        for key, end in (("from_", selector.from_), ("to_", selector.to)):
            if end is not None:
                ends[key] = self.places.sites(end) if self.places is not None else end.id or ()
        scope = {**ends, "commodity": selector.commodity, "period": periods}
        if selector.id is None:
            return labels.where(kind="ship", **scope)
        named = [labels.where(kind="ship", **{field_: selector.id}, **scope) for field_ in ("id", "rule")]
        return np.union1d(*named)

    def bar(self, countries: Sequence[str], stages: Sequence[str] | None) -> Bar:
        """Return a bar on countries or blocs, at stages or all."""
        members = self.places.countries(countries) if self.places is not None else tuple(countries)
        return Bar(tuple(sorted(set(members))), tuple(sorted(stages or ())))

    def periods_of(self, policy: Policy) -> list[int]:
        """Return the periods in which a policy is in force, of which there may be none."""
        since, until = policy.since or datetime.date.min, policy.until or datetime.date.max
        return [number for number, start in enumerate(self.starts) if since <= start < until]

    def periods(self, policy: Policy) -> list[int]:
        """Return the periods in which a policy is in force: those that begin while it is.

        Raises
        ------
        Fault
            If there is none.
        """
        found = self.periods_of(policy)
        if not found:
            key = "since" if policy.since is not None else "until"
            raise Fault(
                f"never in force: no period begins between {policy.since or 'the start'} and "
                f"{policy.until or 'the end'}; the first begins {self.starts[0]}, the last {self.starts[-1]}",
                (key,),
            )
        return found


@dataclass(frozen=True, eq=False)
class Additions:
    """Dormant rows and columns that a policy needs: limits at infinity, bounds at zero.

    Parameters
    ----------
    rows, columns : mapping from label to sequence
        Labels of the new rows and of the new columns, ``period`` among them; the policy's id is added.
    entries : sequence of (row, column, coefficient)
        Of existing columns in new rows: new row, existing column.
    own : sequence of (row, column, coefficient)
        Of new columns in new rows.
    in_balances : sequence of (row, column, coefficient)
        Of new columns in existing rows.
    """

    rows: Mapping[str, Sequence[object]] = field(default_factory=dict)
    columns: Mapping[str, Sequence[object]] = field(default_factory=dict)
    entries: tuple[IntArray, IntArray, FloatArray] | None = None
    own: tuple[IntArray, IntArray, FloatArray] | None = None
    in_balances: tuple[IntArray, IntArray, FloatArray] | None = None

    @property
    def n_rows(self) -> int:
        """Number of new rows."""
        return len(self.rows.get("period", ()))

    @property
    def n_columns(self) -> int:
        """Number of new columns."""
        return len(self.columns.get("period", ()))


class Policy(Section):
    """Base of all instruments."""

    type: Text = declare()
    """Which instrument this is."""
    name: Text = declare(default="")
    """Shown in tables in place of the id."""
    note: Text = declare(default="")
    """Free text."""
    source: ByField = declare(kind="by_field", default=None, ref="source")
    """Where the figures come from: ids of `sources`, or `assumed: why`; for the entry or by field."""
    confidence: ByField = declare(kind="by_field", default=None)
    """A, B or C; for the entry or by field."""
    since: Date | None = declare(kind="date", default=None)
    """First day in force (also spelled `from`, where that is not a place)."""
    until: Date | None = declare(kind="date", default=None)
    """First day no longer in force."""

    instrument: ClassVar[str] = ""
    transfers: ClassVar[Mapping[str, str]] = {}
    """Components of cost that the instrument adds to, each with the label of the country that receives it.

    A negative amount is paid by that country. Columns of a policy's own carry the label ``country``.
    """
    counterparts: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """For each of these components, the label of the country on the other side, and who it is there."""
    loose: ClassVar[Mapping[str, float]] = {}
    """Fields by which it asks for more or less, each with the value at which it asks for nothing."""
    order: ClassVar[int] = BOUNDS_AND_COSTS
    """When its delta is taken, the lowest first: after every policy whose numbers it reads."""
    from_is_date: ClassVar[bool] = True

    @model_validator(mode="before")
    @classmethod
    def _accept_from(cls, data: object) -> object:
        if cls.from_is_date and isinstance(data, dict) and "from" in data and "since" not in data:
            return {("since" if key == "from" else key): value for key, value in data.items()}
        return data

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise ValueError(f"until {self.until} is not after since {self.since}")
        return self

    def bars(self, situation: Situation) -> list[tuple[Bar, tuple[str, ...] | None]]:
        """Return what this policy bars by origin, each with the demands that see it (None: all do)."""
        return []

    def payers(self, program: LinearProgram) -> Mapping[str, float]:
        """Return which treasuries pay which share of what it gives; none: that of each country itself."""
        return {}

    def asks(self) -> dict[str, float | Schedule]:
        """Return the values in force of the fields by which it can be loosened, see `loose`."""
        found = {name: getattr(self, name) for name in self.loose}
        return {name: value for name, value in found.items() if value is not None}

    def structure(self, program: LinearProgram, situation: Situation) -> Additions | None:
        """Return the dormant rows and columns that this policy needs, or None."""
        return None

    def needs_baseline(self, program: LinearProgram) -> bool:
        """Say whether the scenario that this one extends must be solved first."""
        return False

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the numbers that change, given a program that carries the earlier policies."""
        raise NotImplementedError(type(self).__name__)


def countries_of(program: LinearProgram, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names with blocs replaced by their members."""
    return program.columns.expand(names)


def per_period(quantity: float | Schedule | None, situation: Situation) -> FloatArray:
    """Return a quantity in each period, as it is written (a rate, a price, a yearly amount)."""
    if isinstance(quantity, Schedule):
        return np.array([quantity.at(start) for start in situation.starts])
    return np.full(len(situation.starts), quantity or 0.0)


def shared_rows(program: LinearProgram, columns: IntArray) -> IntArray:
    """Return the rows that hold the copies of these ship columns together, one copy per origin layer.

    There is none where nothing is split by origin.
    """
    rows = program.rows.where(kind="ship")
    if not len(rows):
        return rows
    chosen = set(zip(*(program.columns.texts(name, columns) for name in ("id", "period")), strict=True))
    keys = zip(*(program.rows.texts(name, rows) for name in ("id", "period")), strict=True)
    inside = np.fromiter((key in chosen for key in keys), dtype=bool, count=len(rows))
    return rows[np.flatnonzero(inside)]


def group_rows(*keys: NDArray[np.object_]) -> tuple[IntArray, list[tuple[object, ...]]]:
    """Return numbers of the distinct combinations of labels, in sorted order.

    Returns
    -------
    number : ndarray of int64
        Combination of each entry.
    combinations : list of tuple
    """
    combinations = sorted(set(zip(*keys, strict=True)), key=lambda row: tuple(map(str, row)))
    index = {combination: number for number, combination in enumerate(combinations)}
    numbers = np.fromiter((index[row] for row in zip(*keys, strict=True)), np.int64, len(keys[0]))
    return numbers, combinations


def tainted_columns(program: LinearProgram, columns: IntArray, bar: Bar) -> IntArray:
    """Return those of the columns that are in a layer tainted by a bar."""
    names: set[str] = set()
    for _, block in program.columns.parts():
        layer = block.fields.get("layer")
        if isinstance(layer, Coded):
            names |= set(layer.names)
    wanted = layers_with(bar, sorted(names))
    return columns[np.isin(program.columns.texts("layer", columns).astype(str), wanted)]

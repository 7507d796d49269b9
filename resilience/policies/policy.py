"""What every policy instrument is: fields from the file, and a change to a compiled program.

A policy sees labels, never the network. It answers two questions:

    structure(program, situation)   which limit rows must exist for it, asked once when compiling
    delta(program, situation)       which numbers change, asked for each scenario

To add an instrument: one file like `outage.py`, one test, one line in `__init__.py`.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from resilience.fields import ByField, Date, Fault, Section, Text
from resilience.fields import field as declare
from resilience.policies.selectors import LaneSelector, Selector
from resilience.program import Delta, Labels, LinearProgram

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class PlaceIndex(Protocol):
    """Looks up places by what they are."""

    def members(self, selector: Selector) -> tuple[str, ...]:
        """Return ids of the entries that a selector chooses."""

    def sites(self, selector: Selector) -> tuple[str, ...]:
        """Return ids of the sites where they stand."""


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
    """

    id: str
    starts: tuple[datetime.date, ...] = (datetime.date(2025, 1, 1),)
    years: float = 1.0
    levels: FloatArray | None = None
    places: PlaceIndex | None = None
    base: LinearProgram | None = None

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

    def periods(self, policy: Policy) -> list[int]:
        """Return the periods in which a policy is in force: those that begin while it is.

        Raises
        ------
        Fault
            If there is none.
        """
        since, until = policy.since or datetime.date.min, policy.until or datetime.date.max
        found = [number for number, start in enumerate(self.starts) if since <= start < until]
        if not found:
            key = "since" if policy.since is not None else "until"
            raise Fault(
                f"never in force: no period begins between {policy.since or 'the start'} and "
                f"{policy.until or 'the end'}; the first begins {self.starts[0]}, the last {self.starts[-1]}",
                (key,),
            )
        return found


@dataclass(frozen=True, eq=False)
class LimitRows:
    """Dormant rows  sum of coefficient * column  that a policy needs.

    Parameters
    ----------
    columns, rows, coefficients : ndarray
        Entries of the new rows; ``rows`` counts from 0 within this block.
    country, commodity : sequence of str
        Labels, one per row.
    period : ndarray
        Period of each row.
    """

    columns: IntArray
    rows: IntArray
    coefficients: FloatArray
    country: Sequence[str]
    commodity: Sequence[str]
    period: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.period)


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
    component: ClassVar[str] = ""
    """Component of cost that the instrument adds to, if any."""
    receiver: ClassVar[str] = ""
    """Label field of the country that receives the component, which makes it a transfer."""
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

    def structure(self, program: LinearProgram, situation: Situation) -> LimitRows | None:
        """Return the dormant rows that this policy needs, or None."""
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

"""What reading gives where a plain number is not enough."""

from __future__ import annotations

import bisect
import datetime
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """A value that changes at dates.

    Parameters
    ----------
    dates : tuple of date
        Ascending; each number holds from its date on. Before the first date the first number holds.
    numbers : tuple of float

    Examples
    --------
    >>> days = (datetime.date(2025, 1, 1), datetime.date(2027, 1, 1))
    >>> Schedule(days, (12.0, 20.0)).at(datetime.date(2026, 7, 1))
    12.0
    """

    dates: tuple[datetime.date, ...]
    numbers: tuple[float, ...]

    def at(self, date: datetime.date) -> float:
        """Return the number in force on a date."""
        return self.numbers[max(0, bisect.bisect_right(self.dates, date) - 1)]


@dataclass(frozen=True)
class Duration:
    """A lead time, in periods or in years.

    Examples
    --------
    >>> Duration(0.5, "yr").periods(1 / 12)
    6
    """

    number: float
    unit: str = "period"

    def periods(self, years_per_period: float) -> int:
        """Return whole periods, rounded up."""
        if self.unit == "period":
            return math.ceil(self.number)
        return math.ceil(round(self.number / years_per_period, 9))


@dataclass(frozen=True)
class Tier:
    """One step of a cost, price or shortfall curve: up to ``capacity`` units at ``cost`` each."""

    capacity: float | Schedule | None
    cost: float | Schedule


@dataclass(frozen=True)
class FreightRate:
    """Cost of a lane by distance.

    Parameters
    ----------
    fixed : float
        Currency per tonne whatever the distance.
    per_tonne_km, per_tonne_km_inland : float
        Currency per tonne and km, on the main leg and on the legs to and from ports.
    distance : float or "great_circle" or "sea"
        Km, or how they are found.
    """

    fixed: float | Schedule = 0.0
    per_tonne_km: float | Schedule = 0.0
    per_tonne_km_inland: float | Schedule | None = None
    distance: float | str = "great_circle"


def numbers_of(value: float | Schedule) -> tuple[float, ...]:
    """Return every number a quantity can take."""
    return value.numbers if isinstance(value, Schedule) else (value,)


def differences(one: float | Schedule, other: float | Schedule) -> list[float]:
    """Return ``other - one`` on every date when one of them changes.

    Examples
    --------
    >>> rising = Schedule((datetime.date(2025, 1, 1), datetime.date(2026, 1, 1)), (1.0, 5.0))
    >>> differences(rising, 4.0)
    [3.0, -1.0]
    """
    days = sorted({day for value in (one, other) if isinstance(value, Schedule) for day in value.dates})
    return [_on(other, day) - _on(one, day) for day in days or [datetime.date.min]]


def _on(value: float | Schedule, day: datetime.date) -> float:
    return value.at(day) if isinstance(value, Schedule) else value

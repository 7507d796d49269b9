"""What reading gives where a plain number is not enough."""

from __future__ import annotations

import bisect
import datetime
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

CHOKE = 100.0
"""A price never exceeds so many times the reference price of a curve of constant elasticity."""


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


@dataclass(frozen=True)
class Curve:
    """A price that changes with the quantity: a line, or one of constant elasticity.

    Parameters
    ----------
    intercept, slope : float
        Price = intercept + slope * quantity per year; for a line.
    reference_price, reference_quantity, elasticity : float
        Price = reference_price * (quantity / reference_quantity) ** (1 / elasticity); where the
        elasticity is not 0, the curve is of this kind.

    Examples
    --------
    >>> Curve(intercept=42.0, slope=-3.0).largest
    14.0
    >>> curve = Curve(reference_price=10.0, reference_quantity=100.0, elasticity=-0.5)
    >>> curve.price(np.array([200.0])).tolist()
    [2.5]
    """

    intercept: float = 0.0
    slope: float = 0.0
    reference_price: float = 0.0
    reference_quantity: float = 1.0
    elasticity: float = 0.0

    @property
    def is_line(self) -> bool:
        """Whether it is a line."""
        return self.elasticity == 0.0

    @property
    def is_rising(self) -> bool:
        """Whether it is a supply curve."""
        return self.slope >= 0 if self.is_line else self.elasticity > 0

    @property
    def largest(self) -> float:
        """Quantity per year at which a falling line is worth nothing, another curve a hundredth."""
        if self.is_line:
            return -self.intercept / self.slope if self.slope < 0 else math.inf
        return self.reference_quantity * (1 / CHOKE) ** self.elasticity if self.elasticity < 0 else math.inf

    def price(self, quantity: FloatArray) -> FloatArray:
        """Return the price at quantities per year; no more than `CHOKE` times the reference price."""
        if self.is_line:
            return self.intercept + self.slope * quantity
        relative = np.maximum(quantity, 1e-300) / self.reference_quantity
        with np.errstate(over="ignore"):
            return self.reference_price * np.minimum(relative ** (1 / self.elasticity), CHOKE)

    def quantity(self, price: FloatArray) -> FloatArray:
        """Return the quantities per year at prices, the inverse of `price`; without end where it is flat."""
        if self.is_line and self.slope == 0:
            return np.where(price > self.intercept, np.inf, 0.0)
        if self.is_line:
            return np.maximum((price - self.intercept) / self.slope, 0.0)
        relative = np.maximum(price, 1e-300) / self.reference_price
        with np.errstate(over="ignore"):
            return np.asarray(self.reference_quantity * np.minimum(relative, CHOKE) ** self.elasticity)

    def area(self, quantity: FloatArray) -> FloatArray:
        """Return the area under the curve from 0, up to a constant."""
        if self.is_line:
            return self.intercept * quantity + self.slope * quantity**2 / 2
        knee = self.reference_quantity * CHOKE**self.elasticity
        power = 1 / self.elasticity + 1
        scale = self.reference_price * self.reference_quantity
        if abs(power) < 1e-12:
            smooth = scale * np.log(np.maximum(quantity, knee) / self.reference_quantity)
            start = scale * np.log(knee / self.reference_quantity)
        else:
            with np.errstate(over="ignore"):  # below the knee, where it is not used
                smooth = scale * (np.maximum(quantity, 1e-300) / self.reference_quantity) ** power / power
            start = scale * (knee / self.reference_quantity) ** power / power
        choked = self.reference_price * CHOKE * (quantity - knee)
        is_choked = quantity < knee if self.elasticity < 0 else quantity > knee
        return np.asarray(np.where(is_choked, start + choked, smooth))

"""Quantities over the periods of the horizon."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Schedule

FloatArray = NDArray[np.float64]
Value = float | Schedule | None


@dataclass(frozen=True)
class Calendar:
    """The periods: first days, and length in years."""

    starts: tuple[datetime.date, ...]
    years: float

    @property
    def size(self) -> int:
        """Number of periods."""
        return len(self.starts)

    @property
    def end(self) -> datetime.date:
        """First day after the horizon."""
        last, months = self.starts[-1], round(12 * self.years)
        number = last.year * 12 + last.month - 1 + months
        return datetime.date(number // 12, number % 12 + 1, last.day)

    def spread(self, values: Sequence[Value], missing: float = 0.0) -> FloatArray:
        """Return quantities per period, shape (n_values, n_periods).

        Examples
        --------
        >>> days = (datetime.date(2025, 1, 1), datetime.date(2026, 1, 1))
        >>> step = Schedule((datetime.date(2026, 1, 1),), (7.0,))
        >>> Calendar(days, 1.0).spread([5.0, None, step], np.inf).tolist()
        [[5.0, 5.0], [inf, inf], [7.0, 7.0]]
        """
        flat = np.array(
            [missing if value is None or isinstance(value, Schedule) else value for value in values],
            dtype=float,
        )
        table = np.repeat(flat[:, None], self.size, axis=1)
        for row, value in enumerate(values):
            if isinstance(value, Schedule):
                table[row] = [value.at(start) for start in self.starts]
        return table

    def per_period(self, values: Sequence[Value], missing: float = 0.0) -> FloatArray:
        """Return yearly quantities as quantities per period."""
        return self.spread(values, missing) * self.years

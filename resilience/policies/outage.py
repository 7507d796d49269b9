"""Outage: facilities, lanes or whole countries that stop, wholly or in part.

Effect    col_upper (and col_lower) of the produce, buy or ship columns times (1 - cut); so too the
          row_upper of capacities that several columns share, with what projects add to them
Dual      of a closed column: what one tonne through it would have saved
Money     none
Not this  an export restriction, which leaves the country its own supply
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from resilience.fields import Fault, Names, Number, Text, field
from resilience.policies.policy import Policy, Situation, shared_rows
from resilience.policies.selectors import LaneSelector, Selector
from resilience.program import Delta, Labels, LinearProgram

MAKERS = ("produce", "buy")
SHARED = ("capacity", "hub", "produce", "buy")


class Outage(Policy):
    """Facilities, lanes or countries that stop.

    Examples
    --------
    >>> Outage(facility="kuantan", cut="50%").cut
    0.5
    """

    type: Text = field(default="outage")
    """outage"""
    facility: Selector | None = field(kind="any", default=None, places=("facility", "hub", "supply"))
    """Facilities, hubs or supplies: ids or a selector."""
    lane: LaneSelector | None = field(kind="any", default=None)
    """Lanes: ids such as `mine>plant:ore`, or a selector."""
    country: Names | None = field(kind="names", default=None, ref="country")
    """Every facility, hub and supply of these countries or blocs."""
    stages: Names | None = field(kind="names", default=None, ref="stage")
    """Of a country, only these stages."""
    cut: Number = field("share", kind="number", default=1.0, ge=0, le=1)
    """Share that stops."""

    instrument = "outage"
    loose: ClassVar[Mapping[str, float]] = {"cut": 0.0}

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.facility is None and self.lane is None and self.country is None:
            raise ValueError("an outage needs a `facility`, a `lane` or a `country`")
        if self.stages is not None and self.country is None:
            raise ValueError("`stages` narrows a `country`, and there is none")
        return self

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the bounds that are left."""
        periods = situation.periods(self)
        columns = self._found(program.columns, situation, periods, MAKERS)
        rows = np.setdiff1d(
            np.union1d(self._found(program.rows, situation, periods, SHARED), shared_rows(program, columns)),
            program.rows.where(kind="capacity", of="serve"),  # outlets go on buying
        )
        if not len(columns) and not len(rows):
            raise Fault("matches no facility, lane or supply")
        left, base = 1.0 - self.cut, program if situation.base is None else situation.base
        is_shared = self._is_shared(base, columns, rows)
        self._check_limited(base.col_upper[columns][~is_shared], left)
        self._check_limited(base.row_upper[rows], left)
        upper = self._scaled(program.col_upper[columns], left)
        shared = self._scaled(program.row_upper[rows], left)
        least = program.row_lower[rows]
        capacities = np.intersect1d(rows, program.rows.where(kind=("capacity", "hub")))
        builds = program.columns.where(kind="build")
        built = np.flatnonzero(np.isin(program.entry_columns, builds) & np.isin(program.indices, capacities))
        return Delta.of(
            values=(built, program.values[built] * left),
            col_upper=(columns, upper),
            col_lower=(columns, program.col_lower[columns] * left),
            row_upper=(rows, shared),
            row_lower=(rows, np.where(least > 0, np.maximum(least, 0.0) * left, least)),
        )

    def _found(
        self, labels: Labels, situation: Situation, periods: list[int], kinds: tuple[str, ...]
    ) -> NDArray[np.int64]:
        found = [np.empty(0, dtype=np.int64)]
        if self.facility is not None:
            found.append(labels.where(kind=kinds, id=situation.members(self.facility), period=periods))
        if self.country is not None:
            found.append(labels.where(kind=kinds, country=self.country, stage=self.stages, period=periods))
        if self.lane is not None:
            found.append(situation.lanes(labels, self.lane, periods))
        return np.unique(np.concatenate(found))

    def _is_shared(
        self, program: LinearProgram, columns: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Return which columns are tiers that stand under a capacity of their own."""
        finite = rows[np.isfinite(program.row_upper[rows])]
        capacities = set(
            zip(program.rows.texts("id", finite), program.rows.texts("period", finite), strict=True)
        )
        labels = program.columns
        keys = zip(labels.texts("id", columns), labels.texts("period", columns), strict=True)
        return np.array([key in capacities for key in keys], dtype=bool)

    def _scaled(self, upper: NDArray[np.float64], left: float) -> NDArray[np.float64]:
        return np.zeros_like(upper) if left == 0 else upper * left

    def _check_limited(self, upper: NDArray[np.float64], left: float) -> None:
        """Raise a `Fault` for a part of what is unlimited in the network, whatever other policies close."""
        if 0 < left < 1 and bool(np.isinf(upper).any()):
            raise Fault(
                "half of an unlimited capacity is unlimited: give the facility a capacity, or cut 100%",
                ("cut",),
            )

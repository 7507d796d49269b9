"""Stockpile rule: when a stockpile must be full, and when it may be drawn on.

Effect    target: col_lower of the hold column at the end of the period in which `by` falls
          release_only_while: col_upper of the release columns is 0 in every period in which none of the
          named policies is in force
Dual      of the target: what the last tonne of it costs
Money     none of its own: buying and holding are paid for as always
Not this  the stockpile itself, see `stockpiles:`
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from resilience.fields import Date, Fault, Names, Number, Text, field
from resilience.policies.policy import Policy, Situation
from resilience.policies.selectors import Selector
from resilience.program import Delta, LinearProgram


class StockpileRule(Policy):
    """When a stockpile must be full, and when it may be drawn on.

    Examples
    --------
    >>> StockpileRule(stockpile="us_vault", target="3 kt", by="2027").target
    3000.0
    """

    type: Text = field(default="stockpile_rule")
    """stockpile_rule"""
    stockpile: Selector = field(kind="any", places=("stockpile",))
    """Which stockpiles, each for itself."""
    target: Number | None = field("mass", kind="number", default=None, ge=0)
    """Least stock at the end of the period in which `by` falls."""
    by: Date | None = field(kind="date", default=None)
    """When the target must be met; the last period in force if left out."""
    release_only_while: Names | None = field(kind="names", default=None, ref="policy")
    """Stock may be drawn on only while one of these policies is in force."""

    instrument = "stockpile_rule"
    loose: ClassVar[Mapping[str, float]] = {"target": 0.0}

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.target is None and self.release_only_while is None:
            raise ValueError("says nothing: give a `target` or `release_only_while`")
        if self.by is not None and self.target is None:
            raise ValueError("`by` is when a `target` must be met, and there is no target")
        return self

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the floor under the stock, and the closed releases."""
        ids = situation.members(self.stockpile)
        if not len(program.columns.where(kind="hold", id=ids)):
            raise Fault("matches no stockpile", ("stockpile",))
        hold = program.columns.where(kind="hold", id=ids, period=self._due(situation))
        low = self.target if self.target is not None else 0.0
        if bool((program.col_upper[hold] < low).any()):
            raise Fault(f"the target {low:g} is above what the stockpile may hold then", ("target",))
        closed = self._closed(situation)
        release = program.columns.where(kind="release", id=ids, period=closed) if closed else hold[:0]
        shared = program.rows.where(kind="hold", id=ids, period=self._due(situation))
        if len(shared):  # one column per origin layer: the target is on their sum
            low_rows = np.maximum(program.row_lower[shared], low)
            return Delta.of(row_lower=(shared, low_rows), col_upper=(release, 0.0))
        low_columns = np.maximum(program.col_lower[hold], low)
        return Delta.of(col_lower=(hold, low_columns), col_upper=(release, 0.0))

    def _due(self, situation: Situation) -> int:
        """Return the period at whose end the target must be met."""
        periods = situation.periods(self)
        if self.by is None:
            return periods[-1]
        last = situation.starts[-1] + datetime.timedelta(days=366 * situation.years)
        if self.by > last:
            raise Fault(f"{self.by} is after the last period, which begins {situation.starts[-1]}", ("by",))
        begun = [number for number, start in enumerate(situation.starts) if start <= self.by]
        if not begun:
            raise Fault(f"{self.by} is before the first period, which begins {situation.starts[0]}", ("by",))
        if begun[-1] not in periods:
            raise Fault(f"on {self.by}, when the target is due, the rule is not in force", ("by",))
        return begun[-1]

    def _closed(self, situation: Situation) -> list[int]:
        """Return the periods in which nothing may be drawn."""
        if self.release_only_while is None:
            return []
        if situation.id in self.release_only_while:
            raise Fault("a rule cannot wait for itself", ("release_only_while",))
        others = [situation.in_force[name] for name in self.release_only_while if name in situation.in_force]
        open_periods = {period for other in others for period in situation.periods_of(other)}
        return [period for period in situation.periods(self) if period not in open_periods]

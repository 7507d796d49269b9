"""Budget: so much money for building and for filling stockpiles, and no more.

Effect    row_upper of one row over the whole horizon:
          sum of capital_cost * share built + reference price * tonnes put in stock <= amount,
          over the periods in force; capital is what the horizon bears of it, see `projects:`
Dual      of the row: what one more unit of money in the budget would save
Money     none of its own: it limits what others pay
Not this  a subsidy, which pays
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from resilience.fields import Fault, Names, Number, Text, field
from resilience.policies.policy import Additions, Policy, Situation
from resilience.policies.selectors import Selector
from resilience.program import Delta, LinearProgram


class Budget(Policy):
    """A ceiling on spending for capacity and stocks.

    Examples
    --------
    >>> Budget(amount=10e9, country="USA").amount
    10000000000.0
    """

    type: Text = field(default="budget")
    """budget"""
    amount: Number = field("currency", kind="number", ge=0)
    """Most that may be spent, all periods in force together."""
    project: Names | None = field(kind="names", default=None, ref="project")
    """Which projects count."""
    stockpile: Selector | None = field(kind="any", default=None, places=("stockpile",))
    """Which stockpiles count, by what is put in at the reference price."""
    country: Names | None = field(kind="names", default=None, ref="country")
    """Projects and stockpiles of these countries or blocs count."""

    instrument = "budget"
    loose: ClassVar[Mapping[str, float]] = {"amount": np.inf}

    @model_validator(mode="after")
    def _is_for_something(self) -> Self:
        if self.project is None and self.stockpile is None and self.country is None:
            raise ValueError("a budget needs a `project`, a `stockpile` or a `country`")
        return self

    def structure(self, program: LinearProgram, situation: Situation) -> Additions | None:
        """Return the row."""
        build, fill = self._counted(program, situation, situation.periods(self))
        capital = program.columns.texts("capital", build).astype(float)
        spent = np.concatenate([capital, self._prices(program, fill)])
        columns = np.concatenate([build, fill])
        return Additions(
            rows={"period": [0]}, entries=(np.zeros(len(columns), dtype=np.int64), columns, spent)
        )

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return the ceiling."""
        rows = program.rows.where(kind="policy", policy=situation.id)
        return Delta.of(row_upper=(rows, self.amount))

    def _counted(
        self, program: LinearProgram, situation: Situation, periods: list[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the build and fill columns that the budget is about."""
        labels, none = program.columns, np.empty(0, dtype=np.int64)
        build, fill = none, none
        if self.project is not None:
            build = labels.where(kind="build", id=self.project, period=periods)
        if self.stockpile is not None:
            fill = labels.where(kind="fill", id=situation.members(self.stockpile), period=periods)
        if self.country is not None:
            build = np.union1d(build, labels.where(kind="build", country=self.country, period=periods))
            fill = np.union1d(fill, labels.where(kind="fill", country=self.country, period=periods))
        if not len(build) and not len(fill):
            raise Fault("matches no project and no stockpile")
        return build, fill

    def _prices(self, program: LinearProgram, fill: NDArray[np.int64]) -> NDArray[np.float64]:
        prices = program.columns.texts("reference_price", fill).astype(float)
        if bool(np.isnan(prices).any()):
            raise Fault("a budget for stockpiles needs a reference price of what they hold", ("stockpile",))
        return prices

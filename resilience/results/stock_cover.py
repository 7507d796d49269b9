"""For how many days each stockpile alone would meet the needs of those it is for.

Needs   what works in its countries take in of the commodity in the period, and what users there want of it,
        whether they get it or not: the country of the stockpile, or the members of a pool
Days    stock when the period begins, by needs per day; infinite where nobody there needs it

What else would go on coming is left out: how long an outage can last is `time_to_survive`.
Source: the days of net imports by which emergency stocks are counted, IEA, Agreement on an International
Energy Program (1974), article 2 (needs in place of net imports).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from resilience.results.solution import Solution

DAYS = 365.25
"""Days in a year."""


def stock_cover_of(solution: Solution) -> pd.DataFrame:
    """Return how many days of needs each stockpile holds: one row a stockpile and period.

    Parameters
    ----------
    solution : Solution

    Returns
    -------
    DataFrame
        stockpile, country, commodity, period, ``opening_t``, ``needs_t_per_yr`` and ``days``.
    """
    mass, spec = solution.unit.mass, solution.formulation.spec
    stocks = solution.stocks
    opening, needs = f"opening_{mass}", f"needs_{mass}_per_yr"
    found = stocks[["stockpile", "country", "commodity", "period", opening]].copy()
    by = _needs(solution)
    years = solution.formulation.calendar.years
    for name, pile in spec.stockpiles.items():
        rows = found["stockpile"] == name
        members = [member for key in pile.shares for member in spec.blocs.get(key, (key,))]
        its_own = found.loc[rows, "country"].unique().tolist()
        there = by[(by["commodity"] == pile.commodity) & by["country"].isin(members or its_own)]
        sums = there.groupby("period")["tonnes"].sum()
        found.loc[rows, needs] = found.loc[rows, "period"].map(sums).fillna(0.0) / years
    if not len(found):
        return found.assign(**{needs: np.empty(0), "days": np.empty(0)})
    with np.errstate(divide="ignore", invalid="ignore"):
        days = np.where(
            found[opening] > 0,
            np.where(found[needs] > 0, DAYS * found[opening] / found[needs], np.inf),
            0.0,
        )
    return found.assign(days=days)


def _needs(solution: Solution) -> pd.DataFrame:
    """Return what works take in and users want: country, commodity, period, tonnes."""
    program, labels = solution.program, solution.program.columns
    takers = np.zeros(program.n_columns, dtype=bool)
    takers[labels.where(kind="produce")] = True
    balances = np.zeros(program.n_rows, dtype=bool)
    balances[program.rows.where(kind="balance")] = True
    column = program.entry_columns
    inputs = np.flatnonzero(takers[column] & balances[program.indices] & (program.values < 0))
    rows = program.indices[inputs].astype(np.int64)
    wanted = labels.where(kind=("serve", "short"))
    levels = np.maximum(solution.levels, 0.0)
    parts = [
        (
            labels.texts("country", column[inputs]),
            program.rows.texts("commodity", rows),
            program.rows.texts("period", rows),
            -program.values[inputs] * levels[column[inputs]],
        ),
        (*(labels.texts(name, wanted) for name in ("country", "commodity", "period")), levels[wanted]),
    ]
    country, commodity, period, tonnes = (np.concatenate(part) for part in zip(*parts, strict=True))
    period = np.asarray(solution.period_names)[period.astype(np.int64)]
    return pd.DataFrame({"country": country, "commodity": commodity, "period": period, "tonnes": tonnes})

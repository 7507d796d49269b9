"""What payments to producers have in common: their output, and a volume up to which it is paid for.

Without a volume the payment stands on the produce columns. With one, each produce column gets a
column `paid` beside it:  paid <= output,  sum of paid <= volume,  and the payment stands on `paid`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Fault, Parties, Quantity, Schedule
from resilience.policies.policy import Additions, Situation, per_period
from resilience.policies.selectors import Selector
from resilience.program import Delta, LinearProgram

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Output:
    """What chosen facilities make of chosen commodities.

    Parameters
    ----------
    columns, rows : ndarray of int64
        Produce column and balance row of each entry.
    amount : ndarray
        Tonnes per unit of throughput.
    """

    columns: IntArray
    rows: IntArray
    amount: FloatArray

    def periods(self, program: LinearProgram) -> IntArray:
        """Return the period of each entry."""
        return program.columns.texts("period", self.columns).astype(np.int64)


def output_of(
    program: LinearProgram, situation: Situation, producer: Selector, commodities: Sequence[str] | None
) -> Output:
    """Return the output of the chosen facilities.

    Raises
    ------
    Fault
        If they make none of it.
    """
    makers = program.columns.where(kind="produce", id=situation.members(producer))
    balances = program.rows.where(kind="balance", commodity=commodities)
    entry = np.flatnonzero(
        np.isin(program.entry_columns, makers) & (program.values > 0) & np.isin(program.indices, balances)
    )
    if not len(entry):
        raise Fault("matches no facility that makes it", ("producer",))
    return Output(
        program.entry_columns[entry], program.indices[entry].astype(np.int64), program.values[entry]
    )


def paid_columns(program: LinearProgram, situation: Situation, output: Output) -> Additions:
    """Return the columns and rows that hold payments under a volume."""
    size, n_periods = len(output.columns), len(situation.starts)
    period, each = output.periods(program), np.arange(size)
    labels = program.columns
    names = {
        "id": list(labels.texts("id", output.columns)),
        "country": list(labels.texts("country", output.columns)),
        "commodity": list(program.rows.texts("commodity", output.rows)),
        "period": list(period),
    }
    rows = {
        "id": [*names["id"], *[""] * n_periods],
        "commodity": [*names["commodity"], *[""] * n_periods],
        "period": [*period, *range(n_periods)],
        "part": [*["output"] * size, *["volume"] * n_periods],
    }
    return Additions(
        rows=rows,
        columns=names,
        entries=(each, output.columns, -output.amount),
        own=(
            np.concatenate([each, size + period]),
            np.concatenate([each, each]),
            np.ones(2 * size),
        ),
    )


def pay(
    program: LinearProgram,
    situation: Situation,
    output: Output,
    per_tonne: FloatArray,
    component: str,
    volume: Quantity | None,
    periods: Sequence[int],
) -> Delta:
    """Return the payment per tonne of output, in the periods in force.

    Parameters
    ----------
    per_tonne : ndarray
        Currency per tonne of output, one per entry of ``output``.
    component : str
        Component of cost that carries it, as a negative cost of the producer.
    """
    now = np.isin(output.periods(program), periods)
    zeros = np.zeros(program.n_columns)
    already = program.costs.get(component, zeros)
    if volume is None:
        paid = np.bincount(output.columns[now], (per_tonne * output.amount)[now], program.n_columns)
        columns = np.unique(output.columns[now])
        return Delta.of(costs={component: (columns, already[columns] - paid[columns])})
    columns = program.columns.where(kind="policy", policy=situation.id)[now]
    rows = program.rows.where(kind="policy", policy=situation.id, period=list(periods))
    part = program.rows.texts("part", rows)
    most = per_period(volume, situation) * situation.years
    upper = np.where(part == "volume", most[program.rows.texts("period", rows).astype(np.int64)], 0.0)
    return Delta.of(
        costs={component: (columns, already[columns] - per_tonne[now])},
        col_upper=(columns, np.inf),
        row_upper=(rows, upper),
    )


def payer_shares(program: LinearProgram, payer: Parties | None) -> Mapping[str, float]:
    """Return the share that each country pays; those of a list or of a bloc pay in equal parts."""
    if payer is None:
        return {}
    if not isinstance(payer, Mapping):
        countries = set(program.columns.expand(payer))
        return dict.fromkeys(sorted(countries), 1.0 / len(countries))
    shares: dict[str, float] = {}
    for name, share in payer.items():
        members = program.columns.expand([name])
        for country in members:
            shares[country] = shares.get(country, 0.0) + share / len(members)
    return shares


def by_entry(value: float | Schedule | None, situation: Situation, period: IntArray) -> FloatArray:
    """Return a quantity at the period of each entry."""
    return per_period(value, situation)[period]

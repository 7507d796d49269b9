"""What duties have in common: which shipments cross the border, and what they are worth there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Fault, Schedule, fault, numbers_of
from resilience.policies.policy import Situation, per_period
from resilience.policies.shippers import NOWHERE, sent_on
from resilience.program import LinearProgram

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Value = float | Schedule | None
MOST_RATE = 10.0
"""A duty above ten times the price is a percentage whose sign was forgotten."""


def border_crossings(
    program: LinearProgram,
    sender: Sequence[str] | None,
    receiver: Sequence[str] | None,
    commodities: Sequence[str] | None,
    stages: Sequence[str] | None,
    periods: Sequence[int] | None,
    home: Sequence[str],
    field: str = "",
) -> IntArray:
    """Return the ship columns from sender to receiver that cross the border of a bloc.

    A free zone (a hub with ``customs: false``) lies outside every border: goods cross it when they leave
    the zone for its country, and count as coming from there, whatever they are. A place without a
    country is no origin: see `resilience.policies.shippers`.

    Parameters
    ----------
    sender, receiver : sequence of str, optional
        Countries or blocs; anybody if left out.
    commodities, stages, periods : sequence, optional
        Narrow them down.
    home : sequence of str
        Countries or blocs within which nothing counts as crossing.
    field : str
        Field of the rule that says whose goods it is on, for the error.

    Returns
    -------
    ndarray of int64
    """
    labels = program.columns
    asked = (sender, receiver, commodities, stages, periods, home, field)
    return labels.selection(("border crossings", repr(asked)), lambda: _crossings(program, *asked))


def _crossings(
    program: LinearProgram,
    sender: Sequence[str] | None,
    receiver: Sequence[str] | None,
    commodities: Sequence[str] | None,
    stages: Sequence[str] | None,
    periods: Sequence[int] | None,
    home: Sequence[str],
    field: str,
) -> IntArray:
    labels = program.columns
    found = labels.where(
        kind="ship",
        from_country=sender,
        to_country=receiver,
        commodity=commodities,
        stage=stages,
        period=periods,
    )
    inside = list(labels.expand(home))
    start = labels.texts("from_country", found).astype(str)
    end = labels.texts("to_country", found).astype(str)
    starts_inside = np.isin(start, inside) & (labels.texts("from_free_zone", found) == 0)
    ends_inside = np.isin(end, inside) & (labels.texts("to_free_zone", found) == 0)
    crosses = (starts_inside != ends_inside) & (start != "")
    found = found[np.flatnonzero(crosses)]
    if receiver is None:
        return found  # goods cross where they leave
    scope = {"commodity": commodities, "stage": stages, "period": periods}
    at_sea = labels.where(kind="ship", from_country=NOWHERE, to_country=receiver, **scope)
    concerned = None if sender is None else labels.expand(sender)
    return np.union1d(found, sent_on(program, at_sea, concerned, inside, field))


def reference_value(program: LinearProgram, columns: IntArray, with_freight: bool = False) -> FloatArray:
    """Return what a tonne on each column is worth at its reference price, NaN where it has none."""
    value = program.columns.numbers("reference_price", columns).astype(float)
    return value + program.costs["freight"][columns] if with_freight else value


def duty(
    program: LinearProgram,
    columns: IntArray,
    rate: Value,
    specific: Value,
    situation: Situation,
    with_freight: bool = False,
) -> FloatArray:
    """Return a duty per tonne: rate * value + specific.

    Raises
    ------
    Fault
        If a rate is asked on a commodity without a reference price.
    """
    share, more = per_period(rate, situation), per_period(specific, situation)
    if with_freight:
        return _duty(program, columns, share, more, with_freight)
    asked = ("duty", share.tobytes(), more.tobytes(), columns.tobytes())
    return program.columns.selection(asked, lambda: _duty(program, columns, share, more, with_freight))


def _duty(
    program: LinearProgram, columns: IntArray, rates: FloatArray, more: FloatArray, with_freight: bool
) -> FloatArray:
    """Return a duty per tonne, of a rate and a specific duty by period."""
    period = program.columns.numbers("period", columns).astype(np.int64)
    value, share = reference_value(program, columns, with_freight), rates[period]
    priceless = np.flatnonzero(np.isnan(value) & (share > 0))
    if len(priceless):
        name = program.columns.texts("commodity", columns[priceless[:1]])[0]
        raise Fault(f"a rate needs a reference price, and commodity '{name}' has none", ("rate",))
    return np.where(share > 0, share * np.nan_to_num(value), 0.0) + more[period]


def check_rate(rate: Value, field: str) -> None:
    """Raise an error at a field for a rate that was meant as a percentage."""
    largest = 0.0 if rate is None else max(numbers_of(rate))
    if largest > MOST_RATE:
        raise fault(
            f"a rate of {largest:g} is {100 * largest:,.6g} %; for {largest:g} % write {largest:g}%", field
        )


def check_abroad(
    program: LinearProgram, abroad: Sequence[str] | None, home: Sequence[str], field: str
) -> None:
    """Raise a `Fault` if countries that a border rule is about all lie within the border."""
    if abroad is None:
        return
    inside = set(program.columns.expand(home))
    if set(program.columns.expand(abroad)) <= inside:
        raise Fault(
            f"{', '.join(abroad)} lies within {', '.join(home)}, and nothing between them crosses its border",
            (field,),
        )


def on_top(program: LinearProgram, component: str, columns: IntArray, more: FloatArray) -> FloatArray:
    """Return a component of cost with more added to it."""
    return program.costs.get(component, np.zeros(program.n_columns))[columns] + more

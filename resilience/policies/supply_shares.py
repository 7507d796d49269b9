"""What rules on shares of supply have in common: imports by origin, and what is made at home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Fault
from resilience.policies.duties import border_crossings
from resilience.policies.shippers import shipping_countries
from resilience.program import LinearProgram

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Supplied:
    """Everything that supplies a consumer with chosen commodities.

    Parameters
    ----------
    columns : ndarray of int64
        Ship columns across its border, and produce and buy columns within it.
    amount : ndarray
        Tonnes of the commodity per unit of the column.
    origin : ndarray of str
        Country that ships, several joined where their goods mix in no country; ``""`` for what is made at
        home.
    commodity, period : ndarray
        Of each entry.
    """

    columns: IntArray
    amount: FloatArray
    origin: NDArray[np.object_]
    commodity: NDArray[np.object_]
    period: IntArray


def supplied(
    program: LinearProgram,
    consumer: Sequence[str],
    commodities: Sequence[str],
    periods: Sequence[int] | None = None,
) -> Supplied:
    """Return what supplies a consumer: imports, and what its own facilities make.

    Raises
    ------
    Fault
        If nothing does.
    """
    labels = program.columns
    imports = border_crossings(program, None, consumer, commodities, None, periods, consumer, "consumer")
    home = labels.where(kind=("produce", "buy"), country=consumer, period=periods)
    entry = np.flatnonzero(np.isin(program.entry_columns, home) & (program.values > 0))
    balances = program.rows.where(kind="balance", commodity=commodities)
    entry = entry[np.isin(program.indices[entry], balances)]
    made = program.entry_columns[entry]
    columns = np.concatenate([imports, made])
    if not len(columns):
        raise Fault("matches nothing that is imported or made", ("consumer",))
    found = np.concatenate(
        [labels.texts("commodity", imports), program.rows.texts("commodity", program.indices[entry])]
    )
    for number, name in enumerate(commodities):
        if name not in set(found):
            raise Fault(f"'{name}' is neither imported nor made there", ("commodities", number))
    return Supplied(
        columns,
        np.concatenate([np.ones(len(imports)), program.values[entry]]),
        np.concatenate([shipping_countries(program, imports), np.full(len(made), "", dtype=object)]),
        found,
        labels.texts("period", columns).astype(np.int64),
    )

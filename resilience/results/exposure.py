"""How exposed buyers are: what is left without the largest supplier, imports, and the EU's supply risk.

N-1 coverage     (supply without the largest supplier) / (needs without that country's own)
Import reliance  (imports - exports) / (own production + imports - exports), between 0 and 1
Supply risk      [H(world) * IR / 2 + H(sourcing) * (1 - IR / 2)] * (1 - recycling_rate) * substitution
                 with H = sum over countries of share^2 * governance * trade, shares between 0 and 1
Needs            what demands want and outlets take, and what facilities take to make other things
Scale            governance from 0 (best) to 10 (worst); the European Union calls 1 and more critical
Source           IEA (2025), Global Critical Minerals Outlook, for N-1; European Commission (2017),
                 Methodology for establishing the EU list of critical raw materials, for the others.
                 Neither text was open when this was written; check them before citing
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from resilience.formulation import Formulation
    from resilience.grammar.sections import Spec
    from resilience.program import LinearProgram

FloatArray = NDArray[np.float64]
Tonnes = defaultdict[tuple[Any, ...], dict[str, float]]
NOT_KNOWN = float("nan")
NEEDS = ["commodity", "period", "country", "total"]
"""Columns of a table of needs: a country's tonnes of a commodity in a period."""


def needs_of(formulation: Formulation, program: LinearProgram, levels: FloatArray) -> pd.DataFrame:
    """Return what each country needs of each commodity in a plan, delivered or not.

    Returns
    -------
    DataFrame
        By the columns in `NEEDS`; places without a country count under the name of the site. What is
        only passed on, thrown away, lost on the way or put into stock is not needed.
    """
    labels = program.columns
    takers = np.setdiff1d(
        labels.where(kind=("produce", "serve")), labels.where(kind="produce", id=formulation.places.passing)
    )
    entry = np.flatnonzero(
        (program.values < 0)
        & np.isin(program.indices, program.rows.where(kind="balance"))
        & np.isin(program.entry_columns, takers)
    )
    column, short = program.entry_columns[entry], labels.where(kind="short")
    taken = -program.values[entry] * np.maximum(levels[column], 0.0)
    goods = program.rows.texts("commodity", program.indices[entry])
    columns = np.concatenate([column, short])
    country = labels.texts("country", columns)
    frame = pd.DataFrame(
        {
            "commodity": np.concatenate([goods, labels.texts("commodity", short)]),
            "period": labels.texts("period", columns).astype(np.int64),
            "country": np.where(country != "", country, labels.texts("site", columns)),
            "total": np.concatenate([taken, np.maximum(levels[short], 0.0)]),
        }
    )
    return frame.groupby(NEEDS[:3], as_index=False)[["total"]].sum()


def nested(frame: pd.DataFrame, keys: list[str]) -> Tonnes:
    """Return the tonnes of each country, by the keys; nothing where there is no such row.

    Parameters
    ----------
    frame : DataFrame
        With the keys, ``country`` and ``total``.
    """
    found: Tonnes = defaultdict(dict)
    sums = frame.groupby([*keys, "country"])["total"].sum()
    for key, total in zip(sums.index.tolist(), sums.tolist(), strict=True):
        found[key[:-1]][key[-1]] = total
    return found


def coverage(supply: Mapping[str, float], needs: Mapping[str, float], largest: str) -> float:
    """Return which part of the others' needs is met without one supplier.

    Parameters
    ----------
    supply, needs : mapping
        Tonnes by country.
    largest : str
        The country that is left out, on both sides.

    Returns
    -------
    float
        1 and more where the others have enough; NaN where they need nothing, or supply has no bound.

    Examples
    --------
    >>> supply = {"CHN": 70.0, "USA": 20.0, "AUS": 10.0}
    >>> coverage(supply, {"CHN": 40.0, "JPN": 50.0, "USA": 10.0}, "CHN")
    0.5
    """
    left, wanted = (
        sum(amount for country, amount in amounts.items() if country != largest)
        for amounts in (supply, needs)
    )
    return left / wanted if wanted > 0 and np.isfinite(left) else NOT_KNOWN


def import_reliance(own: float, imports: float, exports: float) -> float:
    """Return the part of what a bloc uses that it has to import, net of what it exports; NaN of nothing.

    Examples
    --------
    >>> import_reliance(own=30, imports=80, exports=10)
    0.7
    >>> import_reliance(own=30, imports=10, exports=20)
    0.0
    """
    used = own + imports - exports
    return float(np.clip((imports - exports) / used, 0.0, 1.0)) if used > 0 else NOT_KNOWN


def supply_risk(
    spec: Spec, commodity: str, world: Mapping[str, float], sourcing: Mapping[str, float], reliance: float
) -> float:
    """Return the EU's supply risk of a commodity.

    Parameters
    ----------
    spec : Spec
        Of countries ``governance`` and ``trade``, of the commodity ``recycling_rate`` and ``substitution``.
    commodity : str
        Id; not one of the file's means not known.
    world, sourcing : mapping
        Tonnes by country that are made in the world, and that reach the bloc.
    reliance : float
        Import reliance.

    Returns
    -------
    float
        NaN where a country that supplies has no governance score, or the commodity no recycling rate.
        A substitution index that is left out is 1: nothing can stand in.
    """
    entry = spec.commodities.get(commodity)
    if entry is None or entry.recycling_rate is None:
        return NOT_KNOWN
    substitution = 1.0 if entry.substitution is None else entry.substitution
    mixed = _risk_of(spec, world) * reliance / 2 + _risk_of(spec, sourcing) * (1 - reliance / 2)
    return float(mixed * (1 - entry.recycling_rate) * substitution)


def _risk_of(spec: Spec, amounts: Mapping[str, float]) -> float:
    """Return the sum of squared shares, each times its country's governance and trade."""
    some = {key: amount for key, amount in amounts.items() if amount > 0}
    total = sum(some.values())
    scored = [(amount / total) ** 2 * _score(spec.countries, key) for key, amount in some.items()]
    return sum(scored) if scored else NOT_KNOWN


def _score(countries: Mapping[str, object], key: str) -> float:
    entry = countries.get(key)
    governance = getattr(entry, "governance", None)
    return NOT_KNOWN if governance is None else float(governance) * float(getattr(entry, "trade", 1.0))

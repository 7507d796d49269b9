"""Shares by country in numbers: the Hirschman-Herfindahl index, the largest, the three largest, how many.

HHI       sum of squared shares in percent: 0 (very many, all small) to 10 000 (one country)
Source    Hirschman (1964), The paternity of an index, American Economic Review 54(5)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MEASURES = ("hhi", "largest_country", "largest_share", "three_country_share", "countries")


def measures(amounts: pd.Series[float]) -> dict[str, Any]:
    """Return how concentrated amounts by country are.

    Parameters
    ----------
    amounts : Series
        Amount of each country, >= 0.

    Returns
    -------
    dict
        ``total``, and `MEASURES`; NaN where the total is 0 or without bound.

    Examples
    --------
    >>> found = measures(pd.Series({"CHN": 70.0, "USA": 20.0, "AUS": 10.0}))
    >>> round(found["hhi"]), found["largest_country"], round(found["largest_share"], 3)
    (5400, 'CHN', 0.7)
    """
    countries = amounts.index.to_numpy(dtype=object)
    found = by_group(np.zeros(len(amounts), dtype=np.int64), countries, np.asarray(amounts, dtype=np.float64))
    return {name: values.tolist()[0] for name, values in found.items()}


def by_group(group: IntArray, country: NDArray[Any], total: FloatArray) -> dict[str, NDArray[Any]]:
    """Return ``total`` and `MEASURES` of every group of amounts by country; see `measures`.

    Parameters
    ----------
    group : ndarray of int64
        The group of each amount, 0, 1, ...: none is empty.
    country : ndarray of object
        Whose it is; within a group each once.
    total : ndarray
        The amounts, >= 0.
    """
    whole = np.bincount(group, total)
    known, some = (whole > 0) & np.isfinite(whole), total > 0
    share = np.divide(total, whole[group], where=known[group], out=np.zeros(len(total)))
    order = np.lexsort((pd.factorize(country, sort=True)[0], -total, group))
    first = np.searchsorted(group[order], np.arange(len(whole)))
    few = order[np.arange(len(order)) < first[group[order]] + 3]
    numbers = {
        "hhi": 1e4 * np.bincount(group, share**2),
        "largest_share": share[order[first]],
        "three_country_share": np.bincount(group[few], share[few]),
    }
    found = {name: np.where(known, values, np.nan) for name, values in numbers.items()}
    largest = np.where(known, country[order[first]], "")
    return {
        "total": whole,
        "hhi": found["hhi"],
        "largest_country": largest,
        "largest_share": found["largest_share"],
        "three_country_share": found["three_country_share"],
        "countries": np.bincount(group, some).astype(np.int64),
    }

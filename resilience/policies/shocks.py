"""What shocks to a cost have in common: factors multiply and surcharges add, in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Fault

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def check_not_below_zero(before: FloatArray, after: FloatArray, what: str) -> None:
    """Raise a `Fault` where a shock takes more off a cost than it is, so that using more would earn."""
    below = np.flatnonzero((after < 0) & (before >= 0))
    if len(below):
        worst = below[np.argmin(after[below])]
        raise Fault(
            f"takes {what} from {before[worst]:g} to {after[worst]:g}: below 0, more of it would earn money",
            ("surcharge",),
        )


def shocked(base: FloatArray, shocks: Iterable[tuple[IntArray, FloatArray, FloatArray]]) -> FloatArray:
    """Return a component of cost after every shock in force.

    Parameters
    ----------
    base : ndarray
        The component without any policy.
    shocks : iterable of (columns, factor, surcharge)
        Factor and surcharge of each of the columns.

    Examples
    --------
    >>> first = (np.array([0, 1]), np.array([2.0, 2.0]), np.array([5.0, 5.0]))
    >>> second = (np.array([1]), np.array([3.0]), np.array([1.0]))
    >>> shocked(np.array([10.0, 10.0, 10.0]), [first, second]).tolist()
    [25.0, 66.0, 10.0]
    """
    factor, surcharge = np.ones_like(base), np.zeros_like(base)
    for columns, times, more in shocks:
        factor[columns] *= times
        surcharge[columns] += more
    return np.asarray(base * factor + surcharge)

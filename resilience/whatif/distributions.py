"""Distributions of numbers that nobody knows: written short, or any frozen one of scipy.stats.

normal(mean, sd)               uniform(low, high)
triangular(low, mode, high)    lognormal(median, factor): two thirds lie between median / factor
                               and median * factor
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from resilience.errors import InputError
from resilience.grammar.names import suggest

CALL = re.compile(r"\s*([a-z]+)\s*\(([^()]*)\)\s*")


def _normal(mean: float, sd: float) -> Any:
    from scipy import stats

    _hold(sd > 0, "a standard deviation above 0")
    return stats.norm(mean, sd)


def _uniform(low: float, high: float) -> Any:
    from scipy import stats

    _hold(low < high, "low below high")
    return stats.uniform(low, high - low)


def _triangular(low: float, mode: float, high: float) -> Any:
    from scipy import stats

    _hold(low <= mode <= high and low < high, "low <= mode <= high")
    return stats.triang((mode - low) / (high - low), low, high - low)


def _lognormal(median: float, factor: float) -> Any:
    from scipy import stats

    _hold(median > 0 and factor > 1, "a median above 0 and a factor above 1")
    return stats.lognorm(math.log(factor), scale=median)


KINDS: Mapping[str, tuple[int, Callable[..., Any]]] = {
    "normal": (2, _normal),
    "uniform": (2, _uniform),
    "triangular": (3, _triangular),
    "lognormal": (2, _lognormal),
}
"""How many numbers each takes, and what makes it."""


def _hold(is_right: bool, wanted: str) -> None:
    if not is_right:
        raise InputError(f"wanted {wanted}")


def distribution(given: Any, path: str = "") -> Any:
    """Return a frozen distribution of scipy.stats, from one or from its short form.

    Raises
    ------
    InputError
        If it is neither, or its numbers make no sense.

    Examples
    --------
    >>> distribution("uniform(10, 30)").ppf(0.25).item()
    15.0
    >>> distribution("lognormal(100, 1.5)").median().round(6).item()
    100.0
    """
    if hasattr(given, "ppf"):
        return given
    place = f"{path}: " if path else ""
    match = CALL.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise InputError(f"{place}'{given}': wanted a distribution such as normal(100, 10) or uniform(0, 1)")
    name, inner = match.groups()
    if name not in KINDS:
        raise InputError(
            f"{place}unknown distribution '{name}'{suggest(name, KINDS)}; there are {', '.join(KINDS)}"
        )
    count, make = KINDS[name]
    try:
        numbers = [_number(part) for part in inner.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise InputError(f"{place}'{given}': {name} takes {count} numbers")
    try:
        return make(*numbers)
    except InputError as error:
        raise InputError(f"{place}'{given}': {error}") from None


def _number(text: str) -> float:
    text = text.strip().replace("_", "")
    return float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)

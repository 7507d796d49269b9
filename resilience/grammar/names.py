"""Did-you-mean: the nearest of the names that exist."""

from __future__ import annotations

from collections.abc import Iterable

ENOUGH = 70.0
"""Least likeness, of 100, for a suggestion to be worth making."""


def suggest(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean '...'?" if some known name is near, else nothing.

    Examples
    --------
    >>> suggest("seperation", ["separation", "mining"])
    "; did you mean 'separation'?"
    >>> suggest("xyz", ["separation"])
    ''
    """
    from rapidfuzz import fuzz, process, utils

    found = process.extractOne(name, sorted(known), scorer=fuzz.WRatio, processor=utils.default_process)
    return f"; did you mean '{found[0]}'?" if found is not None and found[1] >= ENOUGH else ""

"""Did-you-mean: the nearest of the names that exist."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

ENOUGH = 70.0
"""Least likeness, of 100, for a suggestion to be worth making."""
LONGEST = 100
"""A longer text is no slip of the pen."""
SHORTEST = 4
"""A shorter name is likely to be part of any other."""
FEW = 100
"""So many names may be remembered with each answer: the keys of a class, not the places of a network."""


def suggest(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean '...'?" if some known name is near, else nothing.

    Examples
    --------
    >>> suggest("seperation", ["separation", "mining"])
    "; did you mean 'separation'?"
    >>> suggest("xyz", ["separation"])
    ''
    """
    if not isinstance(name, str) or len(name) > LONGEST:
        return ""
    names = tuple(known)
    found = (_remembered if len(names) <= FEW else nearest)(name, names)
    return f"; did you mean '{found}'?" if found else ""


def nearest(name: str, known: tuple[str, ...]) -> str:
    """Return the nearest of the known names, or nothing if none is near.

    Part of a longer name (`magnet` for `ndfeb_magnet`) counts from four letters on.
    """
    from rapidfuzz import fuzz, process, utils

    scorer = fuzz.WRatio if len(name) >= SHORTEST else fuzz.ratio
    found = process.extractOne(name, sorted(known), scorer=scorer, processor=utils.default_process)
    return str(found[0]) if found is not None and found[1] >= ENOUGH else ""


_remembered = lru_cache(maxsize=4096)(nearest)

"""Did-you-mean: the nearest of the names that exist."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

ENOUGH = 70.0
"""Least likeness, of 100, for a suggestion to be worth making."""
LIKE = 80.0
"""So like is a slip of the pen, and is looked for first."""
ONE_OF_THREE = 66.0
"""Likeness of three letters of which one is wrong."""
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

    second = (fuzz.WRatio, ENOUGH) if len(name) >= SHORTEST else (fuzz.ratio, ONE_OF_THREE)
    for scorer, least in ((fuzz.ratio, LIKE), second):
        found = process.extractOne(
            name, sorted(known), scorer=scorer, processor=utils.default_process, score_cutoff=least
        )
        if found is not None:
            return str(found[0])
    return ""


_remembered = lru_cache(maxsize=4096)(nearest)

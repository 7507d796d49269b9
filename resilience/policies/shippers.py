"""Who ships what passes through a place without a country: a strait, or a trader at sea, is no origin.

Goods that leave such a place count as shipped by the country from which they came there, through however
many places of the kind. Where goods of several countries mix there, a rule that treats all of them alike
is on all of them; one that tells them apart cannot know which are which, and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from resilience.fields import Fault
from resilience.program import LinearProgram

IntArray = NDArray[np.int64]
TextArray = NDArray[np.object_]
Key = tuple[str, str]
NOWHERE = ""
"""Country of a place that has none."""
BETWEEN = " and "


def shippers(program: LinearProgram) -> Mapping[Key, frozenset[str]]:
    """Return the countries whose goods may reach each (site, commodity) that lies in no country."""
    labels = program.columns
    into = labels.where(kind="ship", to_country=NOWHERE)
    names = ("from_", "from_country", "to_", "commodity")
    legs = set(zip(*(labels.texts(name, into) for name in names), strict=True))
    found: dict[Key, set[str]] = {}
    onward: dict[Key, set[Key]] = {}
    for start, country, end, good in legs:
        if country == NOWHERE:
            onward.setdefault((start, good), set()).add((end, good))
        found.setdefault((end, good), set())
        if country != NOWHERE:
            found[end, good].add(country)
    ahead = list(found)
    while ahead:
        key = ahead.pop()
        for following in onward.get(key, ()):
            if not found[key] <= found[following]:
                found[following] |= found[key]
                ahead.append(following)
    return {key: frozenset(countries) for key, countries in found.items()}


def sent_on(
    program: LinearProgram,
    columns: IntArray,
    concerned: Collection[str] | None,
    home: Collection[str],
    field: str,
) -> IntArray:
    """Return those ship columns out of places without a country that a rule is on.

    Parameters
    ----------
    columns : ndarray of int64
        Ship columns that start in no country.
    concerned : collection of str, optional
        Countries whose goods the rule is on; all if left out.
    home : collection of str
        Countries whose own goods do not cross the border when they end in one of them.
    field : str
        Field of the rule that tells countries apart, for the error.

    Raises
    ------
    Fault
        If goods that it is on mix with goods that it is not on.
    """
    if not len(columns):
        return columns
    known, labels = shippers(program), program.columns
    inside = frozenset(home)
    chosen: dict[tuple[Key, bool], bool] = {}
    keys = list(
        zip(
            zip(labels.texts("from_", columns), labels.texts("commodity", columns), strict=True),
            (country in inside for country in labels.texts("to_country", columns)),
            strict=True,
        )
    )
    for key, ends_inside in dict.fromkeys(keys):
        sent = known.get(key, frozenset())
        on = {
            country
            for country in sent
            if (country in inside) != ends_inside and (concerned is None or country in concerned)
        }
        if on and on != sent:
            site, good = key
            raise Fault(
                f"'{site}' is in no country, and there '{good}' of {_listed(on)}, which this is on, mixes "
                f"with that of {_listed(sent - on)}, which it is not on; write a hub for each (a limit can "
                "share their capacity), or give it a country",
                (field,),
            )
        chosen[key, ends_inside] = bool(on)
    return columns[np.flatnonzero([chosen[key] for key in keys])]


def shipping_countries(program: LinearProgram, columns: IntArray) -> TextArray:
    """Return the country that ships on each column; several, joined, where their goods mix in no country."""
    countries = program.columns.texts("from_country", columns).copy()
    at_sea = np.flatnonzero(countries == NOWHERE)
    if len(at_sea):
        known, labels = shippers(program), program.columns
        keys = zip(
            labels.texts("from_", columns[at_sea]), labels.texts("commodity", columns[at_sea]), strict=True
        )
        countries[at_sea] = [BETWEEN.join(sorted(known.get(key, ()))) for key in keys]
    return countries


def check_told_apart(countries: TextArray, path: Sequence[str | int]) -> None:
    """Raise a `Fault` where a rule counts by country, and goods of several mix in a place without one."""
    mixed = sorted({country for country in countries if BETWEEN in country})
    if mixed:
        raise Fault(
            f"goods of {mixed[0]} mix in a place without a country, and this counts each country for itself; "
            "write a hub for each (a limit can share their capacity), or give it a country",
            tuple(path),
        )


def _listed(countries: Collection[str]) -> str:
    return ", ".join(sorted(countries))

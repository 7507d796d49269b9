"""What things are called for people: names in place of codes and ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from resilience.grammar.references import country_name

if TYPE_CHECKING:
    from resilience.grammar import Spec


def country(spec: Spec, code: str) -> str:
    """Return a country's name in the file, or its English name."""
    entry = spec.countries.get(code)
    return (entry.name if entry is not None else "") or country_name(code)


def countries(spec: Spec, codes: Iterable[str]) -> str:
    """Return the names of countries and blocs in a row."""
    return listed([code if code in spec.blocs else country(spec, code) for code in codes])


def listed(words: list[str]) -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> listed(["mining", "metal", "magnets"]), listed(["mining"])
    ('mining, metal and magnets', 'mining')
    """
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def commodity(spec: Spec, key: str) -> str:
    """Return a commodity's name, or its id."""
    entry = spec.commodities.get(key)
    return (entry.name if entry is not None else "") or key


def basis(spec: Spec, key: str) -> str:
    """Return what a tonne of a commodity means, or the commodity's name where the file does not say."""
    entry = spec.commodities.get(key)
    return (entry.basis if entry is not None else "") or commodity(spec, key)


def counted(spec: Spec, commodities: Iterable[str]) -> str:
    """Return a sentence that says what a table counts in; nothing where the file does not say."""
    found = sorted({spec.commodities[key].basis for key in commodities if key in spec.commodities} - {""})
    return f"Counted in {listed(found)}." if found else ""


def policy(spec: Spec, key: str) -> str:
    """Return a policy's name with its id."""
    name = spec.policies[key].name if key in spec.policies else ""
    return f"{name} ({key})" if name else key


def scenario(spec: Spec, name: str) -> str:
    """Return what a scenario is called; nothing means the network alone."""
    return f"scenario {name}" if name else "the network alone"


def project(spec: Spec, key: str) -> str:
    """Return the name of a project, or of what it adds to."""
    kind, owner = spec.projects[key].adds_to
    section = {"facility": spec.facilities, "hub": spec.hubs, "limit": spec.limits}[kind]
    return spec.projects[key].name or section[owner].name or key


def stockpile(spec: Spec, key: str) -> str:
    """Return the name of a stockpile."""
    return spec.stockpiles[key].name or key


def target(spec: Spec, text: str) -> str:
    """Return what is attacked: a country by its name, a part of it in brackets, entries by their names."""
    first, *rest = text.split(" ")
    if not (len(first) == 3 and first.isupper()) or first in spec.facilities:
        entry = spec.facilities.get(text) or spec.supplies.get(text)
        known = (entry.name if entry is not None else "") or text
        return " ".join([target(spec, first), *rest]) if rest and entry is None else known
    part = [commodity(spec, word) if word in spec.commodities else word for word in rest if "%" not in word]
    share = [word for word in rest if "%" in word]
    return " ".join([country(spec, first), *(f"({word})" for word in part), *share])


def lane(spec: Spec, text: str) -> str:
    """Return the ends of a lane that has no id of its own, and what it carries; any other by its id."""
    if ">" not in text:
        return text
    ends, _, moved = text.partition(":")
    places = [target(spec, name) for name in ends.split(">")]
    carried = f" that carries {commodity(spec, moved)}" if moved else ""
    return f"the lane from {' to '.join(places)}{carried}"

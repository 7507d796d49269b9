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


def target(spec: Spec, text: str) -> str:
    """Return what is attacked: a country by its name, ids of commodities and entries by theirs."""
    words = []
    for word in text.split(" "):
        if len(word) == 3 and word.isupper() and word not in spec.facilities:
            words.append(country(spec, word))
        elif word in spec.commodities:
            words.append(commodity(spec, word))
        else:
            entry = spec.facilities.get(word) or spec.supplies.get(word)
            words.append((entry.name if entry is not None else "") or word)
    return " ".join(words)

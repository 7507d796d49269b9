"""Entries that are each right and contradict each other: ids, sites, distances, scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from resilience.grammar.document import Document
from resilience.grammar.names import suggest
from resilience.grammar.sections import Facility

MOST_EXTENDED = 40
"""So many scenarios may extend each other in a row."""


def check_agreement(document: Document, parts: Mapping[str, Any], places: Sequence[str]) -> None:
    """Report every entry that contradicts another."""
    _check_ids(document, places)
    _check_sited(document, parts, places)
    _check_sea_distances(document, parts)
    if not any(document.data.get(key) for key in ("demands", "facilities", "supplies")):
        document.report((), "no `facilities:`, `supplies:` or `demands:`: there is nothing to plan")


def _check_ids(document: Document, places: Sequence[str]) -> None:
    """Report ids that stand for two places, or for a place and a country or bloc."""
    seen: dict[str, str] = {}
    for section in ("countries", "blocs", *places):
        entries = document.data.get(section)
        for key in entries if isinstance(entries, Mapping) else ():
            if key in seen:
                document.report((section, key), f"'{key}' is already an id under `{seen[key]}:`", at_key=True)
            else:
                seen[key] = section


def _check_sited(document: Document, parts: Mapping[str, Any], places: Sequence[str]) -> None:
    """Report places without a country, and those whose site says another one."""
    for section in (name for name in places if name != "sites"):
        for key, entry in parts[section].items():
            path = (section, key)
            home = next((parts[name][entry.site] for name in places if entry.site in parts[name]), None)
            country = getattr(home, "country", None)
            is_at_fault = entry.site is not None and home is None
            if entry.country is None and country is None and section != "hubs" and not is_at_fault:
                document.report(path, "needs a `country` (its own or its site's)", at_key=True)
            if entry.country is not None and country is not None and entry.country != country:
                message = f"'{entry.country}', but site '{entry.site}' is in '{country}'"
                document.report((*path, "country"), message)
            if home is not None and getattr(home, "site", None) is not None:
                message = f"'{entry.site}' is itself at site '{home.site}'; name that one"
                document.report((*path, "site"), message)
            if isinstance(entry, Facility) and parts["stages"] and entry.stage is None:
                message = f"needs a `stage`: one of {', '.join(parts['stages'])}"
                document.report(path, message, at_key=True)


def check_scenarios(document: Document, parts: Mapping[str, Any]) -> None:
    """Report scenarios that extend themselves, or drop what they do not have."""
    scenarios = parts["scenarios"]
    for key, scenario in scenarios.items():
        path = ("scenarios", key)
        if key == "base":
            message = "'base' means the network without any scenario; choose another id"
            document.report(path, message, at_key=True)
        chain, at = [key], scenario.extends
        while at in scenarios and at not in chain and len(chain) <= MOST_EXTENDED:
            chain.append(at)
            at = scenarios[at].extends
        if at == key:
            document.report((*path, "extends"), f"extends itself: {' -> '.join([*chain, key])}")
        elif len(chain) > MOST_EXTENDED:
            document.report((*path, "extends"), f"more than {MOST_EXTENDED} scenarios extend each other")
        elif at is None:
            inherited: set[str] = set()
            for name in reversed(chain[1:]):
                inherited = (inherited - set(scenarios[name].without)) | set(scenarios[name].policies)
            policies = document.data.get("policies")
            known = set(policies if isinstance(policies, Mapping) else ())
            for number, name in enumerate(scenario.without if inherited <= known else ()):
                if name in known and name not in inherited:
                    message = f"'{name}' is not in force in what this extends{suggest(name, inherited)}"
                    document.report((*path, "without", number), message)


def _check_sea_distances(document: Document, parts: Mapping[str, Any]) -> None:
    seen: dict[frozenset[str], float] = {}
    for key, entry in parts["sea_distances"].items():
        pair = frozenset((entry.from_, entry.to))
        if len(pair) == 1:
            document.report(("sea_distances", key), "from a port to itself")
        if pair in seen and seen[pair] != entry.distance:
            document.report(
                ("sea_distances", key),
                f"'{entry.from_}' and '{entry.to}' have another distance already: {seen[pair]:g}",
            )
        seen.setdefault(pair, entry.distance)

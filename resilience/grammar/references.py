"""Names that refer to something: each is looked up among everything that the file declares.

Which field refers to what stands in the field itself (``ref=``). Entries with faults of their own
still count as declared, so that one fault does not set off a hundred.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from resilience.fields import Section, rules_of, shorten
from resilience.grammar.agreement import check_agreement, check_scenarios
from resilience.grammar.countries import country_name, is_country, meant_country
from resilience.grammar.document import Document, Path_
from resilience.grammar.lane_entries import LaneEntries
from resilience.grammar.merge import flatten
from resilience.grammar.names import LONGEST, suggest

__all__ = ["check_references", "country_name", "is_country"]

PLACES = ("facilities", "hubs", "supplies", "demands", "stockpiles", "sites")
MOST_ASKED = 500
MOST_COMPARED = 200_000
"""So many suggestions are looked for, among so many names; a file with more faults gets them bare."""
COUNTRIES = ("country", "country_id", "exporter")


@dataclass
class Declared:
    """Names that a kind of reference may take."""

    noun: str
    names: frozenset[str]
    answers: dict[str, str] = field(default_factory=dict)

    def suggestion(self, name: str, are_countries: bool = False) -> str:
        """Return what may have been meant, or how many there are to choose from."""
        if name not in self.answers and len(self.answers) < MOST_ASKED:
            self.answers[name] = (meant_country(name) if are_countries else "") or self._nearest(name)
        bare = f" ({len(self.names)} declared)" if self.names else " (none is declared)"
        return self.answers.get(name) or bare

    def _nearest(self, name: str) -> str:
        if len(name) > LONGEST or (len(self.answers) + 1) * len(self.names) > MOST_COMPARED:
            return ""
        return suggest(name, self.names)


def check_references(
    document: Document, parts: Mapping[str, Any], entries: Collection[tuple[str, str | int]] | None = None
) -> None:
    """Report every name that refers to nothing, and every entry that contradicts another.

    Where ``entries`` says which (section, key) are new, only their names are looked up.
    """
    declared = _declared(document, parts)
    _check_countries(document, parts, declared["country_id"])
    every = (
        (section, key)
        for section, found in parts.items()
        if isinstance(found, Mapping) and section != "blocs"
        for key in (_suspects(found, declared) if isinstance(found, LaneEntries) else found)
    )
    for section, key in every if entries is None else entries:
        if document.is_full:
            break
        if key in parts[section]:
            known: Mapping[str, Declared] = declared
            if section == "scenarios":
                known = _with_own_policies(str(key), parts[section], declared)
            _check_entry(document, (section, key), parts[section][key], known)
    for path, entry in document.partial:
        _check_entry(document, path, entry, declared)
    check_agreement(document, parts, PLACES)
    if entries is None:  # scenarios cannot be changed by one
        check_scenarios(document, parts)


def _suspects(lanes: LaneEntries, declared: Mapping[str, Declared]) -> list[str | int]:
    """Return the keys of lanes that may name something that nobody declares."""
    return lanes.suspects(*(declared[ref].names for ref in ("place", "commodity", "source")))


def _with_own_policies(
    scenario: str, scenarios: Mapping[str, Any], declared: Mapping[str, Declared]
) -> Mapping[str, Declared]:
    """Return what a scenario may name: also the policies that it, or what it extends, adds by `set`."""
    own: set[str] = set()
    seen: set[str] = set()
    step: str | None = scenario
    while step is not None and step in scenarios and step not in seen:
        seen.add(step)
        paths = (path for path, _, _ in flatten(scenarios[step].set, ()))
        own |= {str(path[1]) for path in paths if path[0] == "policies" and len(path) > 1}
        step = scenarios[step].extends
    if not own:
        return declared
    policies = declared["policy"]
    return {**declared, "policy": Declared(policies.noun, policies.names | own)}


def _declared(document: Document, parts: Mapping[str, Any]) -> dict[str, Declared]:
    """Return, for each kind of reference, what it is called and the names that exist."""

    def ids(*sections: str) -> set[str]:
        found = [document.data.get(section) for section in sections]
        return {key for entries in found if isinstance(entries, Mapping) for key in entries}

    countries = ids("countries") | set(_values(document, "country", (*PLACES, "ports")))
    kinds: dict[str, tuple[str, Iterable[str]]] = {
        "country_id": ("country", countries),
        "country": ("country or bloc", countries | ids("blocs")),
        "exporter": ("country, bloc or facility", countries | ids("blocs", "facilities")),
        "commodity": ("commodity", ids("commodities")),
        "process": ("process", ids("processes")),
        "site": ("site", ids(*PLACES)),
        "place": ("place", ids(*PLACES)),
        "port": ("port", ids("ports")),
        "stage": ("stage", parts["stages"]),
        "sector": ("sector", _values(document, "sector", ("demands",))),
        "lane": ("lane", ()),
        "facility": ("facility", ids("facilities")),
        "hub": ("hub", ids("hubs")),
        "limit": ("limit", ids("limits")),
        "project": ("project", ids("projects")),
        "policy": ("policy", ids("policies")),
        "scenario": ("scenario", ids("scenarios")),
        "source": ("source", ids("sources")),
    }
    return {ref: Declared(noun, frozenset(names)) for ref, (noun, names) in kinds.items()}


def _values(document: Document, name: str, sections: Iterable[str]) -> Iterator[str]:
    """Yield what a field holds in the entries of sections, as far as it makes sense."""
    for section in sections:
        entries = document.data.get(section)
        for entry in entries.values() if isinstance(entries, Mapping) else ():
            value = entry.get(name) if isinstance(entry, Mapping) else getattr(entry, name, None)
            if isinstance(value, str | int):
                text = str(value).strip()
                if name != "country" or is_country(text):
                    yield text


def _check_countries(document: Document, parts: Mapping[str, Any], declared: Declared) -> None:
    for code in parts["countries"]:
        if not is_country(code):
            message = f"'{code}' is not an ISO 3166-1 alpha-3 code{meant_country(code)}"
            document.report(("countries", code), message, at_key=True)
    for bloc, members in parts["blocs"].items():
        if bloc in declared.names or is_country(bloc):
            message = f"'{bloc}' is a country; a bloc needs a name of its own"
            document.report(("blocs", bloc), message, at_key=True)
        seen: set[str] = set()
        for number, member in enumerate(members):
            if member not in declared.names and not is_country(member):
                message = f"unknown country '{shorten(member)}'{declared.suggestion(member, True)}"
                document.report(("blocs", bloc, number), message)
            elif member in seen:
                document.report(("blocs", bloc, number), f"'{member}' stands twice")
            seen.add(member)


def _check_entry(document: Document, path: Path_, entry: Any, declared: Mapping[str, Declared]) -> None:
    """Check every reference of an entry and of the sections within it."""
    if document.is_full:
        return
    kind: type[Section] = type(entry)
    for name, key, ref, may_hold_sections in _looked_up(kind):
        value = getattr(entry, name, None)
        if value is None or value == "":
            continue
        if may_hold_sections and isinstance(value, Section):
            _check_entry(document, (*path, key), value, declared)
        elif may_hold_sections and isinstance(value, tuple) and value and isinstance(value[0], Section):
            for number, inner in enumerate(value):
                _check_entry(document, (*path, key, number), inner, declared)
        elif ref in declared and ref != "lane":
            _check_names(document, (*path, key), value, ref, declared[ref])


@functools.cache
def _looked_up(kind: type[Section]) -> tuple[tuple[str, str, str, bool], ...]:
    """Return name, key and reference of every field that may name something, or hold sections that do."""
    return tuple(
        (name, rule.key, rule.ref, not rule.kind)
        for name, rule in rules_of(kind).items()
        if rule.ref or not rule.kind
    )


def _check_names(document: Document, path: Path_, value: Any, ref: str, declared: Declared) -> None:
    """Check the names of one field."""
    for at, name in _names_in(path, value, ref):
        known = name in declared.names or (ref in COUNTRIES and is_country(name))
        if not known and not (ref == "source" and name.lower().startswith("assumed:")):
            hint = _hint(name, ref, declared)
            # a name that is a key (inputs: {ore: 1}) is at fault itself, not the number beside it
            document.report(at, f"unknown {declared.noun} '{shorten(name)}'{hint}", at_key=at[-1] == name)


def _hint(name: str, ref: str, declared: Declared) -> str:
    """Say what may have been meant by a name that refers to nothing."""
    if ref in COUNTRIES:
        return declared.suggestion(name, are_countries=True)
    if ref == "source":
        return f"{declared.suggestion(name)}; a figure without a source is written `assumed: why`"
    if ref in ("site", "place") and is_country(name):
        return f"; a country is a label, not a place: write {{country: {name}}}"
    return declared.suggestion(name)


def _names_in(path: Path_, value: Any, ref: str) -> Iterator[tuple[Path_, str]]:
    """Yield each name in a field's value with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if ref == "source":
                yield from _names_in((*path, key) if key else path, item, ref)
            else:
                yield (*path, key), str(key)
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield (*path, number), str(item)

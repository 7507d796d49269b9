"""Names that refer to something: each is looked up among everything that the file declares.

Which field refers to what stands in the field itself (``ref=``). Entries with faults of their own
still count as declared, so that one fault does not set off a hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pycountry
from pydantic.fields import FieldInfo

from resilience.fields import Section
from resilience.grammar.names import suggest
from resilience.grammar.reading import Document, Path_
from resilience.grammar.sections import Demand, Facility, Hub, Origin, Stockpile, Supply, Term
from resilience.policies.selectors import LaneSelector, Selector

NESTED: Mapping[str, type[Section]] = {
    "from": Selector,
    "to": Selector,
    "lane": LaneSelector,
    "over": Term,
    "facility": Selector,
    "supply": Selector,
    "demand": Selector,
    "hub": Selector,
    "origin": Origin,
}
"""Class of the section under each key that holds one."""

PLACES = ("facilities", "hubs", "supplies", "demands", "stockpiles", "sites")


def section_at(kind: type[Section], loc: tuple[str | int, ...]) -> type[Section]:
    """Return the class of the section that a location within an entry leads to."""
    for key in loc:
        kind = NESTED.get(str(key), kind)
    return kind


def check_references(document: Document, parts: Mapping[str, Any]) -> None:
    """Report every name that refers to nothing, and every entry that contradicts another."""
    declared = _declared(document, parts)
    _check_countries(document, parts, declared)
    for section, entries in parts.items():
        if isinstance(entries, Mapping) and section not in ("blocs",):
            for key, entry in entries.items():
                if isinstance(entry, Section):
                    _check_entry(document, (section, key), entry, declared)
    _check_ids(document)
    _check_sited(document, parts)
    _check_scenarios(document, parts)
    _check_sea_distances(document, parts)
    if not any(key in document.data for key in ("demands", "facilities", "supplies")):
        document.report((), "no `facilities:`, `supplies:` or `demands:`: there is nothing to plan")


def _declared(document: Document, parts: Mapping[str, Any]) -> dict[str, tuple[str, Iterable[str]]]:
    """Return, for each kind of reference, what it is called and the names that exist."""

    def ids(*sections: str) -> list[str]:
        found: list[str] = []
        for section in sections:
            value = document.data.get(section)
            found.extend(map(str, value if isinstance(value, Mapping) else ()))
        return found

    demands = document.data.get("demands")
    entries = demands.values() if isinstance(demands, Mapping) else ()
    sectors = {str(entry["sector"]) for entry in entries if isinstance(entry, Mapping) and "sector" in entry}
    countries = [*ids("countries"), *_used_countries(document)]
    return {
        "country_id": ("country", countries),
        "country": ("country or bloc", [*countries, *ids("blocs")]),
        "exporter": ("country, bloc or facility", [*countries, *ids("blocs", "facilities")]),
        "commodity": ("commodity", ids("commodities")),
        "process": ("process", ids("processes")),
        "site": ("site", ids(*PLACES)),
        "place": ("place", ids(*PLACES)),
        "port": ("port", ids("ports")),
        "stage": ("stage", parts["stages"]),
        "sector": ("sector", sectors),
        "maker": ("facility, hub or supply", ids("facilities", "hubs", "supplies")),
        "facility": ("facility", ids("facilities")),
        "limit": ("limit", ids("limits")),
        "policy": ("policy", ids("policies")),
        "scenario": ("scenario", ids("scenarios")),
        "source": ("source", ids("sources")),
    }


def _used_countries(document: Document) -> set[str]:
    """Return codes that stand at places; they need no entry of their own under `countries:`."""
    found: set[str] = set()
    for section in (*PLACES, "ports"):
        entries = document.data.get(section)
        for entry in entries.values() if isinstance(entries, Mapping) else ():
            if (
                isinstance(entry, Mapping)
                and isinstance(entry.get("country"), str)
                and is_country(entry["country"])
            ):
                found.add(entry["country"])
    return found


def is_country(code: str) -> bool:
    """Say whether a code is ISO 3166-1 alpha-3, or one of the user codes XAA to XZZ.

    Examples
    --------
    >>> is_country("NOR"), is_country("NO"), is_country("XKX"), is_country("ZZZ")
    (True, False, True, False)
    """
    user = len(code) == 3 and code[0] == "X" and code.isascii() and code.isalpha() and code.isupper()
    return user or (len(code) == 3 and code.isupper() and pycountry.countries.get(alpha_3=code) is not None)


def country_name(code: str) -> str:
    """Return a country's English name, or the code where it has none."""
    found = pycountry.countries.get(alpha_3=code)
    return str(getattr(found, "common_name", found.name)) if found is not None else code


def _meant(code: str) -> str:
    """Return the alpha-3 code that a two-letter code or a name means."""
    try:
        found = pycountry.countries.lookup(code)
    except LookupError:
        return ""
    return f"; did you mean '{found.alpha_3}' ({country_name(found.alpha_3)})?"


def _check_countries(document: Document, parts: Mapping[str, Any], declared: Mapping[str, Any]) -> None:
    for code in parts["countries"]:
        if not is_country(code):
            document.report(
                ("countries", code), f"'{code}' is not an ISO 3166-1 alpha-3 code{_meant(code)}", at_key=True
            )
    known = set(declared["country_id"][1])
    for bloc, members in parts["blocs"].items():
        if bloc in known or is_country(bloc):
            document.report(
                ("blocs", bloc), f"'{bloc}' is a country; a bloc needs a name of its own", at_key=True
            )
        for number, member in enumerate(members):
            if member not in known and not is_country(member):
                document.report(
                    ("blocs", bloc, number),
                    f"unknown country '{member}'{_meant(member) or suggest(member, known)}",
                )
            if member in members[:number]:
                document.report(("blocs", bloc, number), f"'{member}' stands twice")


def _check_entry(document: Document, path: Path_, entry: Section, declared: Mapping[str, Any]) -> None:
    """Check every reference of an entry and of the sections within it."""
    for name, spec in type(entry).model_fields.items():
        value = getattr(entry, name)
        where = (*path, spec.alias or name)
        if isinstance(value, Section):
            _check_entry(document, where, value, declared)
        elif isinstance(value, tuple) and value and isinstance(value[0], Section):
            for number, inner in enumerate(value):
                at = (*where, number) if (*where, number) in document.values else where
                _check_entry(document, at, inner, declared)
        else:
            _check_names(document, where, value, _ref(spec), declared)


def _ref(spec: FieldInfo) -> str:
    extra = spec.json_schema_extra
    return str(extra.get("ref", "")) if isinstance(extra, dict) else ""


def _check_names(document: Document, path: Path_, value: Any, ref: str, declared: Mapping[str, Any]) -> None:
    if ref not in declared or value is None or value == "":
        return
    noun, known = declared[ref]
    names = set(known)
    for at, name in _names_in(path, value, ref):
        if name in names or (ref == "source" and name.lower().startswith("assumed:")):
            continue
        if ref in ("country", "country_id", "exporter"):
            if is_country(name):
                continue
            hint = _meant(name) or suggest(name, names)
        else:
            hint = suggest(name, names)
        if ref == "source":
            hint += "; a figure without a source is written `assumed: why`"
        elif ref in ("site", "place") and is_country(name):
            hint = f"; a country is a label, not a place: write {{country: {name}}}"
        elif not hint and names:
            hint = f" ({len(names)} declared)"
        elif not names:
            hint = " (none is declared)"
        document.report(at, f"unknown {noun} '{name}'{hint}")


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


def _check_ids(document: Document) -> None:
    """Report ids that stand for two places, or for a place and a country or bloc."""
    seen: dict[str, str] = {}
    for section in ("countries", "blocs", *PLACES):
        entries = document.data.get(section)
        for key in entries if isinstance(entries, Mapping) else ():
            if key in seen:
                document.report((section, key), f"'{key}' is already an id under `{seen[key]}:`", at_key=True)
            else:
                seen[str(key)] = section


def _check_sited(document: Document, parts: Mapping[str, Any]) -> None:
    """Report places without a country, and those whose site says another one."""
    for section in PLACES[:-1]:
        for key, entry in parts[section].items():
            assert isinstance(entry, Facility | Hub | Supply | Demand | Stockpile)
            home = _site_of(parts, entry)
            country = getattr(home, "country", None)
            if entry.country is None and country is None and section != "hubs":
                document.report((section, key), "needs a `country` (its own or its site's)")
            if entry.country is not None and country is not None and entry.country != country:
                document.report(
                    (section, key, "country"), f"'{entry.country}', but site '{entry.site}' is in '{country}'"
                )
            if entry.site is not None and getattr(home, "site", None) is not None:
                document.report(
                    (section, key, "site"), f"'{entry.site}' is itself at site '{home.site}'; name that one"
                )
            if isinstance(entry, Facility) and parts["stages"] and entry.stage is None:
                document.report((section, key), f"needs a `stage`: one of {', '.join(parts['stages'])}")


def _site_of(parts: Mapping[str, Any], entry: Any) -> Any:
    for section in PLACES:
        if entry.site in parts[section]:
            return parts[section][entry.site]
    return None


def _check_scenarios(document: Document, parts: Mapping[str, Any]) -> None:
    """Report scenarios that extend themselves or drop what they do not have."""
    scenarios = parts["scenarios"]
    for key, scenario in scenarios.items():
        seen, at = [key], scenario.extends
        while at is not None and at in scenarios and at not in seen:
            seen.append(at)
            at = scenarios[at].extends
        if at is not None and at == key:
            document.report(("scenarios", key, "extends"), f"extends itself: {' -> '.join([*seen, key])}")
            continue
        inherited = {name for other in seen[1:] for name in scenarios[other].policies} if seen[1:] else set()
        for number, name in enumerate(scenario.without):
            if name in parts["policies"] and name not in inherited:
                document.report(
                    ("scenarios", key, "without", number), f"'{name}' is not in force in what this extends"
                )
        if key == "base":
            document.report(
                ("scenarios", key),
                "'base' means the network without any scenario; choose another id",
                at_key=True,
            )


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

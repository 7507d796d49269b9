"""Places: every site, what stands there, and what it makes and takes.

A place is a site. An entry without `site:` is a site of its own, under its own id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.grammar.sections import Facility, Hub, Spec, Stockpile
from resilience.policies.selectors import Selector

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Member:
    """An entry that stands at a site."""

    id: str
    kind: str
    site: str
    country: str
    stage: str
    sector: str
    makes: tuple[str, ...]
    takes: tuple[str, ...]


@dataclass(frozen=True)
class Recipe:
    """What one tonne of a facility's throughput takes and gives, its process looked up."""

    inputs: Mapping[str, float]
    outputs: Mapping[str, float]
    yields: tuple[Any, ...]

    @property
    def passes(self) -> bool:
        """Whether it makes nothing new: all that comes out went in, as where goods are relabelled."""
        return set(self.outputs) <= set(self.inputs)


@dataclass(frozen=True, eq=False)
class Places:
    """All sites and what stands at them.

    Parameters
    ----------
    names : tuple of str
        Site ids, sorted.
    country, port : tuple of str
        Per site; ``""`` where there is none.
    latitude, longitude : ndarray
        Degrees; NaN where there is none.
    members : tuple of Member
        Sorted by id.
    recipes : mapping
        Recipe of each facility.
    groups : mapping
        Blocs and their members.
    """

    names: tuple[str, ...]
    country: tuple[str, ...]
    port: tuple[str, ...]
    latitude: FloatArray
    longitude: FloatArray
    members_: tuple[Member, ...]
    recipes: Mapping[str, Recipe]
    groups: Mapping[str, tuple[str, ...]]

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Number of each site."""
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def site_of(self) -> Mapping[str, str]:
        """Site of each entry, and of each site itself."""
        return {**{name: name for name in self.names}, **{member.id: member.site for member in self.members_}}

    @cached_property
    def passing(self) -> tuple[str, ...]:
        """Facilities that pass commodities on and make nothing new."""
        return tuple(key for key, recipe in self.recipes.items() if recipe.passes)

    @cached_property
    def vaults(self) -> tuple[tuple[str, str], ...]:
        """Sites that are one stockpile's alone, and what it keeps: nothing passes them outside the stock."""
        company = Counter(member.site for member in self.members_)
        return tuple(
            (member.site, member.makes[0])
            for member in self.members_
            if member.kind == "stockpile" and member.site == member.id and company[member.site] == 1
        )

    @cached_property
    def intakes(self) -> tuple[tuple[str, str], ...]:
        """Sites and commodities where what arrives must go through a facility or a stock to be there."""
        passed = {(self.site_of[key], name) for key in self.passing for name in self.recipes[key].outputs}
        return tuple(sorted(passed | set(self.vaults)))

    @cached_property
    def plain_sites(self) -> frozenset[str]:
        """Sites that are no entry's own, where lanes may join."""
        return frozenset(self.names) - {member.id for member in self.members_}

    @cached_property
    def able(self) -> Mapping[str, frozenset[str]]:
        """Entries and sites where anything is made (``from``), and where anything is taken (``to``)."""
        return {
            end: frozenset(name for member in found for name in (member.id, member.site))
            for end, found in (
                ("from", [member for member in self.members_ if member.makes]),
                ("to", [member for member in self.members_ if member.takes]),
            )
        }

    @property
    def balance_sites(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names and countries of all sites that have balances: the sites, then the intakes."""
        extra = [self.index[site] for site, _ in self.intakes]
        return (
            (*self.names, *(f"{site}.{name}.intake" for site, name in self.intakes)),
            (*self.country, *(self.country[number] for number in extra)),
        )

    def arrival_site(self, site: IntArray, commodity: IntArray, commodities: Sequence[str]) -> IntArray:
        """Return where goods are when they have arrived: the intake, where there is one."""
        if not self.intakes:
            return site
        number, size = {name: code for code, name in enumerate(commodities)}, len(commodities)
        known = np.array([self.index[place] * size + number[name] for place, name in self.intakes])
        order, key = np.argsort(known), site * size + commodity
        found = order[np.minimum(np.searchsorted(known[order], key), len(known) - 1)]
        return np.where(known[found] == key, len(self.names) + found, site)

    def choose(self, selector: Selector, makes: str | None = None, takes: str | None = None) -> list[Member]:
        """Return the entries that a selector chooses, among those that make or take a commodity."""
        countries = None if selector.country is None else set(self._expand(selector.country))
        ids = None if selector.id is None else set(selector.id)
        return [
            member
            for member in self.members_
            if (ids is None or member.id in ids or member.site in ids)
            and (selector.kind is None or member.kind in selector.kind)
            and (countries is None or member.country in countries)
            and (selector.stage is None or member.stage in selector.stage)
            and (selector.sector is None or member.sector in selector.sector)
            and (selector.port is None or self.port[self.index[member.site]] in selector.port)
            and (makes is None or makes in member.makes)
            and (takes is None or takes in member.takes)
        ]

    def members(self, selector: Selector) -> tuple[str, ...]:
        """Return ids of the entries that a selector chooses."""
        return tuple(member.id for member in self.choose(selector))

    def sites(self, selector: Selector) -> tuple[str, ...]:
        """Return ids of the sites where the chosen entries stand, and chosen sites themselves."""
        found = {member.site for member in self.choose(selector)}
        if selector.kind is None and selector.stage is None and selector.sector is None:
            countries = None if selector.country is None else set(self._expand(selector.country))
            found |= {
                name
                for name, country, port in zip(self.names, self.country, self.port, strict=True)
                if (selector.id is None or name in selector.id)
                and (countries is None or country in countries)
                and (selector.port is None or port in selector.port)
            }
        return tuple(sorted(found))

    def countries(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return countries, blocs replaced by their members."""
        return tuple(self._expand(names))

    def _expand(self, names: Iterable[str]) -> list[str]:
        return [member for name in names for member in self.groups.get(name, (name,))]


def gather_places(spec: Spec) -> Places:
    """Collect sites and their members from a network's sections."""
    members: list[Member] = []
    recipes: dict[str, Recipe] = {}
    for kind, section in (
        ("facility", spec.facilities),
        ("hub", spec.hubs),
        ("supply", spec.supplies),
        ("stockpile", spec.stockpiles),
        ("demand", spec.demands),
    ):
        for key, entry in section.items():
            if isinstance(entry, Facility):
                recipes[key] = recipe_of(spec, entry)
                makes, takes = tuple(recipes[key].outputs), tuple(recipes[key].inputs)
            elif isinstance(entry, Hub):
                makes = takes = entry.passes
            elif isinstance(entry, Stockpile):
                makes = takes = (entry.commodity,)
            else:
                makes, takes = ((entry.commodity,), ()) if kind == "supply" else ((), (entry.commodity,))
            country = entry.country or _of_site(spec, entry.site, "country") or ""
            stage, sector = getattr(entry, "stage", None) or "", getattr(entry, "sector", None) or ""
            members.append(Member(key, kind, entry.site or key, country, stage, sector, makes, takes))
    members.sort(key=lambda member: member.id)
    names = sorted({member.site for member in members} | set(spec.sites))
    at: dict[str, list[Member]] = {}
    for member in members:
        at.setdefault(member.site, []).append(member)
    locations = [
        _of_site(spec, name, "location") or _of_members(spec, at.get(name, ()), "location") for name in names
    ]
    degrees = np.array([location or (np.nan, np.nan) for location in locations], dtype=float).reshape(-1, 2)
    return Places(
        tuple(names),
        tuple(
            _of_site(spec, name, "country") or next((m.country for m in at.get(name, ()) if m.country), "")
            for name in names
        ),
        tuple(
            _of_site(spec, name, "port") or _of_members(spec, at.get(name, ()), "port") or ""
            for name in names
        ),
        degrees[:, 0],
        degrees[:, 1],
        tuple(members),
        recipes,
        spec.blocs,
    )


def recipe_of(spec: Spec, facility: Facility) -> Recipe:
    """Return what a facility's throughput takes and gives."""
    if facility.process is None:
        return Recipe(facility.inputs, facility.outputs, (facility.yield_,))
    process = spec.processes[facility.process]
    return Recipe(process.inputs, process.outputs, (process.yield_, facility.yield_))


def _of_site(spec: Spec, site: str | None, name: str) -> Any:
    if site is None:
        return None
    for section in (spec.sites, spec.facilities, spec.hubs, spec.supplies, spec.stockpiles, spec.demands):
        if site in section:
            return getattr(section[site], name)
    return None


def _of_members(spec: Spec, members: Iterable[Member], name: str) -> Any:
    sections: Mapping[str, Mapping[str, Any]] = {
        "facility": spec.facilities,
        "hub": spec.hubs,
        "supply": spec.supplies,
        "stockpile": spec.stockpiles,
        "demand": spec.demands,
    }
    found = (getattr(sections[member.kind][member.id], name) for member in members)
    return next((value for value in found if value is not None), None)

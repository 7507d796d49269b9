"""What a policy is like when it binds everyone but one country: that country's way out of an agreement.

For each instrument, a copy that no longer binds a member, or nothing where it bound only that member:

    export_restriction   it is no destination any more, nor, if it restricts itself, an exporter
    export_tax           its exports are not taxed; named among the destinations, its imports are not
    tariff               it levies none; goods of other members are taxed no more than before
    price_floor          it levies nothing at its border, and its goods enter as before; its producers are
                         not protected, its treasury pays nothing, and other payers share what it paid
    subsidy              its producers and projects get none, its treasury pays none
    sourcing_cap         its supply is not counted; goods from it are not capped more than before
    content_minimum      its supply is not counted; what it makes counts as foreign to the others
    origin_rule          its demands may take anything
    offtake              its buyers need not take
    stockpile_rule       its stockpiles are free
    budget               its projects and stockpiles do not count
    outage, demand_change, freight_shock, price_shock    befall it as before: they are no agreement
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resilience.policies.budget import Budget
from resilience.policies.content_minimum import ContentMinimum
from resilience.policies.demand_change import DemandChange
from resilience.policies.export_restriction import ExportRestriction
from resilience.policies.export_tax import ExportTax
from resilience.policies.freight_shock import FreightShock
from resilience.policies.offtake import Offtake
from resilience.policies.origin_rule import OriginRule
from resilience.policies.outage import Outage
from resilience.policies.policy import Policy, Situation
from resilience.policies.price_floor import PriceFloor
from resilience.policies.price_shock import PriceShock
from resilience.policies.selectors import Selector
from resilience.policies.sourcing_cap import SourcingCap
from resilience.policies.stockpile_rule import StockpileRule
from resilience.policies.subsidy import Subsidy
from resilience.policies.tariff import Tariff

Changes = dict[str, Any] | None
"""New values of fields; None where nobody is bound any more."""


@dataclass(frozen=True)
class World:
    """What there is, for policies that say "everybody else".

    Parameters
    ----------
    situation : Situation
        Looks up ids and blocs.
    countries : tuple of str
        Every country of the network, sorted.
    country_of : mapping
        Country of each entry and project by id.
    """

    situation: Situation
    countries: tuple[str, ...]
    country_of: Mapping[str, str]

    def expand(self, names: Iterable[str] | None) -> list[str]:
        """Return names with blocs replaced by their members."""
        wanted = tuple(names or ())
        places = self.situation.places
        return list(wanted if places is None else places.countries(wanted))

    def without(self, names: Iterable[str] | None, member: str) -> list[str]:
        """Return countries, or ids of entries, less the member's."""
        return [name for name in self.expand(names) if name != member and self.country_of.get(name) != member]

    def outside(self, names: Iterable[str] | None) -> list[str]:
        """Return every country that is not among the names."""
        inside = set(self.expand(names))
        return [name for name in self.countries if name not in inside]

    def chosen(self, selector: Selector) -> list[str]:
        """Return the ids that a selector chooses."""
        return list(self.situation.members(selector))


def exempted(policy: Policy, member: str, world: World) -> Policy | None:
    """Return the policy as it is when it binds everyone but a member; the policy itself if it never did.

    Parameters
    ----------
    policy : Policy
    member : str
        A country.
    world : World
        The network it is in.

    Returns
    -------
    Policy or None
        None where it bound that member alone.

    Examples
    --------
    >>> world = World(Situation(""), ("CHN", "JPN", "USA"), {})
    >>> exempted(ExportRestriction(from_="CHN", to=["USA", "JPN"]), "JPN", world).to
    ('USA',)
    >>> exempted(Tariff(importer="USA", rate="25%"), "USA", world) is None
    True
    """
    changes = _RULES[policy.instrument](policy, member, world)
    if changes is None:
        return None
    changes = {name: value for name, value in changes.items() if _plain(getattr(policy, name)) != value}
    if not changes:
        return policy
    fields = {name: getattr(policy, name) for name in policy.model_fields_set} | changes
    return type(policy).model_validate(fields)


def bound_by(policy: Policy, world: World) -> tuple[str, ...]:
    """Return the countries that a policy binds: those for which being exempt is any different."""
    return tuple(name for name in world.countries if exempted(policy, name, world) is not policy)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _listed(world: World, policy: Policy, member: str, *fields: str) -> Changes:
    """Return lists of countries without the member; None if one of them is empty then."""
    changes: dict[str, Any] = {}
    for name in fields:
        names = getattr(policy, name)
        if names is None or member not in world.expand(names):
            continue
        changes[name] = world.without(names, member)
        if not changes[name]:
            return None
    return changes


def _export_restriction(policy: ExportRestriction, member: str, world: World) -> Changes:
    changes: dict[str, Any] = {}
    if member in world.expand(policy.from_) or member in map(world.country_of.get, policy.from_):
        changes["from_"] = world.without(policy.from_, member)
    elif policy.to is None:
        changes["to"] = [name for name in world.outside(policy.from_) if name != member]
    elif member in world.expand(policy.to):
        changes["to"] = world.without(policy.to, member)
    return None if [] in changes.values() else changes


def _export_tax(policy: ExportTax, member: str, world: World) -> Changes:
    changes = _listed(world, policy, member, "exporter", "to")
    if changes and "exporter" in changes and policy.to is None:
        changes["to"] = world.outside(policy.exporter)
    return changes


def _tariff(policy: Tariff, member: str, world: World) -> Changes:
    changes = _listed(world, policy, member, "importer")
    if changes and policy.origin is None:
        changes["origin"] = world.outside(policy.importer)
    return changes


def _sourcing_cap(policy: SourcingCap, member: str, world: World) -> Changes:
    changes = _listed(world, policy, member, "consumer")
    if changes and policy.origin is None:
        changes["origin"] = world.outside(policy.consumer)
    return changes


def _content_minimum(policy: ContentMinimum, member: str, world: World) -> Changes:
    return _listed(world, policy, member, "consumer")


def _price_floor(policy: PriceFloor, member: str, world: World) -> Changes:
    if policy.mechanism == "border_levy":
        members, free = world.expand(policy.members), set(world.expand(policy.exempt))
        if member not in members or member in free:
            return {}
        free.add(member)
        return None if free.issuperset(members) else {"exempt": sorted(free)}
    changes = _listed(world, policy, member, "members")
    return None if changes is None else _with_payers(changes, policy.payer, member, world)


def _subsidy(policy: Subsidy, member: str, world: World) -> Changes:
    changes: Changes = {}
    if policy.producer is not None:
        changes = _selected(world, policy.producer, member, "producer")
    elif policy.project is not None:
        changes = _named(policy.project, world.without(policy.project, member), "project")
    return None if changes is None else _with_payers(changes, policy.payer, member, world)


def _with_payers(changes: Changes, payer: Any, member: str, world: World) -> Changes:
    """Add who pays without the member: the others, in the same proportions."""
    if changes is None or payer is None:
        return changes
    if not isinstance(payer, Mapping):
        if member not in world.expand(payer):
            return changes
        left = world.without(payer, member)
        return {**changes, "payer": left} if left else None
    shares: dict[str, float] = {}
    for name, share in payer.items():
        members = world.expand([name])
        for country in members:
            shares[country] = shares.get(country, 0.0) + share / len(members)
    if member not in shares:
        return changes
    rest = {name: share for name, share in shares.items() if name != member}
    total = sum(rest.values())
    return {**changes, "payer": {name: share / total for name, share in rest.items()}} if rest else None


def _selected(world: World, selector: Selector, member: str, field: str) -> Changes:
    """Return a selector of ids without the member's."""
    chosen = world.chosen(selector)
    left = [name for name in chosen if world.country_of.get(name) != member]
    if len(left) == len(chosen):
        return {}
    return {field: Selector(id=tuple(left))} if left else None


def _named(names: Sequence[str], left: list[str], field: str) -> Changes:
    if len(left) == len(names):
        return {}
    return {field: left} if left else None


def _origin_rule(policy: OriginRule, member: str, world: World) -> Changes:
    return _selected(world, policy.demand, member, "demand")


def _offtake(policy: Offtake, member: str, world: World) -> Changes:
    return _selected(world, policy.buyer, member, "buyer")


def _stockpile_rule(policy: StockpileRule, member: str, world: World) -> Changes:
    return _selected(world, policy.stockpile, member, "stockpile")


def _budget(policy: Budget, member: str, world: World) -> Changes:
    changes: dict[str, Any] = {}
    if policy.project is not None:
        changes["project"] = world.without(policy.project, member)
    if policy.stockpile is not None:
        left = _selected(world, policy.stockpile, member, "stockpile")
        changes |= {"stockpile": None} if left is None else left
    if policy.country is not None and member in world.expand(policy.country):
        changes["country"] = world.without(policy.country, member)
    after = {name: changes.get(name, getattr(policy, name)) for name in ("project", "stockpile", "country")}
    if not any(after.values()):
        return None
    return {name: value or None for name, value in changes.items()}


def _befalls(policy: Policy, member: str, world: World) -> Changes:
    return {}


_RULES: Mapping[str, Callable[[Any, str, World], Changes]] = {
    Budget.instrument: _budget,
    ContentMinimum.instrument: _content_minimum,
    DemandChange.instrument: _befalls,
    ExportRestriction.instrument: _export_restriction,
    ExportTax.instrument: _export_tax,
    FreightShock.instrument: _befalls,
    Offtake.instrument: _offtake,
    OriginRule.instrument: _origin_rule,
    Outage.instrument: _befalls,
    PriceFloor.instrument: _price_floor,
    PriceShock.instrument: _befalls,
    SourcingCap.instrument: _sourcing_cap,
    StockpileRule.instrument: _stockpile_rule,
    Subsidy.instrument: _subsidy,
    Tariff.instrument: _tariff,
}

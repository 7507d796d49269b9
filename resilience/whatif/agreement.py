"""An agreement of several countries, and what becomes of it when one of them goes its own way.

The agreement is policies: those that a scenario puts in force on top of the scenario that it extends,
unless others are named. Three plans are compared for a member:

    complying   the scenario as it is
    cheating    the policies bind everyone but the member, see `resilience.policies.exemptions`
    excluded    the same, and nothing is shipped between the member and the others

What is *barred* to it are the shipments (and deliveries of tainted material) that the policies close,
limit or make dearer, and that are free to it when it cheats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.errors import FormulationError, InputError
from resilience.grammar import chain_of
from resilience.grammar.names import suggest
from resilience.network import Case, Network
from resilience.policies import ExportRestriction, ExportTax, Outage, Policy
from resilience.policies.exemptions import World, bound_by, exempted
from resilience.program import Delta, Labels
from resilience.program.delta import Change
from resilience.results.solution import Solution
from resilience.solvers import HighsSession

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ENOUGH = 1e-9
"""Relative difference of cost that is none."""
MOST_STEPS = 200
"""Steps after which the search for a penalty gives up; each finds a new piece of the curve of cost."""


@dataclass(frozen=True, eq=False)
class Barred:
    """What an agreement keeps a member from.

    Parameters
    ----------
    columns : ndarray of int64
        Shipments to or from it, and deliveries, in the program in which it cheats.
    extra : ndarray
        What each costs more per tonne while it complies, at the start of the horizon; infinite where it
        is closed or limited.
    gap : ndarray
        What a tonne of it would save the complying member beyond its cost, in money of its period:
        the price gap at its border.
    """

    columns: IntArray
    extra: FloatArray
    gap: FloatArray


@dataclass(frozen=True, eq=False)
class Agreement:
    """The policies that bind several countries in a scenario.

    Parameters
    ----------
    network : Network
    case : Case
        The scenario.
    policies : tuple of str
        Ids of the agreement's policies, sorted.
    members : tuple of str
        Countries bound, sorted.
    """

    network: Network
    case: Case
    policies: tuple[str, ...]
    members: tuple[str, ...]

    @cached_property
    def complying(self) -> Solution:
        """The plan of the scenario as it is."""
        return self.network.solve_case(self.case)

    @cached_property
    def absent(self) -> Solution:
        """The plan without any of the agreement's policies."""
        left = {key: policy for key, policy in self.case.policies.items() if key not in self.policies}
        return self.network.solve_case(replace(self.case, policies=left))

    @cached_property
    def world(self) -> World:
        """What there is, for policies that say everybody else."""
        return world_of(self.case)

    def changed(self, member: str) -> dict[str, Policy | None]:
        """Return the policies that are not the same without a member; None where nothing is left of one."""
        found = {}
        for key in self.policies:
            policy = self.case.policies[key]
            other = exempted(policy, member, self.world)
            if other is not policy:
                found[key] = other
        return found

    def cheating(self, member: str) -> Solution:
        """Return the plan in which the agreement binds everyone but a member."""
        return self._solved(self.changed(member), ())

    def excluded(self, member: str) -> Solution:
        """Return the plan in which a member is not bound, and trades with no other member.

        Raises
        ------
        InfeasibleError
            If a demand that must be met cannot be then.
        """
        others = [name for name in self.members if name != member]
        labels = self.case.formulation.program.columns
        closed = []
        for number, (start, end) in enumerate(((others, [member]), ([member], others))):
            if len(labels.where(kind="ship", from_country=start, to_country=end)):
                lane = {"from": {"country": start}, "to": {"country": end}}
                closed.append(Outage.model_validate({"name": f"exclusion_{number}", "lane": lane}))
        return self._solved(self.changed(member), tuple(closed))

    def _solved(self, changed: dict[str, Policy | None], own: tuple[Policy, ...]) -> Solution:
        """Solve the case with policies replaced, under the same ids, and others on top.

        What is left of a policy may match nothing any more; then it is out of force.
        """
        try:
            return self._solve_with(changed, own)
        except FormulationError as error:
            paths = [problem.path.split(".") for problem in error.problems]
            at_fault = {path[1] for path in paths if path[0] == "policies" and len(path) > 1}
            idle = {key for key, policy in changed.items() if policy is not None} & at_fault
            if not idle or not at_fault <= idle:
                raise
        return self._solved({**changed, **dict.fromkeys(idle)}, own)

    def _solve_with(self, changed: dict[str, Policy | None], own: tuple[Policy, ...]) -> Solution:
        values = {f"policies.{key}": policy for key, policy in changed.items() if policy is not None}
        case = self.network.case(self.case.name or None, own, values) if values or own else self.case
        gone = {key for key, policy in changed.items() if policy is None}
        left = {key: policy for key, policy in case.policies.items() if key not in gone}
        return self.network.solve_case(replace(case, policies=left))

    def barred(self, member: str, cheating: Solution) -> Barred:
        """Return what the agreement keeps a member from."""
        before, after = self.complying.program, cheating.program
        number = {name: position for position, name in enumerate(before.columns.names())}
        names = after.columns.names()
        mine = _columns_of(after.columns, member)
        mine = mine[[names[column] in number for column in mine]]
        then = np.array([number[names[column]] for column in mine], dtype=np.int64)
        is_closed = before.col_upper[then] < after.col_upper[mine]
        own_rows = before.rows.where(kind="policy", policy=tuple(self.changed(member)) or ("",))
        capped = own_rows[np.isfinite(before.row_upper[own_rows])]
        in_rows = np.isin(before.indices, capped) & (before.values > 0)
        is_closed |= np.isin(then, before.entry_columns[in_rows])
        more = before.cost[then] - after.cost[mine]
        extra = np.where(is_closed, np.inf, more)
        kept = (extra > ENOUGH * (1 + np.abs(before.cost[then]))) & (after.col_upper[mine] > 0)
        gap = self._gap(then, after.cost[mine], own_rows)
        return Barred(mine[kept], extra[kept], gap[kept])

    def _gap(self, columns: IntArray, cost: FloatArray, own_rows: IntArray) -> FloatArray:
        """Return what one more tonne on columns would save at the prices of the complying plan."""
        program = self.complying.program
        shared = program.rows.where(kind="ship")  # hold a banned lane's copies by origin
        y = self.complying.outcome.y.copy()
        y[own_rows] = 0.0
        y[shared] = 0.0
        factor = self.complying.formulation.discount_factors(program.columns)[columns]
        return np.asarray((program.transposed_times(y)[columns] - cost) / factor)

    def penalty(self, cheating: Solution, barred: Barred) -> float:
        """Return the least penalty per tonne of barred material at which a member takes none on the side.

        What the agreement only makes dearer it may also take openly, at that price. The cost with a
        penalty is concave and piecewise linear in it, its slope the tonnes taken on the side; so from 0
        on, the next penalty is the one at which the plan just found would cost as much as taking none,
        until no plan does better: exact after as many steps as there are pieces.

        Returns
        -------
        float
            Per tonne, in money of the period in which it is taken; 0 where it takes none anyway,
            infinite where it cannot do without.
        """
        program, columns = cheating.program, barred.columns
        session = HighsSession(program) if program.is_mixed else cheating.session
        is_closed = np.isinf(barred.extra)
        shut = Change.of(columns[is_closed], 0.0)
        openly = _dearer(columns, np.where(is_closed, 0.0, barred.extra))
        honest = session.solve(replace(openly, col_upper=shut, col_lower=shut))
        if honest.status != "optimal":
            return float("inf")
        aim = float(openly.apply(program).cost @ honest.x)
        factor = cheating.formulation.discount_factors(program.columns)[columns]
        penalty = 0.0
        for _ in range(MOST_STEPS):
            delta = _dearer(columns, np.minimum(barred.extra, penalty * factor))
            found = session.solve(delta)
            cost = float(delta.apply(program).cost @ found.x)
            on_the_side = barred.extra > penalty * factor
            tonnes = float(factor[on_the_side] @ found.x[columns[on_the_side]])
            if cost >= aim - ENOUGH * max(1.0, abs(aim)) or tonnes <= ENOUGH:
                break
            penalty += (aim - cost) / tonnes
        return penalty


def _dearer(columns: IntArray, more: FloatArray) -> Delta:
    return Delta.of(costs={"penalty": (columns, more)})


def _columns_of(labels: Labels, member: str) -> IntArray:
    """Return shipments to and from a country, and deliveries there."""
    ships = [labels.where(kind="ship", **{end: member}) for end in ("to_country", "from_country")]
    return np.unique(np.concatenate([*ships, labels.where(kind="serve", country=member)]))


def agreement_of(
    network: Network,
    scenario: str,
    members: Sequence[str] | None = None,
    policies: Sequence[str] | None = None,
) -> Agreement:
    """Return the agreement that a scenario is about.

    Parameters
    ----------
    network : Network
    scenario : str
    members : sequence of str, optional
        Countries or blocs; left out, all that the policies bind.
    policies : sequence of str, optional
        Ids; left out, those that the scenario adds to the one that it extends; if it adds none, those
        that this one adds, and so on.

    Raises
    ------
    InputError
        If there is no such policy in force, no such country, or nobody is bound.
    """
    case = network.case(scenario)
    if policies is None:
        policies = _added(network, scenario, case)
    for key in policies:
        if key not in case.policies:
            raise InputError(f"policy '{key}' is not in force in '{scenario}'{suggest(key, case.policies)}")
    world = world_of(case)
    bound = members_of([case.policies[key] for key in policies], world)
    if members is not None:
        for name in members:
            if name not in world.countries and name not in network.spec.blocs:
                known = [*world.countries, *network.spec.blocs]
                raise InputError(f"unknown country or bloc '{name}'{suggest(name, known)}")
        bound = tuple(sorted(set(world.expand(members))))
    if not bound:
        raise InputError(f"'{scenario}' has no policy that binds a country; an agreement is policies")
    return Agreement(network, case, tuple(sorted(policies)), bound)


def _added(network: Network, scenario: str, case: Case) -> list[str]:
    """Return the policies that a scenario adds to the one it extends, or the nearest that adds any."""
    at: str | None = scenario
    while at is not None:
        chain = chain_of(network.spec.scenarios, at)
        inherited = chain_of(network.spec.scenarios, chain.parent).policies
        added = [key for key in chain.policies if key not in inherited and key in case.policies]
        if added:
            return added
        at = chain.parent
    return list(case.policies)


def check_member(agreement: Agreement, member: str) -> None:
    """Raise an `InputError` for what is no country of the network."""
    if member not in agreement.world.countries:
        raise InputError(f"unknown country '{member}'{suggest(member, agreement.world.countries)}")


def members_of(policies: Sequence[Policy], world: World) -> tuple[str, ...]:
    """Return the countries that policies bind, but for those that restrict or tax their own exports."""
    found: set[str] = set()
    senders: set[str] = set()
    for policy in policies:
        if isinstance(policy, ExportRestriction):
            senders |= set(world.expand(policy.from_))
        if isinstance(policy, ExportTax):
            senders |= set(world.expand(policy.exporter))
        found |= set(bound_by(policy, world))
    return tuple(sorted(found - senders))


def world_of(case: Case) -> World:
    """Return what there is in a case."""
    made = case.formulation
    labels = made.program.columns
    builds = labels.where(kind="build")
    projects = zip(labels.texts("id", builds), labels.texts("country", builds), strict=True)
    members = {member.id: member.country for member in made.places.members_}
    here = {*made.places.country, *members.values(), *map(str, labels.texts("country", builds))}
    countries = tuple(sorted((here | set(made.spec.countries)) - {""}))
    return World(made.situation(""), countries, {**members, **dict(projects)})


def table_of(cheating: Solution, barred: Barred) -> pd.DataFrame:
    """Return what is barred to a member: lane, from, to, commodity, period, price gap, what it then takes."""
    labels, at = cheating.program.columns, barred.columns
    unit = cheating.unit
    period = labels.texts("period", at).astype(np.int64)
    frame = pd.DataFrame(
        {
            "id": labels.texts("id", at),
            "from_country": labels.texts("from_country", at),
            "to_country": labels.texts("to_country", at),
            "commodity": labels.texts("commodity", at),
            "period": cheating.period_names[period],
            f"gap_{unit.price}": barred.gap.astype(float),
            f"taken_{unit.mass}": cheating.levels[at].astype(float),
        }
    )
    order = np.argsort(-barred.gap, kind="stable")
    return frame.iloc[order].reset_index(drop=True)

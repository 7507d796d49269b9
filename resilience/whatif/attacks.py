"""What an adversary may do: each option a policy, by itself and with what it changes in the program.

An option is an instrument of the package: a country stops its exports, a facility or a country stops, a
lane is closed, or a policy of the file comes into force. So an attack is a scenario like any other, and
its plan, prices and routes can be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from resilience.errors import InfeasibleError, InputError
from resilience.formulation import FormulationFaults, apply_policies
from resilience.grammar.names import suggest
from resilience.network import Case, Effort, Network, own_names
from resilience.policies import ExportRestriction, Outage, Policy
from resilience.program import Delta, LinearProgram
from resilience.results.solution import Solution
from resilience.solvers.interdiction import Progress

By = Literal["country", "commodity", "stage", "outage", "facility", "lane", "policy"]
"""What is attacked: a country's exports; its exports of one commodity, or of what one stage makes; all that
is made in a country; one facility or supply; one lane; or policies of the file come into force."""

FloatArray = NDArray[np.float64]

BELOW = 1e-6
"""Relative to its minimum throughput, a plant that runs so much lower does not keep it."""

NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_-]")
"""Characters that an id of a policy may not have."""


@dataclass(frozen=True)
class Option:
    """One thing an adversary may do.

    Parameters
    ----------
    name : str
        What it is called in tables: ``CHN``, ``CHN 50%``, ``kuantan``.
    target : str
        What it is done to; no attack does two things to the same target.
    policy : Policy
        What it is.
    weight : float
        What it costs the attacker, of the budget.
    """

    name: str
    target: str
    policy: Policy
    weight: float = 1.0


def options_of(
    network: Network,
    by: By = "country",
    *,
    cuts: Sequence[float] = (1.0,),
    only: Iterable[str] | None = None,
    stages: Sequence[str] | None = None,
    commodities: Sequence[str] | None = None,
    scenario: str | None = None,
) -> list[Option]:
    """Return what an adversary may do to a network.

    Parameters
    ----------
    network : Network
    by : str
        What is attacked, see `By`.
    cuts : sequence of float
        Shares that are cut, each an option of its own that weighs as much as it cuts. A cut of exports
        below 100 % is relative to what is shipped without the attack: of nothing, nothing is left.
    only : iterable of str, optional
        Only these targets: ids of countries, blocs, facilities, lanes or policies.
    stages, commodities : sequence of str, optional
        Only what is made at these stages; only these commodities.
    scenario : str, optional
        What the attack comes on top of.

    Returns
    -------
    list of Option
        Sorted by target; only those that could change anything.

    Raises
    ------
    InputError
        For an unknown way, target, stage or commodity, or a cut that is no share.

    Examples
    --------
    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {
    ...         "CD_mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
    ...         "AU_mine": {"country": "AUS", "commodity": "ore", "price": 25},
    ...     },
    ...     "demands": {"smelter": {"country": "FIN", "commodity": "ore", "quantity": 8}},
    ...     "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
    ... })
    >>> [option.name for option in options_of(network)]
    ['AUS', 'COD']
    >>> [option.name for option in options_of(network, "lane")]
    ['AU_mine>smelter:ore', 'CD_mine>smelter:ore']
    """
    if by not in get_args(By):
        raise InputError(
            f"cannot attack by '{by}'{suggest(by, get_args(By))}; one of {', '.join(get_args(By))}"
        )
    if any(not 0 < cut <= 1 for cut in cuts):
        raise InputError("a cut is a share above 0 and up to 100 %")
    _check_names(network, stages, network.spec.stages, "stage")
    _check_names(network, commodities, network.spec.commodities, "commodity")
    if by == "policy":
        return _policies(network, only, scenario)
    targets = _targets(network.formulation(scenario).program, by, stages, commodities)
    if only is not None:
        targets = _chosen(network, targets, only)
    return [
        Option(
            f"{target} {cut:.0%}" if len(cuts) > 1 or cut < 1 else target,
            target,
            _policy(by, parts, cut, stages, commodities),
            cut if len(cuts) > 1 else 1.0,
        )
        for target, parts in sorted(targets.items())
        for cut in cuts
    ]


def _check_names(network: Network, names: Sequence[str] | None, known: Iterable[str], what: str) -> None:
    for name in names or ():
        if name not in known:
            raise InputError(f"unknown {what} '{name}'{suggest(name, list(known))}")


def _targets(
    program: LinearProgram,
    by: By,
    stages: Sequence[str] | None,
    commodities: Sequence[str] | None,
) -> dict[str, tuple[str, ...]]:
    """Return what may be attacked, by name: the ids that its policy needs."""
    labels = program.columns
    ships = labels.where(kind="ship", stage=stages, commodity=commodities)
    if by == "lane":
        return {name: (name,) for name in set(labels.texts("id", ships).tolist())}
    if by in ("facility", "outage"):
        made = labels.where(kind=("produce", "buy") if stages is None else "produce", stage=stages)
        names = labels.texts("id" if by == "facility" else "country", made)
        return {name: (name,) for name in set(names.tolist()) if name}
    start, end = labels.texts("from_country", ships), labels.texts("to_country", ships)
    leaves = ships[(start != end) & (start != "") & (end != "")]
    keys = [labels.texts("from_country", leaves)]
    if by in ("commodity", "stage"):
        keys.append(labels.texts(by, leaves))
    return {" ".join(key): tuple(key) for key in set(zip(*keys, strict=True)) if all(key)}


def _chosen(
    network: Network, targets: Mapping[str, tuple[str, ...]], only: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Return the targets that are named, by themselves, by their country, or by a bloc."""
    chosen: dict[str, tuple[str, ...]] = {}
    for name in only:
        members = network.spec.blocs.get(name, (name,))
        found = {key: parts for key, parts in targets.items() if key in members or parts[0] in members}
        if not found:
            raise InputError(f"nothing to attack at '{name}'{suggest(name, list(targets))}")
        chosen |= found
    return chosen


def _policy(
    by: By,
    parts: tuple[str, ...],
    cut: float,
    stages: Sequence[str] | None,
    commodities: Sequence[str] | None,
) -> Policy:
    """Return what is done to one target."""
    fields: dict[str, Any] = {"name": NOT_IN_IDS.sub("_", "attack on " + " ".join(parts)), "cut": cut}
    if by == "lane":
        return Outage(lane=parts[0], **fields)
    if by == "facility":
        return Outage(facility=parts[0], **fields)
    if by == "outage":
        return Outage(country=parts[0], stages=stages, **fields)
    stages = [parts[1]] if by == "stage" else stages
    commodities = [parts[1]] if by == "commodity" else commodities
    return ExportRestriction(from_=parts[0], stages=stages, commodities=commodities, **fields)


def _policies(network: Network, only: Iterable[str] | None, scenario: str | None) -> list[Option]:
    """Return the policies of the file that are not in force yet, or those named."""
    in_force = network.case(scenario).policies
    known = network.spec.policies
    for name in only or ():
        if name not in known:
            raise InputError(f"unknown policy '{name}'{suggest(name, list(known))}")
    return [Option(name, name, known[name]) for name in sorted(only or known) if only or name not in in_force]


@dataclass(frozen=True, eq=False)
class Target:
    """A scenario under attack: its plan without any, and what each option changes in its program.

    Parameters
    ----------
    network : Network
    case : Case
        With the policies of every option added, none of them in force.
    options : tuple of Option
        Those that change something.
    names : tuple of str
        The id of each option's policy in the case.
    policies : mapping
        The options' policies, by that id.
    deltas : tuple of Delta
        What each changes in the program of `base`.
    base : Solution
        The plan without any attack.
    """

    network: Network
    case: Case
    options: tuple[Option, ...]
    names: tuple[str, ...]
    policies: Mapping[str, Policy]
    deltas: tuple[Delta, ...]
    base: Solution

    @cached_property
    def is_linear(self) -> bool:
        """Whether a delta on the base's program is all there is to an attack.

        Not where levels must be whole, since they are chosen anew, nor where curves are refined.
        """
        return not self.base.program.is_mixed and not self.case.formulation.grids

    @cached_property
    def is_additive(self) -> bool:
        """Whether several options together are their deltas together: what they close is closed.

        Other instruments read what earlier ones did, as a levy reads the duties on what it lifts.
        """
        return all(isinstance(option.policy, ExportRestriction | Outage) for option in self.options)

    @cached_property
    def waiver(self) -> Delta:
        """The change that lets every plant run below its minimum throughput.

        An attack that leaves no plan otherwise is answered with it: a plant that gets nothing stops.
        """
        return waiver_of(self.base.program)

    def solution(self, chosen: Sequence[int]) -> Solution:
        """Return the plan with options in force, solved and proved as any scenario is.

        Where minimum throughputs alone leave none, it is the plan without them, see `waiver`.

        Raises
        ------
        InfeasibleError
            If there is none.
        """
        added = {self.names[option]: self.policies[self.names[option]] for option in chosen}
        case = replace(self.case, policies={**self.case.policies, **added})
        try:
            return self.network.solve_case(case)
        except InfeasibleError:
            made = case.formulation
            change = waiver_of(made.program)
            if not chosen or change.is_empty():
                raise
            waived = replace(case, formulation=replace(made, program=change.apply(made.program)))
            try:
                return self.network.solve_case(waived)
            except InfeasibleError:
                pass
            raise

    def stopped(self, levels: FloatArray) -> tuple[str, ...]:
        """Return the plants that a plan runs below their minimum throughput."""
        program = self.base.program
        change, labels, found = self.waiver, (program.columns, program.rows), set()
        for name, part, done in (
            ("col_lower", change.col_lower, levels),
            ("row_lower", change.row_lower, program.times(levels)),
        ):
            least = getattr(program, name)[part.positions]
            below = part.positions[done[part.positions] < least - BELOW * np.maximum(1.0, np.abs(least))]
            found |= set(labels[name == "row_lower"].texts("id", below).tolist())
        return tuple(sorted(found))

    def title(self, chosen: Sequence[int]) -> str:
        """Return the names of options, joined."""
        return ", ".join(self.options[option].name for option in chosen)


def waiver_of(program: LinearProgram) -> Delta:
    """Return the change that lets every plant run below its minimum throughput."""
    made, shared = program.columns.where(kind="produce"), program.rows.where(kind=("capacity", "produce"))
    made, shared = made[program.col_lower[made] > 0], shared[program.row_lower[shared] > 0]
    parts: dict[str, Any] = {}
    if len(made):
        parts["col_lower"] = (made, np.zeros(len(made)))
    if len(shared):
        parts["row_lower"] = (shared, np.zeros(len(shared)))
    return Delta.of(**parts)


def target_of(
    network: Network,
    options: Sequence[Option],
    scenario: str | None = None,
    progress: Progress | None = None,
    lay_out: Callable[[Case], Case] = lambda case: case,
) -> Target:
    """Compile a scenario with every option of an adversary, and solve it without any.

    Parameters
    ----------
    network : Network
    options : sequence of Option
        Those that match nothing that could move are left out.
    scenario : str, optional
        What the attack comes on top of; left out, the network alone.
    progress : callable, optional
        Gets how many options are ready, and of how many.
    lay_out : callable, optional
        Lays the case out anew, as `resilience.whatif.steady.steady` does.

    Returns
    -------
    Target
    """
    known = network.spec.policies
    own = [option.policy for option in options if option.policy is not known.get(option.name)]
    given = iter(own_names(own, known))
    names = [option.name if option.policy is known.get(option.name) else next(given) for option in options]
    case = network.case(scenario, own)
    listed = {name: case.formulation.spec.policies[name] for name in names}
    case = lay_out(replace(case, policies={**case.policies, **listed}))
    there = case.formulation.spec.policies  # laid out anew, it may have left out what is not in force then
    policies = {name: there[name] for name in names if name in there}
    bare = replace(case, policies={key: item for key, item in case.policies.items() if key not in policies})
    base = network.solve_case(bare)
    levels = network.baseline_levels(replace(case, policies={**bare.policies, **policies}), Effort())
    kept: list[tuple[Option, str, Delta]] = []
    for number, (option, name) in enumerate(zip(options, names, strict=True)):
        delta = _delta(bare, base, name, policies[name], levels) if name in policies else None
        if delta is not None and not delta.is_empty():
            kept.append((option, name, delta))
        if progress is not None:
            progress(number + 1, len(options))
    chosen, ids, deltas = zip(*kept, strict=True) if kept else ((), (), ())
    return Target(network, bare, tuple(chosen), tuple(ids), policies, tuple(deltas), base)


def _delta(case: Case, base: Solution, name: str, policy: Policy, levels: Mapping[str, Any]) -> Delta | None:
    """Return what one option changes in the base's program; None where it matches nothing."""
    try:
        program, _ = apply_policies(case.formulation, {**case.policies, name: policy}, levels)
    except FormulationFaults:
        return None
    return Delta.between(base.program, program)


def reach(target: Target) -> NDArray[np.int64]:
    """Return the columns whose ceilings any option lowers."""
    found = [delta.col_upper.positions for delta in target.deltas]
    return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)

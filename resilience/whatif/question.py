"""A what-if as a value: a scenario, policies on top, numbers on top of these.

It says what is asked and nothing of how it is answered, so it can be sent to a worker, printed in a
table, and hashed: the key of a row is the hash of the network and its what-if.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from resilience.errors import InputError
from resilience.policies import Policy

if TYPE_CHECKING:
    from resilience.network import Network

NUMBER = re.compile(r"\s*[-+]?\d[\d_]*(\.\d+)?([eE][-+]?\d+)?\s*")
SILENT = ("type", "name", "note", "source", "confidence")
"""Fields of a policy that change nothing."""


@dataclass(frozen=True)
class WhatIf:
    """One question to a network.

    Parameters
    ----------
    scenario : str, optional
        A scenario of the network; left out, the base of the sweep; ``""``, the network alone.
    policies : tuple of Policy
        In force on top of the scenario's.
    set : mapping
        New values by path, on top of the scenario's.
    name : str
        What it is called in tables; made from the rest if left out.

    Examples
    --------
    >>> WhatIf("ban", set={"facilities.kuantan.capacity": 9}).title
    'ban, facilities.kuantan.capacity = 9'
    >>> WhatIf().title
    'base'
    """

    scenario: str | None = None
    policies: tuple[Policy, ...] = ()
    set: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    @property
    def title(self) -> str:
        """What it is called in tables."""
        parts = [self.scenario or "network alone"] if self.scenario is not None else []
        parts += [_policy_title(policy) for policy in self.policies]
        parts += [f"{path} = {value}" for path, value in self.set.items()]
        return self.name or ", ".join(parts) or "base"

    @property
    def varied(self) -> dict[str, Any]:
        """Everything that it sets, by path; the fields of its policies by name."""
        found: dict[str, Any] = {}
        for policy in self.policies:
            prefix = f"{policy.name or policy.instrument}." if len(self.policies) > 1 else ""
            for key in policy.model_fields_set:
                if key not in SILENT:
                    found[prefix + key.rstrip("_")] = _shown(getattr(policy, key))
        return {**dict(sorted(found.items())), **{path: _shown(value) for path, value in self.set.items()}}

    def key(self, about: str) -> str:
        """Return a hash of the question, and of what it is asked of.

        Parameters
        ----------
        about : str
            Everything else that the answer depends on.
        """
        policies = [(type(policy).__name__, repr(policy)) for policy in self.policies]
        asked = json.dumps([about, self.scenario, policies, _plain(self.set)], default=repr)
        return hashlib.sha256(asked.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return mappings as lists of pairs, in order: of two values at one path the later one holds."""
    return [[key, _plain(part)] for key, part in value.items()] if isinstance(value, Mapping) else value


def _policy_title(policy: Policy) -> str:
    told = [f"{key.rstrip('_')} {_shown(getattr(policy, key))}" for key in sorted(policy.model_fields_set)
            if key not in SILENT]  # fmt: skip
    return policy.name or " ".join([policy.instrument, *told])


def _shown(value: Any) -> Any:
    """Return a value as one cell of a table: a number as it is, anything else as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        return float(value.replace("_", "")) if NUMBER.fullmatch(value) else value
    if isinstance(value, Sequence):
        return " ".join(map(str, value))
    return None if value is None else str(value)


def what_ifs(scenarios: Iterable[Any]) -> list[WhatIf]:
    """Return what-ifs, however they were written.

    Parameters
    ----------
    scenarios : iterable
        Of names of scenarios, policies, mappings of values by path, sequences of these, `WhatIf`, or
        None for the base.

    Raises
    ------
    InputError
        If one is none of these, or several names of scenarios stand in one.

    Examples
    --------
    >>> what_ifs(["ban", {"demands.x.quantity": 5}, ("ban", {"demands.x.quantity": 5}), None])[2]
    WhatIf(scenario='ban', policies=(), set={'demands.x.quantity': 5}, name='')
    """
    if isinstance(scenarios, str | Mapping | Policy):
        raise InputError("wanted a list of scenarios, not one")
    return [_what_if(item, number) for number, item in enumerate(scenarios)]


def _what_if(item: Any, number: int) -> WhatIf:
    if isinstance(item, WhatIf):
        return item
    parts = list(item) if isinstance(item, Sequence) and not isinstance(item, str) else [item]
    scenario: str | None = None
    policies: list[Policy] = []
    values: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, str) and scenario is None:
            scenario = part
        elif isinstance(part, Policy):
            policies.append(part)
        elif isinstance(part, Mapping):
            values |= part
        elif part is not None:
            raise InputError(
                f"scenario {number}: wanted the name of one scenario, policies made in Python, or values by "
                f"path, not {part!r}"
            )
    return WhatIf(scenario, tuple(policies), values)


def check_what_ifs(network: Network, asked: Sequence[WhatIf], base: str | None) -> None:
    """Raise an `InputError` for scenarios that do not exist, and for paths that lead nowhere.

    A value that is wrong, and a policy that does not apply, are told in the row.
    """
    seen: dict[tuple[str, ...], WhatIf] = {}
    for what in asked:
        seen.setdefault((base or "" if what.scenario is None else what.scenario, *what.set), what)
    for (scenario, *_), what in seen.items():
        network.check_paths(scenario or None, what.set)

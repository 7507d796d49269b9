"""Grids of what-ifs: ranges of numbers, every country times every stage times every cut."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from resilience.errors import InputError
from resilience.fields import Fault
from resilience.grammar.names import suggest
from resilience.network import Network
from resilience.policies import ExportRestriction
from resilience.whatif.question import WhatIf

NUMBER = r"\s*([-+]?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(%?)\s*"
RANGE = re.compile(f"{NUMBER}:{NUMBER}:{NUMBER}")
MOST_STEPS = 100_000


def steps(text: str) -> list[float] | None:
    """Return the numbers of a range ``low:high:step``, both ends included; None if it is none.

    Raises
    ------
    InputError
        If the step leads nowhere.

    Examples
    --------
    >>> steps("0:100%:25%"), steps("1:2:0.1")[3], steps("12 kt/yr")
    ([0.0, 0.25, 0.5, 0.75, 1.0], 1.3, None)
    """
    match = RANGE.fullmatch(text)
    if match is None:
        return None
    parts = match.groups()
    low, high, step = (
        Decimal(digits.replace("_", "")) * (Decimal("0.01") if sign else 1)
        for digits, sign in zip(parts[::2], parts[1::2], strict=True)
    )
    if step <= 0 or high < low or (high - low) / step > MOST_STEPS:
        raise InputError(f"'{text}': wanted low:high:step with low <= high and a step above 0")
    return [float(low + number * step) for number in range(int((high - low) / step) + 1)]


def restrictions(
    network: Network,
    scenario: str | None,
    countries: Sequence[str] | None,
    stages: Sequence[str] | None,
    cuts: Iterable[float],
) -> list[WhatIf]:
    """Return a cut of exports for every country, stage and cut.

    Parameters
    ----------
    network, scenario : Network, str or None
        What the cuts are put on top of.
    countries : sequence of str, optional
        Countries or blocs; left out, every country with a facility.
    stages : sequence of str, optional
        Each for itself; empty, all stages together; left out, every stage for itself.
    cuts : iterable of float
        Shares that no longer leave.

    Raises
    ------
    InputError
        If a country or stage does not exist. Where all were asked for, those that ship nothing abroad
        are left out.
    """
    made = network.formulation(scenario)
    places, spec = made.places, made.spec
    here = sorted(
        {member.country for member in places.members_ if member.kind == "facility" and member.country}
    )
    known = sorted({*here, *spec.countries, *spec.blocs})
    for name in countries or ():
        if name not in known:
            raise InputError(f"unknown country or bloc '{name}'{suggest(name, known)}")
    for name in stages or ():
        if name not in spec.stages:
            raise InputError(
                f"unknown stage '{name}'{suggest(name, spec.stages)}; there are {', '.join(spec.stages)}"
            )
    found: list[WhatIf] = []
    chosen: list[str | None] = [None] if stages is not None and not stages else list(stages or spec.stages)
    for country, stage in itertools.product(here if countries is None else countries, chosen):
        scope: Mapping[str, Any] = {"from_": country, **({} if stage is None else {"stages": [stage]})}
        if countries is None or stages is None:
            try:
                ExportRestriction(**scope, quota=0.0).structure(made.program, made.situation("cut"))
            except Fault:
                continue
        name = getattr(spec.countries.get(country), "name", "") or country
        at = f" at {stage}" if stage else ""
        found += [
            WhatIf(
                None, (ExportRestriction(**scope, cut=cut),), {}, f"{name} ships {100 * cut:.4g} % less{at}"
            )
            for cut in cuts
        ]
    return found


def product(
    scenarios: Sequence[str | None], policies: Sequence[WhatIf], values: Mapping[str, Sequence[Any]]
) -> list[WhatIf]:
    """Return every combination of a scenario, a what-if with policies, and a value at each path."""
    found = []
    grid = [dict(zip(values, row, strict=True)) for row in itertools.product(*values.values())]
    several = {path for path, options in values.items() if len(options) > 1}
    for scenario, other, chosen in itertools.product(scenarios, policies or [WhatIf()], grid):
        told = (
            [scenario or ""]
            + [other.name]
            + [f"{path} = {chosen[path]:g}" for path in chosen if path in several]
        )
        name = ", ".join(filter(None, told))
        found.append(WhatIf(scenario, other.policies, chosen, name))
    return found

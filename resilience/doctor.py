"""Is everything here that a solve needs? Versions, solvers, and a network small enough to know by heart.

The self-test solves it with HiGHS and through every solver that PuLP finds; each must give the cost
that was worked out by hand, with a certificate that holds.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from resilience.errors import ResilienceError
from resilience.grammar import shipped_networks
from resilience.network import Network

PACKAGES = (
    "highspy", "networkx", "numpy", "pandas", "pint", "PuLP", "pycountry", "pydantic", "PyYAML", "RapidFuzz",
    "rich", "scipy", "typer",
)  # fmt: skip
"""What the package needs."""

OPTIONAL: Mapping[str, str] = {
    "pyarrow": "parquet files",
    "openpyxl": "Excel tables",
    "jsonschema": "tests",
    "hypothesis": "tests",
}
"""What it can use, and for what."""

TINY: Mapping[str, Any] = {
    "commodities": {"ore": {}},
    "supplies": {
        "near": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
        "far": {"country": "AUS", "commodity": "ore", "price": 25},
    },
    "demands": {"smelter": {"country": "FIN", "commodity": "ore", "quantity": 8}},
    "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
}
"""Eight tonnes are wanted, five come at 10 and three at 25."""

TINY_COST = 125.0


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Parameters
    ----------
    kind : str
        python, package, optional, solver or network.
    name : str
        What it is.
    found : str
        Version, or what was seen.
    ok : bool
        Whether it is as it must be.
    """

    kind: str
    name: str
    found: str
    ok: bool = True


def examine() -> list[Check]:
    """Look at everything a solve needs.

    Returns
    -------
    list of Check
        Nothing is raised: what fails is a check that is not ``ok``.
    """
    return [
        Check("python", platform.python_implementation(), f"{platform.python_version()} on {sys.platform}"),
        Check("package", "resilience", _version("resilience") or "not installed"),
        *(_package(name) for name in PACKAGES),
        *(
            Check("optional", name, _version(name) or f"not installed ({use})")
            for name, use in OPTIONAL.items()
        ),
        *_solvers(),
        Check("network", "shipped", ", ".join(shipped_networks()) or "none found", bool(shipped_networks())),
    ]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _package(name: str) -> Check:
    version = _version(name)
    return Check("package", name, version or "not installed", version is not None)


def _solvers() -> list[Check]:
    """Solve the tiny network with every solver there is."""
    import pulp

    names: Sequence[str] = pulp.listSolvers(onlyAvailable=True)
    checks = [_solve("highs"), _solve("pulp"), *(_solve(f"pulp:{name}") for name in sorted(names))]
    return checks if names else [*checks, Check("solver", "pulp", "PuLP finds no solver", ok=False)]


def _solve(solver: str) -> Check:
    """Solve the tiny network, and compare with the cost worked out by hand."""
    try:
        solution = Network.from_dict(TINY).solve(solver=solver)
    except ResilienceError as error:
        return Check("solver", solver, str(error).splitlines()[0], ok=False)
    right = abs(solution.cost - TINY_COST) <= 1e-6 and solution.certificate.holds
    word = "cost 125, proved" if right else f"cost {solution.cost!r} in place of {TINY_COST}"
    return Check("solver", solver, f"{solution.outcome.solver}: {word}", right)

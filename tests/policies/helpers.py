"""What tests of policies share: who gets what, what a limit is worth, and the one fault of a file."""

from __future__ import annotations

import pytest

import resilience as rs


def received(solution: rs.Solution, component: str | None = None) -> dict[str, float]:
    """Return what each country collects; what it pays is negative."""
    table = solution.transfers
    if component is not None:
        table = table[table["component"] == component]
    return dict(table.groupby("receiver")[f"amount_{solution.unit.money}"].sum())


def rent_of(solution: rs.Solution, policy: str) -> float:
    """Return what one more unit of a policy's one limit is worth, as the bottlenecks show it."""
    table = solution.bottlenecks()
    (rent,) = table.loc[table["limit"] == f"policies.{policy}", f"rent_{solution.unit.price}"]
    return float(rent)


def fault_of(text: str, message: str, scenario: str = "on") -> tuple[int, str]:
    """Return line and path of the one fault of a file, or of the policies of its scenario."""
    with pytest.raises(rs.InputError, match=message) as caught:
        rs.Network.from_yaml(text, "x.yaml").solve(scenario)
    (problem,) = caught.value.problems
    assert problem.file == "x.yaml"
    return problem.line, problem.path


def on(policies: dict[str, dict[str, object]]) -> dict[str, object]:
    """Return the sections of policies and of a scenario with all of them."""
    return {"policies": policies, "scenarios": {"on": {"policies": list(policies)}}}


def path_in(policy: str, path: str) -> str:
    """Return the path of a field of a policy, or of the policy."""
    return ".".join(filter(None, ("policies", policy, path)))

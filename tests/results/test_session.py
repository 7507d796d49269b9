"""The solver session of a solution: what-ifs that start from its plan, and a plan that travels."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from resilience.network import Network
from resilience.program import Delta

NETWORK = {
    "commodities": {"ore": {}},
    "supplies": {
        "near": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
        "far": {"country": "AUS", "commodity": "ore", "price": 25},
    },
    "demands": {"smelter": {"country": "FIN", "commodity": "ore", "quantity": 8}},
    "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
    "policies": {"quota": {"type": "export_restriction", "from": "COD", "quota": 2}},
    "scenarios": {"squeeze": {"policies": ["quota"]}},
}


def test_a_session_starts_from_the_scenario_and_not_from_the_base():
    """With a quota of 2 on the near mine, 2 x 10 + 6 x 25; with no near mine at all, 8 x 25."""
    solution = Network.from_dict(NETWORK).solve("squeeze")
    assert solution.cost == pytest.approx(170)
    assert solution.session.solve() is solution.outcome
    near = solution.program.columns.where(kind="buy", id="near")
    outcome = solution.session.solve(Delta.of(col_upper=(near, 0.0)))
    assert solution.program.cost @ outcome.x == pytest.approx(200)
    assert solution.session.solve() is solution.outcome


def test_whole_levels_stay_at_the_plans_in_its_session():
    """A plant is built for 100 to save 15 a tonne; once built, its closing costs the 8 t x 15 again."""
    lanes = [
        {"from": "near", "to": "smelter", "commodity": "ore", "capacity": 8, "fixed_cost": 100},
        {"from": "far", "to": "smelter", "commodity": "ore"},
    ]
    network = Network.from_dict(
        {
            **NETWORK,
            "lanes": lanes,
            "supplies": {**NETWORK["supplies"], "near": {**NETWORK["supplies"]["near"], "quantity": 8}},
        }
    )
    solution = network.solve()
    assert solution.program.is_mixed
    assert solution.cost == pytest.approx(100 + 80)
    near = solution.program.columns.where(kind="buy", id="near")
    outcome = solution.session.solve(Delta.of(col_upper=(near, 0.0)))
    assert solution.program.cost @ outcome.x == pytest.approx(100 + 200)


def test_a_solution_goes_to_another_process_without_the_solvers_memory():
    """Its numbers are the same there, and a session is made anew."""
    solution = Network.from_dict(NETWORK).solve("squeeze")
    assert solution.session is solution.session
    other = pickle.loads(pickle.dumps(solution))
    assert np.array_equal(other.levels, solution.levels)
    assert other.program.cost @ other.session.solve().x == pytest.approx(solution.cost)

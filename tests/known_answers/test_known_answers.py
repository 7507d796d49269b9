"""Published problems, each written in the package's own grammar, against their published optima.

A folder is a problem: `network.yaml` names its source, `expected.yaml` holds the least cost and what
every optimal plan has in common. What the optimum leaves open is not compared.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import resilience as rs

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("*/network.yaml"))


def expected(folder: Path) -> dict[str, Any]:
    return yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request) -> Path:
    return request.param


def test_there_are_fourteen_problems():
    """A renamed folder must not make the tests below pass by running none."""
    assert [folder.name for folder in FOLDERS] == [
        "ampl_multi",
        "ampl_multmip1",
        "ampl_net1",
        "birge_louveaux_farmer",
        "bradley_min_cost_flow",
        "compecon_spatial_equilibrium",
        "dantzig_transport",
        "max_flow_interdiction",
        "mexss_steel",
        "min_cost_flow_interdiction",
        "opl_warehouse_location",
        "time_to_survive_own",
        "wagner_whitin",
        "williams_distribution_1",
    ]


def answers(folder: Path) -> list[tuple[str | None, dict[str, Any]]]:
    """Scenario, and what is expected of it; the network alone first."""
    whole = expected(folder)
    tolerances = {key: whole[key] for key in ("relative_tolerance", "absolute_tolerance")}
    others = whole.pop("scenarios", {})
    return [(None, whole), *((name, {**tolerances, **answer}) for name, answer in others.items())]


def test_known_answer(folder):
    """Cost, and the flows, throughputs, purchases, sales, prices and worths that are unique."""
    for scenario, answer in answers(folder):
        solution = rs.load(folder).solve(scenario)
        compare(solution, answer)


def compare(solution: rs.Solution, answer: dict[str, Any]) -> None:
    """Compare a solution with all that is expected of it."""
    mass, price = solution.unit.mass, solution.unit.price

    def near(value: Any) -> Any:
        return pytest.approx(value, rel=answer["relative_tolerance"], abs=answer["absolute_tolerance"])

    assert solution.certificate.holds
    assert solution.certificate.safe_bound <= solution.cost
    assert solution.certificate.integer_gap <= answer["relative_tolerance"]
    assert solution.cost == near(answer["cost"])
    one_period = len(solution.period_names) == 1
    flows = solution.flows.assign(
        key=lambda table: table["lane"] if one_period else table["lane"] + " " + table["period"]
    )
    found = {
        "flows": flows.set_index("key")[f"flow_{mass}"],
        "production": solution.production.set_index("facility")[f"throughput_{mass}"],
        "purchases": solution.purchases.set_index("supply")[f"bought_{mass}"],
        "sales": solution.sales.set_index("outlet")[f"sold_{mass}"],
        "prices": solution.prices.assign(
            key=lambda table: table["site"] + ":" + table["commodity"]
        ).set_index("key")[f"price_{price}"],
        "worth": worth_of_limits(solution),
    }
    for part, table in found.items():
        wanted = answer.get(part, {})
        assert {key: table[key] for key in wanted} == near(wanted), part


def worth_of_limits(solution: rs.Solution) -> dict[str, float]:
    """Fall of cost per unit of each limit and hub capacity."""
    rows = solution.program.rows.where(kind=("limit", "hub"))
    return dict(zip(solution.program.rows.texts("id", rows), -solution.duals[rows], strict=True))


def test_known_answer_holds_with_another_solver(folder):
    """CBC, through PuLP, finds the same cost."""
    for scenario, answer in answers(folder):
        solution = rs.load(folder).solve(scenario, solver="pulp:CBC")
        assert solution.certificate.holds
        assert solution.cost == pytest.approx(rs.load(folder).solve(scenario).cost, rel=1e-6)
        assert solution.cost == pytest.approx(answer["cost"], rel=1e-6)


def test_every_flow_of_net1_is_unique():
    """The published plan of AMPL net1 is the only optimal one: no lane beyond it is in use."""
    folder = Path(__file__).parent / "ampl_net1"
    flows = rs.load(folder).solve().flows.set_index("lane")["flow_package"]
    assert flows.to_dict() == pytest.approx(expected(folder)["flows"])


def test_no_known_answer_is_left_out():
    """Every part of `expected.yaml` is one that the test compares."""
    parts = {"flows", "production", "purchases", "sales", "prices", "worth"}
    parts |= {"plan"}  # compared in tests/analyses/test_plan.py
    parts |= {"worst_case"}  # compared in tests/analyses/test_worst_case.py
    parts |= {"time_to_recover", "time_to_survive", "loss", "risk_exposure_index"}  # test_time_to_survive.py
    numbers = {"cost", "relative_tolerance", "absolute_tolerance"}
    for folder in FOLDERS:
        for _, answer in answers(folder):
            assert set(answer) <= parts | numbers, folder.name

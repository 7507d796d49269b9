"""What a mixed-integer answer proves, and what its tables hold."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import resilience as rs
from resilience.program import Delta
from resilience.report.comparison import proofs
from resilience.report.tables import render
from resilience.report.text import proof
from resilience.solvers import HighsSession
from tests.formulation.test_fixed import choice
from tests.small import lane, mine, network, want


def mixed() -> rs.Network:
    """Let two mines with fixed costs, and a lane with one, serve two users."""
    return network(
        facilities={
            "a": mine("XAA", cost=1, fixed_cost=40, capacity=12),
            "b": mine("XBB", cost=3, fixed_cost=15, capacity=9),
            "c": mine("XCC", cost=9, capacity=30),
        },
        demands={"u": want(7, shortfall_cost=60), "v": want(8, shortfall_cost=80)},
        lanes=[
            lane(["a", "b", "c"], "u", cost=1, capacity=6),
            lane("a", "v", cost=2, fixed_cost=5),
            lane(["b", "c"], "v", cost=4, capacity=7),
        ],
    )


def test_the_certificate_has_the_bound_over_all_choices():
    solution = mixed().solve()
    certificate = solution.certificate
    assert certificate.holds
    assert certificate.integer_bound is not None
    assert certificate.integer_bound <= solution.cost + 1e-6
    assert 0 <= certificate.integer_gap <= 1e-6
    assert certificate.safe_bound <= solution.cost
    plain = choice({"capacity": 100}).solve().certificate
    assert (plain.integer_bound, plain.integer_gap) == (None, 0.0)


def test_the_best_choice_is_the_best_of_all_choices():
    """Every choice of what is used, one by one, as a plain linear program: none costs less."""
    program = mixed().program()
    whole = np.flatnonzero(program.integral)
    costs = []
    for number in range(1 << len(whole)):
        x = np.zeros(program.n_columns)
        x[whole] = [number >> bit & 1 for bit in range(len(whole))]
        outcome = HighsSession(program.fixed_at(x)).solve()
        if outcome.status == "optimal":
            costs.append(float(program.cost @ outcome.x))
    assert len(costs) > 1
    assert mixed().solve().cost == pytest.approx(min(costs))


def test_duals_are_those_of_the_program_with_whole_levels_fixed():
    """Every balance's dual lies between the one-sided differences of the fixed program."""
    solution = mixed().solve()
    fixed = solution.program.fixed_at(solution.levels)
    session, step = HighsSession(fixed), 1e-4
    base = float(fixed.cost @ session.solve().x)
    for row in fixed.rows.where(kind="balance"):
        slopes = []
        for sign in (1, -1):
            moved = Delta.of(
                row_lower=([row], fixed.row_lower[row] + sign * step),
                row_upper=([row], fixed.row_upper[row] + sign * step),
            )
            outcome = session.solve(moved)
            slopes.append(
                sign * (float(fixed.cost @ outcome.x) - base) / step
                if outcome.status == "optimal"
                else sign * np.inf
            )
        assert slopes[1] - 1e-5 <= solution.duals[row] <= slopes[0] + 1e-5


def test_another_solver_finds_the_same_cost_and_bound():
    own, other = mixed().solve(), mixed().solve(solver="pulp:CBC")
    assert other.cost == pytest.approx(own.cost)
    assert other.certificate.holds
    assert other.certificate.integer_bound == pytest.approx(own.cost)


def test_an_infeasible_choice_is_explained():
    """10 t must be met and no mine may be used: 10 t short at least, and the count is named."""
    with pytest.raises(rs.InfeasibleError) as caught:
        network(
            facilities={"mine": mine(capacity=20)},
            demands={"user": want(10)},
            lanes=[lane("mine", "user")],
            limits={"none": {"over": {"facility": "mine"}, "count": 0}},
        ).solve()
    (shortage,) = caught.value.shortfalls
    assert (shortage.demand, shortage.amount) == ("user", pytest.approx(10))
    assert [str(item) for item in caught.value.conflicts] == [
        "demands.user.quantity: exactly 10 t",
        "limits.none.count: at most 0 used",
    ]


def test_a_least_amount_that_cannot_be_is_explained():
    """The mine runs with 4 t or not at all, and a limit leaves 3 t: the 3 t wanted cannot be made."""
    with pytest.raises(rs.InfeasibleError) as caught:
        network(
            facilities={"mine": mine(capacity=5, minimum_when_used=4)},
            demands={"user": want(3)},
            lanes=[lane("mine", "user")],
            limits={"cap": {"over": {"facility": "mine"}, "at_most": 3}},
        ).solve()
    assert "facilities.mine.minimum_when_used: if used at all" in str(caught.value)


def test_an_infeasible_single_source_is_explained():
    """Two lanes of 6 t would do together; one must serve all 10 t, and may not be short."""
    with pytest.raises(rs.InfeasibleError, match=r"demands\.user\.single_source: one lane alone"):
        network(
            facilities={"a": mine(), "b": mine()},
            demands={"user": want(10, single_source=True)},
            lanes=[lane("a", "user", capacity=6), lane("b", "user", capacity=6)],
        ).solve()


def test_a_choice_that_takes_too_long_says_so():
    with pytest.raises(rs.TimeLimitError, match="time limit"):
        rs.load(Path(__file__).parents[1] / "known_answers" / "ampl_multmip1").solve(time_limit=1e-6)


def test_tables_of_a_mixed_answer_add_up():
    """Whatever the plan: what is made is shipped and delivered, and the bill adds up to the cost."""
    solution = mixed().solve()
    assert solution.cost_breakdown.sum() == pytest.approx(solution.cost)
    made = solution.production["throughput_t"].sum()
    assert made == pytest.approx(solution.flows["flow_t"].sum())
    assert solution.flows["arrived_t"].sum() == pytest.approx(solution.shortfall["delivered_t"].sum())
    assert solution.routes()["delivered_t"].sum() == pytest.approx(solution.shortfall["delivered_t"].sum())
    assert (solution.bottlenecks()["rent_usd_per_t"] >= 0).all()


def test_scenarios_of_a_mixed_network_are_solved_each_for_itself():
    """With the cheap mine out, 20 t come from the dear one (80); back again, 20 + 50."""
    network_ = choice(
        {"fixed_cost": 50, "capacity": 100},
        20,
        policies={"out": {"type": "outage", "facility": "cheap"}},
        scenarios={"without": {"policies": ["out"]}},
    )
    assert network_.solve().cost == pytest.approx(70)
    assert network_.solve("without").cost == pytest.approx(80)
    assert network_.solve().cost == pytest.approx(70)


def test_the_text_says_that_the_bound_over_all_choices_is_the_solvers_word():
    """20 t at 1 with a charge of 50: 70, of which the search says that nothing costs less."""
    text = render(proof(choice({"fixed_cost": 50, "capacity": 100}, 20).solve()))
    assert "Proof: this is the least cost" in text
    assert "no plan can cost less than 70.00 USD, which is the solver's word" in " ".join(text.split())


def test_the_text_says_how_far_from_the_best_a_plan_with_a_gap_may_be():
    """A plan of 70 with a bound of 68.6 is within 2 % of the best."""
    solution = choice({"fixed_cost": 50, "capacity": 100}, 20).solve()
    loose = replace(solution, certificate=replace(solution.certificate, integer_bound=68.6))
    text = " ".join(render(proof(loose)).split())
    assert "Proof: this is within 2.0 % of the least cost" in text
    assert "within 2.0 % of the best possible" in text
    both = " ".join(render(proofs(rs.compare(solution, loose))).split())
    assert "Proof: both are within 2.0 % of the least cost" in both


@pytest.mark.skipif(shutil.which("glpsol") is None, reason="GLPK is not installed")
def test_glpk_agrees():
    assert mixed().solve(solver="pulp:GLPK").cost == pytest.approx(mixed().solve().cost)

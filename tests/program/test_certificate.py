import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from resilience.program import certify
from resilience.program.certificate import TOLERANCE, safe_bound
from resilience.program.samples import two_sources
from resilience.solvers import HighsSession
from tests.programs import (
    INF,
    dense_program,
    exact_optimum,
    layered_network,
    networks,
    plain_program,
    programs,
    seeds,
)

OPTIMAL_X, OPTIMAL_Y = np.array([5.0, 3.0]), np.array([25.0])


def solved(program):
    outcome = HighsSession(program).solve()
    assume(outcome.status == "optimal")
    return outcome


def test_two_sources_are_proved_by_hand():
    """8 t wanted: 5 at 10 and 3 at 25 are 125; a price of 25 leaves the cheap source 15 a tonne: 200 - 75."""
    certificate = certify(two_sources(), OPTIMAL_X, OPTIMAL_Y)
    assert (certificate.primal, certificate.dual, certificate.gap) == (0.0, 0.0, 0.0)
    assert certificate.holds
    assert certificate.cost == 125.0
    assert 125.0 - 1e-12 < certificate.safe_bound <= 125.0
    assert 0.0 <= certificate.width < 1e-14


@pytest.mark.parametrize(
    ("x", "y", "measure"),
    [
        ([5.0, 3.0001], [25.0], "primal"),  # more than is wanted
        ([5.0001, 2.9999], [25.0], "primal"),  # past a capacity
        ([5.0, 3.0], [25.0025], "dual"),  # the dear source would earn at this price
        ([4.9, 3.1], [25.0], "dual"),  # the cheap source earns and is not used up
        ([4.9, 3.1], [25.0], "gap"),
        ([5.0, 3.0], [24.0], "gap"),
    ],
)
def test_each_measure_sees_its_own_fault(x, y, measure):
    certificate = certify(two_sources(), np.array(x), np.array(y))
    assert getattr(certificate, measure) > TOLERANCE
    assert not certificate.holds


@pytest.mark.parametrize(
    ("x", "y"),
    [([math.nan, 3.0], [25.0]), ([5.0, 3.0], [math.nan]), ([INF, 3.0], [25.0]), ([5.0, 3.0], [-INF])],
)
def test_what_is_not_a_number_proves_nothing(x, y):
    certificate = certify(two_sources(), np.array(x), np.array(y))
    assert not certificate.holds
    assert certificate.gap == INF
    assert not certificate.safe_bound > 125.0


@pytest.mark.parametrize("measure", ["primal", "dual", "gap"])
def test_a_measure_of_nan_or_too_much_does_not_hold(measure):
    certificate = certify(two_sources(), OPTIMAL_X, OPTIMAL_Y)
    assert certificate.holds
    assert not replace(certificate, **{measure: math.nan}).holds
    assert not replace(certificate, **{measure: 1.01e-7}).holds
    assert replace(certificate, **{measure: 0.99e-7}).holds


def test_a_dual_of_nan_fails_even_where_its_row_is_empty_and_its_columns_are_fixed():
    program = dense_program([[1], [0]], [1], [2], [2], [2, 0], [2, 0])
    assert certify(program, np.array([2.0]), np.array([0.0, 0.0])).holds
    assert not certify(program, np.array([2.0]), np.array([math.nan, 0.0])).holds
    assert not certify(program, np.array([2.0]), np.array([0.0, math.nan])).holds


def test_the_certificate_reads_as_a_sentence():
    text = str(certify(two_sources(), OPTIMAL_X, OPTIMAL_Y))
    assert text.startswith("cost 125 proved >= 12")
    assert "gap 0.0e+00" in text


def test_a_row_of_large_terms_may_miss_its_bound_by_as_much_as_its_primal_measure_allows():
    """1e7 t in and out of a balance, off by 0.1 t: within 1e-7 of the terms, so its price is no violation."""
    program = dense_program([[1, -1]], [3, -2], [1e7, 0], [INF, INF], [0], [0])
    certificate = certify(program, np.array([1e7, 1e7 - 0.1]), np.array([2.0]))
    assert certificate.primal == pytest.approx(1e-8)
    assert certificate.dual <= TOLERANCE
    assert certify(program, np.array([1e7, 1e7 - 100]), np.array([2.0])).dual > TOLERANCE


def test_rounding_of_a_reduced_cost_is_not_charged_at_a_far_bound():
    """0.1 + 0.2 of price pay 0.3 of cost, but for the last bit; a bound of 1e12 would turn that into 5e-5."""
    program = dense_program([[1, 1], [1, 0]], [0.1 + 0.2, 0.1], [0, 0], [1e12, INF], [1, 0.5], [INF, INF])
    cost_of_first = 0.3
    program = replace(program, costs={"production": np.array([cost_of_first, 0.1])})
    assert cost_of_first != 0.1 + 0.2
    certificate = certify(program, np.array([0.5, 0.5]), np.array([0.1, 0.2]))
    assert certificate.holds
    assert certificate.safe_bound < certificate.cost


def test_the_safe_bound_of_wrong_duals_is_low_and_valid():
    """At a price of 30 the sources would earn 20 on 5 t and 5 on 20 t: 240 - 100 - 100 = 40 remains sure."""
    assert safe_bound(two_sources(), np.array([30.0])) == pytest.approx(40.0)
    assert safe_bound(two_sources(), np.array([-1.0])) == pytest.approx(-8.0)


def test_a_dual_that_points_to_a_missing_bound_is_dropped():
    """At least 3 at a cost of 2: a negative dual of the row would need an upper bound."""
    program = dense_program([[1]], [2], [0], [INF], [3], [INF])
    assert safe_bound(program, np.array([2.0])) == pytest.approx(6.0)
    assert safe_bound(program, np.array([-5.0])) == pytest.approx(0.0, abs=1e-12)


def test_duals_are_pulled_in_where_a_loop_has_no_bound():
    """Two lanes there and back at 1 each have no bound; prices a hair too far apart still prove nearly 6."""
    program = dense_program(
        [[1, -1, 1, 0], [-1, 1, 0, 1]], [1, 1, 5, 6], [0, 0, 0, 0], [INF, INF, 9, 9], [0, 1], [0, 1]
    )
    bound = safe_bound(program, np.array([5.0, 6.0 + 1e-12]))
    assert 6.0 - 1e-9 < bound <= 6.0
    assert safe_bound(program, np.array([0.0, 20.0])) > -INF


def test_a_free_loop_that_the_duals_would_turn_has_no_safe_bound():
    program = dense_program([[1, -1]], [0, 0], [0, 0], [INF, INF], [0], [0])
    assert safe_bound(program, np.array([1.0])) == -INF
    assert safe_bound(program, np.array([0.0])) == 0.0


def test_a_column_that_nothing_uses_costs_no_bound():
    program = dense_program([[1, 0]], [2, 0], [0, 0], [INF, INF], [3], [INF])
    assert safe_bound(program, np.array([2.0])) == pytest.approx(6.0)


def test_duals_beyond_all_numbers_prove_nothing():
    assert safe_bound(two_sources(), np.array([1e308])) < -1e300
    assert safe_bound(two_sources(), np.array([INF])) == pytest.approx(0.0)


@given(programs)
def test_every_optimum_of_highs_is_proved(program):
    outcome = solved(program)
    certificate = certify(program, outcome.x, outcome.y)
    assert certificate.holds, certificate
    assert certificate.safe_bound <= certificate.cost + TOLERANCE * max(1.0, abs(certificate.cost))


@given(networks, seeds)
def test_levels_moved_by_1e4_are_refused(program, seed):
    outcome = solved(program)
    moved = outcome.x * (1 + 1e-4 * np.random.default_rng(seed).choice([-1.0, 1.0], program.n_columns))
    assume(np.abs(outcome.x).max() > 1)
    assert not certify(program, moved, outcome.y).holds
    assert not certify(program, outcome.x * 1.0001, outcome.y).holds


@given(networks, st.data())
def test_one_level_moved_by_1e4_of_its_balance_is_refused(program, data):
    outcome = solved(program)
    equal = program.row_lower == program.row_upper
    entries = np.flatnonzero(equal[program.indices])
    entry = data.draw(st.sampled_from(entries.tolist()))
    row, column = program.indices[entry], program.entry_columns[entry]
    terms = np.abs(program.values * outcome.x[program.entry_columns])[program.indices == row]
    moved = outcome.x.copy()
    moved[column] += (
        data.draw(st.sampled_from([1, -1])) * 1e-4 * max(1.0, terms.max()) / program.values[entry]
    )
    assert certify(program, moved, outcome.y).primal > TOLERANCE


@given(networks, st.data())
def test_one_dual_moved_by_1e4_is_refused_where_a_level_is_between_its_bounds(program, data):
    """Where no level is between bounds, other duals may prove the same plan, and rightly do."""
    outcome = solved(program)
    room = 1e-3 * np.maximum(1.0, np.abs(outcome.x))
    between = (outcome.x > program.col_lower + room) & (outcome.x < program.col_upper - room)
    entries = np.flatnonzero(between[program.entry_columns])
    assume(len(entries) > 0)
    entry = data.draw(st.sampled_from(entries.tolist()))
    column = program.entry_columns[entry]
    mine = program.entry_columns == column
    size = np.abs(program.values * outcome.y[program.indices])[mine].max()
    moved = outcome.y.copy()
    moved[program.indices[entry]] += 1e-4 * max(1.0, abs(program.cost[column]), size) / program.values[entry]
    assert certify(program, outcome.x, moved).dual > TOLERANCE


@pytest.mark.parametrize("awkward", [False, True], ids=["whole", "awkward"])
@pytest.mark.parametrize("make", [layered_network, plain_program])
def test_the_safe_bound_never_exceeds_the_optimum_in_exact_arithmetic(make, awkward):
    """Of 300 programs of each kind nearly all can be settled exactly, and no bound is above by even a bit."""
    exact, optimal = 0, 0
    for seed in range(300):
        program = make(seed, awkward=awkward)
        outcome = HighsSession(program).solve()
        if outcome.status != "optimal":
            continue
        optimal += 1
        optimum = exact_optimum(program)
        if optimum is None:
            continue
        exact += 1
        random = np.random.default_rng(seed)
        others = [
            outcome.y * (1 + 1e-9 * random.normal(size=program.n_rows)),
            outcome.y + random.normal(size=program.n_rows),
        ]
        for y in (outcome.y, *others, np.zeros(program.n_rows)):
            bound = safe_bound(program, y)
            assert bound == -INF or Fraction(bound) <= optimum, (seed, bound, float(optimum))
    assert optimal > 200
    assert exact >= 0.97 * optimal


@settings(max_examples=300)
@given(programs, seeds)
def test_no_duals_whatever_give_a_bound_above_the_optimum(program, seed):
    optimum = exact_optimum(program)
    assume(optimum is not None)
    random = np.random.default_rng(seed)
    y = random.choice([0.0, 0.1, -1.0, 1e3, 1e9, 1e-12], program.n_rows) * random.normal(size=program.n_rows)
    bound = safe_bound(program, y)
    assert bound == -INF or Fraction(bound) <= optimum


@given(seeds, st.integers(1, 60))
def test_the_safe_bound_is_not_above_the_exact_worth_of_the_duals(seed, size):
    """Each demand of 0.1 or so at a price of 0.1 or so, far below cost: the bound is prices times demands."""
    random = np.random.default_rng(seed)
    wanted = random.choice([0.1, 0.2, 1 / 3, 1e-3, 77.7], size)
    price = random.choice([0.1, 0.7, 1 / 3, 12.3456], size)
    none = np.zeros(size)
    program = dense_program(np.eye(size), none + 99.0, none, none + INF, wanted, wanted)
    exact = sum(
        (Fraction(float(a)) * Fraction(float(b)) for a, b in zip(wanted, price, strict=True)), Fraction(0)
    )
    bound = Fraction(safe_bound(program, price))
    assert bound <= exact
    assert exact - bound <= Fraction(1, 10**12) * exact


@given(st.integers(0, 10**6), st.integers(1, 60))
def test_the_safe_bound_holds_where_the_optimum_is_a_long_sum(seed, size):
    """Many demands of 0.1 or so at 0.1 or so: a sum rounds at every step, the bound only ever down."""
    random = np.random.default_rng(seed)
    wanted = random.choice([0.1, 0.2, 1 / 3, 1e-3, 1e6], size)
    cost = random.choice([0.1, 0.7, 1 / 3, 123.456], size)
    program = dense_program(np.eye(size), cost, np.zeros(size), np.full(size, INF), wanted, wanted)
    exact = sum(
        (Fraction(float(a)) * Fraction(float(b)) for a, b in zip(wanted, cost, strict=True)), Fraction(0)
    )
    bound = Fraction(safe_bound(program, cost))
    assert bound <= exact
    assert exact - bound <= Fraction(1, 10**9) * exact

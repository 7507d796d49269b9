"""The certificate against optima in rational arithmetic, on small random networks compiled from their text.

Yields, losses, co-products, recycling, minimums, tiers, lead times, stock and several periods. How many are
tried is `EXACT_NETWORKS` of the environment, a hundred if it is not set.
"""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np
import pytest

import resilience as rs
from resilience.program import LinearProgram, Outcome, certify
from resilience.program.certificate import TOLERANCE, safe_bound
from resilience.solvers import HighsSession
from tests.networks_random import Shape, network_of
from tests.programs import exact_optimum

COUNT = int(os.environ.get("EXACT_NETWORKS", "100"))


def program_of(seed: int) -> LinearProgram:
    random = np.random.default_rng(seed)

    def coin() -> bool:
        return bool(random.random() < 0.5)

    shape = Shape(
        seed=seed,
        mines=int(random.integers(1, 3)),
        plants=int(random.integers(1, 3)),
        makers=1,
        demands=int(random.integers(1, 3)),
        periods=int(random.integers(1, 3)),
        recycles=coin(),
        has_co_product=coin(),
        lead=int(random.integers(0, 2)),
        has_port=coin(),
        has_minimums=coin(),
        has_stockpile=coin(),
    )
    return rs.Network.from_dict(network_of(shape)).program()


def with_one_level_moved(program: LinearProgram, x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return levels of which one has moved by 1e-4 of the largest term of a balance that it is in."""
    entries = np.flatnonzero((program.row_lower == program.row_upper)[program.indices])
    entry = random.choice(entries)
    row, column = program.indices[entry], program.entry_columns[entry]
    terms = np.abs(program.values * x[program.entry_columns])[program.indices == row]
    moved = x.copy()
    moved[column] += random.choice([-1, 1]) * 1e-4 * max(1.0, terms.max()) / program.values[entry]
    return moved


def with_one_dual_moved(
    program: LinearProgram, outcome: Outcome, random: np.random.Generator
) -> np.ndarray | None:
    """Return duals, one moved by 1e-4 of what a level between its bounds earns; None without such a level."""
    room = 1e-3 * np.maximum(1.0, np.abs(outcome.x))
    between = (outcome.x > program.col_lower + room) & (outcome.x < program.col_upper - room)
    entries = np.flatnonzero(between[program.entry_columns])
    if not len(entries):
        return None
    entry = random.choice(entries)
    column = program.entry_columns[entry]
    mine = program.entry_columns == column
    size = max(
        1.0, abs(program.cost[column]), np.abs(program.values * outcome.y[program.indices])[mine].max()
    )
    moved = outcome.y.copy()
    moved[program.indices[entry]] += random.choice([-1, 1]) * 1e-4 * size / program.values[entry]
    return moved


def test_bounds_and_costs_enclose_exact_optima_and_what_is_moved_is_refused(record_property):
    """Never above the optimum by a bit, never below by more than rounding; at most 1 in 50 is not settled."""
    exact, widest, moved_duals = 0, 0.0, 0
    for seed in range(COUNT):
        program, random = program_of(seed), np.random.default_rng(seed)
        outcome = HighsSession(program).solve()
        certificate = certify(program, outcome.x, outcome.y)
        assert certificate.holds, (seed, certificate)
        widest = max(widest, certificate.width)
        assert not certify(program, with_one_level_moved(program, outcome.x, random), outcome.y).holds, seed
        y = with_one_dual_moved(program, outcome, random)
        if y is not None:
            moved_duals += 1
            assert certify(program, outcome.x, y).dual > TOLERANCE, seed
        optimum = exact_optimum(program)
        if optimum is None:
            continue
        exact += 1
        assert Fraction(certificate.safe_bound) <= optimum, seed
        assert float(optimum) == pytest.approx(certificate.cost, rel=1e-9, abs=1e-9), seed
        other = safe_bound(program, outcome.y * (1 + 1e-6 * random.normal(size=program.n_rows)))
        assert other == -np.inf or Fraction(other) <= optimum, seed
    record_property("settled exactly", exact)
    record_property("widest relative enclosure", widest)
    print(f"{exact} of {COUNT} settled exactly, widest enclosure {widest:.1e}, {moved_duals} duals moved")  # noqa: T201
    assert widest < 1e-9
    assert exact >= 0.98 * COUNT
    assert moved_duals >= 0.9 * COUNT

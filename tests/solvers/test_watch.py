"""The search for whole levels: what is told while it runs, what stops it, and what it leaves behind."""

from __future__ import annotations

import itertools
import math
import signal
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import resilience as rs
from resilience.program import LinearProgram, Search
from resilience.solvers import HighsSession
from resilience.solvers.highs import solve_mixed
from tests.programs import dense_program

LIGHT, HEAVY = (2, 16), (5, 40)
"""Goods and plants of a market split: one that is solved at once, and one that nobody solves in an hour."""


def shares(goods: int, plants: int) -> np.ndarray:
    return np.random.default_rng(1).integers(1, 100, (goods, plants)).astype(float)


def market_split(goods: int, plants: int) -> LinearProgram:
    """Choose plants such that of every good exactly half is made; what is over or short costs 1 per t.

    Source: Cornuejols & Dawande (1998), A class of hard small 0-1 programs, IPCO VI, 284-293.
    """
    made = shares(goods, plants)
    half = np.floor(made.sum(axis=1) / 2)
    cost = [0.0] * plants + [1.0] * 2 * goods
    upper = [1.0] * plants + [math.inf] * 2 * goods
    matrix = np.hstack([made, np.eye(goods), -np.eye(goods)])
    program = dense_program(matrix, cost, [0.0] * len(cost), upper, half, half)
    return replace(program, integral=np.array([True] * plants + [False] * 2 * goods))


def market_split_network(goods: int, plants: int) -> rs.Network:
    """Return the same as a network on one site: plants run in full or not at all."""
    made = shares(goods, plants)
    names = [f"good_{number}" for number in range(goods)]
    facilities: dict[str, Any] = {
        f"plant_{number}": {
            "country": "AUS", "site": "works", "capacity": 1, "minimum_when_used": 1,
            "outputs": dict(zip(names, made[:, number].tolist(), strict=True)),
        }
        for number in range(plants)
    }  # fmt: skip
    demands: dict[str, Any] = {
        f"user_{name}": {
            "country": "AUS", "site": "works", "commodity": name,
            "quantity": math.floor(row.sum() / 2), "shortfall_cost": 1,
        }
        for name, row in zip(names, made, strict=True)
    }  # fmt: skip
    return rs.Network.from_dict(
        {
            "sites": {"works": {"country": "AUS"}},
            "commodities": {name: {"disposal_cost": 1} for name in names},
            "facilities": facilities,
            "demands": demands,
        }
    )


def test_every_bound_that_is_told_lies_below_the_optimum_and_every_plan_above():
    told: list[Search] = []
    outcome = solve_mixed(market_split(*LIGHT), None, progress=told.append)
    cost = market_split(*LIGHT).cost @ outcome.x
    assert outcome.status == "optimal"
    assert told
    assert all(search.bound <= cost + 1e-6 <= search.cost + 2e-6 for search in told)
    assert all(later.cost <= earlier.cost + 1e-6 for earlier, later in itertools.pairwise(told))
    assert told[-1].cost == pytest.approx(cost)
    assert told[-1].gap <= 1e-6


def test_whoever_is_told_nothing_gets_the_same_plan():
    program = market_split(*LIGHT)
    silent, watched = solve_mixed(program, None), solve_mixed(program, None, progress=lambda _: None)
    assert program.cost @ silent.x == pytest.approx(program.cost @ watched.x)
    assert silent.bound == pytest.approx(watched.bound)


def test_it_is_told_in_the_thread_that_waits():
    threads = set()
    solve_mixed(market_split(*LIGHT), None, progress=lambda _: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}


def test_what_the_told_raises_ends_a_search_that_would_go_on_for_hours():
    def enough(search: Search) -> None:
        if math.isfinite(search.cost):
            raise LookupError("seen enough")

    with pytest.raises(LookupError, match="seen enough"):
        market_split_network(*HEAVY).solve(progress=enough)


@pytest.mark.skipif(not hasattr(signal, "raise_signal"), reason="no signals")
def test_ctrl_c_stops_a_small_program_that_takes_hours():
    """50 columns are few, yet the search must hear of the signal."""
    pressed: list[Search] = []

    def press(search: Search) -> None:
        if math.isfinite(search.cost) and not pressed:
            pressed.append(search)
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts with &
    try:
        with pytest.raises(rs.SolveInterrupted, match=r"interrupted; the best plan found costs [0-9.]+ USD"):
            market_split_network(*HEAVY).solve(progress=press)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_time_limit_says_what_had_been_found():
    """All demands short is a plan, so there is one at once; that it is the best takes hours to prove."""
    with pytest.raises(rs.TimeLimitError, match=r"the best plan found costs .* a gap of [0-9.]+ %") as caught:
        market_split_network(*HEAVY).solve(time_limit=1.0)
    error = caught.value
    assert error.cost is not None
    assert error.bound is not None
    assert error.gap == pytest.approx((error.cost - error.bound) / max(1.0, error.cost))
    assert 0 <= error.bound < error.cost


def test_a_time_limit_that_leaves_no_plan_says_so():
    with pytest.raises(rs.TimeLimitError) as caught:
        market_split_network(*HEAVY).solve(time_limit=0.0)
    assert caught.value.cost is None
    assert "no plan" in str(caught.value)


def test_an_accepted_gap_ends_the_search_with_a_proved_plan_within_it():
    """Half-way good is good enough for one, and the other gets the best plan before and after."""
    network = market_split_network(*LIGHT)
    best, good = network.solve(), network.solve(mip_gap=0.9)
    assert best.certificate.integer_gap <= 1e-6
    assert good.certificate.holds
    assert good.certificate.integer_gap <= 0.9
    assert good.certificate.integer_bound <= best.cost + 1e-6
    assert best.cost <= good.cost + 1e-6
    assert network.solve().cost == pytest.approx(best.cost)  # no earlier gap sticks


def test_a_gap_ends_the_search_before_it_is_done():
    """With 99 % accepted any plan with a bound above 1 % of it will do; the best one is not asked for."""
    told: list[Search] = []
    program = market_split(3, 20)
    session = HighsSession(program, mip_gap=0.5, progress=told.append)
    outcome = session.solve()
    assert outcome.bound is not None
    assert program.cost @ outcome.x - outcome.bound <= 0.5 * (program.cost @ outcome.x) + 1e-6


@pytest.mark.parametrize("gap", [-0.1, 1.0, math.nan])
def test_a_gap_that_is_no_share_is_an_error(gap):
    with pytest.raises(rs.InputError, match="wanted a share"):
        market_split_network(*LIGHT).solve(mip_gap=gap)


def test_a_gap_through_pulp_is_an_error_since_no_bound_would_say_what_it_is():
    with pytest.raises(rs.InputError, match="HiGHS alone"):
        market_split_network(*LIGHT).solve(solver="pulp", mip_gap=0.01)

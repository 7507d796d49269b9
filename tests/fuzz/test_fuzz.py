"""A few hundred spoilt networks in every test run, and the least input of each kind of finding.

Many more: ``python -m tests.fuzz --files 100000 --seed 0``.
"""

from __future__ import annotations

# ruff: noqa: E501  (an entry is a line)
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import resilience as rs
from tests.fuzz.cases import MAIN, Case, case_of, judge, make_case
from tests.fuzz.run import run
from tests.fuzz.seeds import BASIC, CURVED, TABLED, TABLES, YAMLS


@pytest.mark.parametrize("text", [*YAMLS, CURVED])
def test_what_is_spoilt_was_right(text):
    assert judge(Case("right", {MAIN: text.encode()})) == "solved"


def test_the_tables_that_are_spoilt_were_right():
    files = {MAIN: TABLED.encode()} | {name: text.encode() for name, text in TABLES.items()}
    assert judge(Case("right", files)) == "solved"


def test_a_few_hundred_spoilt_networks_end_in_a_plan_or_in_our_errors():
    found = [judge(case_of(0, number)) for number in range(200)]
    assert "refused nowhere" not in found
    assert found.count("solved") > 10


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_networks_spoilt_by_hypothesis_end_in_a_plan_or_in_our_errors(dice):
    """Hypothesis throws the dice, and finds the least change that does the damage."""
    assert judge(make_case(dice)) != "refused nowhere"


def test_a_crash_a_hang_and_an_error_of_another_kind_are_findings(monkeypatch):
    """The runner can fail: what a file does wrong is noted, and the next is judged."""

    def bad(case: Case) -> str:
        if random.random() < 2:
            raise ValueError(case.kind[:0])
        return ""

    monkeypatch.setattr("tests.fuzz.run.judge", bad)
    (finding,) = run(0, range(3), memory=0).findings.items()
    assert finding[0].startswith("ValueError")
    assert finding[1] == [0, 1, 2]


FOUND = {
    "interest that is next to nothing": (
        BASIC + "projects: {m: {facility: mine, capacity: 1, capital_cost: 1, life: 9, discount_rate: 1e-300}}\n",
        "solved",
    ),
    "a life that is next to nothing": (
        BASIC + "projects: {m: {facility: mine, capacity: 1, capital_cost: 1, life: 1e-320, discount_rate: 0.1}}\n",
        "solved",
    ),
    "an empty file has a first line": ("", "refused"),
    "comments alone": ("# x\n", "refused"),
}  # fmt: skip
"""The least input of each finding, and what should come of it."""


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_does_not_come_back(name):
    text, outcome = FOUND[name]
    assert judge(Case("found", {MAIN: text.encode()})) == outcome


def test_interest_next_to_nothing_is_none():
    """Annuities at interest 1e-300 and at none are the same: the capital, spread over the life."""
    plan = (
        BASIC
        + "projects: {m: {facility: mine, capacity: 9e5, capital_cost: 1e4, life: 4, discount_rate: RATE}}\n"
    )
    small, none = (rs.Network.from_yaml(plan.replace("RATE", rate)).solve() for rate in ("1e-300", "0"))
    assert small.cost == none.cost

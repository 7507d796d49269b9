"""Limits over projects: what building takes, such as land, permits or engineers."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from resilience.errors import InputError
from tests.small import column, lane, mine, network, want


def builder(limit: dict[str, Any], **sections: Any) -> rs.Network:
    """Let two mines of up to 10 t a year be built for 10 USD; 12 t a year are wanted, short at 100."""
    return network(
        **{
            "facilities": {"one": mine(cost=1, capacity=0), "two": mine(cost=2, capacity=0)},
            "projects": {
                key: {"facility": key.removesuffix("_dug"), "capacity": 10, "capital_cost": 10}
                for key in ("one_dug", "two_dug")
            },
            "limits": {"permits": limit},
            "demands": {"user": want(12, shortfall_cost=100)},
            "lanes": [lane({"kind": "facility"}, "user")],
            **sections,
        }
    )


def test_a_limit_holds_what_is_built_together():
    """9 t of permits, all for the cheaper mine: 9 of capital, 9 x 1, and 3 t short."""
    solution = builder({"over": {"project": ["one_dug", "two_dug"]}, "at_most": 9}).solve()
    assert solution.cost == pytest.approx(9 + 9 + 300)
    assert column(solution.projects, "project", "capacity_t_per_yr") == pytest.approx({"one_dug": 9})
    rents = solution.bottlenecks().set_index("limit")["rent_usd_per_t"]
    assert rents["limits.permits.at_most"] == pytest.approx(100 - 1 - 1)


def test_weights_say_how_much_of_it_a_tonne_of_capacity_takes():
    """A tonne of the first takes 3, of the second 1: 9 buy 9 t of the second, at 1 + 2 each."""
    terms = [{"project": "one_dug", "weight": 3}, {"project": "two_dug"}]
    solution = builder({"over": terms, "at_most": 9}).solve()
    assert solution.cost == pytest.approx(9 * 3 + 300)


@pytest.mark.parametrize(("total", "built"), [(False, [4, 4, 4]), (True, [4])])
def test_per_period_or_in_all(total, built):
    """4 t a year may be decided on in each quarter, or in all of them together; never scaled."""
    solution = builder(
        {"over": {"project": ["one_dug", "two_dug"]}, "at_most": 4, "over_horizon": total},
        horizon={"start": 2025, "periods": 3, "step": "quarter"},
    ).solve()
    found = solution.projects.groupby("period")["capacity_t_per_yr"].sum()
    assert found.tolist() == pytest.approx(built)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"p": {"over": {"project": "one_dug"}, "at_most": 9, "fixed_cost": 5}}, "not over projects"),
        ({"p": {"over": {"project": "nil"}, "at_most": 9}}, "unknown project 'nil'"),
        (
            {"p": {"over": {"project": "one_dug"}, "at_most": 9}, "n": {"over": {"limit": "p"}, "count": 1}},
            "'p' is over projects, which are not used but built",
        ),
        ({"p": {"over": {"project": "one_dug"}, "count": 1}}, "`count` is over lanes"),
    ],
)
def test_what_a_limit_over_projects_cannot_be(limits, told):
    with pytest.raises(InputError, match=told):
        builder({}, limits=limits)

"""Policies made in Python: what is wrong with one is our error, all of it at once, each at its field."""

from __future__ import annotations

import pytest

import resilience as rs
from resilience.policies import POLICIES, Policy
from tests.shared import rare_earths

RIGHT = {
    "budget": {"amount": 1e9, "country": "USA"},
    "content_minimum": {"consumer": "USA", "commodities": "ore", "share": 0.4},
    "demand_change": {"demand": "user", "factor": 1.2},
    "export_restriction": {"from_": "CHN"},
    "export_tax": {"exporter": "CHN", "rate": 0.1},
    "freight_shock": {"factor": 2},
    "offtake": {"facility": "mine", "buyer": "plant", "quantity": 5},
    "origin_rule": {"exclude": "CHN", "demand": "user"},
    "outage": {"facility": "mine"},
    "price_floor": {"members": "USA", "commodity": "ore", "floor": 9, "mechanism": "top_up"},
    "price_shock": {"of": "mine", "factor": 2},
    "sourcing_cap": {"consumer": "USA", "commodities": "ore", "share": 0.6},
    "stockpile_rule": {"stockpile": "vault", "target": 5},
    "subsidy": {"producer": "mine", "amount": 5},
    "tariff": {"importer": "USA", "rate": 0.25},
}
"""The fewest fields that each instrument can do with."""

EVERY = pytest.mark.parametrize("policy", POLICIES.values(), ids=list(POLICIES))


def faults_of(policy: type[Policy], *args: object, **fields: object) -> dict[str, str]:
    """Return what is said of each field."""
    with pytest.raises(rs.InputError) as caught:
        policy(*args, **fields)
    return {problem.path: problem.message for problem in caught.value.problems}


@EVERY
def test_every_instrument_can_be_made(policy):
    assert policy(**RIGHT[policy.instrument]).type == policy.instrument


@EVERY
def test_a_misspelt_field_is_an_error_with_what_was_meant(policy):
    right = dict(RIGHT[policy.instrument])
    field = next(iter(right))
    slip = field[:-2] + field[-1] if len(field) > 3 else field + "f"
    right[slip] = right.pop(field)
    told = faults_of(policy, **right)
    assert told[f"{policy.__name__}.{slip}"].startswith(f"unknown field '{slip}'")
    assert f"did you mean '{field}'?" in told[f"{policy.__name__}.{slip}"]


@EVERY
def test_all_faults_come_at_once(policy):
    told = faults_of(policy, **RIGHT[policy.instrument], since="soon", until=[1], colour="red")
    assert set(told) == {f"{policy.__name__}.{name}" for name in ("since", "until", "colour")}
    assert told[f"{policy.__name__}.since"] == "'soon' is not a date; write 2025, 2025-04 or 2025-04-15"


@EVERY
def test_what_contradicts_itself_is_an_error(policy):
    told = faults_of(policy, **RIGHT[policy.instrument], since=2027, until=2026)
    assert told == {policy.__name__: "until 2026-01-01 is not after since 2027-01-01"}


@EVERY
def test_a_value_without_a_name_is_an_error(policy):
    told = faults_of(policy, "USA")
    assert "'USA' has no name; write which field it is" in told[policy.__name__]


NUMBERS = [
    (name, field)
    for name, policy in POLICIES.items()
    for field, spec in policy.model_fields.items()
    if isinstance(spec.json_schema_extra, dict) and spec.json_schema_extra["kind"] in ("number", "quantity")
]


@pytest.mark.parametrize(("name", "field"), NUMBERS)
@pytest.mark.parametrize("value", ["x", float("nan"), object(), True])
def test_what_is_no_number_is_an_error_at_its_field(name, field, value):
    policy = POLICIES[name]
    told = faults_of(policy, **{**RIGHT[name], field: value})
    assert f"{policy.__name__}.{field}" in told


def test_a_field_within_a_field_is_told_by_its_path():
    told = faults_of(rs.Outage, facility={"contry": "CHN"})
    assert told == {"Outage.facility.contry": "unknown field 'contry'; did you mean 'country'?"}


def test_names_are_those_of_python():
    assert faults_of(rs.ExportRestriction) == {"ExportRestriction": "needs `from_`"}


def test_a_policy_made_in_python_that_fits_no_network_is_told_by_the_network():
    network = rare_earths()
    with pytest.raises(rs.InputError, match="did you mean 'ndpr_oxide'") as caught:
        network.solve(rs.Tariff(importer="USA", commodities="ndpr_oxid", rate=0.2))
    (problem,) = caught.value.problems
    assert problem.path == "policies.tariff.commodities.0"

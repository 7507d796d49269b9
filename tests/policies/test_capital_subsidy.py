"""A subsidy of a project's capital, and a budget that counts all of it."""

import pytest

from resilience import Budget, InputError, Network, Subsidy

YAML = """
horizon: {start: 2025, periods: 2}
commodities: {ore: {}}
facilities:
  home: {country: USA, outputs: {ore: 1}, capacity: 0, cost: 1}
  abroad: {country: CHN, outputs: {ore: 1}, cost: 11}
projects:
  pit: {facility: home, capacity: 10, capital_cost: 300, life: 10}
demands:
  works: {country: USA, commodity: ore, quantity: 10}
lanes:
  - {from: {kind: facility}, to: works, commodity: ore}
"""


def test_a_share_of_the_capital_makes_the_project_pay():
    """Built at once the pit saves 10 t * 10 = 100 a year; two of ten years' capital, 60, are charged.

    Abroad: 2 * 10 * 11 = 220. With the pit: 2 * 10 * 1 + 60 = 80, and a quarter of the 60 is paid back.
    """
    network = Network.from_yaml(YAML)
    assert network.solve().cost == pytest.approx(80)
    solution = network.solve(Subsidy(project="pit", share="25%"))
    assert solution.cost == pytest.approx(80 - 15)
    assert solution.transfers.to_numpy().tolist() == [["capital_subsidy", "USA", -15.0]]


def test_a_budget_counts_the_whole_capital_and_not_what_the_horizon_is_charged():
    """150 buy half of a pit that costs 300, though two years are charged 60 for all of it.

    Half a pit makes 5 t a year: 2 * (5 * 1 + 5 * 11) + 30 = 150.
    """
    solution = Network.from_yaml(YAML).solve(Budget(amount=150, project="pit"))
    assert solution.projects["share"].tolist() == [pytest.approx(0.5)]
    assert solution.cost == pytest.approx(150)


EITHER = "a subsidy goes either to a `producer` or to a `project`"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("share: 20%", EITHER),
        (
            "producer: home, project: pit, share: 20%",
            "a subsidy goes either to a `producer` or to a `project`",
        ),
        ("project: pit, amount: 5", "a project is subsidised by a `share` of its capital, whatever it makes"),
        ("project: pitt, share: 20%", "unknown project 'pitt'; did you mean 'pit'?"),
    ],
)
def test_a_meaningless_subsidy_of_a_project_is_told_with_its_line(fields, message):
    with pytest.raises(InputError) as caught:
        Network.from_yaml(YAML + f"policies:\n  grant: {{type: subsidy, {fields}}}\n")
    (problem,) = caught.value.problems
    assert problem.message == message
    assert problem.line == 14

"""Small files that ask for much: each is refused, or done, soon and in little memory."""

from __future__ import annotations

import time

import pytest

import resilience as rs
from resilience.errors import FormulationError
from tests.grammar.faults import problems_of

SMALL = """\
commodities: {ore: {}}
supplies: {s: {country: USA, commodity: ore, price: 1}}
demands: {d: {country: USA, commodity: ore, quantity: 1}}
lanes: [{from: s, to: d, commodity: ore}]
"""


def many(count: int, lane: str = "") -> str:
    """Return a network with one rule that joins every supply to every demand."""
    supplies = "".join(f"  s{n}: {{country: USA, commodity: ore, price: 1}}\n" for n in range(count))
    demands = "".join(f"  d{n}: {{country: USA, commodity: ore, quantity: 1}}\n" for n in range(count))
    rule = f"[{{from: {{kind: supply}}, to: {{kind: demand}}, commodity: ore{lane}}}]"
    return f"commodities: {{ore: {{}}}}\nsupplies:\n{supplies}demands:\n{demands}lanes: {rule}\n"


def test_a_rule_that_makes_more_lanes_than_fit_is_refused_at_its_place():
    text = many(200) + "horizon: {periods: 1200, step: month}\n"
    with pytest.raises(FormulationError, match=r"makes 40,000 activities over 1,200 periods") as caught:
        rs.Network.from_yaml(text)
    assert caught.value.problems[0].path == "lanes.0"
    assert caught.value.problems[0].line == text.count("\n") - 1


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("price: 1}", "price: [" + "{capacity: 1, cost: 1}, " * 2000 + "{cost: 2}]}", "more than 1000 tiers"),
        ("quantity: 1}", "quantity: " + "9" * 10**6 + "}", "is larger than any quantity may be"),
        ("quantity: 1}", "quantity: 1 t" + "*t" * 10**5 + "}", "is not a unit"),
        ("from: s,", "from: [" + "s, " * 10_000 + "],", "'s' stands twice in the list"),
        ("from: s,", "from: [" + ", ".join(f"q{n}" for n in range(5000)) + "],", "unknown place 'q0'"),
        ("ore}]", "ore, lead_time: 1e9}]", "is above the most possible, 10000"),
    ],
    ids=["tiers", "digits", "unit", "twice", "unknown", "lead time"],
)
def test_one_field_that_asks_for_much_is_refused_soon(right, wrong, message):
    start = time.perf_counter()
    problems = problems_of(SMALL.replace(right, wrong))
    assert time.perf_counter() - start < 10
    assert len(problems) <= 1000
    assert message in problems[0].message
    assert len(str(problems[0])) < 1000


def test_a_long_chain_and_many_scenarios_are_read_soon():
    scenarios = "".join(f"  s{n}: {{set: {{demands.d.quantity: {n}}}}}\n" for n in range(300))
    start = time.perf_counter()
    assert len(rs.Network.from_yaml(f"{SMALL}scenarios:\n{scenarios}").scenarios) == 300
    assert time.perf_counter() - start < 20


def test_the_message_of_a_thousand_faults_shows_a_hundred():
    lanes = ", ".join("{from: s, to: d, commodty: ore}" for _ in range(3000))
    with pytest.raises(rs.InputError) as caught:
        rs.Network.from_yaml(SMALL.replace("[{from: s, to: d, commodity: ore}]", f"[{lanes}]"))
    assert len(caught.value.problems) == 1000
    assert str(caught.value).endswith("(900 more problems)")

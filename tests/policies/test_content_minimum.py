"""Content minima, by hand: at least a share of supply is made at home."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of, on, path_in, rent_of
from tests.small import column, lane, mine, network, want


def chain(rules: dict[str, dict[str, object]], **sections: object) -> rs.Network:
    """Let XBB want 20 t of metal, a tonne of ore each.

    Ore costs 1 in XAA and 4 in XBB; a smelter charges 2 in XAA and 5 in XBB.
    """
    policies = {key: {"type": "content_minimum", "consumer": "XBB", **rule} for key, rule in rules.items()}
    smelter = {"inputs": {"ore": 1}, "outputs": {"metal": 1}}
    return network(
        **{
            "commodities": ["ore", "metal"],
            "facilities": {
                "mine_a": mine("XAA", cost=1),
                "mine_b": mine("XBB", cost=4),
                "smelter_a": {"country": "XAA", "cost": 2, **smelter},
                "smelter_b": {"country": "XBB", "cost": 5, **smelter},
            },
            "demands": {"user": want(20, "XBB", "metal")},
            "lanes": [
                lane(["mine_a", "mine_b"], ["smelter_a", "smelter_b"]),
                lane(["smelter_a", "smelter_b"], "user", "metal"),
            ],
            **on(policies),
            **sections,
        }
    )


def made(solution: rs.Solution) -> dict[str, float]:
    return column(solution.production, "facility", "throughput_t")


def test_forty_per_cent_processed_at_home():
    """8 of 20 t are smelted in XBB, for 3 more each: 60 + 24; one tonne less of it saves 3."""
    found = chain({"rule": {"commodities": "metal", "share": "40%"}})
    before = found.solve().cost
    solution = found.solve("on")
    assert solution.cost == pytest.approx(84)
    assert made(solution)["smelter_b"] == pytest.approx(8)
    assert rent_of(solution, "rule") == pytest.approx(3)
    assert solution.cost_breakdown.index.get_level_values("kind").tolist() == ["resource"]
    assert found.solve().cost == before == 60


def test_two_stages_two_rules():
    """40 % smelted at home, and 10 % of the ore that XBB gets mined there.

    8 t of ore are wanted in XBB, 0.8 of them from its own mine at 3 more: 84 + 2.4.
    """
    found = chain(
        {"smelt": {"commodities": "metal", "share": "40%"}, "mine": {"commodities": "ore", "share": "10%"}}
    )
    assert found.solve("on").cost == pytest.approx(86.4)


def test_all_of_it():
    """100 %: 20 t smelted at home for 3 more."""
    assert chain({"rule": {"commodities": "metal", "share": 1}}).solve("on").cost == pytest.approx(120)


def test_a_bloc_is_counted_together():
    """XAA is in the union too, so everything is home-made already: 60."""
    found = chain(
        {"rule": {"consumer": "union", "commodities": "metal", "share": "100%"}},
        blocs={"union": ["XAA", "XBB"]},
    )
    assert found.solve("on").cost == pytest.approx(60)


def test_in_the_periods_in_force():
    """In 2026, the second of three years: 60 + 84 + 60."""
    found = chain(
        {"rule": {"commodities": "metal", "share": "40%", "from": 2026, "until": 2027}},
        horizon={"start": 2025, "periods": 3},
    )
    assert found.solve("on").cost == pytest.approx(204)


def test_what_cannot_be_made_at_home_names_the_rule():
    """The smelter in XBB makes 5 t of the 8 that it should."""
    found = chain({"rule": {"commodities": "metal", "share": "40%"}})
    with pytest.raises(rs.InfeasibleError, match=r"policies\.rule|policy rule|'rule'"):
        found.solve("on", set={"facilities.smelter_b.capacity": 5})


YAML = """\
commodities: {ore: {}, salt: {}}
facilities:
  a: {country: XAA, outputs: {ore: 1}}
  b: {country: XBB, outputs: {ore: 1}}
demands:
  user: {country: XBB, commodity: ore, quantity: 8}
lanes:
  - {from: {kind: facility}, to: user, commodity: ore}
policies:
  rule: {type: content_minimum, %s}
scenarios:
  on: {policies: [rule]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("consumer: XBB, commodities: ore, share: 0", "share", "must be above 0"),
        ("consumer: XBB, commodities: ore, share: 101%", "share", "above the most possible"),
        ("consumer: XBB, commodities: ore", "", "needs `share`"),
        ("consumer: XBB, share: 40%", "", "needs `commodities`"),
        (
            "consumer: XBB, commodities: [ore, salt], share: 40%",
            "commodities.1",
            "'salt' is neither imported",
        ),
        ("consumer: XDD, commodities: ore, share: 40%", "consumer", "nothing that is imported or made"),
        ("consumer: XBB, commodities: ore, share: 40%, at_least: 3", "at_least", "unknown field 'at_least'"),
        ("consumer: XBB, commodities: ore, share: 40%, from: 2027, until: 2026", "", "is not after"),
    ],
)
def test_a_wrong_minimum_is_an_error_with_its_line(fields, path, message):
    assert fault_of(YAML % fields, message) == (10, path_in("rule", path))

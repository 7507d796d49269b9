"""Rules for stockpiles, by hand: a target by a date, and release only while another policy is in force."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of, on, path_in
from tests.small import column, lane, network, want


def vault(rules: dict[str, dict[str, object]], pile: dict[str, object] | None = None, **sections: object):
    """Let XAA want 4 t a year in 2025 to 2027, bought at 10, 12 and 14; a vault stands at the user's."""
    policies = {
        key: {"type": "stockpile_rule", "stockpile": "vault", **rule} if "type" not in rule else rule
        for key, rule in rules.items()
    }
    return network(
        **{
            "horizon": {"start": 2025, "periods": 3},
            "supplies": {
                "market": {
                    "country": "XBB",
                    "commodity": "ore",
                    "price": {2025: 10, 2026: 12, 2027: 14},
                    "quantity": 100,
                }
            },
            "demands": {"user": want(4)},
            "stockpiles": {"vault": {"site": "user", "commodity": "ore", **(pile or {"max_fill": 0})}},
            "lanes": [lane("market", "user")],
            **on(policies),
            **sections,
        }
    )


FILLS = {"holding_cost": 4, "capacity": 20}
"""A year in store costs more than the price rises, so the vault is filled only where a rule says so."""


def closing(solution: rs.Solution) -> list[float]:
    return solution.stocks["closing_t"].tolist()


def test_a_target_at_the_end_of_the_horizon():
    """5 t are bought in 2027 at 14, held on average for half a year at 4: 144 + 5 x 16."""
    found = vault({"rule": {"target": 5}}, FILLS)
    before = found.solve().cost
    solution = found.solve("on")
    assert solution.cost == pytest.approx(144 + 80)
    assert closing(solution) == pytest.approx([0, 0, 5])
    assert found.solve().cost == before == pytest.approx(144)


@pytest.mark.parametrize("by", ["2026", "2026-11-30", 2026])
def test_a_target_by_a_date_in_a_period(by):
    """5 t at the end of 2026, bought at 12, half a year in 2026 and half in 2027, where they save 14.

    144 + 5 x (12 + 2 + 2 - 14), but 4 t are wanted in 2027: the fifth tonne is thrown away, or kept for
    half a year more at 2. So 4 x 2 + 16 more.
    """
    solution = vault({"rule": {"target": 5, "by": by}}, FILLS).solve("on")
    assert solution.cost == pytest.approx(144 + 8 + 16)
    assert closing(solution) == pytest.approx([0, 5, 0])


def test_what_the_last_tonne_of_a_target_costs_is_shown_under_its_name():
    """One tonne more at the end of 2027 costs 14 + 2."""
    table = vault({"rule": {"target": 5}}, FILLS).solve("on").bottlenecks().set_index("limit")
    assert table.loc["policies.rule", ["bound", "limit_t"]].tolist() == ["floor", 5]
    assert table.loc["policies.rule", "rent_usd_per_t"] == pytest.approx(16)


def test_of_two_targets_the_higher_holds():
    """3 and 5 t at the end, in either order of names."""
    for low, high in (("a", "b"), ("b", "a")):
        found = vault({low: {"target": 3}, high: {"target": 5}}, FILLS)
        assert found.solve("on").cost == pytest.approx(224)


def test_each_of_several_stockpiles_has_the_target():
    """Two vaults, 5 t each: twice 80."""
    found = vault(
        {"rule": {"stockpile": {"kind": "stockpile"}, "target": 5}},
        stockpiles={key: {"site": "user", "commodity": "ore", **FILLS} for key in ("vault", "second")},
    )
    assert found.solve("on").cost == pytest.approx(144 + 160)


STOCK = {"initial": 6, "max_fill": 0}
"""6 t are there; drawn on freely, they save 4 x 14 in 2027 and 2 x 12 in 2026 of 144: 64."""

BAN = {"type": "export_restriction", "from": "XBB", "since": 2026, "until": 2027}


def test_without_a_rule_stock_is_drawn_where_it_is_worth_most():
    assert vault({"rule": {"target": 0}}, STOCK).solve("on").cost == pytest.approx(64)


def test_release_only_while_a_policy_is_in_force():
    """In 2026 nothing can be bought, and 4 t are drawn; none before or after: 40 + 56."""
    found = vault({"rule": {"release_only_while": "ban"}, "ban": BAN}, STOCK)
    solution = found.solve("on")
    assert solution.cost == pytest.approx(96)
    assert closing(solution)[0] == pytest.approx(6)


@pytest.mark.parametrize("names", [("rule", "ban"), ("a", "b"), ("b", "a")])
def test_without_the_policy_nothing_is_released(names):
    """The ban is in the file, not in the scenario: all 12 t are bought."""
    rule, ban = names
    found = vault({rule: {"release_only_while": ban}, ban: BAN}, STOCK)
    assert found.solve("on").cost == pytest.approx(96)
    alone = vault(
        {rule: {"release_only_while": ban}, ban: BAN}, STOCK, scenarios={"alone": {"policies": [rule]}}
    )
    assert alone.solve("alone").cost == pytest.approx(144)


def test_a_rule_on_releases_that_ends():
    """In force until 2027: 2025 and 2026 are closed, 4 t save 14 each in 2027."""
    policies = {"rule": {"release_only_while": "ban", "until": 2027}, "ban": BAN}
    found = vault(policies, STOCK, scenarios={"alone": {"policies": ["rule"]}})
    assert found.solve("alone").cost == pytest.approx(144 - 56)


def test_a_target_and_releases_in_one_rule():
    """5 t of 6 must be there at the end of 2026, so one at most is drawn in the ban, and 3 t go short."""
    found = vault(
        {"rule": {"target": 5, "by": 2026, "release_only_while": "ban"}, "ban": BAN},
        STOCK,
        demands={"user": want(4, shortfall_cost=100)},
    )
    solution = found.solve("on")
    assert solution.cost == pytest.approx(40 + 300 + 56)
    assert column(solution.shortfall, "period", "shortfall_t") == pytest.approx(
        {"2025": 0, "2026": 3, "2027": 0}
    )


def test_a_target_out_of_reach_names_the_rule():
    with pytest.raises(rs.InfeasibleError, match="rule"):
        vault({"rule": {"target": 5}}, {**FILLS, "max_fill": 1}).solve("on")


YAML = """\
horizon: {start: 2025, periods: 3}
commodities: {ore: {}}
supplies:
  market: {country: XBB, commodity: ore, price: 10}
demands:
  user: {country: XAA, commodity: ore, quantity: 4}
stockpiles:
  vault: {site: user, commodity: ore, capacity: 20}
  fixed: {site: user, commodity: ore, final: 2}
lanes:
  - {from: market, to: user, commodity: ore}
policies:
  ban: {type: export_restriction, from: XBB}
  rule: {type: stockpile_rule, %s}
scenarios:
  on: {policies: [rule]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("stockpile: vault", "", "says nothing"),
        ("stockpile: vault, by: 2026", "", "says nothing"),
        ("stockpile: vault, by: 2026, release_only_while: ban", "", "there is no target"),
        ("target: 5", "", "needs `stockpile`"),
        ("stockpile: vault, target: -5", "target", "below the least possible"),
        ("stockpile: vault, target: 5 USD", "target", "not a unit of t"),
        ("stockpile: vault, target: 21", "target", "above what the stockpile may hold then"),
        ("stockpile: fixed, target: 3", "target", "above what the stockpile may hold then"),
        ("stockpile: vault, target: 5, by: 2024", "by", "before the first period"),
        ("stockpile: vault, target: 5, by: 2027, until: 2027", "by", "the rule is not in force"),
        ("stockpile: vault, target: 5, from: 2028", "from", "never in force"),
        ("stockpile: vault, target: 5, from: 2027, until: 2026", "", "is not after since"),
        ("stockpile: market, target: 5", "stockpile", "'market' is a supply; wanted a stockpile"),
        ("stockpile: valt, target: 5", "stockpile", "unknown place 'valt'; did you mean 'vault'"),
        ("stockpile: vault, release_only_while: bna", "release_only_while", "did you mean 'ban'"),
        ("stockpile: vault, release_only_while: rule", "release_only_while", "cannot wait for itself"),
    ],
)
def test_a_wrong_rule_is_an_error_with_its_line(fields, path, message):
    assert fault_of(YAML % fields, message) == (14, path_in("rule", path))


def test_a_policy_that_is_waited_for_and_never_in_force_is_its_own_fault():
    """One problem, at the ban's line."""
    text = (YAML % "stockpile: vault, release_only_while: ban").replace("from: XBB", "from: XBB, since: 2030")
    both = text.replace("[rule]", "[rule, ban]")
    assert fault_of(both, "never in force") == (13, "policies.ban.since")

"""Places without a country are no origin: rules at the border go by who sent the goods there."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from tests.policies.helpers import on, received
from tests.small import lane, mine, network, want

DUTY = {"type": "tariff", "importer": "XUS", "rate": "100%"}
FROM_CN = {**DUTY, "origin": "XCN"}
BAN = {"type": "export_restriction", "from": "XCN", "to": "XUS"}
RULES: dict[str, dict[str, Any]] = {
    "tariff": FROM_CN,
    "ban": BAN,
    "quota": {**BAN, "quota": 3},
    "export_tax": {"type": "export_tax", "exporter": "XCN", "to": "XUS", "rate": "100%"},
    "cap": {"type": "sourcing_cap", "consumer": "XUS", "commodities": "ore", "share": "30%", "origin": "XCN"},
    "duty": DUTY,
    "levy": {
        "type": "price_floor", "members": "XUS", "commodity": "ore", "floor": 20, "mechanism": "border_levy",
    },
    "content": {"type": "content_minimum", "consumer": "XUS", "commodities": "ore", "share": "30%"},
}  # fmt: skip
ALIKE = ("duty", "levy", "content")
"""Rules that treat every country abroad alike."""


def trade(rule: dict[str, Any], hubs: dict[str, Any], lanes: list[dict[str, Any]]) -> rs.Network:
    """Let XUS want 10 t at a loss of 100 each: XCN makes it at 1, XAU at 5, at home it costs 50; price 10."""
    return network(
        commodities={"ore": {"price": 10}},
        facilities={"cn": mine("XCN", cost=1), "au": mine("XAU", cost=5), "us": mine("XUS", cost=50)},
        hubs=hubs,
        demands={"user": want(10, "XUS", shortfall_cost=100)},
        lanes=lanes,
        **on({"rule": rule}),
    )


def direct(rule: dict[str, Any]) -> rs.Solution:
    return trade(rule, {}, [lane(["cn", "au", "us"], "user")]).solve("on")


def apart(rule: dict[str, Any]) -> rs.Solution:
    """Send Chinese goods through two seas, and Australian goods through one of their own."""
    seas = {name: {"passes": "ore"} for name in ("china_sea", "strait", "coral_sea")}
    lanes = [
        lane("cn", "china_sea"), lane("china_sea", "strait"), lane("strait", "user"),
        lane("au", "coral_sea"), lane("coral_sea", "user"), lane("us", "user"),
    ]  # fmt: skip
    return trade(rule, seas, lanes).solve("on")


def mixed(rule: dict[str, Any]) -> rs.Solution:
    lanes = [lane(["cn", "au"], "strait"), lane("strait", "user"), lane("us", "user")]
    return trade(rule, {"strait": {"passes": "ore"}}, lanes).solve("on")


@pytest.mark.parametrize(
    ("name", "cost"),
    [
        ("tariff", 10 * 5),  # 1 + 10 against 5
        ("ban", 10 * 5),
        ("quota", 3 * 1 + 7 * 5),
        ("export_tax", 10 * 5),
        ("cap", 3 * 1 + 7 * 5),
        ("duty", 10 * (1 + 10)),
        ("levy", 10 * (1 + 10)),  # landed at 10, lifted to 20
        ("content", 7 * 1 + 3 * 50),
    ],
)
def test_what_goes_by_sea_is_treated_as_what_goes_direct(name, cost):
    assert direct(RULES[name]).cost == pytest.approx(cost)
    assert apart(RULES[name]).cost == pytest.approx(cost)


@pytest.mark.parametrize("name", RULES)
def test_what_mixes_at_sea_is_treated_alike_or_refused(name):
    """No rule is dodged: either all that comes that way is meant, or the file must say what is what."""
    if name in ALIKE:
        assert mixed(RULES[name]).cost == pytest.approx(direct(RULES[name]).cost)
        return
    with pytest.raises(rs.InputError, match="write a hub for each") as caught:
        mixed(RULES[name])
    (problem,) = caught.value.problems
    assert "XAU" in problem.message
    assert "XCN" in problem.message
    assert problem.path.startswith("policies.rule.")


@pytest.mark.parametrize("rule", [{**BAN, "to": None}, {"type": "export_tax", "exporter": "XCN", "rate": 1}])
def test_what_leaves_for_anywhere_is_met_where_it_leaves_and_only_once(rule):
    """Banned, or taxed with 10 once, though it crosses from XCN to the sea and from the sea to XUS."""
    rule = {key: value for key, value in rule.items() if value is not None}
    assert mixed(rule).cost == pytest.approx(10 * 5)
    lanes = [lane("cn", "strait"), lane("strait", "user")]
    alone = trade(rule, {"strait": {"passes": "ore"}}, lanes).solve("on")
    assert alone.cost == pytest.approx(10 * 100 if "from" in rule else 10 * (1 + 10))


def test_own_goods_that_come_home_by_sea_pay_nothing():
    lanes = [lane("us", "strait"), lane("strait", "user")]
    with pytest.raises(rs.InputError, match="matches no lane"):
        trade(DUTY, {"strait": {"passes": "ore"}}, lanes).solve("on")


def test_own_goods_that_mix_with_foreign_ones_at_sea_are_told():
    lanes = [lane(["us", "cn"], "strait"), lane("strait", "user")]
    message = r"'strait' is in no country.* 'ore' of XCN, .* mixes with that of XUS"
    with pytest.raises(rs.InputError, match=message):
        trade(DUTY, {"strait": {"passes": "ore"}}, lanes).solve("on")


def test_seas_that_lead_in_a_circle_pass_on_who_sent_the_goods():
    seas = {name: {"passes": "ore"} for name in ("north", "south")}
    lanes = [lane("cn", "north"), lane("north", "south"), lane("south", "north"), lane("south", "user")]
    solution = trade(FROM_CN, seas, lanes).solve("on")
    assert received(solution) == pytest.approx({"XUS": 10 * 10})


def test_a_hub_for_each_may_share_one_capacity():
    """What the error advises: 6 t of the strait for both, Chinese goods taxed, Australian ones not."""
    seas = {name: {"passes": "ore"} for name in ("strait_cn", "strait_au")}
    lanes = [
        lane("cn", "strait_cn"), lane("au", "strait_au"), lane("us", "user"),
        lane(["strait_cn", "strait_au"], "user"),
    ]  # fmt: skip
    plan = network(
        commodities={"ore": {"price": 10}},
        facilities={
            "cn": mine("XCN", cost=1), "au": mine("XAU", cost=5, capacity=4), "us": mine("XUS", cost=50),
        },
        hubs=seas,
        demands={"user": want(10, "XUS")},
        lanes=lanes,
        limits={"strait": {"over": [{"hub": "strait_cn"}, {"hub": "strait_au"}], "at_most": 6}},
        **on({"rule": FROM_CN}),
    ).solve("on")  # fmt: skip
    assert plan.cost == pytest.approx(4 * 5 + 2 * (1 + 10) + 4 * 50)

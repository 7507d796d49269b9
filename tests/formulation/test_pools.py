"""Pooled stockpiles: members take no more than their shares."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from tests.small import lane, mine, network, want


def vault(country: str = "XAA", **fields: Any) -> dict[str, Any]:
    """Return a stockpile of ore."""
    return {"country": country, "commodity": "ore", **fields}


def pool(shares: dict[str, Any], **pile: Any) -> rs.Network:
    """Let three users draw on one stockpile: short costs 100, 50 and 200."""
    return network(
        horizon={"start": 2025, "periods": 2},
        blocs={"both": ["XBB", "XCC"]},
        stockpiles={"pool": vault("XDD", initial=20, shares=shares, **pile)},
        facilities={"mine": mine("XDD", cost=10, capacity={2025: 8, 2026: 0})},
        demands={
            "a": want(6, "XAA", shortfall_cost=100),
            "b": want(6, "XBB", shortfall_cost=50),
            "c": want(6, "XCC", shortfall_cost=200),
        },
        lanes=[lane("mine", "pool"), lane("pool", {"kind": "demand"})],
    )


def taken(solution: rs.Solution) -> dict[str, float]:
    flows = solution.flows[solution.flows["from"] == "pool"]
    found = flows.groupby("to")["flow_t"].sum()
    return {key: float(found.get(key, 0.0)) for key in "abc"}


def test_members_take_at_most_their_shares_of_what_was_and_is_put_in():
    """20 t stand in the pool, 8 t are brought at 10: 28 t; A may take half, B a quarter, C the rest.

    A wants 12 t and may take 14; B and C want 12 each and may take 7. So 26 t are taken, for which 6 t of
    the mine would do; but the shares are of all that is put in, and the last tonne of the mine (10) is
    0.25 t more for B (50) and for C (200). 80 + 5 x 50 + 5 x 200 = 1330.
    """
    solution = pool({"XAA": "50%", "XBB": "25%", "XCC": "25%"}).solve()
    assert taken(solution) == pytest.approx({"a": 12, "b": 7, "c": 7})
    assert solution.cost == pytest.approx(80 + 5 * 50 + 5 * 200)


def test_a_bloc_is_one_member_and_who_has_no_share_takes_nothing():
    """B and C share 100 %: C's 12 t and B's 12 t, of 28 t; A, though short at 100, takes nothing: 1200.

    24 t take 4 t of the mine: 40.
    """
    solution = pool({"both": 1}).solve()
    assert taken(solution) == pytest.approx({"a": 0, "b": 12, "c": 12})
    assert solution.cost == pytest.approx(12 * 100 + 40)


def test_without_shares_the_dearest_shortfall_is_met_first():
    """28 t: 12 for C, 12 for A, 4 for B; 8 x 10 + 8 x 50."""
    solution = pool({}).solve()
    assert taken(solution) == pytest.approx({"a": 12, "b": 4, "c": 12})
    assert solution.cost == pytest.approx(80 + 400)


def test_a_share_s_dual_is_what_one_more_tonne_of_it_saves():
    """C holds 10 % of the 28 t: 2.8 t of the 12 wanted. A tonne more of its share saves its 200."""
    solution = pool({"XAA": "50%", "XCC": "10%"}).solve()
    assert taken(solution) == pytest.approx({"a": 12, "b": 0, "c": 2.8})
    rows = solution.program.rows.where(kind="share", id="pool", country="XCC")
    assert solution.duals[rows] == pytest.approx([-200])
    frame = solution.bottlenecks().set_index("limit")
    row = frame.loc["stockpiles.pool.shares.XCC"]
    assert (row["kind"], row["id"], row["country"], row["commodity"]) == ("stockpile", "pool", "XCC", "ore")
    assert row[["level_t", "limit_t", "rent_usd_per_t"]].tolist() == pytest.approx([2.8, 2.8, 200])
    others = frame.loc["stockpiles.pool.shares"]  # B, who has no share
    assert others[["limit_t", "rent_usd_per_t"]].tolist() == pytest.approx([0, 50])


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ("site: works, shares: {USA: 1}", "needs a site of its own"),
        ("country: USA, shares: {allies: 50%, USA: 50%}", "a country has two shares"),
        ("country: USA, shares: {USA: 1}", "leads to 'strait', which has no country"),
    ],
)
def test_faults_of_a_pool_are_found_where_they_stand(sections, words):
    text = (
        "commodities: {ore: {}}\nblocs: {allies: [USA, JPN]}\nsites: {works: {country: USA}}\n"
        "hubs: {strait: {passes: ore}}\nstockpiles:\n"
        f"  vault: {{commodity: ore, {sections}}}\n"
        "demands: {user: {site: works, commodity: ore, quantity: 1}}\n"
        "lanes: [{from: vault, to: strait, commodity: ore}, {from: strait, to: user, commodity: ore}]\n"
    )
    if "strait'" not in words:
        text = text.replace("{from: vault, to: strait, commodity: ore}, ", "")
    with pytest.raises(rs.InputError, match=r"stockpiles\.vault\.shares") as caught:
        rs.Network.from_yaml(text, "x.yaml")
    assert words in str(caught.value)
    assert {problem.line for problem in caught.value.problems if problem.path.endswith("shares")} == {6}

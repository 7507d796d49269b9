"""Stockpiles, and material under way when the horizon begins."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from tests.small import lane, mine, network, price_at, want


def vault(country: str = "XAA", **fields: Any) -> dict[str, Any]:
    """Return a stockpile of ore."""
    return {"country": country, "commodity": "ore", **fields}


def stocked(periods: int, quantity: Any, pile: dict[str, Any], **sections: Any) -> rs.Network:
    """Let a stockpile stand at the works of a user who goes short at 100."""
    return network(
        **{
            "horizon": {"start": 2025, "periods": periods},
            "sites": {"works": {"country": "XAA"}},
            "stockpiles": {"vault": {"site": "works", "commodity": "ore", **pile}},
            "demands": {
                "user": {"site": "works", "commodity": "ore", "quantity": quantity, "shortfall_cost": 100}
            },
            **sections,
        }
    )


def by_period(frame: Any, key: str) -> list[float]:
    return [float(value) for value in frame[key]]


@pytest.mark.parametrize(("stock", "gap"), [(12, 3), (10, 4), (7, 7), (0, 5), (100, 5)])
def test_a_stock_covers_as_many_periods_as_the_gap_goes_into_it(stock, gap):
    """Stock S, gap g a year, holding at 1: S/g years are covered, the rest goes short.

    Holding costs something, but a shortfall costs more, so the stock is drawn at once and in full:
    what stays short over 6 years is 6 g - S.
    """
    solution = stocked(6, gap, {"initial": stock, "holding_cost": 0.01}).solve()
    short = by_period(solution.shortfall, "shortfall_t")
    assert sum(short) == pytest.approx(max(0.0, 6 * gap - stock))
    whole_years = min(6, int(stock // gap))
    assert sum(amount < 1e-9 for amount in short) == whole_years


def test_two_periods_by_hand():
    """Ore costs 1 in 2025 and 9 in 2026; 4 t are wanted in each; holding costs 2 a year.

    A tonne kept over the turn of the year is closing stock once and opening stock once: half of 2 each.
    So 4 t are bought ahead: 8 x 1 + 4 x 2 = 16 instead of 4 x 1 + 4 x 9 = 40. Ore is worth 1, then 3.
    """
    solution = stocked(
        2,
        4,
        {"holding_cost": 2},
        facilities={"mine": {"site": "works", "outputs": {"ore": 1}, "cost": {2025: 1, 2026: 9}}},
    ).solve()
    assert solution.cost == pytest.approx(16)
    assert solution.cost_breakdown["resource", "holding"] == pytest.approx(8)
    (first, second) = solution.stocks.to_dict("records")
    assert (first["opening_t"], first["fill_t"], first["release_t"], first["closing_t"]) == pytest.approx(
        (0, 4, 0, 4)
    )
    assert (second["opening_t"], second["fill_t"], second["release_t"], second["closing_t"]) == pytest.approx(
        (4, 0, 4, 0)
    )
    assert price_at(solution, "works", period="2025") == pytest.approx(1)
    assert price_at(solution, "works", period="2026") == pytest.approx(3)


def test_holding_is_paid_on_the_average_of_opening_and_closing_stock():
    """10 t at the start, 4 t at the end of the first year, 0 at the end of the second, at 3 a year.

    (10 + 4) / 2 + (4 + 0) / 2 = 9 tonne-years: 27.
    """
    solution = stocked(2, {2025: 6, 2026: 4}, {"initial": 10, "holding_cost": 3}).solve()
    assert solution.cost == pytest.approx(27)
    assert by_period(solution.stocks, "closing_t") == pytest.approx([4, 0])


def test_holding_cost_is_per_year_whatever_the_step():
    """5 t kept through two months at 12 a year: 5 x 2/12 x 12 = 10."""
    solution = stocked(
        2,
        0,
        {"initial": 5, "final": 5, "holding_cost": 12},
        horizon={"start": 2025, "periods": 2, "step": "month"},
    ).solve()
    assert solution.cost == pytest.approx(10)


def test_stock_decays_by_the_year():
    """100 t lose 20 % a year: 80 after one, 64 after two. 64 t wanted in the second year are just met."""
    solution = stocked(2, {2025: 0, 2026: 64}, {"initial": 100, "decay": 0.2}).solve()
    assert solution.cost == pytest.approx(0)
    assert by_period(solution.stocks, "closing_t") == pytest.approx([80, 0])
    more = stocked(2, {2025: 0, 2026: 65}, {"initial": 100, "decay": 0.2}).solve()
    assert more.cost == pytest.approx(100)


def test_decay_compounds_to_the_yearly_rate_over_shorter_steps():
    """Two quarters at 19 % a year leave 90 % of the stock, four leave 81 %."""
    solution = stocked(
        4,
        0,
        {"initial": 100, "decay": 0.19, "final_value": 1},
        horizon={"start": 2025, "periods": 4, "step": "quarter"},
    ).solve()
    assert by_period(solution.stocks, "closing_t")[-1] == pytest.approx(81)
    assert by_period(solution.stocks, "closing_t")[1] == pytest.approx(90)


def test_a_decaying_tonne_is_worth_less_today_than_tomorrow():
    """Of a tonne kept, 0.8 t is left: what is worth 100 next year is worth 80 this year."""
    solution = stocked(2, {2025: 0, 2026: 64}, {"initial": 50, "decay": 0.2}).solve()
    rows = solution.program.rows.where(kind="stock", id="vault")
    assert -solution.duals[rows] == pytest.approx([80, 100])


@pytest.mark.parametrize("field", ["max_release", "max_fill"])
def test_fill_and_release_have_a_most_per_year(field):
    """5 t a year wanted, 10 t made in 2025 alone: the 3 t that may be put in, or out, leave 2 t short."""
    solution = stocked(
        2,
        5,
        {field: 3},
        facilities={
            "mine": {"site": "works", "outputs": {"ore": 1}, "capacity": {2025: 10, 2026: 0}, "cost": 0}
        },
    ).solve()
    assert solution.cost == pytest.approx(100 * 2)
    assert max(solution.stocks["fill_t" if field == "max_fill" else "release_t"]) == pytest.approx(3)


def test_capacity_holds_at_the_end_of_each_period_and_may_change():
    """10 t made in 2025 only; the vault holds 4 t, 7 t from 2026 on: 4 t of 5 are there in 2026."""
    solution = stocked(
        2,
        {2025: 0, 2026: 5},
        {"capacity": {2025: 4, 2026: 7}},
        facilities={"mine": {"site": "works", "outputs": {"ore": 1}, "capacity": {2025: 10, 2026: 0}}},
    ).solve()
    assert solution.cost == pytest.approx(100)
    assert by_period(solution.stocks, "closing_t") == pytest.approx([4, 0])


def test_final_stock_must_stand_there_at_the_end():
    """10 t at the start, 6 t at the end: 4 t of the 10 wanted are delivered, 6 t go short at 100."""
    solution = stocked(1, 10, {"initial": 10, "final": 6}).solve()
    assert solution.cost == pytest.approx(600)
    assert by_period(solution.stocks, "closing_t") == pytest.approx([6])


@pytest.mark.parametrize(("value", "left", "cost"), [(99, 0, 0), (101, 10, 10 * 100 - 10 * 101)])
def test_final_value_decides_what_is_left(value, left, cost):
    """10 t that are worth 100 to the user: kept only if a tonne at the end is worth more."""
    solution = stocked(1, 10, {"initial": 10, "final_value": value}).solve()
    assert by_period(solution.stocks, "closing_t") == pytest.approx([left])
    assert solution.cost == pytest.approx(cost)
    assert solution.cost_breakdown.sum() == pytest.approx(cost)


def test_a_closing_stock_that_cannot_be_is_explained():
    """Nothing fills the vault: 5 t cannot stand there at the end. Both ends of the conflict are named."""
    with pytest.raises(rs.InfeasibleError) as caught:
        stocked(1, 0, {"final": 5}).solve()
    assert {item.what for item in caught.value.conflicts} >= {"stockpiles.vault.final"}


@pytest.mark.parametrize(
    ("sections", "what"),
    [
        (
            {
                "stockpiles": {"v": vault(initial=5, shares={"XBB": 1})},
                "demands": {"user": want(3)},
                "lanes": [lane("v", "user")],
            },
            "stockpiles.v.shares",
        ),
        (
            {
                "facilities": {"mine": mine()},
                "hubs": {"port": {"passes": "ore", "capacity": 3}},
                "demands": {"user": want(1)},
                "lanes": [lane("mine", "port", in_transit=4), lane("port", "user")],
            },
            "lanes.mine>port:ore.in_transit",
        ),
    ],
)
def test_shares_and_material_under_way_that_contradict_others_are_named(sections, what):
    with pytest.raises(rs.InfeasibleError) as caught:
        network(**sections).solve()
    assert what in {item.what for item in caught.value.conflicts}


@pytest.mark.parametrize(
    ("fields", "path", "line", "words"),
    [
        ("initial: 9, capacity: 5", "initial", 4, "initial 9 is above capacity 5"),
        ("final: 9, capacity: 5", "final", 4, "final 9 is above capacity 5"),
        ("final: 1, final_value: 2", "final_value", 4, "either fixed"),
        ("decay: 1", "decay", 4, "must be below 1"),
        ("initial: -1", "initial", 4, "below the least possible"),
        ("shares: {USA: 60%, JPN: 50%}", "shares", 4, "add up to 1.1, more than 1"),
        ("shares: {USA: 0}", "shares.USA", 4, "must be above 0"),
        ("shares: {ally: 10%}", "shares.ally", 4, "unknown country or bloc 'ally'"),
    ],
)
def test_faults_of_a_stockpile_are_found_where_they_stand(fields, path, line, words):
    text = (
        "commodities: {ore: {}}\nblocs: {allies: [USA, JPN]}\nstockpiles:\n"
        f"  vault: {{country: USA, commodity: ore, {fields}}}\n"
        "demands: {user: {country: USA, commodity: ore, quantity: 1}}\n"
    )
    with pytest.raises(rs.InputError) as caught:
        rs.Network.from_yaml(text, "x.yaml")
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == (f"stockpiles.vault.{path}", line)
    assert words in problem.message


# Pooled stockpiles


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
    the mine would do; but the shares are of all that is brought, and the last tonne of the mine (10) is
    0.25 t more for B (50) and for C (200). 80 + 5 x 50 + 5 x 200 = 1330. Taking stock out and putting it
    in again adds nothing to what was brought.
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


# Under way


def under_way(in_transit: Any, **sections: Any) -> rs.Network:
    """Let a lane of two years have ore on it when the horizon begins."""
    return network(
        **{
            "horizon": {"start": 2025, "periods": 3},
            "facilities": {"mine": mine("XBB", cost=1)},
            "demands": {"user": want(4, shortfall_cost=10)},
            "lanes": [lane("mine", "user", cost=2, lead_time=2, in_transit=in_transit)],
            **sections,
        }
    )


def test_what_is_under_way_lands_on_its_date_and_is_paid_for():
    """3 t land in 2025 and 4 t in 2026; 2027 gets what left in 2025. 1 t short (10) + 4 x (1 + 2)."""
    solution = under_way({"2025-06": 3, 2026: 4}).solve()
    assert solution.cost == pytest.approx(10 + 12)
    assert by_period(solution.shortfall, "shortfall_t") == pytest.approx([1, 0, 0])
    assert solution.in_transit[["lane", "from", "to", "period", "arrived_t"]].values.tolist() == [
        ["mine>user:ore", "mine", "user", "2025", 3.0],
        ["mine>user:ore", "mine", "user", "2026", 4.0],
    ]


def test_a_bare_number_lands_in_the_first_period():
    solution = under_way(4).solve()
    assert by_period(solution.shortfall, "shortfall_t") == pytest.approx([0, 4, 0])


def test_two_dates_in_one_period_add_up():
    assert under_way({"2025-02": 1, "2025-09": 2}).solve().cost == pytest.approx(10 + 40 + 12)


def test_nothing_is_listed_where_nothing_is_under_way():
    solution = under_way(None).solve()
    assert solution.in_transit.empty
    assert list(solution.in_transit) == [
        "lane", "from", "to", "from_country", "to_country", "commodity", "stage", "period", "arrived_t",
    ]  # fmt: skip


def test_what_lands_at_a_hub_counts_against_its_capacity_and_pays_its_cost():
    """The port passes 3 t a year at 5; 2 t under way land in 2025, so 1 t more may come: 3 x 5, 1 short."""
    solution = network(
        facilities={"mine": mine("XBB", cost=1)},
        hubs={"port": {"passes": "ore", "capacity": 3, "cost": 5}},
        demands={"user": want(4, shortfall_cost=100)},
        lanes=[lane("mine", "port", in_transit=2), lane("port", "user")],
    ).solve()
    assert solution.cost == pytest.approx(3 * 5 + 1 * 1 + 100)


def test_routes_and_origins_know_what_was_under_way():
    """4 t wanted, 3 under way from B: routes start on the lane, and the ore is B's."""
    solution = under_way(3, stages=["mining"], facilities={"mine": mine("XBB", stage="mining")}).solve()
    routes = solution.routes("user")
    first = routes[routes["period"] == "2025"]
    assert first[["delivered_t", "source", "source_country"]].values.tolist() == [
        [3.0, "mine>user:ore", "XBB"]
    ]
    origins = solution.origins("user")
    mining = origins[(origins["period"] == "2025") & (origins["stage"] == "mining")]
    assert mining[["country", "share", "delivered_t"]].values.tolist() == [["XBB", 1.0, 3.0]]


@pytest.mark.parametrize(("stages", "short"), [(None, 4), (["mining"], 4), (["making"], 1)])
def test_what_is_under_way_is_its_sender_s(stages, short):
    """A rule against B, at all stages or at mining, bars what B sent; one at making does not."""
    rule = {"exclude": ["XBB"], **({"stages": stages} if stages else {})}
    solution = under_way(
        3,
        stages=["mining", "making"],
        facilities={"mine": mine("XBB", stage="mining")},
        demands={"user": want({2025: 4, 2026: 0}, shortfall_cost=10, origin=rule)},
    ).solve()
    assert solution.cost == pytest.approx(short * 10)


@pytest.mark.parametrize(
    ("lanes", "line", "words"),
    [
        (
            "  - {from: mine, to: user, commodity: ore, in_transit: {2024-12: 3}}",
            5,
            "2024-12-01 is not within",
        ),
        ("  - {from: mine, to: user, commodity: ore, in_transit: {2026: 3}}", 5, "before 2026-01-01"),
        ("  - {from: {country: USA}, to: user, commodity: ore, in_transit: 3}", 5, "is of one lane"),
        ("  - {from: mine, to: user, commodity: ore, in_transit: -3}", 5, "below the least possible"),
    ],
)
def test_faults_of_material_under_way_are_found_where_they_stand(lanes, line, words):
    text = (
        "commodities: {ore: {}}\nfacilities: {mine: {country: USA, outputs: {ore: 1}}}\n"
        f"demands: {{user: {{country: USA, commodity: ore, quantity: 1}}}}\nlanes:\n{lanes}\n"
    )
    with pytest.raises(rs.InputError) as caught:
        rs.Network.from_yaml(text, "x.yaml")
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == ("lanes.0.in_transit", line)
    assert words in problem.message

"""Stockpiles: what is kept, what it costs, and what is left."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from tests.small import network, price_at


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

"""The tutorial: every answer that its README walks to, by hand.

A tonne of magnets takes 0.4 t of oxide and 2 t of concentrate. Dug, shipped, separated in China, shipped,
made and delivered it costs 2 x (2,000 + 100 + 1,000) + 0.4 x 100 + 20,000 + 100 = 26,340 USD, and through the
Australian plant, at 4,000 in place of 1,000 a tonne of concentrate, 6,000 more.
"""

from __future__ import annotations

import pytest

import resilience as rs

CHINA, AUSTRALIA = 26_340, 32_340
"""What a tonne of delivered magnets costs by either plant, in USD."""


@pytest.fixture(scope="module")
def tutorial() -> rs.Network:
    return rs.load("tutorial")


def test_alone_everything_is_separated_in_china(tutorial: rs.Network):
    """4,000 + 1,000 t by the cheaper plant; 10,000 t of concentrate fit both it and the mine."""
    plan = tutorial.solve()
    assert plan.cost == pytest.approx(5_000 * CHINA)
    assert plan.shortfall["shortfall_t"].sum() == 0


def test_the_ban_leaves_wind_half_short(tutorial: rs.Network):
    """9,000 t of concentrate make 4,500 t of magnets; cars lose three times as much a tonne and go first.

    One more tonne of concentrate separated makes 0.5 t of magnets, which saves 0.5 x (100,000 - 32,340).
    One more tonne of Chinese oxide makes 2.5 t of them: 2.5 x (100,000 - 26,340) USD.
    """
    plan = tutorial.solve("ban")
    assert plan.cost == pytest.approx(4_500 * AUSTRALIA + 500 * 100_000)
    assert plan.shortfall.set_index("demand")["shortfall_t"].to_dict() == pytest.approx(
        {"cars": 0, "wind": 500}
    )
    rents = plan.bottlenecks().set_index("limit")["rent_usd_per_t"]
    assert rents["facilities.separation_australia.capacity"] == pytest.approx(0.5 * (100_000 - AUSTRALIA))
    assert rents["policies.china_stops"] == pytest.approx(2.5 * (100_000 - CHINA))


def test_the_grown_plant_serves_all(tutorial: rs.Network):
    """12,000 t are more than the 10,000 that 5,000 t of magnets take: all of them, dear."""
    assert tutorial.solve("expansion").cost == pytest.approx(5_000 * AUSTRALIA)


def test_half_of_the_oxide_made_at_home_is_an_insurance_of_15_million(tutorial: rs.Network):
    """1,000 of the 2,000 t of oxide, from 5,000 t of concentrate, at 3,000 USD a tonne more."""
    rule = rs.ContentMinimum(consumer="allies", commodities="oxide", share=0.5)
    assert tutorial.solve(rule).cost - tutorial.solve().cost == pytest.approx(15_000_000)


def test_nothing_in_it_is_doubtful(tutorial: rs.Network):
    assert rs.check(tutorial) == []


def test_it_is_what_init_copies_and_nothing_else(tutorial: rs.Network):
    """A start of one's own is one file to read."""
    from resilience.grammar import shipped_networks

    path = shipped_networks()["tutorial"]
    assert [file.name for file in path.parent.iterdir()] == [path.name]

"""Days of needs in each stockpile, by hand."""

from __future__ import annotations

import numpy as np
import pytest

import resilience as rs


def network(**pile):
    """Return a mill in Finland: 1 t of metal of 2 t of ore; of the 4 t wanted a month 3 can be made."""
    return rs.Network.from_dict(
        {
            "horizon": {"start": "2025-01", "periods": 2, "step": "month"},
            "commodities": {"ore": {}, "metal": {}},
            "countries": {"FIN": {}, "SWE": {}},
            "blocs": {"north": ["FIN", "SWE"]},
            "facilities": {
                "mill": {
                    "country": "FIN",
                    "inputs": {"ore": 1},
                    "outputs": {"metal": 0.5},
                    "capacity": 72,
                    "cost": 1,
                }
            },
            "supplies": {"mine": {"country": "COD", "commodity": "ore", "price": 10}},
            "stockpiles": {
                "ore_heap": {"country": "FIN", "site": "mill", "commodity": "ore", "initial": 6, "final": 6},
                "metal_heap": {
                    "country": "SWE",
                    "commodity": "metal",
                    "initial": 2,
                    "max_release": 0,
                    **pile,
                },
            },
            "demands": {
                "user": {"country": "FIN", "commodity": "metal", "quantity": 48, "shortfall_cost": 90}
            },
            "lanes": [
                {"from": "mine", "to": "mill", "commodity": "ore"},
                {"from": ["mill", "metal_heap"], "to": "user", "commodity": "metal"},
            ],
        }
    )


def test_days_of_needs_by_hand():
    """The mill takes 72 t of ore a year, 6 a month; the metal heap is Sweden's, where nobody needs any."""
    found = network().solve().stock_cover.set_index(["stockpile", "period"])
    month = 365.25 / 12
    assert found.loc[("ore_heap", "2025-01"), "needs_t_per_yr"] == pytest.approx(72)
    assert found.loc[("ore_heap", "2025-01"), "days"] == pytest.approx(month)
    assert found.loc[("metal_heap", "2025-01"), "days"] == np.inf


def test_a_pool_is_for_its_members_and_needs_count_though_they_are_not_met():
    """Of 48 t of metal a year 36 are made: the 2 t are 2 / 48 of a year."""
    found = network(shares={"north": 1.0}).solve().stock_cover.set_index(["stockpile", "period"])
    assert found.loc[("metal_heap", "2025-02"), "needs_t_per_yr"] == pytest.approx(48)
    assert found.loc[("metal_heap", "2025-02"), "days"] == pytest.approx(365.25 * 2 / 48)


def test_no_stockpile_no_row():
    assert rs.load("tutorial").solve().stock_cover.empty

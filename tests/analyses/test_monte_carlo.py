"""Draws of uncertain numbers: known distributions, the same rows for the same seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import resilience as rs
from tests.small import HOME, lane, network

PLAIN = {
    "supplies": {"pit": {"country": HOME, "commodity": "ore", "price": 10, "quantity": 20}},
    "demands": {"works": {"country": HOME, "commodity": "ore", "quantity": 8, "shortfall_cost": 1000}},
    "lanes": [lane("pit", "works")],
}


def test_a_cost_that_is_a_multiple_has_the_quantiles_of_the_price():
    """8 t at a price between 10 and 20: a tenth of the costs is below 88, half below 120."""
    found = rs.monte_carlo(network(**PLAIN), {"supplies.pit.price": "uniform(10, 20)"}, n=400, seed=3)
    table = found.quantiles((0.1, 0.5)).set_index(["outcome", "level"])
    for level, true in ((0.1, 88), (0.5, 120)):
        row = table.loc[("cost_usd", level)]
        assert row["value"] == pytest.approx(true, abs=0.5)  # a part of the hypercube is 80 / 400 wide
        assert row["low"] <= true <= row["high"]


def test_intervals_by_hand():
    """Of 10 draws, the median lies between the 2nd and the 9th with 97.9 %: 1 - 2 x 11 / 1024."""
    rows = pd.DataFrame({"x.y.z": range(10), "status": "optimal", "problem": "", "cost_usd": range(1, 11)})
    found = rs.MonteCarlo(rows, ("x.y.z",), "USD", "t").quantiles((0.5, 0.01))
    assert found["low"].tolist()[:1] == [2]
    assert found["high"].tolist()[:1] == [9]
    assert np.isnan(found["low"][1])


def test_what_matters_is_told_by_rank():
    """The price moves the cost, the capacity does not: there is enough of it."""
    asked = {"supplies.pit.price": stats.norm(10, 1), "supplies.pit.quantity": "triangular(10, 12, 30)"}
    found = rs.monte_carlo(network(**PLAIN), asked, n=200)
    strength = found.sensitivity.set_index("path")["cost_usd"]
    assert strength["supplies.pit.price"] == pytest.approx(1)
    assert abs(strength["supplies.pit.quantity"]) < 0.2
    assert np.isnan(found.sensitivity["shortfall_t"]).all()
    ours = stats.spearmanr(found.rows["supplies.pit.quantity"], found.rows["cost_usd"]).statistic
    assert strength["supplies.pit.quantity"] == pytest.approx(ours)


def test_the_same_seed_gives_the_same_rows_in_any_order_of_paths():
    asked = {"supplies.pit.price": "normal(10, 1)", "demands.works.quantity": "lognormal(8, 1.2)"}
    one = rs.monte_carlo(network(**PLAIN), asked, n=30, seed=5).rows
    backwards = rs.monte_carlo(network(**PLAIN), dict(reversed(asked.items())), n=30, seed=5).rows
    pd.testing.assert_frame_equal(one, backwards, check_exact=True)
    other = rs.monte_carlo(network(**PLAIN), asked, n=30, seed=6).rows
    assert not one["cost_usd"].equals(other["cost_usd"])


def test_a_latin_hypercube_has_one_draw_in_each_part():
    rows = rs.monte_carlo(network(**PLAIN), {"supplies.pit.price": "uniform(0, 50)"}, n=50).rows
    assert sorted(np.floor(rows["supplies.pit.price"]).astype(int)) == list(range(50))


def test_draws_that_make_no_sense_are_rows_and_are_not_counted():
    found = rs.monte_carlo(network(**PLAIN), {"supplies.pit.quantity": "uniform(-10, 10)"}, n=40)
    assert (found.rows["status"] == "invalid").sum() == 20
    assert found.n_solved == 20


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("gauss(1, 2)", "unknown distribution 'gauss'; did you mean|unknown distribution 'gauss'; there are"),
        ("normal(1)", "normal takes 2 numbers"),
        ("normal(1, 0)", "a standard deviation above 0"),
        ("triangular(1, 5, 3)", "low <= mode <= high"),
        ("lognormal(1, 1)", "a factor above 1"),
        ("7", "wanted a distribution such as"),
        (7, "wanted a distribution such as"),
    ],
)
def test_distributions_that_make_no_sense_are_told(given, told):
    with pytest.raises(rs.InputError, match=told):
        rs.monte_carlo(network(**PLAIN), {"supplies.pit.price": given})


def test_nothing_to_draw_is_told():
    with pytest.raises(rs.InputError, match="nothing to draw"):
        rs.monte_carlo(network(**PLAIN), {})
    with pytest.raises(rs.InputError, match="there is no 'pot' under supplies"):
        rs.monte_carlo(network(**PLAIN), {"supplies.pot.price": "normal(1, 1)"}, n=3)

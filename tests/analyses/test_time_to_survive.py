"""How long an outage can last: a known answer, by hand, and laws."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings

import resilience as rs
from resilience.errors import InputError
from tests.networks_random import network_of, shapes

KNOWN = Path(__file__).parent.parent / "known_answers" / "time_to_survive_own"
YEAR = 365.25


def test_known_answer():
    """Time to survive, loss during a time to recover, and risk exposure of four nodes, by hand."""
    expected = yaml.safe_load((KNOWN / "expected.yaml").read_text(encoding="utf-8"))
    days = {
        name: weeks * YEAR for name, weeks in expected["time_to_recover"].items()
    }  # a year is a week here
    found = rs.time_to_survive(rs.load(KNOWN), time_to_recover=days).set_index("failure")
    weeks = found["time_to_survive_days"] / YEAR
    assert weeks.to_dict() == pytest.approx(expected["time_to_survive"], rel=1e-6)
    assert found["loss_usd"].to_dict() == pytest.approx(expected["loss"], rel=1e-6, abs=1e-4)
    assert found["risk_exposure_index"].to_dict() == pytest.approx(
        expected["risk_exposure_index"], rel=1e-5, abs=1e-6
    )
    assert found.index.tolist() == ["magnet_plant", "separation", "mine_1", "mine_2"]


def store(**more):
    """12 t a year from A (10) and B (5, at twice the price); 4 t in store."""
    return rs.Network.from_dict(
        {
            "commodities": {"ore": {}},
            "supplies": {
                "a": {"country": "XAA", "commodity": "ore", "price": 10, "quantity": 10},
                "b": {"country": "XBB", "commodity": "ore", "price": 20, "quantity": 5},
            },
            "stockpiles": {"store": {"site": "user", "country": "FIN", "commodity": "ore", "initial": 4}},
            "demands": {"user": {"country": "FIN", "commodity": "ore", "quantity": 12, "shortfall_cost": 90}},
            "lanes": [{"from": {"kind": "supply"}, "to": "user", "commodity": "ore"}],
            **more,
        }
    )


def test_a_stock_covers_the_gap_for_stock_over_gap():
    """Without A 7 t a year are missing, without B 2: the 4 t last 4/7 and 2 years."""
    found = rs.time_to_survive(store(), "country").set_index("failure")["time_to_survive_days"]
    assert found.to_dict() == pytest.approx({"XAA": 4 / 7 * YEAR, "XBB": 2 * YEAR}, rel=1e-6)


def test_months_do_not_change_days():
    """The same rates in 12 months, with ore under way for two of them: the answer is in days all the same."""
    monthly = store(
        horizon={"start": "2025-01", "periods": 12, "step": "month"},
        lanes=[{"from": {"kind": "supply"}, "to": "user", "commodity": "ore", "lead_time": 2}],
    )
    found = rs.time_to_survive(monthly, "country").set_index("failure")["time_to_survive_days"]
    assert found.to_dict() == pytest.approx({"XAA": 4 / 7 * YEAR, "XBB": 2 * YEAR}, rel=1e-6)


def test_what_others_can_replace_is_survived_for_good():
    """B alone could send all 12 t."""
    supplies = {
        "a": {"country": "XAA", "commodity": "ore", "price": 10, "quantity": 10},
        "b": {"country": "XBB", "commodity": "ore", "price": 20, "quantity": 12},
    }
    found = rs.time_to_survive(store(supplies=supplies)).set_index("failure")["time_to_survive_days"]
    assert np.isinf(found["a"])
    assert found["b"] == pytest.approx(2 * YEAR, rel=1e-6)


def test_who_is_short_already_is_met_at_what_it_gets():
    """20 t are wanted and 15 come: without B's 5 the 4 t in store last four fifths of a year."""
    demands = {"user": {"country": "FIN", "commodity": "ore", "quantity": 20, "shortfall_cost": 90}}
    found = rs.time_to_survive(store(demands=demands), only=["b"])["time_to_survive_days"]
    assert found.tolist() == pytest.approx([0.8 * YEAR], rel=1e-6)


def test_the_rate_of_release_is_a_limit():
    """Of the 2 t a year that are missing without B the store may give 1: somebody is short at once."""
    piles = {"store": {"site": "user", "country": "FIN", "commodity": "ore", "initial": 4, "max_release": 1}}
    found = rs.time_to_survive(store(stockpiles=piles), only=["b"])["time_to_survive_days"]
    assert found.tolist() == pytest.approx([0.0], abs=1e-4)


def test_a_scenario_and_half_an_outage():
    """With B banned A's loss by half leaves 5 of the 10 t that came: 4 t in store last 4/5 of a year."""
    network = store(
        policies={"ban": {"type": "export_restriction", "from": "XBB"}},
        scenarios={"ban": {"policies": ["ban"]}},
    )
    found = rs.time_to_survive(network, scenario="ban", only=["a"], cut=0.5)["time_to_survive_days"]
    assert found.tolist() == pytest.approx([0.8 * YEAR], rel=1e-6)


@settings(max_examples=6, deadline=None)
@given(shapes(periods=1, has_minimums=False, lead=0, demands=1))
def test_a_time_survived_costs_nothing_and_a_longer_one_does(shape):
    """With one demand, the loss is 0 for as long as an outage is survived, and grows from there on."""
    data = network_of(shape)
    data["stockpiles"] = {"store": {"site": "maker_0", "commodity": "magnet", "initial": 7.0}}
    network = rs.Network.from_dict(data)
    found = rs.time_to_survive(network).set_index("failure")["time_to_survive_days"]
    times = found[np.isfinite(found)]
    if not len(times):
        return
    held = rs.time_to_survive(network, only=list(times.index), time_to_recover=(0.999 * times).to_dict())
    broken = rs.time_to_survive(network, only=list(times.index), time_to_recover=(times + 40).to_dict())
    assert held["loss_usd"].to_numpy() == pytest.approx(0, abs=1e-2)
    assert (broken["loss_usd"] > 1e-2).all()


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"by": "facilty"}, "did you mean 'facility'"),
        ({"time_to_recover": {"c": 3}}, "not asked for"),
        ({"time_to_recover": {"a": 3}}, "no time to recover of b"),
    ],
)
def test_what_cannot_be_asked(asked, problem):
    """Mistakes are errors of ours."""
    with pytest.raises(InputError, match=problem):
        rs.time_to_survive(store(), **asked)


def test_levels_that_must_be_whole_have_no_rate():
    """A fixed charge makes the program a mixed one."""
    lanes = [{"from": {"kind": "supply"}, "to": "user", "commodity": "ore", "capacity": 20, "fixed_cost": 3}]
    with pytest.raises(InputError, match="whole"):
        rs.time_to_survive(store(lanes=lanes))


def filled():
    """5 t a year from A, which has 9; the store takes 1 t a year and must have 4 at the end of four years."""
    return rs.Network.from_dict(
        {
            "horizon": {"start": 2025, "periods": 4},
            "commodities": {"ore": {}},
            "supplies": {
                "a": {"country": "XAA", "commodity": "ore", "price": 10, "quantity": 9},
                "b": {"country": "XBB", "commodity": "ore", "price": 20, "quantity": {2025: 2, 2027: 4}},
            },
            "stockpiles": {
                "store": {"site": "user", "country": "FIN", "commodity": "ore", "max_fill": 1, "final": 4}
            },
            "demands": {"user": {"country": "FIN", "commodity": "ore", "quantity": 5, "shortfall_cost": 90}},
            "lanes": [{"from": {"kind": "supply"}, "to": "user", "commodity": "ore"}],
            "policies": {"late": {"type": "export_restriction", "from": "XBB", "since": "2028-01-01"}},
            "scenarios": {"late": {"policies": ["late"]}},
        }
    )


@pytest.mark.parametrize(
    ("at", "scenario", "years"),
    [
        (None, None, 0),  # no stock, and 3 t a year missing
        ("2026", None, 1 / 3),
        ("2027-06", None, 2 / 1),  # B has 4 t from 2027 on, so that 1 t a year is missing
        ("2028", None, 3 / 1),
        ("2028", "late", 3 / 5),  # and none from 2028 on, if it stops its exports
    ],
)
def test_stocks_of_a_later_day(at, scenario, years):
    """Full at 4 t by the end of four years at 1 t a year: n t when year n begins."""
    found = rs.time_to_survive(filled(), only=["a"], at=at, scenario=scenario)["time_to_survive_days"]
    assert found.tolist() == pytest.approx([years * YEAR], rel=1e-6, abs=1e-3)


def test_what_is_built_by_then_counts():
    """B's plant of 2 t is built at once and stands from 2026 on; with it 1 of A's 3 t is missing, else 3."""
    network = with_a_plant({"start": 2025, "periods": 3})
    for at, years in (("2025", 1 / 3), ("2026", 1.0)):
        found = rs.time_to_survive(network, only=["a"], at=at)["time_to_survive_days"]
        assert found.tolist() == pytest.approx([years * YEAR], rel=1e-6)


def test_a_plant_that_ramps_up_by_years_in_a_network_of_months():
    """It stands from February 2025 on with 1 of its 2 t, from February 2026 on with both."""
    network = with_a_plant({"start": 2025, "periods": 14, "step": "month"}, ramp=[0.5, 1])
    for at, years in (("2026-01", 1 / 2), ("2026-02", 1.0)):
        found = rs.time_to_survive(network, only=["a"], at=at)["time_to_survive_days"]
        assert found.tolist() == pytest.approx([years * YEAR], rel=1e-6)


def with_a_plant(horizon, **project):
    """Return 3 t wanted of A or of B's plant of 2 t, which stands a period after it is decided on."""
    data = {
        "horizon": horizon,
        "commodities": {"ore": {}},
        "facilities": {"b": {"country": "XBB", "outputs": {"ore": 1}, "capacity": 0}},
        "projects": {"plant": {"facility": "b", "capacity": 2, "capital_cost": 1, "lead_time": 1, **project}},
        "supplies": {"a": {"country": "XAA", "commodity": "ore", "price": 10, "quantity": 9}},
        "stockpiles": {
            "store": {
                "site": "user",
                "country": "FIN",
                "commodity": "ore",
                "initial": 1,
                "max_fill": 0,
                "final": 1,
            }
        },
        "demands": {"user": {"country": "FIN", "commodity": "ore", "quantity": 3, "shortfall_cost": 90}},
        "lanes": [{"from": ["a", "b"], "to": "user", "commodity": "ore"}],
    }
    return rs.Network.from_dict(data)


@pytest.mark.parametrize("at", ["2024", "2029", "soon"])
def test_a_day_outside_the_horizon(at):
    with pytest.raises(InputError, match="at: "):
        rs.time_to_survive(filled(), at=at)


def test_the_same_answer_whatever_the_workers():
    """A pool that is handed everything pickled, and Ctrl-C after the first answer."""
    alone = rs.time_to_survive(store(), "country")
    with ThreadPoolExecutor(1) as pool:
        assert rs.time_to_survive(store(), "country", executor=pool).equals(alone)

    def stop(done, of):
        raise KeyboardInterrupt

    stopped = rs.time_to_survive(store(), "country", progress=stop)
    assert (len(stopped), stopped.attrs["left_out"]) == (1, 1)
    assert stopped["failure"].isin(alone["failure"]).all()

"""Effects: why one plan costs more than another, by hand and as laws."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resilience as rs
from tests.networks_random import Shape, network_of, shapes
from tests.random_networks import with_policies
from tests.shared import planned
from tests.small import lane, mine, network, want

approx = pytest.approx
MANY = settings(max_examples=8, deadline=None)
EFFECTS = ("price", "volume", "route", "duty", "shortfall")


def effects(before: rs.Solution, after: rs.Solution) -> dict[str, float]:
    """Return the effects that are not rounding."""
    table = rs.compare(before, after).effects
    found = dict(zip(table["effect"], table["change_cost_usd"], strict=True))
    size = 1e-9 * max(abs(before.cost), abs(after.cost), 1.0)
    assert found.pop("total") == approx(sum(found.values()), rel=1e-9, abs=size)
    assert tuple(found) == EFFECTS
    return {name: amount for name, amount in found.items() if abs(amount) > size}


def two_mines(near: float = 10, far: float = 25, **sections) -> rs.Network:
    """10 t wanted; XBB mines up to 8 t at `near`, XCC without limit at `far`; the lanes cost 1 and 2."""
    return network(
        **{
            "commodities": {"ore": {"price": 20}},
            "facilities": {"near": mine("XBB", capacity=8, cost=near), "far": mine("XCC", cost=far)},
            "demands": {"user": want(10, shortfall_cost=100)},
            "lanes": [lane("near", "user", cost=1), lane("far", "user", cost=2)],
        }
        | sections
    )


# -------------------------------------------------------------------------------------------- by hand


def test_a_cost_that_rises_without_another_plan_is_price():
    """8 t at 3 more, and the plan stays: 24."""
    base = two_mines()
    assert effects(base.solve(), two_mines(near=13).solve()) == {"price": approx(24)}
    assert effects(two_mines(near=13).solve(), base.solve()) == {"price": approx(-24)}


def test_a_tariff_without_another_route_is_duty_and_all_of_it_rate():
    """5 on each of 2 t from XCC, for which there is no other source: 10."""
    base = two_mines()
    before, after = base.solve(), base.solve(rs.Tariff(importer="XAA", origin="XCC", specific=5))
    assert effects(before, after) == {"duty": approx(10)}
    parts = rs.compare(before, after).effects_by("part", "component")
    assert parts.to_dict("records") == [
        {"effect": "duty", "part": "rate", "component": "tariff", "change_cost_usd": approx(10)}
    ]


def test_a_subsidy_is_a_duty_below_zero():
    base = two_mines()
    after = base.solve(rs.Subsidy(producer="near", amount=2))
    assert effects(base.solve(), after) == {"duty": approx(-16)}


def test_a_demand_that_grows_in_a_linear_network_is_volume():
    """From 10 t to 15 t at 27 each: 135."""
    base = two_mines(facilities={"far": mine("XCC", cost=25)}, lanes=[lane("far", "user", cost=2)])
    assert effects(base.solve(), base.solve(set={"demands.user.quantity": 15})) == {"volume": approx(135)}


def test_another_source_of_the_same_tonnes_is_route():
    """8 t that cost 11 come from XCC at 27 instead: 128."""
    base = two_mines()
    assert effects(base.solve(), base.solve(rs.Outage(facility="near"))) == {"route": approx(8 * 16)}


def test_what_goes_short_is_shortfall_and_what_is_saved_is_volume():
    """Without XCC 2 t go short at 100, and 8 t cost 11 instead of 10 t at (88 + 54) / 10 = 14.2.

    Volume: -2 t at the mean of 14.2 and 11, -25.2. Route: the mean of 10 t and 8 t gets cheaper by 3.2
    a tonne, -28.8. Together -54, which is what 2 t from XCC cost.
    """
    base = two_mines()
    found = effects(base.solve(), base.solve(rs.Outage(facility="far")))
    assert found == {"shortfall": approx(200), "volume": approx(-25.2), "route": approx(-28.8)}


def test_price_and_route_at_once():
    """XBB gives 4 t in place of 8 t and at 12: price 2 x 6 t; route 4 t from 12 (the mean 11 + 1) to 27."""
    after = two_mines(near=12).solve(set={"facilities.near.capacity": 4})
    assert effects(two_mines().solve(), after) == {"price": approx(12), "route": approx(4 * 15)}


def test_a_tariff_that_turns_the_flow_is_duty_and_route():
    """40 on XBB's ore: all comes from XCC. Nothing is paid, so all that it costs is the way round."""
    base = two_mines()
    after = base.solve(rs.Tariff(importer="XAA", origin="XBB", specific=40))
    assert effects(base.solve(), after) == {"route": approx(128)}


def test_less_of_a_tariffed_flow_is_duty_by_quantity():
    """A tariff of 5 on XCC in both; 2 t more are wanted, all from XCC: 10 more, and volume and route."""
    base, tariff = two_mines(), rs.Tariff(importer="XAA", origin="XCC", specific=5)
    before, after = base.solve(tariff), base.solve([tariff], set={"demands.user.quantity": 12})
    parts = rs.compare(before, after).effects_by("part")
    assert parts[parts["effect"] == "duty"].to_dict("records") == [
        {"effect": "duty", "part": "quantity", "change_cost_usd": approx(10)}
    ]
    found = effects(before, after)
    assert found["volume"] == approx(2 * (14.2 + (88 + 108) / 12) / 2)
    assert found["volume"] + found["route"] == approx(54)


def test_steps_of_cost_are_one_curve():
    """4 t at 10, then 20. From 3 t to 6 t: 3 more at (10 + 80 / 6) / 2 a tonne by volume, the rest route.

    A rise of all steps by 1 on the way is 1 x the mean of 3 t and 6 t, price.
    """
    rising = [{"capacity": 4, "cost": 10}, {"cost": 20}]

    def stepped(quantity: float, more: float) -> rs.Solution:
        cost = [{**step, "cost": step["cost"] + more} for step in rising]
        return network(
            facilities={"m": mine(cost=cost)}, demands={"u": want(quantity)}, lanes=[lane("m", "u")]
        ).solve()

    volume = 3 * (10 + 80 / 6) / 2
    assert effects(stepped(3, 0), stepped(6, 0)) == {"volume": approx(volume), "route": approx(50 - volume)}
    found = effects(stepped(3, 0), stepped(6, 1))
    assert found["price"] == approx(4.5)
    assert found["volume"] + found["route"] == approx(86 - 30 - 4.5)


def test_a_steeper_curve_is_price_at_both_levels():
    """Steps 4 t at 10 and then 20, against 2 t and then 20: 6 t cost 20 more, as do 3 t by 10: mean 15."""

    def stepped(width: float, quantity: float) -> rs.Solution:
        cost = [{"capacity": width, "cost": 10}, {"cost": 20}]
        return network(
            facilities={"m": mine(cost=cost)}, demands={"u": want(quantity)}, lanes=[lane("m", "u")]
        ).solve()

    assert effects(stepped(4, 3), stepped(2, 6))["price"] == approx((10 + 20) / 2)


def test_revenue_is_price_and_volume():
    """An outlet takes 5 t at 30, then 4 t at 36: price -6 x 4.5; volume 1 t less sold, 33, and mined, -10."""

    def outlet(quantity: float, price: float) -> rs.Solution:
        return network(
            facilities={"m": mine(cost=10)},
            demands={"shop": want(quantity, price=price)},
            lanes=[lane("m", "shop")],
        ).solve()

    assert effects(outlet(5, 30), outlet(4, 36)) == {"price": approx(-27), "volume": approx(33 - 10)}


def test_an_elastic_demand_that_shifts():
    """A price of 50 - q, cost 10: 40 t, then with cost 20 30 t.

    Revenue is the area under the curve: 1200 and 1050, on one curve, so none of it is price. Price: 10 more
    on the mean of 40 t and 30 t, 350. Volume: 150 lost for the buyers, 10 t at the mean of 10 and 20 less.
    """

    def market(cost: float) -> rs.Solution:
        return network(
            facilities={"m": mine(cost=cost)},
            demands={"u": want(100, price={"intercept": 50, "slope": -1})},
            lanes=[lane("m", "u")],
        ).solve()

    found = effects(market(10), market(20))
    assert found["price"] == approx(350, rel=1e-5)
    assert found.get("volume", 0.0) == approx(150 - 150, abs=1e-2)


def test_capital_is_route():
    """A project of 1000 opens 5 t at 5 in place of 27: 1000 - 110."""
    base = two_mines(
        facilities={"near": mine("XBB", capacity=0, cost=4), "far": mine("XCC", cost=25)},
        projects={"pit": {"facility": "near", "capacity": 5, "capital_cost": 1000, "whole": True}},
        demands={"user": want(10)},
    )
    before = base.solve()
    after = base.solve(set={"facilities.far.capacity": 5})
    assert effects(before, after) == {"route": approx(1000 - 5 * 22)}


def test_capital_does_not_shrink_with_what_is_delivered():
    """The pit again, for 8 t: 3 x 27 + 5 x 5 + 1000. Volume: -2 t at the mean of 27 and 106 / 8."""
    base = two_mines(
        facilities={"near": mine("XBB", capacity=0, cost=4), "far": mine("XCC", cost=25)},
        projects={"pit": {"facility": "near", "capacity": 5, "capital_cost": 1000, "whole": True}},
        demands={"user": want(10)},
        lanes=[lane("near", "user", cost=1), lane("far", "user", cost=2)],
    )
    after = base.solve(set={"facilities.far.capacity": 3, "demands.user.quantity": 8})
    volume = -2 * (27 + (3 * 27 + 5 * 5) / 8) / 2
    assert effects(base.solve(), after) == {
        "volume": approx(volume),
        "route": approx(1000 + 3 * 27 + 5 * 5 - 270 - volume),
    }


def test_discounted_money_and_lead_times():
    """Two years at 10 %: 10 t at 27 each year; 5 t more in the second are worth 5 x 27 / 1.1."""
    base = two_mines(
        horizon={"start": 2025, "periods": 2},
        discount_rate=0.1,
        facilities={"far": mine("XCC", cost=25)},
        lanes=[lane("far", "user", cost=2)],
    )
    after = base.solve(set={"demands.user.quantity": {2025: 10, 2026: 15}})
    assert effects(base.solve(), after) == {"volume": approx(5 * 27 / 1.1)}
    periods = rs.compare(base.solve(), after).effects_by("period").groupby("period")["change_cost_usd"].sum()
    assert periods["2026"] == approx(5 * 27 / 1.1)
    assert periods.get("2025", 0.0) == approx(0, abs=1e-9)


def test_another_network_is_matched_by_name():
    """The second has no far mine, and one more user whose 3 t cost 11 each; its own are all volume."""
    before = two_mines(demands={"user": want(5, shortfall_cost=100)})
    after = network(
        facilities={"near": mine("XBB", capacity=8, cost=10)},
        demands={"user": want(5, shortfall_cost=100), "other": want(3)},
        lanes=[lane("near", ["user", "other"], cost=1)],
    )
    assert effects(before.solve(), after.solve()) == {"volume": approx(33)}


def test_layers_are_one_activity():
    """The same plan with and without an origin rule that nobody offends: no effect at all."""
    base = two_mines()
    rule = {"exclude": ["XDD"]}
    ruled = two_mines(demands={"user": want(10, shortfall_cost=100, origin=rule)}, countries={"XDD": {}})
    assert effects(base.solve(), ruled.solve()) == {}


def test_effects_by_anything_add_up_and_an_unknown_key_is_an_error():
    base = two_mines()
    found = rs.compare(base.solve(), base.solve(rs.Outage(facility="near")))
    by_country = found.effects_by("component", "country")
    assert by_country[["component", "country", "change_cost_usd"]].values.tolist() == [
        ["production", "XCC", approx(200)],
        ["production", "XBB", approx(-80)],
        ["freight", "XAA", approx(8)],
    ]
    with pytest.raises(rs.InputError, match="unknown key 'contry'; did you mean 'country'"):
        found.effects_by("contry")


# ----------------------------------------------------------------------------------------------- laws


def adds_up(before: rs.Solution, after: rs.Solution) -> None:
    size = max(abs(before.cost), abs(after.cost), 1.0)
    found, back = rs.compare(before, after), rs.compare(after, before)
    table, turned = (each.effects.set_index("effect")["change_cost_usd"] for each in (found, back))
    assert table.drop("total").sum() == approx(after.cost - before.cost, abs=1e-9 * size)
    pd.testing.assert_series_equal(table, -turned, rtol=1e-9, atol=1e-9 * size)
    for keys in (("component", "part"), ("stage", "commodity"), ("country", "period"), ("activity", "id")):
        parts = found.effects_by(*keys).groupby("effect")["change_cost_usd"].sum()
        for effect in EFFECTS:
            assert parts.get(effect, 0.0) == approx(table[effect], abs=1e-9 * size)
    assert (rs.compare(after, after).effects["change_cost_usd"] == 0).all()


@MANY
@given(shapes().map(with_policies), st.sampled_from(["banned", "cut", "quota", "stopped", "everything"]))
def test_effects_add_up_between_scenarios(data, scenario):
    base = rs.Network.from_dict(data)
    adds_up(base.solve("base_case"), base.solve(scenario))


@MANY
@given(shapes(), shapes())
def test_effects_add_up_between_networks(one, other):
    adds_up(*(rs.Network.from_dict(network_of(shape)).solve() for shape in (one, other)))


@MANY
@given(st.integers(0, 9999), st.sampled_from(["", "demand", "policy"]), st.integers(1, 3))
def test_effects_add_up_with_layers_stock_and_projects(seed, rule, periods):
    shape = Shape(seed, periods=periods, rule=rule, has_stockpile=True, has_project=True, recycles=True)
    data = network_of(shape)
    data["discount_rate"] = 0.08
    base = rs.Network.from_dict(data)
    adds_up(base.solve(), base.solve("ruled" if rule == "policy" else "tight"))


@MANY
@given(shapes(), st.floats(0.2, 3.0))
def test_all_that_is_scaled_is_volume(shape, factor):
    """Capacities, supplies and demands times one number, costs without steps: nothing but volume."""
    data = flat(network_of(shape))
    one, other = rs.Network.from_dict(data).solve(), rs.Network.from_dict(scaled(data, factor)).solve()
    size = max(abs(one.cost), abs(other.cost), 1.0)
    assert other.cost == approx(factor * one.cost, rel=1e-7, abs=1e-7)
    found = rs.compare(one, other).effects.set_index("effect")["change_cost_usd"]
    plan = [solution.levels for solution in (one, other)]
    delivers = one.shortfall["delivered_t"].sum() + one.sales["sold_t"].sum() > 0
    if delivers and plan[1] == approx(factor * plan[0], rel=1e-6, abs=1e-6):  # of many plans, the same
        assert found["route"] == approx(0, abs=1e-6 * size)
        assert found["duty"] == 0
        assert found["volume"] + found["shortfall"] == approx(other.cost - one.cost, abs=1e-6 * size)


def flat(data):
    """Return plain data in which the first of several steps of cost goes on for ever."""
    if isinstance(data, dict):
        return {
            key: value[0]["cost"] if key in ("cost", "price") and isinstance(value, list) else flat(value)
            for key, value in data.items()
        }
    return [flat(item) for item in data] if isinstance(data, list) else data


SCALED = ("capacity", "quantity", "minimum", "initial", "max_release")


def scaled(data, factor: float):
    """Return plain data with all quantities times a factor."""
    if isinstance(data, dict):
        return {
            key: value * factor if key in SCALED and isinstance(value, int | float) else scaled(value, factor)
            for key, value in data.items()
        }
    return [scaled(item, factor) for item in data] if isinstance(data, list) else data


@MANY
@given(shapes())
def test_dearer_in_all_things_is_price(shape):
    """Every cost by a tenth more, shortfalls too: the plan stays, and it is price and shortfall alone."""
    data = network_of(shape)
    dearer = {name: dear(section) for name, section in data.items()}
    one, other = rs.Network.from_dict(data).solve(), rs.Network.from_dict(dearer).solve()
    found = rs.compare(one, other).effects.set_index("effect")["change_cost_usd"]
    size = max(abs(one.cost), abs(other.cost), 1.0)
    assert found["total"] == approx(0.1 * one.cost, abs=1e-9 * size)
    if other.levels == approx(one.levels, rel=1e-7, abs=1e-7):
        assert found["volume"] == approx(0, abs=1e-6 * size)
        assert found["route"] == approx(0, abs=1e-6 * size)
        assert found["shortfall"] == approx(0.1 * one.shortfall["cost_usd"].sum(), abs=1e-6 * size)


def dear(data):
    costs = ("cost", "price", "shortfall_cost", "holding_cost", "capital_cost", "disposal_cost")
    if isinstance(data, dict):
        return {
            key: value * 1.1 if key in costs and isinstance(value, int | float) else dear(value)
            for key, value in data.items()
        }
    return [dear(item) for item in data] if isinstance(data, list) else data


# ---------------------------------------------------------------------------------------- rare_earths


@pytest.mark.parametrize("scenario", ["ban", "price_floor_bloc", "investment", "dfars_2027"])
def test_rare_earths(scenario):
    adds_up(planned("baseline"), planned(scenario))


def test_the_ban_is_all_but_shortfall():
    found = effects(planned("baseline"), planned("ban"))
    assert found["shortfall"] > 0
    assert found["volume"] < 0
    assert "price" not in found

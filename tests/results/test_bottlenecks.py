"""Bottlenecks: limits by what one more unit of them is worth."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import resilience as rs
from tests.networks_random import network_of, shapes
from tests.policies.test_export_restriction_importers import two_buyers
from tests.shared import planned, rare_earths
from tests.small import lane, mine, network, want

approx = pytest.approx
MANY = settings(max_examples=15, deadline=None)


def rents(solution: rs.Solution) -> dict[str, float]:
    table = solution.bottlenecks()
    assert not table["limit"].duplicated().any()
    return dict(zip(table["limit"], table["rent_usd_per_t"], strict=True))


def two_sources(**changes) -> rs.Network:
    """8 t wanted; XCC sells 5 t at 10, XDD any amount at 25."""
    sections = {
        "supplies": {
            "near": {"country": "XCC", "commodity": "ore", "price": 10, "quantity": 5},
            "far": {"country": "XDD", "commodity": "ore", "price": 25},
        },
        "demands": {"user": want(8)},
        "lanes": [lane("near", "user"), lane("far", "user")],
    }
    return network(**{**sections, **changes})


# -------------------------------------------------------------------------------------------- by hand


def test_a_supply_is_worth_the_gap_to_the_next_source():
    """The near mine's 5 t save 15 each, from the first to the 8th; half a tonne more saves 7.50."""
    (row,) = two_sources().solve().bottlenecks().to_dict("records")
    assert row == {
        "limit": "supplies.near.quantity",
        "bound": "ceiling",
        "kind": "supply",
        "id": "near",
        "policy": "",
        "stage": "",
        "country": "XCC",
        "commodity": "ore",
        "period": "2025",
        "level_t": approx(5),
        "limit_t": 5,
        "rent_usd_per_t": approx(15),
        "value_usd": approx(75),
        "one_more_usd_per_t": approx(15),
        "one_less_usd_per_t": approx(15),
        "from_t": approx(0),
        "to_t": approx(8),
        "gain_10pct_usd": approx(7.5),
    }


def test_a_quota_is_named_by_its_policy_and_has_its_rent():
    """A quota of 2 t on XCC leaves 6 t for XDD: rent 15, and the supply's own 5 t are worth nothing now."""
    solution = two_sources().solve(rs.ExportRestriction(from_="XCC", quota=2.0, name="quota_on_near"))
    (row,) = solution.bottlenecks().to_dict("records")
    assert row["limit"] == "policies.quota_on_near"
    assert (row["kind"], row["policy"], row["id"], row["country"], row["commodity"]) == (
        "policy",
        "quota_on_near",
        "XCC",
        "XCC",
        "ore",
    )
    assert (row["level_t"], row["limit_t"], row["rent_usd_per_t"]) == (approx(2), approx(2), approx(15))


def test_a_ban_is_named_by_its_policy_with_the_lane():
    """All 8 t come from XDD at 25; the first tonne from XCC would save 15, but 10 % of nothing is nothing."""
    solution = two_sources().solve(rs.ExportRestriction(from_="XCC", name="ban_on_near"))
    (row,) = solution.bottlenecks().to_dict("records")
    assert row["limit"] == "policies.ban_on_near"
    assert (row["kind"], row["policy"], row["id"], row["country"]) == (
        "lane",
        "ban_on_near",
        "near>user:ore",
        "XCC",
    )
    assert (row["limit_t"], row["rent_usd_per_t"], row["value_usd"]) == (0, approx(15), 0)


def test_two_bans_on_one_lane_are_both_named():
    solution = two_sources().solve(
        [rs.ExportRestriction(from_="XCC", name="one"), rs.Outage(lane=["near>user:ore"], name="two")]
    )
    assert rents(solution) == {"policies.one, two": approx(15)}


def test_what_an_outage_leaves_is_named_by_the_outage():
    solution = two_sources().solve(rs.Outage(facility="near", cut=0.6, name="strike"))
    (row,) = solution.bottlenecks().to_dict("records")
    assert (row["limit"], row["kind"], row["id"]) == ("policies.strike", "supply", "near")
    assert (row["limit_t"], row["rent_usd_per_t"]) == (approx(2), approx(15))


def test_a_policy_that_moves_nothing_names_nothing():
    solution = two_sources().solve(rs.Outage(facility="near", cut=0.0, name="nothing"))
    assert rents(solution) == {"supplies.near.quantity": approx(15)}


def chain(**fields) -> rs.Network:
    """One mine at 10 through one port; each tonne short costs 100."""
    sections = {
        "stages": ["mining"],
        "facilities": {"pit": mine(stage="mining", cost=10)},
        "hubs": {"port": {"passes": ["ore"], "country": "XBB"}},
        "demands": {"user": want(8, shortfall_cost=100)},
        "lanes": [lane("pit", "port", cost=1), lane("port", "user", cost=2)],
    }
    for key, value in fields.items():
        section, _, name = key.partition("__")
        if name:
            sections[section] = {
                entry: {**content, **(value if entry == name else {})}
                for entry, content in sections[section].items()
            }
        else:
            sections[section] = value
    return network(**sections)


def test_every_kind_of_ceiling_has_its_name():
    """Each in turn stops at 5 t what is worth 100 - 10 - 1 - 2 = 87 a tonne."""
    assert rents(chain(facilities__pit={"capacity": 5}).solve()) == {"facilities.pit.capacity": approx(87)}
    assert rents(chain(hubs__port={"capacity": 5}).solve()) == {"hubs.port.capacity": approx(87)}
    tight = [lane("pit", "port", cost=1, capacity=5), lane("port", "user", cost=2)]
    assert rents(chain(lanes=tight).solve()) == {"lanes.pit>port:ore.capacity": approx(87)}
    limit = {"gate": {"over": {"lane": {"to": "user"}}, "at_most": 5}}
    assert rents(chain(limits=limit).solve()) == {"limits.gate.at_most": approx(87)}


def test_a_limit_is_worth_its_rent_per_unit_of_the_limit():
    """2 t of CO2 per t of ore: 10 t of CO2 allow 5 t of ore, and one of CO2 is worth 87 / 2."""
    limit = {"carbon": {"over": {"facility": "pit", "weight": 2}, "at_most": 10}}
    (row,) = chain(limits=limit).solve().bottlenecks().to_dict("records")
    assert row["limit"] == "limits.carbon.at_most"
    assert (row["level_t"], row["limit_t"]) == (approx(10), 10)
    assert row["rent_usd_per_t"] == approx(43.5)
    assert (row["kind"], row["stage"], row["country"]) == ("facilities", "mining", "XAA")


def test_an_outlets_quantity_is_a_limit_and_a_demands_is_not():
    """The outlet takes 3 t at 50 that cost 13: one more would earn 37. The demand's own 8 t are no limit."""
    solution = chain(
        demands={
            "user": want(8, shortfall_cost=100),
            "outlet": {"country": "XCC", "commodity": "ore", "quantity": 3, "price": 50},
        },
        lanes=[lane("pit", "port", cost=1), lane("port", ["user", "outlet"], cost=2)],
    ).solve()
    assert rents(solution) == {"demands.outlet.quantity": approx(37)}


def test_floors_are_worth_what_lowering_them_saves():
    """The pit must make 9 t for 8 t wanted: the last one costs 10 for nothing."""
    (row,) = chain(facilities__pit={"minimum": 9}).solve().bottlenecks().to_dict("records")
    assert (row["limit"], row["bound"]) == ("facilities.pit.minimum", "floor")
    assert (row["limit_t"], row["rent_usd_per_t"]) == (9, approx(10))
    limit = {"offtake": {"over": {"facility": "pit"}, "at_least": 9}}
    assert rents(chain(limits=limit).solve()) == {"limits.offtake.at_least": approx(10)}
    twice = [lane("pit", "port", cost=1), lane("port", "user", cost=2)]
    rail = {"rail": {"from": "pit", "to": "user", "commodity": "ore", "cost": 5, "minimum": 2}}
    lanes = {**rail, **{f"lane_{number}": entry for number, entry in enumerate(twice)}}
    assert rents(chain(lanes=lanes).solve()) == {"lanes.rail.minimum": approx(2)}


@pytest.mark.parametrize(("amount", "rent", "bound"), [(5, 87, "ceiling"), (9, 10, "floor")])
def test_an_equality_binds_on_one_side(amount, rent, bound):
    (row,) = (
        chain(limits={"plan": {"over": {"facility": "pit"}, "equals": amount}})
        .solve()
        .bottlenecks()
        .to_dict("records")
    )
    assert (row["limit"], row["bound"], row["rent_usd_per_t"]) == ("limits.plan.equals", bound, approx(rent))


def test_tiers_and_the_capacity_over_them_are_told_apart():
    """2 t at 10, then 3 t at 30 up to a capacity of 5: a cheap tonne saves 20, one more capacity 67."""
    pit = {"cost": [{"capacity": 2, "cost": 10}, {"cost": 30}], "capacity": 5}
    assert rents(chain(facilities__pit=pit).solve()) == {
        "facilities.pit.cost.0.capacity": approx(20),
        "facilities.pit.capacity": approx(67),
    }


def test_tiers_that_end_with_the_quantity_are_no_limit_of_their_own():
    """The seller's first tier is 9 t wide and its quantity 5 t: the quantity is worth 15, once."""
    near = {"country": "XCC", "commodity": "ore", "price": [{"capacity": 9, "cost": 10}, {"cost": 20}]}
    far = {"country": "XDD", "commodity": "ore", "price": 25}
    solution = two_sources(supplies={"near": {**near, "quantity": 5}, "far": far}).solve()
    assert rents(solution) == {"supplies.near.quantity": approx(15)}


def test_periods_have_their_own_rows():
    solution = chain(horizon={"periods": 2}, facilities__pit={"capacity": {2025: 5, 2026: 4}}).solve()
    table = solution.bottlenecks()
    assert table["period"].tolist() == ["2025", "2026"]
    assert table["value_usd"].tolist() == approx([5 * 87, 4 * 87])


def test_an_idle_plant_in_two_layers_has_no_minimum_that_binds():
    """The dear works stands idle in both layers: that their sum is not below 0 is no limit of the file."""
    works = {"stage": "works", "inputs": {"ore": 1}, "outputs": {"oxide": 0.2}}
    maker = {"stage": "making", "inputs": {"oxide": 0.36}, "outputs": {"magnet": 1}}
    solution = network(
        stages=["mines", "works", "making"],
        commodities=["ore", "oxide", "magnet"],
        facilities={
            "barred": mine("XAA", stage="mines", cost=1500),
            "clean": mine("XBB", stage="mines", cost=2500, capacity=90),
            "cheap": {"country": "XAA", "cost": 2000, **works},
            "dear": {"country": "XDD", "cost": 4000, "capacity": 9, **works},
            "maker": {"country": "XCC", "cost": 20000, **maker},
        },
        demands={
            "user": want(6, commodity="magnet"),
            "strict": want(4, commodity="magnet", origin={"exclude": ["XAA"], "stages": ["mines"]}),
        },
        lanes=[
            lane(["barred", "clean"], ["cheap", "dear"], cost=100),
            lane(["cheap", "dear"], "maker", commodity="oxide", cost=50),
            lane("maker", ["user", "strict"], commodity="magnet", cost=150),
        ],
    ).solve()
    assert not len(solution.bottlenecks())


def test_nothing_that_binds_is_an_empty_table():
    table = chain().solve().bottlenecks()
    assert len(table) == 0
    assert "rent_usd_per_t" in table
    assert len(chain().solve().bottleneck_stages()) == 1


# ----------------------------------------------------------------------------------------------- laws


@settings(max_examples=10, deadline=None)
@given(shapes(has_minimums=True))
def test_a_rent_lies_between_the_gains_of_one_step_more_and_one_step_less(shape):
    """Cost is convex in every limit, so  cost(b) - cost(b + e) <= e x rent <= cost(b - e) - cost(b).

    Where the optimum is not degenerate the three are one.
    """
    base = rs.Network.from_dict(network_of(shape))
    solution = base.solve()
    table = solution.bottlenecks()
    assert (table["rent_usd_per_t"] > 0).all()
    named = table[~table["limit"].str.startswith("lanes.") & ~table["limit"].str.contains(".cost.")]
    named = named[~named["limit"].str.contains(".price.")]
    slack = 1e-9 * max(1.0, abs(solution.cost))
    for limit, group in named.groupby("limit"):
        rent = group["rent_usd_per_t"].sum()  # one number of the file holds in every period
        step = 1e-3 * group["limit_t"].iloc[0]
        relaxed = step if group["bound"].iloc[0] == "ceiling" else -step
        value = group["limit_t"].iloc[0]
        gain = solution.cost - base.solve(set={limit: value + relaxed}).cost
        loss = base.solve(set={limit: value - relaxed}).cost - solution.cost
        assert gain - slack <= rent * step <= loss + slack


@MANY
@given(shapes())
def test_capacity_that_is_not_listed_is_worth_nothing(shape):
    base = rs.Network.from_dict(network_of(shape))
    solution = base.solve()
    listed = set(solution.bottlenecks()["limit"])
    for key, entry in solution.formulation.spec.facilities.items():
        path = f"facilities.{key}.capacity"
        if path not in listed:
            more = base.solve(set={path: 1.1 * entry.capacity})
            assert more.cost == approx(solution.cost, rel=1e-9, abs=1e-6)


@MANY
@given(shapes())
def test_sorted_by_what_ten_percent_more_are_worth(shape):
    table = rs.Network.from_dict(network_of(shape)).solve().bottlenecks()
    assert table["value_usd"].is_monotonic_decreasing
    assert (table["value_usd"] - table["rent_usd_per_t"] * table["limit_t"]).abs().max() in (
        0,
        approx(0),
    ) or (len(table) == 0)


# ---------------------------------------------------------------------------------------- rare_earths


def ban() -> rs.Solution:
    return planned("ban")


def test_rare_earths_bans_are_named_and_every_limit_is_reached():
    table = ban().bottlenecks()
    barred = table[table["policy"].str.contains("china_export_ban")]
    assert len(barred) > 50
    assert (barred["country"] == "CHN").all()
    assert (barred["limit_t"] == 0).all()
    assert (table["rent_usd_per_t"] > 0).all()
    reached = (table["level_t"] - table["limit_t"]).abs() <= 1e-6 * table["limit_t"].abs().clip(lower=1.0)
    assert reached.all()


def test_rare_earths_rent_of_a_metal_plant_is_what_one_more_tonne_saves():
    row = ban().bottlenecks().set_index("limit").loc["facilities.vietnam_metal.capacity"]
    more = rare_earths().solve("ban", set={"facilities.vietnam_metal.capacity": float(row["limit_t"]) + 1})
    assert ban().cost - more.cost == approx(row["rent_usd_per_t"], rel=1e-4)


def test_a_restriction_of_each_importer_is_one_limit_an_importer():
    """Half of 8 t to XBB, worth 100 a tonne, half of 4 t to XCC, worth 30; it costs 10: rents 90, 20."""
    found = two_buyers(cut="50%", each_importer=True).solve("cut").bottlenecks()
    rows = found[found["limit"] == "policies.cut"].set_index("id")
    assert rows["rent_usd_per_t"].to_dict() == pytest.approx({"XAA>XBB": 90, "XAA>XCC": 20})
    assert rows["limit_t"].to_dict() == pytest.approx({"XAA>XBB": 4, "XAA>XCC": 2})

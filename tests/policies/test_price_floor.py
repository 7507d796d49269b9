"""Price floors, by hand: a levy at the border, a guaranteed purchase, a top-up."""

from __future__ import annotations

import pytest

import resilience as rs
from tests.policies.helpers import fault_of, on, path_in, received, rent_of
from tests.small import column, lane, mine, network, price_at, want


def two_sources(floors: dict[str, dict[str, object]], **sections: object) -> rs.Network:
    """Let XBB want 8 t: XAA delivers at 12 + 4 freight, its own mine of 10 t at 25; reference price 12."""
    policies = {
        key: {"type": "price_floor", "members": "XBB", "commodity": "ore", **floor}
        if "type" not in floor
        else floor
        for key, floor in floors.items()
    }
    return network(
        **{
            "commodities": {"ore": {"price": 12}},
            "facilities": {"cheap": mine("XAA", cost=12), "dear": mine("XBB", cost=25, capacity=10)},
            "demands": {"user": want(8, "XBB")},
            "lanes": [lane("cheap", "user", cost=4), lane("dear", "user")],
            **on(policies),
            **sections,
        }
    )


def levy(floor: object, **fields: object) -> dict[str, object]:
    return {"floor": floor, "mechanism": "border_levy", **fields}


def test_a_levy_lifts_the_landed_price_to_the_floor():
    """12 + 4 lands at 16; a floor of 20 takes 4 on each of 8 t for XBB, and the price there is 20."""
    solution = two_sources({"floor": levy(20)}).solve("on")
    assert solution.cost == pytest.approx(8 * 16 + 32)
    assert received(solution) == pytest.approx({"XBB": 32})
    assert solution.cost_breakdown["transfer", "levy"] == pytest.approx(32)
    assert price_at(solution, "user") == pytest.approx(20)


def test_a_levy_may_close_the_border():
    """A floor of 30 makes the import dearer than the mine at 25: 200, and nothing is collected."""
    solution = two_sources({"floor": levy(30)}).solve("on")
    assert solution.cost == pytest.approx(200)
    assert received(solution) == {}


@pytest.mark.parametrize("mechanism", ["border_levy", "guarantee", "top_up"])
def test_a_floor_below_the_price_changes_nothing(mechanism):
    """The ore lands at 16, its reference price is 12 and the mine's cost 25; the floor is 11."""
    found = two_sources({"floor": {"floor": 11, "mechanism": mechanism}})
    before = found.solve().cost
    assert found.solve("on").cost == before == 128
    assert received(found.solve("on")) == {}


@pytest.mark.parametrize("names", [("a", "z"), ("z", "a")])
def test_a_levy_is_on_top_of_duties_whatever_they_are_called(names):
    """10 % of 12 is due anyway, and an export tax of 1: the levy is 20 - 16 - 1.2 - 1 = 1.8."""
    floor, tariff = names
    found = two_sources(
        {
            floor: levy(20),
            tariff: {"type": "tariff", "importer": "XBB", "rate": "10%"},
            "m": {"type": "export_tax", "exporter": "XAA", "specific": 1},
        }
    )
    solution = found.solve("on")
    assert solution.cost == pytest.approx(8 * 20)
    assert received(solution, "levy") == pytest.approx({"XBB": 8 * 1.8})
    assert received(solution, "tariff") == pytest.approx({"XBB": 8 * 1.2})
    assert received(solution, "export_tax") == pytest.approx({"XAA": 8})


@pytest.mark.parametrize("names", [("a", "z"), ("z", "a")])
def test_a_levy_sees_the_freight_of_the_scenario(names):
    """Freight of 7 lands the ore at 19: one is left to the floor of 20."""
    floor, shock = names
    found = two_sources({floor: levy(20), shock: {"type": "freight_shock", "surcharge": 3}})
    assert received(found.solve("on")) == pytest.approx({"XBB": 8})


@pytest.mark.parametrize("floors", [(18, 20), (20, 18)])
def test_of_two_levies_the_higher_floor_decides(floors):
    """4 on each of 8 t, not 2 + 4."""
    found = two_sources({"a": levy(floors[0]), "b": levy(floors[1])})
    assert received(found.solve("on")) == pytest.approx({"XBB": 32})


def test_a_levy_is_for_goods_from_outside_the_bloc():
    """XBB and XCC have a floor of 40 together: XBB's ore at 25 serves XCC unlevied, 2 t to 8 t at home."""
    found = two_sources(
        {"floor": levy(40, members="union")},
        blocs={"union": ["XBB", "XCC"]},
        demands={"user": want(8, "XBB"), "friend": want(2, "XCC")},
        lanes=[lane({"kind": "facility"}, {"kind": "demand"})],
    )
    solution = found.solve("on")
    assert solution.cost == pytest.approx(250)
    assert received(solution) == {}


def test_who_is_exempt_levies_nothing_and_is_no_outsider():
    """XCC's 3 t come in at 16 without the levy of 4; its own mine's 2 t at 17 go to XBB without any, too."""
    solution = two_sources(
        {"floor": levy(20, members=["XBB", "XCC"], exempt="XCC")},
        demands={"user": want(8, "XBB"), "other": want(3, "XCC")},
        facilities={"cheap": mine("XAA", cost=12), "own": mine("XCC", cost=17, capacity=2)},
        lanes=[lane("cheap", {"kind": "demand"}, cost=4), lane("own", "user")],
    ).solve("on")
    assert solution.cost == pytest.approx(2 * 17 + 6 * 20 + 3 * 16)
    assert received(solution) == pytest.approx({"XBB": 24})


def test_a_levy_may_change_and_end():
    """Floors of 20, then 18, until 2027: 8 x 4 + 8 x 2."""
    found = two_sources(
        {"floor": levy({2025: 20, 2026: 18}, until=2027)}, horizon={"start": 2025, "periods": 3}
    )
    assert received(found.solve("on")) == pytest.approx({"XBB": 48})


def test_a_guarantee_buys_what_is_offered_at_the_floor():
    """At 30 the mine sells all of its 10 t to the state; the user goes on importing.

    128 + 10 x 25 - 10 x 30 = 78; XBB pays 300; one more tonne of ore at the mine is worth 30.
    """
    solution = two_sources({"floor": {"floor": 30, "mechanism": "guarantee"}}).solve("on")
    assert solution.cost == pytest.approx(78)
    assert received(solution) == pytest.approx({"XBB": -300})
    assert solution.cost_breakdown["transfer", "support"] == pytest.approx(-300)
    assert price_at(solution, "dear") == pytest.approx(30)


def test_a_guarantee_up_to_a_volume():
    """5 t are bought at 30, made at 25: 128 - 25; the sixth would earn 5."""
    solution = two_sources({"floor": {"floor": 30, "mechanism": "guarantee", "volume": 5}}).solve("on")
    assert solution.cost == pytest.approx(103)
    assert received(solution) == pytest.approx({"XBB": -150})
    assert rent_of(solution, "floor") == pytest.approx(5)


def test_a_guarantee_is_per_year_and_only_while_in_force():
    """5 t in 2026, by quarters of 1.25 t: XBB pays 150 in all."""
    found = two_sources(
        {"floor": {"floor": 30, "mechanism": "guarantee", "volume": 5, "from": 2026, "until": 2027}},
        horizon={"start": 2025, "periods": 12, "step": "quarter"},
    )
    solution = found.solve("on")
    assert solution.cost == pytest.approx(3 * 128 - 25)
    assert received(solution) == pytest.approx({"XBB": -150})


def test_a_top_up_pays_the_gap_to_the_reference_price():
    """22 - 12 = 10 per t makes the mine's ore 15, cheaper than 16: 8 x 25 - 80, paid by XBB."""
    solution = two_sources({"floor": {"floor": 22, "mechanism": "top_up"}}).solve("on")
    assert solution.cost == pytest.approx(120)
    assert received(solution) == pytest.approx({"XBB": -80})
    assert solution.cost_breakdown["transfer", "top_up"] == pytest.approx(-80)


@pytest.mark.parametrize("names", [("a", "z"), ("z", "a")])
def test_of_two_top_ups_the_higher_floor_decides(names):
    """22 - 12 = 10 per t in all, of which the lower floor of 18 pays 6 or nothing: never 16."""
    high, low = names
    floors = {high: {"floor": 22, "mechanism": "top_up"}, low: {"floor": 18, "mechanism": "top_up"}}
    solution = two_sources(floors).solve("on")
    assert solution.cost == pytest.approx(120)
    assert received(solution) == pytest.approx({"XBB": -80})


@pytest.mark.parametrize("names", [("a", "z"), ("z", "a")])
def test_a_top_up_with_a_volume_pays_what_is_above_one_without(names):
    """The floor of 18 leaves the mine's ore at 19; up to 5 t get 4 more and cost 15, less than 16."""
    wide, narrow = names
    floors = {
        wide: {"floor": 18, "mechanism": "top_up"},
        narrow: {"floor": 22, "mechanism": "top_up", "volume": 5},
    }
    solution = two_sources(floors).solve("on")
    assert solution.cost == pytest.approx(5 * 15 + 3 * 16)
    assert received(solution) == pytest.approx({"XBB": -50})


def test_a_top_up_after_another_has_ended_pays_in_full():
    """18 in 2025, and 22 from 2026 on, when 10 a tonne are paid."""
    floors = {
        "a": {"floor": 18, "mechanism": "top_up", "until": 2026},
        "b": {"floor": 22, "mechanism": "top_up", "from": 2026},
    }
    solution = two_sources(floors, horizon={"start": 2025, "periods": 2}).solve("on")
    assert received(solution) == pytest.approx({"XBB": -80})


def test_top_ups_of_different_producers_do_not_meddle():
    """Each mine of XBB has a floor of its own: 22 for the one that serves all 8 t, 30 for one too dear."""
    floors = {
        "a": {"floor": 22, "mechanism": "top_up", "producer": "dear"},
        "b": {"floor": 30, "mechanism": "top_up", "producer": "idle"},
    }
    found = two_sources(
        floors,
        facilities={
            "cheap": mine("XAA", cost=12),
            "dear": mine("XBB", cost=25, capacity=10),
            "idle": mine("XBB", cost=99, capacity=10),
        },
        lanes=[lane("cheap", "user", cost=4), lane("dear", "user"), lane("idle", "user")],
    )
    assert received(found.solve("on")) == pytest.approx({"XBB": -80})


def test_two_top_ups_up_to_volumes_of_their_own_are_refused():
    floors = {
        "a": {"floor": 22, "mechanism": "top_up", "volume": 5},
        "b": {"floor": 18, "mechanism": "top_up", "volume": 2},
    }
    with pytest.raises(rs.InputError, match="'b' tops up the same producers up to a volume of its own"):
        two_sources(floors).solve("on")


def test_a_top_up_up_to_a_volume():
    """5 t at 25 - 10, and 3 t at 16; one more topped-up tonne saves 1."""
    solution = two_sources({"floor": {"floor": 22, "mechanism": "top_up", "volume": 5}}).solve("on")
    assert solution.cost == pytest.approx(75 + 48)
    assert received(solution) == pytest.approx({"XBB": -50})
    assert rent_of(solution, "floor") == pytest.approx(1)


def test_a_top_up_is_per_tonne_of_output():
    """Half of the throughput is ore: 2 t at 12.5 give one at 25, and the top-up is 10 all the same."""
    found = two_sources(
        {"floor": {"floor": 22, "mechanism": "top_up"}},
        facilities={"cheap": mine("XAA", cost=12), "dear": mine("XBB", cost=12.5, **{"yield": 0.5})},
    )
    assert found.solve("on").cost == pytest.approx(120)


def test_a_top_up_never_takes_anything():
    """The floor of 11 is below the reference price of 12: the only mine still makes 8 t at 25."""
    found = two_sources({"floor": {"floor": 11, "mechanism": "top_up"}}, lanes=[lane("dear", "user")])
    assert found.solve("on").cost == pytest.approx(200)


def test_a_top_up_needs_no_lane():
    """The user stands at the mine: 8 t at 25, topped up by 10."""
    found = two_sources(
        {"floor": {"floor": 22, "mechanism": "top_up"}},
        facilities={"dear": mine("XBB", cost=25)},
        demands={"user": {"site": "dear", "commodity": "ore", "quantity": 8}},
        lanes=[],
    )
    assert found.solve("on").cost == pytest.approx(120)


def test_a_top_up_of_chosen_members():
    """Two mines at 25 stand in XBB and one in XCC, a union; only `second` gets 10, and serves all."""
    facilities = {
        "cheap": mine("XAA", cost=12),
        "first": mine("XBB", cost=25),
        "second": mine("XBB", cost=25),
        "third": mine("XCC", cost=25),
    }
    found = two_sources(
        {"floor": {"members": "union", "floor": 22, "mechanism": "top_up", "producer": "second"}},
        blocs={"union": ["XBB", "XCC"]},
        facilities=facilities,
        lanes=[lane("cheap", "user", cost=4), lane({"country": "union", "kind": "facility"}, "user")],
    )
    solution = found.solve("on")
    assert column(solution.flows, "from", "flow_t") == pytest.approx({"second": 8})
    assert received(solution) == pytest.approx({"XBB": -80})


def test_a_top_up_follows_the_reference_price():
    """12 in 2025, 20 in 2026: a floor of 22 pays 10, then 2, which is too little. 120 + 128."""
    found = two_sources(
        {"floor": {"floor": 22, "mechanism": "top_up"}},
        commodities={"ore": {"price": {2025: 12, 2026: 20}}},
        horizon={"start": 2025, "periods": 2},
    )
    assert found.solve("on").cost == pytest.approx(248)


@pytest.mark.parametrize("mechanism", ["border_levy", "guarantee", "top_up"])
def test_the_base_is_untouched(mechanism):
    found = two_sources({"floor": {"floor": 30, "mechanism": mechanism}})
    before = found.solve().cost
    assert found.solve("on").cost != before
    assert found.solve().cost == before == 128


YAML = """\
commodities: {ore: {price: 12}, salt: {}}
blocs: {union: [XBB, XCC]}
facilities:
  cheap: {country: XAA, outputs: {ore: 1, salt: 1}}
  dear: {country: XBB, outputs: {ore: 1, salt: 1}, cost: 25}
demands:
  user: {country: XBB, commodity: ore, quantity: 8}
  eater: {country: XBB, commodity: salt, quantity: 8}
lanes:
  - {from: {kind: facility}, to: {kind: demand}, commodity: [ore, salt]}
policies:
  floor: {type: price_floor, %s}
scenarios:
  on: {policies: [floor]}
"""


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ("members: XBB, commodity: ore, floor: 20 USD, mechanism: top_up", "floor", "not a unit of USD/t"),
        ("members: XBB, commodity: ore, floor: 110 EUR/kg, mechanism: top_up", "floor", "not a unit of"),
        ("members: XBB, commodity: ore, floor: 0, mechanism: top_up", "floor", "must be above 0"),
        ("members: XBB, commodity: ore, floor: 20, mechanism: topup", "mechanism", "mean 'top_up'"),
        ("members: XBB, commodity: ore, floor: 20", "", "needs `mechanism`"),
        ("members: XBB, commodity: oree, floor: 20, mechanism: top_up", "commodity", "mean 'ore'"),
        ("members: unoin, commodity: ore, floor: 20, mechanism: top_up", "members", "mean 'union'"),
        ("members: XBB, commodity: ore, floor: 20, mechanism: border_levy, volume: 3", "", "has no `volume`"),
        ("members: XBB, commodity: ore, floor: 20, mechanism: border_levy, producer: dear", "", "no `prod"),
        (
            "members: XBB, commodity: salt, floor: 20, mechanism: border_levy",
            "commodity",
            "a reference price",
        ),
        ("members: XBB, commodity: salt, floor: 20, mechanism: top_up", "commodity", "a reference price"),
        ("members: XAA, commodity: ore, floor: 20, mechanism: border_levy", "members", "none of it enters"),
        ("members: XCC, commodity: ore, floor: 20, mechanism: top_up", "members", "no facility in XCC"),
        (
            "members: XBB, commodity: ore, floor: 20, mechanism: guarantee, producer: cheap",
            "producer",
            "no such facility stands in a member country",
        ),
        (
            "members: union, commodity: ore, floor: 20, mechanism: border_levy, exempt: XBB",
            "exempt",
            "is exem",
        ),
        (
            "members: XBB, commodity: ore, floor: 20, mechanism: border_levy, exempt: XAA",
            "exempt",
            "no member",
        ),
        ("members: XBB, commodity: ore, floor: 20, mechanism: top_up, exempt: XBB", "", "leave it out of"),
        ("members: XBB, commodity: ore, floor: 20, mechanism: top_up, producer: daer", "producer", "daer"),
        ("members: XBB, commodity: ore, floor: 20, mechanism: top_up, volume: -1", "volume", "below the"),
        ("members: XBB, commodity: ore, floor: 20, mechanism: top_up, from: 2026, until: 2025", "", "after"),
        ("members: XBB, commodity: ore, floor: 20, mechanism: guarantee, from: 2026", "from", "never in"),
    ],
)
def test_a_wrong_floor_is_an_error_with_its_line(fields, path, message):
    assert fault_of(YAML % fields, message) == (12, path_in("floor", path))

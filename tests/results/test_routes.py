"""Routes: what a demand received, split into ways from mine to market."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.results.chains import chains_of
from resilience.results.routes import trace
from tests.networks_random import network_of, shapes
from tests.shared import planned
from tests.small import lane, mine, network, want

approx = pytest.approx
MANY = settings(max_examples=20, deadline=None)


def plant(takes: dict[str, float], gives: dict[str, float], country="XBB", **fields):
    return {"country": country, "inputs": takes, "outputs": gives, **fields}


def by(frame, key, value):
    return frame.groupby(key)[value].sum().to_dict()


# -------------------------------------------------------------------------------------------- by hand


def test_what_is_mixed_at_a_port_is_shared_in_proportion():
    """60 t from A and 20 t from B meet at a port; 50 t and 30 t leave it: each is 3/4 A and 1/4 B."""
    solution = network(
        facilities={"a": mine(capacity=60), "b": mine("XBB", capacity=20, cost=9)},
        hubs={"port": {"passes": ["ore"]}},
        demands={"one": want(50, "XCC"), "two": want(30, "XCC")},
        lanes=[lane(["a", "b"], "port"), lane("port", ["one", "two"])],
    ).solve()
    routes = solution.routes()
    assert routes["demand"].tolist() == ["one", "one", "two", "two"]
    assert routes["route"].tolist() == [1, 2, 1, 2]
    assert routes["source"].tolist() == ["a", "b", "a", "b"]
    assert routes["delivered_t"].tolist() == approx([37.5, 12.5, 22.5, 7.5])
    assert routes["share"].tolist() == approx([0.75, 0.25, 0.75, 0.25])
    assert routes["path"][1] == "b (ore) > port > one"
    assert routes["countries"].tolist() == ["XAA > XCC", "XBB > XCC"] * 2
    assert not routes["recycled"].any()


def test_tonnes_and_cost_follow_yields_and_losses():
    """1 t of oxide takes 1 / (0.17 x 0.95) = 6.19195 t of ore; 2 % of the ore is lost on its way."""
    solution = network(
        commodities=["ore", "oxide", "cerium"],
        facilities={
            "pit": mine(cost=100),
            "works": plant({"ore": 1}, {"cerium": 0.6, "oxide": 0.17}, cost=1000, **{"yield": 0.95}),
        },
        demands={"user": want(8, "XCC", "oxide")},
        lanes=[lane("pit", "works", cost=10, loss=0.02), lane("works", "user", "oxide", cost=7)],
    ).solve()
    ore = 1 / (0.17 * 0.95)
    (route,) = solution.routes("user").to_dict("records")
    assert route["delivered_t"] == approx(8)
    assert route["cost_usd_per_t"] == approx(ore / 0.98 * 110 + ore * 1000 + 7)
    hops = solution.route_hops("user")
    assert hops["kind"].tolist() == ["produce", "ship", "produce", "ship", "serve"]
    assert hops["hop"].tolist() == [1, 2, 3, 4, 5]
    assert hops["id"].tolist() == ["pit", "pit>works:ore", "works", "works>user:oxide", "user"]
    assert hops["commodity"].tolist() == ["ore", "ore", "oxide", "oxide", "oxide"]
    assert hops["country"].tolist() == ["XAA", "XBB", "XBB", "XCC", "XCC"]
    assert hops["takes_t"].tolist() == approx([0, 8 * ore / 0.98, 8 * ore, 8, 8])
    assert hops["gives_t"].tolist() == approx([8 * ore / 0.98, 8 * ore, 8, 8, 8])
    assert hops["cost_usd"].tolist() == approx([80 * ore / 0.98 * 10, 80 * ore / 0.98, 8000 * ore, 56, 0])


def test_duties_and_handling_are_part_of_the_cost_and_revenue_is_not():
    """Price 10, freight 5, port 2, duty 3 at the outer border of the two importers; the outlet pays 100."""
    solution = network(
        supplies={"seller": {"country": "XAA", "commodity": "ore", "price": 10}},
        hubs={"port": {"passes": ["ore"], "country": "XBB", "cost": 2}},
        demands={"outlet": {"country": "XCC", "commodity": "ore", "quantity": 4, "price": 100}},
        lanes=[lane("seller", "port", cost=5), lane("port", "outlet")],
    ).solve(rs.Tariff(importer=["XBB", "XCC"], specific=3))
    (route,) = solution.routes("outlet").to_dict("records")
    assert route["source"] == "seller"
    assert route["countries"] == "XAA > XBB > XCC"
    assert route["cost_usd_per_t"] == approx(10 + 5 + 2 + 3)


def test_lead_time_leads_back_to_the_period_in_which_it_was_made():
    """Two periods, one under way: what is wanted in 2026 was mined in 2025; nothing can reach 2025."""
    solution = network(
        horizon={"start": 2025, "periods": 2},
        facilities={"pit": mine(capacity=10)},
        demands={"user": want(6, shortfall_cost=50)},
        lanes=[lane("pit", "user", lead_time=1)],
    ).solve()
    routes, hops = solution.routes(), solution.route_hops()
    assert routes["period"].tolist() == ["2026"]
    assert routes["delivered_t"].tolist() == approx([6])
    assert hops["when"].tolist() == ["2025", "2025", "2026"]


def test_only_the_leading_input_is_followed():
    """A magnet takes 0.3 t of iron (listed first) and 0.1 t of dysprosium: the route leads to the iron."""
    solution = network(
        commodities=["iron", "dysprosium", "magnet"],
        supplies={
            "iron_ltd": {"country": "XAA", "commodity": "iron", "price": 1},
            "dys_ltd": {"country": "XDD", "commodity": "dysprosium", "price": 900},
        },
        facilities={"works": plant({"iron": 0.3, "dysprosium": 0.1}, {"magnet": 1})},
        demands={"user": want(10, "XCC", "magnet")},
        lanes=[
            lane("iron_ltd", "works", "iron"),
            lane("dys_ltd", "works", "dysprosium"),
            lane("works", "user", "magnet"),
        ],
    ).solve()
    (route,) = solution.routes("user").to_dict("records")
    assert route["source"] == "iron_ltd"
    assert route["cost_usd_per_t"] == approx(0.3)
    assert solution.cost == approx(10 * (0.3 + 90))


def test_tiers_of_one_facility_are_one_source():
    """5 t at 10 and 3 t at 20 from one mine: one route at (50 + 60) / 8 per tonne."""
    solution = network(
        facilities={"pit": mine(cost=[{"capacity": 5, "cost": 10}, {"cost": 20}])},
        demands={"user": want(8)},
        lanes=[lane("pit", "user")],
    ).solve()
    (route,) = solution.routes().to_dict("records")
    assert route["cost_usd_per_t"] == approx(110 / 8)


def test_two_modes_between_the_same_places_are_two_routes():
    solution = network(
        facilities={"pit": mine()},
        demands={"user": want(8)},
        lanes={
            "rail": {"from": "pit", "to": "user", "commodity": "ore", "cost": 1, "capacity": 5},
            "road": {"from": "pit", "to": "user", "commodity": "ore", "cost": 4},
        },
    ).solve()
    hops = solution.route_hops()
    assert by(hops[hops["kind"] == "ship"], "id", "gives_t") == approx({"rail": 5, "road": 3})
    assert solution.routes()["cost_usd_per_t"].tolist() == approx([1, 4])


def test_the_largest_giver_goes_along_the_largest_lane():
    """10 t from A and 30 t from B, 30 t by rail and 10 t by road: two routes, not three."""
    solution = network(
        facilities={"a": mine(capacity=10), "b": mine(capacity=30)},
        hubs={"port": {"passes": ["ore"]}},
        demands={"user": want(40)},
        lanes={
            "in": lane(["a", "b"], "port"),
            "rail": lane("port", "user", cost=1, capacity=30),
            "road": lane("port", "user", cost=2),
        },
    ).solve()
    routes = solution.routes()
    assert routes["delivered_t"].tolist() == approx([30, 10])
    assert routes["source"].tolist() == ["b", "a"]
    assert routes["cost_usd_per_t"].tolist() == approx([1, 2])


def swarf_loop(outputs: dict[str, float], **recycler) -> rs.Network:
    """1 t of metal makes 1 t of magnets and 0.5 t of swarf, of which 0.4 t of metal are made again."""
    return network(
        commodities=["metal", "magnet", "swarf"],
        facilities={
            "pit": mine(commodity="metal", cost=100),
            "works": plant({"metal": 1}, outputs, site="town"),
            "recycler": plant({"swarf": 1}, {"metal": 0.8}, site="town", **recycler),
        },
        sites={"town": {"country": "XBB"}},
        demands={"user": want(10, "XCC", "magnet")},
        lanes=[lane("pit", "town", "metal"), lane("town", "user", "magnet")],
    )


@pytest.mark.parametrize("first", ["magnet", "swarf"])
def test_swarf_that_comes_back_is_a_source_of_its_own(first):
    """10 t of magnets take 10 t of metal: 4 t from swarf, 6 t from the pit, whichever is listed first.

    Followed with true requirements (1 t of swarf takes 2 t of metal) the loop would have a gain of
    exactly 1 and no end.
    """
    outputs = {"magnet": 1, "swarf": 0.5} if first == "magnet" else {"swarf": 0.5, "magnet": 1}
    solution = swarf_loop(outputs).solve()
    assert solution.cost == approx(600)
    routes = solution.routes("user")
    assert routes["delivered_t"].tolist() == approx([6, 4])
    assert routes["source"].tolist() == ["pit", "works"]
    assert routes["recycled"].tolist() == [False, True]
    assert routes["path"].tolist() == [
        "pit (metal) > works (magnet) > user",
        "works (swarf) > recycler (metal) > works (magnet) > user",
    ]


def test_main_product_that_is_listed_second_is_followed_to_the_mine_though_residue_comes_back():
    """A smelter's cobalt is a by-product of copper; cobalt refining returns residue to the smelter's feed.

    Of two co-products in the loop (cobalt, residue) the one further from the mine comes back.
    """
    solution = network(
        commodities=["feed", "copper", "hydroxide", "residue", "cobalt"],
        facilities={
            "pit": mine("XBB", "feed", cost=10, site="town"),
            "smelter": plant({"feed": 1}, {"copper": 0.3, "hydroxide": 0.05}, site="town"),
            "refinery": plant({"hydroxide": 1}, {"cobalt": 0.5, "residue": 0.4}, site="town"),
            "return": plant({"residue": 1}, {"feed": 1}, site="town"),
        },
        sites={"town": {"country": "XBB"}},
        demands={"user": want(10, "XCC", "cobalt")},
        lanes=[lane("town", "user", "cobalt")],
    ).solve()
    routes = solution.routes("user")
    assert by(routes, "source", "delivered_t") == approx({"pit": 10 * 392 / 400, "refinery": 10 * 8 / 400})
    assert routes["recycled"].tolist() == [False, True]


def test_a_main_product_of_which_some_returns_is_still_followed_to_the_mine():
    """Of 12 t of metal the user gets 10 t and 2 t must go back to the feed; the pit gives 10 t.

    The works give slag too, so there is a co-product; but it is not what closes the loop.
    """
    solution = network(
        commodities=["feed", "metal", "slag"],
        facilities={
            "pit": mine("XBB", "feed", cost=10, site="town"),
            "works": plant({"feed": 1}, {"metal": 1, "slag": 0.3}, site="town"),
            "scrap": plant({"metal": 1}, {"feed": 1}, site="town", minimum=2),
        },
        sites={"town": {"country": "XBB"}},
        demands={"user": want(10, "XCC", "metal")},
        lanes=[lane("town", "user", "metal")],
    ).solve()
    (route,) = solution.routes("user").to_dict("records")
    assert route["path"] == "pit (feed) > works (metal) > user"
    assert (route["delivered_t"], route["cost_usd_per_t"], route["recycled"]) == (
        approx(10),
        approx(10),
        False,
    )


def test_swarf_listed_first_of_which_some_is_thrown_away_is_recycled_too():
    """The recycler takes 4 t of 5 t of swarf and makes 3.2 t of metal; the pit gives the other 6.8 t."""
    solution = swarf_loop({"swarf": 0.5, "magnet": 1}, capacity=4).solve()
    routes = solution.routes("user")
    assert routes["delivered_t"].tolist() == approx([6.8, 3.2])
    assert routes["recycled"].tolist() == [False, True]


def circulation(**back) -> rs.Network:
    """Give the user at A 3 t, and send at least 5 t a year from A to B and back."""
    return network(
        facilities={"pit": mine(site="a", cost=10)},
        sites={"a": {"country": "XAA"}, "b": {"country": "XBB"}},
        demands={"user": {**want(3), "site": "a"}},
        lanes=[lane("a", "b", minimum=5), lane("b", "a", **back)],
    )


def test_what_only_goes_round_is_no_route():
    """5 t go to B and return: all 3 t still come straight from the pit."""
    solution = circulation().solve()
    (route,) = solution.routes().to_dict("records")
    assert route["path"] == "pit (ore) > user"
    assert route["delivered_t"] == approx(3)
    assert route["cost_usd_per_t"] == approx(10)


def test_a_loop_that_loses_is_no_source():
    """Of 5 t that leave for B, 4 t return: the pit gives 4 t, of which the user gets 3."""
    solution = circulation(loss=0.2).solve()
    assert solution.cost == approx(40)
    (route,) = solution.routes().to_dict("records")
    assert (route["source"], route["delivered_t"]) == ("pit", approx(3))


def test_a_loop_that_gains_is_recycled_material():
    """The pit gives 2 t, of which 1 t goes round and comes back as 2 t: 1 t of the user's 3 t is gained."""
    solution = network(
        commodities=["ore", "mud"],
        facilities={
            "pit": mine(site="a", cost=10),
            "wetting": plant({"ore": 1}, {"mud": 2}, "XAA", site="a", capacity=1),
            "drying": plant({"mud": 1}, {"ore": 1}, "XAA", site="a"),
        },
        sites={"a": {"country": "XAA"}},
        demands={"user": {**want(3), "site": "a"}},
    ).solve()
    assert solution.cost == approx(20)
    routes = solution.routes()
    assert routes["delivered_t"].sum() == approx(3)
    assert by(routes, "recycled", "delivered_t") == approx({False: 2, True: 1})


def test_a_catalyst_that_is_listed_first_ends_the_route():
    """Making 1 t takes 1 t of solvent, which is given back: the route ends at it, and is recycled."""
    solution = network(
        commodities=["solvent", "spent", "ore", "oxide"],
        facilities={
            "pit": mine(site="a"),
            "leach": plant({"solvent": 1, "ore": 2}, {"spent": 1, "oxide": 1}, "XAA", site="a"),
            "regenerate": plant({"spent": 1}, {"solvent": 1}, "XAA", site="a"),
        },
        sites={"a": {"country": "XAA"}},
        demands={"user": {**want(3, commodity="oxide"), "site": "a"}},
    ).solve()
    routes = solution.routes()
    assert routes["delivered_t"].sum() == approx(3)
    assert routes["recycled"].all()


def test_a_demand_that_got_nothing_has_no_route():
    solution = network(
        facilities={"pit": mine(cost=100)},
        demands={"user": want(8, shortfall_cost=5)},
        lanes=[lane("pit", "user")],
    ).solve()
    routes, hops = solution.routes("user"), solution.route_hops("user")
    assert len(routes) == len(hops) == 0
    assert list(routes) == list(network_routes_columns())
    assert "takes_t" in hops


def network_routes_columns() -> tuple[str, ...]:
    return (
        "demand",
        "period",
        "route",
        "delivered_t",
        "share",
        "source",
        "source_country",
        "countries",
        "path",
        "cost_usd_per_t",
        "recycled",
    )


def test_units_of_the_network_are_in_the_names():
    solution = network(
        units={"mass": "kt", "currency": "EUR"},
        facilities={"pit": mine(cost=2)},
        demands={"user": want(8)},
        lanes=[lane("pit", "user")],
    ).solve()
    assert {"delivered_kt", "cost_eur_per_kt"} <= set(solution.routes())
    assert {"takes_kt", "gives_kt", "cost_eur"} <= set(solution.route_hops())


def test_an_unknown_demand_is_an_error_that_suggests():
    solution = network(
        facilities={"pit": mine()}, demands={"user": want(1)}, lanes=[lane("pit", "user")]
    ).solve()
    for ask in (solution.routes, solution.route_hops):
        with pytest.raises(rs.InputError, match=r"unknown demand 'usr'; did you mean 'user'\?"):
            ask("usr")


# ----------------------------------------------------------------------------------------------- laws


def solved(shape) -> rs.Solution:
    return rs.Network.from_dict(network_of(shape)).solve()


def received(solution: rs.Solution) -> dict[tuple[str, str], float]:
    """Tonnes that each demand and outlet received, by period."""
    short, sold = solution.shortfall, solution.sales
    return {
        **dict(zip(zip(short["demand"], short["period"], strict=True), short["delivered_t"], strict=True)),
        **dict(zip(zip(sold["outlet"], sold["period"], strict=True), sold["sold_t"], strict=True)),
    }


@MANY
@given(shapes())
def test_tonnes_of_the_routes_add_up_to_what_was_received(shape):
    solution = solved(shape)
    routes = solution.routes()
    found = by(routes, ["demand", "period"], "delivered_t")
    for key, tonnes in received(solution).items():
        assert found.get(key, 0.0) == approx(tonnes, rel=1e-9, abs=1e-9)
    assert (routes["delivered_t"] > 0).all()
    assert np.allclose(routes.groupby(["demand", "period"])["share"].sum(), 1.0, rtol=0, atol=1e-12)
    for _, group in routes.groupby(["demand", "period"]):
        assert group["route"].tolist() == list(range(1, len(group) + 1))
        assert group["delivered_t"].is_monotonic_decreasing


@settings(max_examples=4, deadline=None)
@given(shapes(periods=3, lead=1, has_stockpile=True), st.sampled_from(["demand", "policy"]))
def test_so_they_do_with_stock_and_layers_and_each_leads_to_a_source(shape, rule):
    """A barred country is on no route's first hop, where the rule bars what is mined there."""
    data = network_of(replace(shape, rule=rule))
    solution = rs.Network.from_dict(data).solve("ruled" if rule == "policy" else None)
    routes = solution.routes()
    found = by(routes, ["demand", "period"], "delivered_t")
    for key, tonnes in received(solution).items():
        assert found.get(key, 0.0) == approx(tonnes, rel=1e-9, abs=1e-9)
    flows = int((solution.levels > 0).sum())
    assert (routes.groupby(["demand", "period"]).size() <= flows).all()
    bars = data["policies"]["rule"] if rule == "policy" else data["demands"]["demand_0"]["origin"]
    if "mining" in bars.get("stages", ["mining"]):
        own = routes[routes["demand"] == "demand_0"]
        mined = own[own["source"].str.startswith("mine")]
        assert not mined["source_country"].isin(bars["exclude"]).any()


@MANY
@given(shapes())
def test_one_demand_alone_has_the_routes_that_it_has_among_all(shape):
    solution = solved(shape)
    whole = solution.routes()
    part = solution.routes("demand_0")
    same = whole[whole["demand"] == "demand_0"].reset_index(drop=True)
    assert part["path"].tolist() == same["path"].tolist()
    assert part["delivered_t"].tolist() == same["delivered_t"].tolist()


@MANY
@given(shapes())
def test_there_are_at_most_as_many_routes_as_positive_flows(shape):
    solution = solved(shape)
    flows = int((solution.levels > 0).sum())
    for _, group in solution.routes().groupby(["demand", "period"]):
        assert len(group) <= flows
        assert not group["path"].duplicated().any() or shape.periods > 1  # one path may begin in two periods


@MANY
@given(shapes())
def test_every_route_is_a_chain_of_places_tonnes_and_requirements(shape):
    data = network_of(shape)
    solution = rs.Network.from_dict(data).solve()
    lanes = {(entry["from"], entry["to"], entry["commodity"]): entry for entry in data["lanes"]}
    hops = solution.route_hops()
    for _, route in hops.groupby(["demand", "period", "route"]):
        rows = route.to_dict("records")
        assert [row["hop"] for row in rows] == list(range(1, len(rows) + 1))
        assert rows[0]["kind"] in ("produce", "buy")
        assert rows[0]["takes_t"] == 0
        assert rows[-1]["kind"] == "serve"
        for one, other in pairwise(rows):
            assert one["to"] == other["from"]
            assert one["gives_t"] == approx(other["takes_t"], rel=1e-9)
            assert one["when"] <= other["when"]
        for row in rows[1:]:
            if row["kind"] == "ship":
                entry = lanes[row["from"], row["to"], row["commodity"]]
                assert row["gives_t"] == approx(row["takes_t"] * (1 - entry["loss"]), rel=1e-9)
                extra = data["hubs"]["port"]["cost"] * (1 - entry["loss"]) if row["to"] == "port" else 0
                assert row["cost_usd"] == approx(row["takes_t"] * (entry["cost"] + extra), rel=1e-9)
            if row["kind"] == "produce":
                entry = data["facilities"][row["id"]]
                lead = next(iter(entry["inputs"].values()))
                made = entry["outputs"][row["commodity"]] * entry.get("yield", 1)
                assert row["gives_t"] / row["takes_t"] == approx(made / lead, rel=1e-9)
                assert row["cost_usd"] == approx(row["takes_t"] / lead * entry["cost"], rel=1e-9)
    spent = hops.groupby(["demand", "period", "route"])["cost_usd"].sum()
    routes = solution.routes().set_index(["demand", "period", "route"])
    assert np.allclose(spent, routes["delivered_t"] * routes["cost_usd_per_t"], rtol=1e-9)


@MANY
@given(shapes(recycles=False))
def test_sources_are_those_of_proportional_mixing_done_by_walking_every_path(shape):
    """Tonnes drawn from each source, recomputed from the tables: every giver of a balance gives its share."""
    data = network_of(shape)
    solution = rs.Network.from_dict(data).solve()
    givers = givers_of(data, solution)

    @cache
    def drawn(balance: tuple[str, str, int]) -> dict[str, float]:
        """Tonnes drawn from each source by one tonne at a balance."""
        total = sum(tonnes for tonnes, *_ in givers[balance])
        found: dict[str, float] = defaultdict(float)
        for tonnes, name, behind, need in givers[balance]:
            for source, amount in ({name: 1.0} if behind is None else drawn(behind)).items():
                found[source] += tonnes / total * need * amount
        return dict(found)

    first = solution.route_hops().query("hop == 1")
    names = solution.period_names.tolist()
    taken = received(solution)
    for (demand, period), group in first.groupby(["demand", "period"]):
        balance = demand, data["demands"][demand]["commodity"], names.index(period)
        expected = {source: taken[demand, period] * amount for source, amount in drawn(balance).items()}
        assert by(group, "id", "gives_t") == approx(expected, rel=1e-8, abs=1e-9)


def givers_of(data, solution):
    """Return (tonnes, name, balance behind it or None, need per tonne) of every giver of every balance."""
    names = solution.period_names.tolist()
    lead = dict(zip(solution.formulation.lanes.ids, solution.formulation.lanes.lead.tolist(), strict=True))
    found = defaultdict(list)
    for row in solution.outputs[solution.outputs["output_t"] > 0].to_dict("records"):
        entry, period = data["facilities"][row["facility"]], names.index(row["period"])
        good, amount = next(iter(entry.get("inputs", {}).items()), (None, 1.0))
        behind = None if good is None else (row["facility"], good, period)
        need = 1.0 if good is None else amount / (entry["outputs"][row["commodity"]] * entry.get("yield", 1))
        found[row["facility"], row["commodity"], period].append(
            (row["output_t"], row["facility"], behind, need)
        )
    for row in solution.purchases[solution.purchases["bought_t"] > 0].to_dict("records"):
        at = row["supply"], row["commodity"], names.index(row["period"])
        found[at].append((row["bought_t"], row["supply"], None, 1.0))
    for row in solution.flows[solution.flows["arrived_t"] > 0].to_dict("records"):
        left = names.index(row["period"])
        at = row["to"], row["commodity"], left + lead[row["lane"]]
        behind, need = (row["from"], row["commodity"], left), row["flow_t"] / row["arrived_t"]
        found[at].append((row["arrived_t"], row["lane"], behind, need))
    return found


def ends(solution: rs.Solution) -> np.ndarray:
    """Tonnes taken from each balance by what ends a chain.

    These are deliveries, disposals, inputs other than the leading one, and goods that land too late.
    """
    program, spec = solution.program, solution.formulation.spec
    kinds, ids = program.columns.kinds(), program.columns.texts("id")
    goods = program.rows.texts("commodity")
    found = np.zeros(len(program.rows.where(kind="balance")))
    for column in np.flatnonzero(solution.levels > 0):
        rows, values = entries_of(program, column, len(found))
        for row, value in zip(rows[values < 0], values[values < 0], strict=True):
            if kinds[column] == "ship" and (values > 0).any():
                continue
            if kinds[column] == "produce" and goods[row] == next(iter(spec.facilities[ids[column]].inputs)):
                continue
            found[row] -= value * solution.levels[column]
    return found


def entries_of(program, column, n_balances):
    """Return the balances that a column takes from and gives to, and its entries there."""
    inside = slice(program.starts[column], program.starts[column + 1])
    rows, values = program.indices[inside], program.values[inside]
    return rows[rows < n_balances], values[rows < n_balances]


@MANY
@given(shapes())
def test_traced_from_every_end_each_arc_carries_its_whole_flow(shape):
    """All that is taken anywhere needs exactly all that is given, so no tonne is lost or counted twice.

    Each activity is followed through its leading output alone; co-products are sources.
    """
    solution = solved(shape)
    arcs = chains_of(solution)
    minor = ~arcs.leading
    arcs = replace(arcs, start=np.where(minor, -1, arcs.start), need=np.where(minor, 0.0, arcs.need))
    needed = arcs.required(ends(solution))
    scale = max(1.0, float(arcs.total.max(initial=0.0)))
    assert np.allclose(needed, arcs.total, rtol=1e-7, atol=1e-9 * scale)


@MANY
@given(shapes(recycles=False, has_co_product=False))
def test_without_co_products_all_routes_together_are_the_flows(shape):
    """Every flow is the sum over the routes of all demands, disposals and goods that land too late."""
    check_that_routes_are_the_flows(solved(shape))


@settings(max_examples=6, deadline=None)
@given(shapes(periods=2, lead=1, recycles=False, has_co_product=False, rule="demand"))
def test_so_they_are_where_layers_keep_material_apart(shape):
    """Once with a rule of the demand's own, once with that of a policy."""
    check_that_routes_are_the_flows(solved(shape))
    ruled = rs.Network.from_dict(network_of(replace(shape, rule="policy"))).solve("ruled")
    check_that_routes_are_the_flows(ruled)


def check_that_routes_are_the_flows(solution: rs.Solution) -> None:
    arcs, program = chains_of(solution), solution.program
    late = [
        column
        for column in program.columns.where(kind="ship")
        if not (entries_of(program, column, arcs.n_balances)[1] > 0).any()
    ]
    sinks = np.concatenate([program.columns.where(kind=("serve", "dispose")), np.array(late, dtype=int)])
    carried = np.zeros(len(arcs.to))
    for route in trace(solution, arcs, sinks):
        tonnes = route.delivered
        for arc in reversed(route.arcs):
            carried[arc] += tonnes
            tonnes *= arcs.need[arc]
    followed = program.rows.texts("commodity", arcs.to) != "acid"  # which is nobody's leading input
    assert np.allclose(carried[followed], arcs.gives[followed], rtol=1e-7, atol=1e-9)
    assert (carried[~followed] <= arcs.gives[~followed] + 1e-9).all()


@MANY
@given(shapes())
def test_the_order_of_the_file_changes_no_route(shape):
    data = network_of(shape)
    turned = {
        key: dict(reversed(value.items())) if isinstance(value, dict) else value
        for key, value in data.items()
    }
    turned["lanes"] = data["lanes"][::-1]
    one, other = (rs.Network.from_dict(each).solve().routes() for each in (data, turned))
    assert one.equals(other)


# ---------------------------------------------------------------------------------------- rare_earths


@pytest.mark.parametrize("scenario", ["baseline", "ban"])
def test_rare_earths_every_delivered_tonne_has_its_route(scenario):
    solution = planned(scenario)
    routes = solution.routes()
    found = by(routes, ["demand", "period"], "delivered_t")
    for key, tonnes in received(solution).items():
        assert found.get(key, 0.0) == approx(tonnes, rel=1e-9, abs=1e-9)
    assert routes["delivered_t"].sum() == approx(solution.shortfall["delivered_t"].sum(), rel=1e-9)
    primary = routes[~routes["recycled"]]
    stage = {key: entry.stage for key, entry in solution.formulation.spec.facilities.items()}
    assert {stage[source] for source in primary["source"]} == {"mining"}
    assert routes["path"].str.endswith(routes["demand"].iloc[0]).iloc[0]


def test_rare_earths_no_route_of_the_ban_ships_barred_goods():
    """Under the ban no hop goes from China to an ally with anything that was processed."""
    solution = planned("ban")
    hops = solution.route_hops()
    allies = set(solution.formulation.spec.blocs["allies"])
    ships = hops[hops["kind"] == "ship"].merge(
        solution.flows[["lane", "from_country", "to_country", "stage"]].rename(columns={"lane": "id"}),
        on="id",
    )
    barred = ships[(ships["from_country"] == "CHN") & ships["to_country"].isin(allies)]
    assert len(ships) > 100
    assert barred.empty

"""Figures show what the tables say: read back from their traces, beside plans worked out by hand."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

import resilience as rs
from resilience.errors import InputError
from resilience.report import figures
from resilience.report.figures import coast
from resilience.report.figures.chart import COLOURS
from resilience.report.figures.flow_map import arcs, broken, flow_map, positions
from resilience.report.figures.sankey import MOST, SCRAP, links_of, sankey, steps
from tests import small
from tests.shared import planned

EVIL = "</script><script>alert(1)</script><b>\"'&$x$"


def chain(**scenarios) -> rs.Network:
    """Ore from two countries, smelted in a third, wanted there: 6 t at home, 3 t of its 10 t are short.

    The near mine gives 8 t of ore and the far one 6 t; two of ore make one of metal, so that 7 t of the
    10 t are delivered: 4 by way of the near mine, 3 by way of the far one.
    """
    return small.network(
        stages=["mining", "smelting"],
        commodities=["ore", "metal"],
        countries={"XAA": {"name": "Here"}, "XBB": {"name": "There"}, "XCC": {"name": "Far"}},
        facilities={
            "near": small.mine("XAA", stage="mining", capacity=8, cost=1, location=[10, 10]),
            "far": small.mine("XBB", stage="mining", capacity=6, cost=2, location=[-20, 120]),
            "smelter": {
                "country": "XCC",
                "stage": "smelting",
                "inputs": {"ore": 2},
                "outputs": {"metal": 1},
                "capacity": 20,
                "cost": 3,
                "location": [50, -100],
            },
        },
        demands={
            "works": small.want(10, "XCC", "metal", shortfall_cost=100, sector="steel", location=[51, -101])
        },
        lanes=[
            small.lane("near", "smelter"),
            small.lane("far", "smelter"),
            small.lane("smelter", "works", "metal"),
        ],
        scenarios=scenarios,
    )


def trace(figure, name):
    (found,) = [each for each in figure.data if each.name == name]
    return found


def test_the_map_shows_every_flow_between_countries():
    """8 t and 6 t of ore cross a border, metal does not: mining is the only stage on the map."""
    chart = flow_map(chain().solve())
    assert list(chart.views) == ["mining"]
    told = trace(chart.figure, "flows").text
    assert sorted(text.replace("<br>", ": ") for text in told) == [
        "Here to Far: 8 t: ore",
        "There to Far: 6 t: ore",
    ]
    assert "14 t from mining cross a border, most of it from Here to Far: 8 t." in chart.title


def test_a_line_goes_the_short_way_round_and_is_broken_at_the_edge_of_the_map():
    """From 140 east to 120 west it is 100 degrees across the date line, not 260 the other way."""
    longitude, latitude = arcs(np.array([[36.0, 140.0]]), np.array([[36.0, -120.0]]))
    assert longitude[0, [0, -1]].tolist() == [140, 240]
    x, y = broken(longitude, latitude)
    drawn = [value for value in x if value is not None]
    assert (x.count(None), len(x)) == (2, len(y))
    assert min(drawn) >= coast.EDGE
    assert max(drawn) <= coast.EDGE + 360


def test_coastlines_stay_on_the_map_and_never_leap_across_it():
    """No line of land is longer than 30 degrees: none runs along a whole parallel."""
    x, y = coast.outlines()
    assert len(x) == len(y)
    for one, other in itertools.pairwise(x):
        assert one is None or other is None or abs(one - other) < 30
    assert {"CHN", "USA", "SGP", "FRA"} <= set(coast.centroids())


def test_countries_without_sites_on_the_map_stand_at_their_centroid():
    solution = small.network(
        facilities={"mine": small.mine("AUS", capacity=5, cost=1)},
        demands={"works": small.want(5, "JPN")},
        lanes=[small.lane("mine", "works")],
    ).solve()
    assert positions(solution)["AUS"] == coast.centroids()["AUS"]


def test_the_sankey_carries_every_delivered_tonne_from_the_mine_on():
    """4 t of metal come by way of Here, 3 t by way of There; all 7 t are smelted and wanted in Far."""
    figure = sankey(chain().solve()).figure
    node, link = figure.data[0].node, figure.data[0].link
    named = list(zip(node.label, node.customdata, strict=True))
    links = {
        (named[start], named[end]): tonnes
        for start, end, tonnes in zip(link.source, link.target, link.value, strict=True)
    }
    assert links == {
        (("Here", "mining"), ("Far", "smelting")): pytest.approx(4),
        (("There", "mining"), ("Far", "smelting")): pytest.approx(3),
        (("Far", "smelting"), ("Far", "demand")): pytest.approx(7),
    }


def test_routes_by_the_same_countries_are_one_in_the_sankey():
    """Two periods and two ways each: two rows of three stops, 8 and 6 t."""
    stops = steps(chain().solve(set={"horizon.periods": 2}))
    countries = stops.groupby("route")["country"].agg("-".join)
    assert countries.tolist() == ["XAA-XCC-XCC", "XBB-XCC-XCC"]
    assert stops.groupby("route")["tonnes"].first().tolist() == pytest.approx([8, 6])


def test_nodes_of_the_sankey_stand_under_the_head_of_their_stage_where_paths_leave_stages_out():
    """Natural: mined, cleaned, pressed, in 3 steps. Synthetic: coked, pressed. Raw: mined alone."""
    mine, want, lane = small.mine, small.want, small.lane
    network = small.network(
        stages=["mining", "coking", "cleaning", "pressing"],
        commodities=["flake", "clean", "coke", "anode"],
        facilities={
            "mine": mine("XAA", "flake", stage="mining", capacity=9),
            "oven": mine("XBB", "coke", stage="coking", capacity=9),
            "mill": {"country": "XAA", "stage": "cleaning", "inputs": {"flake": 1}, "outputs": {"clean": 1}},
            "press": {"country": "XAA", "stage": "pressing", "inputs": {"clean": 1}, "outputs": {"anode": 1}},
            "kiln": {"country": "XBB", "stage": "pressing", "inputs": {"coke": 1}, "outputs": {"anode": 1}},
        },
        demands={
            "cells": want(2, "XAA", "anode"),
            "others": want(3, "XBB", "anode"),
            "bricks": want(1, "XCC", "flake"),
        },
        lanes=[
            lane("mine", "mill", "flake"),
            lane("mill", "press", "clean"),
            lane("press", "cells", "anode"),
            lane("oven", "kiln", "coke"),
            lane("kiln", "others", "anode"),
            lane("mine", "bricks", "flake"),
        ],
    )
    figure = sankey(network.solve()).figure
    heads = {each.text.strip("</b>"): each.x for each in figure.layout.annotations}
    node = figure.data[0].node
    assert len(node.x) == len(node.y) == 8
    for stage, across, down in zip(node.customdata, node.x, node.y, strict=True):
        assert across == pytest.approx(heads["wanted in" if stage == "demand" else stage], abs=2e-3)
        assert 0 < down < 1
    wanted = [down for stage, down in zip(node.customdata, node.y, strict=True) if stage == "demand"]
    assert len(set(wanted)) == 3


def test_small_countries_of_the_sankey_are_added_up_and_nothing_is_lost():
    solution = planned("ban")
    stops = steps(solution)
    links = links_of(stops)
    delivered = float(solution.shortfall["delivered_t"].sum())
    assert links.loc[links["next_stage"] == "demand", "tonnes"].sum() == pytest.approx(delivered)
    assert links.groupby("stage")["country"].nunique().max() <= MOST + 1
    assert SCRAP in set(links["stage"])


def test_shortfall_by_sector():
    figure = figures.shortfall(chain().solve()).figure
    assert list(trace(figure, "delivered").x) == pytest.approx([7])
    assert list(trace(figure, "short").x) == pytest.approx([3])


def test_shortfall_over_periods():
    """10 t wanted a year and 14 t of ore: 3 t short in each of two years."""
    network = chain(two={"set": {"horizon": {"start": 2025, "periods": 2, "step": "year"}}})
    figure = figures.shortfall(network.solve("two")).figure
    assert list(figure.data[0].x) == ["2025", "2026"]
    assert list(figure.data[0].y) == pytest.approx([3, 3])


def test_the_parts_of_a_price_add_up_to_it():
    """One more tonne of metal would save 100 of shortfall; the bar's parts come to the same."""
    chart = figures.prices(chain().solve(), "works")
    bars = [each for each in chart.figure.data if each.type == "bar"]
    assert sum(each.x[0] for each in bars) == pytest.approx(100)
    assert "costs 100 USD" in chart.title


def test_an_unknown_demand_is_told():
    with pytest.raises(InputError, match="did you mean 'works'"):
        chain().solve().plot.prices("work")


def test_bottlenecks_are_what_a_tenth_more_saves():
    """0.8 t more of the near mine's ore make 0.4 t of metal: 40 less 0.8 x 1 and 0.8 / 2 x 3 = 38.

    A tonne of throughput of the smelter takes 2 t of ore; its cost of 3 is per tonne of throughput.
    """
    solution = chain().solve()
    figure = figures.bottlenecks(solution).figure
    saved = dict(zip(figure.data[0].y, figure.data[0].x, strict=True))
    assert saved["near, Here"] == pytest.approx(0.4 * 100 - 0.8 * 1 - 0.4 * 3)
    assert saved["far, There"] == pytest.approx(0.3 * 100 - 0.6 * 2 - 0.3 * 3)


def test_concentration_by_stage():
    """Of 14 t of ore Here mines 8."""
    figure = figures.concentration(chain().solve()).figure
    shares = dict(zip(figure.data[0].y, figure.data[0].x, strict=True))
    assert shares["mining, production"] == pytest.approx(8 / 14)
    assert sum(each.x[list(shares).index("mining, capacity")] for each in figure.data) == pytest.approx(1)


def test_concentration_of_a_stage_whose_plants_are_unlimited_shows_production_alone():
    """The far mine, unlimited: of mining only what it does can be told, 6 of 14 t."""
    network = small.network(
        stages=["mining"],
        facilities={
            "near": small.mine("XAA", stage="mining", capacity=8, cost=1),
            "far": small.mine("XBB", stage="mining", cost=2),
        },
        demands={"works": small.want(14, "XCC")},
        lanes=[small.lane("near", "works"), small.lane("far", "works")],
    )
    chart = figures.concentration(network.solve())
    assert list(chart.figure.data[0].y) == ["mining, production"]
    assert list(chart.figure.data[0].x) == [pytest.approx(8 / 14)]
    assert "unlimited" in chart.note


def test_stock_over_time():
    """12 t in stock, 5 t a year wanted for two years: 12, 7, 2."""
    solution = small.network(
        horizon={"start": 2025, "periods": 2, "step": "year"},
        stockpiles={"vault": {"country": "XAA", "commodity": "ore", "initial": 12, "capacity": 20}},
        demands={"works": small.want(5)},
        lanes=[small.lane("vault", "works")],
    ).solve()
    figure = figures.stocks(solution).figure
    assert list(figure.data[0].x) == ["start", "2025", "2026"]
    assert list(figure.data[0].y) == pytest.approx([12, 7, 2])


def test_the_waterfall_goes_from_one_cost_to_the_other():
    """With 4 t less of near ore 2 t more are short: +200, and 4 x 1 + 2 x 3 less for what is not made."""
    network = chain(less={"set": {"facilities.near.capacity": 4}})
    found = rs.compare(network.solve(), network.solve("less"))
    figure = found.plot.effects()
    first, *steps, last = figure.data[0].y
    assert (first, last) == (pytest.approx(found.before.cost), pytest.approx(found.after.cost))
    assert first + sum(steps) == pytest.approx(last)
    assert last - first == pytest.approx(200 - 4 * 1 - 2 * 3)


def test_figures_of_a_plan_without_anything_to_show_say_so():
    solution = small.network(demands={"works": small.want(5, shortfall_cost=9)}).solve()
    assert "nothing is delivered" in sankey(solution).title
    assert "nothing is delivered" in figures.prices(solution).title
    assert "no stockpiles" in figures.stocks(solution).title
    assert "no stage makes anything" in figures.concentration(solution).title
    assert "Nothing crosses a border" in flow_map(solution).words


def test_names_are_drawn_as_they_are():
    """What plotly would read as a tag is an entity in every text that is drawn."""
    network = small.network(
        stages=["mining"],
        countries={"XAA": {"name": EVIL}},
        facilities={
            "mine": small.mine("XAA", stage="mining", capacity=5, cost=1, name=EVIL, location=[1, 1])
        },
        demands={"works": small.want(9, "XBB", name=EVIL, shortfall_cost=9, sector=EVIL, location=[2, 2])},
        lanes=[small.lane("mine", "works")],
    )
    plot = network.solve().plot
    for make in (plot.map, plot.sankey, plot.shortfall, plot.prices, plot.bottlenecks, plot.concentration):
        drawn = json.dumps(json.loads(make().to_json()), ensure_ascii=False)
        assert "<script" not in drawn, make
        assert "alert(1)" in drawn, make


def test_colours_are_told_apart_by_those_who_see_fewer():
    """No two of the palette are alike when red and green fall together (Machado's matrices, 2009)."""
    deuteranopia = np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]])
    protanopia = np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]])
    seen = np.array([[int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] for colour in COLOURS])
    linear = np.where(seen <= 0.04045, seen / 12.92, ((seen + 0.055) / 1.055) ** 2.4)
    for matrix in (np.eye(3), deuteranopia, protanopia):
        left = np.clip(linear @ matrix.T, 0, 1)
        apart = np.abs(left[:, None] - left[None]).max(axis=2) + np.eye(len(left))
        assert apart.min() > 0.07


def test_bottlenecks_of_several_periods_are_one_bar_a_limit():
    """In two years a tenth more of the near mine's ore saves twice what it saves in one.

    A limit that binds from the first period to the last is called as it is over one.
    """
    network = chain(two={"set": {"horizon": {"start": 2025, "periods": 2, "step": "year"}}})
    one, two = (figures.bottlenecks(network.solve(name)).figure.data[0] for name in (None, "two"))
    assert dict(zip(two.y, two.x, strict=True)) == pytest.approx(
        {name: 2 * saved for name, saved in zip(one.y, one.x, strict=True)}
    )

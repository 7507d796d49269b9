"""Exposure: what is left without the largest supplier, import reliance, supply risk; with worked numbers."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.results.exposure import coverage, import_reliance, needs_of
from tests.networks_random import COUNTRIES, network_of, shapes
from tests.small import lane, mine, network, want

approx = pytest.approx
MANY = settings(max_examples=8, deadline=None)


def world(**countries) -> rs.Network:
    """XAA mines 70 t, XBB 20 t, XCC 10 t; XAA wants 40 t, XBB 10 t, XDD 60 t, of which 10 t go short."""
    return network(
        countries={name: {} for name in COUNTRIES} | countries,
        commodities={"ore": {"recycling_rate": 0.1, "substitution": 0.9}},
        stages=["mining"],
        facilities={
            "a": mine("XAA", stage="mining", capacity=70),
            "b": mine("XBB", stage="mining", capacity=20),
            "c": mine("XCC", stage="mining", capacity=10),
        },
        demands={
            "home": want(40, "XAA", shortfall_cost=900),
            "b_user": want(10, "XBB", shortfall_cost=900),
            "d_user": want(60, "XDD", shortfall_cost=500),
        },
        lanes=[
            lane("a", "home", cost=1),
            lane("b", "b_user", cost=1),
            lane(["a", "b", "c"], "d_user", cost=9),
        ],
    )


def row(table: pd.DataFrame, measure: str, commodity: str = "ore") -> dict:
    rows = table[(table["measure"] == measure) & (table["commodity"] == commodity)]
    (found,) = rows.to_dict("records")
    return found


# -------------------------------------------------------------------------------------------- by hand


def test_what_is_left_without_the_largest():
    """30 t are left of 100 t, and 10 + 60 t are needed without XAA: 3 / 7, of capacity as of production."""
    table = rs.concentration(world().solve())
    assert row(table, "production")["hhi"] == approx(5400)  # 70, 20 and 10 %
    for measure in ("capacity", "production"):
        assert row(table, measure)["n_minus_1_coverage"] == approx(30 / 70)
        assert row(table, measure, "")["n_minus_1_coverage"] == approx(30 / 70)


def test_a_network_without_a_plan_needs_nothing_yet():
    assert pd.isna(row(rs.concentration(world()), "capacity")["n_minus_1_coverage"])


def test_a_bloc_that_makes_some_and_buys_the_rest():
    """XBB and XDD make 20 t and use 60 t: 40 t imported, 2 / 3. Supply: 30 t XAA, 20 t XBB, 10 t XCC.

    Without XAA 30 t are left for the 70 t that the two need.
    """
    supply = row(rs.concentration(world().solve(), ["XBB", "XDD"]), "supply")
    assert supply["total_t"] == approx(60)
    assert supply["import_reliance"] == approx(40 / 60)
    assert supply["largest_country"] == "XAA"
    assert supply["n_minus_1_coverage"] == approx(30 / 70)
    assert pd.isna(supply["supply_risk"])  # no governance is given


def test_exports_are_taken_off_imports():
    """XAA makes 70 t, uses 40 t and ships 30 t: it relies on nobody."""
    assert row(rs.concentration(world().solve(), "XAA"), "supply")["import_reliance"] == 0


def test_the_supply_risk_worked_out():
    """Governance 6, 2 and 1, of the world and of what the bloc gets, with IR / 2 = 1 / 3.

    World: .49 x 6 + .04 x 2 + .01 x 1 = 3.03. Into the bloc, by sixths: (9 x 6 + 4 x 2 + 1) / 36 = 1.75.
    So (3.03 + 2 x 1.75) / 3 x 0.9 x 0.9 = 1.7631.
    """
    scores = {"XAA": {"governance": 6}, "XBB": {"governance": 2}, "XCC": {"governance": 1}}
    supply = row(rs.concentration(world(**scores).solve(), ["XBB", "XDD"]), "supply")
    assert supply["supply_risk"] == approx((3.03 + 2 * 1.75) / 3 * 0.81)
    scores["XAA"]["trade"] = 1.5
    more = row(rs.concentration(world(**scores).solve(), ["XBB", "XDD"]), "supply")
    assert more["supply_risk"] == approx(((3.03 + 0.49 * 3) + 2 * (1.75 + 0.25 * 3)) / 3 * 0.81)


def test_a_supplier_without_a_score_makes_the_risk_unknown():
    scores = {"XAA": {"governance": 6}, "XBB": {"governance": 2}}
    assert pd.isna(row(rs.concentration(world(**scores).solve(), "XDD"), "supply")["supply_risk"])


@pytest.mark.parametrize(
    ("section", "key", "field"),
    [("countries", "XAA", {"governance": 11}), ("commodities", "ore", {"recycling_rate": 1.2})],
)
def test_scores_out_of_range_are_errors(section, key, field):
    data = {"commodities": {"ore": {}}, "countries": {"XAA": {}}}
    data[section][key] = field
    with pytest.raises(rs.InputError, match=next(iter(field))):
        rs.Network.from_dict(data)


def test_what_facilities_take_is_needed_too():
    """5 t of metal take 10 t of ore in XBB, and 3 t more of metal are wanted than can be had."""
    solution = network(
        commodities=["ore", "metal"],
        facilities={
            "m": mine("XAA", capacity=10),
            "s": {"country": "XBB", "inputs": {"ore": 2}, "outputs": {"metal": 1}},
        },
        demands={"u": want(8, "XCC", "metal", shortfall_cost=99)},
        lanes=[lane("m", "s"), lane("s", "u", "metal")],
    ).solve()
    table = needs_of(solution.formulation, solution.program, solution.levels)
    assert table[["commodity", "country", "total"]].values.tolist() == [
        ["metal", "XCC", approx(8)],
        ["ore", "XBB", approx(10)],
    ]


@pytest.mark.parametrize(
    ("own", "imports", "exports", "expected"), [(0, 5, 0, 1), (5, 0, 0, 0), (0, 5, 4, 1), (6, 6, 2, 0.4)]
)
def test_import_reliance(own, imports, exports, expected):
    assert import_reliance(own, imports, exports) == approx(expected)


# ----------------------------------------------------------------------------------------------- laws


@given(st.lists(st.floats(1, 1e3), min_size=2, max_size=6))
def test_coverage_of_equal_supply_and_needs_is_whole(amounts):
    tonnes = {f"C{number}": amount for number, amount in enumerate(amounts)}
    assert coverage(tonnes, tonnes, "C0") == approx(1)
    assert pd.isna(coverage(tonnes, {"C0": 1.0}, "C0"))


@MANY
@given(shapes())
def test_exposure_has_bounds_in_every_period(shape):
    table = rs.concentration(rs.Network.from_dict(network_of(shape)).solve(), "allies")
    known = table["import_reliance"].dropna()
    assert known.between(0, 1).all()
    assert (table["n_minus_1_coverage"].dropna() >= 0).all()
    assert table.loc[table["measure"] != "supply", "import_reliance"].isna().all()


@MANY
@given(shapes())
def test_needs_are_what_the_tables_of_the_solution_say(shape):
    solution = rs.Network.from_dict(network_of(shape)).solve()
    needs = needs_of(solution.formulation, solution.program, solution.levels)
    found = needs.groupby("commodity")["total"].sum()
    assert found.get("magnet", 0.0) == approx(solution.shortfall["wanted_t"].sum(), rel=1e-7)

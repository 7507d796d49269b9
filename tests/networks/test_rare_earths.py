"""The shipped network `rare_earths`: whether its baseline comes near the known world.

Bounds stand in ``networks/rare_earths/expected.yaml``, each with its source, and were written before the
first solve. A bound with ``known_miss`` must be missed: if it is met one day, the file has to say so.
Run as a module to print the table of the README: ``python -m tests.networks.test_rare_earths``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import resilience as rs
from tests.networks.shipped import Shipped, number, shown_t

RARE_EARTHS = Shipped("rare_earths")
FOLDER, CHECKS, GROUPS = RARE_EARTHS.folder, RARE_EARTHS.checks, RARE_EARTHS.groups
SCENARIOS = (
    "baseline",
    "truce",
    "truce_after_court",
    "april_2025_controls",
    "october_2025_rules",
    "ban",
    "ban_and_neighbours",
    "ban_2028_projects",
)
BACKTEST = ("expected_2025", "controls_2025", "controls_2025_truce")
"""What they say is tested in test_rare_earths_backtest.py."""
INSTRUMENTS = (
    "projects_2028",
    "price_floor_bloc",
    "price_floor_guarantee",
    "price_floor_top_up",
    "subsidy",
    "offtake",
    "crma_2030",
    "crma_2030_extraction",
    "dfars_2027",
    "dfars_2027_plants_of_2024",
    "transshipment",
    "transshipment_dfars",
    "transshipment_content_ban",
    "corridor",
    "waiting_for_the_ban",
    "investment",
    "investment_in_peace",
    "ban_after_18_months",
    "vault",
    "vault_allies",
)
"""What they say is tested in test_rare_earths_instruments.py and test_rare_earths_vaults.py."""


def network() -> rs.Network:
    return RARE_EARTHS.network


def solved(scenario: str) -> rs.Solution:
    return RARE_EARTHS.solved(scenario)


def measured(solution: rs.Solution, check: dict[str, Any]) -> float:
    return RARE_EARTHS.measured(solution, check)


@pytest.mark.parametrize("name", CHECKS)
def test_baseline_meets_the_bound_or_misses_it_as_written(name):
    RARE_EARTHS.assert_met_or_missed_as_written(name)


@pytest.mark.parametrize("name", CHECKS)
def test_bound_is_argued_and_its_sources_exist(name):
    RARE_EARTHS.assert_argued(name)


# ------------------------------------------------------------------------------------------- the file


def test_size_of_the_network():
    spec = network().spec
    countries = {facility.country for facility in spec.facilities.values()}
    running = {key: entry for key, entry in spec.facilities.items() if entry.capacity}
    places = {entry.site or key for key, entry in running.items()}
    assert len(places) >= 50
    assert len({entry.country for entry in running.values()}) >= 15
    assert len(countries) >= 15
    assert {entry.stage for entry in spec.facilities.values()} == set(spec.stages)
    assert {"defence", "ev", "wind", "electronics", "industry"} == {
        demand.sector for demand in spec.demands.values()
    }
    assert (
        len({entry.site or key for key, entry in running.items() if entry.country == "CHN"})
        == chinese_places()
    )


def chinese_places() -> int:
    found = re.search(r"China in (\d+) places", network().spec.description)
    assert found
    return int(found[1])


def test_scenarios_are_those_that_the_tests_know():
    assert set(network().scenarios) == {*SCENARIOS, *INSTRUMENTS, *BACKTEST}


def test_every_figure_has_a_source_or_a_reason():
    assert not RARE_EARTHS.without_a_source()


def test_every_plant_demand_lane_process_and_policy_has_a_confidence():
    assert not RARE_EARTHS.without_a_confidence()


def test_every_source_is_used_and_has_an_address_or_says_what_it_is():
    RARE_EARTHS.assert_every_source_is_used()


def test_outputs_of_a_separation_never_exceed_what_it_takes():
    for key, process in network().spec.processes.items():
        if key.startswith(("separate_", "crack_", "recycle_")):
            assert sum(process.outputs.values()) <= sum(process.inputs.values()), key


def test_mass_of_rare_earth_metal_is_kept_through_magnet_and_swarf():
    """Metal in = metal in the magnet + metal in the swarf, at 30 % rare earths in the blank (1/0.713 t)."""
    processes = network().spec.processes
    for grade in ("standard", "high_temp"):
        assert sum(processes[f"make_{grade}"].inputs.values()) == pytest.approx(0.30 / 0.713, abs=2e-4)
        assert processes[f"make_{grade}"].outputs[f"swarf_{grade}"] == pytest.approx(1 / 0.713 - 1, abs=2e-4)


def test_demand_adds_up_to_what_the_readme_says():
    rows = [
        (demand.country, demand.sector, demand.quantity)
        for demand in network().spec.demands.values()
        if demand.commodity in GROUPS["magnets"]
    ]
    table = pd.DataFrame(rows, columns=["country", "sector", "t"]).pivot_table(
        index="country", columns="sector", values="t", aggfunc="sum", fill_value=0
    )
    printed = {cells[0].strip("* "): cells[1:] for cells in readme_table("defence | vehicles | wind")}
    sectors = ["defence", "ev", "wind", "electronics", "industry"]
    assert [number(cell) for cell in printed["World"]] == [*table[sectors].sum(), table.to_numpy().sum()]
    for code in ("CHN", "USA", "JPN", "DEU"):
        row = {"CHN": "China", "USA": "United States", "JPN": "Japan", "DEU": "Germany"}[code]
        assert [number(cell) for cell in printed[row]] == [*table.loc[code, sectors], table.loc[code].sum()]
    qualified = sum(
        demand.quantity for key, demand in network().spec.demands.items() if key.endswith("_qualified")
    )
    assert f"{qualified:,.0f} t of the use outside China".replace(",", " ") in readme()


def test_readme_repeats_the_shortfall_costs():
    printed = {cells[0]: number(cells[1]) for cells in readme_table("USD per t | argument")}
    names = {"ev": "vehicles"}
    for demand in network().spec.demands.values():
        sector = names.get(demand.sector, demand.sector)
        row = "NdPr oxide outside magnets" if demand.commodity == "ndpr_oxide" else sector
        assert demand.shortfall_cost == printed[row]


# ---------------------------------------------------------------------------------------- what it says


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario_is_solved_and_proved(scenario):
    assert solved(scenario).certificate.holds


def test_the_ban_lets_nothing_through_and_harms_the_allies_alone():
    ban, spec = solved("ban"), network().spec
    flows = ban.flows
    barred = (
        flows["from_country"].eq("CHN")
        & flows["to_country"].isin(spec.blocs["allies"])
        & ~flows["stage"].eq("mining")
    )
    assert flows.loc[barred, "flow_t"].sum() == 0
    short = ban.shortfall.groupby("country")["shortfall_t"].sum()
    assert set(short[short > 1].index) <= set(spec.blocs["allies"])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_chinese_magnet_reaches_american_defence_or_a_qualified_buyer(scenario):
    flows = solved(scenario).flows
    barred = flows["to"].str.endswith("_qualified")
    assert "usa_defence_qualified" in network().spec.demands
    assert flows.loc[barred, "flow_t"].sum() > 0
    assert flows.loc[barred & flows["from_country"].eq("CHN"), "flow_t"].sum() == 0


def test_licences_cut_what_china_shipped_in_the_baseline_by_what_the_file_says():
    magnets = {"measure": "flow", "from": "CHN", "to": "not CHN"}
    for commodity, scenario, cut in (
        ("ndfeb_high_temp", "april_2025_controls", 0.18),
        ("ndfeb_standard", "october_2025_rules", 0.18),
        ("ndfeb_high_temp", "october_2025_rules", 0.36),
        ("ndfeb_high_temp", "truce", 0.045),
    ):
        check = {**magnets, "commodity": commodity}
        ceiling = (1 - cut) * measured(solved("baseline"), check)
        assert measured(solved(scenario), check) <= ceiling * (1 + 1e-9)


def test_scenarios_are_ordered_by_severity():
    """Each cuts at least what the one before cuts, of the same flows; projects can only help."""
    cost = {name: solved(name).cost for name in SCENARIOS}
    short = {name: solved(name).shortfall["shortfall_t"].sum() for name in SCENARIOS}
    assert cost["baseline"] < cost["april_2025_controls"] < cost["october_2025_rules"] < cost["ban"]
    assert short["truce"] < short["april_2025_controls"] < short["october_2025_rules"] < short["ban"]
    assert cost["truce_after_court"] <= cost["truce"]
    assert cost["ban_2028_projects"] < cost["ban"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_defence_goes_short_only_when_nobody_outside_china_has_heavy_rare_earths(scenario):
    table = solved(scenario).shortfall
    short = table.loc[table["sector"] == "defence", "shortfall_t"].sum()
    if scenario == "ban_and_neighbours":
        allied = table["country"].isin(network().spec.blocs["allies"]) & table["commodity"].eq(
            "ndfeb_high_temp"
        )
        assert table.loc[allied, "short_share"].min() == pytest.approx(1)
    else:
        assert short == pytest.approx(0, abs=1e-3)


def test_in_the_ban_metal_and_heavies_are_scarce_and_oxide_is_not():
    """As the README says: metal costs several times its oxide, Dy+Tb many times its price; Lynas idles."""
    ban = solved("ban")
    price = ban.prices.set_index(["site", "commodity"])["price_usd_per_t"]
    used = ban.production.set_index("facility")["utilisation"]
    assert price["vietnam_metal", "ndpr_metal"] > 5 * price["vietnam_metal", "ndpr_oxide"]
    assert price["japan_heavy_metal", "dytb_oxide"] > 10 * network().spec.commodities["dytb_oxide"].price
    assert used["vietnam_metal"] == pytest.approx(1)
    assert used["japan_metal"] == pytest.approx(1)
    assert used["kuantan_concentrate"] < 0.5


def test_in_2028_metal_is_still_the_bottleneck_outside_china():
    solution = solved("ban_2028_projects")
    table = solution.production
    running = table[(table["country"] != "CHN") & (table["capacity_t"] > 0) & table["stage"].eq("metal")]
    light = running[running["process"].eq("reduce_ndpr")]
    assert light["utilisation"].min() == pytest.approx(1)
    used = table.set_index("facility")["utilisation"]
    assert used["mp_10x_standard"] + used["mp_10x_high_temp"] < 0.9


# -------------------------------------------------------------------------------------------- the README


def readme() -> str:
    return RARE_EARTHS.readme


def readme_table(header: str) -> list[list[str]]:
    return RARE_EARTHS.readme_table(header)


def outcomes() -> Iterator[str]:
    """Yield the rows of the README's table of scenarios."""
    allies = network().spec.blocs["allies"]
    sectors = ["defence", "ev", "wind", "electronics", "industry"]
    tonnes_of = "short, t | defence | vehicles | wind | industry"
    yield f"| scenario | cost, bn USD | shortfall in it | {tonnes_of} | allies' part |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name in SCENARIOS:
        table = solved(name).shortfall
        by = table.groupby("sector")["shortfall_t"].sum().reindex(sectors)
        part = (
            table.loc[table["country"].isin(allies), "shortfall_t"].sum() / by.sum() if by.sum() > 1 else 0.0
        )
        tonnes = [shown_t(value) for value in (by.sum(), by["defence"], by["ev"], by["wind"], by["industry"])]
        money = [f"{solved(name).cost / 1e9:.2f}", f"{table['cost_usd'].sum() / 1e9:.2f}"]
        cells = [*money, *tonnes, f"{part:.0%}" if part else ""]
        yield f"| `{name}` | {' | '.join(cells)} |"


def test_readme_counts_the_bounds_by_grade_and_the_misses():
    first = [check for name, check in CHECKS.items() if not name.startswith("added_later.")]
    grades = [check["grade"] for check in first]
    assert not any("known_miss" in check for check in first)
    for claim in (
        f"All {len(first)} bounds",
        f"{grades.count('imposed')} of them are imposed",
        f"{grades.count('semi')} semi",
        f"The {grades.count('free')} free ones",
    ):
        assert claim in readme()


def test_readme_shows_the_comparison_as_it_is():
    assert RARE_EARTHS.readme_block("comparison") == list(RARE_EARTHS.comparison())


def test_readme_shows_the_outcomes_as_they_are():
    assert RARE_EARTHS.readme_block("outcomes") == list(outcomes())


if __name__ == "__main__":
    sys.stdout.write("\n".join([*RARE_EARTHS.comparison(), "", *outcomes(), ""]))

"""The instruments of the shipped network `rare_earths`: who pays, who receives, who is short, and when.

Each test holds a sentence of the network's README. Run as a module to print its table of instruments:
``python -m tests.networks.test_rare_earths_instruments``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache

import pandas as pd
import pytest

import resilience as rs
from resilience.grammar.sections import Spec
from tests.networks.shipped import shown_t
from tests.networks.test_rare_earths import INSTRUMENTS, network, readme, solved

DEFENCE = "usa_defence_qualified"
BARRED = ["CHN", "RUS", "IRN", "PRK"]
COMPARED_WITH = {
    "projects_2028": "baseline",
    "subsidy": "projects_2028",
    "crma_2030": "projects_2028",
    "crma_2030_extraction": "crma_2030",
    "dfars_2027": "projects_2028",
    "transshipment": "ban_and_neighbours",
    "transshipment_dfars": "transshipment",
    "transshipment_content_ban": "transshipment",
    "corridor": "ban",
    "investment": "waiting_for_the_ban",
    "investment_in_peace": "investment",
    "vault": "ban_after_18_months",
    "vault_allies": "ban_after_18_months",
}
"""What a scenario is set against in the README; the baseline if it is not here."""
WITHOUT_RIVAL = ("waiting_for_the_ban", "ban_after_18_months")


def rival(name: str) -> str:
    return COMPARED_WITH.get(name, "baseline")


@cache
def spec_of(scenario: str) -> Spec:
    return network().formulation(scenario).spec


def paid(solution: rs.Solution, component: str) -> pd.Series:
    """Return what each country receives of a transfer; negative if it pays."""
    table = solution.transfers
    return table[table["component"] == component].set_index("receiver")["amount_usd"]


def short(solution: rs.Solution, **where: str) -> float:
    table = solution.shortfall
    for column, value in where.items():
        table = table[table[column] == value]
    return float(table["shortfall_t"].sum())


def price(solution: rs.Solution, site: str, commodity: str) -> float:
    table = solution.prices.set_index(["site", "commodity"])["price_usd_per_t"]
    return float(table[site, commodity])


def share_of(table: pd.DataFrame, countries: list[str]) -> float:
    """Return the largest share that the countries have at any stage of a delivery."""
    inside = table[table["country"].isin(countries)]
    return float(inside.groupby(["demand", "period", "stage"])["share"].sum().max()) if len(inside) else 0.0


# ------------------------------------------------------------------------------------------- all of them


@pytest.mark.parametrize("scenario", INSTRUMENTS)
def test_instrument_is_solved_proved_and_described(scenario):
    assert solved(scenario).certificate.holds
    assert len(network().spec.scenarios[scenario].description) > 60


@pytest.mark.parametrize("scenario", INSTRUMENTS)
def test_money_adds_up(scenario):
    """Parts of the cost add up to it; what a transfer costs in all is what countries receive or pay of it."""
    solution = solved(scenario)
    parts = solution.cost_breakdown
    assert parts.sum() == pytest.approx(solution.cost, rel=1e-9)
    for component, amount in parts.get("transfer", pd.Series(dtype=float)).items():
        assert paid(solution, str(component)).sum() == pytest.approx(amount, rel=1e-9, abs=1e-3)


@pytest.mark.parametrize("scenario", INSTRUMENTS)
def test_everything_that_a_scenario_adds_has_a_source_and_a_confidence(scenario):
    base, spec = network().spec, spec_of(scenario)
    for section in ("hubs", "lanes", "stockpiles", "projects", "limits", "policies"):
        for key, entry in getattr(spec, section).items():
            if key not in getattr(base, section):
                assert entry.source, f"{scenario}: {section}.{key}"
                assert entry.confidence, f"{scenario}: {section}.{key}"


def test_what_the_base_holds_is_small():
    """Stockpiles, projects and origin rules come with their scenarios."""
    spec = network().spec
    assert not spec.stockpiles
    assert not spec.projects
    assert not spec.hubs
    assert spec.horizon.periods == 1
    assert set(spec_of("baseline").policies).isdisjoint(["dfars_2027", "china_content_ban"])


# ------------------------------------------------------------------------------------------ price floors


def test_the_levy_is_paid_to_the_members_and_lifts_metal_and_not_oxide():
    """1.27 bn USD to the treasuries; metal in Japan within 1 % of its floor, oxide at Kuantan at half."""
    base, bloc = solved("baseline"), solved("price_floor_bloc")
    levy = paid(bloc, "levy")
    assert set(levy.index) <= set(network().spec.blocs["allies"])
    assert levy.min() > 0
    assert levy.sum() == pytest.approx(1.27e9, rel=0.01)
    assert levy.idxmax() == "DEU"
    floors = network().spec.policies
    assert price(bloc, "japan_metal", "ndpr_metal") == pytest.approx(
        floors["floor_metal_levy"].floor, rel=0.01
    )
    assert price(bloc, "kuantan", "ndpr_oxide") == pytest.approx(
        price(base, "kuantan", "ndpr_oxide"), rel=0.01
    )
    assert price(bloc, "kuantan", "ndpr_oxide") < 0.5 * floors["floor_oxide_levy"].floor
    resource = bloc.cost_breakdown["resource"].sum() - base.cost_breakdown["resource"].sum()
    assert 0 < resource < 0.01 * levy.sum()


def test_the_guarantee_buys_a_thousand_tonnes_and_lifts_the_price_in_china_too():
    """At 110 USD/kg the state buys 1 117 t of Mountain Pass; no dual of the two is below the floor."""
    base, held = solved("baseline"), solved("price_floor_guarantee")
    outlay = paid(held, "support")
    assert set(outlay.index) == {"USA"}
    assert -outlay["USA"] / 110_000 == pytest.approx(1117, abs=2)
    for site in ("kuantan", "mountain_pass_separation", "baotou_huamei"):
        assert price(held, site, "ndpr_oxide") >= 110_000 * (1 - 1e-6)
    assert price(base, "baotou_huamei", "ndpr_oxide") < 56_000
    assert short(held) == pytest.approx(0, abs=1e-3)


def test_the_top_up_pays_the_difference_on_every_tonne_and_moves_no_price():
    base, held = solved("baseline"), solved("price_floor_top_up")
    made = held.outputs.set_index(["facility", "commodity"])["output_t"]
    difference = 110_000 - network().spec.commodities["ndpr_oxide"].price
    outlay = paid(held, "top_up")
    assert -outlay["USA"] == pytest.approx(difference * made["mountain_pass_separation", "ndpr_oxide"])
    assert -outlay["JPN"] == pytest.approx(difference * 5000)
    before = base.outputs.set_index(["facility", "commodity"])["output_t"]
    assert (
        made["mountain_pass_separation", "ndpr_oxide"]
        > before["mountain_pass_separation", "ndpr_oxide"] + 400
    )
    for site in ("kuantan", "baotou_huamei"):
        assert price(held, site, "ndpr_oxide") == pytest.approx(price(base, site, "ndpr_oxide"))


# -------------------------------------------------------------------------------------- subsidy, offtake


def test_the_subsidy_is_paid_per_american_magnet_and_starts_some_of_the_works():
    """2 757 t are made, none without it, of 14 400 t that could be."""
    solution = solved("subsidy")
    table = solution.outputs
    magnets = table[table["country"].eq("USA") & table["commodity"].str.startswith("ndfeb_")][
        "output_t"
    ].sum()
    assert -paid(solution, "subsidy")["USA"] == pytest.approx(20_000 * magnets)
    assert magnets == pytest.approx(2757, abs=2)
    before = solved("projects_2028").outputs
    before = before[before["country"].eq("USA") & before["commodity"].str.startswith("ndfeb_")]
    assert before["output_t"].sum() == pytest.approx(0, abs=1e-3)


def test_the_offtake_is_kept_and_costs_next_to_nothing():
    buyers = ["japan_metal", "vietnam_metal", "thailand_metal", "jpn_other_ndpr"]

    def taken(solution: rs.Solution) -> float:
        flows = solution.flows
        chosen = flows["from"].eq("kuantan") & flows["to"].isin(buyers) & flows["commodity"].eq("ndpr_oxide")
        return float(flows.loc[chosen, "flow_t"].sum())

    assert taken(solved("baseline")) < 4000
    assert taken(solved("offtake")) == pytest.approx(5000)
    assert 0 < solved("offtake").cost - solved("baseline").cost < 100_000


# ------------------------------------------------------------------------ rules on where things come from


def european_supply(solution: rs.Solution, commodity: str) -> pd.Series:
    """Return what supplies the European Union, by country of shipment; its own plants under ``""``."""
    union = network().spec.blocs["european_union"]
    flows, made = solution.flows, solution.outputs
    enters = (
        flows["to_country"].isin(union)
        & ~flows["from_country"].isin(union)
        & flows["commodity"].eq(commodity)
    )
    supply = flows[enters].groupby("from_country")["flow_t"].sum()
    own = made[made["country"].isin(union) & made["commodity"].eq(commodity)]["output_t"].sum()
    return pd.concat([supply, pd.Series({"": own})])


def test_the_union_keeps_the_cap_and_the_share_of_processing_at_37_million():
    before, after = solved("projects_2028"), solved("crma_2030")
    for commodity in ("ndpr_oxide", "ndpr_metal", "ndfeb_standard", "ndfeb_high_temp"):
        supply = european_supply(after, commodity)
        assert supply.drop("").max() <= 0.65 * supply.sum() * (1 + 1e-9)
    oxide = european_supply(after, "ndpr_oxide")
    assert oxide[""] >= 0.4 * oxide.sum() * (1 - 1e-9)
    standard = european_supply(before, "ndfeb_standard")
    assert standard["CHN"] / standard.sum() > 0.8
    assert short(after) == pytest.approx(0, abs=1e-3)
    assert after.cost - before.cost == pytest.approx(37.2e6, rel=0.02)


def test_the_share_of_extraction_can_only_be_kept_by_importing_no_ore():
    solution = solved("crma_2030_extraction")
    union = network().spec.blocs["european_union"]
    for ore in ("monazite", "clay_mreo", "loparite"):
        assert european_supply(solution, ore).sum() == pytest.approx(0, abs=1e-3)
    table = solution.outputs
    oxide = table[table["country"].isin(union) & table["commodity"].eq("ndpr_oxide")]
    assert oxide["output_t"].sum() == pytest.approx(0, abs=1e-3)
    assert short(solution) == pytest.approx(short(solution, demand="deu_other_ndpr"))
    assert short(solution, demand="deu_other_ndpr") == pytest.approx(300)


def test_under_dfars_nothing_of_a_barred_country_is_inside():
    """It costs nothing with the plants due by 2028; before, part of the ore is Chinese."""
    solution = solved("dfars_2027")
    inside = solution.origins(DEFENCE)
    assert share_of(inside, BARRED) == 0
    assert inside.groupby("stage")["share"].sum().min() == pytest.approx(1)
    assert short(solution) == pytest.approx(0, abs=1e-3)
    assert solution.cost == pytest.approx(solved("projects_2028").cost, rel=1e-6)
    assert share_of(solved("baseline").origins(DEFENCE), BARRED) > 0.05


def test_with_the_plants_of_2024_the_dfars_rule_leaves_american_defence_without_magnets():
    solution = solved("dfars_2027_plants_of_2024")
    assert short(solution, demand=DEFENCE) == pytest.approx(475)
    assert short(solution) == pytest.approx(475)


def test_relabelled_magnets_are_chinese_in_their_origins():
    """All of American defence's magnets come by the trader, from China at every stage after the mine."""
    solution = solved("transshipment")
    flows = solution.flows
    through = flows["from"].eq("relabelling")
    assert set(flows.loc[through, "from_country"]) == {"XRW"}
    assert flows.loc[through, "flow_t"].sum() == pytest.approx(6000)
    assert flows.loc[through & flows["to"].eq(DEFENCE), "flow_t"].sum() == pytest.approx(475)
    inside = solution.origins(DEFENCE).set_index(["stage", "country"])["share"]
    for stage in ("processing", "metal", "manufacturing"):
        assert inside[stage, "CHN"] == pytest.approx(1)


def test_who_looks_at_the_content_takes_none_of_the_relabelled_magnets():
    solution = solved("transshipment_dfars")
    flows = solution.flows
    assert flows.loc[flows["to"].eq(DEFENCE), "flow_t"].sum() == pytest.approx(0, abs=1e-6)
    assert short(solution, demand=DEFENCE) == pytest.approx(475)
    assert flows.loc[flows["from"].eq("relabelling"), "flow_t"].sum() == pytest.approx(6000)


def test_a_ban_that_reaches_content_leaves_nothing_chinese_in_what_the_allies_receive():
    solution = solved("transshipment_content_ban")
    allies = network().spec.blocs["allies"]
    allied = [key for key, demand in network().spec.demands.items() if demand.country in allies]
    inside = solution.origins()
    inside = inside[inside["demand"].isin(allied) & inside["stage"].ne("mining")]
    assert len(inside) > 50
    assert share_of(inside, ["CHN"]) == pytest.approx(0, abs=1e-9)
    assert short(solution, demand=DEFENCE) == pytest.approx(475)


# ------------------------------------------------------------------------------ corridors and investment


def test_the_heavy_corridor_is_worth_its_ships_and_the_lobito_railway_is_not():
    """Dysprosium is scarce in the ban and oxide of NdPr is not, so only Brazilian clay goes to France."""
    solution = solved("corridor")
    used = solution.production.set_index("facility")["throughput_t"]
    limits = spec_of("corridor").limits
    assert used["serra_verde"] >= limits["south_atlantic"].minimum_when_used
    assert used["longonjo"] == pytest.approx(0, abs=1e-6)
    assert solution.cost_breakdown["resource", "fixed"] == pytest.approx(limits["south_atlantic"].fixed_cost)
    assert short(solution, sector="ev") < 0.5 * short(solved("ban"), sector="ev")
    assert solution.cost < 0.8 * solved("ban").cost


def test_investment_spends_a_quarter_of_its_budget_and_ends_the_shortage_of_vehicles():
    waiting, built = solved("waiting_for_the_ban"), solved("investment")
    table = built.projects
    projects = spec_of("investment").projects
    share = table["project"].map({key: entry.subsidised for key, entry in projects.items()})
    per_tonne = table["project"].map(
        {key: entry.capital_cost / entry.capacity for key, entry in projects.items()}
    )
    table = table.assign(capital=per_tonne * table["capacity_t_per_yr"])
    spent = table["capital"].sum()
    assert spent == pytest.approx(built.cost_breakdown["resource", "capital"])
    assert spent == pytest.approx(2.59e9, rel=0.01)
    assert spent < spec_of("investment").policies["investment_money"].amount
    assert table["period"].astype(int).max() <= 2027
    assert short(waiting, sector="ev") == pytest.approx(23_460, rel=0.01)
    assert short(built, sector="ev") == pytest.approx(0, abs=1e-3)
    assert waiting.cost - built.cost > 8 * spent
    expected = (share * table["capital"]).groupby(table["country"]).sum()
    grants = -paid(built, "capital_subsidy")
    assert grants.to_dict() == pytest.approx(expected[expected > 0].to_dict())
    assert set(grants.index) == {"USA", "FRA", "EST"}
    metal = table[
        table["facility"].str.endswith("_metal") | table["facility"].isin(["lcm_uk", "korean_metals_plant"])
    ]
    assert metal["capacity_t_per_yr"].sum() == pytest.approx(5_430, rel=0.01)
    assert not set(table["facility"]) & {"eneabba", "white_mesa"}


# -------------------------------------------------------------------------------------------- the README


def money(amount: float) -> str:
    return f"{amount / 1e9:.2f}" if abs(amount) >= 0.995e9 else f"{amount / 1e9:.3f}"


def transfers_in_words(solution: rs.Solution) -> str:
    """Name each transfer of 20 million USD or more: the sum, and up to three who receive or pay it."""
    names = {
        "levy": "levy to",
        "support": "purchases by",
        "top_up": "top-up by",
        "subsidy": "subsidy by",
        "capital_subsidy": "grants by",
        "tariff": "duty to",
        "export_tax": "export tax to",
    }
    said = []
    for component, table in solution.transfers.groupby("component"):
        amounts = table.set_index("receiver")["amount_usd"].abs().sort_values(ascending=False)
        if amounts.sum() >= 20e6:
            first = list(amounts.index[:3])
            others = f" and {len(amounts) - 3} more" if len(amounts) > 3 else ""
            said.append(f"{money(amounts.sum())} {names[str(component)]} {', '.join(first)}{others}")
    return "; ".join(said)


def without_transfers(name: str) -> float:
    """Return what the world spends and loses; what one pays and another receives is left out."""
    parts = solved(name).cost_breakdown
    return float(parts.sum() - parts.get("transfer", pd.Series([0.0])).sum())


def instruments() -> Iterator[str]:
    """Yield the rows of the README's table of instruments."""
    sectors = ["defence", "ev", "wind", "electronics", "industry"]
    yield (
        "| scenario | against | spent and lost, bn USD | more or less, bn USD | short, t | defence "
        "| vehicles | wind | electronics | industry | who pays whom, bn USD |"
    )
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    for name in INSTRUMENTS:
        table = solved(name).shortfall
        by = table.groupby("sector")["shortfall_t"].sum().reindex(sectors)
        tonnes = [shown_t(value) for value in (by.sum(), *by)]
        total, alone = without_transfers(name), name in WITHOUT_RIVAL
        against = "" if alone else f"`{rival(name)}`"
        more = 0.0 if alone else round((total - without_transfers(rival(name))) / 1e9, 3) + 0.0  # never -0
        change = "" if alone else f"{more:+.3f}"
        cells = [against, f"{total / 1e9:.2f}", change, *tonnes, transfers_in_words(solved(name))]
        yield f"| `{name}` | {' | '.join(cells)} |"


def test_readme_shows_the_instruments_as_they_are():
    block = readme().split("<!-- instruments -->")[1].split("<!-- end of instruments -->")[0]
    assert block.strip().splitlines() == list(instruments())


if __name__ == "__main__":
    sys.stdout.write("\n".join([*instruments(), ""]))

"""The tables of the README of `graphite`, its back-test, and how much hangs on its weakest numbers.

Run as a module to print them: ``python -m tests.networks.test_graphite_tables``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pandas as pd
import pytest

from tests.networks.shipped import shown_t
from tests.networks.test_graphite import (
    ANODE_SECTORS,
    GRAPHITE,
    ONE_YEAR,
    SEVERAL_PERIODS,
    allies,
    short,
    solved,
)

NORMAL = {"spherical": 4116.0, "flake": 7242.0}
"""t a month that China exported before the licences: spherical the mean of January to April 2023
(7 240, 5 460 and 3 763 t), flake that of January and February (14 483 t)."""
SEEN = {
    "2023-11": {"spherical": 12186.0, "flake": 23502.0},
    "2023-12": {"spherical": 948.0, "flake": 1427.0},
    "2024-01": {"spherical": 1017.0, "flake": 941.0},
    "2024-02": {"spherical": 1549.0, "flake": 2295.0},
}
"""t that China exported (Fastmarkets of customs; Vinachem for 2024)."""


# --------------------------------------------------------------------------------------------- back-test


@cache
def exports(scenario: str) -> pd.DataFrame:
    """Return t that leaves China by month (rows), spherical and flake (columns)."""
    flows = solved(scenario).flows
    flows = flows[flows["from_country"].eq("CHN") & flows["to_country"].ne("CHN")]
    kinds = {"spherical": "spherical", "flake_fines": "flake", "flake_other": "flake"}
    flows = flows.assign(kind=flows["commodity"].map(kinds)).dropna(subset=["kind"])
    table = flows.pivot_table(index="period", columns="kind", values="flow_t", aggfunc="sum")
    return table.reindex(sorted(solved(scenario).shortfall["period"].unique())).fillna(0.0)


def price(scenario: str, site: str, commodity: str, period: str) -> float:
    table = solved(scenario).prices.set_index(["site", "commodity", "period"])["price_usd_per_t"]
    return float(table[site, commodity, period])


def test_with_stocks_the_licences_shift_exports_and_nobody_goes_short():
    months = exports("licensing_2023")
    for kind in NORMAL:
        assert months.loc["2023-11", kind] / months.loc["2023-09", kind] == pytest.approx(3, abs=1e-6)
        assert months.loc[["2023-12", "2024-01"], kind].sum() == 0
        four = months.loc[["2023-11", "2023-12", "2024-01", "2024-02"], kind].sum()
        assert four == pytest.approx(4 * months.loc["2023-09", kind])
    assert short(solved("licensing_2023")) == pytest.approx(0, abs=1)


def test_without_stocks_the_same_months_are_a_shortage_and_a_spike():
    table = solved("licensing_2023_no_stocks").shortfall
    by = table.groupby("period")["shortfall_t"].sum()
    assert set(by[by > 1].index) == {"2023-12", "2024-01"}
    usual = price("licensing_2023", "sejong", "spherical", "2023-09")
    assert price("licensing_2023_no_stocks", "sejong", "spherical", "2023-12") > 50 * usual
    assert price("licensing_2023", "sejong", "spherical", "2023-12") < 1.05 * usual


def test_prices_in_china_stay_with_slack_and_jump_without():
    for scenario, low, high in (("licensing_2023", 0.99, 1.01), ("licensing_2023_no_slack", 1.5, 2.0)):
        before = price(scenario, "shandong_spg", "spherical", "2023-10")
        after = price(scenario, "shandong_spg", "spherical", "2023-11")
        assert low < after / before < high


# -------------------------------------------------------------------------------------------- the README


def outcomes(names: tuple[str, ...]) -> Iterator[str]:
    """Yield the rows of the README's tables of scenarios."""
    yield (
        "| scenario | cost, bn USD | lost by shortfall | anode short, t | of the allies' use | vehicles "
        "| storage | industry short, t |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name in names:
        table = solved(name).shortfall
        anode = table[table["sector"].isin(ANODE_SECTORS) & table["country"].isin(allies())]
        part = anode["shortfall_t"].sum() / anode["wanted_t"].sum()
        cells = [
            f"{solved(name).cost / 1e9:.2f}",
            f"{table['cost_usd'].sum() / 1e9:.2f}",
            shown_t(short(solved(name), *ANODE_SECTORS)),
            f"{part:.0%}" if part > 1e-3 else "",
            *(shown_t(short(solved(name), sector)) for sector in ("ev", "storage", "industry")),
        ]
        yield f"| `{name}` | {' | '.join(cells)} |"


def countries(scenario: str = "ban") -> Iterator[str]:
    """Yield who goes short in the ban, by country."""
    yield "| country | wanted, t | short, t | part | vehicles | storage |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    table = solved(scenario).shortfall
    table = table[table["sector"].isin(ANODE_SECTORS) & table["country"].isin(allies())]
    names = GRAPHITE.network.spec.countries
    by = table.groupby("country")[["wanted_t", "shortfall_t"]].sum().sort_values("wanted_t", ascending=False)
    for code, row in by.iterrows():
        mine = table[table["country"] == code].groupby("sector")["shortfall_t"].sum()
        cells = [shown_t(row["wanted_t"]), shown_t(row["shortfall_t"])]
        cells += [
            f"{row['shortfall_t'] / row['wanted_t']:.0%}",
            shown_t(mine["ev"]),
            shown_t(mine["storage"]),
        ]
        yield f"| {names[code].name} | {' | '.join(cells)} |"


def back_test() -> Iterator[str]:
    """Yield Chinese exports by month as multiples of a normal month: seen, and in the three scenarios."""
    yield (
        "| month | spherical, seen | with stocks | without | flake, seen | with stocks | without "
        "| short without stocks, t |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    without = solved("licensing_2023_no_stocks").shortfall.groupby("period")["shortfall_t"].sum()
    for month, tonnes in SEEN.items():
        cells = []
        for kind in ("spherical", "flake"):
            cells.append(f"{tonnes[kind] / NORMAL[kind]:.2f}")
            for scenario in ("licensing_2023", "licensing_2023_no_stocks"):
                table = exports(scenario)[kind]
                cells.append(f"{table[month] / table['2023-09']:.2f}")
        yield f"| {month} | {' | '.join(cells)} | {shown_t(without[month])} |"


def scaled_shortfall(factor: float) -> dict[str, Any]:
    return {
        f"demands.{key}.shortfall_cost": [
            {"capacity": tier.capacity, "cost": tier.cost * factor} for tier in demand.shortfall_cost[:-1]
        ]
        + [{"cost": demand.shortfall_cost[-1].cost * factor}]
        for key, demand in GRAPHITE.network.spec.demands.items()
        if demand.sector in ANODE_SECTORS
    }


def natural_part(share: float) -> dict[str, Any]:
    sites = ("usa", "pol", "hun", "xeu", "kor", "jpn", "ind", "xse")
    return {
        f"limits.natural_part_{site}.over": [
            {"facility": f"{site}_natural", "weight": 1 - share},
            {"facility": f"{site}_synthetic", "weight": -share},
        ]
        for site in sites
    }


def yields(value: float) -> dict[str, Any]:
    flake = 1 / value
    return {
        "processes.spheronise.inputs.flake_fines": flake,
        "processes.flake_to_anode.inputs.flake_fines": flake * 1.053,
    }


def kendal(capacity: float) -> dict[str, Any]:
    return {
        "limits.kendal_line.at_most": capacity,
        "facilities.kendal_natural.capacity": capacity,
        "facilities.kendal_synthetic.capacity": capacity,
    }


def needle_coke(share: float) -> dict[str, Any]:
    plants = {"lake_charles": 150e3, "humber": 200e3, "eneos": 120e3, "sakaide": 60e3, "c_chem": 60e3}
    return {
        f"facilities.{plant}.capacity": share * size for plant, size in {**plants, "gwangyang": 60e3}.items()
    }


def japan(factor: float) -> dict[str, Any]:
    return {
        f"facilities.{plant}.capacity": factor * size for plant, size in (("omachi", 10e3), ("tokai", 5e3))
    }


SENSITIVITIES: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "flake to spherical graphite, yield (0.473)": ("0.40", yields(0.40), "0.60", yields(0.60)),
    "natural part abroad, most (40 %)": ("20 %", natural_part(0.2), "60 %", natural_part(0.6)),
    "Balama, t a year (180 000)": (
        "80 000",
        {"facilities.balama.capacity": 80_000},
        "350 000",
        {"facilities.balama.capacity": 350_000},
    ),
    "Kendal phase 1, t a year (80 000)": ("40 000", kendal(40_000), "120 000", kendal(120_000)),
    "Omachi and Tokai, t a year (15 000)": ("7 500", japan(0.5), "22 500", japan(1.5)),
    "needle coke abroad, part for anodes (36 %)": ("15 %", needle_coke(0.15), "60 %", needle_coke(0.60)),
    "needle coke per t of anode abroad (1.43)": (
        "1.30",
        {"processes.graphitise.inputs.needle_coke": 1.30},
        "1.55",
        {"processes.graphitise.inputs.needle_coke": 1.55},
    ),
    "cost of a shortfall (times 1)": ("0.5", scaled_shortfall(0.5), "2", scaled_shortfall(2)),
}


def sensitivities() -> Iterator[str]:
    """Yield how anode shortage and cost of two bans move with the weakest numbers."""
    yield (
        "| number (as it is) | low | high | `ban`: short, t | cost, bn USD "
        "| `ban_2028_and_owned`: short, t | cost, bn USD |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, (low, below, high, above) in SENSITIVITIES.items():
        cells = []
        for scenario in ("ban", "ban_2028_and_owned"):
            ends = [GRAPHITE.network.solve(scenario, set=values, tie_break=None) for values in (below, above)]
            tonnes = [shown_t(short(end, *ANODE_SECTORS)) or "0" for end in ends]
            cells += [" to ".join(tonnes), " to ".join(f"{end.cost / 1e9:.2f}" for end in ends)]
        yield f"| {name} | {low} | {high} | {' | '.join(cells)} |"


TABLES = {
    "comparison": GRAPHITE.comparison,
    "outcomes": lambda: outcomes(ONE_YEAR),
    "outcomes over several periods": lambda: outcomes(SEVERAL_PERIODS),
    "countries": countries,
    "back-test": back_test,
    "sensitivities": sensitivities,
}


@pytest.mark.parametrize("name", TABLES)
def test_readme_shows_the_table_as_it_is(name):
    assert GRAPHITE.readme_block(name) == list(TABLES[name]())


def test_readme_says_in_words_what_the_scenarios_cost():
    def million(name: str, than: str) -> str:
        return f"{(GRAPHITE.solved(name).cost - GRAPHITE.solved(than).cost) / 1e6:.0f} million USD"

    def passed(name: str, component: str) -> float:
        table = GRAPHITE.solved(name).transfers
        return abs(float(table.loc[table["component"] == component, "amount_usd"].sum())) / 1e6

    investment = GRAPHITE.solved("investment")
    said = (
        f"(`ban_natural`, {million('ban_natural', 'baseline')})",
        f"(`us_duties_not_imposed`): {million('us_duties_not_imposed', 'us_duties_2026')} a year",
        f"can be kept in 2028 for {million('feoc', 'projects_2028')} a year (`feoc`)",
        f"a levy of {passed('price_floor_bloc', 'levy'):.0f} million USD",
        f"treasuries pay {passed('subsidy', 'subsidy'):.0f} million, a third of it to Kedah",
        f"{investment.projects['charged_usd'].sum() / 1e9:.2f} of 5 bn are spent",
        f"{short(GRAPHITE.solved('waiting_for_the_ban'), 'ev'):,.0f} t of vehicle cells".replace(",", " "),
    )
    seen = {kind: sum(month[kind] for month in SEEN.values()) / NORMAL[kind] for kind in NORMAL}
    said = (*said, f"4.00 against {seen['spherical']:.2f} and {seen['flake']:.2f}")
    for sentence in said:
        assert sentence in GRAPHITE.readme


if __name__ == "__main__":
    for title, rows in TABLES.items():
        sys.stdout.write(
            "\n".join([f"<!-- {title} -->", "", *rows(), "", f"<!-- end of {title} -->", "", ""])
        )

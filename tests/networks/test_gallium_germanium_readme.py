"""What the README of `gallium_germanium` says: its facts, its tables, and the two back-tests, computed.

Back-tests: re-routing through third countries, and the loss that the USGS published in 2024.
Run as a module to print the tables: ``python -m tests.networks.test_gallium_germanium_readme``.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from tests.networks.test_gallium_germanium import (
    CHECKS,
    FOLDER,
    ONE_YEAR,
    YEARS,
    flow,
    measured,
    network,
    scaled,
    solved,
    value_of,
)

LETTERS = {"A", "B", "C"}
LOSS = {"measure": "loss", "country": "USA"}

# ---------------------------------------------------------------------------------------------- the files


def entries() -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """Yield entries that hold figures, and the fields whose figures need a source."""
    spec = network().spec
    wanted = {
        "facilities": ("capacity", "cost"),
        "supplies": ("price", "quantity"),
        "lanes": ("cost",),
        "sites": ("",),
        "policies": ("",),
        "processes": ("",),
    }
    for section, fields in wanted.items():
        for key, entry in getattr(spec, section).items():
            yield f"{section}.{key}", entry, fields
    for key, demand in spec.demands.items():
        priced = demand.shortfall_cost is not None
        yield f"demands.{key}", demand, ("quantity", "shortfall_cost") if priced else ("quantity",)
    for key, commodity in spec.commodities.items():
        if commodity.price is not None:
            yield f"commodities.{key}", commodity, ("",)


def test_every_figure_has_a_source_or_a_reason_and_a_confidence():
    for name, entry, fields in entries():
        sources = entry.source or {}
        assert all(sources.get(part) or sources.get("") for part in fields), name
        if not name.startswith("sites."):
            letters = {letter for found in (entry.confidence or {}).values() for letter in found}
            assert letters, name
            assert letters <= LETTERS, name


def test_every_project_has_a_source():
    for key, entry in yaml_scenario("investment").items():
        if key.startswith("projects."):
            assert {"capacity", "capital_cost", "lead_time", "source", "confidence"} <= set(entry), key


def yaml_scenario(name: str) -> dict[str, Any]:
    text = yaml.safe_load((FOLDER / "network.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = text["scenarios"][name]["set"]
    return found


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_figures_have_a_source_and_a_letter_and_the_readme_counts_them():
    figures, sources = rows("figures.csv"), {row["id"] for row in rows("sources.csv")}
    for row in figures:
        assert row["source_id"] in sources, row
        assert row["confidence"] in LETTERS, row
        assert row["value"], row
        assert row["unit"], row
    count = {letter: sum(row["confidence"] == letter for row in figures) for letter in "ABC"}
    assert f"{len(figures)} figures: A {count['A']}, B {count['B']}, C {count['C']}" in readme()


def test_every_source_is_used():
    text = "".join(
        path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir()) if path.name != "sources.csv"
    )
    for row in rows("sources.csv"):
        assert re.search(rf"\b{row['id']}\b", text), f"{row['id']} is used nowhere"
        assert row["publisher"]
        assert row["title"]


def test_alumina_of_the_figures_is_that_of_the_plants():
    """USGS by country in thousand t against the refineries of that country in million t."""
    spec = network().spec
    for row in rows("figures.csv"):
        if row["topic"] == "alumina" and row["item"] in ("USA", "AUS", "CHN", "CAN", "KAZ", "GRC", "IND"):
            made = sum(
                plant.capacity
                for plant in spec.facilities.values()
                if plant.country == row["item"] and "alumina" in spec.processes[plant.process].outputs
            )
            assert made == pytest.approx(float(row["value"]) / 1000), row["item"]


# -------------------------------------------------------------------------------------------- the README


@cache
def readme() -> str:
    return (FOLDER / "README.md").read_text(encoding="utf-8")


def shown(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:.1f}m"
    return "0" if abs(value) < 5e-5 else f"{value:.3g}"


def comparison() -> Iterator[str]:
    """Yield the rows of the README's comparison with the world."""
    yield "| what | from | to | plan | grade | |"
    yield "| --- | ---: | ---: | ---: | --- | --- |"
    for name, check in CHECKS.items():
        topic, what = name.replace("_", " ").split(".")
        low, high, value = (shown(number) for number in (check["low"], check["high"], value_of(check)))
        miss = "missed" if "known_miss" in check else ""
        yield f"| {topic}: {what} | {low} | {high} | {value} | {check['grade']} | {miss} |"


def origins() -> Iterator[str]:
    """Yield the rows of the README's table of American imports by origin."""
    names = ("baseline", "ban_us", "transshipment_prevented", "transshipment")
    yield f"| t from | {' | '.join(f'`{name}`' for name in names)} |"
    yield "| --- |" + " ---: |" * len(names)
    for metal, forms in (
        ("gallium", ["gallium_crude", "gallium_refined"]),
        ("germanium", ["germanium_oxide", "germanium_metal"]),
    ):
        for origin in ("CHN", "BEL", "CAN", "DEU", "JPN", "RUS"):
            check = {"commodity": forms, "from": origin, "to": "USA"}
            cells = [f"{abs(flow(solved(name), check)):.1f}" for name in names]
            if any(cell != "0.0" for cell in cells):
                yield f"| {metal}, {origin} | {' | '.join(cells)} |"


def outcomes() -> Iterator[str]:
    """Yield the rows of the README's table of scenarios."""
    tonnes_of = "gallium short, t | germanium short, t"
    yield f"| scenario | years | cost, m USD | shortfall in it | of the USA | {tonnes_of} |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name in (*ONE_YEAR, *YEARS):
        solution = solved(name)
        table = solution.shortfall
        years = table["period"].nunique()
        lost = table["cost_usd"].sum() / 1e6
        us = table.loc[table["country"].eq("USA"), "cost_usd"].sum() / 1e6
        gallium = table["commodity"].str.startswith("ga")
        germanium = ~gallium & table["sector"].ne("host")
        tonnes = [table.loc[part, "shortfall_t"].sum() for part in (gallium, germanium)]
        cells = [f"{years}", f"{solution.cost / 1e6:,.0f}", f"{lost:,.0f}", f"{us:,.0f}"]
        cells += [f"{abs(part):.1f}" for part in tonnes]
        yield f"| `{name}` | {' | '.join(cells).replace(',', ' ')} |"


def effects() -> Iterator[str]:
    """Yield the rows of the README's table of the published effect against the plan."""
    yield "| bn USD | published | range | plan | error |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    published = {"gallium": 3.1, "germanium": 0.4, "both": 3.4, "gallium_in_semiconductors_alone": 0.4 * 3.1}
    for name, middle in published.items():
        check = CHECKS[f"economic_effect.{name}"]
        value = value_of(check)
        what = "gallium, makers of semiconductors alone" if name.endswith("alone") else name
        error = f"{value / middle - 1:+.0%}".replace("%", " %")
        yield f"| {what} | {middle:.2f} | {check['low']:g} to {check['high']:g} | {value:.2f} | {error} |"


def flat() -> dict[str, Any]:
    """Return a patch that gives every use the mean of its five steps."""
    return {
        f"demands.{key}.shortfall_cost": mean_worth(demand)
        for key, demand in network().spec.demands.items()
        if isinstance(demand.shortfall_cost, tuple)
    }


def mean_worth(demand: Any) -> float:
    """Return the mean of five equal steps: USD per t."""
    return sum(tier.cost for tier in demand.shortfall_cost) / len(demand.shortfall_cost)


def pro_rata(metal: str) -> float:
    """Return the American loss in bn USD if all users outside China lost the same share of the mean worth."""
    table = solved(f"no_net_exports_{metal}").shortfall
    goods = {"gallium": ("gallium_crude", "gallium_refined", "gaas_wafers")}
    is_gallium = table["commodity"].isin(goods["gallium"])
    rest = table["country"].ne("CHN") & table["sector"].ne("host")
    table = table[rest & (is_gallium if metal == "gallium" else ~is_gallium)]
    share = table["shortfall_t"].sum() / table["wanted_t"].sum()
    spec, american = network().spec, table.loc[table["country"].eq("USA"), "demand"]
    worth = sum(spec.demands[key].quantity * mean_worth(spec.demands[key]) for key in american)
    return float(share * worth / 1e9)


def ways() -> Iterator[str]:
    """Yield the rows of the README's table of the same shortage shared out in three ways."""
    yield "| American loss, bn USD | gallium | germanium |"
    yield "| --- | ---: | ---: |"
    metals = ("gallium", "germanium")
    plan = [measured(solved(f"no_net_exports_{metal}"), LOSS) for metal in metals]
    level = [measured(network().solve(f"no_net_exports_{metal}", set=flat()), LOSS) for metal in metals]
    shared = [pro_rata(metal) for metal in metals]
    for what, cells in (
        ("the plan: the least valuable fifths first, everywhere", plan),
        ("the plan without the five steps", level),
        ("no plan: all users outside China lose the same share", shared),
    ):
        yield f"| {what} | {cells[0]:.2f} | {cells[1]:.2f} |"


def test_published_effect_is_that_of_the_figures():
    found = {row["item"]: row for row in rows("figures.csv") if row["topic"] == "gdp_effect"}
    for name, item in (("gallium", "of gallium"), ("germanium", "of germanium"), ("both", "of either")):
        row, check = found[f"no net exports {item}, USA"], CHECKS[f"economic_effect.{name}"]
        assert row["note"] == f"{check['low']} to {check['high']}"
        assert check["low"] < float(row["value"]) < check["high"]


def test_readme_says_what_the_plans_say_of_third_countries_and_ties():
    cost = {name: solved(name).cost / 1e6 for name in ONE_YEAR}
    bought = solved("transshipment").purchases
    traded = bought[bought["supply"].str.startswith("traded_") & bought["bought_t"].gt(1e-6)]
    assert set(traded["supply"]) == {"traded_gallium"}
    tonnes = traded["bought_t"].sum()
    first, last = (
        measured(network().solve("no_net_exports_gallium", set=scaled(factor, "USA")), LOSS)
        for factor in (1.0001, 0.9999)
    )
    for claim in (
        f"`ban_us` costs {round(1e6 * (cost['ban_us'] - cost['baseline']), -3):,.0f} USD".replace(",", " "),
        f"the ban costs {cost['transshipment_prevented'] - cost['baseline']:.0f} m USD",
        f"Traders undo it for {traded['cost_usd'].sum() / 1e6:.1f} m USD",
        f"{tonnes:.0f} t of gallium are all it takes",
        f"its loss is {first:.2f} bn USD, if last {last:.2f}",
    ):
        assert claim in readme(), claim


def test_readme_says_what_is_built_and_what_is_put_away():
    built = solved("investment").projects
    assert set(built["project"]) == {
        *("wagerup_circuit", "metlen_circuit", "stade_circuit", "pavlodar_circuit", "big_hill_ramp_up")
    }
    stocks = solved("stockpile").stocks
    held = stocks[stocks["stockpile"].eq("us_gallium")]["closing_t"].max()
    saved = measured(solved("ban_allies_2027"), LOSS) - measured(solved("stockpile"), LOSS)
    metlen = built.set_index("project")["capacity_t_per_yr"]["metlen_circuit"]
    lost = solved("baseline").disposals
    lost = lost[lost["commodity"].eq("gallium_liquor") & lost["country"].ne("CHN")]["disposed_t"].sum()
    for claim in (
        f"Five projects for {built['charged_usd'].sum() / 1e6:.0f} m USD",
        f"stops\n  at {metlen:.1f} of 50 t",
        f"A reserve** of {held:.0f} t",
        f"saves {saved:.1f} bn USD in America alone",
        f"{round(lost, -2):,.0f} t a year in this network".replace(",", " "),
    ):
        assert claim in readme(), claim


@pytest.mark.parametrize("table", [comparison, origins, outcomes, effects, ways])
def test_readme_shows_the_tables_as_they_are(table):
    name = table.__name__
    block = readme().split(f"<!-- {name} -->")[1].split(f"<!-- end of {name} -->")[0]
    assert block.strip().splitlines() == list(table())


if __name__ == "__main__":
    for part in (comparison, origins, outcomes, effects, ways):
        sys.stdout.write(
            f"<!-- {part.__name__} -->\n\n" + "\n".join(part()) + f"\n\n<!-- end of {part.__name__} -->\n\n"
        )

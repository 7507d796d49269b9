"""What tests ask of every shipped network: each figure sourced, the baseline near the known world.

Bounds stand in ``networks/<id>/expected.yaml``, each with its source, written before the first solve. A bound
with ``known_miss`` must be missed: if it is met one day, the file has to say so.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

import resilience as rs

LETTERS = {"A", "B", "C"}


class Shipped:
    """A shipped network with its folder; solved once per scenario."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = Path(__file__).parents[2] / "networks" / name
        expected = yaml.safe_load((self.folder / "expected.yaml").read_text(encoding="utf-8"))
        self.groups: dict[str, list[str]] = expected.pop("groups")
        self.checks: dict[str, dict[str, Any]] = {
            f"{topic}.{check}": entry for topic, checks in expected.items() for check, entry in checks.items()
        }
        self._solved: dict[str, rs.Solution] = {}

    @cached_property
    def network(self) -> rs.Network:
        return rs.load(self.name)

    def solved(self, scenario: str) -> rs.Solution:
        if scenario not in self._solved:
            self._solved[scenario] = self.network.solve(scenario)
        return self._solved[scenario]

    # ---------------------------------------------------------------------------------------- the bounds

    def commodities(self, names: str | list[str]) -> list[str]:
        return [member for name in listed(names) for member in self.groups.get(name, [name])]

    def output(self, solution: rs.Solution, check: dict[str, Any]) -> float:
        table = solution.outputs
        table = table[table["commodity"].isin(self.commodities(check["commodity"]))]
        if "country" in check:
            table = table[table["country"].isin(listed(check["country"]))]
        if "sites" in check:
            spec = self.network.spec
            site = table["facility"].map(lambda facility: spec.facilities[facility].site or facility)
            table = table[site.isin(listed(check["sites"]))]
        return float(table["output_t"].sum())

    def flow(self, solution: rs.Solution, check: dict[str, Any]) -> float:
        flows = solution.flows
        flows = flows[flows["commodity"].isin(self.commodities(check["commodity"]))]
        leaves, arrives = (
            inside(flows["from_country"], check["from"]),
            inside(flows["to_country"], check["to"]),
        )
        return float(flows.loc[leaves & arrives, "flow_t"].sum())

    def utilisation(self, solution: rs.Solution, check: dict[str, Any]) -> float:
        spec, wanted = self.network.spec, set(self.commodities(check["commodity"]))
        table = solution.production[solution.production["country"].isin(listed(check["country"]))]
        makes = table["process"].map(lambda process: bool(wanted & set(spec.processes[process].outputs)))
        return float(table.loc[makes, "throughput_t"].sum() / table.loc[makes, "capacity_t"].sum())

    def taken(self, solution: rs.Solution, check: dict[str, Any]) -> float:
        spec = self.network.spec
        throughput = solution.production.set_index("facility")["throughput_t"]
        wanted = set(self.commodities(check["commodity"]))
        return sum(
            throughput[facility] * amount
            for facility, entry in spec.facilities.items()
            for commodity, amount in spec.processes[entry.process or ""].inputs.items()
            if commodity in wanted
        )

    def measured(self, solution: rs.Solution, check: dict[str, Any]) -> float:
        kind = check["measure"]
        if kind in ("output", "flow", "utilisation", "taken"):
            return getattr(self, kind)(solution, check)
        if kind == "output_share":
            world = {key: value for key, value in check.items() if key != "country"}
            return self.output(solution, check) / self.output(solution, world)
        if kind == "mix":
            return self.output(solution, check) / self.output(solution, {**check, "commodity": check["of"]})
        if kind == "flow_share":
            return self.flow(solution, check) / self.flow(solution, {**check, "from": f"not {check['to']}"})
        if kind == "shortfall":
            table = solution.shortfall
            return float(table["shortfall_t"].sum() / table["wanted_t"].sum())
        assert kind == "price", kind
        prices = solution.prices.set_index(["site", "commodity"])["price_usd_per_t"]
        return float(prices[check["place"], check["commodity"]])

    def assert_met_or_missed_as_written(self, name: str, scenario: str = "baseline") -> None:
        check = self.checks[name]
        value = self.measured(self.solved(scenario), check)
        meets = check["low"] <= value <= check["high"]
        if "known_miss" in check:
            assert not meets, f"{name} is met now ({value:.6g}): drop its known_miss"
        else:
            assert meets, f"{value:.6g} is outside {check['low']:g} to {check['high']:g} ({check['reason']})"

    def assert_argued(self, name: str) -> None:
        check = self.checks[name]
        assert check["low"] < check["high"]
        assert check["grade"] in ("free", "semi", "imposed")
        assert check["reason"]
        for source in listed(check["source"]):
            assert source.startswith("assumed: ") or source in self.network.spec.sources

    # ------------------------------------------------------------------------------------------ the file

    def entries(self) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
        """Yield entries that hold figures, and the fields whose figures need a source."""
        spec = self.network.spec
        for key, facility in spec.facilities.items():
            fields = ("capacity", "cost", *(["minimum"] if facility.minimum else []))
            yield f"facilities.{key}", facility, fields
        for key, demand in spec.demands.items():
            bought = ("price",) if demand.price is not None else ("quantity", "shortfall_cost")
            yield f"demands.{key}", demand, bought
        for section in ("limits", "ports", "sites", "policies", "supplies"):
            for key, entry in getattr(spec, section).items():
                yield f"{section}.{key}", entry, ("",)
        for key, process in spec.processes.items():
            if process.inputs:
                yield f"processes.{key}", process, ("",)
        for key, lane in spec.lanes.items():
            yield f"lanes.{key}", lane, ("cost",)
        for key, commodity in spec.commodities.items():
            if commodity.price is not None:
                yield f"commodities.{key}", commodity, ("",)

    def without_a_source(self) -> list[str]:
        missing = []
        for name, entry, fields in self.entries():
            sources = entry.source or {}
            missing += [f"{name} {field}" for field in fields if not (sources.get(field) or sources.get(""))]
        return missing

    def without_a_confidence(self) -> list[str]:
        sections = ("facilities", "demands", "lanes", "processes", "commodities", "policies", "supplies")
        return [
            name
            for name, entry, _ in self.entries()
            if name.split(".")[0] in sections
            and not (
                entry.confidence
                and {letter for letters in entry.confidence.values() for letter in letters} <= LETTERS
            )
        ]

    def bare_additions(self, scenario: str) -> list[str]:
        """Return what a scenario adds to the file without a source or a confidence."""
        base, spec = self.network.spec, self.network.formulation(scenario).spec
        return [
            f"{scenario}: {section}.{key}"
            for section in ("hubs", "lanes", "stockpiles", "projects", "limits", "policies")
            for key, entry in getattr(spec, section).items()
            if key not in getattr(base, section) and not (entry.source and entry.confidence)
        ]

    def assert_every_source_is_used(self) -> None:
        text = "".join(
            path.read_text(encoding="utf-8")
            for path in sorted(self.folder.iterdir())
            if path.name != "sources.csv"
        )
        with (self.folder / "sources.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert re.search(rf"\b{row['id']}\b", text), f"{row['id']} is used nowhere"
                assert row["publisher"]
                assert row["title"]

    # ---------------------------------------------------------------------------------------- the README

    @cached_property
    def readme(self) -> str:
        return (self.folder / "README.md").read_text(encoding="utf-8")

    def readme_block(self, name: str) -> list[str]:
        """Return the lines between the markers of a table that a test writes."""
        block = self.readme.split(f"<!-- {name} -->")[1].split(f"<!-- end of {name} -->")[0]
        return block.strip().splitlines()

    def readme_table(self, header: str) -> list[list[str]]:
        lines = self.readme.splitlines()
        start = next(row for row, line in enumerate(lines) if line.startswith("|") and header in line) + 2
        rows = []
        for line in lines[start:]:
            if not line.startswith("|"):
                break
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        return rows

    def comparison(self) -> Iterator[str]:
        """Yield the rows of the README's comparison of the baseline with the world."""
        yield "| what | from | to | baseline | grade | |"
        yield "| --- | ---: | ---: | ---: | --- | --- |"
        for name, check in self.checks.items():
            value = self.measured(self.solved("baseline"), check)
            verdict = "" if check["low"] <= value <= check["high"] else "missed"
            topic, what = name.replace("_", " ").split(".")
            low, high = shown(check["low"]), shown(check["high"])
            yield f"| {topic}: {what} | {low} | {high} | {shown(value)} | {check['grade']} | {verdict} |"


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def inside(countries: pd.Series, wanted: str | list[str]) -> pd.Series:
    """Return which of the countries are meant by ``CHN``, ``[DEU, FRA]`` or ``not CHN``."""
    if isinstance(wanted, str) and wanted.startswith("not "):
        return countries != wanted.removeprefix("not ")
    return countries.isin(listed(wanted))


def number(cell: str) -> float:
    return float(cell.replace(" ", "").replace(",", "") or 0)


def shown(value: float) -> str:
    if value == 0:
        return "0"
    return f"{value:.3f}" if abs(value) < 2 else f"{round(value, -1):,.0f}".replace(",", " ")


def shown_t(value: float) -> str:
    whole = round(value, 3)  # 955 t, give or take rounding noise
    return f"{round(whole, -1):,.0f}".replace(",", " ") if value > 1 else ""

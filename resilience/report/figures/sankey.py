"""From mine to market by country: through which countries every delivered tonne passed.

Width    tonnes delivered to demands, the same unit from left to right: a tonne of magnets is drawn through
         the countries where its leading material was made into metal, separated and mined
Scrap    where what is recycled enters, the path begins, at a source of its own
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from resilience.report import names
from resilience.report.figures.chart import COLOURS, OTHERS, Chart, drawn, safe
from resilience.report.numbers import number, share
from resilience.report.records import title

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]

MOST = 7
"""Countries that a stage shows before the others are added up."""

ALIKE = 1e-9
"""Relative difference below which two stages depend on one country equally much."""

REST, SCRAP, BOUGHT, STOCK, DEMAND = "", "scrap", "bought", "stock", "demand"
"""A country that is all others; stages that the network does not name."""

GAP, EDGE = 0.035, 1e-3
"""Shares of the height between two nodes, and that nodes keep from the edges."""

STARTS = {"buy": BOUGHT, "release": STOCK, "hold": STOCK}
"""What paths begin with that do not begin at a facility, by kind of activity."""


def steps(solution: Solution) -> pd.DataFrame:
    """Return the stops of every delivered tonne.

    Returns
    -------
    DataFrame
        One row a stop: route (a number; routes by the same stops are one), stop (0, 1, ...), stage, country,
        and the tonnes delivered in the end, the same at all stops of a route.
    """
    hops, mass = solution.route_hops(), solution.unit.mass
    if not len(hops):
        return pd.DataFrame(columns=["route", "stop", "stage", "country", "tonnes"])
    rank = {stage: number for number, stage in enumerate(solution.formulation.spec.stages)}
    is_first, kind = hops["hop"].to_numpy() == 1, pd.Categorical(hops["kind"])
    ends, begins = np.asarray(kind == "serve"), is_first & kind.isin(list(STARTS))
    made = np.asarray(kind == "produce") & hops["stage"].isin(list(rank)).to_numpy()
    stops = hops.loc[made | ends | begins, ["kind", "stage", "country"]]
    stops = stops.assign(route=np.cumsum(is_first)[made | ends | begins] - 1)
    told = stops["kind"].map({**STARTS, "serve": DEMAND})
    stops["stage"] = told.where(told.notna(), stops["stage"])
    order = stops["stage"].map({**rank, DEMAND: len(rank)}).fillna(-1)
    route = stops["route"]
    back = order <= order.groupby(route).shift(fill_value=-2)
    laps = back.groupby(route).cumsum()
    kept = stops[laps == laps.groupby(route).transform("max")]
    again = kept[(laps[kept.index] > 0) & ~kept.duplicated("route")].assign(stage=SCRAP)
    whole = pd.concat([again, kept], ignore_index=True).sort_values("route", kind="stable")
    return _by_stops(whole, hops.loc[ends, f"gives_{mass}"].to_numpy())


def _by_stops(stops: pd.DataFrame, tonnes: FloatArray) -> pd.DataFrame:
    """Return the stops with routes by the same stops as one: many months and demands, few ways."""
    keys = ["stage", "country"]
    place, named = stops.groupby(keys).ngroup().to_numpy(), stops[keys].drop_duplicates().sort_values(keys)
    route, number = stops["route"].to_numpy(), stops.groupby("route").cumcount().to_numpy()
    ways = np.full((len(tonnes), int(number.max()) + 1), -1)
    ways[route, number] = place
    ways, which = np.unique(ways, axis=0, return_inverse=True)
    total = np.bincount(which.ravel(), tonnes)
    way, stop = np.nonzero(ways >= 0)
    at = named.iloc[ways[way, stop]].reset_index(drop=True)
    return at.assign(route=way, stop=stop, tonnes=total[way])


def links_of(stops: pd.DataFrame) -> pd.DataFrame:
    """Return tonnes from each stage and country to the next; a stage's small countries added up."""
    total = stops.groupby(["stage", "country"])["tonnes"].sum()
    rank = total.groupby("stage").rank(ascending=False, method="first")
    small = set(rank[rank > MOST].index)
    country = [
        REST if pair in small else pair[1] for pair in zip(stops["stage"], stops["country"], strict=True)
    ]
    stops = stops.assign(country=country)
    groups = stops.groupby("route")
    moved = stops.assign(next_stage=groups["stage"].shift(-1), next_country=groups["country"].shift(-1))
    keys = ["stage", "country", "next_stage", "next_country"]
    return moved.dropna(subset=["next_stage"]).groupby(keys, as_index=False)[["tonnes"]].sum()


def sankey(solution: Solution, key: str = "sankey") -> Chart:
    """Return the Sankey of one scenario."""
    stops = steps(solution)
    return _chart(solution, key, stops, _colours(stops))


def sankeys(solutions: Sequence[Solution], key: str = "sankey") -> list[Chart]:
    """Return the Sankeys of several scenarios, in the same colours."""
    stops = [steps(each) for each in solutions]
    colours = _colours(pd.concat(stops))
    return [
        _chart(each, f"{key}-{place}", own, colours)
        for place, (each, own) in enumerate(zip(solutions, stops, strict=True), 1)
    ]


def _chart(solution: Solution, key: str, stops: pd.DataFrame, colours: Mapping[str, str]) -> Chart:
    spec, mass, scenario = solution.formulation.spec, solution.unit.mass, title(solution.scenario)
    links = links_of(stops)
    links = links[links["tonnes"] > 0]
    nodes = list(
        dict.fromkeys(
            [
                *zip(links["stage"], links["country"], strict=True),
                *zip(links["next_stage"], links["next_country"], strict=True),
            ]
        )
    )
    stages = [stage for stage in spec.stages if stage in {stage for stage, _ in nodes}]
    place = {node: position for position, node in enumerate(nodes)}
    shade = [colours.get(country, OTHERS) for _, country in nodes]
    source = [place[node] for node in zip(links["stage"], links["country"], strict=True)]
    trace = go.Sankey(
        arrangement="snap",
        valueformat=",.0f",
        valuesuffix=f" {mass}",
        node={
            "label": [safe(_called(solution, stage, country)) for stage, country in nodes],
            "color": shade,
            "pad": 12,
            "thickness": 16,
            "line": {"width": 0},
            **_places(nodes, links, stages),
            "customdata": [safe(stage.replace("_", " ")) for stage, _ in nodes],
            "hovertemplate": "%{label}, %{customdata}: %{value}<extra></extra>",
        },
        link={
            "source": source,
            "target": [place[node] for node in zip(links["next_stage"], links["next_country"], strict=True)],
            "value": links["tonnes"].tolist(),
            "color": [_faint(shade[start]) for start in source],
            "hovertemplate": "%{source.label} to %{target.label}: %{value}<extra></extra>",
        },
    )
    heads = [*(stage.replace("_", " ") for stage in stages), "wanted in"]
    figure = drawn([trace], 520, annotations=_heads(heads), margin={"t": 44})
    served = {spec.demands[name].commodity for name in solution.shortfall["demand"]} if len(links) else set()
    found = findings(solution, stops)
    note = (
        f"Width is {mass} delivered, the same from left to right: every delivered tonne is drawn through the "
        "countries where its leading material was mined and made. What is recycled begins as scrap. "
        f"{names.counted(spec, served)}"
    )
    return Chart(key, f"{scenario}: {found[0]}", f"{scenario}: {' '.join(found)}", figure, note.strip())


def findings(solution: Solution, stops: pd.DataFrame) -> list[str]:
    """Return sentences: who leads where most depends on one country, then each stage."""
    spec, mass = solution.formulation.spec, solution.unit.mass
    delivered = float(stops.loc[stops["stage"] == DEMAND, "tonnes"].sum())
    if not delivered:
        return ["nothing is delivered."]
    told: list[tuple[float, str]] = []
    for stage in (stage for stage in spec.stages if stage in set(stops["stage"])):
        by_country = stops[stops["stage"] == stage].groupby("country")["tonnes"].sum()
        first = str(by_country.idxmax())
        part = float(by_country.max()) / delivered
        told.append((part, f"{names.country(spec, first)} ({share(part)}) leads {stage.replace('_', ' ')}"))
    if not told:
        return [f"{number(delivered)} {mass} are delivered."]
    largest = max(part for part, _ in told)
    most = names.listed([text for part, text in told if part >= largest * (1 - ALIKE)])
    return [
        f"of {number(delivered)} {mass} delivered, {most}.",
        f"Of all that is delivered, {names.listed([text for _, text in told])}.",
    ]


def _called(solution: Solution, stage: str, country: str) -> str:
    who = names.country(solution.formulation.spec, country) if country else "others"
    return who if stage not in (SCRAP, BOUGHT, STOCK) else f"{stage}, {who}"


def _places(nodes: list[tuple[str, str]], links: pd.DataFrame, stages: list[str]) -> dict[str, list[float]]:
    """Return where nodes stand: under the head of their stage, the largest on top.

    Left to itself plotly counts steps from the left, so that a path that leaves a stage out would stand under
    the heads of others. It takes no place at the very edge.
    """
    if not nodes:
        return {}
    columns = {stage: position for position, stage in enumerate([*stages, DEMAND])}
    ends = [("stage", "country"), ("next_stage", "next_country")]
    sums = [links.groupby(list(end))["tonnes"].sum().rename_axis([None, None]) for end in ends]
    tonnes = pd.concat(sums, axis=1).max(axis=1).reindex(pd.MultiIndex.from_tuples(nodes)).tolist()
    column = [columns.get(stage, 0) for stage, _ in nodes]
    table = pd.DataFrame({"column": column, "tonnes": tonnes}).sort_values(
        ["column", "tonnes"], ascending=[True, False], kind="stable"
    )
    in_column = table.groupby("column")["tonnes"]
    most = in_column.sum().max()
    room = 1 - GAP * (in_column.size().max() - 1)
    above = (in_column.cumsum() - table["tonnes"] / 2) / most * room + GAP * in_column.cumcount()
    last = max(1, len(columns) - 1)
    return {
        "x": [min(max(each / last, EDGE), 1 - EDGE) for each in column],
        "y": [min(max(each, EDGE), 1 - EDGE) for each in above.sort_index()],
    }


def _heads(heads: list[str]) -> list[dict[str, object]]:
    """Return what stands above the columns, evenly spread."""
    last = max(1, len(heads) - 1)
    return [
        {
            "text": f"<b>{safe(head)}</b>",
            "x": position / last,
            "y": 1.025,
            "xref": "paper",
            "yref": "paper",
            "yanchor": "bottom",
            "xanchor": "left" if position == 0 else "right" if position == last else "center",
            "showarrow": False,
        }
        for position, head in enumerate(heads)
    ]


def _colours(stops: pd.DataFrame) -> dict[str, str]:
    """Return a colour for each of the countries through which most passes."""
    made = stops[stops["stage"] != DEMAND]
    total = made.groupby("country")["tonnes"].sum().sort_values(ascending=False, kind="stable")
    return dict(zip(map(str, total.index), COLOURS, strict=False))


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.38)"

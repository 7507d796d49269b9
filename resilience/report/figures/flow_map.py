"""Who ships what to whom: flows between countries on a map, one stage at a time.

Lines    from where a country's sites stand to where another's do, as wide as the tonnes they carry; the
         arrow in the middle says which way. Flows within a country are not drawn
Units    each stage is counted in tonnes of what it makes, and drawn to a scale of its own, which is the
         same for all scenarios that are shown together
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from resilience.report import names
from resilience.report.figures import coast
from resilience.report.figures.chart import COLOURS, OTHERS, Chart, drawn, safe
from resilience.report.numbers import number
from resilience.report.records import title

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]

SUPPLIED = "bought"
"""What the stage of goods is called that come from no facility."""

WIDEST, CLASSES, STEPS = 11.0, 6, 28
"""Width of the largest flow, how many widths there are, and points along a line."""

BEND = 0.16
"""How far a line bends aside, as a part of its length, so that flows both ways are seen apart."""

ROOM = (17.0, 7.0)
"""Degrees of longitude and latitude that a country's name needs."""


def between_countries(solution: Solution) -> pd.DataFrame:
    """Return what countries ship to each other: stage, from_country, to_country, flow, and of what."""
    flows, mass = solution.flows, f"flow_{solution.unit.mass}"
    abroad = flows[(flows["from_country"] != flows["to_country"]) & (flows[mass] > 0)]
    abroad = abroad[(abroad["from_country"] != "") & (abroad["to_country"] != "")]
    stage = abroad["stage"].where(abroad["stage"] != "", SUPPLIED)
    keys = ["stage", "from_country", "to_country"]
    groups = abroad.assign(stage=stage).groupby(keys, sort=True)
    whole = groups.agg(**{mass: (mass, "sum")}, goods=("commodity", lambda found: tuple(sorted(set(found)))))
    return whole.reset_index().rename(columns={mass: "flow"})


def positions(solution: Solution) -> dict[str, tuple[float, float]]:
    """Return latitude and longitude of countries: the middle of their sites, or their centroid."""
    places = solution.formulation.places
    frame = pd.DataFrame(
        {"country": places.country, "latitude": places.latitude, "longitude": places.longitude}
    ).dropna()
    middle = frame.groupby("country")[["latitude", "longitude"]].median()
    sites = {
        str(code): (float(row[0]), float(row[1]))
        for code, row in zip(middle.index, middle.to_numpy(), strict=True)
    }
    return {**coast.centroids(), **sites}


def flow_map(
    solution: Solution, stage: str | None = None, among: Sequence[Solution] = (), key: str = "map"
) -> Chart:
    """Return the map of one scenario.

    Parameters
    ----------
    solution : Solution
        The plan that is drawn.
    stage : str, optional
        Which stage is shown first; the last one that ships anything abroad if left out.
    among : sequence of Solution
        Scenarios that are drawn beside it: with the same colours and widths.
    key : str
        Name of the chart.
    """
    every = [between_countries(each) for each in (among or (solution,))]
    table, whole = between_countries(solution), pd.concat(every)
    spec, where = solution.formulation.spec, positions(solution)
    stages = [name for name in (SUPPLIED, *spec.stages) if name in set(whole["stage"])]
    shown = stage if stage in stages else (stages[-1] if stages else "")
    traces: list[go.Scatter] = [coast.land()]
    for name in stages:
        of_stage = whole[whole["stage"] == name]
        largest = float(of_stage["flow"].max())
        colours = colour_of(of_stage)
        found = table[table["stage"] == name]
        placed = [code in where for code in found["from_country"]]
        placed = [here and code in where for here, code in zip(placed, found["to_country"], strict=True)]
        traces += stage_traces(solution, found[placed], name, name == shown, where, colours, largest)
    views = {name: finding(solution, table[table["stage"] == name], name) for name in stages}
    figure = drawn(
        traces, 545, **coast.axes(), legend={"y": 0.0, "yanchor": "top", "title": {"text": "from "}}
    )
    words = " ".join(views.values()) or f"Nothing crosses a border in {title(solution.scenario)}."
    note = (
        "Width is tonnes; all scenarios are drawn to the same scale. "
        "Flows within a country are left out. Countries stand in the middle of their sites."
    )
    return Chart(key, views.get(shown, words), words, figure, note, views)


def colour_of(flows: pd.DataFrame) -> dict[str, str]:
    """Return the colours of the largest exporters; all others share one."""
    total = flows.groupby("from_country")["flow"].sum().sort_values(ascending=False, kind="stable")
    return dict(zip(map(str, total.index), COLOURS[:6], strict=False))


def finding(solution: Solution, flows: pd.DataFrame, stage: str) -> str:
    """Return in one sentence what a stage ships abroad, and between whom most."""
    spec, mass, scenario = solution.formulation.spec, solution.unit.mass, title(solution.scenario)
    told = stage.replace("_", " ")
    if not len(flows):
        return f"{scenario}: nothing from {told} crosses a border."
    first = flows.sort_values("flow", ascending=False, kind="stable").iloc[0]
    start, end = (names.country(spec, str(first[name])) for name in ("from_country", "to_country"))
    goods = {key for found in flows["goods"] for key in found}
    basis = sorted({spec.commodities[key].basis for key in goods if key in spec.commodities} - {""})
    counted = f" (in {names.listed([name.removeprefix(f'{mass} ') for name in basis])})" if basis else ""
    return (
        f"{scenario}: {number(float(flows['flow'].sum()))} {mass} from {told} cross a border{counted}, most "
        f"of it from {start} to {end}: {number(float(first['flow']))} {mass}."
    )


def stage_traces(
    solution: Solution,
    flows: pd.DataFrame,
    stage: str,
    visible: bool,
    where: Mapping[str, tuple[float, float]],
    colours: Mapping[str, str],
    largest: float,
) -> list[go.Scatter]:
    """Return the traces of a stage: lines by colour and width, arrows that tell what flows, names."""
    if not len(flows):
        return []
    spec, mass = solution.formulation.spec, solution.unit.mass
    flows = flows.sort_values("flow", ascending=False, kind="stable")
    start = np.array([where[code] for code in flows["from_country"]])
    end = np.array([where[code] for code in flows["to_country"]])
    longitude, latitude = arcs(start, end)
    share = np.sqrt(flows["flow"].to_numpy() / largest)
    width = np.ceil(share * CLASSES) / CLASSES * WIDEST
    colour = np.array([colours.get(code, OTHERS) for code in flows["from_country"]])
    common = {"visible": visible, "meta": {"view": stage}}
    traces: list[go.Scatter] = []
    for shade in dict.fromkeys([*colours.values(), OTHERS]):
        if not (colour == shade).any():
            continue
        who = next((code for code, own in colours.items() if own == shade), "")
        label = safe(names.country(spec, who)) if who else "others"
        traces.append(
            go.Scatter(
                x=[None], y=[None], mode="lines", line={"color": shade, "width": 5}, name=label, **common
            )
        )
        for wide in sorted(set(width[colour == shade].tolist()), reverse=True):
            chosen = (colour == shade) & (width == wide)
            x, y = broken(longitude[chosen], latitude[chosen])
            traces.append(
                go.Scatter(
                    x=x,
                    y=y,
                    mode="lines",
                    opacity=0.75,
                    line={"color": shade, "width": round(wide, 1)},
                    name=label,
                    showlegend=False,
                    hoverinfo="skip",
                    **common,
                )
            )
    middle, after = STEPS // 2, STEPS // 2 + 1
    step = longitude[:, after] - longitude[:, middle], latitude[:, after] - latitude[:, middle]
    told = [
        f"{safe(names.country(spec, one))} to {safe(names.country(spec, other))}<br>"
        f"{number(tonnes)} {mass}: {safe(names.listed([names.commodity(spec, key) for key in goods]))}"
        for one, other, tonnes, goods in zip(
            flows["from_country"], flows["to_country"], flows["flow"].tolist(), flows["goods"], strict=True
        )
    ]
    traces.append(
        go.Scatter(
            x=within(longitude[:, middle]).round(2).tolist(),
            y=latitude[:, middle].round(2).tolist(),
            mode="markers",
            marker={
                "symbol": "triangle-up",
                "size": (7 + 0.7 * width).round(1).tolist(),
                "angle": np.degrees(np.arctan2(step[0], step[1] * coast.STRETCH)).round(1).tolist(),
                "color": colour.tolist(),
                "line": {"color": "#FFFFFF", "width": 0.8},
            },
            text=told,
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
            name="flows",
            **common,
        )
    )
    return [*traces, _labels(solution, flows, where, common)]


def _labels(
    solution: Solution,
    flows: pd.DataFrame,
    where: Mapping[str, tuple[float, float]],
    common: Mapping[str, object],
) -> go.Scatter:
    """Return a dot for each country that ships or receives, with its name where there is room."""
    spec = solution.formulation.spec
    ends = pd.concat([flows["from_country"], flows["to_country"]])
    total = pd.concat([flows["flow"], flows["flow"]]).groupby(ends.to_numpy()).sum()
    codes = [str(code) for code in total.sort_values(ascending=False, kind="stable").index]
    taken: list[tuple[float, float]] = []
    texts = []
    for code in codes:
        latitude, longitude = where[code]
        free = all(abs(longitude - x) > ROOM[0] or abs(latitude - y) > ROOM[1] for y, x in taken)
        texts.append(safe(names.country(spec, code)) if free else "")
        if free:
            taken.append((latitude, longitude))
    return go.Scatter(
        x=within(np.array([where[code][1] for code in codes])).tolist(),
        y=[where[code][0] for code in codes],
        mode="markers+text",
        text=texts,
        textposition="bottom center",
        textfont={"size": 12},
        marker={"size": 6, "color": OTHERS, "line": {"color": "#FFFFFF", "width": 1}},
        hovertext=[safe(names.country(spec, code)) for code in codes],
        hoverinfo="text",
        showlegend=False,
        name="countries",
        **common,
    )


def arcs(start: FloatArray, end: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return bent lines between points, the short way round the world.

    Parameters
    ----------
    start, end : ndarray
        Latitude and longitude, shape (n, 2).

    Returns
    -------
    tuple of ndarray
        Longitudes, beyond the map where a line leaves it, and latitudes; shape (n, `STEPS` + 1).
    """
    across = end[:, 1] - start[:, 1]
    across = across - 360 * np.round(across / 360)
    up = end[:, 0] - start[:, 0]
    along = np.linspace(0, 1, STEPS + 1)
    bend = 4 * BEND * along * (1 - along)
    longitude = start[:, 1, None] + across[:, None] * along - up[:, None] * bend
    latitude = start[:, 0, None] + up[:, None] * along + across[:, None] * bend / coast.STRETCH
    return longitude, latitude


def within(longitude: FloatArray) -> FloatArray:
    """Return longitudes as the map has them.

    Examples
    --------
    >>> within(np.array([192.5, -190.0, 180.0])).tolist()
    [-167.5, 170.0, 180.0]
    """
    return (longitude - coast.EDGE) % 360 + coast.EDGE


def broken(longitude: FloatArray, latitude: FloatArray) -> tuple[list[float | None], list[float | None]]:
    """Return lines one after the other, with None between them and where one leaves the map."""
    x: list[float | None] = []
    y: list[float | None] = []
    turns = np.floor((longitude - coast.EDGE) / 360)
    for line, height, turn in zip(within(longitude), latitude, turns, strict=True):
        before = turn[0]
        for here, there, now in zip(line.round(2).tolist(), height.round(2).tolist(), turn, strict=True):
            if now != before:
                x.append(None)
                y.append(None)
                before = now
            x.append(here)
            y.append(there)
        x.append(None)
        y.append(None)
    return x, y

"""The world's land and where countries are: what a map is drawn on, without any network.

Land       outlines at 1 : 110 million without Antarctica, rounded to a tenth of a degree; longitudes go on
           beyond 180 where a coast crosses the date line
Countries  centroid of the largest part of each, from the outlines at 1 : 10 million; by ISO 3166-1 alpha-3
Source     Natural Earth (public domain), through the npm package world-atlas 2.0.2 (land-110m, countries-10m)
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

import plotly.graph_objects as go

from resilience.report.figures.chart import OTHERS

EDGE = -168.0
"""Longitude at which the map is cut: in the Bering Strait."""

STRETCH = 1.25
"""A degree of latitude as drawn, in degrees of longitude: true at 37 degrees north."""


@cache
def _stored() -> dict[str, dict[str, list[float]] | list[list[float]]]:
    text = resources.files("resilience.report").joinpath("coast.json").read_text(encoding="utf-8")
    stored: dict[str, dict[str, list[float]] | list[list[float]]] = json.loads(text)
    return stored


def centroids() -> dict[str, tuple[float, float]]:
    """Return latitude and longitude of each country by its code.

    Examples
    --------
    >>> centroids()["FRA"]
    (46.6, 2.5)
    """
    found = _stored()["countries"]
    assert isinstance(found, dict)
    return {code: (at[0], at[1]) for code, at in found.items()}


@cache
def outlines() -> tuple[list[float | None], list[float | None]]:
    """Return longitudes and latitudes of the coastlines, with None between two of them."""
    longitude: list[float | None] = []
    latitude: list[float | None] = []
    for ring in _stored()["land"]:
        assert isinstance(ring, list)
        longitude += [*ring[0::2], None]
        latitude += [*ring[1::2], None]
    return longitude, latitude


def land() -> go.Scatter:
    """Return the land as a trace."""
    longitude, latitude = outlines()
    return go.Scatter(
        x=longitude,
        y=latitude,
        mode="lines",
        fill="toself",
        fillcolor="rgba(138,143,152,0.20)",
        line={"color": OTHERS, "width": 0.6},
        hoverinfo="skip",
        showlegend=False,
        name="coastlines",
    )


def axes() -> dict[str, dict[str, object]]:
    """Return plain axes on which degrees are drawn (equirectangular)."""
    common = {"showgrid": False, "zeroline": False, "showticklabels": False, "fixedrange": True}
    return {
        "xaxis": {**common, "range": [EDGE, EDGE + 360], "constrain": "domain"},
        "yaxis": {**common, "range": [-56, 78], "scaleanchor": "x", "scaleratio": STRETCH},
    }

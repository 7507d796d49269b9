"""Distances between sites: great circle, or by sea from port to port with legs inland.

Distances by sea come with the network; none is searched for here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resilience.formulation.places import Places
from resilience.grammar.sections import Spec

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

EARTH_RADIUS = 6371.0088
"""Mean radius in km (IUGG)."""
MOST_NAMED = 5
"""How many missing distances a message lists."""


def great_circle(
    latitude: FloatArray, longitude: FloatArray, other_latitude: FloatArray, other_longitude: FloatArray
) -> FloatArray:
    """Return great-circle distances in km, by the haversine formula.

    Examples
    --------
    >>> quarter = great_circle(np.array([0.0]), np.array([0.0]), np.array([90.0]), np.array([0.0]))
    >>> quarter.round(0).tolist()
    [10008.0]
    """
    one, other = np.radians(latitude), np.radians(other_latitude)
    half = np.sin((other - one) / 2) ** 2
    half = half + np.cos(one) * np.cos(other) * np.sin(np.radians(other_longitude - longitude) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def direct_km(places: Places, start: IntArray, end: IntArray) -> FloatArray:
    """Return great-circle distances in km between sites; NaN where a location is unknown."""
    if np.isnan(places.latitude).all():
        return np.full(len(start), np.nan)
    return great_circle(
        places.latitude[start], places.longitude[start], places.latitude[end], places.longitude[end]
    )


@dataclass(frozen=True, eq=False)
class Distances:
    """Sites, their ports, and the table of distances between ports.

    Parameters
    ----------
    places : Places
        The sites.
    port : ndarray of int64
        Number of each site's port; -1 for none.
    port_names : tuple of str
        Names of the ports.
    to_port : ndarray
        Km from each site to its port; 0 where a location is unknown.
    by_sea : ndarray, shape (n_ports, n_ports)
        Km; NaN where the table has none.
    """

    places: Places
    port: IntArray
    port_names: tuple[str, ...]
    to_port: FloatArray
    by_sea: FloatArray

    @classmethod
    def of(cls, spec: Spec, places: Places) -> Distances:
        """Gather what is needed from a network."""
        names = tuple(spec.ports)
        index = {name: number for number, name in enumerate(names)}
        port = np.array([index.get(name, -1) for name in places.port], dtype=np.int64)
        degrees = np.array(
            [spec.ports[name].location or (np.nan, np.nan) for name in names] or [(np.nan, np.nan)]
        )
        to_port = great_circle(places.latitude, places.longitude, degrees[port, 0], degrees[port, 1])
        by_sea = np.full((len(names), len(names)), np.nan)
        np.fill_diagonal(by_sea, 0.0)
        for entry in spec.sea_distances:
            one, other = index[entry.from_], index[entry.to]
            by_sea[one, other] = by_sea[other, one] = entry.distance
        return cls(places, port, names, np.nan_to_num(to_port), by_sea)

    def between(self, start: IntArray, end: IntArray, mode: str) -> tuple[FloatArray, FloatArray, list[str]]:
        """Return km of the main leg, km inland, and what is missing, in words."""
        direct = direct_km(self.places, start, end)
        if mode == "great_circle":
            return np.nan_to_num(direct), np.zeros(len(start)), self._without_location(direct, start, end)
        same = (self.port[start] == self.port[end]) & (self.port[start] >= 0)
        sailed = (
            self.by_sea[self.port[start], self.port[end]]
            if len(self.port_names)
            else np.full(len(start), np.nan)
        )
        sailed = np.where((self.port[start] < 0) | (self.port[end] < 0), np.nan, sailed)
        main = np.where(same, 0.0, sailed)
        inland = np.where(same, np.nan_to_num(direct), self.to_port[start] + self.to_port[end])
        return np.nan_to_num(main), inland, self._without_route(main, start, end)

    def _without_location(self, km: FloatArray, start: IntArray, end: IntArray) -> list[str]:
        ends = np.unique(np.concatenate([start[np.isnan(km)], end[np.isnan(km)]]))
        lost = [self.places.names[site] for site in ends if np.isnan(self.places.latitude[site])]
        return [f"a great-circle distance needs a location at {_some(lost)}"] if lost else []

    def _without_route(self, main: FloatArray, start: IntArray, end: IntArray) -> list[str]:
        missing = np.isnan(main)
        ends = np.unique(np.concatenate([start[missing], end[missing]]))
        portless = [self.places.names[site] for site in ends if self.port[site] < 0]
        if portless:
            return [f"a distance by sea needs a `port` at {_some(portless)}"]
        names = self.port_names
        pairs = sorted(
            {
                " - ".join(sorted((names[self.port[one]], names[self.port[other]])))
                for one, other in zip(start[missing], end[missing], strict=True)
            }
        )
        return [f"`sea_distances:` has no distance for {_some(pairs)}"] if pairs else []


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else f"{shown} and {len(names) - MOST_NAMED} more"

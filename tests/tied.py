"""Random networks of which many plans cost the same: few different costs, lanes in pairs, no losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.networks_random import Shape, network_of


def with_ties(shape: Shape) -> dict[str, Any]:
    """Return the layered network of a shape with small whole costs; some of its sites have a location."""
    random = np.random.default_rng(shape.seed + 2)
    data = network_of(shape)
    for entry in data["facilities"].values():
        entry["cost"] = float(random.integers(1, 3))
        entry["yield"] = 1.0
        if random.random() < 0.7:
            entry["location"] = [float(random.integers(-2, 3)), float(random.integers(-2, 3))]
    for lane in data["lanes"]:
        lane.update(cost=float(random.integers(1, 3)), loss=0.0, capacity=float(random.integers(5, 40)))
        if random.random() < 0.2:
            lane["cost"] = {
                "fixed": lane["cost"],
                "distance": float(random.integers(1, 4)),
                "per_tonne_km": 0.0,
            }
    data["lanes"] += [dict(lane) for lane in data["lanes"] if random.random() < 0.2]
    for demand in data["demands"].values():
        if "price" not in demand:
            demand["shortfall_cost"] = 5000.0
    return data

"""A network and what-ifs of every kind, shared by the tests of this folder and of the sweep."""

from __future__ import annotations

from typing import Any

import resilience as rs
from tests.small import AWAY, HOME, THIRD, lane, mine, network, want

LATE = 1.0 / 7.0
"""A number without an exact binary form."""


def three_countries(**more: Any) -> rs.Network:
    """Ore at home 10, away 20 USD/t; a works away and one at home; metal or nothing at 500 USD/t."""
    return network(
        stages=["mining", "smelting"],
        commodities={"ore": {"price": 10}, "metal": {"price": 60}},
        facilities={
            "near": mine(HOME, stage="mining", capacity=50, cost=10),
            "far": mine(AWAY, stage="mining", capacity=30, cost=20),
            "works": {
                "country": THIRD,
                "stage": "smelting",
                "inputs": {"ore": 2},
                "outputs": {"metal": 1},
                "capacity": 25,
                "cost": 5,
            },
        },
        demands={
            "city": want(20, THIRD, "metal", shortfall_cost=500),
            "port": want(4, HOME, "metal", shortfall_cost=90),
        },
        lanes={
            "ore": lane({"stage": "mining"}, "works", cost=1),
            "metal": lane("works", {"kind": "demand"}, "metal", cost=2),
        },
        policies={
            "duty": {"type": "tariff", "importer": THIRD, "origin": HOME, "rate": 0.1},
            "closed": {"type": "export_restriction", "from": HOME},
        },
        scenarios={
            "usual": {"policies": ["duty"]},
            "closed": {"extends": "usual", "policies": ["closed"]},
            "short": {"set": {"facilities.far.capacity": 5}, "policies": ["closed"]},
        },
        **more,
    )


def questions() -> list[Any]:
    """Return what-ifs of every kind that the sweep takes."""
    return [
        None,
        "closed",
        "short",
        rs.WhatIf("", name="alone"),
        {"facilities.near.capacity": 30},
        {"facilities.near.capacity": 0, "demands.city.quantity": 100 * LATE},
        {"demands.city.shortfall_cost": LATE, "facilities.works.cost": 2},
        ("closed", {"policies.closed.cut": 0.4}),
        rs.ExportRestriction(from_=HOME, cut=0.25),
        rs.ExportRestriction(from_=HOME, cut=0.25, basis="capacity"),
        rs.Outage(facility="works", cut=0.5),
        [rs.Outage(country=AWAY), rs.SourcingCap(consumer=THIRD, commodities=["ore"], share=0.6)],
        ("closed", rs.Outage(facility="far", cut=LATE), {"facilities.far.cost": 1}),
        {"facilities.works.yield": 0.9},
        {"facilities.near.capacity": -1},
        rs.Outage(country="XDD"),
    ]

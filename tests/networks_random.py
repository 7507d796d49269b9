"""Random networks in layers, as the plain data that `Network.from_dict` takes.

Mines with rising cost, supplies, a port, processing with yields and a co-product, manufacturing,
recycling of swarf, demands that may fall short and an outlet, over several periods with lead times.
They always have a plan: no demand must be met, and what a minimum forces out of a mine may be thrown
away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

COUNTRIES = ("XAA", "XBB", "XCC", "XDD")


@dataclass(frozen=True)
class Shape:
    """What a random network has."""

    seed: int
    mines: int = 2
    plants: int = 2
    makers: int = 2
    demands: int = 2
    periods: int = 1
    recycles: bool = False
    has_co_product: bool = True
    lead: int = 0
    has_port: bool = False
    has_minimums: bool = False
    has_stockpile: bool = False
    has_project: bool = False
    rule: str = ""
    """"", "demand" (the first demand has an origin rule) or "policy" (which scenario `ruled` turns on)."""


@st.composite
def shapes(draw: st.DrawFn, **fixed: Any) -> Shape:
    """Draw the shape of a network; what is fixed is not drawn, and stocks, projects and rules never are."""
    size = st.integers(1, 3)
    fields: dict[str, Any] = {
        "seed": st.integers(0, 10**6),
        "mines": size,
        "plants": size,
        "makers": size,
        "demands": size,
        "periods": size,
        "recycles": st.booleans(),
        "has_co_product": st.booleans(),
        "lead": st.integers(0, 2),
        "has_port": st.booleans(),
        "has_minimums": st.booleans(),
    }
    drawn = {name: fixed.get(name, draw(field)) for name, field in fields.items()}
    return Shape(**{**fixed, **drawn})


def network_of(shape: Shape) -> dict[str, Any]:
    """Return the network of a shape; the same shape gives the same network."""
    random = np.random.default_rng(shape.seed)

    def number(low: float, high: float) -> float:
        return float(np.round(random.uniform(low, high), 3))

    def country() -> str:
        return str(random.choice(COUNTRIES))

    facilities: dict[str, Any] = {}
    for n in range(shape.mines):
        facilities[f"mine_{n}"] = {
            "country": country(),
            "stage": "mining",
            "outputs": {"ore": 1},
            "capacity": number(20, 120),
            "minimum": number(5, 20) if shape.has_minimums else 0,
            "cost": _rising(number(5, 20), number(10, 40)) if n == 0 else number(5, 30),
        }
    oxides = {"oxide": 0.25, "by": 0.11} if shape.has_co_product else {"oxide": 0.25}
    for n in range(shape.plants):
        facilities[f"plant_{n}"] = {
            "country": country(),
            "stage": "processing",
            "inputs": {"ore": 1, "acid": 0.3},
            "outputs": oxides,
            "yield": number(0.8, 1.0),
            "capacity": number(20, 100),
            "cost": number(2, 9),
        }
    magnets = {"magnet": 1, "swarf": 0.4} if shape.recycles else {"magnet": 1}
    for n in range(shape.makers):
        facilities[f"maker_{n}"] = {
            "country": country(),
            "stage": "making",
            "inputs": {"oxide": 0.5, "by": 0.02} if shape.has_co_product else {"oxide": 0.5},
            "outputs": magnets,
            "capacity": number(5, 40),
            "cost": number(20, 50),
        }
    if shape.recycles:
        facilities["recycler"] = {
            "country": country(),
            "stage": "processing",
            "inputs": {"swarf": 1},
            "outputs": {"oxide": 0.45},
            "capacity": number(1, 20),
            "cost": number(1, 3),
        }
    supplies = {
        "acid_market": {"country": country(), "commodity": "acid", "price": number(1, 3)},
        "oxide_market": {
            "country": country(),
            "commodity": "oxide",
            "price": _rising(number(100, 200), number(2, 6)),
            "quantity": number(1, 9),
        },
    }
    demands: dict[str, Any] = {
        f"demand_{n}": {
            "country": country(),
            "sector": "any",
            "commodity": "magnet",
            "quantity": number(3, 30),
            "shortfall_cost": number(2000, 9000),
        }
        for n in range(shape.demands)
    }
    if shape.has_co_product:
        demands["by_outlet"] = {
            "country": country(),
            "commodity": "by",
            "quantity": number(1, 5),
            "price": number(50, 90),
        }
    whole = {
        "horizon": {"start": 2025, "periods": shape.periods, "step": "year"},
        "stages": ["mining", "processing", "making"],
        "countries": {name: {} for name in COUNTRIES},
        "blocs": {"allies": ["XAA", "XBB"]},
        "commodities": {name: {} for name in ("acid", "by", "magnet", "ore", "oxide", "swarf")},
        "facilities": facilities,
        "supplies": supplies,
        "demands": demands,
        "hubs": {
            "port": {"country": "XPP", "passes": ["ore"], "capacity": number(30, 150), "cost": number(0, 2)}
        }
        if shape.has_port
        else {},
        "lanes": _lanes(shape, list(facilities), list(demands), number),
    }
    return _with_more(shape, whole)


def _with_more(shape: Shape, network: dict[str, Any]) -> dict[str, Any]:
    """Return a network with a stockpile, a project and an origin rule, as far as its shape has them.

    They have a random generator of their own: a network without any is the one that it always was.
    """
    random = np.random.default_rng(shape.seed + 1)
    if shape.has_stockpile:
        network["stockpiles"] = {
            "vault": {
                "site": "maker_0",
                "commodity": "oxide",
                "capacity": float(random.uniform(1, 20)),
                "holding_cost": float(random.uniform(0, 5)),
                "decay": float(random.uniform(0, 0.3)),
                "max_release": float(random.uniform(1, 20)),
            }
        }
    if shape.has_project:
        network["projects"] = {
            "extension": {
                "facility": "maker_0",
                "capacity": float(random.uniform(1, 20)),
                "capital_cost": float(random.uniform(100, 20_000)),
                "lead_time": int(random.integers(0, 2)),
                "ramp": [0.5, 1],
            }
        }
        network["policies"] = {
            "purse": {"type": "budget", "project": "extension", "amount": float(random.uniform(50, 9_000))}
        }
        network["scenarios"] = {"tight": {"policies": ["purse"]}}
    rule: dict[str, Any] = {"exclude": [str(random.choice(COUNTRIES))]}
    if random.random() < 0.5:
        rule["stages"] = [str(random.choice(network["stages"]))]
    if shape.rule == "demand":
        network["demands"]["demand_0"]["origin"] = rule
    if shape.rule == "policy":
        network.setdefault("policies", {})["rule"] = {"type": "origin_rule", "demand": "demand_0", **rule}
        network.setdefault("scenarios", {})["ruled"] = {"policies": ["rule"]}
    return network


def _rising(start: float, width: float) -> list[dict[str, float]]:
    return [{"capacity": width, "cost": start}, {"cost": round(start * 1.7, 3)}]


def _lanes(shape: Shape, facilities: list[str], demands: list[str], number: Any) -> list[dict[str, Any]]:
    """Return a lane between every two that fit, each at its own cost."""
    kinds = {
        kind: [name for name in facilities if name.startswith(kind)] for kind in ("mine", "plant", "maker")
    }
    recyclers = ["recycler"] if shape.recycles else []
    pairs = [(mine, plant, "ore") for mine in kinds["mine"] for plant in kinds["plant"]]
    if shape.has_port:
        pairs = [(mine, plant, "ore") for mine, plant, _ in pairs if mine == "mine_0"]
        pairs += [(mine, "port", "ore") for mine in kinds["mine"]]
        pairs += [("port", plant, "ore") for plant in kinds["plant"]]
    pairs += [("acid_market", plant, "acid") for plant in kinds["plant"]]
    for maker in kinds["maker"]:
        pairs += [(start, maker, "oxide") for start in [*kinds["plant"], *recyclers, "oxide_market"]]
        if shape.has_co_product:
            pairs += [(plant, maker, "by") for plant in kinds["plant"]]
        pairs += [(maker, end, "magnet") for end in demands if end != "by_outlet"]
        pairs += [(maker, end, "swarf") for end in recyclers]
    if shape.has_co_product:
        pairs += [(plant, "by_outlet", "by") for plant in kinds["plant"]]
    return [
        {
            "from": start,
            "to": end,
            "commodity": good,
            "cost": number(1, 12),
            "loss": number(0, 0.05),
            "lead_time": shape.lead if good == "ore" and start != "port" else 0,
            "capacity": number(5, 60),
        }
        for start, end, good in pairs
    ]

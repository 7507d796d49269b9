"""Random networks for laws: those in layers with limits and policies on top, and plain lossless ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.networks_random import Shape, network_of, shapes

SCENARIOS = ("banned", "cut", "everything", "quota", "stopped", "taxed")


def with_policies(shape: Shape) -> dict[str, Any]:
    """Return the layered network of a shape, with rules, limits, policies and scenarios of every kind.

    XAA mines, XBB and XCC process and make, so that every policy finds something.
    """
    random = np.random.default_rng(shape.seed + 1)
    data = network_of(shape)
    for key, country in (("mine_0", "XAA"), ("plant_0", "XBB"), ("maker_0", "XCC")):
        data["facilities"][key]["country"] = country
    data["demands"]["demand_0"]["country"] = "XBB"
    for entry in data["commodities"].values():
        entry.update(price=float(random.integers(10, 90)), disposal_cost=float(random.integers(0, 2)))
    by_rule = ("maker_0", "magnet")  # in two modes, both of which are used
    data["lanes"] = [lane for lane in data["lanes"] if (lane["from"], lane["commodity"]) != by_rule]
    twice = next(lane for lane in data["lanes"] if (lane["from"], lane["to"]) == ("plant_0", "maker_0"))
    data["lanes"] += [
        {**twice, "cost": twice["cost"] + 1.0, "loss": 0.02, "capacity": 4.0},
        {"from": {"stage": "making"}, "to": {"kind": "demand"}, "commodity": "magnet", "cost": 30.0},
        {"from": "maker_0", "to": {"sector": "any"}, "commodity": "magnet", "cost": 3.0, "capacity": 2.5},
        {"from": {"stage": "mining"}, "to": "plant_0", "commodity": "ore", "cost": 25.0, "loss": 0.1},
        {
            "from": ["mine_0"],
            "to": {"stage": "processing"},
            "commodity": "ore",
            "cost": 25.0,
            "capacity": 9.0,
        },
    ]
    data["limits"] = {
        "ore_roads": {"over": {"lane": {"commodity": "ore"}}, "at_most": float(random.integers(20, 99))},
        "energy": {
            "over": [
                {"facility": {"stage": "processing"}, "weight": 2},
                {"facility": "maker_0", "weight": 0.5},
            ],
            "at_most": float(random.integers(50, 300)),
        },
        "blend": {
            "over": [
                {"lane": {"from": "mine_0"}, "weight": -0.3},
                {"lane": {"to": {"stage": "processing"}}, "weight": 0.25},
            ],
            "at_least": float(-random.integers(1, 9)),
        },
    }
    data["policies"] = {
        "ban": {"type": "export_restriction", "from": "XAA", "to": "XBB", "commodities": "ore"},
        "less": {"type": "export_restriction", "from": "XAA", "cut": float(random.integers(0, 10)) / 10},
        "quota": {"type": "export_restriction", "from": "XAA", "quota": float(random.integers(0, 40))},
        "duty": {"type": "tariff", "importer": ["XBB", "XDD"], "rate": float(random.integers(0, 9)) / 10},
        "stop": {
            "type": "outage",
            "facility": ["plant_0", "mine_0"],
            "cut": float(random.integers(0, 11)) / 10,
        },
    }
    data["scenarios"] = {
        "base_case": {"policies": ["duty"]},
        "banned": {"extends": "base_case", "policies": ["ban"]},
        "quota": {"policies": ["quota"]},
        "taxed": {"extends": "base_case"},
        "cut": {"extends": "taxed", "policies": ["less"]},
        "stopped": {"policies": ["stop"], "set": {"facilities": {"plant_0": {"cost": 4.5}}}},
        "everything": {"extends": "banned", "policies": ["less", "quota", "stop"]},
    }
    return data


layered = shapes().map(with_policies)


@dataclass(frozen=True)
class Lossless:
    """A network of whole numbers without losses: what min-cost flow algorithms are about.

    Parameters
    ----------
    supply : mapping from node to (most, price)
    demand : mapping from node to (quantity, shortfall cost)
    edges : tuple of (start, end, capacity, cost)
    """

    supply: dict[str, tuple[int, int]]
    demand: dict[str, tuple[int, int]]
    edges: tuple[tuple[str, str, int, int], ...]

    def sections(self) -> dict[str, Any]:
        """Return it as a network of ours."""
        inner = {node for edge in self.edges for node in edge[:2]} - {*self.supply, *self.demand}
        return {
            "commodities": {"goods": {}},
            "supplies": {
                node: {"country": "XAA", "commodity": "goods", "quantity": most, "price": price}
                for node, (most, price) in self.supply.items()
            },
            "hubs": {node: {"passes": "goods"} for node in inner},
            "demands": {
                node: {"country": "XAA", "commodity": "goods", "quantity": quantity, "shortfall_cost": cost}
                for node, (quantity, cost) in self.demand.items()
            },
            "lanes": [
                {"from": start, "to": end, "commodity": "goods", "capacity": capacity, "cost": cost}
                for start, end, capacity, cost in self.edges
            ],
        }


@st.composite
def lossless_networks(draw: st.DrawFn) -> Lossless:
    """Draw up to 3 sources, 4 places between and 3 sinks, any of which may be joined, both ways too."""
    whole = st.integers(0, 20)
    sources = [f"s{number}" for number in range(draw(st.integers(1, 3)))]
    inner = [f"h{number}" for number in range(draw(st.integers(0, 4)))]
    sinks = [f"t{number}" for number in range(draw(st.integers(1, 3)))]
    nodes = [*sources, *inner, *sinks]
    starts = draw(
        st.lists(st.tuples(st.sampled_from(nodes), st.sampled_from(nodes)), min_size=1, max_size=24)
    )
    pairs = [(source, sinks[0]) for source in sources] + [pair for pair in starts if pair[0] != pair[1]]
    edges = [(start, end, draw(whole), draw(whole)) for start, end in pairs]
    fed = {*sources, *inner}
    for _ in sinks:  # a lane that starts where nothing comes is an error
        fed |= {end for start, end in pairs if start in fed}
    return Lossless(
        {node: (draw(whole), draw(whole)) for node in sources},
        {node: (draw(whole), draw(st.integers(0, 99))) for node in sinks},
        tuple(edge for edge in edges if edge[0] in fed),
    )

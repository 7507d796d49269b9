"""One small network per activity kind, policy and limit, and its program as a text to read.

The text is an LP file, which HiGHS reads. `python -m tests.golden` writes all of them anew; what changed
is then reviewed by hand, with the line "Look at" for a start.
"""

from __future__ import annotations

from pathlib import Path

from tests.golden.golden import Golden
from tests.golden.instruments import INSTRUMENTS, STRUCTURES
from tests.small import lane, mine, want

FOLDER = Path(__file__).parent


PROGRAMS: dict[str, Golden] = {
    "produce": Golden(
        "0.9 x 0.5 = 0.45 of metal and 1.35 of slag for 2 of ore; tiers of 6 t at 3 and more at 5, together "
        "4 <= throughput <= 10 in 2025 and 12 in 2026",
        {
            "horizon": {"start": 2025, "periods": 2},
            "commodities": ["ore", "metal", "slag"],
            "processes": {
                "smelting": {"inputs": {"ore": 2}, "outputs": {"metal": 1, "slag": 3}, "yield": 0.9}
            },
            "facilities": {
                "smelter": {
                    "country": "XAA",
                    "process": "smelting",
                    "yield": 0.5,
                    "capacity": {2025: 10, 2026: 12},
                    "minimum": 4,
                    "cost": [{"capacity": 6, "cost": 3}, {"cost": 5}],
                }
            },
            "supplies": {"pit": {"site": "smelter", "commodity": "ore", "price": 0}},
        },
    ),
    "buy": Golden(
        "6 t a year at 10 and the rest at 12, 24 t a year in all: in months 0.5 and 2 t",
        {
            "horizon": {"start": 2025, "periods": 1, "step": "month"},
            "supplies": {
                "trader": {
                    "country": "XAA",
                    "commodity": "ore",
                    "quantity": 24,
                    "price": [{"capacity": 6, "cost": 10}, {"cost": 12}],
                }
            },
        },
    ),
    "ship": Golden(
        "0.75 arrives a year later, nothing of what leaves in 2026; cost 1 + 4 x 0.75 for the port, whose "
        "capacity counts what arrives; 1 <= flow <= 8",
        {
            "horizon": {"start": 2025, "periods": 2},
            "facilities": {"mine": mine()},
            "hubs": {"port": {"passes": "ore", "capacity": 5, "cost": 4}},
            "demands": {"user": want(3, shortfall_cost=50)},
            "lanes": [
                lane("mine", "port", cost=1, loss=0.25, lead_time=1, capacity=8, minimum=1),
                lane("port", "user"),
            ],
        },
    ),
    "serve": Golden(
        "a demand of 7 t; an outlet that pays 9 for 2 t and 6 for 4 more, up to 5 t in all",
        {
            "sites": {"works": {"country": "XAA"}},
            "facilities": {"mine": {"site": "works", "outputs": {"ore": 1}, "cost": 1}},
            "demands": {
                "user": {"site": "works", "commodity": "ore", "quantity": 7},
                "outlet": {
                    "site": "works",
                    "commodity": "ore",
                    "quantity": 5,
                    "price": [{"capacity": 2, "cost": 9}, {"capacity": 4, "cost": 6}],
                },
            },
        },
    ),
    "short": Golden(
        "7 t may be short, 3 of them at 20 and the others at 80; `must` may not be short at all",
        {
            "facilities": {"mine": mine()},
            "demands": {
                "may": want(7, shortfall_cost=[{"capacity": 3, "cost": 20}, {"cost": 80}]),
                "must": want(2),
            },
            "lanes": [lane("mine", {"kind": "demand"})],
        },
    ),
    "dispose": Golden(
        "a tonne of slag costs 2 to get rid of where it is made and where it is brought, metal nothing; "
        "no disposal of metal at the user, where none arrives",
        {
            "commodities": {"metal": {}, "slag": {"disposal_cost": 2}},
            "facilities": {"smelter": {"country": "XAA", "outputs": {"metal": 1, "slag": 3}}},
            "hubs": {"dump": {"passes": "slag"}},
            "demands": {"user": want(1, commodity="metal", shortfall_cost=5)},
            "lanes": [lane("smelter", "dump", "slag")],
        },
    ),
    "limit": Golden(
        "weights of either sign against a bound of 0, in both years; the hub's term counts the 0.5 that "
        "arrives, with weight 2; one row for the whole horizon",
        {
            "horizon": {"start": 2025, "periods": 2},
            "facilities": {"poor": mine(), "rich": mine()},
            "hubs": {"port": {"passes": "ore"}},
            "demands": {"user": want(1)},
            "lanes": [lane({"kind": "facility"}, "port", loss=0.5), lane("port", "user")],
            "limits": {
                "grade": {
                    "over": [{"facility": "poor", "weight": -0.25}, {"facility": "rich", "weight": 0.5}],
                    "at_least": 0,
                },
                "port_total": {"over": {"hub": "port", "weight": 2}, "at_most": 30, "over_horizon": True},
            },
        },
    ),
    "export_restriction": Golden(
        "the quota of 5 t is one row over both lanes of ore abroad, the lane at home is not in it; salt is "
        "banned: its lane ends at 0",
        {
            "commodities": ["ore", "salt"],
            "facilities": {"mine": mine("XAA"), "pan": mine("XAA", commodity="salt")},
            "demands": {
                "home": want(1, "XAA"),
                "abroad": want(2, "XBB"),
                "far": want(3, "XCC"),
                "eater": want(4, "XBB", commodity="salt", shortfall_cost=9),
            },
            "lanes": [lane({"kind": "facility"}, {"kind": "demand"}, ["ore", "salt"])],
            "policies": {
                "quota": {"type": "export_restriction", "from": "XAA", "commodities": "ore", "quota": 5},
                "ban": {"type": "export_restriction", "from": "XAA", "commodities": "salt"},
            },
            "scenarios": {"cut": {"policies": ["quota", "ban"]}},
        },
        "cut",
    ),
    "tariff": Golden(
        "10 % of 100 + 4 freight (c.i.f.) from XAA on top of 3 per t from everybody abroad; nothing at home",
        {
            "commodities": {"ore": {"price": 100}},
            "facilities": {"a": mine("XAA"), "b": mine("XBB"), "c": mine("XCC")},
            "demands": {"user": want(1, "XBB")},
            "lanes": [lane({"kind": "facility"}, "user", cost=4)],
            "policies": {
                "by_value": {
                    "type": "tariff",
                    "importer": "XBB",
                    "origin": "XAA",
                    "rate": 0.1,
                    "basis": "cif",
                },
                "by_weight": {"type": "tariff", "importer": "XBB", "specific": 3},
            },
            "scenarios": {"taxed": {"policies": ["by_value", "by_weight"]}},
        },
        "taxed",
    ),
    "outage": Golden(
        "three quarters of the mine are out: 1 <= level <= 2 of 4 to 8; both tiers and their capacity are "
        "quartered; the lane from the mine and the hub are shut",
        {
            "facilities": {
                "mine": mine(minimum=4, capacity=8),
                "tiered": mine(capacity=12, cost=[{"capacity": 4, "cost": 1}, {"cost": 2}]),
            },
            "hubs": {"port": {"passes": "ore"}},
            "demands": {"user": want(1, shortfall_cost=9)},
            "lanes": [lane({"kind": "facility"}, "port"), lane("port", "user"), lane("tiered", "user")],
            "policies": {
                "most": {"type": "outage", "facility": ["mine", "tiered"], "cut": "75%"},
                "port": {"type": "outage", "facility": "port"},
                "road": {"type": "outage", "lane": {"from": "mine"}},
            },
            "scenarios": {"stopped": {"policies": ["most", "port", "road"]}},
        },
        "stopped",
    ),
    **STRUCTURES,
    **INSTRUMENTS,
}


def path_of(name: str) -> Path:
    return FOLDER / f"{name}.lp"


def write_all() -> None:
    for name, golden in PROGRAMS.items():
        path_of(name).write_text(golden.text(), encoding="utf-8")

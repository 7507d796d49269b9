"""Golden programs of stocks, projects, origin layers and policy instruments; see `programs`."""

from __future__ import annotations

from typing import Any

from tests.golden.golden import Golden
from tests.small import lane, mine, want


def _policy(look_at: str, policies: dict[str, dict[str, Any]], **sections: Any) -> Golden:
    """Return a program with all of the policies in force."""
    return Golden(
        look_at, {**sections, "policies": policies, "scenarios": {"on": {"policies": [*policies]}}}, "on"
    )


_VAULT = {
    "horizon": {"start": 2025, "periods": 2, "step": "quarter"},
    "supplies": {"market": {"country": "XBB", "commodity": "ore", "price": 10}},
    "demands": {"user": want(4, shortfall_cost=50)},
    "lanes": [lane("market", "user")],
}
_POOL = {
    "site": "user",
    "commodity": "ore",
    "initial": 6,
    "capacity": 9,
    "holding_cost": 8,
    "decay": 0.19,
    "max_fill": 12,
    "max_release": 16,
}
_BUILT = {
    "horizon": {"start": 2025, "periods": 3},
    "facilities": {"plant": mine(cost=5, capacity=3)},
    "demands": {"user": want(8, shortfall_cost=50)},
    "lanes": [lane("plant", "user")],
}
_CHAIN = {
    "commodities": ["ore", "flux", "metal"],
    "facilities": {
        "mine_a": mine("XAA", cost=1),
        "mine_b": mine("XBB", cost=5),
        "flux_b": mine("XBB", "flux", cost=3),
        "smelter": {
            "country": "XBB",
            "inputs": {"ore": 1, "flux": 0.1},
            "outputs": {"metal": 0.5},
            "cost": 2,
        },
    },
    "demands": {"user": want(10, "XBB", "metal", shortfall_cost=90)},
}
_STOCK = Golden(
    "in quarters (1 - 0.19) ** (1/4) = 0.9487 of the stock is kept; a holding cost of 8 a year is 1 on each "
    "end of a quarter, so 2 on the stock between two quarters; at most 3 t in and 4 t out a quarter, "
    "9 t kept; the 6 t at the start are fixed; a tonne left at the end is worth 7",
    {**_VAULT, "stockpiles": {"vault": {**_POOL, "final_value": 7}}},
)

STRUCTURES: dict[str, Golden] = {
    "open": _STOCK,
    "fill": _STOCK,
    "hold": Golden(
        "the stock at the end is fixed at 2 t, and worth nothing",
        {**_VAULT, "stockpiles": {"vault": {**_POOL, "final": 2}}},
    ),
    "release": _STOCK,
    "share": Golden(
        "60 % for XAA and 40 % for XBB of the 6 t at the start and of what is brought; nothing for XCC; over "
        "both quarters",
        {
            **_VAULT,
            "demands": {
                "user": want(4, "XAA", shortfall_cost=50),
                "other": want(4, "XCC", shortfall_cost=50),
            },
            "stockpiles": {
                "vault": {
                    "country": "XBB",
                    "commodity": "ore",
                    "initial": 6,
                    "shares": {"XAA": 0.6, "XBB": 0.4},
                }
            },
            "lanes": [lane("market", "vault"), lane("vault", {"kind": "demand"})],
        },
    ),
    "build_shared": Golden(
        "one hall of 9 t a year for two lines, where the second line's tonne counts twice; 6 t more of it "
        "for 60 a year after the decision; a port of 4 t, 3 t more for 20 at once; the hall's energy in both "
        "years together, 30 and 5 for each year in which the store is there",
        {
            "horizon": {"start": 2025, "periods": 2},
            "sites": {"works": {"country": "XAA"}},
            "facilities": {
                "line_a": {"site": "works", "outputs": {"ore": 1}, "cost": 1},
                "line_b": {"site": "works", "outputs": {"ore": 1}, "cost": 2},
            },
            "hubs": {"port": {"country": "XBB", "passes": "ore", "capacity": 4}},
            "demands": {"user": want(20, shortfall_cost=50)},
            "lanes": [lane("works", "port"), lane("port", "user")],
            "limits": {
                "hall": {"over": [{"facility": "line_a"}, {"facility": "line_b", "weight": 2}], "at_most": 9},
                "energy": {"over": {"facility": ["line_a", "line_b"]}, "at_most": 30, "over_horizon": True},
            },
            "projects": {
                "annex": {"limit": "hall", "capacity": 6, "capital_cost": 60, "lead_time": 1},
                "quay": {"hub": "port", "capacity": 3, "capital_cost": 20},
                "store": {"limit": "energy", "capacity": 5, "capital_cost": 10, "country": "XCC"},
            },
        },
    ),
    "transit": Golden(
        "2 t land in 2025 and 3 t in 2026, fixed, at no cost",
        {
            "horizon": {"start": 2025, "periods": 2},
            "facilities": {"mine": mine(cost=5)},
            "demands": {"user": want(4, shortfall_cost=50)},
            "lanes": [lane("mine", "user", cost=1, lead_time=1, in_transit={2025: 2, 2026: 3})],
        },
    ),
    "build": Golden(
        "10 t more for 100, a year after the decision, half of them in the first year; charged at once; a "
        "quarter of it is paid by the country; decided once, from 2026 on",
        {
            **_BUILT,
            "projects": {
                "more": {
                    "facility": "plant",
                    "capacity": 10,
                    "capital_cost": 100,
                    "lead_time": 1,
                    "ramp": [0.5, 1],
                    "subsidised": 0.25,
                    "not_before": 2026,
                }
            },
        },
    ),
    "use": Golden(
        "the lane of at most 9 t costs 7 when used, and then carries 2 t or more; the user is served by one "
        "of the two lanes alone, with 8 t, or is short of 8 t",
        {
            "facilities": {"a": mine(cost=5), "b": mine("XBB", cost=4)},
            "demands": {"user": want(8, shortfall_cost=50, single_source=True)},
            "lanes": [
                lane("a", "user", capacity=9, fixed_cost=7, minimum_when_used=2),
                lane("b", "user", capacity=20),
            ],
        },
    ),
    "downgrade": Golden(
        "ore of XAA and its metal are tainted; two inputs may meet, so clean ore and flux may be used as "
        "tainted; the lane's 30 t are shared by both copies; of the metal at most 0.1 of all delivered is "
        "tainted",
        {
            **_CHAIN,
            "demands": {
                "user": want(
                    10, "XBB", "metal", shortfall_cost=90, origin={"exclude": "XAA", "de_minimis": 0.1}
                )
            },
            "lanes": [
                lane({"kind": "facility"}, "smelter", ["ore", "flux"]),
                lane("smelter", "user", "metal", capacity=30),
            ],
        },
    ),
    "policy": _policy(
        "the quota's over column is charged 20 - 5 more than the ship column and takes off what is above "
        "5 t; the guarantee's column takes ore from the mine's balance for 30 a tonne, 2 t in all; "
        "the paid column is at most the output of ore, 0.5 a tonne, and 3 t in all",
        {
            "trq": {"type": "tariff", "importer": "XBB", "rate": 0.05, "quota": 5, "over_quota_rate": 0.2},
            "floor": {
                "type": "price_floor",
                "members": "XBB",
                "commodity": "ore",
                "floor": 30,
                "mechanism": "guarantee",
                "volume": 2,
            },
            "aid": {"type": "subsidy", "producer": "dear", "amount": 4, "volume": 3},
        },
        commodities={"ore": {"price": 100}},
        facilities={
            "cheap": mine("XAA", cost=10),
            "dear": mine("XBB", cost=25, capacity=9, **{"yield": 0.5}),
        },
        demands={"user": want(8, "XBB")},
        lanes=[lane({"kind": "facility"}, "user")],
    ),
}
"""Kinds of columns and rows that only some networks have."""

_BORDER = {
    "commodities": {"ore": {"price": 12}},
    "facilities": {"a": mine("XAA", cost=12), "b": mine("XBB", cost=25)},
    "demands": {"user": want(8, "XBB"), "home": want(2, "XAA")},
    "lanes": [lane("a", "user", cost=4), lane("a", "home"), lane("b", "user")],
}

INSTRUMENTS: dict[str, Golden] = {
    "export_tax": _policy(
        "10 % of 12 and 1 per t on the lane abroad, nothing on the lane at home",
        {"tax": {"type": "export_tax", "exporter": "XAA", "rate": 0.1, "specific": 1}},
        **_BORDER,
    ),
    "price_floor": _policy(
        "12 + 4 is levied up to 20; the member's mine is topped up from 12 to 22; a guarantee at 30 takes "
        "ore from the mine's balance",
        {
            "levy": {
                "type": "price_floor",
                "members": "XBB",
                "commodity": "ore",
                "floor": 20,
                "mechanism": "border_levy",
            },
            "top_up": {
                "type": "price_floor",
                "members": "XBB",
                "commodity": "ore",
                "floor": 22,
                "mechanism": "top_up",
            },
            "offer": {
                "type": "price_floor",
                "members": "XBB",
                "commodity": "ore",
                "floor": 30,
                "mechanism": "guarantee",
                "volume": 3,
            },
        },
        **_BORDER,
    ),
    "subsidy": _policy(
        "20 % of 25 and 3 per t on the mine, for any amount",
        {
            "share": {"type": "subsidy", "producer": "b", "share": 0.2},
            "more": {"type": "subsidy", "producer": "b", "amount": 3},
        },
        **_BORDER,
    ),
    "sourcing_cap": _policy(
        "0.35 of what comes from XAA is at most 0.65 of what comes from XCC and of what is made at home",
        {"cap": {"type": "sourcing_cap", "consumer": "XBB", "commodities": "ore", "share": 0.65}},
        facilities={"a": mine("XAA"), "b": mine("XBB"), "c": mine("XCC")},
        demands={"user": want(8, "XBB", shortfall_cost=9)},
        lanes=[lane({"kind": "facility"}, "user")],
    ),
    "content_minimum": _policy(
        "0.4 of what comes from abroad is at most 0.6 of what is made at home, a yield of 0.5 counted",
        {"rule": {"type": "content_minimum", "consumer": "XBB", "commodities": "ore", "share": 0.4}},
        facilities={"a": mine("XAA"), "b": mine("XBB", **{"yield": 0.5})},
        demands={"user": want(8, "XBB", shortfall_cost=9)},
        lanes=[lane({"kind": "facility"}, "user")],
    ),
    "origin_rule": _policy(
        "in 2026 alone, at most a fifth of what is served is of the tainted copy; the mine in XAA gives to "
        "the tainted balance, the one in XBB to the clean one; copies of the lane share its 9 t",
        {
            "rule": {
                "type": "origin_rule",
                "exclude": "XAA",
                "demand": "user",
                "de_minimis": 0.2,
                "from": 2026,
            }
        },
        horizon={"start": 2025, "periods": 2},
        facilities={"a": mine("XAA", cost=1), "b": mine("XBB", cost=5)},
        hubs={"port": {"passes": "ore", "country": "XCC"}},
        demands={"user": want(8, "XBB", shortfall_cost=90)},
        lanes=[lane({"kind": "facility"}, "port"), lane("port", "user", capacity=9)],
    ),
    "offtake": _policy(
        "3 t a year, so 0.75 t a quarter, along both lanes from the mine to XBB",
        {"deal": {"type": "offtake", "facility": "b", "buyer": {"country": "XBB"}, "quantity": 3}},
        horizon={"start": 2025, "periods": 2, "step": "quarter"},
        facilities={"a": mine("XAA", cost=12), "b": mine("XBB", cost=25)},
        demands={"user": want(8, "XBB"), "other": want(4, "XBB")},
        lanes=[lane({"kind": "facility"}, {"kind": "demand"})],
    ),
    "demand_change": _policy(
        "8 t become 12, the first 4 t short at 20 become 6; the outlet's tiers of 2 and 3 t and its 4 t "
        "become 3, 4.5 and 6; the other demand stays",
        {"more": {"type": "demand_change", "demand": ["user", "outlet"], "factor": 1.5}},
        facilities={"mine": mine(cost=5)},
        demands={
            "user": want(8, shortfall_cost=[{"capacity": 4, "cost": 20}, {"cost": 80}]),
            "other": want(2),
            "outlet": want(4, price=[{"capacity": 2, "cost": 9}, {"capacity": 3, "cost": 6}]),
        },
        lanes=[lane("mine", {"kind": "demand"})],
    ),
    "freight_shock": _policy(
        "4 x 1.5 x 2 + 3 + 1 = 16 on the lane from XAA, 6 x 2 + 1 = 13 on the other",
        {
            "war": {"type": "freight_shock", "lane": {"from": "a"}, "factor": 1.5, "surcharge": 3},
            "oil": {"type": "freight_shock", "factor": 2, "surcharge": 1},
        },
        facilities={"a": mine("XAA"), "b": mine("XBB")},
        demands={"user": want(8, "XBB")},
        lanes=[lane("a", "user", cost=4), lane("b", "user", cost=6)],
    ),
    "price_shock": _policy(
        "both tiers of the trader times 1.1 and 2 more, the mine 2 more in 2026",
        {
            "dear": {"type": "price_shock", "of": "trader", "factor": 1.1},
            "dearer": {
                "type": "price_shock",
                "of": {"country": "XAA", "kind": ["facility", "supply"]},
                "surcharge": 2,
                "from": 2026,
            },
        },
        horizon={"start": 2025, "periods": 2},
        facilities={"mine": mine("XAA", cost=5)},
        supplies={
            "trader": {
                "country": "XAA",
                "commodity": "ore",
                "price": [{"capacity": 6, "cost": 10}, {"cost": 20}],
            }
        },
        demands={"user": want(8, "XAA")},
        lanes=[lane(["mine", "trader"], "user")],
    ),
    "stockpile_rule": _policy(
        "at least 5 t in the vault and 3 t in the second at the end of 2025; nothing leaves the vault in "
        "2026, when the other rule is no longer in force",
        {
            "rule": {
                "type": "stockpile_rule",
                "stockpile": "vault",
                "target": 5,
                "by": 2025,
                "release_only_while": "other",
            },
            "other": {"type": "stockpile_rule", "stockpile": "second", "target": 3, "until": 2026},
        },
        horizon={"start": 2025, "periods": 2},
        supplies={"market": {"country": "XBB", "commodity": "ore", "price": 10}},
        demands={"user": want(4, shortfall_cost=50)},
        stockpiles={
            "vault": {"site": "user", "commodity": "ore", "initial": 1},
            "second": {"site": "user", "commodity": "ore"},
        },
        lanes=[lane("market", "user")],
    ),
    "budget": _policy(
        "100 a share of the project and 12 or 15 a tonne put in stock, in both years, are at most 500; in "
        "2026 100 and 15 are at most 300",
        {
            "cap": {"type": "budget", "country": "XAA", "amount": 500},
            "late": {
                "type": "budget",
                "project": "more",
                "stockpile": "vault",
                "amount": 300,
                "from": 2026,
            },
        },
        commodities={"ore": {"price": {2025: 12, 2026: 15}}},
        horizon={"start": 2025, "periods": 2},
        facilities={"plant": mine(cost=5, capacity=3)},
        projects={"more": {"facility": "plant", "capacity": 10, "capital_cost": 100}},
        demands={"user": want(8, shortfall_cost=50)},
        stockpiles={"vault": {"site": "user", "commodity": "ore"}},
        lanes=[lane("plant", "user")],
    ),
}

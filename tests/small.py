"""Small networks for tests by hand, written as short as they can be read."""

from __future__ import annotations

from typing import Any

import resilience as rs

HOME, AWAY, THIRD = "XAA", "XBB", "XCC"
"""Countries of the networks here."""


def network(**sections: Any) -> rs.Network:
    """Make a network; `commodities` may be a list of names."""
    goods = sections.get("commodities", ["ore"])
    if not isinstance(goods, dict):
        sections["commodities"] = {name: {} for name in goods}
    return rs.Network.from_dict(sections)


def mine(country: str = HOME, commodity: str = "ore", **fields: Any) -> dict[str, Any]:
    """Return a facility that makes one commodity out of nothing."""
    return {"country": country, "outputs": {commodity: 1}, **fields}


def want(quantity: Any, country: str = HOME, commodity: str = "ore", **fields: Any) -> dict[str, Any]:
    """Return a demand; without `shortfall_cost` among the fields it must be met."""
    return {"country": country, "commodity": commodity, "quantity": quantity, **fields}


def lane(start: Any, end: Any, commodity: Any = "ore", **fields: Any) -> dict[str, Any]:
    """Return a lane, or a rule."""
    return {"from": start, "to": end, "commodity": commodity, **fields}


def column(frame: Any, key: str, value: str) -> dict[str, float]:
    """Return one column of a table by another."""
    return dict(zip(frame[key], frame[value], strict=True))


def price_at(solution: rs.Solution, site: str, commodity: str = "ore", period: str | None = None) -> float:
    """Return what one more tonne at a site would cost."""
    table = solution.prices
    rows = table[(table["site"] == site) & (table["commodity"] == commodity)]
    if period is not None:
        rows = rows[rows["period"] == period]
    (price,) = rows[f"price_{solution.unit.price}"]
    return float(price)

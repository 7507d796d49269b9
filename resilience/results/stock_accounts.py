"""Who pays for the stock: what stockpiles bought, from whom, at what price, what they cost and gave back.

Paid      what was put in, at the price where it arrives: that of the intake of the stockpile, or of the
          balance of a site that it shares. Under competition it is what the sender, the freight and the
          duties get, rents included
Holding   the holding cost of the stock
Worth     what was taken out, at the price of the site when it was, and the `final_value` of what is left;
          where the share of a member of a pool binds it pays more, and the member has what it pays more
Bearer    the country of the stockpile; of a pool its members by their `shares`, and its country for
          what no member has a share in
Sender    where the lanes to a stockpile with a site of its own start, by what arrives in the period; at a
          site that others share goods are one heap, and the sender is the site
Money     of the start of the horizon, discounted as the plan's cost is. What is there at the start was
          paid for before; no payment here is a transfer, and all of it is part of the plan's cost
Source    prices are duals of balances: Samuelson (1952), Spatial price equilibrium and linear programming,
          American Economic Review 42, 283-303
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

KEYS = ["stockpile", "country", "commodity"]


def stock_purchases_of(solution: Solution) -> pd.DataFrame:
    """Return what each stockpile was filled with: from whom, how many tonnes, what was paid for them.

    Parameters
    ----------
    solution : Solution

    Returns
    -------
    DataFrame
        stockpile, country, commodity, period, ``from`` and ``from_country``, ``bought_t`` in tonnes, and
        ``paid_usd`` in money of the start of the horizon; one row a stockpile, period and sender.
    """
    mass, money = f"bought_{solution.unit.mass}", f"paid_{solution.unit.money}"
    program = solution.program
    fills = program.columns.where(kind="fill")
    fills = fills[solution.levels[fills] > 0]
    bought = _labelled(solution, fills)
    bought[mass], bought[money] = solution.levels[fills], -_at_prices(solution, fills)
    whole = bought.merge(_senders(solution), on=["stockpile", "period"], how="left")
    whole["share"] = whole["share"].fillna(1.0)
    shared = whole["from"].isna()
    site = solution.formulation.places.site_of
    whole["from"] = whole["from"].where(~shared, whole["stockpile"].map(site))
    whole["from_country"] = whole["from_country"].where(~shared, whole["country"])
    for name in (mass, money):
        whole[name] *= whole["share"]
    return whole[[*KEYS, "period", "from", "from_country", mass, money]].reset_index(drop=True)


def stock_accounts_of(solution: Solution) -> pd.DataFrame:
    """Return what each stockpile costs and gives back, and who bears it.

    Parameters
    ----------
    solution : Solution

    Returns
    -------
    DataFrame
        stockpile, country, commodity, ``bearer``, its ``share``, and of that share ``bought_t`` in tonnes,
        ``paid_usd``, ``holding_usd``, ``worth_usd`` in money of the start of the horizon; one row a
        stockpile and bearer.

    Examples
    --------
    >>> from resilience.network import Network
    >>> solution = Network.from_dict({
    ...     "horizon": {"start": 2025, "periods": 2, "step": "year"},
    ...     "commodities": {"ore": {}},
    ...     "supplies": {
    ...         "near": {"country": "AUS", "commodity": "ore", "price": 10, "quantity": {2025: 99, 2026: 0}},
    ...     },
    ...     "demands": {"works": {"country": "FIN", "commodity": "ore", "quantity": {2025: 0, 2026: 4},
    ...                           "shortfall_cost": 100}},
    ...     "stockpiles": {"store": {"country": "SWE", "commodity": "ore", "capacity": 3,
    ...                              "holding_cost": 2}},
    ...     "lanes": [
    ...         {"from": "near", "to": "store", "commodity": "ore"},
    ...         {"from": "store", "to": "works", "commodity": "ore"},
    ...     ],
    ... }).solve()
    >>> stock_accounts_of(solution)[["bearer", "bought_t", "paid_usd", "holding_usd", "worth_usd"]]
      bearer  bought_t  paid_usd  holding_usd  worth_usd
    0    SWE       3.0      30.0          6.0      300.0
    """
    mass, money = solution.unit.mass, solution.unit.money
    columns = solution.program.columns
    hold = columns.where(kind=("open", "hold"))
    out = columns.where(kind="release")
    fills = columns.where(kind="fill")
    parts = [
        _labelled(solution, fills).assign(bought=solution.levels[fills], paid=-_at_prices(solution, fills)),
        _labelled(solution, hold).assign(
            holding=_charged(solution, "holding", hold), worth=-_charged(solution, "stock value", hold)
        ),
        _labelled(solution, out).assign(worth=_at_prices(solution, out)),
    ]
    amounts = ["bought", "paid", "holding", "worth"]
    whole = pd.concat(parts).reindex(columns=[*KEYS, *amounts]).fillna(dict.fromkeys(amounts, 0.0))
    whole = whole.groupby(KEYS, as_index=False, sort=False)[amounts].sum()
    whole = whole.merge(_bearers(solution), on="stockpile")
    for name in amounts:
        whole[name] = whole[name] * whole["share"] + 0.0  # no -0.0
    drawn = whole[["stockpile", "bearer"]].merge(_drawn(solution), on=["stockpile", "bearer"], how="left")
    whole["worth"] += drawn["drawn"].fillna(0.0).to_numpy(dtype=float)
    names = {"bought": f"bought_{mass}", **{name: f"{name}_{money}" for name in amounts[1:]}}
    return whole[[*KEYS, "bearer", "share", *amounts]].rename(columns=names)


def _labelled(solution: Solution, columns: IntArray) -> pd.DataFrame:
    labels = solution.program.columns
    names = {"stockpile": "id", "country": "country", "commodity": "commodity"}
    found = pd.DataFrame({shown: labels.texts(name, columns) for shown, name in names.items()})
    found["period"] = solution.period_names[labels.texts("period", columns).astype(np.int64)]
    return found


def _at_prices(solution: Solution, columns: IntArray) -> FloatArray:
    """Return what some columns sell at the prices of balances; below 0 what they buy."""
    program = solution.program
    is_balance = program.rows.kinds() == "balance"
    entry = np.flatnonzero(is_balance[program.indices])
    of_column = program.entry_columns[entry]
    money = program.values[entry] * solution.outcome.y[program.indices[entry]] * solution.levels[of_column]
    return np.asarray(np.bincount(of_column, money, program.n_columns), dtype=float)[columns]


def _charged(solution: Solution, component: str, columns: IntArray) -> FloatArray:
    """Return a component of the cost of some columns."""
    program = solution.program
    if component not in program.costs:
        return np.zeros(len(columns))
    return np.asarray(program.costs[component][columns] * solution.levels[columns], dtype=float)


def _drawn(solution: Solution) -> pd.DataFrame:
    """Return what members of pools pay above the price there, where their shares bind."""
    program = solution.program
    rows = program.rows.where(kind="share")
    entry = np.flatnonzero(np.isin(program.indices, rows) & (program.values > 0))
    tonnes = program.values[entry] * solution.levels[program.entry_columns[entry]]
    rent = -solution.outcome.y * np.bincount(program.indices[entry], tonnes, program.n_rows)
    return pd.DataFrame(
        {
            "stockpile": program.rows.texts("id", rows),
            "bearer": program.rows.texts("country", rows),
            "drawn": rent[rows],
        }
    )


def _senders(solution: Solution) -> pd.DataFrame:
    """Return the share of every sender in what arrives for each stockpile that has a site of its own."""
    places, arrived = solution.formulation.places, f"arrived_{solution.unit.mass}"
    own = {
        (places.site_of[key], pile.commodity): key
        for key, pile in solution.formulation.spec.stockpiles.items()
        if (places.site_of[key], pile.commodity) in set(places.intakes)
    }
    names = ["from", "from_country", "to", "commodity", "period", arrived]
    lands = pd.concat([_landed(solution)[names], solution.in_transit[names]], ignore_index=True)
    keys = zip(lands["to"], lands["commodity"], strict=True)
    lands["stockpile"] = pd.Series([own.get(key) for key in keys], index=lands.index, dtype=object)
    lands = lands[lands["stockpile"].notna() & (lands[arrived] > 0)]
    by = ["stockpile", "period", "from", "from_country"]
    lands = lands.groupby(by, as_index=False, sort=False)[[arrived]].sum()
    total = lands.groupby(["stockpile", "period"])[arrived].transform("sum")
    return lands.assign(share=lands[arrived] / total).drop(columns=arrived)


def _landed(solution: Solution) -> pd.DataFrame:
    """Return flows by the period in which they land; what lands after the horizon arrives nowhere."""
    lanes, every = solution.formulation.lanes, solution.period_names.tolist()
    lead = dict(zip(lanes.ids, lanes.lead.tolist(), strict=True))
    number = {name: place for place, name in enumerate(every)}
    frame = solution.flows
    lands = [number[name] + lead[lane] for name, lane in zip(frame["period"], frame["lane"], strict=True)]
    inside = np.array([place < len(every) for place in lands], dtype=bool)
    frame = frame[inside].copy()
    frame["period"] = np.array([every[place] for place in lands if place < len(every)], dtype=object)
    return frame


def _bearers(solution: Solution) -> pd.DataFrame:
    """Return who bears which share of each stockpile."""
    found = []
    members = {member.id: member.country for member in solution.formulation.places.members_}
    for key, pile in solution.formulation.spec.stockpiles.items():
        found += [(key, name, share) for name, share in pile.shares.items()]
        rest = 1.0 - sum(pile.shares.values())
        if rest > 1e-9:
            found.append((key, members[key], rest))
    return pd.DataFrame(found, columns=["stockpile", "bearer", "share"])

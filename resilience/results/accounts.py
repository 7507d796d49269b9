"""Every country's account in one plan: what it pays, what it earns, what its treasury gives and takes.

Under competition the duals are prices, so the account of a country follows from one solution:

    bill = price x quantity bought + shortfall cost - rents of its own capacity, stock and trade
           - what outlets are worth - duties it collects + subsidies and capital it pays

It is read off the identity  c_j = sum_i A_ij y_i + d_j  of every activity j: whoever owns an activity
pays its cost, buys what it takes and sells what it gives at the price of the balance, and pays the rent
of every limit that it uses; what is left, ``-d_j x_j``, is the rent of its own bounds. Whoever owns a
limit receives its rent. Balances net to zero and transfers go from one hand to another, so the bills of
all countries add up to the cost of the plan without transfers, whatever the duals are.

Who owns what, where the file does not say:

    demands, facilities, supplies, stockpiles, projects, hubs    their country
    a lane, and material under way    the country in which it ends, or if it ends in none, the sender's:
              the importer ships, and its lane's rent is its own
    an export restriction    the exporter: the rent of a quota is its scarcity rent
    a tariff-rate quota    the importer that opens it
    any other limit or rule, of no country    those who use it, by how much of it they use: they keep
              its rent; a rule on shares (a sourcing cap, a content minimum) is paid among those it is
              on, at its dual, as certificates would be, and adds up to nothing
    fixed charges    who owns the lane or facility; of a limit, those who use it

Country ``""`` has what lies in no country, such as lanes from one hub at sea to another.

Where duals are not unique accounts are not either; their sum is. In a program with whole levels the
duals are those with these levels fixed. Money of later periods is discounted as the plan's cost is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from resilience.program import Labels, LinearProgram
from resilience.results.transfers import ledger

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

OWNED_BY: dict[str, tuple[str, ...]] = {
    "ship": ("to_country", "from_country"),
    "transit": ("to_country", "country"),
}
"""Labels that say whose an activity is, the first that has a country; ``country`` for all other kinds."""

PART_OF_COLUMN = {
    "produce": "capacity_rents",
    "buy": "capacity_rents",
    "dispose": "capacity_rents",
    "build": "capacity_rents",
    "open": "stock_rents",
    "fill": "stock_rents",
    "hold": "stock_rents",
    "release": "stock_rents",
    "transit": "stock_rents",
}
PART_OF_ROW = {
    "capacity": "capacity_rents",
    "minimum": "capacity_rents",
    "hub": "capacity_rents",
    "project": "capacity_rents",
    "stock": "stock_rents",
    "hold": "stock_rents",
    "share": "stock_rents",
}
"""Part of an account that an activity's profit, and a limit's rent, belongs to; of all others, trade."""

PARTS = (
    "purchases",
    "shortfall",
    "capital",
    "fixed",
    "subsidies",
    "outlets",
    "capacity_rents",
    "stock_rents",
    "trade_rents",
    "duties",
)
"""Parts of an account: what it pays, then what it gets."""
PAID = PARTS[:5]
NOTHING = 1e-12
"""Share of all accounts that is none: the line of no country is left out below it."""


def accounts(solution: Solution) -> pd.DataFrame:
    """Return the account of every country in a plan.

    Parameters
    ----------
    solution : Solution

    Returns
    -------
    DataFrame
        One row a country, sorted, ``""`` for what lies in none, if it is anything, in money of the start
        of the horizon:

        ``purchases``  what its demands and outlets are supplied with, at the prices there
        ``shortfall``  shortfall cost of its demands
        ``capital``, ``fixed``  what its projects, and the use of its lanes, facilities and limits, cost
        ``subsidies``  what its treasury pays: subsidies, support of floors, capital grants
        ``outlets``  what deliveries to its outlets are worth to the buyers
        ``capacity_rents``  what its facilities, supplies, hubs and projects earn beyond their cost
        ``stock_rents``  the same of its stockpiles, opening stock included, and of goods under way to it
        ``trade_rents``  the same of lanes to it, of quotas and limits, of rules on shares
        ``duties``  what its treasury receives: tariffs, export taxes, levies
        ``bill``  the first five less the others

        The bills add up to the plan's cost less its transfers.

    Examples
    --------
    >>> from resilience.network import Network
    >>> solution = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {
    ...         "CD_mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
    ...         "AU_mine": {"country": "AUS", "commodity": "ore", "price": 25},
    ...     },
    ...     "demands": {"smelter": {"country": "FIN", "commodity": "ore", "quantity": 8}},
    ...     "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
    ... }).solve()
    >>> accounts(solution)[["country", "purchases_usd", "capacity_rents_usd", "bill_usd"]]
      country  purchases_usd  capacity_rents_usd  bill_usd
    0     AUS            0.0                 0.0       0.0
    1     COD            0.0                75.0     -75.0
    2     FIN          200.0                 0.0     200.0
    """
    flows = _money_flows(solution)
    owners = _owners(solution.program, np.abs(solution.levels))
    table = pd.DataFrame(0.0, index=list(owners.countries), columns=list(PARTS))
    _add_activities(table, solution, flows, owners)
    _add_limits(table, solution, flows, owners)
    table = _with_treasuries(table, solution)
    signs = np.array([1.0 if part in PAID else -1.0 for part in PARTS])
    table["bill"] = table[list(PARTS)].to_numpy() @ signs
    money = solution.unit.money
    table = table.sort_index() + 0.0  # no -0.0
    nowhere = float(table[table.index == ""].abs().to_numpy().sum())
    if nowhere <= NOTHING * float(table.abs().to_numpy().sum()):
        table = table[table.index != ""]
    table = table.rename(columns={name: f"{name}_{money}" for name in table.columns})
    return table.rename_axis("country").reset_index()


def bill_of(solution: Solution, country: str) -> float:
    """Return one country's bill; 0 where it takes no part."""
    table = accounts(solution)
    return float(table.loc[table["country"] == country, f"bill_{solution.unit.money}"].sum())


@dataclass(frozen=True, eq=False)
class _Flows:
    """What each column pays and gets, and each row passes on; arrays over columns, and one over rows.

    Parameters
    ----------
    bought, sold : ndarray
        At balances, at their prices.
    limits : ndarray
        Rent paid for limits; below 0 what it is paid by them.
    received : ndarray
        Over rows: rent that each limit is paid by all columns together.
    """

    bought: FloatArray
    sold: FloatArray
    limits: FloatArray
    received: FloatArray


def _money_flows(solution: Solution) -> _Flows:
    program = solution.program
    kinds = program.rows.kinds()
    money = program.values * solution.outcome.y[program.indices] * solution.levels[program.entry_columns]
    is_balance = (kinds == "balance")[program.indices]
    is_limit = ~is_balance & (kinds != "demand")[program.indices]

    def by_column(chosen: NDArray[np.bool_]) -> FloatArray:
        return np.asarray(np.bincount(program.entry_columns[chosen], money[chosen], program.n_columns), float)

    return _Flows(
        bought=-by_column(is_balance & (program.values < 0)),
        sold=by_column(is_balance & (program.values >= 0)),
        limits=-by_column(is_limit),
        received=-np.asarray(np.bincount(program.indices[is_limit], money[is_limit], program.n_rows), float),
    )


@dataclass(frozen=True, eq=False)
class _Owners:
    """Whose each column and row is: shares, each line of which adds up to 1.

    Parameters
    ----------
    countries : tuple of str
        Sorted, ``""`` among them.
    columns, rows : sparse array, shape (n, n_countries)
    """

    countries: tuple[str, ...]
    columns: csr_array[Any]
    rows: csr_array[Any]


def _owners(program: LinearProgram, levels: FloatArray) -> _Owners:
    named = _named_owner(program.columns)
    of_rows = program.rows.texts("country")
    countries = tuple(sorted({"", *named.tolist(), *of_rows.tolist()}))
    number = {name: code for code, name in enumerate(countries)}
    columns = _one_each(named, number)
    columns = _with_uses(program, levels, columns)
    return _Owners(countries, columns, _row_owners(program, levels, columns, of_rows, number))


def _named_owner(labels: Labels) -> NDArray[np.object_]:
    """Return the country whose each column is by its labels."""
    parts = []
    for _, block in labels.parts():
        first, *others = OWNED_BY.get(block.kind, ("country",))
        owner = block.texts(first)
        for other in others:
            owner = np.where(owner == "", block.texts(other), owner)
        parts.append(owner)
    return np.concatenate(parts) if parts else np.empty(0, dtype=object)


def _one_each(names: NDArray[np.object_], number: dict[str, int]) -> csr_array[Any]:
    codes = np.array([number[name] for name in names], dtype=np.int64)
    whole = (np.ones(len(codes)), (np.arange(len(codes)), codes))
    return csr_array(coo_array(whole, shape=(len(codes), len(number))))


def _with_uses(program: LinearProgram, levels: FloatArray, columns: csr_array[Any]) -> csr_array[Any]:
    """Let whether something is used belong to those who use it, or might."""
    uses = program.columns.where(kind="use")
    if not len(uses):
        return columns
    rows = program.rows.where(kind="use", what=("most", "whole"))
    others = np.setdiff1d(np.arange(program.n_columns), uses)
    matrix = abs(program.matrix.tocsr())[rows]
    used = matrix[:, others] @ csr_array(columns[others].multiply(levels[others][:, None]))
    known = matrix[:, others] @ columns[others]
    of_row = np.where(used.sum(axis=1)[:, None] > 0, used.toarray(), known.toarray())
    whose = abs(matrix[:, uses]).sign().T @ of_row
    total = whose.sum(axis=1)
    whose[total == 0, 0] = 1.0  # country "", the first
    whole = columns.toarray()
    whole[uses] = whose / whose.sum(axis=1)[:, None]
    return csr_array(whole)


def _row_owners(
    program: LinearProgram,
    levels: FloatArray,
    columns: csr_array[Any],
    of_rows: NDArray[np.object_],
    number: dict[str, int],
) -> csr_array[Any]:
    """Let a limit of no country belong to those who use it: whose entries have the sign of their sum."""
    shared = np.flatnonzero((of_rows == "") & (program.rows.kinds() != "balance"))
    matrix = program.matrix.tocsr()[shared]
    used = csr_array(matrix.multiply(levels[None, :]))
    total = np.asarray(used.sum(axis=1))
    line = np.repeat(np.arange(len(shared)), np.diff(used.indptr))
    used.data = np.maximum(used.data * np.where(total < 0, -1.0, 1.0)[line], 0.0)
    weight = (used @ columns).toarray()
    weight[weight.sum(axis=1) == 0, number[""]] = 1.0
    whole = _one_each(of_rows, number).tolil()
    whole[shared] = weight / weight.sum(axis=1)[:, None]
    return csr_array(whole)


def _add_activities(table: pd.DataFrame, solution: Solution, flows: _Flows, owners: _Owners) -> None:
    program, x = solution.program, solution.levels
    kinds = program.columns.kinds()

    def by_country(amount: FloatArray) -> FloatArray:
        return np.asarray(owners.columns.T @ amount)

    def of_component(name: str) -> FloatArray:
        return program.costs[name] * x if name in program.costs else np.zeros(program.n_columns)

    is_delivery = np.isin(kinds, ("serve", "short"))
    apart = {name: of_component(name) for name in ("shortfall", "capital", "fixed")}
    apart["outlets"] = -of_component("revenue")
    table["purchases"] += by_country(np.where(is_delivery, flows.bought - flows.sold, 0.0))
    for name, amount in apart.items():
        table[name] += by_country(amount)
    cost = program.cost * x - apart["shortfall"] - apart["capital"] - apart["fixed"] + apart["outlets"]
    profit = flows.sold - flows.bought - cost - flows.limits
    profit = np.where(is_delivery, -cost - flows.limits, profit)
    part = np.array([PART_OF_COLUMN.get(kind, "trade_rents") for kind in kinds], dtype=object)
    for name in ("capacity_rents", "stock_rents", "trade_rents"):
        table[name] += by_country(np.where(part == name, profit, 0.0))


def _add_limits(table: pd.DataFrame, solution: Solution, flows: _Flows, owners: _Owners) -> None:
    rows = solution.program.rows
    of_outlets = rows.texts("of") == "serve"
    part = np.array([PART_OF_ROW.get(kind, "trade_rents") for kind in rows.kinds()], dtype=object)
    part[of_outlets] = "trade_rents"
    for name in ("capacity_rents", "stock_rents", "trade_rents"):
        table[name] += owners.rows.T @ np.where(part == name, flows.received, 0.0)


def _with_treasuries(table: pd.DataFrame, solution: Solution) -> pd.DataFrame:
    """Add what treasuries receive and pay by policies and grants."""
    found = ledger(solution)
    amount = found["amount"].to_numpy(dtype=float)
    paid = pd.DataFrame(
        {
            "country": found["treasury"].to_numpy(),
            "duties": np.maximum(amount, 0.0),
            "subsidies": np.maximum(-amount, 0.0),
        }
    )
    by_country = paid.groupby("country")[["duties", "subsidies"]].sum()
    table = table.reindex(table.index.union(by_country.index), fill_value=0.0)
    table.loc[by_country.index, ["duties", "subsidies"]] += by_country
    return table

"""The vaults of the shipped network `rare_earths`: 18 months to fill, 18 months of ban.

Each test holds a sentence of the network's README.
"""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from tests.networks.test_rare_earths import network, readme_table, solved
from tests.networks.test_rare_earths_instruments import spec_of


@cache
def closing(scenario: str) -> pd.DataFrame:
    return solved(scenario).stocks.pivot(index="period", columns="stockpile", values="closing_t")


def empty_since(scenario: str, stockpile: str) -> str:
    """Return the first month at whose end nothing is left after the ban began."""
    stock = closing(scenario)[stockpile]
    stock = stock[stock.index >= "2027-08"]
    return str(stock.index[stock.to_numpy() < 1e-3][0])


@pytest.mark.parametrize("scenario", ["vault", "vault_allies"])
def test_stock_is_never_negative_kept_month_by_month_and_not_released_before_the_ban(scenario):
    stocks = solved(scenario).stocks
    assert stocks["closing_t"].min() >= -1e-6
    kept = stocks["opening_t"] + stocks["fill_t"] - stocks["release_t"]
    assert (kept - stocks["closing_t"]).abs().max() < 1e-6
    before = stocks["period"] < "2027-08"
    assert stocks.loc[before, "release_t"].max() == 0
    flows = solved(scenario).flows
    out = flows["from"].isin(stocks["stockpile"])
    assert flows.loc[out & (flows["period"] < "2027-08"), "flow_t"].sum() == 0
    assert stocks.loc[~before, "release_t"].sum() > 1000
    assert len(set(stocks["period"])) == 36


@pytest.mark.parametrize("scenario", ["ban_after_18_months", "vault", "vault_allies"])
def test_nobody_is_short_before_the_ban_and_the_allies_alone_after(scenario):
    table = solved(scenario).shortfall
    before = table["period"] < "2027-08"
    assert table.loc[before, "shortfall_t"].sum() == pytest.approx(0, abs=0.5)
    after = table[~before].groupby("country")["shortfall_t"].sum()
    assert set(after[after > 1].index) <= set(network().spec.blocs["allies"])


@pytest.mark.parametrize("scenario", ["vault", "vault_allies"])
def test_stocks_run_out_in_the_months_that_the_readme_says(scenario):
    header = f"| stock of `{scenario}` |"
    printed = {cells[0]: cells[1:] for cells in readme_table(header.strip("| "))}
    totals = solved(scenario).stocks.groupby("stockpile")["fill_t"].sum()
    assert set(printed) == set(totals.index)
    for stockpile, (bought, month) in printed.items():
        assert float(bought.replace(" ", "")) == pytest.approx(totals[stockpile], abs=0.5)
        assert month == ("" if totals[stockpile] < 1e-3 else empty_since(scenario, stockpile))


def spent(scenario: str) -> float:
    stocks = solved(scenario).stocks
    prices = {key: entry.price for key, entry in network().spec.commodities.items()}
    return float((stocks["fill_t"] * stocks["commodity"].map(prices)).sum())


def test_money_is_not_what_limits_the_reserves():
    """0.13 of 10 and 0.30 of 12 bn USD are spent."""
    assert spent("vault") == pytest.approx(0.132e9, rel=0.01)
    assert spent("vault_allies") == pytest.approx(0.302e9, rel=0.01)


def test_each_member_draws_no_more_than_its_share_of_the_pool():
    solution, pile = solved("vault_allies"), spec_of("vault_allies").stockpiles["pool_standard"]
    flows = solution.flows
    drawn = flows[flows["from"].eq("pool_standard")].groupby("to_country")["flow_t"].sum()
    total = solution.stocks.set_index("stockpile")["fill_t"].loc["pool_standard"].sum()
    blocs = network().spec.blocs
    for member, share in pile.shares.items():
        inside = drawn[drawn.index.isin(blocs.get(member, (member,)))].sum()
        assert inside <= share * total * (1 + 1e-6) + 1e-3
    assert drawn.sum() == pytest.approx(total, rel=1e-6)

"""What a plan does over time, in words: who is short when, what is stocked and built, who pays."""

from __future__ import annotations

from typing import Any

import pytest

import resilience as rs
from resilience.report import supply
from resilience.report.horizon import fate, span
from resilience.report.shortage import shortfall
from resilience.report.tables import render
from resilience.report.text import solution as told
from tests.small import lane, mine, network, want

HORIZON = {"start": 2025, "periods": 4, "step": "year"}


def lines(solution: rs.Solution, everything: bool = False) -> list[list[str]]:
    """Return the lines of the text, each as its words, columns kept together."""
    text = render(told(solution, everything))
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.splitlines()]


def embargo(**stockpile: Any) -> rs.Network:
    """Let 10 t a year be wanted at two places, and the mine be shut from 2027 on."""
    closing = {2025: 30, 2026: 30, 2027: 0, 2028: 0}
    return network(
        horizon=HORIZON,
        facilities={"mine": mine(capacity=closing, cost=1)},
        demands={
            "user": want(10, shortfall_cost=100, sector="works"),
            "cheap": want(10, shortfall_cost=5, sector="works"),
        },
        stockpiles={"vault": {"site": "user", "commodity": "ore", "capacity": 15, **stockpile}},
        lanes=[lane("mine", "user"), lane("mine", "cheap")],
    )


def test_a_demand_is_one_row_whatever_the_number_of_periods():
    """The stock of 15 t lasts for one and a half of the two years; nothing is left for the other place.

    Holding costs a little, so the stock goes to the first year.
    """
    solution = embargo(holding_cost=0.5).solve()
    found = lines(solution)
    assert [row[3:] for row in found if row[:1] == ["user"]] == [["2028", "40", "5", "12 %", "500"]]
    assert [row[3:] for row in found if row[:1] == ["cheap"]] == [["2027 to 2028", "40", "20", "50 %", "100"]]
    order = [row[0] for row in found if row[:1] in (["user"], ["cheap"])]
    assert order == ["user", "cheap"]
    assert sum("2 of 2 demands" in cell for row in found for cell in row) == 1


def test_one_period_keeps_one_row_a_demand_and_no_column_of_periods():
    solution = network(
        facilities={"mine": mine(capacity=4, cost=1)},
        demands={"user": want(10, shortfall_cost=100)},
        lanes=[lane("mine", "user")],
    ).solve()
    text = render(shortfall(solution))
    assert "short in" not in text
    whole = render(told(solution))
    assert "\nStock\n" not in whole
    assert "What is built" not in whole


def test_a_stock_says_when_it_runs_out():
    found = lines(embargo().solve())
    row, *_ = [row for row in found if row[0:1] == ["vault"]]
    assert row[2:4] == ["ore", "15"]
    assert row[4] in ("2025", "2026")
    assert row[5:] == ["15", "15", "runs out 2028"]


def test_a_stock_says_what_is_left_and_where_it_began():
    """Of the 100 t at the start 30 t must be there in the end."""
    solution = embargo(capacity=100, initial=100, final=30).solve()
    row, *_ = [row for row in lines(solution) if row[0:1] == ["vault"]]
    assert row[3:5] == ["100", "(the start)"]
    assert row[-1] == "30 t left"


def test_a_stock_that_is_never_used_says_so():
    solution = embargo(capacity=0).solve()
    row, *_ = [row for row in lines(solution) if row[0:1] == ["vault"]]
    assert row[-1] == "never filled"


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        (([0, 0, 6], [0, 6, 0], [0, 0, 6], [0, 6, 0]), (6, 1, 2)),
        (([4, 0, 3], [0, 3, 0], [4, 0, 0], [0, 3, 3]), (4, -1, 0)),
        (([4, 1e-12], [0, 0], [4, 0], [1e-12, 0]), (4, -1, 0)),
        (([0, 2], [2, 0], [0, 1], [2, 1]), (2, 0, None)),
    ],
)
def test_the_fate_of_a_stock(flows, expected):
    """Empty before it was drawn on is not run out; empty up to rounding is; the first time counts."""
    assert fate(*flows) == expected


def test_a_span_tells_gaps():
    months = [f"2025-{month:02}" for month in range(1, 13)]
    assert span(months, months) == "2025-01 to 2025-12"
    assert span([months[11], months[1]], months) == "2025-02 to 2025-12, 2 of 11"


def grown(**project: Any) -> rs.Solution:
    """Let a mine of 4 t grow where 10 t are wanted."""
    return network(
        facilities={"mine": mine(capacity=4, cost=1)},
        projects={
            "shaft": {"facility": "mine", "capacity": 10, "capital_cost": 400, **project},
            "folly": {"facility": "mine", "capacity": 10, "capital_cost": 9000},
        },
        demands={"user": want(10, shortfall_cost=100)},
        lanes=[lane("mine", "user")],
    ).solve()


def test_what_is_built_is_told():
    """Six of the ten tonnes that may be added, at 240."""
    found = lines(grown())
    assert ["What is built: 1 of 2 projects, 240 USD charged for them after subsidies"] in found
    (row,) = [row for row in found if row[:1] == ["shaft"]]
    assert row[1] == "mine"
    assert row[3:] == ["2025", "60 %", "6", "240"]


def test_a_subsidy_is_paid_by_a_country_and_takes_from_the_cost():
    """A quarter of 240 is paid by the mine's country."""
    text = render(told(grown(subsidised="25%")))
    (row,) = [line for line in text.splitlines() if "subsidy of capital" in line]
    assert row.split() == [
        "received",
        "in",
        "subsidy",
        "of",
        "capital",
        "-60",
        *["investors", "are", "paid", "by", "their", "treasury:"],
        *row.split()[12:],
    ]
    assert row.endswith(" 60")
    assert "Transfers take 60 USD off the cost: what one pays, another receives." in text


def traded(users: int, **policies: Any) -> rs.Solution:
    """Let several countries buy ore of one mine; 1 t more in each than in the one before."""
    codes = ("AUS", "BRA", "CAN", "DEU", "ESP", "FIN", "GBR", "IND", "JPN")[:users]
    return network(
        commodities={"ore": {"price": 100}},
        facilities={"mine": mine("CHL", cost=100)},
        demands={f"user_{code}": want(number + 1, code) for number, code in enumerate(codes)},
        lanes=[lane("mine", f"user_{code}") for code in codes],
        policies={
            "duty": {"type": "tariff", "importer": list(codes), "origin": "CHL", "rate": "10%"},
            **policies,
        },
        scenarios={"on": {"policies": ["duty", *policies]}},
    ).solve("on")


def test_only_the_largest_receivers_are_named():
    """Duties of 10 on 9, 8, ... 1 t: the six largest by name, 3 + 2 + 1 t together."""
    text = render(told(traded(9)))
    assert "importers pay their treasury: Japan 90, India 80, " in text
    assert "3 others 60" in text
    assert "1 other 10" in render(told(traded(7)))
    assert "other" not in render(told(traded(6))).split("tariff")[1].splitlines()[0]


def test_who_pays_and_receives_on_balance_is_told_where_it_is_not_plain():
    """Chile pays 50 on each of 3 t and takes an export tax of 10: 120 on balance; else each has one row."""
    assert "on balance" not in render(told(traded(2)))
    aid = {"type": "subsidy", "producer": "mine", "amount": 50}
    text = render(told(traded(2, aid=aid)))
    assert "producers are paid by their treasury: Chile 150" in text
    assert "on balance" not in text
    levy = {"type": "export_tax", "exporter": "CHL", "rate": "10%"}
    text = " ".join(render(told(traded(2, aid=aid, levy=levy))).split())
    assert "export tax" in text
    assert "Treasuries on balance: received by Brazil 20, Australia 10; paid by Chile 120." in text
    assert "Transfers take 90 USD off the cost" in text


def test_a_limit_is_one_row_over_all_periods():
    """One more tonne of capacity in each of the two open years, none when the mine is shut."""
    solution = network(
        horizon=HORIZON,
        facilities={"near": mine(capacity=5, cost=1), "far": mine(cost=3)},
        demands={"user": want(10, shortfall_cost=100)},
        lanes=[lane("near", "user"), lane("far", "user")],
    ).solve()
    text = render(supply.bottlenecks(solution))
    (row,) = [line for line in text.splitlines() if line.startswith("facilities.near.capacity")]
    assert row.split()[-6:] == ["2025", "to", "2028", "5", "8", "4"]
    assert "added up over the periods in which they bind" in text
    each = render(supply.all_bottlenecks(solution, solution.bottlenecks(), solution.bottleneck_stages()))
    assert each.count("facilities.near.capacity") == 4

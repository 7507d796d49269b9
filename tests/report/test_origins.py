"""What is really inside, for people: relabelled goods show their origin."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import resilience as rs
from resilience.cli import app
from resilience.report.origins import FEW_DEMANDS, origins
from resilience.report.tables import render
from tests.formulation.test_layers import CN, MY, US, plant
from tests.small import lane, network, want


def relabelled(users: int = 1) -> rs.Solution:
    """Let Chinese magnets of Chinese and a third American ore reach the users by a trader in Malaysia."""
    names = [f"user_{number}" for number in range(users)]
    return network(
        stages=["mining", "making"],
        commodities=["ore", "magnet"],
        facilities={
            "cn": plant(CN, "mining", {}, {"ore": 1}, capacity=2 * users),
            "us": plant(US, "mining", {}, {"ore": 1}, cost=9),
            "maker": plant(CN, "making", {"ore": 1}, {"magnet": 1}),
        },
        hubs={"trader": {"country": MY, "passes": "magnet"}},
        demands={
            **{name: want(3, US, "magnet") for name in names},
            "home": want(4, CN, "magnet"),
        },
        lanes=[
            lane(["cn", "us"], "maker"),
            lane("maker", ["trader", "home"], "magnet"),
            lane("trader", names, "magnet"),
        ],
    ).solve()


def told(solution: rs.Solution, everything: bool = False) -> list[str]:
    return [
        " ".join(line.split())
        for line in render(origins(solution, solution.origins(), everything)).splitlines()
    ]


def test_relabelled_goods_are_shown_as_what_they_are():
    """2 t of 7 are Chinese ore, 5 American: all of it is made in China, nothing in Malaysia."""
    lines = told(relabelled())
    assert "user_0 making 3 China 100 %" in lines
    assert "user_0 mining 3 United States 71 %, China 29 %" in lines
    assert not any("Malaysia" in line for line in lines)


def test_those_who_buy_abroad_come_first():
    """The Chinese demand receives more than the other, but nothing that was made abroad."""
    rows = [line.split()[0] for line in told(relabelled())]
    assert rows.index("user_0") < rows.index("home")


def test_only_some_are_shown_unless_all_are_asked_for():
    solution = relabelled(users=FEW_DEMANDS + 3)
    few, whole = told(solution), told(solution, everything=True)
    assert any("and 4 more demands (--all shows them, --demand one)" in line for line in few)
    assert not any("more demands" in line for line in whole)
    assert len([line for line in whole if " making " in line]) == FEW_DEMANDS + 4


def test_the_shipped_network_shows_relabelled_magnets_as_chinese():
    """By his papers the trader sits in a third country; his Korean buyers get magnets made in China."""
    result = CliRunner().invoke(app, ["origins", "rare_earths", "-s", "transshipment", "--demand", "kor_ev"])
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.stdout.splitlines() if "manufacturing" in line]
    assert line.endswith("China 100 %")


@pytest.mark.parametrize(
    ("arguments", "words"), [(["--demand", "kor_evv"], "did you mean 'kor_ev'"), (["-s", "x"], "x")]
)
def test_what_does_not_exist_is_told(arguments, words):
    result = CliRunner().invoke(app, ["origins", "rare_earths", *arguments])
    assert result.exit_code == 2
    assert words in result.stderr

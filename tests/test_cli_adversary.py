"""Commands about failures and attacks, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from resilience.cli import app
from tests.test_cli import MUST_BE_MET, NETWORK


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "network.yaml"
    path.write_text(NETWORK, encoding="utf-8")
    return path


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_worst_case_in_words(file):
    """The near mine's 50 t feed all 25 t of metal; the far one's 20 t make 10, so 15 of the works' go short.

    With all: 50 x 11 + 25 x (5 + 2) = 725. Without the Congo: 20 x 26 + 10 x 7 + 15,000 = 15,590. Without
    Finland's exports the works' 20 go short: 10 x 11 + 5 x 7 + 20,000 = 20,145, which is 19,420 more.
    """
    found = run("worst-case", file, "-k", 1)
    assert found.exit_code == 0
    assert "Stopping the exports of Finland would cost 19,420 USD more" in " ".join(found.stdout.split())
    assert "Every possible attack was tried" in found.stdout
    assert "The Congo" in found.stdout


def test_worst_case_as_json(file):
    """The worst two are not the worst one and another: without any ore the plant's 5 t go short as well.

    20 x 1,000 + 5 x 3,000 = 35,000.
    """
    found = json.loads(run("worst-case", file, "-k", 2, "-f", "json").stdout)
    assert found["scenario"] == "base"
    assert [row["attack"] for row in found["worst"]] == ["FIN", "AUS, COD"]
    assert [row["cost_usd"] for row in found["worst"]] == pytest.approx([20_145, 35_000])
    assert {row["budget"] for row in found["ranking"]} == {1, 2}


def test_an_attack_that_leaves_no_plan_says_so(tmp_path):
    """The works' demand must be met, and Finland is the only one that makes metal."""
    path = tmp_path / "network.yaml"
    path.write_text(MUST_BE_MET, encoding="utf-8")
    found = run("worst-case", path, "-k", 1)
    assert found.exit_code == 0
    assert "would leave no plan at all" in found.stdout


def test_failures_in_words(file):
    """One line a country that exports, the dearest first."""
    found = run("failures", file)
    assert found.exit_code == 0
    lines = found.stdout.splitlines()
    assert [
        line.split("  ")[0] for line in lines if line.startswith(("Finland", "The Congo", "Australia"))
    ] == [
        "Finland",
        "The Congo",
        "Australia",
    ]
    assert "1 of 3 would cost nothing" in found.stdout


def test_failures_as_csv(file):
    """The table of the Python API."""
    head, *rows = run("failures", file, "--by", "facility", "-f", "csv").stdout.splitlines()
    assert head == "failure,cost_usd,rise_usd,shortfall_t,rise_of_shortfall_t,plants_stopped"
    assert [row.split(",")[0] for row in rows] == ["smelter", "near_mine", "far_mine"]


def test_days_of_cover_in_words(tmp_path):
    """Without the Congo 30 of 50 t a year are missing; 10 t of ore in the yard last a third of a year."""
    path = tmp_path / "network.yaml"
    yard = "stockpiles:\n  yard: {site: smelter, commodity: ore, initial: 10}\n"
    path.write_text(NETWORK + yard, encoding="utf-8")
    found = run("survive", path, "--recover", 365.25)
    assert found.exit_code == 0
    assert [line.split() for line in found.stdout.splitlines() if line.startswith("The Congo")] == [
        ["The", "Congo", "122", "365", "10,000", "0.5"]
    ]
    assert [line.split()[-3:] for line in found.stdout.splitlines() if line.startswith("yard")] == [
        ["10", "50", "73"]  # the smelter takes 50 t of ore a year
    ]
    table = run("survive", path, "-f", "csv").stdout.splitlines()
    assert table[0] == "failure,time_to_survive_days"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--by", "contry"], "did you mean 'country'"),
        (["--cut", "much"], "--cut: "),
        (["--cut", "150%"], "a share above 0"),
        (["--only", "XXX"], "nothing to attack at 'XXX'"),
        (["-s", "embarg"], "did you mean 'embargo'"),
    ],
)
@pytest.mark.parametrize("command", ["worst-case", "failures", "survive"])
def test_mistakes_are_told(file, command, words, problem):
    """Exit status 2 and one line, never a traceback."""
    found = run(command, file, *words)
    assert found.exit_code == 2
    assert problem in found.stderr
    assert "Traceback" not in found.stderr


def test_the_best_defence_in_words(file):
    """Finland's exports cost 19,420 if they stop; for 500 they cannot, and the Congo's are the worst then."""
    found = run("harden", file, "--protect", "FIN=500", "--budget", 500)
    words = " ".join(found.stdout.split())
    assert found.exit_code == 0
    assert "An adversary can stop the exports of any of 3 countries" in words
    assert "At worst, stopping the exports of Finland would cost 19,420 USD more" in words
    assert "protect against Finland 100 % 500" in words
    assert "stopping the exports of The Congo would cost 15,365 USD more" in words
    assert "saves 4,055 USD" in words
    assert "No defence within this budget has a worst case below 16,090.00 USD" in words
    every = json.loads(run("harden", file, "--protect", "all=1", "-f", "json").stdout)
    assert [row["id"] for row in every["defence"]] == ["COD", "FIN"]
    assert every["worst_usd"] == pytest.approx(725 + 2)


@pytest.mark.parametrize("minimum", [0, 1])
def test_that_no_minimum_throughput_is_kept_is_said(tmp_path, minimum):
    """Where one builds, every plan is free of them, so what is shown may be too cheap."""
    path = tmp_path / "network.yaml"
    path.write_text(
        f"""\
commodities: {{ore: {{}}}}
facilities: {{home: {{country: FIN, outputs: {{ore: 1}}, capacity: 4, minimum: {minimum}, cost: 20}}}}
projects: {{more: {{facility: home, capacity: 4, capital_cost: 30, whole: true}}}}
supplies: {{mine: {{country: COD, commodity: ore, price: 10, quantity: 8}}}}
demands: {{user: {{country: FIN, commodity: ore, quantity: 8, shortfall_cost: 100}}}}
lanes: [{{from: {{kind: [supply, facility]}}, to: user, commodity: ore}}]
""",
        encoding="utf-8",
    )
    found = run("harden", path)
    assert found.exit_code == 0
    assert ("may run plants below their minimum throughput" in " ".join(found.stdout.split())) == bool(
        minimum
    )


@pytest.mark.parametrize("text", ["FIN", "FIN=much", "=3"])
def test_a_price_of_protection_that_is_none(file, text):
    found = run("harden", file, "--protect", text)
    assert found.exit_code == 2
    assert "--protect: wanted ID=MONEY" in found.stderr


def test_what_each_kind_of_attack_is_called(file):
    """By half, by lane, by policy, by commodity."""
    for words, told in (
        (["--cut", "50%"], "Cutting the exports of Finland by 50 % would"),
        (["--by", "lane"], "Closing the lane from"),
        (["--by", "commodity"], "Stopping the exports of Finland ("),
        (["--by", "facility"], "Stopping smelter would"),
    ):
        assert told in " ".join(run("worst-case", file, *words).stdout.split())

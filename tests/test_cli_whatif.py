"""The commands that ask many what-ifs, as a user meets them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from resilience.cli import app
from tests.test_cli import NETWORK


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "two.yaml"
    path.write_text(NETWORK, encoding="utf-8")
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_sweep_over_every_country_stage_and_cut(file):
    """Of two mines and a smelter, all three ship abroad: 3 pairs x 3 cuts."""
    result = run(
        "sweep", file, "-s", "usual", "--restrict-country", "all", "--stages", "all", "--cut", "0:100%:50%"
    )
    assert result.exit_code == 0, result.stderr
    assert "9 scenarios: 9 optimal" in result.stdout
    assert "FIN ships 100 % less at smelting" in result.stdout
    assert "dearer than usual by, USD" in result.stdout
    assert "t of what is wanted are not delivered" in result.stdout


def test_sweep_over_scenarios_and_a_range(file):
    result = run(
        "sweep", file, "--scenarios", "usual,embargo", "--set", "demands.works.quantity=10:20:5", "-f", "csv"
    )
    frame = pd.read_csv(io.StringIO(result.stdout))
    assert frame["demands.works.quantity"].tolist() == [10, 15, 20] * 2
    assert frame["scenario"][0] == "usual, demands.works.quantity = 10"
    assert frame["cost_usd"].is_monotonic_increasing


def test_a_fixed_value_holds_in_every_scenario(file):
    result = run("sweep", file, "--scenarios", "all", "--set", "demands.works.quantity=0", "-f", "json")
    found = json.loads(result.stdout)
    assert [row["scenario"] for row in found["sweep"]] == ["embargo", "more", "usual"]
    assert {row["demands.works.quantity"] for row in found["sweep"]} == {0}
    assert found["base"] == "base"


def test_rows_go_into_parquet_and_the_summary_to_the_screen(file, tmp_path):
    output = tmp_path / "rows.parquet"
    result = run("sweep", file, "--scenarios", "all", "-o", str(output), "--resume", "--measure", "shortfall")
    assert result.exit_code == 0, result.stderr
    assert "3 scenarios: 3 optimal" in result.stdout
    assert "shortfall_t.works" in pd.read_parquet(output)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "nothing to sweep"),
        (("--scenarios", "usaul"), "unknown scenario 'usaul'; did you mean 'usual'"),
        (("--restrict-country", "CHL"), "unknown country or bloc 'CHL'"),
        (
            ("--restrict-country", "COD", "--stages", "minning"),
            "unknown stage 'minning'; did you mean 'mining'",
        ),
        (("--restrict-country", "COD", "--cut", "150%"), "--cut: '150%': wanted a share"),
        (("--stages", "mining"), "--stages narrows --restrict-country"),
        (("--set", "demands.works.quantity=9:1:1"), "wanted low:high:step"),
        (("--set", "demands.wroks.quantity=1:9:1"), "--set: demands.wroks.quantity: there is no 'wroks'"),
        (("--scenarios", "all", "--resume"), "--resume goes on with the rows of a Parquet file"),
        (("--scenarios", "all", "--jobs", "2", "--cluster", "tcp://nowhere:1"), "give one of them"),
        (("--scenarios", "all", "--measure", "cots"), "unknown measure 'cots'"),
    ],
)
def test_mistakes_of_a_sweep_are_told(file, arguments, told):
    result = run("sweep", file, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_curve_prints_breakpoints_and_what_happens_there(file):
    """25 t of metal take 50 t of the near ore; what the smelter cannot make, 60 t, goes short."""
    result = run("curve", file, "facilities.near_mine.capacity", "0", "80")
    assert result.exit_code == 0, result.stderr
    assert "Convex: the further, the steeper." in result.stdout
    assert "capacity of near_mine no longer binds" in result.stdout
    assert "USD per t/yr" in result.stdout


def test_curve_in_per_cent_and_as_data(file):
    result = run("curve", file, "policies.duty.rate", "0%", "50%", "-s", "usual", "-f", "json")
    found = json.loads(result.stdout)
    assert (found["shape"], found["exact"], found["unit"]) == ("concave", True, "share")
    assert [row["value"] for row in found["breakpoints"]][:: len(found["breakpoints"]) - 1] == [0, 0.5]


def test_a_sampled_curve_says_so(file):
    result = run("curve", file, "facilities.smelter.yield", "0.5", "1")
    assert "Sampled at 41 numbers, since the number stands in the matrix" in result.stdout


def test_mistakes_of_a_curve_are_told(file):
    assert "wanted two numbers" in run("curve", file, "policies.duty.rate", "low", "1").stderr
    assert run("curve", file, "policies.dty.rate", "0", "1").exit_code == 2


def test_monte_carlo_tells_quantiles_and_what_matters(file):
    arguments = [
        "--vary",
        "facilities.near_mine.cost=uniform(5, 15)",
        "--vary",
        "demands.works.quantity=normal(20, 1)",
    ]
    result = run("monte-carlo", file, "-n", "50", "--seed", "7", *arguments)
    assert result.exit_code == 0, result.stderr
    assert "50 draws of 2 numbers, base." in result.stdout
    assert "cost, USD" in result.stdout
    assert "facilities.near_mine.cost" in result.stdout
    rows = run("monte-carlo", file, "-n", "5", *arguments, "-f", "csv").stdout
    assert len(pd.read_csv(io.StringIO(rows))) == 5


def test_mistakes_of_a_monte_carlo_are_told(file):
    assert "nothing to draw" in run("monte-carlo", file).stderr
    assert "wanted PATH=DISTRIBUTION" in run("monte-carlo", file, "--vary", "normal").stderr
    told = run("monte-carlo", file, "--vary", "demands.works.quantity=norml(1,2)").stderr
    assert "demands.works.quantity: unknown distribution 'norml'; did you mean 'normal'" in told

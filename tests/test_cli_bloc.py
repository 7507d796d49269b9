"""The command `bloc`, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from resilience.cli import app

NETWORK = """\
name: A pact
countries: {JPN: {name: Japan}, KOR: {name: Korea}}
blocs: {pact: [JPN, KOR]}
commodities: {ore: {price: 10}}
facilities:
  china: {country: CHN, outputs: {ore: 1}, cost: 10}
  korea: {country: KOR, outputs: {ore: 1}, cost: 40}
demands:
  j: {country: JPN, commodity: ore, quantity: 8, shortfall_cost: 100}
  k: {country: KOR, commodity: ore, quantity: 4, shortfall_cost: 100}
lanes:
  - {from: {kind: facility}, to: {kind: demand}, commodity: ore}
policies:
  embargo: {type: export_restriction, from: CHN, to: pact}
  duty: {type: tariff, importer: pact, origin: CHN, specific: 5}
scenarios:
  embargo: {policies: [embargo]}
  duty: {policies: [duty]}
  peace: {}
"""


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "network.yaml"
    path.write_text(NETWORK, encoding="utf-8")
    return path


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_in_words(file):
    """Ore costs 40 in place of 10: Japan pays 320 in place of 80; alone free it would pay 80."""
    found = run("bloc", file, "-s", "embargo")
    words = " ".join(found.stdout.split())
    assert found.exit_code == 0
    assert "an agreement that binds Japan and Korea" in words
    assert "bills together are 360 USD higher, everybody else's as they were" in words
    assert "It raises the bill of Japan and Korea" in words
    assert (
        "2 of 2 members would gain by cheating: Japan and Korea. Most tempted is Japan, by 240 USD." in words
    )
    first = next(line for line in found.stdout.splitlines() if "never" in line)
    assert first.split() == ["Japan", "30", "-240", "never"]


def test_coalitions_in_words(file):
    """Japan alone is short of 8 t: 800. Korea 160. Together 480: each saves half of 480: 560 and -80."""
    found = run("bloc", file, "-s", "embargo", "--coalitions")
    words = " ".join(found.stdout.split())
    assert found.exit_code == 0
    assert "Each of the 3 coalitions was solved by itself" in words
    assert "560" in words
    assert "(the core is not empty)" in words


def test_who_pays_whom(file):
    """12 t at 5: the users of each pay what its treasury gets."""
    found = run("bloc", file, "-s", "duty")
    assert "Korea, importers" in found.stdout
    assert "Japan, treasury" in found.stdout
    assert "No member would gain by cheating" in " ".join(found.stdout.split())


def test_as_json_and_csv(file):
    found = json.loads(run("bloc", file, "-s", "embargo", "--coalitions", "-f", "json").stdout)
    assert found["agreement"] == ["embargo"]
    assert [row["member"] for row in found["members"]] == ["JPN", "KOR"]
    assert found["members"][0]["penalty_usd_per_t"] == pytest.approx(30)
    assert [row["shapley_usd"] for row in found["shares"]] == pytest.approx([560, -80])
    csv = run("bloc", file, "-s", "embargo", "-f", "csv").stdout
    assert csv.splitlines()[0].startswith("member,bill_without_usd,bill_usd")


def test_one_member_alone(file, tmp_path):
    output = tmp_path / "bloc.csv"
    assert run("bloc", file, "-s", "embargo", "--member", "JPN", "-o", output).exit_code == 0
    assert pd.read_csv(output)["member"].to_list() == ["JPN"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-s", "embargoo"], "did you mean 'embargo'"),
        (["-s", "peace"], "no policy that binds a country"),
        (["-s", "embargo", "--member", "JPM"], "did you mean 'JPN'"),
        (["-s", "embargo", "--policy", "duty"], "is not in force"),
    ],
)
def test_mistakes(file, words, told):
    found = run("bloc", file, *words)
    assert found.exit_code == 2
    assert told in found.stderr

"""The command `plan`, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from resilience.cli import app

TOWN = """
name: Town
commodities: {ore: {}}
facilities:
  old: {country: FIN, site: user, outputs: {ore: 1}, capacity: 6, cost: 4}
  a: {name: New works, country: FIN, site: user, outputs: {ore: 1}, capacity: 0, cost: 3}
projects:
  build_a: {facility: a, capacity: 3, capital_cost: 30, whole: true}
demands:
  user: {country: FIN, commodity: ore, quantity: 6, shortfall_cost: 40}
scenarios:
  boom: {set: {demands.user.quantity: 9}}
"""
FARMER = Path(__file__).parent / "known_answers" / "birge_louveaux_farmer"


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "network.yaml"
    path.write_text(TOWN, encoding="utf-8")
    return path


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_plan_in_words(file):
    """With the works 30 + 9 + 12 = 51 and 63; without, 24 and 144. Known: 24 and 63. So 57, 84 and 43.5."""
    found = run("plan", file, "--budget", 50)
    text = " ".join(found.stdout.split())
    assert found.exit_code == 0
    assert "base (50 %) and boom (50 %)" in text
    assert "No scenario was named" in text
    assert "New works Finland 2025 100 % 3 30" in text
    assert "Together 30 USD of a budget of 50 USD" in text
    assert "20 USD is left" in text
    assert "On average this plan costs 57 USD" in text
    assert "27 USD less than with nothing built" in text
    assert "would be worth 13.5 USD on average" in text


def test_probabilities_and_risk(file):
    """A boom in ten is not worth 30: 24 x 0.9 + 14.4 < 52.2; if only the worst counts, it is."""
    words = ["plan", file, "-s", "base", "-s", "boom", "--probability", "90%", "--probability", "10%"]
    found = run(*words)
    assert "no project is worth its capital" in found.stdout
    found = run(*words, "--cvar", "100%", "--weight", 1)
    assert "New works" in found.stdout
    assert "the price of being prepared" in " ".join(found.stdout.split())


def test_a_plan_as_json_with_alternatives():
    found = json.loads(
        run("plan", FARMER, "-s", "base", "-s", "good", "-s", "bad", "--alternatives", "-f", "json").stdout
    )
    assert found["mean_cost_usd"] == pytest.approx(-108_390)
    assert found["vss_usd"] == pytest.approx(1_150)
    assert {row["id"]: row["amount"] for row in found["decisions"]} == pytest.approx(
        {"sow_wheat": 170, "sow_corn": 80, "sow_beets": 250}
    )
    first = [row["more_usd"] for row in found["alternatives"]]
    assert max(first) <= 0.02 * 108_390 + 0.01


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--weight", "50%"], "--cvar"),
        (["--cvar", "150%"], "--cvar"),
        (["--probability", "much"], "--probability"),
        (["-s", "bom"], "did you mean 'boom'"),
        (["--known-from", "soon"], "no date"),
    ],
)
def test_what_makes_no_sense_is_said(file, words, told):
    found = run("plan", file, *words)
    assert found.exit_code == 2
    assert told in found.stderr

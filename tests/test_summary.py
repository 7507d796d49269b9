"""The scorecard: every line is what the analysis says when it is asked by itself."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import resilience as rs
from resilience.cli import app
from tests.test_cli import NETWORK


@pytest.fixture(scope="module")
def network() -> rs.Network:
    return rs.Network.from_yaml(NETWORK)


def value(card: rs.Scorecard, measure: str, of: str = "") -> float:
    """Return the figure of one line."""
    table = card.table
    return table.loc[(table["measure"] == measure) & (table["of"] == of), "value"].item()


def test_cost_and_shortfall_by_hand(network):
    """Under the embargo 20 t of far ore make 10 t of metal; the plant gets all its 5 t, the works 5 of 20.

    20 x 26 + 10 x (5 + 2) + 15 x 1,000 = 15,590. Before, 50 x 11 + 25 x 7 and a duty of 10 % of 20 on 50 t.
    """
    card = rs.scorecard(network, "embargo")
    assert card.solution.cost == pytest.approx(15_590)
    assert card.before.scenario == "usual"
    assert value(card, "more than", "usual") == pytest.approx(15_590 - 825)
    assert value(card, "short", "all sectors") == pytest.approx(15)
    assert value(card, "share that is short", "industry") == pytest.approx(75)
    assert value(card, "share that is short", "defence") == pytest.approx(0)


def test_a_bloc_sees_its_own_shortfall(network):
    """Japan's works are short by 15 of 20; Finland's plant by nothing."""
    assert value(rs.scorecard(network, "embargo", bloc="FIN"), "short", "all sectors") == pytest.approx(0)
    assert value(rs.scorecard(network, "embargo", bloc="JPN"), "short", "all sectors") == pytest.approx(15)


def test_lines_are_those_of_the_analyses(network):
    """Worst case, cover and bottleneck, asked by themselves."""
    card = rs.scorecard(network, "embargo")
    worst = rs.worst_case(network, 2, scenario="embargo").table
    assert value(card, "worst restriction by 1", worst["attack"].iloc[0]) == worst["rise_usd"].iloc[0]
    days = rs.time_to_survive(network, "country", scenario="embargo")
    least = days["time_to_survive_days"].min()
    alike = ", ".join(days.loc[days["time_to_survive_days"] == least, "failure"])
    assert value(card, "days of cover if this stops", alike) == least
    stage = card.solution.bottleneck_stages().iloc[0]
    gain = value(card, "10 % more capacity would save", stage["stage"])
    assert gain == pytest.approx(stage["gain_10pct_usd"])
    assert gain > 0


def test_the_first_billion_by_hand():
    """3 t are short at 90; a works of 3 t for 60 makes them at no more cost: 60 spent save 270 - 60 = 210."""
    network = rs.Network.from_dict(
        {
            "stages": ["making"],
            "commodities": {"metal": {}},
            "facilities": {
                "works": {
                    "country": "FIN",
                    "stage": "making",
                    "outputs": {"metal": 1},
                    "capacity": 5,
                    "site": "user",
                }
            },
            "projects": {"second": {"facility": "works", "capacity": 3, "capital_cost": 60}},
            "demands": {
                "user": {"country": "FIN", "commodity": "metal", "quantity": 8, "shortfall_cost": 90}
            },
        }
    )
    card = rs.scorecard(network)
    assert value(card, "spent of a first billion", "second") == pytest.approx(60)
    assert value(card, "which saves") == pytest.approx(210)


def test_an_unknown_bloc_is_told(network):
    """With what was meant."""
    with pytest.raises(rs.InputError, match="did you mean 'buyers'"):
        rs.scorecard(network, bloc="buyer")


def test_the_command(tmp_path):
    """As text and as JSON."""
    path = tmp_path / "network.yaml"
    path.write_text(NETWORK, encoding="utf-8")
    run = CliRunner().invoke
    found = run(app, ["scorecard", str(path), "-s", "embargo", "--bloc", "buyers"])
    assert found.exit_code == 0
    assert "15,590 USD" in found.stdout
    assert "share that is short" in found.stdout
    found = json.loads(run(app, ["scorecard", str(path), "-s", "embargo", "-f", "json"]).stdout)
    assert {"topic", "measure", "of", "value", "unit"} == set(found["scorecard"][0])
    assert run(app, ["scorecard", str(path), "--bloc", "buyer"]).exit_code == 2

"""The report as a file: whole, self-contained, safe against what stands in names, and what it says."""

from __future__ import annotations

import html as entities
import json
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from typer.testing import CliRunner

import resilience as rs
from resilience.cli import app
from resilience.errors import InputError, OutputError
from resilience.report import html, page
from resilience.report.html_tables import page_table
from resilience.results.solution import Units
from tests import small
from tests.report.test_figures import EVIL, chain
from tests.shared import rare_earths


class Reader(HTMLParser):
    """Collects the elements of a page, as a browser would find them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.elements and self.elements[-1][0] == "script":
            self.scripts.append(data)

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def two() -> str:
    network = chain(less={"description": "Less ore.", "set": {"facilities.near.capacity": 4}})
    return html.html([network.solve(), network.solve("less")])


def test_the_room_is_the_function(tmp_path):
    """`rs.report` writes the file and says where; `resilience.report.html` is a module all the same."""
    path = rs.report(chain(), path=tmp_path / "r.html")
    assert path == tmp_path / "r.html"
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert list(tmp_path.iterdir()) == [path]
    assert rs.report.html is html


def test_nothing_is_fetched(two):
    """Every element that could load something has no address, and links go only where the reader clicks."""
    read = Reader(two)
    for tag in ("link", "img", "iframe", "object", "embed", "video", "audio", "source", "base"):
        assert read.of(tag) == []
    assert all("src" not in attributes for attributes in read.of("script"))
    (policy,) = [meta["content"] for meta in read.of("meta") if meta.get("http-equiv")]
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy


def test_only_our_two_scripts_run(two):
    """All other script elements are data; the policy names two hashes."""
    read = Reader(two)
    running = [attributes for attributes in read.of("script") if attributes.get("type") is None]
    assert len(running) == 2
    assert two.count("'sha256-") == 2


def test_every_chart_has_its_data_a_finding_and_words(two):
    read = Reader(two)
    plots = [each for each in read.of("div") if each.get("class") == "plot"]
    ids = [attributes.get("id") for _, attributes in read.elements if attributes.get("id")]
    assert len(ids) == len(set(ids))
    assert [each["data-figure"] for each in plots] == [
        "effects-1-figure",
        *(f"{name}-{place}-figure" for name in ("map", "sankey", "shortfall") for place in (1, 2)),
        *(
            f"{name}-{place}-figure"
            for name in ("prices", "bottlenecks", "concentration")
            for place in (1, 2)
        ),
    ]
    for each in plots:
        assert each["role"] == "img"
        assert len(each["aria-label"]) > 40
        assert {each["data-figure"], f"{each['data-figure']}-title"} <= set(ids)
    for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', two, re.S):
        assert json.loads(text)["data"]


def test_the_page_opens_with_what_it_costs_who_goes_short_and_the_bottleneck(two):
    """4 t less of ore cost 200 of shortfall less 10 that are not spent: 190 more than 300 + 20 + 21 = 341."""
    words = entities.unescape(re.sub(r"<[^>]+>", "", two.partition("<main")[2].partition('class="cards"')[0]))
    assert (
        "Under less, supply costs 190 USD a year more than under base (56 %): 531 USD instead of 341 USD."
        in words
    )
    assert "Under less, 1 of 1 demands go short of 5 t, 50 % of all that is wanted" in words
    assert "the bottleneck is mining" in words


def test_of_three_scenarios_each_is_told_who_goes_short_and_what_the_bottleneck_is():
    """The ban leaves 500 t of the tutorial's wind power short, whichever scenario is named last."""
    network = rs.load("tutorial")
    plans = [network.solve(name) for name in (None, "ban", "expansion")]
    told = list(page.lead(plans, [rs.compare(plans[0], each) for each in plans[1:]]))
    assert told[2] == "Under base and expansion, nobody goes short: every demand is met in full."
    assert told[3].startswith("Under ban, 1 of 2 demands go short of 500 t, 10 % of all that is wanted")
    assert told[5].startswith("Under ban, the bottleneck is processing: 10 % more capacity there would save")
    assert told[4].startswith(
        "Under base and expansion, no stage is the bottleneck: 10 % more capacity in any"
    )


def test_names_cannot_break_out(tmp_path):
    """No name of a network becomes an element, an attribute or a script."""
    network = small.network(
        name=EVIL,
        description=EVIL,
        stages=["mining"],
        countries={"XAA": {"name": EVIL}},
        facilities={
            "mine": small.mine(
                "XAA",
                stage="mining",
                capacity=5,
                cost=1,
                name=EVIL,
                location=[1, 1],
                source=f"assumed: {EVIL}",
            )
        },
        demands={"works": small.want(9, "XBB", name=EVIL, shortfall_cost=9, sector=EVIL, location=[2, 2])},
        lanes=[small.lane("mine", "works")],
        sources={"s": {"title": EVIL, "url": "javascript:alert(1)"}},
        scenarios={"evil": {"description": EVIL}},
    )
    text = html.html([network.solve(), network.solve("evil")])
    plain = html.html([chain(evil={}).solve(), chain(evil={}).solve("evil")])
    known = {tag for tag, _ in Reader(plain).elements} | {"a"}
    read = Reader(text)
    assert {tag for tag, _ in read.elements} <= known
    assert len([each for each in read.of("script") if each.get("type") is None]) == 2
    assert not [each for each in read.of("a") if (each["href"] or "").startswith("javascript")]
    assert not any(name.startswith("on") for _, attributes in read.elements for name in attributes)
    assert entities.escape(EVIL) in text or "&lt;/script&gt;" in text


def test_a_table_has_units_exact_values_and_no_empty_columns():
    frame = pd.DataFrame(
        {
            "limit": ["a", "b"],
            "flow_t": [1234.5678, float("inf")],
            "share": [0.25, 1.0],
            "nothing": ["", ""],
        }
    )
    table = page_table("x", "X", frame, Units("t", "usd", "usd_per_t"))
    assert [head.title for head in table.heads] == ["limit", "flow, t", "share"]
    assert [(cell.text, cell.value) for cell in table.rows[0]] == [
        ("a", "a"),
        ("1,235", "1234.5678"),
        ("25 %", "0.25"),
    ]
    assert table.rows[1][1].value == ""


def test_a_long_table_says_what_is_left_out():
    frame = pd.DataFrame({"flow_t": range(1_500)})
    table = page_table("x", "X", frame, Units("t", "usd", "usd_per_t"))
    assert (len(table.rows), table.left_out) == (1_000, 500)


def test_assumptions_and_sources_are_all_there():
    """Every `assumed:` of the shipped network's tables is on its page, with its grade."""
    spec = rare_earths().spec
    found = list(page.assumptions(spec))
    assert ("facilities", "bayan_obo", "cost") in {row[:3] for row in found}
    assert all(grade in ("A", "B", "C", "") for *_, grade in found)
    assert str(len(spec.sources)) in page.counted(spec)


def test_command_writes_the_file(tmp_path, monkeypatch):
    path = tmp_path / "network.yaml"
    path.write_text(
        "commodities: {ore: {}}\n"
        "demands: {works: {country: FIN, commodity: ore, quantity: 1, shortfall_cost: 5}}\n"
    )
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["report", str(path)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "wrote report.html" in done.stderr
    assert "1 of 1 demands go short" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_missing_folder_is_the_users_mistake(tmp_path):
    done = CliRunner().invoke(app, ["report", "rare_earths", "-o", str(tmp_path / "no" / "r.html")])
    assert done.exit_code == 2
    assert "there is no folder" in done.stderr
    with pytest.raises(OutputError, match="there is no folder"):
        rs.report(chain(), path=tmp_path / "no" / "r.html")


def test_an_unknown_scenario_is_told_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match="scenario"):
        rs.report(chain(ban={}), ["bann"], tmp_path / "r.html")
    with pytest.raises(InputError, match="needs a scenario"):
        html.html([])
    assert list(tmp_path.iterdir()) == []


def test_scenarios_over_different_times_are_told_apart():
    network = chain(two={"set": {"horizon": {"start": 2025, "periods": 2, "step": "year"}}})
    told = list(page.lead([network.solve(), network.solve("two")], []))
    assert any("do not run over the same time (base a year; two over 2025 to 2026)" in text for text in told)

"""The report in a real browser with the network off: drawn, quiet, sorted, filtered, downloaded, by keys."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

import resilience as rs
from resilience.report import html
from tests import small
from tests.report import browser
from tests.report.test_figures import EVIL, chain

CHROMIUM = browser.found()

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason=f"no browser here: none of {', '.join(browser.PROGRAMS)} is installed"
)

FLOWS = "table-1-flows"


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """Two scenarios, with names that try to break out."""
    network = small.network(
        name=EVIL,
        stages=["mining", "smelting"],
        commodities=["ore", "metal"],
        countries={"XAA": {"name": EVIL}},
        facilities={
            "near": small.mine("XAA", stage="mining", capacity=8, cost=1, location=[10, 10], name=EVIL),
            "far": small.mine("AUS", stage="mining", capacity=60, cost=2),
            "smelter": {
                "country": "JPN",
                "stage": "smelting",
                "inputs": {"ore": 2},
                "outputs": {"metal": 1},
                "capacity": 20,
                "cost": 3,
            },
        },
        demands={
            "works": small.want(10, "JPN", "metal", shortfall_cost=100, sector=EVIL),
            "mill": small.want(9, "USA", "metal", shortfall_cost=90, sector="cars"),
        },
        lanes=[
            small.lane("near", "smelter"),
            small.lane("far", "smelter", capacity=20),
            small.lane("smelter", "works", "metal", cost=1),
            small.lane("smelter", "mill", "metal", cost=2),
        ],
        sources={"s": {"title": EVIL, "url": "https://example.org/"}},
        scenarios={"less": {"description": EVIL, "set": {"facilities.near.capacity": 4}}},
    )
    path = tmp_path_factory.mktemp("report") / "report.html"
    return html.write([network.solve(), network.solve("less")], path)


@pytest.fixture(scope="module")
def chrome():
    assert CHROMIUM is not None
    with browser.chromium(CHROMIUM) as page:
        page.size(1100)
        yield page


@pytest.fixture
def page(chrome, file):
    """Open the page anew; whatever it complains of fails the test."""
    chrome.events.clear()
    chrome.prefer("light")
    chrome.open(file)
    yield chrome
    assert chrome.complaints() == []


def cells(page, column: int) -> list[str]:
    return page.run(
        f"Array.from(document.getElementById('{FLOWS}').tBodies[0].rows)"
        f".filter(row => !row.classList.contains('hidden')).map(row => row.cells[{column}].dataset.value)"
    )


def heads(page) -> list[str]:
    return page.run(f"Array.from(document.querySelectorAll('#{FLOWS} th')).map(head => head.dataset.name)")


def test_every_chart_is_drawn(page):
    """Each has an svg with marks in it, of a size that can be seen, and nothing is outside its page."""
    counts = page.run(
        "Array.from(document.querySelectorAll('.plot')).map(plot => [plot.dataset.figure,"
        "plot.querySelectorAll('.main-svg').length,"
        "plot.querySelectorAll('.trace, .sankey-node, .bars path').length, plot.clientHeight])"
    )
    assert len(counts) == 13
    for name, drawings, marks, height in counts:
        assert drawings > 0, name
        assert marks > 0, name
        assert height > 100, name


def test_names_are_texts_and_no_script(page):
    """The hostile name is read as a heading, and no dialog came."""
    assert page.run("document.querySelector('h1').textContent") == EVIL
    assert page.run("document.scripts.length - document.querySelectorAll('script[type]').length") == 2


def test_a_script_that_got_in_would_not_run(chrome, file, tmp_path):
    """The content security policy stops what the escaping might let through."""
    bad = tmp_path / "bad.html"
    text = file.read_text(encoding="utf-8")
    bad.write_text(
        text.replace("</main>", "<script>document.title = 'broken'</script></main>"), encoding="utf-8"
    )
    chrome.events.clear()
    chrome.open(bad)
    assert chrome.run("document.title") != "broken"
    assert any("Content Security Policy" in told for told in chrome.complaints())


def test_a_table_sorts_both_ways(page):
    place = heads(page).index("flow_t")
    click = f"document.querySelectorAll('#{FLOWS} th button')[{place}].click()"
    before = [float(value) for value in cells(page, place)]
    page.run(click)
    assert [float(value) for value in cells(page, place)] == sorted(before)
    page.run(click)
    assert [float(value) for value in cells(page, place)] == sorted(before, reverse=True)
    sort = page.run(f"document.querySelectorAll('#{FLOWS} th')[{place}].getAttribute('aria-sort')")
    assert sort == "descending"


def test_a_table_is_filtered_and_downloaded_as_it_stands(page, tmp_path):
    """Only lanes to the mill are left; the file has them with all digits, and the names of the columns."""
    page.downloads(tmp_path)
    page.run(
        f"(field => {{ field.value = 'MILL'; field.dispatchEvent(new Event('input')); }})"
        f"(document.querySelector('input[data-table={FLOWS}]'))"
    )
    assert cells(page, heads(page).index("to")) == ["mill"]
    assert page.run(f"document.getElementById('{FLOWS}-count').textContent") == "1 rows"
    page.run(f"document.querySelector('button[data-csv={FLOWS}]').click()")
    path = tmp_path / f"{FLOWS}.csv"
    end = time.monotonic() + browser.PATIENCE
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.05)
    (row,) = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    assert (row["from"], row["to"], row["flow_t"]) == ("smelter", "mill", "4")


def test_the_map_shows_the_stage_that_is_chosen(page):
    """At first smelting, the last that ships abroad; then mining, with its finding."""
    shown = (
        "Array.from(document.querySelector('[data-figure=map-1-figure]').data)"
        ".filter(trace => trace.meta && trace.visible).map(trace => trace.meta.view)"
    )
    assert set(page.run(shown)) == {"smelting"}
    page.run(
        "(choice => { choice.value = 'mining'; choice.dispatchEvent(new Event('change')); })"
        "(document.getElementById('map-view'))"
    )
    assert set(page.run(shown)) == {"mining"}
    assert "from mining cross a border" in page.run(
        "document.getElementById('map-1-figure-title').textContent"
    )


def test_light_and_dark_follow_the_reader_then_the_button(page):
    ground = "getComputedStyle(document.body).backgroundColor"
    ink = "document.querySelector('[data-figure=effects-1-figure]').layout.font.color"
    light = page.run(ground), page.run(ink)
    page.prefer("dark")
    dark = page.run(ground), page.run(ink)
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    assert page.run("document.getElementById('theme').textContent") == "Light page"
    page.run("document.getElementById('theme').click()")
    assert (page.run(ground), page.run(ink)) == light


def test_the_keyboard_reaches_the_findings_first_then_the_controls(page):
    """Tab: the link past the head, the button of the theme, the contents."""
    focused = "document.activeElement.id || document.activeElement.className || document.activeElement.hash"
    found = []
    for _ in range(3):
        page.press("Tab", 9)
        found.append(page.run(focused))
    assert found == ["skip", "theme", "#cost"]


def test_a_narrow_page_does_not_scroll_sideways(page):
    page.size(400)
    try:
        assert page.run("document.documentElement.scrollWidth") <= 400
    finally:
        page.size(1100)


def test_it_prints(page):
    """A PDF of several pages, its charts within the page."""
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type/Page") > 1


def test_several_periods_and_stocks(chrome, tmp_path):
    """Stock over time is drawn where there is any, and shortfall by period."""
    network = small.network(
        horizon={"start": 2025, "periods": 3, "step": "year"},
        stockpiles={"vault": {"country": "JPN", "commodity": "ore", "initial": 12, "capacity": 20}},
        demands={"works": small.want(5, "JPN", shortfall_cost=9)},
        lanes=[small.lane("vault", "works")],
    )
    chrome.events.clear()
    chrome.open(rs.report(network, path=tmp_path / "r.html"))
    assert chrome.run("document.querySelectorAll('[data-figure=stocks-1-figure] .main-svg').length") > 0
    assert chrome.complaints() == []


def test_one_scenario_alone(chrome, tmp_path):
    chrome.events.clear()
    chrome.open(rs.report(chain(), path=tmp_path / "r.html"))
    assert chrome.run("document.documentElement.dataset.drawn") == "6"
    assert chrome.complaints() == []

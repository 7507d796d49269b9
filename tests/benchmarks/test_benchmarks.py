"""The smallest size of everything, in every test run, without a clock: only what must agree."""

import json
import math
import warnings

import pandas as pd
import pytest

from tests.benchmarks.__main__ import main
from tests.benchmarks.chart import draw
from tests.benchmarks.generate import WIDTHS, layered, network_data, program_of
from tests.benchmarks.measure import Runs, measure, run_apart, run_here
from tests.benchmarks.subjects import SUBJECTS
from tests.benchmarks.summary import summary
from tests.benchmarks.systems import SYSTEMS

PHASES = ("read", "compile", "solve", "what-if", "routes", "report", "tie")
SUBJECT_NAMES = ("layered-tiny", "layered-tinyx12", "flow-tiny")
LOOSE = {"ortools-pdlp": 1e-6}
"""A method of first order stops short of the optimum."""


@pytest.fixture(scope="module")
def known():
    """Return the optimum and the what-if of each small subject, by HiGHS alone."""
    return {name: run_here(name, "highs-simplex") for name in SUBJECT_NAMES}


@pytest.mark.parametrize("subject", SUBJECT_NAMES)
@pytest.mark.parametrize("system", [name for name in SYSTEMS if name != "highs-simplex"])
def test_every_system_finds_the_same_optimum(subject, system, known):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peers' own
        found = run_here(subject, system)
    if found["said"]:
        pytest.skip(found["said"])
    assert found["cost"] == pytest.approx(known[subject]["cost"], rel=LOOSE.get(system, 1e-9))
    if not math.isnan(found["what_if"]):
        assert found["what_if"] == pytest.approx(known[subject]["what_if"], rel=1e-9)
        assert found["what_if"] > found["cost"]


def test_ours_goes_through_all_phases():
    found = run_here("layered-tiny", "ours")
    assert list(found["seconds"]) == list(PHASES)
    assert found["peak"] > 0


def test_sizes_are_what_they_say():
    """Four gaps of width x width lanes: 2k, 17k, 86k, 412k and 1M of them."""
    lanes = {size: 4 * width**2 for size, width in WIDTHS.items() if size != "tiny"}
    assert lanes == {"2k": 1936, "17k": 16_900, "86k": 86_436, "412k": 412_164, "1M": 1_000_000}


def test_a_draw_is_the_same_each_time_and_its_lanes_are_in_both_forms():
    made = layered(3, 2)
    assert (made.freight == layered(3, 2).freight).all()
    assert len(network_data(made)["lanes"]) == 36
    assert len(program_of(made).columns.where(kind="ship")) == 72


def test_what_a_system_cannot_do_or_what_is_not_installed_is_said(monkeypatch):
    assert run_here("layered-tiny", "networkx-flow")["said"] == "cannot do this kind"

    def missing(subject):
        raise ImportError(name="linopy")

    monkeypatch.setitem(SYSTEMS, "linopy", SYSTEMS["linopy"].__class__("none", missing))
    assert run_here("layered-tiny", "linopy")["said"] == "not installed: linopy"


SECONDS = {"ours": 1.0, "highs-ipm": 2.0, "highs-simplex": 4.0, "pulp": 5.0, "linopy": 8.0}


def pretend(subject, system, limit):
    """Stand for a run: solving takes as long as `SECONDS` says; PyPSA takes too long."""
    if system == "pypsa":
        return {"said": f"> {limit:g} s", "limit": limit}
    times = {"compile": SECONDS[system] / 4, "solve": SECONDS[system]}
    whole = {"cost": 7.0, "what_if": 8.0, "seconds": times, "cpu": times, "solver": {}}
    return {**whole, "columns": 88, "peak": 100.0, "said": ""}


def test_the_table_has_ratios_to_highs_alone_and_to_the_best_peer(monkeypatch, tmp_path):
    monkeypatch.setattr("tests.benchmarks.measure.run_apart", pretend)
    table = measure(["layered-2k"], [*SECONDS, "pypsa"], 2, 3.0)
    total = table[table["phase"] == "end to end"].set_index("system")
    assert total["times_limit"].to_dict() == {name: s / 2 for name, s in SECONDS.items()}
    assert total["times_peer"].to_dict() == {name: s / 5 for name, s in SECONDS.items()}
    assert table.loc[table["system"] == "pypsa", "said"].tolist() == ["> 3 s"]
    told = summary(table).splitlines()
    assert told[0] == "### layered-2k, 88 columns"
    assert "| pypsa | > 3 s |  |  |  |  |  |  |" in told
    assert "| linopy | 2 | 8 | 10 | 10 | 4 | 1.6 | 100 |" in told
    pytest.importorskip("plotly")
    assert draw(table, tmp_path / "chart.html").startswith("chart: ")
    text = (tmp_path / "chart.html").read_text(encoding="utf-8")
    assert all(name in text for name in [*SECONDS, "pypsa: stopped"])


def test_who_was_too_slow_is_not_asked_for_more_nor_is_what_was_run_run_again(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(
        "tests.benchmarks.measure.run_apart",
        lambda subject, system, limit: asked.append((subject, system)) or pretend(subject, system, limit),
    )
    kept = tmp_path / "runs.jsonl"
    names = ["layered-2k", "layered-17k", "flow-2k"]
    table = measure(names, ["ours", "pypsa"], 2, 3.0, runs=Runs(kept))
    assert asked.count(("layered-2k", "ours")) == 2
    assert asked.count(("layered-2k", "pypsa")) == 1
    assert asked.count(("layered-17k", "pypsa")) == 0
    assert asked.count(("flow-2k", "pypsa")) == 1
    slow = table[(table["system"] == "pypsa")].set_index("subject")["said"]
    assert slow.to_dict() == {"layered-2k": "> 3 s", "layered-17k": "> 3 s at layered-2k", "flow-2k": "> 3 s"}
    before = len(asked)
    pd.testing.assert_frame_equal(measure(names, ["ours", "pypsa"], 2, 3.0, runs=Runs(kept)), table)
    assert len(asked) == before


def test_no_run_begins_once_the_time_is_over(monkeypatch):
    monkeypatch.setattr("tests.benchmarks.measure.run_apart", pretend)
    table = measure(["layered-2k"], ["ours"], 2, 3.0, budget=-1.0)
    assert table["said"].tolist() == ["not run: no time was left"]
    assert "no time was left" in summary(table)


def test_a_run_that_takes_too_long_is_stopped():
    assert run_apart("layered-tiny", "highs-ipm", 0.01) == {"said": "> 0 s", "limit": 0.01}


def test_the_command_measures_in_a_process_of_its_own(monkeypatch, capsys, tmp_path):
    output = tmp_path / "table.csv"
    given = ["x", "--sizes", "tiny", "--systems", "highs-simplex", "--repeat", "1", "-o", str(output)]
    monkeypatch.setattr("sys.argv", given)
    main()
    assert "end to end" in capsys.readouterr().out
    table = pd.read_csv(output)
    assert set(table["phase"]) == {"compile", "solve", "what-if", "end to end"}
    assert (table["times_limit"] == 1).all()
    assert (table["cpu_seconds"] > 0).all()
    assert output.with_suffix(".md").read_text(encoding="utf-8").startswith("### layered-tiny, 88 columns")


def test_one_run_is_printed_as_json(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["x", "--one", "layered-tiny", "highs-ipm"])
    main()
    assert json.loads(capsys.readouterr().out)["columns"] == SUBJECTS["layered-tiny"]().program.n_columns


def test_an_unknown_name_is_refused_with_those_there_are(monkeypatch):
    monkeypatch.setattr("sys.argv", ["x", "--systems", "gurobi"])
    with pytest.raises(SystemExit, match="no system gurobi; there are ours, highs-ipm"):
        main()

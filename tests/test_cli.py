"""The command line as a user meets it: what it prints where, and with which exit status it leaves."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

import resilience as rs
from resilience.cli import app

NETWORK = """\
name: Two sources
description: A near source that may be closed, and a far one.
stages: [mining, smelting]
countries:
  COD: {name: The Congo}
blocs:
  buyers: [FIN, JPN]
commodities:
  ore: {name: Copper ore, price: 20, basis: t gross}
  metal: {basis: t contained}
facilities:
  near_mine: {country: COD, stage: mining, outputs: {ore: 1}, capacity: 50, cost: 10}
  far_mine: {country: AUS, stage: mining, outputs: {ore: 1}, capacity: 20, cost: 25}
  smelter: {country: FIN, stage: smelting, inputs: {ore: 2}, outputs: {metal: 1}, capacity: 60, cost: 5}
demands:
  works: {country: JPN, sector: industry, commodity: metal, quantity: 20, shortfall_cost: 1000}
  plant: {country: FIN, sector: defence, commodity: metal, quantity: 5, shortfall_cost: 3000}
lanes:
  - {from: {stage: mining}, to: smelter, commodity: ore, cost: 1}
  - {from: smelter, to: {kind: demand}, commodity: metal, cost: 2}
policies:
  duty: {type: tariff, importer: FIN, origin: COD, rate: 10%}
  embargo: {type: export_restriction, from: COD, to: buyers}
scenarios:
  usual: {policies: [duty]}
  embargo: {extends: usual, policies: [embargo], description: The near source is closed to the buyers.}
  more: {extends: embargo, set: {facilities.far_mine.capacity: 30}}
"""

MUST_BE_MET = NETWORK.replace(", shortfall_cost: 1000", "")

MISTAKES = """\
name: Ten mistakes
stages: [mining, smelting]
countries:
  NO: {name: Norway}
commodities:
  ore: {price: -5}
  metal: {basis: t contained}
facilities:
  mine: {country: AUS, stage: minning, outputs: {ore: 1}, capacity: 50}
  smelter: {country: AUS, stage: smelting, inputs: {or: 2}, outputs: {metal: 1}}
  refinery: {country: AUS, stage: smelting, process: refinning}
  works: {country: AUS, stage: smelting, outputs: {metal: 1}, capcity: 5}
demands:
  buyer: {country: AUS, commodity: metal, quantity: .nan}
  other: {country: AUS, commodity: metal, quantity: 12 kg/USD}
lanes:
  - {from: mine, to: smelterr, commodity: ore}
policies:
  ban: {type: export_bann, from: AUS}
"""

TEN = {
    4: "'NO' is not an ISO 3166-1 alpha-3 code; did you mean 'NOR' (Norway)?",
    6: "-5 is below the least possible, 0",
    9: "unknown stage 'minning'; did you mean 'mining'?",
    10: "unknown commodity 'or'; did you mean 'ore'?",
    11: "unknown process 'refinning'",
    12: "unknown field 'capcity'; did you mean 'capacity'?",
    14: "'.nan' is not a finite number",
    15: "'kg/USD' is not a unit of t/yr",
    17: "unknown place 'smelterr'; did you mean 'smelter'?",
    19: "unknown policy type 'export_bann'; did you mean 'export_restriction'?",
}
"""What must be said, by the line that it is about."""

HEAVY = ("numpy", "pandas", "pydantic", "pint", "pulp", "scipy", "highspy", "networkx", "yaml", "rich")


@pytest.fixture
def network(tmp_path: Path) -> str:
    path = tmp_path / "network.yaml"
    path.write_text(NETWORK, encoding="utf-8")
    return str(path)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def process(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "resilience", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env={**os.environ, **(env or {})},
    )


def printed(*arguments: str | Path) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert not result.stderr
    return result.stdout


# Help, and starting fast


def test_help_names_every_command_and_no_completion():
    text = printed("--help")
    for command in (
        "solve", "compare", "check", "routes", "origins", "bottlenecks", "prices", "concentration", "export",
        "schema", "networks", "init", "doctor",
    ):  # fmt: skip
        assert f"\n  {command} " in text
    assert "completion" not in text
    assert "..." not in text.partition("Commands:")[2]


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", [[], ["solve"], ["check"]])
def test_both_spellings_of_help_work(flag, command):
    assert printed(*command, flag).startswith("Usage: ")


def test_help_imports_nothing_heavy_and_is_quick():
    code = f"""
import sys
sys.argv = ["resilience", "--help"]
from resilience.cli import run
try:
    run()
except SystemExit as leaving:
    assert leaving.code == 0
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert time.perf_counter() - started < 5  # measured: 0.25 s; a loaded machine may take longer
    assert done.stderr.strip() == "[]"


def test_version():
    assert printed("--version") == f"resilience {rs.__version__}\n"


def test_an_unknown_command_and_a_missing_argument_are_wrong_input():
    assert run("slove").exit_code == 2
    assert run("solve").exit_code == 2
    assert run("solve", "x", "--format", "xml").exit_code == 2


# solve


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        ("150%", "--gap: 1.5 must be below 1"),
        ("-1%", "--gap: -0.01 is below the least possible, 0"),
        ("little", "--gap: 'little' is not a number"),
    ],
)
def test_a_gap_that_is_no_share_is_told(network, gap, words):
    result = run("solve", network, "--gap", gap)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_gap_may_be_accepted(network):
    assert "Proof: this is the least cost" in printed("solve", network, "--gap", "1%")


@pytest.mark.parametrize(("how", "word"), [("distance", "unique"), ("none", "off")])
def test_how_ties_are_broken_may_be_said(network, how, word):
    data = json.loads(printed("solve", network, "-s", "embargo", "--tie-break", how, "--format", "json"))
    assert data["solutions"][0]["tie_break"] == word


def test_an_unknown_tie_break_is_told(network):
    result = run("solve", network, "--tie-break", "cost")
    assert result.exit_code == 2


def test_a_range_is_printed(network):
    """In the embargo the far mine's 20 t of ore are all there is: 10 t of metal, whoever gets them."""
    text = printed("range", network, "-s", "embargo", "--facility", "far_mine", "--slack", "0", "-f", "json")
    (found,) = json.loads(text)["ranges"]
    assert (found["least_t"], found["now_t"], found["most_t"], found["unique"]) == (20, 20, 20, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "wanted one of --lane"),
        (["--lane", "x"], "matches no lane"),
        (["--facility", "far_mine", "--slack", "little"], "--slack: 'little' is not a number"),
    ],
)
def test_a_range_of_nothing_is_told(network, options, words):
    result = run("range", network, *options)
    assert result.exit_code == 2
    assert words in result.stderr


def test_solve_tells_cost_shortage_routes_bottlenecks_and_proof(network):
    """20 t of ore at 25 make 10 t of metal: plant's 5 first, 5 of works' 20; 15 short at 1000.

    Cost: mine 20*25 + lane 20 + smelting 10*5 + lanes 10*2 + 15*1000 = 15 590.
    """
    text = printed("solve", network, "-s", "embargo")
    for words in (
        "Two sources: scenario embargo, 2025",
        "The near source is closed to the buyers.",
        "Policies in force: duty, embargo.",
        "Cost: 15,590 USD  (15,590.00 USD)",
        "Who goes short: 1 of 2 demands, at a loss of 15,000 USD",
        "How those cut off from The Congo are supplied",
        "far_mine > smelter",
        "facilities.far_mine.capacity",
        "No plan of this network can cost less than 15,590.00 USD",
    ):
        assert words in text
    assert "t contained" in text
    assert "\x1b" not in text
    assert "…" not in text


def test_solve_names_who_pays_a_transfer_to_whom(network):
    """50 t of ore at a duty of 2 each."""
    text = printed("solve", network, "-s", "usual")
    assert "importers pay their treasury: Finland 100" in text
    assert "Nobody goes short" in text


def test_without_a_scenario_the_network_alone_is_solved(network):
    assert "Two sources: the network alone, 2025" in printed("solve", network)
    assert printed("solve", network, "-f", "csv") == printed("solve", network, "-s", "base", "-f", "csv")


def test_json_parses_back_and_equals_the_api(network):
    found = json.loads(printed("solve", network, "-s", "embargo", "-s", "usual", "--format", "json"))
    api = rs.load(network)
    for record, name in zip(found["solutions"], ("embargo", "usual"), strict=True):
        solution = api.solve(name)
        assert record["scenario"] == name
        assert record["cost_usd"] == solution.cost
        assert record["basis"] == {"ore": "t gross", "metal": "t contained"}
        assert record["certificate"]["safe_bound_usd"] == solution.certificate.safe_bound
        assert [row["cost_usd"] for row in record["cost"]] == solution.cost_breakdown.tolist()
        assert [row["shortfall_t"] for row in record["shortfall"]] == solution.shortfall[
            "shortfall_t"
        ].tolist()
        assert [row["delivered_t"] for row in record["routes"]] == solution.routes()["delivered_t"].tolist()
        assert len(record["prices"]) == len(solution.prices)
    assert all(row["capacity_t"] is None for row in found["solutions"][0]["flows"])


def no_constant(text: str) -> None:
    raise AssertionError(f"{text} is not JSON")


def test_json_has_no_nan_and_no_infinity(network):
    text = printed("solve", network, "-f", "json")
    json.loads(text, parse_constant=no_constant)


def test_csv_is_one_tidy_table(network):
    text = printed("solve", network, "-s", "usual", "-s", "embargo", "-f", "csv", "--table", "shortfall")
    frame = pd.read_csv(io.StringIO(text))
    assert frame.columns[:2].tolist() == ["scenario", "demand"]
    assert frame.groupby("scenario")["shortfall_t"].sum().to_dict() == {"embargo": 15.0, "usual": 0.0}
    assert set(frame["basis"]) == {"t contained"}


def test_csv_of_costs_adds_up(network):
    frame = pd.read_csv(io.StringIO(printed("solve", network, "-s", "embargo", "-f", "csv")))
    assert frame["cost_usd"].sum() == pytest.approx(rs.load(network).solve("embargo").cost)


def test_one_table_alone_in_every_format(network):
    assert "near_mine" in printed("solve", network, "--table", "production")
    rows = json.loads(printed("solve", network, "--table", "production", "-f", "json"))["production"]
    assert {row["facility"] for row in rows} == {"near_mine", "far_mine", "smelter"}
    result = run("solve", network, "--table", "prodcution")
    assert result.exit_code == 2
    assert "unknown table 'prodcution'; did you mean 'production'?" in result.stderr


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("stocks", ["stockpile", "country", "commodity", "period", "opening_t"]),
        ("projects", ["project", "facility", "hub", "limit", "country"]),
        ("origins", ["demand", "period", "stage", "country", "share"]),
    ],
)
def test_tables_of_stock_projects_and_origins(network, table, columns):
    found = pd.read_csv(io.StringIO(printed("solve", network, "-f", "csv", "--table", table)))
    assert [name for name in found.columns if name not in ("scenario", "basis")][:5] == columns
    assert (len(found) > 0) == (table == "origins")


def test_set_changes_a_value_on_top_of_the_scenario(network):
    changed = printed(
        "solve", network, "-s", "embargo", "--set", "facilities.far_mine.capacity=30", "-f", "csv"
    )
    more = printed("solve", network, "-s", "more", "-f", "csv").replace("more", "embargo")
    assert changed == more


def test_set_reads_mappings_units_and_percentages(network):
    result = printed(
        "solve", network, "-s", "usual", "-f", "json",
        "--set", "facilities.near_mine.capacity={2025: 0.03 kt/yr}",
        "--set", "policies.duty.rate=20%",
    )  # fmt: skip
    record = json.loads(result)["solutions"][0]
    assert [row["amount_usd"] for row in record["transfers"]] == [pytest.approx(30 * 4)]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("facilities.far_mine.capcity=3", "--set: facilities.far_mine.capcity: unknown field 'capcity'"),
        ("facilities.farmine.capacity=3", "there is no 'farmine' under facilities; did you mean 'far_mine'?"),
        ("facilities.far_mine.capacity=many", "--set: facilities.far_mine.capacity: 'many' is not a number"),
        ("facilities.far_mine.capacity=[1, 2", "--set: facilities.far_mine.capacity: not YAML"),
        ("facilities.far_mine.capacity", "--set: 'facilities.far_mine.capacity': wanted PATH=VALUE"),
    ],
)
def test_a_wrong_set_says_so_at_the_set(network, setting, words):
    result = run("solve", network, "--set", setting)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "network.yaml:1:1" not in result.stderr
    assert result.stderr.endswith("1 problem\n")
    assert not result.stdout


def test_pulp_gives_the_same_answer(network):
    ours, theirs = (
        json.loads(printed("solve", network, "-s", "embargo", "-f", "json", "--solver", solver))
        for solver in ("highs", "pulp")
    )
    assert theirs["solutions"][0]["cost_usd"] == pytest.approx(ours["solutions"][0]["cost_usd"], rel=1e-9)
    assert "PuLP" in theirs["solutions"][0]["solver"]["name"]


# Exit statuses, and which stream


def test_no_feasible_answer_is_1(tmp_path):
    """Works must have its 20 t of metal, and the far mine gives ore for 10."""
    path = tmp_path / "network.yaml"
    path.write_text(MUST_BE_MET, encoding="utf-8")
    done = process("solve", path, "-s", "embargo")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "at least 10 t must go short" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_input_is_2_and_says_what_was_meant(network):
    for arguments, words in (
        (["solve", "rare_earth"], "did you mean 'rare_earths'?"),
        (["solve", network, "-s", "embrago"], "did you mean 'embargo'?"),
        (["solve", network, "--solver", "hihgs"], "did you mean 'highs'?"),
        (["routes", network, "--demand", "plent"], "did you mean 'plant'?"),
        (["concentration", network, "--bloc", "buyer"], "did you mean 'buyers'?"),
        (["init", "x", "--from", "rare_erths"], "did you mean 'rare_earths'?"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2, arguments
        assert words in result.stderr
        assert result.stderr.endswith("1 problem\n")
        assert not result.stdout


def test_out_of_time_is_3(network):
    result = run("solve", network, "--time-limit", "0")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "no proved plan within the time limit" in result.stderr


def test_ten_mistakes_are_ten_located_errors(tmp_path):
    path = tmp_path / "network.yaml"
    path.write_text(MISTAKES, encoding="utf-8")
    for command in (["check", path], ["solve", path], ["compare", path, "a", "b"]):
        done = run(*command)
        assert (done.exit_code, done.stdout) == (2, "")
        told = done.stderr
        lines = told.splitlines()
        located = [line for line in lines if line.startswith(f"{path}:")]
        assert [int(line.removeprefix(f"{path}:").partition(":")[0]) for line in located] == list(TEN)
        for line, words in zip(located, TEN.values(), strict=True):
            assert words in line
        assert lines[-1] == "10 problems"


def test_the_offending_text_is_marked(tmp_path):
    path = tmp_path / "network.yaml"
    path.write_text(MISTAKES, encoding="utf-8")
    lines = run("check", path).stderr.splitlines()
    place = next(number for number, line in enumerate(lines) if "smelterr'" in line)
    assert lines[place + 1].strip() == "- {from: mine, to: smelterr, commodity: ore}"
    start = lines[place + 1].index("smelterr")
    assert lines[place + 2] == " " * start + "^" * len("smelterr")


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "\t: {", "a: b: c", "\0", "facilities: 5\n"])
def test_whatever_a_file_holds_there_is_no_traceback(tmp_path, content):
    path = tmp_path / "network.yaml"
    path.write_text(content, encoding="utf-8")
    result = run("check", path)
    assert result.exit_code == 2
    assert "network.yaml" in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_check_reports_a_policy_that_matches_nothing_in_a_scenario_never_solved(tmp_path):
    path = tmp_path / "network.yaml"
    path.write_text(
        NETWORK.replace("importer: FIN, origin: COD", "importer: JPN, origin: COD"), encoding="utf-8"
    )
    result = run("check", path)
    assert result.exit_code == 2
    assert "policies.duty.importer: matches no lane" in result.stderr


def test_ctrl_c_leaves_with_130_and_without_a_traceback(network, monkeypatch):
    def interrupted(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rs, "load", interrupted)
    result = run("solve", network)
    assert result.exit_code == 130
    assert result.stderr == "interrupted\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_behind_stdout_is_told_in_one_line():
    command = f"{sys.executable} -m resilience schema > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "stdout: cannot be written: No space left on device\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_a_reader_that_goes_away_is_no_error(network):
    command = f"{sys.executable} -m resilience schema | head -n 1; echo ${{PIPESTATUS[0]}} >&2"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == "{\n"
    assert done.stderr.strip() in ("0", str(128 + signal.SIGPIPE))


def test_a_fault_of_ours_is_told_as_ours(network, monkeypatch, capsys):
    from resilience import cli

    def broken(name: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rs, "load", broken)
    monkeypatch.setattr(sys, "argv", ["resilience", "solve", network])
    with pytest.raises(SystemExit) as leaving:
        cli.run()
    assert leaving.value.code == cli.OUR_FAULT
    assert "fault of resilience" in capsys.readouterr().err


def test_results_are_utf_8_whatever_the_locale(tmp_path):
    path = tmp_path / "network.yaml"
    path.write_text(NETWORK.replace("The Congo", "Türkiye"), encoding="utf-8")
    done = process("solve", path, "-s", "embargo", env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert done.returncode == 0
    assert "cut off from Türkiye" in done.stdout


# compare, routes, bottlenecks, concentration


def test_compare_tells_what_differs(network):
    text = printed("compare", network, "usual", "embargo")
    assert "Two sources: usual -> embargo" in text
    assert "embargo costs" in text
    assert "works" in text
    assert "The Congo" in text


def test_compare_as_json_equals_the_api(network):
    found = json.loads(printed("compare", network, "usual", "embargo", "-f", "json"))
    api = rs.load(network)
    before, after = api.solve("usual"), api.solve("embargo")
    assert found["change_cost_usd"] == after.cost - before.cost
    assert sum(row["change_cost_usd"] for row in found["cost"]) == pytest.approx(after.cost - before.cost)
    assert found["before"] == "usual"


def test_compare_says_why_in_words_and_in_effects_that_add_up(network):
    text = " ".join(printed("compare", network, "usual", "embargo").split())
    assert "What adds to the cost:" in text
    assert "by more shortfall" in text
    assert "Why: the effects, which add up" in text
    found = json.loads(printed("compare", network, "usual", "embargo", "-f", "json"))
    effects = {row["effect"]: row["change_cost_usd"] for row in found["effects"]}
    assert effects.pop("total") == found["change_cost_usd"]
    assert sum(effects.values()) == pytest.approx(found["change_cost_usd"], rel=1e-9)
    for effect, amount in effects.items():
        parts = [row["change_cost_usd"] for row in found["effects_by"] if row["effect"] == effect]
        assert sum(parts) == pytest.approx(amount, rel=1e-9, abs=1e-9)


def test_compare_with_the_network_alone_and_one_table(network):
    frame = pd.read_csv(
        io.StringIO(printed("compare", network, "base", "usual", "-f", "csv", "--table", "flows"))
    )
    assert "change_flow_t" in frame
    assert "nothing" not in printed("compare", network, "usual", "usual")
    assert "cost the same" in printed("compare", network, "usual", "usual")


def test_routes_of_one_demand(network):
    text = printed("routes", network, "-s", "embargo", "--demand", "plant")
    assert "AUS > FIN" in text
    assert "works" not in text
    found = json.loads(printed("routes", network, "-s", "embargo", "--demand", "plant", "-f", "json"))
    assert [row["delivered_t"] for row in found["routes"]] == [pytest.approx(5)]
    assert found["scenario"] == "embargo"


def test_bottlenecks_rank_limits(network):
    """One more t of far ore makes half a t of metal: saves 500, costs 25 + 1 + 2.5 + 1."""
    found = json.loads(printed("bottlenecks", network, "-s", "embargo", "-f", "json"))["bottlenecks"]
    far = next(row for row in found if row["limit"] == "facilities.far_mine.capacity")
    assert far["rent_usd_per_t"] == pytest.approx(500 - 29.5)
    assert "far_mine" in printed("bottlenecks", network, "-s", "embargo")


def test_concentration_of_a_bloc(network):
    text = printed("concentration", network, "-s", "embargo", "--bloc", "buyers")
    assert "What reaches the bloc" in text
    assert "Mining: Australia does 100 %" in " ".join(text.split())
    rows = json.loads(printed("concentration", network, "-s", "embargo", "-f", "json"))["concentration"]
    ore = next(row for row in rows if (row["measure"], row["commodity"]) == ("production", "ore"))
    assert ore["hhi"] == pytest.approx(10_000)


# Files


def test_output_goes_into_the_file_and_not_to_stdout(network, tmp_path):
    target = tmp_path / "answer.json"
    result = run("solve", network, "-o", target)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert json.loads(target.read_text(encoding="utf-8"))["solutions"][0]["scenario"] == "base"


def test_a_failed_run_leaves_the_old_file_and_no_other(network, tmp_path):
    target = tmp_path / "answer.json"
    target.write_text("old", encoding="utf-8")
    assert run("solve", network, "-s", "embrago", "-o", target).exit_code == 2
    assert target.read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.json", "network.yaml"]


@pytest.mark.parametrize(
    ("path", "words"), [("nowhere/answer.json", "there is no folder"), (".", "is a folder")]
)
def test_a_path_that_cannot_be_written_is_wrong_input(network, tmp_path, path, words):
    result = run("solve", network, "-o", tmp_path / path)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


MUST_BE_GIVEN = {
    "compare": ["x.yaml", "base", "base"],
    "curve": ["x.yaml", "discount_rate", "1", "2"],
    "export": ["x.yaml", "--to", "lp"],
    "bloc": ["x.yaml", "-s", "base"],
    **{name: [] for name in ("schema", "networks", "doctor")},
}
"""What commands cannot be without, unless it is a network alone."""
WRITERS = [
    name
    for name, command in get_command(app).commands.items()
    if "output" in [param.name for param in command.params]
]


@pytest.mark.parametrize("name", WRITERS)
def test_a_missing_folder_is_told_before_any_work(name, tmp_path, monkeypatch):
    """Nobody waits a minute for an answer that cannot be written: the network is not even read."""
    monkeypatch.setattr(rs, "load", lambda name: pytest.fail("work was begun"))
    result = run(name, *MUST_BE_GIVEN.get(name, ["x.yaml"]), "-o", tmp_path / "missing" / "x.csv")
    assert result.exit_code == 2, result.output
    assert "there is no folder" in result.stderr


@pytest.mark.parametrize(("kind", "words"), [("csv", "is a file"), ("lp", "is a folder")])
def test_export_asks_for_a_file_or_a_folder_before_any_work(tmp_path, monkeypatch, kind, words):
    monkeypatch.setattr(rs, "load", lambda name: pytest.fail("work was begun"))
    (tmp_path / "file").write_text("old", encoding="utf-8")
    result = run("export", "x.yaml", "--to", kind, "-o", tmp_path / "file" if kind == "csv" else tmp_path)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize("kind", ["lp", "mps"])
def test_export_of_the_program(network, tmp_path, kind):
    target = tmp_path / f"program.{kind}"
    assert run("export", network, "-s", "embargo", "--to", kind, "-o", target).exit_code == 0
    text = target.read_text(encoding="utf-8")
    assert text.rstrip().endswith("End" if kind == "lp" else "ENDATA")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["network.yaml", target.name]


def test_export_of_a_graph(network, tmp_path):
    import networkx as nx

    target = tmp_path / "flows.graphml"
    assert run("export", network, "-s", "embargo", "--to", "graphml", "-o", target).exit_code == 0
    graph = nx.read_graphml(target)
    solution = rs.load(network).solve("embargo")
    flows = sum(data["flow"] for _, _, data in graph.edges(data=True))
    assert flows == pytest.approx(solution.flows["flow_t"].sum())


def test_export_of_tables(network, tmp_path):
    target = tmp_path / "tables"
    for _ in range(2):  # the second writes over the first
        assert run("export", network, "-s", "embargo", "--to", "csv", "-o", target).exit_code == 0
    solution = rs.load(network).solve("embargo")
    pd.testing.assert_frame_equal(
        pd.read_csv(target / "shortfall.csv").astype({"period": str}), solution.shortfall, check_dtype=False
    )
    assert pd.read_csv(target / "certificate.csv").loc[0, "cost_usd"] == solution.cost
    assert sorted(path.name for path in tmp_path.iterdir()) == ["network.yaml", "tables"]
    solution.save(tmp_path / "same")
    files = {path.name: path.read_text(encoding="utf-8") for path in target.iterdir()}
    assert {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "same").iterdir()} == files
    with pytest.raises(rs.InputError, match="unknown kind 'xls'"):
        solution.save(tmp_path / "same", "xls")


@pytest.mark.parametrize("kind", ["xlsx", "csv", "parquet"])
def test_export_of_the_network_edited_and_solved(network, tmp_path, kind):
    """What is written is read again, at every command, and gives the same answer."""
    pytest.importorskip("openpyxl")
    pytest.importorskip("pyarrow")
    target = tmp_path / ("book.xlsx" if kind == "xlsx" else "tables")
    assert run("export", network, "--to", kind, "-o", target).exit_code == 0
    found = run("solve", target, "-s", "embargo", "--format", "json")
    assert found.exit_code == 0, found.stderr
    before = run("solve", network, "-s", "embargo", "--format", "json")
    (one,), (other,) = (json.loads(result.stdout)["solutions"] for result in (before, found))
    assert {**one, "solver": 0} == {**other, "solver": 0}


def test_set_is_no_part_of_a_network(network, tmp_path):
    result = run("export", network, "--to", "csv", "--set", "demands.x.quantity=1", "-o", tmp_path / "t")
    assert result.exit_code == 2
    assert "--set changes a solution and not the network: add -s, as -s base" in result.stderr


def test_results_go_into_workbooks_and_parquet(network, tmp_path):
    """A workbook has every table of every scenario; with --table, or in Parquet, it is one."""
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("pyarrow")
    book, flows, other = (tmp_path / name for name in ("all.xlsx", "flows.parquet", "flows.xlsx"))
    asked = ("solve", network, "-s", "base", "-s", "embargo")
    assert run(*asked, "-o", book).exit_code == 0
    assert run(*asked, "--table", "flows", "-o", flows).exit_code == 0
    assert run(*asked, "--table", "flows", "-o", other).exit_code == 0
    found = pd.read_parquet(flows).replace(np.inf, np.nan)  # no limit is an empty cell in a workbook
    assert set(found["scenario"]) == {"base", "embargo"}
    for path, sheets in ((book, {"cost", "flows", "prices", "certificate"}), (other, {"flows"})):
        assert sheets <= set(openpyxl.load_workbook(path).sheetnames)
        pd.testing.assert_frame_equal(
            pd.read_excel(path, "flows").astype({"period": str}), found, check_dtype=False
        )
    assert run("compare", network, "base", "embargo", "-o", book).exit_code == 0
    assert "effects" in openpyxl.load_workbook(book).sheetnames
    result = run(*asked, "--format", "xlsx")
    assert result.exit_code == 2
    assert "xlsx is written into a file: give -o FILE.xlsx" in result.stderr


def test_parquet_is_written_or_its_package_named(network, tmp_path):
    target = tmp_path / "tables"
    result = run("export", network, "-s", "base", "--to", "parquet", "-o", target)
    if result.exit_code == 0:
        assert len(pd.read_parquet(target / "prices.parquet")) == len(rs.load(network).solve().prices)
    else:
        assert result.exit_code == 2
        assert "pyarrow" in result.stderr
        assert not target.exists()


# check, schema, networks, init, doctor


def test_check_counts_what_is_there(network):
    text = printed("check", network)
    assert "no problems" in text
    assert "3 facilities, 2 demands, 2 lanes, 2 policies, 3 scenarios" in text


def test_check_resolved_shows_where_each_value_came_from(network):
    lines = printed("check", network, "--resolved", "more").splitlines()
    assert lines[0] == "# scenario: usual -> embargo -> more"
    assert lines[1] == "# policies in force: duty, embargo"
    place = lines.index("  far_mine:")
    mine = lines[place : place + 7]
    assert "    capacity: 30  # network.yaml:27, set by scenario more" in mine
    assert "    cost: 25  # network.yaml:13" in mine


def test_what_check_resolved_prints_is_the_same_network(network, tmp_path):
    target = tmp_path / "resolved.yaml"
    assert run("check", network, "--resolved", "more", "-o", target).exit_code == 0
    assert rs.load(target).solve("embargo").cost == rs.load(network).solve("more").cost


def test_schema_is_json_schema():
    assert json.loads(printed("schema"))["$schema"].startswith("https://json-schema.org/")


def test_networks_lists_what_is_shipped():
    assert "rare_earths" in printed("networks")
    (row,) = [
        row for row in json.loads(printed("networks", "-f", "json"))["networks"] if row["id"] == "rare_earths"
    ]
    assert row["demands"] > 0


def test_init_copies_a_network_that_checks_and_never_writes_over_one(tmp_path):
    target = tmp_path / "mine"
    assert run("init", target).exit_code == 0
    assert printed("check", target).splitlines()[0].endswith("no problems")
    before = (target / "network.yaml").read_bytes()
    again = run("init", target)
    assert again.exit_code == 2
    assert "nothing is overwritten" in again.stderr
    assert (target / "network.yaml").read_bytes() == before


def test_init_fills_an_empty_folder(tmp_path):
    assert run("init", tmp_path, "--from", "rare_earths").exit_code == 0
    assert (tmp_path / "network.yaml").is_file()


def test_doctor_tests_every_solver():
    text = printed("doctor")
    assert "everything is as it must be" in text
    assert "highspy" in text
    rows = json.loads(printed("doctor", "-f", "json"))["checks"]
    assert {row["name"] for row in rows if row["kind"] == "solver"} >= {"highs", "pulp"}


def test_a_doctor_that_finds_something_wrong_leaves_with_3(monkeypatch):
    from resilience import doctor

    monkeypatch.setattr(doctor, "TINY_COST", 126.0)
    result = run("doctor")
    assert result.exit_code == 3
    assert "FAILED" in result.stdout


# The shipped network


def test_a_ban_of_chinese_exports_from_the_command_line():
    text = printed("solve", "rare_earths", "-s", "ban")
    for words in (
        "Rare-earth magnets: scenario ban",
        "billion USD",
        "Who goes short",
        "Routes that do without China",
        "mt_weld > kuantan",
        "Bottlenecks",
        "Proof: this is the least cost",
    ):
        assert words in text


def test_the_ban_compared_with_the_baseline():
    text = printed("compare", "rare_earths", "baseline", "ban")
    assert "ban costs" in text
    assert "more than baseline" in text


# Any network


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "known_answers").glob("*/network.yaml")))
def test_every_command_shows_networks_of_every_kind(path):
    for command in ("solve", "routes", "bottlenecks", "prices", "concentration", "check"):
        assert printed(command, path)
    record = json.loads(printed("solve", path, "-f", "json"), parse_constant=no_constant)["solutions"][0]
    assert f"cost_{record['currency'].lower()}" in record


def test_prices_tell_what_a_price_is_made_of(network):
    """Without a demand every price; with one, parts that add up to its price."""
    found = json.loads(printed("prices", network, "-f", "json"))["prices"]
    assert {row["status"] for row in found} <= {"determined", "may differ"}
    demand = next(iter(rs.load(network).spec.demands))
    parts = json.loads(printed("prices", network, "--demand", demand, "-f", "json"))["build_up"]
    assert sum(row["amount_usd_per_t"] for row in parts if row["route"] == 1) == pytest.approx(
        parts[0]["price_usd_per_t"]
    )
    assert "cost at the source" in printed("prices", network, "--demand", demand)


def test_warnings_go_to_stderr_and_stop_only_when_asked_to(tmp_path):
    """A commodity that nobody handles: `check` lists it, `solve` counts it, `--strict` minds it."""
    path = tmp_path / "doubtful.yaml"
    path.write_text(NETWORK.replace("commodities:\n", "commodities:\n  dust: {}\n"), encoding="utf-8")
    checked = run("check", path)
    assert (checked.exit_code, run("check", path, "--strict").exit_code) == (0, 2)
    assert (
        f"{path}:9:9: commodities.dust: warning: nobody makes, passes or takes it [unused]" in checked.stderr
    )
    assert checked.stderr.splitlines()[-1] == "1 warning"
    assert checked.stdout.splitlines()[0].endswith("no problems, 1 warning")
    solved = run("solve", path)
    assert (solved.exit_code, solved.stderr.splitlines()[0]) == (0, f"1 warning; see resilience check {path}")


def test_the_help_lists_every_command_in_its_order():
    """A new command has a place among the others."""
    from resilience.cli_shared import ORDER

    names = [command.name or command.callback.__name__ for command in app.registered_commands]  # type: ignore[union-attr]
    assert sorted(ORDER) == sorted(names)
    shown = run("--help").stdout
    assert [shown.index(f"\n  {name} ") for name in ORDER] == sorted(
        shown.index(f"\n  {name} ") for name in ORDER
    )

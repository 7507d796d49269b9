"""A sweep: one row a scenario, the same whoever works it out and in whatever order."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import resilience as rs
from resilience.whatif import workers
from resilience.whatif.bench import Bench
from tests.small import HOME
from tests.whatif.samples import questions, three_countries

PARTS = ["resource_usd", "transfers_usd", "shortfall_cost_usd", "revenue_usd", "stock_value_usd"]


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Hold two tables to be the same, every bit of every number."""
    pd.testing.assert_frame_equal(
        one.reset_index(drop=True), other[one.columns].reset_index(drop=True), check_exact=True
    )


def test_rows_by_hand():
    """The network alone costs 696 (24 t of metal); without the near mine 15 t, and the city 5 t short."""
    rows = rs.sweep(
        three_countries(), [None, {"facilities.near.capacity": 0}, "closed"], measures="shortfall"
    )
    assert rows["scenario"].tolist() == ["base", "facilities.near.capacity = 0", "closed"]
    assert rows["cost_usd"].tolist() == pytest.approx([696, 30 * 21 + 15 * 7 + 5 * 500 + 4 * 90, 3595])
    assert rows["change_usd"].tolist() == pytest.approx([0, 2899, 2899])
    assert rows["shortfall_t"].tolist() == pytest.approx([0, 9, 9])
    assert rows["shortfall_t.city"].tolist() == pytest.approx([0, 5, 5])
    assert rows[PARTS].sum(axis=1).tolist() == pytest.approx(rows["cost_usd"].tolist())
    assert (rows["safe_bound_usd"] <= rows["cost_usd"]).all()
    assert rows["facilities.near.capacity"].isna().tolist() == [True, False, True]


def test_a_scenario_without_a_plan_or_sense_is_a_row():
    rows = rs.sweep(three_countries(), [{"facilities.near.capacity": -1}, rs.Outage(country="XDD"), "usual"])
    assert rows["status"].tolist() == ["invalid", "invalid", "optimal"]
    assert "matches no facility" in rows["problem"][1]
    assert rows["cost_usd"].isna().tolist() == [True, True, False]


def test_fields_of_policies_are_columns():
    cuts = [rs.ExportRestriction(from_=HOME, cut=cut) for cut in (0.0, 0.5, 1.0)]
    rows = rs.sweep(three_countries(), cuts)
    assert rows["cut"].tolist() == [0.0, 0.5, 1.0]
    assert rows["cost_usd"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((["nowhere"],), "unknown scenario 'nowhere'"),
        (([{"facilities.nera.capacity": 1}],), "there is no 'nera' under facilities"),
        (([7],), "scenario 0: wanted the name"),
        (("closed",), "wanted a list of scenarios"),
        (([None], "two"), "an executor is a number of worker processes"),
        (([None], 0), "at least 1 worker"),
    ],
)
def test_mistakes_are_told(arguments, told):
    with pytest.raises(rs.InputError, match=told):
        rs.sweep(three_countries(), *arguments)


def test_an_unknown_measure_is_told():
    with pytest.raises(rs.InputError, match="unknown measure 'prizes'; did you mean 'prices'"):
        rs.sweep(three_countries(), [None], measures=["prizes"])


@pytest.mark.parametrize("base", [None, "usual"])
def test_a_sweep_backwards_is_the_same_sweep(base):
    net = three_countries()
    whole = rs.sweep(net, questions(), base=base, measures=["prices", "exports"])
    same(whole, rs.sweep(net, questions()[::-1], base=base, measures=["prices", "exports"])[::-1])


def test_a_row_does_not_depend_on_what_else_is_asked():
    net = three_countries()
    whole = rs.sweep(net, questions())
    for number in (4, 8, 11):
        alone = rs.sweep(net, questions()[number : number + 1])
        same(alone[["cost_usd", "safe_bound_usd"]], whole.loc[[number], ["cost_usd", "safe_bound_usd"]])


def test_processes_give_the_same_rows_and_a_killed_one_loses_none():
    """The first row that comes back kills the processes; new ones do the rest."""
    net = three_countries()
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        if done and not killed:
            for process in _children():
                os.kill(process, signal.SIGKILL)
                killed.append(process)

    same(rs.sweep(net, questions()), rs.sweep(net, questions(), 2, progress=kill))
    assert killed


def _children() -> list[int]:
    import multiprocessing

    return [process.pid for process in multiprocessing.active_children() if process.pid]


def test_a_killed_worker_of_a_cluster_loses_nothing():
    """A real cluster of two processes, one of which is killed when the first rows are in."""
    distributed = pytest.importorskip("distributed")
    net = three_countries()
    asked = [{"facilities.near.capacity": tonnes} for tonnes in range(40)] + questions()
    killed: list[int] = []
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        processes = list(client.run(os.getpid).values())

        def kill(done: int, total: int) -> None:
            if done and not killed:
                os.kill(processes[0], signal.SIGKILL)
                killed.append(processes[0])

        rows = rs.sweep(net, asked, client, progress=kill)
    assert killed
    same(rs.sweep(net, asked), rows)


def test_a_killed_sweep_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Killed after 5 rows, it asks the others alone; of another network's rows none are taken."""
    net, output = three_countries(), tmp_path / "rows.parquet"
    whole = rs.sweep(net, questions())

    def stop(done: int, total: int) -> None:
        if done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rs.sweep(net, questions(), output=output, progress=stop)
    assert not output.exists()
    asked: list[Any] = []
    monkeypatch.setattr(Bench, "ask", _spying(Bench.ask, asked))
    rows = rs.sweep(net, questions(), output=output, resume=True)
    assert len(asked) < len(questions())
    same(whole, rows)
    same(whole, pd.read_parquet(output))
    assert [path.name for path in tmp_path.iterdir()] == ["rows.parquet"]


def _spying(method: Any, seen: list[Any]) -> Any:
    def ask(self: Bench, what: Any) -> Any:
        seen.append(what)
        return method(self, what)

    return ask


def test_without_resume_a_sweep_starts_anew(tmp_path: Path):
    net, output = three_countries(), tmp_path / "rows.parquet"

    def stop(done: int, total: int) -> None:
        if done >= 5:
            raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            rs.sweep(net, questions(), output=output, progress=stop)
    parts = list((tmp_path / "rows.parquet.parts").glob("*.parquet"))
    assert sum(len(pd.read_parquet(part)) for part in parts) < 10


def test_rows_of_another_network_are_not_taken(tmp_path: Path):
    output = tmp_path / "rows.parquet"

    def stop(done: int, total: int) -> None:
        if done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rs.sweep(three_countries(), questions(), output=output, progress=stop)
    other = three_countries(discount_rate=0.05)
    same(rs.sweep(other, questions()), rs.sweep(other, questions(), output=output, resume=True))


def test_the_same_question_twice_is_asked_once(monkeypatch: pytest.MonkeyPatch):
    asked: list[Any] = []
    monkeypatch.setattr(Bench, "ask", _spying(Bench.ask, asked))
    rows = rs.sweep(three_countries(), ["closed", "usual", "closed"])
    assert len(asked) == 2
    assert rows["cost_usd"][0] == rows["cost_usd"][2]


def test_chunks_hold_everything_once():
    asked = [(number, rs.WhatIf()) for number in range(1000)]
    for count in (1, 2, 40):
        chunks = workers._chunks(asked, count)
        assert [item for chunk in chunks for item in chunk] == asked
        assert max(map(len, chunks)) <= workers.LARGEST


def test_rows_are_kept_in_parquet_alone(tmp_path: Path):
    with pytest.raises(rs.InputError, match=r"kept in a \.parquet file, not 'rows.csv'"):
        rs.sweep(three_countries(), [None], output=tmp_path / "rows.csv")
    with pytest.raises(rs.OutputError, match="cannot write"):
        rs.sweep(three_countries(), [None], output="/dev/null/rows.parquet")

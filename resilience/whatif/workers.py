"""Who answers: this process, worker processes, or a dask cluster; the answers are the same.

What-ifs go out in chunks, and rows come back chunk by chunk in whatever order. The bench goes to each
worker once. Where a worker is lost, its chunk is given to another.
"""

from __future__ import annotations

import pickle
import signal
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from resilience.errors import InputError, SolverError
from resilience.whatif.bench import Bench
from resilience.whatif.measures import Row, row_of
from resilience.whatif.question import WhatIf

Chunk = list[tuple[int, WhatIf]]
Rows = list[tuple[int, Row]]

LARGEST, FEWEST = 64, 8
"""Most what-ifs in a chunk; fewest chunks for each worker, so that none waits long for the last."""

MOST_LOSSES = 5
"""So many times in a row workers may be lost before the sweep gives up."""

_benches: dict[str, Bench] = {}
"""The bench that this worker has, by its key; one at a time."""


class Task:
    """What a worker needs to answer what-ifs.

    Parameters
    ----------
    key : str
        Of the bench: what a worker has already it does not unpack again.
    packed : bytes
        The bench.
    measures : tuple of str
        What is kept of each answer besides the usual.
    """

    def __init__(self, key: str, packed: bytes, measures: tuple[str, ...]) -> None:
        self.key, self.packed, self.measures = key, packed, measures

    def __call__(self, chunk: Chunk) -> Rows:
        """Answer the what-ifs of a chunk."""
        bench = _benches.get(self.key)
        if bench is None:
            _benches.clear()
            bench = _benches[self.key] = pickle.loads(zlib.decompress(self.packed))
        return answers(bench, chunk, self.measures)


def answers(bench: Bench, chunk: Chunk, measures: tuple[str, ...]) -> Rows:
    """Answer what-ifs one after the other."""
    return [(number, row_of(bench.ask(what), bench.base, measures)) for number, what in chunk]


def run(
    bench: Bench, key: str, asked: Chunk, executor: Any = None, measures: tuple[str, ...] = ()
) -> Iterator[Rows]:
    """Answer what-ifs, and yield their rows chunk by chunk as they come.

    Parameters
    ----------
    bench : Bench
        The compiled base.
    key : str
        Of the bench.
    asked : list of (number, WhatIf)
        Any order.
    executor : int, Executor or dask.distributed.Client, optional
        Number of worker processes, or a pool or cluster of one's own; left out, this process.
    measures : tuple of str
        What is kept of each answer besides the usual.

    Raises
    ------
    InputError
        If the executor is none.
    SolverError
        If workers are lost again and again.
    """
    if executor is None:
        for chunk in _chunks(asked, 1):
            yield answers(bench, chunk, measures)
        return
    is_count = isinstance(executor, int) and not isinstance(executor, bool)
    if is_count and executor < 1:
        raise InputError(f"wanted at least 1 worker process, not {executor}")
    if not (is_count or isinstance(executor, Executor) or hasattr(executor, "scatter")):
        raise InputError(
            "an executor is a number of worker processes, a concurrent.futures.ProcessPoolExecutor or a "
            f"dask.distributed.Client, not {executor!r}"
        )
    task = Task(key, zlib.compress(pickle.dumps(bench), 1), measures)
    if is_count:
        yield from _with_processes(task, asked, executor)
    elif isinstance(executor, Executor):
        workers = getattr(executor, "_max_workers", 1)
        yield from _with_pool(executor, task, _chunks(asked, workers))
    else:
        yield from _with_dask(executor, task, asked)


def _chunks(asked: Chunk, workers: int) -> list[Chunk]:
    size = max(1, min(LARGEST, -(-len(asked) // (workers * FEWEST))))
    return [asked[start : start + size] for start in range(0, len(asked), size)]


def _left(asked: Chunk, done: set[int]) -> Chunk:
    return [(number, what) for number, what in asked if number not in done]


def _with_processes(task: Task, asked: Chunk, workers: int) -> Iterator[Rows]:
    """Answer with processes of our own; new ones are started for those that are lost."""
    done: set[int] = set()
    losses = 0
    while left := _left(asked, done):
        before = len(done)
        pool = ProcessPoolExecutor(min(workers, len(left)), get_context("spawn"), _ignore_interrupts)
        try:
            for rows in _with_pool(pool, task, _chunks(left, workers)):
                done.update(number for number, _ in rows)
                yield rows
        except BrokenProcessPool as error:
            losses = 1 if len(done) > before else losses + 1
            if losses >= MOST_LOSSES:
                raise SolverError(f"worker processes died {losses} times in a row: {error}") from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the process that collects the rows."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _with_pool(pool: Executor, task: Task, chunks: Sequence[Chunk]) -> Iterator[Rows]:
    futures: list[Future[Rows]] = [pool.submit(task, chunk) for chunk in chunks]
    try:
        for future in as_completed(futures):
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


def _call(task: Task, chunk: Chunk) -> Rows:
    """Answer a chunk; a function, since dask names tasks by it."""
    return task(chunk)


def _with_dask(client: Any, task: Task, asked: Chunk) -> Iterator[Rows]:
    """Answer on a cluster; the task is sent to its workers once, a lost worker's chunks go to others."""
    from distributed import as_completed as dask_as_completed

    done: set[int] = set()
    losses = 0
    while left := _left(asked, done):
        before = len(done)
        sent = client.scatter(task, broadcast=True, hash=False)
        workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
        futures = [client.submit(_call, sent, chunk, pure=False) for chunk in _chunks(left, workers)]
        try:
            for future in dask_as_completed(futures):
                if future.status == "finished":
                    rows = future.result()
                    done.update(number for number, _ in rows)
                    yield rows
        finally:
            client.cancel([sent, *futures])
        losses = 0 if len(done) > before else losses + 1
        if losses >= MOST_LOSSES:
            raise SolverError(f"workers of the cluster were lost {losses} times in a row")

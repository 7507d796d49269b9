"""Who answers: this process, worker processes, or a dask cluster; the answers are the same.

Questions go out in chunks, and answers come back chunk by chunk in whatever order. What they are asked
of, the bench, goes to each worker once. Where a worker is lost, its chunk is given to another.
"""

from __future__ import annotations

import hashlib
import pickle
import signal
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver, get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from typing import Any

from resilience.errors import InputError, SolverError

Chunk = list[tuple[int, Any]]
"""Questions, each with its number."""

Rows = list[tuple[int, Any]]
"""Answers, each with the number of its question."""

Answering = Callable[[Any, Chunk], Rows]
"""Answers a chunk of questions on a bench; a function that can be pickled."""

LARGEST, FEWEST = 64, 8
"""Most questions in a chunk; fewest chunks for each worker, so that none waits long for the last."""

MOST_LOSSES = 5
"""So many times in a row workers may be lost before the sweep gives up."""

PRELOADED = ["resilience.whatif.bench", "resilience.whatif.workers"]
"""What the server that worker processes are forked from has imported: half of what a worker costs."""

_benches: dict[str, Any] = {}
"""The bench that this worker has, by its key; one at a time."""

_tasks: list[Task] = []
"""What this worker was started for."""


class Task:
    """What a worker needs to answer questions.

    Parameters
    ----------
    packed : bytes
        The bench.
    answer : callable
        Answers questions on it.
    """

    def __init__(self, packed: bytes, answer: Answering) -> None:
        self.key, self.packed, self.answer = hashlib.sha256(packed).hexdigest(), packed, answer

    def __call__(self, chunk: Chunk) -> Rows:
        """Answer the questions of a chunk; a bench that this worker has already is not unpacked again."""
        bench = _benches.get(self.key)
        if bench is None:
            _benches.clear()
            bench = _benches[self.key] = pickle.loads(zlib.decompress(self.packed))
        return self.answer(bench, chunk)


def run(
    bench: Any, answer: Answering, asked: Chunk, executor: Any = None, largest: int = LARGEST
) -> Iterator[Rows]:
    """Answer questions, and yield the answers chunk by chunk as they come.

    Parameters
    ----------
    bench : object
        What the questions are asked of, as a compiled base; it can be pickled.
    answer : callable
        Answers a chunk of questions on the bench; none may depend on another.
    asked : list of (number, question)
        Any order.
    executor : int, Executor or dask.distributed.Client, optional
        Number of worker processes, or a pool or cluster of one's own; left out, this process.
    largest : int
        Most questions in a chunk.

    Raises
    ------
    InputError
        If the executor is none.
    SolverError
        If workers are lost again and again.
    """
    if executor is None:
        for chunk in _chunks(asked, 1, largest):
            yield answer(bench, chunk)
        return
    is_count = isinstance(executor, int) and not isinstance(executor, bool)
    if is_count and executor < 1:
        raise InputError(f"wanted at least 1 worker process, not {executor}")
    if not (is_count or isinstance(executor, Executor) or hasattr(executor, "scatter")):
        raise InputError(
            "an executor is a number of worker processes, a concurrent.futures.ProcessPoolExecutor or a "
            f"dask.distributed.Client, not {executor!r}"
        )
    task = Task(zlib.compress(pickle.dumps(bench), 1), answer)
    if is_count:
        yield from _with_processes(task, asked, executor, largest)
    elif isinstance(executor, Executor):
        workers = getattr(executor, "_max_workers", 1)
        yield from _with_pool(executor, task, _chunks(asked, workers, largest))
    else:
        yield from _with_dask(executor, task, asked, largest)


def _chunks(asked: Chunk, workers: int, largest: int = LARGEST) -> list[Chunk]:
    size = max(1, min(largest, -(-len(asked) // (workers * FEWEST))))
    return [asked[start : start + size] for start in range(0, len(asked), size)]


def _left(asked: Chunk, done: set[int]) -> Chunk:
    return [question for question in asked if question[0] not in done]


def _with_processes(task: Task, asked: Chunk, workers: int, largest: int) -> Iterator[Rows]:
    """Answer with processes of our own; new ones are started for those that are lost."""
    done: set[int] = set()
    losses = 0
    while left := _left(asked, done):
        before = len(done)
        pool = ProcessPoolExecutor(min(workers, len(left)), _context(), _begin, (task,))
        try:
            for rows in _with_pool(pool, _answer, _chunks(left, workers, largest)):
                done.update(number for number, _ in rows)
                yield rows
        except BrokenProcessPool as error:
            losses = 1 if len(done) > before else losses + 1
            if losses >= MOST_LOSSES:
                raise SolverError(f"worker processes died {losses} times in a row: {error}") from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def prepare(executor: Any) -> None:
    """Let the server that worker processes come from import what they need, while a base is compiled."""
    if type(executor) is int and executor > 0 and _context().get_start_method() == "forkserver":
        forkserver.ensure_running()


def _context() -> BaseContext:
    """Return how worker processes are started: never from this one, which may have threads."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def _begin(task: Task) -> None:
    """Keep what a worker is started for, and leave Ctrl-C to the process that collects the rows."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _tasks[:] = [task]


def _answer(chunk: Chunk) -> Rows:
    """Answer a chunk of what this worker was started for."""
    return _tasks[0](chunk)


def _with_pool(pool: Executor, task: Callable[[Chunk], Rows], chunks: Sequence[Chunk]) -> Iterator[Rows]:
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


def _with_dask(client: Any, task: Task, asked: Chunk, largest: int) -> Iterator[Rows]:
    """Answer on a cluster; the task is sent to its workers once, a lost worker's chunks go to others."""
    from distributed import as_completed as dask_as_completed

    done: set[int] = set()
    losses = 0
    while left := _left(asked, done):
        before = len(done)
        sent = client.scatter(task, broadcast=True, hash=False)
        workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
        futures = [client.submit(_call, sent, chunk, pure=False) for chunk in _chunks(left, workers, largest)]
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

"""What is being done, shown on a terminal while it takes longer than a blink; silent anywhere else."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resilience.program.outcome import Search

PATIENCE = 0.7
"""Seconds before anything is shown, so that what is quick does not flicker."""


@contextmanager
def working(task: str) -> Iterator[Callable[[Search], None] | None]:
    """Show a spinner on stderr while the block runs, if stderr is a terminal.

    Parameters
    ----------
    task : str
        What is being done: ``solving ban``.

    Yields
    ------
    callable or None
        Shows how far a search for whole levels has come; None where there is no terminal to show it on.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    status = Console(stderr=True).status(task)
    timer = threading.Timer(PATIENCE, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda search: status.update(f"{task}: {told(search)}")
    finally:
        timer.cancel()
        timer.join()
        status.stop()


def told(search: Search) -> str:
    """Return how far a search has come, in words.

    Examples
    --------
    >>> from resilience.program.outcome import Search
    >>> told(Search(1.02e9, 1.0e9, 75.2))
    'best plan 1.02 billion, none below 1.00 billion, gap 2.0 %, 75 s'
    >>> told(Search(math.inf, -math.inf, 0.3))
    'no plan yet, 0 s'
    """
    from resilience.report.numbers import gap, money

    plan = "no plan yet" if math.isinf(search.cost) else f"best plan {money(search.cost)}"
    bound = "" if math.isinf(search.bound) else f"none below {money(search.bound)}"
    between = "" if math.isinf(search.gap) else f"gap {gap(search.gap)}"
    return ", ".join(filter(None, [plan, bound, between, f"{search.seconds:.0f} s"]))


@contextmanager
def counting(task: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar with the time left on stderr while the block runs, if stderr is a terminal.

    Parameters
    ----------
    task : str
        What is being done: ``sweeping``.

    Yields
    ------
    callable or None
        To be told how many of how many are done, 0 where that is not known; None where there is no
        terminal to show it on.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task(task, total=None)
        yield lambda done, total: bar.update(shown, completed=done, total=total or None)

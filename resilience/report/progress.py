"""What is being done, shown on a terminal while it takes longer than a blink; silent anywhere else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 0.7
"""Seconds before anything is shown, so that what is quick does not flicker."""


@contextmanager
def working(task: str) -> Iterator[None]:
    """Show a spinner on stderr while the block runs, if stderr is a terminal.

    Parameters
    ----------
    task : str
        What is being done: ``solving ban``.
    """
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    status = Console(stderr=True).status(task)
    timer = threading.Timer(PATIENCE, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()

"""Who solves: options of the commands that solve many times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from resilience.errors import InputError, SolverError

Jobs = Annotated[
    int | None, typer.Option("--jobs", metavar="N", min=1, help="Worker processes; left out, this one works.")
]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ADDRESS", help="Scheduler of a dask cluster, as tcp://host:8786."),
]


@contextmanager
def workers(jobs: int | None, cluster: str | None) -> Iterator[Any]:
    """Yield who solves: None for this process, a number of processes, or a client of a cluster."""
    if jobs is not None and cluster is not None:
        raise InputError("--jobs and --cluster: give one of them")
    if cluster is None:
        yield jobs
        return
    try:
        from distributed import Client
    except ImportError:
        raise InputError("--cluster needs the package distributed: pip install distributed") from None
    try:
        client = Client(cluster, timeout=10)
    except (OSError, ValueError) as error:
        raise SolverError(f"no cluster answers at {cluster}: {error}") from None
    with client:
        yield client

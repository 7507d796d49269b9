"""Many what-ifs answered: rows in the order asked, by any workers, kept as they come.

The one way that every analysis of many solves goes: `sweep`, `monte_carlo`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from resilience.errors import InputError
from resilience.network import Network
from resilience.whatif.bench import Bench
from resilience.whatif.measures import Row, check_measures, row_of
from resilience.whatif.question import WhatIf, check_what_ifs
from resilience.whatif.store import Store, table_of
from resilience.whatif.workers import prepare, run

WORTH = 12
"""So many scenarios must set numbers for it to pay to look up where these stand in the program."""

Progress = Callable[[int, int], None]
"""Told how many of how many rows are done."""


def answer_all(
    network: Network,
    asked: Sequence[WhatIf],
    *,
    base: str | None = None,
    executor: Any = None,
    measures: Sequence[str] = (),
    output: str | Path | None = None,
    resume: bool = False,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Answer what-ifs, and return one row for each, in their order.

    Parameters, errors and columns are those of `resilience.sweep`.
    """
    kept = check_measures(measures)
    prepare(executor)
    check_what_ifs(network, asked, base)
    store = None if output is None else Store(_parquet(output), resume)
    setting = [what for what in asked if what.set]
    paths = dict.fromkeys(path for what in setting for path in what.set) if len(setting) > WORTH else ()
    bench = Bench(network, base, paths, time_limit)
    about = _about(network, base, kept, time_limit)
    keys = [what.key(about) for what in asked]
    rows: dict[str, Row] = (
        {} if store is None else {key: store.rows[key] for key in keys if key in store.rows}
    )
    first = {key: number for number, key in reversed(list(enumerate(keys)))}
    todo = [
        (number, asked[number])
        for key, number in sorted(first.items(), key=lambda item: item[1])
        if key not in rows
    ]
    told = progress or (lambda done, total: None)
    told(len(first) - len(todo), len(first))
    for part in run(bench, partial(answers, measures=tuple(kept)), todo, executor):
        found = {keys[number]: row for number, row in part}
        rows |= found
        if store is not None:
            store.add(found)
        told(len(rows), len(first))
    table = table_of([{"scenario": what.title, **what.varied} for what in asked], [rows[key] for key in keys])
    if store is not None:
        store.finish(table)
    return table


def answers(
    bench: Bench, chunk: Sequence[tuple[int, WhatIf]], measures: tuple[str, ...]
) -> list[tuple[int, Row]]:
    """Answer what-ifs one after the other."""
    return [(number, row_of(bench.ask(what), bench.base, measures)) for number, what in chunk]


def _parquet(output: str | Path) -> Path:
    path = Path(output)
    if path.suffix.lower() != ".parquet":
        raise InputError(f"rows are kept in a .parquet file, not '{path.name}'")
    return path


def _about(network: Network, base: str | None, measures: Sequence[str], time_limit: float | None) -> str:
    """Return a hash of everything that rows depend on besides their what-ifs."""
    from importlib.metadata import version

    import resilience

    whole = json.dumps(
        [resilience.__version__, version("highspy"), base, list(measures), time_limit, network.document.data],
        default=repr,
        sort_keys=True,
    )
    return hashlib.sha256(whole.encode()).hexdigest()

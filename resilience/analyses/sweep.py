"""Sweep: many what-ifs on one network, one row each.

The base is compiled and solved once. Every scenario changes numbers in it and is solved from the base's
optimal basis, so neither the order of scenarios nor the number of workers changes any digit of a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from resilience.network import Network
from resilience.whatif.question import what_ifs
from resilience.whatif.runs import Progress, answer_all

if TYPE_CHECKING:
    from concurrent.futures import Executor


def sweep(
    network: Network,
    scenarios: Iterable[Any],
    executor: int | Executor | Any | None = None,
    *,
    base: str | None = None,
    measures: Sequence[str] = (),
    output: str | Path | None = None,
    resume: bool = False,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Solve many scenarios, and return one row for each, in the order given.

    Parameters
    ----------
    network : Network
        The network.
    scenarios : iterable
        Each a scenario's name, a policy, a mapping from path to value, a sequence of these, a `WhatIf`, or
        None for the base. What names no scenario stands on top of the base.
    executor : int or Executor or dask.distributed.Client, optional
        Who solves: that many worker processes, a ``ProcessPoolExecutor``, or a cluster; left out, this
        process. Worker processes import the script that starts them, so it must be guarded by
        ``if __name__ == "__main__":``.
    base : str, optional
        Scenario that the others are put on top of and compared with; left out, the network alone.
    measures : sequence of str
        More columns: ``shortfall`` and ``deliveries`` by demand, ``production`` by country and stage,
        ``facilities``, ``exports`` from country to country, ``prices`` by site and commodity.
    output : str or Path, optional
        A Parquet file in which rows are kept as they come.
    resume : bool
        Whether rows that a killed sweep left for ``output`` are taken over. Only rows of the same question
        to the same network are.
    time_limit : float, optional
        Most seconds for each solve.
    progress : callable, optional
        Called with the number of rows done and of all.

    Returns
    -------
    DataFrame
        ``scenario``, what is varied, ``status`` (``optimal``, ``infeasible``, ``unbounded``,
        ``time limit``, ``failed``, or ``invalid`` where a policy or value is wrong), the ``problem`` in
        words, ``cost``, ``safe_bound`` and ``change`` against the base, the cost's parts (they add up to
        it), and ``shortfall``; names carry the unit. Missing where there is no plan.

    Raises
    ------
    InputError
        If there is no such scenario or measure, or a path leads nowhere.
    OutputError
        If rows cannot be written.
    SolverError
        If workers are lost again and again.

    Examples
    --------
    >>> from resilience.network import Network
    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {"mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5}},
    ...     "demands": {
    ...         "smelter": {"country": "FIN", "commodity": "ore", "quantity": 8, "shortfall_cost": 90}
    ...     },
    ...     "lanes": [{"from": "mine", "to": "smelter", "commodity": "ore"}],
    ... })
    >>> rows = sweep(network, [{"supplies.mine.quantity": tonnes} for tonnes in (5, 4, 0)])
    >>> rows[["supplies.mine.quantity", "status", "cost_usd", "change_usd", "shortfall_t"]]
       supplies.mine.quantity   status  cost_usd  change_usd  shortfall_t
    0                     5.0  optimal     320.0         0.0          3.0
    1                     4.0  optimal     400.0        80.0          4.0
    2                     0.0  optimal     720.0       400.0          8.0
    """
    return answer_all(
        network,
        what_ifs(scenarios),
        base=base,
        executor=executor,
        measures=measures,
        output=output,
        resume=resume,
        time_limit=time_limit,
        progress=progress,
    )

"""What each single failure would cost: one country, stage, facility or lane at a time.

Source: criterion N-1 of power systems: the loss of any one element must be borne (ENTSO-E, System
Operation Guideline, article 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from resilience.network import Network
from resilience.solvers.interdiction import Progress
from resilience.whatif.attacks import By, options_of, target_of
from resilience.whatif.strikes import Strikes, strike_all


def single_failures(
    network: Network,
    by: By = "country",
    *,
    scenario: str | None = None,
    cut: float = 1.0,
    only: Sequence[str] | None = None,
    stages: Sequence[str] | None = None,
    commodities: Sequence[str] | None = None,
    executor: Any = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Find what each single failure would cost, and who would go short.

    Parameters
    ----------
    network : Network
    by : str
        What fails: ``country`` (its exports stop), ``commodity`` or ``stage`` (a country's exports of it),
        ``outage`` (all that is made in a country stops), ``facility``, ``lane`` or ``policy`` (a policy of
        the file comes into force).
    scenario : str, optional
        What the failure comes on top of; left out, the network alone.
    cut : float
        Share that fails.
    only : sequence of str, optional
        Only these: ids, countries or blocs.
    stages, commodities : sequence of str, optional
        Only what is made at these stages, only these commodities.
    executor : int or Executor or dask.distributed.Client, optional
        Who solves, as in `sweep`: that many worker processes, a pool, or a cluster; left out, this process.
    progress : callable, optional
        Gets how many are done, and of how many.

    Returns
    -------
    DataFrame
        One row per failure, the dearest first: ``failure``, cost with it, rise against none (money over
        the horizon), tonnes short and the rise of these, and ``plants_stopped``: those that cannot keep
        their minimum throughput and stop, where there is no plan otherwise. Where no plan is left, since
        a demand must be met, the cost is infinite and tonnes are unknown. What fails without any loss is
        listed at 0. Ctrl-C leaves out what was not tried yet; ``attrs["left_out"]`` says how many.

    Raises
    ------
    InputError
        For an unknown way or target, or a cut that is no share.

    Examples
    --------
    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {
    ...         "CD_mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
    ...         "AU_mine": {"country": "AUS", "commodity": "ore", "price": 25, "quantity": 6},
    ...     },
    ...     "demands": {
    ...         "smelter": {"country": "FIN", "commodity": "ore", "quantity": 8, "shortfall_cost": 90}
    ...     },
    ...     "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
    ... })
    >>> single_failures(network)[["failure", "rise_usd", "shortfall_t"]]
      failure  rise_usd  shortfall_t
    0     COD     205.0          2.0
    1     AUS     195.0          3.0
    """
    options = options_of(
        network, by, cuts=(cut,), only=only, stages=stages, commodities=commodities, scenario=scenario
    )
    target = target_of(network, options, scenario)
    unit, short = target.base.unit, target.base.program.columns.where(kind="short")
    before = float(target.base.levels[short].sum())
    sets = [(number,) for number in range(len(target.options))]
    tried = strike_all(Strikes(target), sets, executor, progress)
    rows = [
        (
            target.options[number].name,
            struck.cost,
            struck.cost - target.base.cost,
            struck.short,
            struck.short - before,
            ", ".join(struck.stopped),
        )
        for (number,), struck in tried.items()
    ]
    columns = [
        "failure",
        f"cost_{unit.money}",
        f"rise_{unit.money}",
        f"shortfall_{unit.mass}",
        f"rise_of_shortfall_{unit.mass}",
        "plants_stopped",
    ]
    found = pd.DataFrame(rows, columns=columns)
    found = found.sort_values([columns[1], "failure"], ascending=[False, True]).reset_index(drop=True)
    found.attrs["left_out"] = len(sets) - len(tried)
    return found

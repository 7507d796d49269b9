"""Monte Carlo: what the least cost may be when several numbers are uncertain, and which of them matter.

Numbers are drawn as a Latin hypercube: each is spread evenly over its own distribution, one draw in each of
n equally likely parts, and the parts are paired at random. Draws depend on the seed alone, and rows on draws
alone, so the number of workers changes nothing.

Source: McKay, Beckman & Conover (1979), A comparison of three methods for selecting values of input
variables in the analysis of output from a computer code, Technometrics 21, 239-245.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from resilience.errors import InputError
from resilience.network import Network
from resilience.whatif.distributions import distribution
from resilience.whatif.question import WhatIf
from resilience.whatif.runs import Progress, answer_all

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class MonteCarlo:
    """Draws, and what came of each.

    Parameters
    ----------
    rows : DataFrame
        One row a draw, as `resilience.sweep` returns it.
    paths : tuple of str
        Columns of the numbers drawn.
    currency, mass : str
        Units of cost and shortfall.
    """

    rows: pd.DataFrame
    paths: tuple[str, ...]
    currency: str
    mass: str

    def __repr__(self) -> str:
        return (
            f"<MonteCarlo: {len(self.rows)} draws of {len(self.paths)} numbers, {self.n_solved} with a plan>"
        )

    @property
    def n_solved(self) -> int:
        """How many draws have a plan; only these are in quantiles and sensitivity."""
        return int((self.rows["status"] == "optimal").sum())

    @property
    def outcomes(self) -> list[str]:
        """Columns of what came of the draws."""
        first = list(self.rows.columns).index("problem") + 1
        return [str(name) for name in self.rows.columns[first:]]

    def quantiles(self, levels: Sequence[float] = LEVELS, confidence: float = 0.95) -> pd.DataFrame:
        """Return quantiles of every outcome, each with an interval that covers the true one.

        The interval is that of order statistics: of n independent draws the count below the true quantile
        is binomial, whatever the distribution. Draws of a Latin hypercube are spread more evenly than
        independent ones, so it is rather too wide than too narrow. Missing where there are too few draws.

        Returns
        -------
        DataFrame
            ``outcome``, ``level``, ``value``, ``low``, ``high``; in the unit of the outcome's name.
        """
        from scipy import stats

        found = []
        solved = self.rows[self.rows["status"] == "optimal"]
        for name in self.outcomes:
            ordered = np.sort(solved[name].to_numpy(dtype=float))
            count = len(ordered)
            for level in levels:
                below = int(stats.binom.ppf((1 - confidence) / 2, count, level)) - 1 if count else -1
                above = int(stats.binom.ppf((1 + confidence) / 2, count, level)) if count else 0
                found.append(
                    {
                        "outcome": name,
                        "level": level,
                        "value": float(np.quantile(ordered, level)) if count else np.nan,
                        "low": float(ordered[below]) if below >= 0 else np.nan,
                        "high": float(ordered[above]) if above < count else np.nan,
                    }
                )
        return pd.DataFrame(found, columns=["outcome", "level", "value", "low", "high"])

    @property
    def sensitivity(self) -> pd.DataFrame:
        """Rank correlation (Spearman) of every number drawn with every outcome; one row a number.

        1 where the outcome always rises with it, -1 where it always falls; missing where the outcome is
        always the same.
        """
        solved = self.rows[self.rows["status"] == "optimal"]
        ranks = solved[[*self.paths, *self.outcomes]].astype(float).rank()
        found = {
            name: [_correlation(ranks[path].to_numpy(), ranks[name].to_numpy()) for path in self.paths]
            for name in self.outcomes
        }
        return pd.DataFrame({"path": list(self.paths), **found})


def _correlation(one: Any, other: Any) -> float:
    one, other = one - one.mean() if len(one) else one, other - other.mean() if len(other) else other
    size = float(np.sqrt(np.sum(one**2) * np.sum(other**2)))
    return float(np.sum(one * other)) / size if size > 0 else np.nan


def monte_carlo(
    network: Network,
    distributions: Mapping[str, Any],
    n: int = 1000,
    seed: int = 0,
    scenario: str | None = None,
    *,
    executor: Any = None,
    measures: Sequence[str] = (),
    output: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> MonteCarlo:
    """Solve a scenario for many draws of uncertain numbers.

    Parameters
    ----------
    network : Network
        The network.
    distributions : mapping
        From path to distribution: ``"normal(100, 10)"``, ``"uniform(a, b)"``, ``"triangular(a, mode, b)"``,
        ``"lognormal(median, factor)"``, or a frozen distribution of scipy.stats; in the units of the file.
        They are independent of each other.
    n : int
        How many draws.
    seed : int
        The same seed gives the same draws, in whatever order the paths are given.
    scenario : str, optional
        The scenario; left out, the network alone.
    executor, measures, output, resume, progress
        As in `resilience.sweep`.

    Returns
    -------
    MonteCarlo

    Raises
    ------
    InputError
        If a path leads nowhere, or a distribution makes no sense. A draw that makes no sense (a capacity
        below 0) is a row whose status is ``invalid``.

    Examples
    --------
    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "supplies": {"mine": {"country": "COD", "commodity": "ore", "price": 10}},
    ...     "demands": {"smelter": {"country": "FIN", "commodity": "ore", "quantity": 8}},
    ...     "lanes": [{"from": "mine", "to": "smelter", "commodity": "ore"}],
    ... })
    >>> found = monte_carlo(network, {"supplies.mine.price": "uniform(10, 20)"}, n=100, seed=1)
    >>> bool(80 <= found.rows["cost_usd"].min() <= 81), found.sensitivity["cost_usd"].round(6).tolist()
    (True, [1.0])
    """
    if not distributions:
        raise InputError("nothing to draw: give a distribution for at least one path")
    if n < 1 or seed < 0:
        raise InputError(f"wanted at least 1 draw and a seed of 0 or more, not {n} and {seed}")
    paths = tuple(sorted(distributions))
    made = [distribution(distributions[path], path) for path in paths]
    asked = draws(paths, made, n, seed)
    rows = answer_all(
        network,
        asked,
        base=scenario,
        executor=executor,
        measures=measures,
        output=output,
        resume=resume,
        progress=progress,
    )
    return MonteCarlo(rows, paths, network.spec.units.currency, network.spec.units.mass)


def draws(paths: Sequence[str], made: Sequence[Any], n: int, seed: int) -> list[WhatIf]:
    """Return the draws of a Latin hypercube as what-ifs."""
    from scipy.stats import qmc

    unit = qmc.LatinHypercube(len(paths), rng=np.random.default_rng(seed)).random(n)
    columns = [np.asarray(each.ppf(unit[:, number]), dtype=float) for number, each in enumerate(made)]
    return [
        WhatIf(set=dict(zip(paths, row, strict=True)), name=f"draw {number}")
        for number, row in enumerate(np.column_stack(columns).tolist(), 1)
    ]

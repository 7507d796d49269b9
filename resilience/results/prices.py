"""Prices: what one more tonne of a commodity at a site would cost, and what one less would save.

Price     dual of the balance, in money of its own period, not discounted; >= 0 where surplus may be
          thrown away for nothing. With origin layers each layer has its own: a clean tonne may be
          dearer than a tainted one
One more  right-hand derivative of the least cost by what is withdrawn, the highest dual that proves the
          plan; one less, left-hand, the lowest. The price lies between them
Status    of `prices`: "determined" where all optimal duals agree, which one factorisation tells, else
          "may differ". Of `price_ranges`, which solves for both sides: "determined", "differs", or "not
          determined" where there is no plan at all for one tonne more, or one less
Mixed     where levels must be whole all this is of the linear program with them fixed at the plan's
Source    Gal (1986), Shadow prices and sensitivity analysis in linear programming under degeneracy,
          OR Spektrum 8, 59-71; see `solvers/dual_face.py`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import csc_array

from resilience.errors import InputError
from resilience.grammar.names import suggest
from resilience.program.labels import Block
from resilience.solvers.dual_face import DualFace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resilience.results.solution import Solution

DETERMINED, MAY_DIFFER, DIFFERS, NOT_DETERMINED = "determined", "may differ", "differs", "not determined"

ALIKE = 2e-6
"""Relative difference of two sides below which they are one price: curves are laid out in steps this fine."""

Wanted = str | Iterable[str] | None
Progress = Callable[[int, int], None]


def prices_of(solution: Solution) -> pd.DataFrame:
    """Return the dual of every balance; see `Solution.prices`."""
    block = _balances(solution)
    every = np.arange(block.size)
    frame = _labelled(solution, block, every)
    frame[f"price_{solution.unit.price}"] = solution.duals[: block.size]
    is_settled = solution.dual_face.are_settled(_one_tonne(solution, every))
    frame["status"] = np.where(is_settled, DETERMINED, MAY_DIFFER).astype(object)
    return frame


def price_ranges_of(
    solution: Solution,
    site: Wanted = None,
    commodity: Wanted = None,
    period: Wanted = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return prices with their one-sided derivatives; see `Solution.price_ranges`."""
    block, unit = _balances(solution), solution.unit
    every = _labelled(solution, block, np.arange(block.size))
    chosen = np.ones(block.size, dtype=bool)
    for name, wanted in (("site", site), ("commodity", commodity), ("period", period)):
        if wanted is not None:
            chosen &= every[name].isin(_known(wanted, name, set(every[name]))).to_numpy()
    rows = np.flatnonzero(chosen)
    less, more = solution.dual_face.ends(_one_tonne(solution, rows), progress)
    factor = solution.formulation.discount_factors(solution.program.rows)[rows]
    less, more, price = less / factor, more / factor, solution.duals[rows]
    ends = np.isfinite(less) & np.isfinite(more)
    with np.errstate(invalid="ignore"):
        is_one = more - less <= ALIKE * np.maximum(1.0, np.abs(price))
    status = np.select([~ends, is_one], [NOT_DETERMINED, DETERMINED], DIFFERS).astype(object)
    frame = every.iloc[rows].reset_index(drop=True)
    frame[f"price_{unit.price}"] = price
    frame[f"one_more_{unit.price}"] = np.where(np.isfinite(more), more, np.nan)
    frame[f"one_less_{unit.price}"] = np.where(np.isfinite(less), less, np.nan)
    frame["status"] = status
    return frame


def dual_face_of(solution: Solution) -> DualFace:
    """Return all optimal duals of the plan, whole levels fixed."""
    basis = solution.outcome.basis
    if basis is None:  # from another solver, or another process
        basis = solution.session.solve().basis
    fixed = solution.program.fixed_at(solution.levels)
    return DualFace(fixed, solution.levels, solution.outcome.y, basis)


def _balances(solution: Solution) -> Block:
    ((start, block),) = solution.program.rows.parts("balance")
    assert start == 0  # balances are the first rows of every program
    return block


def _labelled(solution: Solution, block: Block, rows: NDArray[np.int64]) -> pd.DataFrame:
    names = ["site", "country", "commodity", *(["layer"] if "layer" in block.fields else [])]
    frame = pd.DataFrame({name: block.texts(name)[rows] for name in names})
    frame["period"] = solution.period_names[block.numbers("period")[rows]]
    return frame


def _one_tonne(solution: Solution, rows: NDArray[np.int64]) -> csc_array[Any]:
    """Return one more tonne withdrawn at each of some rows, as columns."""
    shape = (solution.program.n_rows, len(rows))
    return csc_array((np.ones(len(rows)), rows.astype(np.int32), np.arange(len(rows) + 1)), shape=shape)


def _known(wanted: str | Iterable[str], name: str, known: set[str]) -> list[str]:
    """Return names that were asked for, each of which there must be."""
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    for each in names:
        if each not in known:
            raise InputError(f"no price has {name} '{each}'{suggest(each, known)}")
    return names

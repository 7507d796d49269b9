"""What is really inside: where each stage of what a demand received was done.

Material mixes in proportion at every balance. A conversion keeps what its inputs carry, weighted by
their tonnes, and writes its own country at its own stage. A facility that only passes commodities on,
its outputs all among its inputs, writes nothing: goods that are relabelled on their way keep their origin.
Where origin layers separate material, so does the answer.

For each stage the shares by country are the solution of one sparse linear system over all balances.

Source: the proportional mixing of input-output analysis, as Leontief (1936), Quantitative input and
output relations, Review of Economics and Statistics 18, 105-125.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.formulation import Formulation
from resilience.program import LinearProgram

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NODES = ("balance", "stock")
SUPPLIED = "supplied"
"""Stage of what is bought from a supply, stood in stock at the start, or was under way."""
UNTRACED = ""
"""Country of the part that no facility of a stage has touched."""


@dataclass(frozen=True, eq=False)
class Mixing:
    """Who gives to each balance, and from which balances that was made.

    Parameters
    ----------
    node : ndarray of int64
        Rows that are balances or stocks.
    to, column, share : ndarray
        Of each giver: the node it gives to, which column it is, and its share of what is given there.
    takes : sparse array, shape (n_columns, n_nodes)
        From which nodes each column takes, in shares of its tonnes.
    """

    node: IntArray
    to: IntArray
    column: IntArray
    share: FloatArray
    takes: csr_array[Any]


def origins_of(
    formulation: Formulation,
    program: LinearProgram,
    levels: FloatArray,
    period_names: NDArray[np.object_],
    demand: str | None = None,
) -> pd.DataFrame:
    """Return the share of each delivery by stage and country.

    Parameters
    ----------
    formulation, program, levels
        A solved program.
    period_names : ndarray
        Name of each period.
    demand : str, optional
        One demand or outlet; all if left out.

    Returns
    -------
    DataFrame
        demand, period, stage, country, share, tonnes. The shares of a demand, period and stage add up to
        1; country ``""`` is the part that no facility of that stage has touched.
    """
    serve = program.columns.where(kind="serve", id=demand)
    serve = serve[levels[serve] > 0]
    mixing = _mixing(program, levels)
    row = program.indices[program.starts[serve]].astype(np.int64)
    at = np.searchsorted(mixing.node, row)
    frames = []
    for stage in (*formulation.spec.stages, SUPPLIED):
        countries, shares = _shares(program, mixing, stage, formulation)
        if len(countries) <= 1 and stage == SUPPLIED:
            continue
        frames.append(_table(program, serve, levels, stage, countries, shares[at], period_names))
    mass = formulation.spec.units.mass
    columns = ["demand", "period", "stage", "country", "share", f"delivered_{mass}"]
    if not frames:
        return pd.DataFrame(columns=columns)
    parts = pd.concat(frames, ignore_index=True)
    whole = parts.groupby(columns[:4], as_index=False, sort=False)[["tonnes"]].sum()
    total = whole.groupby(["demand", "period", "stage"])["tonnes"].transform("sum")
    whole["share"] = whole["tonnes"] / total
    whole = whole.rename(columns={"tonnes": columns[5]})[columns]
    return whole[whole["share"] > SMALLEST].reset_index(drop=True)


SMALLEST = 1e-12
"""Shares up to here are rounding."""
LEAK = 1e-14
"""So much is lost at every step, which gives an answer to loops that nothing enters or leaves."""


def _mixing(program: LinearProgram, levels: FloatArray) -> Mixing:
    """Return givers of every balance and stock, by what flows."""
    from scipy.sparse import csr_array

    node = np.sort(program.rows.where(kind=NODES))
    stock = program.rows.where(kind="stock")
    entry_row = program.indices.astype(np.int64)
    flow = program.values * levels[program.entry_columns]
    flow = np.where(np.isin(entry_row, stock), -flow, flow)  # a stock row counts what leaves as positive
    inside = np.isin(entry_row, node)
    gives, takes = inside & (flow > 0), inside & (flow < 0)
    to = np.searchsorted(node, entry_row[gives])
    total = np.bincount(to, flow[gives], len(node))
    column = program.entry_columns[takes]
    taken = csr_array(
        (-flow[takes], (column, np.searchsorted(node, entry_row[takes]))),
        shape=(program.n_columns, len(node)),
    )
    sums: FloatArray = np.asarray(taken.sum(axis=1)).ravel()
    scale = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    shares = taken.multiply(scale[:, None]).tocsr()
    return Mixing(node, to, program.entry_columns[gives], flow[gives] / total[to], shares)


def _shares(
    program: LinearProgram, mixing: Mixing, stage: str, formulation: Formulation
) -> tuple[Sequence[str], FloatArray]:
    """Return the countries, and the share of each at each node, of one stage; the last is untraced."""
    from scipy.sparse import csc_array, eye_array
    from scipy.sparse.linalg import splu

    labels, n_nodes = program.columns, len(mixing.node)
    writes = _writers(program, stage, formulation)
    mine = np.isin(mixing.column, writes)
    country = labels.texts("country", mixing.column).astype(str)
    names = [*sorted(set(country[mine])), UNTRACED]
    known = np.zeros((n_nodes, len(names)))
    np.add.at(known, (mixing.to[mine], np.searchsorted(names[:-1], country[mine])), mixing.share[mine])
    passed = csc_array(
        (mixing.share[~mine], (mixing.to[~mine], mixing.column[~mine])), shape=(n_nodes, program.n_columns)
    )
    system = csc_array(eye_array(n_nodes) - (1.0 - LEAK) * (passed @ mixing.takes))
    found = splu(system).solve(known) if n_nodes else known
    given = np.zeros(n_nodes)
    given[mixing.to] = 1.0
    traced = found[:, :-1].sum(axis=1)
    is_whole = (given > 0) & (np.abs(given - traced) <= SMALLEST)
    found[is_whole] /= traced[is_whole, None]
    found[:, -1] = np.where(is_whole, 0.0, given - traced)
    return names, np.clip(found, 0.0, 1.0)


def _writers(program: LinearProgram, stage: str, formulation: Formulation) -> IntArray:
    """Return the columns that write a country at a stage: those that make something new there."""
    if stage == SUPPLIED:
        return program.columns.where(kind=("buy", "open", "transit"))
    passing = formulation.places.passing
    found = program.columns.where(kind=("produce", "transit"), stage=stage)
    return np.setdiff1d(found, program.columns.where(kind="produce", id=passing)) if passing else found


def _table(
    program: LinearProgram,
    serve: IntArray,
    levels: FloatArray,
    stage: str,
    countries: Sequence[str],
    shares: FloatArray,
    period_names: NDArray[np.object_],
) -> pd.DataFrame:
    """Return one stage's shares of every delivery as rows."""
    labels, n_countries = program.columns, len(countries)
    period = labels.texts("period", serve).astype(int)
    return pd.DataFrame(
        {
            "demand": np.repeat(labels.texts("id", serve), n_countries),
            "period": np.repeat(period_names[period], n_countries),
            "stage": stage,
            "country": np.tile(np.array(countries, dtype=object), len(serve)),
            "tonnes": (shares * levels[serve][:, None]).ravel(),
        }
    )

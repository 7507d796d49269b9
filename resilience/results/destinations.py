"""Where it ends up: which part of an activity serves a demand in the end, and a number of that demand.

Downstream what `origins.py` is upstream: whoever takes from a balance takes in proportion, and so does
what becomes of it. A process is followed along its leading (first listed) output; what is thrown away,
still in stock or under way at the end, ends nowhere. One sparse linear system over all balances:

    value of a balance  = sum over its takers of share taken * value of the taker
    value of a taker    = value of the balance it gives to; of a delivery: given

Source: the proportional sharing of Bialek (1996), Tracing the flow of electricity, IEE Proceedings -
Generation, Transmission and Distribution 143(4), of which this is the downstream-looking system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resilience.results.origins import LEAK, NODES

if TYPE_CHECKING:
    from resilience.formulation import Formulation
    from resilience.program import LinearProgram

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def reached(
    formulation: Formulation, program: LinearProgram, levels: FloatArray, worth: FloatArray
) -> FloatArray:
    """Return, for every column, the mean worth of where its material ends.

    Parameters
    ----------
    formulation, program, levels
        A solved program.
    worth : ndarray, shape (n_columns, n_kinds)
        Of every delivery (column of kind ``serve``), its worth; others are not read. With 1 for the
        deliveries of one commodity and 0 for all others, it is the share of each activity that serves
        that commodity.

    Returns
    -------
    ndarray, shape (n_columns, n_kinds)
        0 where nothing is delivered in the end.
    """
    from scipy.sparse import csc_array, csr_array, eye_array
    from scipy.sparse.linalg import splu

    node = np.sort(program.rows.where(kind=NODES))
    found = np.zeros((program.n_columns, worth.shape[1]))
    serve = program.columns.where(kind="serve")
    found[serve] = worth[serve]
    if not len(node):
        return found
    amount = program.values.copy()
    amount[np.isin(program.indices, program.rows.where(kind="stock"))] *= -1.0  # there, leaving is positive
    inside = np.isin(program.indices, node)
    flow = amount * levels[program.entry_columns]
    takes = np.flatnonzero(inside & (flow < 0))
    at = np.searchsorted(node, program.indices[takes])
    total = np.bincount(at, -flow[takes], len(node))
    share = csr_array(
        (-flow[takes] / total[at], (at, program.entry_columns[takes])), shape=(len(node), program.n_columns)
    )
    gives = _leading(formulation, program, np.flatnonzero(inside & (amount > 0)))
    to = csr_array(
        (np.ones(len(gives)), (program.entry_columns[gives], np.searchsorted(node, program.indices[gives]))),
        shape=(program.n_columns, len(node)),
    )
    system = csc_array(eye_array(len(node)) - (1.0 - LEAK) * (share @ to))
    known: FloatArray = np.asarray(share @ found)
    return found + np.asarray(to @ np.asarray(splu(system).solve(known)))


def _leading(formulation: Formulation, program: LinearProgram, gives: IntArray) -> IntArray:
    """Return one entry per column among those that give something: the leading output of a facility."""
    column = program.entry_columns[gives]
    first = {key: next(iter(recipe.outputs)) for key, recipe in formulation.places.recipes.items()}
    good = program.rows.texts("commodity", program.indices[gives])
    leading = [first.get(key) for key in program.columns.texts("id", column)]
    order = np.lexsort((np.array(leading, dtype=object) != good, column))
    _, chosen = np.unique(column[order], return_index=True)
    return np.asarray(gives[order][chosen], dtype=np.int64)

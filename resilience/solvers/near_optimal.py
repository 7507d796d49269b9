"""All plans that cost no more than a given amount: the least that an objective can be among them.

Rows      those of the program, and one more: c x <= most; from the optimal basis, which stays feasible
Checked   each answer by its own certificate, as a plan is
Source    DeCarolis (2011), Using modeling to generate alternatives (MGA) to expand our thinking on energy
          futures, Energy Economics 33, 145-152
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from resilience.errors import SolveInterrupted, SolverError
from resilience.program import Block, Labels, LinearProgram, Outcome, certify
from resilience.solvers.engine import PRIMAL, STATUSES, load, solve_until_settled

FloatArray = NDArray[np.float64]


class NearOptimal:
    """Plans of a linear program whose cost is limited.

    Parameters
    ----------
    program : LinearProgram
        Without columns that must be whole.
    outcome : Outcome
        An optimum of it.
    most : float
        The most that a plan may cost.

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> from resilience.solvers import HighsSession
    >>> program = two_sources()  # 5 at 10 and 3 at 25: 125
    >>> near = NearOptimal(program, HighsSession(program).solve(), 140.0)
    >>> round(near.least(np.array([1.0, 0.0])), 9)
    4.0
    """

    def __init__(self, program: LinearProgram, outcome: Outcome, most: float) -> None:
        self._program = limited(program, most)
        self._highs = load(self._program)
        self._highs.setOptionValue("simplex_strategy", PRIMAL)
        if outcome.basis is not None:
            basis = highspy.HighsBasis()
            basis.col_status = outcome.basis.col_status
            basis.row_status = [*outcome.basis.row_status, highspy.HighsBasisStatus.kBasic]
            basis.valid = True
            self._highs.setBasis(basis)

    def least(self, objective: FloatArray) -> float:
        """Return the least value of an objective; minus infinity where there is none.

        Raises
        ------
        SolverError
            If HiGHS does not come to an end, or its answer does not hold.
        """
        highs: Any = self._highs
        n = len(objective)
        highs.changeColsCost(n, np.arange(n, dtype=np.int32), objective)
        solve_until_settled(highs)
        word = highs.getModelStatus().name
        status = STATUSES.get(word, "failed")
        if status == "unbounded":
            return -np.inf
        if status == "interrupted":
            raise SolveInterrupted("interrupted", word)
        if status != "optimal":
            raise SolverError(f"HiGHS gave up: {highs.modelStatusToString(highs.getModelStatus())}", word)
        found = highs.getSolution()
        asked = replace(self._program, costs={"asked": objective})
        proof = certify(asked, np.array(found.col_value), np.array(found.row_dual))
        if not proof.holds:
            raise SolverError(f"the answer of HiGHS does not hold: {proof}", word)
        return proof.cost


def limited(program: LinearProgram, most: float) -> LinearProgram:
    """Return a program with a row more, the last, that limits its cost; scaled to coefficients up to 1."""
    scale = max(float(np.abs(program.cost).max(initial=0.0)), 1e-300)
    matrix = vstack([program.matrix.tocsr(), csr_array(program.cost[None, :] / scale)]).tocsc()
    matrix.sort_indices()
    return replace(
        program,
        starts=matrix.indptr.astype(np.int32),
        indices=matrix.indices.astype(np.int32),
        values=matrix.data,
        row_lower=np.append(program.row_lower, -np.inf),
        row_upper=np.append(program.row_upper, most / scale),
        rows=Labels((*program.rows.blocks, Block("cost", 1, {})), program.rows.groups),
    )

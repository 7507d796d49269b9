"""What a solver hands back: levels, duals and what became of the solve."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Status = Literal["optimal", "infeasible", "unbounded", "time limit", "interrupted", "failed"]


@dataclass(frozen=True)
class Search:
    """How far the search for the best choice of whole levels has come.

    Parameters
    ----------
    cost : float
        Of the best plan found; infinite while there is none.
    bound : float
        No plan costs less, as far as was searched; minus infinity while nothing is known.
    seconds : float
        Since the search began.

    Examples
    --------
    >>> Search(102.0, 100.0, 3.5).gap, Search(math.inf, 100.0, 0.1).gap
    (0.0196..., inf)
    """

    cost: float
    bound: float
    seconds: float

    @property
    def gap(self) -> float:
        """Return (cost - bound) over max(1, abs(cost)): what could be saved at most; infinite if unknown."""
        if not math.isfinite(self.cost) or not math.isfinite(self.bound):
            return math.inf
        return max(0.0, self.cost - self.bound) / max(1.0, abs(self.cost))


@dataclass(frozen=True, eq=False)
class Outcome:
    """Levels and duals of one solved program.

    Parameters
    ----------
    status : str
        ``optimal`` is the only one that carries arrays.
    x : ndarray, shape (n_columns,)
        Level of each column.
    y : ndarray, shape (n_rows,)
        Dual of each row: rise of cost per unit that the row's right-hand side rises.
    solver : str
        Name and version of the solver.
    seconds : float
        Wall time of the solver alone.
    iterations : int
        Simplex or interior-point iterations.
    word : str
        The solver's own word for the status.
    bound : float, optional
        Where levels must be whole: no choice of them costs less, as far as the solver searched. The
        duals are then those of the linear program that is left with them fixed.
    basis : object, optional
        The solver's own optimal basis, from which the same program with other numbers may start.
    search : Search, optional
        Where levels must be whole and the solve was cut short: how far it had come.
    """

    status: Status
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    solver: str = ""
    seconds: float = 0.0
    iterations: int = 0
    word: str = ""
    bound: float | None = None
    basis: Any = field(default=None, repr=False)
    search: Search | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the basis behind, which lives in the solver's memory, when going to another process."""
        return {**self.__dict__, "basis": None}

    @classmethod
    def without_answer(cls, status: Status, solver: str, seconds: float, word: str) -> Outcome:
        """Return an outcome that carries no levels."""
        return cls(status, np.empty(0), np.empty(0), solver, seconds, 0, word)

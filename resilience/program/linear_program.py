"""A linear program in arrays: least cost over rows and columns that carry labels.

    minimise    sum of the cost components · x
    subject to  row_lower <= A x <= row_upper
                col_lower <=   x <= col_upper

A stands in compressed columns. The components of cost (production, freight, tariff, ...) are kept
apart, so that a bill can be split afterwards. Arrays are never written to: a change is a `Delta`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from resilience.program.labels import Labels

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int32]
Found = TypeVar("Found")
UNIT = float(np.finfo(float).eps) / 2
"""Largest relative error of one rounding."""
BOUNDS = ("col_lower", "col_upper", "row_lower", "row_upper")


@dataclass
class Memory:
    """What was once found out about a program; never part of its value, and not sent to other processes.

    Parameters
    ----------
    wider : LinearProgram, optional
        A program of which every plan of this one is a plan too.
    bounds : tuple of two ndarray, optional
        Column bounds that hold in every plan.
    """

    wider: LinearProgram | None = None
    bounds: tuple[FloatArray, FloatArray] | None = None


@dataclass(frozen=True, eq=False)
class LinearProgram:
    """A labelled linear program.

    Parameters
    ----------
    starts : ndarray of int32, shape (n_columns + 1,)
        Where each column begins in ``indices`` and ``values``.
    indices : ndarray of int32
        Row of each entry.
    values : ndarray of float64
        Entries of A.
    costs : mapping from component to ndarray of shape (n_columns,)
        Cost per unit of each column, split by component; their sum is minimised.
    col_lower, col_upper, row_lower, row_upper : ndarray of float64
        Bounds; infinite where there is none.
    columns, rows : Labels
        What each column and row is.
    integral : ndarray of bool, optional
        Columns whose levels must be whole; None where there are none.

    Raises
    ------
    ValueError
        If the arrays do not fit each other, or hold what is not a number.
    """

    starts: IndexArray
    indices: IndexArray
    values: FloatArray
    costs: Mapping[str, FloatArray]
    col_lower: FloatArray
    col_upper: FloatArray
    row_lower: FloatArray
    row_upper: FloatArray
    columns: Labels
    rows: Labels
    integral: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        n_columns, n_rows = len(self.columns), len(self.rows)
        shapes: dict[str, tuple[NDArray[Any], int]] = {
            "starts": (self.starts, n_columns + 1),
            "col_lower": (self.col_lower, n_columns),
            "col_upper": (self.col_upper, n_columns),
            "row_lower": (self.row_lower, n_rows),
            "row_upper": (self.row_upper, n_rows),
            **{f"costs[{name}]": (values, n_columns) for name, values in self.costs.items()},
        }
        if self.integral is not None:
            shapes["integral"] = (self.integral, n_columns)
        for name, (array, size) in shapes.items():
            if array.shape != (size,):
                raise ValueError(f"{name} has shape {array.shape}, not ({size},)")
        if len(self.indices) != len(self.values):
            raise ValueError("indices and values differ in length")
        if self.starts[0] != 0 or self.starts[-1] != len(self.indices) or np.any(np.diff(self.starts) < 0):
            raise ValueError("starts do not divide the entries among the columns")
        if len(self.indices) and not 0 <= self.indices.min() <= self.indices.max() < n_rows:
            raise ValueError("an entry stands in a row that does not exist")
        self._check_numbers({"values": self.values, **self.costs})
        self._check_numbers({name: getattr(self, name) for name in BOUNDS})

    def _check_numbers(self, arrays: Mapping[str, FloatArray]) -> None:
        """Raise a ValueError if an array holds what is not a number; only bounds may be infinite."""
        for name, array in arrays.items():
            if np.isnan(array).any() if name in BOUNDS else not np.isfinite(array).all():
                told = f"costs[{name}]" if name in self.costs else name
                raise ValueError(f"{told} holds what is not a number, or is infinite")

    def changed(self, costs: Mapping[str, FloatArray], **arrays: FloatArray) -> LinearProgram:
        """Return the program with other costs and other numbers in some arrays of the same shape.

        What was worked out and still holds is handed on, and only what is new is checked.
        """
        new = object.__new__(LinearProgram)
        kept = {"entry_columns", *OF_COSTS}
        if any(self.costs.get(name) is not array for name, array in costs.items()):
            kept -= OF_COSTS
        own = {name: value for name, value in self.__dict__.items() if name in FIELDS or name in kept}
        new.__dict__.update(own, costs=costs, **arrays)
        if arrays.get("values", self.values) is self.values:
            new.__dict__["_of_matrix"] = self._of_matrix  # whichever of them is asked first, all have it
        others = {name: array for name, array in costs.items() if self.costs.get(name) is not array}
        others |= {name: array for name, array in arrays.items() if getattr(self, name) is not array}
        new._check_numbers(others)
        return new

    @cached_property
    def memory(self) -> Memory:
        """What was once found out about this very program: a changed one starts with none."""
        return Memory()

    def __getstate__(self) -> dict[str, Any]:
        """Leave what was worked out behind when going to another process."""
        return {name: self.__dict__[name] for name in FIELDS}

    @property
    def is_mixed(self) -> bool:
        """Whether any level must be whole."""
        return self.integral is not None and bool(self.integral.any())

    def fixed_at(self, x: FloatArray) -> LinearProgram:
        """Return the linear program that is left when every whole level is fixed where it stands in x."""
        if self.integral is None:
            return self
        whole = np.where(self.integral, np.round(x), 0.0)
        return replace(
            self,
            col_lower=np.where(self.integral, whole, self.col_lower),
            col_upper=np.where(self.integral, whole, self.col_upper),
            integral=None,
        )

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return len(self.col_lower)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    @cached_property
    def cost(self) -> FloatArray:
        """Total cost per unit of each column."""
        total = np.zeros(self.n_columns)
        for component in self.costs.values():
            total += component
        return total

    @cached_property
    def cost_sizes(self) -> FloatArray:
        """Sum of the sizes of the components of each column's cost."""
        total = np.zeros(self.n_columns)
        for component in self.costs.values():
            total += np.abs(component)
        return total

    @cached_property
    def _of_matrix(self) -> dict[str, Any]:
        """What was worked out from A, shared by all programs that have it."""
        return {}

    def _once(self, name: str, make: Callable[[], Found]) -> Found:
        if name not in self._of_matrix:
            self._of_matrix[name] = make()
        known: Found = self._of_matrix[name]
        return known

    @property
    def roundings(self) -> FloatArray:
        """Relative rounding error of each reduced cost: of its products and components, and of their sum."""

        def make() -> FloatArray:
            count = (np.diff(self.starts) + len(self.costs) + 4) * UNIT
            return np.asarray(count / (1 - count))

        return self._once(f"roundings {len(self.costs)}", make)

    @property
    def matrix(self) -> csc_array[Any]:
        """A as a SciPy sparse array that shares our memory."""
        from scipy.sparse import csc_array

        parts, shape = (self.values, self.indices, self.starts), (self.n_rows, self.n_columns)
        return self._once("matrix", lambda: csc_array(parts, shape=shape))

    @property
    def transposed(self) -> csr_array[Any]:
        """A' as a SciPy sparse array that shares our memory."""
        from scipy.sparse import csr_array

        parts, shape = (self.values, self.indices, self.starts), (self.n_columns, self.n_rows)
        return self._once("transposed", lambda: csr_array(parts, shape=shape))

    @property
    def transposed_sizes(self) -> csr_array[Any]:
        """A' with the sizes of its entries."""
        from scipy.sparse import csr_array

        shape = (self.n_columns, self.n_rows)
        return self._once(
            "transposed sizes",
            lambda: csr_array((np.abs(self.values), self.indices, self.starts), shape=shape),
        )

    @property
    def by_row(self) -> csr_array[Any]:
        """A in compressed rows."""
        return self._once("by row", lambda: self.matrix.tocsr())

    @cached_property
    def entry_columns(self) -> NDArray[np.int64]:
        """Column of each entry of A."""
        return np.repeat(np.arange(self.n_columns), np.diff(self.starts))

    def times(self, x: FloatArray) -> FloatArray:
        """Return A x."""
        return np.asarray(self.matrix @ x)

    def transposed_times(self, y: FloatArray) -> FloatArray:
        """Return A' y."""
        return np.asarray(self.transposed @ y)


FIELDS = frozenset(LinearProgram.__dataclass_fields__)
OF_COSTS = frozenset({"cost", "cost_sizes"})
"""What is worked out from the costs."""

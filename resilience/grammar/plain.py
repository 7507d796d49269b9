"""Networks made in Python: plain data from dicts, NumPy values and pandas DataFrames.

A section may be a DataFrame with the columns of a table: ``id``, fields, and nested fields with dots.
A cell that is missing (None, NaN, NA, NaT or empty) is a field left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from resilience.fields import Section, plain, shown
from resilience.fields.values import Duration, FreightRate, Schedule, Tier
from resilience.grammar.columns import Cells, Coded, Ready
from resilience.grammar.csv_source import Batch
from resilience.grammar.document import Document, Path_, RecordRow
from resilience.grammar.lane_rows import LANES, LaneRows, read_lane_rows
from resilience.grammar.sections import LISTED
from resilience.grammar.tables import Reading

KEPT = (Section, Schedule, Tier, FreightRate, Duration, LaneRows)
"""Classes that stand in a network made in Python as they are."""


def read_python(data: Any) -> Document:
    """Return Python data as a document without places.

    Examples
    --------
    >>> import pandas as pd
    >>> read_python({"supplies": pd.DataFrame({"id": ["a"], "price": [0.5], "port": [None]})}).data
    {'supplies': {'a': {'price': 0.5}}}
    """
    document = Document(None)
    if not isinstance(data, Mapping):
        document.report((), f"wanted a mapping of sections, not {shown(data)}")
        return document
    sections = {key: _section(document, key, value) for key, value in data.items()}
    document.data = plain(sections, KEPT, document.report)
    return document


def plain_value(document: Document, path: Path_, value: Any) -> Any:
    """Return one value made plain; its faults are reported at a path."""
    return plain(value, KEPT, lambda inner, message: document.report((*path, *inner), message))


def _section(document: Document, key: Any, value: Any) -> Any:
    """Return a section given as a DataFrame as entries, and any other as it is."""
    if not hasattr(value, "itertuples") or not hasattr(value, "columns"):
        return value
    if key == LANES:
        return read_lane_rows(document, FrameSource(value.copy()), _plain_entry)
    return Reading(document, str(key), FrameSource(value), keyed=key not in LISTED).read()


def _plain_entry(entry: Mapping[str, Any], document: Document | None = None, path: Path_ = ()) -> Any:
    """Return the cells of a row made plain; faults are reported where there is a document."""
    return plain(entry, KEPT) if document is None else plain_value(document, path, entry)


class FrameSource:
    """A DataFrame as a table that is being read; its rows count from 0, as `iloc` does."""

    def __init__(self, frame: Any) -> None:
        named = frame.index.name == "id" and "id" not in frame.columns
        self.frame = frame.reset_index() if named else frame
        self.header = tuple(str(name).strip() for name in self.frame.columns)
        self.is_clean = False

    def row(self, number: int) -> RecordRow:
        """Return the place of a row."""
        return RecordRow("", number + 1, 1, "", 0, f"row {number} of the DataFrame", header=self.header)

    def rows(self) -> Iterator[tuple[RecordRow, Sequence[Any]]]:
        """Yield every row."""
        for number, cells in enumerate(self.frame.itertuples(index=False, name=None)):
            yield self.row(number), [None if _is_missing(cell) else cell for cell in cells]

    def batches(self, kinds: Sequence[str] = ()) -> Iterator[Batch]:
        """Yield the whole table, by column."""
        del kinds  # the frame knows
        size = len(self.frame)
        columns = [_cells(self.frame.iloc[:, number]) for number in range(len(self.header))]
        yield Batch(columns, np.arange(size), np.zeros(size, dtype=bool))

    def cells(self, number: int) -> Sequence[Any]:
        """Return the cells of a row."""
        row = next(self.frame.iloc[number : number + 1].itertuples(index=False, name=None))
        return [None if _is_missing(cell) else cell for cell in row]


def _cells(column: Any) -> Cells:
    """Return a column's values: numbers as an array, texts numbered, anything else as Python's."""
    import pandas as pd

    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        values = column.to_numpy()
        return Ready(values, np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool))
    if pd.api.types.infer_dtype(column, skipna=True) == "string":
        codes, words = pd.factorize(column)
        return Coded(codes, words.tolist())
    found = column.astype(object).to_numpy().copy()
    found[np.asarray(column.isna())] = None
    return list(found)


def _is_missing(cell: Any) -> bool:
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return bool(cell == "" if isinstance(cell, str) else isinstance(cell, float) and cell != cell)

"""JSON and CSV, and printing them.

JSON has no NaN and no infinity: what is not limited, or not defined, is ``null`` there and an empty
cell in CSV. Numbers keep all their digits.
"""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resilience.errors import OutputError
from resilience.grammar.disk import write_file

if TYPE_CHECKING:
    import pandas as pd


def to_json(value: Any) -> str:
    """Return any result as JSON text.

    Examples
    --------
    >>> print(to_json({"capacity_t": float("inf"), "cost_usd": 0.1, "countries": ("AUS", "USA")}))
    {
      "capacity_t": null,
      "cost_usd": 0.1,
      "countries": [
        "AUS",
        "USA"
      ]
    }
    """
    return json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:
    """Return a value as what JSON knows: tables become lists of records.

    Examples
    --------
    >>> import pandas as pd
    >>> plain(pd.DataFrame({"demand": ["a"], "short_share": [float("nan")]}))
    [{'demand': 'a', 'short_share': None}]
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "to_dict"):
        frame = with_columns(value)
        names = [str(name) for name in frame.columns]
        return [{name: plain(cell) for name, cell in zip(names, row, strict=True)} for row in rows_of(frame)]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return str(value)


def rows_of(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return the rows of a table as plain Python values."""
    columns = [frame[name].tolist() for name in frame.columns]
    return list(zip(*columns, strict=True))


def with_columns(table: pd.DataFrame | pd.Series[Any]) -> pd.DataFrame:
    """Return a table whose index, where it means something, is made columns."""
    import pandas as pd

    frame = table.to_frame() if isinstance(table, pd.Series) else table
    return frame if frame.index.equals(pd.RangeIndex(len(frame))) else frame.reset_index()


def to_csv(table: pd.DataFrame | pd.Series[Any]) -> str:
    """Return a table as CSV text, one row a record.

    Examples
    --------
    >>> import pandas as pd
    >>> print(to_csv(pd.DataFrame({"lane": ["a>b"], "capacity_t": [float("inf")], "flow_t": [0.1]})), end="")
    lane,capacity_t,flow_t
    a>b,,0.1
    """
    infinities = [math.inf, -math.inf]
    text: str = with_columns(table).replace(infinities, math.nan).to_csv(index=False, lineterminator="\n")
    return text


def emit(text: str, path: Path | None = None) -> None:
    """Print a result to stdout, or write it to a file."""
    ended = text if text.endswith("\n") else f"{text}\n"
    if path is None or str(path) == "-":
        try:
            sys.stdout.write(ended)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as fault:
            raise OutputError(f"stdout: cannot be written: {fault.strerror or fault}") from fault
    else:
        write_file(path, lambda draft: draft.write_text(ended, encoding="utf-8", newline="\n"))

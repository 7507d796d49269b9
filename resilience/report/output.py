"""JSON and CSV, and writing them: the whole file or none.

JSON has no NaN and no infinity: what is not limited, or not defined, is ``null`` there and an empty
cell in CSV. Numbers keep all their digits.
"""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resilience.errors import OutputError

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


def write_file(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file under another name in the same folder, and rename it once it is whole.

    Parameters
    ----------
    path : Path
        Where the file shall be; a link is followed, and a device or pipe is written to as it is.
    write : callable
        Writes to the path that it is given.

    Raises
    ------
    OutputError
        If the file cannot be written; what stood there before is untouched.
    """
    target = writable(path)
    if target.exists() and not target.is_file():
        draft = target
    else:
        draft = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        write(draft)
        if draft != target:
            draft.replace(target)
    except OSError as fault:
        raise OutputError(f"{path}: cannot be written: {fault.strerror or fault}") from fault
    finally:
        if draft != target:
            draft.unlink(missing_ok=True)


def writable(path: Path) -> Path:
    """Return where a file is to be, links followed, if it can be there; asked before long work too.

    Raises
    ------
    OutputError
        If it is a folder, or stands in a folder that is not there.
    """
    target = path.resolve()
    if target.is_dir():
        raise OutputError(f"{path}: is a folder; name a file")
    if not target.exists() and not target.parent.is_dir():
        raise OutputError(f"{path}: cannot be written: there is no folder {path.parent}")
    return target


def writable_folder(path: Path) -> Path:
    """Return where a folder of files is to be, links followed, if it can be there; asked before long work.

    Raises
    ------
    OutputError
        If it is a file, or stands in a folder that is not there.
    """
    target = path.resolve()
    if target.exists() and not target.is_dir():
        raise OutputError(f"{path}: is a file; name a folder")
    if not target.parent.is_dir():
        raise OutputError(f"{path}: cannot be written: there is no folder {path.parent}")
    return target


def write_folder(path: Path, writers: Mapping[str, Callable[[Path], Any]]) -> None:
    """Write files into a folder that is made, or that exists; all are whole before the first is moved in.

    Raises
    ------
    OutputError
        If they cannot be written.
    """
    target = writable_folder(path)
    draft = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        draft.mkdir()
        for name, write in writers.items():
            write(draft / name)
        if target.exists():
            for name in writers:
                (draft / name).replace(target / name)
        else:
            draft.rename(target)
    except OSError as fault:
        raise OutputError(f"{path}: cannot be written: {fault.strerror or fault}") from fault
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def copy_folder(source: Path, path: Path) -> None:
    """Copy a folder to one that does not exist yet, or is empty.

    Raises
    ------
    OutputError
        If there is something already, or the copy fails.
    """
    target = path.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise OutputError(f"{path}: is there already, and nothing is overwritten; name another folder")
    if not target.parent.is_dir():
        raise OutputError(f"{path}: cannot be written: there is no folder {path.parent}")
    draft = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        shutil.copytree(source, draft, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        if target.exists():
            target.rmdir()
        draft.rename(target)
    except OSError as fault:
        raise OutputError(f"{path}: cannot be written: {fault.strerror or fault}") from fault
    finally:
        shutil.rmtree(draft, ignore_errors=True)

"""Rows kept in a Parquet file as they come, so that a sweep that is killed goes on where it was.

While a sweep runs, every chunk is a file of its own in a folder beside the output, written under another
name and then renamed: a file that is there is whole. Each row carries the key of its what-if. At the end all
rows go into the output, in the order asked, and the folder goes.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from resilience.errors import OutputError

Row = dict[str, Any]
KEY = "key"


class Store:
    """The output of a sweep.

    Parameters
    ----------
    path : Path
        The file that it becomes.
    resume : bool
        Whether rows of an earlier sweep that was killed are taken over; if not, they are thrown away.

    Raises
    ------
    OutputError
        If pyarrow is missing, or nothing can be written there.
    """

    def __init__(self, path: Path, resume: bool = False) -> None:
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            raise OutputError("parquet needs the package pyarrow: pip install pyarrow") from None
        self.path = path
        self.folder = path.with_name(f"{path.name}.parts")
        self.rows: dict[str, Row] = {}
        try:
            if not resume:
                shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True, exist_ok=True)
            for part in sorted(self.folder.glob("*.parquet")):
                self._take(part)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from None

    def _take(self, part: Path) -> None:
        for row in pd.read_parquet(part).to_dict("records"):
            key = str(row.pop(KEY))
            # a column that another row of the part has is missing in this one
            self.rows[key] = {
                str(name): value for name, value in row.items() if value is not None and value == value
            }

    def add(self, rows: Mapping[str, Row]) -> None:
        """Write the rows of one chunk, by key."""
        self.rows |= rows
        frame = pd.DataFrame([{KEY: key, **row} for key, row in rows.items()])
        part = self.folder / f"{uuid.uuid4().hex}.parquet"
        draft = part.with_suffix(".draft")
        try:
            frame.to_parquet(draft, index=False)
            draft.rename(part)
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from None

    def finish(self, frame: pd.DataFrame) -> None:
        """Write the whole table, and throw the parts away."""
        draft = self.path.with_name(f"{self.path.name}.draft")
        try:
            frame.to_parquet(draft, index=False)
            draft.rename(self.path)
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from None
        shutil.rmtree(self.folder, ignore_errors=True)


def table_of(about: Sequence[Row], rows: Sequence[Row]) -> pd.DataFrame:
    """Return one row for each scenario: what is varied, then what came of it.

    A column of what is varied holds numbers alone, or texts alone.
    """
    left, right = pd.DataFrame(list(about)), pd.DataFrame(list(rows))
    for name in left:
        given = left[name].dropna()
        if not all(isinstance(value, float) for value in given):
            left[name] = [None if pd.isna(value) else _text(value) for value in left[name]]
    return pd.concat([left, right], axis=1)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)

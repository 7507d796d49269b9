"""A plain CSV file by column, parsed by pandas: what most large tables are.

Plain is a file in which every line has as many cells as there are columns, nothing is quoted and no cell is
white space alone. Its cells stand between commas and line breaks, so there is nothing to be argued about;
any other file is read row by row (see `csv_source.py`), and what is found is the same.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.grammar.columns import Cells, Coded, Ready

BoolArray = NDArray[np.bool_]

COMMA, FEED, RETURN, QUOTE = b',\n\r"'
TRUTHS = (b"true", b"false")
"""What pandas takes for 1 and 0, in letters of any size."""
LONGEST = 100_000
"""Longer cells are left to the reader of rows."""
PRECISE = {} if int(pd.__version__.partition(".")[0]) > 2 else {"float_precision": "round_trip"}
"""From pandas 3 on, numbers are read to the last digit in any case."""


def plain_columns(content: bytes, kinds: Sequence[str]) -> list[Cells] | None:
    r"""Return the cells of every column, or None if the file is not plain.

    Parameters
    ----------
    content : bytes
        The file, its header included.
    kinds : sequence of str
        Of each column: ``word`` (few different ones), ``number``, or ``text``.

    Examples
    --------
    >>> words, numbers = plain_columns(b"from,cost\na,5\nb,\na,7\n", ["word", "number"])
    >>> words.words, words.codes.tolist(), numbers.values.tolist(), numbers.missing.tolist()
    (['a', 'b'], [0, 1, 0], [5.0, nan, 7.0], [False, True, False])
    >>> plain_columns(b'from,cost\n"a",5\n', ["word", "number"])
    """
    rows = content.rstrip(b"\r\n") + b"\n"
    empty = _empty_cells(rows, len(kinds))
    if empty is None or "word" not in kinds or _is_blank_somewhere(empty, kinds):
        return None
    types = {"word": "category", "number": np.float64, "text": object}
    frame = _parsed(rows, [types[kind] for kind in kinds])
    if frame is None or _has_truth(frame, kinds, rows):  # some number has a unit, or is none
        types["number"] = object
        frame = _parsed(rows, [types[kind] for kind in kinds])
    if frame is not None and _numeric_words(frame):  # of 1.50 it made 1.5
        numeric = _numeric_words(frame)
        frame = _parsed(rows, [object if n in numeric else types[kind] for n, kind in enumerate(kinds)])
    if frame is None or len(frame) != len(empty):
        return None
    columns = [_cells(frame[number], empty[:, number]) for number in range(len(kinds))]
    blank = any(
        word and not word.strip() for part in columns if isinstance(part, Coded) for word in part.words
    )
    return None if blank else columns


def _empty_cells(rows: bytes, width: int) -> BoolArray | None:
    """Return which cells are empty, shape (n_rows, width); None if rows differ in width or are quoted."""
    signs = np.frombuffer(rows, dtype=np.uint8)
    is_end = signs == FEED
    ends = np.flatnonzero(is_end | (signs == COMMA))
    if len(ends) % width or QUOTE in rows:
        return None
    is_feed = is_end[ends].reshape(-1, width)
    returns = int(np.count_nonzero(signs[ends[width - 1 :: width] - 1] == RETURN))
    if not is_feed[:, -1].all() or is_feed[:, :-1].any() or rows.count(b"\r") != returns:
        return None
    length = np.diff(ends, prepend=-1).reshape(-1, width) - 1
    length[:, -1] -= signs[ends[width - 1 :: width] - 1] == RETURN
    return (length == 0)[1:] if length.max(initial=0) < LONGEST else None


def _is_blank_somewhere(empty: BoolArray, kinds: Sequence[str]) -> bool:
    """Say whether some row has no word: it may be one that is empty, and is none."""
    words = [number for number, kind in enumerate(kinds) if kind == "word"]
    return bool(empty[:, words].all(axis=1).any())


def _parsed(rows: bytes, types: Sequence[Any]) -> pd.DataFrame | None:
    """Return the rows below the header, or None if they do not fit the types."""
    numbers = [number for number, kind in enumerate(types) if kind is np.float64]
    given: dict[str, Any] = {"na_filter": False}
    if numbers:
        given = {"keep_default_na": False, "na_values": {number: [""] for number in numbers}, **PRECISE}
    try:
        frame: pd.DataFrame = pd.read_csv(
            io.BytesIO(rows),
            engine="c",
            header=None,
            skiprows=1,
            names=list(range(len(types))),
            dtype=dict(enumerate(types)),
            quoting=csv.QUOTE_NONE,
            skip_blank_lines=False,
            index_col=False,
            low_memory=False,
            **given,
        )
    except ValueError:
        return None
    return frame


def _has_truth(frame: pd.DataFrame, kinds: Sequence[str], rows: bytes) -> bool:
    """Say whether a number may have been a truth value: pandas takes a column of them for 1 and 0."""
    numbers = [frame[number].to_numpy() for number, kind in enumerate(kinds) if kind == "number"]
    if not any(np.isin(column[~np.isnan(column)], (0.0, 1.0)).all() for column in numbers):
        return False
    small = rows.lower()
    return any(word in small for word in TRUTHS)


def _numeric_words(frame: pd.DataFrame) -> list[int]:
    """Return the columns of words that were all taken for something else than texts."""
    return [
        number
        for number, kind in enumerate(frame.dtypes)
        if isinstance(kind, pd.CategoricalDtype)
        and not all(isinstance(word, str) for word in kind.categories)
    ]


def _cells(column: pd.Series[Any], empty: BoolArray) -> Cells:
    if isinstance(column.dtype, pd.CategoricalDtype):
        words = column.cat.categories.tolist()
        return Coded(column.cat.codes.to_numpy().astype(np.int64), words)
    values = column.to_numpy()
    return Ready(values, empty) if values.dtype.kind == "f" else values.tolist()

"""Whole networks as workbooks and folders of tables, spoilt: cells, names of sheets and files, archives."""

from __future__ import annotations

import csv
import datetime
import functools
import io
import random
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import IllegalCharacterError

import resilience as rs
from tests.fuzz.mutate import spoil_bytes, spoil_table, spoil_text
from tests.fuzz.seeds import YAMLS

BOOK = "book.xlsx"
NAMES = [
    "network",
    "settings",
    "lanes",
    "Lanes",
    "lanes ",
    "facilites",
    "stages",
    "Sheet1",
    "_x",
    "#",
    "a.b",
    "x" * 31,
]
ODD_CELLS = [
    True,
    False,
    datetime.datetime(2025, 3, 1),
    0.5,
    1e308,
    -7,
    "=1+1",
    "'=1",
    "{a: [",
    "[]",
    "{}",
    "~",
]


@functools.cache
def tables_of(seed: int, kind: str) -> Mapping[str, bytes]:
    """Return the files of a network that is right, saved as a workbook or as tables."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as name:
        target = Path(name) / (BOOK if kind == "xlsx" else "tables")
        rs.Network.from_yaml(YAMLS[seed]).save(target, kind)
        files = [target] if kind == "xlsx" else sorted(target.iterdir())
        return {file.name: file.read_bytes() for file in files}


def spoilt_book(dice: random.Random) -> dict[str, bytes]:
    """Return the files of a network in tables, some of them spoilt."""
    seed, kind = dice.randrange(len(YAMLS)), dice.choice(["xlsx", "xlsx", "csv", "csv", "parquet"])
    files = dict(tables_of(seed, kind))
    if kind == "xlsx":
        how = dice.randrange(6)
        content = files[BOOK]
        files[BOOK] = (
            spoil_bytes(content, dice)
            if how == 0
            else repacked(content, dice)
            if how < 3
            else with_cells(content, dice)
        )
        return files
    name = dice.choice(sorted(files))
    how = dice.randrange(8)
    if how == 0:
        files[f"{dice.choice(NAMES)}.{kind}"] = files.pop(name)
    elif how == 1:
        del files[name]
    elif how == 2:
        files[name] = spoil_bytes(files[name], dice)
    elif kind == "csv":
        files[name] = encoded(spoil_table(files[name].decode(), dice))
    else:
        files[name] = as_parquet(spoil_table(as_csv(files[name]), dice), files[name])
    return files


def repacked(content: bytes, dice: random.Random) -> bytes:
    """Return a workbook one of whose parts is spoilt, packed again, so that the damage is read."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        parts = old.namelist()
        chosen = dice.choice([*parts, *[part for part in parts if "sheet" in part] * 3])
        for part in parts:
            inner = old.read(part)
            if part == chosen:
                inner = (
                    spoil_bytes(inner, dice)
                    if dice.randrange(2)
                    else encoded(spoil_text(inner.decode(), dice))
                )
            new.writestr(part, inner)
    return out.getvalue()


def with_cells(content: bytes, dice: random.Random) -> bytes:
    """Return a workbook with cells of a sheet spoilt, or the sheet renamed, doubled, hidden or merged."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    del book["_fields"]
    page = dice.choice(book.worksheets)
    how = dice.randrange(10)
    if how == 0:
        page.title = dice.choice(NAMES)
    elif how == 1:
        book.copy_worksheet(page)
    elif how == 2:
        page.merge_cells("A1:B2")
    elif how == 3:
        page.insert_rows(1, dice.randrange(3))
        page.insert_cols(1, dice.randrange(3))
    elif how < 7:
        cell = page.cell(dice.randrange(page.max_row) + 1, dice.randrange(page.max_column) + 1)
        cell.value = dice.choice(ODD_CELLS)
    else:
        spoil_sheet(page, dice)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def spoil_sheet(page: Any, dice: random.Random) -> None:
    """Spoil the cells of a sheet as those of a CSV table."""
    text = io.StringIO()
    csv.writer(text).writerows(page.iter_rows(values_only=True))
    page.delete_rows(1, page.max_row)
    for row in csv.reader(io.StringIO(spoil_table(text.getvalue(), dice), newline="")):
        try:
            page.append([cell or None for cell in row])
        except IllegalCharacterError:
            continue


def as_csv(content: bytes) -> str:
    """Return a Parquet table as CSV."""
    rows = pq.read_table(io.BytesIO(content))
    text = io.StringIO()
    csv.writer(text).writerows(
        [rows.column_names, *([row[name] for name in rows.column_names] for row in rows.to_pylist())]
    )
    return text.getvalue()


def as_parquet(text: str, otherwise: bytes) -> bytes:
    """Return a CSV table as a Parquet table of texts; where it cannot be one, something else."""
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline="")))
    out = io.BytesIO()
    try:
        columns = [
            [row[n] or None if n < len(row) else None for row in rows[1:]] for n in range(len(rows[0]))
        ]
        pq.write_table(pa.Table.from_arrays([pa.array(column) for column in columns], rows[0]), out)
    except (ValueError, IndexError, pa.ArrowException):
        return otherwise
    return out.getvalue()


def encoded(text: str | bytes) -> bytes:
    """Return a text as bytes."""
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")

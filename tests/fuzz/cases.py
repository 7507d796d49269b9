"""One spoilt network: made from a number, loaded, solved, and judged."""

from __future__ import annotations

import contextlib
import csv
import io
import random
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import IllegalCharacterError

import resilience as rs
from tests.fuzz.books import BOOK, repacked, spoilt_book
from tests.fuzz.mutate import SPOILERS, spoil_bytes, spoil_structure, spoil_table, spoil_text
from tests.fuzz.seeds import CURVED, TABLED, TABLES, YAMLS

MAIN = "network.yaml"


@dataclass(frozen=True)
class Case:
    """A spoilt network, as files."""

    kind: str
    files: Mapping[str, bytes]


def case_of(seed: int, number: int) -> Case:
    """Return the spoilt network of a number: the same on every machine."""
    return make_case(random.Random(f"{seed}:{number}"))


def make_case(dice: random.Random) -> Case:
    """Return a spoilt network."""
    kind = dice.choice(["structure"] * 4 + ["text"] * 3 + ["bytes"] * 2 + ["table"] * 3 + ["binary", "book"])
    if kind == "book":
        return Case(kind, spoilt_book(dice))
    if kind == "table":
        return _spoilt_tables(dice)
    if kind == "binary":
        return _spoilt_binary(dice)
    text = CURVED if dice.randrange(30) == 0 else dice.choice(YAMLS)
    return Case(kind, {MAIN: _bytes(SPOILERS[kind](text, dice))})


def _spoilt_tables(dice: random.Random) -> Case:
    files = {name: text.encode() for name, text in TABLES.items()} | {MAIN: TABLED.encode()}
    name = dice.choice(sorted(TABLES))
    how = dice.randrange(8)
    if how < 5:
        files[name] = _bytes(spoil_table(TABLES[name], dice))
    elif how == 5:
        files[name] = spoil_bytes(files[name], dice)
    elif how == 6:
        files[name] = _bytes(spoil_text(TABLES[name], dice))
    else:
        files[MAIN] = _bytes(spoil_structure(TABLED, dice))
    return Case("table", files)


def _spoilt_binary(dice: random.Random) -> Case:
    """Return a network one of whose tables is a spoilt Parquet or Excel file."""
    suffix = dice.choice([".parquet", ".xlsx"])
    files = {name: text.encode() for name, text in TABLES.items()}
    name = dice.choice(sorted(TABLES))
    content = _converted(TABLES[name], suffix)
    files[MAIN] = TABLED.replace(name, Path(name).stem + suffix).encode()
    if suffix == ".xlsx" and dice.randrange(3):
        content = repacked(content, dice)
    elif dice.randrange(3):
        content = _converted(spoil_table(TABLES[name], dice), suffix)
    else:
        content = spoil_bytes(content, dice)
    del files[name]
    return Case("binary", files | {Path(name).stem + suffix: content})


def _converted(text: str, suffix: str) -> bytes:
    """Return a CSV table as Parquet or Excel; where it cannot be one, as bytes that are none."""
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline="")))
    out = io.BytesIO()
    try:
        if suffix == ".xlsx":
            book = openpyxl.Workbook()
            for row in rows:
                book.active.append([_number(cell) for cell in row])
            book.save(out)
        else:
            header = rows[0]
            columns = [
                [row[n] or None if n < len(row) else None for row in rows[1:]] for n in range(len(header))
            ]
            pq.write_table(pa.Table.from_arrays([pa.array(column) for column in columns], header), out)
    except (ValueError, IndexError, pa.ArrowException, IllegalCharacterError):
        return text.encode("utf-8", "surrogatepass")
    return out.getvalue()


def _number(cell: str) -> Any:
    return (
        float(cell) if re.fullmatch(r"[0-9.]{1,12}", cell) and cell.count(".") < 2 and cell != "." else cell
    )


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


@contextlib.contextmanager
def folder_of(case: Case) -> Iterator[Path]:
    """Write a case's files into a folder of its own, and return the network's file, or the folder."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as name:
        for file, content in case.files.items():
            (Path(name) / file).write_bytes(content)
        found = [file for file in (MAIN, BOOK) if file in case.files]
        yield Path(name) / found[0] if found else Path(name)


def judge(case: Case) -> str:
    """Load and solve a case; return what came of it. Anything but an error of ours is raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if set(case.files) == {MAIN}:
            with contextlib.suppress(UnicodeDecodeError):
                text = case.files[MAIN].decode("utf-8-sig")
                return _attempt(lambda: rs.Network.from_yaml(text, "x.yaml"))
        with folder_of(case) as path:
            return _attempt(lambda: rs.Network.from_file(path))


def _attempt(make: Any) -> str:
    try:
        network = make()
    except rs.InputError as error:
        _check_message(error)
        return "refused" if all(one.line and one.column for one in error.problems) else "refused nowhere"
    words = [_solved(network, scenario) for scenario in (None, *network.scenarios[:1])]
    return "solved" if "solved" in words else words[0]


def _solved(network: rs.Network, scenario: str | None) -> str:
    try:
        solution = network.solve(scenario, time_limit=20.0)
    except rs.ResilienceError as error:
        _check_message(error)
        return type(error).__name__
    assert solution.certificate.holds
    assert not solution.flows.isna().all(axis=None) or not len(solution.flows)
    return "solved"


def _check_message(error: rs.ResilienceError) -> None:
    text = str(error)
    text.encode("utf-8")
    assert text.strip()
    assert len(text) < 200_000
    if isinstance(error, rs.InputError):
        assert error.problems
        assert all(problem.message for problem in error.problems)

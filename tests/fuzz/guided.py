"""Bytes led by coverage (atheris): ``python -m tests.fuzz.guided -max_total_time=600``.

Needs the extra `fuzz`. The first byte says what the rest is: YAML alone, or a table of lanes in CSV, Parquet
or Excel beside a network that is right. Options are those of libFuzzer; anything but a plan or an error of
ours stops it, and leaves the input in a file.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

SUFFIXES = (".csv", ".parquet", ".xlsx")
ALONE = 160
"""First bytes below it stand for YAML alone."""


def main() -> None:
    """Run until told to stop; what is to be led by coverage is imported here, so that it is watched."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["resilience"]):
        for name in ("network", "grammar.excel", "grammar.parquet"):  # lazily imported otherwise
            importlib.import_module(f"resilience.{name}")
        from tests.fuzz.cases import MAIN, Case, judge
        from tests.fuzz.seeds import CURVED, TABLED, TABLES, YAMLS

    others = {name: text.encode() for name, text in TABLES.items() if name != "lanes.csv"}

    def judge_bytes(data: bytes) -> None:
        kind, rest = (data[:1] or b"\0")[0], data[1:]
        files = {MAIN: rest}
        if kind >= ALONE:
            lanes = "lanes" + SUFFIXES[kind % 3]
            files = {**others, lanes: rest, MAIN: TABLED.replace("lanes.csv", lanes).encode()}
        if judge(Case("guided", files)) == "refused nowhere":
            raise AssertionError("a fault without a place")

    with tempfile.TemporaryDirectory() as corpus:
        table = bytes([ALONE + 2]) + TABLES["lanes.csv"].encode()
        right = [table, *(b"\0" + text.encode() for text in (*YAMLS, CURVED))]
        for number, content in enumerate(right):
            (Path(corpus) / str(number)).write_bytes(content)
        atheris.Setup([*sys.argv, corpus], judge_bytes)
        atheris.Fuzz()


if __name__ == "__main__":
    main()

"""Every notebook runs from top to bottom, and is stored without output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


def code_of(path: Path) -> list[dict[str, object]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_stored_without_output(path: Path):
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code_of(path))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_its_last_cell_holds_its_statements(path: Path):
    names: dict[str, object] = {}
    sources = ["".join(cell["source"]) for cell in code_of(path)]  # type: ignore[arg-type]
    for source in sources:
        exec(compile(source, str(path), "exec"), names)
    assert "assert" in sources[-1]

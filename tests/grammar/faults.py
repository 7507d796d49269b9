"""What is wrong with a piece of text, as (line, column, path, message)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import resilience as rs
from resilience.errors import InputError, Problem
from tests.grammar.samples import EVERY_SECTION


def problems_of(text: str) -> tuple[Problem, ...]:
    """Return the faults of a network's text."""
    with pytest.raises(InputError) as caught:
        rs.Network.from_yaml(text, "x.yaml")
    return caught.value.problems


def problems_of_dict(data: Any) -> tuple[Problem, ...]:
    """Return the faults of a network made in Python."""
    with pytest.raises(InputError) as caught:
        rs.Network.from_dict(data)
    return caught.value.problems


def problems_of_file(path: Path) -> tuple[Problem, ...]:
    """Return the faults of a network's file."""
    with pytest.raises(InputError) as caught:
        rs.Network.from_file(path)
    return caught.value.problems


def spoilt(*changes: tuple[str, str]) -> str:
    """Return the sample with pieces replaced, each of which must be there."""
    text = EVERY_SECTION
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def place_in(text: str, piece: str) -> tuple[int, int]:
    """Return line and column of the only place where a piece stands."""
    assert text.count(piece) == 1, piece
    before = text[: text.index(piece)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def only_fault(*changes: tuple[str, str]) -> Problem:
    """Return the only fault of the spoilt sample."""
    problems = problems_of(spoilt(*changes))
    assert len(problems) == 1, problems
    return problems[0]


SMALL: Mapping[str, Any] = {
    "commodities": {"ore": {}},
    "supplies": {"mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 50}},
    "demands": {"smelter": {"country": "FIN", "commodity": "ore", "quantity": 8}},
    "lanes": [{"from": "mine", "to": "smelter", "commodity": "ore"}],
}
"""The smallest network that has a plan; it costs 80."""

"""When two networks are the same: every value of their sections, and every number of their programs."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

import resilience as rs
from resilience.grammar import Spec
from resilience.grammar.cells import as_plain, number_of
from resilience.program import LinearProgram


def assert_same(one: rs.Network, other: rs.Network, scenarios: tuple[str | None, ...] = (None,)) -> None:
    """Fail unless two networks have the same values in the same places, and the same programs."""
    assert_same_values(one.spec, other.spec)
    for scenario in scenarios:
        assert_same_program(one.program(scenario), other.program(scenario))


def assert_same_values(one: Spec, other: Spec) -> None:
    """Fail unless two networks have the same values in the same places."""
    for item in dataclasses.fields(one):
        before, after = (plain(item.name, getattr(spec, item.name)) for spec in (one, other))
        assert before == after, item.name


def plain(section: str, value: Any) -> Any:
    """Return a section to be compared: what scenarios set is not yet read, so its numbers are made such."""
    if section != "scenarios":
        return value
    return {
        key: (entry.model_copy(update={"set": {}}), list(entry.set), as_numbers(as_plain(entry.set)))
        for key, entry in value.items()
    }


def as_numbers(value: Any) -> Any:
    """Return data whose texts that are numbers or truth values are such."""
    if isinstance(value, dict):
        return {key: as_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_numbers(item) for item in value]
    if value in ("true", "false"):
        return value == "true"
    return number_of(value) if isinstance(value, str) else value


def assert_same_program(one: LinearProgram, other: LinearProgram) -> None:
    """Fail unless two programs have the same arrays, bit for bit, and the same labels."""
    assert one.columns.names() == other.columns.names()
    assert one.rows.names() == other.rows.names()
    for item in dataclasses.fields(one):
        before, after = getattr(one, item.name), getattr(other, item.name)
        if isinstance(before, np.ndarray):
            assert np.array_equal(before, after), item.name
        elif isinstance(before, dict):
            assert before.keys() == after.keys()
            assert all(np.array_equal(before[key], after[key]) for key in before), item.name

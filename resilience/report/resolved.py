"""The file of a scenario, merged: YAML again, with a comment that says where each value came from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from resilience.grammar import Chain, Document
from resilience.grammar.document import is_list

Path_ = tuple[str | int, ...]

PLAIN = re.compile(r"(?:[\w.+/(]|-\w)(?:[\w.,;+%/()=<>-]| (?!#|$))*")
"""Texts that YAML reads as they stand, without quotes."""

WORDS = ("null", "true", "false", "yes", "no", "on", "off", "y", "n")
"""Texts that some readers of YAML take for something else."""


def resolved(document: Document, chain: Chain) -> str:
    """Return the merged file of a scenario, each value with its place.

    Parameters
    ----------
    document, chain : Document and Chain
        As `Network.resolved` gives them.

    Returns
    -------
    str
        A network file: read again, it is the same network.

    Examples
    --------
    >>> import resilience as rs
    >>> network = rs.Network.from_yaml('''
    ... commodities: {ore: {}}
    ... supplies: {mine: {country: COD, commodity: ore, price: 10}}
    ... scenarios: {dear: {set: {supplies.mine.price: 12}}}
    ... ''', "x.yaml")
    >>> print(resolved(*network.resolved("dear")))
    # scenario: dear
    # policies in force: none
    commodities:
      ore: {}  # x.yaml:2
    supplies:
      mine:
        country: COD  # x.yaml:3
        commodity: ore  # x.yaml:3
        price: 12  # x.yaml:4, set by scenario dear
    scenarios:
      dear:
        set:
          supplies.mine.price: 12  # x.yaml:4
    """
    setters: dict[Path_, str] = {path: str(origin[1]) for path, _, origin in chain.settings}
    head = [
        f"# scenario: {' -> '.join(chain.names) or 'none, the network alone'}",
        f"# policies in force: {', '.join(chain.policies) or 'none'}",
    ]
    return "\n".join([*head, *_lines(document, document.data, (), setters)])


def _lines(document: Document, value: Any, path: Path_, setters: Mapping[Path_, str]) -> Iterator[str]:
    """Yield the lines of a mapping or list, indented by its depth."""
    items = is_list(value)
    indent = "  " * len(path)
    for key, item in enumerate(value) if items else value.items():
        inner = (*path, key)
        head = f"{indent}- " if items else f"{indent}{scalar(key)}:"
        if _is_leaf(item):
            space = "" if items else " "
            yield f"{head}{space}{flow(item)}  # {_origin(document, inner, setters)}"
        else:
            yield head.rstrip()
            yield from _lines(document, item, inner, setters)


def _is_leaf(value: Any) -> bool:
    """Say whether a value is written on one line: a scalar, a list of scalars, or nothing."""
    if isinstance(value, Mapping):
        return not value
    if is_list(value):
        return all(not (isinstance(item, Mapping) or is_list(item)) or not item for item in value)
    return True


def _origin(document: Document, path: Path_, setters: Mapping[Path_, str]) -> str:
    """Return file and line of a value, and the scenario that set it, if one did."""
    place = document.place(path)
    name = Path(place.file).name or "made in Python"
    where = f"{name}:{place.name or place.line}" if place.line else name
    setter = next((setters[path[:size]] for size in range(len(path), 0, -1) if path[:size] in setters), None)
    return f"{where}, set by scenario {setter}" if setter else where


def flow(value: Any) -> str:
    """Return a value on one line.

    Examples
    --------
    >>> flow(["USA", "12 kt/yr", "a: b"]), flow(None), flow({})
    ('[USA, 12 kt/yr, "a: b"]', '~', '{}')
    """
    if isinstance(value, Mapping):
        return "{}"
    if is_list(value):
        return f"[{', '.join(scalar(item, in_list=True) for item in value)}]"
    return scalar(value)


def scalar(value: Any, in_list: bool = False) -> str:
    """Return a scalar as YAML, in quotes where it needs them."""
    if value is None:
        return "~"
    if not isinstance(value, str):
        return json.dumps(value, default=str)
    is_plain = PLAIN.fullmatch(value) and value.lower() not in WORDS and not value.startswith("- ")
    if is_plain and not (in_list and "," in value):
        return value
    return json.dumps(value, ensure_ascii=False)

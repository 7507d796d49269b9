"""Spoilt networks by the hundred: only errors of our own come out, each with its place, and soon.

Three spoilers: of the structure (hypothesis picks what goes where), of the text (tokens of YAML and of
the grammar in the wrong places), and of the bytes.
"""

# ruff: noqa: E501  (a case is a line)

from __future__ import annotations

import copy
import datetime
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import resilience as rs
from resilience.errors import InputError, ResilienceError
from tests.grammar.samples import EVERY_SECTION

DATA = yaml.load(EVERY_SECTION, Loader=yaml.BaseLoader)
LONGEST_SECONDS = 10.0

TOKENS = [
    "NO", "1e6", "1e400", "-1", "nan", ".inf", "0x10", "010", "12:30", "~", "null", "''", "{}", "[]", "[[]]", "{a: b}", "*a",
    "&a x", "!!python/object/apply:os.system ['x']", "---", "...", "? ", "- ", "\t", "\0", "\u2028", "\x85", "é", "𝔘", "%",
    "100 t", "1 t**9999999", "(((", "9" * 400, "-0", "\ud7ff", "1_0", "1__0", "2025-13", "9999-12-31", "{2025: 1, 2025-01: 2}",
    "[1,2]", "[{capacity: 1, cost: 2}, {cost: 1}]", "{fixed: 1}", "{distance: sea, per_tonne_km: 1}", "CHN", "allies", "mine",
    "inner", "oxide", "fremantle", "XAA", "ZZZ", "baseline", "true", "1e15", "[mine, mine]", "mine;pit", "{country: USA}",
    "{kind: nope}", "|\n  x", '"unterminated', "# c", "<<: *a", "../x.csv", "/etc/passwd",
]  # fmt: skip

VALUES: list[Any] = [
    None, "", " ", "NO", 0, -1, 1.5, float("nan"), float("inf"), 10**400, True, [], {}, (), set(), [None], [[]], [{}],
    {"a": 1}, {1: 2}, {None: 1}, np.float64(3), np.int64(4), np.bool_(True), np.array([1.0, 2.0]), np.array(3.0), pd.NA, pd.NaT,
    pd.Timestamp("2025-01-01"), datetime.date(2025, 1, 1), pd.Series([1, 2]), pd.DataFrame({"id": ["a"], "b": [1]}), object,
    b"bytes", 1j, "x" * 10_000, "9" * 5000, "1 " + "t*" * 1000 + "t", "1 " + "(" * 500, "\ud800", "\0", range(3), "CHN", "mine",
    "ore", "allies", {"2025": 1}, {2025: 1, 2026: 2}, {datetime.date(2025, 1, 1): 3}, ["mine"], ("mine", "pit"), {"mine", "pit"},
    {"country": {"country": "USA"}}, [{"capacity": 1, "cost": 2}], [{"cost": 2}, {"cost": 3}],
    [{"capacity": 1, "cost": {2025: 1}}, {"cost": {}}], {"fixed": 1, "distance": "sea", "per_tonne_km": 1}, "1e308", "25%",
    "1 kt/yr", "a;b;;", "assumed: x;y",
]  # fmt: skip

KEYS: list[Any] = ["", "NO", "a.b", "é", "from", "to", "id", "cost", "source", "set", "extends", "type", "over", 1, None, 2.5, True, (1, 2)]  # fmt: skip


def check(make: Any, places: bool) -> bool:
    """Make a network; say whether it was accepted. Anything but an error of ours fails the test."""
    start = time.process_time()
    error: ResilienceError | None = None
    try:
        make()
    except ResilienceError as caught:
        error = caught
    assert time.process_time() - start < LONGEST_SECONDS
    str(error).encode("utf-8")
    if isinstance(error, InputError):
        assert error.problems
        assert all(problem.message for problem in error.problems)
        assert not places or all(problem.line and problem.column for problem in error.problems)
    return error is None


def containers(data: Any) -> Iterator[Any]:
    """Yield every mapping and list within some data that is not empty."""
    if isinstance(data, dict | list) and len(data):
        yield data
        for item in data.values() if isinstance(data, dict) else data:
            yield from containers(item)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_spoilt_structures_raise_our_own_errors_only(draw):
    data = copy.deepcopy(DATA)
    for _ in range(draw.draw(st.integers(1, 3))):
        whole = list(containers(data))
        inner = whole[draw.draw(st.integers(0, len(whole) - 1))]
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = keys[draw.draw(st.integers(0, len(keys) - 1))]
        how = draw.draw(st.sampled_from(["value", "value", "other", "drop", "rename"]))
        if how == "drop":
            del inner[key]
        elif how == "other":
            inner[key] = copy.deepcopy(whole[draw.draw(st.integers(0, len(whole) - 1))])
        elif how == "rename" and isinstance(inner, dict):
            inner[draw.draw(st.sampled_from(KEYS))] = inner.pop(key)
        else:
            inner[key] = VALUES[draw.draw(st.integers(0, len(VALUES) - 1))]
        if not data:
            break
    check(lambda: rs.Network.from_dict(data), places=False)


def spoilt_text(text: str, dice: random.Random) -> str:
    """Return a text with a few pieces moved, dropped, doubled or replaced."""
    for _ in range(dice.choice([1, 1, 2, 3, 6])):
        lines, words = text.split("\n"), list(re.finditer(r"[\w.%-]+", text))
        how, here = dice.randrange(6), dice.randrange(len(lines))
        if how == 0:
            lines[here] = lines[dice.randrange(len(lines))]
            text = "\n".join(lines)
        elif how == 1:
            del lines[here]
            text = "\n".join(lines)
        elif how == 2:
            place = dice.randrange(len(text) + 1)
            text = text[:place] + dice.choice(TOKENS) + text[place:]
        elif how == 3:
            place = dice.randrange(len(text) + 1)
            text = text[:place] + text[place + dice.randrange(60) :]
        elif words:
            word = dice.choice(words)
            new = dice.choice(TOKENS) if how == 4 else dice.choice(words).group()
            text = text[: word.start()] + new + text[word.end() :]
    return text


@pytest.mark.parametrize("seed", range(4))
def test_spoilt_texts_raise_our_own_errors_with_a_place(seed):
    dice = random.Random(seed)
    accepted = 0
    for _ in range(60):
        text = spoilt_text(EVERY_SECTION, dice)
        accepted += check(lambda text=text: rs.Network.from_yaml(text, "x.yaml"), places=True)
    assert accepted < 60


def spoilt_bytes(content: bytes, dice: random.Random) -> bytes:
    """Return content with a few bytes changed, dropped, put in or repeated."""
    whole = bytearray(content)
    for _ in range(dice.choice([1, 2, 5, 20])):
        place, how = dice.randrange(len(whole)), dice.randrange(4)
        if how == 0:
            whole[place] = dice.randrange(256)
        elif how == 1:
            del whole[place]
        elif how == 2:
            whole.insert(place, dice.randrange(256))
        else:
            other = dice.randrange(len(whole))
            whole[place:place] = whole[other : other + dice.randrange(40)]
    return bytes(whole)


@pytest.mark.parametrize("seed", range(3))
def test_spoilt_bytes_raise_our_own_errors_with_a_place(seed, tmp_path):
    dice, path = random.Random(seed), tmp_path / "x.yaml"
    for _ in range(100):
        path.write_bytes(spoilt_bytes(EVERY_SECTION.encode(), dice))
        check(lambda: rs.Network.from_file(path), places=True)


SHIPPED = Path(__file__).parents[2] / "networks" / "rare_earths"


def test_spoilt_files_of_a_shipped_network_raise_our_own_errors(tmp_path):
    """The YAML or one of the tables of rare_earths is spoilt; a table's faults have places in the table."""
    dice = random.Random(0)
    files = {
        path.name: path.read_text(encoding="utf-8")
        for path in SHIPPED.iterdir()
        if path.suffix in (".yaml", ".csv")
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name in ["network.yaml", "facilities.csv", "demands.csv", "sites.csv"]:
        (tmp_path / name).write_text(spoilt_text(files[name], dice), encoding="utf-8", errors="replace")
        check(lambda: rs.Network.from_file(tmp_path / "network.yaml"), places=True)
        (tmp_path / name).write_text(files[name], encoding="utf-8")


def test_a_spoilt_scenario_raises_our_own_errors_when_it_is_solved():
    network = rs.Network.from_yaml(EVERY_SECTION)
    dice = random.Random(0)
    paths = [
        "facilities.mine.cost",
        "lanes.1.cost",
        "demands.market.price",
        "horizon.periods",
        "limits.landed.over",
        "lanes.0",
    ]
    for _ in range(60):
        values = {dice.choice(paths): dice.choice(VALUES)}
        check(lambda values=values: network.solve("cut", set=values), places=False)

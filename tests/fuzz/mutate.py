"""How a network is spoilt: its structure, its text, its bytes and its tables.

Every choice is a throw of a `random.Random`, so that a seed says which file it was, and hypothesis can
throw the dice as well and find the least change that does the damage.
"""

# ruff: noqa: E501  (a list of values is a line)

from __future__ import annotations

import copy
import csv
import functools
import io
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass
class Mapping_:
    """A mapping whose keys may stand twice."""

    pairs: list[list[Any]]


@dataclass
class Raw:
    """A piece of YAML put in as it is."""

    text: str


NUMBERS = ["0", "-0", "-1", "1e-300", "1e-9", "0.1", "1", "1.5", "7", "1e3", "1_000", "1__0", "1,000", "1e15", "1.0000001e15", "1e308", "1e309", "-1e400", "9" * 400, "0x10", "010", "0b1", "1e", ".", "+", "nan", ".nan", "inf", "-.inf", "Infinity", "100%", "-5%", "1e3%", "%", "12:30", "½", "٣", "１"]  # fmt: skip
UNITS = ["t", "kt/yr", "t/yr", "kg", "ton", "USD/t", "EUR/t", "USD/kg", "km", "months", "days", "t**9999999", "t^-3", "m/s", "degC", "1/0", "t t t t t t", "(" * 50, "%", "µ", "__class__", "dB", "delta_degC", "t/t", "mile per hour"]  # fmt: skip
WORDS = ["", " ", "NO", "~", "null", "true", "False", "yes", "CHN", "allies", "XAA", "ZZZ", "baseline", "mine", "mine.x", "plant", "ore", "oxide", "mining", "a b", "é", "𝔘", "\u202e", "\u200b", "ﬁ", "ß", "İ", "..", "../x.csv", "/etc/passwd", "/dev/zero", "x.csv", "x.parquet", "x.xlsx#a", "__init__", "model_fields", "self", "__class__", "{x}", "%s", "{0}", "id", "type", "x" * 300, "x" * 5000, "2025", "2025-01", "2025-13", "0000-01", "9999-12-31", "2025-02-30", "great_circle", "sea", "constant", "supply", "lane", "supply:mine", "mine>plant:ore", "a;b;;", ";", "assumed: x", "assumed", "<<", "=", "!!x"]  # fmt: skip
PIECES = ["{}", "[]", "[[]]", "[~]", "[{}]", "{a: b}", "{'': 1}", "{2025: 1}", "{2025: 1, 2025-01: 2}", "{2025: {2025: 1}}", "[1, 2]", "[mine, mine]", "{id: mine}", "{country: CHN}", "{country: [CHN, allies]}", "{kind: facility}", "{kind: nope}", "{stage: mining}", "{sector: any}", "{from: mine}", "{to: {kind: demand}}", "{facility: mine, weight: -1}", "{limit: landed}", "{lane: {}}", "[{capacity: 1, cost: 2}, {cost: 1}]", "[{capacity: 0, cost: 1}, {capacity: {2025: 1}, cost: {2025: 2}}]", "{fixed: 1}", "{distance: sea, per_tonne_km: 1}", "{fixed: {2025: 1}, per_tonne_km: 1, distance: 0}", "{intercept: 5, slope: -1}", "{intercept: 1, slope: 0}", "{intercept: 1e15, slope: -1e-9}", "{reference_price: 6, reference_quantity: 10, elasticity: -0.4}", "{reference_price: 6, reference_quantity: 1e-9, elasticity: 1e-9, form: constant}", "{exclude: [CHN], de_minimis: 1}", "*road", "&road x", "*nope", "&a [*a]", "!!python/object/apply:os.system [x]", "!!binary aGk=", "!x y", "? x", "'unclosed", '"\\x00"', '"\\ud800"', '"\\u0000"', "|\n x", "- x", "# x", "---", "...", "%YAML 9.9", "\t", "\0", "\u2028", "\x85", "\ufeff", "\x1b[2J", "\r", "@x", "`x`", "[" * 30 + "]" * 30, "[" * 200, "{a: " * 30 + "1" + "}" * 30, "<<: {a: 1}", "'"]  # fmt: skip
KEYS = ["", "NO", "a.b", "é", "from", "to", "id", "kind", "name", "cost", "price", "capacity", "minimum", "quantity", "source", "confidence", "note", "set", "extends", "type", "over", "weight", "yield", "inputs", "outputs", "passes", "country", "site", "location", "port", "stage", "commodity", "commodities", "at_most", "at_least", "equals", "count", "until", "since", "cut", "rate", "basis", "quota", "life", "lead_time", "in_transit", "loss", "fixed_cost", "minimum_when_used", "single_source", "shortfall_cost", "origin", "horizon", "periods", "step", "start", "units", "discount_rate", "lanes", "facilities", "limits", "policies", "<<", "2025", "model_config", "self"]  # fmt: skip


def parse(text: str) -> Any:
    """Return a network's text as mappings, lists and texts."""
    return copy.deepcopy(_parsed(text))


@functools.cache
def _parsed(text: str) -> Any:
    return _opened(yaml.load(text, Loader=yaml.BaseLoader))


def _opened(data: Any) -> Any:
    if isinstance(data, dict):
        return Mapping_([[key, _opened(value)] for key, value in data.items()])
    return [_opened(item) for item in data] if isinstance(data, list) else data


def written(data: Any, top: bool = True) -> str:
    """Return YAML, keys that stand twice included."""
    if isinstance(data, Raw):
        return data.text
    if isinstance(data, Mapping_):
        pairs = [f"{written(key, False)}: {written(value, False)}" for key, value in data.pairs]
        return "\n".join(pairs) + "\n" if top else "{" + ", ".join(pairs) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(written(item, False) for item in data) + "]"
    if re.fullmatch(r"[A-Za-z0-9_./%-][A-Za-z0-9_./% -]*[A-Za-z0-9_./%]|[A-Za-z0-9]", data):
        return data
    return '"' + data.encode("unicode_escape").decode().replace('"', '\\"') + '"'


def odd_value(dice: random.Random, nodes: list[Any]) -> Any:
    """Return a value that may not fit where it is put."""
    how = dice.randrange(8)
    if how < 2:
        return dice.choice(NUMBERS)
    if how == 2:
        return f"{dice.choice(NUMBERS)} {dice.choice(UNITS)}"
    if how == 3:
        return dice.choice(WORDS)
    if how == 4:
        return Raw(dice.choice(PIECES))
    if how == 5:
        return [odd_value(dice, nodes) for _ in range(dice.randrange(4))]
    if how == 6:
        return Mapping_([[dice.choice(KEYS), odd_value(dice, nodes)] for _ in range(dice.randrange(3))])
    return copy.deepcopy(dice.choice(nodes))


def _containers(data: Any) -> list[Any]:
    found: list[Any] = []
    todo = [data]
    while todo:
        node = todo.pop()
        inner = [value for _, value in node.pairs] if isinstance(node, Mapping_) else node
        if isinstance(node, Mapping_ | list) and len(inner):
            found.append(node)
            todo += inner
    return found


def _exchange(items: list[Any], here: int, dice: random.Random, nodes: list[Any], is_mapping: bool) -> None:
    """Replace a text by one of its sort: a number by a number, a name by a name of the network."""
    old = items[here][1] if is_mapping else items[here]
    texts = [text for node in nodes for text in _texts(node)]
    if not isinstance(old, str) or not texts:
        return
    new: Any = dice.choice(texts)
    if old[:1].isdigit() or old[:1] == "-":
        new = dice.choice(
            ["0", "1", "1e-6", "1e-3", "0.5", "2", "99", "1e4", "1e6", "1e9", "1e12", "1e15", "1e-12"]
        )
        if dice.randrange(4) == 0:
            days = ["2025", "2025-02", "2025-07", "2026", "2030-01-15"]
            new = Mapping_(
                [[day, dice.choice(["0", "1", "7", "1e6"])] for day in sorted(dice.sample(days, 2))]
            )
    if is_mapping:
        items[here][1] = new
    else:
        items[here] = new


def _texts(node: Any) -> list[str]:
    values = [value for _, value in node.pairs] if isinstance(node, Mapping_) else node
    keys = [key for key, _ in node.pairs] if isinstance(node, Mapping_) else []
    return [text for text in (*keys, *values) if isinstance(text, str)]


def spoil_structure(text: str, dice: random.Random) -> str:
    """Return a network with entries, keys and values dropped, doubled, renamed, swapped or replaced."""
    data = parse(text)
    for _ in range(dice.choice([1, 1, 1, 2, 3, 5])):
        nodes = _containers(data)
        if not nodes:
            break
        node = dice.choice(nodes)
        items: list[Any] = node.pairs if isinstance(node, Mapping_) else node
        here, how = dice.randrange(len(items)), dice.randrange(12)
        if how >= 8:
            _exchange(items, here, dice, nodes, is_mapping=isinstance(node, Mapping_))
        elif how == 0:
            del items[here]
        elif how == 1:
            items.insert(dice.randrange(len(items) + 1), copy.deepcopy(items[here]))
        elif how == 2 and isinstance(node, Mapping_):
            items[here][0] = dice.choice([*KEYS, *KEYS, *WORDS])
        elif how == 3 and isinstance(node, Mapping_):
            items.append([dice.choice(KEYS), odd_value(dice, nodes)])
        elif how == 4:
            other = dice.randrange(len(items))
            items[here], items[other] = items[other], items[here]
        elif isinstance(node, Mapping_):
            items[here][1] = odd_value(dice, nodes)
        else:
            items[here] = odd_value(dice, nodes)
    return written(data)


def spoil_text(text: str, dice: random.Random) -> str:
    """Return a text with a few pieces moved, dropped, doubled or replaced."""
    for _ in range(dice.choice([1, 1, 2, 3, 6])):
        lines, words = text.split("\n"), list(re.finditer(r"[\w.%-]+", text))
        how, here = dice.randrange(7), dice.randrange(len(lines))
        place = dice.randrange(len(text) + 1)
        if how == 0:
            lines[here] = dice.choice(lines)
            text = "\n".join(lines)
        elif how == 1:
            del lines[here]
            text = "\n".join(lines)
        elif how == 2:
            text = text[:place] + dice.choice([*PIECES, *WORDS]) + text[place:]
        elif how == 3:
            text = text[:place] + text[place + dice.randrange(60) :]
        elif how == 4:
            text = text[:place] + dice.choice("{}[],:&*!|>'\"%@`#-? \n\t") + text[place:]
        elif words:
            word = dice.choice(words)
            new = dice.choice([*NUMBERS, *WORDS, *KEYS]) if how == 5 else dice.choice(words).group()
            text = text[: word.start()] + new + text[word.end() :]
    return text


def spoil_bytes(content: bytes, dice: random.Random) -> bytes:
    """Return content with a few bytes changed, dropped, put in or repeated, or cut short."""
    whole = bytearray(content)
    for _ in range(dice.choice([1, 2, 5, 20])):
        if not whole:
            break
        place, how = dice.randrange(len(whole)), dice.randrange(9)
        if how < 3:
            whole[place] = dice.randrange(256)
        elif how < 5:
            del whole[place]
        elif how == 5:
            whole.insert(place, dice.randrange(256))
        elif how == 6:
            whole[place] ^= 1 << dice.randrange(8)
        elif how == 7:
            other = dice.randrange(len(whole))
            whole[place:place] = whole[other : other + dice.randrange(40)]
        elif dice.randrange(10) == 0:
            del whole[place:]
    return bytes(whole)


def spoil_table(text: str, dice: random.Random) -> str:
    """Return a CSV table with cells, rows and columns spoilt."""
    rows = list(csv.reader(io.StringIO(text)))
    for _ in range(dice.choice([1, 1, 2, 4])):
        row = dice.choice(rows) if rows else []
        how = dice.randrange(9)
        if how < 4 and row:
            row[dice.randrange(len(row))] = dice.choice(
                [*NUMBERS, *WORDS, f"{dice.choice(NUMBERS)} {dice.choice(UNITS)}", *PIECES]
            )
        elif how == 4 and row:
            del row[dice.randrange(len(row))]
        elif how == 5:
            row.insert(dice.randrange(len(row) + 1), dice.choice([*KEYS, *NUMBERS]))
        elif how == 6 and rows:
            rows.insert(dice.randrange(len(rows) + 1), list(dice.choice(rows)))
        elif how == 7 and rows:
            del rows[dice.randrange(len(rows))]
        elif rows and rows[0]:
            rows[0][dice.randrange(len(rows[0]))] = dice.choice(
                [*KEYS, "cost.fixed", "source.cost", "a.b.c.d.e", ".", "cost."]
            )
    out = io.StringIO()
    end = dice.choice(["\n", "\n", "\r\n", "\r"])
    csv.writer(out, lineterminator=end, delimiter=dice.choice(",,,,,,,,;\t")).writerows(rows)
    return dice.choice(["", "", "", "", "\ufeff", "\n"]) + out.getvalue()


SPOILERS: dict[str, Callable[[str, random.Random], str | bytes]] = {
    "structure": spoil_structure,
    "text": spoil_text,
    "bytes": lambda text, dice: spoil_bytes(text.encode(), dice),
}
"""How the text of a network is spoilt."""

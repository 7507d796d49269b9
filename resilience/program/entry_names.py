"""Names of rows and columns for people and for LP and MPS files, made of the labels that tell them apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from resilience.program.labels import Block, Field

PLACES = (("id",), ("from_", "to_"), ("site",), ("country",))
"""Label fields that say where or what an entry is; the first that a block has goes into its names."""

LONGEST = 100
"""Most characters in a name, from PuLP's writer of LP files; the format itself allows 255."""


def block_names(block: Block) -> list[str]:
    """Name entries by few labels, and by as many more as it takes to tell them apart."""
    place = next((fields for fields in PLACES if set(fields) <= set(block.fields)), ())
    chosen = [
        name for name in ("policy", *place, "commodity", "tier", "layer", "period") if name in block.fields
    ]
    names = _joined(block, chosen)
    for name in block.fields:
        if len(set(names)) == block.size:
            break
        if name not in chosen:
            longer = _joined(block, [*chosen, name])
            if len(set(longer)) > len(set(names)):
                chosen, names = [*chosen, name], longer
    return names


def _joined(block: Block, fields: Sequence[str]) -> list[str]:
    kind = _safe(block.kind)
    if not kind[:1].isalpha() or re.match(r"[eE](\d|[eE]|$)", kind):  # would read as a number in an LP file
        kind = f"n_{kind}"
    if not fields:
        return [kind] * block.size
    columns = [_safe_texts(block.fields[name]) for name in fields]
    return [f"{kind}({','.join(filter(None, row))})" for row in zip(*columns, strict=True)]


def _safe_texts(values: Field) -> list[str]:
    """Return the texts of a field with unsafe characters replaced, each name looked at once."""
    if isinstance(values, np.ndarray):
        distinct, place = np.unique(values, return_inverse=True)
        table = [_safe(str(value)) for value in distinct.tolist()]
        return [table[code] for code in place.tolist()]
    table = [*map(_safe, values.names), ""]
    return [table[code] for code in values.codes.tolist()]


def _safe(text: str) -> str:
    if not text.isascii():
        text = "".join(
            letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
        )
    return re.sub(r"[^A-Za-z0-9_.~]", "_", text.replace(">", "~"))


def told_apart(names: list[str]) -> list[str]:
    """Return the names, cut to length, with a number on each that was there before."""
    names = [name if len(name) <= LONGEST else f"{name[: LONGEST - 12]}~" for name in names]
    taken = set(names)
    if len(taken) == len(names):
        return names
    counts: dict[str, int] = {}
    for position, name in enumerate(names):
        count = counts.get(name, 0) + 1
        if count > 1:
            while f"{name}~{count}" in taken:
                count += 1
            names[position] = f"{name}~{count}"
            taken.add(names[position])
        counts[name] = count
    return names

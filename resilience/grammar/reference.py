"""The grammar's reference tables in Markdown, made from the classes that read a file.

``python -m resilience.grammar.reference README.md`` writes them between the two marks of the README; a
test holds them equal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from resilience.fields import Section, Units, explanations
from resilience.grammar.sections import KEYED, LISTED, Entry, Horizon, Origin, Term, UnitsSection
from resilience.policies import POLICIES, Policy
from resilience.policies.selectors import LaneSelector, Selector

BEGIN, END = "<!-- grammar: begin -->", "<!-- grammar: end -->"
EVERYWHERE = ("name", "note", "source", "confidence")
"""Fields of every entry, explained once."""
OF_POLICIES = ("type", *EVERYWHERE, "since", "until")


def reference() -> str:
    """Return the tables of all sections, selectors and policies.

    Examples
    --------
    >>> "| `capacity` | t/yr |" in reference()
    True
    """
    parts = ["Every entry may also carry:\n", *_rows(Entry, ())]
    titles: list[tuple[str, type[Section]]] = [("units", UnitsSection), ("horizon", Horizon)]
    titles += [*KEYED.items(), *LISTED.items()]
    for name, kind in titles:
        parts += [f"\n**`{name}`** {_first_line(kind)}\n", *_rows(kind, EVERYWHERE)]
    for title, kind in (
        ("a place selector", Selector),
        ("a lane selector", LaneSelector),
        ("a term of a limit", Term),
        ("`origin` of a demand", Origin),
    ):
        parts += [f"\n**{title}** {_first_line(kind)}\n", *_rows(kind, ())]
    parts += ["\n**`policies`** Every policy has a `type`, and may have:\n"]
    parts += _rows(Policy, ("type", *EVERYWHERE))
    for name, policy in sorted(POLICIES.items()):
        parts += [f"\n**`type: {name}`** {_first_line(policy)}\n", *_rows(policy, OF_POLICIES)]
    return "\n".join(parts) + "\n"


def _rows(kind: type[Section], without: tuple[str, ...]) -> list[str]:
    rows = list(_fields(kind, without))
    return ["| field | unit | default | meaning |", "|---|---|---|---|", *rows] if rows else []


def _fields(kind: type[Section], without: tuple[str, ...]) -> Iterator[str]:
    told = explanations(kind)
    for name, spec in kind.model_fields.items():
        if name in without:
            continue
        extra: Any = spec.json_schema_extra if isinstance(spec.json_schema_extra, dict) else {}
        unit = Units().show(str(extra.get("unit", "")))
        words = _words(spec.annotation)
        meaning = told.get(name, "").replace("|", "\\|").replace("\n", " ")
        meaning += f" One of {', '.join(words)}." if words else ""
        yield f"| `{spec.alias or name}` | {unit} | {_default(spec)} | {meaning} |"


def _default(spec: Any) -> str:
    if spec.is_required():
        return "required"
    value = spec.default
    return (
        "" if value in (None, "", (), {}) else str(value).lower() if isinstance(value, bool) else f"{value}"
    )


def _words(annotation: Any) -> list[str]:
    """Return the words of a Literal, alone or in a union."""
    found: list[str] = []
    for part in get_args(annotation):
        found += [part] if isinstance(part, str) else _words(part)
    return found


def _first_line(kind: type[Section]) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]


def with_reference(text: str) -> str:
    """Return a text with the tables written between its marks."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{reference()}{END}{tail}"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(with_reference(target.read_text(encoding="utf-8")), encoding="utf-8")

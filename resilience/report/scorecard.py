"""A scorecard in words: one table that a minister reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resilience.report import names, records
from resilience.report.adversary import days
from resilience.report.numbers import exact, money, number
from resilience.report.tables import Column, Part, heading, paragraph, table

if TYPE_CHECKING:
    from resilience.summary import Scorecard

TITLES = {
    "cost": "What it costs",
    "shortfall": "Who is short",
    "cover": "How long stocks last",
    "concentration": "On whom it hangs",
    "worst case": "The worst that could come on top",
    "bottleneck": "Where more capacity helps most",
    "investment": "The best use of money",
}
"""What the topics are called."""


def scorecard(found: Scorecard) -> list[Part]:
    """Return what `resilience scorecard` prints."""
    spec = found.solution.formulation.spec
    whose = f", as {found.bloc} see it" if found.bloc else ""
    title = f"{spec.name or 'network'}: {names.scenario(spec, found.solution.scenario)}{whose}"
    rows = found.table
    topics = [TITLES.get(topic, topic) for topic in rows["topic"]]
    shown = ["" if again else topic for topic, again in zip(topics, _repeated(topics), strict=True)]
    lines = table(
        [
            Column("", shown),
            Column("", rows["measure"].tolist()),
            Column("", [_of(found, text) for text in rows["of"]]),
            Column("", [_value(*pair) for pair in zip(rows["value"], rows["unit"], strict=True)], right=True),
        ]
    )
    proof = found.solution.certificate
    words = (
        f"The cost is proved: {exact(proof.safe_bound, spec.units.currency)} at least. HHI: near 0 many "
        "small countries, 10,000 one alone."
    )
    return [heading(title), lines, paragraph(words)]


def _repeated(topics: list[str]) -> list[bool]:
    return [number > 0 and topics[number - 1] == topic for number, topic in enumerate(topics)]


def _of(found: Scorecard, text: str) -> str:
    spec = found.solution.formulation.spec
    return "; ".join(names.target(spec, part) for part in text.split(", ")) if text else ""


def _value(value: float, unit: str) -> str:
    """Return a figure with its unit.

    NaN is what has no value, as the share of an unlimited plant; an infinite cost is that of a demand
    which must be met and cannot.
    """
    if value != value:
        return "cannot be told"
    if value == float("inf"):
        return days(value) if unit == "days" else "no plan is left"
    if unit == "days":
        return f"{number(value)} days"
    if unit == "%":
        return f"{number(value)} %"
    if unit.startswith("of "):
        return f"{number(value)} {unit}"
    if unit == "0 to 10,000":
        return number(round(value))
    return money(value, unit) if abs(value) >= 1e6 else f"{number(value)} {unit}"


def data(found: Scorecard) -> dict[str, Any]:
    """Return a scorecard for JSON."""
    return {**records.about(found.solution), "bloc": found.bloc, "scorecard": found.table}

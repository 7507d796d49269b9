"""What a question is about: which activities of a plan are counted, chosen as in the grammar.

An id says it alone; a selector, as a limit's `over:` has them, chooses several, which are added up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from resilience.errors import InputError
from resilience.fields import Names, Section, fault, field
from resilience.grammar.names import suggest
from resilience.policies import Situation
from resilience.policies.selectors import LaneSelector, Selector

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

COLUMN_OF: Mapping[str, str] = {
    "lane": "ship",
    "facility": "produce",
    "supply": "buy",
    "demand": "serve",
    "exports": "ship",
}
"""Which columns each field of a selection counts."""

What = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]
"""An id, a selector, or several of both, which are added up."""


class Selection(Section):
    """Chooses activities of one kind."""

    lane: LaneSelector | None = field(kind="any", default=None)
    """Tonnes that leave along lanes."""
    facility: Selector | None = field(kind="any", default=None)
    """Throughput of facilities; with `commodity`, what they make of it."""
    supply: Selector | None = field(kind="any", default=None)
    """Tonnes bought."""
    demand: Selector | None = field(kind="any", default=None)
    """Tonnes delivered."""
    country: Names | None = field(kind="names", default=None, ref="country")
    """As `facility: {country: ...}`, with `stage` if it is given."""
    exports: Names | None = field(kind="names", default=None, ref="country")
    """Tonnes that leave countries or blocs for others."""
    stage: Names | None = field(kind="names", default=None, ref="stage")
    """Only of these stages."""
    commodity: Names | None = field(kind="names", default=None, ref="commodity")
    """Only these commodities."""
    period: Names | None = field(kind="names", default=None)
    """Only in these periods, called as in the tables: 2025, 2025-Q1, 2025-01."""

    @model_validator(mode="after")
    def _is_about_one_kind(self) -> Selection:
        kinds = (*COLUMN_OF, "country")
        named = [key for key in kinds if getattr(self, key) is not None]
        if len(named) != 1:
            raise fault(
                f"wants one of {', '.join(kinds)}" + (f", not {' and '.join(named)}" if named else "")
            )
        return self

    @property
    def over(self) -> tuple[str, Any]:
        """What kind of activity, and which."""
        if self.country is not None:
            return "facility", Selector(country=self.country)
        return next((key, getattr(self, key)) for key in COLUMN_OF if getattr(self, key) is not None)


def weights_of(solution: Solution, what: What) -> FloatArray:
    """Return how often each column counts; shape (n_columns,).

    Raises
    ------
    InputError
        If it names or matches nothing, or cannot be read.
    """
    parts = [what] if isinstance(what, str | Mapping) else list(what)
    total = np.zeros(solution.program.n_columns)
    for part in parts:
        chosen = _named(solution, part) if isinstance(part, str) else Selection(**part)
        columns, weights = _columns_of(solution, chosen)
        if not len(columns):
            raise InputError(f"{_told(part)} matches no {chosen.over[0]} of this network")
        total[columns] = weights
    return total


def _told(part: str | Mapping[str, Any]) -> str:
    return f"'{part}'" if isinstance(part, str) else str(dict(part))


def _named(solution: Solution, name: str) -> Selection:
    """Return what an id alone stands for."""
    spec, lanes = solution.formulation.spec, solution.formulation.lanes
    known: Mapping[str, Any] = {
        "lane": {*lanes.ids, *lanes.rule_keys},
        "facility": spec.facilities,
        "supply": spec.supplies,
        "demand": spec.demands,
    }
    for kind, ids in known.items():
        if name in ids:
            return Selection(**{kind: name})
    ids = [key for part in known.values() for key in part]
    raise InputError(f"no lane, facility, supply or demand '{name}'{suggest(name, ids)}")


def _columns_of(solution: Solution, chosen: Selection) -> tuple[IntArray, FloatArray]:
    """Return the columns that a selection counts, and how often each."""
    made, labels = solution.formulation, solution.program.columns
    kind, selector = chosen.over
    if kind == "lane":
        situation = Situation("", made.calendar.starts, made.calendar.years, places=made.places)
        columns = situation.lanes(labels, selector)
    elif kind == "exports":
        home = made.places.countries(selector)
        columns = labels.where(kind="ship", from_country=home)
        columns = columns[~np.isin(labels.texts("to_country", columns), [*home, ""])]
    else:
        ids = [member.id for member in made.places.choose(selector) if member.kind == kind]
        columns = labels.where(kind=COLUMN_OF[kind], id=ids)
    for name, wanted in (("stage", chosen.stage), ("commodity", chosen.commodity)):
        if wanted is not None and (name, kind) != ("commodity", "facility"):
            columns = columns[np.isin(labels.texts(name, columns), wanted)]
    if chosen.period is not None:
        names = solution.period_names[labels.texts("period", columns).astype(np.int64)]
        columns = columns[np.isin(names, chosen.period)]
    if chosen.commodity is None or kind != "facility":
        return columns, np.ones(len(columns))
    given = _given(solution, chosen.commodity)[columns]
    return columns[given > 0], given[given > 0]


def _given(solution: Solution, commodities: Sequence[str]) -> FloatArray:
    """Return tonnes of commodities that a unit of each column gives."""
    program = solution.program
    rows = program.rows.where(kind="balance", commodity=commodities)
    counts = np.isin(program.indices, rows) & (program.values > 0)
    found = np.bincount(program.entry_columns[counts], program.values[counts], program.n_columns)
    return found.astype(float)

"""Projects: capacity that may be built, and when it is there.

    build     share of a project that is decided on in a period, between 0 and 1; whole where it must be

Rows      `project`: the shares of one project add up to at most 1
          `capacity` of the facility, `hub` or `limit`, and period:
          throughput - sum over earlier decisions of capacity * ramp * share <= existing capacity
          (a limit over the horizon: what is there in all its periods together)
Cost      component `capital`: the annuity over `life`, for the years of it inside the horizon from the
          start of operation on; or all of the capital at once where there is no `life`. An annuity falls
          due at the start of each period, from where all costs are discounted
          component `capital_subsidy`: the share of it that the country pays, a transfer
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from resilience.formulation.columns import ColumnBlock, RowBlock, join, over_periods
from resilience.formulation.faults import FaultList
from resilience.formulation.horizon import Calendar
from resilience.formulation.places import Places
from resilience.grammar.sections import PROJECT_KINDS, Project, Spec
from resilience.policies.selectors import Selector
from resilience.program.labels import Block, Labels

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TINY = 1e-300
"""Interest per period that is none: next to it, numbers lose their digits."""


def build_columns(spec: Spec, places: Places, calendar: Calendar) -> list[ColumnBlock]:
    """Return the columns that build; none where there are no projects."""
    projects = list(spec.projects.values())
    if not projects:
        return []
    upper = np.array(
        [[float(_may_decide(item, calendar, t)) for t in range(calendar.size)] for item in projects]
    )
    capital = np.array(
        [[charged_capital(item, spec, calendar, t) for t in range(calendar.size)] for item in projects]
    )
    paid = np.array([item.subsidised for item in projects])[:, None]
    block = _block("build", spec, places, calendar.size)
    whole = np.repeat([item.capital_cost for item in projects], calendar.size)
    block = Block(block.kind, block.size, {**block.fields, "capital": whole})
    return [
        ColumnBlock(
            block,
            np.zeros(block.size),
            upper.ravel(),
            {"capital": capital.ravel(), "capital_subsidy": (-paid * capital).ravel()},
            join([]),
        )
    ]


def is_whole(spec: Spec, columns: Labels) -> NDArray[np.bool_]:
    """Return which columns stand for projects that are built whole or not at all."""
    whole = [key for key, item in spec.projects.items() if item.whole]
    found = np.zeros(len(columns), dtype=bool)
    if whole:
        found[columns.where(kind="build", id=whole)] = True
    return found


def charged_capital(project: Project, spec: Spec, calendar: Calendar, period: int) -> float:
    """Return the capital that the horizon bears if a project is decided on in a period.

    In money of the period of the decision: later charges are discounted back to it at the network's
    discount rate. The annuity is such that at the project's own rate the charges of its whole life are
    worth the capital cost at the decision, so interest runs while it is built.
    """
    if project.life is None:
        return project.capital_cost
    lead, years, size = _lead(project, calendar), calendar.years, calendar.size
    rate = spec.discount_rate if project.discount_rate is None else project.discount_rate
    later = np.arange(period + lead, size)
    share = np.clip(project.life - (later - period - lead) * years, 0.0, years)
    worth = (1 + spec.discount_rate) ** (-(later - period) * years)
    charged = float((share * worth).sum())
    if charged == 0.0:  # nothing of it within the horizon
        return 0.0
    return project.capital_cost * (charged / _worth_of_one_a_year(project.life, years, rate, lead))


def _worth_of_one_a_year(life: float, years: float, rate: float, lead: int) -> float:
    """Return what one unit of money a year over a life is worth when the project is decided on.

    It is paid at the start of each period, as all other costs are, for the part of the period that lies
    within the life; the first payment comes `lead` periods after the decision.

    Examples
    --------
    >>> _worth_of_one_a_year(2, 1.0, 0.25, lead=1)  # 1 / 1.25 + 1 / 1.25**2
    1.44
    >>> _worth_of_one_a_year(2.5, 1.0, 0.0, lead=3)
    2.5
    """
    whole = np.floor(life / years + 1e-9)
    rest = max(0.0, life - whole * years)
    step = years * np.log1p(rate)  # of the logarithm of what money is worth
    summed = whole if step < TINY else np.expm1(-whole * step) / np.expm1(-step)
    return float((years * summed + rest * np.exp(-whole * step)) * np.exp(-lead * step))


def discount(spec: Spec, calendar: Calendar, period: int) -> float:
    """Return what money of a period is worth at the start of the horizon."""
    return float((1 + spec.discount_rate) ** -(period * calendar.years))


def _lead(project: Project, calendar: Calendar) -> int:
    return project.lead_time.periods(calendar.years) if project.lead_time is not None else 0


def _may_decide(project: Project, calendar: Calendar, period: int) -> bool:
    return project.not_before is None or calendar.starts[period] >= project.not_before


def project_rows(spec: Spec, places: Places, calendar: Calendar) -> list[RowBlock]:
    """Return the rows that let each project be built once."""
    if not spec.projects:
        return []
    n_projects = len(spec.projects)
    column = np.arange(n_projects * calendar.size)
    block = _block("project", spec, places, 1)
    parts = [("build", np.repeat(np.arange(n_projects), calendar.size), column, np.ones(len(column)))]
    return [RowBlock(block, np.full(n_projects, -np.inf), np.ones(n_projects), parts)]


def _block(kind: str, spec: Spec, places: Places, n_periods: int) -> Block:
    homes = [_home(item, spec, places) for item in spec.projects.values()]
    adds_to = [item.adds_to for item in spec.projects.values()]
    owners = {name: [key if owner == name else "" for owner, key in adds_to] for name in PROJECT_KINDS}
    country, stage = [home[0] for home in homes], [home[1] for home in homes]
    fields = over_periods(
        {"id": list(spec.projects), **owners, "country": country, "stage": stage}, n_periods
    )
    return Block(kind, len(homes) * n_periods, fields)


def _home(project: Project, spec: Spec, places: Places) -> tuple[str, str]:
    """Return the country and the stage of a project; none where what it adds to lies in several."""
    kind, key = project.adds_to
    terms = spec.limits[key].over if kind == "limit" else ()
    members = [member for member in places.members_ if member.id == key]
    for name, selector in (term.over for term in terms):
        if not isinstance(selector, Selector):
            return project.country or "", ""  # lanes lie between countries
        members += [member for member in places.choose(selector) if member.kind == name]
    countries, stages = {member.country for member in members}, {member.stage for member in members}
    country = project.country or (countries.pop() if len(countries) == 1 else "")
    return country, stages.pop() if len(stages) == 1 else ""


def check_projects(spec: Spec, places: Places, faults: FaultList) -> None:
    """Report projects that add to what is unlimited or has no upper bound, and those of no country."""
    for key, item in spec.projects.items():
        kind, name = item.adds_to
        if kind == "limit":
            limit = spec.limits[name]
            if limit.at_most is None:
                faults.add(("projects", key, kind), f"'{name}' has no `at_most` that could be raised")
            elif limit.at_least is not None:
                faults.add(
                    ("projects", key, kind),
                    f"'{name}' has an `at_least` too; give it a limit of its own, which is not raised",
                )
        elif (spec.facilities if kind == "facility" else spec.hubs)[name].capacity is None:
            faults.add(("projects", key, kind), f"'{name}' has an unlimited capacity already")
        if not _home(item, spec, places)[0]:
            faults.add(
                ("projects", key, kind),
                f"needs a `country`, whose capital it is: '{name}' does not lie in one country",
            )


def check_limits(spec: Spec, faults: FaultList) -> None:
    """Report counts of limits that are over projects: what is decided on is not in use."""
    over = {key for key, limit in spec.limits.items() if any(term.project is not None for term in limit.over)}
    for key, limit in spec.limits.items():
        named = {name for term in limit.over for name in term.limit or ()}
        for name in sorted(named & over):
            faults.add(("limits", key, "over"), f"'{name}' is over projects, which are not used but built")


def growing(spec: Spec, kind: str) -> set[str]:
    """Return the ids of the facilities, hubs or limits that projects may enlarge."""
    return {item.adds_to[1] for item in spec.projects.values() if item.adds_to[0] == kind}


def built_capacity(
    spec: Spec, calendar: Calendar, kind: str, row_of: Mapping[str, int], in_total: Collection[str] = ()
) -> list[tuple[str, IntArray, IntArray, FloatArray]]:
    """Return entries of build columns in the rows of what they add to; none where nothing grows.

    Parameters
    ----------
    kind : str
        ``facility``, ``hub`` or ``limit``.
    row_of : mapping
        First row of each of them, one row per period from there.
    in_total : collection of str
        Those that have one row for all periods.
    """
    rows, columns, values = [], [], []
    for number, item in enumerate(spec.projects.values()):
        owner, key = item.adds_to
        if owner != kind:
            continue
        decided, period = (part.ravel() for part in np.mgrid[: calendar.size, : calendar.size])
        age = (period - decided - _lead(item, calendar)) * calendar.years
        there = np.flatnonzero(age >= 0)
        ramp = np.array([*item.ramp, 1.0])[np.minimum(age[there].astype(np.int64), len(item.ramp))]
        rows.append(np.full(len(there), row_of[key]) + (0 if key in in_total else period[there]))
        columns.append(number * calendar.size + decided[there])
        values.append(-item.capacity * calendar.years * ramp)
    if not rows:
        return []
    return [("build", np.concatenate(rows), np.concatenate(columns), np.concatenate(values))]

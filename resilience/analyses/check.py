"""Is anything in a network most likely not meant? Faults of all scenarios, and warnings.

What needs no solve is in `formulation/warnings.py`. Here are the warnings about scenarios, money that
is earned by going round in circles, and demands that would rather go short than be supplied.

Not told  that a scenario leaves a demand without any source which may fall short at a price: to see what
          that costs is what such a scenario is for. Where the demand must be met, there can be no plan
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from resilience.errors import Finding, InputError, NoAnswerError, Problem, SolverError
from resilience.formulation.faults import PathParts
from resilience.formulation.warnings import Flows
from resilience.network import Network, finding_at
from resilience.program import Delta, LinearProgram
from resilience.results.unbounded import activities_of, earning_ray

IntArray = NDArray[np.int64]
Found = tuple[str, PathParts, str]
ROUND = ("produce", "ship", "buy", "dispose", "downgrade")
"""Activities that may be part of a round that earns: nobody is served by them."""
CHEAPER = 1e-6
"""Supply must cost more than the shortfall by this share of it."""


def check(network: Network, solve: bool = True) -> list[Finding]:
    """Build the program of every scenario, and return what is most likely not meant.

    Parameters
    ----------
    network : Network
        Already free of faults as a file.
    solve : bool
        Whether to solve the network alone, for warnings about prices.

    Returns
    -------
    list of Finding
        Sorted by place; each says its kind, path, file and line.

    Raises
    ------
    InputError
        With the problems of all scenarios.

    Examples
    --------
    >>> from resilience.network import Network
    >>> found = check(Network.from_dict({"commodities": {"ore": {}, "dust": {}}, "demands": {
    ...     "user": {"country": "XAA", "commodity": "ore", "quantity": 1, "shortfall_cost": 5}}}))
    >>> for finding in found:
    ...     print(finding)
    commodities.dust: warning: nobody makes, passes or takes it [unused]
    demands.user: warning: no source of 'ore' can reach it [unreachable]
    """
    programs = _programs(network)
    found = [
        *_idle_policies(network, programs),
        *_cut_off(programs),
        *_earning_rounds(network, programs[None]),
    ]
    if solve:
        found += _rather_short(network)
    placed = [finding_at(network.document, kind, path, message) for kind, path, message in found]
    return sorted({*network.warnings, *placed})


def _programs(network: Network) -> dict[str | None, LinearProgram]:
    """Return the program of every scenario that has one, without solving more than a policy needs."""
    problems: list[Problem] = []
    programs: dict[str | None, LinearProgram] = {None: network.formulation().program}
    for scenario in network.scenarios:
        try:
            programs[scenario] = network.program(scenario)
        except InputError as error:
            problems += error.problems
        except NoAnswerError:  # what a policy is relative to has no plan: no fault of the file
            continue
    if problems:
        raise InputError(problems)
    return programs


def _idle_policies(network: Network, programs: dict[str | None, LinearProgram]) -> Iterator[Found]:
    """Find policies without which a scenario would be just the same, and the first that shows it."""
    for scenario in programs:
        for key, others in network.without_each_policy(scenario):
            if Delta.between(others, programs[scenario]).is_empty():
                yield (
                    "idle policy",
                    ("scenarios", str(scenario), "policies"),
                    f"'{key}' changes nothing in it",
                )


def _cut_off(programs: dict[str | None, LinearProgram]) -> Iterator[Found]:
    """Find demands that must be met and that no source can reach in a scenario, though one can without."""
    alone = _unreached(programs[None])
    for scenario, program in programs.items():
        for demand, periods in _unreached(program).items():
            if not periods <= alone.get(demand, set()):
                yield (
                    "unreachable",
                    ("scenarios", str(scenario)),
                    f"no source can reach demand '{demand}' in it, which must be met: it has no plan; give "
                    "the demand a shortfall_cost, or leave a way open",
                )


def _unreached(program: LinearProgram) -> dict[str, set[str]]:
    """Return demands that must be met and that no source can reach, and in which periods."""
    serve, short = (program.columns.where(kind=kind) for kind in ("serve", "short"))
    rows = program.rows.where(kind="demand")
    rows = rows[program.row_lower[rows] > 0]
    rows = np.setdiff1d(rows, _rows_of(program, short[program.col_upper[short] > 0]))
    if len(rows):
        rows = np.setdiff1d(rows, _rows_of(program, serve[Flows(program).runs[serve]]))
    found: dict[str, set[str]] = {}
    for key, period in zip(program.rows.texts("id", rows), program.rows.texts("period", rows), strict=True):
        found.setdefault(str(key), set()).add(str(period))
    return found


def _rows_of(program: LinearProgram, columns: IntArray) -> IntArray:
    """Return the rows in which any of some columns stands."""
    return np.unique(program.indices[np.isin(program.entry_columns, columns)]).astype(np.int64)


def _earning_rounds(network: Network, program: LinearProgram) -> Iterator[Found]:
    """Find rounds of activities that serve nobody and earn money: as much as limits allow will be done."""
    made, among = network.formulation(), np.zeros(program.n_columns, dtype=bool)
    among[program.columns.where(kind=ROUND)] = True
    among &= program.col_upper > 0
    free = Delta.of(
        row_lower=(_no_balances(program), -np.inf), row_upper=(_no_balances(program), np.inf)
    ).apply(program)
    for _ in range(5):
        direction = earning_ray(free, among)
        if direction is None:
            return
        parts, gain = activities_of(program, made, network.document, direction)
        worst = min(parts, key=lambda part: part.cost * part.amount)
        units = made.spec.units
        label = program.columns.describe(int(np.argmin(program.cost * direction)))
        names = ", ".join(part.what for part in parts)
        yield (
            "earning round",
            _entry_of(label),
            f"{worst.what} earns {gain:,.4g} {units.currency}/{units.mass} though it serves nobody "
            f"({names}): as much of it will be done as limits allow",
        )
        among[int(np.argmin(program.cost * direction))] = False


def _no_balances(program: LinearProgram) -> IntArray:
    return np.setdiff1d(np.arange(program.n_rows), program.rows.where(kind="balance"))


def _entry_of(label: dict[str, str]) -> PathParts:
    """Return the path of the entry that an activity is about."""
    section, name = {
        "produce": ("facilities", "id"),
        "buy": ("supplies", "id"),
        "ship": ("lanes", "rule"),
        "dispose": ("commodities", "commodity"),
    }[label["kind"]]
    is_numbered = section == "lanes" and label[name].isdigit()
    return section, int(label[name]) if is_numbered else label[name]


def _rather_short(network: Network) -> Iterator[Found]:
    """Find demands that go short in the network alone though they could be supplied, because it is cheaper.

    The demand is made to take what it went without while nobody else goes shorter: what that costs is
    the price at which it would be supplied. Where it cannot be, goods are scarce, and nothing is told.
    """
    try:
        plan = network.solve()
    except (NoAnswerError, SolverError) as error:
        yield "no plan", (), f"the network alone has no plan: {str(error).splitlines()[0]}"
        return
    program, units = plan.program, plan.formulation.spec.units
    short = program.columns.where(kind="short")
    missing = plan.levels[short]
    ids = program.columns.texts("id", short).astype(str)
    for key in sorted(set(ids[missing > 1e-6])):
        mine = ids == key
        held = Delta.of(col_upper=(short, np.where(mine, 0.0, missing)))
        outcome = plan.session.solve(held)
        if outcome.status != "optimal":
            continue
        tonnes = float(missing[mine].sum())
        saved = float(program.cost[short[mine]] @ missing[mine])
        rise = float(program.cost @ (outcome.x - plan.levels)) + saved
        if rise > saved * (1 + CHEAPER):
            mass, money = units.mass, units.currency
            yield (
                "cheap shortfall",
                ("demands", key, "shortfall_cost"),
                f"goes {tonnes:,.4g} {mass} short at {saved / tonnes:,.6g} {money}/{mass} though it could be "
                f"supplied at {rise / tonnes:,.6g}: it would rather go without",
            )

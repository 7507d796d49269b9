"""Warnings that need no solve: what is allowed in a network, and is most likely not meant.

One function a kind, each from a formulation to (path, message); `WARNINGS` lists them by the name of
their kind. A fault stops the reading of a file; a warning stops nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resilience.fields.values import numbers_of
from resilience.formulation.compile import Formulation
from resilience.formulation.faults import PathParts
from resilience.formulation.places import Recipe
from resilience.grammar.sections import Spec
from resilience.program import LinearProgram

Found = tuple[PathParts, str]
WIDE = 1e9
"""Ratio of largest to smallest number in one program from which on solvers lose digits."""
KILOS = 300.0
"""Ratio to its peers from which on a figure looks as if it were in kg, not t, or the other way round."""


def yields_above_one(made: Formulation) -> Iterator[Found]:
    """Find processes and facilities whose `yield` is above 1."""
    for section in ("processes", "facilities"):
        for key, entry in getattr(made.spec, section).items():
            most = max(numbers_of(entry.yield_))
            if most > 1:
                yield (section, key, "yield"), f"a yield of {most:.4g} gives more than the recipe says"


def created_mass(made: Formulation) -> Iterator[Found]:
    """Recipes that give more tonnes than they take; left out where tonnes of different bases are added."""
    spec, told = made.spec, set()
    for key, facility in spec.facilities.items():
        path: PathParts = ("facilities", key)
        recipe = made.places.recipes[key]
        if facility.process is not None:
            own = max(numbers_of(facility.yield_))
            path = ("processes", facility.process) if own <= 1 else path
        taken, given = sum(recipe.inputs.values()), _given(recipe)
        if path in told or not recipe.inputs or given <= taken * (1 + 1e-9):
            continue
        told.add(path)
        if len({spec.commodities[name].basis for name in (*recipe.inputs, *recipe.outputs)}) == 1:
            yield (
                path,
                f"gives {given:.4g} {spec.units.mass} for every {taken:.4g} it takes: an input is missing, "
                "an output is too large, or `basis` should say what a tonne of each is",
            )


def _given(recipe: Recipe) -> float:
    return sum(recipe.outputs.values()) * math.prod(max(numbers_of(item)) for item in recipe.yields)


def rounded_lead_times(made: Formulation) -> Iterator[Found]:
    """Lead times that are no whole number of periods."""
    years = made.calendar.years
    for section in ("lanes", "projects"):
        for key, entry in getattr(made.spec, section).items():
            time = entry.lead_time
            if time is None:
                continue
            exact = time.number if time.unit == "period" else time.number / years
            whole = time.periods(years)
            if abs(whole - exact) > 1e-6:
                yield (section, key, "lead_time"), f"{exact:.4g} periods are rounded up to {whole}"


def unreachable_demands(made: Formulation) -> Iterator[Found]:
    """Demands that no source can reach in any period, whatever the quantities."""
    flows = Flows(made.program)
    for key, demand in made.spec.demands.items():
        columns = made.program.columns.where(kind="serve", id=key)
        is_wanted = demand.quantity is None or max(numbers_of(demand.quantity)) > 0
        if is_wanted and not flows.runs[columns].any():
            yield ("demands", key), f"no source of '{demand.commodity}' can reach it"


def idle_facilities(made: Formulation) -> Iterator[Found]:
    """Facilities that nothing can feed, and those of whose products nothing can reach anybody."""
    flows = Flows(made.program)
    for key in made.spec.facilities:
        columns = made.program.columns.where(kind="produce", id=key)
        if (made.program.col_upper[columns] <= 0).all():
            continue  # closed on purpose, or for a scenario to open
        recipe = made.places.recipes[key]
        if not flows.runs[columns].any():
            missing = [name for name in recipe.inputs if not flows.is_brought(columns, name)]
            yield ("facilities", key), f"can never run: nothing brings {' or '.join(map(repr, missing))}"
        elif not flows.is_wanted[columns].any():
            outputs = ", ".join(map(repr, recipe.outputs))
            yield ("facilities", key), f"nobody can take {outputs} from it: all of it would be thrown away"


class Flows:
    """What can run at all, and what of it anybody wants, whatever the quantities.

    Parameters
    ----------
    program : LinearProgram
        Of the network alone or a scenario; a bound of zero closes an activity.
    """

    def __init__(self, program: LinearProgram) -> None:
        self.program = program
        rows = program.rows.where(kind=("balance", "stock"))
        is_row = np.zeros(program.n_rows, dtype=bool)
        is_row[rows] = True
        sign = np.ones(program.n_rows)
        sign[program.rows.where(kind="stock")] = -1.0  # written the other way round
        entry = np.flatnonzero(is_row[program.indices] & (program.values != 0))
        self.row, self.column = program.indices[entry], program.entry_columns[entry]
        self.gives = program.values[entry] * sign[self.row] > 0
        self.open = program.col_upper > 0
        self.runs = self._runs()
        self.is_wanted = self._wanted()

    def _runs(self) -> NDArray[np.bool_]:
        """Return which activities have all they take, from the first sources on."""
        there = np.zeros(self.program.n_rows, dtype=bool)
        runs = np.zeros(self.program.n_columns, dtype=bool)
        while True:
            lacks = np.zeros(self.program.n_columns, dtype=bool)
            lacks[self.column[~self.gives & ~there[self.row]]] = True
            now = self.open & ~lacks
            if (now == runs).all():
                self.there = there
                return runs
            runs = now
            there[self.row[self.gives & runs[self.column]]] = True

    def _wanted(self) -> NDArray[np.bool_]:
        """Return which activities end at a demand, or in stock."""
        wanted = np.zeros(self.program.n_columns, dtype=bool)
        wanted[self.program.columns.where(kind=("serve", "hold"))] = True
        counted = ~np.isin(self.column, self.program.columns.where(kind="dispose"))
        while True:
            rows = np.zeros(self.program.n_rows, dtype=bool)
            rows[self.row[counted & ~self.gives & wanted[self.column] & self.open[self.column]]] = True
            now = wanted.copy()
            now[self.column[self.gives & rows[self.row]]] = True
            if (now == wanted).all():
                return wanted
            wanted = now

    def is_brought(self, columns: NDArray[np.int64], commodity: str) -> bool:
        """Say whether what columns take of a commodity can be there in any period."""
        rows = self.row[np.isin(self.column, columns) & ~self.gives]
        names = self.program.rows.texts("commodity", rows)
        return bool(self.there[rows[names == commodity]].any())


def wide_numbers(made: Formulation) -> Iterator[Found]:
    """Numbers of one kind that are so far apart that a solver loses digits."""
    program = made.program
    bounds = np.concatenate([program.col_upper, program.col_lower])
    for what, numbers, columns in (
        ("costs", program.cost, np.arange(program.n_columns)),
        ("amounts in recipes and limits", program.values, program.entry_columns),
        ("capacities and minimums", bounds, np.tile(np.arange(program.n_columns), 2)),
    ):
        sizes = np.abs(numbers)
        used = np.flatnonzero(np.isfinite(sizes) & (sizes > 0))
        if not len(used):
            continue
        small, large = used[np.argmin(sizes[used])], used[np.argmax(sizes[used])]
        if sizes[large] > WIDE * sizes[small]:
            names = program.columns.names()
            yield (
                (),
                f"{what} reach from {sizes[small]:.3g} at {names[columns[small]]} to {sizes[large]:.3g} at "
                f"{names[columns[large]]}; a solver has 9 digits to tell them apart",
            )


def odd_units(made: Formulation) -> Iterator[Found]:
    """Prices and costs about a thousand times those of their peers: kg for t, or t for kg."""
    for name, peers in _priced(made.spec).items():
        if len(peers) < 2:
            continue
        for path, price in peers:
            others = float(np.median([other for at, other in peers if at != path]))
            ratio = price / others
            if ratio >= KILOS or ratio <= 1 / KILOS:
                if len(peers) == 2 and path != max(peers, key=lambda item: item[1])[0]:
                    continue  # of two, one is told, and names the other
                word = f"{ratio:,.0f} times" if ratio > 1 else f"a {1 / ratio:,.0f}th of"
                mass = made.spec.units.mass
                yield path, f"{price:,.6g} is {word} what '{name}' costs elsewhere: is it per {mass}?"


def _priced(spec: Spec) -> Mapping[str, list[tuple[PathParts, float]]]:
    """Return every price of each commodity: for reference, of supplies, of outlets; and of each process."""
    found: dict[str, list[tuple[PathParts, float]]] = {}

    def add(name: str, path: PathParts, value: Any) -> None:
        if isinstance(value, float) and value > 0:
            found.setdefault(name, []).append((path, value))

    for key, commodity in spec.commodities.items():
        add(key, ("commodities", key, "price"), commodity.price)
    for section in ("supplies", "demands"):
        for key, entry in getattr(spec, section).items():
            add(entry.commodity, (section, key, "price"), entry.price)
    for key, facility in spec.facilities.items():
        if facility.process is not None:
            add(facility.process, ("facilities", key, "cost"), facility.cost)
    return found


def oversized(made: Formulation) -> Iterator[Found]:
    """Facilities that alone could make hundreds of times what everybody together could take."""
    program, labels = made.program, made.program.columns
    takers = labels.where(kind=("serve", "produce", "fill"))
    entry = np.flatnonzero(np.isin(program.entry_columns, takers) & (program.values < 0))
    entry = entry[np.isin(program.indices[entry], program.rows.where(kind="balance", period=0))]
    goods = program.rows.texts("commodity", program.indices[entry])
    upper = program.col_upper.copy()
    demands = program.rows.where(kind="demand")
    wanted = dict(
        zip(
            zip(program.rows.texts("id", demands), program.rows.texts("period", demands), strict=True),
            program.row_upper[demands].tolist(),
            strict=True,
        )
    )
    served = labels.where(kind="serve")
    keys = zip(labels.texts("id", served), labels.texts("period", served), strict=True)
    upper[served] = [
        min(most, wanted.get(key, np.inf)) for key, most in zip(keys, upper[served], strict=True)
    ]
    room: dict[str, float] = {}
    for name, column, value in zip(goods, program.entry_columns[entry], program.values[entry], strict=True):
        room[name] = room.get(name, 0.0) - float(value) * float(upper[column])
    for key, recipe in made.places.recipes.items():
        capacity = made.spec.facilities[key].capacity
        if not isinstance(capacity, float) or len(recipe.outputs) != 1:
            continue
        ((good, amount),) = recipe.outputs.items()
        most = capacity * made.calendar.years * amount
        if 0 < room.get(good, 0.0) < most / KILOS:
            mass = made.spec.units.mass
            yield (
                ("facilities", key, "capacity"),
                f"{capacity:,.6g} is {most / room[good]:,.0f} times all the '{good}' that anybody could "
                f"take: is it in {mass}?",
            )


def unused_entries(made: Formulation) -> Iterator[Found]:
    """Commodities, processes, policies and blocs that nothing refers to."""
    spec = made.spec
    handled = {name for member in made.places.members_ for name in (*member.makes, *member.takes)}
    processes = {facility.process for facility in spec.facilities.values()}
    policies = {
        name for scenario in spec.scenarios.values() for name in (*scenario.policies, *scenario.without)
    }
    named = Counter(_names_in({**vars(spec), "blocs": None}))
    for section, used, told in (
        ("commodities", handled, "nobody makes, passes or takes it"),
        ("processes", processes, "no facility runs it"),
        ("policies", policies, "it is in no scenario"),
        ("blocs", named, "nothing refers to it"),
    ):
        for key in getattr(spec, section):
            if key not in used:
                yield (section, key), told


def _names_in(value: Any) -> Iterator[str]:
    """Yield every text in a network's data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _names_in(key)
            yield from _names_in(item)
    elif isinstance(value, tuple | list | set):
        for item in value:
            yield from _names_in(item)
    elif hasattr(type(value), "model_fields"):
        for name in type(value).model_fields:
            yield from _names_in(getattr(value, name))


def empty_scenarios(made: Formulation) -> Iterator[Found]:
    """Scenarios that extend another and add nothing to it."""
    for key, scenario in made.spec.scenarios.items():
        if scenario.extends and not scenario.policies and not scenario.without and not scenario.set:
            yield ("scenarios", key), f"is the same as '{scenario.extends}': no policy, nothing set"


WARNINGS: Mapping[str, Callable[[Formulation], Iterator[Found]]] = {
    "yield": yields_above_one,
    "mass": created_mass,
    "lead time": rounded_lead_times,
    "unreachable": unreachable_demands,
    "idle": idle_facilities,
    "range": wide_numbers,
    "unit": odd_units,
    "size": oversized,
    "unused": unused_entries,
    "empty": empty_scenarios,
}
"""Every kind of warning that needs no solve."""

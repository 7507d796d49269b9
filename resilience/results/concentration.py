"""Concentration: how few countries a stage, a commodity or a bloc depends on.

Measures  capacity    what each country could make
          production  what it makes and sells from `supplies:` in a plan
          supply      what reaches a bloc: by the country of the last shipment into it, and its members'
                      own production less what they ship out of the bloc
Exposure  what is left without the largest supplier, imports and supply risk: see `exposure.py`
HHI       and shares of the largest: see `shares.py`
Counted   under every commodity that a facility makes, in tonnes of that commodity; a plant that can run
          two processes therefore counts under the products of both
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.errors import InputError
from resilience.grammar.names import suggest
from resilience.results.chains import merged_tiers
from resilience.results.exposure import Tonnes, coverage, import_reliance, needs_of, nested, supply_risk
from resilience.results.periods import period_names
from resilience.results.shares import MEASURES, by_group
from resilience.results.solution import Solution, units_of

if TYPE_CHECKING:
    from resilience.formulation import Formulation
    from resilience.grammar.sections import Spec
    from resilience.program import LinearProgram

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

KEYS = ["measure", "stage", "commodity", "period"]


class Formulated(Protocol):
    """What has a formulation and no plan yet: a network."""

    def formulation(self) -> Formulation:
        """Return the network as a program without policies."""


def concentration(of: Solution | Formulated, bloc: str | Iterable[str] | None = None) -> pd.DataFrame:
    """Return how concentrated capacity, production and a bloc's supply are, by stage and commodity.

    Parameters
    ----------
    of : Solution or Network
        Of a network, only its capacity can be told.
    bloc : str or iterable of str, optional
        A bloc, a country, or several; adds what reaches them.

    Returns
    -------
    DataFrame
        One row per measure (capacity, production, supply), stage, commodity and period: total_t, hhi
        (0 to 10 000), largest_country, largest_share, three_country_share, the number of countries,
        n_minus_1_coverage (what the other countries supply / what they need; more than 1 is enough),
        and of a bloc's supply import_reliance and supply_risk, the latter where the file gives
        `governance` of the countries and `recycling_rate` of the commodity.

        The stage is that of the facilities which make the commodity; it is empty for what is bought
        from `supplies:`. A row with an empty commodity is the whole stage: the tonnes of all leading
        (first listed) outputs together. NaN where a capacity is unlimited, or nothing is made.

    Raises
    ------
    InputError
        If there is no such bloc or country.

    Notes
    -----
    Capacity is throughput x output x yield of each facility, policies in force. Facilities under one
    `limits:` entry, such as the lines of one plant, are scaled down together to what it allows, those
    that make the same commodity for its row, all of them for the row of the stage. Supply to a bloc is
    what its members make or buy from `supplies:`, less what they ship out of the bloc (never below
    zero), and what lands from outside, in the period in which it lands.
    N-1 coverage leaves out the row's largest country on both sides. Supply is what the row measures of the
    commodity, made or bought; needs are those of the plan, of a bloc's supply its members' own: what
    demands want, outlets take and facilities use. NaN without a plan.
    Places without a country count as countries of their own, under the name of the site.

    Examples
    --------
    >>> from resilience.network import Network
    >>> table = concentration(Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "facilities": {
    ...         "a": {"country": "CHN", "outputs": {"ore": 1}, "capacity": 60},
    ...         "b": {"country": "AUS", "outputs": {"ore": 1}, "capacity": 30},
    ...         "c": {"country": "USA", "outputs": {"ore": 0.5}, "capacity": 20},
    ...     },
    ... }))
    >>> table[["measure", "commodity", "hhi", "largest_country", "largest_share"]]
        measure commodity     hhi largest_country  largest_share
    0  capacity            4600.0             CHN            0.6
    1  capacity       ore  4600.0             CHN            0.6
    """
    if not isinstance(of, Solution):
        formulation = of.formulation()
        if bloc is not None:
            _members(formulation, bloc)
            raise InputError("what reaches a bloc is known of a solution only; solve the network first")
        return _measured(formulation, _capacity(formulation, formulation.program))
    members = _members(of.formulation, bloc) if bloc is not None else None
    key = ("concentration", None if members is None else frozenset(members))
    return of.kept(key, lambda: _of_plan(of, members))


def _of_plan(solution: Solution, bloc: set[str] | None) -> pd.DataFrame:
    """Return the measures of a plan, and those of what reaches a bloc's members."""
    formulation, given, members = solution.formulation, _given(solution), bloc or set()
    parts = [_capacity(formulation, solution.program), _production(formulation, given)]
    if bloc is not None:
        parts.append(_supply(formulation, given, members))
    needs = nested(needs_of(formulation, solution.program, solution.levels), ["commodity", "period"])
    plan = _Plan(needs, _trade(given, members), members)
    return _measured(formulation, pd.concat(parts, ignore_index=True), plan)


@dataclass(frozen=True, eq=False)
class _Plan:
    """What exposure is measured against.

    Parameters
    ----------
    needs : mapping
        Tonnes of each country, by commodity and period.
    trade : mapping
        Own production, imports and exports of the bloc, by commodity and period.
    members : set of str
        Of the bloc.
    """

    needs: Tonnes
    trade: Mapping[tuple[str, int], tuple[float, float, float]]
    members: set[str]


def _trade(given: pd.DataFrame, members: set[str]) -> dict[tuple[str, int], tuple[float, float, float]]:
    """Return own production, imports and exports of a bloc, by commodity and period."""
    inside, lands, ships = given["country"].isin(members), given["to"].isin(members), given["ships"]
    keys = ["commodity", "period"]
    exports = given[ships & inside & ~lands]
    exports = exports.assign(period=exports["leaves"], total=exports["level"])
    flows = {"own": given[~ships & inside], "imports": given[ships & ~inside & lands], "exports": exports}
    table = pd.DataFrame({name: part.groupby(keys)["total"].sum() for name, part in flows.items()})
    amounts = table.fillna(0.0).itertuples(index=False, name=None)
    return {(str(good), int(period)): row for (good, period), row in zip(table.index, amounts, strict=True)}


def _members(formulation: Formulation, bloc: str | Iterable[str]) -> set[str]:
    """Return the countries of blocs and countries."""
    spec = formulation.spec
    known = {*spec.blocs, *spec.countries, *formulation.places.country}
    names = [bloc] if isinstance(bloc, str) else list(bloc)
    for name in names:
        if name not in known:
            raise InputError(f"unknown bloc or country '{name}'{suggest(name, known)}")
    return {member for name in names for member in spec.blocs.get(name, (name,))}


def _capacity(formulation: Formulation, program: LinearProgram) -> pd.DataFrame:
    """Return what each facility could make of each of its products."""
    ((start, block),) = program.columns.parts("produce")
    owner = merged_tiers(program)[start : start + block.size] - start
    most = _most_throughput(program, owner)
    entry = _outputs(program)
    own = pd.DataFrame({"id": block.texts("id"), "period": block.numbers("period")})
    once = np.flatnonzero(~own.duplicated())  # a facility's tiers and origin layers are one
    entry = entry[np.isin(program.entry_columns[entry] - start, once)]
    column = np.asarray(program.entry_columns[entry] - start, dtype=np.int64)
    stage, good = block.texts("stage")[column], program.rows.texts("commodity", program.indices[entry])
    table = pd.DataFrame(
        {
            "measure": "capacity",
            "stage": stage,
            "commodity": good,
            "period": block.numbers("period")[column],
            "country": _named_places(block.texts("country"), block.texts("site"))[column],
            "leading": _is_leading(formulation, block.texts("id")[column], good),
        }
    )
    limits = list(_shared_limits(program, start, block.size))
    whole = table.loc[table["leading"]].assign(commodity="")
    parts = []
    for frame in (table, whole):
        rows = frame.index.to_numpy()
        able, goods = most[column[rows]], frame["commodity"].to_numpy()
        order = np.argsort(column[rows], kind="stable")
        sorted_ = column[rows][order]
        for limit, members, weights in limits:
            ends = (np.searchsorted(sorted_, members, side=side) for side in ("left", "right"))
            mine = [order[low:high] for low, high in zip(*ends, strict=True)]
            under, weight = np.concatenate(mine), np.repeat(weights, [len(part) for part in mine])
            able[under] = _scaled(limit, weight, able[under], goods[under])
        amount = np.multiply(program.values[entry[rows]], able, where=able > 0, out=np.zeros(len(able)))
        parts.append(frame.assign(total=amount).drop(columns="leading"))
    return pd.concat(parts, ignore_index=True)


def _most_throughput(program: LinearProgram, owner: IntArray) -> FloatArray:
    """Return the capacity of every produce column, its tiers taken together on the first of them."""
    ((start, block),) = program.columns.parts("produce")
    most = np.bincount(owner, program.col_upper[start : start + block.size], block.size)
    own = zip(block.texts("id"), block.numbers("period"), strict=True)
    shared: dict[tuple[str, int], float] = {}
    for first, rows in program.rows.parts("capacity"):
        keys = zip(rows.texts("id"), rows.numbers("period"), strict=True)
        shared.update(zip(keys, program.row_upper[first : first + rows.size], strict=True))
    return np.minimum(most, [shared.get(key, np.inf) for key in own])


def _is_leading(
    formulation: Formulation, facility: NDArray[np.object_], good: NDArray[np.object_]
) -> NDArray[np.bool_]:
    """Return where a commodity is its facility's first listed output."""
    first = {key: next(iter(recipe.outputs)) for key, recipe in formulation.places.recipes.items()}
    return np.array([first.get(key) == name for key, name in zip(facility, good, strict=True)], dtype=bool)


def _outputs(program: LinearProgram) -> IntArray:
    """Return the entries that put something into a balance."""
    return np.flatnonzero((program.values > 0) & np.isin(program.indices, program.rows.where(kind="balance")))


def _shared_limits(
    program: LinearProgram, start: int, size: int
) -> Iterator[tuple[float, IntArray, FloatArray]]:
    """Yield ceiling, produce columns and weights of every limit over facilities alone."""
    rows = program.rows.where(kind="limit")
    members = program.matrix.tocsr()
    members.data[np.isin(members.indices, program.columns.where(kind="build"))] = 0.0  # not there yet
    members.eliminate_zeros()
    for row in rows[np.isfinite(program.row_upper[rows])]:
        inside = slice(members.indptr[row], members.indptr[row + 1])
        column, weight = members.indices[inside].astype(np.int64) - start, members.data[inside]
        if len(column) and ((column >= 0) & (column < size) & (weight > 0)).all():
            yield float(program.row_upper[row]), column, weight


def _scaled(limit: float, weight: FloatArray, most: FloatArray, goods: NDArray[Any]) -> FloatArray:
    """Return capacities scaled down to a limit, as if all its members made one commodity alone."""
    each = np.minimum(most, limit / weight)
    good, _ = pd.factorize(goods)
    total = np.bincount(good, weight * each)
    scale = np.divide(limit, total, where=total > limit, out=np.ones(len(total)))
    return np.asarray(each * scale[good])


def _given(solution: Solution) -> pd.DataFrame:
    """Return everything that is made, bought or landed: from where, to where, what, when, tonnes."""
    program = solution.program
    entry, level = _outputs(program), np.maximum(solution.levels, 0.0)
    column, row, labels = program.entry_columns[entry], program.indices[entry], program.columns
    ships = labels.kinds()[column] == "ship"
    here = _named_places(labels.texts("country", column), labels.texts("site", column))
    start = _named_places(labels.texts("from_country", column), labels.texts("from_", column))
    end = _named_places(labels.texts("to_country", column), labels.texts("to_", column))
    return pd.DataFrame(
        {
            "ships": ships,
            "id": labels.texts("id", column),
            "country": np.where(ships, start, here),
            "to": np.where(ships, end, here),
            "stage": labels.texts("stage", column),
            "commodity": program.rows.texts("commodity", row),
            "period": program.rows.texts("period", row).astype(np.int64),
            "leaves": labels.texts("period", column).astype(np.int64),
            "total": program.values[entry] * level[column],
            "level": level[column],
        }
    )


def _named_places(country: NDArray[np.object_], site: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the country, or the site where there is none."""
    return np.where(country != "", country, site)


def _production(formulation: Formulation, given: pd.DataFrame) -> pd.DataFrame:
    """Return what is made and bought, by commodity and by stage."""
    made = given.loc[~given["ships"]].assign(measure="production")
    leading = _is_leading(formulation, made["id"].to_numpy(), made["commodity"].to_numpy())
    whole = made[leading & (made["stage"] != "")].assign(commodity="")
    return pd.concat([made, whole])[[*KEYS, "country", "total"]]


def _supply(formulation: Formulation, given: pd.DataFrame, members: set[str]) -> pd.DataFrame:
    """Return what reaches a bloc, by the country of the last shipment into it."""
    inside, lands = given["country"].isin(members), given["to"].isin(members)
    own = given[~given["ships"] & inside]
    imports = given[given["ships"] & ~inside & lands]
    exports = given[given["ships"] & inside & ~lands]
    exports = exports.assign(period=exports["leaves"], total=-exports["level"])
    keys = ["commodity", "period", "country"]
    kept = pd.concat([own, exports]).groupby(keys, as_index=False)["total"].sum()
    kept["total"] = kept["total"].clip(lower=0.0)
    whole = pd.concat([kept, imports[[*keys, "total"]]])
    stage_of, leading = _stages_of(formulation)
    whole = whole.assign(measure="supply", stage=whole["commodity"].map(lambda good: stage_of.get(good, "")))
    return pd.concat([whole, whole[whole["commodity"].isin(leading)].assign(commodity="")])


def _stages_of(formulation: Formulation) -> tuple[dict[str, str], set[str]]:
    """Return the last stage that makes each commodity, and what is anybody's leading output."""
    stage_of: dict[str, str] = {}
    for stage in formulation.spec.stages:
        for member in formulation.places.members_:
            if member.stage == stage:
                stage_of.update(dict.fromkeys(member.makes, stage))
    return stage_of, {next(iter(recipe.outputs)) for recipe in formulation.places.recipes.values()}


def _measured(formulation: Formulation, amounts: pd.DataFrame, plan: _Plan | None = None) -> pd.DataFrame:
    """Return the measures of every group of amounts, by country."""
    mass = units_of(formulation).mass
    by_country = amounts.groupby([*KEYS, "country"], as_index=False)[["total"]].sum()
    stage_of, leading = _stages_of(formulation)
    one_stage = by_country.assign(stage=by_country["stage"].where(by_country["commodity"] == "", ""))
    tonnes = nested(one_stage, KEYS)
    group = np.asarray(by_country.groupby(KEYS).ngroup(), dtype=np.int64)
    found = by_group(group, by_country["country"].to_numpy(), by_country["total"].to_numpy(np.float64))
    keys = by_country.loc[~by_country.duplicated(KEYS), KEYS].reset_index(drop=True)
    rows: list[dict[str, Any]] = [
        {str(name): value for name, value in row.items()} for row in keys.assign(**found).to_dict("records")
    ]
    made: dict[str, list[str]] = {}
    for good in leading:
        made.setdefault(stage_of.get(good, ""), []).append(good)
    if plan is not None:
        for row in rows:
            goods = [row["commodity"]] if row["commodity"] else made.get(row["stage"], [])
            row |= _exposure(formulation.spec, tonnes, plan, row, goods)
    frame = pd.DataFrame(rows, columns=[*KEYS, "total", *MEASURES, *EXPOSURE])
    place = {stage: number for number, stage in enumerate(("", *formulation.spec.stages))}
    frame = frame.sort_values(
        KEYS, key=lambda values: values.map(place) if values.name == "stage" else values, kind="stable"
    ).reset_index(drop=True)
    frame["period"] = period_names(formulation)[frame["period"].to_numpy(dtype=np.int64)]
    return frame.rename(columns={"total": f"total_{mass}"})


def _exposure(
    spec: Spec, amounts: Tonnes, plan: _Plan, row: Mapping[str, Any], goods: list[str]
) -> dict[str, float]:
    """Return what is left without the largest supplier of a row; of a bloc's supply, imports and risk too."""
    stage = "" if row["commodity"] else row["stage"]  # a commodity counts whichever stage makes it
    measured = {
        name: amounts[name, stage, row["commodity"], row["period"]] for name in ("production", row["measure"])
    }
    is_supply = row["measure"] == "supply"
    wanted: dict[str, float] = {}
    for good in goods:
        for country, tonnes in plan.needs[good, row["period"]].items():
            if not is_supply or country in plan.members:
                wanted[country] = wanted.get(country, 0.0) + tonnes
    covered = coverage(measured[row["measure"]], wanted, row["largest_country"])
    found = {"n_minus_1_coverage": covered if row["largest_country"] else float("nan")}
    if is_supply:
        nothing = (0.0, 0.0, 0.0)
        trade = [nothing, *(plan.trade.get((good, row["period"]), nothing) for good in goods)]
        own, imports, exports = (sum(part) for part in zip(*trade, strict=True))
        reliance = import_reliance(own, imports, exports)
        risk = supply_risk(spec, row["commodity"], measured["production"], measured["supply"], reliance)
        found |= {"import_reliance": reliance, "supply_risk": risk}
    return found


EXPOSURE = ("n_minus_1_coverage", "import_reliance", "supply_risk")

"""Bottlenecks: every limit by what one more unit of it is worth.

Rent     -d cost / d limit of a ceiling, d cost / d limit of a floor: what the plan would save per unit
         by which the limit is relaxed; >= 0, USD per t of the limit
Source   of a column's bound, its reduced cost c - A'y; of a row, its dual y
Limits   capacities and minimums of facilities, lanes, supplies, outlets, hubs, stockpiles, the `limits:`
         section, and what policies close or cap, named by the policy; not what demands want. Where copies
         by origin share a bound, their own rents and that of the shared row add up
Use      where a fixed charge or a least amount when used makes the program whole, a capacity may bind as
         levels <= capacity x use instead of as a bound: it is listed under the capacity's name all the same
Holds    for small changes. Where the optimum is degenerate (several limits bind at one point, as where
         a lane and the plant behind it are full at once) duals are not unique: the rent shown is one of
         those that prove the optimum. Relaxing the limit then saves at most that much, and may save
         nothing; only solving again tells
Source   Dantzig (1963), Linear Programming and Extensions, chapter 12 (prices as marginal values)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.results.gains import Gains, Moved, Progress, members_of

if TYPE_CHECKING:
    from resilience.program import Labels
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ROUNDING = 1e-9
"""Rents below this share of the numbers that they are a difference of are rounding."""

SECTION_OF: Mapping[str, tuple[str, str, str, str]] = {
    "produce": ("facilities", "capacity", "minimum", "cost"),
    "buy": ("supplies", "quantity", "", "price"),
    "ship": ("lanes", "capacity", "minimum", ""),
    "serve": ("demands", "quantity", "", "price"),
    "hub": ("hubs", "capacity", "", ""),
    "fill": ("stockpiles", "max_fill", "", ""),
    "hold": ("stockpiles", "capacity", "final", ""),
    "release": ("stockpiles", "max_release", "", ""),
    "limit": ("limits", "at_most", "at_least", ""),
    "share": ("stockpiles", "shares", "", ""),
}
"""Where a limit stands in the file: section, field of the ceiling, of the floor, of tiers."""

CEILING, FLOOR = "ceiling", "floor"

MANY = 100
"""Limits, from the most valuable on, that are solved for again unless more are asked for."""


def bottlenecks_of(
    solution: Solution, resolve: bool | int = MANY, progress: Progress | None = None
) -> pd.DataFrame:
    """Return every limit that is worth something; see `Solution.bottlenecks`."""
    unit = solution.unit
    parts = [
        _of_columns(solution).assign(table="columns"),
        _of_rows(solution).assign(table="rows"),
        _of_uses(solution).assign(table="rows"),
    ]
    frame = _merged(pd.concat(parts, ignore_index=True))
    period = frame["period"].to_numpy(dtype=np.int64)
    frame["period"] = solution.period_names[period]
    frame["value"] = frame["rent"] * frame["level_of_limit"].abs()
    frame["year"] = solution.formulation.discount_of_periods[period]
    frame = frame.sort_values(
        ["value", "rent", "limit", "id", "period"], ascending=[False, False, True, True, True]
    ).reset_index(drop=True)
    few = len(frame) if resolve is True else min(int(resolve), len(frame))
    frame = _with_gains(solution, frame, few, progress)
    return frame.rename(
        columns={
            "level": f"level_{unit.mass}",
            "level_of_limit": f"limit_{unit.mass}",
            "rent": f"rent_{unit.price}",
            "value": f"value_{unit.money}",
            "one_more": f"one_more_{unit.price}",
            "one_less": f"one_less_{unit.price}",
            "from": f"from_{unit.mass}",
            "to": f"to_{unit.mass}",
            "gain": f"gain_10pct_{unit.money}",
        }
    )


def _merged(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with what is one limit of the file in one row: its rents add up."""
    frame["bounds"] = list(zip(frame.pop("table"), frame.pop("position"), strict=True))
    keys = [name for name in frame.columns if name not in ("level", "level_of_limit", "rent", "bounds")]
    how: dict[str, Any] = {"level": "max", "level_of_limit": "max", "rent": "sum", "bounds": tuple}
    return frame.groupby(keys, as_index=False, sort=False).agg(how)


def _with_gains(solution: Solution, frame: pd.DataFrame, few: int, progress: Progress | None) -> pd.DataFrame:
    """Return the table with what only solving again tells, of the first few limits."""
    head = frame.head(few)
    limits = [
        _moved(solution, bounds, bound == CEILING, limit)
        for bounds, bound, limit in zip(head["bounds"], head["bound"], head["level_of_limit"], strict=True)
    ]
    found = Gains(solution).of(limits, progress)
    year = frame.pop("year")
    for name, values in found.items():
        factor = 1.0 if name in ("from", "to") else year[:few]
        frame[name] = pd.Series(values / factor, index=head.index, dtype=float).reindex(frame.index)
    return frame.drop(columns="bounds")


def _moved(solution: Solution, bounds: tuple[tuple[str, int], ...], is_ceiling: bool, limit: float) -> Moved:
    """Return all bounds that are the limit of one row of the table."""
    parts = [members_of(solution, table, position, is_ceiling) for table, position in bounds]
    columns, rows = (np.unique(np.concatenate([part[side] for part in parts])) for side in (0, 1))
    return Moved(columns, rows, is_ceiling, limit)


def limit_names(solution: Solution) -> tuple[dict[int, str], dict[int, str]]:
    """Return where in the file the limits stand that are worth something, by column and by row."""
    columns = _of_columns(solution)
    rows = pd.concat([_of_rows(solution), _of_uses(solution)], ignore_index=True)
    return dict(zip(columns["position"], columns["limit"], strict=True)), dict(
        zip(rows["position"], rows["limit"], strict=True)
    )


def _of_columns(solution: Solution) -> pd.DataFrame:
    """Return limits that are bounds of one activity."""
    program, spec = solution.program, solution.formulation.spec
    outlets = [key for key, demand in spec.demands.items() if demand.price is not None]
    chosen = np.concatenate(
        [
            program.columns.where(kind=("produce", "buy", "ship", "fill", "hold", "release")),
            program.columns.where(kind="serve", id=outlets),
        ]
    )
    reduced = solution.reduced_costs
    size = np.abs(program.cost) + np.asarray(abs(program.matrix).T @ np.abs(solution.duals))
    worth = np.abs(reduced) > ROUNDING * size
    upper, lower = program.col_upper, program.col_lower
    parts = []
    for bound, limit, found in (
        (CEILING, upper, worth & (reduced < 0) & np.isfinite(upper)),
        (FLOOR, lower, worth & (reduced > 0) & (lower > 0)),
    ):
        position = chosen[found[chosen]]
        base, name = solution.formulation.program, "col_upper" if bound == CEILING else "col_lower"
        policy = _policies_behind(solution, name, getattr(base, name), limit, position)
        parts.append(
            _table(program.columns, position, bound, policy).assign(
                level=solution.levels[position],
                level_of_limit=limit[position],
                rent=np.abs(reduced[position]),
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    return _named(solution, frame.assign(tier=np.where(_is_capped(solution, frame), "", frame["tier"])))


def _is_capped(solution: Solution, frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Return where a tier ends because the capacity over all tiers does, not by its own width."""
    base = solution.formulation.program
    most: dict[tuple[str, int], float] = {}
    for start, block in base.rows.parts("capacity"):
        keys = zip(block.texts("id"), block.numbers("period"), strict=True)
        most.update(zip(keys, base.row_upper[start : start + block.size], strict=True))
    own = base.col_upper[frame["position"].to_numpy(dtype=np.int64)]
    keys = zip(frame["id"], frame["period"], strict=True)
    return np.array([most.get(key) == width for key, width in zip(keys, own, strict=True)], dtype=bool)


def _of_rows(solution: Solution) -> pd.DataFrame:
    """Return limits that several activities share."""
    program, duals = solution.program, solution.duals
    outlets = [key for key, demand in solution.formulation.spec.demands.items() if demand.price is not None]
    alone = ("capacity", "hub", "limit", "policy", "share")
    shared = ("produce", "buy", "ship", "fill", "hold", "release")
    chosen = np.union1d(
        program.rows.where(kind=(*alone, *shared)), program.rows.where(kind="serve", id=outlets)
    )
    chosen = chosen[program.rows.texts("part", chosen) != "output"]  # paid <= output: no limit of the file
    worth = np.abs(duals) > ROUNDING * np.max(np.abs(duals), initial=0.0)
    activity, put_in = program.times(solution.levels), _shares_of_fills(solution)
    is_minimum = program.row_lower > 0  # levels added up over layers are never below 0: no limit of the file
    is_minimum |= ~np.isin(np.arange(program.n_rows), program.rows.where(kind=("capacity", *shared)))
    parts = []
    for bound, limit, found in (
        (CEILING, program.row_upper, worth & (duals < 0)),
        (FLOOR, program.row_lower, worth & (duals > 0) & is_minimum),
    ):
        position = chosen[found[chosen] & np.isfinite(limit[chosen])]
        base, name = solution.formulation.program, "row_upper" if bound == CEILING else "row_lower"
        policy = _policies_behind(solution, name, getattr(base, name), limit, position)
        own = program.rows.texts("policy", position)
        parts.append(
            _table(program.rows, position, bound, np.where(own != "", own, policy)).assign(
                level=activity[position] + put_in[position],
                level_of_limit=limit[position] + put_in[position],
                rent=np.abs(duals[position]),
            )
        )
    frame = _named(solution, pd.concat(parts, ignore_index=True))
    return _with_members(solution, frame)


def _of_uses(solution: Solution) -> pd.DataFrame:
    """Return capacities that bind as  levels <= capacity x use, and least amounts of what is in use.

    Where nothing else says the same: a capacity x use that only what is upstream bounds is no limit of the
    file. What is not in use has no capacity to widen; whole levels stay as they are.
    """
    program, duals = solution.program, solution.duals
    worth = np.abs(duals) > ROUNDING * np.max(np.abs(duals), initial=0.0)
    rows = program.rows.where(kind="use", what=("most", "least"))
    rows, matrix = rows[worth[rows]], program.matrix.tocsr()
    kinds, parts = program.columns.kinds(), []
    for row in rows.tolist():
        inside = slice(matrix.indptr[row], matrix.indptr[row + 1])
        columns, values = matrix.indices[inside].astype(np.int64), matrix.data[inside]
        of_use = kinds[columns] == "use"
        amount = float(-(values[of_use] @ solution.levels[columns[of_use]]))
        bound = CEILING if duals[row] < 0 else FLOOR
        mine = columns[~of_use]
        what = str(program.columns.texts("what", columns[of_use])[0])
        if amount <= 0 or (bound == CEILING and not _is_own(solution, row, what, mine, amount)):
            continue
        found = _table(program.columns, mine[:1], bound, np.array([""], dtype=object))
        if what == "limit":
            found = found.assign(kind="limit", id=program.rows.texts("id", np.array([row])))
        level = float(solution.levels[mine].sum())
        known = {"position": row, "tier": "", "level": level, "level_of_limit": amount}
        parts.append(found.assign(**known, rent=abs(float(duals[row]))))
    if not parts:
        return _of_columns(solution).iloc[:0]
    frame = _named(solution, pd.concat(parts, ignore_index=True))
    is_least = frame["bound"] == FLOOR
    least = frame["limit"].str.rpartition(".")[0] + ".minimum_when_used"
    return _with_members(solution, frame.assign(limit=frame["limit"].where(~is_least, least)))


def _is_own(solution: Solution, row: int, what: str, columns: IntArray, most: float) -> bool:
    """Return whether a capacity x use is of the capacity that the file gives."""
    program, at = solution.program, np.array([row])
    where: dict[str, Any] = {
        "id": program.rows.texts("id", at)[0],
        "period": int(program.rows.texts("period", at)[0]),
    }
    shared = program.rows.where(kind="limit" if what == "limit" else ("capacity", "produce", "ship"), **where)
    known = [float(program.col_upper[columns].sum())] if what != "limit" else []
    return bool(np.isclose([*known, *program.row_upper[shared]], most, rtol=1e-9).any())


def _shares_of_fills(solution: Solution) -> FloatArray:
    """Return, for the shares of pooled stockpiles, each member's part of what is put in; 0 for other rows."""
    program = solution.program
    entry = np.flatnonzero(np.isin(program.indices, program.rows.where(kind="share")) & (program.values < 0))
    part = -program.values[entry] * solution.levels[program.entry_columns[entry]]
    return np.bincount(program.indices[entry], part, program.n_rows).astype(float)


def _policies_behind(
    solution: Solution, array: str, base: FloatArray, now: FloatArray, position: IntArray
) -> NDArray[np.object_]:
    """Return the ids of the policies that moved each bound, joined by commas."""
    moved = position[base[position] != now[position]]
    names = np.full(len(now), "", dtype=object)
    for key, delta in solution.deltas.items():
        touched = np.intersect1d(moved, getattr(delta, array).positions)
        names[touched] = [f"{name}, {key}" if name else key for name in names[touched]]
    return np.asarray(names[position], dtype=object)


def _table(labels: Labels, position: IntArray, bound: str, policy: NDArray[np.object_]) -> pd.DataFrame:
    """Return the labels of limits, whatever they are bounds of."""
    kind = np.asarray(labels.kinds()[position], dtype=object)
    sender, importer = (labels.texts(name, position) for name in ("from_country", "to_country"))
    country, ids = labels.texts("country", position), labels.texts("id", position)
    of_importer = (kind == "policy") & (importer != "")  # one limit an importer: not to be added up
    return pd.DataFrame(
        {
            "position": position,
            "limit": "",
            "bound": bound,
            "kind": kind,
            "id": np.where(of_importer, country + ">" + importer, ids),
            "policy": policy,
            "stage": labels.texts("stage", position),
            "country": np.where(kind == "ship", sender, country),
            "commodity": labels.texts("commodity", position),
            "period": labels.texts("period", position).astype(np.int64),
            "tier": labels.texts("tier", position),
        }
    )


PLAIN = {
    "produce": "facility",
    "buy": "supply",
    "ship": "lane",
    "serve": "outlet",
    "fill": "stockpile",
    "hold": "stockpile",
    "release": "stockpile",
    "share": "stockpile",
}
"""What a kind of column is called in the table."""


def _named(solution: Solution, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with limits called as in the file, and kinds in plain words."""
    spec, recipes = solution.formulation.spec, solution.formulation.places.recipes
    names, kinds, goods, ids = [], [], [], []
    fields = ("kind", "id", "commodity", "country", "policy", "bound", "tier")
    for kind, key, good, country, policy, bound, tier, limit in zip(
        *(frame[name].astype(str).tolist() for name in fields), frame["level_of_limit"], strict=True
    ):
        if kind == "capacity":
            kind = "produce" if key in spec.facilities else "buy" if key in spec.supplies else "serve"
        if kind == "produce":
            good = next(iter(recipes[key].outputs))
        if kind in ("buy", "serve"):
            good = (spec.supplies if kind == "buy" else spec.demands)[key].commodity
        if policy:
            names.append(f"policies.{policy}")
        else:
            section, ceiling, floor, tiers = SECTION_OF[kind]
            stepped = bool(tiers) and isinstance(getattr(getattr(spec, section)[key], tiers), tuple)
            field = ceiling if bound == CEILING else floor
            if tier and stepped:
                field = f"{tiers}.{tier}.capacity"
            if kind == "limit" and spec.limits[key].equals is not None:
                field = "equals"
            if kind == "hold" and spec.stockpiles[key].final == limit:
                field = "final"
            if kind == "share":
                field, good = f"shares.{country}".rstrip("."), spec.stockpiles[key].commodity
            names.append(f"{section}.{key}.{field}")
        kinds.append(PLAIN.get(kind, kind))
        goods.append(good)
        ids.append(key or country)
    texts = {"limit": names, "kind": kinds, "commodity": goods, "id": ids}
    found = {name: np.array(values, dtype=object) for name, values in texts.items()}
    return frame.assign(**found).drop(columns="tier")


def _with_members(solution: Solution, frame: pd.DataFrame) -> pd.DataFrame:
    """Return shared limits with what all their members have in common, and without row numbers.

    A limit over facilities alone is of kind ``facilities``: a plant with several lines.
    """
    program = solution.program
    kinds, members = program.columns.kinds(), program.matrix.tocsr()
    positions = frame["position"].tolist()
    for place in np.flatnonzero(frame["kind"] == "limit").tolist():
        position = positions[place]
        columns = members.indices[members.indptr[position] : members.indptr[position + 1]].astype(np.int64)
        columns = columns[~np.isin(kinds[columns], ("build", "use"))]
        if set(kinds[columns]) == {"produce"}:
            frame.at[place, "kind"] = "facilities"
        for name in ("stage", "country", "commodity"):
            shared = set(program.columns.texts(name, columns))
            frame.at[place, name] = shared.pop() if len(shared) == 1 else ""
    return frame

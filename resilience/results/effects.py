"""Why one plan costs more than another: the difference split exactly into five effects that add up.

An activity j (a lane, a facility, a purchase, ... in one period; its tiers and origin layers together) has
in each plan s a level x_js and a cost curve C_js, split by component. For every activity and component

    C_jb(x_jb) - C_ja(x_ja)  =  rate_j + (q_jb - q_ja)
    rate_j = [C_jb(x_ja) - C_ja(x_ja) + C_jb(x_jb) - C_ja(x_jb)] / 2      same level, other unit cost
    q_js   = [C_ja(x_js) + C_jb(x_js)] / 2                                mean unit cost, other level

With constant unit costs this is Bennet's indicator: mean level x change of cost + mean cost x change of
level. The effects, each positive where the second plan is dearer:

    price      rate of what is a resource cost, revenue or the value of closing stock
    duty       change of all transfers: tariffs, taxes, levies, support, subsidies (rate and quantity)
    shortfall  change of what goes short at its shortfall cost (rate and quantity)
    volume     other tonnes delivered, supplied in the same way: for every demand or outlet g in a period,
               sum over j of [q_ja f_jga / D_ga + q_jb f_jgb / D_gb] / 2 * (D_gb - D_ga)
               with D_g the tonnes it gets then and f_jg the part of the activity that ends there (see
               `destinations.py`); and all change of quantity of revenue and of closing stock
    route      the rest of q_jb - q_ja: the same tonnes from other sources, by other lanes and plants

What serves no delivery (disposal, stock left over) is spread over volume as the rest is; capital and
fixed charges do not go with tonnes and are route. If a demand gets nothing in one plan, the unit cost in
the other stands alone. An activity that only one plan knows has the same unit cost in both.

Source  Bennet (1920) as told in Diewert (2005), Index number theory using differences rather than
        ratios, American Journal of Economics and Sociology 64(1), 311-360; the cost curves and the
        split of its quantity part into volume and route are ours
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.formulation.curves import curves_of
from resilience.results.destinations import reached
from resilience.results.periods import period_names
from resilience.results.solution import KIND_OF_COMPONENT, Solution

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

EFFECTS = ("price", "volume", "route", "duty", "shortfall")
"""In the order of the table."""
ROUNDING = 1e-12
"""A change of unit cost up to this share of the cost is rounding, and goes with the quantity."""
LUMPY = ("capital", "fixed")
"""Components that do not go with the tonnes delivered."""
KEYS = ("activity", "policy", "id", "from", "to", "site", "commodity", "period")
"""What an activity is known by in both plans."""
ABOUT = ("stage", "country", "sector")
BY = (
    "effect",
    "part",
    "component",
    "activity",
    "policy",
    "id",
    "stage",
    "commodity",
    "country",
    "sector",
    "period",
)
"""What contributions can be grouped by."""


def contributions(before: Solution, after: Solution) -> pd.DataFrame:
    """Return what each activity and component adds to the difference in cost, effect by effect.

    Parameters
    ----------
    before, after : Solution
        In the same units; of one network or of two.

    Returns
    -------
    DataFrame
        One row per effect, part (rate or quantity), component and activity in one period that is not 0:
        the labels in `BY`, and change_cost in money, discounted as the cost is. A lane counts under the
        country where it ends, a facility under its leading output; sites without a country have "".
        The rows add up to ``after.cost - before.cost``.
    """
    components = tuple(dict.fromkeys([*before.program.costs, *after.program.costs]))
    sides = [_Side.of(solution, components) for solution in (before, after)]
    labels, codes = _matched(sides)
    size = len(labels)
    one, other = (_Curves.of(side, code, size) for side, code in zip(sides, codes, strict=True))
    at = {(0, 0): one.own, (1, 1): other.own}
    at[0, 1], at[1, 0] = one.at(other.level), other.at(one.level)
    _along_curves(sides[0], labels, components, one, other.level, at[0, 1])
    _along_curves(sides[1], labels, components, other, one.level, at[1, 0])
    for known, mine, theirs in ((one.known, 0, 1), (other.known, 1, 0)):
        at[mine, 0][~known], at[mine, 1][~known] = at[theirs, 0][~known], at[theirs, 1][~known]
    rate = 0.5 * ((at[1, 0] - at[0, 0]) + (at[1, 1] - at[0, 1]))
    rate[np.abs(rate) <= ROUNDING * sum(np.abs(cost) for cost in at.values())] = 0.0
    quantity = (0.5 * (at[0, 0] + at[1, 0]), 0.5 * (at[0, 1] + at[1, 1]))
    moved = (at[1, 1] - at[0, 0]) - rate
    kinds = [KIND_OF_COMPONENT.get(name, "transfer") for name in components]
    spread = [kind == "resource" and name not in LUMPY for kind, name in zip(kinds, components, strict=True)]
    volume = _volume(sides, codes, size, [part[:, spread] for part in quantity])
    amounts = np.zeros((size, len(components)))
    amounts[:, spread] = volume
    money = f"change_cost_{before.unit.money}"
    frames = [
        labels.loc[amount != 0].assign(
            effect=effect, part=part, component=component, **{money: amount[amount != 0]}
        )
        for number, (component, kind) in enumerate(zip(components, kinds, strict=True))
        for effect, part, amount in _effects(kind, rate[:, number], moved[:, number], amounts[:, number])
    ]
    whole = pd.concat(frames, ignore_index=True) if frames else labels.head(0).assign(effect="")
    return whole.reindex(columns=[*BY, money])


def _effects(
    kind: str, rate: FloatArray, quantity: FloatArray, volume: FloatArray
) -> Iterator[tuple[str, str, FloatArray]]:
    """Yield (effect, part, amounts) of one component."""
    if kind in ("transfer", "shortfall"):
        effect = "duty" if kind == "transfer" else "shortfall"
        yield effect, "rate", rate
        yield effect, "quantity", quantity
    elif kind == "resource":
        yield "price", "rate", rate
        yield "volume", "quantity", volume
        yield "route", "quantity", quantity - volume
    else:  # revenue, and stock that is sold into the future
        yield "price", "rate", rate
        yield "volume", "quantity", quantity


@dataclass(frozen=True, eq=False)
class _Side:
    """One plan, column by column, as far as a column costs something.

    Parameters
    ----------
    column : ndarray of int64
        Columns of the program.
    labels : DataFrame
        What they are, by the names in `KEYS` and `ABOUT`.
    tier : ndarray of int64
        Which tier of its activity.
    costs : ndarray, shape (n, n_components)
        Per tonne, by component.
    """

    solution: Solution
    column: IntArray
    labels: pd.DataFrame
    tier: IntArray
    costs: FloatArray

    @classmethod
    def of(cls, solution: Solution, components: Sequence[str]) -> _Side:
        program, formulation = solution.program, solution.formulation
        column = np.arange(program.n_columns)
        costs = np.column_stack([program.costs.get(name, np.zeros(len(column))) for name in components])
        text = program.columns.texts
        first = {key: next(iter(recipe.outputs)) for key, recipe in formulation.places.recipes.items()}
        good, ids = text("commodity"), text("id")
        makes = program.columns.where(kind="produce")
        good[makes] = [first.get(key, "") for key in ids[makes]]
        period = text("period")
        names = period_names(formulation)
        labels = pd.DataFrame(
            {
                "activity": program.columns.kinds(),
                "policy": text("policy"),
                "id": ids,
                "from": text("from_"),
                "to": text("to_"),
                "site": text("site"),
                "commodity": good,
                "period": np.array(
                    [names[int(number)] if number != "" else "" for number in period], dtype=object
                ),
                "stage": text("stage"),
                "country": np.where(text("to_country") != "", text("to_country"), text("country")),
                "sector": text("sector"),
            }
        )
        tier = np.array([int(number or 0) for number in text("tier")], dtype=np.int64)
        return cls(solution, column, labels, tier, costs)


def _matched(sides: Sequence[_Side]) -> tuple[pd.DataFrame, list[IntArray]]:
    """Return the activities of both plans, and the number of each column's."""
    whole = pd.concat([side.labels for side in sides], ignore_index=True)
    number = whole.groupby(list(KEYS), sort=False).ngroup().to_numpy()
    codes = np.asarray(number, dtype=np.int64)
    first = np.unique(codes, return_index=True)[1]
    cut = len(sides[0].column)
    return whole.iloc[first].reset_index(drop=True), [codes[:cut], codes[cut:]]


@dataclass(frozen=True, eq=False)
class _Curves:
    """Cost curves of all activities in one plan: steps in the order of their tiers, the last one endless.

    Parameters
    ----------
    known : ndarray of bool, shape (n_activities,)
        Whether this plan has the activity.
    level : ndarray, shape (n_activities,)
        Tonnes in this plan.
    own : ndarray, shape (n_activities, n_components)
        What they cost in this plan.
    owner, start, width, cost : ndarray
        Of each step: its activity, the tonnes at which it begins, how many it takes, cost per tonne.
    """

    known: NDArray[np.bool_]
    level: FloatArray
    own: FloatArray
    owner: IntArray
    start: FloatArray
    width: FloatArray
    cost: FloatArray

    @classmethod
    def of(cls, side: _Side, code: IntArray, size: int) -> _Curves:
        x = side.solution.levels[side.column]
        level = np.asarray(np.bincount(code, x, size), dtype=float)
        own = _sums(code, side.costs * x[:, None], size)
        step, inverse = np.unique(np.column_stack([code, side.tier]), axis=0, return_inverse=True)
        inverse = inverse.reshape(-1)
        weight = np.abs(x)
        used = np.bincount(inverse, weight, len(step)) > 0
        weight = np.where(used[inverse], weight, 1.0)  # layers of an idle step count alike
        cost = _sums(inverse, side.costs * weight[:, None], len(step))
        cost = cost / np.bincount(inverse, weight, len(step))[:, None]
        width: FloatArray = np.zeros(len(step))
        np.maximum.at(width, inverse, np.maximum(side.solution.program.col_upper[side.column], 0.0))
        owner = step[:, 0].astype(np.int64)
        is_last = np.append(owner[1:] != owner[:-1], True)[: len(owner)]
        width[is_last] = np.inf
        ends = pd.Series(width).groupby(owner).cumsum()
        start = np.asarray(ends.groupby(owner).shift(fill_value=0.0), dtype=float)
        known = np.zeros(size, dtype=bool)
        known[owner] = True
        return cls(known, level, own, owner, start, width, cost)

    def at(self, level: FloatArray) -> FloatArray:
        """Return the cost of other levels, by component; shape (n_activities, n_components)."""
        here = level[self.owner]
        reached_ = np.minimum(here - self.start, self.width)
        tonnes = np.where(self.start > 0, np.maximum(reached_, 0.0), reached_)
        return _sums(self.owner, self.cost * tonnes[:, None], len(level))


BENT = {"produce": "production", "buy": "purchase", "serve": "revenue"}
"""Component whose price may be a line or a curve of constant elasticity, by kind of activity."""


def _along_curves(
    side: _Side,
    labels: pd.DataFrame,
    components: Sequence[str],
    mine: _Curves,
    level: FloatArray,
    cost: FloatArray,
) -> None:
    """Put the area under elastic curves in place of their steps, which are fine around one plan only.

    Parameters
    ----------
    level : ndarray, shape (n_activities,)
        Tonnes in the other plan.
    cost : ndarray, shape (n_activities, n_components)
        What they would cost in this one; written to.
    """
    formulation = side.solution.formulation
    years = formulation.calendar.years
    for (kind, key), curve in curves_of(formulation.spec).items():
        rows = np.flatnonzero((labels["activity"] == kind) & (labels["id"] == key) & (mine.level > 0))
        area, number = curve.area(mine.level[rows] / years), components.index(BENT[kind])
        rows, area = rows[area > 0], area[area > 0]
        cost[rows, number] = mine.own[rows, number] * curve.area(level[rows] / years) / area


def _sums(group: IntArray, values: FloatArray, size: int) -> FloatArray:
    """Return column sums by group."""
    columns = [np.bincount(group, values[:, number], size) for number in range(values.shape[1])]
    return np.column_stack(columns) if columns else np.zeros((size, 0))


def _volume(
    sides: Sequence[_Side], codes: Sequence[IntArray], size: int, quantity: Sequence[FloatArray]
) -> FloatArray:
    """Return the volume effect of every activity, by component.

    Parameters
    ----------
    quantity : two arrays, shape (n_activities, n_components)
        Cost of either plan at the mean of the two cost curves.
    """
    delivered = [_delivered(side) for side in sides]
    demands = sorted({*delivered[0], *delivered[1]})
    tonnes = [np.array([given.get(key, 0.0) for key in demands]) for given in delivered]
    change = tonnes[1] - tonnes[0]
    halves = np.where((tonnes[0] > 0) & (tonnes[1] > 0), 0.5, 1.0)
    growth, share = [], []
    for side, code, mine in zip(sides, codes, tonnes, strict=True):
        weight = np.divide(halves * change, mine, out=np.zeros(len(demands)), where=mine > 0)
        reach = _reach(side, dict(zip(demands, weight, strict=True)), code, size)
        growth.append(reach[:, 0])
        share.append(np.clip(reach[:, 1], 0.0, 1.0))
    traced = [mine[:, None] * part for mine, part in zip(growth, quantity, strict=True)]
    whole = float(sum(part.sum() for part in traced))
    costs = [float((mine[:, None] * part).sum()) for mine, part in zip(share, quantity, strict=True)]
    half = 0.5 if min(costs) > 0 else 1.0
    rest = [
        (half * whole / cost if cost > 0 else 0.0) * (1.0 - mine)[:, None] * part
        for mine, part, cost in zip(share, quantity, costs, strict=True)
    ]
    return (traced[0] + rest[0]) + (traced[1] + rest[1])


def _delivered(side: _Side) -> dict[str, float]:
    """Return the tonnes that each demand or outlet gets in each period."""
    serve = side.solution.program.columns.where(kind="serve")
    tonnes = pd.Series(np.maximum(side.solution.levels[serve], 0.0))
    sums = tonnes.groupby(_deliveries(side).to_numpy()[serve]).sum()
    return {str(key): float(value) for key, value in sums.items()}


def _deliveries(side: _Side) -> pd.Series[str]:
    """Return what a column's delivery is called, if it is one: the same in both plans."""
    return side.labels["period"] + " " + side.labels["id"]


def _reach(side: _Side, weight: dict[str, float], code: IntArray, size: int) -> FloatArray:
    """Return, per activity, the mean weight of what it delivers in the end, and the share delivered."""
    solution = side.solution
    worth = np.ones((solution.program.n_columns, 2))
    worth[:, 0] = _deliveries(side).map(weight).fillna(0.0).to_numpy()
    levels = np.maximum(solution.levels, 0.0)
    found = reached(solution.formulation, solution.program, levels, worth)
    total = np.bincount(code, levels, size)
    sums = _sums(code, found * levels[:, None], size)
    return np.divide(sums, total[:, None], out=np.zeros_like(sums), where=total[:, None] > 0)

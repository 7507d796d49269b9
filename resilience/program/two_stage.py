"""Several programs as one: some levels are chosen once, before it is known which program will be.

    minimise    (1 - w) sum_s p_s c_s x_s  +  w CVaR_a(c_s x_s)
    subject to  A_s x_s  within its bounds, for every scenario s
                x_s = x_t  on the columns that are shared

Shared columns stand once, all others once per scenario (the extensive form). The conditional value at
risk, the mean cost of the worst share 1 - a of all cases, is linear with a threshold t and an excess e_s
per scenario:

    CVaR_a = min over t of   t + 1/(1 - a) sum_s p_s e_s,    e_s >= c_s x_s - t,  e_s >= 0

and for a = 1 it is the cost of the worst scenario, t alone.

Source: Birge & Louveaux (2011), Introduction to Stochastic Programming, ch. 1 (extensive form);
Rockafellar & Uryasev (2000), Optimization of conditional value-at-risk, Journal of Risk 2(3), 21-41.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from resilience.program.grown import compressed, with_columns, with_rows
from resilience.program.labels import Block, Coded, Field, Labels
from resilience.program.linear_program import LinearProgram

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TwoStage:
    """Several programs as one.

    Parameters
    ----------
    program : LinearProgram
        Shared columns, then those of each scenario, then those that measure risk.
    columns : tuple of ndarray of int64
        For each scenario, where in ``program`` each of its own columns stands.
    """

    program: LinearProgram
    columns: tuple[IntArray, ...]

    def levels(self, x: FloatArray, scenario: int) -> FloatArray:
        """Return the levels of one scenario's own columns."""
        return x[self.columns[scenario]]


def extensive_form(
    programs: Sequence[LinearProgram],
    shared: Sequence[IntArray],
    probabilities: Sequence[float],
    cvar: tuple[float, float] | None = None,
    names: Sequence[str] | None = None,
) -> TwoStage:
    """Put the programs of several scenarios into one.

    Parameters
    ----------
    programs : sequence of LinearProgram
        One per scenario; they may differ in all but what is shared.
    shared : sequence of ndarray of int64
        For each scenario the positions of the shared columns, in the same order; ascending in the first.
    probabilities : sequence of float
        Of the scenarios; they add up to 1.
    cvar : (alpha, weight), optional
        How much the worst cases weigh: 0 <= alpha <= 1 and 0 <= weight <= 1.
    names : sequence of str, optional
        Of the scenarios; a label ``scenario`` of columns and rows. Numbers if left out.

    Returns
    -------
    TwoStage
        The bounds of a shared column are those that suit every scenario.

    Examples
    --------
    8 t are wanted; CD's 5 t at 10 may fail, and then AU's cost 25. Bought before that is known, 3 t from
    AU do for one case and 8 t for the other, so all 8 t are bought there.

    >>> from resilience.program.samples import two_sources
    >>> both = two_sources()
    >>> failed = replace(both, col_upper=np.array([0.0, 20.0]))
    >>> form = extensive_form([both, failed], [np.array([1])] * 2, [0.5, 0.5])
    >>> form.program.columns.names()
    ['buy(AU)', 'buy(CD)', 'buy(CD)~2']
    >>> form.program.cost.tolist(), [place.tolist() for place in form.columns]
    ([25.0, 5.0, 5.0], [[1, 0], [2, 0]])
    """
    alpha, weight = (0.0, 0.0) if cvar is None else cvar
    titles = list(map(str, range(len(programs)))) if names is None else list(names)
    places, own = _places(programs, shared)
    size = len(shared[0]) + sum(map(len, own))
    first = np.concatenate([[0], np.cumsum([program.n_rows for program in programs])])
    triplets = [
        (program.indices.astype(np.int64) + start, place[program.entry_columns], program.values)
        for program, place, start in zip(programs, places, first[:-1], strict=True)
    ]
    joined = LinearProgram(
        *compressed(triplets, int(first[-1]), size),
        _expected(programs, places, [(1.0 - weight) * each for each in probabilities], size),
        _joined([program.col_lower for program in programs], places, np.full(size, -np.inf), np.maximum),
        _joined([program.col_upper for program in programs], places, np.full(size, np.inf), np.minimum),
        np.concatenate([program.row_lower for program in programs]),
        np.concatenate([program.row_upper for program in programs]),
        *_labelled(programs, np.asarray(shared[0]), own, titles),
        _whole(programs, places, size),
    )
    if weight > 0.0:
        likely = np.asarray(probabilities, dtype=float)
        joined = _with_risk(joined, programs, places, shared, likely, alpha, weight)
    return TwoStage(joined, tuple(places))


def _places(
    programs: Sequence[LinearProgram], shared: Sequence[IntArray]
) -> tuple[list[IntArray], list[IntArray]]:
    """Return where each scenario's columns go, the shared ones first, and which are its own."""
    n_shared = size = len(shared[0])
    places, own = [], []
    for program, chosen in zip(programs, shared, strict=True):
        rest = np.setdiff1d(np.arange(program.n_columns), chosen)
        place = np.empty(program.n_columns, dtype=np.int64)
        place[chosen], place[rest] = np.arange(n_shared), size + np.arange(len(rest))
        places.append(place)
        own.append(rest)
        size += len(rest)
    return places, own


def _expected(
    programs: Sequence[LinearProgram], places: Sequence[IntArray], weights: Sequence[float], size: int
) -> dict[str, FloatArray]:
    """Return the weighted sum of all costs, by component."""
    costs: dict[str, FloatArray] = {}
    for program, place, weight in zip(programs, places, weights, strict=True):
        for name, component in program.costs.items():
            costs.setdefault(name, np.zeros(size))[place] += weight * component
    return costs


def _joined(
    bounds: Sequence[FloatArray],
    places: Sequence[IntArray],
    joined: FloatArray,
    tighter: Callable[[FloatArray, FloatArray], FloatArray],
) -> FloatArray:
    """Return the bounds that suit every scenario; what is shared has the tightest."""
    for bound, place in zip(bounds, places, strict=True):
        joined[place] = tighter(joined[place], bound)
    return joined


def _whole(
    programs: Sequence[LinearProgram], places: Sequence[IntArray], size: int
) -> NDArray[np.bool_] | None:
    """Return which columns must be whole in any scenario; None where none must."""
    whole = np.zeros(size, dtype=bool)
    for program, place in zip(programs, places, strict=True):
        if program.integral is not None:
            whole[place] |= program.integral
    return whole if whole.any() else None


def _labelled(
    programs: Sequence[LinearProgram], shared: IntArray, own: Sequence[IntArray], titles: Sequence[str]
) -> tuple[Labels, Labels]:
    """Return the labels of columns and rows: of what is shared once, of the rest with the scenario."""
    columns, rows = _chosen(programs[0].columns, shared), list[Block]()
    for program, rest, title in zip(programs, own, titles, strict=True):
        columns += _chosen(program.columns, rest, title)
        rows += _chosen(program.rows, np.arange(program.n_rows), title)
    return Labels(tuple(columns), programs[0].columns.groups), Labels(tuple(rows), programs[0].rows.groups)


def _with_risk(
    program: LinearProgram,
    programs: Sequence[LinearProgram],
    places: Sequence[IntArray],
    shared: Sequence[IntArray],
    probabilities: FloatArray,
    alpha: float,
    weight: float,
) -> LinearProgram:
    """Return the program with threshold and excesses, in units of the largest cost of a column.

    What a shared column costs in every scenario alike is paid in every case: it moves all of them by the
    same amount, and so does the tail, so it stands in the objective and not in the rows.
    """
    n, size = len(programs), program.n_columns
    first = np.array([each.cost[chosen] for each, chosen in zip(programs, shared, strict=True)])
    same = np.flatnonzero((first == first[0]).all(axis=0))
    costs = {name: component.copy() for name, component in program.costs.items()}
    for each, chosen, probability in zip(programs, shared, probabilities, strict=True):
        for name, component in each.costs.items():
            costs[name][same] += weight * probability * component[chosen[same]]
    program = replace(program, costs=costs)
    owns = [each.cost.copy() for each in programs]
    for own, chosen in zip(owns, shared, strict=True):
        own[chosen[same]] = 0.0
    scale = max(1.0, max(float(np.abs(own).max(initial=0.0)) for own in owns))
    share = [] if alpha >= 1.0 else (probabilities / (1.0 - alpha)).tolist()
    more = Block("risk", 1 + len(share), {"id": Coded.of(["threshold", *["excess"] * len(share)])})
    program = with_columns(
        program,
        more,
        {"risk": weight * scale * np.array([1.0, *share])},
        np.array([-np.inf, *[0.0] * len(share)]),
        np.full(more.size, np.inf),
    )
    row, column, value = [], [], []
    for number, (own, place) in enumerate(zip(owns, places, strict=True)):
        costly = np.flatnonzero(own)
        column += [place[costly], np.array([size, *([size + 1 + number] if share else [])])]
        value += [own[costly] / scale, np.full(len(column[-1]), -1.0)]
        row += [np.full(len(costly), number), np.full(len(column[-1]), number)]
    return with_rows(
        program,
        Block("risk", n, {"id": Coded.of([str(number) for number in range(n)])}),
        (np.concatenate(row), np.concatenate(column), np.concatenate(value)),
        np.full(n, -np.inf),
        np.zeros(n),
    )


def mean_program(programs: Sequence[LinearProgram], probabilities: Sequence[float]) -> LinearProgram:
    """Return the program of mean numbers: every cost, bound and entry is the mean over the scenarios.

    A bound that is infinite in one scenario is infinite in the mean.

    Parameters
    ----------
    programs : sequence of LinearProgram
        With the same rows and columns.
    probabilities : sequence of float

    Examples
    --------
    >>> from resilience.program.samples import two_sources
    >>> both = two_sources()
    >>> failed = replace(both, col_upper=np.array([0.0, 20.0]))
    >>> mean_program([both, failed], [0.8, 0.2]).col_upper.tolist()
    [4.0, 20.0]
    """
    first = programs[0]

    def mean(name: str) -> FloatArray:
        arrays = [getattr(program, name) for program in programs]
        if all(np.array_equal(array, arrays[0]) for array in arrays):
            return np.asarray(arrays[0])
        return np.asarray(sum(p * array for p, array in zip(probabilities, arrays, strict=True)))

    zeros = np.zeros(first.n_columns)
    triplets = [
        (program.indices.astype(np.int64), program.entry_columns, p * program.values)
        for p, program in zip(probabilities, programs, strict=True)
    ]
    starts, indices, values = compressed(triplets, first.n_rows, first.n_columns)
    names = dict.fromkeys(name for program in programs for name in program.costs)
    costs = {
        name: sum(
            (p * program.costs.get(name, zeros) for p, program in zip(probabilities, programs, strict=True)),
            zeros,
        )
        for name in names
    }
    return replace(
        first,
        starts=starts,
        indices=indices,
        values=values,
        costs=costs,
        col_lower=mean("col_lower"),
        col_upper=mean("col_upper"),
        row_lower=mean("row_lower"),
        row_upper=mean("row_upper"),
    )


def tail_mean(costs: FloatArray, probabilities: FloatArray, alpha: float) -> float:
    """Return the conditional value at risk: the mean cost of the worst share 1 - alpha of all cases.

    Examples
    --------
    Of 100 with 80 %, 200 with 15 % and 600 with 5 %, the worst tenth are 5 % each of 600 and 200.

    >>> tail_mean(np.array([100.0, 200.0, 600.0]), np.array([0.80, 0.15, 0.05]), 0.9)
    400.0
    >>> tail_mean(np.array([100.0, 200.0, 600.0]), np.array([0.80, 0.15, 0.05]), 1.0)
    600.0
    """
    if alpha >= 1.0 or not np.isfinite(costs).all():
        return float(np.max(costs))
    order = np.argsort(-costs, kind="stable")
    left = np.clip(1.0 - alpha - (np.cumsum(probabilities[order]) - probabilities[order]), 0.0, None)
    taken = np.minimum(probabilities[order], left)
    return float(np.round(taken / (1.0 - alpha), 15) @ costs[order])


def _chosen(labels: Labels, positions: IntArray, scenario: str | None = None) -> list[Block]:
    """Return the blocks of chosen entries, which stand in ascending order, of a scenario where given."""
    found = []
    for start, block in labels.parts():
        inside = positions[(positions >= start) & (positions < start + block.size)] - start
        fields: dict[str, Field] = {
            name: values.take(inside) if isinstance(values, Coded) else values[inside]
            for name, values in block.fields.items()
        }
        if scenario is not None:
            fields["scenario"] = Coded.of([scenario] * len(inside))
        found.append(Block(block.kind, len(inside), fields))
    return found

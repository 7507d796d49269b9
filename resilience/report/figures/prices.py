"""What delivered prices are made of: cost, freight, duty, rents and credits, which add up to the price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go

from resilience.report import names
from resilience.report.figures.chart import COLOURS, OTHERS, Chart, drawn, safe, shortened
from resilience.report.numbers import number
from resilience.report.records import title

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FEW = 6
"""Demands that are shown unless one is asked for."""

ORDER = (
    "cost at the source",
    "conversion",
    "other inputs",
    "freight",
    "duty",
    "rent",
    "credit for co-products",
)
"""Parts in the order in which they are drawn, and of the colours that they have; all others come after."""

PATTERNS = ("/", "x", ".", "-", "+", "|")
"""How the others differ from each other."""


def prices(
    solution: Solution, demand: str | None = None, key: str = "prices", among: Sequence[Solution] = ()
) -> Chart:
    """Return what prices are made of, by the largest route to each demand.

    Parameters
    ----------
    solution : Solution
        The plan.
    demand : str, optional
        The demand; if left out the largest of each country among those that receive anything.
    key : str
        Name of the chart.
    among : sequence of Solution
        Scenarios that are drawn beside it: all show the same demands.

    Raises
    ------
    InputError
        If there is no such demand.
    """
    unit, scenario = solution.unit, title(solution.scenario)
    asked = [demand] if demand is not None else largest(among or (solution,))
    amount, price, tonnes = f"amount_{unit.price}", f"price_{unit.price}", f"delivered_{unit.mass}"
    money = f"{solution.currency}/{unit.mass}"
    tables = [_largest_route(solution, name, tonnes) for name in asked]
    tables = [table for table in tables if len(table)]
    if not tables:
        head = f"{scenario}: nothing is delivered, so there is no price to take apart."
        return Chart(key, head, head, drawn([], 120))
    whole = pd.concat(tables, ignore_index=True)
    parts = whole.groupby(["part", "demand"], sort=False)[amount].sum().unstack(fill_value=0)
    total = whole.groupby("demand")[price].first()
    shown = [str(name) for name in total.sort_values(kind="stable").index]
    labels = [safe(shortened(_called(solution, name), 40)) for name in shown]
    names_ = sorted(map(str, parts.index), key=lambda part: (*_rank(part), part))
    others = [part for part in names_ if part not in ORDER]
    bars = [
        go.Bar(
            y=labels,
            x=parts[shown].loc[[part]].to_numpy()[0].tolist(),
            name=safe(part),
            orientation="h",
            marker=_marker(part, others),
            hovertemplate=f"{safe(part)}: %{{x:,.0f}} {money}<extra>%{{y}}</extra>",
        )
        for part in names_
    ]
    mark = go.Scatter(
        y=labels,
        x=parts[shown].to_numpy().clip(min=0.0).sum(axis=0).tolist(),
        mode="text",
        text=[f" <b>{number(round(float(total[name])))}</b>" for name in shown],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
    figure = drawn(
        [*bars, mark],
        190 + 38 * len(shown),
        barmode="relative",
        margin={"r": 70},
        xaxis={"title": {"text": money}, "tickformat": ",.0f"},
        legend={"y": 1.0, "yanchor": "bottom", "traceorder": "normal"},
    )
    top = shown[-1]
    of_top = parts[top].sort_values(ascending=False, kind="stable")
    head = (
        f"{scenario}: a tonne for {_called(solution, top)} costs {number(round(float(total[top])))} "
        f"{solution.currency}, most of it {of_top.index[0]} ({number(round(float(of_top.iloc[0])))})."
    )
    told = [f"{_called(solution, name)} {number(round(float(total[name])))}" for name in reversed(shown)]
    words = f"{head} Prices in {money}: {'; '.join(told)}."
    when = sorted(set(whole["period"])) if len(solution.period_names) > 1 else []
    note = (
        f"{f'In {names.listed(when)}, the last period with a delivery. ' if when else ''}"
        "The figure at the right is the price of one more tonne; the bar takes it apart along the largest "
        "route: what stands left of zero is taken off. A rent is what scarce capacity adds to the price; "
        "it is nobody's cost."
    )
    return Chart(key, head, words, figure, note)


def largest(solutions: Sequence[Solution]) -> list[str]:
    """Return the largest demand of each country among those that receive something in every solution."""
    wanted, delivered = (f"{name}_{solutions[0].unit.mass}" for name in ("wanted", "delivered"))
    whole = pd.concat([each.shortfall.assign(plan=place) for place, each in enumerate(solutions)])
    each_plan = whole.groupby(["demand", "country", "plan"], as_index=False)[[wanted, delivered]].sum()
    sizes = each_plan.groupby(["demand", "country"], as_index=False).agg(
        **{wanted: (wanted, "max"), delivered: (delivered, "min"), "plans": ("plan", "size")}
    )
    sizes = sizes[(sizes[delivered] > 0) & (sizes["plans"] == len(solutions))]
    sizes = sizes.sort_values([wanted, "demand"], ascending=[False, True], kind="stable")
    return [str(name) for name in sizes.drop_duplicates("country")["demand"].head(FEW)]


def _largest_route(solution: Solution, demand: str, tonnes: str) -> pd.DataFrame:
    """Return the parts along the route that carries most, in the last period with a delivery."""
    mine = solution.shortfall[solution.shortfall["demand"] == demand]
    served = mine.loc[mine[tonnes] > 0, "period"].tolist()
    table = solution.price_build_up(demand, served[-1] if served else None)
    if not len(table):
        return table
    best = table.sort_values(tonnes, ascending=False, kind="stable")["route"].iloc[0]
    whole: pd.DataFrame = table.loc[table["route"] == best]
    return whole


def _rank(part: str) -> tuple[int]:
    return (ORDER.index(part),) if part in ORDER else (len(ORDER),)


def _marker(part: str, others: Sequence[str]) -> dict[str, object]:
    if part in ORDER:
        return {"color": COLOURS[ORDER.index(part)]}
    shape = PATTERNS[others.index(part) % len(PATTERNS)]
    return {"color": OTHERS, "pattern": {"shape": shape, "fgcolor": "#FFFFFF", "fillmode": "overlay"}}


def _called(solution: Solution, demand: str) -> str:
    entry = solution.formulation.spec.demands.get(demand)
    if entry is None:
        return demand
    return entry.name or f"{demand} ({names.commodity(solution.formulation.spec, entry.commodity)})"

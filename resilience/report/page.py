"""What stands on the page of a report: findings in words, charts, tables, sources; nothing about HTML.

The first scenario is the one that all others are compared with.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from resilience.analyses.compare import Comparison, compare
from resilience.report import figures, names, text
from resilience.report.comparison import in_time, reasons
from resilience.report.figures import Chart
from resilience.report.html_tables import PageTable, page_table
from resilience.report.numbers import money, number, share
from resilience.report.records import title
from resilience.report.supply import stage_sentence
from resilience.report.tables import Paragraph
from resilience.results.concentration import concentration as measured

if TYPE_CHECKING:
    from resilience.grammar import Spec
    from resilience.results.solution import Solution

FEW = 3
"""Countries or sectors that a sentence names."""


@dataclass(frozen=True)
class Card:
    """A scenario's headline numbers, with its proof."""

    name: str
    cost: str
    told: str
    lines: tuple[tuple[str, str], ...]
    policies: tuple[str, ...]
    proof: str
    certificate: str


@dataclass(frozen=True)
class PageSection:
    """A question with the charts that answer it; ``views`` are the choices of what its charts show."""

    key: str
    title: str
    charts: tuple[Chart, ...]
    texts: tuple[str, ...] = ()
    views: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True)
class Page:
    """Everything on the page."""

    title: str
    heading: str
    under: str
    lead: tuple[str, ...]
    cards: tuple[Card, ...]
    sections: tuple[PageSection, ...]
    tables: tuple[PageTable, ...]
    references: tuple[PageTable, ...]
    description: str
    counted: str
    footer: str = field(default="")


def page(solutions: Sequence[Solution], version: str) -> Page:
    """Return the page about solutions of one network."""
    first, last = solutions[0], solutions[-1]
    spec, periods = last.formulation.spec, last.period_names
    found = [compare(first, other) for other in solutions[1:]]
    name = spec.name or "Network"
    scenarios = names.listed([title(each.scenario) for each in solutions])
    span = str(periods[0]) if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
    return Page(
        title=f"{name}: {scenarios}",
        heading=name,
        under=f"{'Scenarios' if len(solutions) > 1 else 'Scenario'} {scenarios}, {span}",
        lead=tuple(lead(solutions, found)),
        cards=tuple(card(each) for each in solutions),
        sections=tuple(sections(solutions, found)),
        tables=tuple(tables(solutions, found)),
        references=tuple(references(spec)),
        description=spec.description,
        counted=counted(spec),
        footer=f"Made by resilience {version}. All that is on this page is in this one file.",
    )


def lead(solutions: Sequence[Solution], found: Sequence[Comparison]) -> Iterator[str]:
    """Yield what a reader in a hurry should know: what it costs, who goes short, what the bottleneck is."""
    for comparison in found:
        yield difference(comparison)
    if len({_span(each) for each in solutions}) > 1:
        spans = [f"{title(each.scenario)}{_span(each)}" for each in solutions]
        told = "; ".join(spans)
        yield f"The scenarios do not run over the same time ({told}): their costs differ by that too."
    last = solutions[-1]
    if not found:
        yield f"Under {_named(last)}, supply costs {money(last.cost, last.currency)}{_span(last)}."
    met = [each for each in solutions if not _is_short(each)]
    if met:
        who = names.listed([_named(each) for each in met])
        yield f"Under {who}, nobody goes short: every demand is met in full."
    for each in solutions:
        if each not in met:
            yield who_goes_short(each)
    yield from bottlenecks_by_stage(solutions)


def bottlenecks_by_stage(solutions: Sequence[Solution]) -> Iterator[str]:
    """Yield which stage is the bottleneck under which scenarios, those that say the same together."""
    told: dict[str, list[str]] = {}
    for each in solutions:
        sentence = stage_sentence(each, each.bottleneck_stages())
        if sentence:
            told.setdefault(f"{sentence[:1].lower()}{sentence[1:]}", []).append(_named(each))
    for sentence, under in told.items():
        yield f"Under {names.listed(under)}, {sentence}"


def difference(found: Comparison) -> str:
    """Return what the second of two scenarios costs more, and why."""
    before, after, currency = _named(found.before), _named(found.after), found.after.currency
    size = abs(found.cost_change)
    if not size:
        return f"Supply costs the same under {after} and under {before}."
    more = "more" if found.cost_change > 0 else "less"
    relative = f" ({share(size / found.before.cost)})" if found.before.cost > 0 else ""
    told = (
        f"Under {after}, supply costs {money(size, currency)}{in_time(found)} {more} than under "
        f"{before}{relative}: {money(found.after.cost, currency)} instead of "
        f"{money(found.before.cost, currency)}."
    )
    return " ".join([told, *reasons(found)])


def _is_short(solution: Solution) -> bool:
    return bool((solution.shortfall[f"shortfall_{solution.unit.mass}"] > 0).any())


def who_goes_short(solution: Solution) -> str:
    """Return how much goes short of a plan in which something does, and where most is lost."""
    unit, spec = solution.unit, solution.formulation.spec
    wanted, short, lost = f"wanted_{unit.mass}", f"shortfall_{unit.mass}", f"cost_{unit.money}"
    frame = solution.shortfall
    missing = frame[frame[short] > 0]
    of, total = float(missing[short].sum()), float(frame[wanted].sum())
    loss = missing.groupby("country")[lost].sum().sort_values(ascending=False, kind="stable")
    who = [
        f"{names.country(spec, str(code))} ({money(float(size))})" for code, size in loss.head(FEW).items()
    ]
    sector = missing.groupby("sector")[lost].sum().idxmax()
    most = f", most of it by the sector {sector}" if sector else ""
    return (
        f"Under {_named(solution)}, {missing['demand'].nunique()} of {frame['demand'].nunique()} demands go "
        f"short of {number(round(of))} {unit.mass}, {share(of / total)} of all that is wanted, which loses "
        f"{money(float(missing[lost].sum()), solution.currency)}{most}. Those who lose most: "
        f"{names.listed(who)}."
    )


def card(solution: Solution) -> Card:
    """Return the headline numbers of one scenario, with its certificate."""
    unit, spec, currency = solution.unit, solution.formulation.spec, solution.currency
    wanted, short = (
        float(solution.shortfall[f"{name}_{unit.mass}"].sum()) for name in ("wanted", "shortfall")
    )
    by_kind = solution.cost_breakdown.groupby("kind", sort=False).sum()
    stages = solution.bottleneck_stages()
    tight = stages[stages[f"gain_10pct_{unit.money}"] > 0]
    entry = spec.scenarios.get(solution.scenario)
    lines = [
        *((KINDS.get(str(kind), str(kind)), money(float(size), currency)) for kind, size in by_kind.items()),
        ("goes short", f"{number(round(short))} {unit.mass} ({share(short / wanted) if wanted else 'none'})"),
        ("bottleneck", str(tight["stage"].iloc[0]).replace("_", " ") if len(tight) else "none"),
    ]
    whole = [part.text for part in text.proof(solution) if isinstance(part, Paragraph)]
    width = solution.certificate.width
    told = f"; at most {width:.0e} of its cost could be saved" if width < 1 else ""
    return Card(
        name=title(solution.scenario),
        cost=money(solution.cost, currency),
        told=entry.description if entry is not None else "",
        lines=tuple(lines),
        policies=tuple(names.policy(spec, key) for key in solution.policies),
        proof=f"{text.proved(solution.certificate)}{told}.",
        certificate=" ".join(whole),
    )


KINDS = {
    "resource": "spent on resources",
    "revenue": "earned",
    "stock value": "kept as stock",
    "shortfall": "lost by shortfall",
    "transfer": "paid in duties and levies",
}
"""Kinds of cost, as a card has them."""


def sections(solutions: Sequence[Solution], found: Sequence[Comparison]) -> Iterator[PageSection]:
    """Yield the questions with their charts."""
    last = solutions[-1]
    if found:
        charts = [figures.effects(item, f"effects-{place}") for place, item in enumerate(found, 1)]
        yield PageSection("cost", "Why the cost differs", tuple(charts))
    maps = [
        figures.flow_map(each, among=solutions, key=f"map-{place}") for place, each in enumerate(solutions, 1)
    ]
    told = maps[-1].views
    shown = next((name for name, sentence in told.items() if sentence == maps[-1].title), "")
    views = tuple((name, name.replace("_", " "), name == shown) for name in told)
    yield PageSection("map", "Who ships what to whom", tuple(maps), views=views)
    yield _section("sankey", "From mine to market", figures.sankeys(solutions))
    short = [each for each in solutions if _is_short(each)]
    met = [
        f"{title(each.scenario)}: nobody goes short; every demand is met in full."
        for each in solutions
        if each not in short
    ]
    yield _each(short, "shortfall", "Who goes short", figures.shortfall, met)
    yield _each(solutions, "prices", "What prices are made of", figures.prices, among=solutions)
    yield _each(solutions, "bottlenecks", "What stands in the way", figures.bottlenecks)
    yield _each(solutions, "concentration", "On whom each stage depends", figures.concentration)
    if len(last.stocks):
        yield _each(solutions, "stocks", "What is in stock", figures.stocks)


def _each(
    solutions: Sequence[Solution],
    key: str,
    called: str,
    make: Callable[..., Chart],
    texts: Sequence[str] = (),
    **more: Any,
) -> PageSection:
    """Return a section with one chart a scenario."""
    charts = [make(each, key=f"{key}-{place}", **more) for place, each in enumerate(solutions, 1)]
    return _section(key, called, charts, texts)


def _section(key: str, called: str, charts: Sequence[Chart], texts: Sequence[str] = ()) -> PageSection:
    """Return a section; a chart with nothing to draw becomes its finding."""
    drawn = tuple(item for item in charts if len(item.figure.data))
    empty = [item.title for item in charts if not len(item.figure.data)]
    return PageSection(key, called, drawn, (*texts, *empty))


def tables(solutions: Sequence[Solution], found: Sequence[Comparison]) -> Iterator[PageTable]:
    """Yield the tables: what differs, then each scenario's own."""
    for place, item in enumerate(found, 1):
        pair = f"{title(item.after.scenario)} beside {title(item.before.scenario)}"
        for name, frame in (("cost", item.cost), ("shortfall", item.shortfall), ("flows", item.flows)):
            yield page_table(f"compare-{place}-{name}", f"{NAMES[name]}: {pair}", frame, item.unit)
    for place, each in enumerate(solutions, 1):
        parts: dict[str, Any] = {
            "cost": each.cost_breakdown,
            "payments": each.payments,
            "shortfall": each.shortfall,
            "flows": each.flows,
            "production": each.production,
            "stocks": each.stocks,
            "projects": each.projects,
            "prices": each.prices,
            "bottlenecks": each.bottlenecks(resolve=False),
            "concentration": measured(each),
        }
        for name, frame in parts.items():
            if len(frame):
                called = f"{NAMES[name]}: {title(each.scenario)}"
                yield page_table(f"table-{place}-{name}", called, frame, each.unit)


NAMES = {
    "cost": "Cost",
    "payments": "Who pays whom by policies",
    "shortfall": "Demands, and who goes short",
    "flows": "Flows along lanes",
    "production": "Facilities",
    "stocks": "Stockpiles",
    "projects": "What is built",
    "prices": "Prices everywhere",
    "bottlenecks": "Limits that bind",
    "concentration": "Concentration",
}
"""Tables, as they are called on the page."""


def references(spec: Spec) -> Iterator[PageTable]:
    """Yield the sources of the network, and what it assumes where there is none."""
    from resilience.results.solution import Units

    unit = Units(spec.units.mass, spec.units.currency.lower(), "")
    fields = ("publisher", "title", "year", "url", "note")
    sources = pd.DataFrame(
        [[key, *(getattr(entry, name) for name in fields)] for key, entry in spec.sources.items()],
        columns=["source", *fields],
    )
    if len(sources):
        yield page_table("sources-table", "Sources", sources, unit)
    assumed = pd.DataFrame(
        list(assumptions(spec)), columns=["section", "entry", "field", "assumption", "grade"]
    )
    if len(assumed):
        yield page_table("assumptions-table", "Assumptions", assumed, unit)


def assumptions(spec: Spec) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield every figure that is assumed: its section, entry, field, the reason, and its grade."""
    for section in dataclasses.fields(spec):
        entries = getattr(spec, section.name)
        for key, entry in entries.items() if isinstance(entries, Mapping) else ():
            source, grades = (getattr(entry, name, None) or {} for name in ("source", "confidence"))
            for name, texts in source.items():
                for told in (told for told in texts if told.lower().startswith("assumed")):
                    grade = names.listed(list(grades.get(name, grades.get("", ()))))
                    yield section.name, str(key), name, told.partition(":")[2].strip() or told, grade


def counted(spec: Spec) -> str:
    """Return how many sources there are, and how many figures are assumed."""
    assumed = sum(1 for _ in assumptions(spec))
    return (
        f"The network names {len(spec.sources):,} sources; {assumed:,} figures, or groups of them, are "
        "assumed, each with its reason. Grades: A a primary source that was seen, B secondary or derived, C "
        "from memory or assumed."
        if spec.sources or assumed
        else "The network names no sources."
    )


def _named(solution: Solution) -> str:
    return title(solution.scenario)


def _span(solution: Solution) -> str:
    periods = solution.period_names
    if len(periods) > 1:
        return f" over {periods[0]} to {periods[-1]}"
    return " a year" if solution.formulation.spec.horizon.step == "year" else f" in {periods[0]}"

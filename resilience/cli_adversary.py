"""Commands about failures and attacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from resilience.cli_shared import (
    INTERRUPTED,
    Everything,
    FormatName,
    Gap,
    NetworkName,
    Output,
    ScenarioName,
    accepted,
    loaded,
    scenario_of,
    share_of,
    show,
    show_frame,
)
from resilience.cli_workers import Cluster, Jobs, workers
from resilience.errors import InputError, Problem
from resilience.report.progress import counting

if TYPE_CHECKING:
    from collections.abc import Sequence

By = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="WHAT",
        help="country, commodity or stage (its exports), outage (all it makes), facility, lane, policy.",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="ID", help="Only this target: an id, country or bloc; repeatable."),
]
FailedShare = Annotated[str, typer.Option("--cut", metavar="SHARE", help="Share that fails.")]
Stages = Annotated[
    list[str] | None, typer.Option("--stage", metavar="STAGE", help="Only what this stage makes; repeatable.")
]
Commodities = Annotated[
    list[str] | None,
    typer.Option("--commodity", metavar="COMMODITY", help="Only this commodity; repeatable."),
]


def _targets(
    by: str, only: Sequence[str] | None, stages: Sequence[str] | None, commodities: Sequence[str] | None
) -> dict[str, Any]:
    return {"by": by, "only": only or None, "stages": stages or None, "commodities": commodities or None}


def worst_case(
    network: NetworkName,
    k: Annotated[
        int | None,
        typer.Option("-k", min=1, help="How many attacks at once; every number up to it is shown."),
    ] = None,
    scenario: ScenarioName = None,
    by: By = "country",
    cut: Annotated[
        list[str] | None,
        typer.Option(
            "--cut", metavar="SHARE", help="Share that is cut, 100% if left out; repeatable with --budget."
        ),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option("--budget", metavar="N", help="Most that cuts may add up to: 1.5 is one and a half."),
    ] = None,
    only: Only = None,
    stages: Stages = None,
    commodities: Commodities = None,
    method: Annotated[str, typer.Option("--method", help="auto, enumerate, decompose or program.")] = "auto",
    jobs: Jobs = None,
    cluster: Cluster = None,
    everything: Everything = False,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Find the worst that few restrictions or failures at once can do, and prove that none is worse."""
    from resilience.analyses.worst_case import worst_case as find
    from resilience.report import adversary

    made = loaded(network)
    cuts = [share_of("--cut", text) for text in cut or ["100%"]]
    with workers(jobs, cluster) as executor, counting("attacking") as told:
        found = find(
            made,
            k,
            scenario=scenario_of(scenario),
            cut=cuts,
            budget=budget,
            method=method,  # type: ignore[arg-type]  # checked there
            executor=executor,
            progress=told,
            **_targets(by, only, stages, commodities),
        )
    show(
        format_,
        output,
        text=lambda: adversary.worst_case(found, by, everything),
        data=lambda: adversary.data(found),
        frame=lambda: found.table,
    )
    _end(all(each.is_complete for each in found.worst))


def harden(
    network: NetworkName,
    k: Annotated[int | None, typer.Option("-k", min=1, help="How many attacks at once.")] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="MONEY", help="Most for the whole defence: 3e9.")
    ] = None,
    protect: Annotated[
        list[str] | None,
        typer.Option(
            "--protect",
            metavar="ID=MONEY",
            help="What it takes to make an attack on it impossible: CHN=2e9, or all=1e9; repeatable.",
        ),
    ] = None,
    scenario: ScenarioName = None,
    by: By = "country",
    only: Only = None,
    stages: Stages = None,
    commodities: Commodities = None,
    gap: Gap = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    everything: Everything = False,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Find what to protect, build and stock so that the worst that can be done is least bad; prove it.

    What may be built are the projects of the scenario, what may be stocked is what its stockpiles take in
    before any attack: give attacks that come later as policies with `since`, and `--by policy`.
    """
    from resilience.analyses.harden import harden as find
    from resilience.report import hardened

    made = loaded(network)
    with workers(jobs, cluster) as executor, counting("defending") as told:
        found = find(
            made,
            k,
            budget,
            protections=_prices(protect or ()),
            scenario=scenario_of(scenario),
            gap=accepted(gap),
            executor=executor,
            progress=told,
            **_targets(by, only, stages, commodities),
        )
    show(
        format_,
        output,
        text=lambda: hardened.hardened(found, by, budget, everything),
        data=lambda: hardened.data(found),
        frame=lambda: found.defence,
    )
    _end(found.is_complete)


def _prices(protect: Sequence[str]) -> dict[str, float]:
    """Return what ``--protect`` says."""
    found = {}
    for text in protect:
        name, _, price = text.rpartition("=")
        try:
            found[name.strip()] = float(price.replace("_", ""))
        except ValueError:
            found = {}
        if not name.strip() or not found:
            raise InputError([Problem("--protect", message=f"wanted ID=MONEY such as CHN=2e9, not '{text}'")])
    return found


def _end(is_complete: bool) -> None:
    """Leave as after Ctrl-C where it came."""
    if not is_complete:
        raise typer.Exit(INTERRUPTED)


def failures(
    network: NetworkName,
    scenario: ScenarioName = None,
    by: By = "country",
    cut: FailedShare = "100%",
    only: Only = None,
    stages: Stages = None,
    commodities: Commodities = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    everything: Everything = False,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Say what each single failure would cost, and who would go short."""
    from resilience.analyses.single_failures import single_failures
    from resilience.report import adversary, names

    made = loaded(network)
    asked = scenario_of(scenario)
    with workers(jobs, cluster) as executor, counting("failing one by one") as told:
        frame = single_failures(
            made,
            scenario=asked,
            cut=share_of("--cut", cut),
            executor=executor,
            progress=told,
            **_targets(by, only, stages, commodities),
        )
    show_frame(
        {"network": made.spec.name, "scenario": scenario or "base", "currency": made.spec.units.currency},
        "failures",
        frame,
        format_,
        output,
        lambda: adversary.failures(names.scenario(made.spec, asked or ""), made.spec, frame, everything),
    )
    _end(not frame.attrs["left_out"])


def survive(
    network: NetworkName,
    scenario: ScenarioName = None,
    by: By = "country",
    cut: FailedShare = "100%",
    only: Only = None,
    stages: Stages = None,
    commodities: Commodities = None,
    recover: Annotated[
        float | None,
        typer.Option(
            "--recover", metavar="DAYS", min=0.0, help="How long each outage lasts: adds what is lost."
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="DATE",
            help="When it stops, on the stocks of the plan then: 2026-06.",
        ),
    ] = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    everything: Everything = False,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Say how many days of cover there are if each source in turn stops, on stocks and spare capacity."""
    from resilience.analyses.time_to_survive import stocks_at, time_to_survive
    from resilience.report import adversary, names

    made = loaded(network)
    asked = scenario_of(scenario)
    with workers(jobs, cluster) as executor, counting("stopping one by one") as told:
        frame = time_to_survive(
            made,
            scenario=asked,
            cut=share_of("--cut", cut),
            time_to_recover=recover,
            at=at,
            executor=executor,
            progress=told,
            **_targets(by, only, stages, commodities),
        )
    show_frame(
        {"network": made.spec.name, "scenario": scenario or "base", "currency": made.spec.units.currency},
        "survive",
        frame,
        format_,
        output,
        lambda: [
            *adversary.survive(names.scenario(made.spec, asked or ""), made.spec, frame, everything, at),
            *adversary.stocks(made.spec, stocks_at(made, asked, at)),
        ],
    )
    _end(not frame.attrs["left_out"])


def scorecard(
    network: NetworkName,
    scenario: ScenarioName = None,
    bloc: Annotated[
        str | None, typer.Option("--bloc", metavar="BLOC", help="Whose supply: a bloc or country.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against", metavar="SCENARIO", help="Hold costs against it; left out, what it extends."
        ),
    ] = None,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Measure a scenario in one table: cost, shortfall, cover, concentration, worst case, bottleneck."""
    from resilience.report import scorecard as words
    from resilience.summary import scorecard as measure

    made = loaded(network)
    with counting("measuring") as told:
        found = measure(made, scenario_of(scenario), bloc=bloc, against=scenario_of(against), progress=told)
    show(
        format_,
        output,
        text=lambda: words.scorecard(found),
        data=lambda: words.data(found),
        frame=lambda: found.table,
    )

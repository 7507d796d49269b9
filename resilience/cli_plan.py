"""Commands that ask one plan: routes, origins, bottlenecks, ranges, prices, concentration."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from resilience.cli_shared import (
    ALONE,
    Everything,
    FormatName,
    NetworkName,
    Output,
    ScenarioName,
    Settings,
    share_of,
    show_frame,
    solve_all,
)
from resilience.errors import InputError
from resilience.report.progress import working


def routes(
    network: NetworkName,
    scenario: ScenarioName = None,
    demand: Annotated[
        str | None, typer.Option("--demand", metavar="DEMAND", help="Only the routes of this demand.")
    ] = None,
    set_: Settings = None,
    everything: Everything = False,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Trace every delivered tonne from mine to market."""
    from resilience.report import records, supply

    (found,) = solve_all(network, [scenario or ALONE], set_)
    frame = found.routes(demand)
    show_frame(
        records.about(found),
        "routes",
        frame,
        format_,
        output,
        lambda: supply.all_routes(found, frame, everything),
    )


def origins(
    network: NetworkName,
    scenario: ScenarioName = None,
    demand: Annotated[
        str | None, typer.Option("--demand", metavar="DEMAND", help="Only what this demand received.")
    ] = None,
    set_: Settings = None,
    everything: Everything = False,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Say what is really inside: in which countries each stage of a delivery was done."""
    from resilience.report import origins as pages
    from resilience.report import records

    (found,) = solve_all(network, [scenario or ALONE], set_)
    frame = found.origins(demand)
    about = records.about(found)
    show_frame(about, "origins", frame, format_, output, lambda: pages.origins(found, frame, everything))


def bottlenecks(
    network: NetworkName,
    scenario: ScenarioName = None,
    bloc: Annotated[
        str | None,
        typer.Option("--bloc", metavar="BLOC", help="Stages: more capacity in this bloc or country alone."),
    ] = None,
    set_: Settings = None,
    everything: Everything = False,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Rank stages and limits by what more of each would save; solves again for each that is shown."""
    from resilience.report import records, supply

    (found,) = solve_all(network, [scenario or ALONE], set_)
    with working("solving again with each limit relaxed"):
        stages = found.bottleneck_stages(bloc)
        frame = found.bottlenecks(resolve=everything or supply.MANY)
    show_frame(
        {**records.about(found), "stages": stages},
        "bottlenecks",
        frame,
        format_,
        output,
        lambda: supply.all_bottlenecks(found, frame, stages, bloc, everything),
    )


def range_(
    network: NetworkName,
    scenario: ScenarioName = None,
    lane: Annotated[list[str] | None, typer.Option("--lane", metavar="ID", help="Along a lane.")] = None,
    facility: Annotated[
        list[str] | None, typer.Option("--facility", metavar="ID", help="Throughput of a facility.")
    ] = None,
    supply: Annotated[
        list[str] | None, typer.Option("--supply", metavar="ID", help="Bought from a supply.")
    ] = None,
    demand: Annotated[
        list[str] | None, typer.Option("--demand", metavar="ID", help="Delivered to a demand.")
    ] = None,
    country: Annotated[
        list[str] | None,
        typer.Option("--country", metavar="COUNTRY", help="Throughput of a country's facilities."),
    ] = None,
    exports: Annotated[
        list[str] | None, typer.Option("--exports", metavar="COUNTRY", help="What leaves a country or bloc.")
    ] = None,
    stage: Annotated[str | None, typer.Option("--stage", metavar="STAGE", help="Only this stage.")] = None,
    commodity: Annotated[
        str | None, typer.Option("--commodity", metavar="COMMODITY", help="Only this commodity.")
    ] = None,
    slack: Annotated[
        str, typer.Option("--slack", metavar="SHARE", help="How much more a plan may cost, such as 1%.")
    ] = "0",
    set_: Settings = None,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Say how little and how much a lane, facility or country can carry at least cost, or nearly.

    Each option may be given several times, for a row each.
    """
    from resilience.report import records, text
    from resilience.results.ranges import range_table

    kinds = {
        "lane": lane,
        "facility": facility,
        "supply": supply,
        "demand": demand,
        "country": country,
        "exports": exports,
    }
    only = {key: value for key, value in (("stage", stage), ("commodity", commodity)) if value is not None}
    asked = {
        " ".join([kind, name, *only.values()]): {kind: name, **only}
        for kind, names in kinds.items()
        for name in names or ()
    }
    if not asked:
        raise InputError("wanted one of " + ", ".join(f"--{kind}" for kind in kinds))
    share = share_of("--slack", slack)
    (found,) = solve_all(network, [scenario or ALONE], set_)
    frame = range_table(found, asked, share)
    show_frame(
        {**records.about(found), "slack": share},
        "ranges",
        frame,
        format_,
        output,
        lambda: text.frame(found, frame),
    )


def prices(
    network: NetworkName,
    scenario: ScenarioName = None,
    demand: Annotated[
        str | None,
        typer.Option("--demand", metavar="DEMAND", help="What the price at this demand is made of."),
    ] = None,
    set_: Settings = None,
    everything: Everything = False,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Say what one more tonne costs at every place, or what a demand's price is made of, part by part."""
    from resilience.report import prices as told
    from resilience.report import records
    from resilience.results.price_build_up import worth_where_nothing_comes

    (found,) = solve_all(network, [scenario or ALONE], set_)
    frame = found.prices if demand is None else found.price_build_up(demand)
    name = "prices" if demand is None else "build_up"

    def shown() -> Any:
        if demand is None:
            return told.prices(found, frame, everything)
        return told.build_up(found, frame, worth_where_nothing_comes(found, demand), everything)

    show_frame(records.about(found), name, frame, format_, output, shown)


def concentration(
    network: NetworkName,
    scenario: ScenarioName = None,
    bloc: Annotated[
        str | None, typer.Option("--bloc", metavar="BLOC", help="Also of what reaches this bloc or country.")
    ] = None,
    set_: Settings = None,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Measure how concentrated each stage and commodity is, and on whom."""
    from resilience.report import market, records
    from resilience.results.concentration import concentration as measure

    (found,) = solve_all(network, [scenario or ALONE], set_)
    frame = measure(found, bloc)
    show_frame(
        records.about(found),
        "concentration",
        frame,
        format_,
        output,
        lambda: market.concentration(found, frame),
    )

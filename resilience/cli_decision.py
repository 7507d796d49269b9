"""Commands about what to do before it is known what comes."""

from __future__ import annotations

from typing import Annotated

import typer

from resilience.cli_shared import (
    Everything,
    FormatName,
    Gap,
    NetworkName,
    Output,
    TimeLimit,
    accepted,
    loaded,
    scenario_of,
    share_of,
    show,
)
from resilience.errors import InputError
from resilience.report.progress import working


def plan(
    network: NetworkName,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "-s",
            "--scenario",
            metavar="SCENARIO",
            help="What may come; repeatable. Left out: every scenario in which anything may be built.",
        ),
    ] = None,
    probability: Annotated[
        list[str] | None,
        typer.Option(
            "--probability",
            metavar="SHARE",
            help="How likely each scenario is, in their order; left out: all alike.",
        ),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            "--budget", metavar="MONEY", help="Most for what is built and stocked beforehand: 10e9."
        ),
    ] = None,
    cvar: Annotated[
        str | None,
        typer.Option("--cvar", metavar="SHARE", help="90% looks at the worst tenth of cases; see --weight."),
    ] = None,
    weight: Annotated[
        str | None,
        typer.Option("--weight", metavar="SHARE", help="How much the worst cases weigh; 50% if left out."),
    ] = None,
    known_from: Annotated[
        str | None,
        typer.Option("--known-from", metavar="DATE", help="When it is known which scenario comes: 2029-04."),
    ] = None,
    alternatives: Annotated[
        bool, typer.Option("--alternatives", help="Show other plans that cost little more.")
    ] = False,
    slack: Annotated[
        str, typer.Option("--slack", metavar="SHARE", help="How much more alternatives may cost.")
    ] = "2%",
    time_limit: TimeLimit = None,
    gap: Gap = None,
    everything: Everything = False,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Find what to build and stock now, before it is known which scenario comes."""
    from resilience.analyses.plan import plan as find
    from resilience.report import decision

    made = loaded(network)
    if weight is not None and cvar is None:
        raise InputError("--weight is how much the worst cases weigh; say with --cvar which those are")
    risk = None
    if cvar is not None:
        alpha = share_of("--cvar", cvar, ge=0, le=1)
        risk = (alpha, share_of("--weight", weight or "50%", ge=0, le=1))
    with working("planning"):
        found = find(
            made,
            [scenario_of(name) for name in scenario] if scenario else None,
            [share_of("--probability", text, gt=0) for text in probability] if probability else None,
            budget,
            risk,
            known_from=known_from,
            time_limit=time_limit,
            mip_gap=accepted(gap),
        )
        others = found.alternatives(share_of("--slack", slack, ge=0, lt=1)) if alternatives else None
        parts = decision.plan(found, others, bool(scenario), everything)
    show(
        format_,
        output,
        text=lambda: parts,
        data=lambda: decision.data(found, others),
        frame=lambda: found.decisions if others is None else others,
    )

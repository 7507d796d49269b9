"""The command about an agreement: who gains, who would cheat, what holds it together."""

from __future__ import annotations

from typing import Annotated

import typer

from resilience.cli_shared import Everything, FormatName, NetworkName, Output, loaded, show
from resilience.report.progress import working

Members = Annotated[
    list[str] | None,
    typer.Option("--member", metavar="COUNTRY", help="Only these members: countries or blocs; repeatable."),
]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="ID",
        help="What the agreement consists of; else what the scenario adds to the one it extends; repeatable.",
    ),
]


def bloc(
    network: NetworkName,
    scenario: Annotated[
        str, typer.Option("-s", "--scenario", metavar="SCENARIO", help="In which the agreement is in force.")
    ],
    members: Members = None,
    policies: Policies = None,
    coalitions: Annotated[
        bool, typer.Option("--coalitions", help="Cost of every coalition, and shares of the cost of all.")
    ] = False,
    everything: Everything = False,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Say of every member of an agreement what it gains, what tempts it to cheat, and what deters it."""
    from resilience.analyses.bloc import bloc as find
    from resilience.analyses.coalition_costs import coalition_costs
    from resilience.report import bloc as report

    made = loaded(network)
    with working("asking the members"):
        found = find(made, scenario, members or None, policies=policies or None)
    shared = None
    if coalitions:
        with working("forming coalitions"):
            shared = coalition_costs(made, members or None, scenario)
    show(
        format_,
        output,
        text=lambda: report.bloc(found, everything) + (report.coalitions(shared) if shared else []),
        data=lambda: report.data(found, shared),
        frame=lambda: found.table,
    )

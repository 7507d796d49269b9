"""The command that writes a report: one HTML file about scenarios, which works with the network off."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from resilience.cli_shared import ALONE, NetworkName, Settings, before_work, solve_all
from resilience.report.progress import working


def report(
    network: NetworkName,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "-s",
            "--scenario",
            metavar="SCENARIO",
            help="Scenario; repeatable, the others are compared with the first. Left out: the network alone.",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", callback=before_work, help="The HTML file to write."),
    ] = Path("report.html"),
    set_: Settings = None,
) -> None:
    """Write one HTML file that needs no network: findings, map, charts, tables, sources, proof."""
    from resilience.report.html import write

    found = solve_all(network, scenario or [ALONE], set_)
    with working("drawing"):
        write(found, output)
    sys.stderr.write(f"wrote {output}\n")

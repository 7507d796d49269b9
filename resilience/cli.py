"""The command line: parses, calls one function, prints.

Results go to stdout, everything else to stderr. Exit status: 0 done, 1 no feasible answer, 2 the
input is wrong, 3 the solver failed or ran out of time; 130 after Ctrl-C, 141 when the reader of a
pipe went away, 70 if the fault is ours.

What is heavy (NumPy, pandas, pydantic, rich) is imported by the command that needs it, so that
``--help`` is quick.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

import resilience as rs
from resilience import cli_adversary, cli_bloc, cli_decision, cli_plan, cli_report, cli_whatif
from resilience.cli_shared import (
    ALONE,
    INTERRUPTED,
    OUR_FAULT,
    PIPE_CLOSED,
    Commands,
    Everything,
    FormatName,
    Gap,
    NetworkName,
    Output,
    ScenarioName,
    Settings,
    SolverName,
    TableName,
    Target,
    TieBreakName,
    TieBreakOption,
    TimeLimit,
    loaded,
    placed,
    scenario_of,
    show,
    show_frame,
    show_text,
    solve_all,
    values_of,
    warn,
)
from resilience.errors import InputError, OutputError, SolverError
from resilience.report.progress import working

app = typer.Typer(
    cls=Commands,
    name="resilience",
    epilog="Exit status: 0 done, 1 no feasible answer, 2 the input is wrong, 3 the solver failed.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """Least-cost allied supply of critical minerals when a dominant country restricts exports."""
    if version:
        sys.stdout.write(f"resilience {rs.__version__}\n")
        raise typer.Exit


@app.command(short_help="Find the least-cost plan of a scenario, and prove it.")
def solve(
    network: NetworkName,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "-s", "--scenario", metavar="SCENARIO", help="Scenario; repeatable. Left out: the network alone."
        ),
    ] = None,
    set_: Settings = None,
    table: TableName = None,
    everything: Everything = False,
    solver: SolverName = "highs",
    time_limit: TimeLimit = None,
    gap: Gap = None,
    tie_break: TieBreakOption = TieBreakName.distance,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Find the least-cost plan: cost, who goes short, routes, bottlenecks, and the proof."""
    from resilience.report import files, records, text

    found = solve_all(network, scenario or [ALONE], set_, solver, time_limit, gap, tie_break)
    if table is not None:
        frame = records.table_of(found, table)
        show_frame(
            records.network(found[0]), table, frame, format_, output, lambda: text.frame(found[0], frame)
        )
        return
    show(
        format_,
        output,
        text=lambda: [part for each in found for part in text.solution(each, everything)],
        data=lambda: {"solutions": [records.solution(each) for each in found]},
        frame=lambda: records.table_of(found, "cost"),
        tables=lambda: {
            **{name: records.table_of(found, name) for name in records.TABLES},
            **files.proof(found),
        },
    )


@app.command(short_help="Say what differs between two scenarios.")
def compare(
    network: NetworkName,
    before: Annotated[
        str, typer.Argument(metavar="BEFORE", help="Scenario to start from; base is the network alone.")
    ],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="Scenario to compare with it.")],
    set_: Settings = None,
    table: TableName = None,
    everything: Everything = False,
    solver: SolverName = "highs",
    time_limit: TimeLimit = None,
    gap: Gap = None,
    tie_break: TieBreakOption = TieBreakName.distance,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Say what differs between two scenarios: cost, who goes short, flows, prices."""
    from resilience.analyses.compare import compare as compare_solutions
    from resilience.report import comparison

    one, other = solve_all(network, [before, after], set_, solver, time_limit, gap, tie_break)
    found = compare_solutions(one, other)
    if table is not None:
        frame = comparison.frame(found, table)
        show_frame(
            comparison.about(found),
            table,
            frame,
            format_,
            output,
            lambda: comparison.plain_frame(found, frame),
        )
        return
    show(
        format_,
        output,
        text=lambda: comparison.text(found, everything),
        data=lambda: comparison.data(found),
        frame=lambda: comparison.frame(found, "cost"),
        tables=lambda: {name: comparison.frame(found, name) for name in comparison.TABLES},
    )


cli_whatif.register(app)


@app.command(short_help="Read a network and report every problem and doubt in it.")
def check(
    network: NetworkName,
    resolved: Annotated[
        str | None,
        typer.Option(
            "--resolved", metavar="SCENARIO", help="Print the merged file, with where each value came from."
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Leave with status 2 if there are warnings.")
    ] = False,
    output: Output = None,
) -> None:
    """Read a network, build every scenario, solve the network alone; report problems and warnings."""
    from resilience.analyses.check import check as look
    from resilience.report import files
    from resilience.report.output import emit
    from resilience.report.resolved import resolved as merged_file

    found = loaded(network)
    if resolved is not None:
        emit(merged_file(*found.resolved(scenario_of(resolved))), output)
        return
    with working("building every scenario"):
        findings = look(found)
    warn(findings)
    show_text(files.summary(found, len(findings)), output)
    if strict and findings:
        raise typer.Exit(InputError.exit_status)


@app.command(short_help="Write the network, its program or a solution for other tools.")
def export(
    network: NetworkName,
    to: Annotated[
        Target,
        typer.Option(
            "--to",
            help="xlsx, csv, parquet: the network itself, to be edited and read again; with -s the tables of"
            " that scenario's solution. lp, mps: the program. graphml: the solution.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="PATH", help="File; for csv and parquet a folder.")
    ],
    scenario: ScenarioName = None,
    set_: Settings = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Write a network's tables into a folder that holds other files too."),
    ] = False,
) -> None:
    """Write the network as a workbook or tables, its program for another solver, or a solution's tables."""
    from resilience.grammar.disk import writable, writable_folder
    from resilience.report import files

    (writable_folder if to in (Target.csv, Target.parquet) else writable)(output)
    if to in (Target.lp, Target.mps):
        found = loaded(network)
        with working("writing"), placed(set_):
            files.write_program(found.program(scenario_of(scenario), set=values_of(set_)), to.value, output)
    elif to is Target.graphml or scenario is not None:
        (solution,) = solve_all(network, [scenario or ALONE], set_)
        with working("writing"):
            files.write_solution(solution, to.value, output)
    elif set_:
        raise InputError(f"--set changes a solution and not the network: add -s, as -s {ALONE}")
    else:
        found = loaded(network)
        with working("writing"):
            found.save(output, to.value, force=force)
    sys.stderr.write(f"wrote {output}\n")


@app.command(short_help="Print the JSON Schema of a network file.")
def schema(output: Output = None) -> None:
    """Print the JSON Schema of a network file, for editors."""
    from resilience.grammar.schema import json_schema
    from resilience.report.output import emit, to_json

    emit(to_json(json_schema()), output)


@app.command(short_help="List the networks that come with the package.")
def networks(format_: FormatName = None, output: Output = None) -> None:
    """List the networks that come with the package."""
    from resilience.report import files

    with working("reading"):
        found = files.catalogue()
    show(
        format_,
        output,
        text=lambda: files.catalogue_text(found),
        data=lambda: {"networks": found},
        frame=lambda: found,
    )


@app.command(short_help="Copy a shipped network as a start of one's own.")
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet, or is empty.")
    ],
    source: Annotated[
        str, typer.Option("--from", metavar="NETWORK", help="Id of a shipped network.")
    ] = "tutorial",
) -> None:
    """Copy a shipped network as the start of one's own."""
    from resilience.report import files

    files.copy_network(source, folder)
    sys.stderr.write(f"copied {source} to {folder}; try: resilience check {folder}\n")


@app.command(short_help="Show versions, test every solver.")
def doctor(format_: FormatName = None, output: Output = None) -> None:
    """Show versions and solvers, and solve a network whose answer is known with each of them."""
    from resilience.doctor import examine
    from resilience.report import files

    with working("testing solvers"):
        checks = examine()
    frame = files.checks_frame(checks)
    show(
        format_,
        output,
        text=lambda: files.checks_text(checks),
        data=lambda: {"checks": frame},
        frame=lambda: frame,
    )
    if not all(check.ok for check in checks):
        raise typer.Exit(SolverError.exit_status)


app.command(short_help="Trace what is delivered, from mine to market.")(cli_plan.routes)
app.command(short_help="Say in which countries each stage of a delivery was done.")(cli_plan.origins)
app.command(short_help="Rank limits by what one more tonne is worth.")(cli_plan.bottlenecks)
app.command("range", short_help="Say what else could be at the same cost, or nearly.")(cli_plan.range_)
app.command(short_help="Say what a tonne costs where, and what a price is made of.")(cli_plan.prices)
app.command(short_help="Measure on how few countries each stage depends.")(cli_plan.concentration)
app.command("worst-case", short_help="Find the worst that few attacks at once can do.")(
    cli_adversary.worst_case
)
app.command(short_help="Find what to protect and build against the worst attack.")(cli_adversary.harden)
app.command(short_help="Say what each single failure would cost.")(cli_adversary.failures)
app.command(short_help="Measure a scenario in one table.")(cli_adversary.scorecard)
app.command(short_help="Say how many days of cover there are.")(cli_adversary.survive)
app.command(short_help="Find what to build and stock before it is known what comes.")(cli_decision.plan)
app.command(short_help="Say who gains by an agreement, who would cheat, what deters.")(cli_bloc.bloc)
app.command(short_help="Write one HTML file that needs no network.")(cli_report.report)


def run() -> None:
    """Run the command line, and leave with its exit status."""
    prepare_streams()
    try:
        app()
    except SystemExit as leaving:
        status = leaving.code
    except BrokenPipeError:
        status = PIPE_CLOSED
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Exception:
        traceback.print_exc()
        sys.stderr.write(
            "this is a fault of resilience, not of your input; please report it with the lines above\n"
        )
        status = OUR_FAULT
    is_lost = status == PIPE_CLOSED
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        status, is_lost = PIPE_CLOSED, True
    except OSError:  # a full disk, which has been told
        status, is_lost = status or OutputError.exit_status, True
    if is_lost:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)


def prepare_streams() -> None:
    """Write UTF-8 into files and pipes, and never fail for a character that a terminal cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")

"""What the commands share: errors told, options, loading and solving, reading ``--set``, printing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

import resilience as rs
from resilience.errors import (
    Finding,
    InputError,
    Problem,
    ResilienceError,
    SolveInterrupted,
)
from resilience.report.progress import working

if TYPE_CHECKING:
    from resilience.formulation.tie_break import TieBreak
    from resilience.network import Network
    from resilience.results.solution import Solution

ALONE = "base"
"""Name of the network without any scenario."""

INTERRUPTED, PIPE_CLOSED, OUR_FAULT = 130, 141, 70
"""Exit statuses beside those of the errors: as a shell gives them, and the customary one for a bug."""


ORDER = (
    *("solve", "compare", "report", "check"),
    *("routes", "origins", "bottlenecks", "prices", "range", "concentration"),
    *("sweep", "curve", "monte-carlo"),
    *("failures", "worst-case", "harden", "survive", "scorecard", "plan", "bloc"),
    *("export", "schema", "networks", "init", "doctor"),
)
"""The commands as the help lists them: what is asked first comes first."""


class Commands(TyperGroup):
    """The commands, with errors that are told instead of traced."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands in `ORDER`, any other at the end."""
        names = super().list_commands(ctx)
        return sorted(names, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))

    def invoke(self, ctx: Any) -> Any:
        """Run a command, and turn an error raised on purpose into words and an exit status."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise typer.Exit(PIPE_CLOSED) from None
        except (KeyboardInterrupt, SolveInterrupted) as stopped:
            sys.stderr.write(f"{str(stopped) or 'interrupted'}\n")
            raise typer.Exit(INTERRUPTED) from None
        except ResilienceError as error:
            tell(error)
            raise typer.Exit(error.exit_status) from None


def tell(error: ResilienceError) -> None:
    """Print an error to stderr: every problem in the style of a compiler, then how many."""
    if isinstance(error, InputError):
        lines = [str(problem) for problem in error.problems]
        count = len(lines)
        lines += [f"{count} problem{'s' if count != 1 else ''}"]
    else:
        lines = [str(error)]
    sys.stderr.write("\n".join(lines) + "\n")


def warn(findings: Sequence[Finding]) -> None:
    """Print warnings to stderr, then how many."""
    if findings:
        sys.stderr.write("".join(f"{item}\n" for item in findings) + f"{counted(len(findings))}\n")


def counted(number: int) -> str:
    """Return a number of warnings in words."""
    return f"{number} warning{'s' if number != 1 else ''}"


class Format(StrEnum):
    """How a result is printed."""

    table = "table"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


BINARY = (Format.xlsx, Format.parquet)
"""What no terminal can show."""


class Target(StrEnum):
    """What a network or its solution is exported as."""

    xlsx = "xlsx"
    csv = "csv"
    parquet = "parquet"
    lp = "lp"
    mps = "mps"
    graphml = "graphml"


class TieBreakName(StrEnum):
    """Which of several plans of the same cost is shown."""

    distance = "distance"
    none = "none"


NetworkName = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK",
        help="Id of a shipped network, a YAML file or its folder, an Excel workbook, a folder of tables.",
    ),
]
ScenarioName = Annotated[
    str | None,
    typer.Option("-s", "--scenario", metavar="SCENARIO", help="Scenario; left out, the network alone."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="New value by path, on top of the scenario; repeatable."
    ),
]
SolverName = Annotated[str, typer.Option("--solver", help="highs, pulp, or pulp:NAME.")]
TimeLimit = Annotated[
    float | None,
    typer.Option("--time-limit", metavar="SECONDS", min=0.0, help="Most seconds for each solve."),
]
Gap = Annotated[
    str | None,
    typer.Option(
        "--gap",
        metavar="SHARE",
        help="Where levels must be whole: accept a plan that a better one beats by no more, such as 1%.",
    ),
]
TieBreakOption = Annotated[
    TieBreakName,
    typer.Option(
        "--tie-break",
        help="Of plans of the same cost: that of least tonne-kilometres, then by ids; or the solver's own.",
    ),
]
FormatName = Annotated[
    Format | None,
    typer.Option(
        "-f",
        "--format",
        help="How to print; by the ending of the output file if left out. xlsx and parquet go with -o.",
    ),
]


def before_work(output: Path | None) -> Path | None:
    """Return where a result is to be written, if it can be: nobody shall wait for an answer and lose it.

    Raises
    ------
    OutputError
        If it is a folder, or stands in a folder that is not there.
    """
    from resilience.grammar.disk import writable

    if output is not None and str(output) != "-":
        writable(output)
    return output


Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        callback=before_work,
        help="Write here instead of to stdout.",
    ),
]
TableName = Annotated[
    str | None,
    typer.Option(
        "--table",
        metavar="TABLE",
        help="Print one table alone: cost, shortfall, flows, stocks, projects, prices, origins, ...",
    ),
]
Everything = Annotated[bool, typer.Option("--all", help="Every row of every table.")]


def loaded(name: str) -> Network:
    """Return a network by its id or path."""
    with working(f"reading {name}"):
        return rs.load(name)


def solve_all(
    name: str,
    scenarios: Sequence[str],
    settings: Sequence[str] | None = None,
    solver: str = "highs",
    time_limit: float | None = None,
    gap: str | None = None,
    tie_break: TieBreakName = TieBreakName.distance,
) -> list[Solution]:
    """Return the solutions of scenarios of one network."""
    values, mip_gap = values_of(settings), accepted(gap)
    how: TieBreak | None = None if tie_break is TieBreakName.none else "distance"
    network = loaded(name)
    if warnings := len(network.warnings):
        sys.stderr.write(f"{counted(warnings)}; see resilience check {name}\n")
    found = []
    for scenario in scenarios:
        with working(f"solving {scenario}") as progress, placed(settings):
            asked = scenario_of(scenario)
            plan = network.solve(
                asked,
                set=values,
                solver=solver,
                time_limit=time_limit,
                mip_gap=mip_gap,
                progress=progress,
                tie_break=how,
            )
            found.append(plan)
    return found


def accepted(gap: str | None) -> float:
    """Return what ``--gap`` says, as a share; the usual one if it was left out.

    Examples
    --------
    >>> accepted("1%"), accepted(None)
    (0.01, 1e-07)
    """
    from resilience.solvers import INTEGER_GAP

    return INTEGER_GAP if gap is None else share_of("--gap", gap, lt=1.0)


def share_of(option: str, text: str, **bounds: float) -> float:
    """Return an option's share, from 0 up.

    Examples
    --------
    >>> share_of("--slack", "1%")
    0.01
    """
    from resilience.fields import Fault, check_bounds, read_number

    try:
        share = read_number(text, "share")
        check_bounds(share, {"ge": 0.0, **bounds})
    except Fault as fault:
        raise InputError([Problem(option, message=str(fault))]) from None
    return share


def scenario_of(name: str | None) -> str | None:
    """Return a scenario as the API names it: None for the network alone."""
    return None if name in (None, ALONE) else name


def values_of(settings: Sequence[str] | None) -> dict[str, Any]:
    """Return the values of ``--set``, each read as a YAML value.

    Examples
    --------
    >>> values_of(["facilities.kuantan.capacity={2025: 12 kt/yr, 2027: 90_000}", "policies.ban.cut=60%"])
    {'facilities.kuantan.capacity': {'2025': '12 kt/yr', '2027': '90_000'}, 'policies.ban.cut': '60%'}
    """
    from resilience.grammar import read_text

    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for setting in settings or ():
        path, sign, text = setting.partition("=")
        if not sign or not path.strip():
            problems.append(
                Problem(
                    "--set", message=f"'{setting}': wanted PATH=VALUE, as facilities.kuantan.capacity=90000"
                )
            )
            continue
        document = read_text(text, "--set")
        problems += [replace(item, line=0, path=path.strip()) for item in document.problems]
        values[path.strip()] = document.data
    if problems:
        raise InputError(problems)
    return values


@contextmanager
def placed(settings: Sequence[str] | None) -> Iterator[None]:
    """Say of problems with a value of ``--set`` that they stand there, and not in the file."""
    paths = [setting.partition("=")[0].strip() for setting in settings or ()]
    try:
        yield
    except InputError as error:
        raise type(error)([_placed(problem, paths) for problem in error.problems]) from None


def _placed(problem: Problem, paths: Sequence[str]) -> Problem:
    path = problem.path.removeprefix("set.")
    if path in paths or any(path.startswith(f"{each}.") for each in paths):
        return Problem("--set", path=path, message=problem.message)
    return problem


def style_of(format_: Format | None, output: Path | None) -> Format:
    """Return how to print: as asked, or by the ending of the file, or as a table."""
    if format_ is not None:
        return format_
    ending = output.suffix.removeprefix(".").lower() if output is not None else ""
    return Format(ending) if ending in list(Format) and ending != Format.table else Format.table


def show(
    format_: Format | None,
    output: Path | None,
    *,
    text: Callable[[], Any],
    data: Callable[[], Any],
    frame: Callable[[], Any],
    tables: Callable[[], Mapping[str, Any]] | None = None,
) -> None:
    """Print a result as a table, JSON or CSV, to stdout or into a file; into a workbook, all its tables."""
    from resilience.report.output import emit, to_csv, to_json
    from resilience.report.table_files import write_parquet, write_tables

    style = style_of(format_, output)
    if style in BINARY:
        if output is None or str(output) == "-":
            raise InputError(f"{style.value} is written into a file: give -o FILE.{style.value}")
        with working("writing"):
            if style is Format.parquet:
                write_parquet(frame(), output)
            else:
                write_tables({"table": frame()} if tables is None else tables(), "xlsx", output)
        return
    with working("reading the plan"):
        if style is Format.json:
            made = to_json(data())
        elif style is Format.csv:
            made = to_csv(frame())
        else:
            made = page(text(), output)
    emit(made, output)


def show_frame(
    head: Mapping[str, Any],
    name: str,
    frame: Any,
    format_: Format | None,
    output: Path | None,
    text: Callable[[], Any],
) -> None:
    """Print one table, in JSON under its name and after what it is about."""
    show(
        format_,
        output,
        text=text,
        data=lambda: {**head, name: frame},
        frame=lambda: frame,
        tables=lambda: {name: frame},
    )


def show_text(parts: Any, output: Path | None) -> None:
    """Print words and tables."""
    from resilience.report.output import emit

    emit(page(parts, output), output)


def page(parts: Any, output: Path | None) -> str:
    """Return words and tables as text for stdout, or for a file."""
    from resilience.report.tables import render

    return render(parts, None if output is not None else sys.stdout)

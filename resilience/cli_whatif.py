"""Commands that ask many what-ifs of one network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import resilience as rs
from resilience.cli_shared import (
    ALONE,
    Everything,
    FormatName,
    NetworkName,
    Output,
    ScenarioName,
    TimeLimit,
    loaded,
    placed,
    scenario_of,
    show,
    values_of,
)
from resilience.cli_workers import Cluster, Jobs, workers
from resilience.errors import InputError
from resilience.report.progress import counting, working

if TYPE_CHECKING:
    from resilience.network import Network
    from resilience.whatif import WhatIf

ALL = "all"

Grid = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="New value by path, or a range LOW:HIGH:STEP of them; repeatable."
    ),
]
Measures = Annotated[
    list[str] | None,
    typer.Option(
        "--measure",
        metavar="NAME",
        help="More columns: shortfall, production, exports, prices, ...; repeatable.",
    ),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Take over the rows that a killed run left beside the Parquet file.")
]


def sweep(
    network: NetworkName,
    scenario: ScenarioName = None,
    scenarios: Annotated[
        str | None, typer.Option("--scenarios", metavar="IDS", help="Scenarios with commas between, or all.")
    ] = None,
    restrict_country: Annotated[
        str | None,
        typer.Option(
            "--restrict-country", metavar="IDS", help="Countries that cut exports, with commas, or all."
        ),
    ] = None,
    stages: Annotated[
        str | None,
        typer.Option(
            "--stages", metavar="IDS", help="Stages cut, each for itself, or all; left out: together."
        ),
    ] = None,
    cut: Annotated[
        str, typer.Option("--cut", metavar="RANGE", help="Shares cut: 40%, or LOW:HIGH:STEP.")
    ] = "100%",
    set_: Grid = None,
    measures: Measures = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    resume: Resume = False,
    everything: Everything = False,
    time_limit: TimeLimit = None,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Solve many scenarios: every combination of scenarios, cuts of exports and ranges of values.

    What names no scenario stands on top of -s, and is compared with it.
    """
    from resilience.report import sweeps

    found, base = loaded(network), scenario_of(scenario)
    with placed(set_):
        asked = _asked(found, base, scenarios, restrict_country, stages, cut, set_)
        if not asked:
            raise InputError("nothing to sweep: give --scenarios, --restrict-country or a range with --set")
        stored = _parquet(output, format_, resume)
        with workers(jobs, cluster) as executor, counting("sweeping") as told:
            frame = rs.sweep(
                found,
                asked,
                executor,
                base=base,
                measures=measures or (),
                output=stored,
                resume=resume,
                time_limit=time_limit,
                progress=told,
            )
    show(
        format_,
        None if stored else output,
        text=lambda: sweeps.summary(frame, scenario or ALONE, found.spec.units, everything),
        data=lambda: {**_about(found), "base": scenario or ALONE, "sweep": frame},
        frame=lambda: frame,
    )


def curve(
    network: NetworkName,
    path: Annotated[str, typer.Argument(metavar="PATH", help="Of a number: policies.ban.cut, ...")],
    low: Annotated[str, typer.Argument(metavar="LOW", help="Where the range begins: 0, 10%, ...")],
    high: Annotated[str, typer.Argument(metavar="HIGH", help="Where it ends.")],
    scenario: ScenarioName = None,
    everything: Everything = False,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Find the least cost as a function of one number: every breakpoint, and what happens there."""
    from resilience.report import curves
    from resilience.whatif.grids import steps

    first, last = (steps(f"{text}:{text}:1") for text in (low, high))
    if first is None or last is None:
        raise InputError(f"wanted two numbers in the units of the file, not '{low}' and '{high}'")
    found = loaded(network)
    with working(f"following {path}"):
        made = rs.curve(found, path, first[0], last[0], scenario_of(scenario))
    show(
        format_,
        output,
        text=lambda: curves.text(made, scenario or ALONE, everything),
        data=lambda: {**_about(found), "scenario": scenario or ALONE, **curves.data(made)},
        frame=lambda: made.breakpoints,
    )


def monte_carlo(
    network: NetworkName,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary",
            metavar="PATH=DISTRIBUTION",
            help="normal(mean,sd), uniform(low,high), triangular(low,mode,high), "
            "lognormal(median,factor); repeatable.",
        ),
    ] = None,
    n: Annotated[int, typer.Option("-n", "--draws", metavar="N", min=1, help="How many draws.")] = 1000,
    seed: Annotated[
        int, typer.Option("--seed", metavar="NUMBER", min=0, help="The same seed, the same rows.")
    ] = 0,
    scenario: ScenarioName = None,
    measures: Measures = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    resume: Resume = False,
    everything: Everything = False,
    format_: FormatName = None,
    output: Output = None,
) -> None:
    """Draw uncertain numbers and solve each draw: what the cost may be, and which numbers matter."""
    from resilience.report import draws

    pairs = [item.partition("=") for item in vary or ()]
    for path, sign, _ in pairs:
        if not sign or not path.strip():
            raise InputError(
                f"--vary: '{path}': wanted PATH=DISTRIBUTION, as facilities.x.capacity=normal(100,10)"
            )
    found = loaded(network)
    stored = _parquet(output, format_, resume)
    with workers(jobs, cluster) as executor, counting("drawing") as told:
        made = rs.monte_carlo(
            found,
            {path.strip(): text for path, _, text in pairs},
            n,
            seed,
            scenario_of(scenario),
            executor=executor,
            measures=measures or (),
            output=stored,
            resume=resume,
            progress=told,
        )
    show(
        format_,
        None if stored else output,
        text=lambda: draws.text(made, scenario or ALONE, everything),
        data=lambda: {**_about(found), "scenario": scenario or ALONE, "seed": seed, **draws.data(made)},
        frame=lambda: made.rows,
    )


def _about(network: Network) -> dict[str, Any]:
    """Return what every JSON result begins with."""
    spec = network.spec
    return {"network": spec.name, "currency": spec.units.currency, "mass": spec.units.mass}


def _asked(
    network: Network,
    base: str | None,
    scenarios: str | None,
    countries: str | None,
    stages: str | None,
    cut: str,
    settings: Sequence[str] | None,
) -> list[WhatIf]:
    """Return the what-ifs that the options ask for."""
    from resilience.whatif.grids import product, restrictions, steps

    cuts = steps(cut) or steps(f"{cut}:{cut}:1")
    if cuts is None or not all(0 <= each <= 1 for each in cuts):
        raise InputError(f"--cut: '{cut}': wanted a share such as 40%, or a range such as 0:100%:10%")
    names: list[str | None] = [None]
    if scenarios is not None:
        names = list(network.scenarios) if scenarios == ALL else [*_listed(scenarios)]
    policies: list[WhatIf] = []
    if countries is not None:
        policies = restrictions(
            network, base, _chosen(countries), [] if stages is None else _chosen(stages), cuts
        )
    elif stages is not None:
        raise InputError("--stages narrows --restrict-country, and there is none")
    fixed = values_of([item for item in settings or () if steps(item.partition("=")[2]) is None])
    ranges = {
        path.strip(): found
        for path, _, text in (item.partition("=") for item in settings or ())
        if (found := steps(text)) is not None
    }
    if scenarios is None and countries is None and not ranges:
        return []
    return product(names, policies, {**{path: [value] for path, value in fixed.items()}, **ranges})


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _chosen(text: str) -> list[str] | None:
    """Return names with commas between them; None for all."""
    return None if text.strip() == ALL else _listed(text)


def _parquet(output: Path | None, format_: Any, resume: bool) -> Path | None:
    """Return the Parquet file that rows are kept in; None if they are printed."""
    is_parquet = output is not None and output.suffix.lower() == ".parquet" and format_ is None
    if resume and not is_parquet:
        raise InputError("--resume goes on with the rows of a Parquet file: give -o FILE.parquet")
    return output if is_parquet else None


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(short_help="Solve many scenarios, one row each.")(sweep)
    app.command(short_help="Cost as a function of one number, with every breakpoint.")(curve)
    app.command("monte-carlo", short_help="Solve many draws of uncertain numbers.")(monte_carlo)

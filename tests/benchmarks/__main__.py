"""The command: measure, print, write tables and a chart."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.benchmarks.chart import draw
from tests.benchmarks.generate import WIDTHS
from tests.benchmarks.measure import Runs, measure, run_here
from tests.benchmarks.subjects import SUBJECTS
from tests.benchmarks.summary import summary
from tests.benchmarks.systems import SYSTEMS


def chosen(text: str, known: list[str], what: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"no {what} {', '.join(unknown)}; there are {', '.join(known)}")
    return names


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--sizes", default="2k", help=f"of generated networks: {', '.join(WIDTHS)}")
    parser.add_argument("--periods", default="1", help="1, 12 or 1,12")
    parser.add_argument("--kinds", default="layered", help="layered, flow, shipped")
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the least time counts")
    parser.add_argument("--limit", type=float, default=600.0, help="most seconds for one run")
    parser.add_argument("--budget", type=float, default=float("inf"), help="seconds; then no run begins")
    parser.add_argument("-o", "--output", type=Path, help="table, as .csv, or in short as .md")
    parser.add_argument("--runs", type=Path, help="every run as it comes; those that it has are not repeated")
    parser.add_argument("--chart", type=Path, help="chart, as .html or .png")
    parser.add_argument("--one", nargs=2, metavar=("SUBJECT", "SYSTEM"), help="one run here, as JSON")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(run_here(*asked.one)))
        return
    sizes = chosen(asked.sizes, list(WIDTHS), "size")
    kinds = chosen(asked.kinds, ["layered", "flow", "shipped"], "kind")
    ends = ["" if number == "1" else f"x{number}" for number in chosen(asked.periods, ["1", "12"], "period")]
    names = [f"layered-{size}{end}" for size in sizes for end in ends if "layered" in kinds]
    names += [f"flow-{size}" for size in sizes if "flow" in kinds]
    names += [name for name in SUBJECTS if "shipped" in kinds and "-" not in name]
    systems = chosen(asked.systems, list(SYSTEMS), "system")
    table = measure(
        names,
        systems,
        asked.repeat,
        asked.limit,
        lambda told: print(told, file=sys.stderr, flush=True),
        runs=Runs(asked.runs),
        budget=asked.budget,
    )
    print(summary(table))
    if asked.output and asked.output.suffix == ".md":
        asked.output.write_text(summary(table) + "\n", encoding="utf-8")
    elif asked.output:
        table.to_csv(asked.output, index=False)
        asked.output.with_suffix(".md").write_text(summary(table) + "\n", encoding="utf-8")
    if asked.chart:
        print(draw(table, asked.chart))


if __name__ == "__main__":
    main()

"""Networks and installations shown, copied and written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from resilience.errors import InputError
from resilience.grammar import interpret, load_tables, read_file, shipped_networks
from resilience.grammar.disk import copy_folder, write_file
from resilience.grammar.names import suggest
from resilience.grammar.schema import SCHEMA_FILE, json_schema, with_schema
from resilience.grammar.shipped import FILE
from resilience.report.output import to_json, with_columns
from resilience.report.records import TABLES, certificate, title
from resilience.report.table_files import write_tables
from resilience.report.tables import Column, Part, heading, numbers, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from resilience.grammar import Spec
    from resilience.network import Network
    from resilience.program import LinearProgram
    from resilience.results.solution import Solution

SIZES = ("facilities", "demands", "supplies", "hubs", "lanes", "policies", "scenarios")
"""Sections whose entries are counted."""


ONE = {name: f"{name[:-3]}y" if name.endswith("ies") else name[:-1] for name in SIZES}
"""What one of them is called."""


def catalogue() -> pd.DataFrame:
    """Return the shipped networks: id, name, description, sizes, scenarios."""
    import pandas as pd

    rows = []
    for key, path in shipped_networks().items():
        document = read_file(path)
        load_tables(document, path.parent)
        spec = interpret(document)
        if spec is None:
            raise InputError(document.problems)
        rows.append({"id": key, "name": spec.name, "description": spec.description, **sizes(spec)})
    return pd.DataFrame(rows)


def sizes(spec: Spec) -> dict[str, int]:
    """Return how many entries each section has."""
    return {section: len(getattr(spec, section)) for section in SIZES}


def catalogue_text(frame: pd.DataFrame) -> list[Part]:
    """Return the shipped networks, with what each is about."""
    parts: list[Part] = [
        table(
            [
                Column("id", frame["id"].tolist()),
                Column("name", frame["name"].tolist()),
                *(numbers(key, frame[key].tolist()) for key in SIZES),
            ]
        )
    ]
    for key, description in zip(frame["id"], frame["description"], strict=True):
        parts += [heading(key), paragraph(description)]
    return parts


def summary(network: Network, warnings: int = 0) -> list[Part]:
    """Return that a network is right, and what is in it."""
    spec, document = network.spec, network.document
    counted = ", ".join(
        f"{count} {section if count != 1 else ONE[section]}"
        for section, count in sizes(spec).items()
        if count
    )
    told = f"no problems, {warnings} warning{'s' if warnings > 1 else ''}" if warnings else "no problems"
    parts: list[Part] = [Text(f"{document.file or spec.name}: {told}"), paragraph(counted)]
    if spec.scenarios:
        parts.append(paragraph(f"scenarios: {', '.join(spec.scenarios)}"))
    return parts


def copy_network(name: str, folder: Path) -> None:
    """Copy a shipped network's folder, with the schema that editors complete and check by.

    Raises
    ------
    InputError
        If there is no such network.
    OutputError
        If the folder is there already, or cannot be written.
    """
    shipped = shipped_networks()
    if name not in shipped:
        raise InputError(
            f"no shipped network '{name}'{suggest(name, shipped)}; there are {', '.join(shipped)}"
        )
    copy_folder(shipped[name].parent, folder, _tell_editors)


def _tell_editors(folder: Path) -> None:
    """Put the schema beside a network's file, and say so in the file's first line."""
    file = folder / FILE
    file.write_text(with_schema(file.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    (folder / SCHEMA_FILE).write_text(f"{to_json(json_schema())}\n", encoding="utf-8", newline="\n")


def write_program(program: LinearProgram, kind: str, path: Path) -> None:
    """Write a program as an LP or MPS file."""
    from resilience.solvers.pulp import write_lp, write_mps

    write = write_lp if kind == "lp" else write_mps
    write_file(path, lambda draft: write(program, draft))


def write_solution(solution: Solution, kind: str, path: Path) -> None:
    """Write a solution as a graph, as a workbook, or as a folder with one file for each table."""
    if kind == "graphml":
        import networkx as nx

        write_file(path, lambda draft: nx.write_graphml(plain_graph(solution), draft))
        return
    tables = {name: with_columns(make(solution)) for name, make in TABLES.items()}
    write_tables({**tables, **proof([solution])}, kind, path)


def proof(solutions: Sequence[Solution]) -> dict[str, pd.DataFrame]:
    """Return the certificates of solutions as a table, under its name."""
    import pandas as pd

    rows = [{"scenario": title(each.scenario), **certificate(each)} for each in solutions]
    return {"certificate": pd.DataFrame(rows)}


def plain_graph(solution: Solution) -> Any:
    """Return the graph of what flows, with the attributes that GraphML knows."""
    graph = solution.graph()
    plain = graph.__class__()
    for node, data in graph.nodes(data=True):
        plain.add_node(node, **{key: str(value) for key, value in data.items()})
    for start, end, key, data in graph.edges(keys=True, data=True):
        lane, period = key
        plain.add_edge(start, end, key=f"{lane} {period}", lane=lane, **data)
    return plain


def checks_frame(checks: Sequence[Any]) -> pd.DataFrame:
    """Return what the doctor found as a table."""
    import pandas as pd

    return pd.DataFrame([vars(check) for check in checks])


def checks_text(checks: Sequence[Any]) -> list[Part]:
    """Return what the doctor found."""
    failed = [check for check in checks if not check.ok]
    verdict = f"{len(failed)} of {len(checks)} checks failed" if failed else "everything is as it must be"
    return [
        table(
            [
                Column("", ["ok" if check.ok else "FAILED" for check in checks]),
                Column("kind", [check.kind for check in checks]),
                Column("name", [check.name for check in checks]),
                Column("found", [check.found for check in checks]),
            ]
        ),
        heading(verdict),
    ]

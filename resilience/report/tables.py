"""Tables and paragraphs as text: aligned, never cut off, plain where nobody looks at a terminal."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from rich.box import Box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from resilience.report.numbers import number

WIDE = 10_000
"""Width of a page that is no terminal: tables take what they need."""

PROSE = 100
"""Width at which paragraphs break."""

RULED = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
"""A line under the header, and nothing else."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    head : str
        Its title, with the unit.
    cells : sequence
        Values; numbers are aligned right.
    shown : callable
        Makes a cell of a value.
    right : bool
        Whether it holds numbers.
    """

    head: str
    cells: Sequence[Any]
    shown: Callable[[Any], str] = str
    right: bool = False


def numbers(head: str, cells: Sequence[float], shown: Callable[[float], str] = number) -> Column:
    """Return a column of numbers."""
    return Column(head, cells, shown, right=True)


def table(columns: Sequence[Column]) -> Table:
    """Return a table that folds long texts on a narrow terminal and cuts nothing off."""
    made = Table(box=RULED, show_edge=False, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    texts = [[column.shown(cell) for cell in column.cells] for column in columns]
    for column, cells in zip(columns, texts, strict=True):
        made.add_column(
            Text(column.head),
            justify="right" if column.right else "left",
            min_width=max(map(len, cells), default=0) if column.right else None,
            overflow="fold",
        )
    for row in zip(*texts, strict=True):
        made.add_row(*map(Text, row))
    return made


def heading(text: str) -> Text:
    """Return the heading of a section, with a blank line before it."""
    return Text(f"\n{text}", style="bold")


def paragraph(text: str) -> Text:
    """Return prose, broken at words."""
    return Text("\n".join(textwrap.fill(line, PROSE) for line in text.splitlines()))


def render(parts: Sequence[RenderableType], file: IO[str] | None = None) -> str:
    """Return parts as text: coloured and folded for a terminal, else plain and as wide as need be.

    Parameters
    ----------
    parts : sequence
        Tables and texts.
    file : text file, optional
        Where the text will go; asked whether it is a terminal, and how wide.

    Examples
    --------
    >>> print(render([table([Column("facility", ["kuantan"]), numbers("t", [60000.0])])]))
    facility        t
    -----------------
    kuantan    60,000
    """
    is_terminal = file is not None and file.isatty()
    if is_terminal:
        console = Console(file=file, highlight=False)
        needed = max(_least_width(console, part) for part in parts)
        if needed > console.width:
            console = Console(file=file, highlight=False, width=needed)
    else:
        console = Console(
            file=io.StringIO(), highlight=False, width=WIDE, force_terminal=False, color_system=None
        )
    with console.capture() as caught:
        for part in parts:
            console.print(part)
    return "\n".join(line.rstrip() for line in caught.get().rstrip("\n").splitlines())


def _least_width(console: Console, part: RenderableType) -> int:
    """Return the width below which a table would lose something."""
    if not isinstance(part, Table):
        return 0
    return Measurement.get(console, console.options.update(max_width=WIDE), part).minimum

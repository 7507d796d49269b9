"""Tables and paragraphs as text: aligned, never cut off, plain where nobody looks at a terminal."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from rich.box import Box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from resilience.report.numbers import number

WIDE = 10_000
"""Width of a page that is no terminal: tables take what they need."""

PROSE = 100
"""Width at which paragraphs break."""

NARROW = 12
"""Width to which the texts of a column, and its head, may be folded at most."""

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
        longest = max(map(len, cells), default=0)
        made.add_column(
            Text(column.head),
            justify="right" if column.right else "left",
            min_width=longest if column.right else min(longest, NARROW),
            overflow="fold",
        )
    for row in zip(*texts, strict=True):
        made.add_row(*map(Text, row))
    return made


@dataclass(frozen=True)
class Paragraph:
    """Prose, broken at words to the width of the page."""

    text: str

    def fill(self, width: int) -> Text:
        """Return it in lines of at most some width."""
        lines = [
            textwrap.fill(line, min(width, PROSE), break_on_hyphens=False) for line in self.text.splitlines()
        ]
        return Text("\n".join(lines))


Part = Table | Text | Paragraph
"""What a page is made of."""


def heading(text: str) -> Text:
    """Return the heading of a section, with a blank line before it."""
    return Text(f"\n{text}", style="bold")


def paragraph(text: str) -> Paragraph:
    """Return prose."""
    return Paragraph(text)


def render(parts: Sequence[Part], file: IO[str] | None = None) -> str:
    """Return parts as text: bold and folded for a terminal, else plain and as wide as need be.

    Parameters
    ----------
    parts : sequence
        Tables, headings and paragraphs.
    file : text file, optional
        Where the text will go; asked whether it is a terminal, and how wide.

    Examples
    --------
    >>> print(render([table([Column("facility", ["kuantan"]), numbers("t", [60000.0])])]))
    facility        t
    -----------------
    kuantan    60,000
    """
    pages = [_render(part, file if file is not None and file.isatty() else None) for part in parts]
    return "\n".join(line.rstrip() for page in pages for line in (page.splitlines() or [""]))


def _render(part: Part, terminal: IO[str] | None) -> str:
    if terminal is not None:
        console = Console(file=terminal, highlight=False)
        width = max(console.width, _least_width(part))
        if width > console.width:
            console = Console(file=terminal, highlight=False, width=width)
    else:
        page = io.StringIO()
        console = Console(file=page, highlight=False, width=WIDE, force_terminal=False, color_system=None)
    with console.capture() as caught:
        console.print(part.fill(console.width) if isinstance(part, Paragraph) else part)
    return caught.get().removesuffix("\n")


def _least_width(part: Part) -> int:
    """Return the width below which a table would be cut off: numbers are never folded, texts may be."""
    if not isinstance(part, Table):
        return 0
    widths = [max(column.min_width or 0, min(len(str(column.header)), NARROW)) for column in part.columns]
    return sum(widths) + 4 * len(widths)

"""Every error that the package raises on purpose.

ResilienceError
├── InputError            the network file, a table or an argument is wrong      exit 2
│   └── ScenarioError     a scenario that does not exist or cannot be merged
├── FormulationError      sections that are each right make no program together  exit 2
├── NoAnswerError         the program was solved and has no plan                 exit 1
│   ├── InfeasibleError   demands, minimums and limits contradict each other
│   └── UnboundedError    something can be made or sold without end at a profit
├── SolverError           the solver gave up                                     exit 3
│   ├── CutShortError     stopped before it was done; says how far it had come
│   │   ├── TimeLimitError
│   │   └── SolveInterrupted
│   └── CertificateError  the solver's answer does not hold when recomputed
└── OutputError           a result cannot be written                             exit 2
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any


class ResilienceError(Exception):
    """Base of all errors raised on purpose; ``exit_status`` is what the command line returns."""

    exit_status: int = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One fault of the input: where it stands, what is wrong, what may have been meant.

    Parameters
    ----------
    file : str
        File as the user named it, or ``""`` for a network made in Python.
    line, column : int
        Position from 1; 0 where there is none.
    path : str
        Dotted path of the value, such as ``facilities.kuantan.process``.
    message : str
        What is wrong, with a suggestion where there is one.
    text : str
        The offending line.
    width : int
        How many characters of the line are at fault; 0 draws no carets.
    cell : str
        What a table without lines calls the place: ``B7``, or ``row 7, column 'cost'``.

    Examples
    --------
    >>> print(Problem("x.yaml", 3, 5, "lanes.0.to", "unknown place 'kuantn'", "    to: kuantn", 2))
    x.yaml:3:5: lanes.0.to: unknown place 'kuantn'
        to: kuantn
        ^^
    """

    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    message: str = ""
    text: str = field(default="", compare=False)
    width: int = field(default=1, compare=False)
    cell: str = ""

    def __str__(self) -> str:
        at = self.cell or (f"{self.line}:{self.column}" if self.line else "")
        place = ":".join(part for part in (self.file, at) if part)
        place = f"{place}: " if place else ""
        path = f"{_cut(self.path, 120)}: " if self.path else ""
        head = printable(f"{place}{path}{_cut(self.message, 600)}")
        if not self.text.strip():
            return head
        shown, start = self._excerpt()
        if self.width == 0 or start >= len(shown):
            return f"{head}\n    {shown}"
        carets = "^" * min(self.width, len(shown) - start)
        return f"{head}\n    {shown}\n    {' ' * start}{carets}"

    def _excerpt(self) -> tuple[str, int]:
        """Return what is shown of the line, and where in it the fault begins."""
        indent = len(self.text) - len(self.text.lstrip())
        start = max(indent, self.column - 1)
        first = max(indent, start - EXCERPT // 2) if start - indent > EXCERPT * 2 // 3 else indent
        before, after = "..." if first > indent else "", "..." if len(self.text) > first + EXCERPT else ""
        shown = printable(self.text[first : first + EXCERPT], " ").rstrip()
        return f"{before}{shown}{after}", start - first + len(before)


@dataclass(frozen=True, order=True)
class Finding(Problem):
    """Something in the input that is allowed, and most likely not meant; it stops nothing.

    Parameters
    ----------
    kind : str
        What sort of thing, in a word or two.

    Examples
    --------
    >>> print(Finding("x.yaml", 3, 5, "processes.p.yield", "a yield of 1.2", kind="yield"))
    x.yaml:3:5: processes.p.yield: warning: a yield of 1.2 [yield]
    """

    kind: str = ""

    def __str__(self) -> str:
        told = {item.name: getattr(self, item.name) for item in fields(Problem)}
        return str(Problem(**(told | {"message": f"warning: {self.message} [{self.kind}]"})))


MOST_SHOWN = 100
"""So many problems are spelt out in the message of an error."""
EXCERPT = 110
"""Longest piece of a line that is shown under a message."""


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def printable(text: str, blank: str = "") -> str:
    r"""Return a text that a terminal shows as it is: what is not printable is blanked or spelt out.

    Examples
    --------
    >>> printable("a\x1b[2Jb"), printable("a\tb", " ")
    ('a\\x1b[2Jb', 'a b')
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else blank or sign.encode("unicode_escape").decode("ascii")
        for sign in text
    )


class InputError(ResilienceError):
    """The input is wrong; ``problems`` lists every fault found, in file order.

    Examples
    --------
    >>> error = InputError([Problem(message="no demands")])
    >>> error.problems[0].message
    'no demands'
    """

    exit_status = 2

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        faults = [Problem(message=problems)] if isinstance(problems, str) else problems
        self.problems: tuple[Problem, ...] = tuple(sorted(set(faults)))
        shown = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        if len(self.problems) > MOST_SHOWN:
            shown.append(f"({len(self.problems) - MOST_SHOWN} more problems)")
        super().__init__("\n".join(shown))


class ScenarioError(InputError):
    """A scenario is unknown, extends itself, or sets a path that does not exist."""


class FormulationError(InputError):
    """Sections that are each right make no program together."""


class NoAnswerError(ResilienceError):
    """The program was solved, and there is no plan."""

    exit_status = 1


class InfeasibleError(NoAnswerError):
    """No plan meets every demand, minimum and limit.

    Parameters
    ----------
    message : str
        The diagnosis in words.
    shortfalls : sequence
        The least that must fall short, one record per demand and period.
    conflicts : sequence
        A minimal set of rows and bounds that contradict each other, each with its place in the file;
        several such sets, one after the other, where mending one is not enough.
    fixes : sequence
        The smallest change of each number that mends the network alone, the smallest relative change
        first; where none does, those that mend it together.
    """

    def __init__(
        self,
        message: str,
        shortfalls: Sequence[Any] = (),
        conflicts: Sequence[Any] = (),
        fixes: Sequence[Any] = (),
    ) -> None:
        super().__init__(message)
        self.shortfalls = tuple(shortfalls)
        self.conflicts = tuple(conflicts)
        self.fixes = tuple(fixes)


class UnboundedError(NoAnswerError):
    """Cost can fall without end: something is made or sold at a profit without a limit.

    Parameters
    ----------
    message : str
        The diagnosis in words.
    activities : sequence
        What can go on without end, each with its place in the file.
    fixes : sequence
        The smallest change of each cost or price after which nothing does.
    """

    def __init__(self, message: str, activities: Sequence[Any] = (), fixes: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.activities = tuple(activities)
        self.fixes = tuple(fixes)


class SolverError(ResilienceError):
    """The solver failed; ``status`` is its own word for it."""

    exit_status = 3

    def __init__(self, message: str, status: str = "") -> None:
        super().__init__(message)
        self.status = status


class CutShortError(SolverError):
    """The solver was stopped before it was done; where levels must be whole, it may have found a plan.

    Parameters
    ----------
    message, status : str
        As for every solver's error.
    search : object, optional
        How far it had come: ``cost`` of the best plan found, ``bound``, ``gap``.
    currency : str
        Of cost and bound.
    """

    def __init__(self, message: str, status: str = "", search: Any = None, currency: str = "") -> None:
        self.cost: float | None = None if search is None or math.isinf(search.cost) else search.cost
        self.bound: float | None = None if search is None or math.isinf(search.bound) else search.bound
        self.gap: float | None = None if self.cost is None or self.bound is None else search.gap
        super().__init__(f"{message}{self._progress(search, currency)}", status)

    def _progress(self, search: Any, currency: str) -> str:
        """Return what had been found, in words."""
        if search is None:
            return ""
        money = f" {currency}" if currency else ""
        bound = "" if self.bound is None else f"no plan can cost less than {self.bound:,.6g}{money}"
        if self.cost is None:
            return f"; no plan with whole levels was found yet{', but ' if bound else ''}{bound}"
        found = f"; the best plan found costs {self.cost:,.6g}{money}"
        if self.gap is None:
            return f"{found}, and nothing is known of how much better another may be"
        share = f"{100 * self.gap:.3g}"
        return f"{found}, {bound}: a gap of {share} % (mip_gap, or --gap, accepts one)"


class TimeLimitError(CutShortError):
    """The solver ran out of the time it was given."""


class SolveInterrupted(CutShortError):
    """The solve was interrupted by the user."""


class CertificateError(SolverError):
    """The solver's answer does not hold when it is recomputed from the arrays."""


class OutputError(ResilienceError):
    """A result cannot be written where it was asked for."""

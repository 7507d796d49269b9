"""Pure mathematics: a linear program with labelled rows and columns, changes to it, and proofs about it.

Nothing here knows of minerals, countries or files.
"""

from resilience.program.certificate import Certificate, certify
from resilience.program.delta import Change, Delta
from resilience.program.labels import Block, Coded, Labels
from resilience.program.linear_program import LinearProgram
from resilience.program.outcome import Outcome, Search

__all__ = [
    "Block",
    "Certificate",
    "Change",
    "Coded",
    "Delta",
    "Labels",
    "LinearProgram",
    "Outcome",
    "Search",
    "certify",
]

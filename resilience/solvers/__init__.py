"""Solvers: each takes a program and hands back levels and duals."""

from resilience.solvers.basis import Basis
from resilience.solvers.highs import INTEGER_GAP, HighsSession
from resilience.solvers.watch import Progress

__all__ = ["INTEGER_GAP", "Basis", "HighsSession", "Progress"]

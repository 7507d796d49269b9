"""Solvers: each takes a program and hands back levels and duals."""

from resilience.solvers.highs import HighsSession

__all__ = ["HighsSession"]

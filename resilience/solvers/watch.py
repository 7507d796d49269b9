"""The search for whole levels, watched while it runs: the best plan found, the bound, and what lies between.

HiGHS calls back from the thread that it searches in; what it says is kept, and told in the thread that
waits, so that whoever is told need not care for threads and may raise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from resilience.program.outcome import Search

Progress = Callable[[Search], None]
"""Is told how far a search has come, now and then while it runs and once when it ends."""


class Watch:
    """Keeps what HiGHS says of its search, and tells it on.

    Parameters
    ----------
    progress : callable, optional
        Takes a `Search`; left out, nobody is told.
    """

    def __init__(self, progress: Progress | None = None) -> None:
        self.progress = progress
        self.latest: Search | None = None
        self._told: Search | None = None

    def attach(self, highs: Any) -> None:
        """Let a HiGHS call back whenever it would log, and for each better plan."""
        if self.progress is not None:
            highs.setOptionValue("mip_min_logging_interval", 0.2)
            highs.cbMipLogging += self._hear
            highs.cbMipImprovingSolution += self._hear

    def look(self) -> None:
        """Tell what is new since the last look."""
        latest = self.latest
        if self.progress is not None and latest is not None and latest != self._told:
            self._told = latest
            self.progress(latest)

    def finish(self, highs: Any, seconds: float) -> Search:
        """Return how far a search came that has ended, and tell it."""
        info = highs.getInfo()
        has_plan = info.primal_solution_status == FEASIBLE
        cost = float(info.objective_function_value) if has_plan else float("inf")
        self.latest = Search(cost, float(info.mip_dual_bound), seconds)
        self.look()
        return self.latest

    def _hear(self, event: Any) -> None:
        said = event.data_out
        self.latest = Search(
            float(said.mip_primal_bound), float(said.mip_dual_bound), float(said.running_time)
        )


FEASIBLE = 2
"""HiGHS's number for a primal solution that meets every row and bound."""

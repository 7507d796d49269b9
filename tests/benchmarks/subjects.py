"""What is solved: a registry of networks by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from resilience.network import load
from resilience.program import LinearProgram
from tests.benchmarks.generate import WIDTHS, Layered, layered, network_data, program_of

Kind = str
"""``layered`` (yields, losses, a co-product), ``flow`` (nothing is lost: a min-cost flow), ``shipped``."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A network to be solved.

    Parameters
    ----------
    name : str
    kind : str
    made : Layered, optional
        The numbers of a generated one.
    shipped, scenario : str, optional
        A shipped one.
    """

    name: str
    kind: Kind
    made: Layered | None = None
    shipped: str = ""
    scenario: str | None = None

    @cached_property
    def program(self) -> LinearProgram:
        """The bare arrays that the peers are given."""
        if self.made is not None:
            return program_of(self.made)
        return load(self.shipped).program(self.scenario)

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The generated network as ours."""
        assert self.made is not None
        return network_data(self.made)


def _layered(size: str, periods: int) -> Callable[[], Subject]:
    name = f"layered-{size}" if periods == 1 else f"layered-{size}x{periods}"
    return lambda: Subject(name, "layered", layered(WIDTHS[size], periods))


def _flow(size: str) -> Callable[[], Subject]:
    return lambda: Subject(f"flow-{size}", "flow", layered(WIDTHS[size], is_lossless=True))


SUBJECTS: dict[str, Callable[[], Subject]] = {
    "rare_earths": lambda: Subject("rare_earths", "shipped", shipped="rare_earths", scenario="ban"),
    **{f"layered-{size}": _layered(size, 1) for size in WIDTHS},
    **{f"layered-{size}x12": _layered(size, 12) for size in WIDTHS},
    **{f"flow-{size}": _flow(size) for size in WIDTHS},
}
"""How each network is made, by name."""

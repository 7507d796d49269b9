"""Bars: what an origin rule keeps out, and what a layer is called.

A bar is a set of countries, at some stages or all. A tonne is tainted by a bar if it contains material
made at one of them. A layer is the set of bars that a tonne is tainted by; the clean layer has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CLEAN = "clean"
BETWEEN = " | "


@dataclass(frozen=True, order=True)
class Bar:
    """What is kept out.

    Parameters
    ----------
    countries : tuple of str
        Sorted, blocs expanded.
    stages : tuple of str
        In the order of the network; empty means every stage, supplies included.

    Examples
    --------
    >>> Bar(("CHN", "RUS"), ("mining",)).name
    'CHN+RUS at mining'
    """

    countries: tuple[str, ...]
    stages: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name that labels carry."""
        where = "+".join(self.countries)
        return f"{where} at {'+'.join(self.stages)}" if self.stages else where


def layer_name(bars: Sequence[Bar]) -> str:
    """Return the name of the layer that is tainted by the given bars.

    Examples
    --------
    >>> layer_name([]), layer_name([Bar(("CHN",)), Bar(("RUS",))])
    ('clean', 'CHN | RUS')
    """
    return BETWEEN.join(bar.name for bar in bars) or CLEAN


def layers_with(bar: Bar, names: Sequence[str]) -> list[str]:
    """Return the layers, by name, that are tainted by a bar."""
    return [name for name in names if bar.name in name.split(BETWEEN)]

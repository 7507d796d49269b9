"""Faults found while formulating: each with the path of the entry that it is about."""

from __future__ import annotations

from dataclasses import dataclass, field

PathParts = tuple[str | int, ...]


@dataclass
class FaultList:
    """Collects faults, so that all of them are reported at once."""

    found: list[tuple[PathParts, str]] = field(default_factory=list)

    def add(self, path: PathParts, message: str) -> None:
        """Add one fault."""
        self.found.append((path, message))

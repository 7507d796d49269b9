"""Selectors: places and lanes chosen by what they are.

They stand wherever an id may stand in a rule, a limit or a policy.
"""

from __future__ import annotations

from typing import Any, Self

from pydantic import model_validator

from resilience.fields import Names, Section, fault, field

KINDS = ("facility", "hub", "supply", "demand", "stockpile", "site")


class Selector(Section):
    """Chooses places: fields are joined by AND, the names in a list by OR."""

    id: Names | None = field(kind="names", default=None, ref="place")
    """Ids of facilities, hubs, supplies, demands or sites."""
    kind: Names | None = field(kind="names", default=None)
    """facility, hub, supply, demand, stockpile or site."""
    country: Names | None = field(kind="names", default=None, ref="country")
    """Countries or blocs."""
    stage: Names | None = field(kind="names", default=None, ref="stage")
    """Stages of facilities."""
    sector: Names | None = field(kind="names", default=None, ref="sector")
    """Sectors of demands."""
    port: Names | None = field(kind="names", default=None, ref="port")
    """Ports."""

    @model_validator(mode="before")
    @classmethod
    def _names_are_ids(cls, data: Any) -> Any:
        return {"id": data} if isinstance(data, str | list | tuple | int) else data

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        for number, kind in enumerate(self.kind or ()):
            if kind not in KINDS:
                raise fault(f"unknown kind '{kind}'; facility, hub, supply, demand or site", "kind", number)
        if all(getattr(self, key) is None for key in type(self).model_fields):
            raise fault("an empty selector")
        return self

    @property
    def is_one_id(self) -> bool:
        """Whether it names exactly one place."""
        others = (self.kind, self.country, self.stage, self.sector, self.port)
        return self.id is not None and len(self.id) == 1 and all(other is None for other in others)


class LaneSelector(Section):
    """Chooses lanes by both ends and what they carry."""

    id: Names | None = field(kind="names", default=None, ref="lane")
    """Ids of lanes, such as `mine>plant:ore`."""
    from_: Selector | None = field(alias="from", kind="any", default=None)
    """Where they start."""
    to: Selector | None = field(kind="any", default=None)
    """Where they end."""
    commodity: Names | None = field(kind="names", default=None, ref="commodity")
    """What they carry."""

    @model_validator(mode="before")
    @classmethod
    def _names_are_ids(cls, data: Any) -> Any:
        return {"id": data} if isinstance(data, str | list | tuple) else data

"""Export restriction: a ban, a cut or a quota on what countries ship abroad.

Effect    ban: col_upper of the ship columns is 0; with `reach: content`, of those between any two
          countries in the layers that contain the exporter's material, except back into its own country
          cut or quota: row_upper of one row per exporter, commodity and period,
          sum_{ship: exporter -> abroad} x <= quota;
          with `each_importer`, and importing country: no buyer may have another's share
Dual      of such a row: quota rent, what one more tonne of quota would save, per t
Money     none changes hands; the rent is the scarcity rent
Cut       relative to `basis: baseline`, the exporter's flows in the scenario that this one extends
          (default for countries), or `basis: capacity`, what the restricted facilities could make
          (default for facilities)
Not this  an export tax, which is paid; an outage, which stops supply at home as well
Source    OECD (2024), Inventory of export restrictions on industrial raw materials: the measures'
          kinds (ban, quota, licence) are its classes
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from resilience.fields import Fault, Flag, Names, Number, Quantity, Schedule, Text, field
from resilience.policies.bars import Bar
from resilience.policies.duties import check_abroad
from resilience.policies.policy import (
    Additions,
    Policy,
    Situation,
    group_rows,
    per_period,
    shared_rows,
    tainted_columns,
)
from resilience.policies.shippers import NOWHERE, check_told_apart, sent_on, shipping_countries
from resilience.program import Delta, Labels, LinearProgram

BAN = 1.0


class ExportRestriction(Policy):
    """A ban, cut or quota on exports.

    Examples
    --------
    >>> ExportRestriction(from_="CHN", to="allies").is_ban
    True
    """

    type: Text = field(default="export_restriction")
    """export_restriction"""
    from_: Names = field(kind="names", alias="from", ref="exporter")
    """Who restricts: countries, blocs or facilities."""
    to: Names | None = field(kind="names", default=None, ref="country")
    """Towards whom: countries or blocs; everybody abroad if left out."""
    stages: Names | None = field(kind="names", default=None, ref="stage")
    """Only what is made at these stages."""
    commodities: Names | None = field(kind="names", default=None, ref="commodity")
    """Only these commodities."""
    cut: Number | None = field("share", kind="number", default=None, ge=0, le=1)
    """Share that no longer leaves; 100 % is a ban, and so is leaving out both cut and quota."""
    basis: Literal["capacity", "baseline"] | None = None
    """What a cut is relative to."""
    quota: Quantity | None = field("mass/yr", default=None, ge=0)
    """Most that may leave per year, per exporter and commodity."""
    each_importer: Flag = field(kind="flag", default=False)
    """Whether a cut or quota holds towards each importing country by itself; else who goes short is free."""

    reach: Literal["shipment", "content"] = "shipment"
    """Whether it binds what the exporter ships, or everything abroad that contains its material."""

    instrument = "export_restriction"
    loose: ClassVar[Mapping[str, float]] = {"cut": 0.0, "quota": np.inf}
    from_is_date = False

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.cut is not None and self.quota is not None:
            raise ValueError("a cut and a quota contradict each other; give one of them")
        if self.basis is not None and self.cut is None:
            raise ValueError("`basis` says what a `cut` is relative to, and there is no cut")
        if self.each_importer and (self.reach == "content" or self.basis == "capacity"):
            raise ValueError(
                "`each_importer` is of shipments: of a quota, or of a cut relative to the baseline"
            )
        if self.reach == "content" and (self.quota is not None or self.cut not in (None, BAN)):
            raise ValueError("`reach: content` bans what contains the material; it has no cut or quota")
        if self.to is not None and set(self.from_) & set(self.to):
            raise ValueError(f"'{min(set(self.from_) & set(self.to))}' restricts exports to itself")
        return self

    @property
    def is_ban(self) -> bool:
        """Whether nothing at all may leave."""
        return self.quota is None and self.cut in (None, BAN)

    def asks(self) -> dict[str, float | Schedule]:
        """Return the cut or the quota; a ban of shipments is a cut of 100 %, one of content has no part."""
        if self.reach == "content":
            return {}
        return {"cut": BAN} if self.is_ban else super().asks()

    def bars(self, situation: Situation) -> list[tuple[Bar, tuple[str, ...] | None]]:
        """Return the exporter's own material, for a restriction that reaches it in foreign goods."""
        return [(situation.bar(self.from_, self.stages), None)] if self.reach == "content" else []

    def structure(self, program: LinearProgram, situation: Situation) -> Additions | None:
        """Return one row per exporter, commodity, period and, if asked for, importer; a ban needs none."""
        if self.reach == "content":
            self._check_content(program)
        if self.is_ban:
            return None
        columns = self._exports(program)
        commodity = program.columns.texts("commodity", columns)
        period = program.columns.texts("period", columns)
        exporters = shipping_countries(program, columns)
        check_told_apart(exporters, ("from",))
        labels = {"country": exporters, "commodity": commodity, "period": period}
        if self.each_importer:
            labels["to_country"] = program.columns.texts("to_country", columns)
            at_sea = columns[labels["to_country"] == NOWHERE]
            if len(at_sea):
                place = program.columns.texts("to_", at_sea)[0]
                raise Fault(
                    f"'{place}' is in no country, and it cannot be told who imports what goes there; give it "
                    "a country, or write a hub for each importer",
                    ("each_importer",),
                )
        number, keys = group_rows(*labels.values())
        return Additions(
            rows={name: list(part) for name, part in zip(labels, zip(*keys, strict=True), strict=True)},
            entries=(number, columns, np.ones(len(columns))),
        )

    def delta(self, program: LinearProgram, situation: Situation) -> Delta:
        """Return closed lanes for a ban, and a ceiling on each row otherwise."""
        periods = situation.periods(self)
        if self.reach == "content":
            return self._content_ban(program, situation, periods)
        if self.is_ban:
            exports = self._exports(program, periods)
            shared = shared_rows(program, exports)
            return Delta.of(
                col_upper=(exports, 0.0),
                col_lower=(exports, 0.0),
                row_lower=(shared, 0.0),
                row_upper=(shared, 0.0),
            )
        rows = program.rows.where(kind="policy", policy=situation.id, period=periods)
        if self.quota is not None:
            ceiling = self._quota_of(program, rows, situation)
        elif self._basis_in(program) == "capacity":
            base = program if situation.base is None else situation.base
            ceiling = (1 - (self.cut or 0.0)) * self._capacity_of(base, rows)
        elif situation.levels is None:
            raise Fault("a cut relative to the baseline needs a baseline that can be solved", ("basis",))
        else:
            ceiling = (1 - (self.cut or 0.0)) * program.times(situation.levels)[rows]
        return Delta.of(row_upper=(rows, np.maximum(ceiling, 0.0)))

    def needs_baseline(self, program: LinearProgram) -> bool:
        """Say whether the scenario that this one extends must be solved first."""
        return not self.is_ban and self.quota is None and self._basis_in(program) == "baseline"

    def _basis_in(self, program: LinearProgram) -> str:
        """Return the basis of a cut: facilities cut capacity, countries cut what they shipped."""
        facilities = len(program.columns.where(kind="produce", id=self.from_)) > 0
        return self.basis or ("capacity" if facilities and not self.each_importer else "baseline")

    def _exports(self, program: LinearProgram, periods: list[int] | None = None) -> NDArray[np.int64]:
        """Return the ship columns that the restriction is about."""
        if len(program.columns.where(kind="produce", id=self.from_)):
            return self._found_exports(program, periods)  # depends on what they make
        asked = ("exports", repr((self.from_, self.to, self.stages, self.commodities, periods)))
        return program.columns.selection(asked, lambda: self._found_exports(program, periods))

    def _found_exports(self, program: LinearProgram, periods: list[int] | None) -> NDArray[np.int64]:
        labels = program.columns
        scope = {"stage": self.stages, "commodity": self.commodities, "period": periods}
        by_country = labels.where(kind="ship", from_country=self.from_, to_country=self.to, **scope)
        found: NDArray[np.int64] = np.union1d(by_country, self._exports_of_facilities(program, scope))
        abroad = labels.texts("from_country", found) != labels.texts("to_country", found)
        home = set(labels.expand(self.from_))
        outside = np.array([country not in home for country in labels.texts("to_country", found)], dtype=bool)
        found = found[abroad & outside]
        if self.to is not None:
            at_sea = labels.where(kind="ship", from_country=NOWHERE, to_country=self.to, **scope)
            found = np.union1d(found, sent_on(program, at_sea, labels.expand(self.from_), home, "from"))
        if not len(found):
            check_abroad(program, self.to, self.from_, "to")
            raise Fault(
                "matches no lane: nothing in the network leaves " + ", ".join(self.from_) + " that way",
                ("from",),
            )
        return found

    def _content_ban(self, program: LinearProgram, situation: Situation, periods: list[int]) -> Delta:
        """Return closed lanes for everything abroad that contains the exporter's material."""
        labels = program.columns
        ships = labels.where(kind="ship", to_country=self.to, commodity=self.commodities, period=periods)
        start = labels.texts("from_country", ships).astype(str)
        end = labels.texts("to_country", ships).astype(str)
        crosses = (start != end) & ~np.isin(end, [*labels.expand(self.from_), ""])
        tainted = tainted_columns(program, ships[crosses], situation.bar(self.from_, self.stages))
        if not len(tainted):
            raise Fault("matches no lane that could carry such content", ("from",))
        return Delta.of(col_upper=(tainted, 0.0))

    def _check_content(self, program: LinearProgram) -> None:
        """Raise a `Fault` unless the exporters are countries in which something of the kind is made."""
        labels = program.columns
        for number, name in enumerate(self.from_):
            if len(labels.where(kind="produce", id=name)) and not len(labels.where(country=name)):
                raise Fault(
                    f"'{name}' is a facility; content goes by country and stage, see `stages`",
                    ("from", number),
                )
        kinds = ("produce",) if self.stages else ("produce", "buy", "open")
        if not len(labels.where(kind=kinds, country=self.from_, stage=self.stages)):
            raise Fault("matches nothing that is made there", ("from",))

    def _exports_of_facilities(self, program: LinearProgram, scope: Mapping[str, Any]) -> NDArray[np.int64]:
        """Return the ship columns that leave the sites of named facilities with what these make."""
        labels = program.columns
        makers = labels.where(kind="produce", id=self.from_)
        if not len(makers):
            return makers
        made = program.indices[np.isin(program.entry_columns, makers) & (program.values > 0)]
        made = np.intersect1d(made, program.rows.where(kind="balance"))
        sites, goods = (program.rows.texts(name, made) for name in ("site", "commodity"))
        pairs = set(zip(sites, goods, strict=True))
        leaving = labels.where(kind="ship", from_=set(sites), to_country=self.to, **scope)
        keys = zip(labels.texts("from_", leaving), labels.texts("commodity", leaving), strict=True)
        return np.asarray(leaving[[key in pairs for key in keys]])

    def _quota_of(
        self, program: LinearProgram, rows: NDArray[np.int64], situation: Situation
    ) -> NDArray[np.float64]:
        by_period = per_period(self.quota, situation) * situation.years
        return by_period[program.rows.texts("period", rows).astype(np.int64)]

    def _capacity_of(self, program: LinearProgram, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what the restricted facilities could make of each row's commodity."""
        labels = program.columns
        makers = np.union1d(
            labels.where(kind="produce", country=self.from_, stage=self.stages),
            labels.where(kind="produce", id=self.from_, stage=self.stages),
        )
        most = self._throughput(program, makers)
        entry = np.flatnonzero(np.isin(program.entry_columns, list(most)) & (program.values > 0))
        at_balance = np.isin(program.indices[entry], program.rows.where(kind="balance"))
        entry = entry[at_balance]
        made = program.values[entry] * np.array([most[column] for column in program.entry_columns[entry]])
        country = labels.texts("country", program.entry_columns[entry])
        commodity = program.rows.texts("commodity", program.indices[entry])
        period = labels.texts("period", program.entry_columns[entry])
        total: dict[tuple[object, ...], float] = {}
        for *key, amount in zip(country, commodity, period, made, strict=True):
            total[tuple(key)] = total.get(tuple(key), 0.0) + amount
        wanted = zip(
            *(program.rows.texts(name, rows) for name in ("country", "commodity", "period")), strict=True
        )
        capacity = np.array([total.get(key, 0.0) for key in wanted])
        if np.isinf(capacity).any():
            raise Fault(
                "a cut relative to capacity needs a capacity at every restricted facility", ("basis",)
            )
        return capacity

    def _throughput(self, program: LinearProgram, makers: NDArray[np.int64]) -> dict[int, float]:
        """Return what each facility and period can put through, by the column of its first tier."""
        labels = program.columns
        rows = np.union1d(
            program.rows.where(kind="capacity", of="produce"), program.rows.where(kind="produce")
        )
        shared = dict(zip(_keys(program.rows, rows), program.row_upper[rows].tolist(), strict=True))
        first: dict[tuple[object, ...], int] = {}
        total: dict[int, float] = {}
        for key, column in zip(_keys(labels, makers), makers.tolist(), strict=True):
            owner = first.setdefault(key, column)
            total[owner] = total.get(owner, 0.0) + float(program.col_upper[column])
        return {column: min(total[column], shared.get(key, np.inf)) for key, column in first.items()}


def _keys(labels: Labels, positions: NDArray[np.int64]) -> list[tuple[object, ...]]:
    """Return entry and period of each position."""
    return list(zip(labels.texts("id", positions), labels.texts("period", positions), strict=True))

"""A solved scenario, read back as tables: what flows, what is made, who goes short, at what price.

Tables are tidy pandas DataFrames, one row per thing and period; column names carry the unit. Nothing
is rounded and no small flow is dropped: a lane is listed if anything flows on it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.errors import InputError
from resilience.formulation import Formulation
from resilience.formulation.tie_break import Picked
from resilience.grammar.names import suggest
from resilience.policies import Policy
from resilience.program import Certificate, Delta, LinearProgram, Outcome
from resilience.results import tables
from resilience.results.bottleneck_stages import bottleneck_stages_of
from resilience.results.bottlenecks import MANY, bottlenecks_of
from resilience.results.chains import Chains, chains_of
from resilience.results.origins import origins_of
from resilience.results.periods import period_names
from resilience.results.price_build_up import PriceParts, price_build_up_of
from resilience.results.prices import dual_face_of, price_ranges_of, prices_of
from resilience.results.ranges import FlowRange, flow_range_of, flow_ranges_of, unique_of
from resilience.results.routes import route_hops_of, routes_of
from resilience.results.selection import What
from resilience.results.stock_accounts import stock_accounts_of, stock_purchases_of
from resilience.results.stock_cover import stock_cover_of
from resilience.results.transfers import payments_of, transfers_of
from resilience.solvers import HighsSession

if TYPE_CHECKING:
    import networkx as nx

    from resilience.report.figures import Figures
    from resilience.solvers.dual_face import DualFace

FloatArray = NDArray[np.float64]

KIND_OF_COMPONENT: Mapping[str, str] = {
    "production": "resource",
    "purchase": "resource",
    "freight": "resource",
    "handling": "resource",
    "disposal": "resource",
    "holding": "resource",
    "fixed": "resource",
    "capital": "resource",
    "stock value": "stock value",
    "revenue": "revenue",
    "shortfall": "shortfall",
}
"""Kind of each component of cost; those that policies add are transfers."""


@dataclass(frozen=True, eq=False)
class Solution:
    """The least-cost plan of one scenario, with its proof.

    Parameters
    ----------
    formulation : Formulation
        The network as a program; knows what each row and column is.
    program : LinearProgram
        The program that was solved, policies in force.
    outcome : Outcome
        Levels and duals.
    certificate : Certificate
        The proof; it holds, or there would be no solution.
    scenario : str
        Name of the scenario; ``""`` for the network alone.
    policies : mapping
        Policies in force, by id.
    deltas : mapping
        What each of them changed.
    tie_break : str
        How the plan shown was picked of those that cost the same: ``unique`` (there is no other),
        ``distance`` (by tonne-kilometres, then ids), ``off`` (not at all), or ``solver`` (the solver's own,
        since picking failed).
    """

    formulation: Formulation
    program: LinearProgram
    outcome: Outcome
    certificate: Certificate
    scenario: str = ""
    policies: Mapping[str, Policy] = field(default_factory=dict)
    deltas: Mapping[str, Delta] = field(default_factory=dict)
    tie_break: Picked = "off"

    def __repr__(self) -> str:
        title = f"{self.formulation.spec.name or 'network'}, {self.scenario or 'network alone'}"
        return f"<Solution of {title}: cost {self.cost:,.0f} {self.currency}>"

    def __getstate__(self) -> dict[str, Any]:
        """Leave the solver session behind when going to another process; it is made anew there."""
        return {name: value for name, value in self.__dict__.items() if name not in ("session", "dual_face")}

    @property
    def currency(self) -> str:
        """Currency of every cost."""
        return self.formulation.spec.units.currency

    @property
    def unit(self) -> Units:
        """Names that units have in table columns."""
        return units_of(self.formulation)

    def kept(self, key: Hashable, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return a table that takes work: made when it is first asked for, a copy of it from then on."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key].copy()

    @cached_property
    def _kept(self) -> dict[Hashable, pd.DataFrame]:
        return {}

    @property
    def levels(self) -> FloatArray:
        """Level of every column, in tonnes per period; shape (n_columns,)."""
        return self.outcome.x

    @cached_property
    def duals(self) -> FloatArray:
        """Dual of every row: rise of cost per unit that its right-hand side rises; shape (n_rows,).

        In money of the row's own period. Where levels must be whole, with these levels fixed.
        """
        return self.outcome.y / self.formulation.discount_factors(self.program.rows)

    @cached_property
    def reduced_costs(self) -> FloatArray:
        """Rise of cost per unit that a column is forced up, ``c - A'y``; shape (n_columns,)."""
        reduced = self.program.cost - self.program.transposed_times(self.outcome.y)
        return reduced / self.formulation.discount_factors(self.program.columns)

    @cached_property
    def session(self) -> HighsSession:
        """A solver session on this very plan, for what-ifs: deltas on `program`, from its optimal basis.

        Where levels must be whole, they are fixed at this plan's.
        """
        return HighsSession(self.program.fixed_at(self.levels), start=self.outcome)

    @cached_property
    def dual_face(self) -> DualFace:
        """All duals that prove this plan; whole levels fixed at it."""
        return dual_face_of(self)

    @cached_property
    def chains(self) -> Chains:
        """The arcs of this plan, loops opened: what routes and price build-ups are traced along."""
        return chains_of(self)

    @cached_property
    def price_parts(self) -> PriceParts:
        """What the prices of this plan are made of, activity by activity."""
        return PriceParts(self)

    @property
    def plot(self) -> Figures:
        """Figures of this plan for notebooks, such as ``plot.map()``; see `resilience.report.figures`."""
        figures = importlib.import_module("resilience.report.figures")
        made: Figures = figures.Figures(self)
        return made

    @property
    def cost(self) -> float:
        """Total cost of the plan, shortfall and transfers included, revenue taken off."""
        return self.certificate.cost

    @cached_property
    def cost_breakdown(self) -> pd.Series[float]:
        """Cost by kind (resource, revenue, shortfall, transfer) and component; the parts add up to `cost`."""
        rows = {
            (KIND_OF_COMPONENT.get(name, "transfer"), name): float(component @ self.levels)
            for name, component in self.program.costs.items()
            if np.any(component)
        }
        order = {"resource": 0, "revenue": 1, "stock value": 1, "shortfall": 2, "transfer": 3}
        items = sorted(rows.items(), key=lambda item: order[item[0][0]])
        index = pd.MultiIndex.from_tuples([key for key, _ in items], names=["kind", "component"])
        return pd.Series(
            [value for _, value in items], index=index, name=f"cost_{self.unit.money}", dtype=float
        )

    @cached_property
    def transfers(self) -> pd.DataFrame:
        """What policies bring treasuries: component, receiver, amount; below 0 what a treasury pays."""
        return transfers_of(self)

    @cached_property
    def payments(self) -> pd.DataFrame:
        """Who pays whom by policies: component, policy, payer, receiver, amount above 0.

        ``payer_is`` and ``receiver_is`` say who that is in the country: its treasury on one side; importers,
        exporters, producers or investors on the other.
        """
        return payments_of(self)

    @cached_property
    def period_names(self) -> NDArray[np.object_]:
        """Name of each period: 2025, 2025-Q1 or 2025-01."""
        return period_names(self.formulation)

    @cached_property
    def flows(self) -> pd.DataFrame:
        """Lanes in use: ends, countries, commodity, period, tonnes that leave and arrive, capacity, cost."""
        return tables.flows(self)

    @cached_property
    def in_transit(self) -> pd.DataFrame:
        """What was under way when the horizon began: ends of its lane, commodity, period, tonnes landed."""
        return tables.in_transit(self)

    @cached_property
    def production(self) -> pd.DataFrame:
        """Facilities: throughput, capacity and its use, cost; one row a facility and period."""
        return tables.production(self)

    @cached_property
    def outputs(self) -> pd.DataFrame:
        """What facilities make: one row a facility, commodity and period."""
        return tables.outputs(self)

    @cached_property
    def purchases(self) -> pd.DataFrame:
        """What is bought from supplies."""
        names = {"id": "supply", "country": "country", "commodity": "commodity"}
        return tables.summed(self, "buy", names, "bought")

    @cached_property
    def sales(self) -> pd.DataFrame:
        """What outlets take, and the revenue."""
        return tables.sales(self)

    @cached_property
    def disposals(self) -> pd.DataFrame:
        """Surplus that nobody wanted: site, commodity, period, tonnes; where there is any."""
        names = {"site": "site", "country": "country", "commodity": "commodity"}
        whole = tables.summed(self, "dispose", names, "disposed")
        return whole[whole[f"disposed_{self.unit.mass}"] > 0].reset_index(drop=True)

    @cached_property
    def stocks(self) -> pd.DataFrame:
        """Stockpiles: opening stock, put in, taken out, closing stock; one row a stockpile and period."""
        return tables.stocks(self)

    @cached_property
    def stock_purchases(self) -> pd.DataFrame:
        """What stockpiles were filled with: from whom, when, how much, what was paid at the price there."""
        return stock_purchases_of(self)

    @cached_property
    def stock_accounts(self) -> pd.DataFrame:
        """What each stockpile paid, its holding cost, what it gave back, and the countries that bear it."""
        return stock_accounts_of(self)

    @cached_property
    def stock_cover(self) -> pd.DataFrame:
        """Days of the needs of those it is for that each stockpile holds when a period begins."""
        return stock_cover_of(self)

    @cached_property
    def projects(self) -> pd.DataFrame:
        """What is built: project, what it adds to, when decided, share, capacity, capital charged."""
        return tables.projects(self)

    @cached_property
    def shortfall(self) -> pd.DataFrame:
        """Demands: what was wanted, delivered and short, and what the shortfall costs."""
        return tables.shortfall(self)

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Price of each commodity at each site and period: what one more tonne there would cost.

        Undiscounted, one row a balance (with origin layers, one a layer). The status is "determined"
        where the plan determines the price; where it says "may differ", one more and one less may
        differ, and `price_ranges` tells by how much.
        """
        return prices_of(self)

    def price_ranges(
        self,
        site: str | Iterable[str] | None = None,
        commodity: str | Iterable[str] | None = None,
        period: str | Iterable[str] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> pd.DataFrame:
        """Return prices with what one more tonne would cost, and what one less would save.

        Exact, by up to two small linear programs a price: 3 to 10 ms each in a network of some hundred
        balances, half a second each over 36 periods of it; ask for the sites you want.

        Parameters
        ----------
        site, commodity, period : str or several, optional
            Which prices; all of them if left out.
        progress : callable, optional
            Told how many of how many are done.

        Returns
        -------
        DataFrame
            One row per balance: site, country, commodity, layer (where origin can be seen), period,
            price_usd_per_t as in `prices`, one_more_usd_per_t >= price, one_less_usd_per_t <= price,
            and status: "determined" where the three are one, "differs", or "not determined" where one
            side is empty: not a tonne more can be had there, or not a tonne more got rid of. Where
            levels must be whole, with these fixed.

        Raises
        ------
        InputError
            If there is no such site, commodity or period.

        Examples
        --------
        Demand is exactly what the near mine can give: one more tonne must come from the far one.

        >>> from resilience.network import Network
        >>> solution = Network.from_dict({
        ...     "commodities": {"ore": {}},
        ...     "supplies": {
        ...         "near": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
        ...         "far": {"country": "AUS", "commodity": "ore", "price": 25},
        ...     },
        ...     "demands": {"smelter": {"country": "FIN", "commodity": "ore", "quantity": 5}},
        ...     "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
        ... }).solve()
        >>> table = solution.price_ranges(site="smelter")
        >>> table[["one_less_usd_per_t", "one_more_usd_per_t", "status"]]
           one_less_usd_per_t  one_more_usd_per_t   status
        0                10.0                25.0  differs
        """
        return price_ranges_of(self, site, commodity, period, progress)

    def origins(self, demand: str | None = None) -> pd.DataFrame:
        """Return where each stage of what a demand received was done: shares by stage and country.

        Material mixes in proportion at every balance; see `resilience.results.origins`.

        Parameters
        ----------
        demand : str, optional
            A demand or an outlet; all of them if left out.

        Returns
        -------
        DataFrame
            demand, period, stage, country, share, delivered tonnes of that share. The shares of a demand,
            period and stage add up to 1; country ``""`` is the part no facility of that stage touched.
        """
        if demand is not None and demand not in self.formulation.spec.demands:
            raise InputError(f"unknown demand '{demand}'{suggest(demand, self.formulation.spec.demands)}")
        return origins_of(self.formulation, self.program, self.levels, self.period_names, demand)

    def routes(self, demand: str | None = None) -> pd.DataFrame:
        """Return by which routes a demand was supplied, from the primary source on.

        What a demand received is traced back with proportional mixing at every balance, along the
        *leading* (first listed) input of each process; other inputs, such as dysprosium in a magnet
        made of NdPr metal, are not in the chain.

        Parameters
        ----------
        demand : str, optional
            A demand or an outlet; all of them if left out.

        Returns
        -------
        DataFrame
            One row per route, numbered from the largest: demand, period, route, delivered_t, share
            of what the demand received, source (a facility without inputs, or a supply),
            source_country, countries in order of travel, path, cost_usd_per_t delivered, and whether
            it begins with recycled material. Units in the names are those of the network. The tonnes
            of a demand's routes add up to what it received. The cost is that of every activity on
            the way (production, purchase, freight, handling, duties), in full and without credit for
            co-products.

        Raises
        ------
        InputError
            If there is no such demand.

        Examples
        --------
        >>> from resilience.network import Network
        >>> solution = Network.from_dict({
        ...     "commodities": {"ore": {}, "metal": {}},
        ...     "facilities": {
        ...         "mine": {"country": "AUS", "outputs": {"ore": 1}, "cost": 10},
        ...         "smelter": {"country": "MYS", "inputs": {"ore": 4}, "outputs": {"metal": 1}, "cost": 5},
        ...     },
        ...     "demands": {"user": {"country": "JPN", "commodity": "metal", "quantity": 3}},
        ...     "lanes": [
        ...         {"from": "mine", "to": "smelter", "commodity": "ore", "cost": 1},
        ...         {"from": "smelter", "to": "user", "commodity": "metal", "cost": 2},
        ...     ],
        ... }).solve()
        >>> solution.routes("user")[["delivered_t", "source", "countries", "path", "cost_usd_per_t"]].T
                                                         0
        delivered_t                                    3.0
        source                                        mine
        countries                          AUS > MYS > JPN
        path            mine (ore) > smelter (metal) > user
        cost_usd_per_t                                51.0
        """
        return routes_of(self, demand)

    def price_build_up(self, demand: str, period: str | None = None) -> pd.DataFrame:
        """Return what a demand's price is made of along each of its routes; the parts add up to it.

        Parameters
        ----------
        demand : str
            A demand or an outlet.
        period : str, optional
            One period alone, such as ``"2025-03"``; all of them if left out.

        Returns
        -------
        DataFrame
            One row per route, hop and part: demand, period, route (numbered as in `routes`), delivered_t,
            price_usd_per_t at the demand, hop from the source on, id of the activity, part in words (cost
            at the source, conversion, freight, duty, losses, other inputs, credit for co-products, rent,
            ...), name (the commodity, the limit or the policy), and amount_usd_per_t, per tonne
            delivered. Of each route the amounts add up to the price. In money of the period of delivery.

        Raises
        ------
        InputError
            If there is no such demand, or no such period.

        Examples
        --------
        The far mine at 25 sets the price; the near one's is made up by a rent.

        >>> from resilience.network import Network
        >>> solution = Network.from_dict({
        ...     "commodities": {"ore": {}},
        ...     "supplies": {
        ...         "near": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
        ...         "far": {"country": "AUS", "commodity": "ore", "price": 25},
        ...     },
        ...     "demands": {"smelter": {"country": "FIN", "commodity": "ore", "quantity": 8}},
        ...     "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore", "cost": 2}],
        ... }).solve()
        >>> solution.price_build_up("smelter")[["route", "part", "name", "amount_usd_per_t"]]
           route                part                    name  amount_usd_per_t
        0      1  cost at the source                                      10.0
        1      1                rent  supplies.near.quantity              15.0
        2      1             freight                                       2.0
        3      2  cost at the source                                      25.0
        4      2             freight                                       2.0
        """
        return price_build_up_of(self, demand, period)

    def route_hops(self, demand: str | None = None) -> pd.DataFrame:
        """Return every hop of the routes: what was made, moved or handed over, and at what cost.

        Parameters
        ----------
        demand : str, optional
            A demand or an outlet; all of them if left out.

        Returns
        -------
        DataFrame
            One row per hop in order of travel: demand, period, route, hop, kind (produce, buy, ship,
            serve), id, from and to (sites), country (where it is afterwards), stage, commodity,
            period in which it happens (``when``), tonnes of the leading input that it takes and
            tonnes that it gives, cost, and whether the chain ends there as recycled material.

        Raises
        ------
        InputError
            If there is no such demand.
        """
        return route_hops_of(self, demand)

    def bottlenecks(
        self, resolve: bool | int = MANY, progress: Callable[[int, int], None] | None = None
    ) -> pd.DataFrame:
        """Return every limit that is worth something, by what 10 % more of it is worth at the margin.

        Parameters
        ----------
        resolve : bool or int
            For how many limits, from the most valuable on, to solve again (2 to 10 ms each in a network
            of 4,000 activities, half a second over 36 periods of it); True for all, False for none. The
            columns that take it are NaN for the others.
        progress : callable, optional
            Told how many of how many are done.

        Returns
        -------
        DataFrame
            One row per limit and period: limit (where it stands in the file, or the policy that set
            it), bound (ceiling or floor), kind, id, policy, stage, country (the sender's, of a lane),
            commodity (leading output, of a facility), period, level_t, limit_t, rent_usd_per_t and
            value_usd. The rent is >= 0: what the plan would save per unit by which a ceiling is
            raised or a floor lowered, ``-d cost / d limit`` and ``d cost / d limit``. The value is
            rent x limit, of which a tenth is what 10 % are worth; of a ban it is 0, and the rent
            says what the first tonne is worth. Demands' own quantities are left out. By solving
            again: one_more_usd_per_t (what relaxing it by one saves) <= rent <= one_less_usd_per_t
            (what tightening it by one costs; NaN where it cannot be tightened), from_t and to_t
            (the limits between which this rent holds), and gain_10pct_usd, what 10 % more of a
            ceiling or less of a floor saves, at most a tenth of the value; NaN for a limit of 0.

        Notes
        -----
        Rents are derivatives and hold for small changes. Where several limits bind at the same point
        duals are not unique, and a rent shown may belong to another limit as well, or be gained only
        if both are relaxed: one more and one less then differ. Where levels must be whole, they stay
        as they are.

        Examples
        --------
        >>> from resilience.network import Network
        >>> solution = Network.from_dict({
        ...     "commodities": {"ore": {}},
        ...     "supplies": {
        ...         "CD_mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
        ...         "AU_mine": {"country": "AUS", "commodity": "ore", "price": 25},
        ...     },
        ...     "demands": {"smelter": {"country": "FIN", "commodity": "ore", "quantity": 8}},
        ...     "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
        ... }).solve()
        >>> solution.bottlenecks()[["limit", "limit_t", "rent_usd_per_t", "value_usd"]]
                             limit  limit_t  rent_usd_per_t  value_usd
        0  supplies.CD_mine.quantity      5.0            15.0       75.0
        """
        if resolve is False:
            return self.kept("bottlenecks", lambda: bottlenecks_of(self, resolve))
        return bottlenecks_of(self, resolve, progress)

    def bottleneck_stages(self, bloc: str | Iterable[str] | None = None) -> pd.DataFrame:
        """Return what 10 % more of facilities' capacity saves by stage, the tightest stage first.

        Parameters
        ----------
        bloc : str or iterable of str, optional
            A bloc, a country, or several: only capacity there is raised. Everywhere if left out.

        Returns
        -------
        DataFrame
            One row per stage: limits that bind (capacities of facilities, and `limits:` over
            facilities of that stage alone), value_usd, the sum of rent x limit over them and over all
            periods, and gain_10pct_usd, what the plan saves when all of them are raised by 10 % in all
            periods together: solved again, whole levels as they are. It is at most a tenth of the
            value, since the gain per tonne can only fall. Where money is discounted, both are worth
            at the start.

        Raises
        ------
        InputError
            If there is no such bloc or country.
        """
        names = bloc if bloc is None or isinstance(bloc, str) else tuple(bloc)
        return self.kept(("bottleneck_stages", names), lambda: bottleneck_stages_of(self, names))

    def flow_range(self, what: What, slack: float = 0.0) -> FlowRange:
        """Return the least and the most that something can carry in plans of nearly least cost.

        Parameters
        ----------
        what : str or mapping, or several of both
            The id of a lane, facility, supply or demand; or one of ``{"lane": ...}``,
            ``{"facility": ...}``, ``{"supply": ...}``, ``{"demand": ...}`` with an id or a selector,
            ``{"country": ...}`` (throughput of its facilities), ``{"exports": ...}`` (what leaves it), with
            ``stage``, ``commodity`` and ``period`` to count less. Several are added up. Of facilities
            with ``commodity``, what they make of it is counted.
        slack : float
            Share of the least cost that a plan may cost more: ``0.01``. At 0, plans of least cost alone.

        Returns
        -------
        FlowRange
            ``least``, ``now`` (in the plan shown), ``most``, ``unit``, all periods together unless chosen.

        Raises
        ------
        InputError
            If it names or matches nothing, or the slack is no share.
        SolverError
            If HiGHS comes to no end, or its answer does not hold.

        Examples
        --------
        >>> from resilience.network import Network
        >>> solution = Network.from_dict({
        ...     "commodities": {"ore": {}},
        ...     "supplies": {
        ...         "CD_mine": {"country": "COD", "commodity": "ore", "price": 10, "quantity": 5},
        ...         "AU_mine": {"country": "AUS", "commodity": "ore", "price": 25},
        ...     },
        ...     "demands": {"smelter": {"country": "FIN", "commodity": "ore", "quantity": 8}},
        ...     "lanes": [{"from": {"kind": "supply"}, "to": "smelter", "commodity": "ore"}],
        ... }).solve()
        >>> solution.flow_range("AU_mine").is_unique
        True
        >>> found = solution.flow_range({"exports": "AUS"}, slack=0.12)
        >>> round(found.least, 6), found.now, round(found.most, 6), found.unit
        (3.0, 3.0, 4.0, 't')
        """
        return flow_range_of(self, what, slack)

    def flow_ranges(self, kind: str = "lane", slack: float = 0.0) -> pd.DataFrame:
        """Return the range of every lane, facility, supply or demand, by period.

        Parameters
        ----------
        kind : str
            ``lane``, ``facility``, ``supply`` or ``demand``.
        slack : float
            As of `flow_range`. Above 0 it takes two solves for each row.

        Returns
        -------
        DataFrame
            One row a thing and period: its id, period, least, now (in the plan shown) and most.
        """
        return flow_ranges_of(self, kind, slack)

    def unique(self, table: str = "flows") -> pd.Series[bool]:
        """Return which rows of a table are the same in every plan of least cost.

        Parameters
        ----------
        table : str
            ``flows`` or ``production``.

        Returns
        -------
        Series of bool
            With the index of the table. False: another plan of the same cost has another figure there, or
            HiGHS could not tell.
        """
        return unique_of(self, table)

    def save(self, path: str | Path, kind: str | None = None) -> None:
        """Save every table of the solution, and its certificate.

        Parameters
        ----------
        path : str or Path
            An Excel workbook (``result.xlsx``), or a folder for one file a table.
        kind : str, optional
            ``xlsx``, ``csv`` or ``parquet``; left out, a workbook if the path ends so, else CSV.

        Raises
        ------
        OutputError
            If they cannot be written.
        """
        path = Path(path)
        kind = kind or ("xlsx" if path.suffix.lower() == ".xlsx" else "csv")
        if kind not in ("xlsx", "csv", "parquet"):
            raise InputError(f"unknown kind '{kind}'; xlsx, csv, parquet")
        importlib.import_module("resilience.report.files").write_solution(self, kind, path)

    def graph(self) -> nx.MultiDiGraph[Any]:
        """Return what flows as a networkx graph: sites are nodes, lanes in use are edges.

        Edges carry ``commodity``, ``period``, ``flow`` and ``cost`` (per tonne).
        """
        import networkx as nx

        graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
        places, unit = self.formulation.places, self.unit
        for name, country in zip(places.names, places.country, strict=True):
            graph.add_node(name, country=country)
        flows = self.flows
        for row in zip(
            flows["from"],
            flows["to"],
            flows["lane"],
            flows["commodity"],
            flows["period"],
            flows[f"flow_{unit.mass}"],
            flows[f"cost_{unit.price}"],
            strict=True,
        ):
            graph.add_edge(
                row[0],
                row[1],
                key=(row[2], row[4]),
                commodity=row[3],
                period=row[4],
                flow=row[5],
                cost=row[6],
            )
        return graph


@dataclass(frozen=True)
class Units:
    """How units are called in the names of table columns."""

    mass: str
    money: str
    price: str


def units_of(formulation: Formulation) -> Units:
    """Return the names that units have in table columns."""
    units = formulation.spec.units
    return Units(units.mass, units.currency.lower(), f"{units.currency.lower()}_per_{units.mass}")

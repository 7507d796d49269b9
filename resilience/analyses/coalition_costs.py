"""What every coalition of members would cost by itself, and how the cost of all could be shared.

Players are countries, or blocs that act as one. A coalition S trades and pools stocks inside itself and
with everybody who is no player, as far as the scenario's policies let it. So in its program

    the players outside S take no part: what they make, buy, keep, build and want is 0, and nothing is
    shipped to or from them
    everybody who is no player stays, with its supply, its demands and its shortfall cost

and its cost is what it adds to the cost of the others alone,  c(S) = C(S) - C(nobody), in money of the
scenario's program: resource cost, shortfall, and duties as who buys pays them. A coalition by
itself has all that outsiders sell, which together the players compete for. So two coalitions together may
cost more than both apart, and where outside sources are scarce the core is often empty.

Source    see `resilience.program.games` for the shares
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.errors import InfeasibleError, InputError
from resilience.grammar.names import suggest
from resilience.network import Network
from resilience.program import Delta, LinearProgram
from resilience.program.games import Game, Split, least_core, nucleolus, shapley
from resilience.results.solution import Solution
from resilience.solvers import HighsSession
from resilience.whatif.agreement import agreement_of, world_of

IntArray = NDArray[np.int64]
Progress = Callable[[int, int], None]

MOST_MEMBERS = 12
"""4,095 coalitions, each a warm re-solve; with more countries, blocs act as one."""
ALWAYS = ("dispose", "downgrade", "use")
"""Activities that are nobody's choice alone."""


@dataclass(frozen=True, eq=False)
class CoalitionCosts:
    """What every coalition costs, and shares of the cost of all.

    Parameters
    ----------
    base : Solution
        The scenario with all players in it.
    game : Game
        Cost of each coalition by itself.
    members : mapping
        Countries of each player.
    outside : float
        Cost of those who are no players alone, which no coalition's cost includes.
    """

    base: Solution
    game: Game
    members: Mapping[str, tuple[str, ...]]
    outside: float

    def __repr__(self) -> str:
        empty = "empty" if self.core_is_empty else "not empty"
        return f"<CoalitionCosts of {len(self.game.players)} players: core {empty}>"

    @cached_property
    def fair(self) -> Split:
        """The nucleolus: it is in the core if there is one, and in the least core if not."""
        return nucleolus(self.game)

    @cached_property
    def core_is_empty(self) -> bool:
        """Whether some coalition would be better off alone, however the cost of all is shared."""
        return not least_core(self.game).is_in_core(self.game)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every coalition: its members, how many, its cost, and what it saves against each alone."""
        game, money = self.game, self.base.unit.money
        alone = game.costs[1 << np.arange(len(game.players))]
        numbers = range(1, len(game.costs))
        return pd.DataFrame(
            {
                "coalition": [", ".join(game.coalition(number)) for number in numbers],
                "players": game.membership[1:].sum(axis=1).astype(int),
                f"cost_{money}": game.costs[1:],
                f"saving_{money}": game.membership[1:] @ alone - game.costs[1:],
            }
        )

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Each player: its cost alone, its Shapley share, its share in the nucleolus."""
        game, money = self.game, self.base.unit.money
        return pd.DataFrame(
            {
                "player": list(game.players),
                f"alone_{money}": game.costs[1 << np.arange(len(game.players))],
                f"shapley_{money}": shapley(game),
                f"nucleolus_{money}": self.fair.shares,
            }
        )


def coalition_costs(
    network: Network,
    members: Sequence[str] | None = None,
    scenario: str | None = None,
    *,
    progress: Progress | None = None,
) -> CoalitionCosts:
    """Find what every coalition of members would cost by itself.

    Parameters
    ----------
    network : Network
    members : sequence of str, optional
        The players: countries, or blocs that act as one; at most 12. Left out, the countries that the
        scenario's own policies bind; blocs among them act as one where they would be too many.
    scenario : str, optional
        Left out, the network alone.
    progress : callable, optional
        Gets how many coalitions are done, and of how many.

    Returns
    -------
    CoalitionCosts

    Raises
    ------
    InputError
        If there are too many players, one is unknown, or two share a country.
    InfeasibleError
        If a coalition cannot meet a demand that must be met.

    Examples
    --------
    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {}},
    ...     "facilities": {
    ...         "mine": {"country": "AUS", "outputs": {"ore": 1}, "cost": 10, "capacity": 9},
    ...         "works": {"country": "JPN", "outputs": {"ore": 1}, "cost": 40},
    ...     },
    ...     "demands": {
    ...         "a": {"country": "AUS", "commodity": "ore", "quantity": 2},
    ...         "j": {"country": "JPN", "commodity": "ore", "quantity": 5},
    ...     },
    ...     "lanes": [
    ...         {"from": "mine", "to": "a", "commodity": "ore"},
    ...         {"from": "mine", "to": "j", "commodity": "ore"},
    ...         {"from": "works", "to": "j", "commodity": "ore"},
    ...     ],
    ... })
    >>> found = coalition_costs(network, ["AUS", "JPN"])
    >>> found.table[["coalition", "cost_usd", "saving_usd"]]
      coalition  cost_usd  saving_usd
    0       AUS      20.0         0.0
    1       JPN     200.0         0.0
    2  AUS, JPN      70.0       150.0
    >>> found.shares["shapley_usd"].tolist()
    [-55.0, 125.0]
    """
    if members is None and scenario is None:
        raise InputError("name the members, or a scenario whose policies bind them")
    players = (
        default_players(network, agreement_of(network, scenario or "").members)
        if members is None
        else _players(network, members, scenario)
    )
    if len(players) > MOST_MEMBERS:
        raise InputError(
            f"{len(players)} players make {2 ** len(players) - 1:,} coalitions; at most {MOST_MEMBERS}, "
            "so let blocs act as one: name the players"
        )
    base = network.solve(scenario)
    parts = _parts(base.program, list(players.values()))
    session = HighsSession(base.program) if base.program.is_mixed else base.session
    costs = np.zeros(2 ** len(players))
    for number in range(len(costs)):
        costs[number] = _cost(session, base.program, parts, number, list(players))
        if progress is not None:
            progress(number + 1, len(costs))
    return CoalitionCosts(base, Game(tuple(players), costs - costs[0]), players, float(costs[0]))


def default_players(network: Network, countries: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return players by name: countries, the largest blocs within them as one while they are too many."""
    left = set(countries)
    found: dict[str, tuple[str, ...]] = {}
    blocs = {name: tuple(sorted(set(inside))) for name, inside in network.spec.blocs.items()}
    for name, inside in sorted(blocs.items(), key=lambda item: (-len(item[1]), item[0])):
        is_part = 1 < len(inside) < len(countries) and left.issuperset(inside)
        if is_part and len(left) + len(found) > MOST_MEMBERS:
            found[name] = inside
            left -= set(inside)
    return dict(sorted({**found, **{name: (name,) for name in left}}.items()))


def _players(network: Network, members: Sequence[str], scenario: str | None) -> dict[str, tuple[str, ...]]:
    world, blocs = world_of(network.case(scenario)), network.spec.blocs
    players: dict[str, tuple[str, ...]] = {}
    owner: dict[str, str] = {}
    for name in members:
        if name not in world.countries and name not in blocs:
            raise InputError(f"unknown country or bloc '{name}'{suggest(name, [*world.countries, *blocs])}")
        players[name] = tuple(sorted(set(world.expand([name]))))
        for country in players[name]:
            if owner.setdefault(country, name) != name:
                raise InputError(f"'{country}' is in '{owner[country]}' and in '{name}'; it plays once")
    return players


@dataclass(frozen=True, eq=False)
class _Parts:
    """Which players each column needs, and rows that ask something of players, as bits.

    Parameters
    ----------
    columns : ndarray of int64
        Bits of each column.
    asking, asked : ndarray of int64
        Rows that a player's demand, least throughput or single source sets a lower bound to; bits of each.
    """

    columns: IntArray
    asking: IntArray
    asked: IntArray


def _parts(program: LinearProgram, players: Sequence[Sequence[str]]) -> _Parts:
    bit = {country: 1 << number for number, inside in enumerate(players) for country in inside}

    def bits(names: NDArray[np.object_]) -> IntArray:
        return np.array([bit.get(name, 0) for name in names], dtype=np.int64)

    columns = []
    for _, block in program.columns.parts():
        ends = ("from_country", "to_country", "country")
        needs = np.bitwise_or.reduce([bits(block.texts(name)) for name in ends])
        columns.append(np.zeros(block.size, dtype=np.int64) if block.kind in ALWAYS else needs)
    rows = program.rows
    wanted = rows.where(kind="demand")
    alone = rows.where(kind="use", what="source")
    country = dict(zip(rows.texts("id", wanted), rows.texts("country", wanted), strict=True))
    of_source = np.array([country.get(name, "") for name in rows.texts("id", alone)], dtype=object)
    run = rows.where(kind=("capacity", "minimum"))
    run = run[program.row_lower[run] > 0]
    of_rows = [rows.texts("country", wanted), rows.texts("country", run), of_source]
    return _Parts(
        np.concatenate(columns) if columns else np.empty(0, dtype=np.int64),
        np.concatenate([wanted, run, alone]),
        bits(np.concatenate(of_rows)),
    )


def _cost(
    session: HighsSession, program: LinearProgram, parts: _Parts, number: int, players: Sequence[str]
) -> float:
    """Return the least cost with only the players of a coalition."""
    closed = np.flatnonzero(parts.columns & ~number)
    idle = parts.asking[(parts.asked & ~number) != 0]
    delta = Delta.of(col_lower=(closed, 0.0), col_upper=(closed, 0.0), row_lower=(idle, 0.0))
    found = session.solve(delta)
    if found.status != "optimal":
        inside = [player for bit, player in enumerate(players) if number >> bit & 1]
        raise InfeasibleError(
            f"{' with '.join(inside) or 'those who are no members'} alone cannot meet what must be met; "
            "give its demands a shortfall_cost"
        )
    return float(program.cost @ found.x)

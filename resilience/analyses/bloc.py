"""Who gains from an agreement, who would gain by cheating on it, and what holds it together.

The agreement is the policies that a scenario adds to the scenario that it extends. Least-cost plans are
those of the whole network; what a country makes of one is its account at the plan's prices, see
`resilience.results.accounts`. So for a member

    temptation      bill when complying - bill when the policies bind everyone but it
    penalty         the least per tonne taken on the side at which it takes none: private buyers pay no
                    more for what is barred than it saves them, so it is the price gap of the first tonne
    loss            bill when excluded - bill when complying: it then trades with outsiders alone
    patience        with repeated dealings, cheating once brings the temptation and from then on costs the
                    loss, so who values the next period at d of this one keeps to the agreement if
                    d >= temptation / (temptation + loss)

Where prices are not unique bills are not either; a difference of bills that is small beside the rents
moved is to be read with care.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, nan

import pandas as pd

from resilience.errors import InfeasibleError
from resilience.network import Network
from resilience.results.accounts import accounts, bill_of
from resilience.results.solution import Solution
from resilience.whatif.agreement import Agreement, Barred, agreement_of, check_member, table_of

Progress = Callable[[int, int], None]

NOTHING = 1e-10
"""Share of a plan's cost that is no bill."""


@dataclass(frozen=True, eq=False)
class Temptation:
    """What a member gains by buying on the side.

    Parameters
    ----------
    member : str
    complying, cheating : Solution
        The plans in which it is bound, and in which it is not.
    barred : Barred
        What the agreement keeps it from.
    """

    member: str
    complying: Solution
    cheating: Solution
    barred: Barred

    def __repr__(self) -> str:
        return f"<Temptation of {self.member}: {self.gain:+,.0f} {self.complying.currency}>"

    @cached_property
    def bill_complying(self) -> float:
        """Its bill while it keeps to the agreement."""
        return bill_of(self.complying, self.member)

    @cached_property
    def bill_cheating(self) -> float:
        """Its bill when everyone but it does."""
        return bill_of(self.cheating, self.member)

    @property
    def gain(self) -> float:
        """What it gains by cheating; below 0 what it loses."""
        return _settled(self.bill_complying - self.bill_cheating, self.complying)

    @cached_property
    def table(self) -> pd.DataFrame:
        """What is barred to it, the largest price gap first.

        ``id`` of the lane or demand, ``from_country``, ``to_country``, ``commodity``, ``period``,
        ``gap_usd_per_t`` (what one more tonne would save it while it complies), and ``taken_t`` when it
        cheats.
        """
        return table_of(self.cheating, self.barred)


def _settled(difference: float, plan: Solution) -> float:
    """Return a difference of bills; 0 where it is no more than rounding of the plan's cost."""
    return 0.0 if abs(difference) <= NOTHING * max(1.0, abs(plan.cost)) else difference


@dataclass(frozen=True, eq=False)
class Deterrent:
    """What keeps a member from buying on the side.

    Parameters
    ----------
    temptation : Temptation
    penalty : float
        Per tonne taken on the side, the least at which it takes none, in money of the period of each;
        infinite where it must.
    excluded : Solution, optional
        The plan in which it trades with outsiders alone; None where it cannot meet its needs then.
    """

    temptation: Temptation
    penalty: float
    excluded: Solution | None

    def __repr__(self) -> str:
        plan = self.temptation.complying
        unit = f"{plan.currency} per {plan.unit.mass}"
        return f"<Deterrent of {self.temptation.member}: {self.penalty:,.6g} {unit}>"

    @cached_property
    def loss(self) -> float:
        """What exclusion costs it over the horizon, against complying; infinite where it has no plan."""
        if self.excluded is None:
            return inf
        after = bill_of(self.excluded, self.temptation.member)
        return _settled(after - self.temptation.bill_complying, self.temptation.complying)

    @property
    def discount_factor(self) -> float:
        """Worth of the next period in this one from which on exclusion deters: gain / (gain + loss).

        0 where there is nothing to gain, NaN where exclusion costs it nothing and so deters at no factor.
        """
        gain = self.temptation.gain
        if gain <= 0:
            return 0.0
        return gain / (gain + self.loss) if self.loss > 0 else nan


def temptation(
    network: Network, scenario: str, member: str, *, policies: Sequence[str] | None = None
) -> Temptation:
    """Find what a member of an agreement gains by going its own way while all others comply.

    Parameters
    ----------
    network : Network
    scenario : str
        In which the agreement is in force.
    member : str
        A country.
    policies : sequence of str, optional
        Ids of the agreement's policies; left out, those that the scenario adds to the one it extends.

    Returns
    -------
    Temptation
        ``gain`` above 0 if it pays to cheat.

    Raises
    ------
    InputError
        If there is no such scenario, policy or country, or no policy binds anyone.

    Examples
    --------
    >>> network = Network.from_dict({
    ...     "commodities": {"ore": {"price": 10}},
    ...     "facilities": {
    ...         "far": {"country": "CHN", "outputs": {"ore": 1}, "cost": 10},
    ...         "near": {"country": "AUS", "outputs": {"ore": 1}, "cost": 25},
    ...     },
    ...     "demands": {
    ...         "j": {"country": "JPN", "commodity": "ore", "quantity": 8},
    ...         "k": {"country": "KOR", "commodity": "ore", "quantity": 4},
    ...     },
    ...     "lanes": [{"from": {"kind": "facility"}, "to": {"kind": "demand"}, "commodity": "ore"}],
    ...     "policies": {"ban": {"type": "export_restriction", "from": "CHN", "to": ["JPN", "KOR"]}},
    ...     "scenarios": {"bloc": {"policies": ["ban"]}},
    ... })
    >>> temptation(network, "bloc", "JPN").gain
    120.0
    >>> deterrent(network, "bloc", "JPN").penalty
    15.0
    """
    agreement = agreement_of(network, scenario, policies=policies)
    check_member(agreement, member)
    return _temptation(agreement, member)


def _temptation(agreement: Agreement, member: str) -> Temptation:
    cheating = agreement.cheating(member)
    return Temptation(member, agreement.complying, cheating, agreement.barred(member, cheating))


def deterrent(
    network: Network,
    scenario: str,
    member: str,
    *,
    members: Sequence[str] | None = None,
    policies: Sequence[str] | None = None,
) -> Deterrent:
    """Find what keeps a member from buying on the side: a penalty per tonne, or the fear of exclusion.

    Parameters
    ----------
    network, scenario, member, policies
        As for `temptation`.
    members : sequence of str, optional
        Countries or blocs that an excluded member may not trade with; left out, all that are bound.

    Returns
    -------
    Deterrent

    Raises
    ------
    InputError
        As for `temptation`.
    """
    agreement = agreement_of(network, scenario, members, policies)
    check_member(agreement, member)
    return _deterrent(agreement, _temptation(agreement, member))


def _deterrent(agreement: Agreement, tempted: Temptation) -> Deterrent:
    penalty = agreement.penalty(tempted.cheating, tempted.barred)
    excluded: Solution | None
    try:
        excluded = agreement.excluded(tempted.member)
    except InfeasibleError:
        excluded = None
    return Deterrent(tempted, penalty, excluded)


@dataclass(frozen=True, eq=False)
class Bloc:
    """An agreement, member by member.

    Parameters
    ----------
    agreement : Agreement
    deterrents : tuple of Deterrent
        One a member, in the order of its members.
    """

    agreement: Agreement
    deterrents: tuple[Deterrent, ...]

    def __repr__(self) -> str:
        tempted = sum(each.temptation.gain > 0 for each in self.deterrents)
        return f"<Bloc of {len(self.deterrents)} members, {tempted} of which would gain by cheating>"

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every member.

        ``member``; its bill without the agreement, with it, and the change; its temptation (what cheating
        saves it, below 0 what it costs); the penalty per tonne that deters; what exclusion would cost it;
        and the discount factor from which on that deters (NaN: at none).
        """
        unit = self.agreement.complying.unit
        money, price = unit.money, unit.price
        without, complying = (
            table[f"bill_{money}"].reindex(list(self.agreement.members)).fillna(0.0).to_numpy(dtype=float)
            for table in self._accounts
        )
        return pd.DataFrame(
            {
                "member": list(self.agreement.members),
                f"bill_without_{money}": without,
                f"bill_{money}": complying,
                f"change_{money}": complying - without,
                f"temptation_{money}": [each.temptation.gain for each in self.deterrents],
                f"penalty_{price}": [each.penalty for each in self.deterrents],
                f"loss_if_excluded_{money}": [each.loss for each in self.deterrents],
                "discount_factor": [each.discount_factor for each in self.deterrents],
            }
        )

    @cached_property
    def payments(self) -> pd.DataFrame:
        """What the agreement's own policies make whom pay to whom; `Solution.payments` of them alone."""
        whole = self.agreement.complying.payments
        return whole[whole["policy"].isin(self.agreement.policies)].reset_index(drop=True)

    @cached_property
    def split(self) -> pd.DataFrame:
        """What the agreement changes, member by member: for users, for who produces, for the treasury.

        ``member``; what its users pay more for what they get (less what outlets are worth) and lack; what
        its mines, works, stocks and lanes earn more, net of capital and fixed charges; what its treasury
        gets more. The first less the others is the change of its bill.
        """
        before, after = self._accounts
        money = self.agreement.complying.unit.money
        rise = (after - before).reindex(list(self.agreement.members)).fillna(0.0)
        part = {name.removesuffix(f"_{money}"): rise[name] for name in rise.columns}
        rents = part["capacity_rents"] + part["stock_rents"] + part["trade_rents"]
        whole = {
            "users": part["purchases"] + part["shortfall"] - part["outlets"],
            "earnings": rents - part["capital"] - part["fixed"],
            "treasuries": part["duties"] - part["subsidies"],
        }
        frame = pd.DataFrame(
            {f"{name}_{money}": values.to_numpy(dtype=float) for name, values in whole.items()}
        )
        frame.insert(0, "member", list(self.agreement.members))
        return frame

    @cached_property
    def others(self) -> float:
        """What the agreement adds to the bills of all who are no members."""
        before, after = self._accounts
        bills = (after - before)[f"bill_{self.agreement.complying.unit.money}"]
        return float(bills[~bills.index.isin(self.agreement.members)].sum())

    @cached_property
    def _accounts(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Accounts without the agreement and with it, over the same countries."""
        plans = self.agreement.absent, self.agreement.complying
        before, after = (accounts(plan).set_index("country") for plan in plans)
        both = before.index.union(after.index)
        return before.reindex(both, fill_value=0.0), after.reindex(both, fill_value=0.0)


def bloc(
    network: Network,
    scenario: str,
    members: Sequence[str] | None = None,
    *,
    policies: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Bloc:
    """Say of every member of an agreement what it gains, what tempts it, and what would deter it.

    Parameters
    ----------
    network : Network
    scenario : str
        In which the agreement is in force.
    members : sequence of str, optional
        Countries or blocs; left out, all that the agreement's policies bind.
    policies : sequence of str, optional
        Ids of the agreement's policies; left out, those that the scenario adds to the one it extends.
    progress : callable, optional
        Gets how many members are done, and of how many.

    Returns
    -------
    Bloc

    Raises
    ------
    InputError
        If there is no such scenario, policy or member, or no policy binds anyone.
    """
    agreement = agreement_of(network, scenario, members, policies)
    found = []
    for number, member in enumerate(agreement.members):
        found.append(_deterrent(agreement, _temptation(agreement, member)))
        if progress is not None:
            progress(number + 1, len(agreement.members))
    return Bloc(agreement, tuple(found))

"""Who pays whom: what policies make importers, exporters and producers pay to treasuries, or get from them.

A duty is paid by the importers (or exporters) of a country to that country's treasury. What producers
get is paid by the treasury of their own country, or by the `payer` of the policy. Every payment has both
sides, so over the world they cancel; who bears it in the end is a matter of prices, not of this table.

Several policies may add to one component of cost on one activity: each is shown with what it added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.policies import POLICIES

if TYPE_CHECKING:
    from resilience.results.solution import Solution

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TREASURY = "treasury"
GRANTS = "capital_subsidy"
"""Component of cost that the `subsidised` share of a project stands in, without any policy."""

RECEIVERS: Mapping[str, str] = {
    GRANTS: "country",
    **{component: label for policy in POLICIES.values() for component, label in policy.transfers.items()},
}
"""Components that are transfers, and the label of the country whose treasury receives or pays them."""

COUNTERPARTS: Mapping[str, tuple[str, str]] = {
    component: side for policy in POLICIES.values() for component, side in policy.counterparts.items()
}
"""For each of them the label of the country on the other side, and who it is there."""


@dataclass(frozen=True, eq=False)
class Share:
    """What one policy added to one component of cost.

    Parameters
    ----------
    component, policy : str
        ``""`` for what the network itself grants.
    columns : ndarray of int64
        Activities that pay it.
    amount : ndarray
        What they pay at their levels; below 0 what they get.
    """

    component: str
    policy: str
    columns: IntArray
    amount: FloatArray


def shares_of(solution: Solution) -> Iterator[Share]:
    """Yield what each policy added to each transfer, in the order in which they were applied."""
    program, base = solution.program, solution.formulation.program
    worth = solution.levels * solution.formulation.discount_factors(program.columns)
    running = {name: base.costs[name] for name in RECEIVERS if name in base.costs}
    for name, cost in running.items():
        yield _share(name, "", cost, worth)
    for policy, delta in solution.deltas.items():
        for name, change in delta.costs.items():
            if name in RECEIVERS:
                before = running.get(name, np.zeros(program.n_columns))
                running[name] = change.apply(before)
                yield _share(name, policy, running[name] - before, worth)


def _share(component: str, policy: str, cost: FloatArray, worth: FloatArray) -> Share:
    amount = cost * worth
    columns = np.flatnonzero(amount)
    return Share(component, policy, columns, amount[columns])


def ledger(solution: Solution) -> pd.DataFrame:
    """Return component, policy, treasury, party, side and amount, above 0 where the treasury receives."""
    labels, parts = solution.program.columns, []
    for share in shares_of(solution):
        is_own = np.isin(share.columns, labels.where(kind="policy"))
        own = labels.texts("country", share.columns)
        label, side = COUNTERPARTS[share.component]
        treasury = np.where(is_own, own, labels.texts(RECEIVERS[share.component], share.columns))
        frame = pd.DataFrame(
            {
                "component": share.component,
                "policy": share.policy,
                "treasury": treasury,
                "party": np.where(is_own, own, labels.texts(label, share.columns)),
                "side": side,
                "amount": share.amount,
            }
        )
        payers = solution.policies[share.policy].payers(solution.program) if share.policy else {}
        split = [frame.assign(treasury=who, amount=frame["amount"] * part) for who, part in payers.items()]
        parts += split or [frame]
    columns = ["component", "policy", "treasury", "party", "side"]
    if not parts:
        return pd.DataFrame(columns=[*columns, "amount"])
    whole = pd.concat(parts).groupby(columns, as_index=False).sum()
    return whole[whole["amount"] != 0].reset_index(drop=True)


def transfers_of(solution: Solution) -> pd.DataFrame:
    """Return what treasuries receive, below 0 what they pay: component, receiver, amount."""
    amount = f"amount_{solution.unit.money}"
    found = ledger(solution).rename(columns={"treasury": "receiver", "amount": amount})
    whole = found.groupby(["component", "receiver"], as_index=False)[[amount]].sum()
    return whole[whole[amount] != 0].reset_index(drop=True)


def payments_of(solution: Solution) -> pd.DataFrame:
    """Return every payment: component, policy, payer and receiver, who they are there, the amount."""
    found = ledger(solution)
    gives = (found["amount"] < 0).to_numpy(dtype=bool)
    treasury, party, side = (found[name].to_numpy() for name in ("treasury", "party", "side"))
    return pd.DataFrame(
        {
            "component": found["component"],
            "policy": found["policy"],
            "payer": np.where(gives, treasury, party),
            "payer_is": np.where(gives, TREASURY, side),
            "receiver": np.where(gives, party, treasury),
            "receiver_is": np.where(gives, side, TREASURY),
            f"amount_{solution.unit.money}": found["amount"].abs().astype(float),
        }
    )

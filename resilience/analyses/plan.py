"""What to build and stock now, before it is known which scenario comes.

A two-stage program [Birge & Louveaux 2011]: what is built and stocked beforehand, and all else that
happens before the scenarios are told apart, is the same in every scenario; the rest adapts. With
probabilities p and costs c_s, shared levels minimise

    (1 - w) sum_s p_s c_s  +  w CVaR_a        the mean, and the mean of the worst share 1 - a of cases

EVPI    mean - sum_s p_s (cost of s if it had been known): most that knowing beforehand is worth
VSS     sum_s p_s (cost of s after planning for the mean scenario) - mean: what a plan for all of them is
        worth against one for mean numbers. The mean scenario's program has the mean of every cost, bound
        and entry, so it exists where the programs have the same rows and columns
Both are of mean costs; where risk weighs in (w > 0), VSS may be below 0.

Source: Birge & Louveaux (2011), Introduction to Stochastic Programming, ch. 1 and 4; Rockafellar &
Uryasev (2000), Optimization of conditional value-at-risk, Journal of Risk 2(3), 21-41.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from resilience.errors import InfeasibleError, InputError
from resilience.network import Effort, Network
from resilience.program import Certificate
from resilience.program.two_stage import mean_program, tail_mean
from resilience.results.periods import period_names
from resilience.results.solution import Solution, Units, units_of
from resilience.solvers import INTEGER_GAP, Progress
from resilience.whatif.alternatives import BUILT, alternatives_of
from resilience.whatif.first_stage import Choice, Cvar, Found, choice_of

FloatArray = NDArray[np.float64]

TAIL = 0.9
"""Of the risk that is shown where none was asked for: the worst tenth of cases."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A decision that suits several scenarios, and what becomes of it in each.

    Parameters
    ----------
    choice : Choice
        The scenarios, and what they share.
    found : Found
        The best decision, and its proof.
    cvar : (alpha, weight), optional
        How much the worst cases weighed.
    """

    choice: Choice
    found: Found
    cvar: Cvar = None

    def __repr__(self) -> str:
        built = ", ".join(self.decisions.loc[self.decisions["what"] == "build", "id"].unique()) or "nothing"
        return f"<Plan for {len(self.choice.cases)} scenarios: build {built}; mean cost {self.mean:,.0f}>"

    @property
    def unit(self) -> Units:
        """Names that units have in table columns."""
        return units_of(self.choice.cases[0].formulation)

    @property
    def certificate(self) -> Certificate:
        """The proof of the decision; ``integer_gap`` where projects are built whole or not at all."""
        return self.found.certificate

    @cached_property
    def solutions(self) -> Mapping[str, Solution]:
        """The plan of every scenario after the decision.

        Everything that was shared is fixed in it, so prices before the scenarios are told apart are those
        of a plan that cannot be changed any more.
        """
        levels = self.found.levels
        return {name: self.choice.solution(at, levels) for at, name in enumerate(self.choice.names)}

    @cached_property
    def costs(self) -> FloatArray:
        """Cost of every scenario after the decision, capital included; shape (n_scenarios,)."""
        return np.array([solution.cost for solution in self.solutions.values()])

    @property
    def mean(self) -> float:
        """Mean cost."""
        return float(self.choice.probabilities @ self.costs)

    @property
    def tail(self) -> float:
        """CVaR: mean cost of the worst cases, a tenth of all unless ``cvar`` says another share."""
        alpha = TAIL if self.cvar is None else self.cvar[0]
        return tail_mean(self.costs, self.choice.probabilities, alpha)

    @cached_property
    def known(self) -> FloatArray:
        """Cost of every scenario had it been known beforehand, within the same budget."""
        return np.array(
            [self.choice.solve(self.choice.form(only=at)).certificate.cost for at in range(len(self.costs))]
        )

    @property
    def evpi(self) -> float:
        """Expected value of perfect information: most that knowing the scenario beforehand is worth."""
        return self.mean - float(self.choice.probabilities @ self.known)

    @cached_property
    def mean_plan(self) -> FloatArray | None:
        """Cost of every scenario after the decision that is best for mean numbers; None if there is none.

        Infinite where that decision leaves a scenario without a plan.
        """
        choice, first = self.choice, self.choice.programs[0]
        if any(len(program.columns) != len(first.columns) for program in choice.programs):
            return None
        if any(len(program.rows) != len(first.rows) for program in choice.programs):
            return None
        probabilities = choice.probabilities.tolist()
        middle = replace(
            choice,
            cases=choice.cases[:1],
            programs=(mean_program(choice.programs, probabilities),),
            shared=choice.shared[:1],
            probabilities=np.ones(1),
        )
        try:
            return choice.costs(middle.solve(middle.form()).levels)
        except InfeasibleError:
            return None

    @property
    def vss(self) -> float:
        """Value of the stochastic solution, see the module; not a number where no mean scenario exists."""
        if self.mean_plan is None:
            return float("nan")
        return float(self.choice.probabilities @ self.mean_plan) - self.mean

    @cached_property
    def nothing(self) -> FloatArray | None:
        """Cost of every scenario if nothing is built or stocked beforehand; None if that leaves no plan."""
        choice = self.choice
        build, fill = choice.where("build"), choice.where("fill")
        form = choice.form(self.cvar)
        upper = form.program.col_upper.copy()
        upper[np.union1d(build, fill)] = 0.0
        try:
            found = choice.solve(replace(form, program=replace(form.program, col_upper=upper)))
        except InfeasibleError:
            return None
        return choice.costs(found.levels)

    @property
    def saved(self) -> float | None:
        """Mean cost with nothing built or stocked beforehand, less this plan; None if infeasible."""
        return None if self.nothing is None else float(self.choice.probabilities @ self.nothing) - self.mean

    @property
    def spent(self) -> float:
        """What the decision takes of the budget: capital, subsidised or not, and stock at its price."""
        return float(self.choice.spending @ self.found.levels)

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """What is built and stocked beforehand: one row a project or stockpile, and period.

        ``what`` (build or stock), ``id``, what a project adds to, ``country``, ``period``, ``share`` of
        the project, ``amount`` in tonnes a year of capacity or tonnes of stock, and the money it takes:
        capital in full, or stock at its reference price.
        """
        return decisions_of(self.choice, self.found.levels)

    @cached_property
    def scenarios(self) -> pd.DataFrame:
        """What becomes of the decision: one row a scenario, its probability and costs.

        The cost with the decision, with nothing built or stocked beforehand, what the decision saves, and
        the cost had the scenario been known.
        """
        money, nothing = self.unit.money, self.nothing
        without = np.full(len(self.costs), np.nan) if nothing is None else nothing
        return pd.DataFrame(
            {
                "scenario": self.choice.names,
                "probability": self.choice.probabilities,
                f"cost_{money}": self.costs,
                f"cost_with_nothing_{money}": without,
                f"saved_{money}": without - self.costs,
                f"cost_if_known_{money}": self.known,
            }
        )

    def alternatives(self, slack: float = 0.02, n: int = 5) -> pd.DataFrame:
        """Return other decisions that cost little more, and build as little of the same as they can.

        Each is found by hop, skip and jump [Brill 1979]: the objective (mean cost and risk) may be worse
        by ``slack`` of its size at most, and the capital that goes where earlier plans spent it is made
        least; of equals, the cheapest. The search ends early when nothing new comes.

        Parameters
        ----------
        slack : float
            Most that the objective may be worse, as a share of it.
        n : int
            Most alternatives.

        Returns
        -------
        DataFrame
            One row per plan and project built in any: plan (0 is the best), mean cost and how much more
            it is than the best's, money spent beforehand, project, country, share and capital.
        """
        if not 0 <= slack < 1 or n < 1:
            raise InputError("a slack is a share from 0 to below 1, and n at least 1")
        return self._side_by_side(alternatives_of(self.choice, self.found, slack, n))

    def _side_by_side(self, plans: Sequence[FloatArray]) -> pd.DataFrame:
        money, parts = self.unit.money, []
        for number, levels in enumerate(plans):
            frame = decisions_of(self.choice, levels)
            mean = float(self.choice.probabilities @ self.choice.costs(levels))
            frame = frame[frame["what"] == "build"]
            sums = frame.groupby(["id", "country"], as_index=False)[["share", f"money_{money}"]].sum()
            sums = sums.rename(columns={"id": "project", f"money_{money}": f"capital_{money}"})
            sums["plan"], sums[f"mean_cost_{money}"] = number, mean
            sums[f"more_{money}"] = mean - self.mean
            sums[f"spent_{money}"] = float(self.choice.spending @ levels)
            parts.append(sums)
        whole = pd.concat(parts, ignore_index=True)
        order = ["plan", f"mean_cost_{money}", f"more_{money}", f"spent_{money}"]
        return whole.reindex(columns=[*order, "project", "country", "share", f"capital_{money}"])


def decisions_of(choice: Choice, levels: FloatArray) -> pd.DataFrame:
    """Return what shared levels build and stock, see `Plan.decisions`."""
    labels, spec = choice.programs[0].columns, choice.cases[0].formulation.spec
    unit, when = units_of(choice.cases[0].formulation), period_names(choice.cases[0].formulation)
    parts = []
    for kind, what in (("build", "build"), ("fill", "stock")):
        at = choice.where(kind)
        at = at[levels[at] > BUILT * np.maximum(1.0, levels[at].max(initial=0.0))]
        columns = choice.shared[0][at]
        ids = labels.texts("id", columns)
        size = [spec.projects[key].capacity if kind == "build" else 1.0 for key in ids]
        owners = [
            spec.projects[key].adds_to[1] if kind == "build" else spec.stockpiles[key].commodity
            for key in ids
        ]
        parts.append(
            pd.DataFrame(
                {
                    "what": np.full(len(at), what, dtype=object),
                    "id": ids,
                    "of": np.array(owners, dtype=object),
                    "country": labels.texts("country", columns),
                    "period": when[labels.texts("period", columns).astype(np.int64)],
                    "share": levels[at] if kind == "build" else np.full(len(at), np.nan),
                    "amount": levels[at] * np.array(size, dtype=float),
                    f"money_{unit.money}": levels[at] * choice.spending[at],
                }
            )
        )
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def with_projects(network: Network) -> list[str | None]:
    """Return the scenarios in which anything may be built; the network alone too, if it offers it."""
    found: list[str | None] = [None] if network.spec.projects else []
    found += [name for name in network.scenarios if network.formulation(name).spec.projects]
    return found


def plan(
    network: Network,
    scenarios: Sequence[str | None] | None = None,
    probabilities: Sequence[float] | None = None,
    budget: float | None = None,
    cvar: Cvar = None,
    *,
    known_from: str | datetime.date | None = None,
    time_limit: float | None = None,
    mip_gap: float = INTEGER_GAP,
    progress: Progress | None = None,
) -> Plan:
    """Find what to build and stock now, before it is known which scenario comes.

    Parameters
    ----------
    network : Network
    scenarios : sequence of str or None, optional
        What may come; None is the network alone. Left out, every scenario in which anything may be built.
    probabilities : sequence of float, optional
        How likely each is; divided by their sum. Equal if left out.
    budget : float, optional
        Most money for what is decided beforehand: capital in full, whoever pays it and whenever it is
        charged, and stock at its reference price.
    cvar : (alpha, weight), optional
        The worst share 1 - alpha of cases weighs ``weight``, from 0 to 1, and the mean the rest; with
        (1, 1) the worst scenario alone counts.
    known_from : str or date, optional
        When the scenarios are told apart: ``2029`` or ``2029-04``. Everything before is decided without
        knowing. Left out, the first period in which the scenarios differ. Where there is no period
        before, as in a network of one period, it is what is built in the first period.
    time_limit, mip_gap, progress
        As in `Network.solve`.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        If there is nothing to decide, or the scenarios do not fit together.
    InfeasibleError, UnboundedError, SolverError
        If there is no plan, or the solver fails.

    Examples
    --------
    The old works makes the 6 t of a normal year at 4 USD per t. In a boom 10 t are wanted, and a tonne short
    costs 40. A new works of up to 5 t, 12 USD per t of it, runs at 3. With 4 t of it a normal year costs
    48 + 12 + 8 = 68 and a boom 84. Had it been known: 24, with nothing built, and 84.

    >>> network = Network.from_dict({
    ...     "commodities": {"metal": {}},
    ...     "facilities": {
    ...         "old": {"country": "FIN", "outputs": {"metal": 1}, "capacity": 6, "cost": 4, "site": "user"},
    ...         "new": {"country": "FIN", "outputs": {"metal": 1}, "capacity": 0, "cost": 3, "site": "user"},
    ...     },
    ...     "projects": {"second": {"facility": "new", "capacity": 5, "capital_cost": 60}},
    ...     "demands": {"user": {"country": "FIN", "commodity": "metal", "quantity": 6,
    ...         "shortfall_cost": 40}},
    ...     "scenarios": {"boom": {"set": {"demands.user.quantity": 10}}},
    ... })
    >>> found = plan(network, [None, "boom"])
    >>> found.decisions[["what", "id", "share", "money_usd"]]
        what      id  share  money_usd
    0  build  second    0.8       48.0
    >>> found.mean, round(found.evpi, 6)
    (76.0, 22.0)
    """
    if cvar is not None and not (0 <= cvar[0] <= 1 and 0 <= cvar[1] <= 1):
        raise InputError("cvar: wanted (alpha, weight), each from 0 to 1")
    chosen = with_projects(network) if scenarios is None else list(scenarios)
    if scenarios is None and not chosen:
        raise InputError(
            "there is nothing to build: no scenario has `projects:`; name those for which stock is to be kept"
        )
    effort = Effort("highs", time_limit, mip_gap, progress)
    choice = choice_of(network, chosen, probabilities, budget, known_from, effort)
    if not len(choice.where("build")) and not len(choice.where("fill")):
        raise InputError(
            "there is nothing to decide before the scenarios are told apart: no project, no stock"
        )
    return Plan(choice, choice.solve(choice.form(cvar)), cvar)

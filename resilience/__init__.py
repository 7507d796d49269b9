"""Least-cost allied supply of critical minerals when a dominant country restricts exports.

A network of mines, plants and demands is read from YAML, turned into a linear program, solved, and
proved. Start with `load` and `Network.solve`.

Names are imported when they are first used, so that ``resilience --help`` need not wait for NumPy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resilience.analyses.bloc import Bloc, Deterrent, Temptation, bloc, deterrent, temptation
    from resilience.analyses.check import check
    from resilience.analyses.coalition_costs import CoalitionCosts, coalition_costs
    from resilience.analyses.compare import Comparison, compare
    from resilience.analyses.curve import CostCurve, curve
    from resilience.analyses.harden import Hardened, harden
    from resilience.analyses.monte_carlo import MonteCarlo, monte_carlo
    from resilience.analyses.plan import Plan, plan
    from resilience.analyses.single_failures import single_failures
    from resilience.analyses.sweep import sweep
    from resilience.analyses.time_to_survive import time_to_survive
    from resilience.analyses.worst_case import WorstCase, worst_case
    from resilience.errors import (
        CertificateError,
        Finding,
        FormulationError,
        InfeasibleError,
        InputError,
        NoAnswerError,
        OutputError,
        Problem,
        ResilienceError,
        ScenarioError,
        SolveInterrupted,
        SolverError,
        TimeLimitError,
        UnboundedError,
    )
    from resilience.network import Network, load
    from resilience.policies import (
        POLICIES,
        Budget,
        ContentMinimum,
        DemandChange,
        ExportRestriction,
        ExportTax,
        FreightShock,
        Offtake,
        OriginRule,
        Outage,
        Policy,
        PriceFloor,
        PriceShock,
        SourcingCap,
        StockpileRule,
        Subsidy,
        Tariff,
    )
    from resilience.program import Certificate
    from resilience.report import report
    from resilience.results.accounts import accounts
    from resilience.results.concentration import concentration
    from resilience.results.solution import Solution
    from resilience.summary import Scorecard, scorecard
    from resilience.whatif.question import WhatIf

__version__ = "0.1.0"

_HOME = {
    "resilience.analyses.bloc": ("Bloc", "Deterrent", "Temptation", "bloc", "deterrent", "temptation"),
    "resilience.analyses.coalition_costs": ("CoalitionCosts", "coalition_costs"),
    "resilience.analyses.check": ("check",),
    "resilience.analyses.compare": ("Comparison", "compare"),
    "resilience.analyses.curve": ("CostCurve", "curve"),
    "resilience.analyses.monte_carlo": ("MonteCarlo", "monte_carlo"),
    "resilience.analyses.sweep": ("sweep",),
    "resilience.errors": (
        "CertificateError",
        "Finding",
        "FormulationError",
        "InfeasibleError",
        "InputError",
        "NoAnswerError",
        "OutputError",
        "Problem",
        "ResilienceError",
        "ScenarioError",
        "SolveInterrupted",
        "SolverError",
        "TimeLimitError",
        "UnboundedError",
    ),
    "resilience.analyses.harden": ("Hardened", "harden"),
    "resilience.analyses.plan": ("Plan", "plan"),
    "resilience.analyses.single_failures": ("single_failures",),
    "resilience.analyses.time_to_survive": ("time_to_survive",),
    "resilience.analyses.worst_case": ("WorstCase", "worst_case"),
    "resilience.network": ("Network", "load"),
    "resilience.policies": (
        "POLICIES",
        "Budget",
        "ContentMinimum",
        "DemandChange",
        "ExportRestriction",
        "ExportTax",
        "FreightShock",
        "Offtake",
        "OriginRule",
        "Outage",
        "Policy",
        "PriceFloor",
        "PriceShock",
        "SourcingCap",
        "StockpileRule",
        "Subsidy",
        "Tariff",
    ),
    "resilience.program": ("Certificate",),
    "resilience.report": ("report",),
    "resilience.results.accounts": ("accounts",),
    "resilience.results.concentration": ("concentration",),
    "resilience.results.solution": ("Solution",),
    "resilience.summary": ("Scorecard", "scorecard"),
    "resilience.whatif.question": ("WhatIf",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "POLICIES",
    "Bloc",
    "Budget",
    "Certificate",
    "CertificateError",
    "CoalitionCosts",
    "Comparison",
    "ContentMinimum",
    "CostCurve",
    "DemandChange",
    "Deterrent",
    "ExportRestriction",
    "ExportTax",
    "Finding",
    "FormulationError",
    "FreightShock",
    "Hardened",
    "InfeasibleError",
    "InputError",
    "MonteCarlo",
    "Network",
    "NoAnswerError",
    "Offtake",
    "OriginRule",
    "Outage",
    "OutputError",
    "Plan",
    "Policy",
    "PriceFloor",
    "PriceShock",
    "Problem",
    "ResilienceError",
    "ScenarioError",
    "Scorecard",
    "Solution",
    "SolveInterrupted",
    "SolverError",
    "SourcingCap",
    "StockpileRule",
    "Subsidy",
    "Tariff",
    "Temptation",
    "TimeLimitError",
    "UnboundedError",
    "WhatIf",
    "WorstCase",
    "accounts",
    "bloc",
    "check",
    "coalition_costs",
    "compare",
    "concentration",
    "curve",
    "deterrent",
    "harden",
    "load",
    "monte_carlo",
    "plan",
    "report",
    "scorecard",
    "single_failures",
    "sweep",
    "temptation",
    "time_to_survive",
    "worst_case",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'resilience' has no attribute '{name}'")
    value = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted([*globals(), *__all__])

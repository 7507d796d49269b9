"""How large a program may become: counted before any array is made."""

from __future__ import annotations

from resilience.formulation.faults import FaultList, PathParts
from resilience.grammar.sections import Spec

MOST_COLUMNS = 20_000_000
"""Columns of one program; some 10 GB while it is put together."""


def check_entries(spec: Spec, n_periods: int, faults: FaultList) -> None:
    """Report a horizon over which the entries alone, without lanes, are too many."""
    curves = [entry.cost for entry in spec.facilities.values()]
    curves += [entry.price for entry in spec.supplies.values()]
    curves += [entry.price or entry.shortfall_cost or 0.0 for entry in spec.demands.values()]
    n_steps = sum(len(curve) if isinstance(curve, tuple) else 1 for curve in curves)
    check_size(n_steps, n_periods, ("horizon", "periods"), faults)


def check_size(n_activities: int, n_periods: int, path: PathParts, faults: FaultList) -> bool:
    """Say whether so many activities fit, and report where they come from if not.

    Examples
    --------
    >>> faults = FaultList()
    >>> check_size(4_000_000, 1200, ("lanes", 0), faults)
    False
    >>> faults.found[0][1]
    'makes 4,000,000 activities over 1,200 periods; a program holds 20,000,000 columns'
    """
    if n_activities * n_periods <= MOST_COLUMNS:
        return True
    faults.add(
        path,
        f"makes {n_activities:,} activities over {n_periods:,} periods; "
        f"a program holds {MOST_COLUMNS:,} columns",
    )
    return False

"""Periods by the names that tables give them, also in sentences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resilience.formulation import Formulation


def period_names(formulation: Formulation) -> NDArray[np.object_]:
    """Return the name of each period: 2025, 2025-Q1 or 2025-01."""
    horizon = formulation.spec.horizon
    starts = formulation.calendar.starts
    if horizon.step == "year":
        texts = [str(start.year) if start.month == 1 else f"{start:%Y-%m}" for start in starts]
    elif horizon.step == "quarter" and all(start.month % 3 == 1 for start in starts):
        texts = [f"{start.year}-Q{start.month // 3 + 1}" for start in starts]
    else:
        texts = [f"{start:%Y-%m}" for start in starts]
    return np.array(texts, dtype=object)


def in_period(period: int | str, formulation: Formulation) -> str:
    """Return " in 2026-Q4", to follow what a sentence is about; nothing where there is one period only."""
    names = period_names(formulation)
    return f" in {names[int(period)]}" if len(names) > 1 else ""

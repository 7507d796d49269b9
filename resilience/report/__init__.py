"""Results shown: words, tables, figures, JSON and CSV, one HTML file. Formats, computes nothing.

The room is called like the function that it is named after: ``resilience.report(network, scenarios, path)``
is `resilience.report.html.report`, and ``resilience.report.html`` is still the module.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resilience.report.html import report
else:
    report = sys.modules[__name__]


class _Room(ModuleType):
    """A module that can be called: the function `report` and this package share their name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return importlib.import_module("resilience.report.html").report(*args, **kwargs)


sys.modules[__name__].__class__ = _Room

__all__ = ["report"]

"""In what a number of the file is measured."""

from __future__ import annotations

from collections.abc import Mapping

from resilience.fields import Section
from resilience.grammar import Spec


def unit_at(spec: Spec, path: str) -> str:
    """Return the unit of the number at a path, such as ``t/yr``; ``""`` where it has none or is unknown.

    A share is 1 for 100 %.
    """
    parts = path.split(".")
    section = getattr(spec, parts[0], None)
    entry = section.get(parts[1]) if isinstance(section, Mapping) and len(parts) == 3 else None
    declared = type(entry).model_fields.get(parts[2]) if isinstance(entry, Section) else None
    extra = declared.json_schema_extra if declared is not None else None
    if not isinstance(extra, dict):
        return ""
    unit = str(extra["unit"])
    return unit.replace("mass", spec.units.mass).replace("currency", spec.units.currency)

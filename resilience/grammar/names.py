"""Did-you-mean, as for the fields of an entry, for the names in a network."""

from resilience.fields.suggest import LONGEST, nearest, suggest

__all__ = ["LONGEST", "nearest", "suggest"]

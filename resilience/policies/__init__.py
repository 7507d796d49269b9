"""Policy instruments, one a file; the registry that the grammar reads `type:` from."""

from collections.abc import Mapping

from resilience.policies.export_restriction import ExportRestriction
from resilience.policies.outage import Outage
from resilience.policies.policy import LimitRows, Policy, Situation
from resilience.policies.tariff import Tariff

POLICIES: Mapping[str, type[Policy]] = {
    policy.instrument: policy for policy in (ExportRestriction, Outage, Tariff)
}
"""Every instrument by the name it has in a file."""

__all__ = ["POLICIES", "ExportRestriction", "LimitRows", "Outage", "Policy", "Situation", "Tariff"]

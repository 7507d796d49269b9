"""Policy instruments, one a file; the registry that the grammar reads `type:` from."""

from collections.abc import Mapping

from resilience.policies.budget import Budget
from resilience.policies.content_minimum import ContentMinimum
from resilience.policies.demand_change import DemandChange
from resilience.policies.export_restriction import ExportRestriction
from resilience.policies.export_tax import ExportTax
from resilience.policies.freight_shock import FreightShock
from resilience.policies.offtake import Offtake
from resilience.policies.origin_rule import OriginRule
from resilience.policies.outage import Outage
from resilience.policies.policy import Additions, Policy, Situation
from resilience.policies.price_floor import PriceFloor
from resilience.policies.price_shock import PriceShock
from resilience.policies.sourcing_cap import SourcingCap
from resilience.policies.stockpile_rule import StockpileRule
from resilience.policies.subsidy import Subsidy
from resilience.policies.tariff import Tariff

POLICIES: Mapping[str, type[Policy]] = {
    policy.instrument: policy
    for policy in (
        Budget,
        ContentMinimum,
        DemandChange,
        ExportRestriction,
        ExportTax,
        FreightShock,
        Offtake,
        OriginRule,
        Outage,
        PriceFloor,
        PriceShock,
        SourcingCap,
        StockpileRule,
        Subsidy,
        Tariff,
    )
}
"""Every instrument by the name it has in a file."""

__all__ = [
    "POLICIES",
    "Additions",
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
    "Situation",
    "SourcingCap",
    "StockpileRule",
    "Subsidy",
    "Tariff",
]

"""Many what-ifs on one network: asked as values, answered from one compiled base, by any workers."""

from resilience.whatif.bench import Answer, Bench
from resilience.whatif.question import WhatIf

__all__ = ["Answer", "Bench", "WhatIf"]

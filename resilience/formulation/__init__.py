"""Sections to program: activities, balances, limits."""

from resilience.formulation.compile import Formulation, FormulationFaults, apply_policies, formulate

__all__ = ["Formulation", "FormulationFaults", "apply_policies", "formulate"]

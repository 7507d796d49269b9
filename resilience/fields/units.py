"""Units: what a bare number means, and the conversion of a number that carries its own unit.

Unit texts come from untrusted files, so only words joined by ``*``, ``/``, ``per`` and small whole
powers are let through to pint, and never a long text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from resilience.fields.faults import MOST_SHOWN, Fault, shorten

_WORD = r"[A-Za-zµ_]{1,24}(?:(?:\*\*|\^)-?[1-3])?"
UNIT = re.compile(rf"{_WORD}(?:(?:\s*[*/·]\s*|\s+per\s+|\s+){_WORD}){{0,4}}")
CURRENCY = re.compile(r"[A-Z]{3}")
CURRENCIES = ("USD", "EUR", "CNY", "JPY", "GBP", "AUD", "CAD", "KRW", "INR")
AMBIGUOUS = {
    "ton": "write t (1000 kg), short_ton or long_ton",
    "tons": "write t (1000 kg), short_ton or long_ton",
    "mt": "write t (1000 kg) or Mt (a million t)",
    "MT": "write t (1000 kg) or Mt (a million t)",
}
"""Words that mean one thing to the reader and another to the unit library."""
TAKEN = ("yr", "year", "years", "a", "month", "months", "week", "day", "d", "h", "m", "km", "percent")
"""Words that cannot be a network's unit of mass, since fields use them for something else."""

COMMON = {
    **{(word, "yr"): 1.0 for word in ("year", "years", "yr")},
    **{(word, "yr"): 1 / 12 for word in ("month", "months")},
    **{(word, "yr"): 7 / 365.25 for word in ("week", "weeks")},
    **{(word, "yr"): 1 / 365.25 for word in ("day", "days")},
    **{(f"{word}{per}", f"t{per}"): size for word, size in (("kt", 1e3), ("Mt", 1e6)) for per in ("", "/yr")},
}
"""What most files need, by unit and wanted unit: starting the unit library takes longer than all else."""


@dataclass(frozen=True)
class Units:
    """The units of bare numbers in one network.

    Parameters
    ----------
    mass : str
        Unit of everything that flows, ``t`` unless said otherwise; a word that is no unit of mass
        (``case``) is taken as a unit of its own.
    currency : str
        Three-letter code.

    Examples
    --------
    >>> units = Units()
    >>> units.convert("12", "kt/yr", "mass/yr"), units.convert("62", "USD/kg", "currency/mass")
    (12000.0, 62000.0)
    >>> units.show("currency/mass")
    'USD/t'
    """

    mass: str = "t"
    currency: str = "USD"

    def show(self, unit: str) -> str:
        """Return a field's unit in this network's words."""
        return unit.replace("currency", self.currency).replace("mass", self.mass)

    def convert(self, number: str, unit: str, wanted: str) -> float:
        """Convert a number with a written unit.

        Raises
        ------
        Fault
            If the unit is unknown, ambiguous or of another dimension.
        """
        target = self.show(wanted)
        if unit != target:
            return float(number) * self.factor(unit, wanted)
        return float(number)

    def factor(self, unit: str, wanted: str) -> float:
        """Return how many of the wanted unit one written unit is."""
        target = self.show(wanted)
        if len(unit) > MOST_SHOWN or UNIT.fullmatch(unit) is None:
            raise Fault(f"'{shorten(unit)}' is not a unit; wanted {target}, such as 12 {target}")
        for word in re.findall(r"[A-Za-zµ_]+", unit):
            if word in AMBIGUOUS:
                raise Fault(f"unit '{word}' is ambiguous; {AMBIGUOUS[word]}")
        factor = COMMON.get((unit, target)) or self._factor(unit, target)
        if factor is not None:
            return factor
        per_year = f"{unit}/yr"
        hint = f"; did you mean '{per_year}'?" if self._factor(per_year, target) is not None else ""
        raise Fault(f"'{unit}' is not a unit of {target}{hint}")

    def _factor(self, unit: str, target: str) -> float | None:
        """Return the factor, or None where the dimensions differ."""
        import pint

        registry = self._registry
        try:
            return float(registry.Quantity(1.0, registry.parse_units(unit)).to(target).magnitude)
        except pint.UndefinedUnitError as error:
            word = str(error).partition(" is not defined")[0]
            raise Fault(f"unknown unit {shorten(word)}; wanted {target}") from None
        except (pint.errors.PintError, ValueError, TypeError, AttributeError, ArithmeticError):
            return None

    @cached_property
    def _registry(self) -> Any:
        return _registry(self.mass, self.currency)

    def __hash__(self) -> int:
        return hash((self.mass, self.currency))


@lru_cache(maxsize=8)
def _registry(mass: str, currency: str) -> Any:
    import pint

    registry: Any = pint.UnitRegistry(on_redefinition="ignore", cache_folder=None)
    registry.define("kt = 1000 * metric_ton")  # pint reads kt as knots
    registry.define("yr = year = a")
    for code in dict.fromkeys((*CURRENCIES, currency)):
        registry.define(f"{code} = [currency_{code}]")
    try:
        is_mass = registry.parse_units(mass).is_compatible_with("kg")
    except pint.errors.PintError:
        is_mass = False
    if not is_mass:
        registry.define(f"{mass} = [mass_{mass}]")
    return registry


def check_mass(word: str) -> None:
    """Raise a `Fault` unless a word can be a network's unit of what flows."""
    if re.fullmatch(r"[A-Za-z_]{1,24}", word) is None or word.strip("_") == "":
        raise Fault(f"'{shorten(word)}' is not a unit; write one word, such as t, kg or case")
    if word in TAKEN or word in CURRENCIES:
        raise Fault(f"'{word}' is not a unit of mass, and cannot be made one")
    if word in AMBIGUOUS:
        raise Fault(f"unit '{word}' is ambiguous; {AMBIGUOUS[word]}")


def check_currency(word: str) -> None:
    """Raise a `Fault` unless a word is a currency's code."""
    if CURRENCY.fullmatch(word) is None:
        raise Fault(f"'{shorten(word)}' is not a currency; write its three-letter code, such as USD")

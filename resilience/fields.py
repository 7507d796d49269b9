"""What a value in a network file is: quantities with units, dates, names, and the classes that hold them.

A file is read as text, and each field interprets its own text. So ``NO`` is a name where a name is
wanted, ``1e6`` and ``1_000_000`` are numbers where a number is wanted, and ``12 kt/yr`` is converted
once, here. From Python the same fields take numbers, strings, booleans and dates.

Units of fields are written in three words that each network defines for itself: ``mass`` (``t``),
``currency`` (``USD``) and ``yr``.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SkipValidation,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError


NUMBER = re.compile(r"[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d+)?")
DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
IDENTIFIER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
LARGEST = 1e15
"""No quantity may be larger: beyond it a float no longer tells one tonne from the next."""


class Fault(ValueError):
    """A value that cannot be read; ``path`` leads from the field to the part at fault."""

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


class Faults(ValueError):
    """Several faults in one field."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


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
            If the unit is unknown or of another dimension.
        """
        if unit == self.show(wanted):
            return float(number)
        import pint

        registry, target = self._registry, self.show(wanted)
        try:
            factor = registry.Quantity(1.0, registry.parse_units(unit)).to(target).magnitude
        except pint.DimensionalityError:
            raise Fault(f"'{unit}' is not a unit of {target}") from None
        except (
            pint.errors.PintError,
            ValueError,
            TypeError,
            AttributeError,
            KeyError,
            SyntaxError,
            ArithmeticError,
        ):
            raise Fault(f"unknown unit '{unit}'; wanted {target}") from None
        return float(number) * float(factor)

    @cached_property
    def _registry(self) -> Any:
        return _registry(self.mass, self.currency)

    def __hash__(self) -> int:
        return hash((self.mass, self.currency))


@lru_cache(maxsize=8)
def _registry(mass: str, currency: str) -> Any:
    import pint

    registry = pint.UnitRegistry(on_redefinition="ignore", cache_folder=None)
    registry.define("kt = 1000 * metric_ton")  # pint reads kt as knots
    registry.define("yr = year = a")
    for code in dict.fromkeys(("USD", "EUR", "CNY", "JPY", "GBP", "AUD", "CAD", "KRW", "INR", currency)):
        registry.define(f"{code} = [currency_{code}]")
    try:
        is_mass = registry.parse_units(mass).is_compatible_with("kg")
    except pint.UndefinedUnitError:
        is_mass = False
    if not is_mass:
        registry.define(f"{mass} = [mass_{mass}]")
    return registry


@dataclass(frozen=True)
class Schedule:
    """A value that changes at dates.

    Parameters
    ----------
    dates : tuple of date
        Ascending; each number holds from its date on. Before the first date the first number holds.
    numbers : tuple of float

    Examples
    --------
    >>> Schedule((datetime.date(2025, 1, 1), datetime.date(2027, 1, 1)), (12.0, 20.0)).at(datetime.date(2026, 7, 1))
    12.0
    """

    dates: tuple[datetime.date, ...]
    numbers: tuple[float, ...]

    def at(self, date: datetime.date) -> float:
        """Return the number in force on a date."""
        passed = [number for start, number in zip(self.dates, self.numbers, strict=True) if start <= date]
        return passed[-1] if passed else self.numbers[0]


@dataclass(frozen=True)
class Duration:
    """A lead time, in periods or in years.

    Examples
    --------
    >>> Duration(0.5, "yr").periods(1 / 12)
    6
    """

    number: float
    unit: str = "period"

    def periods(self, years_per_period: float) -> int:
        """Return whole periods, rounded up."""
        if self.unit == "period":
            return math.ceil(self.number)
        return math.ceil(round(self.number / years_per_period, 9))


@dataclass(frozen=True)
class Tier:
    """One step of a cost, price or shortfall curve: up to ``capacity`` units at ``cost`` each."""

    capacity: float | Schedule | None
    cost: float | Schedule


@dataclass(frozen=True)
class FreightRate:
    """Cost of a lane by distance.

    Parameters
    ----------
    fixed : float
        Currency per tonne whatever the distance.
    per_tonne_km, per_tonne_km_inland : float
        Currency per tonne and km, on the main leg and on the legs to and from ports.
    distance : float or "great_circle" or "sea"
        Km, or how they are found.
    """

    fixed: float | Schedule = 0.0
    per_tonne_km: float | Schedule = 0.0
    per_tonne_km_inland: float | Schedule | None = None
    distance: float | str = "great_circle"


def read_number(value: Any, unit: str = "", units: Units | None = None) -> float:
    """Read one number, with or without its unit.

    Raises
    ------
    Fault
        If it is no number, not finite, or has a unit of the wrong dimension.

    Examples
    --------
    >>> read_number("25%"), read_number("1_000_000"), read_number("1e6")
    (0.25, 1000000.0, 1000000.0)
    >>> read_number("12 kt/yr", "mass/yr", Units())
    12000.0
    >>> read_number("12:30")
    Traceback (most recent call last):
    resilience.fields.Fault: '12:30' is not a number
    """
    if isinstance(value, bool) or value is None or isinstance(value, Mapping | list | tuple):
        raise Fault(f"wanted a number{_in(unit, units)}, not {_shown(value)}")
    if not isinstance(value, str):
        try:
            return _bounded(float(value))
        except (TypeError, ValueError, OverflowError):
            raise Fault(f"wanted a number{_in(unit, units)}, not {_shown(value)}") from None
    text = value.strip()
    match = NUMBER.match(text)
    if match is None:
        if text.lower().lstrip("+-.") in ("nan", "inf", "infinity"):
            raise Fault(f"'{text}' is not a finite number")
        raise Fault(f"'{text}' is not a number")
    number, rest = match.group().replace("_", ""), text[match.end() :].strip()
    if rest == "%":
        if unit not in ("", "share"):
            raise Fault(f"a percentage cannot be given in {(units or Units()).show(unit)}")
        return _bounded(float(number) / 100)
    if not rest:
        return _bounded(float(number))
    if not unit or rest[0] in ".:-_" or rest[0].isdigit():
        raise Fault(f"'{text}' is not a number")
    if unit == "share":
        raise Fault(f"'{rest}' is a unit, and a share has none; write {number} or a percentage")
    return _bounded((units or Units()).convert(number, rest, unit))


def _bounded(number: float) -> float:
    if not math.isfinite(number):
        raise Fault(f"'{number}' is not a finite number")
    if abs(number) > LARGEST:
        raise Fault(f"{number:g} is larger than any quantity may be ({LARGEST:g})")
    return number


def _in(unit: str, units: Units | None) -> str:
    return f" in {(units or Units()).show(unit)}" if unit else ""


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return f"'{value}'"


def read_date(value: Any) -> datetime.date:
    """Read ``2025``, ``2025-04`` or ``2025-04-15``: the first day meant.

    Examples
    --------
    >>> read_date("2025-04")
    datetime.date(2025, 4, 1)
    """
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    match = DATE.fullmatch(str(value).strip())
    if match is not None:
        year, month, day = (int(part) if part else 1 for part in match.groups())
        try:
            return datetime.date(year, month, day)
        except ValueError:
            pass
    raise Fault(f"{_shown(value)} is not a date; write 2025, 2025-04 or 2025-04-15")


def read_quantity(value: Any, unit: str, units: Units) -> float | Schedule:
    """Read a number, or a mapping from date to number.

    Examples
    --------
    >>> read_quantity({"2025": "1", "2027-07": "2 kt/yr"}, "mass/yr", Units()).numbers
    (1.0, 2000.0)
    """
    if not isinstance(value, Mapping):
        return read_number(value, unit, units)
    if not value:
        raise Fault("an empty mapping; wanted dates and numbers")
    found: list[tuple[datetime.date, float]] = []
    faults: list[Fault] = []
    for key, item in value.items():
        try:
            found.append((read_date(key), read_number(item, unit, units)))
        except Fault as fault:
            faults.append(Fault(str(fault), (key,)))
    if faults:
        raise Faults(faults)
    found.sort()
    if len({date for date, _ in found}) < len(found):
        raise Fault("a date stands twice")
    return Schedule(tuple(date for date, _ in found), tuple(number for _, number in found))


def numbers_of(value: float | Schedule) -> tuple[float, ...]:
    """Return every number a quantity can take."""
    return value.numbers if isinstance(value, Schedule) else (value,)


def check_bounds(value: float | Schedule, bounds: Mapping[str, float], what: str = "") -> None:
    """Raise a `Fault` unless every number is within the bounds."""
    for number in numbers_of(value):
        head = f"{what} " if what else ""
        if "ge" in bounds and number < bounds["ge"]:
            raise Fault(f"{head}{number:g} is below the least possible, {bounds['ge']:g}")
        if "gt" in bounds and number <= bounds["gt"]:
            raise Fault(f"{head}{number:g} must be above {bounds['gt']:g}")
        if "le" in bounds and number > bounds["le"]:
            raise Fault(f"{head}{number:g} is above the most possible, {bounds['le']:g}")
        if "lt" in bounds and number >= bounds["lt"]:
            raise Fault(f"{head}{number:g} must be below {bounds['lt']:g}")


def read_name(value: Any) -> str:
    """Read a name or id; a number written bare is taken as its text."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Fault(f"wanted a name, not {_shown(value)}")


def read_names(value: Any) -> tuple[str, ...]:
    """Read one name or a list of names; in a table's cell ``;`` parts them.

    Examples
    --------
    >>> read_names("CHN"), read_names(["CHN", "RUS"])
    (('CHN',), ('CHN', 'RUS'))
    """
    items = [value] if isinstance(value, str | int) else value
    if isinstance(value, str) and ";" in value and not value.lstrip().lower().startswith("assumed"):
        items = [item for item in value.split(";") if item.strip()]
    if not isinstance(items, Iterable) or isinstance(items, Mapping):
        raise Fault(f"wanted a name or a list of names, not {_shown(value)}")
    names, faults = [], []
    for number, item in enumerate(items):
        try:
            name = read_name(item)
            if not name:
                raise Fault("an empty name")
            names.append(name)
        except Fault as fault:
            faults.append(Fault(str(fault), (number,)))
    if faults:
        raise Faults(faults)
    if not names:
        raise Fault("an empty list")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise Fault(f"'{min(twice)}' stands twice in the list")
    return tuple(names)


def read_flag(value: Any) -> bool:
    """Read ``true`` or ``false``, and nothing else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip() in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return value.strip().lower() == "true"
    raise Fault(f"wanted true or false, not {_shown(value)}")


def read_whole(value: Any) -> int:
    """Read a whole number."""
    number = read_number(value)
    if number != int(number):
        raise Fault(f"wanted a whole number, not {_shown(value)}")
    return int(number)


def read_text(value: Any) -> str:
    """Read a text."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Fault(f"wanted a text, not {_shown(value)}")


def read_amounts(value: Any, unit: str, units: Units, bounds: Mapping[str, float]) -> Mapping[str, float]:
    """Read a mapping from name to number."""
    if not isinstance(value, Mapping):
        raise Fault(f"wanted a mapping from name to number, not {_shown(value)}")
    amounts, faults = {}, []
    for key, item in value.items():
        try:
            number = read_number(item, unit, units)
            check_bounds(number, bounds)
            amounts[str(key)] = number
        except Fault as fault:
            faults.append(Fault(str(fault), (key,)))
    if faults:
        raise Faults(faults)
    return amounts


def read_tiers(
    value: Any,
    unit: str,
    units: Units,
    bounds: Mapping[str, float],
    width: str = "mass/yr",
    rising: bool = True,
) -> float | Schedule | tuple[Tier, ...]:
    """Read a cost, or tiers of it: ``[{capacity: 100, cost: 5}, {cost: 9}]``.

    Raises
    ------
    Fault, Faults
        If the tiers are not convex: costs must rise from tier to tier (or fall, for the price a buyer
        pays), since otherwise the cheap tier would be taken before the dear one that it depends on.
    """
    if not isinstance(value, list | tuple):
        quantity = read_quantity(value, unit, units)
        check_bounds(quantity, bounds)
        return quantity
    tiers: list[Tier] = []
    faults: list[Fault] = []
    for number, item in enumerate(value):
        try:
            tiers.append(_read_tier(item, unit, units, bounds, width))
        except Fault as fault:
            faults.append(Fault(str(fault), (number, *fault.path)))
    if not value:
        faults.append(Fault("an empty list of tiers"))
    if faults:
        raise Faults(faults)
    for number, (one, other) in enumerate(zip(tiers, tiers[1:], strict=False)):
        if one.capacity is None:
            raise Fault("a tier without capacity takes everything, so none may follow it", (number,))
        pairs = [(first, second) for first in numbers_of(one.cost) for second in numbers_of(other.cost)]
        if any(second < first if rising else second > first for first, second in pairs):
            word = "rise" if rising else "fall"
            raise Fault(
                f"the tiers are not convex: costs must {word} from tier to tier", (number + 1, "cost")
            )
    return tuple(tiers)


def _read_tier(item: Any, unit: str, units: Units, bounds: Mapping[str, float], width: str) -> Tier:
    if not isinstance(item, Mapping):
        raise Fault(f"wanted {{capacity: , cost: }}, not {_shown(item)}")
    unknown = [key for key in item if key not in ("capacity", "cost")]
    if unknown:
        raise Fault(f"unknown field '{unknown[0]}'; a tier has `capacity` and `cost`", (unknown[0],))
    if "cost" not in item:
        raise Fault("a tier needs a `cost`")
    capacity = None
    try:
        cost = read_quantity(item["cost"], unit, units)
        check_bounds(cost, bounds)
    except Fault as fault:
        raise Fault(str(fault), ("cost", *fault.path)) from None
    if item.get("capacity") is not None:
        try:
            capacity = read_quantity(item["capacity"], width, units)
            check_bounds(capacity, {"ge": 0.0})
        except Fault as fault:
            raise Fault(str(fault), ("capacity", *fault.path)) from None
    return Tier(capacity, cost)


def read_freight(value: Any, units: Units) -> float | Schedule | FreightRate:
    """Read the cost of a lane: a number, dates to numbers, or a rate by distance."""
    rate_fields = {
        "fixed": "currency/mass",
        "per_tonne_km": "currency/mass/km",
        "per_tonne_km_inland": "currency/mass/km",
    }
    if not isinstance(value, Mapping) or not (set(value) & {*rate_fields, "distance"}):
        quantity = read_quantity(value, "currency/mass", units)
        check_bounds(quantity, {"ge": 0.0})
        return quantity
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for key, item in value.items():
        try:
            if key == "distance":
                found[key] = (
                    item.strip() if item in ("great_circle", "sea") else read_number(item, "km", units)
                )
                if not isinstance(found[key], str):
                    check_bounds(found[key], {"ge": 0.0})
            elif key in rate_fields:
                found[key] = read_quantity(item, rate_fields[key], units)
                check_bounds(found[key], {"ge": 0.0})
            else:
                raise Fault(
                    f"unknown field '{key}'; a freight rate has {', '.join(rate_fields)} and distance"
                )
        except Fault as fault:
            faults.append(Fault(str(fault), (key, *fault.path)))
    if faults:
        raise Faults(faults)
    if "distance" not in found and ("per_tonne_km" in found):
        raise Fault("per_tonne_km needs `distance:` (great_circle, sea, or a number of km)")
    return FreightRate(**found)


def read_duration(value: Any, units: Units) -> Duration:
    """Read a lead time: a bare number is periods, with a unit it is a time.

    Examples
    --------
    >>> read_duration("18 months", Units())
    Duration(number=1.5, unit='yr')
    """
    if isinstance(value, str) and re.search("[A-Za-z]", value.strip().lstrip("0123456789._+-")):
        years = read_number(value, "yr", units)
        check_bounds(years, {"ge": 0.0})
        return Duration(years, "yr")
    number = read_number(value)
    check_bounds(number, {"ge": 0.0})
    if number != int(number):
        raise Fault(f"{number:g} periods; wanted a whole number, or a time with its unit (45 days)")
    return Duration(number)


def read_location(value: Any) -> tuple[float, float]:
    """Read ``[latitude, longitude]`` in degrees."""
    items = re.split(r"[;,\s]+", value.strip()) if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or len(items) != 2:
        raise Fault(f"wanted [latitude, longitude], not {_shown(value)}")
    latitude, longitude = (read_number(item) for item in items)
    if not -90 <= latitude <= 90:
        raise Fault(f"latitude {latitude:g} is not within -90 and 90", (0,))
    if not -180 <= longitude <= 180:
        raise Fault(f"longitude {longitude:g} is not within -180 and 180", (1,))
    return latitude, longitude


def read_by_field(value: Any) -> Mapping[str, tuple[str, ...]]:
    """Read texts for the whole entry (under ``""``) or a mapping from field to texts.

    Examples
    --------
    >>> read_by_field("usgs"), read_by_field({"cost": "assumed: as Kuantan"})
    ({'': ('usgs',)}, {'cost': ('assumed: as Kuantan',)})
    """
    if isinstance(value, Mapping):
        return {str(key): read_names(item) for key, item in value.items()}
    return {"": read_names(value)}


READERS: Mapping[str, Any] = {
    "date": lambda value, *_: read_date(value),
    "name": lambda value, *_: read_name(value),
    "names": lambda value, *_: read_names(value),
    "names_or_none": lambda value, *_: () if value in ([], ()) else read_names(value),
    "flag": lambda value, *_: read_flag(value),
    "text": lambda value, *_: read_text(value),
    "location": lambda value, *_: read_location(value),
    "by_field": lambda value, *_: read_by_field(value),
    "whole": lambda value, *_: read_whole(value),
    "duration": lambda value, unit, units, bounds: read_duration(value, units),
    "freight": lambda value, unit, units, bounds: read_freight(value, units),
    "amounts": read_amounts,
    "tiers": read_tiers,
    "prices": lambda value, unit, units, bounds: read_tiers(value, unit, units, bounds, rising=False),
}
"""How each kind of field is read: (value, unit, units, bounds) -> value."""

BOUNDED = ("quantity", "number", "whole")


def read_value(value: Any, kind: str, unit: str, units: Units, bounds: Mapping[str, float]) -> Any:
    """Read a value of any kind of field."""
    if kind in READERS and kind != "whole":
        return READERS[kind](value, unit, units, bounds)
    if kind == "quantity":
        found: Any = read_quantity(value, unit, units)
    elif kind == "whole":
        found = read_whole(value)
    else:
        found = read_number(value, unit, units)
    check_bounds(found, bounds)
    return found


_NUMBER = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[+-]?[0-9._eE+%-]"}]}
_QUANTITY = {"anyOf": [*_NUMBER["anyOf"], {"type": "object", "additionalProperties": _NUMBER}]}
_NAMES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
_TIER = {
    "type": "object",
    "properties": {"capacity": _QUANTITY, "cost": _QUANTITY},
    "required": ["cost"],
    "additionalProperties": False,
}
_TIERS = {"anyOf": [*_QUANTITY["anyOf"], {"type": "array", "items": _TIER, "minItems": 1}]}
_FREIGHT = {
    "anyOf": [
        *_NUMBER["anyOf"],
        {
            "type": "object",
            "properties": {
                "fixed": _QUANTITY,
                "per_tonne_km": _QUANTITY,
                "per_tonne_km_inland": _QUANTITY,
                "distance": {"anyOf": [{"enum": ["great_circle", "sea"]}, *_NUMBER["anyOf"]]},
            },
            "additionalProperties": False,
        },
        {"type": "object", "patternProperties": {"^[0-9]{4}": _NUMBER}, "additionalProperties": False},
    ]
}
_BY_FIELD = {"anyOf": [*_NAMES["anyOf"], {"type": "object", "additionalProperties": _NAMES}]}
_LOCATION = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_DATE = {"anyOf": [{"type": "string", "pattern": "^[0-9]{4}"}, {"type": "integer"}]}

Quantity = Annotated[float | Schedule, SkipValidation, WithJsonSchema(_QUANTITY)]
Number = Annotated[float, SkipValidation, WithJsonSchema(_NUMBER)]
Names = Annotated[tuple[str, ...], SkipValidation, WithJsonSchema(_NAMES)]
Amounts = Annotated[
    Mapping[str, float], SkipValidation, WithJsonSchema({"type": "object", "additionalProperties": _NUMBER})
]
Tiers = Annotated[float | Schedule | tuple[Tier, ...], SkipValidation, WithJsonSchema(_TIERS)]
Freight = Annotated[float | Schedule | FreightRate, SkipValidation, WithJsonSchema(_FREIGHT)]
Location = Annotated[tuple[float, float], SkipValidation, WithJsonSchema(_LOCATION)]
Date = Annotated[datetime.date, SkipValidation, WithJsonSchema(_DATE)]
LeadTime = Annotated[Duration, SkipValidation, WithJsonSchema(_NUMBER)]
ByField = Annotated[Mapping[str, tuple[str, ...]], SkipValidation, WithJsonSchema(_BY_FIELD)]
Flag = Annotated[bool, SkipValidation, WithJsonSchema({"type": "boolean"})]
Text = Annotated[str, SkipValidation, WithJsonSchema({"type": "string"})]


def field(
    unit: str = "",
    *,
    kind: str = "",
    default: Any = ...,
    alias: str | None = None,
    ref: str = "",
    **bounds: float,
) -> Any:
    """Declare a field: its unit, kind, default, bounds, and what its names refer to.

    Parameters
    ----------
    unit : str
        In ``mass``, ``currency``, ``yr``, ``km`` or ``share``.
    kind : str
        One of `READERS`, or ``quantity`` (may change at dates) or ``number``; ``quantity`` if there is a
        unit, else ``text``.
    default : any
        Left out, the field is required.
    alias : str, optional
        The field's key in a file, where Python cannot spell it.
    ref : str
        What its names refer to: ``commodity``, ``country``, ...
    **bounds : float
        ``ge``, ``gt``, ``le``, ``lt``.
    """
    kind = kind or ("quantity" if unit else "text")
    extra: Any = {"unit": unit, "kind": kind, "ref": ref, "bounds": bounds}
    return Field(default, alias=alias, json_schema_extra=extra)


class Section(BaseModel):
    """Base of all classes that hold an entry of a file: frozen, and without unknown keys."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        validate_by_name=True,
        validate_by_alias=True,
        arbitrary_types_allowed=True,
        protected_namespaces=(),
    )
    kind_of_entry: ClassVar[str] = "entry"

    @field_validator("*", mode="before")
    @classmethod
    def _read_field(cls, value: Any, info: ValidationInfo) -> Any:
        """Interpret a value by its field's kind, unit and bounds."""
        spec = cls.model_fields[info.field_name or ""]
        extra = spec.json_schema_extra
        if not isinstance(extra, dict) or extra.get("kind") in (None, "any"):
            return value
        if value is None and not spec.is_required():
            return spec.get_default(call_default_factory=True)
        kind, unit, bounds = str(extra["kind"]), str(extra["unit"]), extra["bounds"]
        units = info.context if isinstance(info.context, Units) else Units()
        if _is_read(value, kind):
            return value
        try:
            return read_value(value, kind, unit, units, bounds)  # type: ignore[arg-type]
        except Faults as faults:
            raise _as_pydantic([(fault.path, str(fault)) for fault in faults.faults]) from None
        except Fault as fault:
            raise _as_pydantic([(fault.path, str(fault))]) from None


def fault(message: str, *path: str | int) -> PydanticCustomError:
    """Return an error at a field of the entry that is being checked."""
    return _as_pydantic([(path, message)])


READ_TYPES: Mapping[str, tuple[type, ...]] = {
    "quantity": (Schedule,),
    "duration": (Duration,),
    "freight": (Schedule, FreightRate),
    "tiers": (Schedule,),
    "prices": (Schedule,),
}


def _is_read(value: Any, kind: str) -> bool:
    """Say whether a value made in Python is already of the class that reading would give."""
    if kind in ("tiers", "prices") and isinstance(value, tuple) and value:
        return all(isinstance(item, Tier) for item in value)
    return isinstance(value, READ_TYPES.get(kind, ()))


def _as_pydantic(faults: list[tuple[tuple[str | int, ...], str]]) -> PydanticCustomError:
    message = "; ".join(text for _, text in faults).replace("{", "(").replace("}", ")")
    return PydanticCustomError("faults", message, {"faults": faults})  # type: ignore[arg-type]

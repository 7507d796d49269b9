"""How the text of each kind of field is read.

From Python the same fields take numbers, strings, booleans and dates.
"""

from __future__ import annotations

import datetime
import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from resilience.fields.faults import Collected, Fault, shorten, shown
from resilience.fields.units import Units
from resilience.fields.values import Curve, Duration, FreightRate, Schedule, Tier, differences

Bounds = Mapping[str, float]

NUMBER = re.compile(
    r"[+-]?(?:[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+)?"
)
DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
IDENTIFIER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
UNBOUNDED: Bounds = {}
LEAD: Bounds = {"ge": 0.0, "le": 10_000.0}
LARGEST = 1e15
"""No quantity may be larger: beyond it a float no longer tells one tonne from the next."""
MOST_TIERS = 1000
RATE_FIELDS = {
    "fixed": "currency/mass",
    "per_tonne_km": "currency/mass/km",
    "per_tonne_km_inland": "currency/mass/km",
}


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
    resilience.fields.faults.Fault: '12:30' is not a number
    """
    units = units or Units()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _bounded(value, value)
    if not isinstance(value, str) or not value.strip():
        wanted = f" in {units.show(unit)}" if unit not in ("", "share") else ""
        raise Fault(f"wanted a number{wanted}, not {shown(value)}")
    text = value.strip()
    match = NUMBER.match(text)
    if match is None:
        raise Fault(_no_number(text))
    number, rest = match.group().replace("_", ""), text[match.end() :].strip()
    if not rest:
        return _bounded(float(number), text)
    if rest == "%":
        if unit not in ("", "share"):
            raise Fault(f"a percentage cannot be given in {units.show(unit)}")
        return _bounded(float(number) / 100, text)
    if not rest[0].isalpha() or not unit:
        raise Fault(_no_number(text))
    if unit == "share":
        raise Fault(f"'{shorten(rest)}' is a unit, and a share has none; write {number} or a percentage")
    return _bounded(units.convert(number, rest, unit), text)


def _no_number(text: str) -> str:
    """Say why a text is no number, and what may have been meant."""
    if text.lower().lstrip("+-.") in ("nan", "inf", "infinity"):
        return f"'{text}' is not a finite number"
    hint = ""
    if re.fullmatch(r"[0-9]{1,3}([,' ][0-9]{3})+(\.[0-9]*)?", text[:40]):
        hint = f"; write {re.sub(r'[^0-9.]', '_', text)} or {re.sub(r'[^0-9.]', '', text)}"
    elif re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text[:40]):
        hint = f"; write {text.replace(',', '.')}"
    elif re.fullmatch(r"[<>~≈$€£¥]\s*[0-9].*", text[:40]):
        hint = "; write the number first"
    return f"'{shorten(text)}' is not a number{hint}"


def _bounded(number: float, written: Any) -> float:
    if number != number or written in (math.inf, -math.inf):
        raise Fault(f"{shown(written)} is not a finite number")
    if not -LARGEST <= number <= LARGEST:
        raise Fault(f"{shown(written)} is larger than any quantity may be ({LARGEST:g})")
    return float(number)


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
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    match = DATE.fullmatch(str(value).strip()) if isinstance(value, str | int) else None
    if match is not None:
        year, month, day = (int(part) if part else 1 for part in match.groups())
        try:
            return datetime.date(year, month, day)
        except ValueError:
            pass
    raise Fault(f"{shown(value)} is not a date; write 2025, 2025-04 or 2025-04-15")


def read_quantity(value: Any, unit: str, units: Units, bounds: Bounds = UNBOUNDED) -> float | Schedule:
    """Read a number within bounds, or a mapping from date to such numbers.

    Examples
    --------
    >>> read_quantity({"2025": "1", "2027-07": "2 kt/yr"}, "mass/yr", Units()).numbers
    (1.0, 2000.0)
    """
    if not isinstance(value, Mapping):
        return read_bounded(value, unit, units, bounds)
    if not value:
        raise Fault("an empty mapping; wanted dates and numbers")
    found: dict[datetime.date, float] = {}
    faults = Collected()
    for key, item in value.items():
        with faults.at(key):
            try:
                date = read_date(key)
            except Fault as fault:
                raise Fault(str(fault), (), at_key=True) from None
            if date in found:
                raise Fault(f"{date} stands twice", (), at_key=True)
            found[date] = 0.0
            found[date] = read_bounded(item, unit, units, bounds)
    faults.close()
    return Schedule(tuple(sorted(found)), tuple(found[date] for date in sorted(found)))


def read_bounded(value: Any, unit: str, units: Units, bounds: Bounds) -> float:
    """Read one number and check its bounds."""
    number = read_number(value, unit, units)
    check_bounds(number, bounds)
    return number


def check_bounds(number: float, bounds: Bounds) -> None:
    """Raise a `Fault` unless a number is within the bounds."""
    if "ge" in bounds and number < bounds["ge"]:
        raise Fault(f"{number:g} is below the least possible, {bounds['ge']:g}")
    if "gt" in bounds and number <= bounds["gt"]:
        raise Fault(f"{number:g} must be above {bounds['gt']:g}")
    if "le" in bounds and number > bounds["le"]:
        raise Fault(f"{number:g} is above the most possible, {bounds['le']:g}")
    if "lt" in bounds and number >= bounds["lt"]:
        raise Fault(f"{number:g} must be below {bounds['lt']:g}")


def read_name(value: Any) -> str:
    """Read a name or id; a number written bare is taken as its text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise Fault(f"wanted a name, not {shown(value)}")


def read_names(value: Any) -> tuple[str, ...]:
    """Read one name or a list of names; in a table's cell ``;`` parts them.

    Examples
    --------
    >>> read_names("CHN"), read_names(["CHN", "RUS"]), read_names("usgs; assumed: by size; by age")
    (('CHN',), ('CHN', 'RUS'), ('usgs', 'assumed: by size; by age'))
    """
    if isinstance(value, str) and ";" not in value and (name := value.strip()):
        return (name,)
    items = _parted(value) if isinstance(value, str) else [value] if isinstance(value, int) else value
    if not isinstance(items, list | tuple):
        raise Fault(f"wanted a name or a list of names, not {shown(value)}")
    names, faults = [], Collected()
    for number, item in enumerate(items):
        with faults.at(number):
            names.append(read_name(item))
    faults.close()
    if not names:
        raise Fault("an empty list")
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise Fault(f"'{shorten(twice[0])}' stands twice in the list")
    return tuple(names)


def _parted(text: str) -> list[str]:
    """Return the names in a text; an assumption ends the list, since it may have semicolons of its own."""
    names: list[str] = []
    rest = text
    while rest.strip() and not rest.lstrip().lower().startswith("assumed"):
        name, _, rest = rest.partition(";")
        if name.strip():
            names.append(name)
    return [*names, rest] if rest.strip() else names or [""]


def read_flag(value: Any) -> bool:
    """Read ``true`` or ``false``, and nothing else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip() in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return value.strip().lower() == "true"
    raise Fault(f"wanted true or false, not {shown(value)}")


def read_whole(value: Any) -> int:
    """Read a whole number."""
    number = read_number(value)
    if number != int(number):
        raise Fault(f"wanted a whole number, not {shown(value)}")
    return int(number)


def read_text(value: Any) -> str:
    """Read a text."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Fault(f"wanted a text, not {shown(value)}")


def read_amounts(value: Any, unit: str, units: Units, bounds: Bounds) -> Mapping[str, float]:
    """Read a mapping from name to number."""
    if not isinstance(value, Mapping):
        raise Fault(f"wanted a mapping from name to number, not {shown(value)}")
    amounts, faults = {}, Collected()
    for key, item in value.items():
        with faults.at(key):
            amounts[str(key)] = read_bounded(item, unit, units, bounds)
    faults.close()
    return amounts


def read_tiers(
    value: Any,
    unit: str,
    units: Units,
    bounds: Bounds,
    width: str = "mass/yr",
    rising: bool = True,
) -> float | Schedule | tuple[Tier, ...] | Curve:
    """Read a cost, or tiers of it: ``[{capacity: 100, cost: 5}, {cost: 9}]``.

    Raises
    ------
    Fault, Faults
        If the tiers are not convex: costs must rise from tier to tier (or fall, for the price a buyer
        pays), since otherwise the cheap tier would be taken before the dear one that it depends on.
    """
    if isinstance(value, Mapping) and set(value) & {*LINE, *THROUGH}:
        return read_curve(value, unit, units, width, rising)
    if not isinstance(value, list | tuple):
        return read_quantity(value, unit, units, bounds)
    if len(value) > MOST_TIERS:
        raise Fault(f"more than {MOST_TIERS} tiers")
    tiers: list[Tier] = []
    faults = Collected()
    for number, item in enumerate(value):
        with faults.at(number):
            tiers.append(_read_tier(item, unit, units, bounds, width))
    faults.close()
    if not tiers:
        raise Fault("an empty list of tiers")
    for number, (one, other) in enumerate(itertools.pairwise(tiers)):
        if one.capacity is None:
            raise Fault("a tier without capacity takes everything, so none may follow it", (number,))
        if any(step < 0 if rising else step > 0 for step in differences(one.cost, other.cost)):
            word = "rise" if rising else "fall"
            raise Fault(
                f"the tiers are not convex: costs must {word} from tier to tier", (number + 1, "cost")
            )
    return tuple(tiers)


LINE = ("intercept", "slope")
THROUGH = ("reference_price", "reference_quantity", "elasticity", "form")


def read_curve(value: Mapping[Any, Any], unit: str, units: Units, width: str, rising: bool) -> Curve:
    """Read a price that changes with the quantity.

    Either a line, ``{intercept: 42, slope: -3}``, or a reference point with an elasticity,
    ``{reference_price: 60, reference_quantity: 100, elasticity: -0.4}``: a line through the point unless
    ``form: constant`` asks for constant elasticity.

    Examples
    --------
    >>> read_curve({"intercept": "42", "slope": "-3"}, "currency/mass", Units(), "mass/yr", False).slope
    -3.0
    """
    known = LINE if set(value) & set(LINE) else THROUGH
    found: dict[str, float] = {}
    faults, form = Collected(), "line"
    for key, part in value.items():
        with faults.at(key):
            if key not in known:
                both = f"{' and '.join(LINE)}, or {', '.join(THROUGH)}"
                raise Fault(f"unknown field '{shorten(str(key))}'; a curve has {both}")
            if key == "form":
                form = read_name(part)
                if form not in ("line", "constant"):
                    raise Fault("the form is `line` or `constant`")
                continue
            units_of = {"intercept": unit, "reference_price": unit, "reference_quantity": width}
            found[key] = read_number(part, units_of.get(key, ""), units)
    faults.close()
    missing = [key for key in known if key not in found and key != "form"]
    if missing:
        raise Fault(f"a curve needs `{missing[0]}` too")
    return _curve(found, form, rising)


def _curve(found: Mapping[str, float], form: str, rising: bool) -> Curve:
    """Return a curve that slopes the right way."""
    if "slope" in found:
        curve = Curve(found["intercept"], found["slope"])
    else:
        price, quantity, elasticity = (found[key] for key in THROUGH[:3])
        if price <= 0 or quantity <= 0 or elasticity == 0:
            raise Fault("price and quantity of the reference point must be above 0, and the elasticity not 0")
        slope = price / (elasticity * quantity)
        line = Curve(price - slope * quantity, slope)
        curve = line if form == "line" else Curve(0.0, 0.0, price, quantity, elasticity)
    if not rising and (curve.is_rising or (curve.is_line and curve.intercept <= 0)):
        raise Fault("a demand curve must fall, from a price above 0")
    if rising and not curve.is_rising:
        raise Fault("a supply curve must rise")
    return curve


def _read_tier(item: Any, unit: str, units: Units, bounds: Bounds, width: str) -> Tier:
    if not isinstance(item, Mapping):
        raise Fault(f"wanted {{capacity: , cost: }}, not {shown(item)}")
    faults = Collected()
    capacity, cost = None, None
    for key, part in item.items():
        with faults.at(key):
            if key == "cost":
                cost = read_quantity(part, unit, units, bounds)
            elif key == "capacity":
                capacity = None if part is None else read_quantity(part, width, units, {"ge": 0.0})
            else:
                raise Fault(
                    f"unknown field '{shorten(key)}'; a tier has `capacity` and `cost`", (), at_key=True
                )
    if "cost" not in item:
        with faults.at():
            raise Fault("a tier needs a `cost`")
    faults.close()
    assert cost is not None
    return Tier(capacity, cost)


def read_freight(value: Any, units: Units) -> float | Schedule | FreightRate:
    """Read the cost of a lane: a number, dates to numbers, or a rate by distance."""
    if not isinstance(value, Mapping) or not value or all(_like_a_date(key) for key in value):
        return read_quantity(value, "currency/mass", units, {"ge": 0.0})
    found: dict[str, Any] = {}
    faults = Collected()
    for key, item in value.items():
        with faults.at(key):
            if key == "distance":
                found[key] = _read_distance(item, units)
            elif key in RATE_FIELDS:
                found[key] = read_quantity(item, RATE_FIELDS[key], units, {"ge": 0.0})
            else:
                known = f"{', '.join(RATE_FIELDS)} and distance"
                raise Fault(f"unknown field '{shorten(key)}'; a freight rate has {known}", (), at_key=True)
    faults.close()
    if "distance" not in found and ("per_tonne_km" in found or "per_tonne_km_inland" in found):
        raise Fault("per_tonne_km needs `distance:` (great_circle, sea, or a number of km)")
    return FreightRate(**found)


def _like_a_date(key: Any) -> bool:
    return isinstance(key, int | datetime.date) or (isinstance(key, str) and key.strip()[:1].isdigit())


def _read_distance(value: Any, units: Units) -> float | str:
    if isinstance(value, str) and value.strip() in ("great_circle", "sea"):
        return value.strip()
    if isinstance(value, str) and NUMBER.match(value.strip()) is None:
        raise Fault(f"{shown(value)} is not a distance: great_circle, sea, or a number of km")
    return read_bounded(value, "km", units, {"ge": 0.0})


def read_duration(value: Any, units: Units) -> Duration:
    """Read a lead time: a bare number is periods, with a unit it is a time.

    Examples
    --------
    >>> read_duration("18 months", Units())
    Duration(number=1.5, unit='yr')
    """
    match = NUMBER.match(value.strip()) if isinstance(value, str) else None
    if match is not None and match.end() < len(str(value).strip()):
        return Duration(read_bounded(value, "yr", units, LEAD), "yr")
    number = read_bounded(value, "", units, LEAD)
    if number != int(number):
        raise Fault(f"{number:g} periods; wanted a whole number, or a time with its unit (45 days)")
    return Duration(number)


def read_location(value: Any) -> tuple[float, float]:
    """Read ``[latitude, longitude]`` in degrees."""
    items = re.split(r"[;,\s]+", value.strip()) if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or len(items) != 2:
        raise Fault(f"wanted [latitude, longitude], not {shown(value)}")
    found, faults = [], Collected()
    for number, (item, name, most) in enumerate(
        zip(items, ("latitude", "longitude"), (90.0, 180.0), strict=True)
    ):
        with faults.at(number):
            degrees = read_number(item)
            if abs(degrees) > most:
                raise Fault(f"{name} {degrees:g} is not within -{most:g} and {most:g}")
            found.append(degrees)
    faults.close()
    return found[0], found[1]


def read_shares(value: Any) -> tuple[float, ...]:
    """Read a list of shares between 0 and 1.

    Examples
    --------
    >>> read_shares(["30%", 0.7, 1])
    (0.3, 0.7, 1.0)
    """
    items = value.split(";") if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise Fault(f"wanted a list of shares, not {shown(value)}")
    found, faults = [], Collected()
    for number, item in enumerate(items):
        with faults.at(number):
            share = read_number(item, "share")
            check_bounds(share, {"ge": 0.0, "le": 1.0})
            found.append(share)
    faults.close()
    return tuple(found)


def read_by_field(value: Any) -> Mapping[str, tuple[str, ...]]:
    """Read texts for the whole entry (under ``""``) or a mapping from field to texts.

    Examples
    --------
    >>> read_by_field("usgs"), read_by_field({"cost": "assumed: as Kuantan"})
    ({'': ('usgs',)}, {'cost': ('assumed: as Kuantan',)})
    """
    if not isinstance(value, Mapping):
        return {"": read_names(value)}
    found, faults = {}, Collected()
    for key, item in value.items():
        with faults.at(key):
            found[str(key)] = read_names(item)
    faults.close()
    return found


def read_parties(value: Any, unit: str, units: Units, bounds: Bounds) -> Any:
    """Read names, or a mapping from name to share; the shares must add up to 1.

    Examples
    --------
    >>> read_parties("USA; JPN", "share", Units(), {})
    ('USA', 'JPN')
    >>> read_parties({"USA": "60%", "JPN": 0.4}, "share", Units(), {})
    {'USA': 0.6, 'JPN': 0.4}
    """
    if not isinstance(value, Mapping):
        return read_names(value)
    shares = read_amounts(value, unit, units, bounds)
    if abs(sum(shares.values()) - 1) > 1e-9:
        raise Fault(f"the shares add up to {sum(shares.values()):.4g}, and must to 1")
    return shares


def _bounded_whole(value: Any, unit: str, units: Units, bounds: Bounds) -> int:
    number = read_whole(value)
    check_bounds(number, bounds)
    return number


def _simple(read: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda value, *_: read(value)


READERS: Mapping[str, Callable[..., Any]] = {
    "quantity": read_quantity,
    "number": read_bounded,
    "whole": _bounded_whole,
    "date": _simple(read_date),
    "name": _simple(read_name),
    "names": _simple(read_names),
    "names_or_none": lambda value, *_: () if value in ([], ()) else read_names(value),
    "flag": _simple(read_flag),
    "text": _simple(read_text),
    "location": _simple(read_location),
    "shares": _simple(read_shares),
    "by_field": _simple(read_by_field),
    "duration": lambda value, unit, units, bounds: read_duration(value, units),
    "freight": lambda value, unit, units, bounds: read_freight(value, units),
    "amounts": read_amounts,
    "parties": read_parties,
    "tiers": read_tiers,
    "prices": lambda value, unit, units, bounds: read_tiers(value, unit, units, bounds, rising=False),
}
"""How each kind of field is read: (value, unit, units, bounds) -> value."""


def read_value(value: Any, kind: str, unit: str, units: Units, bounds: Bounds) -> Any:
    """Read a value of any kind of field."""
    return READERS[kind](value, unit, units, bounds)

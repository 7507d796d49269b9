"""What a value in a network file is: quantities with units, dates, names, and the classes that hold them.

A file is read as text, and each field interprets its own text. So ``NO`` is a name where a name is
wanted, ``1e6`` and ``1_000_000`` are numbers where a number is wanted, and ``12 kt/yr`` is converted
once, here. From Python the same fields take numbers, strings, booleans and dates.

Units of fields are written in three words that each network defines for itself: ``mass`` (``t``),
``currency`` (``USD``) and ``yr``.

    faults      a value that cannot be read, before anybody knows where it stands
    plain       Python data to what a file could hold
    units       conversion of a number that carries its unit
    values      what reading gives where a number is not enough: schedules, tiers, freight rates
    readers     how the text of each kind of field is read
    section     the base of all classes that hold an entry, and how fields are declared
"""

from resilience.fields.faults import Collected, Fault, Faults, shorten, shown
from resilience.fields.plain import plain
from resilience.fields.readers import DATE, IDENTIFIER, NUMBER, check_bounds, read_date, read_number
from resilience.fields.section import (
    Amounts,
    ByField,
    Date,
    Flag,
    Freight,
    LeadTime,
    Location,
    Names,
    Number,
    Parties,
    Quantity,
    Section,
    Shares,
    Text,
    Tiers,
    explanations,
    fault,
    field,
    rules_of,
)
from resilience.fields.units import Units, check_currency, check_mass
from resilience.fields.values import Curve, Duration, FreightRate, Schedule, Tier, numbers_of

__all__ = [
    "DATE",
    "IDENTIFIER",
    "NUMBER",
    "Amounts",
    "ByField",
    "Collected",
    "Curve",
    "Date",
    "Duration",
    "Fault",
    "Faults",
    "Flag",
    "Freight",
    "FreightRate",
    "LeadTime",
    "Location",
    "Names",
    "Number",
    "Parties",
    "Quantity",
    "Schedule",
    "Section",
    "Shares",
    "Text",
    "Tier",
    "Tiers",
    "Units",
    "check_bounds",
    "check_currency",
    "check_mass",
    "explanations",
    "fault",
    "field",
    "numbers_of",
    "plain",
    "read_date",
    "read_number",
    "rules_of",
    "shorten",
    "shown",
]

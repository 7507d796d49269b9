"""Numbers with units, dates, durations and tiers, as texts and as Python values."""

# ruff: noqa: E501  (a case is a line)

from __future__ import annotations

import datetime
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resilience.fields import Fault, Faults, Schedule, Units, read_date, read_number
from resilience.fields.readers import read_duration, read_freight, read_quantity, read_tiers
from resilience.fields.units import COMMON

USD = Units()


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("12 kt/yr", "mass/yr", 12_000),
        ("12kt/yr", "mass/yr", 12_000),
        ("12 kt per year", "mass/yr", 12_000),
        ("1 Mt/a", "mass/yr", 1e6),
        ("1 kt/month", "mass/yr", 12_000),
        ("1000 kg/yr", "mass/yr", 1),
        ("1_000.5e1 t/yr", "mass/yr", 10_005),
        ("1 short_ton/yr", "mass/yr", 0.90718474),
        ("62 USD/kg", "currency/mass", 62_000),
        ("1 USD/lb", "currency/mass", 2204.6226),
        ("5 kUSD/t", "currency/mass", 5000),
        ("0.01 USD/t/km", "currency/mass/km", 0.01),
        ("0.016 USD/(t*km)".replace("(", "").replace("*", "/").replace(")", ""), "currency/mass/km", 0.016),
        ("100 mile", "km", 160.9344),
        ("100 nautical_mile", "km", 185.2),
        ("18 months", "yr", 1.5),
        ("1 kg/t", "mass/mass", 0.001),
        ("0.3 kg/kg", "mass/mass", 0.3),
    ],
)
def test_units_are_converted(text, unit, expected):
    assert read_number(text, unit, USD) == pytest.approx(expected, rel=1e-6)


def test_what_is_known_by_heart_is_what_the_unit_library_says():
    assert {pair: USD._factor(*pair) for pair in COMMON} == COMMON


@pytest.mark.parametrize(
    ("units", "text", "unit", "expected"),
    [
        (Units("case", "USD"), "12 case/yr", "mass/yr", 12),
        (Units("case", "USD"), "1 kcase/yr", "mass/yr", 1000),
        (Units("unit", "USD"), "3 USD/unit", "currency/mass", 3),
        (Units("kg", "USD"), "1 t/yr", "mass/yr", 1000),
        (Units("t", "CHF"), "1 CHF/kg", "currency/mass", 1000),
    ],
)
def test_a_network_may_have_units_of_its_own(units, text, unit, expected):
    assert read_number(text, unit, units) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "unit", "units", "message"),
    [
        ("1 EUR/t", "currency/mass", USD, "'EUR/t' is not a unit of USD/t"),
        ("1 kg/yr", "mass/yr", Units("case", "USD"), "'kg/yr' is not a unit of case/yr"),
        ("1 t", "mass/yr", USD, "'t' is not a unit of t/yr; did you mean 't/yr'?"),
        ("1 xyz/yr", "mass/yr", USD, "unknown unit 'xyz'; wanted t/yr"),
        ("1 degC", "mass/yr", USD, "'degC' is not a unit of t/yr"),
        ("1 mt/yr", "mass/yr", USD, "unit 'mt' is ambiguous; write t (1000 kg) or Mt (a million t)"),
        ("1 tons/yr", "mass/yr", USD, "unit 'tons' is ambiguous; write t (1000 kg), short_ton or long_ton"),
        ("1 t**9999999", "mass/yr", USD, "'t**9999999' is not a unit; wanted t/yr, such as 12 t/yr"),
        ("5%", "mass/yr", USD, "a percentage cannot be given in t/yr"),
        ("5 t", "share", USD, "'t' is a unit, and a share has none; write 5 or a percentage"),
        ("$5", "currency/mass", USD, "'$5' is not a number; write the number first"),
        ("1,000,000", "mass/yr", USD, "'1,000,000' is not a number; write 1_000_000 or 1000000"),
        ("0,5", "", USD, "'0,5' is not a number; write 0.5"),
        ("1 000", "", USD, "'1 000' is not a number; write 1_000 or 1000"),
    ],
)
def test_what_is_no_quantity_says_why(text, unit, units, message):
    with pytest.raises(Fault) as caught:
        read_number(text, unit, units)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "unit",
    [
        "t**9999999", "t^99", "t" + "*t" * 100_000, "(" * 10_000, "((((t", "t" * 100_000, "t" + " " * 100_000 + "!", "2**99999",
        "__import__('os')", "t if 1 else t", "t;t", "t\nt", "t.real", "lambda: t", "10**10**10", "t**t**t", "t[0]", "t@t", "1e9999",
        "t**-3*t**-3*t**-3*t**-3", "yocto" * 20 + "t", "''", '"', "\\", "#", "t#t", "µ" * 30, "t**", "/t", "*", "t//t", "٣",
    ],
)  # fmt: skip
def test_unit_tricks_neither_run_nor_hang(unit):
    start = time.perf_counter()
    with pytest.raises(Fault):
        read_number(f"1 {unit}", "mass/yr", USD)
    assert time.perf_counter() - start < 1


def number_or_fault(text: str, unit: str) -> float | Fault:
    try:
        return read_number(text, unit, USD)
    except Fault as fault:
        return fault


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_a_fault(text):
    for unit in ("", "share", "mass/yr", "currency/mass", "km"):
        assert isinstance(number_or_fault(text, unit), float | Fault)


@given(st.text(alphabet="tkgyrUSD/*^ 12-µ_per", max_size=20))
def test_any_unit_is_a_factor_or_a_fault(unit):
    assert isinstance(number_or_fault(f"1 {unit}", "mass/yr"), float | Fault)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e6", 1e6), (".5", 0.5), ("5.", 5), ("+3", 3), ("-3", -3), ("1_000", 1000), ("25%", 0.25), ("0.1 %", 0.001), ("010", 10), ("1E-3", 1e-3)],
)  # fmt: skip
def test_numbers_are_written_in_many_ways(text, number):
    assert read_number(text) == pytest.approx(number)


@pytest.mark.parametrize(
    "text", ["", " ", "e5", "1e", "1__0", "_1", "1_", "0x10", "1 2", "1-2", "1..2", "--1", "½", "١٢", "１", "true", "1e1e1", "1%%", "%"]
)  # fmt: skip
def test_what_only_looks_like_a_number_is_none(text):
    with pytest.raises(Fault):
        read_number(text)


@pytest.mark.parametrize("text", ["9" * 10**6, "1e400", "1e16", "-1e16", "nan", ".NaN", "-.inf", "Infinity"])
def test_what_no_quantity_can_be_is_refused_in_few_words(text):
    with pytest.raises(Fault) as caught:
        read_number(text)
    assert len(str(caught.value)) < 150


def test_dates_may_be_years_months_or_days():
    assert read_date("2025") == read_date(2025) == datetime.date(2025, 1, 1)
    assert read_date("2025-7") == datetime.date(2025, 7, 1)
    assert read_date("2024-02-29") == datetime.date(2024, 2, 29)
    assert read_date(datetime.datetime(2025, 3, 4, 5)) == datetime.date(2025, 3, 4)


@pytest.mark.parametrize(
    "text",
    ["2025-13", "2025-02-29", "0000", "25", "2025/01", "2025-01-01T00:00", "", "x", 20250101, True, None],
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(Fault, match="is not a date; write 2025, 2025-04 or 2025-04-15"):
        read_date(text)


def test_a_schedule_holds_each_number_from_its_date_on():
    schedule = read_quantity({"2027-07": "2 kt/yr", "2025": "1"}, "mass/yr", USD)
    assert isinstance(schedule, Schedule)
    days = [
        datetime.date(*day) for day in ((2020, 1, 1), (2025, 1, 1), (2027, 6, 30), (2027, 7, 1), (2090, 1, 1))
    ]
    assert [schedule.at(day) for day in days] == [1, 1, 1, 2000, 2000]


def test_every_fault_of_a_schedule_is_found():
    with pytest.raises(Faults) as caught:
        read_quantity({"2025": "x", "20-25": "1", "2025-01": "2", "2026": "-1"}, "mass/yr", USD, {"ge": 0})
    found = [(fault.path, fault.at_key) for fault in caught.value.faults]
    assert found == [(("2025",), False), (("20-25",), True), (("2025-01",), True), (("2026",), False)]


@pytest.mark.parametrize(
    ("value", "number", "unit"),
    [("3", 3, "period"), (0, 0, "period"), ("1e1", 10, "period"), ("6 months", 0.5, "yr"), ("1yr", 1, "yr")],
)
def test_a_lead_time_is_in_periods_or_carries_its_unit(value, number, unit):
    duration = read_duration(value, USD)
    assert (duration.number, duration.unit) == (pytest.approx(number), unit)


@pytest.mark.parametrize("value", ["1.5", "-1", "-1 day", "1e9", "9e9 yr", "5 t", "soon", None, [1]])
def test_what_is_no_lead_time_is_refused(value):
    with pytest.raises(Fault):
        read_duration(value, USD)


def test_tiers_are_compared_on_the_dates_when_they_change():
    """Both tiers rise over time; on no day is the second below the first, though 20 is above 15."""
    tiers = [{"capacity": 1, "cost": {"2025": 10, "2027": 20}}, {"cost": {"2025": 15, "2027": 25}}]
    assert isinstance(read_tiers(tiers, "currency/mass", USD, {}), tuple)
    tiers[1]["cost"] = {"2025": 15, "2028": 25}  # in 2027 the first costs 20, the second 15
    with pytest.raises(Fault, match="not convex"):
        read_tiers(tiers, "currency/mass", USD, {})


def test_a_rate_by_distance_needs_a_distance():
    with pytest.raises(Fault, match="needs `distance:`"):
        read_freight({"per_tonne_km": 1}, USD)
    with pytest.raises(Faults):
        read_freight({"per_tonne_km": 1, "distance": "-5"}, USD)
    with pytest.raises(Faults, match="is not a date"):
        read_freight({"20x5": 1}, USD)

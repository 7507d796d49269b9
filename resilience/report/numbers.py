"""Numbers for people: readable units, and the exact figure where it matters."""

from __future__ import annotations

import math

SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))

CLOSED = 1e-6
"""Up to this gap a search over whole levels has found the best choice."""


def money(amount: float, currency: str = "") -> str:
    """Return an amount in readable units.

    Examples
    --------
    >>> money(20_638_556_037.3, "USD"), money(1_644.5, "USD"), money(-3.25)
    ('20.6 billion USD', '1,644 USD', '-3.25')
    """
    unit = f" {currency}" if currency else ""
    for scale, word in SCALES:
        if abs(amount) >= 0.9995 * scale:
            scaled = amount / scale
            return f"{scaled:,.{max(0, 2 - _digits(scaled))}f} {word}{unit}"
    return f"{number(amount)}{unit}"


def exact(amount: float, currency: str = "") -> str:
    """Return an amount to the hundredth.

    Examples
    --------
    >>> exact(20_638_556_037.3, "USD")
    '20,638,556,037.30 USD'
    """
    return f"{amount:,.2f}" + (f" {currency}" if currency else "")


def number(value: float) -> str:
    """Return a number with as many digits as a reader can use; an infinite one is no limit.

    Examples
    --------
    >>> number(12345.678), number(12.345), number(0.00123456), number(0.0), number(float("inf"))
    ('12,346', '12.3', '0.00123', '0', 'no limit')
    """
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "no limit" if value > 0 else "none"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 1:
        return f"{value:,.{max(0, 2 - _digits(value))}f}"
    return f"{value:.3g}"


def change(value: float) -> str:
    """Return a number with its sign.

    Examples
    --------
    >>> change(1234.5), change(-0.5), change(0.0)
    ('+1,234', '-0.5', '0')
    """
    return f"+{number(value)}" if value > 0 else number(value)


def share(value: float) -> str:
    """Return a share as a percentage; one that rounds to none or all says that it is not quite.

    Examples
    --------
    >>> share(0.3795), share(1.0), share(0.9999), share(0.0002), share(0.0)
    ('38 %', '100 %', '>99 %', '<1 %', '0 %')
    """
    if math.isnan(value):
        return ""
    if 0.99 < value < 1:
        return ">99 %"
    if 0 < value < 0.01:
        return "<1 %"
    return f"{value:.0%}".replace("%", " %")


def gap(value: float) -> str:
    """Return a gap as a percentage that is never rounded down to nothing.

    Examples
    --------
    >>> gap(0.0), gap(0.5), gap(0.0123), gap(2e-6)
    ('0 %', '50 %', '1.2 %', '0.0002 %')
    """
    percent = 100 * value
    if percent == 0 or percent >= 10:
        return f"{percent:.0f} %"
    if percent >= 1:
        return f"{percent:.1f} %"
    return f"{percent:.{-math.floor(math.log10(percent))}f} %"


def precision(value: float) -> str:
    """Return how far off something is.

    Examples
    --------
    >>> precision(4.3e-13), precision(0.0)
    ('to 4e-13', 'exactly')
    """
    return f"to {value:.0e}" if value else "exactly"


def _digits(value: float) -> int:
    """Return how many digits stand before the point, less one."""
    return math.floor(math.log10(abs(value))) if value else 0

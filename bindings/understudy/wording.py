# SPDX-License-Identifier: MIT
"""Figures as a person would say them, and the other way round."""

from __future__ import annotations

import math
import re

from understudy._virtual import BadInput

__all__ = ["YEAR_S", "once_in", "rate_from_text", "span", "times_of"]

YEAR_S = 365.25 * 86400.0

_UNITS = {
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86400.0,
    "week": 7 * 86400.0,
    "month": YEAR_S / 12.0,
    "year": YEAR_S,
}
_RATE = re.compile(
    r"(?P<events>\d+(?:\.\d+)?|\.\d+)?\s*(?:per|/|in|a)\s*"
    r"(?P<units>\d+(?:\.\d+)?)?\s*(?P<unit>[a-z]+?)s?"
)


def rate_from_text(text: str) -> float:
    """Events per second, from such as "1 per 10 years", "0.1 per year", "2 a week".

    Raises
    ------
    BadInput
        With what would be right.
    """
    found = _RATE.fullmatch(text.strip().lower())
    if found is None or found["unit"] not in _UNITS:
        raise BadInput(
            f'"{text}" is no rate; write so many per time, such as "1 per 10 years" (units are '
            f"{', '.join(_UNITS)})"
        )
    period = float(found["units"] or 1.0) * _UNITS[found["unit"]]
    rate = float(found["events"] or 1.0) / period if period > 0.0 else math.inf
    if not 0.0 < rate < math.inf:
        raise BadInput(f'"{text}" is no rate; it must be above 0, such as "1 per 10 years"')
    return rate


def span(seconds: float) -> str:
    """A span of time with three digits and the unit that suits it: "350 ms", "12.5 days"."""
    if not math.isfinite(seconds):
        return "for ever" if seconds > 0 else "?"
    if seconds < 120.0:
        for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
            if seconds >= 0.9995 * size or unit == "us":
                return f"{_digits(seconds / size)} {unit}"
    for unit, least in (("year", 0.9995 * YEAR_S), ("day", 2 * 86400.0), ("hour", 2 * 3600.0)):
        if seconds >= least:
            break
    else:
        unit = "minute"
    number = _digits(seconds / _UNITS[unit])
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"


def once_in(rate_per_s: float) -> str:
    """A rate as the time between two events: "once in 12.5 years"."""
    return f"once in {span(1.0 / rate_per_s)}" if rate_per_s > 0.0 else "never"


def times_of(factor: float) -> str:
    """A factor in round figures: "1.4", "30", "4e+06"."""
    return _digits(float(f"{factor:.2g}"))


def _digits(number: float) -> str:
    text = f"{number:.3g}"
    if "e" not in text:
        return text
    return f"{float(text):,.0f}" if 1e-3 < number < 1e7 else text

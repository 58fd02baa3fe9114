"""Figures as people read them."""

from __future__ import annotations

NO_DATA = "no data"


def percent(share: float | None) -> str:
    """A share as a percentage. What is below 100 % never reads as 100 %, however many nines it has."""
    if share is None:
        return NO_DATA
    for digits in (2, 3, 4, 5, 6):
        text = f"{share * 100:.{digits}f}"
        if share == 1 or float(text) != 100:
            return f"{text.rstrip('0').rstrip('.') if share in (0, 1) else text} %"
    return "just below 100 %"


def short_percent(share: float) -> str:
    """A share on an axis, where there is little room."""
    return f"{share * 100:.3g} %"


def duration(seconds: float) -> str:
    """A length of time in its two largest units."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, left = divmod(hours, 24)
    return f"{days} d {left} h" if left else f"{days} d"


def latency(seconds: float) -> str:
    """A time that a request takes."""
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def count(number: float) -> str:
    """A number of requests: an estimate, so without a fraction."""
    return f"{number:,.0f}".replace(",", " ")

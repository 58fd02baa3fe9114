"""Times as Alertmanager writes them and as people read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def seconds_of(time: str) -> float:
    """A time of an API in seconds since 1970."""
    return datetime.fromisoformat(time).timestamp()


def moment(seconds: float, zone: str, now: float) -> str:
    """A time in a time zone: the clock, and the date unless it is today's.

    Args:
        seconds: since 1970.
        zone: its name.
        now: seconds since 1970.
    """
    then, today = (datetime.fromtimestamp(at, ZoneInfo(zone)) for at in (seconds, now))
    return f"{then:%H:%M}" if then.date() == today.date() else f"{then:%Y-%m-%d %H:%M}"

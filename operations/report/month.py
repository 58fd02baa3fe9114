"""A month in a time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from runtimes.console import Failure
from settings.errors import Mistake

_PATTERN = re.compile(r"(\d{4})-(\d{2})")
_ALLOWED = "a month that has begun, such as {example}"


@dataclass(frozen=True)
class Month:
    """From its first midnight to the next one's, as far as it is over.

    Attributes:
        name: such as 2026-11.
        start: seconds since 1970.
        end: seconds since 1970, the first that is no longer part of it.
        until: the end, or now while it goes on.
    """

    name: str
    zone: str
    start: float
    end: float
    until: float

    @property
    def goes_on(self) -> bool:
        """Whether it is not over."""
        return self.until < self.end

    @property
    def title(self) -> str:
        """Such as November 2026."""
        return f"{datetime.fromtimestamp(self.start, ZoneInfo(self.zone)):%B %Y}"


def month_of(text: str | None, zone: str, now: float) -> Month:
    """The month that is meant; without a text the one that goes on.

    Args:
        text: such as 2026-11.
        zone: name of the time zone whose midnights count.
        now: seconds since 1970.

    Raises:
        Failure: when it is no month, or has not begun.
    """
    today = datetime.fromtimestamp(now, ZoneInfo(zone))
    name = f"{today:%Y-%m}" if text is None else text
    allowed = _ALLOWED.format(example=f"{today:%Y-%m}")
    found = _PATTERN.fullmatch(name)
    if not found or not (1970 <= int(found[1]) < 9999 and 1 <= int(found[2]) <= 12):
        raise Failure(str(Mistake("--month", repr(name), allowed)))
    year, month = int(found[1]), int(found[2])
    first = datetime(year, month, 1, tzinfo=ZoneInfo(zone))
    after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=ZoneInfo(zone))
    if first > today:
        raise Failure(str(Mistake("--month", f"{name!r}, which is to come", allowed)))
    return Month(name, zone, first.timestamp(), after.timestamp(), min(after.timestamp(), now))

"""Times in which something is told or is not, weekly ones and dated ones, as the spans that evaluators know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

from settings.alerting import AlertingSettings, Maintenance, Weekday, WeeklyTime

_WEEK: tuple[Weekday, ...] = get_args(Weekday)
_MIDNIGHT, _END_OF_DAY = "00:00", "24:00"
_MONTHS, _DAYS, _YEARS = range(1, 13), range(1, 32), range(1, 10_000)


@dataclass(frozen=True)
class Span:
    """Points in time that fit everything said here; what is empty fits always.

    Attributes:
        start: first minute of the day, as HH:MM.
        end: the minute after the last, up to 24:00.
        weekdays: names of days.
        days: of the month, inclusive ranges such as `1:24`; months and years alike.
        zone: time zone that the clock and the calendar are read in.
    """

    zone: str
    start: str = _MIDNIGHT
    end: str = _END_OF_DAY
    weekdays: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    years: tuple[str, ...] = ()


@dataclass(frozen=True)
class TimeInterval:
    """Spans under a name; a point in time is in it when it is in one of them."""

    name: str
    spans: tuple[Span, ...]


def weekly_interval(name: str, time: WeeklyTime, alerting: AlertingSettings) -> TimeInterval:
    """A time that comes back every week, without its holidays.

    Args:
        name: what routes call it.
        time: what the settings say of it.
        alerting: has the time zone of those that name none.
    """
    weekdays = time.weekdays or ()
    span = Span(time.timezone or alerting.timezone, time.from_, time.to, weekdays)
    spans = [span]
    if time.to < time.from_:
        spans = [replace(span, end=_END_OF_DAY)]
        if time.to != _MIDNIGHT:
            after = tuple(_WEEK[(_WEEK.index(day) + 1) % len(_WEEK)] for day in weekdays)
            spans.append(replace(span, start=_MIDNIGHT, weekdays=after))
    return TimeInterval(name, tuple(part for span in spans for part in _without(span, time.holidays)))


def maintenance_interval(name: str, maintenance: Maintenance, alerting: AlertingSettings) -> TimeInterval:
    """A dated time, in UTC: there no clock is ever set back.

    Args:
        name: what routes call it.
        maintenance: what the settings say of it.
        alerting: has the time zone of those that name none.
    """
    begins, ends = instants(maintenance, alerting)
    return TimeInterval(name, tuple(_days(begins, ends)))


def instants(maintenance: Maintenance, alerting: AlertingSettings) -> tuple[datetime, datetime]:
    """Begin and end in UTC. An hour that the clock shows twice, or never, counts as the longest that can be meant.

    Raises:
        ValueError: when there is no such date.
        ZoneInfoNotFoundError: when there is no such time zone.
    """
    zone = ZoneInfo(maintenance.timezone or alerting.timezone)
    begins, ends = (
        [datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
        for text in (maintenance.from_, maintenance.to)
    )
    return min(begins), max(ends)


def _days(begins: datetime, ends: datetime) -> Iterator[Span]:
    """The span within each day, whole days of one month together."""
    whole: list[date] = []
    day = begins.date()
    while day <= ends.date():
        start = f"{begins:%H:%M}" if day == begins.date() else _MIDNIGHT
        end = f"{ends:%H:%M}" if day == ends.date() else _END_OF_DAY
        if (start, end) == (_MIDNIGHT, _END_OF_DAY):
            whole.append(day)
        elif start != end:
            yield replace(_on(day, day), start=start, end=end)
        day += timedelta(days=1)
    for year, month in sorted({(day.year, day.month) for day in whole}):
        same = [day for day in whole if (day.year, day.month) == (year, month)]
        yield _on(same[0], same[-1])


def _on(first: date, last: date) -> Span:
    days, month, year = f"{first.day}:{last.day}", f"{first.month}:{first.month}", f"{first.year}:{first.year}"
    return Span("UTC", days=(days,), months=(month,), years=(year,))


def _without(span: Span, holidays: Iterable[str]) -> Iterator[Span]:
    """The span on all days but these: no evaluator can take a date away from a span, so it is cut around them."""
    every_year: set[tuple[int, int]] = set()
    dated: dict[int, set[tuple[int, int]]] = {}
    for holiday in holidays:
        *year, month, day = map(int, holiday.split("-"))
        (dated.setdefault(year[0], set()) if year else every_year).add((month, day))
    yield from _without_days(replace(span, years=_others(_YEARS, {*dated}) if dated else ()), every_year)
    for number, days in sorted(dated.items()):
        yield from _without_days(replace(span, years=(f"{number}:{number}",)), every_year | days)


def _without_days(span: Span, holidays: set[tuple[int, int]]) -> Iterator[Span]:
    months = {month for month, _ in holidays}
    if len(months) < len(_MONTHS):
        yield replace(span, months=_others(_MONTHS, months) if months else ())
    for month in sorted(months):
        days = _others(_DAYS, {day for found, day in holidays if found == month})
        if days:
            yield replace(span, months=(f"{month}:{month}",), days=days)


def _others(numbers: range, without: set[int]) -> tuple[str, ...]:
    """The numbers that are left, as inclusive ranges."""
    edges = [numbers.start - 1, *sorted(without), numbers.stop]
    return tuple(f"{left + 1}:{right - 1}" for left, right in pairwise(edges) if right - left > 1)

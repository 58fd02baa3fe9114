"""Times as spans: which minutes they have, read as evaluators of alerts read them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerting.times import Span, TimeInterval, maintenance_interval, weekly_interval
from settings.alerting import AlertingSettings, Maintenance, WeeklyTime

BERLIN = ZoneInfo("Europe/Berlin")
ALERTING = AlertingSettings(timezone="Europe/Berlin")


def within(interval: TimeInterval, moment: datetime) -> bool:
    """Whether a moment is in an interval, as Alertmanager documents its time intervals."""
    return any(_in_span(span, moment.astimezone(ZoneInfo(span.zone))) for span in interval.spans)


def _in_span(span: Span, local: datetime) -> bool:
    def among(ranges: tuple[str, ...], number: int) -> bool:
        bounds = [tuple(map(int, found.split(":"))) for found in ranges]
        return not bounds or any(first <= number <= last for first, last in bounds)

    return (
        span.start <= f"{local:%H:%M}" < span.end
        and (not span.weekdays or f"{local:%A}".lower() in span.weekdays)
        and among(span.days, local.day)
        and among(span.months, local.month)
        and among(span.years, local.year)
    )


def weekly(**said: Any) -> TimeInterval:
    return weekly_interval("t", WeeklyTime.model_validate_json(json.dumps(said)), ALERTING)


def dated(begins: str, ends: str, zone: str | None = None) -> TimeInterval:
    said = {"services": ("db",), "reason": "why", "from": begins, "to": ends, "timezone": zone}
    return maintenance_interval("m", Maintenance(**said), ALERTING)  # type: ignore[arg-type]


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


OFFICE = {"weekdays": ["monday", "friday"], "from": "09:00", "to": "17:30"}
NIGHT = {"weekdays": ["friday", "sunday"], "from": "22:00", "to": "06:00"}


@pytest.mark.parametrize(
    ("said", "moment", "expected"),
    [
        (OFFICE, "2026-11-27T09:00", True),
        (OFFICE, "2026-11-27T08:59", False),
        (OFFICE, "2026-11-27T17:29", True),
        (OFFICE, "2026-11-27T17:30", False),
        (OFFICE, "2026-11-26T12:00", False),
        (NIGHT, "2026-11-27T22:00", True),
        (NIGHT, "2026-11-28T05:59", True),
        (NIGHT, "2026-11-28T06:00", False),
        (NIGHT, "2026-11-28T22:00", False),
        (NIGHT, "2026-11-27T05:00", False),
        (NIGHT, "2026-11-30T05:59", True),
        ({"weekdays": ["monday"], "from": "22:00", "to": "00:00"}, "2026-12-01T00:00", False),
        ({"weekdays": ["monday"], "from": "22:00", "to": "00:00"}, "2026-11-30T23:59", True),
        ({}, "2026-11-26T00:00", True),
        ({"timezone": "Asia/Tokyo", "from": "09:00", "to": "10:00"}, "2026-11-26T01:30", True),
        ({"timezone": "Asia/Tokyo", "from": "09:00", "to": "10:00"}, "2026-11-26T09:30", False),
    ],
)
def test_a_weekly_time_has_these_minutes(said: dict[str, object], moment: str, expected: bool) -> None:
    assert within(weekly(**said), berlin(moment)) is expected


HOLIDAYS = ["12-25", "01-01", "2026-12-24", "2026-04-06", "2027-03-29"]


@pytest.mark.parametrize("year", [2025, 2026, 2027, 2030])
def test_a_holiday_is_no_part_of_a_time_and_every_other_day_is(year: int) -> None:
    office = weekly(**{"from": "09:00", "to": "17:00"}, holidays=HOLIDAYS)
    noon = berlin(f"{year}-01-01T12:00")
    missing = set()
    while noon.year == year:
        if not within(office, noon):
            missing.add(f"{noon:%Y-%m-%d}")
        noon += timedelta(days=1)
    expected = {f"{year}-01-01", f"{year}-12-25", *(day for day in HOLIDAYS if day.startswith(str(year)))}
    assert missing == expected


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("2026-12-01T22:00", "2026-12-02T02:00"),
        ("2026-12-01T10:00", "2026-12-01T10:15"),
        ("2026-11-29T23:30", "2027-01-02T00:30"),
        ("2026-12-31T01:00", "2027-01-01T01:00"),
        ("2028-02-28T01:00", "2028-03-01T01:00"),
        ("2026-10-24T12:00", "2026-10-26T12:00"),
    ],
)
def test_maintenance_has_every_minute_between_its_ends_and_no_other(begins: str, ends: str) -> None:
    interval = dated(begins, ends)
    first, last = berlin(begins).astimezone(UTC), berlin(ends).astimezone(UTC)
    moment = first - timedelta(days=400)
    while moment < last + timedelta(days=400):
        assert within(interval, moment) is (first <= moment < last), moment
        # Slow far away, every minute near the ends.
        near = min(abs(moment - first), abs(moment - last)) < timedelta(minutes=90)
        moment += timedelta(minutes=1 if near else 421)


def test_maintenance_is_in_its_own_time_zone() -> None:
    interval = dated("2026-12-01T22:00", "2026-12-01T23:00", "America/New_York")
    assert within(interval, datetime(2026, 12, 2, 3, 30, tzinfo=UTC))
    assert not within(interval, berlin("2026-12-01T22:30"))


def test_an_hour_that_the_clock_shows_twice_counts_as_the_longest_that_can_be_meant() -> None:
    # Berlin sets its clock back from 03:00 to 02:00 on 25 October 2026: 02:30 is 00:30 and 01:30 in UTC.
    interval = dated("2026-10-25T02:30", "2026-10-25T02:30")
    assert within(interval, datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    assert within(interval, datetime(2026, 10, 25, 1, 29, tzinfo=UTC))
    # And forward from 02:00 to 03:00 on 28 March 2027: 02:30 never is.
    skipped = dated("2027-03-28T02:10", "2027-03-28T02:50")
    assert within(skipped, datetime(2027, 3, 28, 1, 0, tzinfo=UTC))

"""Time zones, dates and names of times that there are not."""

from __future__ import annotations

import pytest

from tests.unit.settings.checks.alerted import mistakes

ZONE = "a name of the time zone database, such as Europe/Berlin or UTC"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("alerting.timezone", "alerting.timezone"),
        ("alerting.times.office.timezone", "alerting.times.office.timezone"),
        ("alerting.maintenance.0.timezone", "alerting.maintenance[0].timezone"),
    ],
)
def test_a_time_zone_that_is_not_there_is_named_with_the_nearest(path: str, place: str) -> None:
    assert mistakes(path, "Europe/Berln") == [
        f"{place}: found 'Europe/Berln', a time zone that is not there. Allowed: {ZONE}. Did you mean 'Europe/Berlin'?"
    ]
    assert mistakes(path, "")[0].startswith(f"{place}: found '', a time zone that is not there.")
    assert mistakes(path, "localtime")[0].startswith(f"{place}: found 'localtime', a time zone that is not there.")


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (
            "teams.shop.during",
            "offices",
            "teams.shop.during: found 'offices', a time that is not there. Allowed: night, office. "
            "Did you mean 'office'?",
        ),
        (
            "alerting.mute.0.during",
            "lunch",
            "alerting.mute[0].during: found 'lunch', a time that is not there. Allowed: night, office. "
            "Add it under alerting.times.",
        ),
        (
            "alerting.times.lunch",
            {"from": "12:00", "to": "13:00"},
            "alerting.times.lunch: found a time that nothing names. "
            "Allowed: times that a team's during or alerting.mute[].during name. Name it or remove it.",
        ),
        (
            "alerting.times.office.holidays",
            ["12-25", "02-30"],
            "alerting.times.office.holidays[1]: found '02-30'. Allowed: a date of the calendar.",
        ),
        (
            "alerting.times.office.holidays",
            ["2026-02-29"],
            "alerting.times.office.holidays[0]: found '2026-02-29'. Allowed: a date of the calendar.",
        ),
        (
            "alerting.times.office.holidays",
            ["Christmas"],
            "alerting.times.office.holidays[0]: found 'Christmas'. "
            "Allowed: a date such as 2026-12-24, or 12-24 for every year.",
        ),
        (
            "alerting.times.office.from",
            "9:00",
            'alerting.times.office.from: found \'9:00\'. Allowed: a time of day in quotes, from "00:00" to "24:00".',
        ),
        (
            # What YAML makes of 17:00 without quotes.
            "alerting.times.office.to",
            1020,
            'alerting.times.office.to: found 1020. Allowed: a time of day in quotes, from "00:00" to "24:00".',
        ),
        (
            "alerting.times.office.to",
            "09:00",
            "alerting.times.office.to: found '09:00'. Allowed: another time than from, 09:00.",
        ),
        (
            "alerting.times.office.weekdays",
            ["mondays"],
            "alerting.times.office.weekdays[0]: found 'mondays'. Allowed: friday, monday, saturday, sunday, thursday, "
            "tuesday, wednesday. Did you mean 'monday'?",
        ),
    ],
)
def test_a_time_that_cannot_be_is_a_mistake(path: str, value: object, sentence: str) -> None:
    assert sentence in mistakes(path, value)


def test_every_year_has_the_twenty_ninth_of_february_among_its_holidays() -> None:
    assert mistakes("alerting.times.office.holidays", ["02-29"]) == []

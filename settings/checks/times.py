"""Times: zones and dates that there are, and names that something uses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from settings.alerting import AlertingSettings
from settings.checks.checked import Checked
from settings.errors import Mistake, did_you_mean, listed, shown

# A year with all days that a year can have.
_LEAP_YEAR = 2028


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield time zones, holidays and names of times that there are not, and times that nothing names."""
    alerting = checked.alerting
    if alerting is None:
        return
    yield from _zones(alerting)
    for name, time in alerting.times.items():
        for index, holiday in enumerate(time.holidays):
            if not is_date(holiday if holiday.count("-") > 1 else f"{_LEAP_YEAR}-{holiday}"):
                path = f"alerting.times.{name}.holidays[{index}]"
                yield Mistake(path, shown(holiday), "a date of the calendar")
    named = {f"alerting.mute[{index}].during": mute.during for index, mute in enumerate(alerting.mute)}
    named |= {f"teams.{name}.during": team.during for name, team in checked.teams.items() if team.during}
    for path, name in named.items():
        if name not in alerting.times:
            action = did_you_mean(name, alerting.times) or "Add it under alerting.times."
            yield Mistake(path, f"{name!r}, a time that is not there", listed(alerting.times), action)
    # Only teams without other mistakes tell which times are used.
    unused = alerting.times.keys() - named.values() if len(checked.teams) == len(checked.section("teams")) else ()
    for name in sorted(unused):
        allowed = "times that a team's during or alerting.mute[].during name"
        yield Mistake(f"alerting.times.{name}", "a time that nothing names", allowed, "Name it or remove it.")


def _zones(alerting: AlertingSettings) -> Iterator[Mistake]:
    zones = {"alerting.timezone": alerting.timezone}
    zones |= {
        f"alerting.times.{name}.timezone": time.timezone
        for name, time in alerting.times.items()
        if time.timezone is not None
    }
    for index, maintenance in enumerate(alerting.maintenance):
        if maintenance.timezone is not None:
            zones[f"alerting.maintenance[{index}].timezone"] = maintenance.timezone
    for path, zone in zones.items():
        if zone not in time_zones():
            allowed = "a name of the time zone database, such as Europe/Berlin or UTC"
            yield Mistake(path, f"{zone!r}, a time zone that is not there", allowed, did_you_mean(zone, time_zones()))


def is_date(text: str) -> bool:
    """Whether the calendar has this date, as YYYY-MM-DD."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@cache
def time_zones() -> frozenset[str]:
    """Names of time zones that every machine means the same by."""
    return frozenset(available_timezones() - {"Factory", "localtime"})

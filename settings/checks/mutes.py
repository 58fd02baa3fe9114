"""Maintenance and weekly mutes: about something that there is, at a time that there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from settings.alerting import Maintenance, Selection
from settings.checks.checked import Checked
from settings.checks.times import time_zones
from settings.errors import Mistake, did_you_mean, listed, shown

# Whoever needs longer has no maintenance, but a service that is not monitored.
_LONGEST = timedelta(days=90)


def check(checked: Checked) -> Iterator[Mistake]:
    """Yield mutes of services, teams and alerts that are not there, and maintenance that is over or never ends."""
    alerting = checked.alerting
    if alerting is None:
        return
    for index, mute in enumerate(alerting.mute):
        yield from _named(checked, f"alerting.mute[{index}]", mute)
    for index, maintenance in enumerate(alerting.maintenance):
        path = f"alerting.maintenance[{index}]"
        yield from _named(checked, path, maintenance)
        zone = maintenance.timezone or alerting.timezone
        if zone in time_zones():
            yield from _time(path, maintenance, ZoneInfo(zone), checked.now)


def _named(checked: Checked, path: str, selection: Selection) -> Iterator[Mistake]:
    sources = {str(entry.get("name")): entry.get("metrics_from") for entry in checked.entries.values()}
    for position, service in enumerate(selection.services):
        if source := sources.get(service):
            action = f"What {service} shows comes from {source}: name that, with the alerts that are meant."
            found = f"{service!r}, whose alerts are about {source}"
            yield Mistake(f"{path}.services[{position}]", found, "a service with targets of its own", action)
    known = {
        "services": {*sources, *checked.known.reserved_names},
        "teams": {*checked.section("teams"), "monitoring"},
        "alerts": set(checked.known.alerts),
    }
    for key, names in known.items():
        for position, name in enumerate(getattr(selection, key)):
            if name not in names:
                found, near = f"{name!r}, no {key.removesuffix('s')} of this stack", did_you_mean(name, names)
                yield Mistake(f"{path}.{key}[{position}]", found, listed(names), near)


def _time(path: str, maintenance: Maintenance, zone: ZoneInfo, now: datetime | None) -> Iterator[Mistake]:
    instants = []
    for key, text in (("from", maintenance.from_), ("to", maintenance.to)):
        try:
            instants.append(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC))
        except (ValueError, OverflowError):
            # The second is of a zone in which the calendar has ended there, or not begun.
            yield Mistake(f"{path}.{key}", shown(text), "a date and a time of the calendar")
    if len(instants) < 2:
        return
    begins, ends = instants
    if ends <= begins:
        yield Mistake(f"{path}.to", shown(maintenance.to), f"a time after from, {maintenance.from_}")
    elif ends - begins > _LONGEST:
        action = "What is not to be told for longer is no maintenance: turn the alerts off, or remove the service."
        yield Mistake(f"{path}.to", shown(maintenance.to), f"a time up to {_LONGEST.days} days after from", action)
    elif now and ends <= now:
        yield Mistake(
            path, f"{maintenance.reason!r}, which ended {maintenance.to}", "what is not over yet", "Remove it."
        )

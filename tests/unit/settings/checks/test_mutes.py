"""Maintenance and mutes of what is not there, and maintenance that is over, turned round or endless."""

from __future__ import annotations

import pytest

from tests.unit.settings.checks.alerted import mistakes


@pytest.mark.parametrize(
    ("path", "value", "start", "end"),
    [
        (
            "alerting.maintenance.0.services",
            ["oders"],
            "alerting.maintenance[0].services[0]: found 'oders', no service of this stack. Allowed: alertmanager, ",
            "Did you mean 'orders'?",
        ),
        (
            "alerting.mute.0.teams",
            ["shop", "shp"],
            "alerting.mute[0].teams[1]: found 'shp', no team of this stack. Allowed: money, monitoring, shop.",
            "Did you mean 'shop'?",
        ),
        (
            "alerting.mute.0.alerts",
            ["HighLatncy"],
            "alerting.mute[0].alerts[0]: found 'HighLatncy', no alert of this stack. Allowed: AirflowDag",
            "Did you mean 'HighLatency'?",
        ),
        (
            "alerting.mute.0.services",
            ["lookups"],
            "alerting.mute[0].services[0]: found 'lookups', whose alerts are about orders. "
            "Allowed: a service with targets of its own.",
            "What lookups shows comes from orders: name that, with the alerts that are meant.",
        ),
        (
            "alerting.maintenance.0.to",
            "2026-12-01T21:00",
            "alerting.maintenance[0].to: found '2026-12-01T21:00'.",
            "Allowed: a time after from, 2026-12-01T22:00.",
        ),
        (
            "alerting.maintenance.0.to",
            "2099-01-01T00:00",
            "alerting.maintenance[0].to: found '2099-01-01T00:00'. Allowed: a time up to 90 days after from.",
            "turn the alerts off, or remove the service.",
        ),
        (
            "alerting.maintenance.0.to",
            "2026-12-32T00:00",
            "alerting.maintenance[0].to: found '2026-12-32T00:00'.",
            "Allowed: a date and a time of the calendar.",
        ),
        (
            "alerting.maintenance.0.to",
            "tomorrow",
            "alerting.maintenance[0].to: found 'tomorrow'.",
            "Allowed: a date and a time such as 2026-12-01T22:00.",
        ),
        ("alerting.maintenance.0.to", None, "alerting.maintenance[0].to: found nothing.", "Add it."),
        ("alerting.maintenance.0.reason", None, "alerting.maintenance[0].reason: found nothing.", "Add it."),
        (
            "alerting.maintenance.0.services",
            [],
            "alerting.maintenance[0]: found nothing that is muted.",
            "Allowed: names in at least one of alerts, services, teams.",
        ),
    ],
)
def test_a_mute_that_cannot_be_is_a_mistake(path: str, value: object, start: str, end: str) -> None:
    (found,) = mistakes(path, value)
    assert found.startswith(start)
    assert found.endswith(end)


def test_the_stacks_own_components_and_team_can_be_muted() -> None:
    assert mistakes("alerting.maintenance.0.services", ["grafana", "prometheus"]) == []
    assert mistakes("alerting.mute.0.teams", ["monitoring"]) == []


def over(ends: str, zone: str) -> dict[str, object]:
    said = {"services": ["orders"], "from": "2026-11-25T22:00", "to": ends, "reason": "Upgrade", "timezone": zone}
    return dict(said)


def test_maintenance_that_is_over_in_its_time_zone_is_a_mistake() -> None:
    # It is 09:00 in UTC and 10:00 in Berlin.
    assert mistakes("alerting.maintenance.0", over("2026-11-26T10:00", "Europe/Berlin")) == [
        "alerting.maintenance[0]: found 'Upgrade', which ended 2026-11-26T10:00. Allowed: what is not over yet. "
        "Remove it."
    ]
    assert mistakes("alerting.maintenance.0", over("2026-11-26T10:01", "Europe/Berlin")) == []
    assert mistakes("alerting.maintenance.0", over("2026-11-26T10:00", "UTC")) == []


def test_a_stack_that_is_only_looked_at_stays_right_when_its_maintenance_is_over() -> None:
    assert mistakes("alerting.maintenance.0", over("2026-11-26T08:00", "UTC"), now=None) == []


@pytest.mark.parametrize("time", ["9999-12-31T23:00", "0001-01-01T00:00"])
def test_a_time_that_the_calendar_does_not_have_everywhere_is_a_mistake(time: str) -> None:
    zone = "America/New_York" if time > "5" else "Asia/Tokyo"
    maintenance = {"services": ["orders"], "reason": "new disk", "from": time, "to": time, "timezone": zone}
    found = mistakes("alerting.maintenance.0", maintenance)
    allowed = f"found '{time}'. Allowed: a date and a time of the calendar."
    assert found == [f"alerting.maintenance[0].{key}: {allowed}" for key in ("from", "to")]

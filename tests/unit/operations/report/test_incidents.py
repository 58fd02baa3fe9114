"""What happened in a month, from the history of alerts."""

from __future__ import annotations

from typing import Any

import pytest

from operations.report.incidents import Happened, History, by_cause, history_of
from tests.unit.operations.oncall.shift import Shift, alert, group, notified, silence_of
from tests.unit.operations.report.past import OCTOBER

START = OCTOBER.start
HOUR = 3600.0


def history(shift: Shift) -> History:
    with shift.live() as live:
        return history_of(live, OCTOBER)


def down(at: float, name: str = "ServiceDown", **labels: str) -> dict[str, Any]:
    return alert(name, since=START + at, cause="down", **labels)


def seen(shift: Shift) -> list[tuple[str, float, float | None]]:
    ends = [(found.name, found.start - START, found.end) for found in history(shift).alerts]
    return [(name, start, None if end is None else end - START) for name, start, end in ends]


def test_an_alert_has_its_start_its_end_and_who_was_told_first_and_when(shift: Shift) -> None:
    one = down(HOUR)
    shift.history = [
        notified("history", START + HOUR + 30, one),
        notified("pager", START + HOUR + 20, one),
        notified("chat", START + HOUR + 25, one),
        notified("pager", START + 5 * HOUR, one),
        notified("pager", START + 6 * HOUR + 20, one, ended=START + 6 * HOUR),
        notified("boss", START + 6 * HOUR + 20, one, ended=START + 6 * HOUR),
    ]
    (found,) = history(shift).alerts
    assert (found.name, found.service, found.cause, found.summary) == (
        "ServiceDown",
        "memory-api",
        "down",
        "memory-api has [ServiceDown]",
    )
    assert (found.start, found.end, found.fires) == (START + HOUR, START + 6 * HOUR, False)
    # Who hears of the end alone was not told of it.
    assert found.told == {"pager": START + HOUR + 20, "chat": START + HOUR + 25}
    assert found.ignored == ""


def test_the_heartbeat_and_test_messages_are_no_incidents(shift: Shift) -> None:
    heartbeat = alert("Heartbeat", severity="none", since=START)
    tried = alert("NotifyTest", severity="info", since=START, notify_test="chat")
    shift.history = [notified("heartbeat", START + 60, heartbeat), notified("chat", START + 60, tried)]
    assert history(shift) == History([], {})


def test_what_began_before_the_month_or_ended_after_it_is_part_of_it_and_what_only_touches_it_is_not(
    shift: Shift,
) -> None:
    before, earlier = down(-50 * HOUR, "Long"), down(-20 * HOUR, "Over")
    last, next_month = down(744 * HOUR, "Last"), down(745 * HOUR, "Next")
    shift.history = [
        notified("history", START - 19 * HOUR, earlier),
        notified("history", START - 18 * HOUR, earlier, ended=START - 18 * HOUR),
        notified("chat", START + 4 * HOUR, before),
        notified("chat", START + 5 * HOUR, before, ended=START + 5 * HOUR),
        notified("chat", START + 744.1 * HOUR, last),
        notified("chat", START + 746 * HOUR, last, ended=START + 746 * HOUR),
        notified("chat", START + 745.1 * HOUR, next_month),
    ]
    assert seen(shift) == [("Long", -50 * HOUR, 5 * HOUR), ("Last", 744 * HOUR, 746 * HOUR)]
    # Messages count where they were sent.
    assert history(shift).messages == {("memory-api", "down", "chat"): 3}


def test_messages_are_counted_by_service_cause_and_receiver_and_a_digest_counts_for_each(shift: Shift) -> None:
    api, other = down(HOUR), alert("HighLatency", since=START + HOUR, cause="latency", service="memory-db")
    shift.history = [
        notified("history", START + 2 * HOUR, api, other),
        notified("chat", START + 2 * HOUR, api, other),
        notified("chat", START + 3 * HOUR, api, api),
        notified("pager", START + 3 * HOUR, api),
    ]
    counts = history(shift).messages
    assert counts == {
        ("memory-api", "down", "chat"): 2,
        ("memory-db", "latency", "chat"): 1,
        ("memory-api", "down", "pager"): 1,
    }
    assert by_cause(counts) == {"down": {"chat": 2, "pager": 1}, "latency": {"chat": 1}}


def test_an_alert_that_fires_three_times_flapped_but_not_three_of_one_moment(shift: Shift) -> None:
    flaps = [down(hour * HOUR) for hour in (1, 2, 3)]
    many = [down(HOUR, "TargetsDown", instance=str(number)) for number in range(4)]
    twice = [down(hour * HOUR, "Twice") for hour in (1, 2)]
    shift.history = [notified("chat", START + 4 * HOUR, *flaps, *many, *twice)]
    assert history(shift).flapped == {("memory-api", "ServiceDown"): 3}


def test_what_still_fires_is_told_from_what_ended_without_a_word(shift: Shift) -> None:
    """An end is not told while a silence is about it: Prometheus knows it to the minute."""
    fires, silenced, unknown = down(HOUR, "Fires"), down(2 * HOUR, "Silenced"), down(3 * HOUR, "Unknown")
    shift.groups = [group("chat", fires)]
    shift.history = [notified("chat", START + 4 * HOUR, fires, silenced, unknown)]
    labels = 'alertname="Silenced", cause="down", service="memory-api", severity="critical"'
    minutes = [START + 2 * HOUR + 60.0 * minute for minute in (*range(1, 121), *range(150, 200))]
    shift.series[f'count(ALERTS{{alertstate="firing", {labels}}})'] = [({}, [(at, 1.0) for at in minutes])]
    found = {alert.name: (alert.fires, alert.end) for alert in history(shift).alerts}
    assert found == {"Fires": (True, None), "Silenced": (False, START + 4 * HOUR), "Unknown": (False, None)}


@pytest.mark.parametrize(
    ("seconds", "told", "why"),
    [
        (599, True, "over by itself within 10 min"),
        (600, True, ""),
        (4 * HOUR, False, ""),
        (4 * HOUR + 1, False, "fired for more than 4 h, and nobody was told"),
        (4 * HOUR + 1, True, ""),
        (None, False, ""),
    ],
)
def test_nobody_acted_on_what_was_over_at_once_or_what_nobody_heard_of(
    seconds: float | None, told: bool, why: str
) -> None:
    end = None if seconds is None else 1000 + seconds
    found = Happened({"alertname": "A"}, "", 1000, end, told={"chat": 1030.0} if told else {})
    assert found.ignored == why
    found.silenced = True
    assert found.ignored == ""
    assert found.service == found.cause == ""


@pytest.mark.parametrize(
    ("name", "value", "regex", "equal", "about"),
    [
        ("service", "memory-api", False, True, True),
        ("service", "memory-api", False, False, False),
        ("service", "memory", True, True, False),
        ("service", "memory-.*", True, True, True),
        ("service", "memory-.*", True, False, False),
        ("team", "", False, True, True),
        ("service", r"\pL+-api", True, True, True),
    ],
)
def test_a_silence_that_was_about_an_alert_is_somebody_who_acted(
    shift: Shift, name: str, value: str, regex: bool, equal: bool, about: bool
) -> None:
    shift.history = [notified("chat", START + HOUR + 20, down(HOUR), ended=START + HOUR + 60)]
    silence = silence_of("s-1", START + 2 * HOUR, "expired")
    silence["matchers"] = [{"name": name, "value": value, "isRegex": regex, "isEqual": equal}]
    shift.silences = [{**silence, "startsAt": "2026-09-01T00:00:00+00:00"}]
    (found,) = history(shift).alerts
    assert found.silenced is about
    # One that came later was not about it.
    shift.silences = [{**silence, "startsAt": "2026-10-20T00:00:00+00:00", "endsAt": "2026-11-20T00:00:00+00:00"}]
    (found,) = history(shift).alerts
    assert not found.silenced


def test_alerts_nobody_acted_on_are_counted_by_service_name_and_reason(shift: Shift) -> None:
    short = [down(hour * HOUR) for hour in (1, 2)]
    shift.history = [
        notified("chat", START + 3 * HOUR, one, ended=START + (number + 1) * HOUR + 60)
        for number, one in enumerate(short)
    ]
    assert history(shift).ignored == {("memory-api", "ServiceDown", "over by itself within 10 min"): 2}

"""`make alerts`: what is shown of what fires."""

from __future__ import annotations

import pytest

from operations.oncall.alerts import Firing, firing, shown
from runtimes.health import NoAnswerError
from tests.unit.operations.oncall.shift import NOW, Shift, alert, group, notified, silence_of

DOWN = alert("ServiceDown")


def rows(shift: Shift) -> dict[str, Firing]:
    with shift.live() as live:
        return {row.alert: row for row in firing(live, NOW)}


def test_nothing_fires_where_only_the_heartbeat_and_a_test_do(shift: Shift) -> None:
    shift.groups = [
        group("heartbeat", alert("Heartbeat", severity="none")),
        group("chat", alert("NotifyTest", severity="info", notify_test="chat")),
    ]
    assert rows(shift) == {}
    assert [str(line) for line in shown([], "UTC", NOW)] == ["Nothing fires."]
    # No history is read for that.
    assert shift.asked == []


def test_an_alert_is_shown_with_whom_was_told_of_it_first_and_when(shift: Shift) -> None:
    shift.groups = [group(receiver, DOWN) for receiver in ("history", "pager", "chat")]
    shift.history = [
        notified("history", NOW - 590, DOWN),
        notified("pager", NOW - 580, DOWN),
        notified("chat", NOW - 570, DOWN),
        notified("pager", NOW - 100, DOWN),
    ]
    assert rows(shift) == {
        "ServiceDown": Firing(
            "critical",
            "memory-api",
            "ServiceDown",
            "memory-api has [ServiceDown]",
            NOW - 600,
            [],
            {"pager": NOW - 580, "chat": NOW - 570},
        )
    }


def test_messages_about_another_alert_an_earlier_one_or_an_end_are_not_counted(shift: Shift) -> None:
    earlier, other = alert("ServiceDown", since=NOW - 3000), alert("ServiceDown", service="memory-db")
    oldest = alert("HighLatency", severity="warning", since=NOW - 4000)
    shift.groups = [group("chat", DOWN, oldest)]
    shift.history = [
        notified("pager", NOW - 2990, earlier),
        notified("boss", NOW - 590, other),
        notified("hook", NOW - 590, DOWN, ended=NOW - 595),
        notified("chat", NOW - 500, DOWN, oldest),
    ]
    assert {name: row.told for name, row in rows(shift).items()} == {
        "ServiceDown": {"chat": NOW - 500},
        "HighLatency": {"chat": NOW - 500},
    }


def test_the_worst_comes_first_and_what_has_no_severity_of_ours_last(shift: Shift) -> None:
    names = {"D": "page", "C": "info", "B": "high", "A2": "critical"}
    alerts = [alert(name, severity=severity) for name, severity in names.items()]
    shift.groups = [group("chat", *alerts, alert("A1", since=NOW - 700))]
    assert [*rows(shift)] == ["A1", "A2", "B", "C", "D"]


def test_what_keeps_messages_back_is_said_with_who_and_why(shift: Shift) -> None:
    cause = alert("PostgresDown", service="memory-db")
    held = {
        "silenced_by": alert("A", silenced=["s-1"]),
        "silenced_forgotten": alert("B", silenced=["s-9"]),
        "inhibited": alert("C", inhibited=["PostgresDown memory-db"]),
        "inhibited_lately": alert("F", inhibited=["RecentCause memory-db"]),
        "inhibited_over": alert("D", inhibited=["gone"]),
    }
    muted, heard = alert("E", muted=["night"]), alert("E")
    recent = alert("RecentCause", service="memory-db", severity="none", of="RedisDown")
    shift.groups = [
        group("nobody", recent),
        group("chat", cause, *held.values(), muted),
        group("pager", heard),
        group("history", muted),
    ]
    shift.silences = [silence_of("s-1", NOW + 60, service="memory-api")]
    assert {name: row.held for name, row in rows(shift).items()} == {
        "PostgresDown": [],
        "A": ["silenced by ada: new disk"],
        "B": ["silenced by s-9"],
        "C": ["part of PostgresDown of memory-db"],
        "F": ["part of RedisDown of memory-db"],
        "D": ["part of another alert that is over by now"],
        "E": ["chat is not told now: night"],
    }


def test_more_messages_than_a_page_are_all_read_even_of_one_moment(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.oncall.history._PAGE", 3)
    shift.groups = [group("chat", DOWN)]
    moments = [NOW - 500, NOW - 400, NOW - 400, NOW - 400.0001, NOW - 300, NOW - 200]
    shift.history = [notified(f"receiver-{number}", at, DOWN) for number, at in enumerate(moments)]
    assert rows(shift)["ServiceDown"].told == {f"receiver-{number}": at for number, at in enumerate(moments)}
    assert len(shift.asked) > 2


def test_a_paragraph_has_times_in_the_time_zone_and_the_text_as_it_is() -> None:
    row = Firing(
        "critical", "a", "Down", "a [red]is[/red] down", NOW - 86_400, ["silenced by ada: disk"], {"chat": NOW - 60}
    )
    nobody = Firing("", "b", "Odd", "", NOW - 60, [], {})
    assert [str(line) for line in shown([row, nobody], "Europe/Berlin", NOW)] == [
        "critical  a  Down  since 2026-11-25 13:00",
        "    a [red]is[/red] down",
        "    silenced by ada: disk",
        "    told: chat 12:59",
        "no severity  b  Odd  since 12:59",
        "    told: nobody",
        "Times are in Europe/Berlin.",
    ]


def test_a_store_that_does_not_answer_is_said(shift: Shift) -> None:
    shift.groups = [group("chat", DOWN)]
    shift.broken = {"/select/logsql/query"}
    with pytest.raises(NoAnswerError, match="victorialogs answers 503"):
        rows(shift)

"""`make notify-test`: the message that is sent, and how the receiver's answer is told."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from operations.oncall.notify_test import Answered, notify_test, usual_patience
from runtimes.console import Failure
from runtimes.docker.health import DockerHealth
from tests.plans import configuration, settings_of
from tests.unit.operations.oncall.shift import Shift

WHY = "docker logs monitoring-test-alertmanager says why."
STAMP = "2026-11-26T12:00:00Z"


@pytest.fixture(autouse=True)
def ada(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ada")


class Outcome:
    """What Alertmanager counts for a receiver and logs about it, from the moment that the alert is there."""

    def __init__(self, shift: Shift, monkeypatch: pytest.MonkeyPatch, receiver: str) -> None:
        self._shift, self._monkeypatch, self._receiver = shift, monkeypatch, receiver

    def is_(self, *rounds: dict[str, tuple[int, int]], log: str = "") -> None:
        """Requests and how many of them failed, by integration, at each look; the last stays."""
        looks = self._looks(rounds)
        self._shift.metrics = lambda: next(looks)
        command = ["sh", "-c", 'printf "%s" "$0"', log]
        self._monkeypatch.setattr(DockerHealth, "logs", lambda *_: WHY.removesuffix(" says why."))
        self._monkeypatch.setattr("operations.oncall.notify_test._command", lambda *_: command)

    def _looks(self, rounds: tuple[dict[str, tuple[int, int]], ...]) -> Iterator[str]:
        # What was before the test does not count.
        yield self._text(dict.fromkeys(rounds[-1], (7, 3)))
        for counts in rounds[:-1]:
            yield self._text({name: (7 + tried, 3 + failed) for name, (tried, failed) in counts.items()})
        while True:
            yield self._text({name: (7 + tried, 3 + failed) for name, (tried, failed) in rounds[-1].items()})

    def _text(self, counts: dict[str, tuple[int, int]]) -> str:
        lines = ["# HELP alertmanager_notification_requests_total The total number of attempted notification requests."]
        for receiver in (self._receiver, "another"):
            for name, numbers in counts.items():
                for metric, number in zip(("requests_total", "requests_failed_total"), numbers, strict=True):
                    labels = f'integration="{name}",receiver_name="{receiver}"'
                    lines.append(f"alertmanager_notification_{metric}{{{labels}}} {number}")
        return "\n".join(lines)


def log(integration: str, error: str, receiver: str = "hook") -> str:
    group = json.dumps(f'{{}}/{{notify_test="{receiver}"}}:{{notify_test="{receiver}", sent="{STAMP}"}}')
    return f"level=WARN receiver={receiver} integration={integration} aggrGroup={group} err={json.dumps(error)}\n"


def answered(shift: Shift, receiver: str, patience: float = 5) -> Answered:
    with shift.live() as live:
        return notify_test(live, receiver, patience, pause=0)


@pytest.fixture
def outcome(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    return Outcome(shift, monkeypatch, "hook")


@pytest.fixture
def chat(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    return Outcome(shift, monkeypatch, "chat")


def test_the_message_says_that_it_is_a_test_and_its_end_is_told_to_nobody(shift: Shift, chat: Outcome) -> None:
    chat.is_({"slack": (1, 0), "webhook": (1, 0)})
    answer = answered(shift, "chat")
    assert answer == Answered(True, "chat took the test message by slack within 0.0 s.")
    (_, (alert,)), (_, silence) = shift.sent
    assert [path for path, _ in shift.sent] == ["POST /api/v2/alerts", "POST /api/v2/silences"]
    assert alert == {
        "labels": {
            "alertname": "NotifyTest",
            "notify_test": "chat",
            "environment": "test",
            "severity": "info",
            "service": "notify-test",
            "sent": STAMP,
        },
        "annotations": {
            "summary": "Test: ada tries the receiver chat, and nothing is wrong",
            "description": "Sent by make notify-test. Nobody needs to do anything.",
        },
        "startsAt": "2026-11-26T12:00:00+00:00",
        "endsAt": "2026-11-26T12:02:00+00:00",
    }
    named = {matcher["name"]: matcher["value"] for matcher in silence["matchers"]}
    assert named == {"notify_test": "chat", "sent": STAMP}
    assert silence["endsAt"] == "2026-11-26T12:05:00+00:00"


def test_it_waits_until_every_integration_has_taken_it(shift: Shift, outcome: Outcome) -> None:
    outcome.is_({"webhook": (0, 0)}, {"webhook": (1, 0)}, {"webhook": (2, 0)})
    assert answered(shift, "hook").taken


def test_a_refusal_is_told_in_the_receivers_words(shift: Shift, chat: Outcome) -> None:
    chat.is_({"slack": (1, 1), "webhook": (1, 0)}, log=log("slack[0]", "status 404: no_service", "chat"))
    told = "chat did not take the test message. slack[0]: status 404: no_service."
    assert answered(shift, "chat") == Answered(False, told)


def test_a_refusal_that_the_log_does_not_explain_says_where_to_look(shift: Shift, chat: Outcome) -> None:
    chat.is_({"slack": (1, 1), "webhook": (1, 0)})
    told = f"chat did not take the test message. slack: refused; {WHY}"
    assert answered(shift, "chat", patience=0) == Answered(False, told)


def test_a_message_that_is_not_sent_in_time_is_not_taken(shift: Shift, chat: Outcome) -> None:
    chat.is_({"slack": (0, 0), "webhook": (1, 0)})
    told = f"chat did not take the test message. slack: nothing in 0 s; {WHY}"
    assert answered(shift, "chat", patience=0) == Answered(False, told)


def test_a_webhook_and_its_record_are_told_apart(shift: Shift, outcome: Outcome) -> None:
    """Alertmanager counts them together."""
    outcome.is_({"webhook": (4, 3)}, log=log("webhook[1]", "status 500: full"))
    told = (
        "hook took the test message by webhook within 0.0 s. The history of alerts did not record it: status 500: full"
    )
    assert answered(shift, "hook") == Answered(True, told)
    outcome.is_({"webhook": (2, 1)}, log=log("webhook[0]", "status 401: who?"))
    assert answered(shift, "hook") == Answered(
        False, "hook did not take the test message. webhook[0]: status 401: who?."
    )
    # The record has been refused, and of the receiver nothing is known yet.
    outcome.is_({"webhook": (3, 3)}, log=log("webhook[1]", "status 500: full"))
    assert answered(shift, "hook", patience=0) == Answered(
        False, f"hook did not take the test message. webhook: refused; {WHY}"
    )
    outcome.is_({"webhook": (3, 3)}, log=log("webhook[1]", "status 500") + log("webhook[0]", "status 401"))
    assert answered(shift, "hook") == Answered(False, "hook did not take the test message. webhook[0]: status 401.")


def test_a_receiver_that_is_no_webhook_does_not_answer_for_its_record(shift: Shift, chat: Outcome) -> None:
    chat.is_({"slack": (1, 0), "webhook": (2, 2)}, log=log("webhook[0]", "status 500: full", "chat"))
    told = "chat took the test message by slack within 0.0 s. The history of alerts did not record it: status 500: full"
    assert answered(shift, "chat") == Answered(True, told)
    chat.is_({"slack": (1, 1), "webhook": (2, 2)}, log=log("webhook[0]", "status 500: full", "chat"))
    assert answered(shift, "chat", patience=0) == Answered(
        False, f"chat did not take the test message. slack: refused; {WHY}"
    )


def test_a_receiver_that_does_not_exist_is_named_with_those_that_do(shift: Shift) -> None:
    with pytest.raises(Failure) as failed:
        answered(shift, "chatt")
    assert str(failed.value) == "receiver: found 'chatt'. Allowed: chat, hook, pager. Did you mean 'chat'?"
    assert shift.sent == []


def test_without_a_receiver_those_are_named_that_there_are(shift: Shift) -> None:
    with shift.live() as live, pytest.raises(Failure) as failed:
        notify_test(live, None)
    assert str(failed.value) == (
        "receiver: found nothing. Allowed: chat, hook, pager. Name one: make notify-test STACK=test ARGS=<receiver>."
    )
    assert shift.sent == []


def test_an_alertmanager_that_was_deployed_before_there_were_tests_is_told_from_a_receiver_that_is_silent(
    shift: Shift,
) -> None:
    shift.metrics = lambda: 'alertmanager_notification_requests_total{integration="slack"} 7'
    with pytest.raises(Failure, match=r"does not count by receiver, so it is of an earlier version: run make up"):
        answered(shift, "chat")
    assert shift.sent == []


def test_where_alertmanager_has_replicas_its_turn_may_come_half_a_minute_later() -> None:
    service = {"name": "api", "kind": "fastapi", "target": "api:8000"}
    single, high = (settings_of(configuration(service, availability=much)) for much in ("single", "high"))
    assert usual_patience(high) == usual_patience(single) + 30

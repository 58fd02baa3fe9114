"""`make notify-test`: one marked message to one receiver, and what it answered."""

from __future__ import annotations

import getpass
import re
import shlex
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from alerting.contacts import contacts
from alerting.routing import TEST_LABEL
from components.endpoints import ALERTMANAGER
from operations.verify.live import Live
from runtimes.console import Failure
from settings.errors import did_you_mean, listed

# Alertmanager tries again with growing pauses; what has not been taken by then will not be.
_PATIENCE_SECONDS = 40.0
_PAUSE_SECONDS = 0.5
_TRIED = "alertmanager_notification_requests_total"
_REFUSED = "alertmanager_notification_requests_failed_total"
_SAMPLE = re.compile(r'^(\w+){integration="(\w+)",receiver_name="([^"]*)"} (\S+)$', re.MULTILINE)


@dataclass(frozen=True)
class Answered:
    """How a receiver took the message: whether all of its integrations did, and what was seen."""

    taken: bool
    told: str


def notify_test(
    live: Live, receiver: str, patience: float = _PATIENCE_SECONDS, pause: float = _PAUSE_SECONDS
) -> Answered:
    """Send one message that says that it is a test.

    Args:
        receiver: a name in `receivers` of the stack file.
        patience: seconds that the receiver gets to take it.
        pause: seconds between two looks.

    Raises:
        Failure: when there is no such receiver.
        NoAnswerError: when Alertmanager does not answer.
    """
    expected = _expected(live, receiver)
    before, began = _counts(live, receiver), datetime.now(UTC)
    live.alertmanager.raise_alert(_alert(live.declared.program.plan.environment, receiver, began))
    deadline = time.monotonic() + patience
    while True:
        news = _counts(live, receiver) - before
        refused = sorted(integration for metric, integration in news if metric == _REFUSED)
        waiting = sorted(name for name, requests in expected.items() if news[_TRIED, name] < requests)
        if refused or not waiting or time.monotonic() > deadline:
            break
        time.sleep(pause)
    # Or its end would be told too.
    live.alertmanager.silence(_quiet(receiver, began))
    if refused:
        why = _complaint(live, receiver, began) or f"{live.logs(ALERTMANAGER.workload)} says why."
        return Answered(False, f"{receiver} refused the test message by {', '.join(refused)}: {why}")
    if waiting:
        told = f"Alertmanager has not sent the test message by {', '.join(waiting)} within {patience:.0f} s"
        return Answered(False, f"{told}: {live.logs(ALERTMANAGER.workload)} says why.")
    seconds = (datetime.now(UTC) - began).total_seconds()
    return Answered(True, f"{receiver} took the test message by {', '.join(sorted(expected))} within {seconds:.1f} s.")


def _expected(live: Live, receiver: str) -> Mapping[str, int]:
    """How many requests the message is, by Alertmanager's name of the integration; the stack's record is one."""
    settings = live.declared.settings
    if receiver not in settings.receivers:
        there = f"There are {listed(settings.receivers)}." if settings.receivers else "The stack file has none."
        near = did_you_mean(receiver, settings.receivers)
        raise Failure(f"Found receiver {receiver!r}, which does not exist. {there} {near}".rstrip())
    block = contacts(settings)[receiver]
    requests = Counter({key.removesuffix("_configs"): len(integrations) for key, integrations in block.items()})
    return requests + Counter(webhook=1)


def _counts(live: Live, receiver: str) -> Counter[tuple[str, str]]:
    """Requests to the receiver, by metric and integration."""
    counts = {
        (metric, integration): int(float(value))
        for metric, integration, name, value in _SAMPLE.findall(live.alertmanager.metrics())
        if name == receiver and metric in (_TRIED, _REFUSED)
    }
    return Counter(counts)


def _sent(began: datetime) -> str:
    return f"{began:%Y-%m-%dT%H:%M:%SZ}"


def _alert(environment: str, receiver: str, began: datetime) -> dict[str, Any]:
    return {
        "labels": {
            "alertname": "NotifyTest",
            TEST_LABEL: receiver,
            "environment": environment,
            "severity": "info",
            "service": "notify-test",
            # A new alert each time: one that Alertmanager has told of already it would not tell again.
            "sent": _sent(began),
        },
        "annotations": {
            "summary": f"Test: {getpass.getuser()} tries the receiver {receiver}. Nothing is wrong.",
            "description": "Sent by make notify-test. Nobody needs to do anything.",
        },
        "startsAt": began.isoformat(),
        "endsAt": (began + timedelta(minutes=2)).isoformat(),
    }


def _quiet(receiver: str, began: datetime) -> dict[str, Any]:
    labels = {TEST_LABEL: receiver, "sent": _sent(began)}
    now = datetime.now(UTC)
    return {
        "matchers": [
            {"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in labels.items()
        ],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(minutes=15)).isoformat(),
        "createdBy": "make notify-test",
        "comment": "The test is over.",
    }


def _complaint(live: Live, receiver: str, began: datetime) -> str:
    """What the receiver answered, as Alertmanager's own log has it; empty when it is not there."""
    # `docker logs` and `kubectl logs` take the same option.
    since = f"{(datetime.now(UTC) - began).total_seconds() + 1:.0f}s"
    command = [*shlex.split(live.logs(ALERTMANAGER.workload)), "--since", since]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if receiver in line and "err=" in line]
    return _error(lines[-1]) if lines else ""


def _error(line: str) -> str:
    """The value of `err` in a line of logfmt."""
    found = re.search(r'\berr="((?:[^"\\]|\\.)*)"|\berr=(\S+)', line)
    return (found[1] or found[2]).replace('\\"', '"') if found else line

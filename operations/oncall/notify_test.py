"""`make notify-test`: one marked message to one receiver, and what it answered."""

from __future__ import annotations

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
from components.replicas import PEER_SECONDS, alertmanagers
from operations.oncall.complaints import complaints
from operations.oncall.running import whoami
from operations.verify.live import Live
from runtimes.console import Failure
from settings.errors import Mistake, did_you_mean, listed, shown
from settings.model import StackSettings

# Alertmanager tries again with growing pauses for the interval of the test's route; people wait no longer than this.
_PATIENCE_SECONDS = 40.0
_PAUSE_SECONDS = 0.5
# Longer than the test and the interval of its route: then Alertmanager has forgotten its end.
_QUIET = timedelta(minutes=5)
_LASTS = timedelta(minutes=2)
_TRIED = "alertmanager_notification_requests_total"
_REFUSED = "alertmanager_notification_requests_failed_total"
_SAMPLE = re.compile(r'^(\w+){integration="(\w+)",receiver_name="([^"]*)"} (\S+)$', re.MULTILINE)
# The record of a webhook's receiver is a webhook too.
_WEBHOOK = "webhook"


@dataclass(frozen=True)
class Answered:
    """How a receiver took the message: whether all of its integrations did, and what was seen."""

    taken: bool
    told: str


def usual_patience(settings: StackSettings) -> float:
    """Seconds that a receiver gets to take a message: replicas of Alertmanager may first wait for those before them."""
    return _PATIENCE_SECONDS + PEER_SECONDS * (len(alertmanagers(settings)) - 1)


def notify_test(
    live: Live, receiver: str | None, patience: float | None = None, pause: float = _PAUSE_SECONDS
) -> Answered:
    """Send one message that says that it is a test.

    Args:
        live: the stack.
        receiver: a name in `receivers` of the stack file; None is refused with the names that there are.
        patience: seconds that the receiver gets to take it; default: `usual_patience`.
        pause: seconds between two looks.

    Raises:
        Failure: when there is no such receiver, Grafana routes alerts, or the running Alertmanager is too old.
        NoAnswerError: when Alertmanager does not answer.
    """
    if live.declared.settings.grafana.manages_alerts:
        raise Failure(
            "Grafana routes the alerts of this stack and takes none from outside: use its own test,"
            " Alerting → Contact points → the receiver → Test."
        )
    receiver = _known(live, receiver)
    own = _integrations(live.declared.settings, receiver)
    before, began = _counts(live, receiver), datetime.fromtimestamp(live.now(), UTC)
    if not before:
        up = live.declared.up()
        raise Failure(
            f"The Alertmanager that runs does not count by receiver, so it is of an earlier version: run {up}."
        )
    live.alertmanager.raise_alert(_alert(live.declared.program.plan.environment, receiver, began))
    seen = _watched(
        live,
        receiver,
        own,
        before,
        began,
        usual_patience(live.declared.settings) if patience is None else patience,
        pause,
    )
    # Or its end would be told too.
    live.alertmanager.silence(_quiet(receiver, began, datetime.fromtimestamp(live.now(), UTC)))
    return _judged(receiver, own, seen, live.now() - began.timestamp(), f"{live.logs(ALERTMANAGER.workload)} says why.")


@dataclass(frozen=True)
class _Seen:
    """What became of the message.

    Attributes:
        lacking: how many integrations of each kind have not taken it.
        refused: those kinds of them of which one was refused.
        said: what integrations were answered, by Alertmanager's name of each.
    """

    lacking: Counter[str]
    refused: frozenset[str]
    said: Mapping[str, str]

    def words(self, kind: str) -> dict[str, str]:
        """What integrations of a kind were answered."""
        return {name: words for name, words in sorted(self.said.items()) if name.startswith(f"{kind}[")}

    @property
    def settled(self) -> bool:
        """Whether all took it, or all others have said why not."""
        return all(len(self.words(kind)) == count for kind, count in self.lacking.items())


def _watched(
    live: Live,
    receiver: str,
    own: Counter[str],
    before: Counter[tuple[str, str]],
    began: datetime,
    patience: float,
    pause: float,
) -> _Seen:
    # Every message is recorded too.
    expected = own + Counter({_WEBHOOK: 1})
    deadline = time.monotonic() + patience
    while True:
        news = _counts(live, receiver) - before
        took = Counter({kind: news[_TRIED, kind] - news[_REFUSED, kind] for kind in expected})
        lacking = expected - took
        refused = frozenset(kind for kind in lacking if news[_REFUSED, kind])
        said = complaints(_log(live, began), receiver, _sent(began)) if refused else {}
        seen = _Seen(lacking, refused, said)
        if seen.settled or time.monotonic() > deadline:
            return seen
        time.sleep(pause)


def _judged(receiver: str, own: Counter[str], seen: _Seen, seconds: float, why: str) -> Answered:
    # Alertmanager counts by kind: of a webhook's receiver only the log says whether it is the record that fails.
    record = f"{_WEBHOOK}[{own[_WEBHOOK]}]"
    problems = []
    for kind, count in sorted(seen.lacking.items()):
        said = seen.words(kind)
        problems += [f"{name}: {words}." for name, words in said.items() if name != record]
        unrecorded = kind == _WEBHOOK and (record in said or not own[_WEBHOOK])
        if count - (record not in said and unrecorded) > len(said):
            problems.append(f"{kind}: {'refused' if kind in seen.refused else f'nothing in {seconds:.0f} s'}; {why}")
    if problems:
        return Answered(False, f"{receiver} did not take the test message. {' '.join(problems)}")
    took = f"{receiver} took the test message by {', '.join(sorted(own))} within {seconds:.1f} s."
    missing = f" The history of alerts did not record it: {seen.said.get(record, why)}" if seen.lacking else ""
    return Answered(True, took + missing)


def _known(live: Live, receiver: str | None) -> str:
    names = live.declared.settings.receivers
    if receiver is None or receiver not in names:
        allowed = listed(names) if names else "none: the stack file has no receivers"
        command = f"make notify-test STACK={live.declared.stack} ARGS=<receiver>"
        action = f"Name one: {command}." if receiver is None and names else did_you_mean(receiver, names)
        raise Failure(str(Mistake("receiver", shown(receiver), allowed, action)))
    return receiver


def _integrations(settings: StackSettings, receiver: str) -> Counter[str]:
    """How many integrations of each kind the receiver has, by Alertmanager's name of the kind."""
    block = contacts(settings)[receiver]
    return Counter({key.removesuffix("_configs"): len(integrations) for key, integrations in block.items()})


def _counts(live: Live, receiver: str) -> Counter[tuple[str, str]]:
    """Requests to the receiver, by metric and integration."""
    return Counter(
        {
            (metric, integration): int(float(value))
            for metric, integration, name, value in _SAMPLE.findall(live.alertmanager.metrics())
            if name == receiver and metric in (_TRIED, _REFUSED)
        }
    )


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
            "summary": f"Test: {whoami()} tries the receiver {receiver}, and nothing is wrong",
            "description": "Sent by make notify-test. Nobody needs to do anything.",
        },
        "startsAt": began.isoformat(),
        "endsAt": (began + _LASTS).isoformat(),
    }


def _quiet(receiver: str, began: datetime, now: datetime) -> dict[str, Any]:
    labels = {TEST_LABEL: receiver, "sent": _sent(began)}
    return {
        "matchers": [
            {"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in labels.items()
        ],
        "startsAt": now.isoformat(),
        "endsAt": (now + _QUIET).isoformat(),
        "createdBy": "make notify-test",
        "comment": "The test is over.",
    }


def _log(live: Live, began: datetime) -> str:
    done = subprocess.run(_command(live, began), capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _command(live: Live, began: datetime) -> list[str]:
    # `docker logs` and `kubectl logs` take the same option.
    since = f"{live.now() - began.timestamp() + 1:.0f}s"
    return [*shlex.split(live.logs(ALERTMANAGER.workload)), "--since", since]

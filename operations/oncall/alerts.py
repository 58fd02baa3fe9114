"""`make alerts`: what fires, what became of it, and who was told when."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from operations.oncall.history import Message, messages
from operations.verify.live import Live
from settings.alerts import SEVERITIES

# An alert that has fired for longer than its history is kept has lost its first messages anyway.
_LONGEST_SECONDS = 90 * 86_400
_STYLES = {"critical": "bold red", "high": "red", "warning": "yellow"}


@dataclass(frozen=True)
class Firing:
    """An alert that fires.

    Attributes:
        since: seconds since 1970.
        state: told: nothing holds it back; otherwise what does, and why.
        told: who was told first, and when (seconds since 1970).
    """

    severity: str
    service: str
    alert: str
    summary: str
    since: float
    state: str
    told: Mapping[str, float]


def firing(live: Live, *, now: float | None = None) -> list[Firing]:
    """Everything that fires, the worst first, the heartbeat left out.

    Raises:
        NoAnswerError: when Alertmanager or the store of logs does not answer.
    """
    found = [alert for alert in live.alertmanager.alerts() if alert["labels"].get("severity") in SEVERITIES]
    now = time.time() if now is None else now
    begin = max(min((_seconds(alert["startsAt"]) for alert in found), default=now), now - _LONGEST_SECONDS)
    sent = list(messages(live, begin, now)) if found else []
    silences = {silence["id"]: silence for silence in live.alertmanager.silences()} if found else {}
    by_fingerprint = {alert["fingerprint"]: alert for alert in found}
    rows = [_firing(alert, sent, silences, by_fingerprint) for alert in found]
    return sorted(rows, key=lambda row: (SEVERITIES.index(row.severity), row.since))


def show(rows: Iterable[Firing], console: Console, zone: str) -> None:
    """Print a table, with times in a time zone; that nothing fires is said in a sentence."""
    rows = list(rows)
    if not rows:
        console.print("Nothing fires.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("severity", "service", "alert", f"since ({zone})", "state", f"told ({zone})"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        told = ", ".join(f"{receiver} {_clock(at, zone)}" for receiver, at in row.told.items())
        style = _STYLES.get(row.severity, "")
        table.add_row(
            f"[{style}]{row.severity}[/]" if style else row.severity,
            row.service,
            f"{row.alert}\n[dim]{row.summary}[/]",
            _clock(row.since, zone),
            row.state,
            told or "nobody",
        )
    console.print(table)


def _firing(
    alert: Mapping[str, Any],
    sent: Iterable[Message],
    silences: Mapping[str, Mapping[str, Any]],
    others: Mapping[str, Mapping[str, Any]],
) -> Firing:
    labels, since = alert["labels"], _seconds(alert["startsAt"])
    told: dict[str, float] = {}
    for message in sent:
        if message.told_somebody and any(
            topic.labels == labels and topic.ends is None and topic.starts >= since - 1 for topic in message.alerts
        ):
            told.setdefault(message.receiver, message.seconds)
    return Firing(
        labels["severity"],
        labels.get("service", ""),
        labels["alertname"],
        alert["annotations"].get("summary", ""),
        since,
        _state(alert["status"], silences, others),
        told,
    )


def _state(
    status: Mapping[str, Any], silences: Mapping[str, Mapping[str, Any]], others: Mapping[str, Mapping[str, Any]]
) -> str:
    for identifier in status["silencedBy"]:
        by = silences.get(identifier)
        if by:
            return f"silenced by {by['createdBy']}: {by['comment']}"
        return "silenced"
    for fingerprint in status["inhibitedBy"]:
        cause = others.get(fingerprint)
        return (
            f"part of {cause['labels']['alertname']} of {cause['labels'].get('service', '')}" if cause else "inhibited"
        )
    if status.get("mutedBy"):
        return f"muted: {', '.join(status['mutedBy'])}"
    return "active"


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _clock(seconds: float, zone: str) -> str:
    return f"{datetime.fromtimestamp(seconds, ZoneInfo(zone)):%Y-%m-%d %H:%M}"

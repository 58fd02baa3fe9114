"""`make alerts`: what fires, what became of it, and who was told when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from alerting.routing import meant_for_people
from operations.oncall.clock import moment, seconds_of
from operations.oncall.history import Message, messages
from operations.verify.live import Live
from settings.alerts import SEVERITIES
from settings.receiver import OWN_RECEIVERS

# An alert that has fired for longer than its history is kept has lost its first messages anyway.
_LONGEST_SECONDS = 90 * 86_400
_STYLES = {"critical": "bold red", "high": "red", "warning": "yellow"}


@dataclass(frozen=True)
class Firing:
    """An alert that fires.

    Attributes:
        since: seconds since 1970.
        held: what keeps messages about it back, a sentence each; none: nothing does.
        told: when each receiver was told of it first, seconds since 1970.
    """

    severity: str
    service: str
    alert: str
    summary: str
    since: float
    held: Sequence[str]
    told: Mapping[str, float]


def firing(live: Live, now: float) -> list[Firing]:
    """Everything that fires, the worst first; what is not meant for people is left out.

    Args:
        live: the stack.
        now: seconds since 1970.

    Raises:
        NoAnswerError: when Alertmanager or the store of logs does not answer.
    """
    # Only its groups say that times hold an alert back: that is so for one receiver, and for another it is not.
    groups = live.alertmanager.groups()
    everything = {alert["fingerprint"]: alert for group in groups for alert in group["alerts"]}
    found = {key: alert for key, alert in everything.items() if meant_for_people(alert["labels"])}
    if not found:
        return []
    begin = max(min(seconds_of(alert["startsAt"]) for alert in found.values()), now - _LONGEST_SECONDS)
    sent = [message for message in messages(live, begin, now) if message.told_somebody]
    silences = {silence["id"]: silence for silence in live.alertmanager.silences()}
    rows = [
        Firing(
            alert["labels"].get("severity", ""),
            alert["labels"].get("service", ""),
            alert["labels"]["alertname"],
            alert["annotations"].get("summary", ""),
            seconds_of(alert["startsAt"]),
            [*_suppressed(alert["status"], silences, everything), *_muted(fingerprint, groups)],
            _told(alert, sent),
        )
        for fingerprint, alert in found.items()
    ]
    return sorted(rows, key=lambda row: (_rank(row.severity), row.since, row.service, row.alert))


def shown(rows: Iterable[Firing], zone: str, now: float) -> Iterator[Text]:
    """A paragraph for each alert, with times in a time zone; that nothing fires is said in a sentence."""
    rows = list(rows)
    if not rows:
        yield Text("Nothing fires.")
        return
    for row in rows:
        head = Text()
        head.append(row.severity or "no severity", _STYLES.get(row.severity, ""))
        head.append(f"  {row.service}  {row.alert}  since {moment(row.since, zone, now)}")
        yield head
        told = ", ".join(f"{receiver} {moment(at, zone, now)}" for receiver, at in row.told.items()) or "nobody"
        for line in filter(None, (row.summary, *row.held, f"told: {told}")):
            yield Text(f"    {line}", "dim" if line == row.summary else "")
    yield Text(f"Times are in {zone}.", "dim")


def _rank(severity: str) -> int:
    """What has no severity of ours comes last."""
    return [*SEVERITIES, severity].index(severity)


def _told(alert: Mapping[str, Any], sent: Iterable[Message]) -> dict[str, float]:
    since, told = seconds_of(alert["startsAt"]), dict[str, float]()
    for message in sent:
        for topic in message.alerts:
            # An alert that ended and began again has the same labels.
            if topic.labels == alert["labels"] and topic.ends is None and topic.starts >= since - 1:
                told.setdefault(message.receiver, message.seconds)
    return told


def _suppressed(
    status: Mapping[str, Any], silences: Mapping[str, Mapping[str, Any]], others: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    for identifier in status["silencedBy"]:
        by = silences.get(identifier)
        yield f"silenced by {by['createdBy']}: {by['comment']}" if by else f"silenced by {identifier}"
    causes = [others[fingerprint]["labels"] for fingerprint in status["inhibitedBy"] if fingerprint in others]
    if causes:
        # What says that a cause was there until a moment ago names it.
        names = sorted({f"{cause.get('of', cause['alertname'])} of {cause.get('service', '')}" for cause in causes})
        yield f"part of {', '.join(names)}"
    elif status["inhibitedBy"]:
        yield "part of another alert that is over by now"


def _muted(fingerprint: str, groups: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for group in groups:
        receiver = group["receiver"]["name"]
        times = [alert["status"]["mutedBy"] for alert in group["alerts"] if alert["fingerprint"] == fingerprint]
        for names in filter(None, () if receiver in OWN_RECEIVERS else times):
            yield f"{receiver} is not told now: {', '.join(names)}"

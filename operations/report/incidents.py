"""What happened in a month, from the history of alerts: when it began and ended, and who was told when."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alerting.routing import meant_for_people
from operations.oncall.clock import seconds_of
from operations.oncall.history import Message, messages
from operations.report.month import Month
from operations.verify.live import Live

# Repeated at least once a day: what lasted longer than the month has a message in it.
_AROUND_SECONDS = 86_400.0
_MINUTE = 60.0
FLAPS = 3
"""An alert that fired so many times flapped."""
SHORT_SECONDS = 600.0
"""What is over so soon, nobody has acted on."""
UNHEARD_SECONDS = 4 * 3600.0
"""What fires for longer without anybody told, nobody has acted on."""


@dataclass
class Happened:
    """An alert, from its start to its end.

    Attributes:
        start: seconds since 1970.
        end: seconds since 1970; None: it still fires, or nothing says when it ended.
        fires: whether it still fires.
        told: when each receiver was told of it first, seconds since 1970.
        silenced: whether a silence that is still known was about it.
    """

    labels: Mapping[str, str]
    summary: str
    start: float
    end: float | None = None
    fires: bool = False
    told: dict[str, float] = field(default_factory=dict)
    silenced: bool = False

    @property
    def name(self) -> str:
        """The alert's."""
        return self.labels["alertname"]

    @property
    def service(self) -> str:
        """The service that it is about."""
        return self.labels.get("service", "")

    @property
    def cause(self) -> str:
        """Its kind of cause."""
        return self.labels.get("cause", "")

    @property
    def ignored(self) -> str:
        """Why it looks as if nobody acted on it; empty when it does not."""
        if self.silenced or self.end is None:
            return ""
        lasted = self.end - self.start
        if lasted < SHORT_SECONDS:
            return f"over by itself within {SHORT_SECONDS / 60:.0f} min"
        if not self.told and lasted > UNHEARD_SECONDS:
            return f"fired for more than {UNHEARD_SECONDS / 3600:.0f} h, and nobody was told"
        return ""


@dataclass(frozen=True)
class History:
    """What happened in a month.

    Attributes:
        alerts: in the order in which they began.
        messages: how many a receiver got, by service, cause and receiver.
    """

    alerts: Sequence[Happened]
    messages: Mapping[tuple[str, str, str], int]

    def of(self, service: str) -> list[Happened]:
        """Alerts of a service."""
        return [alert for alert in self.alerts if alert.service == service]

    @property
    def flapped(self) -> dict[tuple[str, str], int]:
        """How often alerts fired that fired again and again, by service and name. Of one moment they are one."""
        moments = {(alert.service, alert.name, round(alert.start)) for alert in self.alerts}
        counts = Counter((service, name) for service, name, _ in moments)
        return {key: count for key, count in sorted(counts.items()) if count >= FLAPS}

    @property
    def ignored(self) -> dict[tuple[str, str, str], int]:
        """How many alerts nobody seems to have acted on, by service, name and why it seems so."""
        counts = Counter((alert.service, alert.name, alert.ignored) for alert in self.alerts if alert.ignored)
        return dict(sorted(counts.items()))


def history_of(live: Live, month: Month) -> History:
    """Every alert that fired in the month, what is not meant for people left out.

    Raises:
        NoAnswerError: when the store of logs or Alertmanager does not answer.
    """
    end = min(month.end + _AROUND_SECONDS, live.now())
    found: dict[object, Happened] = {}
    counts: Counter[tuple[str, str, str]] = Counter()
    for message in messages(live, month.start - _AROUND_SECONDS, end):
        topics = [topic for topic in message.alerts if meant_for_people(topic.labels)]
        for topic in topics:
            summary = topic.annotations.get("summary", "")
            alert = found.setdefault(topic.identity, Happened(topic.labels, summary, topic.starts))
            alert.end = alert.end if topic.ends is None else topic.ends
            if message.told_somebody and topic.ends is None:
                alert.told.setdefault(message.receiver, message.seconds)
        if message.told_somebody and month.start <= message.seconds < month.until:
            counts.update({(*key, message.receiver) for key in _groups(message)})
    alerts = [alert for alert in found.values() if alert.start < month.until and _reaches(alert, month)]
    _look_at_now(live, alerts)
    return History(sorted(alerts, key=lambda alert: (alert.start, alert.service, alert.name)), counts)


def _groups(message: Message) -> set[tuple[str, str]]:
    """Services and causes that a message is about; a digest is about several."""
    return {
        (topic.labels.get("service", ""), topic.labels.get("cause", ""))
        for topic in message.alerts
        if meant_for_people(topic.labels)
    }


def _reaches(alert: Happened, month: Month) -> bool:
    return alert.end is None or alert.end >= month.start


def _look_at_now(live: Live, alerts: Iterable[Happened]) -> None:
    """What still fires, when the others ended whose end was not told, and what was silenced."""
    firing = {
        (frozenset(alert["labels"].items()), round(seconds_of(alert["startsAt"])))
        for alert in live.alertmanager.alerts()
    }
    silences = live.alertmanager.silences()
    for alert in alerts:
        if alert.end is None:
            alert.fires = (frozenset(alert.labels.items()), round(alert.start)) in firing
            alert.end = None if alert.fires else _end_by_prometheus(live, alert)
        alert.silenced = any(_about(silence, alert, live.now()) for silence in silences)


def _end_by_prometheus(live: Live, alert: Happened) -> float | None:
    """When an alert no longer fired, to the minute: an end is not told while a silence is about it."""
    # What Alertmanager calls the environment is an external label: inside of Prometheus there is none.
    labels = {name: value for name, value in alert.labels.items() if name != "environment"}
    matchers = ", ".join(f"{name}={json.dumps(value)}" for name, value in sorted(labels.items()))
    expression = f'count(ALERTS{{alertstate="firing", {matchers}}})'
    end = None
    for _, points in live.prometheus.query_range(expression, alert.start + _MINUTE, live.now(), _MINUTE):
        for at, _ in points:
            if at - (end or alert.start) > 2 * _MINUTE:
                break
            end = at
    return end


def _about(silence: Mapping[str, Any], alert: Happened, now: float) -> bool:
    begins, ends = seconds_of(silence["startsAt"]), seconds_of(silence["endsAt"])
    meanwhile = begins <= (alert.end or now) and ends >= alert.start
    return meanwhile and all(_matches(matcher, alert.labels) for matcher in silence["matchers"])


def _matches(matcher: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value = labels.get(matcher["name"], "")
    if not matcher["isRegex"]:
        return (value == matcher["value"]) is matcher.get("isEqual", True)
    try:
        return bool(re.fullmatch(matcher["value"], value)) is matcher.get("isEqual", True)
    except re.error:
        # An expression that only Alertmanager's own language has: in doubt somebody meant this alert.
        return True


def by_cause(counts: Mapping[tuple[str, str, str], int]) -> Mapping[str, Counter[str]]:
    """Messages by cause, then by receiver, the most frequent cause first."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, cause, receiver), count in counts.items():
        found[cause][receiver] += count
    return dict(sorted(found.items(), key=lambda item: (-item[1].total(), item[0])))

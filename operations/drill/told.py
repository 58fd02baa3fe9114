"""What was delivered and what Alertmanager held back: facts, and how they are counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alerting.aftermath import RECENT_CAUSE
from alerting.routing import HEARTBEAT


@dataclass(frozen=True)
class Delivery:
    """One message that arrived at a receiver.

    Attributes:
        arrived: seconds since 1970.
        receiver: the name of the receiver in Alertmanager, such as `memory/page`.
        firing: labels of the alerts that the message says are firing.
        resolved: labels of those that it says are over.
    """

    arrived: float
    receiver: str
    firing: tuple[Mapping[str, str], ...]
    resolved: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Held:
    """An alert in Alertmanager at one moment, and whether it is inhibited."""

    labels: Mapping[str, str]
    inhibited: bool


@dataclass(frozen=True)
class Seen:
    """An alert of an incident.

    Attributes:
        labels: as Alertmanager got them.
        start: seconds from the fault until it fires.
        end: seconds from the fault until it is over.
    """

    labels: Mapping[str, str]
    start: float
    end: float


def delivery_of(kept: Mapping[str, Any]) -> Delivery:
    """A delivery from the recorder's answer."""
    payload = kept["payload"]
    alerts = payload["alerts"]
    return Delivery(
        float(kept["arrived"]),
        str(payload["receiver"]),
        tuple(alert["labels"] for alert in alerts if alert["status"] == "firing"),
        tuple(alert["labels"] for alert in alerts if alert["status"] == "resolved"),
    )


def held_of(alert: Mapping[str, Any]) -> Held:
    """An alert from Alertmanager's answer."""
    return Held(alert["labels"], bool(alert["status"]["inhibitedBy"]))


def is_for_people(alert: Held) -> bool:
    """Whether an alert tells people something: the heartbeat and what is there for inhibitions do not."""
    return alert.labels.get("alertname") not in (HEARTBEAT, RECENT_CAUSE)


def name_of(labels: Mapping[str, str]) -> str:
    """What an alert is called in sentences."""
    return f"{labels['alertname']} of {labels.get('service', 'nothing')}"


def services_of(alerts: Iterable[Mapping[str, str]]) -> set[str]:
    """The services that alerts are about."""
    return {labels.get("service", "") for labels in alerts}


def observed(services: Collection[str], sightings: Iterable[tuple[float, Held]]) -> tuple[Seen, ...]:
    """When each alert for people about some services was there, in the order in which they came.

    Args:
        sightings: seconds from the fault, and what was seen then.
    """
    moments: dict[frozenset[tuple[str, str]], list[float]] = {}
    for moment, alert in sightings:
        if alert.labels.get("service") in services and is_for_people(alert):
            moments.setdefault(frozenset(alert.labels.items()), []).append(moment)
    return tuple(Seen(dict(labels), min(when), max(when)) for labels, when in moments.items())

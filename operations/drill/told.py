"""What was delivered and what Alertmanager held back: facts, and how they are counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


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


def services_of(alerts: Iterable[Mapping[str, str]]) -> set[str]:
    """The services that alerts are about."""
    return {labels.get("service", "") for labels in alerts}

"""The history of alerts: every message that Alertmanager sent, as the store of logs keeps it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.signals import ALERT_HISTORY, LogQuery
from operations.oncall.clock import seconds_of
from operations.verify.live import Live
from settings.receiver import OWN_RECEIVERS

# Well below what a store returns at once by default (5,000 lines at the least).
_PAGE = 1000


@dataclass(frozen=True)
class TopicAlert:
    """An alert, as a message told of it.

    Attributes:
        starts: when it began to fire, seconds since 1970.
        ends: when it was resolved; None while it fired.
    """

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts: float
    ends: float | None

    @property
    def identity(self) -> tuple[frozenset[tuple[str, str]], int]:
        """The same for every message about one alert, from its start to its end."""
        return frozenset(self.labels.items()), round(self.starts)


@dataclass(frozen=True)
class Message:
    """What one receiver was told at one moment.

    Attributes:
        seconds: when, since 1970.
        group: the labels that its alerts have in common by the route.
    """

    seconds: float
    receiver: str
    group: Mapping[str, str]
    alerts: tuple[TopicAlert, ...]

    @property
    def told_somebody(self) -> bool:
        """Whether it went to a receiver of the settings, not only to the stack's own record."""
        return self.receiver not in OWN_RECEIVERS


def messages(live: Live, start: float, end: float) -> Iterator[Message]:
    """Every message from one time up to another (seconds since 1970), in order.

    Raises:
        NoAnswerError: when the store of logs does not answer.
    """
    query = LogQuery((ALERT_HISTORY,), contains=('"alerts":',))
    while True:
        lines = live.ask(live.stores.logs.between(query, start, end, _PAGE))
        full = len(lines) == _PAGE
        # A page may end between lines of one moment: those of its last millisecond belong to the next page.
        start = max(math.floor(lines[-1].seconds * 1000) / 1000, start + 0.001) if full else end
        for line in lines:
            if not full or line.seconds < start:
                yield _message(line.seconds, json.loads(line.text))
        if not full:
            return


def _message(seconds: float, body: Mapping[str, Any]) -> Message:
    return Message(
        seconds, str(body["receiver"]), body.get("groupLabels", {}), tuple(_alert(alert) for alert in body["alerts"])
    )


def _alert(alert: Mapping[str, Any]) -> TopicAlert:
    ends = seconds_of(alert["endsAt"]) if alert["status"] == "resolved" else None
    return TopicAlert(alert["labels"], alert.get("annotations", {}), seconds_of(alert["startsAt"]), ends)

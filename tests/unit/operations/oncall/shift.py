"""A made-up stack on call: what Alertmanager and the history of alerts answer, and what was sent to Alertmanager."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx

from operations.verify.live import Live
from tests.unit.operations.verify.world import World

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC).timestamp()


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def alert(
    name: str,
    *,
    service: str = "memory-api",
    severity: str = "critical",
    since: float = NOW - 600,
    silenced: Iterable[str] = (),
    inhibited: Iterable[str] = (),
    muted: Iterable[str] = (),
    **labels: str,
) -> dict[str, Any]:
    """An alert as Alertmanager's API has it; its fingerprint is its name and its service."""
    return {
        "fingerprint": f"{name} {service}",
        "labels": {"alertname": name, "service": service, "severity": severity, "environment": "test", **labels},
        "annotations": {"summary": f"{service} has [{name}]"},
        "startsAt": stamp(since),
        "status": {"silencedBy": [*silenced], "inhibitedBy": [*inhibited], "mutedBy": [*muted]},
    }


def group(receiver: str, *alerts: Mapping[str, Any]) -> dict[str, Any]:
    return {"receiver": {"name": receiver}, "labels": {}, "alerts": [*alerts]}


def notified(
    receiver: str, at: float, *alerts: Mapping[str, Any], ended: float | None = None
) -> tuple[float, dict[str, Any]]:
    """A message as the history keeps it: alerts that fire, or that have ended."""
    status = "firing" if ended is None else "resolved"
    ends = "0001-01-01T00:00:00Z" if ended is None else stamp(ended)
    told = [
        {
            "status": status,
            "labels": alert["labels"],
            "annotations": alert["annotations"],
            "startsAt": alert["startsAt"],
            "endsAt": ends,
        }
        for alert in alerts
    ]
    return at, {"receiver": receiver, "status": status, "groupLabels": {}, "alerts": told}


def silence_of(identifier: str, ends: float, state: str = "active", **matchers: str) -> dict[str, Any]:
    found = [
        {"name": name, "value": value, "isRegex": "|" in value, "isEqual": True} for name, value in matchers.items()
    ]
    return {
        "id": identifier,
        "matchers": found,
        "endsAt": stamp(ends),
        "createdBy": "ada",
        "comment": "new disk",
        "status": {"state": state},
    }


@dataclass
class Shift:
    """The stack.

    Attributes:
        groups: of alerts, by receiver.
        history: when a message was recorded, and what it said.
        sent: methods and paths with their documents, as Alertmanager got them.
        asked: queries to the store of logs and to Prometheus.
        metrics: what Alertmanager says of itself, anew for each request.
        broken: paths that are answered with an error.
        series: labels and points in time that Prometheus has, by the expression.
    """

    world: World
    groups: list[dict[str, Any]] = field(default_factory=list)
    silences: list[dict[str, Any]] = field(default_factory=list)
    history: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    sent: list[tuple[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    metrics: Callable[[], str] = lambda: ""
    broken: set[str] = field(default_factory=set)
    series: dict[str, list[tuple[dict[str, str], list[tuple[float, float]]]]] = field(default_factory=dict)

    @contextmanager
    def live(self) -> Iterator[Live]:
        """To be asked, at a time that never passes."""
        with httpx.Client(transport=httpx.MockTransport(self._answer)) as http:
            found = self.world.live(http)
            yield Live(found.declared, found.health, http, lambda: NOW)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path in self.broken:
            return httpx.Response(503)
        if request.method != "GET" and path.startswith("/api/v2/"):
            self.sent.append((f"{request.method} {path}", json.loads(request.content) if request.content else None))
            return httpx.Response(200, json={"silenceID": "s-new"} if path == "/api/v2/silences" else {})
        if path == "/select/logsql/query":
            self.asked.append(parse_qs(request.url.query.decode())["query"][0])
            return httpx.Response(200, text=self._lines(self.asked[-1]))
        alerts = {alert["fingerprint"]: alert for group in self.groups for alert in group["alerts"]}
        answers: dict[str, Any] = {
            "/api/v2/alerts": [*alerts.values()],
            "/api/v2/alerts/groups": self.groups,
            "/api/v2/silences": self.silences,
        }
        if path == "/api/v1/query_range":
            return httpx.Response(200, json={"data": {"result": [*self._range(request.url.params)]}})
        if path == "/metrics":
            return httpx.Response(200, text=self.metrics())
        if path in answers:
            return httpx.Response(200, json=answers[path])
        return self.world.transport.handle_request(request)

    def _range(self, params: httpx.QueryParams) -> Iterator[dict[str, Any]]:
        """Of each series the points at the steps that are asked for."""
        start, end, step = (float(params[name]) for name in ("start", "end", "step"))
        assert (end - start) / step <= 11_000
        self.asked.append(params["query"])
        for labels, points in self.series.get(params["query"], []):
            values = [[at, str(value)] for at, value in points if start <= at <= end and (at - start) % step == 0]
            yield {"metric": labels, "values": values}

    def _lines(self, query: str) -> str:
        """As VictoriaLogs does it: a half-open time, and no more than the limit."""
        start, end = (float(part) for part in query.partition("_time:[")[2].partition(")")[0].split(", "))
        most = int(query.rpartition("limit ")[2])
        found = sorted((entry for entry in self.history if start <= entry[0] < end), key=lambda entry: entry[0])[:most]
        lines = [
            {"_time": stamp(at), "_msg": json.dumps(body, separators=(",", ":")), "service.name": "alert-history"}
            for at, body in found
        ]
        return "\n".join(map(json.dumps, lines))

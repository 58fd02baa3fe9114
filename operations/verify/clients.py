"""The stack's APIs: published ones over loopback with their password, others from inside the container."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx

from operations.verify.engine import Engine
from operations.verify.rows import NoAnswerError

_TIMEOUT_SECONDS = 10


class Api(Protocol):
    """Somewhere to GET JSON from."""

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The parsed answer.

        Raises:
            NoAnswerError: when there is none, or another status than 200.
        """
        ...


def http_client() -> httpx.Client:
    """A client for loopback: no proxy, and no redirect taken for an answer."""
    return httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False)


@dataclass(frozen=True)
class PublishedApi:
    """An API on the host's loopback.

    Attributes:
        name: of the component.
        password: reads it; called for each request, so that it is held nowhere.
        logs: the command that shows the component's logs.
        up: the command that brings the stack up.
    """

    name: str
    url: str
    username: str
    password: Callable[[], str]
    http: httpx.Client
    logs: str
    up: str

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The parsed answer."""
        login = (self.username, self.password())
        try:
            answer = self.http.get(f"{self.url}{path}", params=params, auth=login)
        except httpx.HTTPError as error:
            what = f"{self.name} does not answer at {self.url} ({type(error).__name__})"
            raise NoAnswerError(f"{what}: {self.logs} says more.") from None
        if answer.status_code in (401, 403):
            raise NoAnswerError(f"{self.name} refuses its own password: run {self.up}.")
        if answer.status_code != 200:
            raise NoAnswerError(f"{self.name} answers {answer.status_code} to {path}: {self.logs} says more.")
        return _parsed(answer.text, self.name, self.logs)


@dataclass(frozen=True)
class InsideApi:
    """An API that is not published: asked by the busybox that every container mounts."""

    engine: Engine
    container: str
    port: int

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The parsed answer."""
        query = f"?{urlencode(params)}" if params else ""
        url = f"http://127.0.0.1:{self.port}{path}{query}"
        text = self.engine.output(self.container, ("wget", "-q", "-O", "-", url), _TIMEOUT_SECONDS)
        return _parsed(text, self.container, f"docker logs {self.container}")


def _parsed(text: str, name: str, logs: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise NoAnswerError(f"{name} answers something other than JSON: {logs} says more.") from None


@dataclass(frozen=True)
class LogLine:
    """A line that Loki has stored. `labels` hold the stream's and the line's own (structured metadata)."""

    seconds: float
    text: str
    labels: Mapping[str, str]


class Prometheus:
    """Prometheus' API, as far as it is asked."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def targets(self) -> list[dict[str, Any]]:
        """The active targets."""
        data = self._api.get("/api/v1/targets", {"state": "active"})["data"]
        targets: list[dict[str, Any]] = data["activeTargets"]
        return targets

    def rule_groups(self) -> list[dict[str, Any]]:
        """Every loaded group with its rules."""
        groups: list[dict[str, Any]] = self._api.get("/api/v1/rules")["data"]["groups"]
        return groups

    def alerts(self) -> list[dict[str, Any]]:
        """Pending and firing alerts."""
        alerts: list[dict[str, Any]] = self._api.get("/api/v1/alerts")["data"]["alerts"]
        return alerts

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """An instant vector: labels and value of each series."""
        data = self._api.get("/api/v1/query", {"query": expression})["data"]
        return [(series["metric"], float(series["value"][1])) for series in data["result"]]


class Alertmanager:
    """Alertmanager's API v2, as far as it is asked."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def states(self, alert: str) -> list[str]:
        """The state of every alert of a name: active, suppressed or unprocessed."""
        found = self._api.get("/api/v2/alerts", {"filter": f'alertname="{alert}"'})
        return [item["status"]["state"] for item in found]


class Loki:
    """Loki's API, as far as it is asked."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def newest(self, query: str, since: str) -> LogLine | None:
        """The newest line that a log query finds within the time before now, such as 10m."""
        params = {"query": query, "since": since, "limit": "1", "direction": "backward"}
        streams = self._api.get("/loki/api/v1/query_range", params)["data"]["result"]
        lines = [
            LogLine(int(nanoseconds) / 1e9, text, stream["stream"])
            for stream in streams
            for nanoseconds, text, *_ in stream["values"]
        ]
        return max(lines, key=lambda line: line.seconds, default=None)


class Tempo:
    """Tempo's API, as far as it is asked."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def newest_trace(self, query: str, start: float, end: float) -> str | None:
        """The ID of a trace that a TraceQL query finds in a span of time."""
        params = {"q": query, "start": str(int(start)), "end": str(int(end)), "limit": "1"}
        traces = self._api.get("/api/search", params).get("traces") or []
        return str(traces[0]["traceID"]) if traces else None

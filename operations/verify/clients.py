"""The programs' own APIs, as far as verification asks them; the runtime says how each is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtimes.health import Api


@dataclass(frozen=True)
class LogLine:
    """A line that Loki has stored. `labels` hold the stream's and the line's own (structured metadata)."""

    seconds: float
    text: str
    labels: Mapping[str, str]


class PrometheusApi:
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


class AlertmanagerApi:
    """Alertmanager's API v2, as far as it is asked."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def states(self, alert: str) -> list[str]:
        """The state of every alert of a name: active, suppressed or unprocessed."""
        found = self._api.get("/api/v2/alerts", {"filter": f'alertname="{alert}"'})
        return [item["status"]["state"] for item in found]


class LokiApi:
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


class TempoApi:
    """Tempo's API, as far as it is asked."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def newest_trace(self, query: str, start: float, end: float) -> str | None:
        """The ID of a trace that a TraceQL query finds in a span of time."""
        params = {"q": query, "start": str(int(start)), "end": str(int(end)), "limit": "1"}
        traces = self._api.get("/api/search", params).get("traces") or []
        return str(traces[0]["traceID"]) if traces else None

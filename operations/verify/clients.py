"""The programs' own APIs, as far as verification asks them; the runtime says how each is reached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runtimes.health import Api

# Prometheus refuses to answer with more than 11,000 points of a series.
_MOST_POINTS = 10_000


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

    def configuration(self) -> str:
        """The configuration that it runs with: YAML, with every default filled in and secrets left out."""
        text: str = self._api.get("/api/v1/status/config")["data"]["yaml"]
        return text

    def alerts(self) -> list[dict[str, Any]]:
        """Pending and firing alerts."""
        alerts: list[dict[str, Any]] = self._api.get("/api/v1/alerts")["data"]["alerts"]
        return alerts

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """An instant vector: labels and value of each series."""
        data = self._api.get("/api/v1/query", {"query": expression})["data"]
        return [(series["metric"], float(series["value"][1])) for series in data["result"]]

    def query_range(
        self, expression: str, start: float, end: float, step: float
    ) -> list[tuple[dict[str, str], list[tuple[float, float]]]]:
        """Labels of each series, and its points: seconds since 1970 and a value.

        Args:
            expression: of PromQL.
            start: time of the first point, seconds since 1970.
            end: no point is later.
            step: seconds between two points.
        """
        found: dict[frozenset[tuple[str, str]], list[tuple[float, float]]] = {}
        while start <= end:
            last = min(end, start + (_MOST_POINTS - 1) * step)
            params = {"query": expression, "start": f"{start}", "end": f"{last}", "step": f"{step}"}
            for series in self._api.get("/api/v1/query_range", params)["data"]["result"]:
                points = found.setdefault(frozenset(series["metric"].items()), [])
                points += [(float(at), float(value)) for at, value in series["values"]]
            start += _MOST_POINTS * step
        return [(dict(labels), points) for labels, points in found.items()]


class AlertmanagerApi:
    """Alertmanager's API v2, as far as it is asked."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def states(self, alert: str) -> list[str]:
        """The state of every alert of a name: active, suppressed or unprocessed."""
        found = self._api.get("/api/v2/alerts", {"filter": f'alertname="{alert}"'})
        return [item["status"]["state"] for item in found]

    def alerts(self) -> list[dict[str, Any]]:
        """Every alert that it knows, with its labels and its status."""
        alerts: list[dict[str, Any]] = self._api.get("/api/v2/alerts")
        return alerts

    def groups(self) -> list[dict[str, Any]]:
        """Every group of alerts, once for each receiver that it goes to, with what became of each alert."""
        found: list[dict[str, Any]] = self._api.get("/api/v2/alerts/groups")
        return found

    def raise_alert(self, alert: Mapping[str, Any]) -> None:
        """Let an alert fire, as Prometheus does."""
        self._api.send("POST", "/api/v2/alerts", [alert])

    def silences(self) -> list[dict[str, Any]]:
        """Every silence that it knows, those that ended included."""
        found: list[dict[str, Any]] = self._api.get("/api/v2/silences")
        return found

    def silence(self, document: Mapping[str, Any]) -> str:
        """Add a silence and return its ID."""
        return str(json.loads(self._api.send("POST", "/api/v2/silences", document))["silenceID"])

    def end_silence(self, identifier: str) -> None:
        """Let a silence end now."""
        self._api.send("DELETE", f"/api/v2/silence/{identifier}")

    def configuration(self) -> str:
        """The configuration that it runs with: YAML, with every default filled in and secrets left out."""
        text: str = self._api.get("/api/v2/status")["config"]["original"]
        return text

    def metrics(self) -> str:
        """What it says of itself, in Prometheus' text format."""
        return self._api.text("/metrics")

    def replicas(self) -> tuple[int, bool]:
        """How many replicas it knows, itself among them, and whether they have settled."""
        cluster = self._api.get("/api/v2/status")["cluster"]
        return len(cluster.get("peers", [])), cluster["status"] == "ready"

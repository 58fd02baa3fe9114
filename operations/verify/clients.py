"""The programs' own APIs, as far as verification asks them; the runtime says how each is reached."""

from __future__ import annotations

from typing import Any

from runtimes.health import Api


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

    def alerts(self) -> list[dict[str, Any]]:
        """Every alert that it knows, with its labels and its status."""
        alerts: list[dict[str, Any]] = self._api.get("/api/v2/alerts")
        return alerts

    def replicas(self) -> tuple[int, bool]:
        """How many replicas it knows, itself among them, and whether they have settled."""
        cluster = self._api.get("/api/v2/status")["cluster"]
        return len(cluster.get("peers", [])), cluster["status"] == "ready"

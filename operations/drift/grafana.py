"""Grafana's API, as far as drift asks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.endpoints import GRAFANA
from operations.verify.live import Live
from runtimes.health import Api, NoWayError

# Grafana gives at most this many at once.
_MOST = 5000


@dataclass(frozen=True)
class GrafanaApi:
    """A running Grafana."""

    api: Api

    def dashboards(self) -> dict[str, str]:
        """The title of the folder of each dashboard, by the dashboard's uid; empty for one in none."""
        found = self.api.get("/api/search", {"type": "dash-db", "limit": str(_MOST)})
        return {item["uid"]: item.get("folderTitle", "") for item in found}

    def dashboard(self, uid: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """A dashboard's JSON, and what Grafana knows about it, such as who saved it last."""
        found = self.api.get(f"/api/dashboards/uid/{uid}")
        return found["dashboard"], found["meta"]

    def sources(self) -> list[str]:
        """The uids of all data sources."""
        return [item["uid"] for item in self.api.get("/api/datasources")]

    def source(self, uid: str) -> dict[str, Any]:
        """A data source, without its secrets."""
        found: dict[str, Any] = self.api.get(f"/api/datasources/uid/{uid}")
        return found


def grafana(live: Live) -> GrafanaApi:
    """The stack's own.

    Raises:
        NoWayError: when the stack has none.
    """
    if live.declared.workload(GRAFANA.workload) is None:
        raise NoWayError(live.declared.program.missing.get(GRAFANA.workload, "the stack has no Grafana of its own."))
    return GrafanaApi(live.health.api(GRAFANA))

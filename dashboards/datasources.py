"""The data sources, with pinned uids: dashboards and links name them by uid, never by Grafana's own choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.plan import BasicAuth

FOLDER_TITLE = "Monitoring"
FOLDER_UID = "monitoring"
PROMETHEUS_UID = "prometheus"
LOKI_UID = "loki"
TEMPO_UID = "tempo"
ALERTMANAGER_UID = "alertmanager"


@dataclass(frozen=True)
class DataSource:
    """One data source. `component` is the workload it reads; `options` is Grafana's jsonData."""

    component: str
    name: str
    uid: str
    type: str
    url: str
    default: bool = False
    login: BasicAuth | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def datasources() -> tuple[DataSource, ...]:
    """All data sources, with the links between metrics, traces and logs."""
    return (
        DataSource(
            "prometheus",
            "Prometheus",
            PROMETHEUS_UID,
            "prometheus",
            "http://prometheus:9090",
            default=True,
            login=BasicAuth("admin", "prometheusPassword"),
            options={
                "httpMethod": "POST",
                "exemplarTraceIdDestinations": [{"name": "trace_id", "datasourceUid": TEMPO_UID}],
            },
        ),
        DataSource(
            "loki",
            "Loki",
            LOKI_UID,
            "loki",
            "http://loki:3100",
            options={
                "derivedFields": [
                    {
                        "name": "trace_id",
                        "matcherType": "label",
                        "matcherRegex": "trace_id",
                        "url": "${__value.raw}",
                        "datasourceUid": TEMPO_UID,
                    }
                ]
            },
        ),
        DataSource(
            "tempo",
            "Tempo",
            TEMPO_UID,
            "tempo",
            "http://tempo:3200",
            options={
                "tracesToLogsV2": {
                    "datasourceUid": LOKI_UID,
                    "filterByTraceID": True,
                    "tags": [{"key": "service.name", "value": "service_name"}],
                },
                "serviceMap": {"datasourceUid": PROMETHEUS_UID},
            },
        ),
        DataSource(
            "alertmanager",
            "Alertmanager",
            ALERTMANAGER_UID,
            "alertmanager",
            "http://alertmanager:9093",
            login=BasicAuth("admin", "alertmanagerPassword"),
            options={"implementation": "prometheus"},
        ),
    )

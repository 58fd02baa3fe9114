"""Loki: logs and the history of alerts."""

from __future__ import annotations

from typing import Any

from catalog.plan import MonitoringPlan
from components.base import Component
from components.endpoints import LOKI
from components.shared import to_yaml
from settings.types import seconds
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload, mebibytes

# Resource attribute that the gateway sets and Loki indexes: how long a stream is kept.
RETENTION_CLASS = "retention.class"
_UPSTREAM_USER = 10001


class Loki(Component):
    """The log database."""

    type_token = "monitoring:components:Loki"


def loki_workload(plan: MonitoringPlan) -> Workload:
    """Loki as a single binary on a volume."""
    settings = plan.settings
    return Workload(
        name=LOKI.component,
        image="loki",
        user=_UPSTREAM_USER,
        args=("-config.file=/etc/loki/loki.yaml",),
        config=ConfigDirectory("/etc/loki", {"loki.yaml": to_yaml(_configuration(plan))}),
        ports=(LOKI.listener,),
        volumes=(Volume("loki-data", "/loki", settings.loki.storage),),
        tmpfs=("/tmp",),
        probe=HttpProbe(LOKI.port, "/ready"),
        limits=Limits(cpus=1, memory_mebibytes=mebibytes(settings.loki.memory)),
        metrics={"loki": Metrics(LOKI.port)},
        clients=("collector-gateway", "grafana", "prometheus"),
        # It answers 503 until its ring has settled (15 s) and, after a crash, until its write-ahead log is replayed.
        start_seconds=300,
    )


def _configuration(plan: MonitoringPlan) -> dict[str, Any]:
    retention = plan.settings.retention
    return {
        "auth_enabled": False,
        "analytics": {"reporting_enabled": False},
        "server": {"http_listen_port": LOKI.port, "grpc_listen_port": 9096, "log_level": "warn"},
        "common": {
            "instance_addr": "127.0.0.1",
            "path_prefix": "/loki",
            "replication_factor": 1,
            "ring": {"kvstore": {"store": "inmemory"}},
            "storage": {"filesystem": {"chunks_directory": "/loki/chunks", "rules_directory": "/loki/rules"}},
        },
        "schema_config": {
            "configs": [
                {
                    "from": "2025-01-01",
                    "store": "tsdb",
                    "object_store": "filesystem",
                    "schema": "v13",
                    "index": {"prefix": "index_", "period": "24h"},
                }
            ]
        },
        "compactor": {
            "working_directory": "/loki/compactor",
            "retention_enabled": True,
            "delete_request_store": "filesystem",
        },
        "limits_config": {
            "retention_period": _hours(retention.logs),
            "retention_stream": [
                {
                    "selector": '{retention_class="warning"}',
                    "priority": 1,
                    "period": _hours(retention.warning_logs),
                },
                {
                    "selector": '{retention_class="alerts"}',
                    "priority": 2,
                    "period": _hours(retention.alert_history),
                },
            ],
            # Room for the burst after an outage, when collectors send what waited on disk.
            "ingestion_rate_mb": 16,
            "ingestion_burst_size_mb": 32,
            "allow_structured_metadata": True,
            "volume_enabled": True,
            # Few index labels: every other attribute is structured metadata and costs no stream.
            "otlp_config": {
                "resource_attributes": {
                    "ignore_defaults": True,
                    "attributes_config": [
                        {"action": "index_label", "attributes": ["service.name", RETENTION_CLASS]},
                    ],
                }
            },
        },
    }


def _hours(duration: str) -> str:
    return f"{seconds(duration) // 3600}h"

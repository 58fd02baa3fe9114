"""Tempo: traces, and the service graph from its metrics generator."""

from __future__ import annotations

from typing import Any

from catalog.plan import MonitoringPlan
from components.base import Component
from components.shared import PROMETHEUS_LOGIN, basic_auth, to_yaml
from runtimes.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Port, Volume, Workload
from settings.secrets import SecretFile
from settings.types import seconds

PORT = 3200
OTLP_PORT = 4317
_UPSTREAM_USER = 10001


class Tempo(Component):
    """The trace database."""

    type_token = "monitoring:components:Tempo"


def tempo_workload(plan: MonitoringPlan) -> Workload:
    """Tempo as a single binary on a volume."""
    return Workload(
        name="tempo",
        image="tempo",
        user=_UPSTREAM_USER,
        args=("-config.file=/etc/tempo/tempo.yaml",),
        config=ConfigDirectory("/etc/tempo", {"tempo.yaml": to_yaml(_configuration(plan))}),
        secrets={PROMETHEUS_LOGIN.secret: SecretFile.of(PROMETHEUS_LOGIN.secret)},
        ports=(Port("http", PORT), Port("otlp-grpc", OTLP_PORT)),
        volumes=(Volume("tempo-data", "/var/tempo", "20Gi"),),
        tmpfs=("/tmp",),
        probe=HttpProbe(PORT, "/ready"),
        limits=Limits(cpus=1, memory_mebibytes=1024),
        metrics={"tempo": Metrics(PORT)},
        clients=("collector-gateway", "grafana", "prometheus"),
        start_seconds=90,
    )


def _configuration(plan: MonitoringPlan) -> dict[str, Any]:
    return {
        "server": {"http_listen_port": PORT, "log_level": "warn"},
        "usage_report": {"reporting_enabled": False},
        "distributor": {"receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"0.0.0.0:{OTLP_PORT}"}}}}},
        "storage": {
            "trace": {
                "backend": "local",
                "local": {"path": "/var/tempo/blocks"},
                "wal": {"path": "/var/tempo/wal"},
            }
        },
        "metrics_generator": {
            "storage": {
                "path": "/var/tempo/generator",
                "remote_write": [
                    {
                        "url": "http://prometheus:9090/api/v1/write",
                        "send_exemplars": True,
                        "basic_auth": basic_auth(PROMETHEUS_LOGIN),
                    }
                ],
            }
        },
        "overrides": {
            "defaults": {
                # Here and not under the compactor, which Tempo 3 no longer has.
                "compaction": {"block_retention": f"{seconds(plan.settings.retention.traces) // 3600}h"},
                "metrics_generator": {"processors": ["service-graphs"]},
            }
        },
    }

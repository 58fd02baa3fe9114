"""Tempo: traces, and the service graph from its metrics generator."""

from __future__ import annotations

from typing import Any

from catalog.plan import MonitoringPlan
from components.base import Component
from components.endpoints import PROMETHEUS, TEMPO, TEMPO_OTLP
from components.shared import basic_auth, to_yaml
from settings.secrets import SecretFile
from settings.types import seconds
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload

_UPSTREAM_USER = 10001


class Tempo(Component):
    """The trace database."""

    type_token = "monitoring:components:Tempo"


def tempo_workload(plan: MonitoringPlan) -> Workload:
    """Tempo as a single binary on a volume."""
    login = PROMETHEUS.login
    return Workload(
        name=TEMPO.component,
        image="tempo",
        user=_UPSTREAM_USER,
        args=("-config.file=/etc/tempo/tempo.yaml",),
        config=ConfigDirectory("/etc/tempo", {"tempo.yaml": to_yaml(_configuration(plan))}),
        secrets={login.secret: SecretFile.of(login.secret)},
        ports=(TEMPO.listener, TEMPO_OTLP.listener),
        volumes=(Volume("tempo-data", "/var/tempo", "20Gi"),),
        tmpfs=("/tmp",),
        probe=HttpProbe(TEMPO.port, "/ready"),
        limits=Limits(cpus=1, memory_mebibytes=1024),
        metrics={"tempo": Metrics(TEMPO.port)},
        clients=("collector-gateway", "grafana", "prometheus"),
        start_seconds=90,
    )


def _configuration(plan: MonitoringPlan) -> dict[str, Any]:
    return {
        "server": {"http_listen_port": TEMPO.port, "log_level": "warn"},
        "usage_report": {"reporting_enabled": False},
        "distributor": {"receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"0.0.0.0:{TEMPO_OTLP.port}"}}}}},
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
                        "url": f"{PROMETHEUS.url}/api/v1/write",
                        "send_exemplars": True,
                        "basic_auth": basic_auth(PROMETHEUS.login),
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

"""The collector as agent, one on each host: container logs, without touching the applications."""

from __future__ import annotations

from typing import Any

from catalog import kinds
from catalog.plan import MonitoringPlan
from components.base import Component
from components.endpoints import AGENT_HEALTH, AGENT_METRICS, GATEWAY_OTLP_GRPC, PROMETHEUS
from components.logs.engines import ENGINE_FILES, engine_volume
from components.logs.fields import record_statements
from components.logs.lines import line_operators
from components.logs.names import CONTAINERS, LINKS, NAMES, names_volume, service_statements
from components.senders import largest_batch_of_agent
from components.shared import memory_limiter, own_telemetry, persistent_queue, to_yaml
from workloads.place import LogFormat, Place
from workloads.workload import (
    ConfigDirectory,
    HostMount,
    HttpProbe,
    Limits,
    Metrics,
    Relaxation,
    Volume,
    Workload,
)

_PODS = "/var/log/pods"
# Where the agent finds the engine's files, wherever they are on the host.
_MOUNTED: dict[LogFormat, str] = {"json-file": CONTAINERS, "cri": _PODS}
_FILES: dict[LogFormat, str] = {"json-file": f"{LINKS}/*/*-json.log", "cri": f"{_PODS}/*/*/*.log"}


class CollectorAgent(Component):
    """The collector on each host."""

    type_token = "monitoring:components:CollectorAgent"


def agent_workload(plan: MonitoringPlan, place: Place) -> Workload:
    """The agent. It reads the log files of every container on the machine."""
    linked = place.log_format == "json-file"
    return Workload(
        name=AGENT_METRICS.workload,
        image="collector-agent",
        user=0,
        root=Relaxation("root", "log files of containers belong to root"),
        args=("--config=/etc/collector/agent.yaml",),
        config=ConfigDirectory("/etc/collector", {"agent.yaml": to_yaml(_configuration(plan, place))}, reload="signal"),
        ports=(AGENT_METRICS.listener, AGENT_HEALTH.listener),
        volumes=(
            Volume("collector-agent-data", "/var/lib/collector", "1Gi"),
            *([names_volume()] if linked else []),
            *([engine_volume()] if place.log_sockets else []),
        ),
        host_mounts=(HostMount(place.log_directory, _MOUNTED[place.log_format], "the containers' log files"),),
        probe=HttpProbe(AGENT_HEALTH.port, "/"),
        limits=Limits(cpus=0.5, memory_mebibytes=256),
        metrics={AGENT_METRICS.workload: Metrics(AGENT_METRICS.port)},
        # What it finds at first it reads from the end on, what comes later from the start: names must be there before.
        after=(GATEWAY_OTLP_GRPC.workload, *([NAMES] if linked else [])),
        clients=(PROMETHEUS.workload,),
        per_host=True,
    )


def _configuration(plan: MonitoringPlan, place: Place) -> dict[str, Any]:
    log_format = place.log_format
    python = {service.name for service in plan.settings.services if kinds()[service.kind].python}
    return {
        "extensions": {
            "health_check": {"endpoint": f"0.0.0.0:{AGENT_HEALTH.port}"},
            "file_storage": {"directory": "/var/lib/collector", "create_directory": False},
        },
        "receivers": {
            "file_log/containers": {
                "include": [_FILES[log_format], *([ENGINE_FILES] if place.log_sockets else [])],
                "include_file_path": True,
                # A part of a line may end in a blank.
                "preserve_leading_whitespaces": True,
                "preserve_trailing_whitespaces": True,
                # By so much of its start a file is known; where programs print the same, the time of a line differs.
                "fingerprint_size": "2500",
                "poll_interval": "500ms",
                # Positions are kept, so a restart neither repeats nor skips; a new agent starts at the end.
                "storage": "file_storage",
                "start_at": "end",
                "retry_on_failure": {"enabled": True},
                "operators": line_operators(log_format),
            }
        },
        "processors": {
            "memory_limiter": memory_limiter(),
            "transform/names": {"error_mode": "ignore", "log_statements": [service_statements(plan.stack, log_format)]},
            "transform/records": {"log_statements": [record_statements(python)]},
        },
        "exporters": {
            "otlp_grpc/gateway": {
                "endpoint": GATEWAY_OTLP_GRPC.address,
                "tls": {"insecure": True},
                **persistent_queue(largest_batch_of_agent(plan.settings)),
            }
        },
        "service": {
            "extensions": ["health_check", "file_storage"],
            "telemetry": own_telemetry(AGENT_METRICS),
            "pipelines": {
                "logs": {
                    "receivers": ["file_log/containers"],
                    "processors": ["memory_limiter", "transform/names", "transform/records"],
                    "exporters": ["otlp_grpc/gateway"],
                }
            },
        },
    }

"""The collector as agent, one on each host: container logs, without touching the applications."""

from __future__ import annotations

from typing import Any

from catalog.plan import MonitoringPlan
from components.base import Component
from components.endpoints import AGENT_HEALTH, AGENT_METRICS, GATEWAY_OTLP_GRPC, PROMETHEUS
from components.senders import largest_batch_of_agent
from components.shared import memory_limiter, own_telemetry, persistent_queue, to_yaml
from workloads.place import Place
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


class CollectorAgent(Component):
    """The collector on each host."""

    type_token = "monitoring:components:CollectorAgent"


def agent_workload(plan: MonitoringPlan, place: Place) -> Workload:
    """The agent. It reads the json-file logs of every container on the machine."""
    logs = f"{place.engine_data}/containers"
    return Workload(
        name=AGENT_METRICS.workload,
        image="collector-agent",
        user=0,
        root=Relaxation("root", "Docker's log files belong to root"),
        args=("--config=/etc/collector/agent.yaml",),
        config=ConfigDirectory("/etc/collector", {"agent.yaml": to_yaml(_configuration(plan, logs))}, reload="signal"),
        ports=(AGENT_METRICS.listener, AGENT_HEALTH.listener),
        volumes=(Volume("collector-agent-data", "/var/lib/collector", "1Gi"),),
        host_mounts=(HostMount(logs, logs, "the containers' log files"),),
        probe=HttpProbe(AGENT_HEALTH.port, "/"),
        limits=Limits(cpus=0.5, memory_mebibytes=256),
        metrics={AGENT_METRICS.workload: Metrics(AGENT_METRICS.port)},
        after=(GATEWAY_OTLP_GRPC.workload,),
        clients=(PROMETHEUS.workload,),
        per_host=True,
    )


def _configuration(plan: MonitoringPlan, logs: str) -> dict[str, Any]:
    return {
        "extensions": {
            "health_check": {"endpoint": f"0.0.0.0:{AGENT_HEALTH.port}"},
            "file_storage": {"directory": "/var/lib/collector", "create_directory": False},
        },
        "receivers": {
            "file_log/containers": {
                "include": [f"{logs}/*/*-json.log"],
                "include_file_path": True,
                # Positions are kept, so a restart neither repeats nor skips; a new agent starts at the end.
                "storage": "file_storage",
                "start_at": "end",
                "retry_on_failure": {"enabled": True},
                "operators": _operators(),
            }
        },
        "processors": {
            "memory_limiter": memory_limiter(),
            "transform/names": {
                "error_mode": "ignore",
                "log_statements": [
                    {
                        "context": "resource",
                        "statements": [
                            # monitoring-dev-memory-api is the service memory-api; other containers keep their name.
                            'set(attributes["service.name"], attributes["container.name"])',
                            f'replace_pattern(attributes["service.name"], "^monitoring-{plan.stack}-", "")',
                        ],
                    }
                ],
            },
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
                    "processors": ["memory_limiter", "transform/names"],
                    "exporters": ["otlp_grpc/gateway"],
                }
            },
        },
    }


def _operators() -> list[dict[str, Any]]:
    """Docker's line → the application's line; then, where that is JSON, its fields, level and trace."""
    is_json = 'body matches "^{.*}\\\\s*$"'
    return [
        {
            "type": "json_parser",
            "parse_to": "attributes",
            "timestamp": {
                "parse_from": "attributes.time",
                "layout_type": "gotime",
                "layout": "2006-01-02T15:04:05.999999999Z07:00",
            },
        },
        {"type": "move", "from": "attributes.log", "to": "body"},
        {
            "type": "move",
            "from": "attributes.attrs.tag",
            "to": 'resource["container.name"]',
            "if": "attributes.attrs?.tag != nil",
        },
        {
            # Containers of other projects carry no tag: the folder of their log file is their id.
            "type": "regex_parser",
            "parse_from": 'attributes["log.file.path"]',
            "regex": "containers/(?P<container_id>[0-9a-f]{12})",
            "parse_to": "attributes",
        },
        {
            "type": "copy",
            "from": "attributes.container_id",
            "to": 'resource["container.name"]',
            "if": 'resource["container.name"] == nil',
        },
        *(
            {"type": "remove", "field": f"attributes.{name}", "if": f"attributes.{name} != nil"}
            for name in ("time", "attrs", "container_id")
        ),
        {"type": "remove", "field": 'attributes["log.file.path"]'},
        {"type": "json_parser", "parse_to": "attributes", "if": is_json, "on_error": "send_quiet"},
        {
            "type": "severity_parser",
            "parse_from": "attributes.level",
            "if": "attributes.level != nil",
            "on_error": "send_quiet",
        },
        {
            "type": "trace_parser",
            "trace_id": {"parse_from": "attributes.trace_id"},
            "span_id": {"parse_from": "attributes.span_id"},
            "if": 'attributes.trace_id != nil and attributes.trace_id != ""',
            "on_error": "send_quiet",
        },
    ]

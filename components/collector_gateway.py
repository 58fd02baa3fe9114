"""The collector as gateway: OTLP in, span metrics, logs to Loki, traces to Tempo, alert history to Loki."""

from __future__ import annotations

from typing import Any

from catalog.plan import MonitoringPlan
from components.base import Component
from components.endpoints import (
    GATEWAY_ALERTS,
    GATEWAY_HEALTH,
    GATEWAY_METRICS,
    GATEWAY_OTLP_GRPC,
    GATEWAY_OTLP_HTTP,
    GATEWAY_SPAN_METRICS,
    LOKI,
    PROMETHEUS,
    TEMPO_OTLP,
    Endpoint,
)
from components.loki import RETENTION_CLASS
from components.shared import to_yaml
from settings.secrets import SecretFile, secret_path
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload

ALERTS_PATH = "/alerts"
# Its OTLP receiver, which keeps resource attributes as target_info.
_PROMETHEUS_OTLP = f"{PROMETHEUS.url}/api/v1/otlp"
_LOKI_OTLP = f"{LOKI.url}/otlp"
# Requests well below what Loki takes in a second; without a maximum, batches of a flood are too large to accept.
_BATCH = {"send_batch_size": 1000, "send_batch_max_size": 2000}
ALERT_HISTORY = "alert-history"
SPAN_METRICS = "span-metrics"
_UPSTREAM_USER = 10001


class CollectorGateway(Component):
    """The collector that everything sends to."""

    type_token = "monitoring:components:CollectorGateway"


def gateway_workload(plan: MonitoringPlan, *, traces_stored: bool) -> Workload:
    """The gateway. Without a trace database spans still become metrics, then they are dropped."""
    login = PROMETHEUS.login
    after = ("loki", "tempo") if traces_stored else ("loki",)
    return Workload(
        name=GATEWAY_OTLP_GRPC.component,
        image="collector-gateway",
        user=_UPSTREAM_USER,
        args=("--config=/etc/collector/gateway.yaml",),
        config=ConfigDirectory(
            "/etc/collector", {"gateway.yaml": to_yaml(_configuration(plan, traces_stored))}, reload="signal"
        ),
        secrets={login.secret: SecretFile.of(login.secret)},
        ports=(
            GATEWAY_OTLP_GRPC.listener,
            GATEWAY_OTLP_HTTP.listener,
            GATEWAY_ALERTS.listener,
            GATEWAY_SPAN_METRICS.listener,
            GATEWAY_METRICS.listener,
            GATEWAY_HEALTH.listener,
        ),
        volumes=(Volume("collector-gateway-data", "/var/lib/collector", "5Gi"),),
        probe=HttpProbe(GATEWAY_HEALTH.port, "/"),
        limits=Limits(cpus=1, memory_mebibytes=512),
        metrics={"collector-gateway": Metrics(GATEWAY_METRICS.port), SPAN_METRICS: Metrics(GATEWAY_SPAN_METRICS.port)},
        after=after,
        clients=("alertmanager", "collector-agent", "prometheus"),
        joins_target_networks=True,
    )


def _configuration(plan: MonitoringPlan, traces_stored: bool) -> dict[str, Any]:
    trace_exporters = ["span_metrics", *(["otlp_grpc/tempo"] if traces_stored else [])]
    exporters: dict[str, Any] = {
        "otlp_http/loki": {"endpoint": _LOKI_OTLP, **_persistent_queue()},
        # A queue of its own: alert history must not wait behind a flood of container logs.
        "otlp_http/alert_history": {"endpoint": _LOKI_OTLP, **_persistent_queue()},
        "otlp_http/prometheus": {
            "endpoint": _PROMETHEUS_OTLP,
            "auth": {"authenticator": "basicauth/prometheus"},
            **_persistent_queue(),
        },
        "prometheus/span_metrics": {
            "endpoint": f"0.0.0.0:{GATEWAY_SPAN_METRICS.port}",
            "enable_open_metrics": True,
            "resource_to_telemetry_conversion": {"enabled": False},
        },
    }
    if traces_stored:
        exporters["otlp_grpc/tempo"] = {
            "endpoint": TEMPO_OTLP.address,
            "tls": {"insecure": True},
            **_persistent_queue(),
        }
    return {
        "extensions": {
            "health_check": {"endpoint": f"0.0.0.0:{GATEWAY_HEALTH.port}"},
            "file_storage": {"directory": "/var/lib/collector", "create_directory": False},
            "basicauth/prometheus": {
                "client_auth": {
                    "username": PROMETHEUS.login.username,
                    "password": f"${{file:{secret_path(PROMETHEUS.login.secret)}}}",
                }
            },
        },
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": f"0.0.0.0:{GATEWAY_OTLP_GRPC.port}"},
                    "http": {"endpoint": f"0.0.0.0:{GATEWAY_OTLP_HTTP.port}"},
                }
            },
            "webhookevent/alerts": {"endpoint": f"0.0.0.0:{GATEWAY_ALERTS.port}", "path": ALERTS_PATH},
        },
        "processors": {
            "memory_limiter": {"check_interval": "1s", "limit_percentage": 80, "spike_limit_percentage": 20},
            "batch": _BATCH,
            "resource/environment": _resource("deployment.environment.name", plan.environment),
            "filter/warning_and_above": _drop_logs(f"severity_number < {_WARNING}"),
            "filter/below_warning": _drop_logs(f"severity_number >= {_WARNING}"),
            "resource/warning": _resource(RETENTION_CLASS, "warning"),
            "resource/default": _resource(RETENTION_CLASS, "default"),
            "resource/alerts": {
                "attributes": [
                    {"key": RETENTION_CLASS, "value": "alerts", "action": "upsert"},
                    {"key": "service.name", "value": ALERT_HISTORY, "action": "upsert"},
                ]
            },
        },
        "connectors": {
            "span_metrics": {
                "histogram": {"explicit": {"buckets": ["50ms", "100ms", "250ms", "500ms", "1s", "2s", "5s"]}},
                "exemplars": {"enabled": True},
                # As often as Prometheus scrapes; the default of a minute makes spans look late.
                "metrics_flush_interval": plan.settings.prometheus.scrape_interval,
            }
        },
        "exporters": exporters,
        "service": {
            "extensions": ["health_check", "file_storage", "basicauth/prometheus"],
            "telemetry": own_telemetry(GATEWAY_METRICS),
            "pipelines": {
                "traces": _pipeline(["otlp"], ["resource/environment"], trace_exporters),
                "metrics/otlp": _pipeline(["otlp"], ["resource/environment"], ["otlp_http/prometheus"]),
                "metrics/spans": _pipeline(["span_metrics"], [], ["prometheus/span_metrics"]),
                "logs/default": _pipeline(
                    ["otlp"],
                    ["filter/below_warning", "resource/environment", "resource/default"],
                    ["otlp_http/loki"],
                ),
                "logs/warning": _pipeline(
                    ["otlp"],
                    ["filter/warning_and_above", "resource/environment", "resource/warning"],
                    ["otlp_http/loki"],
                ),
                "logs/alerts": _pipeline(
                    ["webhookevent/alerts"], ["resource/environment", "resource/alerts"], ["otlp_http/alert_history"]
                ),
            },
        },
    }


# Severity number of WARN in the OpenTelemetry log data model; unset is 0 and counts as below.
_WARNING = 13


def own_telemetry(endpoint: Endpoint) -> dict[str, Any]:
    """A collector's own metrics for Prometheus, and its own logs from warnings up."""
    reader = {"pull": {"exporter": {"prometheus": {"host": "0.0.0.0", "port": endpoint.port}}}}
    return {
        "logs": {"level": "warn", "encoding": "json"},
        "metrics": {"level": "normal", "readers": [reader]},
    }


def _persistent_queue() -> dict[str, Any]:
    """What could not be sent waits on disk, and is tried again until it can."""
    return {
        "sending_queue": {"storage": "file_storage", "queue_size": 5000},
        "retry_on_failure": {"enabled": True, "max_elapsed_time": "0s"},
    }


def _pipeline(receivers: list[str], processors: list[str], exporters: list[str]) -> dict[str, list[str]]:
    return {
        "receivers": receivers,
        "processors": ["memory_limiter", *processors, "batch"],
        "exporters": exporters,
    }


def _resource(key: str, value: str) -> dict[str, Any]:
    return {"attributes": [{"key": key, "value": value, "action": "upsert"}]}


def _drop_logs(condition: str) -> dict[str, Any]:
    return {"error_mode": "ignore", "logs": {"log_record": [condition]}}

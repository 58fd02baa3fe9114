"""The collector as gateway: OTLP in, span metrics, logs, the history of alerts and traces to their stores."""

from __future__ import annotations

from typing import Any

from catalog.plan import BasicAuth, MonitoringPlan
from components.base import Component
from components.endpoints import (
    AGENT_METRICS,
    ALERTMANAGER,
    GATEWAY_ALERTS,
    GATEWAY_HEALTH,
    GATEWAY_METRICS,
    GATEWAY_OTLP_GRPC,
    GATEWAY_OTLP_HTTP,
    GATEWAY_SPAN_METRICS,
    GRAFANA,
    PROMETHEUS,
    GuardedEndpoint,
)
from components.replicas import prometheuses
from components.senders import (
    CHECKED,
    COUNT,
    COUNTABLE,
    COUNTED,
    FIELDS,
    IDENTIFIED,
    LABELS,
    counter,
    largest_batch,
    processors,
    receiver,
)
from components.shared import memory_limiter, own_telemetry, persistent_queue, to_yaml
from components.stores import stores_of
from components.stores.store import RETENTION_CLASS, RetentionClass, StoreExporter, Stores
from dashboards.signals import ALERT_HISTORY
from settings.model import StackSettings
from settings.secrets import SecretFile, secret_path
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload

ALERTS_PATH = "/alerts"
SPAN_METRICS = "span-metrics"
_STREAM = "attributes/stream"
_UPSTREAM_USER = 10001


class CollectorGateway(Component):
    """The collector that everything sends to."""

    type_token = "monitoring:components:CollectorGateway"


def gateway_workload(plan: MonitoringPlan) -> Workload:
    """The gateway, sending to the stack's stores."""
    stores = stores_of(plan.settings)
    stored = [*_log_exporters(stores).values(), stores.traces.exporter()]
    sent = (*stored, *_metrics_exporters(plan.settings))
    logins = [exporter.guard.login for exporter in sent if exporter.guard]
    return Workload(
        name=GATEWAY_OTLP_GRPC.workload,
        image="collector-gateway",
        user=_UPSTREAM_USER,
        args=("--config=/etc/collector/gateway.yaml",),
        config=ConfigDirectory(
            "/etc/collector", {"gateway.yaml": to_yaml(_configuration(plan, stores))}, reload="signal"
        ),
        secrets={login.secret: SecretFile.of(login.secret) for login in logins},
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
        metrics={
            GATEWAY_OTLP_GRPC.workload: Metrics(GATEWAY_METRICS.port),
            SPAN_METRICS: Metrics(GATEWAY_SPAN_METRICS.port),
        },
        # Not after Prometheus, which comes after Alertmanager, which comes after the gateway.
        after=tuple(dict.fromkeys(exporter.endpoint.workload for exporter in stored)),
        clients=(_teller(plan), AGENT_METRICS.workload, PROMETHEUS.workload),
        joins_target_networks=True,
    )


def _teller(plan: MonitoringPlan) -> str:
    """Who sends the history of alerts."""
    return GRAFANA.workload if plan.settings.grafana.manages_alerts else ALERTMANAGER.workload


def _log_exporters(stores: Stores) -> dict[str, StoreExporter]:
    """By name: classes of logs may share one."""
    found = [stores.logs.exporter(retention) for retention in RetentionClass]
    return {exporter.name: exporter for exporter in found}


def _metrics_exporters(settings: StackSettings) -> list[StoreExporter]:
    """One for each Prometheus, to its OTLP receiver, which keeps resource attributes as target_info."""
    return [
        StoreExporter(f"otlp_http/{replica.workload}", replica, {"endpoint": f"{replica.url}/api/v1/otlp"})
        for replica in prometheuses(settings)
    ]


def _configuration(plan: MonitoringPlan, stores: Stores) -> dict[str, Any]:
    logs, traces = _log_exporters(stores), stores.traces.exporter()
    metrics = _metrics_exporters(plan.settings)
    sent = (*logs.values(), *metrics, traces)
    batch = largest_batch(plan.settings)
    guards = {_authenticator(exporter.guard): exporter.guard for exporter in sent if exporter.guard}
    return {
        "extensions": {
            "health_check": {"endpoint": f"0.0.0.0:{GATEWAY_HEALTH.port}"},
            "file_storage": {"directory": "/var/lib/collector", "create_directory": False},
            **{name: _client_auth(guard.login) for name, guard in guards.items()},
        },
        "receivers": {
            "otlp": receiver(plan.settings),
            "webhookevent/alerts": {"endpoint": f"0.0.0.0:{GATEWAY_ALERTS.port}", "path": ALERTS_PATH},
        },
        "processors": {
            "memory_limiter": memory_limiter(),
            **processors(plan.settings),
            # A store knows a stream by these of the resource. One that finds them in the record too may panic, again
            # and again while the gateway repeats what it got no answer for.
            _STREAM: {"actions": [{"key": key, "action": "delete"} for key in ("service.name", RETENTION_CLASS)]},
            "resource/environment": _resource("deployment.environment.name", plan.environment),
            "filter/warning_and_above": _drop_logs(f"severity_number < {_WARNING}"),
            "filter/below_warning": _drop_logs(f"severity_number >= {_WARNING}"),
            "resource/warning": _resource(RETENTION_CLASS, RetentionClass.WARNING),
            "resource/default": _resource(RETENTION_CLASS, RetentionClass.DEFAULT),
            "resource/alerts": {
                "attributes": [
                    {"key": RETENTION_CLASS, "value": str(RetentionClass.ALERTS), "action": "upsert"},
                    {"key": "service.name", "value": ALERT_HISTORY, "action": "upsert"},
                ]
            },
        },
        "connectors": {
            COUNT: counter(plan.settings),
            "span_metrics": {
                "histogram": {"explicit": {"buckets": ["50ms", "100ms", "250ms", "500ms", "1s", "2s", "5s"]}},
                "exemplars": {"enabled": True},
                # As often as Prometheus scrapes; the default of a minute makes spans look late.
                "metrics_flush_interval": plan.settings.prometheus.scrape_interval,
                # Of one service, whatever else its spans say: names of spans that never end cost others nothing.
                "resource_metrics_key_attributes": ["service.name"],
                "aggregation_cardinality_limit": _MOST_OPERATIONS,
            },
        },
        "exporters": {
            **{name: _exporter(exporter, batch) for name, exporter in logs.items()},
            # Prometheus refuses a request as a whole: what two senders sent must not be in one.
            **{exporter.name: _exporter(exporter, None) for exporter in metrics},
            "prometheus/span_metrics": {
                "endpoint": f"0.0.0.0:{GATEWAY_SPAN_METRICS.port}",
                "enable_open_metrics": True,
                "resource_to_telemetry_conversion": {"enabled": False},
            },
            traces.name: _exporter(traces, batch),
        },
        "service": {
            "extensions": ["health_check", "file_storage", *guards],
            "telemetry": own_telemetry(GATEWAY_METRICS),
            "pipelines": {
                "traces": _pipeline(["otlp"], [*IDENTIFIED, "resource/environment"], ["span_metrics", traces.name]),
                "metrics/otlp": _pipeline(
                    ["otlp"],
                    [*CHECKED, "resource/environment", "deltatocumulative"],
                    [exporter.name for exporter in metrics],
                ),
                "metrics/spans": _pipeline(["span_metrics"], [LABELS], ["prometheus/span_metrics"]),
                # Nothing waits in these: when memory is short, the others refuse.
                "metrics/count": {"receivers": ["otlp"], "processors": [*COUNTABLE], "exporters": [COUNT]},
                "logs/count": {"receivers": ["otlp"], "exporters": [COUNT]},
                "traces/count": {"receivers": ["otlp"], "exporters": [COUNT]},
                "metrics/counted": {
                    "receivers": [COUNT],
                    "processors": [*COUNTED],
                    "exporters": ["prometheus/span_metrics"],
                },
                "logs/default": _pipeline(
                    ["otlp"],
                    ["filter/below_warning", _STREAM, *FIELDS, "resource/environment", "resource/default"],
                    [stores.logs.exporter(RetentionClass.DEFAULT).name],
                ),
                "logs/warning": _pipeline(
                    ["otlp"],
                    ["filter/warning_and_above", _STREAM, *FIELDS, "resource/environment", "resource/warning"],
                    [stores.logs.exporter(RetentionClass.WARNING).name],
                ),
                "logs/alerts": _pipeline(
                    ["webhookevent/alerts"],
                    ["resource/environment", "resource/alerts"],
                    [stores.logs.exporter(RetentionClass.ALERTS).name],
                ),
            },
        },
    }


# Names of spans of one service that have metrics of their own, by kind and status; the rest share one.
_MOST_OPERATIONS = 300
# Severity number of WARN in the OpenTelemetry log data model; unset is 0 and counts as below.
_WARNING = 13


def _authenticator(endpoint: GuardedEndpoint) -> str:
    return f"basicauth/{endpoint.workload}"


def _client_auth(login: BasicAuth) -> dict[str, Any]:
    password = f"${{file:{secret_path(login.secret)}}}"
    return {"client_auth": {"username": login.username, "password": password}}


def _exporter(exporter: StoreExporter, batch_bytes: int | None) -> dict[str, Any]:
    auth = {"auth": {"authenticator": _authenticator(exporter.guard)}} if exporter.guard else {}
    return {**exporter.config, **auth, **persistent_queue(batch_bytes)}


def _pipeline(receivers: list[str], processors: list[str], exporters: list[str]) -> dict[str, list[str]]:
    return {
        "receivers": receivers,
        "processors": ["memory_limiter", *processors],
        "exporters": exporters,
    }


def _resource(key: str, value: str) -> dict[str, Any]:
    return {"attributes": [{"key": key, "value": str(value), "action": "upsert"}]}


def _drop_logs(condition: str) -> dict[str, Any]:
    return {"error_mode": "ignore", "logs": {"log_record": [condition]}}

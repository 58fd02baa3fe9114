"""Services: is each one up, fast and free of errors, what does it depend on, and what do its containers do?

What HTTP services do is read from the recorded family, whatever their own metrics are called, and each
threshold line is the very series that the alert compares with.
"""

from __future__ import annotations

from dashboards.about_services import CHOSEN, leading, marks, of_service, service_variable, threshold
from dashboards.applies import answers_http, has_buckets, has_dependencies, with_rules
from dashboards.dependencies import degraded, dependencies
from dashboards.http import exemplars, p95_by_endpoint, requests_by_status
from dashboards.panels import (
    Dashboard,
    DashboardRow,
    Panel,
    dashboard,
    latency,
    only_where,
    rate,
    ratio,
    saturation,
    time_series,
    traces_link,
)
from dashboards.queries import metrics
from dashboards.rows import health_row, logs_row, share_of_threshold
from dashboards.signals import Signals, TraceQuery, TraceSource

# Containers of the stack are named after it; those of other projects after themselves.
_CONTAINER = 'name=~"(monitoring-.+-)?($service)"'


def _near_limits() -> tuple[Panel, ...]:
    return (
        *only_where(
            answers_http,
            share_of_threshold(
                "Errors, of their threshold",
                "Share of requests answered 5xx, relative to the service's threshold for HighErrorRate. When it is "
                "red, look at requests by status and at the logs.",
                "service:http_errors:ratio_rate5m",
                "HighErrorRate",
            ),
            share_of_threshold(
                "P95 latency, of its threshold",
                "P95 of the last five minutes, relative to the service's threshold for HighLatency. When it is red, "
                "look at the slowest endpoints and at example traces.",
                "service:http_latency:p95_5m",
                "HighLatency",
            ),
        ),
        *only_where(
            with_rules("databases"),
            share_of_threshold(
                "Database connections, of their threshold",
                "Connections in use, relative to the threshold for DatabaseConnectionsHigh. When it is red, look for a "
                "client that does not give them back.",
                "service:db_connections:ratio",
                "DatabaseConnectionsHigh",
            ),
        ),
    )


def _golden_signals(store: TraceSource) -> tuple[Panel, ...]:
    traces = traces_link("Traces of ${__field.labels.service}", store, TraceQuery("${__field.labels.service}"))
    return (
        rate(
            "Requests",
            "Requests per second, averaged over five minutes. A sudden fall is as telling as a sudden rise.",
            [metrics(f"service:http_requests:rate5m{{{CHOSEN}}}", "{{service}}")],
            links=(traces,),
        ),
        ratio(
            "Errors",
            "Share of requests answered 5xx over five minutes. Dashed: the threshold of HighErrorRate.",
            [metrics(f"service:http_errors:ratio_rate5m{{{CHOSEN}}}", "{{service}}")],
            threshold=threshold("HighErrorRate"),
            links=(traces,),
        ),
        latency(
            "Latency",
            "How long half, 95 % and 99 % of requests took at most, over five minutes. Dashed: the threshold "
            "of HighLatency, which watches P95.",
            [
                metrics(f"service:http_latency:p{quantile}_5m{{{CHOSEN}}}", f"{{{{service}}}} P{quantile}")
                for quantile in (50, 95, 99)
            ],
            threshold=threshold("HighLatency"),
            links=(traces,),
        ),
        *only_where(has_buckets, exemplars(links=(traces,))),
    )


def _endpoints() -> tuple[Panel, ...]:
    return (requests_by_status(), p95_by_endpoint())


def _dependencies() -> tuple[Panel, ...]:
    return (*only_where(has_dependencies, dependencies()), *only_where(answers_http, degraded()))


def _databases() -> tuple[Panel, ...]:
    return (
        saturation(
            "Database connections in use",
            "Share of what a server or a pool allows. Dashed: the threshold of DatabaseConnectionsHigh; above it, look "
            "for a client that does not give them back.",
            [metrics(leading(f"service:db_connections:ratio{{{CHOSEN}}}"), "{{service}}")],
            threshold=threshold("DatabaseConnectionsHigh"),
            links=(of_service(),),
            width=24,
        ),
    )


def _containers() -> tuple[Panel, ...]:
    return (
        time_series(
            "Container CPU",
            "Cores in use. Dashed: the container's limit, where it is throttled.",
            [metrics(f"sum by (name) (rate(container_cpu_usage_seconds_total{{{_CONTAINER}}}[5m]))", "{{name}}")],
            unit="suffix: cores",
            threshold=metrics(
                f"max by (name) (container_spec_cpu_quota{{{_CONTAINER}}} / container_spec_cpu_period{{{_CONTAINER}}})",
                "{{name}} limit",
            ),
        ),
        time_series(
            "Container memory",
            "Memory in use that cannot be reclaimed. Dashed: the container's limit, where it is killed.",
            [metrics(f"sum by (name) (container_memory_working_set_bytes{{{_CONTAINER}}})", "{{name}}")],
            unit="bytes",
            threshold=metrics(
                f"max by (name) (container_spec_memory_limit_bytes{{{_CONTAINER}}}) > 0", "{{name}} limit"
            ),
        ),
    )


def _services(signals: Signals) -> Dashboard:
    return dashboard(
        "services",
        "Services",
        "Every monitored service: availability, traffic, errors, latency, saturation, dependencies, logs.",
        variables=(service_variable(),),
        annotations=marks(),
        rows=(
            health_row(*_near_limits()),
            DashboardRow("Golden signals", only_where(answers_http, *_golden_signals(signals.traces))),
            DashboardRow("Endpoints", only_where(answers_http, *_endpoints())),
            DashboardRow("Dependencies", _dependencies()),
            DashboardRow("Databases", only_where(with_rules("databases"), *_databases())),
            DashboardRow("Resources", _containers()),
            logs_row(signals),
        ),
    )


DASHBOARD = _services

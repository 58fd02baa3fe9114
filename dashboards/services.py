"""Services: is each one up, fast and free of errors, and what do its connections and containers do?

What HTTP services do is read from the recorded family, whatever their own metrics are called, and each
threshold line is the very series that the alert compares with.
"""

from __future__ import annotations

from dashboards.about_services import CHOSEN, marks, service_variable, threshold
from dashboards.panels import Dashboard, DashboardRow, Panel, dashboard, time_series, traces_link
from dashboards.queries import metrics
from dashboards.rows import health_row, logs_row, share_of_threshold
from dashboards.signals import Signals, TraceQuery, TraceSource

# Containers of the stack are named after it; those of other projects after themselves.
_CONTAINER = 'name=~"(monitoring-.+-)?($service)"'


def _near_limits() -> tuple[Panel, ...]:
    return (
        share_of_threshold(
            "Errors, of their threshold",
            "Share of requests answered 5xx, relative to the service's threshold for HighErrorRate.",
            "service:http_errors:ratio_rate5m",
            "HighErrorRate",
        ),
        share_of_threshold(
            "P95 latency, of its threshold",
            "P95 of the last five minutes, relative to the service's threshold for HighLatency.",
            "service:http_latency:p95_5m",
            "HighLatency",
        ),
        share_of_threshold(
            "Database connections, of their threshold",
            "Connections in use, relative to the database's threshold for DatabaseConnectionsHigh.",
            "service:db_connections:ratio",
            "DatabaseConnectionsHigh",
        ),
    )


def _requests(store: TraceSource) -> tuple[Panel, ...]:
    traces = traces_link("Traces of ${__field.labels.service}", store, TraceQuery("${__field.labels.service}"))
    return (
        time_series(
            "Requests",
            "Requests per second, averaged over five minutes. A sudden fall is as telling as a sudden rise.",
            [metrics(f"service:http_requests:rate5m{{{CHOSEN}}}", "{{service}}")],
            unit="reqps",
            links=(traces,),
        ),
        time_series(
            "Errors",
            "Share of requests answered 5xx over five minutes. Dashed: the threshold of HighErrorRate.",
            [metrics(f"service:http_errors:ratio_rate5m{{{CHOSEN}}}", "{{service}}")],
            unit="percentunit",
            threshold=threshold("HighErrorRate"),
            links=(traces,),
        ),
        time_series(
            "Latency",
            "How long half, 95 % and 99 % of requests took at most, over five minutes. Dashed: the threshold "
            "of HighLatency, which watches P95.",
            [
                metrics(f"service:http_latency:p{quantile}_5m{{{CHOSEN}}}", f"{{{{service}}}} P{quantile}")
                for quantile in (50, 95, 99)
            ],
            unit="s",
            threshold=threshold("HighLatency"),
            links=(traces,),
        ),
        time_series(
            "P95 with example traces",
            "P95 from the services' own histograms. A dot is one request: click it for its trace. Services "
            "that expose no exemplars have no dots.",
            # The one HTTP panel beside the recorded family: only raw buckets have exemplars. The pattern
            # finds http_request_duration_seconds, http_server_request_duration_seconds, and prefixed names.
            [
                metrics(
                    "histogram_quantile(0.95, sum by (service, le) "
                    f'(rate({{__name__=~".*request_duration_seconds_bucket", {CHOSEN}}}[5m])))',
                    "{{service}} P95",
                    exemplars=True,
                )
            ],
            unit="s",
            links=(traces,),
        ),
    )


def _databases() -> tuple[Panel, ...]:
    return (
        time_series(
            "Database connections in use",
            "Share of what a server or a pool allows. Dashed: the threshold of DatabaseConnectionsHigh.",
            [metrics(f"service:db_connections:ratio{{{CHOSEN}}}", "{{service}}")],
            unit="percentunit",
            threshold=threshold("DatabaseConnectionsHigh"),
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
        "Every monitored service: availability, traffic, errors, latency, saturation, logs.",
        variables=(service_variable(),),
        annotations=marks(),
        rows=(
            health_row(*_near_limits()),
            DashboardRow("Requests", _requests(signals.traces)),
            DashboardRow("Databases", _databases()),
            DashboardRow("Containers", _containers()),
            logs_row(signals),
        ),
    )


DASHBOARD = _services

"""Services: is each one up, fast and free of errors, and what do its database, cache and container do?

What HTTP services do is read from the recorded family, whatever their own metrics are called, and each
threshold line is the very series that the alert compares with.
"""

from __future__ import annotations

from dashboards.panels import (
    BAD,
    GOOD,
    HIGH,
    SEVERITY_COLOURS,
    WARNING,
    Column,
    Panel,
    Row,
    choice,
    dashboard,
    logs,
    marks,
    stat,
    table,
    time_series,
    traces_link,
)
from dashboards.queries import metrics, metrics_now, metrics_table
from dashboards.sdk import models, prometheus
from dashboards.signals import LogQuery, LogSource, Signals, TraceQuery, TraceSource

_SERVICE = 'service=~"$service"'
# Containers of the stack are named after it; those of other projects after themselves.
_CONTAINER = 'name=~"(monitoring-.+-)?($service)"'
_OF_THRESHOLD = ((0, GOOD), (0.8, HIGH), (1, BAD))
_ALERT = f'ALERTS{{alertstate="firing", {_SERVICE}}}'


def _health() -> tuple[Panel, ...]:
    return (
        stat(
            "Up",
            "Down when Prometheus cannot scrape the service, when the service's exporter cannot reach it, or "
            "when its probe fails. A service that is not here has no target: see JobMissing.",
            metrics_now(
                f'min by (service) ({{__name__=~"up|pg_up|redis_up|probe_success", {_SERVICE}}})',
                "{{service}}",
            ),
            unit="none",
            steps=((0, BAD), (1, GOOD)),
            texts={"0": "Down", "1": "Up"},
        ),
        stat(
            "Alerts firing",
            "Alerts that fire for the chosen services now, silenced ones too.",
            metrics_now(f"count({_ALERT}) or vector(0)", "firing"),
            unit="none",
            steps=((0, GOOD), (1, BAD)),
            width=4,
        ),
        table(
            "Firing alerts",
            "What fires for the chosen services, and since when. What to do: runbooks/, by the alert's name.",
            metrics_table(
                "1000 * max by (alertname, severity, service, owner) "
                f"(ALERTS_FOR_STATE{{{_SERVICE}}} and ignoring (alertstate) {_ALERT})"
            ),
            columns=(
                Column("severity", "Severity", colours=SEVERITY_COLOURS),
                Column("alertname", "Alert"),
                Column("service", "Service"),
                Column("owner", "Owner"),
                Column("Value", "Since", unit="dateTimeFromNow"),
            ),
            empty="Nothing fires",
            height=5,
        ),
        _share_of_threshold(
            "Errors, of their threshold",
            "Share of requests answered 5xx, relative to the service's threshold for HighErrorRate.",
            "service:http_errors:ratio_rate5m",
            "HighErrorRate",
        ),
        _share_of_threshold(
            "P95 latency, of its threshold",
            "P95 of the last five minutes, relative to the service's threshold for HighLatency.",
            "service:http_latency:p95_5m",
            "HighLatency",
        ),
        _share_of_threshold(
            "Database connections, of their threshold",
            "Connections in use, relative to the database's threshold for DatabaseConnectionsHigh.",
            "service:db_connections:ratio",
            "DatabaseConnectionsHigh",
        ),
    )


def _share_of_threshold(title: str, description: str, recorded: str, alert: str) -> Panel:
    return stat(
        title,
        description,
        metrics_now(f"{recorded}{{{_SERVICE}}} / on (service) {_limit(alert)}", "{{service}}"),
        unit="percentunit",
        steps=_OF_THRESHOLD,
        decimals=0,
    )


def _limit(alert: str) -> str:
    """The very series that the alert compares with."""
    return f'service:alert:threshold{{alert="{alert}", {_SERVICE}}}'


def _threshold(alert: str) -> prometheus.Dataquery:
    return metrics(_limit(alert), "{{service}} threshold")


def _requests(store: TraceSource) -> tuple[Panel, ...]:
    traces = traces_link("Traces of ${__field.labels.service}", store, TraceQuery("${__field.labels.service}"))
    return (
        time_series(
            "Requests",
            "Requests per second, averaged over five minutes. A sudden fall is as telling as a sudden rise.",
            [metrics(f"service:http_requests:rate5m{{{_SERVICE}}}", "{{service}}")],
            unit="reqps",
            links=(traces,),
        ),
        time_series(
            "Errors",
            "Share of requests answered 5xx over five minutes. Dashed: the threshold of HighErrorRate.",
            [metrics(f"service:http_errors:ratio_rate5m{{{_SERVICE}}}", "{{service}}")],
            unit="percentunit",
            threshold=_threshold("HighErrorRate"),
            links=(traces,),
        ),
        time_series(
            "Latency",
            "How long half, 95 % and 99 % of requests took at most, over five minutes. Dashed: the threshold "
            "of HighLatency, which watches P95.",
            [
                metrics(f"service:http_latency:p{quantile}_5m{{{_SERVICE}}}", f"{{{{service}}}} P{quantile}")
                for quantile in (50, 95, 99)
            ],
            unit="s",
            threshold=_threshold("HighLatency"),
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
                    f'(rate({{__name__=~".*request_duration_seconds_bucket", {_SERVICE}}}[5m])))',
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
            "PostgreSQL: connections in use",
            "Share of max_connections in use. Dashed: the threshold of DatabaseConnectionsHigh.",
            [metrics(f"service:db_connections:ratio{{{_SERVICE}}}", "{{service}}")],
            unit="percentunit",
            threshold=_threshold("DatabaseConnectionsHigh"),
            width=8,
        ),
        time_series(
            "PostgreSQL: connections by state",
            "Many idle in transaction hold locks for nothing: look for a client that does not commit.",
            [metrics(f"sum by (service, state) (pg_stat_activity_count{{{_SERVICE}}})", "{{service}} {{state}}")],
            unit="none",
            stacked=True,
            width=8,
        ),
        time_series(
            "PostgreSQL: transactions",
            "Transactions per second, of all databases of the server. Rollbacks are its clients' errors.",
            [
                metrics(
                    f"sum by (service) (rate(pg_stat_database_xact_{end}{{{_SERVICE}}}[5m]))",
                    f"{{{{service}}}} {end}",
                )
                for end in ("commit", "rollback")
            ],
            unit="ops",
            width=8,
        ),
        time_series(
            "Redis: hit ratio",
            "Share of key lookups that found their key, over five minutes; no line without lookups.",
            [metrics(_hit_ratio(), "{{service}}")],
            unit="percentunit",
            maximum=1,
        ),
        time_series(
            "Redis: memory",
            "Memory in use. Dashed: maxmemory, where Redis starts to evict keys or to refuse writes; "
            "a server without one has no line.",
            [metrics(f"max by (service) (redis_memory_used_bytes{{{_SERVICE}}})", "{{service}}")],
            unit="bytes",
            threshold=metrics(f"max by (service) (redis_memory_max_bytes{{{_SERVICE}}}) > 0", "{{service}} maxmemory"),
        ),
    )


def _hit_ratio() -> str:
    hits, misses = (
        f"sum by (service) (rate(redis_keyspace_{end}_total{{{_SERVICE}}}[5m]))" for end in ("hits", "misses")
    )
    return f"{hits} / ({hits} + {misses} > 0)"


def _uptime() -> tuple[Panel, ...]:
    return (
        stat(
            "Probes answered",
            "Share of uptime probes that succeeded, over the dashboard's time range.",
            metrics_now(f"avg by (service) (avg_over_time(probe_success{{{_SERVICE}}}[$__range]))", "{{service}}"),
            unit="percentunit",
            steps=((0, BAD), (0.99, WARNING), (0.999, GOOD)),
            decimals=2,
            height=8,
        ),
        time_series(
            "Probe duration",
            "How long a probe took, from outside the service, failed ones too.",
            [metrics(f"max by (service) (probe_duration_seconds{{{_SERVICE}}})", "{{service}}")],
            unit="s",
            width=16,
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


def _log_lines(store: LogSource) -> tuple[Panel, ...]:
    return (
        logs(
            "Logs",
            "The newest lines of the chosen services' containers. A line with a trace ID leads to its trace.",
            store,
            LogQuery(services=("$service",)),
        ),
    )


def _services(signals: Signals) -> models.Dashboard:
    return dashboard(
        "services",
        "Services",
        "Every monitored service: availability, traffic, errors, latency, saturation, logs.",
        variables=(choice("service", "Service", 'label_values(up{kind!="component"}, service)'),),
        annotations=(
            marks("Firing alerts", metrics(_ALERT, ""), title="{{alertname}}", text="{{service}}: {{severity}}"),
        ),
        rows=(
            Row("Health", _health()),
            Row("Requests", _requests(signals.traces)),
            Row("Databases and caches", _databases()),
            Row("Uptime", _uptime()),
            Row("Containers", _containers()),
            Row("Logs", _log_lines(signals.logs)),
        ),
    )


DASHBOARD = _services

"""Monitoring itself: does it see everything, does it keep up, what does each service cost, and when is it full?"""

from __future__ import annotations

from dashboards.about_services import CHOSEN, leading, limit, marks, of_service, threshold
from dashboards.panels import (
    BAD,
    GOOD,
    HIGH,
    NEUTRAL,
    WARNING,
    Column,
    Dashboard,
    DashboardRow,
    Panel,
    bar_gauge,
    dashboard,
    latency,
    query_variable,
    rate,
    saturation,
    stat,
    table,
    time_series,
)
from dashboards.queries import metrics, metrics_now, metrics_table
from dashboards.rows import firing
from dashboards.senders import senders
from dashboards.signals import Signals
from dashboards.stores import stores

_FULL = ((0, GOOD), (0.7, WARNING), (0.8, HIGH), (0.9, BAD))
_STORED = (
    "(prometheus_tsdb_storage_blocks_bytes + prometheus_tsdb_wal_storage_size_bytes "
    "+ prometheus_tsdb_head_chunks_storage_size_bytes)"
)
_OWN = 'owner="monitoring"'


def _health() -> tuple[Panel, ...]:
    return (
        stat(
            "Targets down",
            "Targets that do not answer Prometheus: of them nothing is known. The table of alerts says which.",
            metrics_now(f"count(up{{{CHOSEN}}} == 0) or vector(0)", "down"),
            unit="none",
            steps=((0, GOOD), (1, BAD)),
            width=4,
        ),
        stat(
            "Rules that fail",
            "Evaluations of rules that failed within five minutes. When it is red, an alert may not fire.",
            metrics_now("sum(increase(prometheus_rule_evaluation_failures_total[5m]))", "failed"),
            unit="none",
            steps=((0, GOOD), (0.5, BAD)),
            decimals=0,
            width=4,
        ),
        stat(
            "Series",
            "Series that Prometheus keeps in memory; each costs about 4 KiB. When it jumps, see who has most below.",
            metrics_now("sum by (service) (prometheus_tsdb_head_series)", "{{service}}"),
            unit="short",
            steps=((0, NEUTRAL),),
            width=4,
        ),
        stat(
            "Samples",
            "Samples per second that Prometheus takes in. When it falls, targets or discovery are missing.",
            metrics_now("sum by (service) (rate(prometheus_tsdb_head_samples_appended_total[5m]))", "{{service}}"),
            unit="cps",
            steps=((0, BAD), (1, NEUTRAL)),
            width=4,
        ),
        stat(
            "Storage of metrics",
            "Share of the space that Prometheus may use. At 100 % it drops its oldest data before their time is over.",
            metrics_now(f"max by (service) ({_STORED} / (prometheus_tsdb_retention_limit_bytes > 0))", "{{service}}"),
            unit="percentunit",
            steps=_FULL,
            decimals=1,
            width=4,
        ),
        stat(
            "Lost on the way",
            "Logs, spans and points per second that collectors refuse or cannot deliver. When it is red, see "
            "collectors.",
            metrics_now("sum(collector:refused:rate5m) + (sum(collector:export_failed:rate5m) or vector(0))", "lost"),
            unit="cps",
            steps=((0, GOOD), (0.001, BAD)),
            width=4,
        ),
        firing(_OWN, width=24),
    )


def _cost() -> tuple[Panel, ...]:
    return (
        table(
            "What each service costs",
            "Series, samples and scrape time of each chosen service. What has most and is looked at least is where to "
            "save: drop labels, or scrape it less often.",
            {
                "series": metrics_table(f"sum by (service) (service:series:count{{{CHOSEN}}})"),
                "share": metrics_table(
                    f"sum by (service) (service:series:count{{{CHOSEN}}}) / on () group_left () "
                    "sum(service:series:count)"
                ),
                "budget": metrics_table(f"max by (service) (service:series_budget_used:ratio{{{CHOSEN}}})"),
                "targets": metrics_table(f"sum by (service) (service:targets:count{{{CHOSEN}}})"),
                "scrape": metrics_table(f"max by (service) (scrape_duration_seconds{{{CHOSEN}}})"),
            },
            columns=(
                Column("service", "Service", link=of_service("__data.fields.Service")),
                Column("Value #series", "Series", unit="none"),
                Column("Value #share", "Of all", unit="percentunit", decimals=1),
                Column("Value #budget", "Of its budget", unit="percentunit", decimals=0, steps=_FULL),
                Column("Value #targets", "Targets", unit="none"),
                Column("Value #scrape", "Scrape takes", unit="s"),
            ),
            sorted_by="Series",
            height=10,
        ),
        saturation(
            "Budgets of series",
            "Share of each service's budget of series. Dashed: the threshold of CardinalityNearLimit; at 100 % its "
            "scrape is "
            "refused as a whole.",
            [metrics(leading(f"service:series_budget_used:ratio{{{CHOSEN}}}"), "{{service}}")],
            threshold=threshold("CardinalityNearLimit"),
            links=(of_service(),),
            height=10,
        ),
    )


def _prometheus() -> tuple[Panel, ...]:
    return (
        rate(
            "Samples over time",
            "Samples per second taken in, and series that are new. Many new series are labels that change all the "
            "time.",
            [
                metrics(
                    "sum by (service) (rate(prometheus_tsdb_head_samples_appended_total[5m]))", "{{service}} samples"
                ),
                metrics(
                    "sum by (service) (rate(prometheus_tsdb_head_series_created_total[5m]))", "{{service}} new series"
                ),
            ],
            unit="cps",
            width=8,
        ),
        saturation(
            "Storage of metrics over time",
            "Share of the space that Prometheus may use. Dashed: the threshold of PrometheusNearStorageCap.",
            [metrics(f"max by (service) ({_STORED} / (prometheus_tsdb_retention_limit_bytes > 0))", "{{service}}")],
            threshold=metrics(limit("PrometheusNearStorageCap", 'service=~"prometheus.*"'), "{{service}} threshold"),
            width=8,
        ),
        latency(
            "Queries",
            "What 90 % of queries take within Prometheus, by part. When evaluation is slow, dashboards and rules ask "
            "too much.",
            [metrics('max by (slice) (prometheus_engine_query_duration_seconds{quantile="0.9"})', "{{slice}}")],
            width=8,
        ),
        bar_gauge(
            "Rules, of their interval",
            "Share of its interval that each group of rules takes, the ten slowest. At 100 % alerts come late.",
            metrics_now(
                "topk(10, max by (rule_group) (prometheus_rule_group_last_duration_seconds "
                "/ prometheus_rule_group_interval_seconds))",
                "{{rule_group}}",
            ),
            unit="percentunit",
            steps=((0, GOOD), (0.5, WARNING), (1, BAD)),
            decimals=1,
        ),
        bar_gauge(
            "Slowest scrapes",
            "How long the ten slowest targets take to answer. At the interval, samples get lost: ask them less often.",
            metrics_now(f"topk(10, max by (service) (scrape_duration_seconds{{{CHOSEN}}}))", "{{service}}"),
            unit="s",
            steps=((0, GOOD), (1, WARNING), (5, BAD)),
            links=(of_service(),),
        ),
    )


def _collectors() -> tuple[Panel, ...]:
    return (
        rate(
            "Received by collectors",
            "Logs, spans and points per second that come in. What falls to nothing is no longer sent.",
            [metrics("sum by (service, signal) (collector:received:rate5m)", "{{service}} {{signal}}")],
            unit="cps",
            width=8,
        ),
        rate(
            "Refused or not delivered",
            "What collectors refuse or cannot deliver. When it is not 0, see CollectorRefusing and "
            "CollectorExportFailing.",
            [
                metrics("sum by (service, signal) (collector:refused:rate5m)", "{{service}} {{signal}} refused"),
                metrics(
                    "sum by (service, signal) (collector:export_failed:rate5m) or 0 * sum by (service, signal) "
                    "(collector:received:rate5m)",
                    "{{service}} {{signal}} not delivered",
                ),
            ],
            unit="cps",
            width=8,
        ),
        time_series(
            "Waiting in queues",
            "Batches that wait on the collectors' disks. Dashed: the threshold of CollectorQueueGrowing; what they "
            "wait for is "
            "down or too slow.",
            [metrics("sum by (service, exporter) (collector:export_queued:batches)", "{{service}} {{exporter}}")],
            unit="none",
            threshold=metrics(limit("CollectorQueueGrowing", 'service=~"collector.+"'), "{{service}} threshold"),
            width=8,
        ),
    )


def _stack(_signals: Signals) -> Dashboard:
    return dashboard(
        "stack",
        "Monitoring itself",
        "Whether the monitoring sees everything and keeps up: targets, rules, storage, collectors, stores, and costs.",
        variables=(query_variable("service", "Service", "label_values(up, service)"),),
        annotations=marks(_OWN),
        rows=(
            DashboardRow("Health", _health()),
            DashboardRow("Cost of each service", _cost()),
            DashboardRow("Prometheus", _prometheus()),
            DashboardRow("Collectors", _collectors()),
            DashboardRow("Senders", senders()),
            DashboardRow("Stores", stores()),
        ),
    )


DASHBOARD = _stack

"""SLA report: how available services were over the dashboard's time, for those who were promised it."""

from __future__ import annotations

from dashboards.about_services import CHOSEN, marks, of_service, service_variable
from dashboards.applies import answers_http, has_objectives
from dashboards.panels import (
    BAD,
    GOOD,
    HIGH,
    WARNING,
    Column,
    Dashboard,
    DashboardRow,
    Panel,
    bar_gauge,
    dashboard,
    only_where,
    stat,
    state_timeline,
    table,
)
from dashboards.queries import metrics, metrics_now, metrics_table
from dashboards.signals import Signals

_UP = f"service:up{{{CHOSEN}}}"
_AVAILABLE = ((0, BAD), (0.99, HIGH), (0.995, WARNING), (0.999, GOOD))
_KEPT = (
    f"(1 - sum_over_time(service:slo_bad:rate5m{{{CHOSEN}}}[$__range]) "
    f"/ sum_over_time(service:slo_total:rate5m{{{CHOSEN}}}[$__range]))"
)


def _summary() -> tuple[Panel, ...]:
    return (
        stat(
            "Available, all services",
            "Share of time in which services were up, on average over all chosen ones and the dashboard's time.",
            metrics_now(f"avg(avg_over_time({_UP}[$__range]))", "available"),
            unit="percentunit",
            steps=_AVAILABLE,
            decimals=3,
        ),
        stat(
            "Interruptions",
            "How often a service went down within the dashboard's time. The table says which; the alerts say why.",
            metrics_now(f"sum(resets({_UP}[$__range]))", "interruptions"),
            unit="none",
            steps=((0, GOOD), (1, WARNING), (5, BAD)),
        ),
        *only_where(
            answers_http,
            stat(
                "Requests answered well",
                "Share of requests not answered 5xx, over the dashboard's time. When it is red, see Failed requests.",
                metrics_now(
                    f"1 - sum(sum_over_time(service:http_failures:rate5m{{{CHOSEN}}}[$__range])) "
                    f"/ sum(sum_over_time(service:http_requests:rate5m{{{CHOSEN}}}[$__range]))",
                    "answered well",
                ),
                unit="percentunit",
                steps=_AVAILABLE,
                decimals=3,
            ),
        ),
    )


def _services() -> tuple[Panel, ...]:
    return (
        table(
            "Availability",
            "How long each service was up within the dashboard's time, and how often it went down. Downtime is counted "
            "by the minute.",
            {
                "available": metrics_table(f"max by (service, owner) (avg_over_time({_UP}[$__range]))"),
                "downtime": metrics_table(f"60 * max by (service) (sum_over_time((1 - {_UP})[$__range:1m]))"),
                "interruptions": metrics_table(f"max by (service) (resets({_UP}[$__range]))"),
            },
            columns=(
                Column("service", "Service", link=of_service("__data.fields.Service")),
                Column("owner", "Owner"),
                Column("Value #available", "Available", unit="percentunit", decimals=3, steps=_AVAILABLE),
                Column("Value #downtime", "Down for", unit="s", decimals=0),
                Column("Value #interruptions", "Interruptions", unit="none"),
            ),
            sorted_by="Down for",
            height=10,
        ),
        state_timeline(
            "When it was down",
            "When each service was up or down. What went down together has a cause in common.",
            [metrics(_UP, "{{service}}")],
            states={"0": ("Down", BAD), "1": ("Up", GOOD)},
            links=(of_service(),),
            width=12,
            height=10,
        ),
    )


def _requests() -> tuple[Panel, ...]:
    return (
        bar_gauge(
            "Failed requests",
            "Share of requests answered 5xx over the dashboard's time, of the ten services with the most.",
            metrics_now(
                f"topk(10, sum by (service) (sum_over_time(service:http_failures:rate5m{{{CHOSEN}}}[$__range])) "
                f"/ (sum by (service) (sum_over_time(service:http_requests:rate5m{{{CHOSEN}}}[$__range])) > 0))",
                "{{service}}",
            ),
            unit="percentunit",
            steps=((0, GOOD), (0.001, WARNING), (0.01, BAD)),
            decimals=3,
            links=(of_service(),),
        ),
        bar_gauge(
            "P95, typically",
            "The P95 that half of the dashboard's time stayed below, of the ten slowest services.",
            metrics_now(
                "topk(10, max by (service) (quantile_over_time(0.5, "
                f"service:http_latency:p95_5m{{{CHOSEN}}}[$__range])))",
                "{{service}}",
            ),
            unit="s",
            steps=((0, GOOD), (0.25, WARNING), (1, BAD)),
            links=(of_service(),),
        ),
    )


def _objectives() -> tuple[Panel, ...]:
    return (
        table(
            "Objectives kept",
            "What was promised, what was kept over the dashboard's time, and how much of the allowed errors that used. "
            "Above 100 % the objective was missed.",
            {
                "objective": metrics_table(f"max by (service, slo) (service:slo_objective:ratio{{{CHOSEN}}})"),
                "kept": metrics_table(f"max by (service, slo) ({_KEPT})"),
                "used": metrics_table(
                    f"max by (service, slo) ((1 - {_KEPT}) / (1 - service:slo_objective:ratio{{{CHOSEN}}}))"
                ),
            },
            columns=(
                Column("service", "Service", link=of_service("__data.fields.Service")),
                Column("slo", "Of"),
                Column("Value #objective", "Promised", unit="percentunit", decimals=3),
                Column("Value #kept", "Kept", unit="percentunit", decimals=3),
                Column(
                    "Value #used",
                    "Of the allowed errors",
                    unit="percentunit",
                    decimals=0,
                    steps=((0, GOOD), (0.75, WARNING), (1, BAD)),
                ),
            ),
            sorted_by="Of the allowed errors",
            width=24,
        ),
    )


def _sla(_signals: Signals) -> Dashboard:
    return dashboard(
        "sla",
        "SLA report",
        "How available services were and what they answered, over the time that is chosen above: a week, a month, a "
        "year.",
        variables=(service_variable(),),
        annotations=marks(),
        time_from="now-7d",
        refresh="30s",
        rows=(
            DashboardRow("Health", _summary()),
            DashboardRow("Objectives", only_where(has_objectives, *_objectives())),
            DashboardRow("Availability", _services()),
            DashboardRow("Requests", only_where(answers_http, *_requests())),
        ),
    )


DASHBOARD = _sla

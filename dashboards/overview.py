"""Overview: is anything broken, since when, and where?"""

from __future__ import annotations

from dashboards.about_services import CHOSEN, FIRING, leading, limit, marks, of_service, service_variable
from dashboards.applies import answers_http, has_dependencies, has_objectives
from dashboards.dependencies import dependencies, dependency_graph
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
    only_where,
    rate,
    ratio,
    stat,
    state_timeline,
    table,
)
from dashboards.queries import metrics, metrics_now, metrics_table
from dashboards.rows import firing, firing_now
from dashboards.signals import Signals

_OF_LIMIT = ((0, GOOD), (0.8, HIGH), (1, BAD))
_BUDGET = ((-1000, BAD), (0, HIGH), (0.25, WARNING), (0.5, GOOD))


def _health() -> tuple[Panel, ...]:
    return (
        stat(
            "Services down",
            "Services that do not answer now, of all that are declared. When it is not 0, the table below says which.",
            metrics_now(f"count(service:up{{{CHOSEN}}} == 0) or vector(0)", "down"),
            unit="none",
            steps=((0, GOOD), (1, BAD)),
            width=4,
        ),
        firing_now(),
        *only_where(
            answers_http,
            stat(
                "Requests",
                "Requests per second of all chosen services. When it falls suddenly, callers do not get through.",
                metrics_now(f"sum(service:http_requests:rate5m{{{CHOSEN}}})", "requests"),
                unit="reqps",
                steps=((0, NEUTRAL),),
                width=4,
            ),
            stat(
                "Errors",
                "Share of those requests answered 5xx, over five minutes. When it is red, see the table by service.",
                metrics_now(
                    f"sum(service:http_failures:rate5m{{{CHOSEN}}}) / sum(service:http_requests:rate5m{{{CHOSEN}}})",
                    "errors",
                ),
                unit="percentunit",
                steps=((0, GOOD), (0.01, WARNING), (0.05, BAD)),
                decimals=2,
                width=4,
            ),
        ),
        *only_where(
            has_objectives,
            stat(
                "Error budget left, the least",
                "What is left of the budget that is spent most. At 0 its objective is missed: stop risky changes.",
                metrics_now(f"min(service:slo_budget_left:ratio{{{CHOSEN}}})", "left"),
                unit="percentunit",
                steps=_BUDGET,
                decimals=0,
                empty="Known after six hours",
                width=8,
            ),
        ),
        firing(width=24, height=6),
    )


def _services() -> tuple[Panel, ...]:
    return (
        table(
            "Services",
            "Every chosen service now. When one is down or alerts, a click on its name leads to its own page.",
            {
                "up": metrics_table(f"max by (service, kind, owner) (service:up{{{CHOSEN}}})"),
                "alerts": metrics_table(
                    f"count by (service) ({FIRING}) or 0 * max by (service) (service:up{{{CHOSEN}}})"
                ),
            },
            columns=(
                Column("service", "Service", link=of_service("__data.fields.Service")),
                Column("kind", "Kind"),
                Column("owner", "Owner"),
                Column("Value #up", "State", colours={"0": BAD, "1": GOOD}, texts={"0": "Down", "1": "Up"}),
                Column("Value #alerts", "Alerts", unit="none", steps=((0, GOOD), (1, BAD))),
            ),
            sorted_by="Alerts",
            height=10,
        ),
        *only_where(answers_http, _requests_by_service()),
        state_timeline(
            "Up and down",
            "Since when a service is up or down, and how often before. Down: its own page says what it depends on.",
            [metrics(f"service:up{{{CHOSEN}}}", "{{service}}")],
            states={"0": ("Down", BAD), "1": ("Up", GOOD)},
            links=(of_service(),),
            height=10,
        ),
    )


def _requests_by_service() -> Panel:
    return table(
        "Requests by service",
        "What each service answers now. Errors and latency are shares of the limits at which its alerts begin: "
        "from 100 % on they fire.",
        {
            "requests": metrics_table(f"sum by (service) (service:http_requests:rate5m{{{CHOSEN}}})"),
            "errors": metrics_table(_of_limit("service:http_errors:ratio_rate5m", "HighErrorRate")),
            "latency": metrics_table(_of_limit("service:http_latency:p95_5m", "HighLatency")),
        },
        columns=(
            Column("service", "Service", link=of_service("__data.fields.Service")),
            Column("Value #requests", "Requests", unit="reqps"),
            Column("Value #errors", "Errors, of limit", unit="percentunit", decimals=0, steps=_OF_LIMIT),
            Column("Value #latency", "P95, of limit", unit="percentunit", decimals=0, steps=_OF_LIMIT),
        ),
        sorted_by="Errors, of limit",
        height=10,
    )


def _of_limit(recorded: str, alert: str) -> str:
    return f"max by (service) ({recorded}{{{CHOSEN}}} / on (service) group_left () {limit(alert)})"


def _budgets() -> tuple[Panel, ...]:
    return (
        bar_gauge(
            "Error budget left",
            "What each objective has left of its error budget. At 0 it is missed: see SLO and error budget.",
            metrics_now(f"sort(service:slo_budget_left:ratio{{{CHOSEN}}})", "{{service}} {{slo}}"),
            unit="percentunit",
            steps=_BUDGET,
            maximum=1,
            decimals=0,
            links=(of_service(),),
            empty="Known after six hours",
            width=24,
            height=6,
        ),
    )


def _traffic() -> tuple[Panel, ...]:
    return (
        rate(
            "Requests, the busiest",
            "Requests per second of the ten busiest services. A sudden fall is as telling as a sudden rise.",
            [metrics(leading(f"service:http_requests:rate5m{{{CHOSEN}}}"), "{{service}}")],
            links=(of_service(),),
            width=8,
        ),
        ratio(
            "Errors, the worst",
            "Share of requests answered 5xx, of the ten services with the most. Look at the first that rose.",
            [metrics(leading(f"service:http_errors:ratio_rate5m{{{CHOSEN}}}"), "{{service}}")],
            links=(of_service(),),
            width=8,
        ),
        latency(
            "P95, the slowest",
            "What 95 % of requests took at most, of the ten slowest services. Look at the first that rose.",
            [metrics(leading(f"service:http_latency:p95_5m{{{CHOSEN}}}"), "{{service}}")],
            links=(of_service(),),
            width=8,
        ),
    )


def _overview(_signals: Signals) -> Dashboard:
    return dashboard(
        "overview",
        "Overview",
        "All services at a glance: what is down, what fires, what is slow or failing, and what depends on it.",
        variables=(service_variable(),),
        annotations=marks(),
        rows=(
            DashboardRow("Health", _health()),
            DashboardRow("Services", _services()),
            DashboardRow("Traffic", only_where(answers_http, *_traffic())),
            DashboardRow("Error budgets", only_where(has_objectives, *_budgets())),
            DashboardRow("Dependencies", only_where(has_dependencies, dependency_graph(), dependencies())),
        ),
    )


DASHBOARD = _overview

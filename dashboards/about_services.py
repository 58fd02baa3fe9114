"""What dashboards about services share: the variable that chooses them, what is marked, and the limits of alerts."""

from __future__ import annotations

from dashboards.panels import annotation, dashboard_link, query_variable
from dashboards.panels.colours import NEUTRAL, WARNING
from dashboards.queries import metrics
from dashboards.sdk import dashboard, prometheus

CHOSEN = 'service=~"$service"'


def firing_for(chosen: str) -> str:
    """PromQL of the alerts that fire for the services that these matchers choose; the heartbeat is none."""
    return f'ALERTS{{alertstate="firing", severity!="none", {chosen}}}'


FIRING = firing_for(CHOSEN)


def service_variable(*kinds: str, carried_by: str = "service:up") -> dashboard.QueryVariable:
    """The choice of services: those that have the series, of these kinds or of all."""
    selector = f'{carried_by}{{kind=~"{"|".join(kinds)}"}}' if kinds else carried_by
    return query_variable("service", "Service", f"label_values({selector}, service)")


def marks(chosen: str = CHOSEN) -> tuple[dashboard.AnnotationQuery, ...]:
    """What is marked on every time series: alerts of the chosen services, when they started anew, and maintenance.

    Args:
        chosen: matchers that choose the services.
    """
    started = f"max by (service) (process_start_time_seconds{{{chosen}}}"
    return (
        annotation(
            "Firing alerts", metrics(firing_for(chosen), ""), title="{{alertname}}", text="{{service}}: {{severity}}"
        ),
        annotation(
            "Deployments and restarts",
            metrics(f"{started}) > {started} offset 1m)", ""),
            title="{{service}} started",
            text="Deployed, or started again.",
            colour=NEUTRAL,
        ),
        annotation(
            "Maintenance",
            metrics(f"service:maintenance:info{{{chosen}}}", ""),
            title="Maintenance of {{service}}",
            text="{{reason}}",
            colour=WARNING,
        ),
    )


def limit(alert: str, chosen: str = CHOSEN) -> str:
    """PromQL of what the alert compares with, one series for each of the services that these matchers choose."""
    return f'max by (service) (service:alert:threshold{{alert="{alert}", {chosen}}})'


def threshold(alert: str) -> prometheus.Dataquery:
    """The limit of an alert, to be drawn into a panel."""
    return metrics(limit(alert), "{{service}} threshold")


def leading(series: str, count: int = 10) -> str:
    """PromQL of the services whose series is highest on average over the dashboard's time: the same all along.

    Args:
        series: a selector.
        count: how many there are lines for, so that thirty services stay readable.
    """
    return f"{series} and topk({count}, avg_over_time({series}[$__range] @ end()))"


def of_service(label: str = "__field.labels.service") -> dashboard.DashboardLink:
    """A link from a line or a value to everything about its service.

    Args:
        label: what holds the service's name: of a table's row `__data.fields.Service`, by the column's title.
    """
    return dashboard_link(f"About ${{{label}}}", "services", service=f"${{{label}}}")

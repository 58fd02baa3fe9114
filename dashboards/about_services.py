"""What dashboards about services share: the variable that chooses them, what is marked, and the limits of alerts."""

from __future__ import annotations

from dashboards.panels import annotation, dashboard_link, query_variable
from dashboards.panels.colours import NEUTRAL
from dashboards.queries import metrics
from dashboards.sdk import dashboard, prometheus

CHOSEN = 'service=~"$service"'
FIRING = f'ALERTS{{alertstate="firing", severity!="none", {CHOSEN}}}'


def service_variable(*kinds: str) -> dashboard.QueryVariable:
    """The choice of services, of these kinds or of all."""
    selector = f'service:up{{kind=~"{"|".join(kinds)}"}}' if kinds else "service:up"
    return query_variable("service", "Service", f"label_values({selector}, service)")


def marks() -> tuple[dashboard.AnnotationQuery, ...]:
    """What is marked on every time series of the chosen services: their alerts, and when they started anew."""
    return (firing_alerts(), starts())


def firing_alerts() -> dashboard.AnnotationQuery:
    """An annotation for every alert of the chosen services."""
    return annotation("Firing alerts", metrics(FIRING, ""), title="{{alertname}}", text="{{service}}: {{severity}}")


def starts() -> dashboard.AnnotationQuery:
    """An annotation for every start of a process of the chosen services: a deployment, or a restart."""
    started = f"max by (service) (process_start_time_seconds{{{CHOSEN}}}"
    return annotation(
        "Deployments and restarts",
        metrics(f"{started}) > {started} offset 1m)", ""),
        title="{{service}} started",
        text="Deployed, or started again.",
        colour=NEUTRAL,
    )


def limit(alert: str) -> str:
    """PromQL of the very series that the alert compares with."""
    return f'service:alert:threshold{{alert="{alert}", {CHOSEN}}}'


def threshold(alert: str) -> prometheus.Dataquery:
    """The limit of an alert, to be drawn into a panel."""
    return metrics(limit(alert), "{{service}} threshold")


def of_service(label: str = "__field.labels.service") -> dashboard.DashboardLink:
    """A link from a line or a value to everything about its service.

    Args:
        label: what holds the service's name: of a table's row `__data.fields.Service`, by the column's title.
    """
    return dashboard_link(f"About ${{{label}}}", "services", service=f"${{{label}}}")

"""What dashboards about services share: the variable that chooses them, their alerts, and the limits of those."""

from __future__ import annotations

from dashboards.panels import annotation, query_variable
from dashboards.queries import metrics
from dashboards.sdk import dashboard, prometheus

CHOSEN = 'service=~"$service"'
FIRING = f'ALERTS{{alertstate="firing", severity!="none", {CHOSEN}}}'


def service_variable(kind: str | None = None) -> dashboard.QueryVariable:
    """The choice of services, of one kind or of all."""
    selector = f'service:up{{kind="{kind}"}}' if kind else "service:up"
    return query_variable("service", "Service", f"label_values({selector}, service)")


def firing_alerts() -> dashboard.AnnotationQuery:
    """An annotation for every alert of the chosen services."""
    return annotation("Firing alerts", metrics(FIRING, ""), title="{{alertname}}", text="{{service}}: {{severity}}")


def limit(alert: str) -> str:
    """PromQL of the very series that the alert compares with."""
    return f'service:alert:threshold{{alert="{alert}", {CHOSEN}}}'


def threshold(alert: str) -> prometheus.Dataquery:
    """The limit of an alert, to be drawn into a panel."""
    return metrics(limit(alert), "{{service}} threshold")

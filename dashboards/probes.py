"""Uptime probes: what a caller sees from outside."""

from __future__ import annotations

from dashboards.about_services import CHOSEN, marks, service_variable
from dashboards.panels import BAD, GOOD, WARNING, Dashboard, DashboardRow, Panel, dashboard, stat, time_series
from dashboards.queries import metrics, metrics_now
from dashboards.signals import Signals


def _uptime() -> tuple[Panel, ...]:
    return (
        stat(
            "Probes answered",
            "Share of uptime probes that succeeded, over the dashboard's time range.",
            metrics_now(f"avg by (service) (avg_over_time(probe_success{{{CHOSEN}}}[$__range]))", "{{service}}"),
            unit="percentunit",
            steps=((0, BAD), (0.99, WARNING), (0.999, GOOD)),
            decimals=2,
            height=8,
        ),
        time_series(
            "Probe duration",
            "How long a probe took, from outside the service, failed ones too.",
            [metrics(f"max by (service) (probe_duration_seconds{{{CHOSEN}}})", "{{service}}")],
            unit="s",
            width=16,
        ),
    )


def _probes(_signals: Signals) -> Dashboard:
    return dashboard(
        "probes",
        "Uptime",
        "Endpoints as a caller sees them: whether they answer, and how fast.",
        variables=(service_variable("probe"),),
        annotations=marks(),
        rows=(DashboardRow("Uptime", _uptime()),),
    )


DASHBOARD = _probes

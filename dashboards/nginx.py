"""nginx: requests and connections, as its stub_status counts them."""

from __future__ import annotations

from dashboards.about_services import threshold
from dashboards.panels import Dashboard, DashboardRow, Panel, rate, time_series
from dashboards.queries import metrics
from dashboards.rows import kind_dashboard, share_of_threshold
from dashboards.series import of, per_second, total
from dashboards.signals import Signals


def _near_limits() -> tuple[Panel, ...]:
    return (
        share_of_threshold(
            "Connections dropped, of their threshold",
            "Connections dropped per second, relative to the threshold of NginxConnectionsDropped. When red: raise "
            "worker_connections and the limit of open files.",
            "service:nginx_connections_dropped:rate5m",
            "NginxConnectionsDropped",
            width=24,
        ),
    )


def _work() -> tuple[Panel, ...]:
    return (
        rate(
            "Requests",
            "Requests per second. A sudden fall is as telling as a rise: clients may not get through.",
            [metrics(of("service:http_requests:rate5m"), "{{service}}")],
            width=8,
        ),
        rate(
            "Connections dropped",
            "Connections per second that were accepted and not served, because no place was left. Dashed: the "
            "threshold of NginxConnectionsDropped. When above: raise worker_connections.",
            [metrics(of("service:nginx_connections_dropped:rate5m"), "{{service}}")],
            unit="cps",
            threshold=threshold("NginxConnectionsDropped"),
            width=8,
        ),
        rate(
            "Connections accepted",
            "New connections per second. Close to the requests: clients do not keep theirs open, which costs time.",
            [metrics(per_second("nginx_connections_accepted"), "{{service}}")],
            unit="cps",
            width=8,
        ),
    )


def _room() -> tuple[Panel, ...]:
    return (
        time_series(
            "Connections by state",
            "What connections do now. Many writing for long: what is behind nginx answers slowly.",
            [
                metrics(total(f"nginx_connections_{state}"), f"{{{{service}}}} {state}")
                for state in ("reading", "writing", "waiting")
            ],
            unit="none",
            stacked=True,
        ),
        time_series(
            "Connections open",
            "All connections of clients. Near worker_processes times worker_connections, new ones are dropped.",
            [metrics(total("nginx_connections_active"), "{{service}}")],
            unit="none",
        ),
    )


def _nginx(signals: Signals) -> Dashboard:
    return kind_dashboard(
        "nginx",
        "nginx",
        "nginx servers: requests, connections, and those that are dropped.",
        signals,
        health=_near_limits(),
        rows=(
            DashboardRow("Traffic and errors", _work()),
            DashboardRow("Saturation", _room()),
        ),
    )


DASHBOARD = _nginx

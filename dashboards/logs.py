"""Logs: what services write, what of it are warnings and errors, and whether all of it arrives."""

from __future__ import annotations

from dashboards.about_services import marks
from dashboards.panels import (
    BAD,
    GOOD,
    NEUTRAL,
    Dashboard,
    DashboardRow,
    Panel,
    dashboard,
    logs,
    query_variable,
    rate,
    stat,
)
from dashboards.queries import metrics, metrics_now
from dashboards.signals import LogQuery, LogSource, Signals

_LINES = 'signal="log_records"'
_CHOSEN = LogQuery(services=("$service",))


def _arriving() -> tuple[Panel, ...]:
    return (
        stat(
            "Lines",
            "Lines per second that arrive at the gateway, of all services. When it is 0, the agent or the gateway "
            "stands.",
            metrics_now(f'sum(collector:received:rate5m{{{_LINES}, service="collector-gateway"}})', "lines"),
            unit="cps",
            steps=((0, BAD), (0.001, NEUTRAL)),
            width=6,
        ),
        stat(
            "Lines lost",
            "Lines per second that a collector refuses or cannot deliver. When it is red, see CollectorExportFailing.",
            metrics_now(
                f"sum(collector:refused:rate5m{{{_LINES}}}) + (sum(collector:export_failed:rate5m{{{_LINES}}}) or "
                "vector(0))",
                "lost",
            ),
            unit="cps",
            steps=((0, GOOD), (0.001, BAD)),
            width=6,
        ),
        rate(
            "Lines by way in",
            "Lines per second by how they reach the collectors. A way that falls to nothing no longer brings lines.",
            [
                metrics(
                    f"sum by (service, receiver) (collector:received:rate5m{{{_LINES}}})", "{{service}} {{receiver}}"
                )
            ],
            unit="cps",
            height=5,
        ),
    )


def _warnings(store: LogSource) -> Panel:
    return logs(
        "Warnings and errors",
        "The newest lines of severity WARN and above. What repeats is the first thing to look at; a click shows its "
        "trace.",
        store,
        LogQuery(services=("$service",), warnings=True),
        empty="No warning and no error in this time",
    )


def _all(store: LogSource) -> Panel:
    return logs(
        "All lines",
        "The newest lines of the chosen services. A line with a trace ID leads to its trace.",
        store,
        _CHOSEN,
        empty="No line in this time",
        height=16,
    )


def _logs(signals: Signals) -> Dashboard:
    return dashboard(
        "logs",
        "Logs",
        "What services and the stack's own components write: warnings and errors first, then everything.",
        variables=(query_variable("service", "Service", "label_values(up, service)"),),
        annotations=marks(),
        rows=(
            DashboardRow("Health", _arriving()),
            DashboardRow("Warnings and errors", (_warnings(signals.logs),)),
            DashboardRow("Lines", (_all(signals.logs),)),
        ),
    )


DASHBOARD = _logs

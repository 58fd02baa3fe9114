"""Alerts: what fires, who was told, what was held back, and what is noise."""

from __future__ import annotations

from dashboards.about_services import firing_for, limit, marks, of_service
from dashboards.panels import (
    BAD,
    GOOD,
    NEUTRAL,
    SEVERITY_COLOURS,
    WARNING,
    Column,
    Dashboard,
    DashboardRow,
    Panel,
    bar_gauge,
    dashboard,
    latency,
    logs,
    query_variable,
    rate,
    ratio,
    stat,
    table,
    time_series,
)
from dashboards.queries import metrics, metrics_now, metrics_table
from dashboards.rows import firing, firing_now
from dashboards.signals import ALERT_HISTORY, LogQuery, LogSource, Signals

_TEAM = 'owner=~"$team"'
_FIRING = firing_for(_TEAM)
_PENDING = f'ALERTS{{alertstate="pending", severity!="none", {_TEAM}}}'
# The heartbeat and the history are told of everything, all the time.
_PEOPLE = 'receiver_name!~"heartbeat|history"'
_ALERTMANAGER = 'service="alertmanager"'


def _now() -> tuple[Panel, ...]:
    return (
        firing_now(_TEAM),
        stat(
            "About to fire",
            "Alerts whose condition holds, and that wait to be sure of it. Look before they fire.",
            metrics_now(f"count({_PENDING}) or vector(0)", "pending"),
            unit="none",
            steps=((0, GOOD), (1, WARNING)),
            width=4,
        ),
        stat(
            "Held back",
            "Alerts that fire and that nobody is told about: silenced, muted, or explained by another one.",
            metrics_now('max(alertmanager_alerts{state="suppressed"})', "held back"),
            unit="none",
            steps=((0, GOOD), (1, NEUTRAL)),
            width=4,
        ),
        stat(
            "Silences",
            "Silences in force. When one is forgotten, the next incident is silent too: remove what is no longer "
            "needed.",
            metrics_now('max(alertmanager_silences{state="active"})', "active"),
            unit="none",
            steps=((0, GOOD), (1, WARNING)),
            width=4,
        ),
        stat(
            "Messages that failed",
            "Messages to people that did not get through within the dashboard's time. When it is red, nobody may know.",
            metrics_now(f"sum(increase(alertmanager_notifications_failed_total{{{_PEOPLE}}}[$__range]))", "failed"),
            unit="none",
            steps=((0, GOOD), (0.5, BAD)),
            decimals=0,
            width=8,
            empty="Nobody is told",
        ),
        firing(_TEAM, width=24, height=7),
    )


def _told(store: LogSource) -> tuple[Panel, ...]:
    return (
        table(
            "Who was told",
            "Messages to each receiver within the dashboard's time, and how many failed. A receiver of many messages "
            "has "
            "too many alerts.",
            {
                "sent": metrics_table(
                    "sum by (receiver_name, integration) "
                    f"(increase(alertmanager_notifications_total{{{_PEOPLE}}}[$__range]))"
                ),
                "failed": metrics_table(
                    "sum by (receiver_name, integration) "
                    f"(increase(alertmanager_notifications_failed_total{{{_PEOPLE}}}[$__range]))"
                ),
            },
            columns=(
                Column("receiver_name", "Receiver"),
                Column("integration", "By"),
                Column("Value #sent", "Messages", unit="none", decimals=0),
                Column("Value #failed", "Failed", unit="none", decimals=0, steps=((0, GOOD), (0.5, BAD))),
            ),
            sorted_by="Messages",
            empty="No receiver but the history",
        ),
        rate(
            "Messages over time",
            "Messages within each five minutes, by receiver. A storm is a sign that alerts are not grouped by their "
            "cause.",
            [
                metrics(
                    f"sum by (receiver_name) (increase(alertmanager_notifications_total{{{_PEOPLE}}}[5m]))",
                    "{{receiver_name}}",
                )
            ],
            unit="none",
            empty="No receiver but the history",
        ),
        ratio(
            "Messages that fail",
            "Share of messages that do not get through. Dashed: the threshold of AlertmanagerNotificationsFailing.",
            [
                metrics(
                    "sum by (integration) (rate(alertmanager_notifications_failed_total[5m])) "
                    "/ (sum by (integration) (rate(alertmanager_notifications_total[5m])) > 0)",
                    "{{integration}}",
                )
            ],
            threshold=metrics(limit("AlertmanagerNotificationsFailing", _ALERTMANAGER), "threshold"),
        ),
        latency(
            "How long a message takes",
            "What 95 % of messages took to be handed over, by way. When one is slow, its provider or the network is.",
            [
                metrics(
                    "histogram_quantile(0.95, sum by (integration, le) "
                    "(rate(alertmanager_notification_latency_seconds_bucket[5m])))",
                    "{{integration}} P95",
                )
            ],
        ),
        logs(
            "Messages",
            "Every message about alerts as it was told, the newest first: to whom, when, and why.",
            store,
            LogQuery((ALERT_HISTORY,)),
            empty="Nothing was told in this time",
            height=10,
        ),
    )


def _noise() -> tuple[Panel, ...]:
    return (
        time_series(
            "Firing over time",
            "How many alerts fired at once, by severity. A floor that never reaches 0 is noise that hides what is new.",
            [metrics(f"count by (severity) ({_FIRING})", "{{severity}}")],
            unit="none",
            stacked=True,
            empty="Nothing fired",
        ),
        bar_gauge(
            "Minutes firing",
            "The ten alerts that fired longest within the dashboard's time. What fires and is not acted on is to be "
            "mended "
            "or removed.",
            metrics_now(
                f"topk(10, sum by (alertname, service) (count_over_time({_FIRING}[$__range:1m])))",
                "{{alertname}} {{service}}",
            ),
            unit="m",
            steps=((0, NEUTRAL),),
            links=(of_service(),),
            empty="Nothing fired",
        ),
        table(
            "Came and went",
            "How often each alert began within the dashboard's time, short ones too. Many times is flapping: its "
            "limit or "
            "its wait is wrong.",
            metrics_table(
                "topk(20, sum by (alertname, severity, service) "
                f'(changes(ALERTS_FOR_STATE{{severity!="none", {_TEAM}}}[$__range]) + 1))'
            ),
            columns=(
                Column("alertname", "Alert"),
                Column("service", "Service", link=of_service("__data.fields.Service")),
                Column("severity", "Severity", colours=SEVERITY_COLOURS, width=90),
                Column("Value", "Times", unit="none"),
            ),
            sorted_by="Times",
            empty="Nothing began",
            width=24,
        ),
    )


def _alerts(signals: Signals) -> Dashboard:
    return dashboard(
        "alerts",
        "Alerts",
        "What fires, who was told about it, what was held back, and which alerts are noise.",
        variables=(query_variable("team", "Team", "label_values(up, owner)"),),
        annotations=marks(_TEAM),
        time_from="now-6h",
        rows=(
            DashboardRow("Health", _now()),
            DashboardRow("Noise", _noise()),
            DashboardRow("Who was told", _told(signals.logs)),
        ),
    )


DASHBOARD = _alerts

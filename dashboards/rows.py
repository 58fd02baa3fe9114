"""Rows and panels that several dashboards have, in the order that all of them keep: health first, logs last."""

from __future__ import annotations

from dashboards.about_services import CHOSEN, firing_for, limit, marks, of_service, service_variable
from dashboards.panels import (
    BAD,
    GOOD,
    HIGH,
    SEVERITY_COLOURS,
    Column,
    Dashboard,
    DashboardRow,
    Panel,
    dashboard,
    logs,
    stat,
    table,
)
from dashboards.queries import metrics_now, metrics_table
from dashboards.signals import LogQuery, Signals

_OF_THRESHOLD = ((0, GOOD), (0.8, HIGH), (1, BAD))


def kind_dashboard(
    kind: str,
    title: str,
    description: str,
    signals: Signals,
    *,
    health: tuple[Panel, ...] = (),
    rows: tuple[DashboardRow, ...],
) -> Dashboard:
    """The dashboard of programs of one kind, which has the kind's name: health first, logs last.

    Args:
        kind: whose services can be chosen.
        title: of the dashboard.
        description: what it shows.
        signals: where the logs are.
        health: what health is of these services besides what it is of all.
        rows: what stands between.
    """
    return dashboard(
        kind,
        title,
        description,
        variables=(service_variable(kind),),
        annotations=marks(),
        rows=(health_row(*health), *rows, logs_row(signals)),
    )


def health_row(*own: Panel) -> DashboardRow:
    """Is it up, what fires, and how near to its limits is it? The first row of a dashboard about services.

    Args:
        own: what health is of these services besides.
    """
    return DashboardRow("Health", (up(), firing(), *own))


def up() -> Panel:
    """Which of the chosen services are up."""
    return stat(
        "Up",
        "Down when no target of the service answers Prometheus, when its exporter cannot reach it, when its probe "
        "fails, or when nothing arrives from it. A service that is not here has no target: see JobMissing.",
        metrics_now(f"service:up{{{CHOSEN}}}", "{{service}}"),
        unit="none",
        steps=((0, BAD), (1, GOOD)),
        texts={"0": "Down", "1": "Up"},
        links=(of_service(),),
        width=12,
    )


def firing(chosen: str = CHOSEN, *, width: int = 12, height: int = 5) -> Panel:
    """What fires for the services that these matchers choose."""
    return table(
        "Firing alerts",
        "What fires for the chosen services, and since when. What to do: the runbook of the alert's name.",
        metrics_table(
            "1000 * max by (alertname, severity, service, owner) "
            f"(ALERTS_FOR_STATE{{{chosen}}} and ignoring (alertstate) {firing_for(chosen)})"
        ),
        columns=(
            Column("severity", "Severity", colours=SEVERITY_COLOURS, width=90),
            Column("alertname", "Alert"),
            Column("service", "Service", link=of_service("__data.fields.Service")),
            Column("owner", "Owner"),
            Column("Value", "Since", unit="dateTimeFromNow"),
        ),
        empty="Nothing fires",
        width=width,
        height=height,
    )


def firing_now(chosen: str = CHOSEN, *, width: int = 4, height: int = 5) -> Panel:
    """How many alerts fire."""
    return stat(
        "Alerts firing",
        "Alerts that fire now, silenced ones too. When it is not 0, the table of firing alerts says which.",
        metrics_now(f"count({firing_for(chosen)}) or vector(0)", "firing"),
        unit="none",
        steps=((0, GOOD), (1, BAD)),
        width=width,
        height=height,
    )


def share_of_threshold(title: str, description: str, recorded: str, alert: str, *, width: int = 8) -> Panel:
    """How near a recorded series is to the threshold of its alert: 1 is where it begins to fire.

    Args:
        title: shown above it.
        description: what it means and what to do about it.
        recorded: name of the recorded series, with the label `service`.
        alert: whose threshold it is.
        width: of 24 columns.
    """
    return stat(
        title,
        description,
        metrics_now(f"{recorded}{{{CHOSEN}}} / on (service) group_left () {limit(alert)}", "{{service}}"),
        unit="percentunit",
        steps=_OF_THRESHOLD,
        decimals=0,
        links=(of_service(),),
        width=width,
    )


def logs_row(signals: Signals) -> DashboardRow:
    """The last row of a dashboard about services: what their containers write."""
    return DashboardRow(
        "Logs",
        (
            logs(
                "Logs",
                "The newest lines of the chosen services' containers. A line with a trace ID leads to its trace.",
                signals.logs,
                LogQuery(services=("$service",)),
                empty="No line in this time",
            ),
        ),
    )

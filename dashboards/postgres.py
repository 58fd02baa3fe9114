"""PostgreSQL: its connections and transactions."""

from __future__ import annotations

from dashboards.about_services import CHOSEN, marks, service_variable, threshold
from dashboards.panels import Dashboard, DashboardRow, Panel, dashboard, time_series
from dashboards.queries import metrics
from dashboards.signals import Signals


def _connections() -> tuple[Panel, ...]:
    return (
        time_series(
            "Connections in use",
            "Share of max_connections in use. Dashed: the threshold of DatabaseConnectionsHigh.",
            [metrics(f"service:db_connections:ratio{{{CHOSEN}}}", "{{service}}")],
            unit="percentunit",
            threshold=threshold("DatabaseConnectionsHigh"),
            width=8,
        ),
        time_series(
            "Connections by state",
            "Many idle in transaction hold locks for nothing: look for a client that does not commit.",
            [metrics(f"sum by (service, state) (pg_stat_activity_count{{{CHOSEN}}})", "{{service}} {{state}}")],
            unit="none",
            stacked=True,
            width=8,
        ),
        time_series(
            "Transactions",
            "Transactions per second, of all databases of the server. Rollbacks are its clients' errors.",
            [
                metrics(
                    f"sum by (service) (rate(pg_stat_database_xact_{end}{{{CHOSEN}}}[5m]))",
                    f"{{{{service}}}} {end}",
                )
                for end in ("commit", "rollback")
            ],
            unit="ops",
            width=8,
        ),
    )


def _postgres(_signals: Signals) -> Dashboard:
    return dashboard(
        "postgres",
        "PostgreSQL",
        "PostgreSQL servers: connections and transactions.",
        variables=(service_variable("postgres"),),
        annotations=marks(),
        rows=(DashboardRow("Connections and transactions", _connections()),),
    )


DASHBOARD = _postgres

"""PgBouncer: who waits for a server connection and how long, how full its pools are, what passes through them."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards.about_services import threshold
from dashboards.panels import (
    BAD,
    GOOD,
    Dashboard,
    DashboardRow,
    Panel,
    latency,
    rate,
    saturation,
    stat,
    time_series,
)
from dashboards.queries import metrics, metrics_now
from dashboards.rows import kind_dashboard, share_of_threshold
from dashboards.sdk import Builder, Dataquery
from dashboards.series import highest, of, per_second, total
from dashboards.signals import Signals

# The console is a database too, which nobody else works with.
_PASSED_ON = 'database!="pgbouncer"'
_BY_DATABASE = "service, database"


def _near_limits() -> tuple[Panel, ...]:
    return (
        share_of_threshold(
            "Clients, of their threshold",
            "Clients connected, relative to the threshold of DatabaseConnectionsHigh. When red: PgBouncer soon refuses "
            "clients; see whether they wait for servers.",
            "service:db_connections:ratio",
            "DatabaseConnectionsHigh",
            width=12,
        ),
        stat(
            "Databases",
            "Whether a database was paused or disabled in the console. When red: RESUME or ENABLE opens it again.",
            metrics_now(f"max by (service) ({of('service:pgbouncer_closed:bool')})", "{{service}}"),
            unit="none",
            steps=((0, GOOD), (1, BAD)),
            texts={"0": "Open", "1": "Closed"},
            width=12,
        ),
    )


def _waits() -> tuple[Panel, ...]:
    maxwait = highest("pgbouncer_pools_client_maxwait_seconds", _PASSED_ON, by="service, database, user")
    return (
        time_series(
            "Clients waiting",
            "Clients that have something to do and no server connection to do it with. More than a few for minutes "
            "mean that the pool is too small, or that its servers are slow.",
            [
                metrics(
                    total("pgbouncer_pools_client_waiting_connections", _PASSED_ON, by="service, database, user"),
                    "{{service}} {{database}} {{user}}",
                )
            ],
            unit="none",
            width=8,
        ),
        latency(
            "Longest wait",
            "How long the client that has waited longest has done so, in whole seconds. Dashed: the threshold of "
            "PgbouncerClientsWaiting. When above: look for long transactions in PostgreSQL.",
            [metrics(maxwait, "{{service}} {{database}} {{user}}")],
            threshold=threshold("PgbouncerClientsWaiting"),
            width=8,
        ),
        latency(
            "Wait for a server, per transaction",
            "How long a transaction waits until it has a server connection, on average over five minutes. Dashed: the "
            "threshold of PgbouncerWaitHigh.",
            [metrics(of("service:pgbouncer_wait:mean5m"), "{{service}} {{database}}")],
            threshold=threshold("PgbouncerWaitHigh"),
            empty="No transactions",
            width=8,
        ),
    )


def _work() -> tuple[Panel, ...]:
    transactions = per_second("pgbouncer_stats_totals_sql_transactions_pooled_total", _PASSED_ON, by=_BY_DATABASE)
    return (
        rate(
            "Queries",
            "Queries that pass through per second. A sudden fall is as telling as a rise: clients may not get through.",
            [metrics(of("service:db_queries:rate5m"), "{{service}}")],
            unit="ops",
            width=8,
        ),
        rate(
            "Transactions",
            "Transactions per second, by database. As many as queries: every query is a transaction of its own.",
            [metrics(transactions, "{{service}} {{database}}")],
            unit="ops",
            width=8,
        ),
        latency(
            "Mean query time",
            "How long PostgreSQL takes for a query, on average over five minutes, without the wait for a connection. "
            "When it rises, pools fill.",
            [metrics(of("service:pgbouncer_query:mean5m"), "{{service}} {{database}}")],
            empty="No queries",
            width=8,
        ),
    )


def _room() -> tuple[Panel, ...]:
    return (
        saturation(
            "Server connections in use",
            "Share of pool_size that the fullest pool of a database uses, and of max_db_connections where that is set. "
            "Dashed: the threshold of PgbouncerPoolNearlyFull. At 1 clients wait; above it the reserve is used.",
            [metrics(of("service:pgbouncer_servers:ratio"), "{{service}} {{database}} {{limit}}")],
            threshold=threshold("PgbouncerPoolNearlyFull"),
            width=12,
        ),
        saturation(
            "Client connections in use",
            "Share of max_client_conn that is taken. Dashed: the threshold of DatabaseConnectionsHigh. At 1 clients "
            "are refused.",
            [metrics(of("service:db_connections:ratio"), "{{service}}")],
            threshold=threshold("DatabaseConnectionsHigh"),
            width=12,
        ),
    )


def _details() -> tuple[Panel, ...]:
    clients = {"active": "linked to a server", "waiting": "waiting"}
    servers = {
        "active": "with a client",
        "idle": "idle",
        "used": "idle for long",
        "testing": "tested",
        "login": "logging in",
    }
    in_transaction = per_second(
        "pgbouncer_stats_totals_server_in_transaction_seconds_total", _PASSED_ON, by=_BY_DATABASE
    )
    return (
        time_series(
            "Server connections",
            "Connections to PostgreSQL by what they do. Many that log in at once: connections do not last, or "
            "PostgreSQL refuses them.",
            _by_state("server", servers),
            unit="none",
        ),
        time_series(
            "Clients",
            "Clients that work or wait. Others are connected and have nothing to do.",
            _by_state("client", clients),
            unit="none",
        ),
        time_series(
            "Transactions open",
            "How many transactions are open at a time, on average over five minutes. Near the pool's size: make them "
            "shorter before the pool is made larger.",
            [metrics(in_transaction, "{{service}} {{database}}")],
            unit="none",
        ),
        rate(
            "Network",
            "Bytes per second from clients and to them. Much out for few queries means large results.",
            [
                metrics(per_second("pgbouncer_stats_totals_received_bytes_total", _PASSED_ON), "{{service}} received"),
                metrics(per_second("pgbouncer_stats_totals_sent_bytes_total", _PASSED_ON), "{{service}} sent"),
            ],
            unit="Bps",
        ),
    )


def _by_state(side: str, states: Mapping[str, str]) -> list[Builder[Dataquery]]:
    """Connections of clients or of servers, a line for each state, with the words for it."""
    return [
        metrics(
            total(f"pgbouncer_pools_{side}_{state}_connections", _PASSED_ON, by=_BY_DATABASE),
            f"{{{{service}}}} {{{{database}}}} {words}",
        )
        for state, words in states.items()
    ]


def _pgbouncer(signals: Signals) -> Dashboard:
    return kind_dashboard(
        "pgbouncer",
        "PgBouncer",
        "Pools of PgBouncer: who waits and how long, how full they are, what passes through.",
        signals,
        health=_near_limits(),
        rows=(
            DashboardRow("Waits", _waits()),
            DashboardRow("Traffic and latency", _work()),
            DashboardRow("Saturation", _room()),
            DashboardRow("Details", _details(), collapsed=True),
        ),
    )


DASHBOARD = _pgbouncer

"""MySQL and MariaDB: queries, slow ones, connections, the buffer pool, locks, replication."""

from __future__ import annotations

from dashboards.about_services import threshold
from dashboards.panels import (
    BAD,
    GOOD,
    Dashboard,
    DashboardRow,
    Panel,
    latency,
    rate,
    ratio,
    saturation,
    stat,
    time_series,
)
from dashboards.queries import metrics, metrics_now
from dashboards.rows import kind_dashboard, share_of_threshold
from dashboards.series import highest, of, per_second, share, threshold_of, total
from dashboards.signals import Signals

_STATEMENTS = "select|insert|insert_select|update|update_multi|delete|delete_multi|replace|commit|rollback"


def _near_limits() -> tuple[Panel, ...]:
    return (
        share_of_threshold(
            "Connections, of their threshold",
            "Connections open, relative to the server's threshold for DatabaseConnectionsHigh. When red: end idle "
            "sessions, or give clients smaller pools.",
            "service:db_connections:ratio",
            "DatabaseConnectionsHigh",
            width=12,
        ),
        stat(
            "Replication",
            "Whether both threads of a replica run. When red: SHOW REPLICA STATUS says which one stopped, and why.",
            metrics_now(f"min by (service) ({of('service:mysql_replica_running:bool')})", "{{service}}"),
            unit="none",
            steps=((0, BAD), (1, GOOD)),
            texts={"0": "Stopped", "1": "Running"},
            empty="No replica among these",
            width=12,
        ),
    )


def _work() -> tuple[Panel, ...]:
    return (
        rate(
            "Queries",
            "Statements of clients per second. A sudden fall is as telling as a rise: clients may not get through.",
            [metrics(of("service:db_queries:rate5m"), "{{service}}")],
            unit="ops",
            width=8,
        ),
        rate(
            "Slow queries",
            "Statements per second that took longer than long_query_time. When it rises: the slow query log names "
            "them; look for a missing index.",
            [metrics(per_second("mysql_global_status_slow_queries"), "{{service}}")],
            unit="ops",
            width=8,
        ),
        rate(
            "Connections that failed",
            "Attempts to connect that failed, and clients that went without saying so, per second. When it rises: "
            "wrong passwords, a network that cuts, or no place left.",
            [
                metrics(per_second("mysql_global_status_aborted_connects"), "{{service}} refused"),
                metrics(per_second("mysql_global_status_aborted_clients"), "{{service}} gone"),
            ],
            unit="ops",
            width=8,
        ),
        rate(
            "Waits for row locks",
            "How often per second a statement waited for a row that another transaction holds. When it rises: make "
            "transactions shorter.",
            [metrics(per_second("mysql_global_status_innodb_row_lock_waits"), "{{service}}")],
            unit="ops",
            width=8,
        ),
        rate(
            "Temporary tables on disk",
            "Temporary tables per second that did not fit into memory. When it rises: a query sorts or groups more "
            "than tmp_table_size.",
            [metrics(per_second("mysql_global_status_created_tmp_disk_tables"), "{{service}}")],
            unit="ops",
            width=8,
        ),
        time_series(
            "Threads running",
            "Statements that are being executed now. More than the server has cores for minutes means that it is "
            "saturated: SHOW PROCESSLIST says with what.",
            [metrics(total("mysql_global_status_threads_running"), "{{service}}")],
            unit="none",
            width=8,
        ),
    )


def _room() -> tuple[Panel, ...]:
    reads = per_second("mysql_global_status_innodb_buffer_pool_reads")
    asked = per_second("mysql_global_status_innodb_buffer_pool_read_requests")
    return (
        saturation(
            "Connections in use",
            "Share of max_connections that is taken. Dashed: the threshold of DatabaseConnectionsHigh. At 1 clients "
            "are refused: end idle sessions.",
            [metrics(of("service:db_connections:ratio"), "{{service}}")],
            threshold=threshold("DatabaseConnectionsHigh"),
            width=8,
        ),
        ratio(
            "Found in the buffer pool",
            "Share of reads of pages that needed no disk, over five minutes. When it falls: the pool is too small for "
            "what is asked, or a query reads whole tables.",
            [metrics(f"1 - {reads} / ({asked} > 0)", "{{service}}")],
            empty="Nothing was read",
            width=8,
        ),
        time_series(
            "Buffer pool",
            "Bytes of data in InnoDB's pool, and how many of them are still to be written. Dashed: its size.",
            [
                metrics(highest("mysql_global_status_innodb_buffer_pool_bytes_data"), "{{service}} data"),
                metrics(highest("mysql_global_status_innodb_buffer_pool_bytes_dirty"), "{{service}} to be written"),
            ],
            unit="bytes",
            threshold=metrics(highest("mysql_global_variables_innodb_buffer_pool_size"), "{{service}} size"),
            width=8,
        ),
    )


def _copies() -> tuple[Panel, ...]:
    lag = of("service:mysql_replica_lag:seconds")
    return (
        latency(
            "Replica lag",
            "How far a replica is behind its source, without the delay that it was told to keep. Dashed: the "
            "threshold of MysqlReplicaLag. When above: look at its load and at long transactions of the source.",
            [metrics(f"max by (service) ({lag})", "{{service}}")],
            threshold=threshold_of("MysqlReplicaLag", f"max by (service) ({lag})"),
            empty="No replica among these",
            width=24,
        ),
    )


def _details() -> tuple[Panel, ...]:
    statements = f'command=~"{_STATEMENTS}"'
    return (
        rate(
            "Statements by kind",
            "Statements per second by what they do. Many rollbacks are errors of the application.",
            [
                metrics(
                    f"{per_second('mysql_global_status_commands_total', statements, by='service, command')} > 0",
                    "{{service}} {{command}}",
                )
            ],
            unit="ops",
            empty="No statement",
        ),
        rate(
            "Network",
            "Bytes per second in and out. Much out for few queries means large results.",
            [
                metrics(per_second("mysql_global_status_bytes_received"), "{{service}} received"),
                metrics(per_second("mysql_global_status_bytes_sent"), "{{service}} sent"),
            ],
            unit="Bps",
        ),
        ratio(
            "Table locks that waited",
            "Share of requests for a table lock that had to wait. When it rises: somebody uses tables without row "
            "locks, or changes a table.",
            [
                metrics(
                    share(
                        per_second("mysql_global_status_table_locks_waited"),
                        per_second("mysql_global_status_table_locks_immediate"),
                    ),
                    "{{service}}",
                )
            ],
            empty="No table locks",
        ),
        time_series(
            "Up since",
            "How long the server has run. A fall to 0 is a restart: its error log says why.",
            [metrics(highest("mysql_global_status_uptime"), "{{service}}")],
            unit="s",
        ),
    )


def _mysql(signals: Signals) -> Dashboard:
    return kind_dashboard(
        "mysql",
        "MySQL",
        "MySQL and MariaDB servers: queries, slow ones, connections, buffer pool, locks, replication.",
        signals,
        health=_near_limits(),
        rows=(
            DashboardRow("Traffic, errors, latency", _work()),
            DashboardRow("Saturation", _room()),
            DashboardRow("Replication", _copies()),
            DashboardRow("Details", _details(), collapsed=True),
        ),
    )


DASHBOARD = _mysql

"""PostgreSQL: connections, transactions, locks, cache, replication, and what vacuum has to do."""

from __future__ import annotations

from dashboards.about_services import threshold
from dashboards.panels import Dashboard, DashboardRow, Panel, latency, rate, ratio, saturation, time_series
from dashboards.queries import metrics
from dashboards.rows import kind_dashboard, share_of_threshold
from dashboards.series import highest, of, per_second, share, threshold_of, total
from dashboards.signals import Signals


def _near_limits() -> tuple[Panel, ...]:
    return (
        share_of_threshold(
            "Connections, of their threshold",
            "Connections in use, relative to the server's threshold for DatabaseConnectionsHigh. When red: end idle "
            "sessions, or give clients smaller pools.",
            "service:db_connections:ratio",
            "DatabaseConnectionsHigh",
            width=12,
        ),
    )


def _work() -> tuple[Panel, ...]:
    return (
        rate(
            "Transactions",
            "Transactions per second, of all databases of the server. Rollbacks are its clients' errors: look into "
            "their logs when these rise.",
            [
                metrics(per_second(f"pg_stat_database_xact_{end}"), f"{{{{service}}}} {end}")
                for end in ("commit", "rollback")
            ],
            unit="ops",
            width=8,
        ),
        latency(
            "Longest query and transaction",
            "How long the slowest query and the oldest open transaction of now have run. Above the dashed threshold "
            "of PostgresLongTransaction: ask pg_stat_activity who it is, and end it.",
            [
                metrics(highest("postgres_queries_longest_seconds"), "{{service}} query"),
                metrics(highest("postgres_transactions_oldest_seconds"), "{{service}} transaction"),
            ],
            threshold=threshold("PostgresLongTransaction"),
            width=8,
        ),
        time_series(
            "Queries waiting for locks",
            "Queries that wait for a lock now. When it stays above 0: pg_blocking_pids() says who holds it.",
            [metrics(total("postgres_queries_blocked"), "{{service}}")],
            unit="none",
            width=8,
        ),
        ratio(
            "Found in the cache",
            "Share of blocks that were in shared_buffers, over five minutes. When it falls: a query reads whole "
            "tables, or memory has become too small.",
            [
                metrics(
                    share(per_second("pg_stat_database_blks_hit"), per_second("pg_stat_database_blks_read")),
                    "{{service}}",
                )
            ],
            empty="Nothing was read",
            width=8,
        ),
        time_series(
            "Deadlocks",
            "Deadlocks broken in the last ten minutes. Dashed: the threshold of PostgresDeadlocks. The server's log "
            "names both queries: let them take locks in the same order.",
            [
                metrics(
                    f"sum by (service, datname) (increase({of('pg_stat_database_deadlocks')}[10m]))",
                    "{{service}} {{datname}}",
                )
            ],
            unit="none",
            threshold=threshold("PostgresDeadlocks"),
            width=8,
        ),
        rate(
            "Temporary files",
            "Bytes per second that queries write to disk because work_mem is too small for them. When high: find the "
            "query with log_temp_files, and give it an index or memory.",
            [metrics(per_second("pg_stat_database_temp_bytes"), "{{service}}")],
            unit="Bps",
            width=8,
        ),
    )


def _room() -> tuple[Panel, ...]:
    return (
        saturation(
            "Connections in use",
            "Share of the places for clients that are taken. Dashed: the threshold of DatabaseConnectionsHigh. At 1 "
            "clients are refused: end idle sessions.",
            [metrics(of("service:db_connections:ratio"), "{{service}}")],
            threshold=threshold("DatabaseConnectionsHigh"),
            width=8,
        ),
        time_series(
            "Connections by state",
            "Sessions by what they do. Many idle in transaction hold locks for nothing: look for a client that does "
            "not commit.",
            [metrics(f"{total('pg_stat_activity_count', by='service, state')} > 0", "{{service}} {{state}}")],
            unit="none",
            stacked=True,
            width=8,
        ),
        time_series(
            "Connections against their limit",
            "Sessions of clients. Dashed: how many the server allows them, which is max_connections without reserved "
            "places.",
            [metrics(highest("postgres_connections_used"), "{{service}}")],
            unit="none",
            threshold=metrics(highest("postgres_connections_allowed"), "{{service}} allowed"),
            width=8,
        ),
        ratio(
            "Transaction IDs used",
            "How far the oldest row that is not frozen is on the way to where writes stop. Dashed: the threshold of "
            "PostgresWraparoundRisk. When above: end old transactions and slots, then vacuum.",
            [metrics(of("service:postgres_wraparound:ratio"), "{{service}} {{datname}}")],
            threshold=threshold("PostgresWraparoundRisk"),
            width=8,
        ),
        ratio(
            "Dead rows",
            "Share of rows that vacuum has yet to remove, in each database that the stack file names. When it keeps "
            "rising: an old transaction holds vacuum back, or autovacuum is too slow.",
            [
                metrics(
                    f"{of('postgres_tuples_dead')} / ({of('postgres_tuples_dead')} + {of('postgres_tuples_live')} > 0)",
                    "{{service}} {{datname}}",
                )
            ],
            empty="No rows",
            width=8,
        ),
        time_series(
            "Size",
            "Bytes of each database on disk. When one grows for no reason: look at dead rows, and at what is never "
            "deleted.",
            [metrics(highest("pg_database_size_bytes", by="service, datname"), "{{service}} {{datname}}")],
            unit="bytes",
            width=8,
        ),
    )


def _copies() -> tuple[Panel, ...]:
    lag = of("postgres_replica_lag_seconds")
    kept = of("postgres_slot_retained_bytes")
    return (
        latency(
            "Replica lag",
            "Age of the newest transaction that a replica has replayed, while more is to come. Dashed: the threshold "
            "of PostgresReplicaLag. When above: look at its load, its disk and long queries on it.",
            [metrics(highest("postgres_replica_lag_seconds"), "{{service}}")],
            threshold=threshold_of("PostgresReplicaLag", lag),
            empty="No replica among these",
            width=8,
        ),
        time_series(
            "Standbys connected",
            "Standbys that stream from the server, by their name. When one is missing: see its log, and whether its "
            "slot is lost.",
            [metrics(total("postgres_standby_connected", by="service, application_name"), "{{application_name}}")],
            unit="none",
            empty="No standby",
            width=8,
        ),
        time_series(
            "WAL kept by slots",
            "Bytes of WAL that wait for the consumer of a slot. Dashed: the threshold of PostgresSlotRetainingWal. "
            "When above: wake the consumer, or drop its slot before the disk is full.",
            [metrics(highest("postgres_slot_retained_bytes", by="service, slot_name"), "{{service}} {{slot_name}}")],
            unit="bytes",
            threshold=threshold_of("PostgresSlotRetainingWal", kept),
            empty="No replication slot",
            width=8,
        ),
    )


def _details() -> tuple[Panel, ...]:
    rows = ("returned", "fetched", "inserted", "updated", "deleted")
    return (
        rate(
            "Rows",
            "Rows per second by what was done with them. Many returned for few fetched are read without an index.",
            [metrics(per_second(f"pg_stat_database_tup_{row}"), f"{{{{service}}}} {row}") for row in rows],
            unit="ops",
        ),
        time_series(
            "Locks",
            "Locks that are held or waited for, by mode. An exclusive one that stays blocks a table: see who waits.",
            [metrics(f"{total('pg_locks_count', by='service, mode')} > 0", "{{service}} {{mode}}")],
            unit="none",
        ),
        time_series(
            "Failed attempts to archive",
            "Attempts of archive_command that failed in the last 15 minutes. Above 0: backups end where the archive "
            "ends, so see the server's log.",
            [metrics(f"sum by (service) (increase({of('pg_stat_archiver_failed_count')}[15m]))", "{{service}}")],
            unit="none",
        ),
        time_series(
            "Age of the last archived WAL",
            "Time since a file of WAL was archived. It grows on a quiet server too; with failures beside it, the "
            "archive is broken.",
            [metrics(f"{highest('pg_stat_archiver_last_archive_age')} >= 0", "{{service}}")],
            unit="s",
            empty="Nothing was ever archived",
        ),
    )


def _postgres(signals: Signals) -> Dashboard:
    return kind_dashboard(
        "postgres",
        "PostgreSQL",
        "PostgreSQL servers: transactions, slow queries and locks, connections, vacuum, replication.",
        signals,
        health=_near_limits(),
        rows=(
            DashboardRow("Traffic, errors, latency", _work()),
            DashboardRow("Saturation", _room()),
            DashboardRow("Replication", _copies()),
            DashboardRow("Details", _details(), collapsed=True),
        ),
    )


DASHBOARD = _postgres

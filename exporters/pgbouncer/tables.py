"""What PgBouncer's console shows, as metrics with pgbouncer_exporter's names. Nothing here connects to anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

ConsoleRow = Mapping[str, object]
"""A row of the console by its columns; one that is not set is None."""


@dataclass(frozen=True)
class ConsoleTable:
    """An answer of the console with a row for each of something.

    Attributes:
        name: what is shown, and a part of every metric's name.
        labels: columns that say what a row is about.
        figures: the rest of a metric's name by column; one that ends in `_total` is a counter. Versions differ in
            which columns they have.
    """

    name: str
    labels: tuple[str, ...]
    figures: Mapping[str, str]


TABLES = (
    ConsoleTable(
        "databases",
        ("name", "host", "port", "database", "force_user", "pool_mode"),
        {
            "pool_size": "pool_size",
            # Two names of one column: PgBouncer 1.24 changed it.
            "reserve_pool": "reserve_pool",
            "reserve_pool_size": "reserve_pool",
            "max_connections": "max_connections",
            "current_connections": "current_connections",
            "paused": "paused",
            "disabled": "disabled",
        },
    ),
    ConsoleTable(
        "pools",
        ("database", "user"),
        {
            "cl_active": "client_active_connections",
            "cl_active_cancel_req": "client_active_cancel_connections",
            "cl_waiting": "client_waiting_connections",
            "cl_waiting_cancel_req": "client_waiting_cancel_connections",
            "sv_active": "server_active_connections",
            "sv_active_cancel": "server_active_cancel_connections",
            "sv_being_canceled": "server_being_canceled_connections",
            "sv_idle": "server_idle_connections",
            "sv_used": "server_used_connections",
            "sv_tested": "server_testing_connections",
            "sv_login": "server_login_connections",
            "maxwait": "client_maxwait_seconds",
        },
    ),
    ConsoleTable(
        "stats_totals",
        ("database",),
        {
            "server_assignment_count": "server_assignments_total",
            "xact_count": "sql_transactions_pooled_total",
            "query_count": "queries_pooled_total",
            "bytes_received": "received_bytes_total",
            "bytes_sent": "sent_bytes_total",
            "xact_time": "server_in_transaction_seconds_total",
            "query_time": "queries_duration_seconds_total",
            "wait_time": "client_wait_seconds_total",
            "client_parse_count": "client_parses_total",
            "server_parse_count": "server_parses_total",
            "bind_count": "binds_total",
        },
    ),
)
"""What is shown as a table, by `SHOW` and its name."""
# Columns of times that the console has in microseconds.
_MICROSECONDS = ("xact_time", "query_time", "wait_time")
_LISTS = {
    "databases": "databases",
    "users": "users",
    "pools": "pools",
    "free_clients": "free_clients",
    "used_clients": "used_clients",
    "login_clients": "login_clients",
    "free_servers": "free_servers",
    "used_servers": "used_servers",
    "dns_names": "cached_dns_names",
    "dns_zones": "cached_dns_zones",
    "dns_queries": "in_flight_dns_queries",
}
_SETTINGS = {
    "max_client_conn": "config_max_client_connections",
    "max_user_connections": "config_max_user_connections",
}


def table_metrics(table: ConsoleTable, rows: Iterable[ConsoleRow]) -> Iterator[Metric]:
    """A metric for each figure of a table that this version of PgBouncer shows."""
    families: dict[str, Metric] = {}
    for row in rows:
        labels = {label: "" if row.get(label) is None else str(row[label]) for label in table.labels}
        for column in table.figures.keys() & row.keys():
            name = f"pgbouncer_{table.name}_{table.figures[column]}"
            made = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            family = families.setdefault(
                name, made(name, f"{column} of SHOW {table.name.upper()}.", labels=table.labels)
            )
            value = float(str(row[column])) / (1e6 if column in _MICROSECONDS else 1)
            family.add_sample(name, labels, value)
    yield from families.values()


def list_metrics(rows: Iterable[ConsoleRow]) -> Iterator[Metric]:
    """How many there are of everything in SHOW LISTS."""
    for row in rows:
        if name := _LISTS.get(str(row["list"])):
            yield GaugeMetricFamily(f"pgbouncer_{name}", "From SHOW LISTS.", float(str(row["items"])))


def setting_metrics(rows: Iterable[ConsoleRow]) -> Iterator[Metric]:
    """The limits among the settings in SHOW CONFIG."""
    for row in rows:
        if name := _SETTINGS.get(str(row["key"])):
            yield GaugeMetricFamily(f"pgbouncer_{name}", "From SHOW CONFIG.", float(str(row["value"])))


def version_metrics(rows: Iterable[ConsoleRow]) -> Iterator[Metric]:
    """Which PgBouncer it is, as a label."""
    for row in rows:
        family = GaugeMetricFamily("pgbouncer_version_info", "From SHOW VERSION.", labels=["version"])
        family.add_metric([str(row["version"])], 1)
        yield family

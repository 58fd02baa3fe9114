"""What our own PgBouncer exporter makes of the console's answers."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import Metric

from exporters.pgbouncer.tables import (
    TABLES,
    ConsoleRow,
    list_metrics,
    setting_metrics,
    table_metrics,
    version_metrics,
)


def samples(metrics: Iterable[Metric]) -> dict[tuple[str, tuple[str, ...]], float]:
    """Values by name and label values."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value for metric in metrics for sample in metric.samples
    }


def shown(name: str, *rows: ConsoleRow) -> dict[tuple[str, tuple[str, ...]], float]:
    (table,) = [table for table in TABLES if table.name == name]
    return samples(table_metrics(table, rows))


def test_pools_are_told_apart_by_database_and_user() -> None:
    rows = [
        {"database": "shop", "user": "app", "cl_waiting": 3, "maxwait": 2, "maxwait_us": 5, "pool_mode": "session"},
        {"database": "shop", "user": "web", "cl_waiting": 0, "maxwait": 0, "maxwait_us": 0, "pool_mode": "session"},
    ]
    assert shown("pools", *rows) == {
        ("pgbouncer_pools_client_waiting_connections", ("shop", "app")): 3,
        ("pgbouncer_pools_client_maxwait_seconds", ("shop", "app")): 2,
        ("pgbouncer_pools_client_waiting_connections", ("shop", "web")): 0,
        ("pgbouncer_pools_client_maxwait_seconds", ("shop", "web")): 0,
    }


def test_what_is_not_set_is_an_empty_label() -> None:
    row = {"name": "shop", "host": None, "port": 5432, "database": "shop", "force_user": None, "pool_mode": None}
    assert shown("databases", {**row, "paused": 1}) == {
        ("pgbouncer_databases_paused", ("shop", "", "5432", "shop", "", "")): 1
    }


def test_both_names_of_the_reserve_are_one_metric() -> None:
    labels = dict.fromkeys(("name", "host", "port", "database", "force_user", "pool_mode"), "")
    for column in ("reserve_pool", "reserve_pool_size"):
        assert [*shown("databases", {**labels, column: 4}).values()] == [4]


def test_times_of_the_console_are_microseconds_and_its_sums_are_counters() -> None:
    found = shown("stats_totals", {"database": "shop", "xact_count": "12", "wait_time": 2_500_000, "bytes_sent": 7})
    assert found == {
        ("pgbouncer_stats_totals_sql_transactions_pooled_total", ("shop",)): 12,
        ("pgbouncer_stats_totals_client_wait_seconds_total", ("shop",)): 2.5,
        ("pgbouncer_stats_totals_sent_bytes_total", ("shop",)): 7,
    }


def test_lists_and_settings_that_have_no_metric_are_left_out() -> None:
    lists = [{"list": "used_clients", "items": 6}, {"list": "dns_pending", "items": 0}]
    assert samples(list_metrics(lists)) == {("pgbouncer_used_clients", ()): 6}
    settings = [{"key": "max_client_conn", "value": "100"}, {"key": "auth_type", "value": "hba"}]
    assert samples(setting_metrics(settings)) == {("pgbouncer_config_max_client_connections", ()): 100}


def test_its_version_is_a_label() -> None:
    found = samples(version_metrics([{"version": "PgBouncer 1.18.0"}]))
    assert found == {("pgbouncer_version_info", ("PgBouncer 1.18.0",)): 1}

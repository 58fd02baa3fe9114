"""What our own MySQL exporter makes of an options file and of a server's answers."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from prometheus_client.core import Metric

from exporters.mysql.login import MysqlLogin, read_login
from exporters.mysql.rows import number, replica_metrics, status_metrics, variable_metrics

OPTIONS = '[client]\nhost = ::1\nport = 3307\ndollar = $\nuser = """{user}"""\npassword = """{password}"""\n'


def samples(metrics: Iterable[Metric]) -> dict[tuple[str, tuple[str, ...]], float]:
    """Values by name and label values."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value for metric in metrics for sample in metric.samples
    }


@pytest.mark.parametrize("text", ["a'b\"c\\d", '"""', 'x"""y', "#;[client]", " = ", "a %(user)s", ""])
def test_between_three_quotes_a_text_is_read_as_it_is(text: str) -> None:
    assert read_login(OPTIONS.format(user="monitor", password=text)) == MysqlLogin("::1", 3307, "monitor", text)


def test_what_stands_for_a_dollar_sign_is_one() -> None:
    login = read_login(OPTIONS.format(user="pay%(dollar)sHOME", password="%(dollar)s%(dollar)s"))
    assert (login.user, login.password) == ("pay$HOME", "$$")


def test_certificates_are_named_by_their_files() -> None:
    text = OPTIONS.format(user="u", password="p") + "ssl-ca = /a/ca.pem\nssl-cert = /a/c.pem\nssl-key = /a/key.pem\n"
    assert read_login(text) == MysqlLogin("::1", 3307, "u", "p", "/a/ca.pem", "/a/c.pem", "/a/key.pem")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Yes", 1),
        ("OFF", 0),
        ("Connecting", 0),
        ("1.5", 1.5),
        ("binlog.000042", 42),
        ("1970-01-01 00:01:00", 60),
        ("Jan  1 00:01:00 1970 GMT", 60),
        ("", None),
        ("InnoDB", None),
    ],
)
def test_words_times_and_files_are_numbers_and_other_texts_are_not(text: str, value: float | None) -> None:
    assert number(text) == value


def test_counters_of_one_kind_are_one_metric() -> None:
    rows = [
        ("Com_select", "5"),
        ("Com_insert", "2"),
        ("Innodb_buffer_pool_pages_data", "7"),
        ("Innodb_buffer_pool_pages_total", "9"),
        ("Innodb_buffer_pool_pages_dirty", "1"),
        ("Innodb_buffer_pool_pages_flushed", "3"),
        ("Threads_connected", "4"),
        ("Ssl_cipher", ""),
    ]
    assert samples(status_metrics(rows)) == {
        ("mysql_global_status_commands_total", ("select",)): 5,
        ("mysql_global_status_commands_total", ("insert",)): 2,
        ("mysql_global_status_buffer_pool_pages", ("data",)): 7,
        ("mysql_global_status_buffer_pool_dirty_pages", ()): 1,
        ("mysql_global_status_buffer_pool_page_changes_total", ("flushed",)): 3,
        ("mysql_global_status_threads_connected", ()): 4,
    }


def test_settings_that_are_texts_are_left_out() -> None:
    rows = [("max_connections", "151"), ("read_only", "ON"), ("version_comment", "Debian 12")]
    assert samples(variable_metrics(rows)) == {
        ("mysql_global_variables_max_connections", ()): 151,
        ("mysql_global_variables_read_only", ()): 1,
    }


def test_a_replica_tells_of_each_source() -> None:
    """MariaDB's row of one source, and MySQL 8.4's of another, whose replication stands still."""
    rows: list[dict[str, object]] = [
        {"Connection_name": "shop", "Master_Host": "a", "Slave_IO_Running": "Yes", "Seconds_Behind_Master": 3},
        {"Source_Host": "b", "Source_UUID": "u-1", "Replica_IO_Running": "No", "Seconds_Behind_Source": None},
    ]
    assert samples(replica_metrics(rows)) == {
        ("mysql_slave_status_slave_io_running", ("a", "", "", "shop")): 1,
        ("mysql_slave_status_seconds_behind_master", ("a", "", "", "shop")): 3,
        ("mysql_slave_status_replica_io_running", ("b", "u-1", "", "")): 0,
    }

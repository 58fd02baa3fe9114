"""What a server says of itself, as metrics with mysqld_exporter's names. Nothing here connects to anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, UnknownMetricFamily

Rows = Iterable[tuple[str, str]]
"""Names and values, as SHOW GLOBAL STATUS and SHOW GLOBAL VARIABLES give them."""

_WORDS = {
    **dict.fromkeys(("yes", "on", "primary"), 1.0),
    **dict.fromkeys(("no", "off", "disabled", "connecting", "non-primary", "disconnected"), 0.0),
}
_TIMES = ("%Y-%m-%d %H:%M:%S", "%b %d %H:%M:%S %Y %Z")
# Of a log file's name, its number counts.
_LOG_FILE = re.compile(r".+\.(\d+)")
# Beginnings of names that stand for many of one kind: the metric, and the label with the rest of the name.
_GROUPS = {
    "com_": ("commands_total", "command"),
    "handler_": ("handlers_total", "handler"),
    "connection_errors_": ("connection_errors_total", "error"),
    "innodb_rows_": ("innodb_row_ops_total", "operation"),
    "performance_schema_": ("performance_schema_lost_total", "instrumentation"),
}
_PAGES = "innodb_buffer_pool_pages_"
_PAGE_STATES = ("data", "free", "misc", "old")
_REPLICA_LABELS = ("master_host", "master_uuid", "channel_name", "connection_name")


def number(text: str) -> float | None:
    """A value as a number: words that mean yes or no, times in UTC as seconds; None for any other text."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for form in _TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    try:
        return float(text)
    except ValueError:
        file = _LOG_FILE.fullmatch(text)
        return float(file[1]) if file else None


def status_metrics(rows: Rows) -> Iterator[Metric]:
    """Counters and states out of SHOW GLOBAL STATUS."""
    families: dict[str, Metric] = {}
    for name, value in _numbers(rows):
        if name.startswith(_PAGES):
            _page(families, name.removeprefix(_PAGES), value)
        elif group := next((start for start in _GROUPS if name.startswith(start)), None):
            metric, label = _GROUPS[group]
            _counter(families, metric, label, name.removeprefix(group), value)
        else:
            families[name] = UnknownMetricFamily(f"mysql_global_status_{name}", "From SHOW GLOBAL STATUS.", value)
    yield from families.values()


def variable_metrics(rows: Rows) -> Iterator[Metric]:
    """Settings that are numbers, or on and off, out of SHOW GLOBAL VARIABLES."""
    for name, value in dict(_numbers(rows)).items():
        yield GaugeMetricFamily(f"mysql_global_variables_{name}", "From SHOW GLOBAL VARIABLES.", value)


def replica_metrics(replicas: Iterable[Mapping[str, object]]) -> Iterator[Metric]:
    """What a replica says of each source that it follows; MySQL 8.4 and others call the columns by different names."""
    families: dict[str, Metric] = {}
    for row in replicas:
        named = {
            "master_host": row.get("Master_Host", row.get("Source_Host")),
            "master_uuid": row.get("Master_UUID", row.get("Source_UUID")),
            "channel_name": row.get("Channel_Name"),
            "connection_name": row.get("Connection_name"),
        }
        labels = [str(named[label] or "") for label in _REPLICA_LABELS]
        for name, value in _numbers((column, "" if said is None else str(said)) for column, said in row.items()):
            metric = f"mysql_slave_status_{name}"
            family = families.setdefault(
                name, UnknownMetricFamily(metric, "From the replica's status.", labels=_REPLICA_LABELS)
            )
            family.add_sample(metric, dict(zip(_REPLICA_LABELS, labels, strict=True)), value)
    yield from families.values()


def _numbers(rows: Rows) -> Iterator[tuple[str, float]]:
    for name, text in rows:
        if (value := number(text)) is not None:
            yield re.sub("[^a-z0-9_]", "_", name.lower()), value


def _counter(families: dict[str, Metric], metric: str, label: str, rest: str, value: float) -> None:
    full = f"mysql_global_status_{metric}"
    family = families.setdefault(metric, CounterMetricFamily(full, "From SHOW GLOBAL STATUS.", labels=[label]))
    family.add_sample(full, {label: rest}, value)


def _page(families: dict[str, Metric], rest: str, value: float) -> None:
    """Pages of InnoDB's buffer pool: how many there are in which state, and what was done to them."""
    metric = "mysql_global_status_buffer_pool_pages"
    if rest in _PAGE_STATES:
        family = families.setdefault(metric, GaugeMetricFamily(metric, "From SHOW GLOBAL STATUS.", labels=["state"]))
        family.add_sample(metric, {"state": rest}, value)
    elif rest == "dirty":
        name = "mysql_global_status_buffer_pool_dirty_pages"
        families[name] = GaugeMetricFamily(name, "From SHOW GLOBAL STATUS.", value)
    elif rest != "total":
        # The sum of the states would count twice.
        _counter(families, "buffer_pool_page_changes_total", "operation", rest, value)

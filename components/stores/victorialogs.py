"""VictoriaLogs: logs and the history of alerts. Apache-2.0.

A program of it has one retention. Each class of records therefore has a program of its own, and one more searches all
of them: that one is what people and Grafana ask, and it asks for a login.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from catalog.plan import BasicAuth, MonitoringPlan
from components.base import Component
from components.datasource import DataSource
from components.endpoints import ADMIN, GATEWAY_OTLP_GRPC, GRAFANA, PROMETHEUS, VIEWER, Endpoint, GuardedEndpoint
from components.shared import whole_hours
from components.stores.panel import PanelAnswer, Window
from components.stores.store import (
    RETENTION_CLASS,
    LineCount,
    LogLine,
    LogStore,
    Question,
    RetentionClass,
    StoreExporter,
    kept,
    newest_of,
    trace_link,
)
from dashboards.signals import LogQuery, SourceRef
from settings.secrets import SecretFile, secret_path
from settings.types import Duration, mebibytes
from workloads.workload import HttpProbe, Limits, Metrics, Volume, Workload

_PORT = 9428
_SEARCH = GuardedEndpoint(
    "victorialogs",
    _PORT,
    reach="people",
    login=BasicAuth(ADMIN, "victorialogsPassword"),
    guarded_path="/select/logsql/field_names?query=_time:1m",
)
_KEEPERS = {retention: Endpoint(f"victorialogs-{retention}", _PORT) for retention in RetentionClass}
# Shares of `logs.storage`: alerts are few, and a flood is rarely of warnings.
_SHARES = {RetentionClass.DEFAULT: 0.6, RetentionClass.WARNING: 0.3, RetentionClass.ALERTS: 0.1}
# The rest of a volume is for merging parts, which needs room beside them.
_DATA_SHARE = 0.9
_FOLDER = "/victoria-logs-data"
# Upstream's image has no user of its own and runs as any.
_USER = 10001
_PLUGIN = "victoriametrics-logs-datasource"
_PLUGIN_VERSION = "0.21.0"
_VARIABLE = re.compile(r"\$(\w+)")
# What it says of a record without a severity.
_UNSET = "Unspecified"


class VictoriaLogs(Component):
    """One program of the log database."""

    type_token = "monitoring:components:VictoriaLogs"


class VictoriaLogsStore(LogStore):
    """One program for each class of records, each with a retention, a volume and a queue of its own."""

    name = "victorialogs"
    title = "VictoriaLogs"
    default_with = "built"
    # It deletes whole days.
    shortest_retention = "1d"
    # Four programs share it.
    smallest_memory = "256Mi"
    query_paths = "/select/logsql/(query|stats_query|stats_query_range)"
    images = ("victorialogs",)
    endpoints = (_SEARCH, *_KEEPERS.values())
    component = VictoriaLogs
    rules = ("victorialogs",)
    tool = "victoria-logs"
    differs = (
        "Each class of logs has a program and a volume of its own, and one program searches all of them."
        " Beyond 90 % of its volume a class loses its oldest days."
    )
    source = SourceRef("victorialogs", _PLUGIN)

    def workloads(self, plan: MonitoringPlan) -> tuple[Workload, ...]:
        """Those that keep, then the one that searches."""
        settings = plan.settings.logs
        limits = Limits(cpus=1, memory_mebibytes=mebibytes(settings.memory) // (len(_KEEPERS) + 1))
        periods = kept(plan.settings.retention)
        keepers = [
            _keeper(endpoint, periods[retention], int(mebibytes(settings.storage) * _SHARES[retention]), limits)
            for retention, endpoint in _KEEPERS.items()
        ]
        return (*keepers, _searcher(limits))

    def exporter(self, retention: RetentionClass) -> StoreExporter:
        """By OTLP, straight to the program that keeps the class."""
        endpoint = _KEEPERS[retention]
        # Without it every resource attribute would be part of the stream's name. The line is the record's body: a field
        # for it (VL-Msg-Field) would take the place of the body of a record that has both.
        headers = {"VL-Stream-Fields": f"service.name,{RETENTION_CLASS}"}
        config = {"logs_endpoint": f"{endpoint.url}/insert/opentelemetry/v1/logs", "headers": headers}
        return StoreExporter(f"otlp_http/victorialogs_{retention}", endpoint, config)

    def data_source(self, traces: SourceRef) -> DataSource:
        """A line's trace ID is a field of it."""
        options = {"derivedFields": [trace_link(traces)]}
        return DataSource(self.source, self.title, _SEARCH, options=options, plugin=f"{_PLUGIN}@{_PLUGIN_VERSION}")

    def trace_to_logs(self) -> Mapping[str, Any]:
        """By the trace's ID, among the lines of the span's service."""
        return {"filterByTraceID": True, "tags": [{"key": "service.name"}]}

    def panel_query(self, query: LogQuery, max_lines: int) -> Mapping[str, Any]:
        """A query for lines, which Grafana's plugin calls instant."""
        return {"expr": _logsql(query), "queryType": "instant", "maxLines": max_lines}

    def panel_question(self, target: Mapping[str, Any], window: Window) -> Question[PanelAnswer]:
        """Lines, or what `stats` makes of them at the end or over time; the plugin's names for these."""
        times = {"start": f"{window.start}", "end": f"{window.end}"}
        query = {"query": str(target["expr"])}
        match target.get("queryType", "instant"):
            case "stats":
                params = {**query, "time": f"{window.end}"}
                return Question(_SEARCH, "/select/logsql/stats_query", params, _found_series)
            case "statsRange":
                params = {**query, **times, "step": f"{window.step}s"}
                return Question(_SEARCH, "/select/logsql/stats_query_range", params, _found_series)
            case _:
                params = {**query, **times, "limit": str(target.get("maxLines", 1000))}
                return Question(_SEARCH, "/select/logsql/query", params, _found_lines)

    def error_count(self) -> LineCount:
        """Counted where they are kept; the plugin adds the time."""
        expr = "severity_number:>=17 | rename service.name as service | stats by (service) count() lines"
        return LineCount({"expr": expr, "queryType": "stats"}, name="lines")

    def newest(self, query: LogQuery, window: Duration) -> Question[LogLine | None]:
        """Sorted by time, the first."""
        expr = f"{_logsql(query)} _time:{window} | sort by (_time) desc limit 1"
        return Question(_SEARCH, "/select/logsql/query", {"query": expr}, lambda answer: newest_of(_lines_of(answer)))

    def between(self, query: LogQuery, start: float, end: float, most: int) -> Question[Sequence[LogLine]]:
        """Sorted by time, the first of them."""
        expr = f"{_logsql(query)} _time:[{start:.9f}, {end:.9f}) | sort by (_time) limit {most}"
        return Question(_SEARCH, "/select/logsql/query", {"query": expr}, lambda answer: tuple(_lines_of(answer)))

    def severities(self, query: LogQuery, window: Duration) -> Question[Mapping[str, int]]:
        """Counted where they are kept."""
        expr = f"{_logsql(query)} _time:{window} | stats by (severity_text) count() lines"
        return Question(_SEARCH, "/select/logsql/stats_query", {"query": expr}, _severities_of)


STORE = VictoriaLogsStore()


def _keeper(endpoint: Endpoint, period: Duration, size: int, limits: Limits) -> Workload:
    return Workload(
        name=endpoint.workload,
        image="victorialogs",
        user=_USER,
        args=(
            f"-storageDataPath={_FOLDER}",
            f"-retentionPeriod={whole_hours(period)}",
            f"-retention.maxDiskSpaceUsageBytes={int(size * _DATA_SHARE)}MiB",
            *_common_args(),
        ),
        ports=(endpoint.listener,),
        volumes=(Volume(f"{endpoint.workload}-data", _FOLDER, f"{size}Mi", "logs.storage"),),
        probe=HttpProbe(_PORT, "/health"),
        limits=limits,
        metrics={endpoint.workload: Metrics(_PORT)},
        clients=(GATEWAY_OTLP_GRPC.workload, PROMETHEUS.workload, _SEARCH.workload),
    )


def _searcher(limits: Limits) -> Workload:
    login = _SEARCH.login
    return Workload(
        name=_SEARCH.workload,
        image="victorialogs",
        user=_USER,
        args=(
            *(f"-storageNode={endpoint.address}" for endpoint in _KEEPERS.values()),
            "-insert.disable",
            f"-httpAuth.username={login.username}",
            f"-httpAuth.password=file://{secret_path(login.secret)}",
            *_common_args(),
        ),
        secrets={login.secret: SecretFile.of(login.secret)},
        ports=(_SEARCH.listener,),
        # The one path that is answered without the login.
        probe=HttpProbe(_PORT, "/health"),
        limits=limits,
        metrics={_SEARCH.workload: Metrics(_PORT, basic_auth=login)},
        after=tuple(endpoint.workload for endpoint in _KEEPERS.values()),
        clients=(GRAFANA.workload, VIEWER.workload, PROMETHEUS.workload),
    )


def _common_args() -> tuple[str, ...]:
    return (f"-httpListenAddr=:{_PORT}", "-loggerLevel=WARN", "-loggerFormat=json")


def _logsql(query: LogQuery) -> str:
    services = "|".join(query.services)
    # The plugin would join a variable's values by OR, which is no regular expression: Grafana joins them by `|` here.
    services = _VARIABLE.sub(r"${\1:pipe}", services)
    kept = f', {RETENTION_CLASS}="{RetentionClass.WARNING}"' if query.warnings else ""
    parts = [
        f'{{service.name=~"{services}"{kept}}}',
        *(f"_msg:~{json.dumps(_literally(text))}" for text in query.contains),
        *(f"{json.dumps(name)}:*" for name in query.having),
    ]
    return " ".join(parts)


def _literally(text: str) -> str:
    """A regular expression (RE2) that finds the text itself."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


def _lines_of(answer: str) -> Iterator[LogLine]:
    """A JSON document on each line; nothing at all when there is no line."""
    for document in answer.splitlines():
        fields = json.loads(document)
        seconds = datetime.fromisoformat(fields["_time"]).timestamp()
        yield LogLine(seconds, fields.get("_msg", ""), fields["service.name"], fields)


def _found_lines(answer: str) -> PanelAnswer:
    return PanelAnswer(answer, len(answer.splitlines()))


def _found_series(answer: str) -> PanelAnswer:
    document = json.loads(answer)
    return PanelAnswer(document, len(document["data"]["result"]))


def _severities_of(answer: str) -> Mapping[str, int]:
    series = json.loads(answer)["data"]["result"]
    counted = {found["metric"].get("severity_text", _UNSET): int(found["value"][1]) for found in series}
    return {"unset" if severity == _UNSET else severity: lines for severity, lines in counted.items()}

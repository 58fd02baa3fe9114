"""Loki: logs and the history of alerts. AGPL; upstream's image only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog.plan import MonitoringPlan
from components.base import Component
from components.datasource import DataSource
from components.endpoints import GATEWAY_OTLP_GRPC, GRAFANA, PROMETHEUS, VIEWER, Endpoint
from components.senders import largest_batch
from components.shared import to_yaml, whole_hours
from components.stores.panel import PanelAnswer, Window, in_nanoseconds
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
from settings.types import Duration, mebibytes, seconds
from workloads.workload import ConfigDirectory, HttpProbe, Limits, Metrics, Volume, Workload

_HTTP = Endpoint("loki", 3100)
_UPSTREAM_USER = 10001
# As much as the clients among its parts send and take by default.
_MESSAGE_BYTES = 100 * 2**20
_RATE_MEBIBYTES = 16
# A record counts with what its resource says, which many records of a batch share.
_GROWTH = 4


class Loki(Component):
    """The log database."""

    type_token = "monitoring:components:Loki"


class LokiStore(LogStore):
    """Loki as a single binary on a volume. OTLP attributes are structured metadata, two of them index labels."""

    name = "loki"
    title = "Loki"
    default_with = "registry"
    # It deletes by its daily tables.
    shortest_retention = "1d"
    query_paths = "/loki/api/v1/(query|query_range)"
    images = ("loki",)
    endpoints = (_HTTP,)
    component = Loki
    rules = ("loki",)
    source = SourceRef("loki", "loki")

    def workloads(self, plan: MonitoringPlan) -> tuple[Workload, ...]:
        """One program."""
        settings = plan.settings.logs
        return (
            Workload(
                name=_HTTP.workload,
                image="loki",
                user=_UPSTREAM_USER,
                args=("-config.file=/etc/loki/loki.yaml",),
                config=ConfigDirectory("/etc/loki", {"loki.yaml": to_yaml(_configuration(plan))}),
                ports=(_HTTP.listener,),
                volumes=(Volume("loki-data", "/loki", settings.storage, "logs.storage"),),
                tmpfs=("/tmp",),
                probe=HttpProbe(_HTTP.port, "/ready"),
                limits=Limits(cpus=1, memory_mebibytes=mebibytes(settings.memory)),
                metrics={_HTTP.workload: Metrics(_HTTP.port)},
                clients=(GATEWAY_OTLP_GRPC.workload, GRAFANA.workload, VIEWER.workload, PROMETHEUS.workload),
                # It answers 503 until its ring has settled (15 s) and, after a crash, until its write-ahead log is
                # replayed.
                start_seconds=300,
            ),
        )

    def exporter(self, retention: RetentionClass) -> StoreExporter:
        """By OTLP; the record's class decides its retention in Loki."""
        name = "alert_history" if retention is RetentionClass.ALERTS else "loki"
        return StoreExporter(f"otlp_http/{name}", _HTTP, {"endpoint": f"{_HTTP.url}/otlp"})

    def data_source(self, traces: SourceRef) -> DataSource:
        """A line's trace ID is a label of it."""
        return DataSource(self.source, self.title, _HTTP, options={"derivedFields": [trace_link(traces)]})

    def trace_to_logs(self) -> Mapping[str, Any]:
        """By the trace's ID, in the streams of the span's service."""
        return {"filterByTraceID": True, "tags": [{"key": "service.name", "value": "service_name"}]}

    def panel_query(self, query: LogQuery, max_lines: int) -> Mapping[str, Any]:
        """A range query."""
        return {"expr": _logql(query), "queryType": "range", "maxLines": max_lines}

    def panel_question(self, target: Mapping[str, Any], window: Window) -> Question[PanelAnswer]:
        """Lines or series over a range of time, or what a metric query says at its end."""
        query = {"query": str(target["expr"])}
        if target.get("queryType", "range") == "instant":
            params = {**query, "time": in_nanoseconds(window.end)}
            return Question(_HTTP, "/loki/api/v1/query", params, _found)
        params = {
            **query,
            "start": in_nanoseconds(window.start),
            "end": in_nanoseconds(window.end),
            "step": f"{window.step}",
            "limit": str(target.get("maxLines", 1000)),
            "direction": "backward",
        }
        return Question(_HTTP, "/loki/api/v1/query_range", params, _found)

    def error_count(self) -> LineCount:
        """A metric query at the end of the time."""
        lines = '{service_name=~".+"} | severity_number >= 17 | label_format service=service_name'
        return LineCount({"expr": f"sum by (service) (count_over_time({lines} [5m]))", "queryType": "instant"})

    def newest(self, query: LogQuery, window: Duration) -> Question[LogLine | None]:
        """From the end of the range."""
        params = {"query": _logql(query), "since": window, "limit": "1", "direction": "backward"}
        return Question(_HTTP, "/loki/api/v1/query_range", params, lambda answer: newest_of(_lines_of(answer)))

    def between(self, query: LogQuery, start: float, end: float, most: int) -> Question[Sequence[LogLine]]:
        """A range query, forward; its streams come one after the other."""
        times = {"start": f"{start:.9f}", "end": f"{end:.9f}"}
        params = {"query": _logql(query), **times, "limit": str(most), "direction": "forward"}
        return Question(_HTTP, "/loki/api/v1/query_range", params, _in_order)

    def severities(self, query: LogQuery, window: Duration) -> Question[Mapping[str, int]]:
        """A metric query over the window."""
        expr = f"sum by (severity_text) (count_over_time({_logql(query)} [{window}]))"
        return Question(_HTTP, "/loki/api/v1/query", {"query": expr}, _severities_of)


STORE = LokiStore()


def _logql(query: LogQuery) -> str:
    kept = f', retention_class="{RetentionClass.WARNING}"' if query.warnings else ""
    parts = [
        f"{{service_name=~{_quoted('|'.join(query.services))}{kept}}}",
        *(f"|= `{text}`" for text in query.contains),
        *(f'| {name} != ""' for name in query.having),
    ]
    return " ".join(parts)


def _quoted(text: str) -> str:
    return json.dumps(text)


def _lines_of(answer: str) -> Iterator[LogLine]:
    for stream in json.loads(answer)["data"]["result"]:
        # The labels of the stream and the structured metadata of the line together.
        fields = stream["stream"]
        for nanoseconds, text, *_ in stream["values"]:
            yield LogLine(int(nanoseconds) / 1e9, text, fields["service_name"], fields)


def _in_order(answer: str) -> Sequence[LogLine]:
    return sorted(_lines_of(answer), key=lambda line: line.seconds)


def _found(answer: str) -> PanelAnswer:
    document = json.loads(answer)
    return PanelAnswer(document, len(document["data"]["result"]))


def _severities_of(answer: str) -> Mapping[str, int]:
    series = json.loads(answer)["data"]["result"]
    return {found["metric"].get("severity_text") or "unset": int(found["value"][1]) for found in series}


def _configuration(plan: MonitoringPlan) -> dict[str, Any]:
    retention = kept(plan.settings.retention)
    expiring = (retention[RetentionClass.DEFAULT], retention[RetentionClass.WARNING])
    burst = _GROWTH * largest_batch(plan.settings) // 2**20
    return {
        "auth_enabled": False,
        "analytics": {"reporting_enabled": False},
        "server": {
            "http_listen_port": _HTTP.port,
            "grpc_listen_port": 9096,
            # Its parts speak with each other: what one may send, the other takes. By default that is 4 MiB, and neither
            # a batch nor an answer that is longer gets through.
            "grpc_server_max_recv_msg_size": _MESSAGE_BYTES,
            "grpc_server_max_send_msg_size": _MESSAGE_BYTES,
            "log_level": "warn",
        },
        "common": {
            "instance_addr": "127.0.0.1",
            "path_prefix": "/loki",
            "replication_factor": 1,
            "ring": {"kvstore": {"store": "inmemory"}},
            "storage": {"filesystem": {"chunks_directory": "/loki/chunks", "rules_directory": "/loki/rules"}},
        },
        "schema_config": {
            "configs": [
                {
                    "from": "2025-01-01",
                    "store": "tsdb",
                    "object_store": "filesystem",
                    "schema": "v13",
                    "index": {"prefix": "index_", "period": "24h"},
                }
            ]
        },
        "ingester": {
            # What is in memory alone is found whatever its age. By default it is not while it is older than three hours
            # and not on disk.
            "query_store_max_look_back_period": "-1ns",
            # Of one service a line may be half of this older than the newest: one of its hosts was cut off.
            "max_chunk_age": "24h",
        },
        "compactor": {
            "working_directory": "/loki/compactor",
            "retention_enabled": True,
            "delete_request_store": "filesystem",
        },
        "limits_config": {
            # The collector joins long lines, up to a mebibyte; the default, 256KB, would refuse them.
            "max_line_size": "2MB",
            # Of longer ones the start is kept.
            "max_line_size_truncate": True,
            # Attributes of a record. By default 128 and 64KB: records with more are gone.
            "max_structured_metadata_entries_count": 2_000,
            "max_structured_metadata_size": "2MB",
            # What waited longer than a week, the default, is not too old to be kept.
            "reject_old_samples_max_age": whole_hours(max(expiring, key=seconds)),
            # Of a report of a month, or the history of alerts; by default 30 days and an hour.
            "max_query_length": "0s",
            "retention_period": whole_hours(retention[RetentionClass.DEFAULT]),
            "retention_stream": [
                {
                    "selector": '{retention_class="warning"}',
                    "priority": 1,
                    "period": whole_hours(retention[RetentionClass.WARNING]),
                },
                {
                    "selector": '{retention_class="alerts"}',
                    "priority": 2,
                    "period": whole_hours(retention[RetentionClass.ALERTS]),
                },
            ],
            # Room for the burst after an outage, when collectors send what waited on disk, all of it of one program
            # perhaps. A batch larger than the burst would be refused for ever, and the gateway repeats it for ever.
            "ingestion_rate_mb": _RATE_MEBIBYTES,
            "ingestion_burst_size_mb": burst,
            "per_stream_rate_limit": f"{_RATE_MEBIBYTES}MB",
            "per_stream_rate_limit_burst": f"{burst}MB",
            # Names of services. Beyond it 429 is the answer to whatever batch has a new one, again and again.
            "max_global_streams_per_user": 20_000,
            "allow_structured_metadata": True,
            "volume_enabled": True,
            # Few index labels: every other attribute is structured metadata and costs no stream.
            "otlp_config": {
                "resource_attributes": {
                    "ignore_defaults": True,
                    "attributes_config": [
                        {"action": "index_label", "attributes": ["service.name", RETENTION_CLASS]},
                    ],
                }
            },
        },
    }

"""A store that does not exist yet, as the one file that it would be; test_stores.py puts it among the others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog.plan import BasicAuth, MonitoringPlan
from components.base import Component
from components.datasource import DataSource
from components.endpoints import ADMIN, GATEWAY_OTLP_GRPC, GRAFANA, PROMETHEUS, GuardedEndpoint
from components.stores.panel import PanelAnswer, Window
from components.stores.store import (
    RETENTION_CLASS,
    LineCount,
    LogLine,
    LogStore,
    Question,
    RetentionClass,
    StoreExporter,
)
from dashboards.signals import LogQuery, SourceRef
from settings.secrets import SecretFile
from settings.types import Duration, mebibytes
from workloads.workload import HttpProbe, Limits, Metrics, Volume, Workload

_HTTP = GuardedEndpoint(
    "elasticsearch",
    9200,
    reach="people",
    login=BasicAuth(ADMIN, "elasticsearchPassword"),
    guarded_path="/_cat/indices",
)


class Elasticsearch(Component):
    """The log database."""

    type_token = "monitoring:components:Elasticsearch"


class ElasticsearchStore(LogStore):
    """A single node; each class of records is a data stream with a lifecycle of its own."""

    name = "elasticsearch"
    title = "Elasticsearch"
    shortest_retention = "1h"
    query_paths = "/logs-.*/_search"
    images = ("elasticsearch",)
    endpoints = (_HTTP,)
    component = Elasticsearch
    source = SourceRef("elasticsearch", "elasticsearch")

    def workloads(self, plan: MonitoringPlan) -> tuple[Workload, ...]:
        """One program."""
        settings, login = plan.settings.logs, _HTTP.login
        return (
            Workload(
                name=_HTTP.workload,
                image="elasticsearch",
                user=1000,
                secrets={login.secret: SecretFile.of(login.secret)},
                ports=(_HTTP.listener,),
                volumes=(
                    Volume("elasticsearch-data", "/usr/share/elasticsearch/data", settings.storage, "logs.storage"),
                ),
                probe=HttpProbe(_HTTP.port, "/_cluster/health", login.username, login.secret),
                limits=Limits(cpus=1, memory_mebibytes=mebibytes(settings.memory)),
                metrics={"elasticsearch": Metrics(_HTTP.port, basic_auth=login)},
                clients=(GATEWAY_OTLP_GRPC.workload, GRAFANA.workload, PROMETHEUS.workload),
            ),
        )

    def exporter(self, retention: RetentionClass) -> StoreExporter:
        """Into the data stream of the class."""
        config = {"endpoints": [_HTTP.url], "logs_index": f"logs-{retention}"}
        return StoreExporter(f"elasticsearch/{retention}", _HTTP, config)

    def data_source(self, traces: SourceRef) -> DataSource:
        """Built into Grafana."""
        link = {"field": "trace_id", "url": "${__value.raw}", "datasourceUid": traces.uid}
        return DataSource(self.source, self.title, _HTTP, options={"index": "logs-*", "dataLinks": [link]})

    def trace_to_logs(self) -> Mapping[str, Any]:
        """By the trace's ID."""
        return {"filterByTraceID": True, "tags": [{"key": "service.name"}]}

    def panel_query(self, query: LogQuery, max_lines: int) -> Mapping[str, Any]:
        """In Lucene's language."""
        return {"expr": _lucene(query), "metrics": [{"type": "logs", "settings": {"limit": str(max_lines)}}]}

    def panel_question(self, target: Mapping[str, Any], window: Window) -> Question[PanelAnswer]:
        """A search in the window."""
        params = {"q": f"{target['expr']} AND @timestamp:[{window.start} TO {window.end}]"}
        return Question(_HTTP, "/logs-*/_search", params, lambda answer: PanelAnswer(answer, 1))

    def error_count(self) -> LineCount:
        """By an aggregation."""
        return LineCount({"query": "severity_number:>=17", "bucketAggs": [{"type": "terms", "field": "service"}]})

    def newest(self, query: LogQuery, window: Duration) -> Question[LogLine | None]:
        """The first of a search that is sorted by time."""
        params = {"q": f"{_lucene(query)} AND @timestamp:[now-{window} TO now]", "sort": "@timestamp:desc", "size": "1"}
        return Question(_HTTP, "/logs-*/_search", params, _newest_of)

    def between(self, query: LogQuery, start: float, end: float, most: int) -> Question[Sequence[LogLine]]:
        """A search that is sorted by time."""
        params = {"q": f"{_lucene(query)} AND @timestamp:[{start} TO {end}}}", "sort": "@timestamp", "size": str(most)}
        return Question(_HTTP, "/logs-*/_search", params, lambda answer: tuple(_lines_of(answer)))

    def severities(self, query: LogQuery, window: Duration) -> Question[Mapping[str, int]]:
        """By an aggregation."""
        return Question(_HTTP, "/logs-*/_search", {"q": _lucene(query)}, json.loads)


STORE = ElasticsearchStore()


def _lucene(query: LogQuery) -> str:
    kept = f" AND {RETENTION_CLASS}:{RetentionClass.WARNING}" if query.warnings else ""
    return f"service.name:({' OR '.join(query.services)}){kept}"


def _newest_of(answer: str) -> LogLine | None:
    return next(_lines_of(answer), None)


def _lines_of(answer: str) -> Iterator[LogLine]:
    for hit in json.loads(answer)["hits"]["hits"]:
        yield LogLine(hit["sort"][0], "", "", hit["_source"])

"""An application's own view of its database: how long its queries take, and how much of its pool is in use."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from catalog.histogram import Durations, forms_read
from catalog.kind import Kind, scrape_jobs, series_of, service_labels
from catalog.plan import Contribution, RecordingRule
from catalog.promql import series
from settings.section import mistake
from settings.service import MeteredService
from settings.syntax import MetricName
from settings.types import UrlPath


class QueryMetrics(Durations):
    """Names the program gives its metrics, where they differ from the defaults."""

    duration_seconds: MetricName = Field(
        default="db_query_duration_seconds", description="Histogram of query durations."
    )
    connections_in_use: MetricName | None = Field(
        default="db_pool_connections_in_use",
        description="Gauge of the pool's connections in use; null, with connections_max: there is none.",
    )
    connections_max: MetricName | None = Field(
        default="db_pool_connections_max", description="Gauge of the connections that the pool may open."
    )

    @model_validator(mode="after")
    def _both_gauges_or_none(self) -> QueryMetrics:
        if (self.connections_in_use is None) != (self.connections_max is None):
            found = "connections_in_use" if self.connections_in_use else "connections_max"
            raise mistake(f"only {found}", "both connections_in_use and connections_max, or null for both")
        return self


class QueriesService(MeteredService):
    """The database queries of a program, and its pool of connections, as the program itself measures them."""

    kind: Literal["queries"]
    path: UrlPath = Field(default="/metrics", description="Path of its metrics.")
    metrics: QueryMetrics = QueryMetrics()


def _contribute(service: QueriesService) -> Contribution:
    names, labels = service.metrics, service_labels(service)
    matchers = f'service="{series_of(service)}"'
    durations = names.durations(names.duration_seconds, matchers)
    recordings = [
        RecordingRule("service:db_queries:rate5m", durations.rate(), labels),
        *durations.quantile_rules("service:db_query_latency", labels),
    ]
    if names.connections_in_use and names.connections_max:
        # Every instance has a pool of its own: the fullest one makes callers wait, whatever the others have left.
        in_use, most = (
            f"sum by (instance) (last_over_time({series(name, matchers)}[3m]))"
            for name in (names.connections_in_use, names.connections_max)
        )
        recordings.append(RecordingRule("service:db_connections:ratio", f"max({in_use} / {most})", labels))
    return Contribution(
        scrape_jobs=scrape_jobs(service, metrics_path=service.path),
        recording_rules=tuple(recordings),
        histograms=forms_read(form=names.histogram),
    )


KIND = Kind("queries", QueriesService, _contribute, ("databases",), dashboards=("cache_and_queries",))
